/** weighted_avg, string_stats and top_metrics. */
import { double, newObject, type Value, type ValueObject } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import { isDate, isFloat, type HitsSpec } from '../../dsl/index.ts'
import type { StringStatsParameters, TopMetricsParameters, WeightedAvgParameters } from '../../dsl/metric-tree.ts'
import type { Column } from '../columns.ts'
import { docValues } from '../evaluator/doc-lookup.ts'
import { bindSort, showKey, type BoundSort } from '../evaluator/sort.ts'
import type { SegmentView } from '../evaluator/segment-view.ts'
import { TopHits } from '../evaluator/top-hits.ts'
import { aggregatedField, columnOf, type AggregationContext, type Collector } from './collector.ts'
import { decimalFormat } from './decimal-format.ts'
import { NumberValues } from './number-values.ts'
import { Totals } from './pair-table.ts'

export class WeightedAvgCollector implements Collector {
  private readonly format: string | undefined
  private readonly values: NumberValues
  private readonly weights: NumberValues
  private readonly sums = new Totals()
  private readonly totals = new Totals()

  constructor({ value, weight, format }: WeightedAvgParameters, context: AggregationContext) {
    this.format = format
    this.values = new NumberValues(value.field, value.missing, 'weighted_avg', context)
    this.weights = new NumberValues(weight.field, weight.missing, 'weighted_avg', context)
  }

  segment(view: SegmentView): void {
    this.values.segment(view)
    this.weights.segment(view)
  }

  collect(documents: Int32Array, owners: Int32Array, length: number): void {
    for (let i = 0; i < length; i++) {
      const weights: number[] = []
      this.weights.each(documents[i]!, (weight) => weights.push(weight))
      if (weights.length > 1)
        throw fail('search.aggregation_execution', {
          reason:
            'Encountered more than one weight for a single document. Use a script to combine multiple weights-per-doc into a single value.',
        })
      const [weight] = weights
      if (weight === undefined) continue
      const owner = owners[i]!
      this.values.each(documents[i]!, (value) => {
        this.sums.reserve(owner)
        this.totals.reserve(owner)
        this.sums.values[owner]! += value * weight
        this.totals.values[owner]! += weight
      })
    }
  }

  value(owner: number): number {
    return this.totals.get(owner) === 0 ? NaN : this.sums.get(owner) / this.totals.get(owner)
  }

  result(owner: number): ValueObject {
    const json = newObject()
    const value = this.value(owner)
    json['value'] = Number.isFinite(value) ? double(value) : null
    if (this.format !== undefined && Number.isFinite(value)) json['value_as_string'] = decimalFormat(this.format, value)
    return json
  }
}

interface Lengths {
  count: number
  total: number
  min: number
  max: number
  readonly characters: Map<string, number>
}

export class StringStatsCollector implements Collector {
  private readonly parameters: StringStatsParameters
  private readonly states: (Lengths | undefined)[] = []
  private column: Column | undefined

  constructor(parameters: StringStatsParameters, context: AggregationContext) {
    this.parameters = parameters
    const leaf = aggregatedField(parameters.field, context)
    if (leaf !== undefined && (leaf.column !== 'string' || leaf.type === 'ip'))
      throw fail('search.argument', {
        reason: `Field [${parameters.field}] of type [${leaf.type}] is not supported for aggregation [string_stats]`,
      })
  }

  segment(view: SegmentView): void {
    this.column = columnOf(this.parameters.field, view)
  }

  collect(documents: Int32Array, owners: Int32Array, length: number): void {
    const { column } = this
    const { missing } = this.parameters
    for (let i = 0; i < length; i++) {
      const d = documents[i]!
      let [start, end] = [d, d + 1]
      if (column?.kind !== 'string') end = start
      else if (column.offsets !== undefined) [start, end] = [column.offsets[d]!, column.offsets[d + 1]!]
      else if (column.present !== undefined && ((column.present[d >>> 5]! >>> (d & 31)) & 1) === 0) end = start
      if (start === end && missing !== undefined) this.add(owners[i]!, String(missing))
      if (column?.kind === 'string')
        for (const ordinal of new Set(column.ordinals.subarray(start, end)))
          this.add(owners[i]!, column.dictionary[ordinal]!)
    }
  }

  private add(owner: number, text: string): void {
    const state = (this.states[owner] ??= { count: 0, total: 0, min: Infinity, max: 0, characters: new Map() })
    state.count++
    state.total += text.length
    state.min = Math.min(state.min, text.length)
    state.max = Math.max(state.max, text.length)
    for (const c of text) state.characters.set(c, (state.characters.get(c) ?? 0) + 1)
  }

  value(owner: number, property: string | undefined): number {
    const value = this.result(owner)[property ?? 'count']
    return typeof value === 'number' ? value : NaN
  }

  result(owner: number): ValueObject {
    const state = this.states[owner]
    const json = newObject()
    json['count'] = state?.count ?? 0
    json['min_length'] = state?.min ?? null
    json['max_length'] = state?.max ?? null
    json['avg_length'] = state === undefined ? null : double(state.total / state.count)
    const characters = [...(state?.characters ?? [])].sort((a, b) => b[1] - a[1])
    let entropy = 0
    for (const [, n] of characters) entropy -= (n / state!.total) * Math.log2(n / state!.total)
    json['entropy'] = double(entropy)
    if (this.parameters.showDistribution) {
      const distribution = newObject()
      for (const [c, n] of characters) distribution[c] = double(n / state!.total)
      json['distribution'] = distribution
    }
    return json
  }
}

export class TopMetricsCollector implements Collector {
  private readonly parameters: TopMetricsParameters
  private readonly sorts: readonly BoundSort[]
  private readonly tops: TopHits[] = []
  private readonly seen: (SegmentView | undefined)[] = []
  private view: SegmentView | undefined

  constructor(parameters: TopMetricsParameters, context: AggregationContext) {
    this.parameters = parameters
    this.sorts = bindSort(parameters.sort, context.mappings, context.now)
    for (const field of parameters.metrics) aggregatedField(field, context)
  }

  segment(view: SegmentView): void {
    this.view = view
  }

  collect(documents: Int32Array, owners: Int32Array, length: number): void {
    const spec: Pick<HitsSpec, 'from' | 'size'> = { from: 0, size: this.parameters.size }
    for (let i = 0; i < length; i++) {
      const owner = owners[i]!
      const top = (this.tops[owner] ??= new TopHits(spec, this.sorts))
      if (this.seen[owner] !== this.view) {
        this.seen[owner] = this.view
        top.segment(this.view!)
      }
      top.see(documents[i]!)
    }
  }

  value(owner: number, property: string | undefined): number {
    const [hit] = this.tops[owner]?.sorted() ?? []
    if (hit === undefined) return NaN
    return Number(this.metric(hit.view, hit.document, property ?? this.parameters.metrics[0]!) ?? NaN)
  }

  private metric(view: SegmentView, document: number, field: string): Value {
    const leaf = view.mapping.field(field)
    if (leaf === undefined) return null
    const [value] = docValues(view.segment, leaf, document)
    if (value === undefined) return null
    if (isDate(leaf.type)) return leaf.format!.format(Math.floor(Number((value as { micros?: number }).micros) / 1000))
    return isFloat(leaf.type) ? double(Number(value)) : value
  }

  result(owner: number): ValueObject {
    const json = newObject()
    json['top'] = (this.tops[owner]?.sorted() ?? []).map(({ view, document, keys }) => {
      const item = newObject()
      item['sort'] = this.sorts.map((sort, i) => showKey(keys[i], sort) as Value)
      const metrics = newObject()
      for (const field of this.parameters.metrics) metrics[field] = this.metric(view, document, field)
      item['metrics'] = metrics
      return item
    })
    return json
  }
}
