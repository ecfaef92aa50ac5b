import { Instance, raise } from '../instance.ts'
import { ArrayValue } from '../containers.ts'
import { daysOfMonth } from './date-numbers.ts'
import { namesOf } from './date-pattern.ts'
import { defineClass, type Signatures } from './define.ts'
import type { LocaleValue } from './locale.ts'

export const SECOND = 1_000_000_000n

export const DAY = 86_400n * SECOND

/** A constant of a Java enum: ChronoUnit.DAYS, DayOfWeek.MONDAY. */
export class EnumValue extends Instance {
  readonly typeName: string
  readonly name: string
  readonly ordinal: number
  readonly text: string

  constructor(typeName: string, name: string, ordinal: number, text = name) {
    super()
    this.typeName = typeName
    this.name = name
    this.ordinal = ordinal
    this.text = text
  }

  /** What compareTo compares. */
  get order(): number {
    return this.ordinal
  }
}

export const enumClass = (
  typeName: string,
  names: readonly string[],
  methods: Signatures = {},
  texts?: readonly string[],
) => {
  const values = names.map((name, index) => new EnumValue(typeName, name, index, texts?.[index] ?? name))
  const simple = typeName.slice(typeName.lastIndexOf('.') + 1)
  const spec = defineClass(typeName, {
    fields: Object.fromEntries(values.map((value) => [value.name, value])),
    static: {
      [`${simple} valueOf(String)`]: (_m: unknown, _s: null, name: string) => {
        const value = values.find((candidate) => candidate.name === name)
        if (value === undefined) throw raise('IllegalArgumentException', `No enum constant ${typeName}.${name}`)
        return value
      },
      [`array values()`]: () => new ArrayValue(simple, [...values]),
      [`${simple} of(int)`]: (_m: unknown, _s: null, index: number) => {
        const value = values[index - 1]
        if (value === undefined) throw raise('java.time.DateTimeException', `Invalid value for ${simple}: ${index}`)
        return value
      },
    },
    methods: {
      'int ordinal()': (_m, value: EnumValue) => value.ordinal,
      'String name()': (_m, value: EnumValue) => value.name,
      'int getValue()': (_m, value: EnumValue) => value.ordinal + 1,
      'int compareTo(def)': (_m, value: EnumValue, other: EnumValue) => value.ordinal - other.ordinal,
      ...methods,
    },
  })
  return { spec, values }
}

export const UNIT_NANOS: Readonly<Record<string, bigint>> = {
  NANOS: 1n,
  MICROS: 1000n,
  MILLIS: 1_000_000n,
  SECONDS: SECOND,
  MINUTES: 60n * SECOND,
  HOURS: 3600n * SECOND,
  HALF_DAYS: 43_200n * SECOND,
  DAYS: DAY,
  WEEKS: 7n * DAY,
}

export const UNIT_MONTHS: Readonly<Record<string, number>> = {
  MONTHS: 1,
  YEARS: 12,
  DECADES: 120,
  CENTURIES: 1200,
  MILLENNIA: 12_000,
}

/** `plus`, `minus` and names of the days of a week and of the months of a year. */
const cyclic = (
  values: () => readonly EnumValue[],
  name: (value: EnumValue, locale: string, short: boolean) => string,
): Signatures => {
  const move = (value: EnumValue, by: bigint): EnumValue => {
    const count = values().length
    return values()[(((value.ordinal + Number(by % BigInt(count))) % count) + count) % count]!
  }
  return {
    'def plus(long)': (_m, value: EnumValue, n: bigint) => move(value, n),
    'def minus(long)': (_m, value: EnumValue, n: bigint) => move(value, -n),
    'String getDisplayName(TextStyle,Locale)': (_m, value: EnumValue, style: EnumValue, locale: LocaleValue) => {
      // The root has short names alone.
      const text = name(value, locale.tag, locale.tag === '' || style.name.startsWith('SHORT'))
      return style.name.startsWith('NARROW') ? text.slice(0, 1) : text
    },
  }
}

export const WEEK_DAYS: ReturnType<typeof enumClass> = enumClass(
  'java.time.DayOfWeek',
  ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'],
  cyclic(
    () => WEEK_DAYS.values,
    (day, locale, short) => namesOf('weekday', locale, short)[(day.ordinal + 1) % 7]!,
  ),
)

const lengthOf = (leap: boolean, month: EnumValue): number => daysOfMonth(leap ? 2000 : 2001, month.ordinal + 1)

export const MONTHS: ReturnType<typeof enumClass> = enumClass(
  'java.time.Month',
  ['JANUARY', 'FEBRUARY', 'MARCH', 'APRIL', 'MAY', 'JUNE', 'JULY', 'AUGUST', 'SEPTEMBER', 'OCTOBER', 'NOVEMBER', 'DECEMBER'], // prettier-ignore
  {
    ...cyclic(
      () => MONTHS.values,
      (month, locale, short) => namesOf('month', locale, short)[month.ordinal]!,
    ),
    'int length(boolean)': (_m, month: EnumValue, leap: boolean) => lengthOf(leap, month),
    'int maxLength()': (_m, month: EnumValue) => lengthOf(true, month),
    'int minLength()': (_m, month: EnumValue) => lengthOf(false, month),
    'Month firstMonthOfQuarter()': (_m, month: EnumValue) => MONTHS.values[month.ordinal - (month.ordinal % 3)]!,
    'int firstDayOfYear(boolean)': (_m, month: EnumValue, leap: boolean) =>
      1 + MONTHS.values.slice(0, month.ordinal).reduce((sum, before) => sum + lengthOf(leap, before), 0),
  },
)

export const DAY_OF_WEEK = WEEK_DAYS.spec

export const MONTH = MONTHS.spec
