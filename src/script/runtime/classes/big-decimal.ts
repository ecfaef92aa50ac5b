import { ArrayValue } from '../containers.ts'
import { raise, type ScriptValue } from '../instance.ts'
import type { Machine } from '../machine.ts'
import {
  asDecimal,
  BigDecimal,
  BigInteger,
  compareDecimals,
  decimalToInteger,
  formatDecimal,
  parseDecimal,
  precision,
  rescale,
  type JavaNumber,
} from '../numbers.ts'
import { defineClass } from './define.ts'
import { SUPERS, WHOLE } from './numeric.ts'
import {
  divideExactly,
  divideRounded,
  divideTo,
  modeNamed,
  roundTo,
  stripped,
  withScale,
  type MathContextValue,
} from './rounding.ts'
import type { EnumValue } from './time-enums.ts'

function decimal(text: string): BigDecimal {
  const value = text.length > 10_000 ? undefined : parseDecimal(text)
  if (value === undefined || Math.abs(value.scale) > 10_000) throw raise('NumberFormatException', text.slice(0, 100))
  return value
}

function add(a: BigDecimal, b: BigDecimal, sign: 1n | -1n): BigDecimal {
  const scale = Math.max(a.scale, b.scale)
  return new BigDecimal(rescale(a, scale).unscaled + sign * rescale(b, scale).unscaled, scale)
}

function multiply(machine: Machine, a: BigDecimal, b: BigDecimal): BigDecimal {
  machine.budget.allocate((a.unscaled.toString(16).length + b.unscaled.toString(16).length) >> 1)
  return new BigDecimal(a.unscaled * b.unscaled, a.scale + b.scale)
}

/** The whole part of a quotient, with the scale that Java prefers. */
function wholeQuotient(a: BigDecimal, b: BigDecimal): BigDecimal {
  if (b.unscaled === 0n) throw raise('ArithmeticException', 'Division by zero')
  const scale = Math.max(a.scale, b.scale)
  const whole = rescale(a, scale).unscaled / rescale(b, scale).unscaled
  const preferred = a.scale - b.scale
  return preferred >= 0 ? withScale(new BigDecimal(whole, 0), preferred, 'UNNECESSARY') : stripped(new BigDecimal(whole, 0), preferred) // prettier-ignore
}

function remainder(machine: Machine, a: BigDecimal, b: BigDecimal): BigDecimal {
  return add(a, multiply(machine, wholeQuotient(a, b), b), -1n)
}

function power(machine: Machine, a: BigDecimal, exponent: number): BigDecimal {
  if (exponent < 0 || exponent > 999_999_999) throw raise('ArithmeticException', 'Invalid operation')
  machine.budget.allocate(a.unscaled.toString(16).length * exponent)
  return new BigDecimal(a.unscaled ** BigInt(exponent), a.scale * exponent)
}

function exactly(a: BigDecimal, bits: number): bigint {
  const whole = stripped(a)
  if (whole.scale > 0) throw raise('ArithmeticException', 'Rounding necessary')
  const value = decimalToInteger(whole)
  if (bits > 0 && BigInt.asIntN(bits, value) !== value) throw raise('ArithmeticException', 'Overflow')
  return value
}

/** With an exponent that is a multiple of three. */
function engineering(value: BigDecimal): string {
  const text = formatDecimal(value)
  const match = /^(-?)(\d)(?:\.(\d+))?E([+-]\d+)$/.exec(text)
  if (match === null) return text
  const [, sign = '', first = '', rest = '', exponent = '0'] = match
  const by = ((Number(exponent) % 3) + 3) % 3
  const digits = (first + rest).padEnd(by + 1, '0')
  const fraction = digits.slice(by + 1)
  const power = Number(exponent) - by
  return `${sign}${digits.slice(0, by + 1)}${fraction === '' ? '' : `.${fraction}`}${power === 0 ? '' : `E${power > 0 ? '+' : ''}${power}`}`
}

const negated = (a: BigDecimal): BigDecimal => new BigDecimal(-a.unscaled, a.scale)
const absolute = (a: BigDecimal): BigDecimal => (a.unscaled < 0n ? negated(a) : a)

export const BIG_DECIMAL_CLASS = defineClass('java.math.BigDecimal', {
  extends: SUPERS,
  fields: { ZERO: new BigDecimal(0n, 0), ONE: new BigDecimal(1n, 0), TEN: new BigDecimal(10n, 0) },
  new: {
    'BigDecimal(String)': (_m, _s, text: string) => decimal(text),
    'BigDecimal(String,MathContext)': (_m, _s, text: string, context: MathContextValue) =>
      roundTo(decimal(text), context),
    'BigDecimal(Number)': (_m, _s, value: JavaNumber) => asDecimal(value),
  },
  static: { 'BigDecimal valueOf(Number)': (_m, _s, value: JavaNumber) => asDecimal(value) },
  methods: {
    ...WHOLE,
    'boolean equals(def)': (_m, a: BigDecimal, b: ScriptValue) =>
      b instanceof BigDecimal && a.unscaled === b.unscaled && a.scale === b.scale,
    'int compareTo(BigDecimal)': (_m, a: BigDecimal, b: BigDecimal) => compareDecimals(a, b),
    'BigDecimal add(BigDecimal)': (_m, a: BigDecimal, b: BigDecimal) => add(a, b, 1n),
    'BigDecimal add(BigDecimal,MathContext)': (_m, a: BigDecimal, b: BigDecimal, c: MathContextValue) => roundTo(add(a, b, 1n), c), // prettier-ignore
    'BigDecimal subtract(BigDecimal)': (_m, a: BigDecimal, b: BigDecimal) => add(a, b, -1n),
    'BigDecimal subtract(BigDecimal,MathContext)': (_m, a: BigDecimal, b: BigDecimal, c: MathContextValue) => roundTo(add(a, b, -1n), c), // prettier-ignore
    'BigDecimal multiply(BigDecimal)': (machine, a: BigDecimal, b: BigDecimal) => multiply(machine, a, b),
    'BigDecimal multiply(BigDecimal,MathContext)': (machine, a: BigDecimal, b: BigDecimal, c: MathContextValue) =>
      roundTo(multiply(machine, a, b), c),
    'BigDecimal divide(BigDecimal)': (_m, a: BigDecimal, b: BigDecimal) => divideExactly(a, b),
    'BigDecimal divide(BigDecimal,MathContext)': (_m, a: BigDecimal, b: BigDecimal, c: MathContextValue) =>
      divideTo(a, b, c),
    'BigDecimal divideToIntegralValue(BigDecimal)': (_m, a: BigDecimal, b: BigDecimal) => wholeQuotient(a, b),
    'BigDecimal divideToIntegralValue(BigDecimal,MathContext)': (
      _m,
      a: BigDecimal,
      b: BigDecimal,
      c: MathContextValue,
    ) => roundTo(wholeQuotient(a, b), c),
    'array divideAndRemainder(BigDecimal)': (machine, a: BigDecimal, b: BigDecimal) =>
      new ArrayValue('BigDecimal', [wholeQuotient(a, b), remainder(machine, a, b)]),
    'BigDecimal remainder(BigDecimal)': (machine, a: BigDecimal, b: BigDecimal) => remainder(machine, a, b),
    'BigDecimal negate()': (_m, a: BigDecimal) => negated(a),
    'BigDecimal negate(MathContext)': (_m, a: BigDecimal, c: MathContextValue) => roundTo(negated(a), c),
    'BigDecimal plus()': (_m, a: BigDecimal) => a,
    'BigDecimal plus(MathContext)': (_m, a: BigDecimal, c: MathContextValue) => roundTo(a, c),
    'BigDecimal round(MathContext)': (_m, a: BigDecimal, c: MathContextValue) => roundTo(a, c),
    'BigDecimal abs()': (_m, a: BigDecimal) => absolute(a),
    'BigDecimal abs(MathContext)': (_m, a: BigDecimal, c: MathContextValue) => roundTo(absolute(a), c),
    'BigDecimal pow(int)': (machine, a: BigDecimal, n: number) => power(machine, a, n),
    'BigDecimal pow(int,MathContext)': (machine, a: BigDecimal, n: number, c: MathContextValue) => roundTo(power(machine, a, n), c), // prettier-ignore
    'BigDecimal max(BigDecimal)': (_m, a: BigDecimal, b: BigDecimal) => (compareDecimals(a, b) >= 0 ? a : b),
    'BigDecimal min(BigDecimal)': (_m, a: BigDecimal, b: BigDecimal) => (compareDecimals(a, b) <= 0 ? a : b),
    'BigDecimal movePointLeft(int)': (_m, a: BigDecimal, n: number) => movedPoint(a, n),
    'BigDecimal movePointRight(int)': (_m, a: BigDecimal, n: number) => movedPoint(a, -n),
    'BigDecimal scaleByPowerOfTen(int)': (_m, a: BigDecimal, n: number) => new BigDecimal(a.unscaled, a.scale - n),
    'BigDecimal setScale(int)': (_m, a: BigDecimal, scale: number) => withScale(a, scale, 'UNNECESSARY'),
    'BigDecimal setScale(int,RoundingMode)': (_m, a: BigDecimal, scale: number, mode: EnumValue) => withScale(a, scale, mode.name), // prettier-ignore
    'BigDecimal stripTrailingZeros()': (_m, a: BigDecimal) => stripped(a),
    'BigDecimal ulp()': (_m, a: BigDecimal) => new BigDecimal(1n, a.scale),
    'int precision()': (_m, a: BigDecimal) => precision(a),
    'int scale()': (_m, a: BigDecimal) => a.scale,
    'int signum()': (_m, a: BigDecimal) => (a.unscaled < 0n ? -1 : a.unscaled > 0n ? 1 : 0),
    'int intValueExact()': (_m, a: BigDecimal) => Number(exactly(a, 32)),
    'long longValueExact()': (_m, a: BigDecimal) => exactly(a, 64),
    'short shortValueExact()': (_m, a: BigDecimal) => Number(exactly(a, 16)),
    'byte byteValueExact()': (_m, a: BigDecimal) => Number(exactly(a, 8)),
    'BigInteger toBigInteger()': (_m, a: BigDecimal) => new BigInteger(decimalToInteger(a)),
    'BigInteger toBigIntegerExact()': (_m, a: BigDecimal) => new BigInteger(exactly(a, 0)),
    'String toPlainString()': (_m, a: BigDecimal) => plain(a),
    'String toEngineeringString()': (_m, a: BigDecimal) => engineering(a),
  },
  groovy: {
    'BigDecimal divide(BigDecimal,RoundingMode)': (_m, a: BigDecimal, b: BigDecimal, mode: EnumValue) => divideScaled(a, b, a.scale, mode), // prettier-ignore
    'BigDecimal divide(BigDecimal,int,RoundingMode)': (_m, a: BigDecimal, b: BigDecimal, scale: number, mode: EnumValue) => divideScaled(a, b, scale, mode), // prettier-ignore
    'BigDecimal setScale(int,int)': (_m, a: BigDecimal, scale: number, mode: number) => withScale(a, scale, OLD_MODES[mode] ?? 'UNNECESSARY'), // prettier-ignore
  },
})

/** The numbers that modes had before they were an enum. */
const OLD_MODES = ['UP', 'DOWN', 'CEILING', 'FLOOR', 'HALF_UP', 'HALF_DOWN', 'HALF_EVEN', 'UNNECESSARY']

function divideScaled(a: BigDecimal, b: BigDecimal, scale: number, mode: EnumValue = modeNamed('HALF_UP')): BigDecimal {
  if (b.unscaled === 0n) throw raise('ArithmeticException', '/ by zero')
  const shift = scale - a.scale + b.scale
  const [numerator, denominator] =
    shift >= 0 ? [a.unscaled * 10n ** BigInt(shift), b.unscaled] : [a.unscaled, b.unscaled * 10n ** BigInt(-shift)]
  return new BigDecimal(divideRounded(numerator, denominator, mode.name), scale)
}

function movedPoint(a: BigDecimal, left: number): BigDecimal {
  if (left === 0) return a
  const moved = new BigDecimal(a.unscaled, a.scale + left)
  return moved.scale < 0 ? rescale(moved, 0) : moved
}

/** Without an exponent, however many zeros that takes. */
function plain(value: BigDecimal): string {
  const a = value.scale < 0 ? rescale(value, 0) : value
  const sign = a.unscaled < 0n ? '-' : ''
  const digits = String(a.unscaled < 0n ? -a.unscaled : a.unscaled).padStart(a.scale + 1, '0')
  return sign + (a.scale === 0 ? digits : `${digits.slice(0, -a.scale)}.${digits.slice(-a.scale)}`)
}
