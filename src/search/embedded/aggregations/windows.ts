/** Pipeline aggregations over a window of buckets, or over all of them at once. */
import { type ValueObject } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import type { NormalizeMethod, PipelineParameters } from '../../dsl/pipeline-tree.ts'
import { numberIn, read, valueJson, withGap } from './bucket-paths.ts'

type Parameters<T extends PipelineParameters['type']> = Extract<PipelineParameters, { type: T }>

interface Valued {
  readonly bucket: ValueObject
  readonly value: number
}

/** The buckets that have a value of their own, after the gap policy. */
function valued({ path, gapPolicy }: Parameters<'moving_fn' | 'normalize'>, buckets: readonly ValueObject[]): Valued[] {
  return buckets
    .map((bucket) => ({ bucket, value: withGap(read(path, bucket), bucket, gapPolicy, path) }))
    .filter(({ value }) => !Number.isNaN(value))
}

/** What a script makes of the values before each bucket. */
export function addMoving(name: string, parameters: Parameters<'moving_fn'>, buckets: readonly ValueObject[]): void {
  const { window, shift, script, format, least } = parameters
  const having = valued(parameters, buckets)
  const values = having.map(({ value }) => value)
  for (const [i, { bucket }] of having.entries()) {
    const [from = 0, to = 0] = [i - window + shift, i + shift].map((at) => Math.min(Math.max(at, 0), values.length))
    if (to - from < least) continue
    const made = numberIn(script.run({ values: Float64Array.from(values.slice(from, to)) }))
    if (made === undefined)
      throw fail('search.aggregation_execution', {
        reason: `the script of the moving_fn aggregation [${name}] must return a number`,
      })
    bucket[name] = valueJson(made, format)
  }
}

/** From all values to how each of them is shown beside the others. */
const METHODS: Readonly<Record<NormalizeMethod, (values: readonly number[]) => (value: number) => number>> = {
  rescale_0_1: (values) => rescaled(values, 1),
  rescale_0_100: (values) => rescaled(values, 100),
  percent_of_sum(values) {
    const { sum } = spread(values)
    return (value) => value / sum
  },
  mean(values) {
    const { mean, least, greatest } = spread(values)
    return (value) => (value - mean) / (greatest - least)
  },
  'z-score': (values) => {
    const { mean } = spread(values)
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
    return (value) => (value - mean) / deviation
  },
  softmax(values) {
    const sum = values.reduce((total, value) => total + Math.exp(value), 0)
    return (value) => Math.exp(value) / sum
  },
}

function spread(values: readonly number[]): { sum: number; mean: number; least: number; greatest: number } {
  let [sum, least, greatest] = [0, Infinity, -Infinity]
  for (const value of values) {
    sum += value
    least = Math.min(least, value)
    greatest = Math.max(greatest, value)
  }
  return { sum, mean: sum / values.length, least, greatest }
}

function rescaled(values: readonly number[], most: number): (value: number) => number {
  const { least, greatest } = spread(values)
  return (value) => (most * (value - least)) / (greatest - least)
}

export function addNormalized(
  name: string,
  parameters: Parameters<'normalize'>,
  buckets: readonly ValueObject[],
): void {
  const having = valued(parameters, buckets)
  const normalized = METHODS[parameters.method](having.map(({ value }) => value))
  const values = new Map(having.map(({ bucket, value }) => [bucket, normalized(value)]))
  for (const bucket of buckets) {
    const value = values.get(bucket) ?? NaN
    bucket[name] = valueJson(value, parameters.format)
  }
}
