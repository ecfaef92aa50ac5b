import { offsetMillis, zoneOffset, type ZoneOffset } from './zone-offset.ts'
import { tokenize, type Token } from './joda-pattern.ts'

/** Where a parser takes what the text leaves open. */
export interface JodaParserOptions {
  /** IANA name or offset of texts without a zone; the machine's where it is absent. */
  readonly zone?: string | undefined
  /** Language of month and day names; English where it is absent. */
  readonly locale?: string | undefined
  /** The current time in milliseconds, for texts without a year. */
  readonly now?: () => number
}

interface Fields {
  year?: number
  /** Two digits of a year, of which `now` decides the century. */
  shortYear?: number
  month?: number
  day?: number
  dayOfYear?: number
  hour?: number
  halfDayHour?: number
  afternoon?: boolean
  minute?: number
  second?: number
  millis?: number
  offsetMillis?: number
  zone?: string
}

type Setter = (fields: Fields, text: string) => boolean

/**
 * A parser of whole texts, strict as Joda's: every part must be there, and be in its range.
 * The result is in microseconds with the precision of a millisecond, as Joda keeps no more.
 * A text without a year is of the current one, or of the year before or after where that is nearer (December and January).
 * @throws RangeError for an unknown letter or zone.
 */
export function compileJodaParser(
  pattern: string,
  options: JodaParserOptions = {},
): (text: string) => number | undefined {
  const names = localeNames(options.locale ?? 'en')
  const tokens = tokenize(pattern)
  const setters: Setter[] = []
  let expression = ''
  tokens.forEach((token, index) => {
    if (token.letter === '') {
      expression += token.literal.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&')
      return
    }
    // Digits that touch the next number are read by width, others as many as there are.
    const next = tokens[index + 1]
    const adjacent =
      next !== undefined &&
      next.letter !== '' &&
      !'EGaZz'.includes(next.letter) &&
      !(next.letter === 'M' && next.count > 2)
    const [part, setter] = parserOf(token, adjacent, names)
    expression += `(${part})`
    setters.push(setter)
  })
  const whole = new RegExp(`^${expression}$`, 'iu')
  const zone = zoneOffset(options.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone)
  return (text) => {
    const match = whole.exec(text)
    if (match === null) return undefined
    const fields: Fields = {}
    for (let i = 0; i < setters.length; i++) if (!setters[i]!(fields, match[i + 1]!)) return undefined
    return assemble(fields, zone, options.now ?? Date.now)
  }
}

interface LocaleNames {
  readonly months: readonly string[]
  readonly days: readonly string[]
}

function localeNames(locale: string): LocaleNames {
  const list = (count: number, of: (index: number, style: 'long' | 'short') => string): string[] =>
    (['long', 'short'] as const).flatMap((style) =>
      Array.from({ length: count }, (_, index) => of(index, style).toLowerCase().replace(/\.$/, '')),
    )
  const format = (options: Intl.DateTimeFormatOptions, time: number): string =>
    new Intl.DateTimeFormat(locale.replace('_', '-'), { ...options, timeZone: 'UTC' }).format(time)
  return {
    months: list(12, (index, month) => format({ month }, Date.UTC(2024, index, 1))),
    days: list(7, (index, weekday) => format({ weekday }, Date.UTC(2024, 0, 1 + index))),
  }
}

function parserOf({ letter, count }: Token, adjacent: boolean, names: LocaleNames): [string, Setter] {
  const digits = (most: number): string => (adjacent ? `\\d{${count}}` : `\\d{1,${Math.max(count, most)}}`)
  const inRange =
    (low: number, high: number, put: (fields: Fields, value: number) => void): Setter =>
    (fields, text) => {
      const value = Number(text)
      if (value < low || value > high) return false
      put(fields, value)
      return true
    }
  const alternatives = (list: readonly string[]): string => [...list].sort((a, b) => b.length - a.length).join('|')
  switch (letter) {
    case 'y':
    case 'Y':
    case 'x':
      if (count === 2) return ['\\d{2}', (fields, text) => ((fields.shortYear = Number(text)), true)]
      return [adjacent ? `\\d{${count}}` : '[+-]?\\d{1,9}', (fields, text) => ((fields.year = Number(text)), true)]
    case 'M':
      if (count < 3) return [digits(2), inRange(1, 12, (fields, value) => (fields.month = value))]
      return [
        `(?:${alternatives(names.months)})\\.?`,
        (fields, text) => {
          const index = names.months.indexOf(text.toLowerCase().replace(/\.$/, ''))
          fields.month = (index % 12) + 1
          return index >= 0
        },
      ]
    case 'd':
      return [digits(2), inRange(1, 31, (fields, value) => (fields.day = value))]
    case 'D':
      return [digits(3), inRange(1, 366, (fields, value) => (fields.dayOfYear = value))]
    case 'E':
      return [`(?:${alternatives(names.days)})\\.?`, () => true]
    case 'e':
      return ['[1-7]', () => true]
    case 'H':
      return [digits(2), inRange(0, 23, (fields, value) => (fields.hour = value))]
    case 'k':
      return [digits(2), inRange(1, 24, (fields, value) => (fields.hour = value % 24))]
    case 'K':
      return [digits(2), inRange(0, 11, (fields, value) => (fields.halfDayHour = value))]
    case 'h':
      return [digits(2), inRange(1, 12, (fields, value) => (fields.halfDayHour = value % 12))]
    case 'a':
      return ['am|pm', (fields, text) => ((fields.afternoon = text.toLowerCase() === 'pm'), true)]
    case 'm':
      return [digits(2), inRange(0, 59, (fields, value) => (fields.minute = value))]
    case 's':
      return [digits(2), inRange(0, 59, (fields, value) => (fields.second = value))]
    case 'S':
      return [
        adjacent ? `\\d{${count}}` : `\\d{1,${Math.max(count, 9)}}`,
        (fields, text) => ((fields.millis = Number(text.slice(0, 3).padEnd(3, '0'))), true),
      ]
    case 'Z':
      if (count >= 3) return ['[A-Za-z_]+(?:/[A-Za-z0-9_+-]+)*', (fields, text) => ((fields.zone = text), true)]
      return ['Z|[+-]\\d\\d:?\\d\\d', (fields, text) => ((fields.offsetMillis = offsetMillis(text)), true)]
    case 'z':
      return ['[A-Za-z]{1,5}', (fields, text) => ((fields.zone = text), true)]
    case 'G':
      return ['ad|bc', () => true]
    default:
      throw new RangeError(`pattern component cannot be parsed: ${letter}`)
  }
}

/** Two digits mean the year within fifty of now, with Joda's default pivot. */
function pivot(value: number, now: number): number {
  const low = new Date(now).getUTCFullYear() - 50
  const year = Math.floor(low / 100) * 100 + value
  return year < low ? year + 100 : year
}

function assemble(fields: Fields, zone: ZoneOffset, now: () => number): number | undefined {
  const hour = fields.hour ?? (fields.halfDayHour ?? 0) + (fields.afternoon === true ? 12 : 0)
  const { minute = 0, second = 0, millis = 0 } = fields
  const at = (year: number): number | undefined => {
    const date = new Date(0)
    date.setUTCFullYear(year, (fields.month ?? 1) - 1, fields.day ?? 1)
    if (fields.dayOfYear !== undefined) date.setUTCFullYear(year, 0, fields.dayOfYear)
    else if (date.getUTCDate() !== (fields.day ?? 1)) return undefined
    const local = date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + millis
    if (fields.offsetMillis !== undefined) return local - fields.offsetMillis
    let here = zone
    if (fields.zone !== undefined) {
      try {
        here = zoneOffset(fields.zone)
      } catch {
        return undefined
      }
    }
    const offset = here(local)
    return offset === undefined ? undefined : local - offset
  }
  let time: number | undefined
  if (fields.year !== undefined) time = at(fields.year)
  else if (fields.shortYear !== undefined) time = at(pivot(fields.shortYear, now()))
  else {
    const today = new Date(now())
    const month = fields.month ?? 1
    const current = today.getUTCMonth() + 1
    time = at(today.getUTCFullYear() + (current === 12 && month === 1 ? 1 : current === 1 && month === 12 ? -1 : 0))
  }
  return time === undefined ? undefined : time * 1000
}
