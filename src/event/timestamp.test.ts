import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatDouble } from './number.ts'
import { parseIsoTimestamp, Timestamp } from './timestamp.ts'

describe('ISO 8601', () => {
  test.each([
    ['2016-02-08T00:56:58.407Z', '2016-02-08T00:56:58.407Z'],
    ['2016-02-08T01:56:58.407625+01:00', '2016-02-08T00:56:58.407625Z'],
    ['2016-02-08 01:56:58', '2016-02-08T01:56:58.000Z'],
    ['2016-02-29', '2016-02-29T00:00:00.000Z'],
    ['1969-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.999999Z'],
    ['2016-02-08T01:56:58,5-0530', '2016-02-08T07:26:58.500Z'],
  ])('%s', (text, printed) => {
    expect(String(parseIsoTimestamp(text))).toBe(printed)
  })

  test.each(['2015-02-29', '2016-13-01', '2016-02-08T25:00:00', '2016-02-08T00:60', 'yesterday', '2016'])(
    '%s is refused',
    (text) => {
      expect(parseIsoTimestamp(text)).toBeUndefined()
    },
  )
})

test('every moment prints as Date does, whichever was printed before it', () => {
  const millis = fc.oneof(fc.integer({ min: -9e12, max: 9e12 }), fc.integer({ min: -2000, max: 2000 }))
  fc.assert(
    fc.property(millis, (one) => {
      expect(String(new Timestamp(one * 1000))).toBe(new Date(one).toISOString())
    }),
  )
  expect(() => String(new Timestamp(NaN))).toThrow(RangeError)
})

describe('doubles print as in Java', () => {
  test.each([
    [5, '5.0'],
    [0.1, '0.1'],
    [-0, '-0.0'],
    [1e7, '1.0E7'],
    [12345678.9, '1.23456789E7'],
    [0.0001, '1.0E-4'],
    [Infinity, 'Infinity'],
  ])('%d', (value, printed) => {
    expect(formatDouble(value)).toBe(printed)
  })
})
