import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { RunningInput, temporaryFolder } from '../../../../test/plugin-fixture.ts'
import { systemClock, type Clock } from '../../../clock/index.ts'
import { Event, toValue, type ValueObject } from '../../../event/index.ts'
import { DeadLetters } from '../../runtime/dead-letters.ts'
import { deadLetterQueue } from './dead-letter-queue.ts'

const NOON = Date.UTC(2026, 0, 1, 12)

function letter(message: string): Event {
  return Event.at(NOON * 1000, toValue({ message }) as ValueObject)
}

test('letters as they were kept, with the reason, as they come, and not again after a restart', async () => {
  using folder = temporaryFolder()
  const letters = new DeadLetters(folder.path)
  letters.add('web', letter('old'), 'status 400', NOON - 60_000)
  letters.add('web', letter('one'), 'status 400: mapper_parsing_exception', NOON)
  letters.add('other', letter('not this one'), 'x', NOON)
  const raw = { pipeline_id: 'web', start_timestamp: '2026-01-01T12:00:00Z' }
  const first = new RunningInput(deadLetterQueue, raw, { dataPath: folder.path })
  await first.start()
  await first.until(1)
  letters.add('web', letter('two'), 'y', NOON)
  await first.until(2)
  for (const ack of first.acks.splice(0)) ack()
  await first.input.stop()
  expect(first.messages).toEqual(['one', 'two'])
  expect(first.events[0]!.timestamp!.micros).toBe(NOON * 1000)
  expect(JSON.parse(JSON.stringify(first.events[0]!.metadata))).toEqual({
    dead_letter_queue: {
      reason: 'status 400: mapper_parsing_exception',
      entry_time: '2026-01-01T12:00:00.000Z',
      pipeline_id: 'web',
    },
  })
  letters.add('web', letter('three'), 'z', NOON)
  await using second = new RunningInput(deadLetterQueue, raw, { dataPath: folder.path })
  await second.start()
  await second.until(1)
  expect(second.messages).toEqual(['three'])
})

test('without commit_offsets all are read again, and half a line of a crash is passed over', async () => {
  using folder = temporaryFolder()
  const letters = new DeadLetters(folder.path)
  mkdirSync(join(folder.path, 'dead_letters'))
  writeFileSync(join(folder.path, 'dead_letters', 'main.ndjson'), '{"version":1,"ti\n[]\n{"event":1}\n')
  letters.add('main', letter('one'), 'x', NOON)
  for (let i = 0; i < 2; i++) {
    const run = new RunningInput(deadLetterQueue, { commit_offsets: false }, { dataPath: folder.path })
    await run.start()
    await run.until(1)
    for (const ack of run.acks.splice(0)) ack()
    await run.input.stop()
    expect(run.messages).toEqual(['one'])
  }
})

test('letters in several files, in their order and once; a full file that was read is removed by clean_consumed', async () => {
  using folder = temporaryFolder()
  const limits = { maxBytes: 20_000, policy: 'drop_newer', retainMillis: Infinity } as const
  const letters = new DeadLetters(folder.path, () => [{ id: 'web', sources: [], letters: limits }])
  const add = (from: number, to: number): void => {
    for (let n = from; n <= to; n++) letters.add('web', letter(`${n}`.padEnd(200, '.')), 'x', NOON)
  }
  const files = (): string[] => readdirSync(join(folder.path, 'dead_letters')).sort()
  add(1, 12)
  expect(files()).toEqual(['web.1.ndjson', 'web.2.ndjson', 'web.ndjson'])
  const raw = { pipeline_id: 'web', clean_consumed: true }
  const clock: Clock = { ...systemClock, sleep: (_, signal) => systemClock.sleep(10, signal) }
  const first = new RunningInput(deadLetterQueue, raw, { dataPath: folder.path, clock })
  await first.start()
  await first.until(12)
  add(13, 18)
  await first.until(18)
  for (const ack of first.acks.splice(0)) ack()
  await vi.waitUntil(() => files().length === 1, 20_000)
  await first.input.stop()
  add(19, 19)
  const second = new RunningInput(deadLetterQueue, raw, { dataPath: folder.path, clock })
  await second.start()
  await second.until(1)
  for (const ack of second.acks.splice(0)) ack()
  await second.input.stop()
  const numbers = [...first.messages, ...second.messages].map((message) => Number.parseInt(String(message), 10))
  expect(numbers).toEqual(Array.from({ length: 19 }, (_, i) => i + 1))
})

test('what is refused', async () => {
  using folder = temporaryFolder()
  expect(() => new RunningInput(deadLetterQueue, { start_timestamp: 'noon' })).toThrow(
    "'start_timestamp' must be a time",
  )
  expect(() => new RunningInput(deadLetterQueue, { clean_consumed: true, commit_offsets: false })).toThrow(
    "'clean_consumed' must be false without 'commit_offsets', got 'true'",
  )
  mkdirSync(join(folder.path, 'main'))
  writeFileSync(join(folder.path, 'main', '1.log'), '1')
  await expect(new RunningInput(deadLetterQueue, { path: folder.path }).start()).rejects.toThrow(
    "Logstash's own segments are not read here",
  )
})
