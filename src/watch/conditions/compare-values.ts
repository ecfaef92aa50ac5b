import { Double, isObject, Timestamp, parseIsoTimestamp, type Value } from '../../event/index.ts'
import { stringifyAsJava } from '../../script/index.ts'

export const OPERATORS = ['eq', 'not_eq', 'gt', 'gte', 'lt', 'lte'] as const
export type Operator = (typeof OPERATORS)[number]

/** Compares as Watcher does: leniently by the type of the right side. Undefined values are null. */
export function holds(operator: Operator, left: Value | undefined, right: Value): boolean {
  const order = compare(left ?? null, right)
  return order === undefined ? operator === 'not_eq' : fits(operator, order)
}

/** The same for an element of a list: one that cannot be compared fits nothing, not even `not_eq`. */
export function elementHolds(operator: Operator, left: Value | undefined, right: Value): boolean {
  const order = compare(left ?? null, right)
  return order !== undefined && fits(operator, order)
}

function fits(operator: Operator, order: number): boolean {
  if (operator === 'eq') return order === 0
  if (operator === 'not_eq') return order !== 0
  if (operator === 'gt') return order > 0
  if (operator === 'gte') return order >= 0
  return operator === 'lt' ? order < 0 : order <= 0
}

/** Negative, zero or positive; undefined where the two are only not equal. */
function compare(left: Value, right: Value): number | undefined {
  if (same(left, right)) return 0
  if (left === null || right === null) return undefined
  const number = numberOf(right)
  if (number !== undefined) {
    const other = typeof left === 'string' ? Number(left === '' ? NaN : left) : numberOf(left)
    return other === undefined || Number.isNaN(other - number) ? undefined : other - number
  }
  if (right instanceof Timestamp) {
    const time = timeOf(left)
    return time === undefined ? undefined : time.micros - right.micros
  }
  if (typeof right !== 'string' || Number.isNaN(numberOf(left))) return undefined
  const text = stringifyAsJava(left)
  return text < right ? -1 : text > right ? 1 : 0
}

/** Equal as values are, lists and objects by their elements; not a number is itself, as Java has it. */
function same(left: Value, right: Value): boolean {
  if (Array.isArray(left))
    return Array.isArray(right) && left.length === right.length && left.every((inner, i) => same(inner, right[i]!))
  if (isObject(left)) {
    if (!isObject(right)) return false
    const names = Object.keys(left)
    return (
      names.length === Object.keys(right).length &&
      names.every((name) => Object.hasOwn(right, name) && same(left[name]!, right[name]!))
    )
  }
  if (left instanceof Timestamp) return right instanceof Timestamp && left.micros === right.micros
  const number = numberOf(left)
  return number === undefined ? left === right : Object.is(number + 0, (numberOf(right) ?? Infinity) + 0)
}

function timeOf(value: Value): Timestamp | undefined {
  if (value instanceof Timestamp) return value
  if (typeof value === 'string') return parseIsoTimestamp(value)
  const millis = numberOf(value)
  return millis === undefined ? undefined : Timestamp.fromMillis(millis)
}

function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  return value instanceof Double ? value.value : undefined
}
