import { localToUtc, type Zone } from '../../search/dsl/index.ts'

/** An expression that was read; `next` is undefined where it never comes again. */
export interface Cron {
  readonly expression: string
  /** The first moment after `after`, both in UTC milliseconds. */
  next(after: number, zone: Zone): number | undefined
}

interface Field {
  readonly name: string
  readonly min: number
  readonly max: number
  readonly names?: readonly string[]
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const LAST_YEAR = 2199

const SECOND: Field = { name: 'seconds', min: 0, max: 59 }
const MINUTE: Field = { name: 'minutes', min: 0, max: 59 }
const HOUR: Field = { name: 'hours', min: 0, max: 23 }
const DAY_OF_MONTH: Field = { name: 'day of month', min: 1, max: 31 }
const MONTH: Field = { name: 'month', min: 1, max: 12, names: MONTHS }
const DAY_OF_WEEK: Field = { name: 'day of week', min: 1, max: 7, names: DAYS }
const YEAR: Field = { name: 'year', min: 1970, max: LAST_YEAR }

/** Which days of a month fit: `day` counts from 1, `weekday` from 1 for Sunday, `length` is that of the month. */
type DayTest = (day: number, weekday: number, length: number) => boolean

/**
 * Reads Elasticsearch's cron: seconds, minutes, hours, day of month, month, day of week and, if there, the year, with
 * `*`, `?`, lists, ranges (over the end too: `FRI-MON`), steps, `L`, `L-3`, `W`, `LW`, `6L`, `6#3` and names.
 * @throws Error with a sentence about the field that is wrong
 */
export function readCron(expression: string): Cron {
  const fields = expression.trim().toUpperCase().split(/\s+/)
  if (fields.length < 6 || fields.length > 7)
    throw new Error(
      `expected six or seven fields (seconds minutes hours day-of-month month day-of-week [year]), got ${fields[0] === '' ? 0 : fields.length}`,
    )
  const [second, minute, hour, dayOfMonth, month, dayOfWeek, year = '*'] = fields as [string, string, string, string, string, string, string?] // prettier-ignore
  if ((dayOfMonth === '?') === (dayOfWeek === '?'))
    throw new Error(
      dayOfMonth === '?'
        ? "'?' can stand for the day of month or for the day of week, not for both"
        : "day of month and day of week cannot both be given; write '?' for one of them",
    )
  const seconds = sorted(second, SECOND)
  const minutes = sorted(minute, MINUTE)
  const hours = sorted(hour, HOUR)
  const months = values(month, MONTH)
  const years = values(year, YEAR)
  const fits = dayOfWeek === '?' ? daysOfMonth(dayOfMonth) : daysOfWeek(dayOfWeek)

  function* days(from: Date): Generator<number> {
    for (let y = from.getUTCFullYear(); y <= LAST_YEAR; y++) {
      if (!years.has(y)) continue
      const firstMonth = y === from.getUTCFullYear() ? from.getUTCMonth() : 0
      for (let m = firstMonth; m < 12; m++) {
        if (!months.has(m + 1)) continue
        const length = new Date(Date.UTC(y, m + 1, 0)).getUTCDate()
        const startsOn = new Date(Date.UTC(y, m, 1)).getUTCDay()
        const first = y === from.getUTCFullYear() && m === from.getUTCMonth() ? from.getUTCDate() : 1
        for (let day = first; day <= length; day++)
          if (fits(day, ((startsOn + day - 1) % 7) + 1, length)) yield Date.UTC(y, m, day)
      }
    }
  }

  return {
    expression,
    next(after, zone) {
      const local = after + zone.offsetAt(after)
      // One day earlier: where clocks go back, a local time that is behind may still be to come.
      const start = new Date(zone.fixed ? local : local - 86_400_000)
      for (const midnight of days(start))
        for (const h of hours) {
          if (midnight + (h + 1) * 3_600_000 + 86_400_000 < local) continue
          for (const m of minutes) {
            const base = midnight + h * 3_600_000 + m * 60_000
            if (localToUtc(base + 59_000, zone) <= after) continue
            for (const s of seconds) {
              const moment = localToUtc(base + s * 1000, zone)
              if (moment > after) return moment
            }
          }
        }
      return undefined
    },
  }
}

function daysOfMonth(text: string): DayTest {
  const tests = text.split(',').map((part): DayTest => {
    const last = /^L(?:-(\d{1,2}))?(W?)$/.exec(part)
    if (last !== null) {
      const before = Number(last[1] ?? 0)
      if (before > 30) throw invalid(DAY_OF_MONTH, 'the days before the last must be 0 to 30')
      return last[2] === 'W'
        ? (day, weekday, length) => day === nearestWeekday(length - before, day, weekday, length)
        : (day, _weekday, length) => day === length - before
    }
    const near = /^(\d{1,2})W$/.exec(part)
    if (near !== null) {
      const wanted = numberIn(near[1]!, DAY_OF_MONTH)
      return (day, weekday, length) => day === nearestWeekday(wanted, day, weekday, length)
    }
    const days = values(part, DAY_OF_MONTH)
    return (day) => days.has(day)
  })
  return (day, weekday, length) => tests.some((test) => test(day, weekday, length))
}

/** The weekday nearest to a day of the same month; `day` and `weekday` are any day known. */
function nearestWeekday(wanted: number, day: number, weekday: number, length: number): number {
  const target = Math.min(Math.max(wanted, 1), length)
  const on = (((weekday - 1 + target - day) % 7) + 7) % 7
  if (on === 6) return target === 1 ? 3 : target - 1
  if (on === 0) return target === length ? target - 2 : target + 1
  return target
}

function daysOfWeek(text: string): DayTest {
  const tests = text.split(',').map((part): DayTest => {
    if (part === 'L') return (_day, weekday) => weekday === 7
    const last = /^(\w+?)L$/.exec(part)
    if (last !== null) {
      const wanted = numberIn(last[1]!, DAY_OF_WEEK)
      return (day, weekday, length) => weekday === wanted && day > length - 7
    }
    const nth = /^(\w+)#(\d+)$/.exec(part)
    if (nth !== null) {
      const wanted = numberIn(nth[1]!, DAY_OF_WEEK)
      const count = Number(nth[2])
      if (count < 1 || count > 5) throw invalid(DAY_OF_WEEK, "a number from 1 to 5 must follow '#'")
      return (day, weekday) => weekday === wanted && Math.ceil(day / 7) === count
    }
    const days = values(part, DAY_OF_WEEK)
    return (_day, weekday) => days.has(weekday)
  })
  return (day, weekday, length) => tests.some((test) => test(day, weekday, length))
}

function sorted(text: string, field: Field): number[] {
  return [...values(text, field)].sort((a, b) => a - b)
}

function values(text: string, field: Field): Set<number> {
  const set = new Set<number>()
  for (const part of text.split(',')) {
    const match = /^(?:(\*)|(\w+)(?:-(\w+))?)?(?:\/(\d+))?$/.exec(part)
    if (match === null || part === '') throw invalid(field, `'${part}' is not understood`)
    const [, all, from, to, every] = match
    const step = every === undefined ? 1 : Number(every)
    if (step < 1 || step > field.max) throw invalid(field, `increments must be 1 to ${field.max}`)
    const open = all !== undefined || from === undefined
    const first = open ? field.min : numberIn(from, field)
    const last = open || (to === undefined && every !== undefined) ? field.max : to === undefined ? first : numberIn(to, field) // prettier-ignore
    if (last < first && field === YEAR) throw invalid(field, 'the start year must be less than the stop year')
    const size = field.max - field.min + 1
    const span = last >= first ? last - first : last - first + size
    for (let i = 0; i <= span; i += step) set.add(((first - field.min + i) % size) + field.min)
  }
  return set
}

function numberIn(text: string, field: Field): number {
  const named = field.names?.indexOf(text) ?? -1
  if (named >= 0) return named + 1
  const number = /^\d{1,4}$/.test(text) ? Number(text) : NaN
  if (number >= field.min && number <= field.max) return number
  const or = field.names === undefined ? '' : ` or ${field.names[0]} to ${field.names.at(-1)}`
  throw invalid(field, `values must be ${field.min} to ${field.max}${or}, got '${text}'`)
}

function invalid(field: Field, reason: string): Error {
  return new Error(`${field.name}: ${reason}`)
}
