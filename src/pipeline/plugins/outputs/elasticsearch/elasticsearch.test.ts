import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { makeCertificates, makeOutput, MemoryStore, temporaryFolder } from '../../../../../test/plugin-fixture.ts'
import { systemClock } from '../../../../clock/index.ts'
import { Event, toValue, type ValueObject } from '../../../../event/index.ts'
import type { BulkItem } from '../../../../search/index.ts'
import type { Raw } from '../../../../settings/index.ts'
import { addressOf } from './hosts.ts'
import { elasticsearch } from './index.ts'

const event = (fields: Record<string, unknown>, micros = 0): Event => Event.at(micros, toValue(fields) as ValueObject)

interface Request {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

type Answer = (request: Request, count: number) => { status: number; body?: unknown }

/** A peer on a real socket that records what it got and answers as it is told; with `tls` over TLS. */
async function peer(answer: Answer, tls?: { cert: string; key: string }) {
  const requests: Request[] = []
  const handle = async (incoming: IncomingMessage, response: import('node:http').ServerResponse): Promise<void> => {
    const parts: Buffer[] = []
    for await (const part of incoming) parts.push(part as Buffer)
    const raw = Buffer.concat(parts)
    const body = incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(raw).toString() : raw.toString()
    const request = { method: incoming.method!, url: incoming.url!, headers: incoming.headers, body }
    requests.push(request)
    const { status, body: reply } = answer(request, requests.length)
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(reply ?? allGood(request)))
  }
  const server =
    tls === undefined
      ? createServer((a, b) => void handle(a, b))
      : createTlsServer({ cert: readFileSync(tls.cert), key: readFileSync(tls.key) }, (a, b) => void handle(a, b))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function operationsOf(request: Request): string[] {
  return request.body
    .trim()
    .split('\n')
    .flatMap((line) => Object.keys(JSON.parse(line) as object))
    .filter((name) => ['index', 'create', 'update', 'delete'].includes(name))
}

function items(request: Request, item: (n: number) => object): object {
  return { errors: true, items: operationsOf(request).map((action, n) => ({ [action]: item(n) })) }
}

const allGood = (request: Request): object => items(request, () => ({ status: 201 }))

// Templates have their own tests; requests are counted here.
const FAST = { retry_initial_interval: 0.01, retry_max_interval: 0.05, compression_level: 0, manage_template: false }

describe('to the store', () => {
  test('the seed as it stands: one notice, a missing file is no error, daily index, the event encoded', async () => {
    const store = new MemoryStore()
    const { output, said } = makeOutput(
      elasticsearch,
      {
        hosts: 'es-server:9200',
        index: 'logstash-tcpdump-%{+YYYY.MM.dd}',
        user: 'logstash',
        password: 'verysecretpassword',
        ssl: true,
        cacert: '/path/to/cacert.pem',
      },
      { store, isStoreAddress: (host) => host === 'es-server:9200' },
    )
    await output.write([event({ src_ip: '192.0.2.1', dst_port: '80' }, Date.UTC(2016, 1, 8, 0, 56, 58, 407) * 1000)])
    expect(store.operations).toEqual([
      {
        action: 'index',
        index: 'logstash-tcpdump-2016.02.08',
        source: '{"@version":"1","@timestamp":"2016-02-08T00:56:58.407Z","src_ip":"192.0.2.1","dst_port":"80"}',
      },
    ])
    expect(said.notices).toHaveLength(1)
    expect(said.notices[0]).toContain("'user', 'password', 'ssl_enabled', 'ssl_certificate_authorities' are not used")
    expect(JSON.stringify(said)).not.toContain('verysecret')
  })

  test('without hosts: index by default, id, routing and action by reference', async () => {
    const store = new MemoryStore()
    const { output, said } = makeOutput(
      elasticsearch,
      { document_id: '%{id}', routing: '%{r}', action: '%{[@metadata][action]}' },
      { store },
    )
    const first = event({ id: 7, r: 'x' })
    first.metadata['action'] = 'delete'
    await output.write([first])
    expect(store.operations).toEqual([{ action: 'delete', index: 'logstash-1970.01.01', id: '7', routing: 'x' }])
    expect(said.notices).toEqual([])
  })

  test.each<[Record<string, Raw>, object]>([
    [{}, { index: 'own', id: '1', routing: 'r', version: 456, versionType: 'external' }],
    [
      { index: 'a', document_id: '2', routing: 's', version: '3', version_type: 'internal' },
      { index: 'a', id: '2', routing: 's', version: 3, versionType: 'internal' },
    ],
    [{ data_stream: true }, { action: 'create', index: 'own', id: '1', routing: 'r' }],
  ])('what [@metadata][_ingest_document] says counts where %j says nothing', async (raw, expected) => {
    const store = new MemoryStore()
    const { output } = makeOutput(elasticsearch, raw, { store })
    const one = event({ a: 1 })
    one.metadata['_ingest_document'] = toValue({
      index: 'own',
      id: 1,
      routing: 'r',
      version: '456',
      version_type: 'external',
    })
    await output.write([one])
    expect(store.operations).toMatchObject([expected])
  })

  test('400 and 404 go to the dead letters with the reason, 409 is logged, 429 is repeated', async () => {
    const store = new MemoryStore()
    let busy = 2
    store.answer = ({ source = '' }): Partial<BulkItem> => {
      if (source.includes('"bad"')) return { status: 400, error: { type: 'mapper_parsing_exception', reason: 'no ip' } }
      if (source.includes('"twice"'))
        return { status: 409, error: { type: 'version_conflict_engine_exception', reason: 'exists' } }
      if (source.includes('"busy"') && busy-- > 0)
        return { status: 429, error: { type: 'cluster_block_exception', reason: 'disk full' } }
      return {}
    }
    const { output, said } = makeOutput(elasticsearch, FAST, { store })
    await output.write([event({ k: 'bad' }), event({ k: 'twice' }), event({ k: 'busy' }), event({ k: 'good' })])
    expect(said.deadLetters.map(({ event: dead, reason }) => [dead.data['k'], reason])).toEqual([
      [
        'bad',
        "elasticsearch output: index into 'logstash-1970.01.01' was refused with status 400: mapper_parsing_exception: no ip",
      ],
    ])
    expect(store.operations.filter(({ source }) => source!.includes('busy'))).toHaveLength(3)
    expect(store.operations.filter(({ source }) => source!.includes('good'))).toHaveLength(1)
    expect(said.log).toHaveLength(3)
    expect(said.log[0]).toContain('warn: elasticsearch output: index of')
    expect(said.log[1]).toContain("'logstash-1970.01.01' answers status 429: cluster_block_exception: disk full")
    expect(said.log[2]).toMatch(/writes again after 0 s; no event was lost/)
  })

  test('an index name with a reference the event lacks is a dead letter', async () => {
    const store = new MemoryStore()
    const { output, said } = makeOutput(elasticsearch, { index: 'x-%{team}' }, { store })
    await output.write([event({}), event({ team: 'a' })])
    expect(store.operations.map(({ index }) => index)).toEqual(['x-a'])
    expect(said.deadLetters[0]!.reason).toContain("the index name 'x-%{team}' has a reference the event lacks")
  })

  test.each([
    [{ doc_as_upsert: true }, '{"doc":DOC,"doc_as_upsert":true}'],
    [{ upsert: '{"n":%{n}}' }, '{"doc":DOC,"upsert":{"n":1}}'],
    [
      { script: 'ctx._source.n += params.event.n', upsert: '{"n":0}' },
      '{"script":{"source":"ctx._source.n += params.event.n","lang":"painless","params":{"event":DOC}},"upsert":{"n":0}}',
    ],
    [
      { script: 'x', script_type: 'indexed', scripted_upsert: true },
      '{"script":{"id":"x","params":{"event":DOC}},"scripted_upsert":true,"upsert":{}}',
    ],
  ])('update with %j', async (raw: Record<string, Raw>, expected) => {
    const store = new MemoryStore()
    const { output } = makeOutput(elasticsearch, { action: 'update', document_id: 'a', ...raw }, { store })
    const one = event({ n: 1 })
    await output.write([one])
    expect(store.operations[0]!.source).toBe(expected.replace('DOC', one.toJson()))
  })
})

describe('to a cluster', () => {
  test('bulk with credentials, gzip, pipeline and parameters', async () => {
    await using cluster = await peer(() => ({ status: 200 }))
    const { output } = makeOutput(elasticsearch, {
      hosts: `http://u:p%40x@127.0.0.1:${cluster.port}/es`,
      pipeline: '%{p}',
      manage_template: false,
      document_id: '%{id}',
      parameters: ['refresh', 'true'],
      custom_headers: ['x-team', 'soc'],
    })
    await output.write([event({ p: 'geo', id: 'a"b' }), event({ p: '', id: 'c' })])
    await output.close!()
    const [request] = cluster.requests
    expect([request!.method, request!.url]).toEqual(['POST', '/es/_bulk?refresh=true'])
    expect(request!.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('u:p@x').toString('base64')}`,
      'content-type': 'application/x-ndjson',
      'content-encoding': 'gzip',
      'x-team': 'soc',
    })
    expect(request!.body.split('\n').filter((_, i) => i % 2 === 0)).toEqual([
      '{"index":{"_index":"logstash-1970.01.01","_id":"a\\"b","pipeline":"geo"}}',
      '{"index":{"_index":"logstash-1970.01.01","_id":"c"}}',
      '',
    ])
  })

  test('a wrong password: one message, nothing lost, no secret in it', async () => {
    await using cluster = await peer((_request, count) =>
      count <= 5
        ? { status: 401, body: { error: { type: 'security_exception', reason: 'unable to authenticate' } } }
        : { status: 200 },
    )
    const { output, said } = makeOutput(elasticsearch, {
      hosts: `127.0.0.1:${cluster.port}`,
      user: 'logstash',
      password: 'wrongsecret',
      ...FAST,
    })
    await output.write([event({ n: 1 })])
    await output.close!()
    expect(cluster.requests).toHaveLength(6)
    expect(said.log).toEqual([
      `error: elasticsearch output: 127.0.0.1:${cluster.port} refuses user 'logstash': check user and password (status 401); events are kept and it goes on trying`,
      'info: elasticsearch output writes again after 0 s; no event was lost',
    ])
  })

  test('an untrusted certificate: one message; with its authority it is written to', async () => {
    using folder = temporaryFolder()
    const tls = makeCertificates(folder.path)
    await using cluster = await peer(() => ({ status: 200 }), tls)
    const hosts = `localhost:${cluster.port}`
    const untrusted = makeOutput(elasticsearch, { hosts, ssl: true, ...FAST })
    const writing = untrusted.output.write([event({})])
    writing.catch(() => undefined)
    await expect.poll(() => untrusted.said.log).not.toEqual([])
    await systemClock.sleep(200)
    await untrusted.output.close!()
    await expect(writing).rejects.toThrow('closed with events on their way')
    expect(untrusted.said.log).toEqual([
      `error: elasticsearch output: the certificate of ${hosts} is not trusted (its authority is not known): name its authority in ssl_certificate_authorities (cacert); events are kept and it goes on trying`,
    ])
    expect(cluster.requests).toEqual([])

    const trusted = makeOutput(elasticsearch, { hosts, ssl: true, cacert: tls.ca, ...FAST })
    await trusted.output.write([event({})])
    await trusted.output.close!()
    const careless = makeOutput(elasticsearch, {
      hosts: `https://${hosts}`,
      ssl_certificate_verification: false,
      ...FAST,
    })
    await careless.output.write([event({})])
    await careless.output.close!()
    expect(cluster.requests).toHaveLength(2)
  })

  test('a server that is down is told once, with store.aliases; the next host is tried', async () => {
    const gone = await peer(() => ({ status: 200 }))
    await gone[Symbol.asyncDispose]()
    const { output, said } = makeOutput(elasticsearch, { hosts: [`127.0.0.1:${gone.port}`], ...FAST })
    const writing = output.write([event({})])
    writing.catch(() => undefined)
    await expect.poll(() => said.log).not.toEqual([])
    await systemClock.sleep(200)
    await output.close!()
    await expect(writing).rejects.toThrow('closed with events on their way')
    expect(said.log).toEqual([
      `error: elasticsearch output cannot reach 127.0.0.1:${gone.port} (ECONNREFUSED); events are kept and it goes on trying; if this address means the store of this process, add "127.0.0.1:${gone.port}" to store.aliases`,
    ])

    await using there = await peer(() => ({ status: 200 }))
    const both = makeOutput(elasticsearch, { hosts: [`127.0.0.1:${gone.port}`, `127.0.0.1:${there.port}`], ...FAST })
    await both.output.write([event({})])
    await both.output.write([event({})])
    await both.output.close!()
    expect(there.requests).toHaveLength(2)
    expect(both.said.log).toEqual([])
  })

  test('only the operations that were refused for now are sent again', async () => {
    await using cluster = await peer((request, count) => ({
      status: 200,
      body: items(request, (n) => ({ status: count === 1 && n === 1 ? 503 : 201 })),
    }))
    const { output } = makeOutput(elasticsearch, { hosts: `127.0.0.1:${cluster.port}`, ...FAST })
    await output.write([event({ n: 'a' }), event({ n: 'b' }), event({ n: 'c' })])
    await output.close!()
    expect(cluster.requests.map((request) => operationsOf(request).length)).toEqual([3, 1])
    expect(cluster.requests[1]!.body).toContain('"n":"b"')
  })

  test('a request that is too large is halved; one event that is too large is a dead letter', async () => {
    await using cluster = await peer((request) =>
      request.body.length > 400 ? { status: 413, body: {} } : { status: 200 },
    )
    const { output, said } = makeOutput(elasticsearch, { hosts: `127.0.0.1:${cluster.port}`, ...FAST })
    const small = Array.from({ length: 8 }, (_, n) => event({ n }))
    await output.write([...small, event({ big: 'x'.repeat(500) })])
    await output.close!()
    expect(said.deadLetters.map(({ reason }) => reason)).toEqual([
      "elasticsearch output: index into 'logstash-1970.01.01' was refused with status 413: content_too_large: the request is larger than the cluster takes",
    ])
    const written = cluster.requests.filter(({ body }) => body.length <= 400).flatMap(operationsOf)
    expect(written).toHaveLength(8)
  })

  test('an answer that is not JSON is no success', async () => {
    await using cluster = await peer((_request, count) =>
      count === 1 ? { status: 200, body: 'proxy error' } : { status: 200 },
    )
    const { output, said } = makeOutput(elasticsearch, { hosts: `127.0.0.1:${cluster.port}`, ...FAST })
    await output.write([event({})])
    await output.close!()
    expect(cluster.requests).toHaveLength(2)
    expect(said.log[0]).toContain('does not fit it; it is sent again')
  })

  test('a template of the user is installed before the first event, once', async () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 't.json')
    writeFileSync(path, '{"index_patterns":["x-*"],"mappings":{}}')
    await using cluster = await peer((request) =>
      request.method === 'HEAD'
        ? { status: 404, body: {} }
        : { status: 200, ...(request.method === 'PUT' ? { body: {} } : {}) },
    )
    const { output } = makeOutput(elasticsearch, {
      hosts: `127.0.0.1:${cluster.port}`,
      template: path,
      template_name: 'mine',
      ...FAST,
      manage_template: true,
    })
    await output.write([event({})])
    await output.write([event({})])
    await output.close!()
    const seen = cluster.requests.map(({ method, url }) => `${method} ${url}`)
    expect(seen.filter((line) => line.endsWith('/mine'))).toEqual(['HEAD /_template/mine', 'PUT /_template/mine'])
    expect(seen.filter((line) => line.endsWith('_bulk'))).toHaveLength(2)
  })
})

describe('data streams', () => {
  const written = async (options: Record<string, Raw>, fields: object, ecs: 'disabled' | 'v8' = 'v8') => {
    const store = new MemoryStore()
    const { output } = makeOutput(elasticsearch, options, { store, ecs })
    const one = event(fields as Record<string, unknown>)
    await output.write([one])
    await output.close!()
    const { action, index, source, id } = store.operations[0]!
    // Other outputs have the same event.
    const kept = one.data['data_stream'] === undefined || !('added' in (one.data['data_stream'] as object))
    return { action, index, id, kept, stream: (JSON.parse(source!) as ValueObject)['data_stream'], store }
  }

  test.each<[Record<string, Raw>, object, string, unknown]>([
    [{ data_stream: 'true' }, {}, 'logs-generic-default', { type: 'logs', dataset: 'generic', namespace: 'default' }],
    [{}, {}, 'logs-generic-default', { type: 'logs', dataset: 'generic', namespace: 'default' }],
    [
      { data_stream: 'true', data_stream_type: 'metrics', data_stream_dataset: 'a.b', data_stream_namespace: 'prod' },
      {},
      'metrics-a.b-prod',
      { type: 'metrics', dataset: 'a.b', namespace: 'prod' },
    ],
    [
      { data_stream: 'true' },
      { data_stream: { dataset: 'nginx', added: 1 } },
      'logs-nginx-default',
      { dataset: 'nginx', added: 1, type: 'logs', namespace: 'default' },
    ],
    [
      { data_stream: 'true', data_stream_auto_routing: false },
      { data_stream: { dataset: 'nginx' } },
      'logs-generic-default',
      { dataset: 'generic', type: 'logs', namespace: 'default' },
    ],
    [{ data_stream: 'true', data_stream_sync_fields: false }, {}, 'logs-generic-default', undefined],
  ])('%j %j', async (options, fields, index, stream) => {
    const seen = await written(options, fields)
    expect(seen).toMatchObject({ action: 'create', index, id: undefined })
    expect(seen.stream).toEqual(stream)
    expect(seen.store.templates).toEqual([])
  })

  test.each<[Record<string, Raw>, 'disabled' | 'v8']>([
    [{}, 'disabled'],
    [{ index: 'mine' }, 'v8'],
    [{ data_stream: 'false' }, 'v8'],
    [{ manage_template: false }, 'v8'],
    [{ document_id: 'x' }, 'v8'],
  ])('%j with ecs %s is an index', async (options, ecs) => {
    const seen = await written(options, {}, ecs)
    expect(seen.action).toBe('index')
    expect(seen.stream).toBeUndefined()
  })
})

test('a child names its parent in the join field and goes to its shard', async () => {
  const store = new MemoryStore()
  const { output } = makeOutput(
    elasticsearch,
    { index: 'i', parent: '%{up}', join_field: 'relation', routing: 'unused' },
    { store },
  )
  const child = event({ up: 'p1', relation: 'answer' })
  await output.write([child])
  await output.close!()
  expect(store.operations[0]).toMatchObject({ routing: 'p1' })
  expect(JSON.parse(store.operations[0]!.source!)).toMatchObject({ relation: { name: 'answer', parent: 'p1' } })
  expect(child.data['relation']).toBe('answer')
})

test('an ingest pipeline of the store in this process', async () => {
  const store = new MemoryStore()
  const { output } = makeOutput(elasticsearch, { index: 'i', pipeline: '%{p}' }, { store })
  await output.write([event({ p: 'geo' }), event({ p: '' })])
  await output.close!()
  expect(store.operations.map(({ pipeline }) => pipeline)).toEqual(['geo', undefined])
})

test.each([
  ['es-server', 'es-server:9200'],
  ['es-server:9201', 'es-server:9201'],
  ['http://h', 'h:9200'],
  ['https://h:443', 'h:443'],
  ['http://h:80/x', 'h:80'],
  ['//h', 'h:9200'],
  ['[::1]:9200', '[::1]:9200'],
  ['http://u:p@h', 'h:9200'],
])('%s is %s', (host, address) => expect(addressOf(host)).toBe(address))

test.each([
  [{ action: 'update' }, `'action => "update"' needs 'document_id'`],
  [{ action: 'put' }, `'action' must be "index", "create", "update", "delete" or a reference, got 'put'`],
  [{ data_stream: 'true', index: 'x' }, "'index' must not be given together with 'data_stream => true'"],
  [{ data_stream: 'true', action: 'delete', document_id: 'x' }, "'document_id' must not be given together"],
  [{ data_stream: 'true', manage_template: false }, "'manage_template' must not be given together"],
  [{ data_stream_dataset: 'x' }, "'data_stream_dataset' needs 'data_stream => true'"],
  [{ data_stream: 'false', data_stream_sync_fields: true }, "'data_stream_sync_fields' needs 'data_stream => true'"],
  [{ parent: 'p' }, "'parent' needs 'join_field'"],
  [{ join_field: 'j' }, "'join_field' needs 'parent'"],
  [
    { hosts: 'https://h', ssl: false },
    "'ssl_enabled => false' must not be given together with 'hosts => \"https://h:9200\"'",
  ],
  [
    { hosts: 'http://h', ssl: true },
    "'ssl_enabled => true' must not be given together with 'hosts => \"http://h:9200\"'",
  ],
  [
    { hosts: 'h', cacert: '/nowhere/ca.pem' },
    "'ssl_certificate_authorities' names /nowhere/ca.pem, which cannot be read: ENOENT",
  ],
  [{ hosts: 'http://u:secret@ bad' }, "'hosts' must be addresses"],
  [{ api_key: 'a:b', user: 'u' }, "'api_key' must not be given together with 'user'"],
  [{ index: '%{+bbb}' }, "'index' must be a text with valid references"],
])('%j is refused', (raw: Record<string, Raw>, message) => {
  expect(() => makeOutput(elasticsearch, raw)).toThrow(message)
  expect(() => makeOutput(elasticsearch, raw)).not.toThrow('secret')
})
