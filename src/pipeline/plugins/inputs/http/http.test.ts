import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { freePort } from '../../../../../test/free-port.ts'
import {
  makeCertificates,
  makeCodec,
  RunningInput,
  temporaryFolder,
  type FixtureOptions,
} from '../../../../../test/plugin-fixture.ts'
import { systemClock } from '../../../../clock/index.ts'
import { fieldPath, type Event } from '../../../../event/index.ts'
import { RawHash, type Raw } from '../../../../settings/index.ts'
import { http } from './index.ts'
import { splitHost } from './request-fields.ts'

/** An input whose batches are durable at once, unless `wait`. */
async function run(
  raw: Record<string, Raw> = {},
  options: FixtureOptions & { wait?: boolean } = {},
): Promise<{ input: RunningInput; port: number; url: string }> {
  const port = await freePort()
  const input = new RunningInput(http, { port, host: '127.0.0.1', ...raw }, options)
  if (options.wait !== true) {
    const { push } = input.acks
    input.acks.push = (...acks) => {
      for (const ack of acks) setImmediate(ack)
      return push.call(input.acks)
    }
  }
  await input.start()
  return { input, port, url: `http://127.0.0.1:${port}/` }
}

function fields(event: Event): Record<string, unknown> {
  return JSON.parse(event.toJson()) as Record<string, unknown>
}

const post = (url: string, body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { method: 'POST', body: body as BodyInit, headers })

const curl = promisify(execFile)

test('what curl sends: the body, the headers by their old names, the address', async () => {
  const { input, url, port } = await run()
  await using _ = input
  const { stdout } = await curl('curl', [
    '-s',
    '-i',
    '-X',
    'PUT',
    '-d',
    'hello',
    '-u',
    'a:b',
    `${url}twitter/tweet/1?x=1`,
  ])
  expect(stdout).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(stdout).toMatch(/Content-Type: text\/plain/i)
  expect(stdout.endsWith('\r\n\r\nok')).toBe(true)
  const { '@timestamp': _time, ...rest } = fields(input.events[0]!)
  expect(rest).toEqual({
    '@version': '1',
    message: 'hello',
    host: '127.0.0.1',
    headers: {
      request_method: 'PUT',
      request_path: '/twitter/tweet/1?x=1',
      http_version: 'HTTP/1.1',
      http_host: `127.0.0.1:${port}`,
      http_accept: '*/*',
      http_user_agent: expect.stringMatching(/^curl\//) as string,
      content_length: '5',
      content_type: 'application/x-www-form-urlencoded',
    },
  })
})

test('under ECS: the headers are metadata, some of them fields', async () => {
  const { input, url, port } = await run({}, { ecs: 'v8' })
  await using _ = input
  await post(`${url}meh.json`, 'hello', { 'content-type': 'text/plain', 'user-agent': 'me' })
  const event = input.events[0]!
  const { '@timestamp': _time, ...rest } = fields(event)
  expect(rest).toEqual({
    '@version': '1',
    message: 'hello',
    event: { original: 'hello' },
    host: { ip: '127.0.0.1' },
    http: {
      version: 'HTTP/1.1',
      method: 'POST',
      request: { body: { bytes: '5' }, mime_type: 'text/plain' },
    },
    url: { domain: '127.0.0.1', port, path: '/meh.json' },
    user_agent: { original: 'me' },
  })
  expect(event.get(fieldPath('[@metadata][input][http][request][headers][content_type]'))).toBe('text/plain')
})

test('fields of their own for the address and the headers', async () => {
  const { input, url } = await run({
    remote_host_target_field: '[from][ip]',
    request_headers_target_field: 'request_headers',
  })
  await using _ = input
  await post(url, 'x')
  expect(fields(input.events[0]!)).toMatchObject({
    from: { ip: '127.0.0.1' },
    request_headers: { request_method: 'POST' },
  })
})

test.each<[string, string | Uint8Array, Record<string, string>, unknown]>([
  ['json by its type', '{"a":1}', { 'content-type': 'application/json; charset=utf-8' }, [1]],
  ['a list of json', '[{"a":1},{"a":2}]', { 'content-type': 'Application/JSON' }, [1, 2]],
  ['gzip', gzipSync('{"a":1}'), { 'content-type': 'application/json', 'content-encoding': 'gzip' }, [1]],
  ['deflate', deflateSync('{"a":1}'), { 'content-type': 'application/json', 'content-encoding': 'deflate' }, [1]],
  [
    'raw deflate',
    deflateRawSync('{"a":1}'),
    { 'content-type': 'application/json', 'content-encoding': 'deflate' },
    [1],
  ],
  ['nothing', '', { 'content-type': 'application/json' }, []],
])('%s', async (_name, body, headers, values) => {
  const { input, url } = await run()
  await using _ = input
  expect((await post(url, body, headers)).status).toBe(200)
  expect(input.events.map(({ data }) => data['a'])).toEqual(values)
})

test('a charset, a codec of its own for a type, and lines without an end', async () => {
  const types = new RawHash([['application/json', 'plain']])
  const { input, url } = await run({ additional_codecs: types }, { codec: makeCodec('json_lines') })
  await using _ = input
  await post(url, '{"a":1}', { 'content-type': 'application/json' })
  await post(url, '{"foo": 1}\n{"foo": 2}')
  await post(url, Buffer.from('{"foo":"\xe9"}', 'latin1'), { 'content-type': 'text/x; charset="ISO-8859-1"' })
  expect(input.events.map(({ data }) => data['message'] ?? data['foo'])).toEqual(['{"a":1}', 1, 2, 'é'])
})

test('response_code and response_headers', async () => {
  const headers = new RawHash([['access-control-allow-origin', '*']])
  const { input, url } = await run({ response_code: 202, response_headers: headers })
  await using _ = input
  const response = await post(url, 'x')
  expect([response.status, response.headers.get('access-control-allow-origin'), await response.text()]).toEqual([
    202,
    '*',
    'ok',
  ])
  const none = await run({ response_code: 204 })
  await using __ = none.input
  const empty = await post(none.url, 'x')
  expect([empty.status, await empty.text()]).toEqual([204, ''])
})

test('basic authentication: asked for, refused, taken; the credentials are in no event', async () => {
  const { input, url } = await run({ user: 'test', password: 'pwd' })
  await using _ = input
  const basic = (text: string): Record<string, string> => ({ authorization: `Basic ${btoa(text)}` })
  const without = await post(url, 'x')
  expect([without.status, without.headers.get('www-authenticate')]).toEqual([
    401,
    expect.stringMatching(/^Basic realm=/),
  ])
  const wrong = await post(url, 'x', basic('test:meh'))
  expect([wrong.status, wrong.headers.get('www-authenticate')]).toEqual([401, null])
  expect(input.events).toEqual([])
  expect((await post(url, 'x', basic('test:pwd'))).status).toBe(200)
  expect(JSON.stringify([input.events[0]!.data, input.events[0]!.metadata])).not.toContain(btoa('test:pwd'))
})

test.each<[string, string | Uint8Array, Record<string, string>, number]>([
  ['a body that is too long', 'x'.repeat(2000), {}, 413],
  ['a bomb', gzipSync('x'.repeat(100_000)), { 'content-encoding': 'gzip' }, 413],
  ['what is no gzip', 'hello', { 'content-encoding': 'gzip' }, 400],
  ['what is no deflate', 'hello', { 'content-encoding': 'deflate' }, 400],
  ['an encoding nobody knows', 'hello', { 'content-encoding': 'zz' }, 415],
])('%s', async (_name, body, headers, status) => {
  const { input, url } = await run({ max_content_length: 1000 })
  await using _ = input
  expect((await post(url, body, headers)).status).toBe(status)
  expect(input.events).toEqual([])
  expect((await post(url, 'next')).status).toBe(200)
})

test('a request is answered when it is durable; too many at once get 429, and later ones 200', async () => {
  const { input, url } = await run({ threads: 1, max_pending_requests: 2 }, { wait: true })
  await using _ = input
  const waiting = [1, 2, 3].map((n) => post(url, String(n)).then(({ status }) => status))
  await input.until(3)
  expect((await post(url, '4')).status).toBe(429)
  expect(input.said.log.join()).toContain('3 requests wait for the pipeline; new ones are answered with 429')
  for (const ack of input.acks.splice(0)) ack()
  expect(await Promise.all(waiting)).toEqual([200, 200, 200])
  const late = post(url, '5')
  await input.until(4)
  for (const ack of input.acks.splice(0)) ack()
  expect((await late).status).toBe(200)
  expect(input.messages.slice().sort()).toEqual(['1', '2', '3', '5'])
})

test('who asks before sending is told to go on, or that it is too much', async () => {
  const { input, port } = await run({ threads: 1, max_pending_requests: 1 }, { wait: true })
  await using _ = input
  const ask = (body: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const sending = request({
        port,
        host: '127.0.0.1',
        method: 'POST',
        headers: { expect: '100-continue', 'content-length': body.length },
      })
      sending.on('continue', () => sending.end(body))
      sending.on('response', (response) => {
        response.resume()
        resolve(response.statusCode!)
        sending.destroy()
      })
      sending.on('error', reject)
      sending.flushHeaders()
    })
  const waiting = [ask('one'), ask('two')]
  await input.until(2)
  expect(await ask('three')).toBe(429)
  for (const ack of input.acks.splice(0)) ack()
  expect(await Promise.all(waiting)).toEqual([200, 200])
})

test('a stop waits for what is under way', async () => {
  const { input, url } = await run({}, { wait: true })
  const waiting = post(url, 'x')
  await input.until(1)
  const stopped = input.input.stop()
  await systemClock.sleep(20)
  for (const ack of input.acks.splice(0)) ack()
  await stopped
  expect((await waiting).status).toBe(200)
})

test('TLS with curl: PEM files and a key store, with and without a certificate of the client', async () => {
  using folder = temporaryFolder()
  const tls = makeCertificates(folder.path)
  const store = join(folder.path, 'store.p12')
  const pkcs12 = `pkcs12 -export -in ${tls.cert} -inkey ${tls.key} -out ${store} -passout pass:secret`
  await curl('openssl', pkcs12.split(' '))
  const own = ['--cert', tls.clientCert, '--key', tls.clientKey]
  const send = async (port: number, more: string[]): Promise<string> => {
    const args = ['-s', '-o', '/dev/null', '-w', '%{http_code}', '--cacert', tls.ca, '-d', 'x', ...more]
    const { stdout } = await curl('curl', [...args, `https://localhost:${port}/`]).catch(() => ({ stdout: 'refused' }))
    return stdout
  }
  const pem = await run({
    ssl_enabled: true,
    ssl_certificate: tls.cert,
    ssl_key: tls.key,
    ssl_certificate_authorities: [tls.ca],
    ssl_client_authentication: 'required',
    ssl_supported_protocols: ['TLSv1.3'],
    ssl_cipher_suites: ['TLS_AES_128_GCM_SHA256'],
  })
  await using _ = pem.input
  expect([
    await send(pem.port, own),
    await send(pem.port, []),
    await send(pem.port, ['--tls-max', '1.2', ...own]),
  ]).toEqual(['200', expect.stringMatching(/000|refused/), expect.stringMatching(/000|refused/)])
  const stored = await run({ ssl_enabled: true, ssl_keystore_path: store, ssl_keystore_password: 'secret' })
  await using __ = stored.input
  expect(await send(stored.port, [])).toBe('200')
})

test('no bytes stop it', async () => {
  const { input, port, url } = await run({ max_content_length: 1000 })
  await using _ = input
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), fc.boolean(), async (bytes, begun) => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.resume().end(Buffer.concat([Buffer.from(begun ? 'POST / HTTP/1.1\r\nContent-Length: 50\r\n' : ''), bytes]))
      expect((await post(url, 'good')).status).toBe(200)
      socket.destroy()
    }),
    { numRuns: 50 },
  )
})

test.each([
  ['localhost:8080', 'localhost', 8080],
  ['localhost', 'localhost', undefined],
  ['[2001:db8::8a2e:370:7334]:8080', '2001:db8::8a2e:370:7334', 8080],
  ['2001:db8::8a2e:370:7334', '2001:db8::8a2e:370:7334', undefined],
])('host %s', (host, domain, port) => {
  expect(splitHost(host)).toEqual({ domain, port })
})

test('what is refused', async () => {
  using folder = temporaryFolder()
  const tls = makeCertificates(folder.path)
  const jks = join(folder.path, 'store.jks')
  writeFileSync(jks, 'x')
  const secure = { ssl_enabled: true, ssl_certificate: tls.cert, ssl_key: tls.key }
  const cases: [Record<string, Raw>, string][] = [
    [{ user: 'a' }, "'user' needs 'password'"],
    [{ password: 'a' }, "'password' needs 'user'"],
    [{ additional_codecs: new RawHash([['a/b', 'nope']]) }, "'additional_codecs' must be names of codecs, got 'nope'"],
    [{ response_headers: new RawHash([['a b', 'c']]) }, "'response_headers' must be names and values of headers"],
    [{ remote_host_target_field: '[a' }, "'remote_host_target_field' must be a field reference"],
    [{ ssl_enabled: true }, "'ssl_enabled' needs 'ssl_certificate'"],
    [{ ...secure, ssl_keystore_path: jks }, "'ssl_keystore_path' must not be given together with 'ssl_certificate'"],
    [{ ssl_enabled: true, ssl_keystore_path: jks }, 'a store of type jks is not read here'],
    [
      { ...secure, ssl_client_authentication: 'optional' },
      "'ssl_client_authentication' needs 'ssl_certificate_authorities'",
    ],
    [{ ...secure, ssl_verify_mode: 'peer' }, "'ssl_verify_mode' needs 'ssl_certificate_authorities'"],
    [{ ...secure, ssl_certificate_authorities: [tls.ca] }, "'ssl_certificate_authorities' needs"],
    [
      { ...secure, ssl_client_authentication: 'optional', ssl_verify_mode: 'none' },
      "'ssl_client_authentication' must not be given together with 'ssl_verify_mode'",
    ],
    [
      { ...secure, ssl_supported_protocols: ['TLSv1.2'], tls_min_version: 1.2 },
      "'ssl_supported_protocols' must not be given together with 'tls_min_version'",
    ],
    [{ ssl_cipher_suites: ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA38'] }, "'ssl_cipher_suites' must be a list of cipher"],
  ]
  for (const [raw, message] of cases) await expect(run(raw)).rejects.toThrow(message)
})
