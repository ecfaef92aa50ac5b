import { expect, test } from 'vitest'
import { SEQUENTIAL, SequentialTest } from './sequential-test.ts'

const DAY = 86_400_000

/** Numbers from 0 to 1, the same in each run (a linear congruential generator). */
function random(seed: number): () => number {
  let state = seed
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
}

/** After how many first contacts, of which `rate` succeed, a source is taken for a scanner; Infinity if it never is. */
function contactsUntilAlarm(rate: number, contacts: number, next: () => number): number {
  const sequential = new SequentialTest(100, DAY)
  for (let i = 1; i <= contacts; i++) {
    if (next() < rate) sequential.succeeded(1, i)
    else if (sequential.failed(1, i) >= sequential.threshold) return i
  }
  return Infinity
}

/** The mean number of contacts to a verdict, by Wald's identity, where steps are `p` times a failure. */
function waldMean(p: number): number {
  const { failure, success, threshold } = new SequentialTest(100, DAY)
  return threshold / (p * failure + (1 - p) * success)
}

test.each([
  // Success of first contacts, contacts of each of 2,000 sources, and the most of them that may be taken for scanners.
  ['nine of ten succeed', 0.9, 500, 0],
  ['as the test expects of honest sources', SEQUENTIAL.honest, 200, 0.01],
  // Between both: what the detector leaves out are ports of peers outside.
  ['half of them succeed', 0.5, 50, 0.1],
])('honest sources: %s', (_, rate, contacts, most) => {
  const next = random(7)
  const alarms = Array.from({ length: 2000 }, () => contactsUntilAlarm(rate, contacts, next))
  expect(alarms.filter((at) => at < Infinity).length / 2000).toBeLessThanOrEqual(most)
})

test.each([
  ['none succeeds', 0, 10, 10],
  ['as the test expects of scanners', SEQUENTIAL.scanner, 40, 13],
  ['one of five succeeds', 0.2, 80, 21],
])('scanners: %s', (_, rate, contacts, mean) => {
  const next = random(11)
  const found = Array.from({ length: 2000 }, () => contactsUntilAlarm(rate, contacts, next))
  const alarms = found.filter((at) => at < Infinity)
  expect(alarms.length / 2000).toBeGreaterThanOrEqual(SEQUENTIAL.detected)
  const average = alarms.reduce((sum, at) => sum + at, 0) / alarms.length
  expect(Math.round(average)).toBeLessThanOrEqual(mean)
  // What is above the threshold when it is passed, and luck.
  expect(Math.abs(average - waldMean(1 - rate))).toBeLessThan(2.5)
})

test('good contacts buy no credit: a scan after a thousand of them is found as soon as any', () => {
  const sequential = new SequentialTest(100, DAY)
  for (let i = 0; i < 1000; i++) sequential.succeeded(1, i)
  expect(sequential.size).toBe(0)
  const scores = Array.from({ length: 10 }, (_, i) => sequential.failed(1, 2000 + i))
  expect(scores.map((score) => score >= sequential.threshold)).toEqual([...Array(9).fill(false), true])
})

test('after a day without contacts a source begins anew', () => {
  const sequential = new SequentialTest(100, DAY)
  for (let i = 0; i < 9; i++) sequential.failed(1, i)
  expect(sequential.failed(1, 2 * DAY)).toBeCloseTo(sequential.failure)
})

test('a flood of sources that fail once does not drive out one that fails often', () => {
  const sequential = new SequentialTest(1000, DAY)
  for (let i = 0; i < 9; i++) sequential.failed(1, i)
  for (let source = 2; source < 50_000; source++) sequential.failed(source, 10)
  expect(sequential.size).toBe(1000)
  expect(sequential.evicted).toBe(48_999)
  expect(sequential.failed(1, 11)).toBeGreaterThanOrEqual(sequential.threshold)
})
