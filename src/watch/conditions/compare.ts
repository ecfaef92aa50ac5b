import { isObject, newObject, Timestamp, type Value, type ValueObject } from '../../event/index.ts'
import { dateFormat, DEFAULT_FORMAT, resolveDate } from '../../search/dsl/index.ts'
import { contextOf, defineCondition, type Execution } from '../model.ts'
import { valueAt } from '../object-path.ts'
import type { Spec } from '../spec.ts'
import { holds, OPERATORS, type Operator } from './compare-values.ts'

/** What a value of ctx is compared with. */
export interface Expected {
  /** The path or date math that gives it, for the record; absent where it is written as it is. */
  readonly from?: string
  value(execution: Execution, payload: ValueObject): Value
}

export const NULL: Expected = { value: () => null }

/** Reads it: a value as it is, `{{ctx.payload.x}}`, or date math `<{now-5m}>`; lists and objects have no order. */
export function readExpected(spec: Spec, operator: Operator): Expected | undefined {
  const { value } = spec
  const ordered = operator !== 'eq' && operator !== 'not_eq'
  if (ordered && (Array.isArray(value) || isObject(value)))
    return spec.invalid('a number, a string, true, false or null')
  if (typeof value !== 'string') return { value: () => value }
  const path = /^\{\{\s*(ctx(?:\.[^{}\s]+)+)\s*\}\}$/.exec(value)?.[1]
  if (path !== undefined)
    return { from: path, value: (execution, payload) => valueAt(contextOf(execution, payload), path) ?? null }
  const math = /^<\{(.+)\}>$/.exec(value)?.[1]
  if (math === undefined) return { value: () => value }
  const format = dateFormat(DEFAULT_FORMAT)
  const resolve = (now: number): Timestamp => new Timestamp(resolveDate(math, { now, format }))
  try {
    resolve(0)
  } catch (error) {
    spec.problems.wrap(spec.path, error)
    return undefined
  }
  return { from: math, value: (execution) => resolve(execution.executionTime.millis) }
}

interface Comparison {
  readonly path: string
  readonly operator: Operator
  readonly expected: Expected
}

export const compare = defineCondition({
  name: 'compare',
  summary: 'compares values of ctx: eq, not_eq, gt, gte, lt, lte',
  read(spec) {
    if (!spec.isObject('an object of paths, such as {"ctx.payload.hits.total": {"gt": 5}}')) return undefined
    const comparisons: Comparison[] = []
    if (spec.names().length === 0) return spec.invalid('an object with at least one path to compare')
    for (const path of spec.names()) {
      const inner = spec.take(path)
      if (inner === undefined) spec.invalid(`an object in which '${path}' has an operator`)
      if (inner === undefined || !inner.isObject(`an object with one of ${OPERATORS.join(', ')}`)) continue
      comparisons.push(...readComparisons(path, inner))
    }
    return {
      type: 'compare',
      check(execution, payload) {
        const resolved = newObject()
        const context = contextOf(execution, payload)
        const met = comparisons.every(({ path, operator, expected }) => {
          const value = valueAt(context, path)
          resolved[path] = value ?? null
          const right = expected.value(execution, payload)
          if (expected.from !== undefined) resolved[expected.from] = right
          return holds(operator, value, right)
        })
        return { met, detail: detailOf(resolved) }
      },
    }
  },
})

function readComparisons(path: string, spec: Spec): Comparison[] {
  const comparisons: Comparison[] = []
  for (const operator of OPERATORS) {
    const inner = spec.take(operator) ?? nullOf(spec, operator)
    const expected = inner === undefined ? undefined : inner === null ? NULL : readExpected(inner, operator)
    if (expected !== undefined) comparisons.push({ path, operator, expected })
  }
  spec.done()
  if (spec.names().length === 0) spec.invalid(`an object with one of ${OPERATORS.join(', ')}`)
  return comparisons
}

/** `{ "eq": null }` asks for the absence of a value. */
function nullOf(spec: Spec, operator: Operator): null | undefined {
  return spec.names().includes(operator) ? null : undefined
}

function detailOf(resolved: ValueObject): ValueObject {
  const detail = newObject()
  detail['resolved_values'] = resolved
  return detail
}
