import { expect, test } from 'vitest'
import { ManualClock } from './manual.ts'
import { waitAtMost } from './wait-at-most.ts'

test('work that is done ends the wait, and no timer is left', async () => {
  const clock = new ManualClock()
  await waitAtMost(clock, 5000, Promise.resolve())
  expect(clock.waiting).toBe(0)
})

test('work that fails says so, and no timer is left', async () => {
  const clock = new ManualClock()
  await expect(waitAtMost(clock, 5000, Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(clock.waiting).toBe(0)
})

test('work that takes too long is not waited for', async () => {
  const clock = new ManualClock()
  const waited = waitAtMost(clock, 5000, new Promise(() => undefined))
  await clock.advance(5000)
  await expect(waited).resolves.toBeUndefined()
})
