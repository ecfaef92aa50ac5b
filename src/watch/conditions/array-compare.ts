import { fail } from '../../diagnostic/index.ts'
import { newObject, stringifyJson, type Value } from '../../event/index.ts'
import { contextOf, defineCondition } from '../model.ts'
import { valueAt } from '../object-path.ts'
import { NULL, readExpected } from './compare.ts'
import { elementHolds, OPERATORS, type Operator } from './compare-values.ts'

type Quantifier = 'some' | 'all'

export const arrayCompare = defineCondition({
  name: 'array_compare',
  summary: 'compares the elements of a list of ctx: some or all of them',
  read(spec) {
    if (!spec.isObject('an object with the path of a list') || spec.names().length !== 1)
      return spec.names().length === 1 ? undefined : spec.invalid('an object with the path of one list')
    const listPath = spec.names()[0]!
    const inner = spec.take(listPath)
    if (inner === undefined || !inner.isObject()) return undefined
    const path = inner.take('path')?.string() ?? ''
    const used = OPERATORS.flatMap((operator) => {
      const found = inner.take(operator)
      return found === undefined ? [] : [{ operator, found }]
    })
    inner.done()
    if (used.length !== 1) return inner.invalid(`an object with one of ${OPERATORS.join(', ')}`)
    const { operator, found } = used[0] as { operator: Operator; found: (typeof used)[0]['found'] }
    if (!found.isObject('an object with "value" and "quantifier"')) return undefined
    const nothing = found.names().includes('value') && found.take('value') === undefined
    const value = nothing ? undefined : found.need('value')
    const quantifier: Quantifier = found.take('quantifier')?.oneOf('some', 'all') ?? 'some'
    found.done()
    const expected = nothing ? NULL : value === undefined ? undefined : readExpected(value, operator)
    if (expected === undefined) return undefined
    return {
      type: 'array_compare',
      check(execution, payload) {
        const list = valueAt(contextOf(execution, payload), listPath)
        if (list !== undefined && list !== null && !Array.isArray(list))
          throw fail('watch.run', {
            reason: `array path ${listPath} did not evaluate to array, was ${stringifyJson(list).slice(0, 100)}`,
          })
        const elements = list ?? []
        const right = expected.value(execution, payload)
        const test = (element: Value): boolean => elementHolds(operator, valueAt(element, path), right)
        const met = quantifier === 'all' ? elements.every(test) : elements.some(test)
        const detail = newObject()
        const resolved = newObject()
        resolved[listPath] = elements
        if (expected.from !== undefined) resolved[expected.from] = right
        detail['resolved_values'] = resolved
        return { met, detail }
      },
    }
  },
})
