import { describe, expect, it } from 'vitest'
import { memoryIndex } from '../../../../test/memory-segments.ts'
import { systemClock } from '../../../clock/index.ts'
import { parseJson, stringifyJson, toValue, type ValueObject } from '../../../event/index.ts'
import { checkSearch } from '../../dsl/index.ts'
import { executeSearch } from '../evaluator/index.ts'

// Those that the engine of the conformance suite does not have; the figures are worked out by hand.
const MAPPING = { properties: { x: { type: 'integer' }, y: { type: 'double' }, at: { type: 'date' } } }
const DOCUMENTS = [
  { x: 1, y: 2, at: '2026-01-01' },
  { x: 2, y: 4, at: '2026-01-02' },
  { x: 3, y: 5, at: '2026-01-02' },
  { x: 5, y: 9, at: '2026-01-04' },
  { x: 40, at: '2026-01-04' },
]

async function aggregate(aggs: object, documents: readonly object[] = DOCUMENTS): Promise<Record<string, unknown>> {
  const index = memoryIndex('numbers', toValue(MAPPING) as ValueObject, documents.map(toValue), 2)
  const checked = checkSearch(parseJson(stringifyJson({ size: 0, aggs })))
  const answer = await executeSearch([index], checked, { now: 0, clock: systemClock })
  return (JSON.parse(stringifyJson(answer)) as { aggregations: Record<string, unknown> }).aggregations
}

describe('boxplot', () => {
  it('has whiskers that stop at the last value within one and a half ranges of the quartiles', async () => {
    expect(await aggregate({ b: { boxplot: { field: 'x' } } })).toEqual({
      b: { min: 1, max: 40, q1: 1.75, q2: 3, q3: 13.75, lower: 1, upper: 5 },
    })
  })

  it('of no values says so in texts', async () => {
    expect(await aggregate({ b: { boxplot: { field: 'x' } } }, [{ y: 1 }])).toEqual({
      b: {
        min: 'Infinity',
        max: '-Infinity',
        q1: 'NaN',
        q2: 'NaN',
        q3: 'NaN',
        lower: 'Infinity',
        upper: '-Infinity',
      },
    })
  })
})

describe('matrix_stats', () => {
  it('counts the documents that have every field', async () => {
    const { m } = await aggregate({ m: { matrix_stats: { fields: ['x', 'y'] } } })
    expect(m).toEqual({
      doc_count: 4,
      fields: [
        {
          name: 'x',
          count: 4,
          mean: 2.75,
          variance: expect.closeTo(35 / 12),
          skewness: expect.closeTo(0.434_650_8),
          kurtosis: expect.closeTo(1.845_714_3),
          covariance: { x: expect.closeTo(35 / 12), y: expect.closeTo(5) },
          correlation: { x: expect.closeTo(1), y: expect.closeTo(0.994_490_3) },
        },
        {
          name: 'y',
          count: 4,
          mean: 5,
          variance: expect.closeTo(26 / 3),
          skewness: expect.closeTo(0.543_090_8),
          kurtosis: expect.closeTo(2),
          covariance: { x: expect.closeTo(5), y: expect.closeTo(26 / 3) },
          correlation: { x: expect.closeTo(0.994_490_3), y: expect.closeTo(1) },
        },
      ],
    })
  })

  it('takes a value for those that are missing', async () => {
    const { m } = await aggregate({ m: { matrix_stats: { fields: ['x', 'y'], missing: { y: 80 } } } })
    expect(m).toMatchObject({ doc_count: 5 })
  })

  it('of no documents has no fields', async () => {
    expect(await aggregate({ m: { matrix_stats: { fields: ['x'] } } }, [{ y: 1 }])).toEqual({ m: { doc_count: 0 } })
  })
})

describe('variable_width_histogram', () => {
  it('gives the documents of each cluster to the aggregations below', async () => {
    const { v } = await aggregate({
      v: { variable_width_histogram: { field: 'x', buckets: 3, format: '0.0' }, aggs: { y: { sum: { field: 'y' } } } },
    })
    const found = (v as { buckets: object[] }).buckets
    expect(found).toMatchObject([
      { min: 1, key: 2, key_as_string: '2.0', max: 3, doc_count: 3, y: { value: 11 } },
      { min: 5, max: 5, doc_count: 1, y: { value: 9 } },
      { min: 40, max: 40, doc_count: 1, y: { value: 0 } },
    ])
  })
})

describe('normalize', () => {
  it.each([
    ['rescale_0_1', [0, 0.2, null, 1]],
    ['rescale_0_100', [0, 20, null, 100]],
    ['percent_of_sum', [1 / 15, 1 / 5, null, 11 / 15]],
    ['mean', [-0.4, -0.2, null, 0.6]],
  ])('%s', async (method, wanted) => {
    const values = { sum: { field: 'x' } }
    const { days } = await aggregate(
      {
        days: {
          date_histogram: { field: 'at', calendar_interval: 'day' },
          aggs: { values, n: { normalize: { buckets_path: 'values', method } } },
        },
      },
      [{ x: 1, at: '2026-01-01' }, { x: 3, at: '2026-01-02' }, { x: 11, at: '2026-01-04' }], // prettier-ignore
    )
    const found = (days as { buckets: { n: { value: number | null } }[] }).buckets.map(({ n }) => n.value)
    const rounded = (value: number | null): number | null => (value === null ? null : Number(value.toFixed(6)))
    expect(found.map(rounded)).toEqual(wanted.map(rounded))
  })

  it('refuses a method that is none', async () => {
    await expect(aggregate({ h: { histogram: { field: 'x', interval: 1 }, aggs: { n: { normalize: { buckets_path: '_count', method: 'best' } } } } })).rejects.toThrow("'method' must be one of") // prettier-ignore
  })
})

describe('scripted_metric', () => {
  it('is bounded over all documents together', async () => {
    const documents = Array.from({ length: 2000 }, () => ({ x: 1 }))
    const hostile = {
      scripted_metric: {
        init_script: 'state.all = []',
        map_script: "String s = 'x'; for (int i = 0; i < 15; i++) { s += s } state.all.add(s)",
        combine_script: 'state.all.size()',
        reduce_script: 'states',
      },
    }
    await expect(aggregate({ hostile }, documents)).rejects.toThrow('characters and entries in all')
  })
})

describe('rate', () => {
  it.each([
    [{}, { calendar_interval: 'month' }, [5]],
    [{ unit: 'day' }, { calendar_interval: 'month' }, [5 / 31]],
    [{ unit: 'year' }, { calendar_interval: 'month' }, [60]],
    [{ unit: 'month' }, { calendar_interval: 'quarter' }, [5 / 3]],
    [{ unit: 'day', field: 'x' }, { calendar_interval: 'month' }, [51 / 31]],
    [{ unit: 'day', field: 'y', mode: 'value_count' }, { calendar_interval: 'month' }, [4 / 31]],
    [{ unit: 'hour' }, { fixed_interval: '2d' }, [3 / 48, 2 / 48]],
  ])('%j of a histogram by %j', async (rate, interval, wanted) => {
    const days = { date_histogram: { field: 'at', ...interval }, aggs: { r: { rate } } }
    const found = (await aggregate({ days }))['days'] as { buckets: { r: { value: number } }[] }
    expect(found.buckets.map(({ r }) => Number(r.value.toFixed(9)))).toEqual(
      wanted.map((one) => Number(one.toFixed(9))),
    )
  })

  it.each([
    [{ r: { rate: {} } }, 'The rate aggregation can only be used inside a date histogram'],
    [{ t: { terms: { field: 'x' }, aggs: { r: { rate: {} } } } }, 'can only be used inside a date histogram'],
    [
      { d: { date_histogram: { field: 'at', fixed_interval: '30d' }, aggs: { r: { rate: { unit: 'month' } } } } },
      'Cannot use month-based rate unit [month] with fixed interval based histogram',
    ],
    [
      { d: { date_histogram: { field: 'at', calendar_interval: 'day' }, aggs: { r: { rate: { unit: 'year' } } } } },
      'Cannot use month-based rate unit [year] with non-month based calendar interval histogram [day]',
    ],
    [
      { d: { date_histogram: { field: 'at', calendar_interval: 'day' }, aggs: { r: { rate: { mode: 'sum' } } } } },
      'The mode parameter is only supported with field or script',
    ],
  ])('refuses %j', async (aggs, reason) => {
    await expect(aggregate(aggs)).rejects.toThrow(reason)
  })
})
