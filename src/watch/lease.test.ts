import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ManualClock } from '../clock/index.ts'
import { nullLogger } from '../diagnostic/index.ts'
import { toValue, type Value } from '../event/index.ts'
import { openEmbeddedStore, type Store } from '../search/index.ts'
import { openWatchProcess, type WatchProcess } from '../../test/fixtures/watch-process.ts'

let folder: string
let store: Store

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vedetta-lease-'))
  store = await openEmbeddedStore({ path: folder, clock: new ManualClock(), logger: nullLogger })
})

afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

function watch(more: object = {}): Value {
  return toValue({
    trigger: { schedule: { interval: '10s' } },
    input: { simple: {} },
    throttle_period: '0s',
    actions: { mail: { email: { to: 'a@example.org', subject: '{{ctx.watch_id}}', body: 'x' } } },
    ...more,
  })
}

/** Both processes, the clock of the second an hour behind unless its hour is given. */
async function two(hour = 11): Promise<[WatchProcess, WatchProcess]> {
  const a = await openWatchProcess(store, 'a')
  await a.watcher.put('w', watch())
  const b = await openWatchProcess(store, 'b', { time: Date.UTC(2026, 10, 24, hour), keyOf: a })
  return [a, b]
}

async function both(seconds: number, ...processes: WatchProcess[]): Promise<void> {
  for (let i = 0; i < seconds; i++) await Promise.all(processes.map((one) => one.run(1)))
}

test('one of two runs the watches, though their clocks differ; the other takes over at once when it ends', async () => {
  const [a, b] = await two()
  await using _b = b
  {
    await using _a = a
    await a.watcher.start()
    await b.watcher.start()
    await both(40, a, b)
    expect([a.mails.length, b.mails.length]).toEqual([4, 0])
    expect(b.watcher.get('w')?.status).toMatchObject({ actions: { mail: { ack: { state: 'ackable' } } } })
  }
  await expect.poll(() => b.run(5).then(() => b.mails.length)).toBeGreaterThan(0)
})

test('what changes in one process is taken by the other', async () => {
  const [a, b] = await two()
  await using _a = a
  await using _b = b
  await a.watcher.start()
  await b.watcher.start()
  await both(12, a, b)
  expect(a.mails).toEqual(['w'])
  await b.watcher.acknowledge('w')
  await b.watcher.put('v', watch())
  await both(10, a, b)
  // Acknowledged is not told again; the new one is run by the leader.
  expect(a.mails.filter((name) => name === 'w')).toHaveLength(1)
  expect(a.watcher.get('v')).toBeDefined()
  await b.watcher.setActive('v', false)
  await both(6, a, b)
  const told = a.mails.length
  await both(20, a, b)
  expect(a.mails.length).toBe(told)
  await b.watcher.delete('w')
  await both(6, a, b)
  expect(a.watcher.get('w')).toBeUndefined()
  expect(b.mails).toEqual([])
})

test('after a kill the other follows when the lease has ended, and says what was missed', async () => {
  const [a, b] = await two(12)
  await using _a = a
  await using _b = b
  await a.watcher.start()
  await b.watcher.start()
  await both(11, a, b)
  // A is killed: its clock stands still from now on.
  await b.run(14)
  expect(b.mails).toEqual([])
  await expect.poll(() => b.run(5).then(() => b.mails.length)).toBeGreaterThan(0)
  expect(a.mails).toEqual(['w'])
  const records = await b.watcher.history('w', 100)
  expect(records.map(({ state }) => state)).toContain('missed')
})

test('a leader that was paused in a run tells nobody of it: the other has made it up', async () => {
  let held: ServerResponse | undefined
  const server = createServer((_request, response) => {
    if (held === undefined) held = response
    else response.end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  try {
    const [a, b] = await two()
    await using _a = a
    await using _b = b
    await a.watcher.put('w', watch({ input: { http: { request: { url, read_timeout: '1h' } } } }))
    await a.watcher.start()
    await b.watcher.start()
    await both(10, a, b)
    await expect.poll(() => held).toBeDefined()
    // A stands still in its run while B takes over and runs the watch itself.
    await expect.poll(() => b.run(1).then(() => b.mails.length)).toBeGreaterThan(0)
    a.clock.jump(45_000)
    held!.end('{}')
    await both(12, a, b)
    expect(a.mails).toEqual([])
    expect((await a.watcher.history('w', 100)).filter(({ state }) => state === 'executed')).toHaveLength(b.mails.length)
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test('what a killed leader had begun to tell is made up by the one that follows, as the same message', async () => {
  const [a, b] = await two()
  await using _a = a
  await using _b = b
  await a.watcher.put('w', watch({ trigger: { schedule: { interval: '1h' } } }))
  const id = 'w_5f0c-2026-11-24T10:59:00.000Z'
  const note = { watch_id: 'w', holder: 'a', actions: [{ id: 'mail' }], execution_time: '2026-11-24T10:59:00.000Z' }
  await store.bulk([{ action: 'index', index: '.triggered_watches', id, source: JSON.stringify(note) }])
  await b.watcher.start()
  expect(b.mails).toEqual(['w'])
  expect(await store.get('.triggered_watches', id)).toBeUndefined()
  const [record] = await b.watcher.history('w', 1)
  expect(record).toMatchObject({ result: { actions: [{ email: { message: { id: `${id.replaceAll(':', '_')}_mail@vedetta` } } }] } }) // prettier-ignore
})

test('what is halted in one process is halted in all, over restarts, until it goes on', async () => {
  const [a, b] = await two()
  await using _a = a
  await using _b = b
  await a.watcher.start()
  await b.watcher.start()
  await b.watcher.halt(true)
  await both(6, a, b)
  expect([a.watcher.running, b.watcher.running]).toEqual([false, false])
  await a.watcher.stop()
  await a.watcher.start()
  const told = a.mails.length
  await both(25, a, b)
  expect([a.mails.length, b.mails.length, a.watcher.running]).toEqual([told, 0, false])
  await a.watcher.halt(false)
  await expect.poll(() => both(5, a, b).then(() => a.mails.length + b.mails.length)).toBeGreaterThan(told)
  expect(b.watcher.running).toBe(true)
})

test('while the store refuses the lease nobody runs the watches; then its holder goes on', async () => {
  let refused = false
  const faulty: Store = Object.assign(Object.create(store) as Store, {
    bulk: async (operations: Parameters<Store['bulk']>[0]) => {
      if (refused && operations.some(({ index }) => index === '.vedetta-leases')) throw new Error('not now')
      return store.bulk(operations)
    },
  })
  await using a = await openWatchProcess(faulty, 'a')
  await a.watcher.put('w', watch())
  await a.watcher.start()
  await a.run(12)
  expect(a.mails).toHaveLength(1)
  refused = true
  await a.run(40)
  const told = a.mails.length
  expect(told).toBeLessThanOrEqual(2)
  refused = false
  await expect.poll(() => a.run(5).then(() => a.mails.length)).toBeGreaterThan(told)
  expect((await a.watcher.history('w', 100)).map(({ state }) => state)).toContain('missed')
})
