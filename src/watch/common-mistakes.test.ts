import { expect, test } from 'vitest'
import { toValue } from '../event/index.ts'
import { readWatchValue } from './read-watch.ts'
import { watchScripts } from './script.ts'

function warnings(interval: string, gte: string, terms: object = { field: 'a', size: 5 }): string[] {
  const body = { query: { range: { '@timestamp': { gte } } }, aggs: { a: { terms } } }
  const { diagnostics } = readWatchValue(
    'w',
    toValue({ trigger: { schedule: { interval } }, input: { search: { request: { indices: ['x'], body } } } }),
    watchScripts(),
  )
  return diagnostics.map(({ severity, message }) => `${severity}: ${message}`)
}

test('a window shorter than the interval, and buckets that may be cut off, are told of', () => {
  expect(warnings('1m', 'now-1m')).toEqual([])
  expect(warnings('1m', 'now-30s')).toEqual([
    expect.stringMatching(/^warning: .* looks back 30s, but the watch runs every 1m/),
  ])
  expect(warnings('1m', 'now-5m', { field: 'a' })).toEqual([expect.stringMatching(/^notice: .*only the 10 largest/)])
})
