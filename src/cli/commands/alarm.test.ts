import { expect, test } from 'vitest'
import { retime } from './alarm.ts'

test('times move so that the last is now, with their distances and microseconds kept', () => {
  const lines = [
    '2016-02-09 23:59:59.900123 IP 192.0.2.1.1 > 192.0.2.2.2: Flags [S]',
    'not a packet',
    '2016-02-10 00:00:00.100456 IP 192.0.2.1.1 > 192.0.2.2.3: Flags [S]',
  ]
  const now = new Date(2026, 10, 24, 12, 30, 0, 50)
  expect(retime(lines, now)).toEqual([
    '2026-11-24 12:29:59.850123 IP 192.0.2.1.1 > 192.0.2.2.2: Flags [S]',
    'not a packet',
    '2026-11-24 12:30:00.050456 IP 192.0.2.1.1 > 192.0.2.2.3: Flags [S]',
  ])
})

test('lines without times stay as they are', () => {
  expect(retime(['x'], new Date())).toEqual(['x'])
})
