import { JavaDouble, JavaFloat } from '../numbers.ts'
import type { Signatures } from './define.ts'

const unsigned = (a: bigint): bigint => BigInt.asUintN(64, a)
const leading = (a: bigint): number => (a === 0n ? 64 : 64 - unsigned(a).toString(2).length)

function trailing(a: bigint): number {
  return a === 0n ? 64 : /0*$/.exec(unsigned(a).toString(2))![0].length
}

function rotated(a: bigint, by: number): bigint {
  const shift = BigInt(((by % 64) + 64) % 64)
  return BigInt.asIntN(64, (unsigned(a) << shift) | (unsigned(a) >> (64n - shift)))
}

function reversedBytes(a: bigint): bigint {
  return BigInt.asIntN(
    64,
    BigInt(`0x${unsigned(a).toString(16).padStart(16, '0').match(/../g)!.toReversed().join('')}`),
  )
}

export const INTEGER_BITS: Signatures = {
  'int highestOneBit(int)': (_m, _s, a: number) => (a === 0 ? 0 : (1 << (31 - Math.clz32(a))) | 0),
  'int lowestOneBit(int)': (_m, _s, a: number) => a & -a,
  'int rotateLeft(int,int)': (_m, _s, a: number, by: number) => (a << by) | (a >>> -by),
  'int rotateRight(int,int)': (_m, _s, a: number, by: number) => (a >>> by) | (a << -by),
  'int reverseBytes(int)': (_m, _s, a: number) =>
    ((a & 0xff) << 24) | ((a & 0xff00) << 8) | ((a >>> 8) & 0xff00) | (a >>> 24),
  'int compareUnsigned(int,int)': (_m, _s, a: number, b: number) => Math.sign((a >>> 0) - (b >>> 0)),
  'int remainderUnsigned(int,int)': (_m, _s, a: number, b: number) => ((a >>> 0) % (b >>> 0)) | 0,
  'String toUnsignedString(int)': (_m, _s, a: number) => String(a >>> 0),
  'String toUnsignedString(int,int)': (_m, _s, a: number, radix: number) => (a >>> 0).toString(radix),
}

export const LONG_BITS: Signatures = {
  'long highestOneBit(long)': (_m, _s, a: bigint) => (a === 0n ? 0n : BigInt.asIntN(64, 1n << BigInt(63 - leading(a)))),
  'long lowestOneBit(long)': (_m, _s, a: bigint) => BigInt.asIntN(64, a & -a),
  'int numberOfLeadingZeros(long)': (_m, _s, a: bigint) => leading(a),
  'int numberOfTrailingZeros(long)': (_m, _s, a: bigint) => trailing(a),
  'long rotateLeft(long,int)': (_m, _s, a: bigint, by: number) => rotated(a, by),
  'long rotateRight(long,int)': (_m, _s, a: bigint, by: number) => rotated(a, -by),
  'long reverseBytes(long)': (_m, _s, a: bigint) => reversedBytes(a),
  'long reverse(long)': (_m, _s, a: bigint) =>
    BigInt.asIntN(64, BigInt(`0b${unsigned(a).toString(2).padStart(64, '0').split('').toReversed().join('')}`)),
  'int compareUnsigned(long,long)': (_m, _s, a: bigint, b: bigint) => {
    const [x, y] = [unsigned(a), unsigned(b)]
    return x < y ? -1 : x > y ? 1 : 0
  },
  'long divideUnsigned(long,long)': (_m, _s, a: bigint, b: bigint) => unsigned(a) / unsigned(b),
  'long remainderUnsigned(long,long)': (_m, _s, a: bigint, b: bigint) => unsigned(a) % unsigned(b),
  'String toOctalString(long)': (_m, _s, a: bigint) => unsigned(a).toString(8),
  'String toUnsignedString(long,int)': (_m, _s, a: bigint, radix: number) => unsigned(a).toString(radix),
}

const scratch = new DataView(new ArrayBuffer(8))

function doubleBits(value: number): bigint {
  scratch.setFloat64(0, value)
  return scratch.getBigInt64(0)
}

function floatBits(value: number): number {
  scratch.setFloat32(0, value)
  return scratch.getInt32(0)
}

/** `0x1.8p1`, as Java writes a number in base two. */
function hexText(value: number, exponentBits: bigint, fractionBits: bigint): string {
  if (Number.isNaN(value)) return 'NaN'
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  if (!Number.isFinite(value)) return `${sign}Infinity`
  if (value === 0) return `${sign}0x0.0p0`
  const all = fractionBits === 52n ? unsigned(doubleBits(value)) : BigInt(floatBits(value) >>> 0)
  const exponent = Number((all >> fractionBits) & ((1n << exponentBits) - 1n))
  const digits = Number((fractionBits + 3n) / 4n)
  const fraction = all & ((1n << fractionBits) - 1n)
  const shifted = fraction << (BigInt(digits) * 4n - fractionBits)
  const text = shifted.toString(16).padStart(digits, '0').replace(/0+$/, '') || '0'
  const bias = 2 ** (Number(exponentBits) - 1) - 1
  return exponent === 0 ? `${sign}0x0.${text}p${1 - bias}` : `${sign}0x1.${text}p${exponent - bias}`
}

export const DOUBLE_BITS: Signatures = {
  'long doubleToLongBits(double)': (_m, _s, a: number) => doubleBits(a),
  'long doubleToRawLongBits(double)': (_m, _s, a: number) => doubleBits(a),
  'double longBitsToDouble(long)': (_m, _s, a: bigint) => {
    scratch.setBigInt64(0, a)
    return new JavaDouble(scratch.getFloat64(0))
  },
  'String toHexString(double)': (_m, _s, a: number) => hexText(a, 11n, 52n),
}

export const FLOAT_BITS: Signatures = {
  'int floatToIntBits(double)': (_m, _s, a: number) => floatBits(a),
  'int floatToRawIntBits(double)': (_m, _s, a: number) => floatBits(a),
  'float intBitsToFloat(int)': (_m, _s, a: number) => {
    scratch.setInt32(0, a)
    return new JavaFloat(scratch.getFloat32(0))
  },
  'String toHexString(double)': (_m, _s, a: number) => hexText(Math.fround(a), 8n, 23n),
}

/** The neighbour of a double, towards positive infinity or away from it. */
export function neighbour(value: number, up: boolean): number {
  if (Number.isNaN(value) || value === (up ? Infinity : -Infinity)) return value
  if (value === 0) return up ? Number.MIN_VALUE : -Number.MIN_VALUE
  const bits = doubleBits(value)
  scratch.setBigInt64(0, bits + (value > 0 === up ? 1n : -1n))
  return scratch.getFloat64(0)
}

/** The distance to the next double of larger magnitude. */
export function ulp(value: number): number {
  const magnitude = Math.abs(value)
  if (!Number.isFinite(magnitude)) return magnitude
  return magnitude === Number.MAX_VALUE ? 2 ** 971 : neighbour(magnitude, true) - magnitude
}
