import { compileJodaFormat } from '../../../event/index.ts'
import { asLong, isNumber } from '../numbers.ts'
import type { ScriptValue } from '../instance.ts'
import { floorDiv, formatDateTime, type Temporal } from '../temporal.ts'
import { weekOf } from './date-numbers.ts'
import type { Signatures } from './define.ts'
import { atLocal, localNanos, make, plus, timeOfDay, zonedOfLocal } from './time-arithmetic.ts'
import { DAY, SECOND } from './time-enums.ts'
import { order } from './time-reading.ts'
import { formatPattern } from './time-text.ts'
import { ZoneValue } from './time-values.ts'

const MILLI = 1_000_000n

const ofDay = (t: Temporal, unit: bigint): number => Number(timeOfDay(t) / unit)
const midnight = (t: Temporal): bigint => floorDiv(localNanos(t), DAY) * DAY
const year = (t: Temporal): number => t.local.getUTCFullYear()
const millis = (t: Temporal): bigint => floorDiv(t.nanos, MILLI)

/** A pattern of Joda; zones other than UTC are written as java.text writes them. */
function jodaText(t: Temporal, pattern: string, locale?: { readonly tag: string }): string {
  const plain = t.offsetSeconds === 0 && (locale === undefined || /^en\b/.test(locale.tag))
  return plain ? compileJodaFormat(pattern)(Number(t.nanos / 1000n)) : formatPattern(t, pattern, locale?.tag)
}

/**
 * What the times of a watch could be asked before Elasticsearch 8: the allow-list of Joda's ReadableDateTime (5.x, 6.x),
 * which a ZonedDateTime kept in 7.x.
 */
export const JODA: Signatures = {
  'long getMillis()': (_m, t: Temporal) => millis(t),
  'int getCenturyOfEra()': (_m, t: Temporal) => Math.floor(year(t) / 100),
  'int getEra()': (_m, t: Temporal) => (year(t) > 0 ? 1 : 0),
  'int getMillisOfDay()': (_m, t: Temporal) => ofDay(t, MILLI),
  'int getMillisOfSecond()': (_m, t: Temporal) => ofDay(t, MILLI) % 1000,
  'int getMinuteOfDay()': (_m, t: Temporal) => ofDay(t, 60n * SECOND),
  'int getSecondOfDay()': (_m, t: Temporal) => ofDay(t, SECOND),
  'int getWeekOfWeekyear()': (_m, t: Temporal) => weekOf(t, false).week,
  'int getWeekyear()': (_m, t: Temporal) => weekOf(t, false).year,
  'int getYearOfCentury()': (_m, t: Temporal) => year(t) % 100,
  'int getYearOfEra()': (_m, t: Temporal) => Math.abs(year(t)),
  'String toString(String)': (_m, t: Temporal, pattern: string) => jodaText(t, pattern),
  'String toString(String,Locale)': (_m, t: Temporal, pattern: string, locale: { tag: string }) =>
    jodaText(t, pattern, locale),
}

const withTime = (t: Temporal, unit: bigint, units: number, value: number): Temporal =>
  plus(t, BigInt(value - (ofDay(t, unit) % units)) * unit)

/** Another time, or milliseconds. */
const moment = (value: ScriptValue): Temporal =>
  isNumber(value) ? make('java.time.Instant', asLong(value) * MILLI, 'Z') : (value as Temporal)

/** What Groovy, to which the times of a watch were Joda's DateTime (1.x, 2.x), may call beside it. */
export const JODA_DATE_TIME: Signatures = {
  'int getDayOfWeek()': (_m, t: Temporal) => t.local.getUTCDay() || 7,
  'int getMonth()': (_m, t: Temporal) => t.local.getUTCMonth() + 1,
  'String toString()': (_m, t: Temporal) => formatDateTime(t),
  'def plusMillis(int)': (_m, t: Temporal, n: number) => plus(t, BigInt(n) * MILLI),
  'def minusMillis(int)': (_m, t: Temporal, n: number) => plus(t, -BigInt(n) * MILLI),
  'def plus(long)': (_m, t: Temporal, n: bigint) => plus(t, n * MILLI),
  'def minus(long)': (_m, t: Temporal, n: bigint) => plus(t, -n * MILLI),
  'boolean isAfter(def)': (_m, t: Temporal, other: ScriptValue) => order(t, moment(other)) > 0,
  'boolean isBefore(def)': (_m, t: Temporal, other: ScriptValue) => order(t, moment(other)) < 0,
  'boolean isAfterNow()': (machine, t: Temporal) => Number(millis(t)) > machine.now(),
  'boolean isBeforeNow()': (machine, t: Temporal) => Number(millis(t)) < machine.now(),
  'def withTimeAtStartOfDay()': (_m, t: Temporal) => zonedOfLocal(midnight(t), t.zone),
  'def withMillis(long)': (_m, t: Temporal, n: bigint) => make('java.time.ZonedDateTime', n * MILLI, t.zone),
  'def withHourOfDay(int)': (_m, t: Temporal, n: number) => withTime(t, 3600n * SECOND, 24, n),
  'def withMinuteOfHour(int)': (_m, t: Temporal, n: number) => withTime(t, 60n * SECOND, 60, n),
  'def withSecondOfMinute(int)': (_m, t: Temporal, n: number) => withTime(t, SECOND, 60, n),
  'def withMillisOfSecond(int)': (_m, t: Temporal, n: number) => withTime(t, MILLI, 1000, n),
  'def withDayOfWeek(int)': (_m, t: Temporal, day: number) =>
    atLocal(t, localNanos(t) + BigInt(day - (t.local.getUTCDay() || 7)) * DAY),
  'def withZone(ZoneId)': (_m, t: Temporal, zone: ZoneValue) => make('java.time.ZonedDateTime', t.nanos, zone.text),
  'def toDateTime()': (_m, t: Temporal) => t,
  'Date toDate()': (_m, t: Temporal) => make('java.util.Date', t.nanos, 'Z'),
}
