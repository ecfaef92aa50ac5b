import { hostname } from 'node:os'
import { describe, expect, test } from 'vitest'
import { filterFixture } from '../../../../../test/filter-fixture.ts'
import { ManualClock } from '../../../../clock/index.ts'
import { Meter } from './meter.ts'
import { Sample } from './sample.ts'

function fixture(options: string, before = '') {
  const clock = new ManualClock(1_600_000_000_000)
  const filter = filterFixture(`${before} metrics { ${options} }`, { clock })
  const after = async (seconds: number) => {
    await clock.advance(seconds * 1000)
    return filter.flush()
  }
  return Object.assign(filter, { clock, after })
}

const responses = [{ response: 200 }, { response: 200 }, { response: 404 }]

describe('meter', () => {
  test('counts by name, and goes on counting; without events there is none', async () => {
    await using filter = fixture('meter => ["http_%{response}"] add_tag => "metric"')
    expect(await filter.after(5)).toEqual([])
    expect(await filter.run(...responses)).toEqual(responses)
    const told = {
      message: hostname(),
      http_200: { count: 2, rate_1m: 0.4, rate_5m: 0.4, rate_15m: 0.4 },
      http_404: { count: 1, rate_1m: 0.2, rate_5m: 0.2, rate_15m: 0.2 },
      tags: ['metric'],
    }
    expect(await filter.after(5)).toEqual([told])
    await filter.run(...responses)
    expect(await filter.after(5)).toMatchObject([{ http_200: { count: 4, rate_1m: 0.4 }, http_404: { count: 2 } }])
  })

  test('chosen rates', async () => {
    await using filter = fixture('meter => ["a.%{response}"] rates => [1]')
    await filter.run(...responses)
    expect(await filter.after(5)).toMatchObject([{ 'a.200': { count: 2, rate_1m: 0.4 } }])
    expect(Object.keys((await filter.after(5))[0]!['a.200'] as object)).toEqual(['count', 'rate_1m'])
  })

  test('an interval of its own, and one after which it begins anew', async () => {
    await using slow = fixture('meter => "a" flush_interval => 15')
    await slow.run({})
    const lengths: number[] = []
    for (let n = 0; n < 6; n++) lengths.push((await slow.after(5)).length)
    expect(lengths).toEqual([0, 0, 1, 0, 0, 1])
    await using forgetful = fixture('meter => "a" clear_interval => 15')
    await forgetful.run({})
    for (let n = 0; n < 3; n++) expect(await forgetful.after(5)).toMatchObject([{ a: { count: 1 } }])
    expect(await forgetful.after(5)).toEqual([])
  })

  test('old events are not counted where that is said', async () => {
    await using filter = fixture('meter => "a" ignore_older_than => 10', 'date { match => ["t", "ISO8601"] }')
    await filter.run({ t: '2020-09-13T12:26:29.999Z' })
    expect(await filter.after(5)).toEqual([])
    await filter.run({})
    expect(await filter.after(5)).toMatchObject([{ a: { count: 1 } }])
  })

  test('rates follow what happens, as the load of Unix does', () => {
    const meter = new Meter(0)
    expect(meter.ratesAt(4_999)).toEqual([0, 0, 0])
    for (let n = 0; n < 50; n++) meter.mark(n * 100)
    expect(meter.ratesAt(5_000)).toEqual([10, 10, 10])
    // A minute without events: e^-1, e^-1/5, e^-1/15 of it are left.
    const left = meter.ratesAt(65_000)
    expect(left.map((rate) => rate.toFixed(6))).toEqual([1, 5, 15].map((m) => (10 * Math.exp(-1 / m)).toFixed(6)))
  })
})

describe('timer', () => {
  test('sums up numbers', async () => {
    await using filter = fixture('timer => ["t", "%{ms}"]')
    await filter.run({ ms: 10 }, { ms: 20 }, { ms: '30ms' }, { ms: -1 })
    expect(await filter.after(5)).toMatchObject([
      { t: { count: 3, rate_1m: 0.6, min: 10, max: 30, mean: 20, stddev: Math.sqrt(10), p1: 10, p90: 30, p99: 30 } },
    ])
  })

  test('chosen percentiles', async () => {
    await using filter = fixture('timer => { "t" => "%{ms}" } rates => [1] percentiles => [50, 99.9]')
    await filter.run(...[4, 1, 3, 2].map((ms) => ({ ms })))
    expect(await filter.after(5)).toEqual([
      {
        message: hostname(),
        t: { count: 4, rate_1m: 0.8, min: 1, max: 4, stddev: (5 / 3) ** 0.25, mean: 2.5, p50: 2.5, 'p99.9': 4 },
      },
    ])
  })

  test('quantiles of many values prefer young ones', () => {
    const sample = new Sample(0)
    for (let n = 0; n < 20_000; n++) sample.add(1, 0)
    for (let n = 0; n < 20_000; n++) sample.add(2, 0)
    expect(sample.quantiles([0.01, 0.99])).toEqual([1, 2])
    for (let n = 0; n < 20_000; n++) sample.add(3, 3_600_000)
    expect([sample.quantiles([0.01, 0.5]), sample.count, sample.mean]).toEqual([[3, 3], 60_000, expect.closeTo(2, 9)])
  })
})

test.each([
  ['rates => [90]', "'rates' must be a list of 1, 5 and 15, got '90'"],
  ['percentiles => [101]', "'percentiles' must be"],
])('%s is refused', async (options, message) => {
  await expect(async () => filterFixture(`metrics { ${options} }`)).rejects.toThrow(message)
})
