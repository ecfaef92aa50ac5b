/** histogram and date_histogram: a bucket for each interval that has a value. */
import { double, newObject, type Value, type ValueObject } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import { formatOfDate, isDate, resolveDate, type Aggregation, type Leaf, type LeafType } from '../../dsl/index.ts'
import type { DateHistogramParameters, HistogramParameters } from '../../dsl/aggregation-tree.ts'
import { intervalFrom, isRange, type Interval } from '../../dsl/range-field.ts'
import { parseZone, type Zone } from '../../dsl/zone.ts'
import type { Column, StringColumn } from '../columns.ts'
import type { SegmentView } from '../evaluator/segment-view.ts'
import { eachValue } from './geo.ts'
import { decimalFormat } from './decimal-format.ts'
import { bucketComparator } from './bucket-order.ts'
import {
  addResults,
  aggregatedField,
  bucketList,
  columnOf,
  makeChildren,
  MAX_BUCKETS,
  type AggregationContext,
  type Collector,
  type NamedCollector,
} from './collector.ts'
import { columnNumber } from './metrics.ts'
import { OwnerLists, PairTable, Totals } from './pair-table.ts'
import { divideRates } from './rates.ts'
import { dateRounding, numberRounding, type Rounding } from './rounding.ts'

function isNumberRange(type: LeafType): boolean {
  return isRange(type) && type !== 'date_range' && type !== 'ip_range'
}

export class HistogramCollector implements Collector {
  private readonly parameters: DateHistogramParameters | HistogramParameters
  private readonly context: AggregationContext
  private readonly leaf: Leaf | undefined
  private readonly rounding: Rounding
  private readonly zone: Zone | undefined
  private readonly missing: number | undefined
  /** In the column's terms: values outside are left out. */
  private readonly hard: { readonly min: number; readonly max: number } | undefined
  private readonly pairs = new PairTable()
  private readonly counts = new Totals()
  private readonly children: readonly NamedCollector[]
  private readonly keys: number[] = []
  private readonly byKey = new Map<number, number>()
  private byOwner: OwnerLists | undefined
  private out = { documents: new Int32Array(0), buckets: new Int32Array(0), length: 0 }
  private column: Column | undefined
  // The interval of the value before: times come in order, so most values lie in it.
  private lastStart = Infinity
  private lastEnd = -Infinity
  private lastKey = 0
  private allowed = true
  /** Of the segment's entries, where the field is of a range type. */
  private intervals: readonly Interval[] = []

  constructor(
    aggregation: Aggregation,
    parameters: DateHistogramParameters | HistogramParameters,
    context: AggregationContext,
  ) {
    this.parameters = parameters
    this.context = context
    this.leaf = aggregatedField(parameters.field, context)
    const date = parameters.type === 'date_histogram'
    if (
      this.leaf !== undefined &&
      !(this.leaf.column === 'number' || (date ? this.leaf.type === 'date_range' : isNumberRange(this.leaf.type)))
    )
      throw fail('search.argument', {
        reason: `Field [${parameters.field}] of type [${this.leaf.type}] is not supported for aggregation [${parameters.type}]`,
      })
    this.zone = date ? parseZone(parameters.zone) : undefined
    // Dates lie in the column in microseconds, numbers that are taken for dates in milliseconds.
    const scale = this.leaf !== undefined && isDate(this.leaf.type) ? 1000 : 1
    this.rounding = date ? dateRounding(parameters, this.zone!, scale) : numberRounding(parameters, scale)
    this.checkBounds(aggregation.name)
    this.hard = this.hardBounds()
    this.missing =
      parameters.missing === undefined ? undefined : columnNumber(parameters.missing, this.leaf, context.now)
    this.children = makeChildren(aggregation, context)
  }

  segment(view: SegmentView): void {
    this.column = columnOf(this.parameters.field, view)
    if (this.column?.kind === 'string') this.intervals = this.column.dictionary.map(intervalFrom)
    for (const { collector } of this.children) collector.segment(view)
  }

  collect(documents: Int32Array, owners: Int32Array, length: number): void {
    const { column, missing } = this
    this.out.length = 0
    this.reserve(length)
    if (column === undefined) {
      if (missing !== undefined) for (let i = 0; i < length; i++) this.add(documents[i]!, owners[i]!, missing)
    } else if (column.kind === 'number' && column.offsets === undefined && column.present === undefined) {
      const { values } = column
      for (let i = 0; i < length; i++) this.add(documents[i]!, owners[i]!, values[documents[i]!]!)
    } else if (column.kind === 'string') this.collectIntervals(column, documents, owners, length)
    else this.collectSlowly(column, documents, owners, length)
    const { out } = this
    if (out.length > 0)
      for (const { collector } of this.children) collector.collect(out.documents, out.buckets, out.length)
  }

  private collectSlowly(
    column: Exclude<Column, { kind: 'string' }>,
    documents: Int32Array,
    owners: Int32Array,
    length: number,
  ): void {
    const { offsets, present, values } = column
    for (let i = 0; i < length; i++) {
      const d = documents[i]!
      let [start, end] = [d, d + 1]
      if (offsets !== undefined) [start, end] = [offsets[d]!, offsets[d + 1]!]
      else if (present !== undefined && ((present[d >>> 5]! >>> (d & 31)) & 1) === 0) end = start
      if (start === end && this.missing !== undefined) this.add(d, owners[i]!, this.missing)
      const first = this.out.length
      for (let v = start; v < end; v++) this.add(d, owners[i]!, Number(values[v]!), first)
    }
  }

  /** A document counts in every bucket that one of its intervals touches. */
  private collectIntervals(column: StringColumn, documents: Int32Array, owners: Int32Array, length: number): void {
    const { rounding, hard } = this
    eachValue(column, documents, length, (i, ordinal) => {
      const { low, high } = this.intervals[ordinal]!
      const [from, to] = [Math.max(Number(low), hard?.min ?? -Infinity), Math.min(Number(high), hard?.max ?? Infinity)]
      if (from > to) return
      const end = rounding.floor(to)
      // One that is open at an end has more buckets than there may be.
      let touched = Number.isFinite(end - rounding.floor(from)) ? 0 : MAX_BUCKETS
      const first = this.firstOf(documents[i]!)
      if (touched > 0) this.context.countBuckets(MAX_BUCKETS + 1)
      for (let key = rounding.floor(from); key <= end; key = rounding.next(key)) {
        if (++touched > MAX_BUCKETS) this.context.countBuckets(touched)
        this.add(documents[i]!, owners[i]!, rounding.start(key), first)
      }
    })
  }

  /** Where the document's buckets of this block begin. */
  private firstOf(document: number): number {
    const { out } = this
    let first = out.length
    while (first > 0 && out.documents[first - 1] === document) first--
    return first
  }

  private add(document: number, owner: number, value: number, first = this.out.length): void {
    const { counts } = this
    let { out } = this
    if (value < this.lastStart || value >= this.lastEnd) this.enter(value)
    if (this.hard !== undefined && !this.allowed) return
    const bucket = this.pairs.number(owner, this.lastKey)
    // Several values of a document in one interval are one document.
    for (let i = first; i < out.length; i++) if (out.buckets[i] === bucket) return
    counts.reserve(bucket)
    counts.values[bucket]!++
    if (out.length === out.buckets.length) {
      this.reserve(out.length + 1)
      out = this.out
    }
    out.documents[out.length] = document
    out.buckets[out.length++] = bucket
  }

  private enter(value: number): void {
    const key = this.rounding.floor(value)
    this.lastStart = this.rounding.start(key)
    this.lastEnd = this.rounding.start(this.rounding.next(key))
    let number = this.byKey.get(key)
    if (number === undefined) {
      number = this.keys.length
      this.keys.push(key)
      this.byKey.set(key, number)
    }
    this.lastKey = number
    const { hard } = this
    if (hard === undefined) return
    const at = this.lastStart
    // The bounds of dates leave the upper end out, as Elasticsearch's do.
    this.allowed =
      this.intervals.length > 0 || (at >= hard.min && (this.zone === undefined ? at <= hard.max : at < hard.max))
  }

  private reserve(length: number): void {
    if (this.out.buckets.length >= length) return
    const size = Math.max(length, this.out.buckets.length * 2)
    const [documents, buckets] = [new Int32Array(size), new Int32Array(size)]
    documents.set(this.out.documents)
    buckets.set(this.out.buckets)
    this.out = { documents, buckets, length: this.out.length }
  }

  value(): number {
    return NaN
  }

  result(owner: number): ValueObject {
    const { parameters, pairs, counts, children, keys } = this
    this.byOwner ??= new OwnerLists(pairs)
    const own = new Map<number, number>()
    for (const bucket of this.byOwner.of(owner)) own.set(keys[pairs.keys[bucket]!]!, bucket)
    // An interval without documents has a number no child has seen: its aggregations are empty.
    let empty = pairs.size
    const all: { key: number; bucket: number }[] = []
    for (const key of this.keysToShow([...own.keys()].sort((a, b) => a - b)))
      all.push({ key, bucket: own.get(key) ?? empty++ })
    const shown = all.filter(({ bucket }) => counts.get(bucket) >= parameters.minDocCount)
    const [first] = parameters.order
    if (first !== undefined && (first.path !== '_key' || first.descending)) {
      const byBucket = new Map(shown.map(({ key, bucket }) => [bucket, key]))
      const compare = bucketComparator(
        [...parameters.order, { path: '_key', descending: false }],
        { count: (bucket) => counts.get(bucket), compareKeys: (a, b) => byBucket.get(a)! - byBucket.get(b)! },
        children,
      )
      shown.sort((a, b) => compare(a.bucket, b.bucket))
    }
    this.context.countBuckets(shown.length)
    const rated = children.some(({ aggregation }) => aggregation.parameters.type === 'rate')
    const json = newObject()
    json['buckets'] = bucketList(
      shown.map(({ key, bucket }) => {
        const { body, name } = this.bucketHead(key)
        body['doc_count'] = counts.get(bucket)
        addResults(body, children, bucket)
        if (rated && parameters.type === 'date_histogram')
          divideRates(body, children, bucket, parameters, this.rounding.next(key) - key)
        return { key: name, body }
      }),
      parameters.keyed,
    )
    return json
  }

  private keysToShow(keys: number[]): number[] {
    const { parameters, rounding } = this
    if (parameters.minDocCount > 0) return keys
    let [least, greatest] = [keys[0], keys.at(-1)]
    const [min, max] = [this.bound(parameters.bounds?.min, false), this.bound(parameters.bounds?.max, true)]
    if (min !== undefined && (least === undefined || min < least)) least = min
    if (max !== undefined && (greatest === undefined || max > greatest)) greatest = max
    if (least === undefined || greatest === undefined) return keys
    const filled: number[] = []
    for (let key = least; key <= greatest; key = rounding.next(key)) {
      filled.push(key)
      if (filled.length > MAX_BUCKETS) this.context.countBuckets(filled.length)
    }
    return filled
  }

  private checkBounds(name: string): void {
    const { bounds } = this.parameters
    const scale = this.rounding.start(1)
    const [min, max] = [this.inColumn(bounds?.min, false), this.inColumn(bounds?.max, false)]
    if (min !== undefined && max !== undefined && min > max)
      throw fail('search.argument', {
        reason: `[extended_bounds.min][${min / scale}] cannot be greater than [extended_bounds.max][${max / scale}] for histogram aggregation [${name}]`,
      })
  }

  private hardBounds(): { min: number; max: number } | undefined {
    const { hardBounds, bounds } = this.parameters
    if (hardBounds === undefined) return undefined
    const [min, max] = [
      this.inColumn(hardBounds.min, false) ?? -Infinity,
      this.inColumn(hardBounds.max, false) ?? Infinity,
    ]
    const [least, most] = [this.inColumn(bounds?.min, false) ?? min, this.inColumn(bounds?.max, false) ?? max]
    if (least < min || most > max)
      throw fail('search.argument', {
        reason: `Extended bounds have to be inside hard bounds, hard bounds: [${show(hardBounds)}], extended bounds: [${show(bounds!)}]`,
      })
    // Those of dates are the beginnings of their intervals.
    const begin = (bound: number): number =>
      this.zone === undefined || !Number.isFinite(bound) ? bound : this.rounding.start(this.rounding.floor(bound))
    return { min: begin(min), max: begin(max) }
  }

  private bound(value: Value | undefined, roundUp: boolean): number | undefined {
    const number = this.inColumn(value, roundUp)
    return number === undefined ? undefined : this.rounding.floor(number)
  }

  private inColumn(value: Value | undefined, roundUp: boolean): number | undefined {
    if (value === undefined) return undefined
    const { parameters } = this
    if (parameters.type === 'histogram') {
      return columnNumber(value, this.leaf, this.context.now)
    }
    const micros = resolveDate(String(value), {
      now: this.context.now,
      format: formatOfDate(this.leaf, parameters.format),
      zone: this.zone!,
      roundUp,
    })
    return this.leaf !== undefined && isDate(this.leaf.type) ? micros : micros / 1000
  }

  private bucketHead(key: number): { body: ValueObject; name: string } {
    const body = newObject()
    if (this.parameters.type === 'histogram') {
      const date = this.leaf !== undefined && isDate(this.leaf.type)
      const shown = double(key)
      if (date) body['key_as_string'] = formatOfDate(this.leaf, this.parameters.format).format(key)
      else if (this.parameters.format !== undefined) body['key_as_string'] = decimalFormat(this.parameters.format, key)
      body['key'] = shown
      return { body, name: String(body['key_as_string'] ?? shown) }
    }
    const text = this.dateText(key)
    if (text !== undefined) body['key_as_string'] = text
    body['key'] = key
    return { body, name: text ?? String(key) }
  }

  /** What is no date is shown as the number it is. */
  private dateText(key: number): string | undefined {
    const { leaf, parameters } = this
    if (leaf === undefined || isDate(leaf.type) || isRange(leaf.type))
      return formatOfDate(leaf, parameters.format).format(key, this.zone)
    if (leaf.type === 'boolean') return String(key !== 0)
    return parameters.format === undefined ? undefined : decimalFormat(parameters.format, key)
  }
}

function show({ min, max }: { readonly min: Value | undefined; readonly max: Value | undefined }): string {
  const text = (bound: Value | undefined): string =>
    bound === undefined ? '' : String(typeof bound === 'number' ? double(bound) : bound)
  return `${text(min)}--${text(max)}`
}
