import { Instance, raise } from '../instance.ts'
import { zoneOffset } from '../temporal.ts'
import { enumClass, type EnumValue, SECOND, UNIT_MONTHS, UNIT_NANOS } from './time-enums.ts'
import { Temporal } from '../temporal.ts'
import { between } from './time-arithmetic.ts'

export class ZoneValue extends Instance {
  readonly typeName: 'java.time.ZoneId' | 'java.time.ZoneOffset'
  readonly text: string

  constructor(id: string) {
    super()
    this.text = id
    this.typeName = /^(?:Z|[+-].*)$/.test(id) ? 'java.time.ZoneOffset' : 'java.time.ZoneId'
  }

  get equality(): string {
    return this.text
  }

  /** Of a fixed offset; of a region, that of the epoch. */
  get seconds(): number {
    return zoneOffset(this.text, 0n)
  }
}

export class PeriodValue extends Instance {
  readonly typeName = 'java.time.Period'
  readonly years: number
  readonly months: number
  readonly days: number

  constructor(years: number, months: number, days: number) {
    super()
    this.years = check(years)
    this.months = check(months)
    this.days = check(days)
  }

  get totalMonths(): number {
    return this.years * 12 + this.months
  }

  get equality(): string {
    return this.text
  }

  get text(): string {
    const part = (n: number, unit: string): string => (n === 0 ? '' : `${n}${unit}`)
    const parts = part(this.years, 'Y') + part(this.months, 'M') + part(this.days, 'D')
    return parts === '' ? 'P0D' : `P${parts}`
  }
}

function check(value: number): number {
  if (Math.abs(value) > 0x7fffffff) throw raise('ArithmeticException', 'integer overflow')
  return value
}

const ESTIMATED_MONTH = 2_629_746n * SECOND
const FOREVER = 31_556_952n * 1_000_000_000n * SECOND

export const UNITS = enumClass(
  'java.time.temporal.ChronoUnit',
  [...Object.keys(UNIT_NANOS), ...Object.keys(UNIT_MONTHS), 'ERAS', 'FOREVER'],
  {
    'long between(Temporal,Temporal)': (_m, unit: EnumValue, a: Temporal, b: Temporal) => between(unit, a, b),
    'Duration getDuration()': (_m, unit: EnumValue) => {
      const months = UNIT_MONTHS[unit.name]
      const nanos = UNIT_NANOS[unit.name] ?? (months === undefined ? FOREVER : ESTIMATED_MONTH * BigInt(months))
      return new Temporal('java.time.Duration', nanos)
    },
    'boolean isDateBased()': (_m, unit: EnumValue) => unit.ordinal >= 7 && unit.name !== 'FOREVER',
    'boolean isTimeBased()': (_m, unit: EnumValue) => unit.ordinal < 7,
  },
  ['Nanos', 'Micros', 'Millis', 'Seconds', 'Minutes', 'Hours', 'HalfDays', 'Days', 'Weeks', 'Months', 'Years', 'Decades', 'Centuries', 'Millennia', 'Eras', 'Forever'], // prettier-ignore
)

export const CHRONO_UNIT = UNITS.spec

export function unitNamed(name: string): EnumValue {
  return UNITS.values.find((unit) => unit.name === name)!
}
