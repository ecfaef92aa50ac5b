import { raise } from '../instance.ts'
import { Temporal } from '../temporal.ts'
import { dayOfYear } from './date-numbers.ts'
import type { Signatures } from './define.ts'
import { atLocal, between, localNanos, plus, plusMonths, plusUnit, truncated } from './time-arithmetic.ts'
import { DAY, type EnumValue, MONTHS, SECOND, WEEK_DAYS } from './time-enums.ts'
import { READ_FIELDS, withDay, withDayOfYear } from './time-fields.ts'
import { format, type FormatterValue } from './time-text.ts'
import { PeriodValue, unitNamed } from './time-values.ts'

export const READ_DATE: Signatures = {
  'int getYear()': (_m, t: Temporal) => t.local.getUTCFullYear(),
  'int getMonthValue()': (_m, t: Temporal) => t.local.getUTCMonth() + 1,
  'Month getMonth()': (_m, t: Temporal) => MONTHS.values[t.local.getUTCMonth()]!,
  'int getMonthOfYear()': (_m, t: Temporal) => t.local.getUTCMonth() + 1,
  'int getDayOfMonth()': (_m, t: Temporal) => t.local.getUTCDate(),
  'int getDayOfYear()': (_m, t: Temporal) => dayOfYear(t),
  'DayOfWeek getDayOfWeek()': (_m, t: Temporal) => WEEK_DAYS.values[(t.local.getUTCDay() + 6) % 7]!,
  'DayOfWeek getDayOfWeekEnum()': (_m, t: Temporal) => WEEK_DAYS.values[(t.local.getUTCDay() + 6) % 7]!,
  'def plusYears(long)': (_m, t: Temporal, n: bigint) => plusMonths(t, Number(n) * 12),
  'def plusMonths(long)': (_m, t: Temporal, n: bigint) => plusMonths(t, Number(n)),
  'def plusWeeks(long)': (_m, t: Temporal, n: bigint) => atLocal(t, localNanos(t) + n * 7n * DAY),
  'def plusDays(long)': (_m, t: Temporal, n: bigint) => atLocal(t, localNanos(t) + n * DAY),
  'def minusYears(long)': (_m, t: Temporal, n: bigint) => plusMonths(t, -Number(n) * 12),
  'def minusMonths(long)': (_m, t: Temporal, n: bigint) => plusMonths(t, -Number(n)),
  'def minusWeeks(long)': (_m, t: Temporal, n: bigint) => atLocal(t, localNanos(t) - n * 7n * DAY),
  'def minusDays(long)': (_m, t: Temporal, n: bigint) => atLocal(t, localNanos(t) - n * DAY),
  'def withYear(int)': (_m, t: Temporal, year: number) => plusMonths(t, (year - t.local.getUTCFullYear()) * 12),
  'def withMonth(int)': (_m, t: Temporal, month: number) => plusMonths(t, month - 1 - t.local.getUTCMonth()),
  'def withDayOfMonth(int)': (_m, t: Temporal, day: number) => withDay(t, day),
  'def withDayOfYear(int)': (_m, t: Temporal, day: number) => withDayOfYear(t, day),
}

export const READ_TIME: Signatures = {
  'int getHour()': (_m, t: Temporal) => t.local.getUTCHours(),
  'int getHourOfDay()': (_m, t: Temporal) => t.local.getUTCHours(),
  'int getMinute()': (_m, t: Temporal) => t.local.getUTCMinutes(),
  'int getMinuteOfHour()': (_m, t: Temporal) => t.local.getUTCMinutes(),
  'int getSecond()': (_m, t: Temporal) => t.local.getUTCSeconds(),
  'int getSecondOfMinute()': (_m, t: Temporal) => t.local.getUTCSeconds(),
  'int getNano()': (_m, t: Temporal) => t.nanoOfSecond,
  'def plusHours(long)': (_m, t: Temporal, n: bigint) => plus(t, n * 3600n * SECOND),
  'def plusMinutes(long)': (_m, t: Temporal, n: bigint) => plus(t, n * 60n * SECOND),
  'def plusSeconds(long)': (_m, t: Temporal, n: bigint) => plus(t, n * SECOND),
  'def plusNanos(long)': (_m, t: Temporal, n: bigint) => plus(t, n),
  'def minusHours(long)': (_m, t: Temporal, n: bigint) => plus(t, -n * 3600n * SECOND),
  'def minusMinutes(long)': (_m, t: Temporal, n: bigint) => plus(t, -n * 60n * SECOND),
  'def minusSeconds(long)': (_m, t: Temporal, n: bigint) => plus(t, -n * SECOND),
  'def withHour(int)': (_m, t: Temporal, n: number) => plus(t, BigInt(n - t.local.getUTCHours()) * 3600n * SECOND),
  'def withMinute(int)': (_m, t: Temporal, n: number) => plus(t, BigInt(n - t.local.getUTCMinutes()) * 60n * SECOND),
  'def withSecond(int)': (_m, t: Temporal, n: number) => plus(t, BigInt(n - t.local.getUTCSeconds()) * SECOND),
  'def withNano(int)': (_m, t: Temporal, n: number) => plus(t, BigInt(n - t.nanoOfSecond)),
  'def minusNanos(long)': (_m, t: Temporal, n: bigint) => plus(t, -n),
}

export const READ: Signatures = {
  ...READ_FIELDS,
  'int compareTo(def)': (_m, t: Temporal, other: Temporal) => compare(t, other),
  'boolean isAfter(def)': (_m, t: Temporal, other: Temporal) => order(t, other) > 0,
  'boolean isBefore(def)': (_m, t: Temporal, other: Temporal) => order(t, other) < 0,
  'boolean isEqual(def)': (_m, t: Temporal, other: Temporal) => order(t, other) === 0,
  'def plus(long,TemporalUnit)': (_m, t: Temporal, n: bigint, unit: EnumValue) => plusUnit(t, n, unit),
  'def minus(long,TemporalUnit)': (_m, t: Temporal, n: bigint, unit: EnumValue) => plusUnit(t, -n, unit),
  'def plus(Duration)': (_m, t: Temporal, d: Temporal) => plus(t, d.nanos),
  'def minus(Duration)': (_m, t: Temporal, d: Temporal) => plus(t, -d.nanos),
  'def plus(Period)': (_m, t: Temporal, p: PeriodValue) => plusPeriod(t, p, 1),
  'def minus(Period)': (_m, t: Temporal, p: PeriodValue) => plusPeriod(t, p, -1),
  'def truncatedTo(TemporalUnit)': (_m, t: Temporal, unit: EnumValue) => truncated(t, unit),
  'long until(def,TemporalUnit)': (_m, t: Temporal, other: Temporal, unit: EnumValue) => between(unit, t, other),
  'String format(DateTimeFormatter)': (machine, t: Temporal, f: FormatterValue) => {
    const text = format(t, f)
    machine.budget.allocate(text.length)
    return text
  },
}

export function plusPeriod(t: Temporal, { totalMonths, days }: PeriodValue, sign: 1 | -1): Temporal {
  const moved = plusMonths(t, totalMonths * sign)
  return atLocal(moved, localNanos(moved) + BigInt(days * sign) * DAY)
}

/** As java.time does it: dates by the first of year, month and day that differs, and by how much. */
function compare(a: Temporal, b: Temporal): number {
  const byTime = order(a, b)
  if (
    a.typeName !== 'java.time.LocalDate' &&
    a.typeName !== 'java.time.LocalDateTime' &&
    a.typeName !== 'java.time.YearMonth'
  )
    return byTime
  const [x, y] = [a.local, b.local]
  return (
    x.getUTCFullYear() - y.getUTCFullYear() ||
    x.getUTCMonth() - y.getUTCMonth() ||
    x.getUTCDate() - y.getUTCDate() ||
    byTime
  )
}

export function order(a: Temporal, b: Temporal): number {
  if (!(b instanceof Temporal)) throw raise('ClassCastException')
  return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0
}

export function periodBetween(a: Temporal, b: Temporal): PeriodValue {
  const months = Number(between(unitNamed('MONTHS'), a, b))
  return new PeriodValue(Math.trunc(months / 12), months % 12, Number((b.nanos - plusMonths(a, months).nanos) / DAY))
}
