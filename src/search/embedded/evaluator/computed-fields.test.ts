import { describe, expect, it } from 'vitest'
import { memoryIndex, type MemoryIndex } from '../../../../test/memory-segments.ts'
import { systemClock } from '../../../clock/index.ts'
import { parseJson, stringifyJson, toValue, type ValueObject } from '../../../event/index.ts'
import { checkSearch } from '../../dsl/index.ts'
import { executeSearch } from './index.ts'

const PROPERTIES = {
  '@timestamp': { type: 'date' },
  message: { type: 'keyword' },
  source: { properties: { ip: { type: 'ip' } } },
  bytes: { type: 'long' },
  tags: { type: 'keyword' },
  ratio: { type: 'float' },
}
const DOCUMENTS = [
  { '@timestamp': '2026-03-01T23:30:00Z', message: 'user=root action=fail', bytes: 100, tags: ['b', 'a'], ratio: 0.5 },
  {
    '@timestamp': '2026-03-02T01:00:00Z',
    message: 'user=ciro action=ok',
    bytes: 250,
    tags: ['a'],
    raw: { port: '22' },
  },
  { '@timestamp': '2026-03-02T05:00:00Z', message: 'user=root action=ok', bytes: 50, raw: { port: 'none' } },
  { message: 'nothing', bytes: 75, raw: { port: [80, 443] } },
]

const USER = {
  type: 'keyword',
  script: { source: "def m = doc['message'].value; int i = m.indexOf('user='); if (i >= 0) emit(m.substring(5, 9))" },
}

function index(mapping: object = { properties: { ...PROPERTIES, raw: { enabled: false } } }): MemoryIndex {
  return memoryIndex('logs', toValue(mapping) as ValueObject, DOCUMENTS.map(toValue), 3)
}

interface Bucket {
  readonly key: unknown
  readonly key_as_string: string
  readonly doc_count: number
}

interface Answer {
  readonly hits: {
    readonly total: { readonly value: number }
    readonly hits: readonly { readonly _id: string; readonly sort: unknown; readonly fields: Record<string, unknown> }[]
  }
  readonly aggregations: Record<
    string,
    { readonly buckets: readonly Bucket[]; readonly value: number; readonly [name: string]: unknown }
  >
}

async function search(body: object, on: MemoryIndex = index()): Promise<Answer> {
  const checked = checkSearch(parseJson(stringifyJson(body)))
  const answer = await executeSearch([on], checked, { now: 0, clock: systemClock })
  return JSON.parse(stringifyJson(answer)) as Answer
}

const ids = (answer: Answer): string[] => answer.hits.hits.map((hit) => hit._id)

describe('runtime_mappings', () => {
  const runtime_mappings = {
    user: USER,
    hour: { type: 'long', script: "if (doc['@timestamp'].size() > 0) emit(doc['@timestamp'].value.getHour())" },
    day: { type: 'date', script: "if (doc['@timestamp'].size() > 0) emit(doc['@timestamp'].value.toInstant().toEpochMilli())" }, // prettier-ignore
    kilobytes: {
      type: 'double',
      script: { source: "emit(doc['bytes'].value / (double) params.unit)", params: { unit: 100.0 } },
    },
    large: { type: 'boolean', script: "emit(doc['bytes'].value > 80)" },
    address: { type: 'ip', script: "emit('10.0.0.' + doc['bytes'].value)" },
    place: { type: 'geo_point', script: "emit(41.9, 12.5 + doc['bytes'].value)" },
    'raw.port': { type: 'long' },
  }
  it.each([
    ['term on a keyword', { term: { user: 'root' } }, ['0', '2']],
    ['terms on a keyword', { terms: { user: ['ciro', 'nobody'] } }, ['1']],
    ['match on a keyword', { match: { user: 'root' } }, ['0', '2']],
    ['prefix', { prefix: { user: 'ci' } }, ['1']],
    ['wildcard', { wildcard: { user: '*o*' } }, ['0', '1', '2']],
    ['regexp', { regexp: { user: 'r.+' } }, ['0', '2']],
    ['fuzzy', { fuzzy: { user: 'roat' } }, ['0', '2']],
    ['exists', { exists: { field: 'user' } }, ['0', '1', '2']],
    ['not exists', { bool: { must_not: { exists: { field: 'user' } } } }, ['3']],
    ['range of longs', { range: { hour: { gte: 1, lt: 6 } } }, ['1', '2']],
    ['term on a long', { term: { hour: 23 } }, ['0']],
    ['range of dates', { range: { day: { gte: '2026-03-02' } } }, ['1', '2']],
    ['range of doubles', { range: { kilobytes: { gt: 0.5, lte: 1 } } }, ['0', '3']],
    ['boolean', { term: { large: true } }, ['0', '1']],
    ['ip in a network', { term: { address: '10.0.0.64/26' } }, ['0', '3']],
    ['from the source, what fits no long left out', { range: { 'raw.port': { gte: 22 } } }, ['1', '3']],
    [
      'beside stored fields',
      { bool: { filter: [{ range: { bytes: { gte: 100 } } }, { term: { user: 'root' } }] } },
      ['0'],
    ],
    ['in a query string', { query_string: { query: 'user:root AND bytes:<80' } }, ['2']],
    ['in a script', { script: { script: "doc['hour'].size() > 0 && doc['hour'].value == 5" } }, ['2']],
  ])('%s', async (_name, query, found) => {
    expect(ids(await search({ runtime_mappings, query, sort: ['_doc'] }))).toEqual(found)
  })

  it('sorts, and shows what it sorted by', async () => {
    const answer = await search({ runtime_mappings, sort: [{ kilobytes: 'desc' }, { user: 'asc' }], _source: false })
    expect(answer.hits.hits.map((hit) => hit.sort)).toEqual([[2.5, 'ciro'], [1, 'root'], [0.75, null], [0.5, 'root']]) // prettier-ignore
  })

  it('fetches fields, in the formats that are asked for', async () => {
    const answer = await search({
      runtime_mappings,
      query: { term: { user: 'ciro' } },
      fields: ['user', 'h*', { field: 'day', format: 'yyyy-MM-dd' }, 'large', 'address', 'raw.port'],
      docvalue_fields: ['kilobytes'],
      _source: false,
    })
    expect(answer.hits.hits[0]!.fields).toEqual({
      kilobytes: [2.5],
      user: ['ciro'],
      hour: [1],
      day: ['2026-03-02'],
      large: [true],
      address: ['10.0.0.250'],
      'raw.port': [22],
    })
  })

  it('aggregates', async () => {
    const { aggregations } = await search({
      runtime_mappings,
      size: 0,
      aggs: {
        users: { terms: { field: 'user' }, aggs: { b: { sum: { field: 'kilobytes' } } } },
        days: { date_histogram: { field: 'day', calendar_interval: 'day' } },
        hours: { histogram: { field: 'hour', interval: 12 } },
        distinct: { cardinality: { field: 'user' } },
        ports: { stats: { field: 'raw.port' } },
        all: { global: {}, aggs: { n: { value_count: { field: 'user' } } } },
        nets: { ip_range: { field: 'address', ranges: [{ mask: '10.0.0.0/26' }] } },
        pages: { composite: { sources: [{ u: { terms: { field: 'user' } } }] } },
      },
      query: { range: { bytes: { gte: 75 } } },
    })
    expect(aggregations['users']!.buckets).toEqual([
      { key: 'ciro', doc_count: 1, b: { value: 2.5 } },
      { key: 'root', doc_count: 1, b: { value: 1 } },
    ])
    expect(aggregations['days']!.buckets.map((bucket) => bucket.doc_count)).toEqual([1, 1])
    expect(aggregations['hours']!.buckets.map(({ key, doc_count }) => [key, doc_count])).toEqual([[0, 1], [12, 1]]) // prettier-ignore
    expect(aggregations['distinct']!.value).toBe(2)
    expect(aggregations['ports']!).toMatchObject({ count: 3, sum: 545 })
    expect(aggregations['all']!).toEqual({ doc_count: 4, n: { value: 3 } })
    expect(aggregations['nets']!.buckets[0]!.doc_count).toBe(0)
    expect(aggregations['pages']!.buckets.map((bucket) => bucket.key)).toEqual([{ u: 'ciro' }, { u: 'root' }])
  })

  it('a composite gives each of its fields what its script emits by its name', async () => {
    const both = {
      type: 'composite',
      script: "def m = doc['message'].value; if (m.startsWith('user')) { emit('user', m.substring(5, 9)); emit(['ok': m.endsWith('ok'), 'length': m.length()]) }", // prettier-ignore
      fields: { user: { type: 'keyword' }, ok: { type: 'boolean' }, length: { type: 'long' } },
    }
    const answer = await search({
      runtime_mappings: { login: both },
      query: { bool: { filter: [{ term: { 'login.user': 'root' } }, { term: { 'login.ok': true } }] } },
      fields: ['login.*'],
      _source: false,
    })
    expect(answer.hits.hits.map(({ _id, fields }) => ({ _id, fields }))).toEqual([
      { _id: '2', fields: { 'login.user': ['root'], 'login.ok': [true], 'login.length': [19] } },
    ])
  })

  it('one hides a mapped field of its name, and may read others', async () => {
    const answer = await search({
      runtime_mappings: {
        bytes: { type: 'keyword', script: "emit('many')" },
        twice: { type: 'keyword', script: "emit(doc['bytes'].value + doc['bytes'].value)" },
        first: { type: 'keyword', script: "emit(params._source.message.substring(0, 4)); emit(params['_source']['tags'] == null ? '-' : 'tagged')" }, // prettier-ignore
      },
      query: { bool: { filter: [{ term: { bytes: 'many' } }, { term: { twice: 'manymany' } }] } },
      fields: ['first'],
      size: 1,
    })
    expect(answer.hits.total.value).toBe(4)
    expect(answer.hits.hits[0]!.fields['first']).toEqual(['tagged', 'user'])
  })

  it.each([
    ['a circle', { a: { type: 'long', script: "emit(doc['b'].value)" }, b: { type: 'long', script: "emit(doc['a'].value)" } }, 'Cyclic dependency detected while resolving runtime fields: a -> b -> a'], // prettier-ignore
    ['too many values', { a: { type: 'long', script: 'for (int i = 0; i < 1000; i++) emit(i)' } }, 'Runtime field [a] is emitting [101] values while the maximum number of values allowed is [100]'], // prettier-ignore
    ['too much text', { a: { type: 'keyword', script: "String s = 'x'; for (int i = 0; i < 20; i++) s += s; emit(s); emit(s)" } }, 'Runtime field [a] is emitting [2097152] characters while the maximum number of values allowed is [1048576]'], // prettier-ignore
    ['what is no address', { a: { type: 'ip', script: "emit('here')" } }, "[a] 'here' is not an IP string literal."],
    ['a loop without end', { a: { type: 'long', script: 'while (true) { emit(1) }' } }, 'runtime error'],
  ])('refuses %s', async (_name, runtime, reason) => {
    await expect(search({ runtime_mappings: runtime, query: { exists: { field: 'a' } } })).rejects.toThrow(reason)
  })

  it('on_script_error: continue leaves the document without a value', async () => {
    const script = "emit(doc['@timestamp'].value.getHour())"
    const query = { exists: { field: 'hour' } }
    await expect(search({ runtime_mappings: { hour: { type: 'long', script } }, query })).rejects.toThrow(
      'runtime error',
    )
    const lenient = { hour: { type: 'long', script, on_script_error: 'continue' } }
    expect(ids(await search({ runtime_mappings: lenient, query, sort: ['_doc'] }))).toEqual(['0', '1', '2'])
  })

  it.each([
    [{ a: { script: 'emit(1)' } }, 'No type specified for runtime field [a]'],
    [{ a: { type: 'text' } }, 'No handler for type [text] declared on runtime field [a]'],
    [{ a: { type: 'long', format: 'x' } }, 'unknown parameter [format] on runtime field [a] of type [long]'],
    [{ a: { type: 'long', script: 'emitt(1)' } }, 'Unknown call [emitt] with [1] arguments.'],
    [{ a: { type: 'long', script: { id: 'kept' } } }, 'stored script kept'],
    [{ a: { type: 'long', on_script_error: 'x' } }, 'accepted values are [fail, continue]'],
    [{ a: 1 }, 'Expected map for runtime field [a] definition but got a different type'],
  ])('refuses %j', async (runtime, reason) => {
    await expect(search({ runtime_mappings: runtime })).rejects.toThrow(reason)
  })

  it('the section of a mapping gives every search its fields; null takes one out', async () => {
    const on = index({ runtime: { user: USER, gone: null }, properties: PROPERTIES })
    expect(ids(await search({ query: { term: { user: 'ciro' } } }, on))).toEqual(['1'])
    expect(Object.keys(on.mapping.toJson())).toContain('runtime')
    const { hits } = await search({ runtime_mappings: { user: { type: 'keyword', script: "emit('me')" } }, query: { term: { user: 'me' } } }, on) // prettier-ignore
    expect(hits.total.value).toBe(4)
  })

  it('a document does not map anew what a runtime field is called', () => {
    const on = index({ runtime: { 'raw.port': { type: 'long' } }, properties: PROPERTIES })
    expect(JSON.stringify(on.mapping.toJson())).not.toContain('"port":{"type":"text"')
  })
})

describe('scripts of aggregations', () => {
  const aggregate = async (aggs: object): Promise<Answer['aggregations']> =>
    (await search({ size: 0, aggs })).aggregations

  it('give the values of metrics', async () => {
    const script = "doc['bytes'].value * 2"
    const found = await aggregate({
      avg: { avg: { script } },
      sum: { sum: { script: { source: "doc['bytes'].value * params.k", params: { k: 0.5 } } } },
      over: { sum: { field: 'bytes', script: '_value * 1.5' } },
      stats: { stats: { script } },
      extended: { extended_stats: { script } },
      count: { value_count: { script: "doc['tags']" } },
      distinct: { cardinality: { script: "doc['message'].value.substring(0, 4)" } },
      percentiles: { percentiles: { script, percents: [50] } },
      weighted: { weighted_avg: { value: { script }, weight: { script: '1' } } },
      latest: { max: { field: '@timestamp', script: '_value + 3600000' } },
    })
    expect(found['avg']!.value).toBe(237.5)
    expect(found['sum']!.value).toBe(237.5)
    expect(found['over']!.value).toBe(712.5)
    expect(found['stats']!).toMatchObject({ count: 4, min: 100, max: 500 })
    expect(found['extended']!['sum_of_squares']).toBe(100 ** 2 + 150 ** 2 + 200 ** 2 + 500 ** 2)
    expect(found['count']!.value).toBe(3)
    expect(found['distinct']!.value).toBe(2)
    expect(found['percentiles']!['values']).toEqual({ '50.0': 175 })
    expect(found['weighted']!.value).toBe(237.5)
    expect(found['latest']!['value_as_string']).toBe('2026-03-02T06:00:00.000Z')
  })

  it('give the keys of buckets', async () => {
    const found = await aggregate({
      terms: { terms: { script: "doc['bytes'].value > 80 ? 'large' : 'small'" } },
      numbers: { terms: { script: "doc['bytes'].value / 100", value_type: 'long' } },
      over: { terms: { field: 'tags', script: "_value + '!'" } },
      histogram: { histogram: { script: "doc['bytes'].value + 1", interval: 100 } },
      range: { range: { script: "doc['bytes'].value", ranges: [{ from: 80 }] } },
      days: { date_histogram: { field: '@timestamp', script: '_value - 3600000 * 6', calendar_interval: 'day' } },
      pairs: { multi_terms: { terms: [{ field: 'bytes' }, { script: "doc['tags'].size()" }] } },
      pages: { composite: { sources: [{ s: { terms: { script: "doc['bytes'].value > 80 ? 'l' : 's'" } } }] } },
    })
    const keys = (name: string): unknown => found[name]!.buckets.map((bucket) => [bucket.key, bucket.doc_count])
    expect(keys('terms')).toEqual([['large', 2], ['small', 2]]) // prettier-ignore
    expect(keys('numbers')).toEqual([[0, 2], [1, 1], [2, 1]]) // prettier-ignore
    expect(keys('over')).toEqual([['a!', 2], ['b!', 1]]) // prettier-ignore
    expect(keys('histogram')).toEqual([[0, 2], [100, 1], [200, 1]]) // prettier-ignore
    expect(found['range']!.buckets[0]!.doc_count).toBe(2)
    expect(found['days']!.buckets.map((bucket) => [bucket.key_as_string.slice(0, 10), bucket.doc_count])).toEqual([['2026-03-01', 3]]) // prettier-ignore
    expect(found['pairs']!.buckets).toHaveLength(4)
    expect(found['pages']!.buckets).toEqual([{ key: { s: 'l' }, doc_count: 2 }, { key: { s: 's' }, doc_count: 2 }]) // prettier-ignore
  })

  it('refuses one where the original takes none', async () => {
    await expect(aggregate({ a: { significant_terms: { script: '1' } } })).rejects.toThrow('significant_terms.script')
  })
})
