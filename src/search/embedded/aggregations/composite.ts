/** composite and multi_terms: a bucket for each combination of the values of several sources. */
import { double, newObject, type Value, type ValueObject } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import { formatOfDate, isDate, isFloat, resolveDate, type Aggregation, type Leaf } from '../../dsl/index.ts'
import type { CompositeParameters, CompositeSource, MultiTermsParameters } from '../../dsl/aggregation-tree.ts'
import { pointOf, tileOf } from '../../dsl/geo.ts'
import { ipBits } from '../../dsl/ip.ts'
import { parseZone } from '../../dsl/zone.ts'
import type { Column } from '../columns.ts'
import { compareStrings } from '../evaluator/dictionary.ts'
import type { SegmentView } from '../evaluator/segment-view.ts'
import { bucketComparator, firstInOrder } from './bucket-order.ts'
import {
  addResults,
  aggregatedField,
  columnOf,
  indexColumn,
  makeChildren,
  type AggregationContext,
  type Collector,
  type NamedCollector,
} from './collector.ts'
import { dateRounding, numberRounding, type Rounding } from './rounding.ts'
import { columnNumber } from './metrics.ts'
import { Totals } from './pair-table.ts'

type Part = string | number | bigint | null

/** Combinations that one aggregation may hold. */
const LIMIT = 2_000_000

class Source {
  readonly spec: CompositeSource
  readonly leaf: Leaf | undefined
  private readonly rounding: Rounding | undefined
  private readonly missing: Part | undefined
  private column: Column | undefined
  private readonly tiles = new Map<string, bigint>()

  constructor(spec: CompositeSource, context: AggregationContext) {
    this.spec = spec
    this.leaf = aggregatedField(spec.field, context)
    const { interval } = spec
    const scale = this.leaf !== undefined && isDate(this.leaf.type) ? 1000 : 1
    if (interval !== undefined && this.leaf?.column === 'string')
      throw fail('search.argument', {
        reason: `invalid source, expected numeric, got ${this.leaf.type}`,
      })
    if (interval !== undefined)
      this.rounding =
        'number' in interval
          ? numberRounding({ interval: interval.number, offset: spec.offset }, scale)
          : dateRounding({ interval, offset: spec.offset }, parseZone(spec.zone), scale)
    const { missing } = spec
    this.missing =
      missing !== undefined
        ? this.leaf?.column === 'number'
          ? (columnNumber(missing, this.leaf, context.now) ?? null)
          : String(missing)
        : spec.missingBucket
          ? null
          : undefined
  }

  segment(view: SegmentView): void {
    const { field } = this.spec
    this.column = field === '_index' ? indexColumn(view) : columnOf(field, view)
  }

  /** Distinct values of a document, as keys. */
  values(document: number): Part[] {
    const { column, rounding } = this
    let [start, end] = [document, document + 1]
    if (column === undefined) end = start
    else if (column.offsets !== undefined) [start, end] = [column.offsets[document]!, column.offsets[document + 1]!]
    else if (column.present !== undefined && ((column.present[document >>> 5]! >>> (document & 31)) & 1) === 0)
      end = start
    if (start === end) return this.missing === undefined ? [] : [this.missing]
    if (end - start === 1) return [this.key(column!, start, rounding)]
    const all = new Set<Part>()
    for (let i = start; i < end; i++) all.add(this.key(column!, i, rounding))
    return [...all]
  }

  private key(column: Column, i: number, rounding: Rounding | undefined): Part {
    if (column.kind === 'string') {
      const text = column.dictionary[column.ordinals[i]!]!
      return this.spec.zoom === undefined ? text : this.tile(text, this.spec.zoom)
    }
    const value = column.values[i]!
    return rounding === undefined ? value : rounding.floor(Number(value))
  }

  /** Columns and rows of tiles as one number, in whose order they come. */
  private tile(text: string, zoom: number): bigint {
    let tile = this.tiles.get(text)
    if (tile === undefined) {
      const { x, y } = tileOf(pointOf(text), zoom)
      this.tiles.set(text, (tile = (BigInt(x) << 29n) | BigInt(y)))
    }
    return tile
  }

  compare(a: Part, b: Part): number {
    const { descending, missingFirst } = this.spec
    if (a === b) return 0
    if (a === null || b === null) {
      const first = missingFirst ?? !descending
      return (a === null) === first ? -1 : 1
    }
    const order = this.ascending(a, b)
    return descending ? -order : order
  }

  ascending(a: NonNullable<Part>, b: NonNullable<Part>): number {
    if (typeof a === 'string' && typeof b === 'string') {
      if (this.leaf?.type !== 'ip') return compareStrings(a, b)
      const [x, y] = [ipBits(a) ?? -1n, ipBits(b) ?? -1n]
      return x < y ? -1 : x > y ? 1 : 0
    }
    return a < b ? -1 : a > b ? 1 : 0
  }

  private get date(): boolean {
    return this.leaf !== undefined && isDate(this.leaf.type)
  }

  show(part: Part): Value {
    const { spec, leaf } = this
    if (part === null || typeof part === 'string') return part
    if (spec.zoom !== undefined) return `${spec.zoom}/${BigInt(part) >> 29n}/${BigInt(part) & 0x1fffffffn}`
    // What was rounded is in milliseconds already.
    const millis = this.date && this.rounding === undefined ? Math.floor(Number(part) / 1000) : Number(part)
    if (spec.format !== undefined && (this.date || spec.kind === 'date_histogram'))
      return formatOfDate(leaf, spec.format).format(millis, parseZone(spec.zone))
    if (this.date || spec.kind === 'date_histogram') return millis
    if (leaf?.type === 'boolean') return Number(part) === 1
    return spec.kind === 'histogram' || (leaf !== undefined && isFloat(leaf.type)) ? double(Number(part)) : part
  }

  /** As `key_as_string` of multi_terms joins it. */
  text(part: Part): string {
    if (part === null) return 'null'
    if (this.date && typeof part === 'number')
      return formatOfDate(this.leaf, this.spec.format).format(Math.floor(part / 1000))
    return String(this.show(part))
  }

  /** A value of `after`. */
  read(value: Value | undefined, now: number): Part {
    if (value === undefined || value === null) return null
    if (this.spec.zoom !== undefined) {
      const [zoom, x, y] = /^(\d+)\/(\d+)\/(\d+)$/.exec(String(value))?.slice(1).map(Number) ?? []
      if (x === undefined || y === undefined || zoom !== this.spec.zoom)
        throw fail('search.argument', {
          reason: `Invalid value for [after.${this.spec.name}]: [${String(value)}] is no tile of zoom ${this.spec.zoom}`,
        })
      return (BigInt(x) << 29n) | BigInt(y)
    }
    if (this.leaf?.column === 'string' || this.leaf === undefined) return String(value)
    if (typeof value === 'boolean') return value ? 1 : 0
    if (this.date) {
      const micros =
        typeof value === 'string'
          ? resolveDate(value, {
              now,
              format: formatOfDate(this.leaf, this.spec.format),
              zone: parseZone(this.spec.zone),
            })
          : Number(value) * 1000
      return this.rounding === undefined ? micros : micros / 1000
    }
    const number = columnNumber(value, this.leaf, now)
    if (number === undefined)
      throw fail('search.argument', { reason: `Invalid value for [after.${this.spec.name}]: [${String(value)}]` })
    return number
  }
}

abstract class Combinations implements Collector {
  protected readonly sources: readonly Source[]
  protected readonly children: readonly NamedCollector[]
  protected readonly counts = new Totals()
  protected readonly keys: Part[][] = []
  protected readonly owners: number[] = []
  private readonly numbers = new Map<string, number>()

  constructor(aggregation: Aggregation, sources: readonly CompositeSource[], context: AggregationContext) {
    this.sources = sources.map((source) => new Source(source, context))
    this.children = makeChildren(aggregation, context)
  }

  segment(view: SegmentView): void {
    for (const source of this.sources) source.segment(view)
    for (const { collector } of this.children) collector.segment(view)
  }

  protected wanted(_key: readonly Part[]): boolean {
    return true
  }

  collect(documents: Int32Array, owners: Int32Array, length: number): void {
    const [into, of]: [number[], number[]] = [[], []]
    for (let i = 0; i < length; i++) {
      let keys: Part[][] = [[]]
      for (const source of this.sources) {
        const values = source.values(documents[i]!)
        keys = keys.flatMap((key) => values.map((value) => [...key, value]))
      }
      for (const key of keys) {
        if (!this.wanted(key)) continue
        into.push(documents[i]!)
        of.push(this.number(owners[i]!, key))
      }
    }
    if (into.length === 0) return
    const [d, o] = [Int32Array.from(into), Int32Array.from(of)]
    for (const { collector } of this.children) collector.collect(d, o, d.length)
  }

  private number(owner: number, key: Part[]): number {
    const id = `${owner}${key.map((part) => `\0${typeof part === 'string' ? 's' : part === null ? '-' : 'n'}${String(part)}`).join('')}`
    let number = this.numbers.get(id)
    if (number === undefined) {
      number = this.keys.length
      if (number >= LIMIT) throw fail('search.circuit_breaker', { what: '<agg buckets>', limit: `${LIMIT} buckets` })
      this.numbers.set(id, number)
      this.keys.push(key)
      this.owners.push(owner)
    }
    this.counts.reserve(number)
    this.counts.values[number]!++
    return number
  }

  protected bucketsOf(owner: number): number[] {
    return this.owners.flatMap((of, i) => (of === owner ? [i] : []))
  }

  value(): number {
    return NaN
  }

  abstract result(owner: number): ValueObject
}

export class CompositeCollector extends Combinations {
  private readonly parameters: CompositeParameters
  private readonly context: AggregationContext
  private readonly after: readonly Part[] | undefined

  constructor(aggregation: Aggregation, parameters: CompositeParameters, context: AggregationContext) {
    super(aggregation, parameters.sources, context)
    this.parameters = parameters
    this.context = context
    const { after } = parameters
    if (after !== undefined && Object.keys(after).length !== this.sources.length)
      throw fail('search.argument', {
        reason: `[after] has ${Object.keys(after).length} value(s) but [sources] has ${this.sources.length}`,
      })
    this.after = after === undefined ? undefined : this.sources.map((source) => this.afterValue(source, after))
  }

  private afterValue(source: Source, after: ValueObject): Part {
    const { name, missingBucket } = source.spec
    const value = after[name]
    if (value === undefined) throw fail('search.argument', { reason: `Missing value for [after.${name}]` })
    if (value === null && !missingBucket)
      throw fail('search.argument', { reason: `Invalid value for [after.${name}]: null` })
    return source.read(value, this.context.now)
  }

  private compare(a: readonly Part[], b: readonly Part[]): number {
    for (const [i, source] of this.sources.entries()) {
      const order = source.compare(a[i]!, b[i]!)
      if (order !== 0) return order
    }
    return 0
  }

  protected override wanted(key: readonly Part[]): boolean {
    return this.after === undefined || this.compare(key, this.after) > 0
  }

  result(owner: number): ValueObject {
    const { size } = this.parameters
    const shown = firstInOrder(this.bucketsOf(owner), size, (a, b) => this.compare(this.keys[a]!, this.keys[b]!))
    this.context.countBuckets(shown.length)
    const json = newObject()
    const keyOf = (bucket: number): ValueObject => {
      const key = newObject()
      for (const [i, source] of this.sources.entries()) key[source.spec.name] = source.show(this.keys[bucket]![i]!)
      return key
    }
    if (shown.length > 0) json['after_key'] = keyOf(shown.at(-1)!)
    json['buckets'] = shown.map((bucket) => {
      const body = newObject()
      body['key'] = keyOf(bucket)
      body['doc_count'] = this.counts.get(bucket)
      return addResults(body, this.children, bucket)
    })
    return json
  }
}

export class MultiTermsCollector extends Combinations {
  private readonly parameters: MultiTermsParameters
  private readonly context: AggregationContext

  constructor(aggregation: Aggregation, parameters: MultiTermsParameters, context: AggregationContext) {
    super(aggregation, parameters.sources, context)
    this.parameters = parameters
    this.context = context
  }

  result(owner: number): ValueObject {
    const { order, size, minDocCount } = this.parameters
    const all = this.bucketsOf(owner).filter((bucket) => this.counts.get(bucket) >= minDocCount)
    const compare = bucketComparator(
      order,
      {
        count: (bucket) => this.counts.get(bucket),
        compareKeys: (a, b) => {
          for (const [i, source] of this.sources.entries()) {
            const by = source.compare(this.keys[a]![i]!, this.keys[b]![i]!)
            if (by !== 0) return by
          }
          return 0
        },
      },
      this.children,
    )
    const shown = firstInOrder([...all], size, compare)
    this.context.countBuckets(shown.length)
    let other = 0
    for (const bucket of all) other += this.counts.get(bucket)
    for (const bucket of shown) other -= this.counts.get(bucket)
    const json = newObject()
    json['doc_count_error_upper_bound'] = 0
    json['sum_other_doc_count'] = other
    json['buckets'] = shown.map((bucket) => {
      const body = newObject()
      const key = this.keys[bucket]!
      body['key'] = this.sources.map((source, i) => source.show(key[i]!))
      body['key_as_string'] = this.sources.map((source, i) => source.text(key[i]!)).join('|')
      body['doc_count'] = this.counts.get(bucket)
      return addResults(body, this.children, bucket)
    })
    return json
  }
}
