import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sharedEngine } from '../engines/index.ts'
import { RestServer } from './rest-server.ts'

// The distribution of Elasticsearch that can be had has no Painless: it is asked about fields without a script, which
// read the source. OpenSearch has no runtime fields.
const { engine, skipReason } = await sharedEngine('elasticsearch')
const REASON = skipReason === undefined ? '' : ` (${skipReason})`

const INDEX = `runtime-fields-${process.pid}`
const MAPPINGS = {
  dynamic: false,
  runtime: {
    user: { type: 'keyword' },
    'http.status': { type: 'long' },
    took: { type: 'double' },
    at: { type: 'date' },
    day: { type: 'date', format: 'yyyy-MM-dd' },
    ok: { type: 'boolean' },
    address: { type: 'ip' },
    message: { type: 'keyword' },
  },
  properties: { n: { type: 'integer' }, message: { type: 'text' } },
}
const DOCUMENTS = [
  { n: 0, user: 'root', http: { status: 200 }, took: 0.5, at: '2026-03-01T00:00:00Z', ok: true, address: '10.0.0.1', message: 'Red fox' },
  { n: 1, user: ['ciro', 'anna'], http: { status: '404' }, took: 2, at: 1772409600000, day: '2026-03-02', ok: 'false', address: '::1' },
  { n: 2, user: 7, 'http.status': 500, took: 'long', at: 'yesterday', ok: 'maybe', address: 'here', message: 'red' },
  { n: 3 },
] // prettier-ignore

/** Bodies of searches, and other requests as method, path and body. */
const REQUESTS: Record<string, object> = {
  term: { query: { term: { user: 'ciro' } } },
  'terms of numbers': { query: { terms: { 'http.status': [200, 500] } } },
  'range of doubles': { query: { range: { took: { gt: 0.5 } } } },
  'range of dates': { query: { range: { at: { gte: '2026-03-02' } } } },
  'a date with a format': { query: { range: { day: { gte: '2026-03-01', lte: '2026-03-02' } } } },
  'a boolean': { query: { term: { ok: false } } },
  'a network': { query: { term: { address: '10.0.0.0/8' } } },
  'a mapped text is hidden': { query: { term: { message: 'Red fox' } } },
  'exists': { query: { exists: { field: 'ok' } } },
  'must_not': { query: { bool: { must_not: { exists: { field: 'user' } } } } },
  'sort': { sort: [{ took: 'desc' }, { n: 'asc' }] },
  'sort of several values': { sort: [{ user: { order: 'desc', mode: 'max' } }] },
  'fields': { fields: ['user', 'http.*', 'at', 'day', 'ok', 'address', 'message'], sort: ['n'], _source: false },
  'fields in a format': { fields: [{ field: 'at', format: 'yyyy' }], sort: ['n'], _source: false },
  'docvalue_fields': { docvalue_fields: ['user', 'took', 'http.status'], sort: ['n'], _source: false },
  'aggregations': {
    size: 0,
    aggs: {
      users: { terms: { field: 'user' }, aggs: { took: { avg: { field: 'took' } } } },
      statuses: { stats: { field: 'http.status' } },
      days: { date_histogram: { field: 'at', calendar_interval: 'day' } },
      missing: { missing: { field: 'ok' } },
      distinct: { cardinality: { field: 'address' } },
      oks: { terms: { field: 'ok' } },
      least: { min: { field: 'day' } },
    },
  },
  'runtime_mappings hide the index\'s': {
    runtime_mappings: { user: { type: 'long' } },
    query: { term: { user: 7 } },
    fields: ['user'],
    _source: false,
  },
  'a type that is none': { runtime_mappings: { x: { type: 'object' } } },
  'no type': { runtime_mappings: { x: { script: 'emit(1)' } } },
  'a parameter that is none': { runtime_mappings: { x: { type: 'long', index: true } } },
} // prettier-ignore

describe.skipIf(engine === undefined)(`fields without a script are as in Elasticsearch${REASON}`, () => {
  const server = new RestServer()

  const send = async (base: string, method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(base + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return (await response.json()) as unknown
  }
  const both = (method: string, path: string, body?: object): Promise<unknown[]> =>
    Promise.all([engine!.url, server.url].map((base) => send(base, method, path, body)))

  beforeAll(async () => {
    await server.open()
    await both('PUT', `/${INDEX}`, { mappings: MAPPINGS })
    for (const [i, document] of DOCUMENTS.entries()) await both('PUT', `/${INDEX}/_doc/${i}?refresh=true`, document)
  })

  afterAll(async () => {
    await both('DELETE', `/${INDEX}`)
    await server.end()
  })

  it.each(Object.entries(REQUESTS))('%s', async (_name, body) => {
    const [theirs, ours] = (await both('POST', `/${INDEX}/_search`, body)).map(comparable)
    expect(ours).toEqual(theirs)
  })

  it.each([
    ['GET', `/${INDEX}/_mapping`],
    ['GET', `/${INDEX}/_field_caps?fields=n,user,took,message,address`],
    [
      'POST',
      `/${INDEX}/_field_caps?fields=took,x`,
      { runtime_mappings: { x: { type: 'ip' }, took: { type: 'keyword' } } },
    ],
    ['PUT', `/${INDEX}/_mapping`, { runtime: { ok: null, more: { type: 'long' } } }],
    ['GET', `/${INDEX}/_mapping`],
    ['GET', `/${INDEX}/_count?q=http.status:200`],
    ['PUT', `/${INDEX}/_mapping`, { runtime: { more: { type: 'text' } } }],
  ] as const)('%s %s', async (method, path, body?: object) => {
    // prettier-ignore
    const [theirs, ours] = (await both(method, path, body)).map(comparable)
    expect(ours).toEqual(theirs)
  })
})

/** Without what differs from run to run; of a refusal its type and reason. */
function comparable(answer: unknown): unknown {
  const { error, hits, aggregations, ...rest } = answer as Record<string, unknown>
  if (error !== undefined) {
    const { root_cause: causes } = error as { root_cause: readonly { type: string; reason: string }[] }
    return causes.map(({ type, reason }) => `${type}: ${reason.replace('Failed to parse mapping: ', '')}`)
  }
  if (hits === undefined) return { ...withoutMetadataFlag(rest), _shards: undefined }
  const { hits: list, total } = hits as { hits: Record<string, unknown>[]; total: unknown }
  return { total, aggregations, hits: list.map(({ _id, fields, sort }) => ({ _id, fields, sort })) }
}

/** Which fields are metadata is said by no version before 7.13. */
function withoutMetadataFlag(answer: object): object {
  return JSON.parse(JSON.stringify(answer), (key, value: unknown) =>
    key === 'metadata_field' ? undefined : value,
  ) as object
}
