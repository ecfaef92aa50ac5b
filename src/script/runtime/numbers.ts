import { formatDouble, shortestFloat } from '../../event/index.ts'
import { Instance, type ScriptValue } from './instance.ts'

/** `java.lang.Long`; the value always fits 64 bits. */
export class JavaLong extends Instance {
  readonly typeName = 'java.lang.Long'
  readonly value: bigint

  constructor(value: bigint) {
    super()
    this.value = BigInt.asIntN(64, value)
  }
}

export class JavaDouble extends Instance {
  readonly typeName = 'java.lang.Double'
  readonly value: number

  constructor(value: number) {
    super()
    this.value = value
  }
}

export class JavaFloat extends Instance {
  readonly typeName = 'java.lang.Float'
  readonly value: number

  constructor(value: number) {
    super()
    this.value = Math.fround(value)
  }
}

export class JavaShort extends Instance {
  readonly typeName = 'java.lang.Short'
  readonly value: number

  constructor(value: number) {
    super()
    this.value = (value << 16) >> 16
  }
}

export class JavaByte extends Instance {
  readonly typeName = 'java.lang.Byte'
  readonly value: number

  constructor(value: number) {
    super()
    this.value = (value << 24) >> 24
  }
}

export class JavaChar extends Instance {
  readonly typeName = 'java.lang.Character'
  /** The UTF-16 unit. */
  readonly value: number

  constructor(value: number) {
    super()
    this.value = value & 0xffff
  }
}

export class BigInteger extends Instance {
  readonly typeName = 'java.math.BigInteger'
  readonly value: bigint

  constructor(value: bigint) {
    super()
    this.value = value
  }
}

/** `unscaled / 10^scale`, as java.math.BigDecimal. */
export class BigDecimal extends Instance {
  readonly typeName = 'java.math.BigDecimal'
  readonly unscaled: bigint
  readonly scale: number

  constructor(unscaled: bigint, scale: number) {
    super()
    this.unscaled = unscaled
    this.scale = scale
  }
}

export type JavaNumber = number | JavaLong | JavaDouble | JavaFloat | JavaShort | JavaByte | BigInteger | BigDecimal

/** The order of binary numeric promotion; `int` also stands for byte, short and char. */
export type NumberKind = 'int' | 'long' | 'float' | 'double' | 'BigInteger' | 'BigDecimal'

export const INT_MIN = -2147483648
export const INT_MAX = 2147483647
export const LONG_MIN = -(2n ** 63n)
export const LONG_MAX = 2n ** 63n - 1n

/** The kind of a number or char for arithmetic; undefined where the value is neither. */
export function numberKind(value: ScriptValue): NumberKind | undefined {
  if (typeof value === 'number') return 'int'
  if (value instanceof JavaLong) return 'long'
  if (value instanceof JavaDouble) return 'double'
  if (value instanceof JavaFloat) return 'float'
  if (value instanceof BigDecimal) return 'BigDecimal'
  if (value instanceof BigInteger) return 'BigInteger'
  if (value instanceof JavaShort || value instanceof JavaByte || value instanceof JavaChar) return 'int'
  return undefined
}

export function isNumber(value: ScriptValue): value is JavaNumber {
  return typeof value === 'number' || (!(value instanceof JavaChar) && numberKind(value) !== undefined)
}

/** `Number.doubleValue()`. */
export function asDouble(value: ScriptValue): number {
  if (typeof value === 'number') return value
  if (value instanceof JavaLong || value instanceof BigInteger) return Number(value.value)
  if (value instanceof BigDecimal) return decimalToDouble(value)
  return (value as JavaDouble | JavaFloat | JavaShort | JavaByte | JavaChar).value
}

/** `Number.longValue()`: doubles are cut off and saturate, big integers keep their low 64 bits. */
export function asLong(value: ScriptValue): bigint {
  if (typeof value === 'number') return BigInt(value)
  if (value instanceof JavaLong) return value.value
  if (value instanceof BigInteger) return BigInt.asIntN(64, value.value)
  if (value instanceof BigDecimal) return BigInt.asIntN(64, decimalToInteger(value))
  return doubleToLong((value as JavaDouble).value)
}

/** `Number.intValue()`. */
export function asInt(value: ScriptValue): number {
  if (typeof value === 'number') return value
  if (value instanceof JavaDouble || value instanceof JavaFloat) return doubleToInt(value.value)
  if (value instanceof JavaShort || value instanceof JavaByte || value instanceof JavaChar) return value.value
  return Number(BigInt.asIntN(32, asLong(value)))
}

export function doubleToInt(value: number): number {
  if (Number.isNaN(value)) return 0
  return Math.max(INT_MIN, Math.min(INT_MAX, Math.trunc(value))) + 0
}

export function doubleToLong(value: number): bigint {
  if (Number.isNaN(value)) return 0n
  if (value >= 2 ** 63) return LONG_MAX
  if (value <= -(2 ** 63)) return LONG_MIN
  return BigInt(Math.trunc(value))
}

/** The exact integer behind an integral kind. */
export function asBigInt(value: ScriptValue): bigint {
  if (value instanceof BigInteger) return value.value
  if (value instanceof BigDecimal) return decimalToInteger(value)
  return asLong(value)
}

export function decimalToInteger(value: BigDecimal): bigint {
  if (value.scale <= 0) return value.unscaled * 10n ** BigInt(-value.scale)
  return value.unscaled / 10n ** BigInt(value.scale)
}

export function decimalToDouble(value: BigDecimal): number {
  return Number(`${value.unscaled}e${-value.scale}`)
}

/** Any number as a BigDecimal; a double by its shortest text, as Groovy does. */
export function asDecimal(value: ScriptValue): BigDecimal {
  if (value instanceof BigDecimal) return value
  if (value instanceof JavaDouble || value instanceof JavaFloat) return parseDecimal(formatNumber(value))!
  return new BigDecimal(asBigInt(value), 0)
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/

/** Reads a decimal text; undefined where it is not one. */
export function parseDecimal(text: string): BigDecimal | undefined {
  const match = DECIMAL.exec(text)
  if (match === null) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  if (whole === '' && fraction === '') return undefined
  const digits = BigInt(`${whole}${fraction}` || '0')
  return new BigDecimal(sign === '-' ? -digits : digits, fraction.length - Number(exponent))
}

/** Number.toString() of every number type. */
export function formatNumber(value: JavaNumber | JavaChar): string {
  if (typeof value === 'number') return String(value)
  if (value instanceof JavaDouble) return formatDouble(value.value)
  if (value instanceof JavaFloat) return formatDouble(shortestFloat(value.value))
  if (value instanceof BigDecimal) return formatDecimal(value)
  if (value instanceof JavaChar) return String.fromCharCode(value.value)
  return String(value.value)
}

/** BigDecimal.toString(): an exponent where the scale is negative or the value very small. */
export function formatDecimal({ unscaled, scale }: BigDecimal): string {
  const sign = unscaled < 0n ? '-' : ''
  const digits = String(unscaled < 0n ? -unscaled : unscaled)
  if (scale === 0) return sign + digits
  const exponent = digits.length - 1 - scale
  if (scale > 0 && exponent >= -6) {
    if (digits.length > scale) return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
    return `${sign}0.${digits.padStart(scale, '0')}`
  }
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits
  return `${sign}${mantissa}E${exponent >= 0 ? '+' : ''}${exponent}`
}

/** Rounds half up to `scale` digits after the point. */
export function rescale(value: BigDecimal, scale: number): BigDecimal {
  const shift = scale - value.scale
  if (shift >= 0) return new BigDecimal(value.unscaled * 10n ** BigInt(shift), scale)
  return new BigDecimal(roundHalfUp(value.unscaled, 10n ** BigInt(-shift)), scale)
}

function roundHalfUp(dividend: bigint, divisor: bigint): bigint {
  const negative = dividend < 0n !== divisor < 0n
  const [a, b] = [dividend < 0n ? -dividend : dividend, divisor < 0n ? -divisor : divisor]
  const quotient = (a * 2n + b) / (b * 2n)
  return negative ? -quotient : quotient
}

export function precision(value: BigDecimal): number {
  return String(value.unscaled < 0n ? -value.unscaled : value.unscaled).length
}

/**
 * Groovy's `/` on decimals (org.codehaus.groovy.runtime.typehandling.BigDecimalMath): exact where the quotient
 * ends, else rounded to ten digits more than the operands have.
 */
export function divideDecimals(a: BigDecimal, b: BigDecimal): BigDecimal {
  const preferred = a.scale - b.scale
  const exact = exactQuotient(a, b, preferred)
  if (exact !== undefined) return exact
  const digits = Math.max(precision(a), precision(b)) + 10
  // Enough digits that rounding once to `digits` significant ones is right.
  const extra = digits + precision(b) + 3
  const scaled = (a.unscaled * 10n ** BigInt(extra)) / b.unscaled
  let quotient = new BigDecimal(scaled, preferred + extra)
  const surplus = precision(quotient) - digits
  if (surplus > 0) quotient = rescale(quotient, quotient.scale - surplus)
  const scale = Math.max(a.scale, b.scale, 10)
  return quotient.scale > scale ? rescale(quotient, scale) : quotient
}

function exactQuotient(a: BigDecimal, b: BigDecimal, preferred: number): BigDecimal | undefined {
  if (a.unscaled === 0n) return new BigDecimal(0n, Math.max(0, preferred))
  const limit = Math.min(400, Math.ceil((10 * precision(a)) / 3) + precision(b) * 4)
  let numerator = a.unscaled
  for (let extra = 0; extra <= limit; extra++) {
    if (numerator % b.unscaled === 0n) return new BigDecimal(numerator / b.unscaled, preferred + extra)
    numerator *= 10n
  }
  return undefined
}

export function compareDecimals(a: BigDecimal, b: BigDecimal): number {
  const scale = Math.max(a.scale, b.scale)
  const [x, y] = [rescale(a, scale).unscaled, rescale(b, scale).unscaled]
  return x < y ? -1 : x > y ? 1 : 0
}
