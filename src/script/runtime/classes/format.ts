import { raise, type ScriptValue } from '../instance.ts'
import type { Machine } from '../machine.ts'
import { asBigInt, asDecimal, asDouble, formatDecimal, JavaChar, JavaLong, numberKind, rescale } from '../numbers.ts'
import { Temporal } from '../temporal.ts'
import { formatPattern } from './time-text.ts'
import { hashCode } from '../equality.ts'

const SPECIFIER = /%(?:(\d+)\$|(<))?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([tT][a-zA-Z]|[a-zA-Z%])/g
const MAX_WIDTH = 100_000

/** `String.format` for the conversions `b c d e f h n o s x X %`. */
export function formatText(machine: Machine, format: string, args: readonly ScriptValue[], locale = 'en'): string {
  let next = 0
  let last = -1
  const text = format.replace(
    SPECIFIER,
    (whole, index: string | undefined, again: string | undefined, flags: string, width: string | undefined, digits: string | undefined, kind: string) => {
      if (kind === 'n') return '\n'
      if (kind === '%') return pad('%', flags, width, machine)
      const position = again !== undefined ? last : index === undefined ? next++ : Number(index) - 1
      last = position
      if (position < 0) throw raise('java.util.MissingFormatArgumentException', `Format specifier '${whole}'`)
      if (position >= args.length) throw raise('java.util.MissingFormatArgumentException', `Format specifier '${whole}'`)
      if (Number(digits) > MAX_WIDTH) throw raise('java.util.IllegalFormatPrecisionException', digits!)
      if (/^[tT]/.test(kind)) return pad(formatTime(kind, args[position]!, locale), flags, width, machine)
      const text = convert(machine, kind, args[position]!, flags, digits)
      return pad(localized(text, kind, locale), flags, width, machine)
    },
  ) // prettier-ignore
  machine.budget.allocate(text.length)
  return text
}

function pad(text: string, flags: string, width: string | undefined, machine: Machine): string {
  if (width === undefined || text.length >= Number(width)) return text
  if (Number(width) > MAX_WIDTH) throw raise('java.util.IllegalFormatWidthException', width)
  machine.budget.allocate(Number(width))
  if (flags.includes('-')) return text.padEnd(Number(width))
  if (!flags.includes('0')) return text.padStart(Number(width))
  const sign = /^[-+ (]?/.exec(text)![0]
  return sign + text.slice(sign.length).padStart(Number(width) - sign.length, '0')
}

function convert(
  machine: Machine,
  kind: string,
  value: ScriptValue,
  flags: string,
  digits: string | undefined,
): string {
  const upper = kind !== kind.toLowerCase()
  const text = convertLower(machine, kind.toLowerCase(), value, flags, digits)
  return upper ? text.toUpperCase() : text
}

function convertLower(
  machine: Machine,
  kind: string,
  value: ScriptValue,
  flags: string,
  digits: string | undefined,
): string {
  const cut = (text: string): string => (digits === undefined ? text : text.slice(0, Number(digits)))
  if (kind === 's') return cut(machine.print(value))
  if (kind === 'b') return cut(String(value !== null && value !== false))
  if (kind === 'h') return value === null ? 'null' : (hashCode(value) >>> 0).toString(16)
  if (value === null) return 'null'
  const number = numberKind(value)
  const mismatch = (): never => {
    throw raise('java.util.IllegalFormatConversionException', `${kind} != ${typeof value === 'string' ? 'java.lang.String' : machine.print(value)}`) // prettier-ignore
  }
  if (kind === 'c') {
    if (typeof value === 'number') return String.fromCodePoint(value)
    return value instanceof JavaChar || (typeof value === 'string' && value.length === 1) ? machine.print(value) : mismatch() // prettier-ignore
  }
  if (number === undefined || value instanceof JavaChar) return mismatch()
  if (kind === 'd' || kind === 'x' || kind === 'o') {
    if (number === 'double' || number === 'float' || number === 'BigDecimal') return mismatch()
    const whole = asBigInt(value)
    if (kind === 'd') return signed(String(whole < 0n ? -whole : whole), whole < 0n, flags)
    const bits = number === 'int' ? 32 : 64
    const unsigned = whole < 0n && number !== 'BigInteger' ? BigInt.asUintN(bits, whole) : whole
    return (flags.includes('#') ? (kind === 'x' ? '0x' : '0') : '') + unsigned.toString(kind === 'x' ? 16 : 8)
  }
  if (kind !== 'f' && kind !== 'e' && kind !== 'g')
    throw raise('java.util.UnknownFormatConversionException', `Conversion = '${kind}'`)
  if (number !== 'double' && number !== 'float' && number !== 'BigDecimal') return mismatch()
  const double = asDouble(value)
  if (!Number.isFinite(double)) return String(double)
  if (kind === 'g') {
    // Significant digits in all, with an exponent where the number is very large or small.
    const significant = digits === undefined ? 6 : Math.max(1, Number(digits))
    const magnitude = Math.abs(double)
    if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 10 ** significant))
      return convertLower(machine, 'e', value, flags, String(significant - 1))
    const whole = magnitude < 1 ? 0 : Math.floor(Math.log10(magnitude)) + 1
    const rest =
      magnitude === 0
        ? significant - 1
        : magnitude < 1
          ? significant - Math.floor(Math.log10(magnitude)) - 1
          : significant - whole
    return convertLower(machine, 'f', value, flags, String(Math.max(0, rest)))
  }
  const places = digits === undefined ? 6 : Number(digits)
  if (kind === 'e') {
    const [mantissa, exponent] = Math.abs(double).toExponential(Math.min(100, places)).split('e') as [string, string]
    const power = exponent.slice(1).padStart(2, '0')
    return signed(`${mantissa}e${exponent[0]}${power}`, double < 0, flags)
  }
  const decimal = formatDecimal(rescale(asDecimal(value), places))
  return signed(decimal.replace(/^-/, ''), double < 0 || Object.is(double, -0), flags)
}

function signed(digits: string, negative: boolean, flags: string): string {
  let text = digits
  if (flags.includes(',')) {
    const [whole, fraction] = text.split('.') as [string, string | undefined]
    text = whole.replace(/\B(?=(\d{3})+$)/g, ',') + (fraction === undefined ? '' : `.${fraction}`)
  }
  if (negative) return flags.includes('(') ? `(${text})` : `-${text}`
  return flags.includes('+') ? `+${text}` : flags.includes(' ') ? ` ${text}` : text
}

/** Decimal points and groups as a language writes them. */
function localized(text: string, kind: string, locale: string): string {
  if (!'fFgGd'.includes(kind) || locale === '' || /^en\b/.test(locale)) return text
  const parts = new Intl.NumberFormat(locale, { numberingSystem: 'latn' }).formatToParts(1234567.8)
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? ''
  return text.replaceAll(/[.,]/g, (sign) => (sign === '.' ? part('decimal') : part('group')))
}

const TIME_PATTERNS: Readonly<Record<string, string>> = {
  H: 'HH', I: 'hh', k: 'H', l: 'h', M: 'mm', S: 'ss', L: 'SSS', p: 'a', z: 'Z', Z: 'z', B: 'MMMM', b: 'MMM', h: 'MMM',
  A: 'EEEE', a: 'EEE', Y: 'yyyy', y: 'yy', j: 'DDD', m: 'MM', d: 'dd', e: 'd', R: 'HH:mm', T: 'HH:mm:ss',
  r: 'hh:mm:ss a', D: 'MM/dd/yy', F: 'yyyy-MM-dd', c: 'EEE MMM dd HH:mm:ss z yyyy',
} // prettier-ignore

/** `%tY` and its like: a part of a moment. */
function formatTime(kind: string, value: ScriptValue, locale: string): string {
  const millis = value instanceof JavaLong ? BigInt(value.value) : undefined
  const moment = millis === undefined ? value : new Temporal('java.time.ZonedDateTime', millis * 1_000_000n)
  if (moment === null) return 'null'
  if (!(moment instanceof Temporal))
    throw raise('java.util.IllegalFormatConversionException', `${kind[1]!} != ${typeof value}`)
  const letter = kind[1]!
  if (letter === 's') return String(Math.floor(moment.millis / 1000))
  if (letter === 'Q') return String(moment.millis)
  if (letter === 'N') return String(moment.nanoOfSecond).padStart(9, '0')
  const pattern = TIME_PATTERNS[letter]
  if (pattern === undefined) throw raise('java.util.UnknownFormatConversionException', `Conversion = 't${letter}'`)
  const text = formatPattern(moment, pattern, locale === '' ? 'en' : locale)
  const plain = letter === 'p' ? text.toLowerCase() : text
  return kind.startsWith('T') ? plain.toUpperCase() : plain
}
