import { raise, type ScriptValue } from '../instance.ts'
import type { Machine } from '../machine.ts'
import { JavaDouble, JavaLong } from '../numbers.ts'
import { neighbour, ulp } from './bits.ts'
import { defineClass, type Signatures } from './define.ts'
import { round } from './numeric.ts'

function exact(value: bigint, bits: number): ScriptValue {
  if (BigInt.asIntN(bits, value) !== value) throw raise('ArithmeticException', bits === 32 ? 'integer overflow' : 'long overflow') // prettier-ignore
  return bits === 32 ? Number(value) : new JavaLong(value)
}

const unary = (fn: (x: number) => number) => (_m: Machine, _s: null, x: number) => fn(x)

const CONSTANTS = { PI: new JavaDouble(Math.PI), E: new JavaDouble(Math.E) }

const FUNCTIONS: Signatures = {
  'double abs(double)': unary(Math.abs),
  'double max(double,double)': (_m, _s, a: number, b: number) => Math.max(a, b),
  'double min(double,double)': (_m, _s, a: number, b: number) => Math.min(a, b),
  'long round(double)': (_m, _s, a: number) => round(a),
  'double rint(double)': (_m, _s, a: number) => {
    const rounded = Math.round(a)
    return Math.abs(a % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
  },
  'double floor(double)': unary(Math.floor),
  'double ceil(double)': unary(Math.ceil),
  'double sqrt(double)': unary(Math.sqrt),
  'double cbrt(double)': unary(Math.cbrt),
  'double exp(double)': unary(Math.exp),
  'double expm1(double)': unary(Math.expm1),
  'double log(double)': unary(Math.log),
  'double log10(double)': unary(Math.log10),
  'double log1p(double)': unary(Math.log1p),
  'double sin(double)': unary(Math.sin),
  'double cos(double)': unary(Math.cos),
  'double tan(double)': unary(Math.tan),
  'double asin(double)': unary(Math.asin),
  'double acos(double)': unary(Math.acos),
  'double atan(double)': unary(Math.atan),
  'double atan2(double,double)': (_m, _s, a: number, b: number) => Math.atan2(a, b),
  'double sinh(double)': unary(Math.sinh),
  'double cosh(double)': unary(Math.cosh),
  'double tanh(double)': unary(Math.tanh),
  'double signum(double)': unary(Math.sign),
  'double toDegrees(double)': unary((x) => (x * 180) / Math.PI),
  'double toRadians(double)': unary((x) => (x / 180) * Math.PI),
  'double hypot(double,double)': (_m, _s, a: number, b: number) => Math.hypot(a, b),
  'double pow(double,double)': (_m, _s, a: number, b: number) => a ** b,
  'double random()': () => Math.random(),
  'double copySign(double,double)': (_m, _s, a: number, b: number) =>
    Math.abs(a) * (b < 0 || Object.is(b, -0) ? -1 : 1),
  'double IEEEremainder(double,double)': (_m, _s, a: number, b: number) => ieeeRemainder(a, b),
  'double nextAfter(double,double)': (_m, _s, a: number, b: number) => (a === b ? b : neighbour(a, b > a)),
  'double nextUp(double)': unary((x) => neighbour(x, true)),
  'double nextDown(double)': unary((x) => neighbour(x, false)),
  'double scalb(double,int)': (_m, _s, a: number, by: number) => a * 2 ** Math.max(-2100, Math.min(2100, by)),
  'double ulp(double)': unary(ulp),
}

/** The remainder of the quotient rounded to the nearest, of two to the even one. */
function ieeeRemainder(a: number, b: number): number {
  if (!Number.isFinite(a) || Number.isNaN(b) || b === 0) return Number.NaN
  if (!Number.isFinite(b)) return a
  const whole = a / b
  const near = Math.round(whole)
  const quotient = Math.abs(whole % 1) === 0.5 && near % 2 !== 0 ? near - 1 : near
  return a - quotient * b
}

export const STRICT_MATH = defineClass('java.lang.StrictMath', { fields: CONSTANTS, static: FUNCTIONS })

export const MATH = defineClass('java.lang.Math', {
  fields: CONSTANTS,
  static: FUNCTIONS,
  groovyStatic: {
    'int abs(int)': (_m, _s, a: number) => Math.abs(a) | 0,
    'long abs(long)': (_m, _s, a: bigint) => (a < 0n ? -a : a),
    'int max(int,int)': (_m, _s, a: number, b: number) => Math.max(a, b),
    'long max(long,long)': (_m, _s, a: bigint, b: bigint) => (a > b ? a : b),
    'int min(int,int)': (_m, _s, a: number, b: number) => Math.min(a, b),
    'long min(long,long)': (_m, _s, a: bigint, b: bigint) => (a < b ? a : b),
    'int floorDiv(int,int)': (_m, _s, a: number, b: number) => {
      if (b === 0) throw raise('ArithmeticException', '/ by zero')
      return Math.floor(a / b) | 0
    },
    'int floorMod(int,int)': (_m, _s, a: number, b: number) => {
      if (b === 0) throw raise('ArithmeticException', '/ by zero')
      return ((a % b) + b) % b
    },
    'int addExact(int,int)': (_m, _s, a: number, b: number) => exact(BigInt(a) + BigInt(b), 32),
    'long addExact(long,long)': (_m, _s, a: bigint, b: bigint) => exact(a + b, 64),
    'int subtractExact(int,int)': (_m, _s, a: number, b: number) => exact(BigInt(a) - BigInt(b), 32),
    'long subtractExact(long,long)': (_m, _s, a: bigint, b: bigint) => exact(a - b, 64),
    'int multiplyExact(int,int)': (_m, _s, a: number, b: number) => exact(BigInt(a) * BigInt(b), 32),
    'long multiplyExact(long,long)': (_m, _s, a: bigint, b: bigint) => exact(a * b, 64),
    'int toIntExact(long)': (_m, _s, a: bigint) => exact(a, 32),
  },
})
