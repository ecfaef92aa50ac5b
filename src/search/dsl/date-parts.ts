/** Years, months, days, weeks and times of day, and the moments they name. */
import { localToUtc, type Zone } from './zone.ts'

/** Days since 1970-01-01 (Howard Hinnant, chrono-compatible low-level date algorithms). */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

/** What a text says of a moment. */
export interface Parts {
  year?: number | undefined
  month?: number | undefined
  day?: number | undefined
  hour?: number | undefined
  minute?: number | undefined
  second?: number | undefined
  micros?: number | undefined
  /** Of the year, 1 for 1 January; it takes the place of month and day. */
  dayOfYear?: number
  /** Of ISO 8601's weeks, which take the place of year, month and day: the first one has 4 January, days begin with Monday as 1. */
  weekYear?: number
  week?: number
  weekday?: number
}

function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(2000 + (((year % 400) + 400) % 400), month, 0)).getUTCDate()
}

/** Days since 1970-01-01. */
function daysOf(parts: Parts): number | undefined {
  if (parts.weekYear !== undefined) {
    const { weekYear, week = 1, weekday = 1 } = parts
    const monday = firstMonday(weekYear) + (week - 1) * 7
    if (week < 1 || monday >= firstMonday(weekYear + 1) || weekday < 1 || weekday > 7) return undefined
    return monday + weekday - 1
  }
  const { year = 1970, month = 1, day = 1, dayOfYear } = parts
  if (dayOfYear !== undefined) {
    const days = daysFromCivil(year, 1, 1) + dayOfYear - 1
    return dayOfYear < 1 || days >= daysFromCivil(year + 1, 1, 1) ? undefined : days
  }
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined
  return daysFromCivil(year, month, day)
}

/** The first day of a year of weeks, in days since 1970-01-01, which was a Thursday. */
function firstMonday(weekYear: number): number {
  const days = daysFromCivil(weekYear, 1, 4)
  return days - ((((days + 3) % 7) + 7) % 7)
}

/** The ISO year and week that a day lies in. */
export function weekOf(date: Date): { weekYear: number; week: number } {
  const days = Math.floor(date.getTime() / 86_400_000)
  let weekYear = date.getUTCFullYear() + 1
  while (firstMonday(weekYear) > days) weekYear--
  return { weekYear, week: Math.floor((days - firstMonday(weekYear)) / 7) + 1 }
}

export function dayOfYear(date: Date): number {
  return Math.floor(date.getTime() / 86_400_000) - daysFromCivil(date.getUTCFullYear(), 1, 1) + 1
}

/** Microseconds since the epoch; undefined where there is no such date or time. */
export function moment(parts: Parts, zone: Zone, roundUp: boolean): number | undefined {
  const days = daysOf(parts)
  const hour = parts.hour ?? (roundUp ? 23 : 0)
  const minute = parts.minute ?? (roundUp ? 59 : 0)
  const second = parts.second ?? (roundUp ? 59 : 0)
  const micros = parts.micros ?? (roundUp ? 999_000 : 0)
  if (days === undefined || hour > 24 || minute > 59 || second > 59) return undefined
  if (hour === 24 && (minute !== 0 || second !== 0 || micros !== 0)) return undefined
  const local = (days * 86_400 + hour * 3600 + minute * 60 + second) * 1000
  return localToUtc(local, zone) * 1000 + micros
}

export function offsetText(offset: number, separator: string, zulu: boolean): string {
  if (offset === 0 && zulu) return 'Z'
  const minutes = Math.abs(offset) / 60_000
  return `${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60), 2)}${separator}${pad(Math.floor(minutes % 60), 2)}`
}

export function pad(value: number, width: number): string {
  return String(value).padStart(width, '0')
}
