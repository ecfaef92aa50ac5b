import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../clock/index.ts'
import { nullLogger, type Logger } from '../../diagnostic/index.ts'
import { Event, Timestamp, toValue, type ValueObject } from '../../event/index.ts'
import type { Batch } from '../plugins/define.ts'
import { PersistedQueue, type PersistedQueueOptions } from './persisted-queue.ts'

const root = mkdtempSync(join(tmpdir(), 'vedetta-queue-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let folder: string
let count = 0
beforeEach(() => {
  folder = join(root, String(count++))
})

function open(options: Partial<PersistedQueueOptions> = {}): Promise<PersistedQueue> {
  return PersistedQueue.open({
    folder,
    clock: systemClock,
    logger: nullLogger,
    maxBytes: 2 ** 30,
    pageBytes: 2 ** 20,
    drain: false,
    ...options,
  })
}

function batch(n: number, ack?: () => void): Batch {
  return { events: [new Event(toValue({ n }) as ValueObject)], ...(ack === undefined ? {} : { ack }) }
}

const numbers = ({ events }: Batch): unknown[] => events.map(({ data }) => data['n'])

test('a batch is acknowledged when it is on disk, and comes again until it is done', async () => {
  const queue = await open()
  const acked: number[] = []
  for (const n of [1, 2, 3]) await queue.put(batch(n, () => acked.push(n)))
  expect(acked).toEqual([1, 2, 3])
  await queue.close()

  const again = await open()
  const seen: unknown[] = []
  again.endInputs()
  await again.run(async (one) => {
    seen.push(...numbers(one))
    // The second was done, but not yet the first: both come again.
    if (seen.length === 2) one.ack!()
  })
  expect(seen).toEqual([1, 2, 3])
  await again.close()

  const third = await open()
  const rest: unknown[] = []
  third.endInputs()
  await third.run(async (one) => {
    rest.push(...numbers(one))
    one.ack!()
  })
  expect(rest).toEqual([1, 2, 3])
  await third.close()

  const last = await open()
  last.endInputs()
  await last.run(() => Promise.reject(new Error('nothing is left')))
  await last.close()
})

test('times, big numbers and @metadata are the same after the disk', async () => {
  const queue = await open()
  const time = Timestamp.fromMillis(1_700_000_000_123)
  const data = { '@timestamp': time, seen: [time], big: 2n ** 60n, text: 'a\u0000\n"' } as unknown as ValueObject
  const given = new Event(data, toValue({ token: 'x' }) as ValueObject)
  await queue.put({ events: [given] })
  await queue.close()
  const again = await open()
  again.endInputs()
  const seen: Event[] = []
  await again.run(async ({ events }) => void seen.push(...events))
  expect(seen[0]!.data).toEqual(given.data)
  expect(seen[0]!.metadata).toEqual(given.metadata)
  await again.close()
})

test('more than memory holds comes in order, each once, while it is written', async () => {
  const queue = await open()
  const seen: unknown[] = []
  const running = queue.run(async (one) => {
    if (seen.length % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
    seen.push(...numbers(one))
    one.ack!()
  })
  const puts: Promise<void>[] = []
  for (let n = 0; n < 20_000; n++) {
    puts.push(queue.put(batch(n)))
    if (n % 500 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  await Promise.all(puts)
  queue.endInputs()
  await running
  expect(seen).toEqual(Array.from({ length: 20_000 }, (_, n) => n))
  await queue.close()
})

test('at its limit inputs wait, and what is done gives its space back', async () => {
  const queue = await open({ maxBytes: 40_000, pageBytes: 10_000 })
  let taken = 0
  const filling = (async () => {
    for (let n = 0; n < 2000; n += 20) {
      await Promise.all(Array.from({ length: 20 }, (_, i) => queue.put(batch(n + i))))
      taken += 20
    }
  })()
  await expect.poll(() => queue.bytes()).toBeGreaterThanOrEqual(40_000)
  const before = taken
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(taken).toBe(before)
  const running = queue.run(async ({ ack }) => ack!())
  await filling
  expect(queue.bytes()).toBeLessThan(55_000)
  queue.endInputs()
  await running
  await queue.close()
  expect(readdirSync(folder).filter((name) => name.endsWith('.journal'))).toHaveLength(1)
})

test('a backlog of many files comes out whole while its files go', async () => {
  const queue = await open({ pageBytes: 2000 })
  for (let n = 0; n < 3000; n += 50) await Promise.all(Array.from({ length: 50 }, (_, i) => queue.put(batch(n + i))))
  await queue.close()
  const again = await open({ pageBytes: 2000 })
  const seen: unknown[] = []
  again.endInputs()
  await again.run(async (one) => {
    seen.push(...numbers(one))
    one.ack!()
    // Files go in the meantime.
    if (seen.length % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  })
  expect(seen).toEqual(Array.from({ length: 3000 }, (_, n) => n))
  await again.close()
})

test('a checkpoint that cannot be read is said, and all on disk comes again', async () => {
  const queue = await open()
  await queue.put(batch(1))
  queue.endInputs()
  await queue.run(async ({ ack }) => ack!())
  await queue.put(batch(2))
  await queue.close()
  expect(JSON.parse(readFileSync(join(folder, 'checkpoint.json'), 'utf8'))).toEqual({ version: 1, first: 2 })
  writeFileSync(join(folder, 'checkpoint.json'), '{"version":')
  const said: string[] = []
  const logger: Logger = { ...nullLogger, error: (_fields, message) => void said.push(message) }
  const again = await open({ logger })
  expect(said).toEqual(['the checkpoint of the queue cannot be read: all that is on disk comes again'])
  const seen: unknown[] = []
  again.endInputs()
  await again.run(async (one) => void seen.push(...numbers(one)))
  expect(seen).toEqual([1, 2])
  await again.close()
})

test('a stop leaves the rest on disk, and what an input still has is not acknowledged', async () => {
  const queue = await open({ maxBytes: 1 })
  await queue.put(batch(1))
  let lost = false
  const waiting = queue.put({ ...batch(2), lost: () => (lost = true) })
  queue.halt()
  await waiting
  expect(lost).toBe(true)
  await queue.close()
})
