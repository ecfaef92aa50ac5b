import { Instance, raise, type ScriptValue } from '../instance.ts'
import { floorDiv, type Temporal } from '../temporal.ts'
import { dayOfYear, daysOfMonth, weekOf } from './date-numbers.ts'
import { defineClass, type Signatures } from './define.ts'
import { atLocal, date, localNanos, plus, plusMonths, timeOfDay } from './time-arithmetic.ts'
import { DAY, EnumValue, enumClass, SECOND, WEEK_DAYS } from './time-enums.ts'

/** A TemporalField that no enum holds: of IsoFields and WeekFields. */
export class FieldValue extends Instance {
  readonly typeName = 'java.time.temporal.TemporalField'
  readonly text: string
  readonly read: (t: Temporal) => number
  readonly write: ((t: Temporal, value: bigint) => Temporal) | undefined

  constructor(text: string, read: (t: Temporal) => number, write?: (t: Temporal, value: bigint) => Temporal) {
    super()
    this.text = text
    this.read = read
    this.write = write
  }
}

const addDays = (t: Temporal, days: number): Temporal => atLocal(t, localNanos(t) + BigInt(days) * DAY)
const isoDay = (t: Temporal): number => t.local.getUTCDay() || 7

type Getter = (t: Temporal) => bigint
type Setter = (t: Temporal, value: bigint) => Temporal

const setTime =
  (unit: bigint, get: Getter): Setter =>
  (t, value) =>
    plus(t, (value - get(t)) * unit)

const timeField = (divisor: bigint, modulus: bigint): readonly [Getter, Setter] => {
  const get: Getter = (t) => (timeOfDay(t) / divisor) % modulus
  return [get, setTime(divisor, get)]
}

const number =
  (read: (t: Temporal) => number): Getter =>
  (t) =>
    BigInt(read(t))

const NEVER = 2n ** 63n

/** Each field: of a date or a time, how it is read and set. */
const FIELDS: Readonly<
  Record<string, readonly [kind: 'date' | 'time' | 'zone', text: string, get: Getter, set?: Setter]>
> = {
  NANO_OF_SECOND: ['time', 'NanoOfSecond', ...timeField(1n, SECOND)],
  NANO_OF_DAY: ['time', 'NanoOfDay', ...timeField(1n, NEVER)],
  MICRO_OF_SECOND: ['time', 'MicroOfSecond', ...timeField(1000n, 1_000_000n)],
  MICRO_OF_DAY: ['time', 'MicroOfDay', ...timeField(1000n, NEVER)],
  MILLI_OF_SECOND: ['time', 'MilliOfSecond', ...timeField(1_000_000n, 1000n)],
  MILLI_OF_DAY: ['time', 'MilliOfDay', ...timeField(1_000_000n, NEVER)],
  SECOND_OF_MINUTE: ['time', 'SecondOfMinute', ...timeField(SECOND, 60n)],
  SECOND_OF_DAY: ['time', 'SecondOfDay', ...timeField(SECOND, NEVER)],
  MINUTE_OF_HOUR: ['time', 'MinuteOfHour', ...timeField(60n * SECOND, 60n)],
  MINUTE_OF_DAY: ['time', 'MinuteOfDay', ...timeField(60n * SECOND, NEVER)],
  HOUR_OF_AMPM: ['time', 'HourOfAmPm', ...timeField(3600n * SECOND, 12n)],
  CLOCK_HOUR_OF_AMPM: ['time', 'ClockHourOfAmPm', (t) => BigInt(t.local.getUTCHours() % 12 || 12)],
  HOUR_OF_DAY: ['time', 'HourOfDay', ...timeField(3600n * SECOND, 24n)],
  CLOCK_HOUR_OF_DAY: ['time', 'ClockHourOfDay', (t) => BigInt(t.local.getUTCHours() || 24)],
  AMPM_OF_DAY: ['time', 'AmPmOfDay', ...timeField(43_200n * SECOND, 2n)],
  DAY_OF_WEEK: ['date', 'DayOfWeek', number(isoDay), (t, value) => addDays(t, Number(value) - isoDay(t))],
  ALIGNED_DAY_OF_WEEK_IN_MONTH: [
    'date',
    'AlignedDayOfWeekInMonth',
    number((t) => ((t.local.getUTCDate() - 1) % 7) + 1),
  ],
  ALIGNED_DAY_OF_WEEK_IN_YEAR: ['date', 'AlignedDayOfWeekInYear', number((t) => ((dayOfYear(t) - 1) % 7) + 1)],
  DAY_OF_MONTH: ['date', 'DayOfMonth', number((t) => t.local.getUTCDate()), (t, v) => withDay(t, Number(v))],
  DAY_OF_YEAR: ['date', 'DayOfYear', number(dayOfYear), (t, v) => withDayOfYear(t, Number(v))],
  EPOCH_DAY: ['date', 'EpochDay', (t) => floorDiv(localNanos(t), DAY), (t, v) => atLocal(t, v * DAY + timeOfDay(t))],
  ALIGNED_WEEK_OF_MONTH: ['date', 'AlignedWeekOfMonth', number((t) => Math.floor((t.local.getUTCDate() - 1) / 7) + 1)],
  ALIGNED_WEEK_OF_YEAR: ['date', 'AlignedWeekOfYear', number((t) => Math.floor((dayOfYear(t) - 1) / 7) + 1)],
  MONTH_OF_YEAR: [
    'date',
    'MonthOfYear',
    number((t) => t.local.getUTCMonth() + 1),
    (t, v) => plusMonths(t, Number(v) - 1 - t.local.getUTCMonth()),
  ],
  PROLEPTIC_MONTH: ['date', 'ProlepticMonth', number((t) => t.local.getUTCFullYear() * 12 + t.local.getUTCMonth())],
  YEAR_OF_ERA: ['date', 'YearOfEra', number((t) => t.local.getUTCFullYear()), (t, v) => withYear(t, Number(v))],
  YEAR: ['date', 'Year', number((t) => t.local.getUTCFullYear()), (t, v) => withYear(t, Number(v))],
  ERA: ['date', 'Era', number((t) => (t.local.getUTCFullYear() > 0 ? 1 : 0))],
  INSTANT_SECONDS: ['zone', 'InstantSeconds', (t) => floorDiv(t.nanos, SECOND)],
  OFFSET_SECONDS: ['zone', 'OffsetSeconds', number((t) => t.offsetSeconds)],
}

export function withYear(t: Temporal, year: number): Temporal {
  return plusMonths(t, (year - t.local.getUTCFullYear()) * 12)
}

export function withDay(t: Temporal, day: number): Temporal {
  return atLocal(t, date(t.local.getUTCFullYear(), t.local.getUTCMonth() + 1, day) + timeOfDay(t))
}

export function withDayOfYear(t: Temporal, day: number): Temporal {
  if (day < 1 || day > 366) throw raise('java.time.DateTimeException', `Invalid value for DayOfYear (valid values 1 - 365/366): ${day}`) // prettier-ignore
  return atLocal(t, date(t.local.getUTCFullYear(), 1, 1) + BigInt(day - 1) * DAY + timeOfDay(t))
}

const TYPES_WITHOUT: Readonly<Record<'date' | 'time' | 'zone', readonly string[]>> = {
  date: ['java.time.LocalTime', 'java.time.OffsetTime', 'java.time.Instant'],
  time: ['java.time.LocalDate', 'java.time.Year', 'java.time.YearMonth', 'java.time.MonthDay'],
  zone: ['java.time.LocalDate', 'java.time.LocalTime', 'java.time.LocalDateTime', 'java.time.Year', 'java.time.YearMonth', 'java.time.MonthDay'], // prettier-ignore
}

const INSTANT_FIELDS = ['NANO_OF_SECOND', 'MICRO_OF_SECOND', 'MILLI_OF_SECOND', 'INSTANT_SECONDS']

function supports(t: Temporal, field: ScriptValue): boolean {
  if (field instanceof FieldValue) return !TYPES_WITHOUT.date.includes(t.typeName)
  const name = field instanceof EnumValue ? field.name : ''
  const known = FIELDS[name]
  if (known === undefined) return false
  if (t.typeName === 'java.time.Instant') return INSTANT_FIELDS.includes(name)
  return !TYPES_WITHOUT[known[0]].includes(t.typeName)
}

function getField(t: Temporal, field: ScriptValue): bigint {
  if (!supports(t, field)) throw unsupported(field)
  return field instanceof FieldValue ? BigInt(field.read(t)) : FIELDS[(field as EnumValue).name]![2](t)
}

function setField(t: Temporal, field: ScriptValue, value: bigint): Temporal {
  const set = field instanceof FieldValue ? field.write : FIELDS[(field as EnumValue).name]?.[3]
  if (!supports(t, field) || set === undefined) throw unsupported(field)
  return set(t, value)
}

function unsupported(field: ScriptValue): Error {
  const text = field instanceof FieldValue || field instanceof EnumValue ? field.text : 'null'
  return raise('java.time.temporal.UnsupportedTemporalTypeException', `Unsupported field: ${text}`)
}

/** What every temporal can do with fields and adjusters. */
export const READ_FIELDS: Signatures = {
  'int get(def)': (_m, t: Temporal, field: ScriptValue) => Number(getField(t, field)),
  'long getLong(def)': (_m, t: Temporal, field: ScriptValue) => getField(t, field),
  'boolean isSupported(def)': (_m, t: Temporal, field: ScriptValue) => supports(t, field),
  'def with(def,long)': (_m, t: Temporal, field: ScriptValue, value: bigint) => setField(t, field, value),
  'def with(def)': (_m, t: Temporal, adjuster: ScriptValue) => adjust(t, adjuster),
}

/** A date or a time is put in place of its part; an adjuster moves the date. */
function adjust(t: Temporal, adjuster: ScriptValue): Temporal {
  if (adjuster instanceof AdjusterValue) return adjuster.adjust(t)
  const part = adjuster as Temporal
  if (part.typeName === 'java.time.LocalDate') return atLocal(t, part.nanos + timeOfDay(t))
  if (part.typeName === 'java.time.LocalTime') return atLocal(t, localNanos(t) - timeOfDay(t) + part.nanos)
  if (part.typeName === 'java.time.LocalDateTime') return atLocal(t, part.nanos)
  if (adjuster instanceof EnumValue && adjuster.typeName === 'java.time.DayOfWeek')
    return addDays(t, adjuster.ordinal + 1 - isoDay(t))
  if (adjuster instanceof EnumValue && adjuster.typeName === 'java.time.Month')
    return plusMonths(t, adjuster.ordinal - t.local.getUTCMonth())
  throw raise('ClassCastException')
}

class AdjusterValue extends Instance {
  readonly typeName = 'java.time.temporal.TemporalAdjuster'
  readonly adjust: (t: Temporal) => Temporal

  constructor(adjust: (t: Temporal) => Temporal) {
    super()
    this.adjust = adjust
  }
}

const adjuster = (adjust: (t: Temporal) => Temporal) => () => new AdjusterValue(adjust)
const monthLength = (t: Temporal): number => daysOfMonth(t.local.getUTCFullYear(), t.local.getUTCMonth() + 1)

/** The next or previous day of the week; `same` lets the day itself count. */
function toDay(direction: 1 | -1, same: boolean) {
  return (_m: unknown, _s: null, day: EnumValue) =>
    new AdjusterValue((t) => {
      const difference = ((((day.ordinal + 1 - isoDay(t)) * direction) % 7) + 7) % 7
      return addDays(t, direction * (difference === 0 && !same ? 7 : difference))
    })
}

function inMonth(ordinal: number, day: EnumValue): AdjusterValue {
  return new AdjusterValue((t) => {
    if (ordinal < 0) {
      const last = withDay(t, monthLength(t))
      return addDays(last, -((((isoDay(last) - day.ordinal - 1) % 7) + 7) % 7) + (ordinal + 1) * 7)
    }
    const first = withDay(t, 1)
    return addDays(first, ((((day.ordinal + 1 - isoDay(first)) % 7) + 7) % 7) + (ordinal - 1) * 7)
  })
}

export const TEMPORAL_ADJUSTERS = defineClass('java.time.temporal.TemporalAdjusters', {
  static: {
    'def firstDayOfMonth()': adjuster((t) => withDay(t, 1)),
    'def lastDayOfMonth()': adjuster((t) => withDay(t, monthLength(t))),
    'def firstDayOfNextMonth()': adjuster((t) => plusMonths(withDay(t, 1), 1)),
    'def firstDayOfYear()': adjuster((t) => withDayOfYear(t, 1)),
    'def lastDayOfYear()': adjuster((t) => addDays(plusMonths(withDayOfYear(t, 1), 12), -1)),
    'def firstDayOfNextYear()': adjuster((t) => plusMonths(withDayOfYear(t, 1), 12)),
    'def firstInMonth(DayOfWeek)': (_m, _s, day: EnumValue) => inMonth(1, day),
    'def lastInMonth(DayOfWeek)': (_m, _s, day: EnumValue) => inMonth(-1, day),
    'def dayOfWeekInMonth(int,DayOfWeek)': (_m, _s, ordinal: number, day: EnumValue) => inMonth(ordinal, day),
    'def next(DayOfWeek)': toDay(1, false),
    'def nextOrSame(DayOfWeek)': toDay(1, true),
    'def previous(DayOfWeek)': toDay(-1, false),
    'def previousOrSame(DayOfWeek)': toDay(-1, true),
  },
})

export const CHRONO_FIELD = enumClass(
  'java.time.temporal.ChronoField',
  Object.keys(FIELDS),
  {
    'boolean isDateBased()': (_m, field: EnumValue) => FIELDS[field.name]![0] === 'date',
    'boolean isTimeBased()': (_m, field: EnumValue) => FIELDS[field.name]![0] === 'time',
  },
  Object.values(FIELDS).map(([, text]) => text),
).spec

const quarter = (t: Temporal): number => Math.floor(t.local.getUTCMonth() / 3) + 1

const weekField = (sunday: boolean): FieldValue =>
  new FieldValue(
    'WeekOfWeekBasedYear',
    (t) => weekOf(t, sunday).week,
    (t, value) => addDays(t, (Number(value) - weekOf(t, sunday).week) * 7),
  )

const weekYear = (sunday: boolean): FieldValue => new FieldValue('WeekBasedYear', (t) => weekOf(t, sunday).year)

export const ISO_FIELDS = defineClass('java.time.temporal.IsoFields', {
  fields: {
    QUARTER_OF_YEAR: new FieldValue('QuarterOfYear', quarter, (t, value) =>
      plusMonths(t, (Number(value) - quarter(t)) * 3),
    ),
    DAY_OF_QUARTER: new FieldValue('DayOfQuarter', (t) => {
      const first = plusMonths(withDay(t, 1), -(t.local.getUTCMonth() % 3))
      return dayOfYear(t) - dayOfYear(first) + 1
    }),
    WEEK_OF_WEEK_BASED_YEAR: weekField(false),
    WEEK_BASED_YEAR: weekYear(false),
    QUARTER_YEARS: new EnumValue('java.time.temporal.ChronoUnit', 'QUARTER_YEARS', 100, 'QuarterYears'),
    WEEK_BASED_YEARS: new EnumValue('java.time.temporal.ChronoUnit', 'WEEK_BASED_YEARS', 101, 'WeekBasedYears'),
  },
})

class WeekFieldsValue extends Instance {
  readonly typeName = 'java.time.temporal.WeekFields'
  readonly sunday: boolean

  constructor(sunday: boolean) {
    super()
    this.sunday = sunday
  }

  get text(): string {
    return this.sunday ? 'WeekFields[SUNDAY,1]' : 'WeekFields[MONDAY,4]'
  }
}

export const WEEK_FIELDS = defineClass('java.time.temporal.WeekFields', {
  fields: { ISO: new WeekFieldsValue(false), SUNDAY_START: new WeekFieldsValue(true) },
  static: {
    'WeekFields of(DayOfWeek,int)': (_m, _s, day: EnumValue, least: number) => {
      if (day.name === 'MONDAY' && least === 4) return new WeekFieldsValue(false)
      if (day.name === 'SUNDAY' && least === 1) return new WeekFieldsValue(true)
      throw raise('IllegalArgumentException', 'weeks begin on MONDAY with 4 days, or on SUNDAY with 1')
    },
    'WeekFields of(Locale)': (_m, _s, locale: { tag: string }) =>
      new WeekFieldsValue(/-(?:US|CA|MX|JP|IN|BR)\b/.test(locale.tag)),
  },
  methods: {
    'def dayOfWeek()': (_m, fields: WeekFieldsValue) =>
      new FieldValue('DayOfWeek', (t) => (fields.sunday ? t.local.getUTCDay() + 1 : isoDay(t))),
    'DayOfWeek getFirstDayOfWeek()': (_m, fields: WeekFieldsValue) => WEEK_DAYS.values[fields.sunday ? 6 : 0]!,
    'int getMinimalDaysInFirstWeek()': (_m, fields: WeekFieldsValue) => (fields.sunday ? 1 : 4),
    'def weekOfWeekBasedYear()': (_m, fields: WeekFieldsValue) => weekField(fields.sunday),
    'def weekBasedYear()': (_m, fields: WeekFieldsValue) => weekYear(fields.sunday),
    'def weekOfYear()': (_m, fields: WeekFieldsValue) =>
      new FieldValue('WeekOfYear', (t) => {
        const { year, week } = weekOf(t, fields.sunday)
        const own = t.local.getUTCFullYear()
        return year === own ? week : year < own ? 0 : weekOf(addDays(t, -7), fields.sunday).week + 1
      }),
  },
})
