import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { request as ask } from 'undici'
import { systemClock } from '../../src/clock/index.ts'
import { nullLogger } from '../../src/diagnostic/index.ts'
import { openEmbeddedStore } from '../../src/search/embedded/embedded-store.ts'
import { openClusterStore, registerSearchRoutes, type Store } from '../../src/search/index.ts'
import { createServer, Users, type Server } from '../../src/server/index.ts'
import { sharedOpenSearch } from '../engines/index.ts'

const { engine, skipReason } = await sharedOpenSearch()

const NDJSON = { 'content-type': 'application/x-ndjson' }
let run = 0

interface Step {
  readonly send: string
  readonly body?: string
  readonly headers?: Record<string, string>
  /** Statuses alone, where the words differ between Elasticsearch and OpenSearch. */
  readonly statusOnly?: boolean
}

/** Sent in this order to Vedetta and to OpenSearch, under indices of their own; the answers must be the same. */
const STEPS: readonly Step[] = [
  { send: 'PUT /I-a', body: '{"mappings":{"properties":{"ip":{"type":"ip"},"n":{"type":"long"}}}}' },
  { send: 'PUT /I-a', body: '{}' },
  { send: 'HEAD /I-a' },
  { send: 'HEAD /I-none' },
  { send: 'GET /I-none' },
  { send: 'GET /I-a/_mapping' },
  { send: 'PUT /I-a/_mapping', body: '{"properties":{"k":{"type":"keyword"}}}' },
  { send: 'PUT /I-a/_mapping', body: '{"properties":{"n":{"type":"keyword"}}}' },
  { send: 'PUT /I-a/_doc/1?refresh=true', body: '{"n":1,"k":"x","ip":"10.0.0.1","d":1.0}' },
  { send: 'PUT /I-a/_doc/1?refresh=true', body: '{"n":2,"k":"x","ip":"10.0.0.1"}' },
  { send: 'PUT /I-a/_create/1', body: '{"n":3}', statusOnly: true },
  { send: 'PUT /I-a/_doc/2?op_type=create&refresh=wait_for', body: '{"n":5,"k":"y"}' },
  { send: 'PUT /I-a/_doc/3?refresh=nonsense', body: '{"n":5}', statusOnly: true },
  { send: 'PUT /I-a/_doc/4', body: '{"n":"abc"}', statusOnly: true },
  { send: 'PUT /I-a/_doc/4', body: '' },
  { send: 'POST /I-a/_update/2?refresh=true', body: '{"doc":{"n":6}}' },
  { send: 'POST /I-a/_update/2', body: '{"doc":{"n":6}}' },
  { send: 'POST /I-a/_update/none', body: '{"doc":{"n":6}}', statusOnly: true },
  { send: 'GET /I-a/_doc/1' },
  { send: 'GET /I-a/_doc/1?_source=k,i*' },
  { send: 'GET /I-a/_doc/1?_source=false' },
  { send: 'GET /I-a/_doc/none' },
  { send: 'HEAD /I-a/_doc/1' },
  { send: 'HEAD /I-a/_doc/none' },
  { send: 'GET /I-a/_source/1' },
  { send: 'GET /I-a/_source/none' },
  { send: 'GET /I-none/_doc/1' },
  { send: 'POST /I-a/_mget', body: '{"ids":["1","none"]}' },
  {
    send: 'POST /_mget',
    body: '{"docs":[{"_index":"I-a","_id":"1","_source":["n"]},{"_index":"I-none","_id":"1"}]}',
    statusOnly: true,
  },
  {
    send: 'POST /_bulk?refresh=true',
    body:
      '{"index":{"_index":"I-b","_id":"1"}}\n{"n":1}\n{"create":{"_index":"I-b","_id":"1"}}\n{"n":1}\n' +
      '{"update":{"_index":"I-b","_id":"1"}}\n{"doc":{"n":2}}\n{"delete":{"_index":"I-b","_id":"2"}}\n',
    headers: NDJSON,
    statusOnly: true,
  },
  { send: 'POST /I-b/_bulk?refresh', body: '{"index":{"_id":"7"}}\n{"n":7}\n\n', headers: NDJSON },
  { send: 'POST /_bulk', body: '{"index":{"_index":"I-b"}}\n{"n":1}', headers: NDJSON, statusOnly: true },
  { send: 'POST /_bulk', body: '{"upsert":{"_index":"I-b"}}\n{"n":1}\n', headers: NDJSON, statusOnly: true },
  { send: 'POST /_bulk', body: '\n', headers: NDJSON, statusOnly: true },
  { send: 'GET /I-a,I-b/_search?sort=n:desc&size=2&_source=n' },
  { send: 'GET /I-a/_search', body: '{"query":{"term":{"k":"x"}},"aggs":{"m":{"max":{"field":"n"}}}}' },
  { send: 'POST /I-*/_search?rest_total_hits_as_int=true&size=0', body: '{}' },
  { send: 'GET /I-a/_search?q=k:x&size=0' },
  { send: 'GET /I-a/_search?size=0&track_total_hits=false' },
  { send: 'GET /I-a/_search?filter_path=hits.total.value' },
  { send: 'GET /I-none/_search' },
  { send: 'GET /I-none/_search?ignore_unavailable=true&size=0' },
  { send: 'GET /I-none*/_search?size=0' },
  { send: 'GET /I-none*/_search?allow_no_indices=false' },
  { send: 'GET /I-a/_search?sise=1', statusOnly: true },
  { send: 'GET /I-a/_search?size=abc' },
  { send: 'GET /I-a/_search', body: '{"query":{"term":', statusOnly: true },
  { send: 'GET /I-a/_search', body: '{"query":{"nonsense":{}}}', statusOnly: true },
  { send: 'GET /I-a/_count' },
  { send: 'POST /I-a/_count', body: '{"query":{"range":{"n":{"gte":5}}}}' },
  { send: 'POST /I-a/_count', body: '{"size":1}' },
  { send: 'GET /I-none/_count' },
  { send: 'GET /I-a,I-b/_field_caps?fields=n,k,ip' },
  { send: 'GET /I-a/_field_caps', statusOnly: true },
  { send: 'GET /I-none/_field_caps?fields=*', statusOnly: true },
  { send: 'POST /_msearch', body: '{"index":"I-a"}\n{"size":0}\n{"index":"I-none"}\n{"size":0}\n', headers: NDJSON },
  { send: 'POST /I-a/_msearch', body: '{}\n{"size":0}', headers: NDJSON, statusOnly: true },
  { send: 'POST /I-a/_refresh', statusOnly: true },
  { send: 'POST /_aliases', body: '{"actions":[{"add":{"index":"I-a","alias":"I-now"}}]}' },
  { send: 'GET /I-a/_alias' },
  { send: 'GET /_alias/I-now' },
  { send: 'GET /_alias/I-nobody' },
  { send: 'HEAD /_alias/I-now' },
  { send: 'DELETE /I-a/_alias/I-now' },
  {
    send: 'PUT /_template/I-t',
    body: '{"index_patterns":["I-t*"],"order":3,"mappings":{"properties":{"a":{"type":"ip"}}}}',
  },
  { send: 'GET /_template/I-t' },
  { send: 'HEAD /_template/I-t' },
  { send: 'GET /_template/I-none' },
  { send: 'HEAD /_template/I-none' },
  { send: 'DELETE /_template/I-t' },
  { send: 'DELETE /_template/I-t' },
  { send: 'GET /_index_template/I-none', statusOnly: true },
  { send: 'DELETE /I-a/_doc/1' },
  // The version: a cluster remembers a deleted document for a minute.
  { send: 'DELETE /I-a/_doc/1', statusOnly: true },
  { send: 'GET /_cat/count/I-b?h=count' },
  { send: 'GET /_cat/indices/I-b?h=index,docs.count,pri,status' },
  { send: 'GET /_cat/indices/I-b?h=i,dc&format=json' },
  { send: 'GET /_cat/indices/I-b?v&h=status,index' },
  { send: 'GET /_cat/indices/I-none', statusOnly: true },
  { send: 'GET /_nowhere/x' },
  { send: 'PATCH /_bulk', statusOnly: true },
  { send: 'DELETE /I-a/_search', statusOnly: true },
  {
    send: 'POST /I-a/_doc',
    body: 'n=1',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    statusOnly: true,
  },
  { send: 'DELETE /I-a,I-b' },
  { send: 'DELETE /I-a' },
]

const STORES: Record<string, (folder: string) => Promise<Store>> = {
  'a cluster': () => openClusterStore({ hosts: [engine!.url], logger: nullLogger, clock: systemClock }),
  'the embedded store': (folder) =>
    openEmbeddedStore({ path: join(folder, 'store'), logger: nullLogger, clock: systemClock }),
}

const REASON = skipReason === undefined ? '' : ` (${skipReason})`

describe.skipIf(engine === undefined).each(Object.keys(STORES))(
  `over %s, REST answers as OpenSearch${REASON}`,
  (name) => {
    let store: Store
    let server: Server
    let ours: string
    const unique = `rest${process.pid}x${run++}`
    let folder: string

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'vedetta-rest-'))
      store = await STORES[name]!(folder)
      const users = new Users(join(folder, 'users.json'))
      server = createServer({ host: '127.0.0.1', port: 0, users, logger: nullLogger })
      registerSearchRoutes(server, store, { clock: systemClock, nodeName: 'test', version: '0' })
      ours = (await server.listen()).url
    })

    afterAll(async () => {
      await server.close()
      await store.deleteIndices({ expressions: [`${unique}*`] })
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    })

    async function answer(url: string, name: string, step: Step): Promise<unknown> {
      const named = (text: string): string => text.replaceAll(/\bI-/g, `${name}-`)
      const [method, path] = step.send.split(' ') as [string, string]
      const reply = await ask(url + named(path), {
        method: method as 'GET',
        headers: step.body === undefined ? {} : (step.headers ?? { 'content-type': 'application/json' }),
        ...(step.body === undefined ? {} : { body: named(step.body) }),
      })
      const text = (await reply.body.text()).replaceAll(`${name}-`, 'I-').replaceAll(/(I-\w+)\/[\w-]{22}/g, '$1')
      if (step.statusOnly === true) return reply.statusCode
      return [reply.statusCode, normal(text)]
    }

    test.each(STEPS)('$send $body', async (step) => {
      const theirs = await answer(engine!.url, `${unique}t`, step)
      expect(await answer(ours, `${unique}o`, step)).toEqual(theirs)
    })
  },
)

/** Takes out what differs from run to run, and between the two products in words alone. */
function normal(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return text.replaceAll(/ +/g, ' ')
  }
  const walk = (inner: unknown): unknown => {
    if (Array.isArray(inner)) return inner.map(walk)
    if (typeof inner !== 'object' || inner === null) return inner
    const entries = Object.entries(inner).filter(([name]) => !VARYING.includes(name))
    return Object.fromEntries(entries.map(([name, value]) => [name, walk(value)]))
  }
  return walk(value)
}

const VARYING = [
  'took',
  '_shards',
  'index_uuid',
  'resource.type',
  'index',
  'resource.id',
  '_seq_no',
  'max_score',
  '_score',
  'caused_by',
  'line',
  'col',
]
