/** Date math: `now-30s`, `now/d`, `2016-02-08||+1M/d`. Moments are integer microseconds. */
import { fail } from '../../diagnostic/index.ts'
import type { DateFormat } from './date-format.ts'
import { localToUtc, UTC, type Zone } from './zone.ts'

export type CalendarUnit = 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year'

const UNITS: Readonly<Record<string, CalendarUnit>> = Object.assign(
  Object.create(null) as Record<string, CalendarUnit>,
  {
    y: 'year',
    M: 'month',
    w: 'week',
    d: 'day',
    h: 'hour',
    H: 'hour',
    m: 'minute',
    s: 'second',
  },
)

const FIXED: Partial<Record<CalendarUnit, number>> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
}

export interface DateContext {
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly format: DateFormat
  readonly zone?: Zone
  /** What is left out or rounded away takes its greatest value: for `gt` and `lte`. */
  readonly roundUp?: boolean
}

/** @throws parse_exception where the text is no date in the format or the math is wrong. */
export function resolveDate(text: string, context: DateContext): number {
  const zone = context.zone ?? UTC
  let micros: number | undefined
  let math: string
  if (text.startsWith('now')) {
    micros = Math.floor(context.now) * 1000
    math = text.slice(3)
  } else {
    const bars = text.indexOf('||')
    const date = bars < 0 ? text : text.slice(0, bars)
    math = bars < 0 ? '' : text.slice(bars + 2)
    micros = context.format.parse(date, zone, context.roundUp === true && math === '')
  }
  if (micros === undefined) throw fail('search.date', { text, format: context.format.pattern })
  return math === '' ? micros : applyMath(micros, math, text, zone, context.roundUp === true)
}

const STEP = /([+-])(\d*)([yMwdhHms])|\/([yMwdhHms])/y

function applyMath(start: number, math: string, text: string, zone: Zone, roundUp: boolean): number {
  let millis = Math.floor(start / 1000)
  const rest = start - millis * 1000
  let rounded = false
  for (let at = 0; at < math.length; at = STEP.lastIndex) {
    STEP.lastIndex = at
    const step = STEP.exec(math)
    if (step === null)
      throw fail('search.parsing', { reason: `operator not supported for date math [${math}] in [${text}]` })
    if (step[4] !== undefined) {
      const unit = UNITS[step[4]]!
      millis = roundUp ? addUnits(floorToUnit(millis, unit, zone), 1, unit, zone) - 1 : floorToUnit(millis, unit, zone)
      rounded = true
    } else {
      const count = (step[2] === '' ? 1 : Number(step[2])) * (step[1] === '-' ? -1 : 1)
      millis = addUnits(millis, count, UNITS[step[3]!]!, zone)
    }
  }
  const micros = millis * 1000 + (rounded ? 0 : rest)
  if (!Number.isSafeInteger(micros))
    throw fail('search.parsing', { reason: `date math [${text}] leaves the range of dates` })
  return micros
}

/** The start of the unit that a moment lies in, by local time; weeks begin on Monday. */
export function floorToUnit(millis: number, unit: CalendarUnit, zone: Zone): number {
  const fixed = FIXED[unit]
  const offset = zone.offsetAt(millis)
  const local = millis + offset
  if (fixed !== undefined) {
    const floored = Math.floor(local / fixed) * fixed
    return zone.fixed || unit !== 'hour' ? floored - offset : Math.max(floored - offset, -Infinity)
  }
  return localToUtc(floorLocal(local, unit), zone)
}

const DAY = 86_400_000

function floorLocal(local: number, unit: CalendarUnit): number {
  const day = Math.floor(local / DAY) * DAY
  if (unit === 'day') return day
  const date = new Date(local)
  if (unit === 'week') return day - ((date.getUTCDay() + 6) % 7) * DAY
  const year = date.getUTCFullYear()
  const month = unit === 'year' ? 0 : unit === 'quarter' ? Math.floor(date.getUTCMonth() / 3) * 3 : date.getUTCMonth()
  return utc(year, month, 1)
}

function utc(year: number, month: number, day: number): number {
  const date = new Date(0)
  date.setUTCFullYear(year, month, day)
  return date.getTime()
}

/** Adds by the calendar; a day of the month that is not there becomes the month's last. */
export function addUnits(millis: number, count: number, unit: CalendarUnit, zone: Zone): number {
  const fixed = FIXED[unit]
  if (fixed !== undefined) return millis + count * fixed
  const local = millis + zone.offsetAt(millis)
  if (unit === 'day' || unit === 'week') return localToUtc(local + count * (unit === 'day' ? DAY : 7 * DAY), zone)
  const date = new Date(local)
  const months = unit === 'year' ? 12 * count : unit === 'quarter' ? 3 * count : count
  const first = utc(date.getUTCFullYear(), date.getUTCMonth() + months, 1)
  const target = new Date(first)
  const last = new Date(utc(target.getUTCFullYear(), target.getUTCMonth() + 1, 0)).getUTCDate()
  return localToUtc(
    first + (Math.min(date.getUTCDate(), last) - 1) * DAY + (local - Math.floor(local / DAY) * DAY),
    zone,
  )
}

const DURATIONS: Readonly<Record<string, number>> = Object.assign(Object.create(null) as Record<string, number>, {
  nanos: 1e-6,
  micros: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: DAY,
})

/** `30s`, `1.5h`, `-6h` in milliseconds; undefined where it is no duration. */
export function parseDuration(text: string): number | undefined {
  const match = /^([+-]?)(\d+(?:\.\d+)?)(nanos|micros|ms|[smhd])$/.exec(text.trim())
  if (match === null) return undefined
  return (match[1] === '-' ? -1 : 1) * Number(match[2]) * DURATIONS[match[3]!]!
}
