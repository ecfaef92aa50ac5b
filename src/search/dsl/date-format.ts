/**
 * Date formats of mappings and queries: Elasticsearch's named ones and java.time patterns, alternatives by `||`.
 * Moments are integer microseconds since the epoch; a fraction is cut off after the sixth digit.
 */
import { daysFromCivil, moment, offsetText } from './date-parts.ts'
import { compilePattern } from './date-pattern.ts'
import { parseZone, UTC, type Zone } from './zone.ts'

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
  basic_time: 'HHmmss.SSSXX',
  basic_time_no_millis: 'HHmmssXX',
  basic_t_time: "'T'HHmmss.SSSXX",
  basic_t_time_no_millis: "'T'HHmmssXX",
  basic_ordinal_date: 'yyyyDDD',
  basic_ordinal_date_time: "yyyyDDD'T'HHmmss.SSSXX",
  basic_ordinal_date_time_no_millis: "yyyyDDD'T'HHmmssXX",
  basic_week_date: "YYYY'W'wwe",
  basic_week_date_time: "YYYY'W'wwe'T'HHmmss.SSSXX",
  basic_week_date_time_no_millis: "YYYY'W'wwe'T'HHmmssXX",
  hour_minute_second_fraction: 'HH:mm:ss.SSS',
  ordinal_date: 'yyyy-DDD',
  ordinal_date_time: "yyyy-DDD'T'HH:mm:ss.SSSXXX",
  ordinal_date_time_no_millis: "yyyy-DDD'T'HH:mm:ssXXX",
  t_time: "'T'HH:mm:ss.SSSXXX",
  t_time_no_millis: "'T'HH:mm:ssXXX",
  week_date: "YYYY-'W'ww-e",
  week_date_time: "YYYY-'W'ww-e'T'HH:mm:ss.SSSXXX",
  week_date_time_no_millis: "YYYY-'W'ww-e'T'HH:mm:ssXXX",
  week_year: 'YYYY',
  weekyear: 'YYYY',
  weekyear_week: "YYYY-'W'ww",
  weekyear_week_day: "YYYY-'W'ww-e",
})

function single(pattern: string): DateFormat {
  if (pattern === 'epoch_millis') return epoch(pattern, 1000)
  if (pattern === 'epoch_second') return epoch(pattern, 1_000_000)
  if (/^(strict_)?date_optional_time(_nanos)?$/.test(pattern) || pattern === 'iso8601') return isoFormat(pattern)
  const name = pattern.replace(/^strict_/, '')
  return compilePattern(pattern, NAMED[name] ?? pattern)
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

/** ISO 8601 with milliseconds; `Z` for UTC, else the offset. */
export function formatIso(millis: number, zone: Zone = UTC): string {
  const offset = zone.offsetAt(millis)
  const date = new Date(millis + offset)
  if (Number.isNaN(date.getTime())) return String(millis)
  return date.toISOString().slice(0, -1) + offsetText(offset, ':', true)
}
