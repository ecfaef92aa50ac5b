/**
 * Date formats of mappings and queries: Elasticsearch's named ones and java.time patterns, alternatives by `||`.
 * Moments are integer microseconds since the epoch; a fraction is cut off after the sixth digit.
 */
import { fail } from '../../diagnostic/index.ts'
import { ENGLISH_DAYS, ENGLISH_MONTHS, regionOfAbbreviation } from '../../event/index.ts'
import { localToUtc, parseZone, UTC, type Zone } from './zone.ts'

export interface DateFormat {
  /** As written, alternatives included. */
  readonly pattern: string
  /**
   * Reads a text as a whole.
   * @param zone is used where the text names none.
   * @param roundUp fills a time that the text leaves out with its greatest value (23:59:59.999) instead of its least; a month
   *   or day is always the first, as in Elasticsearch.
   * @returns undefined where no alternative matches.
   */
  parse(text: string, zone?: Zone, roundUp?: boolean): number | undefined
  /** Writes by the first alternative. */
  format(millis: number, zone?: Zone): string
  /** True where numbers are read as they are, as milliseconds or seconds. */
  readonly numeric: boolean
}

export const DEFAULT_FORMAT = 'strict_date_optional_time||epoch_millis'

const formats = new Map<string, DateFormat>()

/** @throws illegal_argument_exception for a pattern that java.time would not take either, or that is not supported. */
export function dateFormat(pattern: string): DateFormat {
  let known = formats.get(pattern)
  if (known === undefined) {
    const parts = pattern.split('||').map(single)
    known =
      parts.length === 1
        ? parts[0]!
        : {
            pattern,
            numeric: parts.some((part) => part.numeric),
            parse(text, zone, roundUp) {
              for (const part of parts) {
                const micros = part.parse(text, zone, roundUp)
                if (micros !== undefined) return micros
              }
              return undefined
            },
            format: (millis, zone) => parts[0]!.format(millis, zone),
          }
    if (formats.size < 1000) formats.set(pattern, known)
  }
  return known
}

const DAY_START = 'yyyy-MM-dd'
const TIME = 'HH:mm:ss'
const NAMED: Readonly<Record<string, string>> = Object.assign(Object.create(null) as Record<string, string>, {
  date: DAY_START,
  date_hour: "yyyy-MM-dd'T'HH",
  date_hour_minute: "yyyy-MM-dd'T'HH:mm",
  date_hour_minute_second: "yyyy-MM-dd'T'HH:mm:ss",
  date_hour_minute_second_millis: "yyyy-MM-dd'T'HH:mm:ss.SSS",
  date_hour_minute_second_fraction: "yyyy-MM-dd'T'HH:mm:ss.SSS",
  date_time: "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
  date_time_no_millis: "yyyy-MM-dd'T'HH:mm:ssXXX",
  hour: 'HH',
  hour_minute: 'HH:mm',
  hour_minute_second: TIME,
  hour_minute_second_millis: 'HH:mm:ss.SSS',
  time: 'HH:mm:ss.SSSXXX',
  time_no_millis: 'HH:mm:ssXXX',
  year: 'yyyy',
  year_month: 'yyyy-MM',
  year_month_day: DAY_START,
  basic_date: 'yyyyMMdd',
  basic_date_time: "yyyyMMdd'T'HHmmss.SSSXX",
  basic_date_time_no_millis: "yyyyMMdd'T'HHmmssXX",
})

function single(pattern: string): DateFormat {
  if (pattern === 'epoch_millis') return epoch(pattern, 1000)
  if (pattern === 'epoch_second') return epoch(pattern, 1_000_000)
  if (/^(strict_)?date_optional_time(_nanos)?$/.test(pattern) || pattern === 'iso8601') return isoFormat(pattern)
  const name = pattern.replace(/^strict_/, '')
  return compile(pattern, NAMED[name] ?? pattern)
}

function epoch(pattern: string, unit: number): DateFormat {
  return {
    pattern,
    numeric: true,
    parse(text) {
      if (!/^-?\d{1,16}(\.\d+)?$/.test(text)) return undefined
      const micros = Math.floor(Number(text) * unit)
      return Number.isSafeInteger(micros) ? micros : undefined
    },
    format: (millis) => (unit === 1000 ? String(millis) : String(Math.floor(millis / 1000)) + fraction(millis)),
  }
}

function fraction(millis: number): string {
  const rest = ((millis % 1000) + 1000) % 1000
  return rest === 0 ? '' : `.${String(rest).padStart(3, '0').replace(/0+$/, '')}`
}

const ISO =
  /^([+-]?\d{4,9})(?:-(\d\d?)(?:-(\d\d?)(?:T(?:(\d\d?)(?::(\d\d?)(?::(\d\d?)(?:[.,](\d{1,9}))?)?)?)?(Z|[+-]\d\d(?::?\d\d)?)?)?)?)?$/

function isoFormat(pattern: string): DateFormat {
  const strict = pattern.startsWith('strict_')
  return {
    pattern,
    numeric: false,
    parse(text, zone = UTC, roundUp = false) {
      const fast = fastIso(text)
      if (fast !== undefined) return fast
      const match = ISO.exec(text)
      if (match === null) return undefined
      if (strict) {
        if (match[1]!.replace(/^[+-]/, '').length > 4 && !/^[+-]/.test(match[1]!)) return undefined
        for (let i = 2; i <= 6; i++) if (match[i] !== undefined && match[i]!.length !== 2) return undefined
      }
      return moment(
        {
          year: Number(match[1]),
          month: numberOf(match[2]),
          day: numberOf(match[3]),
          hour: numberOf(match[4]),
          minute: numberOf(match[5]),
          second: numberOf(match[6]),
          micros: match[7] === undefined ? undefined : Number(match[7].slice(0, 6).padEnd(6, '0')),
        },
        match[8] === undefined ? zone : parseZone(match[8]),
        roundUp,
      )
    },
    format: (millis, zone = UTC) => formatIso(millis, zone),
  }
}

function numberOf(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits)
}

/** `2016-02-08T00:56:58.407Z` and the like with up to six digits, without a regular expression: it is every event's. */
function fastIso(text: string): number | undefined {
  const length = text.length
  if (length < 20 || length > 27 || text.charCodeAt(length - 1) !== 90 || text.charCodeAt(10) !== 84) return undefined
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return undefined
  if (text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return undefined
  const year = two(text, 0) * 100 + two(text, 2)
  const month = two(text, 5)
  const day = two(text, 8)
  const hour = two(text, 11)
  const minute = two(text, 14)
  const second = two(text, 17)
  // A digit missing anywhere makes the sum not a number.
  if (Number.isNaN(year + month + day + hour + minute + second)) return undefined
  if (month < 1 || month > 12 || day < 1 || day > 28 || hour > 23 || minute > 59 || second > 59) return undefined
  let micros = 0
  if (length > 20) {
    if (text.charCodeAt(19) !== 46) return undefined
    let unit = 100_000
    for (let i = 20; i < length - 1; i++) {
      const digit = text.charCodeAt(i) - 48
      if (digit < 0 || digit > 9) return undefined
      micros += digit * unit
      unit /= 10
    }
  }
  const seconds = daysFromCivil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
  return seconds * 1_000_000 + micros
}

function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48
  const ones = text.charCodeAt(at + 1) - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN
}

/** Days since 1970-01-01 (Howard Hinnant, chrono-compatible low-level date algorithms). */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

interface Parts {
  year?: number | undefined
  month?: number | undefined
  day?: number | undefined
  hour?: number | undefined
  minute?: number | undefined
  second?: number | undefined
  micros?: number | undefined
}

function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(2000 + (((year % 400) + 400) % 400), month, 0)).getUTCDate()
}

function moment(parts: Parts, zone: Zone, roundUp: boolean): number | undefined {
  const year = parts.year ?? 1970
  const month = parts.month ?? 1
  if (month < 1 || month > 12) return undefined
  const day = parts.day ?? 1
  const hour = parts.hour ?? (roundUp ? 23 : 0)
  const minute = parts.minute ?? (roundUp ? 59 : 0)
  const second = parts.second ?? (roundUp ? 59 : 0)
  const micros = parts.micros ?? (roundUp ? 999_000 : 0)
  if (day < 1 || day > daysInMonth(year, month) || hour > 24 || minute > 59 || second > 59) return undefined
  if (hour === 24 && (minute !== 0 || second !== 0 || micros !== 0)) return undefined
  const local = (daysFromCivil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second) * 1000
  return localToUtc(local, zone) * 1000 + micros
}

/** ISO 8601 with milliseconds; `Z` for UTC, else the offset. */
export function formatIso(millis: number, zone: Zone = UTC): string {
  const offset = zone.offsetAt(millis)
  const date = new Date(millis + offset)
  if (Number.isNaN(date.getTime())) return String(millis)
  return date.toISOString().slice(0, -1) + offsetText(offset, ':', true)
}

function offsetText(offset: number, separator: string, zulu: boolean): string {
  if (offset === 0 && zulu) return 'Z'
  const minutes = Math.abs(offset) / 60_000
  return `${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60), 2)}${separator}${pad(Math.floor(minutes % 60), 2)}`
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0')
}

interface Piece {
  readonly regex: string
  read?(text: string, into: Parts & { zone?: Zone; pm?: boolean }): void
  write(local: Date, offset: number, zone: Zone): string
}

/** A java.time pattern as a regular expression and a writer. */
function compile(name: string, pattern: string): DateFormat {
  const pieces: Piece[] = []
  let regex = '^'
  for (let i = 0; i < pattern.length;) {
    const c = pattern[i]!
    if (c === "'") {
      const end = pattern.indexOf("'", i + 1)
      if (end < 0) throw badFormat(name, 'Pattern ends with an incomplete string literal')
      const literal = end === i + 1 ? "'" : pattern.slice(i + 1, end)
      regex += escape(literal)
      pieces.push({ regex: '', write: () => literal })
      i = end + 1
    } else if (/[a-zA-Z]/.test(c)) {
      let end = i
      while (pattern[end] === c) end++
      const made = piece(c, end - i, name)
      regex += `(${made.regex})`
      pieces.push(made)
      i = end
    } else if (c === '[' || c === ']') {
      regex += c === '[' ? '(?:' : ')?'
      i++
    } else {
      regex += escape(c)
      pieces.push({ regex: '', write: () => c })
      i++
    }
  }
  let matcher: RegExp
  try {
    matcher = new RegExp(`${regex}$`, 'i')
  } catch {
    throw badFormat(name, 'unbalanced [ and ]')
  }
  const readers = pieces.filter((part) => part.read !== undefined)
  return {
    pattern: name,
    numeric: false,
    parse(text, zone = UTC, roundUp = false) {
      const match = matcher.exec(text)
      if (match === null) return undefined
      const parts: Parts & { zone?: Zone; pm?: boolean } = {}
      readers.forEach((reader, index) => {
        const value = match[index + 1]
        if (value !== undefined) reader.read!(value, parts)
      })
      if (parts.pm !== undefined && parts.hour !== undefined) parts.hour = (parts.hour % 12) + (parts.pm ? 12 : 0)
      return moment(parts, parts.zone ?? zone, roundUp)
    },
    format(millis, zone = UTC) {
      const offset = zone.offsetAt(millis)
      const local = new Date(millis + offset)
      return pieces.map((part) => part.write(local, offset, zone)).join('')
    },
  }
}

function escape(literal: string): string {
  return literal.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
}

function badFormat(pattern: string, reason: string): Error {
  return fail('search.argument', { reason: `Invalid format: [${pattern}]: ${reason}` })
}

function digits(count: number): string {
  return count === 1 ? '\\d{1,2}' : `\\d{${count}}`
}

function piece(letter: string, count: number, pattern: string): Piece {
  switch (letter) {
    case 'y':
    case 'u':
      return count === 2
        ? {
            regex: '\\d\\d',
            read: (t, p) => void (p.year = 2000 + Number(t)),
            write: (d) => pad(d.getUTCFullYear() % 100, 2),
          }
        : {
            regex: '[+-]?\\d{4,9}',
            read: (t, p) => void (p.year = Number(t)),
            write: (d) => pad(d.getUTCFullYear(), count),
          }
    case 'M':
    case 'L':
      if (count >= 3) {
        const names = count === 3 ? ENGLISH_MONTHS.map((month) => month.slice(0, 3)) : ENGLISH_MONTHS
        const lower = names.map((month) => month.toLowerCase())
        return {
          regex: names.join('|'),
          read: (t, p) => void (p.month = lower.indexOf(t.toLowerCase()) + 1),
          write: (d) => names[d.getUTCMonth()]!,
        }
      }
      return {
        regex: digits(count),
        read: (t, p) => void (p.month = Number(t)),
        write: (d) => pad(d.getUTCMonth() + 1, count),
      }
    case 'd':
      return {
        regex: digits(count),
        read: (t, p) => void (p.day = Number(t)),
        write: (d) => pad(d.getUTCDate(), count),
      }
    case 'H':
      return {
        regex: digits(count),
        read: (t, p) => void (p.hour = Number(t)),
        write: (d) => pad(d.getUTCHours(), count),
      }
    case 'h':
      return {
        regex: digits(count),
        read: (t, p) => void (p.hour = Number(t)),
        write: (d) => pad(d.getUTCHours() % 12 || 12, count),
      }
    case 'm':
      return {
        regex: digits(count),
        read: (t, p) => void (p.minute = Number(t)),
        write: (d) => pad(d.getUTCMinutes(), count),
      }
    case 's':
      return {
        regex: digits(count),
        read: (t, p) => void (p.second = Number(t)),
        write: (d) => pad(d.getUTCSeconds(), count),
      }
    case 'S':
      return {
        regex: `\\d{1,${Math.max(count, 1)}}`,
        read: (t, p) => void (p.micros = Number(t.slice(0, 6).padEnd(6, '0'))),
        write: (d) => pad(d.getUTCMilliseconds(), 3).padEnd(count, '0').slice(0, count),
      }
    case 'a':
      return {
        regex: 'AM|PM',
        read: (t, p) => void (p.pm = t.toUpperCase() === 'PM'),
        write: (d) => (d.getUTCHours() < 12 ? 'AM' : 'PM'),
      }
    case 'E': {
      const names = count <= 3 ? ENGLISH_DAYS.map((day) => day.slice(0, 3)) : ENGLISH_DAYS
      return { regex: names.join('|'), read: () => undefined, write: (d) => names[d.getUTCDay()]! }
    }
    case 'X':
    case 'x':
    case 'Z': {
      const colon = count === 3 || (letter === 'Z' && count === 5)
      const zulu = letter === 'X' || (letter === 'Z' && count === 5)
      return {
        regex: 'Z|[+-]\\d\\d(?::?\\d\\d)?',
        read: (t, p) => void (p.zone = parseZone(t.toUpperCase())),
        write: (_, offset) => offsetText(offset, colon ? ':' : '', zulu),
      }
    }
    case 'z':
    case 'V':
      return {
        regex: '[A-Za-z][A-Za-z0-9_/+-]*|[+-]\\d\\d:?\\d\\d',
        read: (t, p) => void (p.zone = parseZone((letter === 'z' ? regionOfAbbreviation(t) : undefined) ?? t)),
        write: (_, offset, zone) => (offset === 0 && zone.fixed ? 'UTC' : zone.name),
      }
  }
  throw badFormat(pattern, `Unknown pattern letter: ${letter}`)
}
