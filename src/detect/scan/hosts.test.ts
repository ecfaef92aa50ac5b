import { expect, test } from 'vitest'
import { Hosts, isInterned, isUnicast } from './hosts.ts'

test.each([
  ['192.0.2.7', 0xc0000207],
  ['1.2.3.4', 0x01020304],
  ['239.255.255.250', 0xeffffffa],
  ['01.2.3.4', undefined],
  ['1.2.3', undefined],
  ['1.2.3.4.5', undefined],
  ['1.2.3.256', undefined],
  ['1..3.4', undefined],
  ['1.2.3.', undefined],
  ['.1.2.3', undefined],
  ['2001:db8::1', undefined],
  ['web-1.example', undefined],
  ['250.1.2.3', undefined],
])('%s is told back as it was, and is its own number only in the usual form', (name, own) => {
  const hosts = new Hosts()
  const number = hosts.numberOf(name)
  expect(isInterned(number)).toBe(own === undefined)
  expect(number).toBe(own ?? number)
  expect(hosts.nameOf(number)).toBe(name)
  expect(hosts.numberOf(name)).toBe(number)
})

test('a million names are forgotten in turn, and those in use keep their numbers', () => {
  const hosts = new Hosts()
  const kept = hosts.numberOf('2001:db8::1')
  const again = new Set<number>()
  for (let i = 0; i < 350_000; i++) {
    hosts.numberOf(`2001:db8:1::${i}`)
    if (i % 1000 === 0) again.add(hosts.numberOf('2001:db8::1'))
  }
  expect([...again]).toEqual([kept])
  expect(hosts.nameOf(kept)).toBe('2001:db8::1')
  expect(hosts.nameOf(kept + 1)).toBeUndefined()
})

test.each([
  ['10.0.0.1', true],
  ['10.0.0.255', false],
  ['224.0.0.251', false],
  ['0.0.0.0', false],
  ['255.255.255.255', false],
  ['250.1.2.3', false],
  ['2001:db8::1', true],
  ['ff02::fb', false],
  ['web-1', true],
])('%s is one host: %s', (name, expected) => {
  expect(isUnicast(new Hosts().numberOf(name), name)).toBe(expected)
})
