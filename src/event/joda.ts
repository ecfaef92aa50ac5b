/**
 * Date patterns of Joda-Time (DateTimeFormat), as Logstash's `%{+...}` and date filter use them:
 * letters are fields, repeated for width or form; text in single quotes is literal.
 */

interface Token {
  readonly letter: string
  readonly count: number
  readonly literal: string
}

const LETTERS = 'GCYxwyDeEMdaKhHkmsSzZ'

/**
 * Splits a pattern.
 * @throws RangeError for a letter that Joda does not know.
 */
function tokenize(pattern: string): Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < pattern.length;) {
    const c = pattern[at]!
    if (c === "'") {
      let literal = ''
      let end = at + 1
      if (pattern[end] === "'") {
        literal = "'"
        end++
      } else {
        while (end < pattern.length) {
          if (pattern[end] !== "'") literal += pattern[end++]
          else if (pattern[end + 1] === "'") {
            literal += "'"
            end += 2
          } else break
        }
        end++
      }
      tokens.push({ letter: '', count: 0, literal })
      at = end
    } else if (/[A-Za-z]/.test(c)) {
      if (!LETTERS.includes(c)) throw new RangeError(`illegal pattern component: ${c}`)
      let count = 1
      while (pattern[at + count] === c) count++
      tokens.push({ letter: c, count, literal: '' })
      at += count
    } else {
      tokens.push({ letter: '', count: 0, literal: c })
      at++
    }
  }
  return tokens
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/**
 * A formatter of moments in UTC. The last result is kept for as long as the smallest unit of the
 * pattern lasts, since events that follow each other mostly share a day.
 * @throws RangeError for an unknown letter.
 */
export function compileJodaFormat(pattern: string): (micros: number) => string {
  const tokens = tokenize(pattern)
  const unit = tokens.some((token) => 'sS'.includes(token.letter) && token.letter !== '')
    ? 1000
    : tokens.some((token) => 'HhKkma'.includes(token.letter) && token.letter !== '')
      ? 60_000_000
      : 86_400_000_000
  let lastUnit = NaN
  let last = ''
  return (micros) => {
    const current = Math.floor(micros / unit)
    if (current === lastUnit) return last
    lastUnit = current
    const date = new Date(Math.floor(micros / 1000))
    last = tokens.map((token) => (token.letter === '' ? token.literal : formatToken(token, date))).join('')
    return last
  }
}

function formatToken({ letter, count }: Token, date: Date): string {
  const pad = (value: number): string => String(value).padStart(count, '0')
  const hour = date.getUTCHours()
  switch (letter) {
    case 'y':
    case 'Y':
    case 'x': {
      const year = letter === 'x' ? weekOf(date).year : date.getUTCFullYear()
      return count === 2 ? String(year % 100).padStart(2, '0') : pad(year)
    }
    case 'C':
      return pad(Math.floor(date.getUTCFullYear() / 100))
    case 'w':
      return pad(weekOf(date).week)
    case 'M':
      return count >= 4
        ? MONTHS[date.getUTCMonth()]!
        : count === 3
          ? MONTHS[date.getUTCMonth()]!.slice(0, 3)
          : pad(date.getUTCMonth() + 1)
    case 'd':
      return pad(date.getUTCDate())
    case 'D':
      return pad(dayOfYear(date))
    case 'e':
      return pad(date.getUTCDay() === 0 ? 7 : date.getUTCDay())
    case 'E': {
      const name = DAYS[(date.getUTCDay() + 6) % 7]!
      return count >= 4 ? name : name.slice(0, 3)
    }
    case 'H':
      return pad(hour)
    case 'k':
      return pad(hour === 0 ? 24 : hour)
    case 'K':
      return pad(hour % 12)
    case 'h':
      return pad(hour % 12 === 0 ? 12 : hour % 12)
    case 'a':
      return hour < 12 ? 'AM' : 'PM'
    case 'm':
      return pad(date.getUTCMinutes())
    case 's':
      return pad(date.getUTCSeconds())
    case 'S':
      return String(date.getUTCMilliseconds()).padStart(3, '0').padEnd(count, '0').slice(0, count)
    case 'Z':
      return count === 1 ? '+0000' : count === 2 ? '+00:00' : 'UTC'
    case 'z':
      return 'UTC'
    default:
      return date.getUTCFullYear() > 0 ? 'AD' : 'BC'
  }
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1
}

/** ISO 8601: the week with the year's first Thursday is week 1. */
function weekOf(date: Date): { year: number; week: number } {
  const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() === 0 ? 7 : date.getUTCDay())) * 86_400_000)
  return { year: thursday.getUTCFullYear(), week: Math.ceil(dayOfYear(thursday) / 7) }
}

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
      if (count === 2) return ['\\d{2}', (fields, text) => ((fields.year = pivot(Number(text))), true)]
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
function pivot(value: number): number {
  const low = new Date().getUTCFullYear() - 50
  const year = Math.floor(low / 100) * 100 + value
  return year < low ? year + 100 : year
}

function offsetMillis(text: string): number {
  if (text.toUpperCase() === 'Z') return 0
  const digits = text.slice(1).replace(':', '')
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))
  return (text.startsWith('-') ? -minutes : minutes) * 60_000
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
  else {
    const today = new Date(now())
    const month = fields.month ?? 1
    const current = today.getUTCMonth() + 1
    time = at(today.getUTCFullYear() + (current === 12 && month === 1 ? 1 : current === 1 && month === 12 ? -1 : 0))
  }
  return time === undefined ? undefined : time * 1000
}

/**
 * From a local time, in milliseconds as if it were UTC, to the offset that holds there: the earlier moment where clocks go back
 * and the time comes twice, undefined where they go forward and it never comes, as in Joda.
 */
type ZoneOffset = (localMillis: number) => number | undefined

const zones = new Map<string, ZoneOffset>()

/** @throws RangeError for a zone that does not exist. */
function zoneOffset(name: string): ZoneOffset {
  const known = zones.get(name)
  if (known !== undefined) return known
  const made = /^(?:Z|[+-]\d\d:?\d\d)$/i.test(name) ? constant(offsetMillis(name)) : named(name)
  zones.set(name, made)
  return made
}

function constant(millis: number): ZoneOffset {
  return () => millis
}

const QUARTER = 900_000
const DAY = 86_400_000

function named(name: string): ZoneOffset {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    era: 'short',
  })
  const offsetAt = (utcMillis: number): number => {
    const part: Record<string, string> = {}
    for (const { type, value } of format.formatToParts(utcMillis)) part[type] = value
    const year = part['era'] === 'BC' ? 1 - Number(part['year']) : Number(part['year'])
    const local = Date.UTC(
      year,
      Number(part['month']) - 1,
      Number(part['day']),
      Number(part['hour']),
      Number(part['minute']),
      Number(part['second']),
    )
    return local - Math.floor(utcMillis / 1000) * 1000
  }
  // Offsets change on quarters of an hour, and events come in order: one entry answers nearly all.
  let lastQuarter = NaN
  let last: number | undefined
  return (localMillis) => {
    const quarter = Math.floor(localMillis / QUARTER)
    if (quarter === lastQuarter) return last
    // No zone changes twice within two days: what holds is the offset of the day before or of the day after.
    const before = offsetAt(localMillis - DAY)
    const after = offsetAt(localMillis + DAY)
    lastQuarter = quarter
    last = [Math.max(before, after), Math.min(before, after)].find(
      (offset) => offsetAt(localMillis - offset) === offset,
    )
    return last
  }
}
