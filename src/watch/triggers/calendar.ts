import { ENGLISH_DAYS, ENGLISH_MONTHS } from '../../event/index.ts'
import type { Spec } from '../spec.ts'
import { readCron, type Cron } from './cron.ts'

/** Names and numbers by which a schedule can say a day or a month. */
interface Names {
  readonly what: string
  readonly names: readonly string[]
  readonly min: number
  readonly max: number
  /** Further words, with their numbers. */
  readonly words?: Readonly<Record<string, number>>
}

const WEEKDAYS: Names = { what: 'a day of the week', names: ENGLISH_DAYS.map(lower), min: 1, max: 7 }
const MONTHS: Names = {
  what: 'a month',
  names: ENGLISH_MONTHS.map(lower),
  min: 1,
  max: 12,
  words: { first: 1, last: 12 },
}
const MIDNIGHT: readonly string[] = ['0 0']

/** `hourly: { "minute": [0, 30] }`. */
export function readHourly(spec: Spec): readonly Cron[] | undefined {
  if (!spec.isObject()) return undefined
  const minutes = readNumbers(spec.take('minute'), 0, 59, [0])
  spec.done()
  return minutes === undefined ? undefined : [readCron(`0 ${minutes.join(',')} * * * ?`)]
}

/** `daily: { "at": ["noon", "17:30", { "hour": [8, 9], "minute": 0 }] }`. */
export function readDaily(spec: Spec): readonly Cron[] | undefined {
  if (!spec.isObject()) return undefined
  const times = readTimes(spec.take('at'))
  spec.done()
  return times?.map((time) => readCron(`0 ${time} * * ?`))
}

/** `weekly: { "on": ["monday", "friday"], "at": "17:00" }`, or a list of such; `day` and `time` are the same. */
export function readWeekly(spec: Spec): readonly Cron[] | undefined {
  return each(spec, (item) => {
    const days = readNames(item.take('on') ?? item.take('day'), WEEKDAYS, [2])
    const times = readTimes(item.take('at') ?? item.take('time'))
    item.done(['on', 'day', 'at', 'time'])
    if (days === undefined || times === undefined) return undefined
    return times.map((time) => readCron(`0 ${time} ? * ${days.join(',')}`))
  })
}

/** `monthly: { "on": [1, 15, "last"], "at": "noon" }`, or a list of such. */
export function readMonthly(spec: Spec): readonly Cron[] | undefined {
  return each(spec, (item) => {
    const days = readDaysOfMonth(item.take('on') ?? item.take('day'))
    const times = readTimes(item.take('at') ?? item.take('time'))
    item.done(['on', 'day', 'at', 'time'])
    if (days === undefined || times === undefined) return undefined
    return times.map((time) => readCron(`0 ${time} ${days.join(',')} * ?`))
  })
}

/** `yearly: { "in": "january", "on": 10, "at": "noon" }`, or a list of such. */
export function readYearly(spec: Spec): readonly Cron[] | undefined {
  return each(spec, (item) => {
    const months = readNames(item.take('in') ?? item.take('month'), MONTHS, [1])
    const days = readDaysOfMonth(item.take('on') ?? item.take('day'))
    const times = readTimes(item.take('at') ?? item.take('time'))
    item.done(['in', 'month', 'on', 'day', 'at', 'time'])
    if (months === undefined || days === undefined || times === undefined) return undefined
    return times.map((time) => readCron(`0 ${time} ${days.join(',')} ${months.join(',')} ?`))
  })
}

/** A name or number as it is written; empty for what is neither. */
function textOf({ value }: Spec): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function lower(text: string): string {
  return text.toLowerCase()
}

function each(spec: Spec, read: (item: Spec) => readonly Cron[] | undefined): readonly Cron[] | undefined {
  const lists = spec.items().map((item) => (item.isObject() ? read(item) : undefined))
  if (lists.length === 0) return spec.invalid('an object with the times, or a list of such')
  return lists.every((list) => list !== undefined) ? lists.flat() : undefined
}

/** Minutes and hours as cron writes them: `30 17`. */
function readTimes(spec: Spec | undefined): readonly string[] | undefined {
  if (spec === undefined) return MIDNIGHT
  const times = spec.items().map((item) => {
    if (typeof item.value === 'string') return readTime(item, item.value)
    if (!item.isObject('a time such as "17:00", "noon", "midnight" or an object with "hour" and "minute"'))
      return undefined
    const hours = readNumbers(item.take('hour'), 0, 23, [0])
    const minutes = readNumbers(item.take('minute'), 0, 59, [0])
    item.done()
    return hours === undefined || minutes === undefined ? undefined : `${minutes.join(',')} ${hours.join(',')}`
  })
  if (times.length === 0) return spec.invalid('at least one time')
  return times.every((time) => time !== undefined) ? times : undefined
}

function readTime(spec: Spec, text: string): string | undefined {
  if (text === 'noon') return '0 12'
  if (text === 'midnight') return '0 0'
  const match = /^(\d{1,2}):(\d\d)$/.exec(text)
  if (match === null || Number(match[1]) > 23 || Number(match[2]) > 59)
    return spec.invalid('a time in the form hh:mm, "noon" or "midnight"')
  return `${Number(match[2])} ${Number(match[1])}`
}

function readNumbers(
  spec: Spec | undefined,
  min: number,
  max: number,
  absent: readonly number[],
): readonly number[] | undefined {
  if (spec === undefined) return absent
  const numbers = spec.items().map((item) => item.integer(min, max))
  if (numbers.length === 0) return spec.invalid('at least one number')
  return numbers.every((number) => number !== undefined) ? numbers : undefined
}

function readNames(
  spec: Spec | undefined,
  { what, names, min, max, words = {} }: Names,
  absent: readonly number[],
): readonly number[] | undefined {
  if (spec === undefined) return absent
  const found = spec.items().map((item) => {
    const text = textOf(item).toLowerCase()
    const index = names.findIndex((name) => name === text || name.slice(0, 3) === text)
    const number = index >= 0 ? index + 1 : /^\d{1,2}$/.test(text) ? Number(text) : words[text]
    return number !== undefined && number >= min && number <= max
      ? number
      : item.invalid(`${what}: ${names.join(', ')}, or ${min} to ${max}`)
  })
  if (found.length === 0) return spec.invalid(what)
  return found.every((number) => number !== undefined) ? found : undefined
}

/** Days as cron writes them; 32 and `last` are the last day. */
function readDaysOfMonth(spec: Spec | undefined): readonly string[] | undefined {
  if (spec === undefined) return ['1']
  const days = spec.items().map((item) => {
    const text = textOf(item).toLowerCase()
    if (text === 'first' || text === 'first_day') return '1'
    if (text === 'last' || text === 'last_day' || text === '32') return 'L'
    return item.integer(1, 31)?.toString()
  })
  if (days.length === 0) return spec.invalid('at least one day of the month')
  return days.every((day) => day !== undefined) ? days : undefined
}
