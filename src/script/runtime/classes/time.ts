import { Temporal, floorDiv, offsetText } from '../temporal.ts'
import { daysOfMonth, isLeap } from './date-numbers.ts'
import { defineClass } from './define.ts'
import { JODA, JODA_DATE_TIME } from './joda.ts'
import { clock, date, localNanos, make, plus, timeOfDay, zonedOfLocal } from './time-arithmetic.ts'
import { from, parsing } from './time-conversions.ts'
import { DAY, SECOND } from './time-enums.ts'
import { withDayOfYear } from './time-fields.ts'
import { order, periodBetween, READ, READ_DATE, READ_TIME } from './time-reading.ts'
import { formatPattern, parse } from './time-text.ts'
import { ZoneValue } from './time-values.ts'

const ABSTRACT = ['java.time.temporal.Temporal', 'java.lang.Comparable', 'java.lang.Object']

export const INSTANT = defineClass('java.time.Instant', {
  extends: ABSTRACT,
  fields: { EPOCH: new Temporal('java.time.Instant', 0n) },
  static: {
    'Instant ofEpochMilli(long)': (_m, _s, millis: bigint) => make('java.time.Instant', millis * 1_000_000n, 'Z'),
    'Instant ofEpochSecond(long)': (_m, _s, seconds: bigint) => make('java.time.Instant', seconds * SECOND, 'Z'),
    'Instant ofEpochSecond(long,long)': (_m, _s, seconds: bigint, nanos: bigint) =>
      make('java.time.Instant', seconds * SECOND + nanos, 'Z'),
    'Instant parse(CharSequence)': (_m, _s, text: string) => parse('java.time.Instant', text),
    ...from('java.time.Instant'),
  },
  groovyStatic: {
    'Instant now()': (machine) => make('java.time.Instant', BigInt(machine.now()) * 1_000_000n, 'Z'),
  },
  methods: {
    ...READ,
    'long toEpochMilli()': (_m, t: Temporal) => floorDiv(t.nanos, 1_000_000n),
    'long getEpochSecond()': (_m, t: Temporal) => floorDiv(t.nanos, SECOND),
    'int getNano()': (_m, t: Temporal) => t.nanoOfSecond,
    'Instant plusSeconds(long)': (_m, t: Temporal, n: bigint) => plus(t, n * SECOND),
    'Instant minusSeconds(long)': (_m, t: Temporal, n: bigint) => plus(t, -n * SECOND),
    'Instant plusMillis(long)': (_m, t: Temporal, n: bigint) => plus(t, n * 1_000_000n),
    'Instant minusMillis(long)': (_m, t: Temporal, n: bigint) => plus(t, -n * 1_000_000n),
    'Instant plusNanos(long)': (_m, t: Temporal, n: bigint) => plus(t, n),
    'Instant minusNanos(long)': (_m, t: Temporal, n: bigint) => plus(t, -n),
    'def atOffset(ZoneId)': (_m, t: Temporal, zone: ZoneValue) => make('java.time.OffsetDateTime', t.nanos, zone.text),
    'ZonedDateTime atZone(ZoneId)': (_m, t: Temporal, zone: ZoneValue) => make('java.time.ZonedDateTime', t.nanos, zone.text), // prettier-ignore
  },
})

export const ZONED_DATE_TIME = defineClass('java.time.ZonedDateTime', {
  extends: ABSTRACT,
  static: {
    ...parsing('java.time.ZonedDateTime'),
    ...from('java.time.ZonedDateTime'),
    'ZonedDateTime of(LocalDate,LocalTime,ZoneId)': (_m, _s, d: Temporal, t: Temporal, zone: ZoneValue) =>
      zonedOfLocal(d.nanos + t.nanos, zone.text),
    'ZonedDateTime ofInstant(LocalDateTime,ZoneId,ZoneId)': (_m, _s, t: Temporal, offset: ZoneValue, zone: ZoneValue) =>
      make('java.time.ZonedDateTime', t.nanos - BigInt(offset.seconds) * SECOND, zone.text),
    'ZonedDateTime ofLocal(LocalDateTime,ZoneId,def)': (_m, _s, t: Temporal, zone: ZoneValue) =>
      zonedOfLocal(t.nanos, zone.text),
    'ZonedDateTime ofStrict(LocalDateTime,ZoneId,ZoneId)': (_m, _s, t: Temporal, _offset: ZoneValue, zone: ZoneValue) =>
      zonedOfLocal(t.nanos, zone.text),
    'ZonedDateTime ofInstant(Instant,ZoneId)': (_m, _s, t: Temporal, zone: ZoneValue) =>
      make('java.time.ZonedDateTime', t.nanos, zone.text),
    'ZonedDateTime of(int,int,int,int,int,int,int,ZoneId)': (
      _m, _s, y: number, mo: number, d: number, h: number, mi: number, s: number, n: number, zone: ZoneValue,
    ) => zonedOfLocal(date(y, mo, d) + clock(h, mi, s, n), zone.text), // prettier-ignore
    'ZonedDateTime of(LocalDateTime,ZoneId)': (_m, _s, t: Temporal, zone: ZoneValue) => zonedOfLocal(t.nanos, zone.text), // prettier-ignore
  },
  groovyStatic: {
    'ZonedDateTime now()': (machine) => make('java.time.ZonedDateTime', BigInt(machine.now()) * 1_000_000n, 'Z'),
    'ZonedDateTime now(ZoneId)': (machine, _s, zone: ZoneValue) =>
      make('java.time.ZonedDateTime', BigInt(machine.now()) * 1_000_000n, zone.text),
  },
  methods: {
    ...READ,
    ...READ_DATE,
    ...READ_TIME,
    ...JODA,
    'Instant toInstant()': (_m, t: Temporal) => make('java.time.Instant', t.nanos, 'Z'),
    'long toEpochSecond()': (_m, t: Temporal) => floorDiv(t.nanos, SECOND),
    'LocalDateTime toLocalDateTime()': (_m, t: Temporal) => make('java.time.LocalDateTime', localNanos(t), 'Z'),
    'LocalDate toLocalDate()': (_m, t: Temporal) =>
      make('java.time.LocalDate', floorDiv(localNanos(t), DAY) * DAY, 'Z'),
    'LocalTime toLocalTime()': (_m, t: Temporal) => make('java.time.LocalTime', timeOfDay(t), 'Z'),
    'ZonedDateTime withZoneSameInstant(ZoneId)': (_m, t: Temporal, zone: ZoneValue) =>
      make('java.time.ZonedDateTime', t.nanos, zone.text),
    'ZonedDateTime withZoneSameLocal(ZoneId)': (_m, t: Temporal, zone: ZoneValue) =>
      zonedOfLocal(localNanos(t), zone.text),
    'ZoneId getZone()': (_m, t: Temporal) => new ZoneValue(t.zone),
    'def getOffset()': (_m, t: Temporal) => new ZoneValue(offsetText(t.offsetSeconds)),
    'OffsetDateTime toOffsetDateTime()': (_m, t: Temporal) =>
      make('java.time.OffsetDateTime', t.nanos, offsetText(t.offsetSeconds)),
    'ZonedDateTime withFixedOffsetZone()': (_m, t: Temporal) =>
      make('java.time.ZonedDateTime', t.nanos, offsetText(t.offsetSeconds)),
    'ZonedDateTime withEarlierOffsetAtOverlap()': (_m, t: Temporal) => t,
    'ZonedDateTime withLaterOffsetAtOverlap()': (_m, t: Temporal) => t,
  },
  groovy: JODA_DATE_TIME,
})

export const LOCAL_DATE_TIME = defineClass('java.time.LocalDateTime', {
  extends: ABSTRACT,
  static: {
    ...parsing('java.time.LocalDateTime'),
    ...from('java.time.LocalDateTime'),
    'LocalDateTime of(int,int,int,int,int,int,int)': (
      _m,
      _s,
      y: number,
      mo: number,
      d: number,
      h: number,
      mi: number,
      s: number,
      n: number,
    ) => make('java.time.LocalDateTime', date(y, mo, d) + clock(h, mi, s, n), 'Z'),
    'LocalDateTime of(LocalDate,LocalTime)': (_m, _s, d: Temporal, t: Temporal) =>
      make('java.time.LocalDateTime', d.nanos + t.nanos, 'Z'),
    'LocalDateTime ofEpochSecond(long,int,ZoneId)': (_m, _s, s: bigint, n: number, zone: ZoneValue) =>
      make('java.time.LocalDateTime', (s + BigInt(zone.seconds)) * SECOND + BigInt(n), 'Z'),
    'LocalDateTime of(int,int,int,int,int)': (_m, _s, y: number, mo: number, d: number, h: number, mi: number) =>
      make('java.time.LocalDateTime', date(y, mo, d) + clock(h, mi), 'Z'),
    'LocalDateTime of(int,int,int,int,int,int)': (
      _m, _s, y: number, mo: number, d: number, h: number, mi: number, s: number,
    ) => make('java.time.LocalDateTime', date(y, mo, d) + clock(h, mi, s), 'Z'), // prettier-ignore
    'LocalDateTime ofInstant(Instant,ZoneId)': (_m, _s, t: Temporal, zone: ZoneValue) =>
      make('java.time.LocalDateTime', localNanos(make('java.time.ZonedDateTime', t.nanos, zone.text)), 'Z'),
  },
  methods: {
    ...READ,
    ...READ_DATE,
    ...READ_TIME,
    'ZonedDateTime atZone(ZoneId)': (_m, t: Temporal, zone: ZoneValue) => zonedOfLocal(t.nanos, zone.text),
    'def atOffset(ZoneId)': (_m, t: Temporal, zone: ZoneValue) =>
      make('java.time.OffsetDateTime', t.nanos - BigInt(zone.seconds) * SECOND, zone.text),
    'Instant toInstant(ZoneId)': (_m, t: Temporal, zone: ZoneValue) =>
      make('java.time.Instant', t.nanos - BigInt(zone.seconds) * SECOND, 'Z'),
    'long toEpochSecond(ZoneId)': (_m, t: Temporal, zone: ZoneValue) =>
      floorDiv(t.nanos, SECOND) - BigInt(zone.seconds),
    'LocalDate toLocalDate()': (_m, t: Temporal) => make('java.time.LocalDate', floorDiv(t.nanos, DAY) * DAY, 'Z'),
    'LocalTime toLocalTime()': (_m, t: Temporal) => make('java.time.LocalTime', timeOfDay(t), 'Z'),
  },
})

export const LOCAL_DATE = defineClass('java.time.LocalDate', {
  extends: ABSTRACT,
  static: {
    ...parsing('java.time.LocalDate'),
    ...from('java.time.LocalDate'),
    'LocalDate ofYearDay(int,int)': (_m, _s, y: number, d: number) =>
      withDayOfYear(make('java.time.LocalDate', date(y, 1, 1), 'Z'), d),
    'LocalDate of(int,int,int)': (_m, _s, y: number, m: number, d: number) => make('java.time.LocalDate', date(y, m, d), 'Z'), // prettier-ignore
    'LocalDate ofEpochDay(long)': (_m, _s, days: bigint) => make('java.time.LocalDate', days * DAY, 'Z'),
  },
  methods: {
    ...READ,
    ...READ_DATE,
    'LocalDateTime atStartOfDay()': (_m, t: Temporal) => make('java.time.LocalDateTime', t.nanos, 'Z'),
    'LocalDateTime atTime(LocalTime)': (_m, t: Temporal, time: Temporal) =>
      make('java.time.LocalDateTime', t.nanos + time.nanos, 'Z'),
    'LocalDateTime atTime(int,int)': (_m, t: Temporal, h: number, m: number) =>
      make('java.time.LocalDateTime', t.nanos + clock(h, m), 'Z'),
    'LocalDateTime atTime(int,int,int)': (_m, t: Temporal, h: number, m: number, s: number) =>
      make('java.time.LocalDateTime', t.nanos + clock(h, m, s), 'Z'),
    'LocalDateTime atTime(int,int,int,int)': (_m, t: Temporal, h: number, m: number, s: number, n: number) =>
      make('java.time.LocalDateTime', t.nanos + clock(h, m, s, n), 'Z'),
    'Period until(LocalDate)': (_m, t: Temporal, other: Temporal) => periodBetween(t, other),
    'int lengthOfYear()': (_m, t: Temporal) => (isLeap(t.local.getUTCFullYear()) ? 366 : 365),
    'ZonedDateTime atStartOfDay(ZoneId)': (_m, t: Temporal, zone: ZoneValue) => zonedOfLocal(t.nanos, zone.text),
    'long toEpochDay()': (_m, t: Temporal) => floorDiv(t.nanos, DAY),
    'int lengthOfMonth()': (_m, t: Temporal) => daysOfMonth(t.local.getUTCFullYear(), t.local.getUTCMonth() + 1),
    'boolean isLeapYear()': (_m, t: Temporal) => isLeap(t.local.getUTCFullYear()),
  },
})

export const LOCAL_TIME = defineClass('java.time.LocalTime', {
  extends: ABSTRACT,
  fields: {
    MIDNIGHT: new Temporal('java.time.LocalTime', 0n),
    MIN: new Temporal('java.time.LocalTime', 0n),
    NOON: new Temporal('java.time.LocalTime', DAY / 2n),
    MAX: new Temporal('java.time.LocalTime', DAY - 1n),
  },
  static: {
    ...parsing('java.time.LocalTime'),
    ...from('java.time.LocalTime'),
    'LocalTime of(int,int,int,int)': (_m, _s, h: number, m: number, s: number, n: number) =>
      make('java.time.LocalTime', clock(h, m, s, n), 'Z'),
    'LocalTime ofNanoOfDay(long)': (_m, _s, n: bigint) => make('java.time.LocalTime', n, 'Z'),
    'LocalTime ofSecondOfDay(long)': (_m, _s, n: bigint) => make('java.time.LocalTime', n * SECOND, 'Z'),
    'LocalTime of(int,int)': (_m, _s, h: number, m: number) => make('java.time.LocalTime', clock(h, m), 'Z'),
    'LocalTime of(int,int,int)': (_m, _s, h: number, m: number, s: number) => make('java.time.LocalTime', clock(h, m, s), 'Z'), // prettier-ignore
  },
  methods: {
    ...READ,
    ...READ_TIME,
    'int toSecondOfDay()': (_m, t: Temporal) => Number(t.nanos / SECOND),
    'long toNanoOfDay()': (_m, t: Temporal) => t.nanos,
    'LocalDateTime atDate(LocalDate)': (_m, t: Temporal, d: Temporal) =>
      make('java.time.LocalDateTime', d.nanos + t.nanos, 'Z'),
    'OffsetTime atOffset(ZoneId)': (_m, t: Temporal, zone: ZoneValue) =>
      make('java.time.OffsetTime', t.nanos - BigInt(zone.seconds) * SECOND, zone.text),
  },
})

export const DATE = defineClass('java.util.Date', {
  extends: ['java.lang.Comparable', 'java.lang.Object'],
  new: {
    'Date()': (machine) => make('java.util.Date', BigInt(machine.now()) * 1_000_000n, 'Z'),
    'Date(long)': (_m, _s, millis: bigint) => make('java.util.Date', millis * 1_000_000n, 'Z'),
  },
  static: { 'Date from(Instant)': (_m, _s, t: Temporal) => make('java.util.Date', t.nanos, 'Z') },
  methods: {
    'long getTime()': (_m, t: Temporal) => floorDiv(t.nanos, 1_000_000n),
    'boolean after(Date)': (_m, t: Temporal, other: Temporal) => order(t, other) > 0,
    'boolean before(Date)': (_m, t: Temporal, other: Temporal) => order(t, other) < 0,
    'int compareTo(Date)': (_m, t: Temporal, other: Temporal) => order(t, other),
  },
  groovy: {
    'Instant toInstant()': (_m, t: Temporal) => make('java.time.Instant', t.nanos, 'Z'),
    'String format(String)': (_m, t: Temporal, pattern: string) => formatPattern(t, pattern),
    'Date plus(int)': (_m, t: Temporal, days: number) => plus(t, BigInt(days) * DAY),
    'Date minus(int)': (_m, t: Temporal, days: number) => plus(t, -BigInt(days) * DAY),
  },
})

export const SYSTEM = defineClass('java.lang.System', {
  static: { 'long currentTimeMillis()': (machine) => Math.floor(machine.now()) },
})
