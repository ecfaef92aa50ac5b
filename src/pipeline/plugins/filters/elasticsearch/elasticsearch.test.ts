import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { filterFixture, runFilter, type Fields } from '../../../../../test/filter-fixture.ts'
import { makeCertificates, temporaryFolder } from '../../../../../test/plugin-fixture.ts'
import { ManualClock } from '../../../../clock/index.ts'

interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

const hit = (source: object): object => ({ _index: 'logs-2026', _id: 'a1', _source: source })
const found = (...sources: object[]): object => ({
  _shards: { total: 1 },
  hits: { total: { value: sources.length, relation: 'eq' }, hits: sources.map(hit) },
})

let server: Server
let host: string
let asked: Asked[] = []
/** What the cluster answers: a body, or a status with one. */
let answer: () => object | readonly [number, string] = () => found()

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => {
      asked.push({ method: request.method!, url: decodeURIComponent(request.url!), headers: request.headers, body })
      const what = answer()
      const [status, text] = Array.isArray(what) ? (what as [number, string]) : [200, JSON.stringify(what)]
      response.writeHead(status, { 'content-type': 'application/json' }).end(text)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
})
beforeEach(() => {
  asked = []
  answer = () => found()
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const run = (config: string, event: object = {}): Promise<Fields> =>
  runFilter(`elasticsearch { hosts => "${host}" ${config} }`, event)
const total = (value: number): object => ({ '@metadata': { total_hits: value } })

describe('elasticsearch', () => {
  test.each<[config: string, event: object, url: string]>([
    ['query => "response: 404"', {}, '/_search?q=response:+404&size=1&sort=@timestamp:desc'],
    [
      'query => "user:%{u}" index => "logs-%{day},old-*" result_size => 10 sort => "a:asc,b:desc"',
      { u: 'ann', day: 1 },
      '/logs-1,old-*/_search?q=user:ann&size=10&sort=a:asc,b:desc',
    ],
    ['query => "*" enable_sort => false', {}, '/_search?q=*&size=1'],
    ['query => "*" enable_sort => false index => "%{i}"', { i: '../_all/x' }, '/../_all/x/_search?q=*&size=1'],
  ])('elasticsearch { %s } asks', async (config, event, url) => {
    await run(config, event)
    expect(asked.map((one) => [one.method, one.url, one.body])).toEqual([['GET', url, '']])
  })

  test('fields, docinfo_fields and aggregation_fields are copied', async () => {
    answer = () => ({
      ...found({ response: 404, 'a.b': 1.0, geoip: { ip: '66.249.73.185' } }),
      aggregations: { avg: { value: 294 } },
    })
    expect(
      await run(
        'query => "x" fields => [["[geoip][ip]", "[o][ip]"], ["response", "code"], ["a.b", "ab"], ["none", "none"]] ' +
          'docinfo_fields => { "_index" => "i" "[_source][response]" => "r" } ' +
          'aggregation_fields => { "avg" => "bytes" "other" => "other" } add_tag => "found"',
      ),
    ).toEqual({
      o: { ip: '66.249.73.185' },
      code: 404,
      ab: 1,
      none: null,
      i: 'logs-2026',
      r: 404,
      bytes: { value: 294 },
      other: null,
      tags: ['found'],
      ...total(1),
    })
  })

  test('several documents give lists; a target holds them; an old total is a number', async () => {
    answer = () => ({ _shards: {}, hits: { total: 2, hits: [hit({ a: 1 }), hit({ a: 2 })] } })
    expect(
      await run('query => "x" result_size => 2 fields => { "a" => "[x][a]" } target => "t"', { t: { k: 1 } }),
    ).toEqual({
      t: { k: 1, x: { a: [1, 2] } },
      ...total(2),
    })
  })

  test('aggregations without documents are success; nothing at all is none', async () => {
    answer = () => ({ ...found(), aggregations: { avg: { value: 1 } } })
    const config = 'query => "x" result_size => 0 aggregation_fields => { "avg" => "v" } add_tag => "found"'
    expect(await run(config)).toEqual({ v: { value: 1 }, tags: ['found'], ...total(0) })
    answer = () => found()
    expect(await run(config)).toEqual(total(0))
  })

  test('a query_template is filled in and sent as the body', async () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'search.json')
    writeFileSync(path, '{ "size": 2, "query": { "term": { "user": "%{u}" } } }')
    await run(`query_template => "${path}" index => "i"`, { u: 'ann' })
    expect(asked).toMatchObject([
      { method: 'POST', url: '/i/_search', body: '{ "size": 2, "query": { "term": { "user": "ann" } } }' },
    ])
    expect(await run(`query_template => "${path}"`, { u: 'a"b' })).toMatchObject({
      tags: ['_elasticsearch_lookup_failure'],
    })
  })

  test('who asks: user and password, headers, an API key over TLS only', async () => {
    await run('query => "*" user => "ann" password => "s" custom_headers => { "X-A" => "1" }')
    expect(asked[0]!.headers).toMatchObject({ authorization: `Basic ${btoa('ann:s')}`, 'x-a': '1' })
    await runFilter(`elasticsearch { hosts => "http://bob:p@${host}" query => "*" }`, {})
    expect(asked[1]!.headers).toMatchObject({ authorization: `Basic ${btoa('bob:p')}` })
  })

  test.each<[string, () => object | readonly [number, string], RegExp]>([
    ['an error', () => [400, '{"error":{"reason":"bad query"}}'], /status 400: bad query/],
    ['no JSON', () => [200, 'hello'], /the answer is no JSON object/],
    ['no hits', () => ({ _shards: {} }), /the answer has no hits/],
    ['failed shards', () => ({ ...found({}), _shards: { failures: [{ reason: 'x' }] } }), /some shards failed/],
  ])('%s tags the event, and is told once', async (_what, what, message) => {
    answer = what
    await using filter = filterFixture(
      `elasticsearch { hosts => "${host}" query => "x" add_tag => "found" tag_on_failure => ["a", "b"] }`,
    )
    const tagged = { tags: ['a', 'b'] }
    expect(await filter.run({}, {})).toEqual([tagged, tagged])
    expect(filter.log).toEqual([expect.stringMatching(message)])
    answer = () => found({})
    await filter.run({})
    expect(filter.log.at(-1)).toBe('info: elasticsearch answers again')
  })

  test('a search that failed is repeated where that is wanted', async () => {
    let left = 2
    answer = () => (left-- > 0 ? [503, 'busy'] : found({ a: 1 }))
    const config = 'query => "x" fields => { "a" => "a" }'
    expect(await run(`${config} retry_on_failure => 2 retry_on_status => [503]`)).toMatchObject({ a: 1 })
    expect(asked).toHaveLength(3)
    left = 2
    expect(await run(`${config} retry_on_failure => 2 retry_on_status => [500]`)).toMatchObject({
      tags: ['_elasticsearch_lookup_failure'],
    })
    expect(asked).toHaveLength(4)
  })

  test('a cluster that is away: tagged at once, found again; another address takes over', async () => {
    const gone = createServer().listen(0, '127.0.0.1')
    await once(gone, 'listening')
    const away = `127.0.0.1:${(gone.address() as AddressInfo).port}`
    gone.close()
    const clock = new ManualClock()
    await using filter = filterFixture(`elasticsearch { hosts => "${away}" query => "x" }`, { clock })
    expect(await filter.run({}, {})).toMatchObject([
      { tags: ['_elasticsearch_lookup_failure'] },
      { tags: ['_elasticsearch_lookup_failure'] },
    ])
    expect(filter.log).toEqual([
      `error: elasticsearch: ${away} cannot be reached (ECONNREFUSED); events are tagged until it answers`,
    ])
    answer = () => found({ a: 1 })
    await using both = filterFixture(
      `elasticsearch { hosts => ["${away}", "${host}"] query => "x" fields => ["a", "a"] }`,
    )
    expect(await both.run({}, {}, {})).toMatchObject([{ a: 1 }, { a: 1 }, { a: 1 }])
  })

  test('by TLS, with the authority and the cipher suite that are named', async () => {
    using folder = temporaryFolder()
    const tls = makeCertificates(folder.path)
    const ciphers: string[] = []
    const secure = createTlsServer(
      { cert: readFileSync(tls.cert), key: readFileSync(tls.key) },
      (request, response) => {
        ciphers.push((request.socket as TLSSocket).getCipher().name)
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found({ a: 1 })))
      },
    ).listen(0, '127.0.0.1')
    try {
      await once(secure, 'listening')
      const url = `https://localhost:${(secure.address() as AddressInfo).port}`
      const config = `elasticsearch { hosts => "${url}" query => "x" fields => ["a", "a"] `
      const suite = 'ssl_supported_protocols => "TLSv1.2" ssl_cipher_suites => "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"'
      expect(await runFilter(`${config} ca_file => "${tls.ca}" ${suite} }`, {})).toMatchObject({ a: 1 })
      expect(await runFilter(`${config} }`, {})).toEqual({ tags: ['_elasticsearch_lookup_failure'] })
      expect(ciphers).toEqual(['ECDHE-RSA-AES256-GCM-SHA384'])
    } finally {
      secure.closeAllConnections()
      secure.close()
    }
  })

  test.each([
    ['', /'elasticsearch' needs 'query'/],
    ['query => "*" query_template => "/x"', /'query' must not be given together with 'query_template'/],
    ['query_template => "/nowhere.json"', /'query_template' names \/nowhere\.json, which cannot be read/],
    ['query => "*" query_type => "esql"', /'query_type' must be "dsl"/],
    ['query => "*" api_key => "a:b"', /'api_key' needs 'ssl_enabled'/],
    [
      'query => "*" api_key => "a:b" user => "u" ssl_enabled => true',
      /'api_key' must not be given together with 'user'/,
    ],
    ['query => "*" cloud_id => "x"', /cloud_id/],
    ['query => "*" fields => ["a"]', /'fields' must be a hash of names to field references/],
    ['query => "*" hosts => "http://x y"', /'hosts' must be addresses/],
    ['query => "*" ca_file => "/nowhere.pem"', /\/nowhere\.pem/],
    ['query => "*" ssl_cipher_suites => "TLS_MADE_UP"', /'TLS_MADE_UP' is not here/],
    ['query => "*" truststore => "/x.jks"', /give PEM files in ssl_certificate_authorities/],
  ])('elasticsearch { %s } is refused', async (config, message) => {
    await expect(runFilter(`elasticsearch { ${config} }`, {})).rejects.toThrow(message)
  })
})
