import type { Temporal } from '../temporal.ts'

const DAY_MILLIS = 86_400_000

export function dayOfYear(value: Temporal): number {
  const { local } = value
  return Math.floor((local.getTime() - yearStart(local.getUTCFullYear())) / DAY_MILLIS) + 1
}

function yearStart(year: number): number {
  const date = new Date(0)
  date.setUTCFullYear(year, 0, 1)
  date.setUTCHours(0, 0, 0, 0)
  return date.getTime()
}

export function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

export function daysOfMonth(year: number, month: number): number {
  return month === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
}

/**
 * The week of a date and the year it counts to: ISO 8601's (weeks begin on Monday, the first has four days), or with
 * `sunday` that of the USA (weeks begin on Sunday, the first has one day).
 */
export function weekOf(value: Temporal, sunday: boolean): { readonly year: number; readonly week: number } {
  const { local } = value
  const day = Math.floor(local.getTime() / DAY_MILLIS)
  // Days since the begin of the week.
  const inWeek = sunday ? local.getUTCDay() : (local.getUTCDay() + 6) % 7
  // The day that decides to which year the week counts: the last of it, or its fourth.
  const deciding = day - inWeek + (sunday ? 6 : 3)
  const year = new Date(deciding * DAY_MILLIS).getUTCFullYear()
  const first = Math.floor(yearStart(year) / DAY_MILLIS)
  return { year, week: Math.floor((deciding - first) / 7) + 1 }
}
