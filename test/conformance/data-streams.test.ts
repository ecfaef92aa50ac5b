import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { reasonOf, RestServer } from './rest-server.ts'

const server = new RestServer()
const { send } = server
const TODAY = (): string => new Date().toISOString().slice(0, 10).replaceAll('-', '.')

beforeAll(() => server.open())
afterAll(() => server.end())

beforeEach(async () => {
  await server.clean()
  await send('PUT', '/_index_template/logs', {
    index_patterns: ['logs-*'],
    data_stream: {},
    priority: 10,
    template: { mappings: { properties: { host: { type: 'keyword' } } } },
  })
})

const event = { '@timestamp': '2026-11-24T10:00:00Z', host: 'a' }

describe('a data stream', () => {
  test('is made by the first document that is created under its name', async () => {
    const [, bulk] = await send('POST', '/_bulk?refresh', [{ create: { _index: 'logs-web' } }, event])
    expect(bulk['items']?.['0']?.['create']).toMatchObject({ status: 201, _index: `.ds-logs-web-${TODAY()}-000001` })
    expect(await send('GET', '/_data_stream/logs-*')).toMatchObject([
      200,
      {
        data_streams: [
          {
            name: 'logs-web',
            timestamp_field: { name: '@timestamp' },
            generation: 1,
            template: 'logs',
            status: 'GREEN',
            hidden: false,
            indices: [{ index_name: `.ds-logs-web-${TODAY()}-000001` }],
          },
        ],
      },
    ])
    for (const path of ['/logs-web/_count', '/logs-*/_count', '/_all/_count'])
      expect([path, (await send('GET', path))[1]['count']]).toEqual([path, 1])
  })

  test('is made by PUT _data_stream, once, and only where a template says so', async () => {
    expect(await send('PUT', '/_data_stream/logs-web')).toEqual([200, { acknowledged: true }])
    expect(reasonOf(await send('PUT', '/_data_stream/logs-web'))).toBe('data_stream [logs-web] already exists')
    expect(reasonOf(await send('PUT', '/_data_stream/other'))).toBe(
      'no matching index template found for data stream [other]',
    )
    expect((await send('PUT', '/_data_stream/logs-Web'))[0]).toBe(400)
    expect(reasonOf(await send('PUT', '/logs-plain'))).toContain('creates data streams only')
  })

  test('takes nothing but new documents', async () => {
    const [, bulk] = await send('POST', '/logs-web/_bulk', [
      { create: {} },
      event,
      { index: {} },
      event,
      { create: {} },
      { host: 'a' },
      { delete: { _id: '1' } },
    ])
    expect(bulk['items']).toMatchObject([
      { create: { status: 201 } },
      { index: { status: 400 } },
      { create: { status: 400 } },
      { delete: { status: 400 } },
    ])
    expect(bulk['items']?.['1']?.['index']?.['error']?.['reason']).toBe(
      'only write ops with an op_type of create are allowed in data streams',
    )
    expect(bulk['items']?.['2']?.['create']?.['error']?.['reason']).toBe(
      'data stream timestamp field [@timestamp] is missing',
    )
    expect((await send('POST', '/logs-web/_doc?op_type=create', event))[0]).toBe(201)
    // Without an id it can only be a new one.
    expect((await send('POST', '/logs-web/_doc', event))[0]).toBe(201)
    expect((await send('PUT', '/logs-web/_doc/1', event))[0]).toBe(400)
    expect(
      (await send('PUT', '/logs-web/_create/1', { ...event, '@timestamp': ['2026-01-01', '2026-01-02'] }))[0],
    ).toBe(400)
  })

  test('takes a change of a document through its backing index, by sequence number', async () => {
    await send('PUT', '/logs-web/_create/1?refresh', event)
    const backing = `.ds-logs-web-${TODAY()}-000001`
    expect((await send('PUT', `/${backing}/_doc/1`, event))[0]).toBe(400)
    expect((await send('PUT', `/${backing}/_doc/1?if_seq_no=0&if_primary_term=1`, event))[0]).toBe(200)
    const update = { query: { match_all: {} }, script: { source: "ctx._source.host = 'b'", lang: 'painless' } }
    expect(await send('POST', '/logs-web/_update_by_query?refresh', update)).toMatchObject([200, { updated: 1 }])
    expect(await send('POST', '/logs-web/_delete_by_query', { query: { term: { host: 'b' } } })).toMatchObject([
      200,
      { deleted: 1 },
    ])
  })

  test('rolls over to an index of the next generation', async () => {
    await send('PUT', '/logs-web/_create/1', event)
    expect(await send('POST', '/logs-web/_rollover', { conditions: { max_docs: 2 } })).toMatchObject([
      200,
      { rolled_over: false, conditions: { '[max_docs: 2]': false } },
    ])
    expect(await send('POST', '/logs-web/_rollover')).toMatchObject([
      200,
      {
        rolled_over: true,
        old_index: `.ds-logs-web-${TODAY()}-000001`,
        new_index: `.ds-logs-web-${TODAY()}-000002`,
      },
    ])
    expect((await send('PUT', '/logs-web/_create/2?refresh', event))[1]['_index']).toBe(
      `.ds-logs-web-${TODAY()}-000002`,
    )
    expect((await send('GET', '/logs-web/_count'))[1]['count']).toBe(2)
    expect(reasonOf(await send('DELETE', `/.ds-logs-web-${TODAY()}-000002`))).toContain('is the write index')
    expect((await send('DELETE', `/.ds-logs-web-${TODAY()}-000001`))[0]).toBe(200)
    expect((await send('GET', '/_data_stream/logs-web'))[1]['data_streams']?.['0']?.['indices']).toHaveLength(1)
  })

  test('is resolved, counted and removed with its indices', async () => {
    await send('PUT', '/logs-web/_create/1?refresh', event)
    expect((await send('GET', '/_resolve/index/logs-*'))[1]).toMatchObject({
      indices: [],
      aliases: [],
      data_streams: [{ name: 'logs-web', timestamp_field: '@timestamp' }],
    })
    expect((await send('GET', '/_data_stream/_stats'))[1]).toMatchObject({
      data_stream_count: 1,
      backing_indices: 1,
      data_streams: [{ data_stream: 'logs-web', maximum_timestamp: Date.parse(event['@timestamp']) }],
    })
    expect(reasonOf(await send('DELETE', '/logs-web'))).toBe('no such index [logs-web]')
    expect(reasonOf(await send('DELETE', '/_index_template/logs'))).toContain('in use by a data streams [logs-web]')
    expect((await send('DELETE', '/_data_stream/logs-web'))[0]).toBe(200)
    expect((await send('GET', '/_data_stream/logs-web'))[0]).toBe(404)
    expect((await send('GET', '/.ds-*'))[1]).toEqual({})
  })

  test('has aliases, through which it is searched and written', async () => {
    await send('PUT', '/_data_stream/logs-web')
    await send('POST', '/_aliases', {
      actions: [{ add: { index: 'logs-web', alias: 'web', filter: { term: { host: 'a' } } } }],
    })
    await send('POST', '/web/_bulk?refresh', [{ create: {} }, event, { create: {} }, { ...event, host: 'b' }])
    expect((await send('GET', '/web/_count'))[1]['count']).toBe(1)
    expect((await send('GET', '/_alias/web'))[1]).toEqual({
      'logs-web': { aliases: { web: { filter: { term: { host: 'a' } } } } },
    })
    const backing = { actions: [{ add: { index: `.ds-logs-web-${TODAY()}-000001`, alias: 'x' } }] }
    expect(reasonOf(await send('POST', '/_aliases', backing))).toContain('is a backing index')
  })

  test('has a lifecycle', async () => {
    await send('PUT', '/_data_stream/logs-web')
    expect((await send('PUT', '/_data_stream/logs-web/_lifecycle', { data_retention: '7d' }))[0]).toBe(200)
    expect((await send('GET', '/_data_stream/logs-web/_lifecycle'))[1]).toEqual({
      data_streams: [{ name: 'logs-web', lifecycle: { enabled: true, data_retention: '7d' } }],
    })
    expect((await send('PUT', '/_data_stream/logs-web/_lifecycle', { downsampling: [] }))[0]).toBe(400)
  })

  test('is there again after a restart', async () => {
    await send('PUT', '/logs-web/_create/1', event)
    await send('POST', '/logs-web/_rollover')
    await server.restart()
    expect((await send('GET', '/_data_stream/logs-web'))[1]['data_streams']?.['0']).toMatchObject({ generation: 2 })
    expect((await send('GET', '/logs-web/_count'))[1]['count']).toBe(1)
  })
})
