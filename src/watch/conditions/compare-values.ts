import { Double, Timestamp, parseIsoTimestamp, type Value } from '../../event/index.ts'
import { stringifyAsJava } from '../../script/index.ts'

export const OPERATORS = ['eq', 'not_eq', 'gt', 'gte', 'lt', 'lte'] as const
export type Operator = (typeof OPERATORS)[number]

/** Compares as Watcher does: leniently by the type of the right side. Undefined values are null. */
export function holds(operator: Operator, left: Value | undefined, right: Value): boolean {
  const order = compare(left ?? null, right)
  if (operator === 'eq') return order === 0
  if (operator === 'not_eq') return order !== 0
  if (order === undefined) return false
  if (operator === 'gt') return order > 0
  if (operator === 'gte') return order >= 0
  return operator === 'lt' ? order < 0 : order <= 0
}

/** Negative, zero or positive; undefined where the two cannot be compared. */
function compare(left: Value, right: Value): number | undefined {
  if (left === null || right === null) return left === right ? 0 : undefined
  const number = numberOf(right)
  if (number !== undefined) {
    const other = typeof left === 'string' ? Number(left === '' ? NaN : left) : numberOf(left)
    return other === undefined || Number.isNaN(other) ? undefined : other - number
  }
  if (right instanceof Timestamp) {
    const millis = numberOf(left)
    const time =
      left instanceof Timestamp
        ? left
        : millis !== undefined
          ? Timestamp.fromMillis(millis)
          : typeof left === 'string'
            ? parseIsoTimestamp(left)
            : undefined
    return time === undefined ? undefined : time.micros - right.micros
  }
  if (typeof right === 'string') {
    const text = stringifyAsJava(left)
    return text < right ? -1 : text > right ? 1 : 0
  }
  if (typeof right === 'boolean')
    return typeof left === 'boolean' ? Number(left) - Number(right) : String(left) === String(right) ? 0 : undefined
  return stringifyAsJava(left) === stringifyAsJava(right) ? 0 : undefined
}

function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  return value instanceof Double ? value.value : undefined
}
