import { toRegExp } from 'oniguruma-to-es'
import { fail, type Source } from '../../diagnostic/index.ts'
import { Double, printValue, type Event, type Value } from '../../event/index.ts'
import type { Condition, Operand } from '../language/index.ts'

export type Predicate = (event: Event) => boolean
type Reader = (event: Event) => Value | undefined

/**
 * Compiles a condition to a function of an event, with Logstash's meaning:
 *
 * - A field alone is false where it is absent, null or false.
 * - `==` compares numbers by value and never a number with a string; `<` and its like compare strings with strings.
 * - `in` finds a member of a list, or a part of a string.
 * @throws DiagnosticError for a regular expression that does not compile.
 */
export function compileCondition(condition: Condition, source: Source): Predicate {
  switch (condition.node) {
    case 'boolean': {
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
    case 'not': {
      const inner = compileCondition(condition.inner, source)
      return (event) => !inner(event)
    }
    case 'group':
      return compileCondition(condition.inner, source)
    case 'truthy': {
      const value = compileOperand(condition.value)
      return (event) => {
        const found = value(event)
        return found !== undefined && found !== null && found !== false
      }
    }
    case 'compare':
      return compileComparison(condition)
    case 'match': {
      const { negated, pattern } = condition
      const left = compileOperand(condition.left)
      let regex: RegExp
      try {
        regex = toRegExp(pattern.source, { target: 'ES2024' })
      } catch (error) {
        const span = { source, start: pattern.start, end: pattern.end }
        throw fail('pipeline.invalid_regex', { reason: (error as Error).message }, { span })
      }
      return (event) => {
        const value = left(event)
        return (value !== undefined && value !== null && regex.test(printValue(value))) !== negated
      }
    }
    case 'in': {
      const left = compileOperand(condition.left)
      const right = compileOperand(condition.right)
      const { negated } = condition
      return (event) => contains(right(event), left(event)) !== negated
    }
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
      return (event) => compare(left(event), right(event), (order) => order < 0)
    case '>':
      return (event) => compare(left(event), right(event), (order) => order > 0)
    case '<=':
      return (event) => compare(left(event), right(event), (order) => order <= 0)
    case '>=':
      return (event) => compare(left(event), right(event), (order) => order >= 0)
  }
}

function compileOperand(operand: Operand): Reader {
  switch (operand.node) {
    case 'field': {
      const { path } = operand
      return (event) => event.get(path)
    }
    case 'string':
    case 'bareword':
    case 'number': {
      const { value } = operand
      return () => value
    }
    case 'array': {
      const items = operand.items.map(compileOperand)
      return (event) => items.map((item) => item(event) ?? null)
    }
    default:
      return () => undefined
  }
}

/** Numbers of every kind as JS numbers, so that 5 and 5.0 are the same. */
function plain(value: Value | undefined): unknown {
  return value instanceof Double ? value.value : typeof value === 'bigint' ? Number(value) : value
}

function same(left: Value | undefined, right: Value | undefined): boolean {
  const [a, b] = [plain(left), plain(right)]
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => same(item as Value, b[index] as Value))
  return (a === undefined || a === null) && (b === undefined || b === null)
}

function compare(left: Value | undefined, right: Value | undefined, test: (order: number) => boolean): boolean {
  const [a, b] = [plain(left), plain(right)]
  if (typeof a === 'number' && typeof b === 'number') return test(a - b)
  if (a === undefined || a === null || b === undefined || b === null) return false
  const [x, y] = [printValue(a as Value), printValue(b as Value)]
  return test(x < y ? -1 : x > y ? 1 : 0)
}

function contains(holder: Value | undefined, value: Value | undefined): boolean {
  if (value === undefined || value === null) return false
  if (Array.isArray(holder)) return holder.some((item) => same(item, value))
  if (typeof holder === 'string' && typeof value === 'string') return holder.includes(value)
  return same(holder, value)
}
