import { Instance, raise } from '../instance.ts'
import { defineClass, type Signatures } from './define.ts'

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

export const UNIT_MONTHS: Readonly<Record<string, number>> = { MONTHS: 1, YEARS: 12, DECADES: 120, CENTURIES: 1200 }

export const WEEK_DAYS = enumClass('java.time.DayOfWeek', [
  'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY',
]) // prettier-ignore

export const MONTHS = enumClass('java.time.Month', [
  'JANUARY', 'FEBRUARY', 'MARCH', 'APRIL', 'MAY', 'JUNE', 'JULY', 'AUGUST', 'SEPTEMBER', 'OCTOBER', 'NOVEMBER', 'DECEMBER',
]) // prettier-ignore

export const DAY_OF_WEEK = WEEK_DAYS.spec

export const MONTH = MONTHS.spec
