/** Metrics that look at all values of a bucket, or at several fields. */
import { isObject, newObject, type Value } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { fieldOf } from './aggregated-field.ts'
import type { AggregationParameters } from './aggregation-tree.ts'
import { Clause, numberOf } from './clause.ts'
import { checkSort } from './hits.ts'

export function checkExtendedStats(clause: Clause, name: string): AggregationParameters {
  const field = fieldOf(clause)
  const sigma = clause.number('sigma') ?? 2
  if (sigma < 0)
    throw fail('search.argument', {
      reason: `[sigma] must be greater than or equal to 0. Found [${sigma.toFixed(1)}] in [${name}]`,
    })
  return {
    type: 'extended_stats',
    field,
    sigma,
    missing: clause.take('missing') ?? undefined,
    format: clause.string('format'),
  }
}

function compression(clause: Clause, name: string): void {
  const value = clause.number('compression')
  if (value !== undefined && value < 0)
    throw fail('search.argument', {
      reason: `[compression] must be greater than or equal to 0. Found [${value.toFixed(1)}] in [${name}]`,
    })
}

export function checkMedianAbsoluteDeviation(clause: Clause, name: string): AggregationParameters {
  const field = fieldOf(clause)
  const value = clause.number('compression')
  if (value !== undefined && value <= 0)
    throw fail('search.argument', {
      reason: `[compression] must be greater than 0. Found [${value.toFixed(1)}] in [${name}]`,
    })
  clause.string('execution_hint')
  return {
    type: 'median_absolute_deviation',
    field,
    missing: clause.take('missing') ?? undefined,
    format: clause.string('format'),
  }
}

export function checkBoxplot(clause: Clause, name: string): AggregationParameters {
  compression(clause, name)
  clause.string('execution_hint')
  const [field, missing] = [fieldOf(clause), clause.take('missing') ?? undefined]
  return { type: 'boxplot', field, missing, format: clause.string('format') }
}

/** Each field is held against each other one. */
const MAX_MATRIX_FIELDS = 100

/** @param name is the user's, for messages. */
export function checkMatrixStats(clause: Clause, name: string): AggregationParameters {
  const fields = (clause.list('fields') ?? []).map(String)
  if (fields.length === 0) throw fail('search.argument', { reason: `[fields] must not be empty: [${name}]` })
  if (fields.length > MAX_MATRIX_FIELDS)
    throw fail('search.argument', {
      reason: `[fields] must not be more than [${MAX_MATRIX_FIELDS}] but was [${fields.length}]: [${name}]`,
    })
  return {
    type: 'matrix_stats',
    fields,
    missing: clause.object('missing') ?? newObject(),
    mode: clause.oneOf('mode', ['avg', 'min', 'max', 'sum', 'median']) ?? 'avg',
  }
}

export const DEFAULT_PERCENTS = [1, 5, 25, 50, 75, 95, 99]

/** A list of percents, or of values. */
export function numbersOf(clause: Clause, key: string, list: readonly Value[] | undefined): number[] | undefined {
  return list?.map((item) => {
    const number = numberOf(item)
    if (number === undefined) throw clause.wrong(key, 'a list of numbers', item)
    return number
  })
}

export function checkPercentiles(
  clause: Clause,
  type: 'percentiles' | 'percentile_ranks',
  name: string,
): AggregationParameters {
  const field = fieldOf(clause)
  const key = type === 'percentiles' ? 'percents' : 'values'
  const given = clause.take(key)
  if (given !== undefined && !Array.isArray(given)) throw clause.wrong(key, 'a list of numbers', given)
  const at = numbersOf(clause, key, given) ?? (type === 'percentiles' ? DEFAULT_PERCENTS : undefined)
  if (at === undefined) throw fail('search.argument', { reason: `[values] must not be null: [${name}]` })
  if (at.length === 0) throw fail('search.argument', { reason: `[${key}] must not be empty: [${name}]` })
  if (type === 'percentiles')
    for (const percent of at)
      if (percent < 0 || percent > 100)
        throw fail('search.argument', { reason: `percent must be in [0,100], got [${percent}]: [${name}]` })
  const hdr = clause.object('hdr')
  let digits: number | undefined
  if (hdr !== undefined) {
    const inner = new Clause('hdr', hdr, 'object')
    const key = 'number_of_significant_value_digits'
    if (hdr[key] === null) throw inner.wrong(key, 'an integer', null)
    digits = inner.integer(key) ?? 3
    inner.done()
    if (digits < 0 || digits > 5)
      throw fail('search.argument', {
        reason: `[numberOfSignificantValueDigits] must be between 0 and 5: [${name}]`,
      })
  }
  const tdigest = clause.object('tdigest')
  if (tdigest !== undefined) {
    const inner = new Clause('tdigest', tdigest, 'object')
    compression(inner, name)
    inner.string('execution_hint')
    inner.done()
  }
  compression(clause, name)
  return {
    type,
    field,
    at: [...at].sort((a, b) => a - b),
    keyed: clause.boolean('keyed') ?? true,
    digits,
    missing: clause.take('missing') ?? undefined,
    format: clause.string('format'),
  }
}

export function checkWeightedAvg(clause: Clause): AggregationParameters {
  const side = (key: string): { field: string; missing: Value | undefined } => {
    const object = clause.object(key)
    if (object === undefined) throw fail('search.argument', { reason: `[${key}] must not be null: [weighted_avg]` })
    const inner = new Clause(key, object, 'object')
    const made = { field: fieldOf(inner), missing: inner.take('missing') ?? undefined }
    inner.done()
    return made
  }
  clause.take('value_type')
  return { type: 'weighted_avg', value: side('value'), weight: side('weight'), format: clause.string('format') }
}

export function checkStringStats(clause: Clause): AggregationParameters {
  return {
    type: 'string_stats',
    field: fieldOf(clause),
    missing: clause.take('missing') ?? undefined,
    showDistribution: clause.boolean('show_distribution') ?? false,
  }
}

const MAX_TOP_METRICS = 10

export function checkTopMetrics(clause: Clause): AggregationParameters {
  const metrics = (clause.list('metrics') ?? []).map((item) => {
    if (!isObject(item)) throw clause.wrong('metrics', 'a field or a list of fields', item)
    const inner = new Clause('metrics', item, 'object')
    const field = fieldOf(inner)
    inner.done()
    return field
  })
  if (metrics.length === 0) throw fail('search.argument', { reason: '[top_metrics] requires at least 1 metric' })
  const size = clause.integer('size') ?? 1
  if (size < 1 || size > MAX_TOP_METRICS)
    throw fail('search.argument', {
      reason: `[top_metrics.size] must not be more than [${MAX_TOP_METRICS}] but was [${size}]`,
    })
  const sort = checkSort(clause.take('sort'))
  if (sort.length > 1) throw fail('search.argument', { reason: '[top_metrics] only supports sorting on one field' })
  return { type: 'top_metrics', metrics, size, sort }
}
