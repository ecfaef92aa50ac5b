import { expect, test } from 'vitest'
import { toValue, type ValueObject } from '../../event/index.ts'
import { parseMapping } from '../dsl/index.ts'
import { checkIndexSort, inIndexOrder, indexSort } from './index-sort.ts'

const settings = (sort: object): ValueObject => toValue({ index: { sort } }) as ValueObject
const DOC = indexSort(settings({ field: '_doc' }))

test.each([
  [{ field: 'other' }, 'unknown index sort field:[other]'],
  [{ field: 'text' }, 'invalid index sort field:[text]'],
  [{ field: ['n', 'k'], order: ['asc'] }, 'index.sort.field:[n, k] index.sort.order:[asc], size mismatch'],
  [{ field: 'n', order: 'up' }, 'Illegal order:[up] for [index.sort.order]'],
  [{ field: 'n', mode: 'avg' }, 'Illegal mode:[avg] for [index.sort.mode]'],
])('%j is refused', (sort, reason) => {
  const properties = { n: { type: 'long' }, k: { type: 'keyword' }, text: { type: 'text' } }
  const mapping = parseMapping(toValue({ properties }) as ValueObject)
  expect(() => checkIndexSort(settings(sort), mapping)).toThrow(reason)
  expect(() => checkIndexSort(settings({ field: ['n', 'k'], order: ['desc', 'asc'] }), mapping)).not.toThrow()
})

test('_doc is the order of the indices where they have the same, and no other is changed', () => {
  const sorted = { settings: settings({ field: 'n', order: 'desc', missing: '_first' }) }
  expect(inIndexOrder(DOC, [sorted, sorted]).map(({ field, descending }) => [field, descending])).toEqual([
    ['n', true],
    ['_doc', false],
  ])
  expect(inIndexOrder(DOC, [sorted, { settings: settings({}) }])).toBe(DOC)
  const other = indexSort(settings({ field: 'k' }))
  expect(inIndexOrder(other, [sorted])).toBe(other)
})
