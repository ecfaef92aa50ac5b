import { raise } from '../instance.ts'
import { floorDiv, Temporal, type TemporalType } from '../temporal.ts'
import { SECOND, DAY, EnumValue, UNIT_NANOS, UNIT_MONTHS, MONTHS } from './time-enums.ts'

export function between(unit: EnumValue, a: Temporal, b: Temporal): bigint {
  const nanos = UNIT_NANOS[unit.name]
  if (nanos !== undefined) return (b.nanos - a.nanos) / nanos
  let months = monthsOf(b) - monthsOf(a)
  const shifted = plusMonths(a, months)
  if (months > 0 && shifted.nanos > b.nanos) months--
  else if (months < 0 && shifted.nanos < b.nanos) months++
  return BigInt(Math.trunc(months / UNIT_MONTHS[unit.name]!))
}

function monthsOf(value: Temporal): number {
  return value.local.getUTCFullYear() * 12 + value.local.getUTCMonth()
}

export function make(type: TemporalType, nanos: bigint, zone: string): Temporal {
  if (nanos > 2n ** 90n || nanos < -(2n ** 90n) || Math.abs(Number(nanos / 1_000_000n)) > 8.64e15) {
    throw raise('java.time.DateTimeException', 'Exceeds the range that can be represented')
  }
  return new Temporal(type, nanos, zone)
}

export function plus(value: Temporal, nanos: bigint): Temporal {
  if (value.typeName === 'java.time.LocalTime') return make(value.typeName, (((value.nanos + nanos) % DAY) + DAY) % DAY, 'Z') // prettier-ignore
  return make(value.typeName, value.nanos + nanos, value.zone)
}

/** Moves the local clock: a day stays a day where summer time begins. */
export function atLocal(value: Temporal, localNanos: bigint): Temporal {
  if (value.typeName !== 'java.time.ZonedDateTime')
    return make(value.typeName, localNanos - BigInt(value.offsetSeconds) * SECOND, value.zone)
  return zonedOfLocal(localNanos, value.zone)
}

export function zonedOfLocal(localNanos: bigint, zone: string): Temporal {
  // Where a local time comes twice the earlier counts; one that is skipped moves on by what was skipped.
  const before = make('java.time.ZonedDateTime', localNanos - DAY, zone).offsetSeconds
  const after = make('java.time.ZonedDateTime', localNanos + DAY, zone).offsetSeconds
  for (const offset of [before, after]) {
    const candidate = make('java.time.ZonedDateTime', localNanos - BigInt(offset) * SECOND, zone)
    if (candidate.offsetSeconds === offset) return candidate
  }
  return make('java.time.ZonedDateTime', localNanos - BigInt(before) * SECOND, zone)
}

export function localNanos(value: Temporal): bigint {
  return value.nanos + BigInt(value.offsetSeconds) * SECOND
}

export function plusMonths(value: Temporal, months: number): Temporal {
  const total = monthsOf(value) + months
  const [year, month] = [Math.floor(total / 12), ((total % 12) + 12) % 12]
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  const day = Math.min(value.local.getUTCDate(), last)
  const midnight = daysNanos(year, month + 1, day)
  return atLocal(value, midnight + timeOfDay(value))
}

function daysNanos(year: number, month: number, day: number): bigint {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return BigInt(date.getTime()) * 1_000_000n
}

export function timeOfDay(value: Temporal): bigint {
  const nanos = localNanos(value)
  return nanos - floorDiv(nanos, DAY) * DAY
}

export function plusUnit(value: Temporal, amount: bigint, unit: EnumValue): Temporal {
  const months = UNIT_MONTHS[unit.name]
  if (months !== undefined) return plusMonths(value, Number(amount) * months)
  if (unit.name === 'DAYS' || unit.name === 'WEEKS') return atLocal(value, localNanos(value) + amount * UNIT_NANOS[unit.name]!) // prettier-ignore
  return plus(value, amount * UNIT_NANOS[unit.name]!)
}

export function truncated(value: Temporal, unit: EnumValue): Temporal {
  const nanos = UNIT_NANOS[unit.name]
  if (nanos === undefined || nanos > DAY) {
    throw raise('java.time.temporal.UnsupportedTemporalTypeException', 'Unit is too large to be used for truncation')
  }
  const local = localNanos(value)
  return atLocal(value, floorDiv(local, nanos) * nanos)
}

export function date(year: number, month: number, day: number): bigint {
  const moment = new Date(0)
  moment.setUTCFullYear(year, month - 1, day)
  if (moment.getUTCMonth() !== month - 1 || moment.getUTCDate() !== day) {
    const valid = month >= 1 && month <= 12
    throw raise('java.time.DateTimeException', valid ? `Invalid date '${MONTHS.values[month - 1]!.name} ${day}'` : `Invalid value for MonthOfYear (valid values 1 - 12): ${month}`) // prettier-ignore
  }
  return daysNanos(year, month, day)
}

export function clock(hour: number, minute: number, second = 0, nano = 0): bigint {
  const check = (value: number, limit: number, name: string): void => {
    if (value < 0 || value >= limit) throw raise('java.time.DateTimeException', `Invalid value for ${name} (valid values 0 - ${limit - 1}): ${value}`) // prettier-ignore
  }
  check(hour, 24, 'HourOfDay')
  check(minute, 60, 'MinuteOfHour')
  check(second, 60, 'SecondOfMinute')
  return BigInt(hour * 3600 + minute * 60 + second) * SECOND + BigInt(nano)
}
