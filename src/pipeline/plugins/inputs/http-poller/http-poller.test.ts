import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { freePort } from '../../../../../test/free-port.ts'
import { RunningInput, type FixtureOptions } from '../../../../../test/plugin-fixture.ts'
import { ManualClock, systemClock } from '../../../../clock/index.ts'
import { fieldPath } from '../../../../event/index.ts'
import { RawHash, type Raw } from '../../../../settings/index.ts'
import { httpPoller } from './index.ts'

interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** A server that answers with JSON, and what it was asked. */
async function serve(
  answer = '{"status":"UP"}',
  status = 200,
): Promise<{ server: Server; url: string; asked: Asked[] }> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      asked.push({ method: request.method!, url: request.url!, headers: request.headers, body })
      response.writeHead(status, { 'x-own': 'yes' }).end(answer)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

const hash = (values: Record<string, Raw>): RawHash => new RawHash(Object.entries(values))

function run(urls: Raw, raw: Record<string, Raw> = {}, options: FixtureOptions = {}): RunningInput {
  const schedule = raw['schedule'] ?? hash({ every: '10s' })
  return new RunningInput(httpPoller, { urls, ...raw, schedule }, options)
}

test('at once and at each interval; the metadata of the answer', async () => {
  const { server, url } = await serve()
  const clock = new ManualClock()
  await using input = run(hash({ health: `${url}/health` }), {}, { clock })
  await input.start()
  await clock.advance(0)
  await input.until(1)
  expect(input.events[0]!.data['status']).toBe('UP')
  expect(JSON.parse(JSON.stringify(input.events[0]!.metadata))).toMatchObject({
    name: 'health',
    host: hostname(),
    request: { method: 'get', url: `${url}/health` },
    code: 200,
    response_message: 'OK',
    response_headers: { 'x-own': 'yes' },
  })
  await expect.poll(() => clock.waiting).toBeGreaterThan(0)
  await clock.advance(10_000)
  await input.until(2)
  server.close()
})

test('a request in full: method, headers, query, body and credentials, which no event shows', async () => {
  const { server, url, asked } = await serve('', 201)
  const request = hash({
    url: `${url}/x?a=1`,
    method: 'POST',
    user: 'me',
    password: 'hunter2',
    headers: hash({ 'X-Key': 'k' }),
    query: hash({ b: '2' }),
    body: 'all',
  })
  await using input = run(hash({ feed: request }), { metadata_target: 'meta', schedule: hash({ in: '0s' }) })
  await input.start()
  await input.input.ended
  expect(asked[0]).toMatchObject({
    method: 'POST',
    url: '/x?a=1&b=2',
    headers: { 'x-key': 'k', authorization: `Basic ${btoa('me:hunter2')}` },
    body: 'all',
  })
  const [event] = input.events
  expect(event!.get(fieldPath('[meta][code]'))).toBe(201)
  const all = JSON.stringify([event!.data, event!.metadata])
  expect(all).not.toContain('hunter2')
  expect(all).not.toContain(btoa('me:hunter2'))
  server.close()
})

test('a list is several events, below a target', async () => {
  const { server, url } = await serve('[{"a":1},{"a":2}]')
  await using input = run(hash({ list: url }), { target: '[found][here]' })
  await input.start()
  await input.until(2)
  expect(input.events.map((event) => event.get(fieldPath('[found][here][a]')))).toEqual([1, 2])
  server.close()
})

test.each(['disabled', 'v8'] as const)('%s: a server that is away is an event of its own', async (ecs) => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/x`
  await using input = run(hash({ gone: url }), {}, { ecs })
  await input.start()
  await input.until(1)
  const event = JSON.parse(input.events[0]!.toJson()) as Record<string, unknown>
  const error = expect.stringContaining('ECONNREFUSED') as string
  const legacy = { http_request_failure: { name: 'gone', error } }
  const newer = {
    error: { message: error },
    url: { full: url },
    http: { request: { method: 'get' } },
    host: { hostname: hostname() },
  }
  expect(event).toMatchObject({ tags: ['_http_request_failure'], ...(ecs === 'disabled' ? legacy : newer) })
  expect(input.said.log.join()).toContain(`'gone' at http://127.0.0.1:${port} gives no answer`)
})

test.each<[Record<string, Raw>, string]>([
  [{ urls: hash({ a: 'ftp://x' }) }, "'urls => a' must be a URL of http or https"],
  [{ urls: hash({ a: hash({ url: 'http://x', method: 'fetch' }) }) }, "'urls => a' must be a method of put"],
  [{ urls: hash({ a: hash({ url: 'http://x', socket: '1' }) }) }, "'urls => a' must be a hash of url"],
  [
    { urls: hash({ a: hash({ url: 'http://x', user: 'ann' }) }) },
    "'urls => a' must be a hash with both user and password, or neither, got 'user alone'",
  ],
  [
    { urls: hash({ a: hash({ url: 'http://x', auth: hash({ password: 'sesame' }) }) }) },
    "'urls => a' must be a hash with both user and password, or neither, got 'password alone'",
  ],
  [{ urls: hash({ a: hash({ method: 'get' }) }) }, "'urls => a' must be a URL, or a hash with url"],
  [{ schedule: hash({ every: 'day' }) }, "'schedule' must be a duration such as"],
  [{ schedule: hash({ cron: '* *' }) }, "'schedule' must be a line of cron"],
  [{ schedule: hash({ at: 'noon' }) }, "'schedule' must be a time such as"],
  [{ schedule: hash({ daily: '1' }) }, "'schedule' must be a hash with one of cron, every, in and at"],
  [{ schedule: hash({ every: '1m', in: '1s' }) }, "'schedule' must be a hash with one of cron, every, in and at"],
  [{ user: 'a' }, "'user' needs 'password'"],
  [{ target: '[a' }, "'target' must be a field reference"],
])('%j is refused', (raw, message) => {
  expect(() => run(raw['urls'] ?? hash({ a: 'http://localhost' }), raw)).toThrow(message)
})

test('every schedule at its times', async () => {
  const { server, url, asked } = await serve()
  const start = Date.UTC(2026, 0, 1, 12, 0, 30)
  for (const [kind, text, after] of [
    ['cron', '* * * * * UTC', 30_000],
    ['in', '1m30s', 90_000],
    ['at', '2026/01/01 12:01:00Z', 30_000],
  ] as const) {
    const clock = new ManualClock(start)
    asked.length = 0
    await using input = run(hash({ a: url }), { schedule: hash({ [kind]: text }) }, { clock })
    await input.start()
    await clock.advance(after - 1000)
    await systemClock.sleep(30)
    expect([kind, asked.length]).toEqual([kind, 0])
    await clock.advance(2000)
    await input.until(1)
  }
  server.close()
})
