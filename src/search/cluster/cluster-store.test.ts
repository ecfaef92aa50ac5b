import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock, type Clock } from '../../clock/index.ts'
import { nullLogger } from '../../diagnostic/index.ts'
import type { Store } from '../store.ts'
import { openClusterStore } from './index.ts'

type Respond = (request: IncomingMessage, body: string, response: ServerResponse) => void

/** A cluster that misbehaves as told; the banner and what is not told are answered as OpenSearch would. */
let server: Server
let script: Respond[]
let asked: { path: string; body: string }[]
let url: string
let waits: number[]

const clock: Clock = {
  ...systemClock,
  async sleep(millis) {
    waits.push(millis)
  },
}

beforeEach(async () => {
  script = []
  asked = []
  waits = []
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += String(chunk)))
    request.on('end', () => {
      if (request.url === '/') return reply(response, 200, { version: { distribution: 'opensearch', number: '3.3.0' } })
      asked.push({ path: request.url!, body })
      const step = script.shift()
      if (step === undefined) return reply(response, 200, {})
      step(request, body, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(() => {
  server.closeAllConnections()
  server.close()
})

function reply(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

const answer =
  (status: number, body: object, headers: Record<string, string> = {}): Respond =>
  (_request, _body, response) =>
    reply(response, status, body, headers)

const hangUp: Respond = (request) => request.socket.destroy()

/** Answers a bulk by the ids it names; `status` decides each. */
const bulk =
  (status: (position: number) => number): Respond =>
  (_request, body, response) => {
    const ids = body
      .split('\n')
      .filter((line) => line.startsWith('{"index"'))
      .map((line) => (JSON.parse(line) as { index: { _id: string } }).index._id)
    const items = ids.map((_id, i) => {
      const at = status(i)
      const base = { _index: 'logs', _id, status: at }
      return {
        index:
          at < 300
            ? {
                ...base,
                result: at === 200 ? 'updated' : 'created',
                _version: at === 200 ? 2 : 1,
                _seq_no: i,
                _primary_term: 1,
              }
            : { ...base, error: { type: 'rejected_execution_exception', reason: 'full' } },
      }
    })
    reply(response, 200, { errors: false, items })
  }

const open = (): Promise<Store> => openClusterStore({ hosts: [url], logger: nullLogger, clock })
const documents = (count: number): { action: 'index'; index: string; source: string }[] =>
  Array.from({ length: count }, (_, i) => ({ action: 'index', index: 'logs', source: `{"n":${i}}` }))

describe('a cluster that has no room', () => {
  test('is asked again, after as long as it says', async () => {
    await using store = disposable(await open())
    script.push(
      answer(429, { error: { type: 'x', reason: 'full' } }, { 'retry-after': '3' }),
      answer(503, {}),
      answer(200, { count: 7 }),
    )
    const { checkCount } = await import('../dsl/index.ts')
    expect(await store.count({ expressions: ['logs'] }, checkCount(null))).toBe(7)
    expect(waits).toEqual([3000, 1000])
  })

  test('gets only the documents again that it refused, and their order stays', async () => {
    await using store = disposable(await open())
    script.push(
      bulk((i) => (i === 1 ? 429 : 201)),
      bulk(() => 201),
    )
    const items = await store.bulk(documents(3))
    expect(items.map(({ status }) => status)).toEqual([201, 201, 201])
    expect(asked.map(({ body }) => body.match(/"n":\d/g))).toEqual([['"n":0', '"n":1', '"n":2'], ['"n":1']])
    expect(asked[1]!.body).toContain(items[1]!.id)
  })

  test('for good gives its own answer for each document', async () => {
    await using store = disposable(await open())
    script.push(...Array.from({ length: 7 }, () => bulk(() => 429)))
    expect(await store.bulk(documents(1))).toMatchObject([
      { status: 429, error: { type: 'rejected_execution_exception', reason: 'full' } },
    ])
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15000])
  })
})

describe('an answer that is lost', () => {
  test('makes no document twice: the same ids are sent again, and count as created', async () => {
    await using store = disposable(await open())
    script.push(
      hangUp,
      bulk(() => 200),
    )
    const items = await store.bulk(documents(2))
    expect(items.map(({ status, result }) => [status, result])).toEqual([
      [201, 'created'],
      [201, 'created'],
    ])
    expect(asked[1]!.body).toBe(asked[0]!.body)
  })

  test('every time ends in one clear message', async () => {
    await using store = disposable(await open())
    script.push(...Array.from({ length: 7 }, () => hangUp))
    await expect(store.health()).rejects.toThrow(/^the cluster at 127\.0\.0\.1:\d+ cannot be reached: /)
  })
})

test('what the cluster refuses keeps its status, type and words', async () => {
  await using store = disposable(await open())
  const error = { type: 'invalid_index_name_exception', reason: 'Invalid index name [X]', root_cause: [] }
  script.push(answer(400, { error, status: 400 }))
  await expect(store.createIndex('X', {})).rejects.toMatchObject({
    message: 'Invalid index name [X]',
    http: { status: 400, type: 'invalid_index_name_exception' },
  })
})

test('a search that is called off ends at once', async () => {
  await using store = disposable(await open())
  script.push(() => {})
  const { checkSearch } = await import('../dsl/index.ts')
  const controller = new AbortController()
  const running = store.search({ expressions: ['logs'] }, checkSearch(null), { signal: controller.signal })
  setTimeout(() => controller.abort(), 50)
  await expect(running).rejects.toMatchObject({ http: { type: 'task_cancelled_exception' } })
})

test('a document laid out over lines is one line of a bulk', async () => {
  await using store = disposable(await open())
  script.push(bulk(() => 201))
  await store.bulk([{ action: 'index', index: 'logs', source: '{\n  "a": "x\\ny"\r\n}' }])
  expect(asked[0]!.body.split('\n')).toHaveLength(3)
})

test('a version that is not known is named', async () => {
  const old = createServer((_request, response) => reply(response, 200, { version: { number: '7.17.0' } }))
  await new Promise<void>((resolve) => old.listen(0, '127.0.0.1', resolve))
  const hosts = [`http://127.0.0.1:${(old.address() as AddressInfo).port}`]
  await expect(openClusterStore({ hosts, logger: nullLogger, clock })).rejects.toThrow(
    'is Elasticsearch 7.17.0; Elasticsearch 8 or 9, or OpenSearch 2 or 3, is needed',
  )
  old.closeAllConnections()
  old.close()
})

function disposable(store: Store): Store & AsyncDisposable {
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() })
}
