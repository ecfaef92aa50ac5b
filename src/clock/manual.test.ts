import { expect, test } from 'vitest'
import { ManualClock } from './manual.ts'

test('timers run in their order when the clock reaches them, with the time they were set for', async () => {
  const clock = new ManualClock(1000)
  const seen: string[] = []
  clock.after(20, () => seen.push(`b at ${clock.now()}`))
  clock.after(10, () => {
    seen.push(`a at ${clock.now()}`)
    clock.after(5, () => seen.push(`c at ${clock.now()}`))
  })
  clock.after(15, () => seen.push('cancelled')).cancel()
  await clock.advance(18)
  expect(seen).toEqual(['a at 1010', 'c at 1015'])
  await clock.advance(2)
  expect(seen).toEqual(['a at 1010', 'c at 1015', 'b at 1020'])
})

test('the wall clock may jump without touching timers', async () => {
  const clock = new ManualClock(0)
  let rang = false
  clock.after(100, () => (rang = true))
  clock.jump(1_000_000)
  await clock.advance(99)
  expect([rang, clock.now(), clock.monotonic()]).toEqual([false, 1_000_099, 99])
  await clock.advance(1)
  expect(rang).toBe(true)
})

test('an aborted sleep ends at once', async () => {
  const clock = new ManualClock()
  const controller = new AbortController()
  const sleeping = clock.sleep(1000, controller.signal)
  controller.abort()
  expect(await sleeping).toBeUndefined()
})
