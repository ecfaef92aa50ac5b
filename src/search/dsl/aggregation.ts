/** Aggregations: the checked tree, and the checks that make it. */
import { isObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { Clause, numberOf, suggestion } from './clause.ts'
import { dateFormat } from './date-format.ts'
import { parseDuration, type CalendarUnit } from './date-math.ts'
import { checkQuery } from './query.ts'
import { checkHits } from './hits.ts'
import { parseZone } from './zone.ts'
import type {
  BucketOrder,
  TermsParameters,
  TermsFilter,
  MetricParameters,
  DateHistogramParameters,
  HistogramParameters,
  RangeParameters,
  AggregationParameters,
  Aggregation,
  AggregationName,
  CompositeSource,
} from './aggregation-tree.ts'
import { checkOrder } from './aggregation-order.ts'
import {
  checkExtendedStats,
  checkMedianAbsoluteDeviation,
  checkPercentiles,
  checkStringStats,
  checkTopMetrics,
  checkWeightedAvg,
} from './metric-aggregation.ts'
import { checkIpPrefix, checkIpRange } from './ip-aggregation.ts'
import { checkPipeline, type PipelineName } from './pipeline-aggregation.ts'
import { fieldOf } from './aggregated-field.ts'

interface AggregationSpec {
  /** A metric takes no aggregations below it. */
  readonly metric: boolean
  /** @param name is the user's, for messages. */
  check(clause: Clause, name: string): AggregationParameters
}

/** Every aggregation of Elasticsearch; null is what is not supported and is refused by its name. */
export const AGGREGATIONS: Readonly<Record<AggregationName, AggregationSpec | null>> = {
  adjacency_matrix: null,
  auto_date_histogram: null,
  avg: metric('avg'),
  avg_bucket: pipeline('avg_bucket'),
  boxplot: null,
  bucket_script: pipeline('bucket_script'),
  bucket_selector: pipeline('bucket_selector'),
  bucket_sort: pipeline('bucket_sort'),
  cardinality: metric('cardinality'),
  categorize_text: null,
  children: null,
  composite: { metric: false, check: checkComposite },
  cumulative_sum: pipeline('cumulative_sum'),
  date_histogram: { metric: false, check: checkDateHistogram },
  date_range: { metric: false, check: (clause) => checkRanges(clause, 'date_range') },
  derivative: pipeline('derivative'),
  diversified_sampler: null,
  extended_stats: { metric: true, check: checkExtendedStats },
  extended_stats_bucket: pipeline('extended_stats_bucket'),
  filter: {
    metric: false,
    check(clause) {
      clause.take(...Object.keys(clause.body))
      return { type: 'filter', filter: checkQuery(clause.body) }
    },
  },
  filters: { metric: false, check: checkFilters },
  geo_bounds: null,
  geo_centroid: null,
  geohash_grid: null,
  geotile_grid: null,
  global: { metric: false, check: () => ({ type: 'global' }) },
  histogram: { metric: false, check: checkHistogram },
  ip_prefix: { metric: false, check: checkIpPrefix },
  ip_range: { metric: false, check: checkIpRange },
  matrix_stats: null,
  max: metric('max'),
  max_bucket: pipeline('max_bucket'),
  median_absolute_deviation: { metric: true, check: checkMedianAbsoluteDeviation },
  min: metric('min'),
  min_bucket: pipeline('min_bucket'),
  missing: { metric: false, check: (clause) => ({ type: 'missing', field: fieldOf(clause) }) },
  moving_fn: null,
  multi_terms: { metric: false, check: checkMultiTerms },
  nested: { metric: false, check: (clause) => ({ type: 'nested', path: clause.needString('path') }) },
  parent: null,
  percentile_ranks: { metric: true, check: (clause, name) => checkPercentiles(clause, 'percentile_ranks', name) },
  percentiles: { metric: true, check: (clause, name) => checkPercentiles(clause, 'percentiles', name) },
  percentiles_bucket: pipeline('percentiles_bucket'),
  range: { metric: false, check: (clause) => checkRanges(clause, 'range') },
  rare_terms: { metric: false, check: checkRareTerms },
  reverse_nested: { metric: false, check: (clause) => ({ type: 'reverse_nested', path: clause.string('path') }) },
  sampler: null,
  scripted_metric: null,
  serial_diff: pipeline('serial_diff'),
  significant_terms: null,
  significant_text: null,
  stats: metric('stats'),
  stats_bucket: pipeline('stats_bucket'),
  string_stats: { metric: true, check: checkStringStats },
  sum: metric('sum'),
  sum_bucket: pipeline('sum_bucket'),
  terms: { metric: false, check: checkTerms },
  top_hits: { metric: true, check: (clause) => ({ type: 'top_hits', hits: checkHits(clause, { size: 3 }) }) },
  top_metrics: { metric: true, check: checkTopMetrics },
  value_count: metric('value_count'),
  variable_width_histogram: null,
  weighted_avg: { metric: true, check: checkWeightedAvg },
}

const MAX_DEPTH = 50

/** @throws DiagnosticError with Elasticsearch's type and text, naming the aggregation. */
export function checkAggregations(body: Value, depth = 0): Aggregation[] {
  if (!isObject(body)) throw fail('search.parsing', { reason: 'Expected [START_OBJECT] under [aggs]' })
  if (depth > MAX_DEPTH) throw fail('search.argument', { reason: `aggregations are nested deeper than ${MAX_DEPTH}` })
  return Object.keys(body).map((name) => checkOne(name, body[name]!, depth))
}

function checkOne(name: string, body: Value, depth: number): Aggregation {
  if (name === '' || /[[\]>]/.test(name))
    throw fail('search.parsing', {
      reason: `Invalid aggregation name [${name}]. Aggregation names can contain any character except '[', ']', and '>'`,
    })
  if (!isObject(body))
    throw fail('search.parsing', {
      reason: `Aggregation definition for [${name}] starts with a [VALUE], expected a [START_OBJECT].`,
    })
  let type: string | undefined
  let children: Aggregation[] = []
  let meta: ValueObject | undefined
  for (const key of Object.keys(body)) {
    const value = body[key]!
    if (key === 'aggs' || key === 'aggregations') children = checkAggregations(value, depth + 1)
    else if (key === 'meta') {
      if (!isObject(value))
        throw fail('search.parsing', { reason: `Expected [START_OBJECT] under [meta], but got a value in [${name}]` })
      meta = value
    } else if (type === undefined) type = key
    else
      throw fail('search.parsing', {
        reason: `Found two aggregation type definitions in [${name}]: [${type}] and [${key}]`,
      })
  }
  if (type === undefined) throw fail('search.parsing', { reason: `Missing definition for aggregation [${name}]` })
  const inner = body[type]!
  if (!isObject(inner))
    throw fail('search.parsing', { reason: `Expected [START_OBJECT] under [${type}], but got a value in [${name}]` })
  if (!Object.hasOwn(AGGREGATIONS, type))
    throw fail('search.parsing', {
      reason: `Unknown aggregation type [${type}]${suggestion(type, Object.keys(AGGREGATIONS))}`,
    })
  const spec = AGGREGATIONS[type as AggregationName]
  if (spec === null) throw fail('search.unsupported', { clause: `${type} aggregation ${name}` })
  const clause = new Clause(type, inner, 'object')
  const parameters = spec.check(clause, name)
  clause.done()
  if (spec.metric && children.length > 0)
    throw fail('search.aggregation_initialization', {
      reason: `Aggregator [${name}] of type [${type}] cannot accept sub-aggregations`,
    })
  checkOrder(name, parameters, children)
  return { name, parameters, children, meta }
}

function formatOf(clause: Clause, date: boolean): string | undefined {
  const format = clause.string('format')
  if (format !== undefined && date) dateFormat(format)
  return format
}

export function metric(type: MetricParameters['type']): AggregationSpec {
  return {
    metric: true,
    check(clause, name) {
      const field = fieldOf(clause)
      // The count is exact to 100,000 whatever is asked for, so these change nothing.
      if (type === 'cardinality') {
        const threshold = clause.integer('precision_threshold')
        if (threshold !== undefined && threshold < 0)
          throw fail('search.argument', {
            reason: `[precisionThreshold] must be greater than or equal to 0. Found [${threshold}] in [${name}]`,
          })
        clause.take('rehash')
        clause.take('execution_hint')
      }
      return { type, field, missing: clause.take('missing') ?? undefined, format: clause.string('format') }
    },
  }
}

function pipeline(type: PipelineName): AggregationSpec {
  return { metric: true, check: (clause) => checkPipeline(clause, type) }
}

function checkRareTerms(clause: Clause): AggregationParameters {
  const field = fieldOf(clause)
  const maxDocCount = clause.integer('max_doc_count') ?? 1
  if (maxDocCount < 1 || maxDocCount > 100)
    throw fail('search.argument', {
      reason:
        maxDocCount < 1
          ? `[max_doc_count] must be greater than 0. Found [${maxDocCount}] in [rare_terms]`
          : `[max_doc_count] must be smaller than 100in [rare_terms]`,
    })
  // Counts are exact here, so nothing is given up for memory.
  clause.number('precision')
  return {
    type: 'rare_terms',
    field,
    maxDocCount,
    missing: clause.take('missing') ?? undefined,
    include: termsFilter(clause, 'include'),
    exclude: termsFilter(clause, 'exclude'),
    format: clause.string('format'),
  }
}

const MAX_SOURCES_SIZE = 65_536

function checkComposite(clause: Clause): AggregationParameters {
  const list = clause.list('sources')
  if (list === undefined || list.length === 0)
    throw fail('search.argument', { reason: 'Composite [sources] cannot be null or empty' })
  const size = clause.integer('size') ?? 10
  if (size <= 0 || size > MAX_SOURCES_SIZE)
    throw fail('search.argument', {
      reason: `[size] must be greater than 0 and at most ${MAX_SOURCES_SIZE}, got ${size}`,
    })
  const sources = list.map((item) => compositeSource(clause, item))
  const names = new Set<string>()
  for (const { name } of sources) {
    if (names.has(name))
      throw fail('search.argument', { reason: `Composite source names must be unique, found duplicates: [${name}]` })
    names.add(name)
  }
  return { type: 'composite', sources, size, after: clause.object('after') }
}

function compositeSource(outer: Clause, item: Value): CompositeSource {
  if (!isObject(item) || Object.keys(item).length !== 1)
    throw outer.wrong('sources', 'a list of objects with one name each', item)
  const name = Object.keys(item)[0]!
  const body = item[name]!
  const kind = isObject(body) ? Object.keys(body)[0] : undefined
  if (kind !== 'terms' && kind !== 'histogram' && kind !== 'date_histogram')
    throw fail('search.parsing', { reason: `invalid source type: ${String(kind)}` })
  const inner = (body as ValueObject)[kind]!
  if (!isObject(inner)) throw outer.wrong('sources', 'objects', inner)
  const clause = new Clause(kind, inner, 'object')
  const field = fieldOf(clause)
  const order = clause.oneOf('order', ['asc', 'desc']) ?? 'asc'
  const missingOrder = clause.oneOf('missing_order', ['first', 'last', 'default']) ?? 'default'
  const offset = clause.take('offset')
  const number = kind === 'histogram' ? clause.number('interval') : undefined
  if (kind === 'histogram' && !(number! > 0))
    throw fail('search.argument', { reason: '[interval] must be greater than 0 for [histogram] source' })
  const zone = clause.string('time_zone') ?? 'UTC'
  parseZone(zone)
  const source: CompositeSource = {
    name,
    field,
    kind,
    descending: order === 'desc',
    missingBucket: clause.boolean('missing_bucket') ?? false,
    missingFirst: missingOrder === 'default' ? undefined : missingOrder === 'first',
    missing: undefined,
    format: formatOf(clause, kind === 'date_histogram'),
    interval: kind === 'histogram' ? { number: number! } : kind === 'date_histogram' ? intervalOf(clause) : undefined,
    zone,
    offset: offset === undefined ? 0 : ((typeof offset === 'string' ? parseDuration(offset) : numberOf(offset)) ?? 0),
  }
  clause.done()
  return source
}

function checkMultiTerms(clause: Clause): AggregationParameters {
  const list = clause.list('terms') ?? []
  if (list.length < 2)
    throw fail('search.argument', {
      reason:
        'The [terms] parameter in the aggregation [multi_terms] must be present and have at least 2 fields or scripts.',
    })
  const sources = list.map((item): CompositeSource => {
    if (!isObject(item)) throw clause.wrong('terms', 'a list of objects', item)
    const inner = new Clause('terms', item, 'object')
    const field = fieldOf(inner)
    const missing = inner.take('missing') ?? undefined
    const format = inner.string('format')
    inner.done()
    return {
      name: field,
      field,
      kind: 'terms',
      descending: false,
      missingBucket: false,
      missingFirst: undefined,
      missing,
      format,
      interval: undefined,
      zone: 'UTC',
      offset: 0,
    }
  })
  clause.integer('shard_size')
  clause.integer('shard_min_doc_count')
  clause.boolean('show_term_doc_count_error')
  clause.string('collect_mode')
  const order = ordersOf(clause, [{ path: '_count', descending: true }])
  return {
    type: 'multi_terms',
    sources,
    size: clause.integer('size') ?? 10,
    minDocCount: clause.integer('min_doc_count') ?? 1,
    order: order.some(({ path }) => path === '_key') ? order : [...order, { path: '_key', descending: false }],
  }
}

function checkTerms(clause: Clause): TermsParameters {
  const field = fieldOf(clause)
  const size = clause.integer('size') ?? 10
  if (size <= 0) throw clause.failed('size', `[size] must be greater than 0, got ${size}`)
  const minDocCount = clause.integer('min_doc_count') ?? 1
  if (minDocCount < 0)
    throw fail('search.argument', {
      reason: `[min_doc_count] must be greater than or equal to 0. Found [${minDocCount}] in [terms]`,
    })
  // One shard: its size and its minimum decide nothing.
  clause.integer('shard_size')
  clause.integer('shard_min_doc_count')
  clause.string('execution_hint')
  clause.string('collect_mode')
  clause.boolean('show_term_doc_count_error')
  const order = ordersOf(clause, [{ path: '_count', descending: true }])
  return {
    type: 'terms',
    field,
    size,
    minDocCount,
    missing: clause.take('missing') ?? undefined,
    order: order.some(({ path }) => path === '_key') ? order : [...order, { path: '_key', descending: false }],
    include: termsFilter(clause, 'include'),
    exclude: termsFilter(clause, 'exclude'),
    format: clause.string('format'),
  }
}

function termsFilter(clause: Clause, key: string): TermsFilter | undefined {
  const value = clause.take(key)
  if (value === undefined || value === null) return undefined
  if (Array.isArray(value)) return { values: value }
  if (typeof value === 'string') return { regex: value }
  if (isObject(value)) throw fail('search.unsupported', { clause: `terms.${key} as partitions` })
  throw clause.wrong(key, 'a regular expression or a list of values', value)
}

function ordersOf(clause: Clause, byDefault: readonly BucketOrder[]): readonly BucketOrder[] {
  const value = clause.take('order')
  if (value === undefined || value === null) return byDefault
  return (Array.isArray(value) ? value : [value]).flatMap((item) => {
    if (!isObject(item) || Object.keys(item).length !== 1)
      throw fail('search.parsing', { reason: 'Must specify at least one field for [order]' })
    const path = Object.keys(item)[0]!
    const direction = String(item[path]).toLowerCase()
    if (direction !== 'asc' && direction !== 'desc')
      throw fail('search.parsing', { reason: `Unknown order direction [${String(item[path])}]` })
    return [{ path: path === '_term' || path === '_time' ? '_key' : path, descending: direction === 'desc' }]
  })
}

const CALENDAR: Readonly<Record<string, CalendarUnit>> = Object.assign(
  Object.create(null) as Record<string, CalendarUnit>,
  {
    '1s': 'second',
    '1m': 'minute',
    '1h': 'hour',
    '1d': 'day',
    '1w': 'week',
    '1M': 'month',
    '1q': 'quarter',
    '1y': 'year',
    second: 'second',
    minute: 'minute',
    hour: 'hour',
    day: 'day',
    week: 'week',
    month: 'month',
    quarter: 'quarter',
    year: 'year',
  },
)

function checkDateHistogram(clause: Clause): DateHistogramParameters {
  const field = fieldOf(clause)
  const zone = clause.string('time_zone') ?? 'UTC'
  parseZone(zone)
  const offset = clause.take('offset')
  const millis = offset === undefined ? 0 : typeof offset === 'string' ? parseDuration(offset) : numberOf(offset)
  if (millis === undefined) throw clause.wrong('offset', 'a duration such as +6h', offset ?? null)
  return {
    type: 'date_histogram',
    field,
    interval: intervalOf(clause),
    zone,
    offset: millis,
    minDocCount: clause.integer('min_doc_count') ?? 0,
    format: formatOf(clause, true),
    keyed: clause.boolean('keyed') ?? false,
    missing: clause.take('missing') ?? undefined,
    order: ordersOf(clause, [{ path: '_key', descending: false }]),
    bounds: boundsOf(clause),
  }
}

function intervalOf(clause: Clause): DateHistogramParameters['interval'] {
  const calendar = clause.string('calendar_interval')
  const fixed = clause.string('fixed_interval')
  const either = clause.string('interval')
  if ([calendar, fixed, either].filter((value) => value !== undefined).length > 1)
    throw fail('search.argument', {
      reason: 'Cannot use [interval] with [fixed_interval] or [calendar_interval] configuration options.',
    })
  if (calendar !== undefined) {
    const unit = CALENDAR[calendar]
    if (unit === undefined)
      throw clause.failed('calendar_interval', `[${calendar}] is no calendar interval such as 1d or month`)
    return { calendar: unit }
  }
  const text = fixed ?? either
  if (text === undefined)
    throw fail('search.argument', { reason: 'Invalid interval specified, must be non-null and non-empty' })
  if (fixed === undefined && CALENDAR[text] !== undefined) return { calendar: CALENDAR[text] }
  const millis = parseDuration(text)
  if (millis === undefined || millis < 1)
    throw fail('search.argument', {
      reason: `failed to parse setting [date_histogram.fixedInterval] with value [${text}] as a time value: unit is missing or unrecognized`,
    })
  return { millis }
}

function boundsOf(clause: Clause): HistogramParameters['bounds'] {
  if (clause.take('hard_bounds') !== undefined)
    throw fail('search.unsupported', { clause: `${clause.name}.hard_bounds` })
  const object = clause.object('extended_bounds')
  if (object === undefined) return undefined
  const inner = new Clause('extended_bounds', object, 'object')
  const bounds = { min: inner.take('min') ?? undefined, max: inner.take('max') ?? undefined }
  inner.done()
  return bounds
}

function checkHistogram(clause: Clause): HistogramParameters {
  const field = fieldOf(clause)
  const interval = clause.number('interval')
  if (interval === undefined || !(interval > 0))
    throw fail('search.argument', { reason: `[interval] must be >0 for histogram aggregation [${field}]` })
  return {
    type: 'histogram',
    field,
    interval,
    offset: clause.number('offset') ?? 0,
    minDocCount: clause.integer('min_doc_count') ?? 0,
    keyed: clause.boolean('keyed') ?? false,
    missing: clause.take('missing') ?? undefined,
    order: ordersOf(clause, [{ path: '_key', descending: false }]),
    bounds: boundsOf(clause),
    format: clause.string('format'),
  }
}

function checkRanges(clause: Clause, type: RangeParameters['type']): RangeParameters {
  const field = fieldOf(clause)
  const list = clause.list('ranges')
  if (list === undefined || list.length === 0)
    throw fail('search.argument', { reason: `No [ranges] specified for the [${type}] aggregation` })
  const zone = clause.string('time_zone')
  if (zone !== undefined) parseZone(zone)
  return {
    type,
    field,
    ranges: list.map((item) => {
      if (!isObject(item)) throw clause.wrong('ranges', 'a list of objects', item)
      const range = new Clause('range', item, 'object')
      const made = {
        key: range.string('key'),
        from: range.take('from') ?? undefined,
        to: range.take('to') ?? undefined,
      }
      range.done()
      return made
    }),
    keyed: clause.boolean('keyed') ?? false,
    missing: clause.take('missing') ?? undefined,
    format: formatOf(clause, type === 'date_range'),
    zone,
  }
}

function checkFilters(clause: Clause): AggregationParameters {
  const value = clause.take('filters')
  if (!isObject(value) && !Array.isArray(value))
    throw fail('search.argument', { reason: '[filters] cannot be null for the [filters] aggregation' })
  if (Object.keys(value).length === 0) throw fail('search.argument', { reason: '[filters] cannot be empty' })
  const keyed = isObject(value)
  const filters = keyed
    ? Object.keys(value).map((key) => ({ key, filter: checkQuery(value[key]!) }))
    : value.map((filter, index) => ({ key: String(index), filter: checkQuery(filter) }))
  const otherKey = clause.string('other_bucket_key')
  const other = clause.boolean('other_bucket') ?? otherKey !== undefined
  return { type: 'filters', filters, keyed, otherKey: other ? (otherKey ?? '_other_') : undefined }
}
