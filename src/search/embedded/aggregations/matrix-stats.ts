import { double, newObject, type Value, type ValueObject } from '../../../event/index.ts'
import type { MatrixStatsParameters } from '../../dsl/metric-tree.ts'
import type { SegmentView } from '../evaluator/segment-view.ts'
import type { AggregationContext, Collector } from './collector.ts'
import { NumberValues } from './number-values.ts'

/** Running moments of several fields together, after Terriberry's formulas for higher orders. */
class Moments {
  count = 0
  readonly means: Float64Array
  /** Sums of the second, third and fourth powers of the distance from the mean. */
  readonly powers: readonly [Float64Array, Float64Array, Float64Array]
  /** Sums of products of the distances of two fields, by `i * fields + j`. */
  readonly products: Float64Array

  constructor(fields: number) {
    this.means = new Float64Array(fields)
    this.powers = [new Float64Array(fields), new Float64Array(fields), new Float64Array(fields)]
    this.products = new Float64Array(fields * fields)
  }

  add(values: readonly number[]): void {
    const n = ++this.count
    const { means, products } = this
    const [second, third, fourth] = this.powers
    const deltas = values.map((value, i) => value - means[i]!)
    for (const [i, delta] of deltas.entries()) {
      const part = delta / n
      const term = delta * part * (n - 1)
      means[i]! += part
      fourth[i]! += term * part * part * (n * n - 3 * n + 3) + 6 * part * part * second[i]! - 4 * part * third[i]!
      third[i]! += term * part * (n - 2) - 3 * part * second[i]!
      second[i]! += term
    }
    for (const [i, delta] of deltas.entries())
      for (let j = 0; j < i; j++) products[i * values.length + j]! += delta * (values[j]! - means[j]!)
  }

  product(i: number, j: number): number {
    return this.products[Math.max(i, j) * this.means.length + Math.min(i, j)]!
  }
}

/** How several fields vary, and vary together, over the documents that have all of them. */
export class MatrixStatsCollector implements Collector {
  private readonly parameters: MatrixStatsParameters
  private readonly values: readonly NumberValues[]
  private readonly states: (Moments | undefined)[] = []

  constructor(parameters: MatrixStatsParameters, context: AggregationContext) {
    this.parameters = parameters
    this.values = parameters.fields.map(
      (field) => new NumberValues(field, parameters.missing[field], 'matrix_stats', context),
    )
  }

  segment(view: SegmentView): void {
    for (const values of this.values) values.segment(view)
  }

  collect(documents: Int32Array, owners: Int32Array, length: number): void {
    for (let i = 0; i < length; i++) {
      const row: number[] = []
      for (const values of this.values) {
        const several: number[] = []
        values.each(documents[i]!, (value) => several.push(value))
        if (several.length === 0) break
        row.push(several.length === 1 ? several[0]! : chosen(several, this.parameters.mode))
      }
      if (row.length === this.values.length) (this.states[owners[i]!] ??= new Moments(row.length)).add(row)
    }
  }

  value(owner: number, property: string | undefined): number {
    return property === 'doc_count' ? (this.states[owner]?.count ?? 0) : NaN
  }

  result(owner: number): ValueObject {
    const state = this.states[owner]
    const json = newObject()
    json['doc_count'] = state?.count ?? 0
    if (state !== undefined) json['fields'] = this.parameters.fields.map((_, i) => this.fieldJson(state, i))
    return json
  }

  private fieldJson(state: Moments, i: number): ValueObject {
    const { fields } = this.parameters
    const { count, means } = state
    const [second, third, fourth] = state.powers
    const json = newObject()
    json['name'] = fields[i]!
    json['count'] = count
    json['mean'] = double(means[i]!)
    json['variance'] = shown(second[i]! / (count - 1))
    json['skewness'] = shown((Math.sqrt(count) * third[i]!) / second[i]! ** 1.5)
    json['kurtosis'] = shown((count * fourth[i]!) / second[i]! ** 2)
    const [covariance, correlation] = [newObject(), newObject()]
    for (const [j, name] of fields.entries()) {
      covariance[name] = shown((i === j ? second[i]! : state.product(i, j)) / (count - 1))
      correlation[name] = shown(i === j ? 1 : state.product(i, j) / Math.sqrt(second[i]! * second[j]!))
    }
    json['covariance'] = covariance
    json['correlation'] = correlation
    return json
  }
}

/** What there is too little of to say is a text, as Elasticsearch writes it. */
function shown(value: number): Value {
  return Number.isFinite(value) ? double(value) : 'NaN'
}

function chosen(values: number[], mode: MatrixStatsParameters['mode']): number {
  values.sort((a, b) => a - b)
  if (mode === 'min') return values[0]!
  if (mode === 'max') return values.at(-1)!
  if (mode === 'median') return (values[(values.length - 1) >> 1]! + values[values.length >> 1]!) / 2
  const sum = values.reduce((a, b) => a + b, 0)
  return mode === 'sum' ? sum : sum / values.length
}
