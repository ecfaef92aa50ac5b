/** extended_stats, percentiles, percentile_ranks and median_absolute_deviation. */
import { double, newObject, type Value, type ValueObject } from '../../../event/index.ts'
import { dateFormat, isDate } from '../../dsl/index.ts'
import type { DistributionParameters } from '../../dsl/metric-tree.ts'
import type { SegmentView } from '../evaluator/segment-view.ts'
import type { AggregationContext, Collector } from './collector.ts'
import { decimalFormat } from './decimal-format.ts'
import { NumberValues } from './number-values.ts'
import { Quantiles } from './quantiles.ts'

interface Moments {
  count: number
  sum: number
  squares: number
  min: number
  max: number
}

abstract class OverValues<T> implements Collector {
  protected readonly states: (T | undefined)[] = []
  protected readonly values: NumberValues
  private readonly format: string | undefined

  constructor(parameters: DistributionParameters, context: AggregationContext) {
    this.values = new NumberValues(parameters.field, parameters.missing, parameters.type, context)
    this.format = parameters.format
  }

  protected abstract fresh(): T
  protected abstract add(state: T, value: number): void
  abstract value(owner: number, property: string | undefined): number
  abstract result(owner: number): ValueObject

  segment(view: SegmentView): void {
    this.values.segment(view)
  }

  collect(documents: Int32Array, owners: Int32Array, length: number): void {
    for (let i = 0; i < length; i++) {
      const owner = owners[i]!
      this.values.each(documents[i]!, (value) => this.add((this.states[owner] ??= this.fresh()), value))
    }
  }

  /** Writes a number, and its text where the field or a format gives it one. */
  protected show(json: ValueObject, name: string, value: number): void {
    json[name] = Number.isFinite(value) ? double(value) : null
    const text = Number.isFinite(value) ? this.text(value) : undefined
    if (text !== undefined) json[`${name}_as_string`] = text
  }

  protected text(value: number): string | undefined {
    const { leaf } = this.values
    if (leaf !== undefined && isDate(leaf.type))
      return (this.format === undefined ? leaf.format! : dateFormat(this.format)).format(Math.floor(value))
    if (leaf?.type === 'boolean') return String(value !== 0)
    return this.format === undefined ? undefined : decimalFormat(this.format, value)
  }
}

export class ExtendedStatsCollector extends OverValues<Moments> {
  private readonly sigma: number

  constructor(parameters: Extract<DistributionParameters, { type: 'extended_stats' }>, context: AggregationContext) {
    super(parameters, context)
    this.sigma = parameters.sigma
  }

  protected fresh(): Moments {
    return { count: 0, sum: 0, squares: 0, min: Infinity, max: -Infinity }
  }

  protected add(state: Moments, value: number): void {
    state.count++
    state.sum += value
    state.squares += value * value
    if (value < state.min) state.min = value
    if (value > state.max) state.max = value
  }

  value(owner: number, property: string | undefined): number {
    const all = extendedStats(this.states[owner] ?? this.fresh(), this.sigma)
    return all[property ?? 'count'] ?? NaN
  }

  result(owner: number): ValueObject {
    return extendedStatsJson(this.states[owner] ?? this.fresh(), this.sigma, (json, name, value) =>
      this.show(json, name, value),
    )
  }
}

function extendedStats({ count, sum, squares, min, max }: Moments, sigma: number): Record<string, number> {
  const avg = count === 0 ? NaN : sum / count
  const spread = Math.max(0, squares - (sum * sum) / count)
  const population = count === 0 ? NaN : spread / count
  const sampling = count < 2 ? NaN : spread / (count - 1)
  const [deviation, sampled] = [Math.sqrt(population), Math.sqrt(sampling)]
  return {
    count,
    min: count === 0 ? NaN : min,
    max: count === 0 ? NaN : max,
    avg,
    sum,
    sum_of_squares: count === 0 ? NaN : squares,
    variance: population,
    variance_population: population,
    variance_sampling: sampling,
    std_deviation: deviation,
    std_deviation_population: deviation,
    std_deviation_sampling: sampled,
    upper: avg + deviation * sigma,
    lower: avg - deviation * sigma,
    upper_population: avg + deviation * sigma,
    lower_population: avg - deviation * sigma,
    upper_sampling: avg + sampled * sigma,
    lower_sampling: avg - sampled * sigma,
  }
}

const BOUNDS = ['upper', 'lower', 'upper_population', 'lower_population', 'upper_sampling', 'lower_sampling']

export function extendedStatsJson(
  moments: Moments,
  sigma: number,
  show: (json: ValueObject, name: string, value: number) => void,
): ValueObject {
  const all = extendedStats(moments, sigma)
  // What one value has none of is a text, what no value has is null: as Elasticsearch writes it.
  const write = (into: ValueObject, name: string): void => {
    if (moments.count > 0 && Number.isNaN(all[name])) into[name] = 'NaN'
    else show(into, name, all[name]!)
  }
  const json = newObject()
  json['count'] = moments.count
  for (const name of Object.keys(all)) if (name !== 'count' && !BOUNDS.includes(name)) write(json, name)
  const [bounds, texts] = [newObject(), newObject()]
  for (const name of BOUNDS) {
    write(bounds, name)
    const text = bounds[`${name}_as_string`]
    if (text === undefined) continue
    delete bounds[`${name}_as_string`]
    texts[name] = text
  }
  json['std_deviation_bounds'] = bounds
  if (Object.keys(texts).length > 0) json['std_deviation_bounds_as_string'] = texts
  return json
}

export class PercentilesCollector extends OverValues<Quantiles> {
  private readonly parameters: Extract<DistributionParameters, { type: 'percentiles' | 'percentile_ranks' }>

  constructor(
    parameters: Extract<DistributionParameters, { type: 'percentiles' | 'percentile_ranks' }>,
    context: AggregationContext,
  ) {
    super(parameters, context)
    this.parameters = parameters
  }

  protected fresh(): Quantiles {
    return new Quantiles()
  }

  protected add(state: Quantiles, value: number): void {
    state.add(value)
  }

  private at(state: Quantiles | undefined, point: number): number {
    const { type, digits } = this.parameters
    if (state === undefined) return NaN
    if (type === 'percentile_ranks') return state.rank(point) * 100
    return digits === undefined ? state.quantile(point / 100) : state.hdr(point, digits)
  }

  value(owner: number, property: string | undefined): number {
    return property === undefined ? NaN : this.at(this.states[owner], Number(property))
  }

  result(owner: number): ValueObject {
    const state = this.states[owner]
    const points = this.parameters.at.map((point) => {
      const value = this.at(state, point)
      return { point, value, text: Number.isFinite(value) ? this.text(value) : undefined }
    })
    const json = newObject()
    json['values'] = percentilesJson(points, this.parameters.keyed)
    return json
  }
}

export function percentilesJson(
  points: readonly { point: number; value: number; text: string | undefined }[],
  keyed: boolean,
): Value {
  const shown = (value: number): Value => (Number.isFinite(value) ? double(value) : null)
  if (!keyed)
    return points.map(({ point, value, text }) => {
      const item = newObject()
      item['key'] = double(point)
      item['value'] = shown(value)
      if (text !== undefined) item['value_as_string'] = text
      return item
    })
  const object = newObject()
  for (const { point, value, text } of points) {
    const key = String(double(point))
    object[key] = shown(value)
    if (text !== undefined) object[`${key}_as_string`] = text
  }
  return object
}

const BOX = ['min', 'max', 'q1', 'q2', 'q3', 'lower', 'upper'] as const
/** Quartile ranges beyond the quartiles that the whiskers of a box plot reach at most. */
const WHISKER = 1.5

export class BoxplotCollector extends OverValues<Quantiles> {
  protected fresh(): Quantiles {
    return new Quantiles()
  }

  protected add(state: Quantiles, value: number): void {
    state.add(value)
  }

  private box(owner: number): Record<(typeof BOX)[number], number> {
    const state = this.states[owner] ?? new Quantiles()
    const [q1, q2, q3] = [0.25, 0.5, 0.75].map((q) => state.quantile(q)) as [number, number, number]
    const reach = WHISKER * (q3 - q1)
    const { least, greatest } = state.within(q1 - reach, q3 + reach)
    return { min: state.min, max: state.max, q1, q2, q3, lower: least, upper: greatest }
  }

  value(owner: number, property: string | undefined): number {
    return BOX.includes(property as 'min') ? this.box(owner)[property as 'min'] : NaN
  }

  result(owner: number): ValueObject {
    const box = this.box(owner)
    const json = newObject()
    for (const name of BOX) {
      // Of no values the bounds are endless and the quartiles no numbers: texts, as Elasticsearch writes them.
      if (Number.isFinite(box[name])) this.show(json, name, box[name])
      else json[name] = String(box[name])
    }
    return json
  }
}

export class MedianAbsoluteDeviationCollector extends OverValues<number[]> {
  protected fresh(): number[] {
    return []
  }

  protected add(state: number[], value: number): void {
    state.push(value)
  }

  value(owner: number): number {
    const values = this.states[owner]
    if (values === undefined) return NaN
    const middle = median(values)
    return median(values.map((value) => Math.abs(value - middle)))
  }

  result(owner: number): ValueObject {
    const json = newObject()
    this.show(json, 'value', this.value(owner))
    return json
  }
}

function median(values: readonly number[]): number {
  const quantiles = new Quantiles()
  for (const value of values) quantiles.add(value)
  return quantiles.quantile(0.5)
}
