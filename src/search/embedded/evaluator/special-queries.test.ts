import { expect, it, test } from 'vitest'
import { systemClock } from '../../../clock/index.ts'
import { stringifyJson, toValue, type ValueObject } from '../../../event/index.ts'
import { memoryIndex } from '../../../../test/memory-segments.ts'
import { checkSearch } from '../../dsl/index.ts'
import { executeSearch } from './index.ts'

/** What no open-source engine answers, and what is asked to do harm; the others are in test/conformance. */
const MAPPING = toValue({ properties: { body: { type: 'text' }, word: { type: 'keyword' } } }) as ValueObject

async function found(documents: readonly object[], query: object): Promise<{ _id: string; _score: number }[]> {
  const index = memoryIndex('test', MAPPING, documents.map(toValue), 3)
  const search = checkSearch(toValue({ query }))
  const { hits } = await executeSearch([index], search, { now: 0, clock: systemClock })
  return JSON.parse(stringifyJson(toValue(hits.hits))) as { _id: string; _score: number }[]
}

const DOCUMENTS = ['a fox', 'a dog', 'a fox and a fox', 'nothing'].map((body) => ({ body }))
const ORGANIC = { match: { body: 'fox' } }

test.each([
  ['ids', { ids: ['3', '1'] }],
  ['docs', { docs: [{ _id: '3' }, { _index: 'test', _id: '1' }, { _index: 'other', _id: '0' }] }],
])('pinned documents by %s come first, in their order', async (_name, pinned) => {
  const hits = await found(DOCUMENTS, { pinned: { ...pinned, organic: ORGANIC } })
  expect(hits.map(({ _id }) => _id)).toEqual(['3', '1', '0', '2'])
  expect(hits[1]!._score).toBeGreaterThan(2 ** 127)
  expect(hits[2]!._score).toBeLessThan(1)
})

const term = (value: string): object => ({ span_term: { body: value } })
const near = (clauses: readonly object[], inOrder: boolean): object => ({
  span_near: { clauses, slop: 1_000_000, in_order: inOrder },
})

// Of so many places each pair would be 10^10 steps.
it('compares spans in steps that grow with their number, not with its square', async () => {
  const documents = [{ body: 'x y '.repeat(50_000) }]
  const pair = near([term('x'), term('y')], true)
  for (const query of [
    { span_not: { include: term('x'), exclude: term('y') } },
    { span_containing: { big: pair, little: term('x') } },
    { span_within: { big: pair, little: term('y') } },
    near([pair, near([term('y'), term('x')], false)], false),
  ])
    expect(await found(documents, query)).toHaveLength(1)
})

test.each([
  [
    'more clauses than are allowed',
    near(
      Array.from({ length: 1025 }, () => term('x')),
      true,
    ),
    'maxClauseCount',
  ],
  [
    'spans that are nested too deep',
    Array.from({ length: 40 }).reduce<object>((inner) => near([inner], true), term('x')),
    'exceeds the maximum nested depth',
  ],
  ['a gap in front', near([{ span_gap: { body: 1 } }, term('x')], true), 'must not begin with a gap'],
  ['pinned documents of two kinds', { pinned: { ids: ['1'], docs: [], organic: ORGANIC } }, 'either [ids] or [docs]'],
  ['a query string of too many words', { query_string: { query: 'x OR '.repeat(1025) + 'x' } }, 'maxClauseCount'],
  ['a simple one, too', { simple_query_string: { query: 'x | '.repeat(1025) + 'x' } }, 'maxClauseCount'],
  [
    'more_like_this of too many',
    { more_like_this: { fields: ['body'], like: Array.from({ length: 101 }, () => 'x') } },
    'at most 100 items',
  ],
])('%s are refused', (_name, query, reason) => {
  expect(() => checkSearch(toValue({ query }))).toThrow(reason)
})

test('a text of more words than a query may have clauses is refused', async () => {
  const words = Array.from({ length: 1025 }, (_, at) => `w${at}`).join(' ')
  await expect(found([{ body: 'x' }], { match: { body: words } })).rejects.toThrow('maxClauseCount')
})
