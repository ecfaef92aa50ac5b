import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCertificates, makeOutput, temporaryFolder } from '../../../../../test/plugin-fixture.ts'
import { ManualClock } from '../../../../clock/index.ts'
import { Event, toValue, type ValueObject } from '../../../../event/index.ts'
import { RawHash, type Raw } from '../../../../settings/index.ts'
import { http } from './index.ts'

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Keeps what it is asked; `answers` are given in turn, then 200. */
class Receiver {
  readonly seen: Seen[] = []
  answers: (number | 'reset' | { status: number; headers: Record<string, string> })[] = []
  readonly server: Server
  /** Requests under way at once, at most. */
  most = 0
  private now = 0

  constructor(server: Server = createServer()) {
    this.server = server
    server.on('request', (request, response) => {
      this.most = Math.max(this.most, ++this.now)
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        this.now--
        const raw = Buffer.concat(parts)
        const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
        const { method = '', url = '', headers } = request
        this.seen.push({ method, url, headers, body: body.toString() })
        const answer = this.answers.shift() ?? 200
        if (answer === 'reset') return request.socket.destroy()
        const { status, headers: own } = typeof answer === 'number' ? { status: answer, headers: {} } : answer
        response.writeHead(status, own).end(status >= 400 ? 'no' : '')
      })
    })
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve))
    return this
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  reset(): void {
    this.seen.length = 0
    this.answers = []
    this.most = 0
  }
}

const receiver = new Receiver()
beforeAll(() => receiver.listen())
afterAll(() => void receiver.server.close())

function events(...list: object[]): Event[] {
  return list.map((fields) => Event.at(0, toValue(fields) as ValueObject))
}

async function send(
  options: Record<string, Raw>,
  batch: Event[],
): Promise<{ seen: Seen[]; dead: string[]; log: string[] }> {
  receiver.reset()
  return sendOn(options, batch)
}

async function sendOn(options: Record<string, Raw>, batch: Event[], clock = new ManualClock()) {
  const { output, said } = makeOutput(http, { url: `${receiver.url}/in`, http_method: 'post', ...options }, { clock })
  const writing = output.write(batch)
  // Waits between attempts pass at once.
  const turning = setInterval(() => void clock.advance(5000), 1)
  await writing.finally(() => clearInterval(turning))
  await output.close!()
  return { seen: [...receiver.seen], dead: said.deadLetters.map(({ reason }) => reason), log: said.log }
}

const hash = (pairs: Record<string, Raw>): RawHash => new RawHash(Object.entries(pairs))
const STAMP = '"@version":"1","@timestamp":"1970-01-01T00:00:00.000Z"'

describe('what is sent', () => {
  test.each<[string, Record<string, Raw>, Partial<Seen>[]]>([
    ['an event as JSON', {}, [{ method: 'POST', url: '/in', body: `{${STAMP},"a":"x"}` }]],
    ['a list', { format: 'json_batch' }, [{ body: `[{${STAMP},"a":"x"}]` }]],
    ['a form', { format: 'form', mapping: hash({ 'k 1': '%{a}&b', n: 5 }) }, [{ body: 'k+1=x%26b&n=5' }]],
    ['a text', { format: 'message', message: 'a is %{a}' }, [{ body: 'a is x' }]],
    [
      'a mapping',
      { mapping: hash({ one: '%{a}', deep: hash({ list: ['%{a}', '%{gone}'] }) }) },
      [{ body: '{"one":"x","deep":{"list":["x","%{gone}"]}}' }],
    ],
    ['compressed', { http_compression: true }, [{ body: `{${STAMP},"a":"x"}` }]],
    ['a method of the event', { http_method: '%{method}' }, [{ method: 'PUT' }]],
    ['a URL of the event', { url: '%{url}' }, [{ url: '/of/event' }]],
  ])('%s', async (_title, options, expected) => {
    const event = events({ a: 'x' })
    if (options['http_method'] === '%{method}') event[0]!.data['method'] = 'PUT'
    if (options['url'] === '%{url}') event[0]!.data['url'] = `${receiver.url}/of/event`
    const { seen } = await send(options, event)
    expect(seen).toMatchObject(expected)
  })

  test.each([
    [{}, 'application/json'],
    [{ format: 'json_batch' }, 'application/json'],
    [{ format: 'form' }, 'application/x-www-form-urlencoded'],
    [{ format: 'message', message: 'x' }, 'text/plain'],
    [{ content_type: 'text/x-own' }, 'text/x-own'],
  ])('the content type of %j', async (options, expected) => {
    const { seen } = await send(options, events({}))
    expect(seen[0]!.headers['content-type']).toBe(expected)
  })

  test('headers with references, user and password', async () => {
    const { seen } = await send(
      { headers: hash({ 'X-Host': '%{host}', 'content-type': 'ignored' }), user: 'u', password: 'p' },
      events({ host: 'zeus' }),
    )
    expect(seen[0]!.headers).toMatchObject({
      'x-host': 'zeus',
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from('u:p').toString('base64')}`,
    })
    const inUrl = await send({ url: receiver.url.replace('//', '//u:p%40@') }, events({}))
    expect(inUrl.seen[0]!.headers['authorization']).toBe(`Basic ${Buffer.from('u:p@').toString('base64')}`)
  })

  test('a batch one a request, not more at once than pool_max', async () => {
    const { seen } = await send({ pool_max: 3 }, events(...Array.from({ length: 20 }, (_, n) => ({ n }))))
    expect(new Set(seen.map(({ body }) => (JSON.parse(body) as { n: number }).n)).size).toBe(20)
    expect(receiver.most).toBeLessThanOrEqual(3)
  })
})

describe('what comes back', () => {
  async function answered(answers: Receiver['answers'], options: Record<string, Raw> = {}) {
    receiver.reset()
    receiver.answers = answers
    return sendOn(options, events({ a: 1 }))
  }

  test.each([429, 500, 502, 503, 504])('%d is repeated', async (status) => {
    const { seen, dead } = await answered([status, status])
    expect([seen.length, dead]).toEqual([3, []])
  })

  test.each([301, 400, 401, 404, 501])('%d is given up, with the answer', async (status) => {
    const { seen, dead } = await answered([status])
    expect(seen).toHaveLength(1)
    expect(dead[0]).toContain(`http output: POST ${receiver.url}/in was answered with status ${status}`)
  })

  test('codes that are chosen, and a broken connection', async () => {
    expect((await answered([404], { ignorable_codes: [404] })).dead).toEqual([])
    expect((await answered([418], { retryable_codes: [418] })).seen).toHaveLength(2)
    expect((await answered(['reset'])).seen).toHaveLength(2)
    expect((await answered(['reset', 'reset'], { http_method: 'put' })).dead).toEqual([])
  })

  test('without retry_failed', async () => {
    expect((await answered([503], { retry_failed: false })).dead).toHaveLength(1)
    expect((await answered(['reset'], { retry_failed: false })).dead[0]).toContain('failed')
    // A request that may be repeated is, once, before it counts as failed.
    expect((await answered(['reset'], { retry_failed: false, http_method: 'put' })).dead).toEqual([])
    const all = await answered(['reset'], { retry_failed: false, retry_non_idempotent: true })
    expect(all.dead).toEqual([])
  })

  test('trouble is told once, and its end', async () => {
    const { log } = await answered([503, 503, 503])
    expect(log.map((line) => line.replace(/\d+ s/, 'N s'))).toEqual([
      `error: http output: POST ${receiver.url}/in answered with status 503: no; events are kept and it goes on trying`,
      'info: http output writes again after N s; no event was lost',
    ])
  })

  test('redirects: of a GET, and one that asks for a GET; a body goes nowhere else', async () => {
    const to = (status: number) => ({ status, headers: { location: '/there' } })
    expect((await answered([to(302)], { http_method: 'get' })).seen.map(({ url }) => url)).toEqual(['/in', '/there'])
    expect((await answered([to(303)])).seen.map(({ method, body }) => [method, body === ''])).toEqual([
      ['POST', false],
      ['GET', true],
    ])
    expect((await answered([to(307)])).dead).toHaveLength(1)
    expect((await answered([to(302)], { http_method: 'get', follow_redirects: false })).dead).toHaveLength(1)
  })

  test('cookies are sent back', async () => {
    receiver.reset()
    receiver.answers = [{ status: 200, headers: { 'set-cookie': 'session=abc; Path=/; HttpOnly' } }]
    const { output } = makeOutput(http, { url: receiver.url, http_method: 'get' })
    await output.write(events({}))
    await output.write(events({}))
    await output.close!()
    expect(receiver.seen[1]!.headers['cookie']).toBe('session=abc')
  })
})

describe('what cannot be sent goes to the dead letters', () => {
  test.each([
    [{ url: '%{nothing}' }, "'%{nothing}' is no URL of http or https"],
    [{ http_method: '%{nothing}' }, "'%{nothing}' is no method of HTTP"],
    [{ headers: hash({ x: '%{lines}' }) }, "the header 'x' has more than one line"],
  ])('%j', async (options, reason) => {
    const { dead, seen } = await send(options as never, events({ lines: 'a\r\nEvil: 1' }))
    expect([dead[0], seen]).toEqual([expect.stringContaining(reason), []])
  })
})

test('TLS with a certificate of our own; a server that nobody vouches for is not trusted', async () => {
  using folder = temporaryFolder()
  const { ca, cert, key, clientCert, clientKey } = makeCertificates(folder.path)
  const server = createHttpsServer({
    cert: readFileSync(cert),
    key: readFileSync(key),
    ca: readFileSync(ca),
    requestCert: true,
    rejectUnauthorized: true,
  })
  const secure = await new Receiver(server as unknown as Server).listen()
  const options = { url: `https://localhost:${secure.port}/`, http_method: 'post', retry_failed: false }
  const { output, said } = makeOutput(http, {
    ...options,
    cacert: ca,
    client_cert: clientCert,
    client_key: clientKey,
  })
  await output.write(events({ a: 1 }))
  await output.close!()
  expect([secure.seen.length, said.deadLetters]).toEqual([1, []])
  const untrusting = makeOutput(http, { ...options })
  await untrusting.output.write(events({ a: 1 }))
  await untrusting.output.close!()
  expect(untrusting.said.deadLetters[0]!.reason).toMatch(/UNABLE_TO_VERIFY|SELF_SIGNED|unable to verify/i)
  server.close()
})

test('a server that is away is retried until the output is closed', async () => {
  const gone = await new Receiver().listen()
  const { port } = gone
  await new Promise((resolve) => gone.server.close(resolve))
  const { output, said } = makeOutput(http, { url: `http://127.0.0.1:${port}/`, http_method: 'post' })
  const writing = output.write(events({ a: 1 }))
  await expect.poll(() => said.log.length).toBe(1)
  await output.close!()
  await expect(writing).rejects.toThrow('closed with events on their way')
  expect(said.deadLetters).toEqual([])
})

test.each([
  [{ http_method: 'fetch' }, /'http_method' must be one of/],
  [{ url: 'ftp://x/' }, /'url' must be a URL of http or https/],
  [{ format: 'message' }, /needs 'message'/],
  [{ format: 'message', message: 'x', mapping: hash({}) }, /'mapping' must not be given together/],
  [{ user: 'u' }, /'user' needs 'password'/],
  [{ proxy: 'nonsense' }, /'proxy' must be a URL/],
  [{ cacert: '/nowhere.pem' }, /'ssl_certificate_authorities' names \/nowhere.pem/],
])('%j is refused', (options, expected) => {
  expect(() => makeOutput(http, { url: 'http://x/', http_method: 'post', ...(options as object) })).toThrow(expected)
})
