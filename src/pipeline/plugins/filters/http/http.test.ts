import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { filterFixture, runFilter, type Fields } from '../../../../../test/filter-fixture.ts'
import { ManualClock } from '../../../../clock/index.ts'

interface Asked {
  readonly method: string
  readonly url: string
  readonly type: string | undefined
  readonly body: string
  readonly header: string | undefined
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }
/** By path. */
const ANSWERS: Record<string, { status?: number; headers?: Record<string, string>; body?: string }> = {
  '/object': { headers: JSON_TYPE, body: '{"owner":"ann","n":7}' },
  '/list': { headers: JSON_TYPE, body: '[1,"b"]' },
  '/broken': { headers: JSON_TYPE, body: '{"owner":' },
  '/text': { headers: { 'content-type': 'text/plain' }, body: '  {"not":"parsed"} \n' },
  '/untyped': { body: ' x ' },
  '/empty': {},
  '/nothing': { status: 204, headers: JSON_TYPE },
  '/missing': { status: 404, headers: JSON_TYPE, body: '{"error":"no"}' },
  '/away': { status: 503, body: 'later' },
  '/moved': { status: 302, headers: { location: '/object' } },
  '/umlaut': { headers: JSON_TYPE, body: '{"a":"ü"}' },
}

const asked: Asked[] = []
let server: Server
let base: string
let underWay = 0
let most = 0

beforeAll(async () => {
  server = createServer((request, response) => {
    most = Math.max(most, ++underWay)
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      asked.push({ method, url, type: headers['content-type'], body, header: headers['x-own'] as string | undefined })
      const [path = ''] = url.split('?')
      setTimeout(() => {
        underWay--
        if (path === '/reset') return void request.socket.destroy()
        if (path === '/silent') return
        const { status = 200, headers: own = {}, body: text } = ANSWERS[path] ?? {}
        response.writeHead(status, own).end(text)
      }, 2)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  asked.length = 0
  most = 0
})

/** The event after, without the server's own headers. */
async function ask(path: string, options = '', event: object = {}): Promise<Fields> {
  const fields = await runFilter(`http { url => "${base}${path}" add_tag => "found" ${options} }`, event)
  if (fields['headers'] !== undefined) fields['headers'] = Object.hasOwn(fields['headers'] as Fields, 'date')
  return fields
}

const metadata = (status: number) => ({ filter: { http: { response: { status_code: status } } } })

describe('what an answer becomes', () => {
  test.each<[string, string, Fields]>([
    ['/object', '', { body: { owner: 'ann', n: 7 }, headers: true, tags: ['found'] }],
    ['/list', '', { body: [1, 'b'], headers: true, tags: ['found'] }],
    ['/broken', '', { headers: true, tags: ['_jsonparsefailure', 'found'] }],
    ['/broken', 'tag_on_json_failure => ["a", "b"]', { headers: true, tags: ['a', 'b', 'found'] }],
    ['/text', '', { body: '{"not":"parsed"}', headers: true, tags: ['found'] }],
    ['/untyped', '', { body: 'x', headers: true, tags: ['found'] }],
    ['/empty', '', { body: '', headers: true, tags: ['found'] }],
    ['/nothing', '', { headers: true, tags: ['found'] }],
    ['/object', 'verb => "HEAD"', { headers: true, tags: ['found'] }],
    ['/moved', '', { body: { owner: 'ann', n: 7 }, headers: true, tags: ['found'] }],
    ['/missing', '', { tags: ['_httprequestfailure'] }],
    ['/missing', 'tag_on_request_failure => ["none"]', { tags: ['none'] }],
    ['/away', '', { tags: ['_httprequestfailure'] }],
    ['/moved', 'follow_redirects => false', { tags: ['_httprequestfailure'] }],
    ['/umlaut', 'target_body => "[a][b]"', { a: { b: { a: 'ü' } }, headers: true, tags: ['found'] }],
  ])('%s %s', async (path, options, expected) => {
    const status = path === '/moved' && options === '' ? 200 : (ANSWERS[path]!.status ?? 200)
    const { body, ...rest } = await ask(path, options)
    const { body: wanted, ...others } = expected
    expect(rest).toEqual({ ...others, '@metadata': metadata(status) })
    expect(JSON.stringify(body)).toBe(
      JSON.stringify(wanted, (_, v: unknown) => (typeof v === 'bigint' ? Number(v) : v)),
    )
  })

  test('with the names of ECS, and with targets', async () => {
    const ecs = await ask('/object', 'ecs_compatibility => v8 target_body => "[cmdb]"')
    expect(ecs['cmdb']).toMatchObject({ owner: 'ann' })
    expect(ecs['headers']).toBeUndefined()
    expect(ecs['@metadata']).toMatchObject({
      filter: { http: { response: { status_code: 200, headers: { 'content-type': JSON_TYPE['content-type'] } } } },
    })
    const own = await ask('/object', 'target_body => "b" target_headers => "[h]" target_status => "status"')
    expect(own).toMatchObject({ b: { owner: 'ann' }, h: JSON_TYPE, status: 200 })
  })
})

describe('what is asked', () => {
  test.each<[string, Partial<Asked>]>([
    ['', { method: 'GET', url: '/q', type: 'text/plain', body: '' }],
    ['verb => "DELETE"', { method: 'DELETE' }],
    ['verb => "PUT" body => "it is %{ip}"', { method: 'PUT', body: 'it is 10.0.0.7', type: 'text/plain' }],
    ['verb => "PATCH" body => 5', { method: 'PATCH', body: '5' }],
    ['verb => "POST" body_format => "json" body => "\'%{ip}\'"', { body: "'10.0.0.7'", type: 'application/json' }],
    [
      'verb => "POST" body_format => "json" body => { "%{ip}" => ["%{ip}", 1] "d" => { "gone" => "%{gone}" } }',
      { body: '{"10.0.0.7":["10.0.0.7",1],"d":{"gone":"%{gone}"}}', type: 'application/json' },
    ],
    ['verb => "POST" body_format => "json" body => ["a", "%{ip}"]', { body: '["a","10.0.0.7"]' }],
    ['query => { "ip" => "%{ip}" "fields" => ["a b", "c&d"] }', { url: '/q?ip=10.0.0.7&fields=a+b&fields=c%26d' }],
    ['headers => { "X-Own" => "<%{ip}>" }', { header: '<10.0.0.7>' }],
    [
      'headers => { "Content-Type" => "text/xml" } body_format => "json" verb => "POST" body => "x"',
      { type: 'text/xml' },
    ],
  ])('%s', async (options, expected) => {
    await ask('/q', options, { ip: '10.0.0.7' })
    expect(asked[0]).toMatchObject(expected)
  })

  test('a URL of the event, in parts or whole', async () => {
    await ask('/hosts/%{ip}?a=1', 'query => { "b" => 2 }', { ip: '10.0.0.7' })
    expect(asked[0]!.url).toBe('/hosts/10.0.0.7?a=1&b=2')
    expect(await runFilter('http { url => "%{u}" }', { u: `${base}/list` })).toMatchObject({ body: [1, 'b'] })
    expect(await runFilter('http { url => "%{u}" }', { u: 'file:///etc/passwd' })).toMatchObject({
      tags: ['_httprequestfailure'],
    })
  })

  test('a header of two lines reaches no server', async () => {
    const event = { ip: 'a\r\nEvil: 1' }
    expect(await ask('/q', 'headers => { "X-Own" => "%{ip}" }', event)).toEqual({
      ...event,
      tags: ['_httprequestfailure'],
    })
    expect(asked).toEqual([])
  })

  test('a batch at once, though not more than pool_max', async () => {
    await using filter = filterFixture(`http { url => "${base}/list?n=%{n}" pool_max => 7 }`)
    const found = await filter.run(...Array.from({ length: 100 }, (_, n) => ({ n })))
    expect(found.map(({ n }) => n)).toEqual(Array.from({ length: 100 }, (_, n) => n))
    expect(found.every(({ body }) => Array.isArray(body))).toBe(true)
    expect(asked).toHaveLength(100)
    expect([most > 1, most <= 7]).toEqual([true, true])
  })
})

describe('a server that is away', () => {
  test('events are tagged, it is told once, asked again after a second, and told when it is back', async () => {
    const gone = createServer((_, response) => void response.end('ok'))
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve))
    const { port } = gone.address() as AddressInfo
    await new Promise((resolve) => gone.close(resolve))
    const clock = new ManualClock()
    await using filter = filterFixture(`http { url => "http://127.0.0.1:${port}/?key=secret" }`, { clock })
    const tagged = { tags: ['_httprequestfailure'] }
    expect(await filter.run({}, {})).toEqual([tagged, tagged])
    expect(filter.log).toEqual([
      `error: http: http://127.0.0.1:${port} gives no answer (ECONNREFUSED); events are tagged until it answers`,
    ])
    await new Promise<void>((resolve) => gone.listen(port, '127.0.0.1', resolve))
    expect(await filter.run({})).toEqual([tagged])
    await clock.advance(1_000)
    expect(await filter.run({})).toMatchObject([{ body: 'ok' }])
    expect(filter.log.slice(1)).toEqual(['info: http answers again'])
    gone.closeAllConnections()
    gone.close()
  })

  test('statuses of the server itself are told, those of what was asked for are not', async () => {
    await using filter = filterFixture(`http { url => "${base}/%{path}" }`)
    await filter.run({ path: 'missing' }, { path: 'list' })
    expect(filter.log).toEqual([])
    for (let n = 0; n < 3; n++) {
      await filter.run({ path: 'away' })
      await filter.run({ path: 'list' })
    }
    expect(filter.log).toEqual([
      `error: http: ${base} answers with status 503; events are tagged until it answers`,
      'info: http answers again',
    ])
  })

  test('a connection that breaks is tried once more, a POST is not', async () => {
    await ask('/reset')
    expect(asked).toHaveLength(2)
    await ask('/reset', 'verb => "POST"')
    expect(asked).toHaveLength(3)
    await ask('/reset', 'verb => "POST" retry_non_idempotent => true automatic_retries => 2')
    expect(asked).toHaveLength(6)
  })

  test('one that does not answer costs its time, and closing ends the wait', async () => {
    expect(await ask('/silent', 'request_timeout => 0.05 automatic_retries => 0')).toEqual({
      tags: ['_httprequestfailure'],
    })
    const filter = filterFixture(`http { url => "${base}/silent" }`)
    const waiting = filter.run({})
    await expect.poll(() => asked.length).toBe(2)
    await filter.close()
    expect(await waiting).toEqual([{ tags: ['_httprequestfailure'] }])
  })
})

describe('what is refused', () => {
  test.each([
    ['', "needs the option 'url'"],
    ['url => "ftp://x/"', "'url' must be a URL of http or https"],
    ['url => "http://x/" verb => "TRACE"', "'verb' must be one of"],
    ['url => "http://x/" body => { "a" => 1 }', 'a body that is a hash or a list'],
    ['url => "http://x/" ecs_compatibility => v8', "needs 'target_body'"],
    ['url => "http://x/" user => "u"', "needs 'password'"],
  ])('%s', async (options, message) => {
    await expect(async () => filterFixture(`http { ${options} }`)).rejects.toThrow(message)
  })
})
