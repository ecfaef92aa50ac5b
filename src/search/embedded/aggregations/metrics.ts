/** min, max, avg, sum, value_count and stats. */
import { double, newObject, type Value, type ValueObject } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import { dateFormat, isDate, resolveDate, type Leaf } from '../../dsl/index.ts'
import type { MetricParameters } from '../../dsl/metric-tree.ts'
import { isRange } from '../../dsl/range-field.ts'
import { numberOf } from '../../dsl/clause.ts'
import type { Column } from '../columns.ts'
import type { SegmentView } from '../evaluator/segment-view.ts'
import { aggregatedField, columnOf, type AggregationContext, type Collector } from './collector.ts'
import { decimalFormat } from './decimal-format.ts'
import { Totals } from './pair-table.ts'

/** A value of a request (`missing`, a bound) in the column's terms; undefined where it does not fit the field. */
export function columnNumber(value: Value, leaf: Leaf | undefined, now: number): number | undefined {
  if (leaf !== undefined && isDate(leaf.type)) return resolveDate(String(value), { now, format: leaf.format! })
  if (typeof value === 'boolean') return value ? 1 : 0
  if (leaf?.type === 'boolean' && typeof value === 'string') return value === 'true' ? 1 : 0
  return numberOf(value)
}

export class MetricCollector implements Collector {
  private readonly parameters: MetricParameters
  private readonly leaf: Leaf | undefined
  private readonly missing: number | undefined
  private readonly counts = new Totals()
  private readonly sums = new Totals()
  /** What rounding lost of each sum (Kahan). */
  private readonly lost = new Totals()
  private readonly least = new Totals(Infinity)
  private readonly greatest = new Totals(-Infinity)
  private column: Column | undefined
  private readonly intervals: boolean

  constructor(parameters: MetricParameters, context: AggregationContext) {
    this.parameters = parameters
    this.leaf = aggregatedField(parameters.field, context)
    if (this.leaf?.column === 'string' && parameters.type !== 'value_count')
      throw fail('search.argument', {
        reason: `Field [${parameters.field}] of type [${this.leaf.type}] is not supported for aggregation [${parameters.type}]`,
      })
    this.intervals = this.leaf !== undefined && isRange(this.leaf.type)
    const { missing } = parameters
    this.missing =
      missing === undefined
        ? undefined
        : this.leaf?.column === 'string'
          ? 0
          : columnNumber(missing, this.leaf, context.now)
    if (missing !== undefined && this.missing === undefined) throw fail('search.number', { text: String(missing) })
  }

  segment(view: SegmentView): void {
    this.column = columnOf(this.parameters.field, view)
  }

  collect(documents: Int32Array, owners: Int32Array, length: number): void {
    const { column, missing, intervals } = this
    if (column === undefined) {
      if (missing !== undefined) for (let i = 0; i < length; i++) this.add(owners[i]!, missing)
      return
    }
    const { offsets, present } = column
    for (let i = 0; i < length; i++) {
      const d = documents[i]!
      let [start, end] = [d, d + 1]
      if (offsets !== undefined) {
        start = offsets[d]!
        end = offsets[d + 1]!
      } else if (present !== undefined && ((present[d >>> 5]! >>> (d & 31)) & 1) === 0) end = start
      if (start === end && missing !== undefined) this.add(owners[i]!, missing)
      // A document's intervals are one value.
      if (intervals && end > start) end = start + 1
      // Strings are counted as a set, numbers as they come.
      if (column.kind === 'string' && end - start > 1)
        for (let n = new Set(column.ordinals.subarray(start, end)).size; n > 0; n--) this.add(owners[i]!, 0)
      else
        for (let v = start; v < end; v++) this.add(owners[i]!, column.kind === 'string' ? 0 : Number(column.values[v]!))
    }
  }

  private add(owner: number, value: number): void {
    const { counts, sums, lost, least, greatest } = this
    counts.reserve(owner)
    sums.reserve(owner)
    lost.reserve(owner)
    least.reserve(owner)
    greatest.reserve(owner)
    counts.values[owner]!++
    const corrected = value - lost.values[owner]!
    const sum = sums.values[owner]! + corrected
    lost.values[owner] = sum - sums.values[owner]! - corrected
    sums.values[owner] = sum
    if (value < least.values[owner]!) least.values[owner] = value
    if (value > greatest.values[owner]!) greatest.values[owner] = value
  }

  value(owner: number, property: string | undefined): number {
    const count = this.counts.get(owner)
    switch (this.parameters.type === 'stats' ? property : this.parameters.type) {
      case 'value_count':
      case 'count':
        return count
      case 'min':
        return this.least.get(owner)
      case 'max':
        return this.greatest.get(owner)
      case 'sum':
        return this.sums.get(owner)
      default:
        return count === 0 ? NaN : this.sums.get(owner) / count
    }
  }

  result(owner: number): ValueObject {
    const json = newObject()
    const count = this.counts.get(owner)
    if (this.parameters.type === 'value_count') json['value'] = count
    else if (this.parameters.type !== 'stats') this.show(json, 'value', this.value(owner, undefined))
    else {
      json['count'] = count
      for (const name of ['min', 'max', 'avg', 'sum']) json[name] = this.number(this.value(owner, name))
      if (count > 0)
        for (const name of ['min', 'max', 'avg', 'sum']) {
          const value = this.value(owner, name)
          const text = this.leaf?.type === 'boolean' ? value !== 0 : this.text(value)
          if (text !== undefined) json[`${name}_as_string`] = text
        }
    }
    return json
  }

  private show(json: ValueObject, name: string, value: number): void {
    json[name] = this.number(value)
    const text = Number.isFinite(value) ? this.text(value) : undefined
    if (text !== undefined) json[`${name}_as_string`] = text
  }

  private number(value: number): Value {
    if (!Number.isFinite(value)) return null
    return double(this.leaf !== undefined && isDate(this.leaf.type) ? value / 1000 : value)
  }

  private text(value: number): string | undefined {
    const { leaf } = this
    const { format } = this.parameters
    if (leaf === undefined) return undefined
    if (isDate(leaf.type)) {
      return (format === undefined ? leaf.format! : dateFormat(format)).format(Math.floor(value / 1000))
    }
    if (leaf.type === 'boolean') return String(value !== 0)
    return format === undefined ? undefined : decimalFormat(format, value)
  }
}
