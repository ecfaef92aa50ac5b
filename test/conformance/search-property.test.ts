import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import { systemClock } from '../../src/clock/index.ts'
import { parseJson, stringifyJson, toValue, type ValueObject } from '../../src/event/index.ts'
import { checkSearch } from '../../src/search/dsl/index.ts'
import { executeSearch } from '../../src/search/embedded/evaluator/index.ts'
import { sharedOpenSearch } from '../engines/index.ts'
import { memoryIndex } from '../memory-segments.ts'

const INDEX = 'conformance-property'
const MAPPING = {
  properties: {
    at: { type: 'date' },
    n: { type: 'integer' },
    d: { type: 'double' },
    k: { type: 'keyword' },
    t: { type: 'text' },
    ip: { type: 'ip' },
    ok: { type: 'boolean' },
    o: { type: 'nested', properties: { k: { type: 'keyword' }, n: { type: 'integer' } } },
  },
}

const word = fc.constantFrom('alpha', 'beta', 'gamma', 'alpine', 'Beta', 'delta')
const number = fc.integer({ min: -3, max: 6 })
const day = fc.integer({ min: 1, max: 5 }).map((n) => `2026-01-0${n}`)
const address = fc.integer({ min: 0, max: 6 }).map((n) => `10.0.${n >> 1}.${n}`)
const oneOrMore = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | T[]> =>
  fc.oneof(value, fc.array(value, { maxLength: 3 }))
const text = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' '))

const document = fc.record(
  {
    at: day,
    n: oneOrMore(number),
    d: fc.integer({ min: -4, max: 8 }).map((n) => n / 2),
    k: oneOrMore(word),
    t: oneOrMore(text),
    ip: address,
    ok: fc.boolean(),
    o: oneOrMore(fc.record({ k: word, n: number }, { requiredKeys: [] })),
  },
  { requiredKeys: [] },
)

const leaf: fc.Arbitrary<object> = fc.oneof(
  fc.record({ k: word }).map((term) => ({ term })),
  fc.record({ n: number }).map((term) => ({ term })),
  fc.record({ ok: fc.boolean() }).map((term) => ({ term })),
  fc.record({ ip: fc.oneof(address, fc.constant('10.0.1.0/24')) }).map((term) => ({ term })),
  fc.record({ k: fc.array(word, { maxLength: 3 }) }).map((terms) => ({ terms })),
  fc.record({ n: fc.record({ gte: number, lt: number }, { requiredKeys: [] }) }).map((range) => ({ range })),
  fc.record({ d: fc.record({ gt: number, lte: number }, { requiredKeys: [] }) }).map((range) => ({ range })),
  fc.record({ at: fc.record({ gte: day, lte: day }, { requiredKeys: [] }) }).map((range) => ({ range })),
  fc.record({ field: fc.constantFrom('k', 'n', 't', 'ip', 'o', 'nothing') }).map((exists) => ({ exists })),
  fc.record({ t: text }).map((match) => ({ match })),
  fc.record({ t: fc.record({ query: text, operator: fc.constantFrom('and', 'or') }) }).map((match) => ({ match })),
  fc.record({ t: text }).map((phrase) => ({ match_phrase: phrase })),
  fc.record({ k: fc.constantFrom('al', 'b', '') }).map((prefix) => ({ prefix })),
  fc.record({ k: fc.constantFrom('*a', 'a?p*', '*') }).map((wildcard) => ({ wildcard })),
  fc.record({ k: fc.constantFrom('al.*', '[a-d].+', '.*ta') }).map((regexp) => ({ regexp })),
  fc.record({ t: fc.constantFrom('alpa', 'bata', 'gama') }).map((fuzzy) => ({ fuzzy })),
)

const query: fc.Arbitrary<object> = fc.letrec<{ query: object }>((tie) => ({
  query: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.oneof(
      fc
        .record(
          {
            must: fc.array(tie('query'), { maxLength: 2 }),
            should: fc.array(tie('query'), { maxLength: 3 }),
            filter: fc.array(tie('query'), { maxLength: 2 }),
            must_not: fc.array(tie('query'), { maxLength: 2 }),
            minimum_should_match: fc.constantFrom(0, 1, 2, '50%', '-1'),
          },
          { requiredKeys: [] },
        )
        .map((bool) => ({ bool })),
      fc.record({ queries: fc.array(tie('query'), { minLength: 1, maxLength: 3 }) }).map((dis) => ({ dis_max: dis })),
      tie('query').map((filter) => ({ constant_score: { filter } })),
      fc.record({ k: word, n: number }).map(({ k, n }) => ({
        nested: { path: 'o', query: { bool: { must: [{ term: { 'o.k': k } }, { range: { 'o.n': { gte: n } } }] } } },
      })),
    ),
  ),
})).query

const { engine, skipReason } = await sharedOpenSearch()

describe.skipIf(engine === undefined)(`random queries find what OpenSearch finds${skipReason ?? ''}`, () => {
  const call = async (method: string, path: string, body?: string): Promise<ValueObject> => {
    const response = await fetch(`${engine!.url}${path}`, {
      method,
      headers: { 'content-type': path.startsWith('/_bulk') ? 'application/x-ndjson' : 'application/json' },
      ...(body === undefined ? {} : { body }),
    })
    return parseJson(await response.text()) as ValueObject
  }
  // One set of documents for all queries: what costs is to index, not to ask.
  const documents = fc.sample(document, { numRuns: 60, seed: 20_260_101 })
  const index = memoryIndex(INDEX, toValue(MAPPING) as ValueObject, documents.map(toValue), 17)

  beforeAll(async () => {
    await call('DELETE', `/${INDEX}`)
    await call('PUT', `/${INDEX}`, stringifyJson({ settings: { number_of_shards: 1 }, mappings: MAPPING }))
    const lines = documents.flatMap((source, i) => [
      stringifyJson({ index: { _index: INDEX, _id: String(i) } }),
      stringifyJson(source),
    ])
    const answer = await call('POST', '/_bulk?refresh=true', `${lines.join('\n')}\n`)
    if (answer['errors'] !== false) throw new Error(`the documents were refused: ${stringifyJson(answer)}`)
  })

  afterAll(() => call('DELETE', `/${INDEX}`))

  const idsOf = (answer: unknown): string[] =>
    (answer as { hits: { hits: { _id: string }[] } }).hits.hits.map(({ _id }) => _id).sort()

  it('gives the same ids', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(query, async (one) => {
        const body = stringifyJson({ size: 100, _source: false, query: one })
        const theirs = await call('POST', `/${INDEX}/_search`, body)
        const checked = checkSearch(parseJson(body))
        const ours = await executeSearch([index], checked, { now: systemClock.now(), clock: systemClock })
        expect(idsOf(ours)).toEqual(idsOf(theirs))
      }),
      { numRuns: 300 },
    )
  })
})
