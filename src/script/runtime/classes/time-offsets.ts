import { Temporal, floorDiv, type TemporalType } from '../temporal.ts'
import { daysOfMonth, isLeap } from './date-numbers.ts'
import { defineClass, type Signatures } from './define.ts'
import { clock, date, localNanos, make, plusMonths, timeOfDay } from './time-arithmetic.ts'
import { from, parsing } from './time-conversions.ts'
import { DAY, EnumValue, MONTHS, SECOND } from './time-enums.ts'
import { order, READ, READ_DATE, READ_TIME } from './time-reading.ts'
import { ZoneValue } from './time-values.ts'

const ABSTRACT = ['java.time.temporal.Temporal', 'java.lang.Comparable', 'java.lang.Object']
const seconds = (zone: ZoneValue): bigint => BigInt(zone.seconds) * SECOND
const year = (t: Temporal): number => t.local.getUTCFullYear()
const month = (t: Temporal): number => t.local.getUTCMonth() + 1

export const OFFSET_DATE_TIME = defineClass('java.time.OffsetDateTime', {
  extends: ABSTRACT,
  static: {
    ...parsing('java.time.OffsetDateTime'),
    ...from('java.time.OffsetDateTime'),
    'OffsetDateTime of(LocalDateTime,ZoneId)': (_m, _s, t: Temporal, zone: ZoneValue) =>
      make('java.time.OffsetDateTime', t.nanos - seconds(zone), zone.text),
    'OffsetDateTime of(LocalDate,LocalTime,ZoneId)': (_m, _s, d: Temporal, t: Temporal, zone: ZoneValue) =>
      make('java.time.OffsetDateTime', d.nanos + t.nanos - seconds(zone), zone.text),
    'OffsetDateTime of(int,int,int,int,int,int,int,ZoneId)': (
      _m, _s, y: number, mo: number, d: number, h: number, mi: number, s: number, n: number, zone: ZoneValue,
    ) => make('java.time.OffsetDateTime', date(y, mo, d) + clock(h, mi, s, n) - seconds(zone), zone.text), // prettier-ignore
    'OffsetDateTime ofInstant(Instant,ZoneId)': (_m, _s, t: Temporal, zone: ZoneValue) =>
      make('java.time.OffsetDateTime', t.nanos, zone.text),
  },
  methods: {
    ...READ,
    ...READ_DATE,
    ...READ_TIME,
    'Instant toInstant()': (_m, t: Temporal) => make('java.time.Instant', t.nanos, 'Z'),
    'long toEpochSecond()': (_m, t: Temporal) => floorDiv(t.nanos, SECOND),
    'LocalDateTime toLocalDateTime()': (_m, t: Temporal) => make('java.time.LocalDateTime', localNanos(t), 'Z'),
    'LocalDate toLocalDate()': (_m, t: Temporal) =>
      make('java.time.LocalDate', floorDiv(localNanos(t), DAY) * DAY, 'Z'),
    'LocalTime toLocalTime()': (_m, t: Temporal) => make('java.time.LocalTime', timeOfDay(t), 'Z'),
    'OffsetTime toOffsetTime()': (_m, t: Temporal) =>
      make('java.time.OffsetTime', timeOfDay(t) - seconds(new ZoneValue(t.zone)), t.zone),
    'ZonedDateTime toZonedDateTime()': (_m, t: Temporal) => make('java.time.ZonedDateTime', t.nanos, t.zone),
    'ZonedDateTime atZoneSameInstant(ZoneId)': (_m, t: Temporal, zone: ZoneValue) =>
      make('java.time.ZonedDateTime', t.nanos, zone.text),
    'ZonedDateTime atZoneSimilarLocal(ZoneId)': (_m, t: Temporal, zone: ZoneValue) =>
      make('java.time.ZonedDateTime', localNanos(t) - seconds(zone), zone.text),
    'ZoneOffset getOffset()': (_m, t: Temporal) => new ZoneValue(t.zone),
    'OffsetDateTime withOffsetSameInstant(ZoneId)': (_m, t: Temporal, zone: ZoneValue) =>
      make('java.time.OffsetDateTime', t.nanos, zone.text),
    'OffsetDateTime withOffsetSameLocal(ZoneId)': (_m, t: Temporal, zone: ZoneValue) =>
      make('java.time.OffsetDateTime', localNanos(t) - seconds(zone), zone.text),
  },
})

export const OFFSET_TIME = defineClass('java.time.OffsetTime', {
  extends: ABSTRACT,
  static: {
    ...parsing('java.time.OffsetTime'),
    ...from('java.time.OffsetTime'),
    'OffsetTime of(LocalTime,ZoneId)': (_m, _s, t: Temporal, zone: ZoneValue) =>
      make('java.time.OffsetTime', t.nanos - seconds(zone), zone.text),
    'OffsetTime of(int,int,int,int,ZoneId)': (_m, _s, h: number, mi: number, s: number, n: number, zone: ZoneValue) =>
      make('java.time.OffsetTime', clock(h, mi, s, n) - seconds(zone), zone.text),
  },
  methods: {
    ...READ,
    ...READ_TIME,
    'LocalTime toLocalTime()': (_m, t: Temporal) => make('java.time.LocalTime', timeOfDay(t), 'Z'),
    'ZoneOffset getOffset()': (_m, t: Temporal) => new ZoneValue(t.zone),
    'OffsetTime withOffsetSameInstant(ZoneId)': (_m, t: Temporal, zone: ZoneValue) => make('java.time.OffsetTime', t.nanos, zone.text), // prettier-ignore
    'OffsetTime withOffsetSameLocal(ZoneId)': (_m, t: Temporal, zone: ZoneValue) =>
      make('java.time.OffsetTime', localNanos(t) - seconds(zone), zone.text),
  },
})

const ofDate = (type: TemporalType, y: number, m: number, d: number): Temporal => make(type, date(y, m, d), 'Z')

const MOVING: Signatures = {
  'def plusYears(long)': (_m, t: Temporal, n: bigint) => plusMonths(t, Number(n) * 12),
  'def minusYears(long)': (_m, t: Temporal, n: bigint) => plusMonths(t, -Number(n) * 12),
}

export const YEAR = defineClass('java.time.Year', {
  extends: ABSTRACT,
  static: {
    ...parsing('java.time.Year'),
    ...from('java.time.Year'),
    'Year of(int)': (_m, _s, y: number) => ofDate('java.time.Year', y, 1, 1),
    'boolean isLeap(long)': (_m, _s, y: bigint) => isLeap(Number(y)),
  },
  methods: {
    ...READ,
    ...MOVING,
    'int getValue()': (_m, t: Temporal) => year(t),
    'boolean isLeap()': (_m, t: Temporal) => isLeap(year(t)),
    'int length()': (_m, t: Temporal) => (isLeap(year(t)) ? 366 : 365),
    'LocalDate atDay(int)': (_m, t: Temporal, day: number) => make('java.time.LocalDate', t.nanos + BigInt(day - 1) * DAY, 'Z'), // prettier-ignore
    'YearMonth atMonth(int)': (_m, t: Temporal, m: number) => ofDate('java.time.YearMonth', year(t), m, 1),
    'YearMonth atMonth(Month)': (_m, t: Temporal, m: EnumValue) => ofDate('java.time.YearMonth', year(t), m.ordinal + 1, 1), // prettier-ignore
    'LocalDate atMonthDay(MonthDay)': (_m, t: Temporal, md: Temporal) =>
      ofDate(
        'java.time.LocalDate',
        year(t),
        month(md),
        Math.min(md.local.getUTCDate(), daysOfMonth(year(t), month(md))),
      ),
    'int compareTo(def)': (_m, t: Temporal, other: Temporal) => year(t) - year(other),
  },
})

export const YEAR_MONTH = defineClass('java.time.YearMonth', {
  extends: ABSTRACT,
  static: {
    ...parsing('java.time.YearMonth'),
    ...from('java.time.YearMonth'),
    'YearMonth of(int,int)': (_m, _s, y: number, m: number) => ofDate('java.time.YearMonth', y, m, 1),
    'YearMonth of(int,Month)': (_m, _s, y: number, m: EnumValue) => ofDate('java.time.YearMonth', y, m.ordinal + 1, 1),
  },
  methods: {
    ...READ,
    ...MOVING,
    'def plusMonths(long)': (_m, t: Temporal, n: bigint) => plusMonths(t, Number(n)),
    'def minusMonths(long)': (_m, t: Temporal, n: bigint) => plusMonths(t, -Number(n)),
    'int getYear()': (_m, t: Temporal) => year(t),
    'int getMonthValue()': (_m, t: Temporal) => month(t),
    'Month getMonth()': (_m, t: Temporal) => MONTHS.values[month(t) - 1]!,
    'boolean isLeapYear()': (_m, t: Temporal) => isLeap(year(t)),
    'boolean isValidDay(int)': (_m, t: Temporal, day: number) => day >= 1 && day <= daysOfMonth(year(t), month(t)),
    'int lengthOfMonth()': (_m, t: Temporal) => daysOfMonth(year(t), month(t)),
    'int lengthOfYear()': (_m, t: Temporal) => (isLeap(year(t)) ? 366 : 365),
    'LocalDate atDay(int)': (_m, t: Temporal, day: number) => ofDate('java.time.LocalDate', year(t), month(t), day),
    'LocalDate atEndOfMonth()': (_m, t: Temporal) => ofDate('java.time.LocalDate', year(t), month(t), daysOfMonth(year(t), month(t))), // prettier-ignore
    'YearMonth withYear(int)': (_m, t: Temporal, y: number) => ofDate('java.time.YearMonth', y, month(t), 1),
    'YearMonth withMonth(int)': (_m, t: Temporal, m: number) => ofDate('java.time.YearMonth', year(t), m, 1),
  },
})

export const MONTH_DAY = defineClass('java.time.MonthDay', {
  extends: ['java.lang.Comparable', 'java.lang.Object'],
  static: {
    ...parsing('java.time.MonthDay'),
    ...from('java.time.MonthDay'),
    'MonthDay of(int,int)': (_m, _s, m: number, d: number) => ofDate('java.time.MonthDay', 2000, m, d),
    'MonthDay of(Month,int)': (_m, _s, m: EnumValue, d: number) => ofDate('java.time.MonthDay', 2000, m.ordinal + 1, d),
  },
  methods: {
    'int getMonthValue()': (_m, t: Temporal) => month(t),
    'Month getMonth()': (_m, t: Temporal) => MONTHS.values[month(t) - 1]!,
    'int getDayOfMonth()': (_m, t: Temporal) => t.local.getUTCDate(),
    'LocalDate atYear(int)': (_m, t: Temporal, y: number) =>
      ofDate('java.time.LocalDate', y, month(t), Math.min(t.local.getUTCDate(), daysOfMonth(y, month(t)))),
    'boolean isValidYear(int)': (_m, t: Temporal, y: number) => t.local.getUTCDate() <= daysOfMonth(y, month(t)),
    'boolean isAfter(MonthDay)': (_m, t: Temporal, other: Temporal) => order(t, other) > 0,
    'boolean isBefore(MonthDay)': (_m, t: Temporal, other: Temporal) => order(t, other) < 0,
    'int compareTo(MonthDay)': (_m, t: Temporal, other: Temporal) =>
      month(t) - month(other) || t.local.getUTCDate() - other.local.getUTCDate(),
    'MonthDay withMonth(int)': (_m, t: Temporal, m: number) =>
      ofDate('java.time.MonthDay', 2000, m, t.local.getUTCDate()),
    'MonthDay withDayOfMonth(int)': (_m, t: Temporal, d: number) => ofDate('java.time.MonthDay', 2000, month(t), d),
    'String format(DateTimeFormatter)': READ['String format(DateTimeFormatter)']!,
  },
})
