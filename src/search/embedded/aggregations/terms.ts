import { double, newObject, stringifyJson, type Value, type ValueObject } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import { isInteger } from '../../dsl/field-types.ts'
import { formatOfDate, isDate, isFloat, type Aggregation, type Leaf } from '../../dsl/index.ts'
import type { TermsFilter, TermsParameters } from '../../dsl/aggregation-tree.ts'
import { ipBits } from '../../dsl/ip.ts'
import { plainLeaf } from '../../dsl/leaf.ts'
import { murmur3 } from '../../dsl/murmur3.ts'
import { luceneRegex } from '../../dsl/lucene-regex.ts'
import type { Column } from '../columns.ts'
import { compareStrings } from '../evaluator/dictionary.ts'
import { Expander, numberValues, stringValues, type FieldValues } from '../evaluator/global-ordinals.ts'
import type { SegmentView } from '../evaluator/segment-view.ts'
import { bucketComparator, firstInOrder } from './bucket-order.ts'
import {
  addResults,
  aggregatedField,
  columnOf,
  indexColumn,
  makeChildren,
  stringColumns,
  type AggregationContext,
  type Collector,
  type NamedCollector,
} from './collector.ts'
import { decimalFormat } from './decimal-format.ts'
import { columnNumber } from './metrics.ts'
import { Deferred } from './deferred.ts'
import { OwnerLists, PairTable, Totals } from './pair-table.ts'

/** A bucket for each distinct value. */
export class TermsCollector implements Collector {
  protected readonly parameters: TermsParameters
  protected readonly context: AggregationContext
  private readonly leaf: Leaf | undefined
  private readonly values: FieldValues
  protected readonly expander: Expander
  protected readonly pairs: PairTable
  protected readonly counts = new Totals()
  private readonly children: readonly NamedCollector[]
  private readonly allowed: ((global: number) => boolean) | undefined
  private buckets = new Int32Array(0)
  private byOwner: OwnerLists | undefined
  /** Whether the order is known before the children have seen anything. */
  private readonly byCount: boolean
  /** Where most buckets will be dropped, the children see only those that stay, after all is counted. */
  private readonly deferred: Deferred | undefined
  private column: Column | undefined

  /** Of a text its terms, also where its mapping does not say `fielddata`. */
  private readonly analysed: boolean

  constructor(aggregation: Aggregation, parameters: TermsParameters, context: AggregationContext, analysed = false) {
    this.analysed = analysed
    this.parameters = parameters
    this.context = context
    this.leaf =
      aggregatedField(parameters.field, context, analysed) ??
      (parameters.valueType === undefined ? undefined : plainLeaf(parameters.field, parameters.valueType))
    this.children = makeChildren(aggregation, context)
    const metadata = parameters.field === '_index' || parameters.field === '_id'
    this.values =
      this.leaf?.column === 'number'
        ? numberValues()
        : metadata
          ? stringValues([])
          : stringValues(stringColumns(parameters.field, context, analysed))
    for (const column of this.leaf?.column === 'string' ? stringColumns(parameters.field, context, analysed) : [])
      this.values.mapped(column)
    this.pairs = new PairTable(this.values.size())
    const { missing } = parameters
    const stand =
      missing === undefined
        ? undefined
        : this.values.kind === 'string'
          ? String(missing)
          : columnNumber(missing, this.leaf, context.now)
    if (missing !== undefined && stand === undefined) throw fail('search.number', { text: stringifyJson(missing) })
    this.expander = new Expander(this.values, stand === undefined ? -1 : this.values.ordinal(stand))
    this.byCount = parameters.order.every(({ path }) => path === '_count' || path === '_key')
    const many = this.values.kind === 'number' || this.values.size() > parameters.size
    const dropsSome = (this.byCount && many) || parameters.minDocCount > 1
    this.deferred = this.children.length > 0 && dropsSome ? new Deferred(this.children) : undefined
    this.allowed = this.filter(parameters.include, parameters.exclude)
  }

  private filter(
    include: TermsFilter | undefined,
    exclude: TermsFilter | undefined,
  ): ((global: number) => boolean) | undefined {
    if (include === undefined && exclude === undefined) return undefined
    const pattern = [include, exclude].find((filter) => filter !== undefined && 'regex' in filter)
    if (pattern !== undefined && 'regex' in pattern && (this.leaf?.column === 'number' || this.leaf?.type === 'ip'))
      throw fail('search.aggregation_execution', {
        reason: `Aggregation [${pattern.aggregation}] cannot support regular expression style include/exclude settings as they can only be applied to string fields. Use an array of ${this.leaf.type === 'ip' ? 'values for include/exclude clauses' : 'numeric values for include/exclude clauses used to filter numeric fields'}`,
      })
    const test = (filter: TermsFilter): ((value: string) => boolean) => {
      if ('regex' in filter) return luceneRegex(filter.regex)
      if ('partition' in filter) {
        const part = this.leaf?.column === 'number' ? numberPart : textPart
        return (value) => part(value, filter.of) === filter.partition
      }
      const wanted = new Set(
        filter.values.map((value) => String(this.leaf?.column === 'number' ? this.numberOf(value, this.leaf) : value)),
      )
      return (value) => wanted.has(value)
    }
    const [into, out] = [include && test(include), exclude && test(exclude)]
    const known: (boolean | undefined)[] = []
    return (global) => {
      let fits = known[global]
      if (fits === undefined) {
        const value = String(this.values.value(global))
        fits = known[global] = (into?.(value) ?? true) && !(out?.(value) ?? false)
      }
      return fits
    }
  }

  /** A value that is asked for: of integers the part before the point. */
  private numberOf(value: Value, leaf: Leaf): number | bigint | undefined {
    if (typeof value === 'bigint') return value
    const number = columnNumber(value, leaf, this.context.now)
    return number === undefined || !isInteger(leaf.type) ? number : Math.trunc(number)
  }

  segment(view: SegmentView): void {
    const { field } = this.parameters
    this.column = field === '_index' ? indexColumn(view) : this.columnIn(view)
    if (this.deferred !== undefined) this.deferred.segment(view)
    else for (const { collector } of this.children) collector.segment(view)
  }

  protected columnIn(view: Pick<SegmentView, 'mapping' | 'segment'>): Column | undefined {
    return columnOf(this.parameters.field, view, this.analysed)
  }

  collect(documents: Int32Array, owners: Int32Array, length: number): void {
    const { expander, pairs, counts, allowed } = this
    expander.expand(this.column, documents, owners, length)
    if (this.buckets.length < expander.length) this.buckets = new Int32Array(expander.length)
    const { buckets } = this
    const { documents: out } = expander
    let kept = 0
    for (let i = 0; i < expander.length; i++) {
      const global = expander.globals[i]!
      if (allowed !== undefined && !allowed(global)) continue
      const bucket = pairs.number(expander.owners[i]!, global)
      counts.reserve(bucket)
      counts.values[bucket]!++
      out[kept] = out[i]!
      buckets[kept++] = bucket
    }
    if (kept === 0) return
    if (this.deferred !== undefined) this.deferred.collect(out, buckets, kept)
    else for (const { collector } of this.children) collector.collect(out, buckets, kept)
  }

  value(): number {
    return NaN
  }

  result(owner: number): ValueObject {
    const { parameters, pairs, counts, children } = this
    this.settle()
    const all = this.byOwner!.of(owner)
    const candidates = this.candidates(all)
    const chosen = this.choose(candidates, owner)
    this.context.countBuckets(chosen.length)
    let other = 0
    for (const bucket of parameters.minDocCount <= 1 ? all : candidates) other += counts.get(bucket)
    for (const bucket of chosen) other -= counts.get(bucket)
    const json = newObject()
    json['doc_count_error_upper_bound'] = 0
    json['sum_other_doc_count'] = other
    json['buckets'] = chosen.map((bucket) => {
      const body = newObject()
      this.showKey(body, pairs.keys[bucket]!)
      body['doc_count'] = counts.get(bucket)
      if (parameters.showError === true) body['doc_count_error_upper_bound'] = 0
      this.extras(body, bucket, owner)
      return addResults(body, children, this.deferred?.replayed(bucket) ?? bucket)
    })
    return json
  }

  /** What else a bucket says of itself. */
  protected extras(_body: ValueObject, _bucket: number, _owner: number): void {}

  /** After the last document: groups the buckets by owner, and lets the children see what they have not seen. */
  private settle(): void {
    if (this.byOwner !== undefined) return
    if (this.parameters.minDocCount === 0) this.addEmpty()
    this.byOwner = new OwnerLists(this.pairs)
    if (this.deferred === undefined) return
    const staying: number[] = []
    for (let owner = 0; owner < this.byOwner.length; owner++) {
      const candidates = this.candidates(this.byOwner.of(owner))
      for (const bucket of this.byCount ? this.choose(candidates, owner) : candidates) staying.push(bucket)
    }
    this.deferred.replay(staying, this.pairs.size)
  }

  private candidates(buckets: number[]): number[] {
    const { minDocCount, maxDocCount = Infinity } = this.parameters
    if (minDocCount <= 1 && maxDocCount === Infinity) return buckets
    return buckets.filter((bucket) => {
      const count = this.counts.get(bucket)
      return count >= minDocCount && count <= maxDocCount
    })
  }

  protected choose(candidates: readonly number[], _owner: number): number[] {
    const { pairs, counts } = this
    const compare = bucketComparator(
      this.parameters.order,
      {
        count: (bucket) => counts.get(bucket),
        compareKeys: (a, b) => this.compareKeys(pairs.keys[a]!, pairs.keys[b]!),
        below: (bucket) => this.deferred?.replayed(bucket) ?? bucket,
      },
      this.children,
    )
    return firstInOrder([...candidates], this.parameters.size, compare)
  }

  /** With min_doc_count 0 every value of the field is a bucket, for every owner that there is. */
  private addEmpty(): void {
    const owners = new Set(this.pairs.owners.subarray(0, this.pairs.size)).add(0)
    for (const view of this.context.segments) {
      const column = this.columnIn(view)
      if (column === undefined) continue
      const globals =
        column.kind === 'string'
          ? this.values.mapped(column).subarray(0, column.dictionary.length)
          : Int32Array.from({ length: column.values.length }, (_, i) => this.values.ordinal(column.values[i]!))
      for (const owner of owners)
        for (const global of globals)
          if (this.allowed === undefined || this.allowed(global)) this.pairs.number(owner, global)
    }
  }

  private compareKeys(a: number, b: number): number {
    const [x, y] = [this.values.value(a), this.values.value(b)]
    if (typeof x === 'string' && typeof y === 'string') {
      if (this.leaf?.type !== 'ip') return compareStrings(x, y)
      const [p, q] = [this.address(a, x), this.address(b, y)]
      return p < q ? -1 : p > q ? 1 : 0
    }
    return x < y ? -1 : x > y ? 1 : 0
  }

  private address(global: number, text: string): bigint {
    let known = addresses.get(this.values)
    if (known === undefined) addresses.set(this.values, (known = []))
    return (known[global] ??= ipBits(text) ?? -1n)
  }

  private showKey(body: ValueObject, global: number): void {
    const value = this.values.value(global)
    const { leaf } = this
    if (typeof value === 'string' || leaf === undefined) {
      body['key'] = value as Value
      return
    }
    if (isDate(leaf.type)) {
      const millis = Math.floor(Number(value) / 1000)
      body['key'] = millis
      body['key_as_string'] = formatOfDate(leaf, this.parameters.format).format(millis)
    } else if (leaf.type === 'boolean') {
      body['key'] = Number(value)
      body['key_as_string'] = String(Number(value) === 1)
    } else {
      body['key'] = isFloat(leaf.type) ? double(Number(value)) : value
      if (this.parameters.format !== undefined)
        body['key_as_string'] = decimalFormat(this.parameters.format, Number(value))
    }
  }
}

/** Bits of the addresses among a field's values, by ordinal: where many buckets tie, each is compared often. */
const addresses = new WeakMap<FieldValues, bigint[]>()

const PARTITION_SEED = 31

/** The part of `of` that a term is in, by the hash that Elasticsearch divides terms with. */
function textPart(value: string, of: number): number {
  const hash = murmur3(Buffer.from(value), PARTITION_SEED)
  return ((hash % of) + of) % of
}

/** The same for a number, by the mixing function of its bits. */
function numberPart(value: string, of: number): number {
  let z = BigInt.asUintN(64, BigInt(Math.trunc(Number(value))))
  z = BigInt.asUintN(64, (z ^ (z >> 32n)) * 0x4cd6944c5cc20b6dn)
  z = BigInt.asUintN(64, (z ^ (z >> 29n)) * 0xfc12c5b19d3259e9n)
  const rest = BigInt.asIntN(64, z ^ (z >> 32n)) % BigInt(of)
  return Number(rest < 0n ? rest + BigInt(of) : rest)
}
