import { mkdtempSync, rmSync } from 'node:fs'
import { Readable } from 'node:stream'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client as ElasticClient } from '@elastic/elasticsearch'
import { Client as OpenSearchClient } from '@opensearch-project/opensearch'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { request as ask } from 'undici'
import { systemClock } from '../../src/clock/index.ts'
import { nullLogger } from '../../src/diagnostic/index.ts'
import { openEmbeddedStore } from '../../src/search/embedded/embedded-store.ts'
import { registerSearchRoutes, type Store } from '../../src/search/index.ts'
import { createServer, Users, type Server } from '../../src/server/index.ts'

let folder: string
let store: Store
let server: Server
let url: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vedetta-clients-'))
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

describe("Elastic's own client", () => {
  test('takes us for Elasticsearch: bulk helper, search, errors', async () => {
    const client = new ElasticClient({ node: url })
    expect((await client.info()).version.number).toBe('8.17.0')
    const stats = await client.helpers.bulk({
      datasource: Array.from({ length: 2500 }, (_, n) => ({ n, kind: n % 2 === 0 ? 'even' : 'odd' })),
      onDocument: () => ({ index: { _index: 'elastic' } }),
      refreshOnCompletion: true,
    })
    expect([stats.successful, stats.failed]).toEqual([2500, 0])
    const found = await client.search({
      index: 'elastic',
      size: 1,
      sort: [{ n: 'desc' }],
      track_total_hits: true,
      aggs: { kinds: { terms: { field: 'kind.keyword' } } },
    })
    expect(found.hits.total).toEqual({ value: 2500, relation: 'eq' })
    expect(found.hits.hits[0]!._source).toEqual({ n: 2499, kind: 'odd' })
    await expect(client.get({ index: 'elastic', id: 'none' })).rejects.toMatchObject({ statusCode: 404 })
    expect(await client.exists({ index: 'elastic', id: 'none' })).toBe(false)
    expect(await client.indices.exists({ index: 'elastic' })).toBe(true)
    await expect(client.search({ index: 'nowhere' })).rejects.toThrow('index_not_found_exception')
    await client.close()
  })
})

describe("OpenSearch's own client", () => {
  test('writes and finds', async () => {
    const client = new OpenSearchClient({ node: url })
    await client.index({ index: 'opens', id: '1', body: { n: 1 }, refresh: true })
    const { body } = await client.search({ index: 'opens', body: { query: { match_all: {} } } })
    expect(body.hits.hits[0]!._source).toEqual({ n: 1 })
    await client.close()
  })
})

describe('a bulk of 90 MB', () => {
  test('is taken as it comes, and found', async () => {
    const line = `{"index":{}}\n{"text":"${'x'.repeat(950)}","n":1}\n`
    const block = Buffer.from(line.repeat(1000))
    let blocks = 0
    async function* body(): AsyncGenerator<Buffer> {
      for (; blocks < 90; blocks++) yield block
    }
    const reply = await ask(`${url}/large/_bulk?filter_path=errors`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: Readable.from(body()),
    })
    expect([reply.statusCode, await reply.body.json()]).toEqual([200, { errors: false }])
    const count = await ask(`${url}/large/_count?filter_path=count`)
    expect(await count.body.json()).toEqual({ count: 90_000 })
  }, 120_000)

  test('beyond 100 MB it is refused whole', async () => {
    const block = Buffer.from(`{"index":{}}\n{"n":"${'x'.repeat(980)}"}\n`.repeat(1_000))
    async function* body(): AsyncGenerator<Buffer> {
      for (let i = 0; i < 110; i++) yield block
    }
    const status = await ask(`${url}/larger/_bulk`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: Readable.from(body()),
    }).then(
      (reply) => reply.statusCode,
      // The answer may be lost where the client is still sending when the connection closes.
      (error: { code?: string }) => error.code,
    )
    expect([413, 'UND_ERR_SOCKET', 'EPIPE', 'ECONNRESET']).toContain(status)
    expect((await ask(`${url}/larger`, { method: 'HEAD' })).statusCode).toBe(404)
  }, 120_000)
})
