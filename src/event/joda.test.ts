import { describe, expect, test } from 'vitest'
import { compileJodaFormat } from './joda-format.ts'
import { compileJodaParser } from './joda-parser.ts'
import { Timestamp } from './timestamp.ts'

const MOMENT = Date.UTC(2016, 1, 8, 0, 56, 58, 407) * 1000 + 625

describe('formats', () => {
  test.each([
    ['YYYY.MM.dd', '2016.02.08'],
    ['yy-M-d', '16-2-8'],
    ["EEE EEEE MMM MMMM 'o''clock' h a", "Mon Monday Feb February o'clock 12 AM"],
    ['HH:mm:ss.SSS SS', '00:56:58.407 40'],
    ['kk KK DDD', '24 00 039'],
    ['xxxx.ww e', '2016.06 1'],
    ['Z ZZ', '+0000 +00:00'],
  ])('%s', (pattern, text) => {
    expect(compileJodaFormat(pattern)(MOMENT)).toBe(text)
  })

  test('a formatter follows from one moment to the next', () => {
    const format = compileJodaFormat('YYYY.MM.dd HH:mm')
    expect(format(MOMENT)).toBe('2016.02.08 00:56')
    expect(format(MOMENT + 60_000_000)).toBe('2016.02.08 00:57')
    expect(format(MOMENT + 86_400_000_000)).toBe('2016.02.09 00:56')
  })

  test('an unknown letter is refused', () => {
    expect(() => compileJodaFormat('YYYY-bb')).toThrow(/illegal pattern component: b/)
  })
})

describe('parses', () => {
  const now = (): number => Date.UTC(2026, 0, 2)
  test.each([
    ['yyyy-MM-dd HH:mm:ss.SSSSSS', 'Europe/Rome', '2016-02-08 01:56:58.407625', '2016-02-08T00:56:58.407Z'],
    ['yyyy-MM-dd HH:mm:ss', 'Europe/Rome', '2016-07-08 01:56:58', '2016-07-07T23:56:58.000Z'],
    ['yyyy-MM-dd HH:mm:ss', 'America/New_York', '2016-03-13 03:30:00', '2016-03-13T07:30:00.000Z'],
    ['yyyy-MM-dd HH:mm', 'Europe/Rome', '2026-10-25 02:30', '2026-10-25T00:30:00.000Z'],
    ['yyyy-MM-dd HH:mm', 'Europe/Rome', '2026-10-25 03:00', '2026-10-25T02:00:00.000Z'],
    ['yyyy-MM-dd HH:mm', 'Europe/Rome', '2026-03-29 01:59', '2026-03-29T00:59:00.000Z'],
    ['dd/MMM/yyyy:HH:mm:ss Z', 'UTC', '09/Feb/2016:13:51:09 +0100', '2016-02-09T12:51:09.000Z'],
    ['MMM  d HH:mm:ss', 'UTC', 'Dec  6 12:15:04', '2025-12-06T12:15:04.000Z'],
    ['dd/MM/yyyy h:mm:ss a', 'UTC', '27/11/2015 2:07:33 PM', '2015-11-27T14:07:33.000Z'],
    ['yyyyMMddHHmmss', 'UTC', '20160229010203', '2016-02-29T01:02:03.000Z'],
    ["yyyy-MM-dd'T'HH:mm:ssZZ", 'UTC', '2016-02-29t01:02:03-05:30', '2016-02-29T06:32:03.000Z'],
    ['yyyy-MM-dd ZZZ', 'UTC', '2016-02-29 Asia/Tokyo', '2016-02-28T15:00:00.000Z'],
    ['D yyyy', '+02:00', '60 2016', '2016-02-28T22:00:00.000Z'],
  ])('%s in %s: %s', (pattern, zone, text, iso) => {
    const micros = compileJodaParser(pattern, { zone, now })(text)
    expect(micros === undefined ? undefined : String(new Timestamp(micros))).toBe(iso)
  })

  test.each([
    ['yyyy-MM-dd', '2015-02-29'],
    ['yyyy-MM-dd', '2015-02-28 '],
    ['HH:mm', '24:00'],
    ['MMM dd', 'Foo 01'],
    ['yyyy-MM-dd ZZZ', '2016-02-29 No/Where'],
  ])('%s refuses %j', (pattern, text) => {
    expect(compileJodaParser(pattern, { zone: 'UTC', now })(text)).toBeUndefined()
  })

  test('a time that clocks leap over is refused', () => {
    const parse = compileJodaParser('yyyy-MM-dd HH:mm', { zone: 'Europe/Rome' })
    expect(parse('2026-03-29 02:30')).toBeUndefined()
    expect(parse('2026-03-29 03:00')).toBe(Date.UTC(2026, 2, 29, 1) * 1000)
  })

  test('month names of a language', () => {
    const micros = compileJodaParser('d MMMM yyyy', { zone: 'UTC', locale: 'it' })('8 febbraio 2016')
    expect(String(new Timestamp(micros!))).toBe('2016-02-08T00:00:00.000Z')
  })

  test('a zone that does not exist is refused when compiled', () => {
    expect(() => compileJodaParser('yyyy', { zone: 'Europe/Rom' })).toThrow(RangeError)
  })
})
