import { describe, expect, it } from 'vitest'
import { dateFormat, DEFAULT_FORMAT, formatIso } from './date-format.ts'
import { parseDuration, resolveDate } from './date-math.ts'
import { parseZone } from './zone.ts'

const NOW = Date.UTC(2026, 2, 29, 10, 30, 15, 250)

describe('date math', () => {
  it.each([
    ['now', false, undefined, '2026-03-29T10:30:15.250Z'],
    ['now-30s', false, undefined, '2026-03-29T10:29:45.250Z'],
    ['now-1h+5m', false, undefined, '2026-03-29T09:35:15.250Z'],
    ['now/d', false, undefined, '2026-03-29T00:00:00.000Z'],
    ['now/d', true, undefined, '2026-03-29T23:59:59.999Z'],
    ['now/d', false, 'Europe/Rome', '2026-03-28T23:00:00.000Z'],
    ['now/d', true, 'Europe/Rome', '2026-03-29T21:59:59.999Z'],
    ['now/w', false, undefined, '2026-03-23T00:00:00.000Z'],
    ['now/M', true, undefined, '2026-03-31T23:59:59.999Z'],
    ['now-1M', false, undefined, '2026-02-28T10:30:15.250Z'],
    ['2024-02-29||+1y', false, undefined, '2025-02-28T00:00:00.000Z'],
    ['2026-03-01||/M', false, '+05:00', '2026-02-28T19:00:00.000Z'],
    ['2026-03-01', true, undefined, '2026-03-01T23:59:59.999Z'],
    ['2026-03-01T10', true, undefined, '2026-03-01T10:59:59.999Z'],
    ['1772323200000', false, undefined, '2026-03-01T00:00:00.000Z'],
  ])('%s, round up %s, zone %s', (text, roundUp, zone, expected) => {
    const micros = resolveDate(text, {
      now: NOW,
      format: dateFormat(DEFAULT_FORMAT),
      roundUp,
      ...(zone === undefined ? {} : { zone: parseZone(zone) }),
    })
    expect(formatIso(Math.floor(micros / 1000))).toBe(expected)
  })

  it.each(['now-5x', 'now/', 'yesterday', '2026-13-01', '2026-02-30', 'now+9999999999y'])('refuses %s', (text) => {
    expect(() => resolveDate(text, { now: NOW, format: dateFormat(DEFAULT_FORMAT) })).toThrow(/./)
  })

  it.each([
    ['30s', 30_000],
    ['1.5h', 5_400_000],
    ['-6h', -21_600_000],
    ['5', undefined],
    ['1w', undefined],
  ])('the duration %s', (text, millis) => {
    expect(parseDuration(text)).toBe(millis)
  })
})

describe('date formats', () => {
  it.each([
    ['yyyy-MM-dd HH:mm:ss.SSS', '2026-03-29 10:30:15.250'],
    ["dd MMM yyyy 'at' h:mm a", '29 Mar 2026 at 10:30 AM'],
    ['EEE, d MMMM yyyy HH:mm:ss Z', 'Sun, 29 March 2026 10:30:15 +0000'],
    ['basic_date_time', '20260329T103015.250Z'],
    ['epoch_second', '1774780215.25'],
    ['strict_date_optional_time', '2026-03-29T10:30:15.250Z'],
    ["YYYY-'W'ww-e HH:mm", '2026-W13-7 10:30'],
    ['week_date_time', '2026-W13-7T10:30:15.250Z'],
    ['basic_ordinal_date_time', '2026088T103015.250Z'],
    ['yyyy-MM-dd kk:mm', '2026-03-29 10:30'],
  ])('%s writes and reads', (pattern, text) => {
    expect(dateFormat(pattern).format(NOW)).toBe(text)
    const back = dateFormat(pattern).parse(text)!
    expect(Math.floor(back / 60_000_000)).toBe(Math.floor(NOW / 60_000))
  })

  it('reads microseconds and refuses half a date', () => {
    expect(dateFormat(DEFAULT_FORMAT).parse('2016-02-08T00:56:58.407625Z')).toBe(1454893018407625)
    expect(dateFormat(DEFAULT_FORMAT).parse('2016-02-08T')).toBe(1454889600000000)
    expect(dateFormat(DEFAULT_FORMAT).parse('2016-2-8')).toBeUndefined()
  })

  it.each([
    ['2015-W53-7', '2016-01-03'],
    ['2016-W01-1', '2016-01-04'],
    ['2020-W53-5', '2021-01-01'],
    ['2026-W01-1', '2025-12-29'],
    ['2016-W53-1', undefined],
    ['2026-W00-1', undefined],
    ['2026-W01-8', undefined],
  ])('the week date %s is %s', (text, day) => {
    const micros = dateFormat('week_date').parse(text)
    expect(micros === undefined ? undefined : dateFormat('date').format(micros / 1000)).toBe(day)
  })

  it.each([
    ['2024-366', '2024-12-31'],
    ['2026-366', undefined],
  ])('the day of a year %s is %s', (text, day) => {
    const micros = dateFormat('ordinal_date').parse(text)
    expect(micros === undefined ? undefined : dateFormat('date').format(micros / 1000)).toBe(day)
  })

  it('refuses a pattern letter it does not know', () => {
    expect(() => dateFormat('yyyy-MM-ddR')).toThrow('Invalid format: [yyyy-MM-ddR]: Unknown pattern letter: R')
  })
})
