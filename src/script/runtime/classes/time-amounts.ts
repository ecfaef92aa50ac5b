import { raise } from '../instance.ts'
import { floorDiv, Temporal } from '../temporal.ts'
import { defineClass, type Signatures } from './define.ts'
import { make, plus } from './time-arithmetic.ts'
import { DAY, type EnumValue, SECOND, UNIT_NANOS } from './time-enums.ts'
import { periodBetween, plusPeriod, READ } from './time-reading.ts'
import { PeriodValue } from './time-values.ts'

const TYPE = 'java.time.Duration'

const AMOUNTS: Readonly<Record<string, bigint>> = {
  Days: DAY,
  Hours: 3600n * SECOND,
  Minutes: 60n * SECOND,
  Seconds: SECOND,
  Millis: 1_000_000n,
  Nanos: 1n,
}

/** `plusDays(long)` ... `minusNanos(long)`. */
const moving = (sign: bigint, verb: 'plus' | 'minus'): Signatures =>
  Object.fromEntries(
    Object.entries(AMOUNTS).map(([name, nanos]) => [
      `Duration ${verb}${name}(long)`,
      (_m: unknown, d: Temporal, n: bigint) => plus(d, n * nanos * sign),
    ]),
  )

const of = (nanos: bigint) => (_m: unknown, _s: null, n: bigint) => make(TYPE, n * nanos, 'Z')

const total = (nanos: bigint) => (_m: unknown, d: Temporal) => (nanos === SECOND ? floorDiv(d.nanos, nanos) : d.nanos / nanos) // prettier-ignore

export const DURATION = defineClass('java.time.Duration', {
  extends: ['java.lang.Comparable', 'java.lang.Object'],
  fields: { ZERO: new Temporal(TYPE, 0n) },
  static: {
    'Duration ofDays(long)': of(DAY),
    'Duration ofHours(long)': of(3600n * SECOND),
    'Duration ofMinutes(long)': of(60n * SECOND),
    'Duration ofSeconds(long)': of(SECOND),
    'Duration ofSeconds(long,long)': (_m, _s, n: bigint, nanos: bigint) => make(TYPE, n * SECOND + nanos, 'Z'),
    'Duration from(def)': (_m, _s, d: Temporal) => d,
    'Duration ofMillis(long)': of(1_000_000n),
    'Duration ofNanos(long)': of(1n),
    'Duration of(long,TemporalUnit)': (_m, _s, n: bigint, unit: EnumValue) =>
      make(TYPE, n * (UNIT_NANOS[unit.name] ?? DAY * 30n), 'Z'),
    'Duration between(Temporal,Temporal)': (_m, _s, a: Temporal, b: Temporal) => make(TYPE, b.nanos - a.nanos, 'Z'),
    'Duration parse(CharSequence)': (_m, _s, text: string) => {
      const match = /^([+-]?)P(?:([+-]?\d+)D)?(?:T(?:([+-]?\d+)H)?(?:([+-]?\d+)M)?(?:([+-]?\d+)(?:\.(\d{1,9}))?S)?)?$/i.exec(text) // prettier-ignore
      if (match === null || /[PT]$/i.test(text)) {
        throw raise('java.time.format.DateTimeParseException', 'Text cannot be parsed to a Duration')
      }
      const [, sign, d = '0', h = '0', m = '0', s = '0', f = ''] = match
      const fraction = BigInt(f.padEnd(9, '0') || '0') * (s.startsWith('-') ? -1n : 1n)
      const nanos = BigInt(d) * DAY + (BigInt(h) * 3600n + BigInt(m) * 60n + BigInt(s)) * SECOND + fraction
      return make(TYPE, sign === '-' ? -nanos : nanos, 'Z')
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
    'Duration negated()': (_m, d: Temporal) => make(TYPE, -d.nanos, 'Z'),
    'Duration abs()': (_m, d: Temporal) => make(TYPE, d.nanos < 0n ? -d.nanos : d.nanos, 'Z'),
    ...moving(1n, 'plus'),
    ...moving(-1n, 'minus'),
    'Duration withSeconds(long)': (_m, d: Temporal, n: bigint) => make(TYPE, n * SECOND + BigInt(d.nanoOfSecond), 'Z'),
    'Duration withNanos(int)': (_m, d: Temporal, n: number) =>
      make(TYPE, floorDiv(d.nanos, SECOND) * SECOND + BigInt(n), 'Z'),
    'long toDaysPart()': (_m, d: Temporal) => d.nanos / DAY,
    'int toHoursPart()': (_m, d: Temporal) => Number((d.nanos / (3600n * SECOND)) % 24n),
    'int toMinutesPart()': (_m, d: Temporal) => Number((d.nanos / (60n * SECOND)) % 60n),
    'int toSecondsPart()': (_m, d: Temporal) => Number((d.nanos / SECOND) % 60n),
    'int toMillisPart()': (_m, d: Temporal) => Math.floor(d.nanoOfSecond / 1e6),
    'int toNanosPart()': (_m, d: Temporal) => d.nanoOfSecond,
    'def addTo(def)': (_m, d: Temporal, t: Temporal) => plus(t, d.nanos),
    'def subtractFrom(def)': (_m, d: Temporal, t: Temporal) => plus(t, -d.nanos),
    'long get(TemporalUnit)': (_m, d: Temporal, unit: EnumValue) => {
      if (unit.name === 'SECONDS') return floorDiv(d.nanos, SECOND)
      if (unit.name === 'NANOS') return BigInt(d.nanoOfSecond)
      throw raise('java.time.temporal.UnsupportedTemporalTypeException', `Unsupported unit: ${unit.text}`)
    },
    'Duration multipliedBy(long)': (_m, d: Temporal, n: bigint) => make(TYPE, d.nanos * n, 'Z'),
    'Duration dividedBy(long)': (_m, d: Temporal, n: bigint) => {
      if (n === 0n) throw raise('ArithmeticException', 'Cannot divide by zero')
      return make(TYPE, d.nanos / n, 'Z')
    },
  },
})

const period = (years: number, months: number, days: number): PeriodValue => new PeriodValue(years, months, days)

const PERIOD_TEXT = /^([+-]?)P(?:([+-]?\d+)Y)?(?:([+-]?\d+)M)?(?:([+-]?\d+)W)?(?:([+-]?\d+)D)?$/i

export const PERIOD = defineClass('java.time.Period', {
  fields: { ZERO: period(0, 0, 0) },
  static: {
    'Period of(int,int,int)': (_m, _s, y: number, m: number, d: number) => period(y, m, d),
    'Period ofYears(int)': (_m, _s, n: number) => period(n, 0, 0),
    'Period ofMonths(int)': (_m, _s, n: number) => period(0, n, 0),
    'Period ofWeeks(int)': (_m, _s, n: number) => period(0, 0, n * 7),
    'Period ofDays(int)': (_m, _s, n: number) => period(0, 0, n),
    'Period from(def)': (_m, _s, p: PeriodValue) => p,
    'Period parse(CharSequence)': (_m, _s, text: string) => {
      const match = PERIOD_TEXT.exec(text)
      if (match === null || /P$/i.test(text))
        throw raise('java.time.format.DateTimeParseException', 'Text cannot be parsed to a Period')
      const [y, m, w, d] = match.slice(2).map((part) => Number(part ?? 0) * (match[1] === '-' ? -1 : 1)) as [number, number, number, number] // prettier-ignore
      return period(y + 0, m + 0, w * 7 + d)
    },
    'Period between(LocalDate,LocalDate)': (_m, _s, a: Temporal, b: Temporal) => periodBetween(a, b),
  },
  methods: {
    'int getYears()': (_m, p: PeriodValue) => p.years,
    'int getMonths()': (_m, p: PeriodValue) => p.months,
    'int getDays()': (_m, p: PeriodValue) => p.days,
    'long toTotalMonths()': (_m, p: PeriodValue) => p.totalMonths,
    'boolean isNegative()': (_m, p: PeriodValue) => p.years < 0 || p.months < 0 || p.days < 0,
    'boolean isZero()': (_m, p: PeriodValue) => p.years === 0 && p.months === 0 && p.days === 0,
    'Period plus(def)': (_m, p: PeriodValue, q: PeriodValue) => period(p.years + q.years, p.months + q.months, p.days + q.days), // prettier-ignore
    'Period minus(def)': (_m, p: PeriodValue, q: PeriodValue) => period(p.years - q.years, p.months - q.months, p.days - q.days), // prettier-ignore
    'Period plusYears(long)': (_m, p: PeriodValue, n: bigint) => period(p.years + Number(n), p.months, p.days),
    'Period plusMonths(long)': (_m, p: PeriodValue, n: bigint) => period(p.years, p.months + Number(n), p.days),
    'Period plusDays(long)': (_m, p: PeriodValue, n: bigint) => period(p.years, p.months, p.days + Number(n)),
    'Period minusYears(long)': (_m, p: PeriodValue, n: bigint) => period(p.years - Number(n), p.months, p.days),
    'Period minusMonths(long)': (_m, p: PeriodValue, n: bigint) => period(p.years, p.months - Number(n), p.days),
    'Period minusDays(long)': (_m, p: PeriodValue, n: bigint) => period(p.years, p.months, p.days - Number(n)),
    'Period withYears(int)': (_m, p: PeriodValue, n: number) => period(n, p.months, p.days),
    'Period withMonths(int)': (_m, p: PeriodValue, n: number) => period(p.years, n, p.days),
    'Period withDays(int)': (_m, p: PeriodValue, n: number) => period(p.years, p.months, n),
    'Period multipliedBy(int)': (_m, p: PeriodValue, n: number) => period(p.years * n, p.months * n, p.days * n),
    'Period negated()': (_m, p: PeriodValue) => period(0 - p.years, 0 - p.months, 0 - p.days),
    'Period normalized()': (_m, p: PeriodValue) => period(Math.trunc(p.totalMonths / 12), p.totalMonths % 12, p.days),
    'def addTo(def)': (_m, p: PeriodValue, t: Temporal) => plusPeriod(t, p, 1),
    'def subtractFrom(def)': (_m, p: PeriodValue, t: Temporal) => plusPeriod(t, p, -1),
  },
})
