import { Instance, raise } from '../instance.ts'
import { BigDecimal, precision } from '../numbers.ts'
import { defineClass } from './define.ts'
import { EnumValue, enumClass } from './time-enums.ts'

const MODES = enumClass('java.math.RoundingMode', ['UP', 'DOWN', 'CEILING', 'FLOOR', 'HALF_UP', 'HALF_DOWN', 'HALF_EVEN', 'UNNECESSARY']) // prettier-ignore

export const ROUNDING_MODE = MODES.spec

export function modeNamed(name: string): EnumValue {
  return MODES.values.find((mode) => mode.name === name)!
}

export class MathContextValue extends Instance {
  readonly typeName = 'java.math.MathContext'
  readonly digits: number
  readonly mode: EnumValue

  constructor(digits: number, mode = modeNamed('HALF_UP')) {
    super()
    if (digits < 0) throw raise('IllegalArgumentException', 'Digits < 0')
    this.digits = digits
    this.mode = mode
  }

  get text(): string {
    return `precision=${this.digits} roundingMode=${this.mode.name}`
  }
}

const even = modeNamed('HALF_EVEN')

export const MATH_CONTEXT = defineClass('java.math.MathContext', {
  fields: {
    UNLIMITED: new MathContextValue(0),
    DECIMAL32: new MathContextValue(7, even),
    DECIMAL64: new MathContextValue(16, even),
    DECIMAL128: new MathContextValue(34, even),
  },
  new: {
    'MathContext(int)': (_m, _s, digits: number) => new MathContextValue(digits),
    'MathContext(int,RoundingMode)': (_m, _s, digits: number, mode: EnumValue) => new MathContextValue(digits, mode),
  },
  methods: {
    'int getPrecision()': (_m, context: MathContextValue) => context.digits,
    'RoundingMode getRoundingMode()': (_m, context: MathContextValue) => context.mode,
  },
})

const absolute = (value: bigint): bigint => (value < 0n ? -value : value)

/** `dividend / divisor` rounded to an integer. @throws ArithmeticException where UNNECESSARY rounding is needed */
export function divideRounded(dividend: bigint, divisor: bigint, mode: string): bigint {
  const quotient = dividend / divisor
  const rest = dividend % divisor
  if (rest === 0n) return quotient
  const positive = dividend < 0n === divisor < 0n
  const away = positive ? quotient + 1n : quotient - 1n
  const doubled = absolute(rest) * 2n
  const half = doubled === absolute(divisor) ? 0 : doubled > absolute(divisor) ? 1 : -1
  switch (mode) {
    case 'UP':
      return away
    case 'DOWN':
      return quotient
    case 'CEILING':
      return positive ? away : quotient
    case 'FLOOR':
      return positive ? quotient : away
    case 'HALF_UP':
      return half >= 0 ? away : quotient
    case 'HALF_DOWN':
      return half > 0 ? away : quotient
    case 'HALF_EVEN':
      return half > 0 || (half === 0 && quotient % 2n !== 0n) ? away : quotient
    default:
      throw raise('ArithmeticException', 'Rounding necessary')
  }
}

const MAX_SCALE = 100_000

export function withScale(value: BigDecimal, scale: number, mode: string): BigDecimal {
  if (Math.abs(scale) > MAX_SCALE) throw raise('ArithmeticException', 'Underflow')
  const shift = scale - value.scale
  if (shift >= 0) return new BigDecimal(value.unscaled * 10n ** BigInt(shift), scale)
  return new BigDecimal(divideRounded(value.unscaled, 10n ** BigInt(-shift), mode), scale)
}

/** To so many significant digits; 0 leaves it as it is. */
export function roundTo(value: BigDecimal, { digits, mode }: Pick<MathContextValue, 'digits' | 'mode'>): BigDecimal {
  const surplus = precision(value) - digits
  if (digits === 0 || surplus <= 0) return value
  // Rounding up may make one digit more.
  return roundTo(withScale(value, value.scale - surplus, mode.name), { digits, mode })
}

export function stripped(value: BigDecimal, least = -MAX_SCALE): BigDecimal {
  if (value.unscaled === 0n) return new BigDecimal(0n, Math.max(0, least))
  let { unscaled, scale } = value
  while (scale > least && unscaled % 10n === 0n) {
    unscaled /= 10n
    scale--
  }
  return new BigDecimal(unscaled, scale)
}

/** The quotient with so many digits, its trailing zeros taken off down to the preferred scale. */
export function divideTo(a: BigDecimal, b: BigDecimal, context: MathContextValue): BigDecimal {
  if (b.unscaled === 0n)
    throw raise('ArithmeticException', a.unscaled === 0n ? 'Division undefined' : 'Division by zero')
  const preferred = a.scale - b.scale
  if (a.unscaled === 0n) return new BigDecimal(0n, preferred)
  if (context.digits === 0) return divideExactly(a, b)
  const extra = Math.max(0, context.digits + precision(b) - precision(a) + 3)
  const numerator = a.unscaled * 10n ** BigInt(extra)
  const whole = numerator / b.unscaled
  // One more digit that is not zero stands for all that follow, so that rounding sees them.
  const sticky =
    numerator % b.unscaled === 0n ? whole * 10n : whole * 10n + (a.unscaled < 0n === b.unscaled < 0n ? 1n : -1n)
  return stripped(roundTo(new BigDecimal(sticky, preferred + extra + 1), context), preferred)
}

/** @throws ArithmeticException where the decimals never end */
export function divideExactly(a: BigDecimal, b: BigDecimal): BigDecimal {
  if (b.unscaled === 0n)
    throw raise('ArithmeticException', a.unscaled === 0n ? 'Division undefined' : 'Division by zero')
  const preferred = a.scale - b.scale
  let rest = absolute(b.unscaled)
  let [twos, fives] = [0, 0]
  const common = greatestDivisor(absolute(a.unscaled), rest)
  rest /= common === 0n ? 1n : common
  for (; rest % 2n === 0n && rest > 0n; rest /= 2n) twos++
  for (; rest % 5n === 0n && rest > 0n; rest /= 5n) fives++
  if (rest !== 1n)
    throw raise('ArithmeticException', 'Non-terminating decimal expansion; no exact representable decimal result.')
  const extra = Math.max(twos, fives)
  return stripped(new BigDecimal((a.unscaled * 10n ** BigInt(extra)) / b.unscaled, preferred + extra), preferred)
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}
