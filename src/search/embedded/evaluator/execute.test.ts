import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManualClock, systemClock } from '../../../clock/index.ts'
import { stringifyJson, toValue, type ValueObject } from '../../../event/index.ts'
import { memoryIndex } from '../../../../test/memory-segments.ts'
import { checkSearch } from '../../dsl/index.ts'
import type { Segment } from '../columns.ts'
import { countMatches, executeSearch, type SearchedIndex } from './index.ts'

const MAPPING = toValue({
  properties: {
    t: { type: 'date' },
    k: { type: 'keyword' },
    n: { type: 'long' },
    a: { type: 'ip' },
    m: { type: 'text' },
  },
}) as ValueObject

function index(documents: readonly object[], size?: number): SearchedIndex {
  return memoryIndex(
    'test',
    MAPPING,
    documents.map((document) => toValue(document)),
    size,
  )
}

async function run(indices: readonly SearchedIndex[], body: object): Promise<ValueObject> {
  const response = await executeSearch(indices, checkSearch(toValue(body)), { now: 0, clock: systemClock })
  return toValue(JSON.parse(stringifyJson(response))) as ValueObject
}

interface Plain {
  t: number
  k: string[]
  n: number[]
}

const documents = fc.array(
  fc.record({
    t: fc.integer({ min: 0, max: 50 }),
    k: fc.array(fc.constantFrom('a', 'b', 'c', 'dd'), { maxLength: 3 }),
    n: fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 2 }),
  }),
  { maxLength: 80 },
)

type Condition = { body: object; fits: (document: Plain) => boolean }

const leaf: fc.Arbitrary<Condition> = fc.oneof(
  fc.constantFrom('a', 'b', 'x').map((k) => ({ body: { term: { k } }, fits: (d: Plain) => d.k.includes(k) })),
  fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 50 })).map(([gte, lt]) => ({
    body: { range: { t: { gte, lt } } },
    fits: (d: Plain) => d.t >= gte && d.t < lt,
  })),
  fc
    .integer({ min: -3, max: 3 })
    .map((gt) => ({ body: { range: { n: { gt } } }, fits: (d: Plain) => d.n.some((n) => n > gt) })),
  fc
    .constantFrom('k', 'n')
    .map((field) => ({ body: { exists: { field } }, fits: (d: Plain) => d[field as 'k' | 'n'].length > 0 })),
)

const condition: fc.Arbitrary<Condition> = fc.letrec<{ node: Condition }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc
      .record({
        must: fc.array(tie('node'), { maxLength: 2 }),
        filter: fc.array(tie('node'), { maxLength: 2 }),
        should: fc.array(tie('node'), { maxLength: 3 }),
        must_not: fc.array(tie('node'), { maxLength: 2 }),
      })
      .map(({ must, filter, should, must_not }) => ({
        body: {
          bool: Object.fromEntries(
            Object.entries({ must, filter, should, must_not }).map(([name, list]) => [
              name,
              list.map(({ body }) => body),
            ]),
          ),
        },
        fits: (d: Plain) =>
          [...must, ...filter].every(({ fits }) => fits(d)) &&
          !must_not.some(({ fits }) => fits(d)) &&
          (must.length + filter.length > 0 || should.length === 0 || should.some(({ fits }) => fits(d))),
      })),
  ),
})).node

describe('against a plain loop over the documents', () => {
  it('finds the same, whatever the segments, the order of times and what is deleted', async () => {
    await fc.assert(
      fc.asyncProperty(
        documents,
        condition,
        fc.integer({ min: 1, max: 90 }),
        fc.boolean(),
        fc.integer({ min: 0, max: 7 }),
        async (list, query, size, sorted, remove) => {
          const docs = sorted ? list.toSorted((a, b) => a.t - b.t) : list
          const whole = index(docs, size)
          const removed = (i: number): boolean => remove > 0 && i % remove === 0
          let first = 0
          const segments = whole.segments.map((segment): Segment => {
            const deleted = new Uint32Array((segment.documents + 31) >>> 5)
            let deletedCount = 0
            for (let d = 0; d < segment.documents; d++)
              if (removed(first + d)) {
                deleted[d >>> 5]! |= 1 << (d & 31)
                deletedCount++
              }
            first += segment.documents
            return { ...segment, deleted, deletedCount }
          })
          const expected = docs.filter((d, i) => !removed(i) && query.fits(d))
          const indices = [{ ...whole, segments }]
          const answer = await run(indices, {
            size: 100,
            query: query.body,
            sort: [{ t: 'desc' }],
            aggs: {
              k: {
                terms: { field: 'k', order: { _key: 'asc' } },
                aggs: { n: { cardinality: { field: 'n' } }, s: { sum: { field: 'n' } } },
              },
            },
          })
          const hits = (answer['hits'] as ValueObject)['hits'] as ValueObject[]
          expect(hits.map((hit) => (hit['_source'] as ValueObject)['t'])).toEqual(
            expected.map(({ t }) => t).sort((a, b) => b - a),
          )
          const keys = [...new Set(expected.flatMap(({ k }) => k))].sort()
          expect(
            (((answer['aggregations'] as ValueObject)['k'] as ValueObject)['buckets'] as ValueObject[]).map(
              (bucket) => ({ ...bucket }),
            ),
          ).toEqual(
            keys.map((key) => {
              const inside = expected.filter(({ k }) => k.includes(key))
              const numbers = inside.flatMap(({ n }) => n)
              return {
                key,
                doc_count: inside.length,
                n: { value: new Set(numbers).size },
                s: { value: numbers.reduce((a, b) => a + b, 0) },
              }
            }),
          )
          expect(
            await countMatches(indices, checkSearch(toValue({ query: query.body })), { now: 0, clock: systemClock }),
          ).toBe(expected.length)
        },
      ),
      { numRuns: 300 },
    )
  })
})

it('gives the same buckets whether children are fed at once or for the buckets that stay', async () => {
  const docs = Array.from({ length: 500 }, (_, i) => ({ k: `k${(i * i) % 37}`, n: i % 11, t: i }))
  const aggs = { c: { cardinality: { field: 'n' } }, top: { top_hits: { size: 1, sort: [{ t: 'desc' }] } } }
  const few = await run([index(docs, 64)], { size: 0, aggs: { a: { terms: { field: 'k', size: 5 }, aggs } } })
  const all = await run([index(docs, 64)], { size: 0, aggs: { a: { terms: { field: 'k', size: 100 }, aggs } } })
  const buckets = (answer: ValueObject): ValueObject[] =>
    ((answer['aggregations'] as ValueObject)['a'] as ValueObject)['buckets'] as ValueObject[]
  expect(buckets(few)).toEqual(buckets(all).slice(0, 5))
})

it('counts distinct values exactly up to 100,000 and within 3 % beyond', async () => {
  const value = async (count: number): Promise<number> => {
    const docs = Array.from({ length: count * 2 }, (_, i) => ({ k: `v${i % count}` }))
    const answer = await run([index(docs)], { size: 0, aggs: { c: { cardinality: { field: 'k' } } } })
    return ((answer['aggregations'] as ValueObject)['c'] as ValueObject)['value'] as number
  }
  expect(await value(100_000)).toBe(100_000)
  expect(Math.abs((await value(150_000)) - 150_000)).toBeLessThan(4500)
})

it('prints a double with its fraction and a count without', async () => {
  const response = await executeSearch(
    [index([{ n: 5 }])],
    checkSearch(toValue({ size: 1, aggs: { a: { avg: { field: 'n' } }, c: { cardinality: { field: 'n' } } } })),
    { now: 0, clock: new ManualClock(0) },
  )
  expect(stringifyJson(response)).toBe(
    '{"took":0,"timed_out":false,"_shards":{"total":1,"successful":1,"skipped":0,"failed":0},"hits":{"total":{"value":1,"relation":"eq"},"max_score":1.0,"hits":[{"_index":"test","_id":"0","_score":1.0,"_source":{"n":5}}]},"aggregations":{"a":{"value":5.0},"c":{"value":1}}}',
  )
})

it('ends when it is cancelled, and answers with what it has past its timeout', async () => {
  const indices = [
    index(
      Array.from({ length: 40 }, (_, n) => ({ n })),
      10,
    ),
  ]
  const signal = AbortSignal.abort()
  await expect(
    executeSearch(indices, checkSearch(toValue({})), { now: 0, clock: systemClock, signal }),
  ).rejects.toThrow('task cancelled')
  const clock = new ManualClock()
  let calls = 0
  const slow = {
    ...clock,
    now: () => 0,
    monotonic: () => calls++ * 8,
    after: clock.after.bind(clock),
    sleep: clock.sleep.bind(clock),
  }
  const response = await executeSearch(indices, checkSearch(toValue({ timeout: '10ms' })), { now: 0, clock: slow })
  expect(response.timed_out).toBe(true)
  expect(response.hits.total!.value).toBeLessThan(40)
})

it('lets no wildcard and no include pattern run away', async () => {
  const docs = [{ k: 'a'.repeat(5000) }]
  const hostile = `${'*a'.repeat(300)}*b`
  expect((await run([index(docs)], { query: { wildcard: { k: hostile } } }))['hits']).toMatchObject({
    total: { value: 0 },
  })
  const answer = await run([index(docs)], { size: 0, aggs: { a: { terms: { field: 'k', include: '(a*)*b' } } } })
  expect(answer['aggregations']).toMatchObject({ a: { buckets: [] } })
})

it('orders addresses that tie by their numbers, over segments and in every search', async () => {
  const addresses = ['10.0.0.10', '9.0.0.1', '2001:db8::1', '10.0.0.9', '::1', '192.168.1.1']
  const indices = [
    index(
      [...addresses, ...addresses].map((a) => ({ a })),
      5,
    ),
  ]
  for (const [order, expected] of [
    ['asc', ['::1', '9.0.0.1', '10.0.0.9']],
    ['desc', ['2001:db8::1', '192.168.1.1', '10.0.0.10']],
  ] as const) {
    const body = {
      size: 0,
      aggs: { a: { terms: { field: 'a', size: 3, order: [{ _count: 'desc' }, { _key: order }] } } },
    }
    const { aggregations } = await run(indices, body)
    const { buckets } = (aggregations as ValueObject)['a'] as { buckets: { key: string }[] }
    expect(buckets.map(({ key }) => key)).toEqual(expected)
  }
})
