import { describe, expect, it } from 'vitest'
import { stringifyJson, toValue, type ValueObject } from '../../src/event/index.ts'
import { systemClock } from '../../src/clock/index.ts'
import { applyTemplates, checkSearch, parseTemplate } from '../../src/search/dsl/index.ts'
import { executeSearch } from '../../src/search/embedded/evaluator/index.ts'
import { shippedTemplates } from '../../src/search/index.ts'
import { sharedEngine, sharedOpenSearch } from '../engines/index.ts'
import { memoryIndex } from '../memory-segments.ts'

const EVENT = {
  '@timestamp': '2026-02-08T00:56:58.407Z',
  '@version': '1',
  type: 'tcpdump',
  host: '127.0.0.1',
  port: 41433,
  tags: ['network'],
}
const DOCUMENTS: Record<string, object[]> = {
  'logstash-tcpdump-2026.02.08': [
    {
      ...EVENT,
      src_ip: '10.0.0.1',
      src_port: '55203',
      dst_ip: '10.0.0.2',
      dst_port: '80',
      src_user: 'ciro',
      message: 'A line',
    },
    { ...EVENT, src_ip: 'zeus.example.org', dst_port: 22 },
  ],
  'vedetta-2026.02.08': [
    {
      ...EVENT,
      host: { name: 'zeus' },
      source: { ip: '10.0.0.1', port: 55203 },
      destination: { ip: '10.0.0.2', port: 80 },
      user: { name: 'ciro' },
    },
  ],
}

/** Both generations of names, on both kinds of index: how many documents each must find. */
const FINDS: [object, number][] = [
  [{ term: { src_ip: '10.0.0.1' } }, 2],
  [{ term: { 'source.ip': '10.0.0.0/8' } }, 2],
  [{ term: { dst_port: '80' } }, 2],
  [{ term: { 'destination.port': 80 } }, 2],
  [{ term: { src_user: 'ciro' } }, 2],
  [{ term: { 'user.name': 'ciro' } }, 2],
  [{ term: { dst_port: '22' } }, 1],
  [{ match: { tags: 'network' } }, 3],
  [{ match: { message: 'line' } }, 1],
]
const PORTS = {
  size: 0,
  aggs: { ports: { terms: { field: 'dst_port' }, aggs: { sources: { cardinality: { field: 'source.ip' } } } } },
}
const BUCKETS = [
  { key: '80', doc_count: 2, sources: { value: 1 } },
  { key: '22', doc_count: 1, sources: { value: 0 } },
]

describe('on the embedded evaluator', () => {
  const templates = shippedTemplates().map(({ name, body }) => parseTemplate(name, body))
  const indices = Object.entries(DOCUMENTS).map(([name, documents]) =>
    memoryIndex(name, applyTemplates(name, templates).mappings, documents.map(toValue)),
  )
  const search = (body: object): ReturnType<typeof executeSearch> =>
    executeSearch(indices, checkSearch(toValue(body)), { now: systemClock.now(), clock: systemClock })

  it.each(FINDS)('%j finds %i', async (query, count) => {
    expect((await search({ query })).hits.total).toEqual({ value: count, relation: 'eq' })
  })

  it('aggregates over both kinds of index', async () => {
    const { aggregations } = await search(PORTS)
    expect((aggregations!['ports'] as ValueObject)['buckets']).toEqual(BUCKETS)
  })
})

const engines = [await sharedOpenSearch(), await sharedEngine('elasticsearch')]

describe.each(['OpenSearch', 'Elasticsearch'].map((name, i) => ({ name, ...engines[i]! })))(
  'on $name',
  ({ engine, skipReason }) => {
    const call = async (method: string, path: string, body?: unknown): Promise<ValueObject> => {
      const response = await fetch(`${engine!.url}${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: stringifyJson(body) }),
      })
      return (await response.json()) as ValueObject
    }

    it.skipIf(engine === undefined)(
      `the templates load and both names find the same${skipReason === undefined ? '' : ` (${skipReason})`}`,
      async () => {
        for (const { name, body } of shippedTemplates())
          expect(await call('PUT', `/_template/${name}`, body)).toEqual({ acknowledged: true })
        for (const [index, documents] of Object.entries(DOCUMENTS)) {
          await call('DELETE', `/${index}`)
          for (const document of documents)
            expect(await call('POST', `/${index}/_doc?refresh=true`, document)).toMatchObject({ result: 'created' })
        }
        const path = `/${Object.keys(DOCUMENTS).join(',')}/_search`
        for (const [query, count] of FINDS)
          expect(await call('POST', path, { query })).toMatchObject({ hits: { total: { value: count } } })
        expect(await call('POST', path, PORTS)).toMatchObject({ aggregations: { ports: { buckets: BUCKETS } } })
        for (const { name } of shippedTemplates()) await call('DELETE', `/_template/${name}`)
      },
    )
  },
)
