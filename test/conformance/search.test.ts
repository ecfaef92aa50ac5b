import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DiagnosticError } from '../../src/diagnostic/index.ts'
import {
  isObject,
  newObject,
  parseJson,
  stringifyJson,
  toValue,
  type Value,
  type ValueObject,
} from '../../src/event/index.ts'
import { systemClock } from '../../src/clock/index.ts'
import { checkSearch } from '../../src/search/dsl/index.ts'
import { executeSearch } from '../../src/search/embedded/evaluator/index.ts'
import { sharedEngine, sharedOpenSearch } from '../engines/index.ts'
import { memoryIndex } from '../memory-segments.ts'
import { FIELD_INDEX, FIELD_REFUSED, FIELD_REQUESTS } from './search-field-cases.ts'
import { AGGREGATION_REFUSED, AGGREGATION_REQUESTS } from './search-aggregation-cases.ts'
import { ELASTICSEARCH_DIFFERS, INDICES, REFUSED, REQUESTS, type IndexFixture } from './search-cases.ts'
import { MORE_INDEX, MORE_REFUSED, MORE_REQUESTS } from './search-relevance-cases.ts'
import { SPECIAL_INDEX, SPECIAL_REFUSED, SPECIAL_REQUESTS } from './search-special-cases.ts'

// What OpenSearch 3.3 answered; VEDETTA_RECORD=1 writes the file anew.
const FILE = fileURLToPath(new URL('../fixtures/search-expected.json', import.meta.url))
const record = process.env['VEDETTA_RECORD'] === '1'
const expected = (existsSync(FILE) ? parseJson(readFileSync(FILE, 'utf8')) : newObject()) as ValueObject

// OpenSearch says `terminated_early` where it answered from what it knows of a whole segment; nobody else does.
const VARIES = ['took', '_shards', '_seq_no', '_primary_term', 'terminated_early']

const ALL_INDICES = [...INDICES, MORE_INDEX, FIELD_INDEX, SPECIAL_INDEX]
const ALL_REQUESTS = { ...REQUESTS, ...AGGREGATION_REQUESTS, ...MORE_REQUESTS, ...FIELD_REQUESTS, ...SPECIAL_REQUESTS }
const ALL_REFUSED = { ...REFUSED, ...AGGREGATION_REFUSED, ...MORE_REFUSED, ...FIELD_REFUSED, ...SPECIAL_REFUSED }

/** Requests about the other fixtures ask them alone. */
function fixtureOf(name: string): IndexFixture | undefined {
  const bare = name.replace('refuses: ', '')
  if (name.startsWith('more ') || bare in MORE_REFUSED) return MORE_INDEX
  if (name.startsWith('special ') || bare in SPECIAL_REFUSED) return SPECIAL_INDEX
  return name.startsWith('fields ') || bare in FIELD_REFUSED ? FIELD_INDEX : undefined
}

/** Cases that are about scores. */
function scored(name: string): boolean {
  return /^(more|fields|special) score/.test(name)
}

/** The part of an answer that both sides must agree in: not times, shards, scores and primary terms. */
function comparable(answer: Value, scores = false): Value {
  if (Array.isArray(answer)) return answer.map((item) => comparable(item, scores))
  if (!isObject(answer)) return answer
  const copy = newObject()
  for (const key of Object.keys(answer).sort())
    if (![...VARIES, ...(scores ? [] : ['_score', 'max_score'])].includes(key))
      copy[key] = comparable(answer[key]!, scores)
  return copy
}

/** Fractions to six digits: the engines work in floats where we work in doubles. */
function text(value: Value): string {
  const rounded = (_key: string, item: unknown): unknown =>
    typeof item === 'number' && !Number.isInteger(item) ? Number(item.toPrecision(6)) : item
  return JSON.stringify(JSON.parse(stringifyJson(value)), rounded, 1)
}

/** OpenSearch allows 65,535 buckets, Elasticsearch and we 65,536; how many there would be nobody need count. */
function withoutCounts(error: string): string {
  return error.startsWith('too_many_buckets') ? error.replace(/\[\d+\]/g, '[N]') : error
}

/** Type and reason of the innermost cause. */
function cause(answer: Value): string {
  const error = (answer as ValueObject)['error'] as ValueObject
  const root = ((error['root_cause'] as Value[] | undefined)?.[0] ?? error['caused_by'] ?? error) as ValueObject
  // Places in the text of the request are not kept: a request may have come as an object.
  const reason = String(root['reason'])
    .replace(/^\[\d+:\d+\] /, '')
    .replace(/ at \[\d+:\d+\]$/, '')
  return withoutCounts(`${String(root['type'])}: ${reason}`)
}

const engines = [
  { name: 'OpenSearch', recorded: true, ...(await sharedOpenSearch()) },
  { name: 'Elasticsearch', recorded: false, ...(await sharedEngine('elasticsearch')) },
].map((engine) => ({ ...engine, why: engine.skipReason === undefined ? '' : ` (${engine.skipReason})` }))

describe.each(engines)('$name answers as recorded$why', ({ engine, recorded }) => {
  // Where Elasticsearch is known to differ the test fails as soon as it no longer does.
  const differs = (name: string): boolean => !recorded && name in ELASTICSEARCH_DIFFERS
  const call = async (method: string, path: string, body?: string): Promise<Value> => {
    const response = await fetch(`${engine!.url}${path}`, {
      method,
      headers: { 'content-type': path.startsWith('/_bulk') ? 'application/x-ndjson' : 'application/json' },
      ...(body === undefined ? {} : { body }),
    })
    return parseJson(await response.text())
  }

  beforeAll(async () => {
    if (engine === undefined) return
    for (const { name, mapping, documents } of recorded ? ALL_INDICES : INDICES) {
      await call('DELETE', `/${name}`)
      await call(
        'PUT',
        `/${name}`,
        stringifyJson({ settings: { number_of_shards: 1, number_of_replicas: 0 }, mappings: mapping }),
      )
      const lines = documents.flatMap((document, i) => [
        stringifyJson({ index: { _index: name, _id: String(i) } }),
        stringifyJson(document),
      ])
      const answer = (await call('POST', '/_bulk?refresh=true', `${lines.join('\n')}\n`)) as ValueObject
      if (answer['errors'] !== false) throw new Error(`the documents were refused: ${stringifyJson(answer)}`)
    }
  })

  /** The answer, or the error where the request is to be refused, and what was recorded. */
  const ask = async (name: string, body: object): Promise<{ answer: string; wanted: string }> => {
    const got = await call('POST', `/${fixtureOf(name)?.name ?? 'conformance-search-*'}/_search`, stringifyJson(body))
    const answer = name.startsWith('refuses: ') ? cause(got) : comparable(got, scored(name))
    if (record && recorded) expected[name] = answer
    return { answer: text(answer), wanted: text(expected[name] ?? null) }
  }

  // The distribution of Elasticsearch that can be had has neither Painless nor scaled_float: it is asked the plain ones.
  const requests = [
    ...Object.entries(recorded ? ALL_REQUESTS : REQUESTS),
    ...Object.entries(recorded ? ALL_REFUSED : REFUSED).map(([name, body]) => [`refuses: ${name}`, body] as const),
  ]

  it.skipIf(engine === undefined).each(requests.filter(([name]) => !differs(name)))('%s', async (name, body) => {
    const { answer, wanted } = await ask(name, body)
    expect(answer).toEqual(wanted)
  })

  it.skipIf(engine === undefined).each(requests.filter(([name]) => differs(name)))(
    '%s, otherwise',
    async (name, body) => {
      const { answer, wanted } = await ask(name, body)
      expect(answer).not.toEqual(wanted)
    },
  )

  afterAll(() => {
    if (!record || !recorded) return
    const lines = Object.keys(expected).map((name) => `${JSON.stringify(name)}: ${stringifyJson(expected[name])}`)
    writeFileSync(FILE, `{\n${lines.join(',\n')}\n}\n`)
  })
})

describe.skipIf(record)('the embedded evaluator answers as OpenSearch', () => {
  const indices = INDICES.map(({ name, mapping, documents }) =>
    memoryIndex(name, toValue(mapping) as ValueObject, documents.map(toValue), 3),
  )
  const others = new Map(
    [MORE_INDEX, FIELD_INDEX, SPECIAL_INDEX].map((fixture) => [
      fixture,
      memoryIndex(fixture.name, toValue(fixture.mapping) as ValueObject, fixture.documents.map(toValue), 3),
    ]),
  )
  const fetchDocument = async (index: string, id: string): Promise<ValueObject | undefined> => {
    const document = (index === SPECIAL_INDEX.name ? SPECIAL_INDEX : MORE_INDEX).documents[Number(id)]
    return document === undefined ? undefined : (toValue(document) as ValueObject)
  }
  const search = async (name: string, body: object): Promise<Value> => {
    const checked = checkSearch(parseJson(stringifyJson(body)))
    const fixture = fixtureOf(name)
    const other = fixture === undefined ? undefined : others.get(fixture)
    return parseJson(
      stringifyJson(
        await executeSearch(other === undefined ? indices : [other], checked, {
          now: systemClock.now(),
          clock: systemClock,
          fetchDocument,
        }),
      ),
    )
  }

  it.each(Object.entries(ALL_REQUESTS))('%s', async (name, body) => {
    expect(text(comparable(await search(name, body), scored(name)))).toEqual(text(expected[name] ?? null))
  })

  it.each(Object.entries(ALL_REFUSED))('refuses: %s', async (name, body) => {
    const error = await search(name, body).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(DiagnosticError)
    const { http, diagnostics } = error as DiagnosticError
    expect(withoutCounts(`${http.type}: ${diagnostics[0]!.message}`)).toEqual(expected[`refuses: ${name}`])
  })
})
