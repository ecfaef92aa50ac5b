import { double, newObject, type Value, type ValueObject } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import { formatOfDate, isDate, resolveDate, type Aggregation, type Leaf } from '../../dsl/index.ts'
import type { GeoDistanceParameters, RangeParameters } from '../../dsl/aggregation-tree.ts'
import { numberOf } from '../../dsl/clause.ts'
import { parseZone, type Zone } from '../../dsl/zone.ts'
import type { Column } from '../columns.ts'
import type { SegmentView } from '../evaluator/segment-view.ts'
import {
  addResults,
  aggregatedField,
  bucketList,
  columnOf,
  makeChildren,
  type AggregationContext,
  type Collector,
  type NamedCollector,
} from './collector.ts'
import { decimalFormat } from './decimal-format.ts'
import { distanceColumn } from './geo.ts'
import { columnNumber } from './metrics.ts'
import { Totals } from './pair-table.ts'

interface Range {
  readonly key: string
  /** In the column's terms; the lower bound is in, the upper one is not. */
  readonly from: number
  readonly to: number
}

/** range and date_range: a bucket for each range given; a document may be in several. */
export class RangesCollector implements Collector {
  private readonly parameters: RangeParameters | GeoDistanceParameters
  private readonly context: AggregationContext
  private readonly leaf: Leaf | undefined
  private readonly zone: Zone | undefined
  private readonly ranges: readonly Range[]
  private readonly missing: number | undefined
  private readonly children: readonly NamedCollector[]
  private readonly counts = new Totals()
  private documents = new Int32Array(0)
  private buckets = new Int32Array(0)
  private column: Column | undefined

  constructor(
    aggregation: Aggregation,
    parameters: RangeParameters | GeoDistanceParameters,
    context: AggregationContext,
  ) {
    this.parameters = parameters
    this.context = context
    this.leaf = aggregatedField(parameters.field, context)
    this.zone = parameters.zone === undefined ? undefined : parseZone(parameters.zone)
    if (this.leaf?.column === 'string' && parameters.type !== 'geo_distance')
      throw fail('search.argument', {
        reason: `Field [${parameters.field}] of type [${this.leaf.type}] is not supported for aggregation [${parameters.type}]`,
      })
    this.ranges = parameters.ranges
      .map(({ key, from, to }) => {
        const [low, high] = [this.bound(from, -Infinity), this.bound(to, Infinity)]
        const first = parameters.type === 'geo_distance' && low === 0 ? '*' : this.show(low)
        return { key: key ?? `${first}-${this.show(high)}`, from: low, to: high }
      })
      .sort((a, b) => a.from - b.from || a.to - b.to)
    this.missing =
      parameters.missing === undefined ? undefined : columnNumber(parameters.missing, this.leaf, context.now)
    this.children = makeChildren(aggregation, context)
  }

  /** A date_range of numbers is a range of numbers. */
  private get date(): boolean {
    return this.leaf === undefined ? this.parameters.type === 'date_range' : isDate(this.leaf.type)
  }

  private bound(value: Value | undefined, open: number): number {
    if (value === undefined) return open
    if (this.date) {
      if (typeof value !== 'string' && numberOf(value) !== undefined) return numberOf(value)! * 1000
      return resolveDate(String(value), {
        now: this.context.now,
        format: formatOfDate(this.leaf, this.parameters.format),
        ...(this.zone === undefined ? {} : { zone: this.zone }),
      })
    }
    const number = numberOf(value)
    if (number === undefined) throw fail('search.number', { text: String(value) })
    return number
  }

  private show(bound: number): string {
    if (!Number.isFinite(bound)) return '*'
    const { format } = this.parameters
    if (this.date) return formatOfDate(this.leaf, format).format(Math.floor(bound / 1000), this.zone)
    return format === undefined ? String(double(bound)) : decimalFormat(format, bound)
  }

  segment(view: SegmentView): void {
    const { parameters } = this
    const column = columnOf(parameters.field, view)
    this.column =
      parameters.type === 'geo_distance'
        ? distanceColumn(column, parameters.origin, parameters.unit, parameters.flat)
        : column
    for (const { collector } of this.children) collector.segment(view)
  }

  collect(documents: Int32Array, owners: Int32Array, length: number): void {
    if (this.documents.length < length) {
      this.documents = new Int32Array(length)
      this.buckets = new Int32Array(length)
    }
    for (const [index, range] of this.ranges.entries()) {
      let kept = 0
      for (let i = 0; i < length; i++) {
        if (!this.within(documents[i]!, range)) continue
        const bucket = owners[i]! * this.ranges.length + index
        this.counts.reserve(bucket)
        this.counts.values[bucket]!++
        this.documents[kept] = documents[i]!
        this.buckets[kept++] = bucket
      }
      if (kept > 0) for (const { collector } of this.children) collector.collect(this.documents, this.buckets, kept)
    }
  }

  private within(document: number, { from, to }: Range): boolean {
    const { column, missing } = this
    let [start, end] = [document, document + 1]
    if (column === undefined || column.kind === 'string') end = start
    else if (column.offsets !== undefined) [start, end] = [column.offsets[document]!, column.offsets[document + 1]!]
    else if (column.present !== undefined && ((column.present[document >>> 5]! >>> (document & 31)) & 1) === 0)
      end = start
    if (start === end) return missing !== undefined && missing >= from && missing < to
    const { values } = column as Exclude<Column, { kind: 'string' }>
    for (let i = start; i < end; i++) if (values[i]! >= from && values[i]! < to) return true
    return false
  }

  value(): number {
    return NaN
  }

  result(owner: number): ValueObject {
    this.context.countBuckets(this.ranges.length)
    const json = newObject()
    json['buckets'] = bucketList(
      this.ranges.map(({ key, from, to }, index) => {
        const bucket = owner * this.ranges.length + index
        const body = newObject()
        if (!this.parameters.keyed) body['key'] = key
        for (const [name, bound] of [
          ['from', from],
          ['to', to],
        ] as const) {
          if (!Number.isFinite(bound)) continue
          body[name] = double(this.date ? bound / 1000 : bound)
          if (this.date || this.parameters.format !== undefined) body[`${name}_as_string`] = this.show(bound)
        }
        body['doc_count'] = this.counts.get(bucket)
        return { key, body: addResults(body, this.children, bucket) }
      }),
      this.parameters.keyed,
    )
    return json
  }
}
