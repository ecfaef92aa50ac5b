import { readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/plugin-fixture.ts'
import { ManualClock } from '../../clock/index.ts'
import { nullLogger, type Logger } from '../../diagnostic/index.ts'
import { Event, toValue, type ValueObject } from '../../event/index.ts'
import { DeadLetters } from './dead-letters.ts'
import type { LetterLimits } from './queue-settings.ts'

const NOON = Date.UTC(2026, 0, 1, 12)

interface Box extends Disposable {
  readonly letters: DeadLetters
  readonly warnings: string[]
  readonly folder: string
  add(from: number, to: number, atMillis?: number): void
  /** The letters that are kept, the oldest first. */
  kept(): number[]
}

function box(limits: Partial<LetterLimits>): Box {
  const temporary = temporaryFolder()
  const folder = join(temporary.path, 'dead_letters')
  const warnings: string[] = []
  const logger: Logger = { ...nullLogger, warn: (_, message) => void warnings.push(message) }
  const definition = {
    id: 'web',
    sources: [],
    letters: { maxBytes: 2 ** 30, policy: 'drop_newer', retainMillis: Infinity, ...limits } as const,
  }
  const letters = new DeadLetters(temporary.path, () => [definition], logger)
  return {
    letters,
    warnings,
    folder,
    add(from, to, atMillis = NOON) {
      for (let n = from; n <= to; n++) {
        const data = toValue({ n, text: 'x'.repeat(100) }) as ValueObject
        letters.add('web', Event.at(NOON * 1000, data), 'no', atMillis)
      }
    },
    kept() {
      const number = (name: string): number => Number(/\d+/.exec(name)?.[0] ?? Infinity)
      return readdirSync(folder)
        .sort((a, b) => (number(a) < number(b) ? -1 : 1))
        .flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'))
        .map((line) => (JSON.parse(line) as { event: { n: number } }).event.n)
    },
    [Symbol.dispose]: () => temporary[Symbol.dispose](),
  }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

test('drop_newer keeps the first letters up to max_bytes, and says once a minute that others are given up', () => {
  using at = box({ maxBytes: 10_000 })
  at.add(1, 100)
  const { bytes, dropped, expired } = at.letters.stats('web', NOON)
  const kept = at.kept()
  expect(kept).toEqual(range(1, kept.length))
  expect([kept.length + dropped, expired]).toEqual([100, 0])
  expect(bytes).toBeLessThanOrEqual(10_000)
  expect(bytes).toBe(readdirSync(at.folder).reduce((sum, name) => sum + statSync(join(at.folder, name)).size, 0))
  expect(at.warnings).toEqual([
    "the dead letters of pipeline 'web' have reached 'dead_letter_queue.max_bytes' (10000): new ones are given up, 1 so far",
  ])
  at.add(101, 101, NOON + 60_000)
  expect(at.warnings[1]).toMatch(/new ones are given up, \d\d so far$/)
})

test('drop_older gives up the oldest files, so that the last letters are kept', () => {
  using at = box({ maxBytes: 10_000, policy: 'drop_older' })
  at.add(1, 500)
  const { bytes, dropped } = at.letters.stats('web', NOON)
  const kept = at.kept()
  expect(kept).toEqual(range(501 - kept.length, 500))
  expect(kept.length + dropped).toBe(500)
  expect(bytes).toBeGreaterThan(8_000)
  expect(bytes).toBeLessThanOrEqual(10_000)
  expect(at.warnings[0]).toMatch('the oldest are given up')
})

test('a letter that is larger than all may be is given up, whatever the policy', () => {
  for (const policy of ['drop_newer', 'drop_older'] as const) {
    using at = box({ maxBytes: 100, policy })
    at.add(1, 1)
    expect(at.letters.stats('web', NOON)).toMatchObject({ bytes: 0, dropped: 1 })
  }
})

test('room that was made by hand is used within a second; a deleted file harms nothing', () => {
  using at = box({ maxBytes: 10_000 })
  at.add(1, 100)
  rmSync(at.folder, { recursive: true })
  at.add(101, 101)
  at.add(102, 103, NOON + 1_000)
  expect(at.kept()).toEqual([102, 103])
})

test('letters older than retain.age are removed, also while none come', async () => {
  using at = box({ maxBytes: 10_000, retainMillis: 3_600_000 })
  at.add(1, 20)
  for (const name of readdirSync(at.folder)) {
    const written = (NOON - (name === 'web.1.ndjson' ? 3_600_001 : 0)) / 1000
    utimesSync(join(at.folder, name), written, written)
  }
  const clock = new ManualClock(NOON)
  const stop = at.letters.keepExpiring(clock)
  const kept = at.kept()
  expect(kept).toEqual(range(21 - kept.length, 20))
  expect(at.letters.stats('web', clock.now()).expired).toBe(20 - kept.length)
  for (let minute = 0; minute <= 61; minute++) await clock.advance(60_000)
  expect(readdirSync(at.folder)).toEqual([])
  stop()
})

test('a summary counts what is in the newest file, and says of all how much it is', async () => {
  using at = box({ maxBytes: 10_000 })
  at.add(1, 20)
  const [web] = await at.letters.summaries(1)
  expect(web).toMatchObject({ pipeline: 'web', bytes: at.letters.stats('web', NOON).bytes, more: true })
  expect(web!.latest).toMatchObject([{ event: { n: 20 } }])
})
