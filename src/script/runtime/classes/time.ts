import { Instance, raise } from '../instance.ts'
import { floorDiv, isZone, Temporal, two } from '../temporal.ts'
import { defineClass, type Signatures } from './define.ts'
import { SECOND, DAY, EnumValue, UNIT_NANOS, UNIT_MONTHS, enumClass, WEEK_DAYS, MONTHS } from './time-enums.ts'
import {
  between,
  make,
  plus,
  atLocal,
  zonedOfLocal,
  localNanos,
  plusMonths,
  timeOfDay,
  plusUnit,
  truncated,
  date,
  clock,
} from './time-arithmetic.ts'
import { FormatterValue, parse, formatPattern, dayOfYear, ISO_PATTERNS, format } from './time-text.ts'

const UNITS = enumClass(
  'java.time.temporal.ChronoUnit',
  [...Object.keys(UNIT_NANOS), ...Object.keys(UNIT_MONTHS)],
  {
    'long between(Temporal,Temporal)': (_m, unit: EnumValue, a: Temporal, b: Temporal) => between(unit, a, b),
  },
  ['Nanos', 'Micros', 'Millis', 'Seconds', 'Minutes', 'Hours', 'HalfDays', 'Days', 'Weeks', 'Months', 'Years', 'Decades', 'Centuries'], // prettier-ignore
)

export const CHRONO_UNIT = UNITS.spec

class ZoneValue extends Instance {
  readonly typeName = 'java.time.ZoneId'
  readonly text: string

  constructor(id: string) {
    super()
    this.text = id
  }
}

class PeriodValue extends Instance {
  readonly typeName = 'java.time.Period'
  readonly months: number
  readonly days: number

  constructor(months: number, days: number) {
    super()
    this.months = months
    this.days = days
  }

  get text(): string {
    const [years, months] = [Math.trunc(this.months / 12), this.months % 12]
    const parts = `${years === 0 ? '' : `${years}Y`}${months === 0 ? '' : `${months}M`}${this.days === 0 ? '' : `${this.days}D`}` // prettier-ignore
    return parts === '' ? 'P0D' : `P${parts}`
  }
}

const READ_DATE: Signatures = {
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
  'def withDayOfMonth(int)': (_m, t: Temporal, day: number) =>
    atLocal(t, date(t.local.getUTCFullYear(), t.local.getUTCMonth() + 1, day) + timeOfDay(t)),
}

const READ_TIME: Signatures = {
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
}

const READ: Signatures = {
  'int compareTo(def)': (_m, t: Temporal, other: Temporal) => order(t, other),
  'boolean isAfter(def)': (_m, t: Temporal, other: Temporal) => order(t, other) > 0,
  'boolean isBefore(def)': (_m, t: Temporal, other: Temporal) => order(t, other) < 0,
  'boolean isEqual(def)': (_m, t: Temporal, other: Temporal) => order(t, other) === 0,
  'def plus(long,ChronoUnit)': (_m, t: Temporal, n: bigint, unit: EnumValue) => plusUnit(t, n, unit),
  'def minus(long,ChronoUnit)': (_m, t: Temporal, n: bigint, unit: EnumValue) => plusUnit(t, -n, unit),
  'def plus(Duration)': (_m, t: Temporal, d: Temporal) => plus(t, d.nanos),
  'def minus(Duration)': (_m, t: Temporal, d: Temporal) => plus(t, -d.nanos),
  'def plus(Period)': (_m, t: Temporal, p: PeriodValue) => plusPeriod(t, p, 1),
  'def minus(Period)': (_m, t: Temporal, p: PeriodValue) => plusPeriod(t, p, -1),
  'def truncatedTo(ChronoUnit)': (_m, t: Temporal, unit: EnumValue) => truncated(t, unit),
  'long until(def,ChronoUnit)': (_m, t: Temporal, other: Temporal, unit: EnumValue) => between(unit, t, other),
  'String format(DateTimeFormatter)': (machine, t: Temporal, f: FormatterValue) => {
    const text = format(t, f)
    machine.budget.allocate(text.length)
    return text
  },
}

function plusPeriod(t: Temporal, period: PeriodValue, sign: 1 | -1): Temporal {
  const moved = plusMonths(t, period.months * sign)
  return atLocal(moved, localNanos(moved) + BigInt(period.days * sign) * DAY)
}

function order(a: Temporal, b: Temporal): number {
  if (!(b instanceof Temporal)) throw raise('ClassCastException')
  return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0
}

const ABSTRACT = ['java.time.temporal.Temporal', 'java.lang.Comparable', 'java.lang.Object']

export const TEMPORAL = defineClass('java.time.temporal.Temporal', {})

export const INSTANT = defineClass('java.time.Instant', {
  extends: ABSTRACT,
  fields: { EPOCH: new Temporal('java.time.Instant', 0n) },
  static: {
    'Instant ofEpochMilli(long)': (_m, _s, millis: bigint) => make('java.time.Instant', millis * 1_000_000n, 'Z'),
    'Instant ofEpochSecond(long)': (_m, _s, seconds: bigint) => make('java.time.Instant', seconds * SECOND, 'Z'),
    'Instant ofEpochSecond(long,long)': (_m, _s, seconds: bigint, nanos: bigint) =>
      make('java.time.Instant', seconds * SECOND + nanos, 'Z'),
    'Instant parse(CharSequence)': (_m, _s, text: string) => parse('java.time.Instant', text),
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
    'ZonedDateTime atZone(ZoneId)': (_m, t: Temporal, zone: ZoneValue) => make('java.time.ZonedDateTime', t.nanos, zone.text), // prettier-ignore
  },
})

export const ZONED_DATE_TIME = defineClass('java.time.ZonedDateTime', {
  extends: ABSTRACT,
  static: {
    'ZonedDateTime parse(CharSequence)': (_m, _s, text: string) => parse('java.time.ZonedDateTime', text),
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
    'Instant toInstant()': (_m, t: Temporal) => make('java.time.Instant', t.nanos, 'Z'),
    'long toEpochSecond()': (_m, t: Temporal) => floorDiv(t.nanos, SECOND),
    'long getMillis()': (_m, t: Temporal) => floorDiv(t.nanos, 1_000_000n),
    'LocalDateTime toLocalDateTime()': (_m, t: Temporal) => make('java.time.LocalDateTime', localNanos(t), 'Z'),
    'LocalDate toLocalDate()': (_m, t: Temporal) =>
      make('java.time.LocalDate', floorDiv(localNanos(t), DAY) * DAY, 'Z'),
    'LocalTime toLocalTime()': (_m, t: Temporal) => make('java.time.LocalTime', timeOfDay(t), 'Z'),
    'ZonedDateTime withZoneSameInstant(ZoneId)': (_m, t: Temporal, zone: ZoneValue) =>
      make('java.time.ZonedDateTime', t.nanos, zone.text),
    'ZonedDateTime withZoneSameLocal(ZoneId)': (_m, t: Temporal, zone: ZoneValue) =>
      zonedOfLocal(localNanos(t), zone.text),
    'ZoneId getZone()': (_m, t: Temporal) => new ZoneValue(t.zone),
    'String toString(String)': (_m, t: Temporal, pattern: string) => formatPattern(t, pattern),
  },
})

export const LOCAL_DATE_TIME = defineClass('java.time.LocalDateTime', {
  extends: ABSTRACT,
  static: {
    'LocalDateTime parse(CharSequence)': (_m, _s, text: string) => parse('java.time.LocalDateTime', text),
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
    'LocalDate toLocalDate()': (_m, t: Temporal) => make('java.time.LocalDate', floorDiv(t.nanos, DAY) * DAY, 'Z'),
    'LocalTime toLocalTime()': (_m, t: Temporal) => make('java.time.LocalTime', timeOfDay(t), 'Z'),
  },
})

export const LOCAL_DATE = defineClass('java.time.LocalDate', {
  extends: ABSTRACT,
  static: {
    'LocalDate parse(CharSequence)': (_m, _s, text: string) => parse('java.time.LocalDate', text),
    'LocalDate of(int,int,int)': (_m, _s, y: number, m: number, d: number) => make('java.time.LocalDate', date(y, m, d), 'Z'), // prettier-ignore
    'LocalDate ofEpochDay(long)': (_m, _s, days: bigint) => make('java.time.LocalDate', days * DAY, 'Z'),
  },
  methods: {
    ...READ,
    ...READ_DATE,
    'LocalDateTime atStartOfDay()': (_m, t: Temporal) => make('java.time.LocalDateTime', t.nanos, 'Z'),
    'ZonedDateTime atStartOfDay(ZoneId)': (_m, t: Temporal, zone: ZoneValue) => zonedOfLocal(t.nanos, zone.text),
    'long toEpochDay()': (_m, t: Temporal) => floorDiv(t.nanos, DAY),
    'int lengthOfMonth()': (_m, t: Temporal) =>
      new Date(Date.UTC(t.local.getUTCFullYear(), t.local.getUTCMonth() + 1, 0)).getUTCDate(),
    'boolean isLeapYear()': (_m, t: Temporal) =>
      new Date(Date.UTC(t.local.getUTCFullYear(), 1, 29)).getUTCMonth() === 1,
  },
})

export const LOCAL_TIME = defineClass('java.time.LocalTime', {
  extends: ABSTRACT,
  static: {
    'LocalTime parse(CharSequence)': (_m, _s, text: string) => parse('java.time.LocalTime', text),
    'LocalTime of(int,int)': (_m, _s, h: number, m: number) => make('java.time.LocalTime', clock(h, m), 'Z'),
    'LocalTime of(int,int,int)': (_m, _s, h: number, m: number, s: number) => make('java.time.LocalTime', clock(h, m, s), 'Z'), // prettier-ignore
  },
  methods: {
    ...READ,
    ...READ_TIME,
    'int toSecondOfDay()': (_m, t: Temporal) => Number(t.nanos / SECOND),
  },
})

const of = (nanos: bigint) => (_m: unknown, _s: null, n: bigint) => make('java.time.Duration', n * nanos, 'Z')

const total = (nanos: bigint) => (_m: unknown, d: Temporal) => (nanos === SECOND ? floorDiv(d.nanos, nanos) : d.nanos / nanos) // prettier-ignore

export const DURATION = defineClass('java.time.Duration', {
  extends: ['java.lang.Comparable', 'java.lang.Object'],
  fields: { ZERO: new Temporal('java.time.Duration', 0n) },
  static: {
    'Duration ofDays(long)': of(DAY),
    'Duration ofHours(long)': of(3600n * SECOND),
    'Duration ofMinutes(long)': of(60n * SECOND),
    'Duration ofSeconds(long)': of(SECOND),
    'Duration ofMillis(long)': of(1_000_000n),
    'Duration ofNanos(long)': of(1n),
    'Duration of(long,ChronoUnit)': (_m, _s, n: bigint, unit: EnumValue) =>
      make('java.time.Duration', n * (UNIT_NANOS[unit.name] ?? DAY * 30n), 'Z'),
    'Duration between(Temporal,Temporal)': (_m, _s, a: Temporal, b: Temporal) =>
      make('java.time.Duration', b.nanos - a.nanos, 'Z'),
    'Duration parse(CharSequence)': (_m, _s, text: string) => {
      const match = /^([+-]?)P(?:([+-]?\d+)D)?(?:T(?:([+-]?\d+)H)?(?:([+-]?\d+)M)?(?:([+-]?\d+)(?:\.(\d{1,9}))?S)?)?$/i.exec(text) // prettier-ignore
      if (match === null || /[PT]$/i.test(text)) {
        throw raise('java.time.format.DateTimeParseException', 'Text cannot be parsed to a Duration')
      }
      const [, sign, d = '0', h = '0', m = '0', s = '0', f = ''] = match
      const fraction = BigInt(f.padEnd(9, '0') || '0') * (s.startsWith('-') ? -1n : 1n)
      const nanos = BigInt(d) * DAY + (BigInt(h) * 3600n + BigInt(m) * 60n + BigInt(s)) * SECOND + fraction
      return make('java.time.Duration', sign === '-' ? -nanos : nanos, 'Z')
    },
  },
  methods: {
    ...READ,
    'long toDays()': total(DAY),
    'long toHours()': total(3600n * SECOND),
    'long toMinutes()': total(60n * SECOND),
    'long toSeconds()': total(SECOND),
    'long getSeconds()': total(SECOND),
    'long toMillis()': (_m, d: Temporal) => floorDiv(d.nanos, 1_000_000n),
    'long toNanos()': (_m, d: Temporal) => d.nanos,
    'int getNano()': (_m, d: Temporal) => d.nanoOfSecond,
    'boolean isNegative()': (_m, d: Temporal) => d.nanos < 0n,
    'boolean isZero()': (_m, d: Temporal) => d.nanos === 0n,
    'Duration negated()': (_m, d: Temporal) => make('java.time.Duration', -d.nanos, 'Z'),
    'Duration abs()': (_m, d: Temporal) => make('java.time.Duration', d.nanos < 0n ? -d.nanos : d.nanos, 'Z'),
    'Duration plusDays(long)': (_m, d: Temporal, n: bigint) => plus(d, n * DAY),
    'Duration plusHours(long)': (_m, d: Temporal, n: bigint) => plus(d, n * 3600n * SECOND),
    'Duration plusMinutes(long)': (_m, d: Temporal, n: bigint) => plus(d, n * 60n * SECOND),
    'Duration plusSeconds(long)': (_m, d: Temporal, n: bigint) => plus(d, n * SECOND),
    'Duration plusMillis(long)': (_m, d: Temporal, n: bigint) => plus(d, n * 1_000_000n),
    'Duration multipliedBy(long)': (_m, d: Temporal, n: bigint) => make('java.time.Duration', d.nanos * n, 'Z'),
    'Duration dividedBy(long)': (_m, d: Temporal, n: bigint) => {
      if (n === 0n) throw raise('ArithmeticException', 'Cannot divide by zero')
      return make('java.time.Duration', d.nanos / n, 'Z')
    },
  },
})

export const PERIOD = defineClass('java.time.Period', {
  static: {
    'Period of(int,int,int)': (_m, _s, y: number, m: number, d: number) => new PeriodValue(y * 12 + m, d),
    'Period ofYears(int)': (_m, _s, n: number) => new PeriodValue(n * 12, 0),
    'Period ofMonths(int)': (_m, _s, n: number) => new PeriodValue(n, 0),
    'Period ofWeeks(int)': (_m, _s, n: number) => new PeriodValue(0, n * 7),
    'Period ofDays(int)': (_m, _s, n: number) => new PeriodValue(0, n),
    'Period between(LocalDate,LocalDate)': (_m, _s, a: Temporal, b: Temporal) => {
      const months = Number(
        between(
          UNITS.values.find((unit) => unit.name === 'MONTHS')!,
          a,
          b,
        ),
      )
      return new PeriodValue(months, Number((b.nanos - plusMonths(a, months).nanos) / DAY))
    },
  },
  methods: {
    'int getYears()': (_m, p: PeriodValue) => Math.trunc(p.months / 12),
    'int getMonths()': (_m, p: PeriodValue) => p.months % 12,
    'int getDays()': (_m, p: PeriodValue) => p.days,
    'long toTotalMonths()': (_m, p: PeriodValue) => p.months,
  },
})

const zone = (_m: unknown, _s: null, id: string): ZoneValue => {
  if (!isZone(id)) throw raise('java.time.zone.ZoneRulesException', `Unknown time-zone ID: ${id}`)
  return new ZoneValue(id)
}

export const ZONE_ID = defineClass('java.time.ZoneId', {
  static: { 'ZoneId of(String)': zone, 'ZoneId systemDefault()': () => new ZoneValue('Z') },
  methods: { 'String getId()': (_m, z: ZoneValue) => z.text },
})

export const ZONE_OFFSET = defineClass('java.time.ZoneOffset', {
  fields: { UTC: new ZoneValue('Z') },
  static: {
    'ZoneId of(String)': zone,
    'ZoneId ofHours(int)': (_m, _s, hours: number) =>
      new ZoneValue(hours === 0 ? 'Z' : `${hours < 0 ? '-' : '+'}${two(Math.abs(hours))}:00`),
  },
})

export const DATE_TIME_FORMATTER = defineClass('java.time.format.DateTimeFormatter', {
  fields: Object.fromEntries(
    Object.entries(ISO_PATTERNS).map(([name, pattern]) => [name, new FormatterValue(pattern)]),
  ),
  static: {
    'DateTimeFormatter ofPattern(String)': (_m, _s, pattern: string) => new FormatterValue(pattern),
  },
  methods: {
    'String format(Temporal)': (machine, f: FormatterValue, t: Temporal) => {
      const text = format(t, f)
      machine.budget.allocate(text.length)
      return text
    },
    'DateTimeFormatter withZone(ZoneId)': (_m, f: FormatterValue, z: ZoneValue) => new FormatterValue(f.text, z.text),
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
    'Instant toInstant()': (_m, t: Temporal) => make('java.time.Instant', t.nanos, 'Z'),
  },
  groovy: {
    'String format(String)': (_m, t: Temporal, pattern: string) => formatPattern(t, pattern),
    'Date plus(int)': (_m, t: Temporal, days: number) => plus(t, BigInt(days) * DAY),
    'Date minus(int)': (_m, t: Temporal, days: number) => plus(t, -BigInt(days) * DAY),
  },
})

export const SYSTEM = defineClass('java.lang.System', {
  static: { 'long currentTimeMillis()': (machine) => Math.floor(machine.now()) },
})
