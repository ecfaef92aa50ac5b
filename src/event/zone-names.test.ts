import { expect, test } from 'vitest'
import { offsetOfZone, regionOfAbbreviation } from './index.ts'

test.each<[name: string, month: number, hours: number]>([
  ['CEST', 4, 2],
  ['cet', 1, 1],
  ['EST', 1, -5],
  // The region's rules count: in July New York is four hours behind.
  ['EST', 7, -4],
  ['PDT', 7, -7],
  ['IST', 6, 5.5],
  ['AEST', 7, 10],
  ['MSK', 6, 3],
])('%s in month %i is %f hours ahead', (name, month, hours) => {
  const region = regionOfAbbreviation(name)
  expect(offsetOfZone(region!)(Date.UTC(2021, month - 1, 15)) / 3_600_000).toBe(hours)
})

test('what is no short name has no region', () => {
  expect(regionOfAbbreviation('Europe/Rome')).toBeUndefined()
  expect(regionOfAbbreviation('constructor')).toBeUndefined()
})
