/**
 * Conditions as functions of an event, with the meaning that Logstash's compiled conditions have (its
 * EventCondition): types are strict, and only against a constant list are values compared as text.
 */
import { DiagnosticError, fail, type Source } from '../../diagnostic/index.ts'
import {
  Double,
  getAt,
  isObject,
  parseIsoTimestamp,
  printValue,
  Timestamp,
  type Event,
  type Value,
} from '../../event/index.ts'
import { compileRubyRegex } from '../grok/index.ts'
import type { Condition, Operand } from '../language/index.ts'

export type Predicate = (event: Event) => boolean
type Reader = (event: Event) => Value | undefined

/**
 * Compiles a condition.
 *
 * - A field alone is false where it is absent, null, false, an empty string or the string "false"; 0 is true.
 * - `==` never finds a number equal to a string, nor an integer to a double; absent equals absent.
 * - `<` and its like compare numbers with numbers and strings with strings (a time also with ISO 8601 text);
 *   anything else is false, whichever the operator.
 * - `=~` and `!~` look at strings only: for any other value `=~` is false.
 * - `x in y`: y a constant list: x as text is one of them; y a list: it has x; both strings: x is a part of y.
 * @throws DiagnosticError for a regular expression that does not compile.
 */
export function compileCondition(condition: Condition, source: Source): Predicate {
  switch (condition.node) {
    case 'boolean':
      return compileBoolean(condition, source)
    case 'not': {
      const inner = compileCondition(condition.inner, source)
      return (event) => !inner(event)
    }
    case 'group':
      return compileCondition(condition.inner, source)
    case 'truthy': {
      const value = compileOperand(condition.value)
      return (event) => isTrue(value(event))
    }
    case 'compare':
      return compileComparison(condition)
    case 'match':
      return compileMatch(condition, source)
    case 'in': {
      const found = compileMembership(condition.left, condition.right)
      return condition.negated ? (event) => !found(event) : found
    }
  }
}

/** True where a condition runs a regular expression, whose time on a hostile text has no bound. */
export function hasRegex(condition: Condition): boolean {
  switch (condition.node) {
    case 'boolean':
      return hasRegex(condition.left) || hasRegex(condition.right)
    case 'not':
    case 'group':
      return hasRegex(condition.inner)
    default:
      return condition.node === 'match'
  }
}

function compileBoolean(condition: Condition & { node: 'boolean' }, source: Source): Predicate {
  const left = compileCondition(condition.left, source)
  const right = compileCondition(condition.right, source)
  switch (condition.operator) {
    case 'and':
      return (event) => left(event) && right(event)
    case 'or':
      return (event) => left(event) || right(event)
    case 'xor':
      return (event) => left(event) !== right(event)
    case 'nand':
      return (event) => !(left(event) && right(event))
  }
}

function isTrue(value: Value | undefined): boolean {
  return value !== undefined && value !== null && value !== false && value !== '' && value !== 'false'
}

function compileMatch(condition: Condition & { node: 'match' }, source: Source): Predicate {
  const { negated, pattern } = condition
  const left = compileOperand(condition.left)
  let regex: RegExp
  try {
    regex = compileRubyRegex(pattern.source)
  } catch (error) {
    const reason = error instanceof DiagnosticError ? error.diagnostics[0]!.message : String(error)
    throw fail(
      'pipeline.invalid_regex',
      { reason: reason.replace(/^invalid regular expression: /, '') },
      { span: { source, start: pattern.start, end: pattern.end } },
    )
  }
  return (event) => {
    const value = left(event)
    return (typeof value === 'string' && regex.test(value)) !== negated
  }
}

function compileComparison(condition: Condition & { node: 'compare' }): Predicate {
  const left = compileOperand(condition.left)
  const right = compileOperand(condition.right)
  switch (condition.operator) {
    case '==':
      return (event) => same(left(event), right(event))
    case '!=':
      return (event) => !same(left(event), right(event))
    case '<':
      return (event) => order(left(event), right(event)) < 0
    case '>':
      return (event) => order(left(event), right(event)) > 0
    case '<=':
      return (event) => order(left(event), right(event)) <= 0
    case '>=':
      return (event) => order(left(event), right(event)) >= 0
  }
}

function compileOperand(operand: Operand): Reader {
  switch (operand.node) {
    case 'field': {
      const { keys, metadata } = operand.path
      const only = keys[0]
      if (only === undefined) return metadata ? (event) => event.metadata : () => undefined
      if (metadata) return (event) => getAt(event.metadata, keys)
      if (keys.length === 1) return (event) => event.data[only]
      return (event) => getAt(event.data, keys)
    }
    case 'plugin':
    case 'hash':
      return () => undefined
    default: {
      const value = constant(operand)
      return () => value
    }
  }
}

function constant(operand: Operand): Value {
  switch (operand.node) {
    case 'string':
    case 'bareword':
      return operand.value
    case 'number':
      return operand.raw.includes('.') && Number.isInteger(operand.value) ? new Double(operand.value) : operand.value
    case 'array':
      return operand.items.map(constant)
    default:
      return null
  }
}

/** Equality by the number model: 5 is an integer, 5.0 ({@link Double}) and 5.5 are doubles. */
function same(left: Value | undefined, right: Value | undefined): boolean {
  if (left === right) return true
  if (left === undefined || left === null) return right === undefined || right === null
  if (right === undefined || right === null || typeof left !== typeof right || typeof left !== 'object') return false
  if (left instanceof Double) return right instanceof Double && left.value === right.value
  if (left instanceof Timestamp) return right instanceof Timestamp && left.micros === right.micros
  if (Array.isArray(left))
    return Array.isArray(right) && left.length === right.length && left.every((item, index) => same(item, right[index]))
  if (!isObject(left) || !isObject(right)) return false
  const names = Object.keys(left)
  return names.length === Object.keys(right).length && names.every((name) => same(left[name], right[name]))
}

/** Below, at or above 0; NaN where the two cannot be put in an order. */
function order(left: Value | undefined, right: Value | undefined): number {
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0
  const [a, b] = [scalar(left, right), scalar(right, left)]
  return a === undefined || b === undefined ? Number.NaN : a < b ? -1 : a > b ? 1 : a === b ? 0 : Number(a) - Number(b)
}

function scalar(value: Value | undefined, other: Value | undefined): number | bigint | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return other instanceof Timestamp ? undefined : value
  if (value instanceof Double) return other instanceof Timestamp ? undefined : value.value
  if (value instanceof Timestamp)
    return other instanceof Timestamp || typeof other === 'string' ? value.micros : undefined
  return typeof value === 'string' && other instanceof Timestamp ? parseIsoTimestamp(value)?.micros : undefined
}

function compileMembership(item: Operand, holder: Operand): Predicate {
  const left = compileOperand(item)
  if (holder.node === 'array') {
    const texts = new Set(holder.items.map((value) => printValue(constant(value))))
    return (event) => {
      const value = left(event)
      return value !== undefined && value !== null && texts.has(typeof value === 'string' ? value : printValue(value))
    }
  }
  const right = compileOperand(holder)
  // A field in a constant: only strings are looked for in it.
  if (holder.node !== 'field' && item.node === 'field') {
    const text = printValue(constant(holder))
    return (event) => {
      const value = left(event)
      return typeof value === 'string' && text.includes(value)
    }
  }
  return (event) => {
    const value = left(event)
    const list = right(event)
    if (value === undefined || value === null || list === undefined || list === null) return false
    if (Array.isArray(list))
      return typeof value === 'object' ? list.some((one) => same(one, value)) : list.includes(value)
    if (typeof list === 'string' && typeof value === 'string') return list.includes(value)
    return same(list, value)
  }
}
