/** Intervals as the range types (`date_range`, `ip_range`, ...) keep them, with both ends in. */
import { isObject, Timestamp, type Value } from '../../event/index.ts'
import { numberOf } from './clause.ts'
import { resolveDate } from './date-math.ts'
import type { DateFormat } from './date-format.ts'
import { cidrRange, formatIp, ipBits } from './ip.ts'
import type { Zone } from './zone.ts'

export const RANGE_TYPES = [
  'integer_range',
  'long_range',
  'float_range',
  'double_range',
  'date_range',
  'ip_range',
] as const
export type RangeType = (typeof RANGE_TYPES)[number]

export function isRange(type: string): type is RangeType {
  return (RANGE_TYPES as readonly string[]).includes(type)
}

/** Numbers, milliseconds since the epoch, or bits of addresses; both ends belong to it. */
export interface Interval {
  readonly low: number | bigint
  readonly high: number | bigint
}

/** Thrown for a value that is no interval; the text is the reason. */
export class NotAnInterval extends Error {}

export interface Bounds {
  readonly from: Value | undefined
  readonly to: Value | undefined
  readonly includeFrom: boolean
  readonly includeTo: boolean
}

export interface BoundsReader {
  readonly format: DateFormat | undefined
  /** Milliseconds since the epoch; NaN of a document: its dates are not relative, and never rounded up. */
  readonly now: number
  readonly zone?: Zone | undefined
}

const WHOLE: Readonly<Record<RangeType, Interval>> = {
  integer_range: { low: -(2 ** 31), high: 2 ** 31 - 1 },
  long_range: { low: -(2n ** 63n), high: 2n ** 63n - 1n },
  float_range: { low: -Infinity, high: Infinity },
  double_range: { low: -Infinity, high: Infinity },
  date_range: { low: -(2n ** 63n), high: 2n ** 63n - 1n },
  ip_range: { low: 0n, high: 2n ** 128n - 1n },
}

/** A document's value: `{ gte, gt, lte, lt }`, or of an `ip_range` also a CIDR block. @throws NotAnInterval */
export function readInterval(type: RangeType, value: Value, reader: BoundsReader): Interval {
  if (type === 'ip_range' && typeof value === 'string') {
    const block = cidrRange(value)
    if (block === undefined) throw new NotAnInterval(`Expected [ip/prefix] but was [${value}]`)
    return { low: block.from, high: block.to }
  }
  if (!isObject(value)) throw new NotAnInterval(`error parsing field, expected an object but got a value`)
  let bounds: Bounds = { from: undefined, to: undefined, includeFrom: true, includeTo: true }
  for (const key of Object.keys(value)) {
    const bound = value[key] ?? undefined
    if (key === 'gte' || key === 'from' || key === 'gt') bounds = { ...bounds, from: bound, includeFrom: key !== 'gt' }
    else if (key === 'lte' || key === 'to' || key === 'lt') bounds = { ...bounds, to: bound, includeTo: key !== 'lt' }
    else throw new NotAnInterval(`error parsing field, with unknown parameter [${key}]`)
  }
  const interval = intervalOf(type, bounds, reader)
  if (interval.low > interval.high)
    throw new NotAnInterval(
      `min value (${showEnd(type, interval.low)}) is greater than max value (${showEnd(type, interval.high)})`,
    )
  return interval
}

/** The interval that bounds of a query let in; it may be empty. @throws NotAnInterval */
export function intervalOf(type: RangeType, bounds: Bounds, reader: BoundsReader): Interval {
  const { low, high } = WHOLE[type]
  const from = bounds.from === undefined ? low : end(type, bounds.from, reader, !bounds.includeFrom)
  const to = bounds.to === undefined ? high : end(type, bounds.to, reader, bounds.includeTo)
  return {
    low: bounds.from === undefined || bounds.includeFrom ? from : next(type, from, 1),
    high: bounds.to === undefined || bounds.includeTo ? to : next(type, to, -1),
  }
}

function end(type: RangeType, value: Value, { format, now, zone }: BoundsReader, roundUp: boolean): number | bigint {
  if (type === 'ip_range') {
    const bits = ipBits(String(value))
    if (bits === undefined) throw new NotAnInterval(`'${String(value)}' is not an IP string literal.`)
    return bits
  }
  if (type === 'date_range') {
    if (value instanceof Timestamp) return Math.floor(value.micros / 1000)
    const text = typeof value === 'object' ? '' : String(value)
    if (Number.isNaN(now) && text.startsWith('now'))
      throw new NotAnInterval(`failed to parse date field [${text}] with format [${format!.pattern}]`)
    return Math.floor(
      resolveDate(text, {
        now,
        format: format!,
        roundUp: roundUp && !Number.isNaN(now),
        ...(zone === undefined ? {} : { zone }),
      }) / 1000,
    )
  }
  const number = typeof value === 'bigint' ? value : numberOf(value)
  if (number === undefined || Number.isNaN(number)) throw new NotAnInterval(`For input string: "${String(value)}"`)
  if (type === 'float_range') return Math.fround(Number(number))
  if (type === 'double_range') return Number(number)
  const whole = typeof number === 'bigint' ? number : wholeOf(number)
  const { low, high } = WHOLE[type]
  if (whole < low || whole > high) throw new NotAnInterval(`Value [${String(value)}] is out of range for a ${type}`)
  return whole
}

function wholeOf(number: number): number | bigint {
  const whole = Math.trunc(number)
  return Number.isSafeInteger(whole) || !Number.isFinite(whole) ? whole : BigInt(whole)
}

const DOUBLE = new Float64Array(1)
const DOUBLE_BITS = new BigInt64Array(DOUBLE.buffer)
const FLOAT = new Float32Array(1)
const FLOAT_BITS = new Int32Array(FLOAT.buffer)

/** The neighbour of a value among those of its type. */
function next(type: RangeType, value: number | bigint, direction: 1 | -1): number | bigint {
  if (typeof value === 'bigint') return value + BigInt(direction)
  if (type === 'double_range') {
    if (value === 0) return direction * Number.MIN_VALUE
    DOUBLE[0] = value
    DOUBLE_BITS[0]! += value > 0 === direction > 0 ? 1n : -1n
    return DOUBLE[0]
  }
  if (type === 'float_range') {
    if (value === 0) return direction * 2 ** -149
    FLOAT[0] = value
    FLOAT_BITS[0]! += value > 0 === direction > 0 ? 1 : -1
    return FLOAT[0]
  }
  return value + direction
}

/** An interval as a column keeps it. */
export function intervalText({ low, high }: Interval): string {
  return `${low}..${high}`
}

/** The interval of a column's text. */
export function intervalFrom(text: string): Interval {
  const dots = text.indexOf('..')
  return { low: endOf(text.slice(0, dots)), high: endOf(text.slice(dots + 2)) }
}

function endOf(text: string): number | bigint {
  const number = Number(text)
  return Number.isInteger(number) && !Number.isSafeInteger(number) && /^-?\d+$/.test(text) ? BigInt(text) : number
}

export type Relation = 'intersects' | 'contains' | 'within'

/** How a kept interval must lie to the one that is asked for. */
export function related(kept: Interval, asked: Interval, relation: Relation): boolean {
  if (asked.low > asked.high) return false
  switch (relation) {
    case 'intersects':
      return kept.low <= asked.high && kept.high >= asked.low
    case 'contains':
      return kept.low <= asked.low && kept.high >= asked.high
    case 'within':
      return kept.low >= asked.low && kept.high <= asked.high
  }
}

function showEnd(type: RangeType, value: number | bigint): string {
  return type === 'ip_range' ? formatIp(BigInt(value)) : String(value)
}
