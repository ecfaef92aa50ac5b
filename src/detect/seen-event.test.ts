import { expect, test } from 'vitest'
import { toValue, type ValueObject } from '../event/index.ts'
import { seenEvent } from './seen-event.ts'

const NOON = Date.UTC(2026, 10, 24, 12)

test.each([
  ['2026-11-24T12:00:00Z', NOON],
  ['2026-11-24T12:00:00', NOON],
  ['2026-11-24 12:00:00', NOON],
  ['2026-11-24T14:00:00+02:00', NOON],
  ['2026-11-24', Date.UTC(2026, 10, 24)],
  [String(NOON), NOON],
  [NOON, NOON],
  ['Tue, 24 Nov', undefined],
  [null, undefined],
])('the time %j is %s, whatever the zone of the machine', (text, expected) => {
  const zone = process.env['TZ']
  process.env['TZ'] = 'America/New_York'
  try {
    expect(seenEvent(toValue({ '@timestamp': text }) as ValueObject, 'i', undefined)?.time).toBe(expected)
  } finally {
    if (zone === undefined) delete process.env['TZ']
    else process.env['TZ'] = zone
  }
})

test('a number that no date can be is no time', () => {
  const seen = (time: number) => seenEvent(toValue({ '@timestamp': time }) as ValueObject, 'i', undefined)?.time
  expect([8.64e15, 8.65e15, 1e300].map(seen)).toEqual([8.64e15, undefined, undefined])
})
