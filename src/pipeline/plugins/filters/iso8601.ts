import { compileJodaParser } from '../../../event/index.ts'

const DATE = /^([+-]?\d{4,9})(?:-(\d\d?)(?:-(\d\d?))?|-(\d{3})|-W(\d\d?)(?:-([1-7]))?)?/
const TIME =
  /^[T ](\d\d?)(?::(\d\d?)(?::(\d\d?)(?:[.,](\d+))?|[.,](\d+))?|[.,](\d+))?\s*(Z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?$/i

/**
 * ISO 8601 as Joda's dateTimeParser reads it, and as Logstash adds: a space for the T, a comma before the fraction.
 * The date may be a calendar's (`2024-05-06`), an ordinal (`2024-127`) or a week's (`2024-W19-1`); parts may be left off from the right.
 * @param zone of texts without one; the machine's by default.
 * @returns microseconds, with the precision of a millisecond.
 * @throws RangeError for a zone that does not exist.
 */
export function compileIso8601Parser(zone: string | undefined): (text: string) => number | undefined {
  const local = compileJodaParser("yyyy-MM-dd'T'HH:mm:ss.SSS", { zone })
  const offset = compileJodaParser("yyyy-MM-dd'T'HH:mm:ss.SSSZ", { zone })
  return (text) => {
    const date = DATE.exec(text)
    if (date === null) return undefined
    const rest = text.slice(date[0].length)
    const time = rest === '' ? undefined : TIME.exec(rest)
    if (time === null) return undefined
    const day = calendarDay(date)
    if (day === undefined) return undefined
    const [hour, minute, second, millis] = timeOfDay(time)
    const clock = `${two(hour)}:${two(minute)}:${two(second)}.${String(millis).padStart(3, '0')}`
    const written = time?.[7]?.toUpperCase()
    if (written === undefined) return local(`${day}T${clock}`)
    const zoneText = written === 'Z' ? '+0000' : written.replaceAll(':', '').padEnd(5, '0').slice(0, 5)
    return offset(`${day}T${clock}${zoneText}`)
  }
}

/** Fractions belong to the last unit given: `T10.5` is half past ten. */
function timeOfDay(time: RegExpExecArray | undefined): [number, number, number, number] {
  if (time === undefined) return [0, 0, 0, 0]
  const [, hour, minute = '0', second = '0', ofSecond, ofMinute, ofHour] = time
  if (ofHour !== undefined) return [Number(hour), ...split(Number(`0.${ofHour}`) * 3_600_000)]
  if (ofMinute !== undefined) {
    const [, rest, millis] = split(Number(`0.${ofMinute}`) * 60_000)
    return [Number(hour), Number(minute), rest, millis]
  }
  return [Number(hour), Number(minute), Number(second), Number((ofSecond ?? '').slice(0, 3).padEnd(3, '0'))]
}

function split(millis: number): [number, number, number] {
  const whole = Math.floor(millis)
  return [Math.floor(whole / 60_000), Math.floor(whole / 1000) % 60, whole % 1000]
}

function calendarDay(date: RegExpExecArray): string | undefined {
  const [, year, month = '1', day = '1', dayOfYear, week, dayOfWeek = '1'] = date
  if (dayOfYear !== undefined) return isoDay(Number(year), Number(dayOfYear), Number(year))
  if (week === undefined) return `${year}-${two(Number(month))}-${two(Number(day))}`
  if (Number(week) < 1 || Number(week) > 53) return undefined
  // The week with the fourth of January is the first.
  const fourth = new Date(0)
  fourth.setUTCFullYear(Number(year), 0, 4)
  const monday = 4 - ((fourth.getUTCDay() + 6) % 7)
  return isoDay(Number(year), monday + (Number(week) - 1) * 7 + Number(dayOfWeek) - 1)
}

function isoDay(year: number, dayOfYear: number, within?: number): string | undefined {
  const day = new Date(0)
  day.setUTCFullYear(year, 0, dayOfYear)
  if (within !== undefined && (dayOfYear < 1 || day.getUTCFullYear() !== within)) return undefined
  return `${String(day.getUTCFullYear()).padStart(4, '0')}-${two(day.getUTCMonth() + 1)}-${two(day.getUTCDate())}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
