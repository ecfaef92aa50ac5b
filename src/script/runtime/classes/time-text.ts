import { ENGLISH_DAYS, ENGLISH_MONTHS, parseIsoTimestamp } from '../../../event/index.ts'
import { Instance, raise } from '../instance.ts'
import { isZone, Temporal, two, type TemporalType } from '../temporal.ts'
import { make } from './time-arithmetic.ts'

export class FormatterValue extends Instance {
  readonly typeName = 'java.time.format.DateTimeFormatter'
  readonly text: string
  readonly zone: string | undefined

  constructor(pattern: string, zone?: string) {
    super()
    this.text = pattern
    this.zone = zone
  }
}

const SHAPES: Readonly<Record<string, RegExp>> = {
  'java.time.Instant': /^\d{4,}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/i,
  'java.time.ZonedDateTime': /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)(?:\[[\w/+-]+\])?$/i,
  'java.time.LocalDateTime': /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?$/i,
  'java.time.LocalDate': /^\d{4}-\d\d-\d\d$/,
  'java.time.LocalTime': /^\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?$/,
}

export function parse(type: TemporalType, text: string): Temporal {
  const failed = (): never => {
    throw raise('java.time.format.DateTimeParseException', `Text '${text}' could not be parsed at index 0`)
  }
  if (!SHAPES[type]!.test(text)) return failed()
  const named = /\[([^\]]+)\]$/.exec(text)
  const plain = text.replace(/\[[^\]]+\]$/, '')
  const full = type === 'java.time.LocalTime' ? `1970-01-01T${plain}` : plain
  const fraction = /\.(\d+)/.exec(full)?.[1] ?? ''
  const moment = parseIsoTimestamp(full.replace(/\.\d+/, '').toUpperCase())
  if (moment === undefined) return failed()
  const nanos = BigInt(moment.micros) * 1000n + BigInt(fraction.padEnd(9, '0').slice(0, 9) || '0')
  const offset = /(Z|[+-]\d\d:\d\d)$/i.exec(plain)?.[1] ?? 'Z'
  const zone = named?.[1] ?? (offset === '+00:00' ? 'Z' : offset.toUpperCase())
  if (!isZone(zone)) return failed()
  return make(type, nanos, type === 'java.time.ZonedDateTime' ? zone : 'Z')
}

/** The letters of DateTimeFormatter and SimpleDateFormat that both have in common. */
export function formatPattern(value: Temporal, pattern: string): string {
  const local = value.local
  const hour = local.getUTCHours()
  const number = (n: number, width: number): string => String(n).padStart(width, '0')
  return pattern.replace(/'((?:[^']|'')*)'|([a-zA-Z])\2*/g, (run, quoted: string | undefined, letter: string) => {
    if (quoted !== undefined) return quoted === '' ? "'" : quoted.replaceAll("''", "'")
    const width = run.length
    switch (letter) {
      case 'y':
      case 'u':
        return width === 2 ? number(local.getUTCFullYear() % 100, 2) : number(local.getUTCFullYear(), width)
      case 'M':
      case 'L': {
        const name = ENGLISH_MONTHS[local.getUTCMonth()]!
        return width >= 4 ? name : width === 3 ? name.slice(0, 3) : number(local.getUTCMonth() + 1, width)
      }
      case 'd':
        return number(local.getUTCDate(), width)
      case 'D':
        return number(dayOfYear(value), width)
      case 'E': {
        const name = ENGLISH_DAYS[local.getUTCDay()]!
        return width >= 4 ? name : name.slice(0, 3)
      }
      case 'e':
        return number(local.getUTCDay() + 1, width)
      case 'a':
        return hour < 12 ? 'AM' : 'PM'
      case 'H':
        return number(hour, width)
      case 'k':
        return number(hour === 0 ? 24 : hour, width)
      case 'h':
        return number(hour % 12 === 0 ? 12 : hour % 12, width)
      case 'K':
        return number(hour % 12, width)
      case 'm':
        return number(local.getUTCMinutes(), width)
      case 's':
        return number(local.getUTCSeconds(), width)
      case 'S':
        return number(value.nanoOfSecond, 9).slice(0, width).padEnd(width, '0')
      case 'n':
        return number(value.nanoOfSecond, width)
      case 'V':
      case 'z':
        return value.zone
      case 'X':
      case 'x':
      case 'Z':
        return offset(value.offsetSeconds, letter, width)
      default:
        throw raise('IllegalArgumentException', `Unknown pattern letter: ${letter}`)
    }
  })
}

function offset(seconds: number, letter: string, width: number): string {
  if (seconds === 0 && letter === 'X') return 'Z'
  const minutes = Math.abs(Math.trunc(seconds / 60))
  const sign = seconds < 0 ? '-' : '+'
  const colon = letter === 'Z' ? width === 5 : width === 3 || width === 5
  if (width === 1 && letter !== 'Z' && minutes % 60 === 0) return `${sign}${two(minutes / 60)}`
  return `${sign}${two(Math.trunc(minutes / 60))}${colon ? ':' : ''}${two(minutes % 60)}`
}

export function dayOfYear(value: Temporal): number {
  const local = value.local
  return Math.floor((local.getTime() - Date.UTC(local.getUTCFullYear(), 0, 1)) / 86_400_000) + 1
}

export const ISO_PATTERNS: Readonly<Record<string, string>> = {
  ISO_LOCAL_DATE: 'yyyy-MM-dd',
  ISO_DATE: 'yyyy-MM-dd',
  ISO_LOCAL_TIME: 'HH:mm:ss',
  ISO_LOCAL_DATE_TIME: "yyyy-MM-dd'T'HH:mm:ss",
  ISO_OFFSET_DATE_TIME: 'iso',
  ISO_DATE_TIME: 'iso',
  ISO_ZONED_DATE_TIME: 'iso',
  ISO_INSTANT: 'instant',
  BASIC_ISO_DATE: 'yyyyMMdd',
  RFC_1123_DATE_TIME: "EEE, d MMM yyyy HH:mm:ss 'GMT'",
}

export function format(value: Temporal, formatter: FormatterValue): string {
  if (value.typeName === 'java.time.Instant' && formatter.zone === undefined && formatter.text !== 'instant') {
    throw raise('java.time.temporal.UnsupportedTemporalTypeException', 'Unsupported field: YearOfEra')
  }
  const shown = formatter.zone === undefined ? value : new Temporal('java.time.ZonedDateTime', value.nanos, formatter.zone) // prettier-ignore
  if (formatter.text === 'instant') return String(new TextOf(new Temporal('java.time.Instant', value.nanos)))
  return formatter.text === 'iso' ? String(new TextOf(shown)) : formatPattern(shown, formatter.text)
}

class TextOf {
  readonly #value: Temporal

  constructor(value: Temporal) {
    this.#value = value
  }

  toString(): string {
    return `${formatPattern(this.#value, "yyyy-MM-dd'T'HH:mm:ss")}${this.#value.nanoOfSecond === 0 ? '' : `.${String(this.#value.nanoOfSecond).padStart(9, '0').replace(/0+$/, '')}`}${this.#value.typeName === 'java.time.LocalDateTime' ? '' : offset(this.#value.offsetSeconds, 'X', 3)}` // prettier-ignore
  }
}
