import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { request as ask } from 'undici'
import { systemClock } from '../../src/clock/index.ts'
import { nullLogger } from '../../src/diagnostic/index.ts'
import { openEmbeddedStore } from '../../src/search/embedded/embedded-store.ts'
import { registerSearchRoutes, type Store } from '../../src/search/index.ts'
import { createServer, Users, type Server } from '../../src/server/index.ts'

let store: Store
let server: Server
let url: string
const folder = mkdtempSync(join(tmpdir(), 'vedetta-documents-'))

beforeAll(async () => {
  store = await openEmbeddedStore({ path: join(folder, 'store'), logger: nullLogger, clock: systemClock })
  const users = new Users(join(folder, 'users.json'))
  server = createServer({ host: '127.0.0.1', port: 0, users, logger: nullLogger })
  registerSearchRoutes(server, store, { clock: systemClock, nodeName: 'test', clusterUuid: 'test', version: '0' })
  ;({ url } = await server.listen())
})

afterAll(async () => {
  await server.close()
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  await send('DELETE', '/*')
  const lines = [1, 2, 3, 4, 5].flatMap((n) => [{ index: { _index: 'a', _id: String(n) } }, { n, even: n % 2 === 0 }])
  await send('POST', '/_bulk', lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
})

async function send(method: string, path: string, body?: unknown): Promise<[number, Record<string, unknown>]> {
  const reply = await ask(url + path, {
    method: method as 'GET',
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return [reply.statusCode, (await reply.body.json()) as Record<string, unknown>]
}

const source = async (index: string, id: string): Promise<unknown> =>
  (await send('GET', `/${index}/_doc/${id}`))[1]['_source']

describe('delete by query', () => {
  test('deletes what the query finds', async () => {
    const answer = await send('POST', '/a/_delete_by_query?scroll_size=1', { query: { term: { even: true } } })
    expect(answer).toMatchObject([200, { total: 2, deleted: 2, batches: 2, version_conflicts: 0, failures: [] }])
    expect((await send('GET', '/a/_count'))[1]['count']).toBe(3)
  })
  test('stops at max_docs', async () => {
    expect(await send('POST', '/a/_delete_by_query?max_docs=1', { query: { match_all: {} } })).toMatchObject([
      200,
      { deleted: 1 },
    ])
  })
  test.each([
    [{}, 'query is missing'],
    [{ query: { nope: {} } }, 'unknown query [nope]'],
    [{ query: { match_all: {} }, junk: 1 }, 'unknown field [junk]'],
  ])('refuses %j', async (body, reason) => {
    const [status, answer] = await send('POST', '/a/_delete_by_query', body)
    expect([status, JSON.stringify(answer)]).toEqual([400, expect.stringContaining(reason)])
  })
})

describe('update by query', () => {
  test('runs its script over each document; it may skip and delete', async () => {
    const script = {
      source:
        "if (ctx._source.n == 1) { ctx.op = 'noop' } else if (ctx._source.n == 2) { ctx.op = 'delete' } else { ctx._source.n += params.by }",
      params: { by: 10 },
    }
    expect(await send('POST', '/a/_update_by_query', { script })).toMatchObject([
      200,
      { total: 5, updated: 3, deleted: 1, noops: 1 },
    ])
    expect([await source('a', '1'), await source('a', '3')]).toEqual([
      { n: 1, even: false },
      { n: 13, even: false },
    ])
  })
  test('refuses an operation that there is not', async () => {
    const [status, body] = await send('POST', '/a/_update_by_query', { script: "ctx.op = 'junk'" })
    expect([status, JSON.stringify(body)]).toEqual([
      400,
      expect.stringContaining('Operation type [junk] not allowed, only [index, noop, delete] are allowed'),
    ])
  })
})

describe('reindex', () => {
  test('copies what a query finds, changed by a script', async () => {
    const body = {
      source: { index: 'a', query: { range: { n: { gte: 3 } } } },
      dest: { index: 'b' },
      script: { source: 'ctx._source.copied = true' },
    }
    expect(await send('POST', '/_reindex', body)).toMatchObject([200, { total: 3, created: 3, updated: 0 }])
    expect(await source('b', '5')).toEqual({ n: 5, even: false, copied: true })
  })
  test('with op_type create leaves what is there, and says so', async () => {
    await send('PUT', '/b/_doc/1', { kept: true })
    const body = { conflicts: 'proceed', source: { index: 'a' }, dest: { index: 'b', op_type: 'create' } }
    expect(await send('POST', '/_reindex', body)).toMatchObject([200, { created: 4, version_conflicts: 1 }])
    expect(await source('b', '1')).toEqual({ kept: true })
  })
  test('stops with 409 at a conflict unless told to go on', async () => {
    await send('PUT', '/b/_doc/1', {})
    const [status] = await send('POST', '/_reindex', {
      source: { index: 'a' },
      dest: { index: 'b', op_type: 'create' },
    })
    expect(status).toBe(409)
  })
  test('refuses to write into its source', async () => {
    const [status, body] = await send('POST', '/_reindex', { source: { index: 'a' }, dest: { index: 'a' } })
    expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining('an index its reading from [a]')])
  })
})

describe('scripts in updates', () => {
  const update = (id: string, body: unknown): Promise<[number, Record<string, unknown>]> =>
    send('POST', `/a/_update/${id}`, body)
  test('change the document', async () => {
    const script = {
      source: 'ctx._source.n *= params.by; ctx._source.tags = []; ctx._source.tags.add("x")',
      params: { by: 7 },
    }
    expect(await update('2', { script })).toMatchObject([200, { result: 'updated', _version: 2 }])
    expect(await source('a', '2')).toEqual({ n: 14, even: true, tags: ['x'] })
  })
  test('delete it or leave it', async () => {
    expect(await update('2', { script: "ctx.op = 'none'" })).toMatchObject([200, { result: 'noop', _version: 1 }])
    expect(await update('2', { script: "ctx.op = 'delete'" })).toMatchObject([200, { result: 'deleted' }])
  })
  test('make it from upsert', async () => {
    const script = 'ctx._source.count = (ctx._source.count ?: 0) + 1'
    const body = { script, upsert: { count: 10 } }
    await update('n', body)
    expect(await source('a', 'n')).toEqual({ count: 10 })
    await update('n', body)
    expect(await source('a', 'n')).toEqual({ count: 11 })
    await update('s', { script, scripted_upsert: true, upsert: { count: 10 } })
    expect(await source('a', 's')).toEqual({ count: 11 })
  })
  test('may be stored', async () => {
    await send('PUT', '/_scripts/add', { script: { lang: 'painless', source: 'ctx._source.n += params.by' } })
    await update('1', { script: { id: 'add', params: { by: 1 } } })
    expect(await source('a', '1')).toEqual({ n: 2, even: false })
    expect(await send('DELETE', '/_scripts/add')).toEqual([200, { acknowledged: true }])
    expect((await update('1', { script: { id: 'add' } }))[0]).toBe(404)
  })
  test('that fail leave the document as it was', async () => {
    expect((await update('1', { script: 'ctx._source.n = 9; ctx._source.missing.x = 1' }))[0]).toBe(400)
    expect(await source('a', '1')).toEqual({ n: 1, even: false })
  })
})

describe('aliases', () => {
  test('with a filter show only what it lets through', async () => {
    const actions = [{ add: { index: 'a', alias: 'even', filter: { term: { even: true } } } }]
    await send('POST', '/_aliases', { actions })
    expect((await send('GET', '/even/_count'))[1]['count']).toBe(2)
    expect((await send('GET', '/a/_count'))[1]['count']).toBe(5)
    expect((await send('GET', '/even,a/_count'))[1]['count']).toBe(5)
  })
  test('keep a global aggregation, a scroll and a point in time within their filter', async () => {
    await send('POST', '/_aliases', {
      actions: [{ add: { index: 'a', alias: 'even', filter: { term: { even: true } } } }],
    })
    const aggs = { all: { global: {} } }
    expect(await send('GET', '/even/_search', { query: { term: { n: 2 } }, aggs })).toMatchObject([
      200,
      { hits: { total: { value: 1 } }, aggregations: { all: { doc_count: 2 } } },
    ])
    expect(await send('GET', '/even/_search?scroll=1m', {})).toMatchObject([200, { hits: { total: { value: 2 } } }])
    const [, { id }] = await send('POST', '/even/_pit?keep_alive=1m')
    expect(await send('GET', '/_search', { pit: { id } })).toMatchObject([200, { hits: { total: { value: 2 } } }])
  })
})

describe('a closed index', () => {
  test('is neither read nor written until it is opened', async () => {
    await send('POST', '/a/_close')
    expect(await send('GET', '/a/_search')).toMatchObject([400, { error: { type: 'index_closed_exception' } }])
    expect(await send('PUT', '/a/_doc/1', {})).toMatchObject([400, { error: { type: 'index_closed_exception' } }])
    await send('POST', '/a/_open')
    expect((await send('GET', '/a/_count'))[1]['count']).toBe(5)
  })
})

describe('templates of the newer generation', () => {
  test('are composed of components; the one of highest priority counts alone', async () => {
    await send('PUT', '/_component_template/c', { template: { mappings: { properties: { ip: { type: 'ip' } } } } })
    await send('PUT', '/_index_template/low', {
      index_patterns: ['t-*'],
      priority: 1,
      template: { aliases: { low: {} } },
    })
    await send('PUT', '/_index_template/high', { index_patterns: ['t-*'], priority: 2, composed_of: ['c'] })
    await send('PUT', '/_template/older', { index_patterns: ['t-*'], aliases: { older: {} } })
    await send('PUT', '/t-1')
    expect((await send('GET', '/t-1'))[1]['t-1']).toMatchObject({
      aliases: {},
      mappings: { properties: { ip: { type: 'ip' } } },
    })
    expect((await send('DELETE', '/_component_template/c'))[0]).toBe(400)
    const [status, body] = await send('PUT', '/_index_template/same', { index_patterns: ['t-a*'], priority: 2 })
    expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining('that have the same priority [2]')])
    expect((await send('PUT', '/_index_template/x', { index_patterns: ['x'], composed_of: ['no'] }))[0]).toBe(400)
    for (const path of ['_index_template/*', '_component_template/*', '_template/*']) await send('DELETE', `/${path}`)
  })
})

describe('rollover', () => {
  test('moves the alias to the next index once a condition holds', async () => {
    await send('PUT', '/logs-1', { aliases: { logs: { is_write_index: true } } })
    const conditions = { max_docs: 1, max_age: '1d' }
    expect(await send('POST', '/logs/_rollover', { conditions })).toMatchObject([
      200,
      { rolled_over: false, conditions: { '[max_docs: 1]': false, '[max_age: 1d]': false } },
    ])
    await send('POST', '/logs/_doc', { n: 1 })
    expect(await send('POST', '/logs/_rollover', { conditions })).toMatchObject([
      200,
      { rolled_over: true, old_index: 'logs-1', new_index: 'logs-000002' },
    ])
    expect((await send('POST', '/logs/_doc', { n: 2 }))[1]['_index']).toBe('logs-000002')
    expect((await send('GET', '/logs/_count'))[1]['count']).toBe(2)
  })
})

describe('a routing', () => {
  test('belongs to its document: shown, asked for, kept by updates, copies and a restart of the journal', async () => {
    await send('PUT', '/r', { settings: { number_of_shards: 5 } })
    expect((await send('PUT', '/r/_doc/1?routing=5', { n: 1 }))[0]).toBe(201)
    expect(await send('GET', '/r/_doc/1?routing=5')).toMatchObject([200, { _routing: '5', _source: { n: 1 } }])
    expect((await send('GET', '/r/_doc/1'))[0]).toBe(404)
    expect((await send('DELETE', '/r/_doc/1?routing=4'))[0]).toBe(404)
    expect((await send('POST', '/r/_update/1', { doc: { n: 2 } }))[0]).toBe(404)
    expect((await send('POST', '/r/_update/1?routing=5', { doc: { n: 2 } }))[1]).toMatchObject({ result: 'updated' })
    expect((await send('POST', '/r/_update_by_query'))[1]).toMatchObject({ updated: 1, version_conflicts: 0 })
    await send('POST', '/_reindex', { source: { index: 'r' }, dest: { index: 's' } })
    await send('POST', '/r/_flush')
    for (const index of ['r', 's'])
      expect((await send('GET', `/${index}/_doc/1?routing=5`))[1]).toMatchObject({ _routing: '5', _source: { n: 2 } })
    expect((await send('POST', '/r/_mget', { docs: [{ _id: '1', routing: '5' }, { _id: '1' }] }))[1]).toMatchObject({
      docs: [{ found: true, _routing: '5' }, { found: false }],
    })
  })

  test('is wanted where the mapping says so', async () => {
    await send('PUT', '/r', { mappings: { _routing: { required: true } } })
    const refused = [400, { error: { type: 'routing_missing_exception', reason: 'routing is required for [r]/[1]' } }]
    expect(await send('PUT', '/r/_doc/1', {})).toMatchObject(refused)
    expect((await send('PUT', '/r/_doc/1?routing=a', {}))[0]).toBe(201)
    expect(await send('GET', '/r/_doc/1')).toMatchObject(refused)
    expect(await send('DELETE', '/r/_doc/1')).toMatchObject(refused)
  })
})

describe('wait_for_active_shards, where an index has one copy', () => {
  const short = /Not enough active copies to meet shard count of \[(2|ALL)\] \(have 1, needed [23]\). Timeout: \[\w+\]/

  test.each([
    ['PUT /a/_doc/9?wait_for_active_shards=1', 201],
    ['PUT /a/_doc/9?wait_for_active_shards=all', 201],
    ['PUT /a/_doc/9?wait_for_active_shards=0', 201],
    ['PUT /a/_doc/9?wait_for_active_shards=2&timeout=1s', 503],
    ['PUT /copied/_doc/9?wait_for_active_shards=all', 503],
    ['POST /a/_update_by_query?wait_for_active_shards=2', 503],
    ['PUT /a/_doc/9?wait_for_active_shards=some', 400],
    ['PUT /a/_doc/9?wait_for_active_shards=-2', 400],
  ])('%s is %d', async (line, expected) => {
    const [method, path] = line.split(' ') as [string, string]
    await send('PUT', '/copied', { settings: { number_of_replicas: 2 } })
    const error = { type: 'unavailable_shards_exception', reason: expect.stringMatching(short) as unknown }
    const [status, body] = await send(method, path, {})
    expect({ status, body }).toMatchObject(expected === 503 ? { status: 503, body: { error } } : { status: expected })
    expect((await send('GET', '/a/_doc/9'))[0]).toBe(expected === 201 ? 200 : 404)
  })

  test('a bulk fails item by item', async () => {
    await send('PUT', '/copied', { settings: { number_of_replicas: 2 } })
    const lines = [{ index: { _index: 'copied', _id: '1' } }, {}, { index: { _index: 'a', _id: '9' } }, {}]
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
    const [status, body] = await send('POST', '/_bulk?wait_for_active_shards=all', text)
    expect(status).toBe(200)
    expect(body['items']).toMatchObject([{ index: { status: 503 } }, { index: { status: 201 } }])
  })

  test.each([
    ['2', { number_of_replicas: 2 }, false],
    ['all', { number_of_replicas: 1 }, false],
    ['all', {}, true],
    ['1', { index: { number_of_replicas: 1 } }, true],
  ])('an index that waits for %s of %j', async (awaited, settings, acknowledged) => {
    const made = await send('PUT', `/made?wait_for_active_shards=${awaited}`, { settings })
    expect(made).toMatchObject([200, { acknowledged: true, shards_acknowledged: acknowledged }])
    await send('POST', '/made/_close')
    const opened = await send('POST', `/made/_open?wait_for_active_shards=${awaited}`)
    expect(opened).toEqual([200, { acknowledged: true, shards_acknowledged: acknowledged }])
  })

  test('more than an index shall have is refused', async () => {
    const settings = { number_of_replicas: 2 }
    expect(await send('PUT', '/made?wait_for_active_shards=4', { settings })).toMatchObject([
      400,
      { error: { reason: 'invalid wait_for_active_shards[4]: cannot be greater than number of shard copies [3]' } },
    ])
    expect((await send('GET', '/made'))[0]).toBe(404)
  })
})
