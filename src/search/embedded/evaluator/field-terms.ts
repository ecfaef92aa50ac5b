/** term, terms and range by the type of the field. */
import { stringifyJson, Timestamp, type Value } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import { dateFormat, isDate, isInteger, resolveDate, type Leaf } from '../../dsl/index.ts'
import { floatRounding, isShape, isText } from '../../dsl/field-types.ts'
import { isRange } from '../../dsl/range-field.ts'
import { canonicalIp, cidrRange, ipBits } from '../../dsl/ip.ts'
import { numberOf } from '../../dsl/clause.ts'
import { parseZone } from '../../dsl/zone.ts'
import type { RangeQuery } from '../../dsl/query-tree.ts'
import { where, withinRange, withOrdinals, withValue } from './column-sets.ts'
import { markEntries, ordinalOf } from './dictionary.ts'
import { NONE, union, type DocSet } from './doc-set.ts'
import type { FilterContext } from './filter-context.ts'
import { intervalSet, shapeTerms } from './shapes.ts'
import { betweenTest } from './term-tests.ts'
import { textTermSet } from './text-terms.ts'

export function termSet(leaf: Leaf, value: Value, context: FilterContext): DocSet {
  return termsSet(leaf, [value], context)
}

export function termsSet(leaf: Leaf, values: readonly Value[], context: FilterContext): DocSet {
  const { segment, documents } = context
  if (leaf.type === 'ip') return ipTerms(leaf, values, context)
  if (leaf.type === 'rank_feature')
    throw fail('search.query_shard', {
      reason: 'failed to create query: Queries on [rank_feature] fields are not supported',
    })
  if (isShape(leaf.type)) return shapeTerms(leaf, values, context)
  if (isText(leaf.type))
    return values
      .map((value) => textTermSet(leaf, textOf(value), context))
      .reduce((a, b) => union(a, b, documents), NONE)
  if (leaf.column === 'string') {
    const column = segment.column(leaf.name)
    if (column === undefined || column.kind !== 'string') return NONE
    const marked = new Uint8Array(column.dictionary.length)
    let any = false
    for (const value of values) {
      const text = textOf(value)
      const ordinal = ordinalOf(column, leaf.normalize?.(text) ?? text)
      if (ordinal < 0) continue
      marked[ordinal] = 1
      any = true
    }
    return any ? withOrdinals(column, marked, context) : NONE
  }
  const column = segment.column(leaf.name)
  if (isDate(leaf.type))
    return values
      .map((value) =>
        column === undefined || column.kind === 'string'
          ? dateCheck(leaf, value, context)
          : dateTerm(leaf, value, context),
      )
      .reduce((a, b) => union(a, b, documents), NONE)
  const numbers = values.map((value) => exactNumber(leaf, value)).filter((number) => number !== undefined)
  if (column === undefined || column.kind === 'string' || numbers.length === 0) return NONE
  if (column.kind === 'bigint') {
    const wanted = new Set(numbers.filter((n) => typeof n === 'bigint' || Number.isInteger(n)).map((n) => BigInt(n)))
    return where(column, (i) => wanted.has(column.values[i]!), context)
  }
  const wanted = numbers.map(Number)
  if (wanted.length <= 2)
    return wanted.map((number) => withinRange(column, number, number, context)).reduce((a, b) => union(a, b, documents))
  const set = new Set(wanted)
  return where(column, (i) => set.has(column.values[i]!), context)
}

function textOf(value: Value): string {
  if (typeof value === 'string') return value
  return value instanceof Timestamp
    ? value.toString()
    : typeof value === 'object'
      ? stringifyJson(value)
      : String(value)
}

/** The value a number field keeps for it; undefined where none can be equal (1.5 in a long). */
function exactNumber(leaf: Leaf, value: Value): number | bigint | undefined {
  if (leaf.type === 'boolean') {
    if (value === true || value === 'true') return 1
    if (value === false || value === 'false') return 0
    throw fail('search.query_shard', {
      reason: `failed to create query: Can't parse boolean value [${textOf(value)}], expected [true] or [false]`,
    })
  }
  if (typeof value === 'bigint') return value
  const number = numberOf(value)
  if (number === undefined)
    throw fail('search.query_shard', { reason: `failed to create query: For input string: "${textOf(value)}"` })
  if (isInteger(leaf.type)) {
    if (typeof value === 'string' && /^[+-]?\d{16,}$/.test(value)) return BigInt(value)
    return Number.isInteger(number) ? number : undefined
  }
  return floatRounding(leaf.type, leaf.parameters)(number)
}

function dateTerm(leaf: Leaf, value: Value, context: FilterContext): DocSet {
  const column = context.segment.column(leaf.name)
  if (column === undefined || column.kind === 'string') return NONE
  return withinRange(column, moment(leaf, value, context, false), moment(leaf, value, context, true), context)
}

function dateCheck(leaf: Leaf, value: Value, context: FilterContext): DocSet {
  moment(leaf, value, context, false)
  return NONE
}

function moment(
  leaf: Leaf,
  value: Value,
  context: FilterContext,
  roundUp: boolean,
  format = leaf.format!,
  zone?: string,
): number {
  if (value instanceof Timestamp) return value.micros
  return resolveDate(textOf(value), {
    now: context.now,
    format,
    ...(zone === undefined ? {} : { zone: parseZone(zone) }),
    roundUp,
  })
}

export function rangeSet(leaf: Leaf, query: RangeQuery, context: FilterContext): DocSet {
  const column = context.segment.column(leaf.name)
  if (leaf.type === 'ip') return ipRange(leaf, query, context)
  if (isShape(leaf.type)) {
    if (isRange(leaf.type)) return intervalSet(leaf, query, context)
    throw fail('search.query_shard', {
      reason: `failed to create query: Field [${leaf.name}] of type [${leaf.type}] does not support range queries`,
    })
  }
  if (leaf.column === 'string') {
    if (column === undefined || column.kind !== 'string') return NONE
    const [from, to] = [query.from, query.to].map((value) => (value === undefined ? undefined : textOf(value)))
    const fits = betweenTest(query, from, to)
    const { analyzer } = leaf
    const entry = analyzer === undefined ? fits : (text: string): boolean => analyzer.terms(text).some(fits)
    const key = `range ${JSON.stringify([analyzer?.name, from, to, query.includeFrom, query.includeTo])}`
    return withOrdinals(column, markEntries(column, key, entry), context)
  }
  let [least, greatest]: [number | bigint, number | bigint] = [-Infinity, Infinity]
  if (isDate(leaf.type)) {
    const format = query.format === undefined ? leaf.format! : dateFormat(query.format)
    // Steps are of a date's own precision: milliseconds, or microseconds where it keeps those.
    const step = leaf.type === 'date' ? 1000 : 1
    if (query.from !== undefined) {
      const from = moment(leaf, query.from, context, !query.includeFrom, format, query.zone)
      least = query.includeFrom ? from : Math.floor(from / step) * step + step
    }
    if (query.to !== undefined) {
      const to = moment(leaf, query.to, context, query.includeTo, format, query.zone)
      greatest = query.includeTo ? to : Math.ceil(to / step) * step - step
    }
  } else {
    if (query.from !== undefined) least = bound(leaf, query.from, query.includeFrom, 1)
    if (query.to !== undefined) greatest = bound(leaf, query.to, query.includeTo, -1)
  }
  if (column === undefined || column.kind === 'string') return NONE
  return least === -Infinity && greatest === Infinity
    ? withValue(column, context)
    : withinRange(column, least, greatest, context)
}

/** The least (direction 1) or greatest (direction -1) value that a bound lets in. */
function bound(leaf: Leaf, value: Value, included: boolean, direction: 1 | -1): number | bigint {
  if (leaf.type === 'boolean') return Number(exactNumber(leaf, value)) + (included ? 0 : direction)
  const number = numberOf(value)
  if (number === undefined)
    throw fail('search.query_shard', { reason: `failed to create query: For input string: "${textOf(value)}"` })
  if (isInteger(leaf.type)) {
    const exact = exactNumber(leaf, value)
    if (typeof exact === 'bigint') return included ? exact : exact + BigInt(direction)
    const whole = direction === 1 ? Math.ceil(number) : Math.floor(number)
    return whole === number && !included ? number + direction : whole
  }
  const rounded = floatRounding(leaf.type, leaf.parameters)(number)
  return included ? rounded : nextDouble(rounded, direction)
}

const DOUBLE = new Float64Array(1)
const BITS = new BigInt64Array(DOUBLE.buffer)

function nextDouble(value: number, direction: 1 | -1): number {
  if (value === 0) return direction * Number.MIN_VALUE
  DOUBLE[0] = value
  BITS[0]! += value > 0 === direction > 0 ? 1n : -1n
  return DOUBLE[0]
}

function ipTerms(leaf: Leaf, values: readonly Value[], context: FilterContext): DocSet {
  const exact = new Set<string>()
  const blocks: { from: bigint; to: bigint }[] = []
  for (const value of values) {
    const text = textOf(value)
    const block = cidrRange(text)
    const address = block === undefined ? canonicalIp(text) : undefined
    if (block !== undefined) blocks.push(block)
    else if (address !== undefined) exact.add(address)
    else throw fail('search.query_shard', { reason: `failed to create query: '${text}' is not an IP string literal.` })
  }
  const column = context.segment.column(leaf.name)
  if (column === undefined || column.kind !== 'string') return NONE
  const key = `ip ${[...exact].join(' ')} ${blocks.map(({ from, to }) => `${from}-${to}`).join(' ')}`
  const table = markEntries(column, key, (entry) => {
    if (exact.has(entry)) return true
    if (blocks.length === 0) return false
    const bits = ipBits(entry)!
    return blocks.some(({ from, to }) => bits >= from && bits <= to)
  })
  return withOrdinals(column, table, context)
}

function ipRange(leaf: Leaf, query: RangeQuery, context: FilterContext): DocSet {
  const bits = (value: Value): bigint => {
    const address = ipBits(textOf(value))
    if (address === undefined)
      throw fail('search.query_shard', {
        reason: `failed to create query: '${textOf(value)}' is not an IP string literal.`,
      })
    return address
  }
  const from = query.from === undefined ? 0n : bits(query.from) + (query.includeFrom ? 0n : 1n)
  const to = query.to === undefined ? 1n << 128n : bits(query.to) - (query.includeTo ? 0n : 1n)
  const column = context.segment.column(leaf.name)
  if (column === undefined || column.kind !== 'string') return NONE
  const table = markEntries(column, `ip ${from}-${to}`, (entry) => {
    const address = ipBits(entry)!
    return address >= from && address <= to
  })
  return withOrdinals(column, table, context)
}
