/** Aggregations over the results of others. */
import { isObject, newObject, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import type { AggregationParameters, BucketOrder } from './aggregation-tree.ts'
import { GAP_POLICIES, NORMALIZE_METHODS, type GapPolicy, type PipelineParameters } from './pipeline-tree.ts'
import type { Clause } from './clause.ts'
import { parseDuration } from './date-math.ts'
import { checkMovingAverage } from './moving-average.ts'
import { DEFAULT_PERCENTS, numbersOf } from './metric-aggregation.ts'
import { checkSort } from './hits.ts'
import { scriptOf } from './script-clause.ts'

export type PipelineName = PipelineParameters['type'] | 'moving_avg'

const UNITS: Readonly<Record<string, number>> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
  month: 2_629_746_000,
  quarter: 7_889_238_000,
  year: 31_556_952_000,
}

function missingPath(clause: Clause, name: string): Error {
  return fail('search.parsing', {
    reason: `Missing required field [buckets_path] for ${clause.name} aggregation [${name}]`,
  })
}

function pathOf(clause: Clause, name: string): string {
  const paths = clause.list('buckets_path')
  if (paths?.length !== 1) throw missingPath(clause, name)
  if (isObject(paths[0])) throw fail('search.parsing', { reason: `Unexpected token START_OBJECT in [${name}].` })
  return String(paths[0])
}

function gapPolicyOf(clause: Clause): GapPolicy {
  const policy = clause.string('gap_policy') ?? 'skip'
  const found = GAP_POLICIES.find((known) => known === policy)
  if (found === undefined)
    throw fail('search.parsing', {
      reason: `Invalid gap policy: [${policy}], accepted values: [${GAP_POLICIES.join(', ')}]`,
    })
  return found
}

/** @param name is the user's, for messages. */
export function checkPipeline(clause: Clause, type: PipelineName, name: string): AggregationParameters {
  const shared = {
    format: clause.string('format'),
    gapPolicy: gapPolicyOf(clause),
  }
  switch (type) {
    case 'derivative': {
      const unit = clause.string('unit')
      const millis = unit === undefined ? undefined : (UNITS[unit] ?? parseDuration(unit))
      if (unit !== undefined && millis === undefined) throw clause.failed('unit', `[${unit}] is no unit of time`)
      return { ...shared, type, path: pathOf(clause, name), unit: millis }
    }
    case 'cumulative_sum':
      return { ...shared, type, path: pathOf(clause, name) }
    case 'serial_diff': {
      const lag = clause.integer('lag') ?? 1
      if (lag <= 0)
        throw fail('search.parsing', {
          reason: `Lag must be a positive, non-zero integer.  Value supplied was${lag} in [${name}]: [lag].`,
        })
      return { ...shared, type, path: pathOf(clause, name), lag }
    }
    case 'moving_avg':
      return { ...shared, type: 'moving_fn', path: pathOf(clause, name), ...checkMovingAverage(clause) }
    case 'moving_fn': {
      const window = clause.integer('window')
      if (window === undefined) throw fail('search.argument', { reason: 'Required [window]' })
      if (window <= 0)
        throw fail(
          'search.content',
          { reason: 'Failed to build [moving_fn] after last required field arrived' },
          { hint: '[window] must be a positive, non-zero integer.' },
        )
      const script = clause.take('script')
      return {
        ...shared,
        type,
        path: pathOf(clause, name),
        window,
        shift: clause.integer('shift') ?? 0,
        script: scriptOf(script, 'moving_function', type),
        least: 0,
      }
    }
    case 'normalize': {
      const method = clause.oneOf('method', NORMALIZE_METHODS)
      if (method === undefined) throw fail('search.argument', { reason: 'Required [method]' })
      return { ...shared, type, path: pathOf(clause, name), method }
    }
    case 'bucket_script':
    case 'bucket_selector': {
      const script = clause.take('script')
      return {
        ...shared,
        type,
        paths: pathsOf(clause, name),
        script: scriptOf(script, 'bucket_aggregation', type),
        params: isObject(script) && isObject(script['params']) ? script['params'] : newObject(),
      }
    }
    case 'bucket_sort': {
      const order = checkSort(clause.take('sort')).map(({ field, descending }): BucketOrder => ({
        path: field,
        descending,
      }))
      const size = clause.integer('size')
      const from = clause.integer('from') ?? 0
      if (size !== undefined && size <= 0)
        throw fail('search.argument', { reason: `[size] must be a positive integer: [bucket_sort]` })
      if (from < 0) throw fail('search.argument', { reason: `[from] must be a non-negative integer: [bucket_sort]` })
      return { ...shared, type, order, from, size }
    }
    default:
      return {
        ...shared,
        type,
        path: pathOf(clause, name),
        percents:
          type === 'percentiles_bucket'
            ? (numbersOf(clause, 'percents', clause.list('percents')) ?? DEFAULT_PERCENTS)
            : DEFAULT_PERCENTS,
        keyed: type === 'percentiles_bucket' ? (clause.boolean('keyed') ?? true) : true,
        sigma: type === 'extended_stats_bucket' ? (clause.number('sigma') ?? 2) : 2,
      }
  }
}

function pathsOf(clause: Clause, name: string): Record<string, string> {
  const value = clause.take('buckets_path')
  const paths: Record<string, string> = Object.create(null) as Record<string, string>
  if (isObject(value)) for (const key of Object.keys(value)) paths[key] = String((value as ValueObject)[key])
  else if (typeof value === 'string') paths['_value'] = value
  else if (Array.isArray(value)) value.forEach((path, i) => (paths[`_value${i}`] = String(path)))
  else throw missingPath(clause, name)
  return paths
}
