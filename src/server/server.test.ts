import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { request as ask } from 'undici'
import { ManualClock } from '../clock/index.ts'
import { nullLogger } from '../diagnostic/index.ts'
import { Double } from '../event/index.ts'
import { createServer, Users, type Server } from './index.ts'
import { Sessions } from './sessions.ts'

let folder: string
let server: Server
let url: string
let port: number
let users: Users

const LIMIT = 1024 * 1024

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vedetta-server-'))
  users = new Users(join(folder, 'data', 'users.json'))
  server = createServer({ host: '127.0.0.1', port: 0, users, logger: nullLogger, bodyLimit: LIMIT })
  server.route({
    method: ['GET', 'POST'],
    path: '/echo',
    parameters: ['size'],
    handle: (request) => ({ body: { method: request.method, got: request.json() ?? null, five: new Double(5) } }),
  })
  server.route({ method: 'PUT', path: '/:index/_doc/:id', handle: ({ params }) => ({ status: 201, body: params }) })
  server.route({ method: 'POST', path: '/text-of', handle: (request) => ({ body: String([request.json()]) }) })
  server.route({ method: 'GET', path: '/text', handle: () => ({ body: 'plain\n' }) })
  server.route({
    method: 'GET',
    path: '/broken',
    handle() {
      throw new Error('secret detail')
    },
  })
  server.route({
    method: 'POST',
    path: '/stream',
    body: 'stream',
    async handle({ stream }) {
      let bytes = 0
      for await (const chunk of stream) bytes += (chunk as Buffer).length
      return { body: { bytes } }
    },
  })
  ;({ url, port } = await server.listen())
})

afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Reply {
  status: number
  body: string
  headers: Record<string, unknown>
}

async function call(
  method: string,
  path: string,
  body?: string | Buffer,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): Promise<Reply> {
  const answer = await ask(url + path, {
    method: method as 'GET',
    headers,
    ...(body === undefined ? {} : { body }),
  })
  return { status: answer.statusCode, body: await answer.body.text(), headers: answer.headers }
}

/** Bytes as they are, for what no client would send. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let received = ''
    socket.on('data', (chunk: Buffer) => (received += String(chunk)))
    socket.on('error', reject)
    socket.on('close', () => resolve(received))
  })
}

describe("what Elasticsearch's clients send", () => {
  test('a body on GET is read', async () => {
    const { status, body } = await call('GET', '/echo', '{"size":0}')
    expect([status, body]).toEqual([200, '{"method":"GET","got":{"size":0},"five":5.0}'])
  })

  test('a double keeps its fraction on the way in and out', async () => {
    expect((await call('POST', '/echo', '{"a":1.0,"b":9007199254740993}')).body).toContain(
      '{"a":1.0,"b":9007199254740993}',
    )
  })

  test.each([
    'application/json',
    'application/json; charset=UTF-8',
    'application/x-ndjson',
    'application/vnd.elasticsearch+json; compatible-with=8',
    'application/vnd.elasticsearch+x-ndjson;compatible-with=8',
  ])('content type %s', async (type) => {
    expect((await call('POST', '/echo', '{}', { 'content-type': type })).status).toBe(200)
  })

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
  ])('content type %s is refused', async (type) => {
    const { status, body } = await call('POST', '/echo', '{}', { 'content-type': type })
    expect(status).toBe(406)
    expect(JSON.parse(body)).toMatchObject({
      error: { type: 'media_type_header_exception', reason: `Content-Type header [${type}] is not supported` },
      status: 406,
    })
  })

  test('a body without a content type is refused', async () => {
    expect((await call('POST', '/echo', '{}', {})).status).toBe(406)
  })

  test('the vendor type is answered in kind', async () => {
    const { headers } = await call('GET', '/echo', undefined, {
      accept: 'application/vnd.elasticsearch+json; compatible-with=8',
    })
    expect(headers['content-type']).toBe('application/vnd.elasticsearch+json;compatible-with=8')
    expect(headers['x-elastic-product']).toBe('Elasticsearch')
  })

  test('the parameter source stands for a body', async () => {
    const { body } = await call('GET', '/echo?source_content_type=application/json&source=%7B%22a%22%3A1%7D')
    expect(body).toContain('"got":{"a":1}')
  })

  test('a trailing slash and long ids are fine', async () => {
    const id = 'x'.repeat(5000)
    const { status, body } = await call('PUT', `/logs/_doc/${id}/`)
    expect(status).toBe(201)
    expect(JSON.parse(body)).toEqual({ index: 'logs', id })
  })

  test('an escaped slash stays in its part of the path', async () => {
    expect(JSON.parse((await call('PUT', '/logs/_doc/a%2Fb%20c')).body)).toEqual({ index: 'logs', id: 'a/b c' })
  })

  test('HEAD is GET without the body', async () => {
    const { status, body, headers } = await call('HEAD', '/text')
    expect([status, body, headers['content-length']]).toEqual([200, '', '6'])
  })

  test('a gzip body is unpacked', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    expect((await call('POST', '/echo', gzipSync('{"a":1}'), headers)).body).toContain('"got":{"a":1}')
  })

  test.each([
    ['five', '{"five":5.0}'],
    ['got.a*', '{"got":{"ab":1,"ac":[{"d":2}]}}'],
    ['**.d', '{"got":{"ac":[{"d":2}]}}'],
    ['-got,-five', '{"method":"POST"}'],
    ['got,-got.ac', '{"got":{"ab":1,"x":3}}'],
    ['nothing', '{}'],
  ])('filter_path=%s', async (filter, expected) => {
    const { body } = await call('POST', `/echo?filter_path=${filter}`, '{"ab":1,"ac":[{"d":2}],"x":3}')
    expect(body).toBe(expected)
  })

  test('pretty is laid out without touching numbers', async () => {
    const { body } = await call('POST', '/echo?pretty', '{"a":[],"b":{},"c":[1.0,"x{,}"]}')
    expect(body).toBe(
      `{\n  "method" : "POST",\n  "got" : {\n    "a" : [],\n    "b" : {},\n    "c" : [\n      1.0,\n      "x{,}"\n    ]\n  },\n  "five" : 5.0\n}\n`,
    )
  })
})

test('a body may have comments, as in Elasticsearch', async () => {
  const { status, body } = await call(
    'POST',
    '/echo',
    '{ // what\n "a": "// no comment \\"", /* and\n more */ "b": 1 }',
  )
  expect([status, JSON.parse(body)]).toMatchObject([200, { got: { a: '// no comment "', b: 1 } }])
})

describe('what is wrong is named', () => {
  test('an unknown parameter', async () => {
    const { status, body } = await call('GET', '/echo?sise=1')
    expect(status).toBe(400)
    expect(JSON.parse(body).error.reason).toBe(
      'request [/echo] contains unrecognized parameter: [sise] -> did you mean [size]?',
    )
  })

  test('a body that is not JSON', async () => {
    const { status, body } = await call('POST', '/echo', '{"a":')
    expect(status).toBe(400)
    expect(JSON.parse(body).error.type).toBe('x_content_parse_exception')
  })

  test('an unknown address', async () => {
    const { status, body } = await call('GET', '/nowhere/at/all?x=1')
    expect([status, JSON.parse(body)]).toEqual([
      400,
      { error: 'no handler found for uri [/nowhere/at/all?x=1] and method [GET]' },
    ])
  })

  test('a method that the address does not know', async () => {
    const { status, body, headers } = await call('DELETE', '/echo/')
    expect(status).toBe(405)
    expect(headers['allow']).toBe('GET, HEAD, POST')
    expect(JSON.parse(body)).toEqual({
      error: 'Incorrect HTTP method for uri [/echo/] and method [DELETE], allowed: [GET, HEAD, POST]',
      status: 405,
    })
  })

  test('an error within shows nothing of the inside', async () => {
    const { status, body } = await call('GET', '/broken')
    expect(status).toBe(500)
    expect(body).not.toContain('secret')
  })

  test.each([
    ['declared', {}],
    ['packed', { 'content-encoding': 'gzip' }],
  ])('a body over the limit, %s', async (_, headers) => {
    const body = Buffer.alloc(LIMIT + 1, 32)
    const sent = 'content-encoding' in headers ? gzipSync(body) : body
    const { status } = await call('POST', '/stream', sent, { 'content-type': 'application/json', ...headers })
    expect(status).toBe(413)
  })

  test('a body over the limit that does not say its length', async () => {
    const chunk = `${(65_536).toString(16)}\r\n${'x'.repeat(65_536)}\r\n`
    const answer = await raw(
      `POST /stream HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(17)}0\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
  })

  test('a body that is not what its encoding says', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    expect((await call('POST', '/echo', 'not gzip', headers)).status).toBe(400)
  })
})

describe('loopback is not trust', () => {
  const get = (...headers: string[]): Promise<string> =>
    raw(`GET /echo HTTP/1.1\r\nConnection: close\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`)

  test.each(['localhost', '127.0.0.1:9200', '[::1]:9200', 'LocalHost:1', 'vedetta.localhost'])(
    'Host %s is ours',
    async (host) => {
      expect(await get(`Host: ${host}`)).toMatch(/^HTTP\/1\.1 200 /)
    },
  )

  test.each(['evil.example', '127.0.0.1.evil.example', 'localhost@evil.example', '8.8.8.8', 'localhost evil', ''])(
    "Host '%s' is not",
    async (host) => {
      const answer = await get(`Host: ${host}`)
      expect(answer).toMatch(/^HTTP\/1\.1 403 /)
      expect(answer).toContain('security_exception')
    },
  )

  test('a page of another site is refused, ours is not', async () => {
    expect(await get('Host: localhost:9200', 'Origin: http://evil.example')).toMatch(/^HTTP\/1\.1 403 /)
    expect(await get('Host: localhost:9200', 'Origin: null')).toMatch(/^HTTP\/1\.1 403 /)
    expect(await get('Host: localhost:9200', 'Origin: http://localhost:3000')).toMatch(/^HTTP\/1\.1 403 /)
    expect(await get('Host: localhost:9200', 'Origin: http://localhost:9200')).toMatch(/^HTTP\/1\.1 200 /)
    expect(await get('Host: localhost', 'Sec-Fetch-Site: cross-site')).toMatch(/^HTTP\/1\.1 403 /)
    expect(await get('Host: localhost', 'Sec-Fetch-Site: same-site')).toMatch(/^HTTP\/1\.1 403 /)
    expect(await get('Host: localhost', 'Sec-Fetch-Site: same-origin')).toMatch(/^HTTP\/1\.1 200 /)
    expect(await get('Host: localhost', 'Sec-Fetch-Site: none')).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('an unknown address is refused for it as well', async () => {
    expect(await raw('GET /x/y/z HTTP/1.1\r\nHost: evil\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 403 /)
  })
})

describe('hostile bytes', () => {
  test.each([
    ['no HTTP at all', '\x16\x03\x01hello\r\n\r\n', 400],
    ['no Host', 'GET /echo HTTP/1.1\r\n\r\n', 400],
    ['two lengths', 'POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}', 400],
    [
      'a length and chunks (smuggling)',
      'POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'a folded header',
      'GET /echo HTTP/1.1\r\nHost: localhost\r\nA: b\r\n c\r\nTransfer-Encoding : chunked\r\n\r\n',
      400,
    ],
    ['a header of 20 kB', `GET /echo HTTP/1.1\r\nHost: localhost\r\nA: ${'b'.repeat(20_000)}\r\n\r\n`, 431],
  ])('%s', async (_, text, status) => {
    expect(await raw(text)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  })

  test('a body that ends early does not reach the route, and the server goes on', async () => {
    const socket = connect(port, '127.0.0.1')
    socket.write(
      'POST /stream HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a":',
    )
    await new Promise((resolve) => setTimeout(resolve, 50))
    socket.destroy()
    expect((await call('GET', '/text')).status).toBe(200)
  })

  test('names that reach a prototype elsewhere are names', async () => {
    const { body } = await call('POST', '/echo', '{"__proto__":{"a":1},"constructor":2}')
    expect(body).toContain('{"__proto__":{"a":1},"constructor":2}')
  })

  test('an object where a text belongs is refused, whoever reads it', async () => {
    const { status, body } = await call('POST', '/text-of', '{"a":{}}')
    expect(status).toBe(400)
    expect(body).toContain('an object stands where a text or a number belongs')
  })

  test('a trace names no folder of the machine', async () => {
    const { body } = await call('POST', '/text-of?error_trace=true', '{')
    expect(body).toContain('stack_trace')
    expect(body).not.toContain(import.meta.dirname)
  })

  test('depth that no stack holds is refused', async () => {
    const { status } = await call('POST', '/echo', '['.repeat(200_000))
    expect(status).toBe(400)
  })
})

describe('users', () => {
  afterEach(() => {
    for (const { name } of users.list()) users.delete(name)
    for (const { id } of users.listTokens()) users.deleteToken(id)
  })

  const basic = (pair: string): Record<string, string> => ({
    authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
  })
  const NOW = new Date(0)

  test('once there is one, every request needs one, on loopback too', async () => {
    await users.put('ana', 'correct horse', NOW)
    const refused = await call('GET', '/text')
    expect(refused.status).toBe(401)
    expect(refused.headers['www-authenticate']).toContain('Basic realm="vedetta", charset="UTF-8"')
    expect((await call('GET', '/nowhere')).status).toBe(401)
    expect((await call('GET', '/text', undefined, basic('ana:wrong horse'))).status).toBe(401)
    expect((await call('GET', '/text', undefined, basic('bob:correct horse'))).status).toBe(401)
    expect((await call('GET', '/text', undefined, basic('__proto__:x'))).status).toBe(401)
    expect((await call('GET', '/text', undefined, basic('ana:correct horse'))).status).toBe(200)
  })

  test('another password counts at once, also where the old one was just used', async () => {
    await users.put('ana', 'correct horse', NOW)
    expect((await call('GET', '/text', undefined, basic('ana:correct horse'))).status).toBe(200)
    await new Users(join(folder, 'data', 'users.json')).put('ana', 'battery staple', NOW)
    expect((await call('GET', '/text', undefined, basic('ana:correct horse'))).status).toBe(401)
    expect((await call('GET', '/text', undefined, basic('ana:battery staple'))).status).toBe(200)
  })

  test('a token is accepted as Bearer and as ApiKey, until it is deleted', async () => {
    const { id, token } = users.createToken('shipper', NOW)
    expect(id).toMatch(/^[0-9a-f]{16}$/)
    const bearer = { authorization: `Bearer ${token}` }
    expect((await call('GET', '/text', undefined, bearer)).status).toBe(200)
    const key = Buffer.from(`${id}:${token}`).toString('base64')
    expect((await call('GET', '/text', undefined, { authorization: `ApiKey ${key}` })).status).toBe(200)
    expect((await call('GET', '/text', undefined, { authorization: `Bearer ${token}x` })).status).toBe(401)
    users.createToken('other', NOW)
    users.deleteToken(id)
    expect((await call('GET', '/text', undefined, bearer)).status).toBe(401)
  })

  test('the file is for its owner and holds no secret', async () => {
    await users.put('ana', 'correct horse', NOW)
    const { token } = users.createToken('shipper', NOW)
    const path = join(folder, 'data', 'users.json')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const text = readFileSync(path, 'utf8')
    expect(text).not.toContain('correct horse')
    expect(text).not.toContain(token)
  })

  test('of two who set up at once one is the administrator', async () => {
    const both = ['ana', 'bob'].map((name) => users.putFirst(name, 'correct horse', NOW))
    expect((await Promise.allSettled(both)).map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(users.list()).toHaveLength(1)
  })

  test('who cannot be remembered on a full disk is logged in all the same', async () => {
    await users.put('ana', 'correct horse', NOW)
    const path = join(folder, 'no such folder', 'sessions.json')
    const sessions = new Sessions({ path, users, clock: new ManualClock(), secure: false })
    const { cookie } = sessions.open({ name: 'ana', role: 'administrator' }, '127.0.0.1')
    expect(sessions.find(cookie)?.identity.name).toBe('ana')
  })

  test('a short password and a bad name are refused', async () => {
    await expect(users.put('ana', 'short', NOW)).rejects.toThrow('a password must be at least 8 characters long')
    for (const name of ['a:b', '__proto__'])
      await expect(users.put(name, 'long enough', NOW)).rejects.toThrow(`got '${name}'`)
  })

  test('beyond loopback it listens only once somebody exists', async () => {
    const open = createServer({ host: '0.0.0.0', port: 0, users, logger: nullLogger })
    await expect(open.listen()).rejects.toThrow("'http.host' must be a loopback address until a user or a token exists")
    await open.close()
  })

  test('beyond loopback it is open to nobody again once the last one is deleted', async () => {
    const { id, token } = users.createToken('shipper', NOW)
    const open = createServer({ host: '0.0.0.0', port: 0, users, logger: nullLogger })
    open.route({ method: 'GET', path: '/text', handle: () => ({ body: 'plain\n' }) })
    const { port: at } = await open.listen()
    const statusOf = async (headers = {}): Promise<number> =>
      (await ask(`http://127.0.0.1:${at}/text`, { headers })).statusCode
    expect(await statusOf({ authorization: `Bearer ${token}` })).toBe(200)
    users.deleteToken(id)
    expect(await statusOf()).toBe(403)
    await open.close()
  })
})

test('a port in use is named with its setting', async () => {
  const second = createServer({ host: '127.0.0.1', port, users, logger: nullLogger })
  await expect(second.listen()).rejects.toThrow(`'http.port' must be a free port, got '${port}'`)
  await second.close()
})
