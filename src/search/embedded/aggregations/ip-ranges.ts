/** ip_range and ip_prefix: buckets of addresses. */
import { newObject, type ValueObject } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import type { Aggregation } from '../../dsl/index.ts'
import type { IpRangeParameters } from '../../dsl/aggregation-tree.ts'
import { cidrRange, formatIp as addressText, ipBits } from '../../dsl/ip.ts'
import type { StringColumn } from '../columns.ts'
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
import { Totals } from './pair-table.ts'

interface Bucket {
  readonly key: string
  readonly from: bigint
  /** Not in the bucket. */
  readonly to: bigint
  readonly body: () => ValueObject
}

const END = 1n << 128n

export class IpRangesCollector implements Collector {
  private readonly parameters: IpRangeParameters
  private readonly children: readonly NamedCollector[]
  private readonly context: AggregationContext
  private readonly buckets: Bucket[]
  private readonly byKey = new Map<string, number>()
  /** Counts by owner and bucket; the number of a pair is what the children see. */
  private readonly numbers = new Map<number, Map<number, number>>()
  private pairs = 0
  private readonly counts = new Totals()
  private column: StringColumn | undefined
  /** The buckets of documents without an address. */
  private readonly absent: readonly number[]
  private readonly known = new WeakMap<readonly string[], (readonly number[] | undefined)[]>()

  constructor(aggregation: Aggregation, parameters: IpRangeParameters, context: AggregationContext) {
    this.parameters = parameters
    this.context = context
    this.children = makeChildren(aggregation, context)
    const leaf = aggregatedField(parameters.field, context)
    if (leaf !== undefined && leaf.type !== 'ip')
      throw fail('search.argument', {
        reason: `Field [${parameters.field}] of type [${leaf.type}] is not supported for aggregation [${parameters.type}]`,
      })
    this.buckets = parameters.ranges
      .map(({ key, mask, from, to }): Bucket => {
        const block = mask === undefined ? undefined : cidrRange(mask)!
        const low = block?.from ?? (from === undefined ? 0n : ipBits(from)!)
        const high = block === undefined ? (to === undefined ? END : ipBits(to)!) : block.to + 1n
        const [lowText, highText] = [
          block === undefined ? from : low === 0n ? undefined : addressText(low),
          block === undefined ? to : high === END ? undefined : addressText(high),
        ]
        return {
          key: key ?? mask ?? `${lowText ?? '*'}-${highText ?? '*'}`,
          from: low,
          to: high,
          body() {
            const body = newObject()
            if (lowText !== undefined) body['from'] = lowText
            if (highText !== undefined) body['to'] = highText
            return body
          },
        }
      })
      .sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : a.to < b.to ? -1 : a.to > b.to ? 1 : 0))
    this.absent = parameters.missing === undefined ? [] : this.find(parameters.missing)
  }

  segment(view: SegmentView): void {
    const column = columnOf(this.parameters.field, view)
    this.column = column?.kind === 'string' ? column : undefined
    for (const { collector } of this.children) collector.segment(view)
  }

  collect(documents: Int32Array, owners: Int32Array, length: number): void {
    const { column, absent } = this
    if (column === undefined && absent.length === 0) return
    const [into, of]: [number[], number[]] = [[], []]
    for (let i = 0; i < length; i++) {
      const d = documents[i]!
      let [start, end] = [d, d + 1]
      if (column === undefined) end = start
      else if (column.offsets !== undefined) [start, end] = [column.offsets[d]!, column.offsets[d + 1]!]
      else if (column.present !== undefined && ((column.present[d >>> 5]! >>> (d & 31)) & 1) === 0) end = start
      const hit = new Set(start === end ? absent : [])
      for (let v = start; v < end; v++)
        for (const bucket of this.bucketsOf(column!, column!.ordinals[v]!)) hit.add(bucket)
      for (const bucket of hit) {
        const number = this.number(owners[i]!, bucket)
        this.counts.reserve(number)
        this.counts.values[number]!++
        into.push(d)
        of.push(number)
      }
    }
    if (into.length === 0) return
    const [d, o] = [Int32Array.from(into), Int32Array.from(of)]
    for (const { collector } of this.children) collector.collect(d, o, d.length)
  }

  private number(owner: number, bucket: number): number {
    let own = this.numbers.get(owner)
    if (own === undefined) this.numbers.set(owner, (own = new Map()))
    let number = own.get(bucket)
    if (number === undefined) own.set(bucket, (number = this.pairs++))
    return number
  }

  private bucketsOf(column: StringColumn, ordinal: number): readonly number[] {
    let table = this.known.get(column.dictionary)
    if (table === undefined) this.known.set(column.dictionary, (table = []))
    return (table[ordinal] ??= this.find(column.dictionary[ordinal]!))
  }

  private find(address: string): readonly number[] {
    const bits = ipBits(address)!
    const { prefix } = this.parameters
    if (prefix === undefined) return this.buckets.flatMap(({ from, to }, i) => (bits >= from && bits < to ? [i] : []))
    if (!address.includes(':') === prefix.v6) return []
    const size = BigInt((prefix.v6 ? 128 : 32) - prefix.length)
    const from = (bits >> size) << size
    const text = addressText(from)
    const key = prefix.appendLength ? `${text}/${prefix.length}` : text
    let number = this.byKey.get(key)
    if (number === undefined) {
      number = this.buckets.length
      this.byKey.set(key, number)
      const mask = prefix.v6 ? undefined : addressText(((0xffffffffn >> size) << size) | (0xffffn << 32n))
      this.buckets.push({
        key,
        from,
        to: from + (1n << size),
        body() {
          const body = newObject()
          body['is_ipv6'] = prefix.v6
          body['prefix_length'] = prefix.length
          if (mask !== undefined) body['netmask'] = mask
          return body
        },
      })
    }
    return [number]
  }

  value(): number {
    return NaN
  }

  result(owner: number): ValueObject {
    const own = this.numbers.get(owner)
    const { prefix, keyed } = this.parameters
    const shown = this.buckets
      .map((bucket, i) => ({ bucket, number: own?.get(i) ?? this.pairs }))
      .filter(({ number }) => prefix === undefined || this.counts.get(number) >= Math.max(1, prefix.minDocCount))
    if (prefix !== undefined) shown.sort((a, b) => (a.bucket.from < b.bucket.from ? -1 : 1))
    this.context.countBuckets(shown.length)
    const json = newObject()
    json['buckets'] = bucketList(
      shown.map(({ bucket, number }) => {
        const body = newObject()
        if (!keyed) body['key'] = bucket.key
        if (prefix === undefined) Object.assign(body, bucket.body())
        body['doc_count'] = this.counts.get(number)
        if (prefix !== undefined) Object.assign(body, bucket.body())
        return { key: bucket.key, body: addResults(body, this.children, number) }
      }),
      keyed,
    )
    return json
  }
}
