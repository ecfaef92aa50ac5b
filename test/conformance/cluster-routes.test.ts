import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/clock/index.ts'
import { nullLogger } from '../../src/diagnostic/index.ts'
import { openClusterStore } from '../../src/search/index.ts'
import { sharedEngine, sharedOpenSearch } from '../engines/index.ts'
import { reasonOf, RestServer } from './rest-server.ts'

const openSearch = await sharedOpenSearch()
const elasticsearch = await sharedEngine('elasticsearch')

function serverOver(url: string | undefined): RestServer {
  return new RestServer(systemClock, () => openClusterStore({ hosts: [url!], clock: systemClock, logger: nullLogger }))
}

const event = { '@timestamp': '2026-11-24T10:00:00Z', message: 'GET /a' }

describe.skipIf(openSearch.engine === undefined)(
  `pipelines and data streams of OpenSearch${openSearch.skipReason === undefined ? '' : ` (${openSearch.skipReason})`}`,
  () => {
    const server = serverOver(openSearch.engine?.url)
    const { send } = server

    beforeAll(async () => {
      await server.open()
      await send('PUT', '/_index_template/croutes', {
        index_patterns: ['croutes-*'],
        data_stream: {},
        priority: 900,
        template: { mappings: { properties: { verb: { type: 'keyword' } } } },
      })
    })

    afterAll(async () => {
      await send('DELETE', '/_data_stream/croutes-*')
      await send('DELETE', '/croutes_plain')
      await send('DELETE', '/croutes_typed')
      await send('DELETE', '/_index_template/croutes')
      await send('DELETE', '/_ingest/pipeline/croutes')
      await server.end()
    })

    test('an ingest pipeline is made, shown, tried, used and removed', async () => {
      const processors = [{ grok: { field: 'message', patterns: ['%{WORD:verb} %{NOTSPACE:path}'] } }]
      expect(await send('PUT', '/_ingest/pipeline/croutes', { description: 'd', processors })).toEqual([
        200,
        { acknowledged: true },
      ])
      expect(await send('GET', '/_ingest/pipeline/croutes')).toEqual([
        200,
        { croutes: { description: 'd', processors } },
      ])
      expect(await send('POST', '/_ingest/pipeline/croutes/_simulate', { docs: [{ _source: event }] })).toMatchObject([
        200,
        { docs: [{ doc: { _source: { verb: 'GET', path: '/a' } } }] },
      ])
      const [, verbose] = await send('POST', '/_ingest/pipeline/_simulate?verbose=true', {
        pipeline: { processors },
        docs: [{ _source: event }],
      })
      expect(verbose).toMatchObject({ docs: [{ processor_results: [{ processor_type: 'grok', status: 'success' }] }] })
      expect((await send('GET', '/_ingest/processor/grok'))[1]['patterns']?.['WORD']).toBe('\\b\\w+\\b')
      // Of one document, of a bulk, and by the index's own settings.
      await send('PUT', '/croutes_plain/_doc/1?pipeline=croutes&refresh=true', event)
      const lines = [{ index: { _index: 'croutes_plain', _id: '2', pipeline: 'croutes' } }, event]
      expect((await send('POST', '/_bulk?refresh=true', lines))[1]['errors']).toBe(false)
      await send('PUT', '/croutes_plain/_settings', { 'index.default_pipeline': 'croutes' })
      await send('PUT', '/croutes_plain/_doc/3?refresh=true', event)
      for (const id of [1, 2, 3])
        expect([id, (await send('GET', `/croutes_plain/_source/${id}`))[1]['verb']]).toEqual([id, 'GET'])
      const bad = await send('PUT', '/croutes_plain/_doc/4', { message: '!' })
      expect([bad[0], reasonOf(bad)]).toEqual([400, expect.stringContaining('Provided Grok expressions do not match')])
      const unknown = await send('PUT', '/_ingest/pipeline/croutes', { processors: [{ nonsense: {} }] })
      expect([unknown[0], reasonOf(unknown)]).toEqual([400, 'No processor type exists with name [nonsense]'])
      await send('PUT', '/croutes_plain/_settings', { 'index.default_pipeline': null })
      expect(await send('DELETE', '/_ingest/pipeline/croutes')).toEqual([200, { acknowledged: true }])
      expect(await send('GET', '/_ingest/pipeline/croutes')).toEqual([404, {}])
    })

    test('requests by types reach a cluster that knows none', async () => {
      const mappings = { tweet: { properties: { user: { type: 'keyword' } } } }
      expect((await send('PUT', '/croutes_typed', { mappings }))[0]).toBe(200)
      expect((await send('PUT', '/croutes_typed/tweet/1?refresh=true', { user: 'a' }))[1]).toMatchObject({
        _type: 'tweet',
      })
      expect((await send('PUT', '/croutes_typed/user/1', { user: 'a' }))[0]).toBe(400)
      const events = ['sshd', 'tcpdump'].flatMap((type) => [{ index: { _type: type } }, { type, n: 1 }])
      expect((await send('POST', '/croutes_plain/_bulk?refresh=true', events))[1]['errors']).toBe(false)
      expect((await send('GET', '/croutes_typed/tweet/_search'))[1]).toMatchObject({
        hits: { total: { value: 1 }, hits: [{ _type: 'tweet', _id: '1' }] },
      })
      expect((await send('GET', '/croutes_typed/user/_count'))[1]).toMatchObject({ count: 0 })
      expect((await send('GET', '/croutes_typed/_mapping/tweet'))[1]).toEqual({ croutes_typed: { mappings } })
      expect((await send('POST', '/croutes_plain/sshd/_delete_by_query?q=n:1&refresh=true'))[1]).toMatchObject({
        deleted: 1,
      })
      expect((await send('GET', '/croutes_plain/_count?q=n:1'))[1]).toMatchObject({ count: 1 })
    })

    test('a data stream is made, filled, rolled over, searched and removed', async () => {
      expect(await send('PUT', '/_data_stream/croutes-a')).toEqual([200, { acknowledged: true }])
      const lines = [{ create: {} }, event, { create: {} }, { ...event, verb: 'PUT' }]
      const [status, bulk] = await send('POST', '/croutes-b/_bulk?refresh=true', lines)
      expect([status, bulk['errors']]).toEqual([200, false])
      expect(bulk['items']?.['0']?.['create']).toMatchObject({ status: 201, _index: '.ds-croutes-b-000001' })
      const refused = await send('POST', '/croutes-b/_bulk', [{ index: {} }, event])
      expect(JSON.stringify(refused[1])).toContain('only write ops with an op_type of create are allowed')
      expect(await send('GET', '/_data_stream/croutes-*')).toMatchObject([
        200,
        { data_streams: [{ name: 'croutes-a' }, { name: 'croutes-b', generation: 1, template: 'croutes' }] },
      ])
      expect(await send('POST', '/croutes-b/_rollover')).toMatchObject([
        200,
        { rolled_over: true, old_index: '.ds-croutes-b-000001', new_index: '.ds-croutes-b-000002' },
      ])
      expect((await send('POST', '/croutes-b/_doc?refresh=true&op_type=create', event))[0]).toBe(201)
      expect((await send('GET', '/croutes-b/_count'))[1]['count']).toBe(3)
      expect((await send('GET', '/croutes-b/_search?q=verb:PUT'))[1]).toMatchObject({ hits: { total: { value: 1 } } })
      expect((await send('GET', '/_data_stream/_stats'))[0]).toBeLessThan(500)
      expect(await send('DELETE', '/_data_stream/croutes-a')).toEqual([200, { acknowledged: true }])
      expect((await send('GET', '/_data_stream/croutes-a'))[0]).toBe(404)
    })
  },
)

/** What neither test distribution has: then the cluster's own refusal is the answer, not one of ours. */
const LIFECYCLE: readonly [string, string, object?][] = [
  ['PUT', '/_ilm/policy/croutes', { policy: { phases: { delete: { min_age: '7d', actions: { delete: {} } } } } }],
  ['GET', '/_ilm/policy/croutes'],
  ['DELETE', '/_ilm/policy/croutes'],
  ['GET', '/_ilm/status'],
  ['GET', '/croutes/_ilm/explain'],
  ['PUT', '/_plugins/_ism/policies/croutes', { policy: { description: 'd', default_state: 'a', states: [] } }],
  ['GET', '/_plugins/_ism/policies/croutes'],
  ['POST', '/_plugins/_ism/add/croutes', { policy_id: 'croutes' }],
  ['PUT', '/_data_stream/croutes-a/_lifecycle', { data_retention: '7d' }],
]

describe.each([
  { name: 'OpenSearch', ...openSearch },
  { name: 'Elasticsearch', ...elasticsearch },
])('lifecycles are those of $name', ({ engine }) => {
  test.skipIf(engine === undefined)('each request goes on as it came, and its answer comes back', async () => {
    const server = serverOver(engine!.url)
    await server.open()
    try {
      for (const [method, path, body] of LIFECYCLE) {
        const direct = await fetch(engine!.url + path, {
          method,
          headers: { 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
        const expected = [path, direct.status, await direct.json()]
        expect([path, ...(await server.send(method, path, body))]).toEqual(expected)
      }
    } finally {
      await server.end()
    }
  })
})
