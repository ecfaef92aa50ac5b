/** Sort keys: how they are read from columns, compared, and shown in an answer. */
import { double, Double, isObject, Timestamp, type Value } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import {
  dateFormat,
  isDate,
  isFloat,
  isShape,
  resolveDate,
  type Leaf,
  type Mapping,
  type SortKey,
} from '../../dsl/index.ts'
import { numberOf } from '../../dsl/clause.ts'
import { distanceBetween, pointOf } from '../../dsl/geo.ts'
import { canonicalIp, ipBits } from '../../dsl/ip.ts'
import type { Column } from '../columns.ts'
import { scriptNumber } from './compound.ts'
import { docColumn, needFielddata } from './fielddata.ts'
import { compareStrings } from './dictionary.ts'
import { ColumnLookup } from './doc-lookup.ts'
import type { SegmentView } from './segment-view.ts'

/** undefined is a missing value; addresses are sorted by their bits. */
export type Key = number | bigint | string | undefined

export interface BoundSort {
  readonly key: SortKey
  readonly leaf: Leaf | undefined
  readonly missingFirst: boolean
  /** Stands in for a missing value. */
  readonly substitute: Key
}

/**
 * Looks the field of each key up in the mappings.
 * @throws query_shard_exception where no index maps it and no `unmapped_type` says that this may be.
 */
export function bindSort(keys: readonly SortKey[], mappings: readonly Mapping[], now: number): BoundSort[] {
  return keys.map((key) => {
    const plain = { key, leaf: undefined, missingFirst: false, substitute: undefined }
    if (METADATA.includes(key.field)) return plain
    if (key.distance !== undefined) return bindDistance(plain, key.distance, mappings)
    let leaf: Leaf | undefined
    for (const mapping of mappings) leaf ??= mapping.field(key.field)
    if (leaf === undefined) {
      if (key.unmappedType === undefined && mappings.length > 0)
        throw fail('search.query_shard', { reason: `No mapping found for [${key.field}] in order to sort on` })
      return { ...plain, missingFirst: key.missing === '_first' }
    }
    needFielddata(leaf)
    if (isShape(leaf.type))
      throw fail('search.argument', {
        reason:
          leaf.type === 'geo_point'
            ? "can't sort on geo_point field without using specific sorting feature, like geo_distance"
            : `Sorting by range field [${key.field}] is not supported`,
      })
    const { missing } = key
    const named = missing === undefined || missing === '_last' || missing === '_first'
    return {
      key,
      leaf,
      missingFirst: missing === '_first',
      substitute: named ? undefined : fromValue(missing, leaf, key, now),
    }
  })
}

/** Documents without a point are as far away as can be, in either direction. */
function bindDistance(
  plain: BoundSort,
  { field, ignoreUnmapped }: NonNullable<SortKey['distance']>,
  mappings: readonly Mapping[],
): BoundSort {
  const types = mappings.map((mapping) => mapping.field(field)?.type)
  if (mappings.length > 0 && !ignoreUnmapped && types.every((type) => type === undefined))
    throw fail('search.argument', { reason: `failed to find mapper for [${field}] for geo distance based sort` })
  const other = types.find((type) => type !== undefined && type !== 'geo_point')
  if (other !== undefined)
    throw fail('search.argument', {
      reason: `field [${field}] is of type [${other}], and cannot be sorted by distance`,
    })
  return { ...plain, substitute: Infinity }
}

const METADATA = ['_score', '_doc', '_shard_doc', '_id', '_index', '_script']

const addresses = new Map<string, bigint>()

function addressBits(text: string): bigint {
  let bits = addresses.get(text)
  if (bits === undefined) {
    if (addresses.size > 100_000) addresses.clear()
    addresses.set(text, (bits = ipBits(text) ?? -1n))
  }
  return bits
}

export type KeyReader = (document: number) => Key

export function readerOf(sort: BoundSort, view: SegmentView): KeyReader {
  const { key } = sort
  if (key.field === '_score') return view.score ?? (() => 1)
  // The number of a document in its segment is not its place in the index, but it rises the same way.
  if (key.field === '_script') return scriptReader(key, view)
  if (key.field === '_doc' || key.field === '_shard_doc') return (document) => view.position * 2 ** 32 + document
  if (key.field === '_id') return (document) => view.segment.id(document)
  if (key.distance !== undefined) return distanceReader(sort, key.distance, view)
  if (key.field === '_index') return () => view.index
  const leaf = view.mapping.field(key.field)
  const column = leaf === undefined ? undefined : docColumn(view.segment, leaf)
  if (leaf === undefined || column === undefined) return () => sort.substitute
  return eachReader(column, valueReader(column, leaf), chooser(key), sort.substitute)
}

function distanceReader(
  sort: BoundSort,
  { field, origins, unit, flat }: NonNullable<SortKey['distance']>,
  view: SegmentView,
): KeyReader {
  const leaf = view.mapping.field(field)
  const column = leaf === undefined ? undefined : view.segment.column(leaf.name)
  if (column?.kind !== 'string') return () => sort.substitute
  const choose = chooser(sort.key)
  const distances = (from: number, to: number): number[] =>
    Array.from({ length: to - from }, (_, i) => pointOf(column.dictionary[column.ordinals[from + i]!]!)).flatMap(
      (point) => origins.map((origin) => distanceBetween(origin, point, flat) / unit),
    )
  // Each point to each of the places; the mode says which of them counts.
  const chosen = (from: number, to: number): Key => {
    const all = distances(from, to)
    return all.length === 1 ? all[0] : choose(0, all.length, (i) => all[i])
  }
  return eachReader(column, (i) => chosen(i, i + 1), chosen, sort.substitute)
}

function eachReader(
  { offsets, present }: Column,
  at: (i: number) => Key,
  choose: ReturnType<typeof chooser>,
  substitute: Key,
): KeyReader {
  return (document) => {
    if (offsets === undefined) {
      if (present !== undefined && ((present[document >>> 5]! >>> (document & 31)) & 1) === 0) return substitute
      return at(document)
    }
    const [start, end] = [offsets[document]!, offsets[document + 1]!]
    if (start === end) return substitute
    return end - start === 1 ? at(start) : choose(start, end, at)
  }
}

function scriptReader({ script }: SortKey, view: SegmentView): KeyReader {
  const lookup = new ColumnLookup(view.mapping, view.segment)
  return (document) => {
    lookup.document = document
    const value = script!.run.run({ doc: lookup, _score: new Double(view.score?.(document) ?? 1) })
    return script!.number ? scriptNumber(value) : String(value)
  }
}

function valueReader(column: Column, leaf: Leaf): (i: number) => Key {
  if (column.kind === 'string') {
    const { ordinals, dictionary } = column
    return leaf.type === 'ip' ? (i) => addressBits(dictionary[ordinals[i]!]!) : (i) => dictionary[ordinals[i]!]!
  }
  const { values } = column
  return (i) => values[i]!
}

function chooser(key: SortKey): (start: number, end: number, at: (i: number) => Key) => Key {
  const mode = key.mode ?? (key.descending ? 'max' : 'min')
  return (start, end, at) => {
    const values = Array.from({ length: end - start }, (_, i) => at(start + i)!).sort((a, b) => compareKeys(a, b))
    if (mode === 'min') return values[0]
    if (mode === 'max') return values.at(-1)
    const numbers = values.map(Number)
    if (mode === 'median') return (numbers[(numbers.length - 1) >> 1]! + numbers[numbers.length >> 1]!) / 2
    const sum = numbers.reduce((a, b) => a + b, 0)
    return mode === 'sum' ? sum : sum / numbers.length
  }
}

function compareKeys(a: NonNullable<Key>, b: NonNullable<Key>): number {
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b)
  return a < b ? -1 : a > b ? 1 : 0
}

/** Below zero where `a` comes first in the answer. */
export function compareBySort(a: readonly Key[], b: readonly Key[], sorts: readonly BoundSort[]): number {
  for (let i = 0; i < sorts.length; i++) {
    const [x, y] = [a[i], b[i]]
    if (x === y) continue
    const sort = sorts[i]!
    if (x === undefined) return sort.missingFirst ? -1 : 1
    if (y === undefined) return sort.missingFirst ? 1 : -1
    const order = compareKeys(x, y)
    if (order !== 0) return sort.key.descending ? -order : order
  }
  return 0
}

const LONGEST = 9_223_372_036_854_775_807n
const LEAST = -9_223_372_036_854_775_808n
const GREATEST_UNSIGNED = 18_446_744_073_709_551_615n

/** As `sort` of a hit shows it: dates in milliseconds or in the format asked for. */
export function showKey(key: Key, sort: BoundSort): unknown {
  const { leaf } = sort
  const { field, format, descending } = sort.key
  if (field === '_score') return double(Number(key))
  if (field === '_geo_distance') return key === Infinity ? 'Infinity' : double(Number(key))
  if (field === '_script') return typeof key === 'number' ? double(key) : key
  if (field === '_doc') return Number(key) % 2 ** 32
  if (leaf === undefined) return key ?? (sort.key.unmappedType === undefined ? null : showMissing(sort, descending))
  if (key === undefined) return leaf.column === 'string' ? null : showMissing(sort, descending)
  if (isDate(leaf.type)) {
    const millis = Math.floor(Number(key) / 1000)
    if (format !== undefined) return dateFormat(format).format(millis)
    return leaf.type === 'date_nanos' ? BigInt(Number(key)) * 1000n : millis
  }
  if (leaf.type === 'ip') return typeof key === 'bigint' ? addressText(key) : key
  if (isFloat(leaf.type)) return double(Number(key))
  return key
}

function addressText(bits: bigint): string {
  return canonicalIp(hexGroups(bits)) ?? ''
}

function hexGroups(bits: bigint): string {
  return Array.from({ length: 8 }, (_, i) => ((bits >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(':')
}

function showMissing(sort: BoundSort, descending: boolean): unknown {
  const last = !sort.missingFirst
  const high = last !== descending
  if (sort.leaf !== undefined && isFloat(sort.leaf.type)) return high ? 'Infinity' : '-Infinity'
  if (
    sort.leaf === undefined &&
    sort.key.unmappedType !== 'long' &&
    !/date|int|short|byte/.test(sort.key.unmappedType ?? '')
  )
    return null
  if (sort.leaf !== undefined && /^(integer|short|byte)$/.test(sort.leaf.type)) return high ? 2 ** 31 - 1 : -(2 ** 31)
  if (sort.leaf?.type === 'unsigned_long') return high ? GREATEST_UNSIGNED : 0n
  return high ? LONGEST : LEAST
}

/** A value of `search_after` (or `missing`) as a key. */
export function fromValue(value: Value, leaf: Leaf | undefined, key: SortKey, now: number): Key {
  if (value === null) return undefined
  if (isObject(value) || Array.isArray(value))
    throw fail('search.argument', { reason: `search_after and missing take single values for [${key.field}]` })
  if (key.field === '_id' || key.field === '_index') return String(value)
  if (leaf !== undefined && leaf.type === 'ip') {
    const bits = ipBits(String(value))
    if (bits === undefined) throw fail('search.argument', { reason: `'${String(value)}' is not an IP string literal.` })
    return bits
  }
  if (leaf !== undefined && leaf.column === 'string') return String(value)
  if (value === LONGEST || value === LEAST) return undefined
  if (value === 'Infinity' || value === '-Infinity') return key.distance === undefined ? undefined : Infinity
  if (leaf !== undefined && /^(integer|short|byte)$/.test(leaf.type) && (value === 2 ** 31 - 1 || value === -(2 ** 31)))
    return undefined
  if (leaf !== undefined && isDate(leaf.type)) {
    if (value instanceof Timestamp) return value.micros
    if (typeof value === 'string') {
      const format = key.format === undefined ? leaf.format! : dateFormat(key.format)
      return resolveDate(value, { now, format })
    }
    return leaf.type === 'date_nanos' ? Math.floor(Number(value) / 1000) : Number(value) * 1000
  }
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'bigint') return value
  const number = numberOf(value)
  if (number === undefined)
    throw fail('search.argument', { reason: `Failed to parse search_after value for field [${key.field}].` })
  return number
}
