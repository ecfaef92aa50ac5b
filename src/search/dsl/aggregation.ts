/** Aggregations: the checked tree, and the checks that make it. */
import { isObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { fieldOf, scriptsToFields } from './aggregated-field.ts'
import { checkOrder } from './aggregation-order.ts'
import { type AggregationName } from './aggregation-name.ts'
import type { Aggregation, AggregationParameters } from './aggregation-tree.ts'
import type { MetricParameters } from './metric-tree.ts'
import { isPipeline, isSibling } from './pipeline-tree.ts'
import { Clause, suggestion } from './clause.ts'
import { checkPaths } from './buckets-path.ts'
import { checkComposite, checkMultiTerms } from './composite-aggregation.ts'
import { checkGeoBounds, checkGeoCentroid, checkGeoDistanceRanges, checkGeoGrid } from './geo-aggregation.ts'
import {
  checkAutoDateHistogram,
  checkDateHistogram,
  checkHistogram,
  checkVariableWidthHistogram,
} from './histogram-aggregation.ts'
import { checkHits, checkInnerWindow } from './hits.ts'
import { checkIpPrefix, checkIpRange } from './ip-aggregation.ts'
import {
  checkBoxplot,
  checkExtendedStats,
  checkMatrixStats,
  checkMedianAbsoluteDeviation,
  checkPercentiles,
  checkStringStats,
  checkTopMetrics,
  checkWeightedAvg,
} from './metric-aggregation.ts'
import { checkPipeline, type PipelineName } from './pipeline-aggregation.ts'
import { checkQuery } from './query.ts'
import { checkRate, checkRates } from './rate.ts'
import { checkRanges } from './range-aggregation.ts'
import { checkScriptedMetric } from './scripted-metric.ts'
import { checkDiversifiedSampler, checkSampler, checkSignificantTerms } from './significance.ts'
import { checkRareTerms, checkTerms } from './terms-aggregation.ts'

interface AggregationSpec {
  /** A metric takes no aggregations below it. */
  readonly metric: boolean
  /** @param name is the user's, for messages. */
  check(clause: Clause, name: string): AggregationParameters
}

/** Every aggregation of Elasticsearch; null is what is not supported and is refused by its name. */
export const AGGREGATIONS: Readonly<Record<AggregationName, AggregationSpec | null>> = {
  adjacency_matrix: { metric: false, check: checkAdjacencyMatrix },
  auto_date_histogram: { metric: false, check: checkAutoDateHistogram },
  avg: metric('avg'),
  avg_bucket: pipeline('avg_bucket'),
  boxplot: { metric: true, check: checkBoxplot },
  bucket_correlation: null,
  bucket_count_ks_test: null,
  bucket_script: pipeline('bucket_script'),
  bucket_selector: pipeline('bucket_selector'),
  bucket_sort: pipeline('bucket_sort'),
  cardinality: metric('cardinality'),
  categorize_text: null,
  change_point: null,
  children: null,
  composite: { metric: false, check: checkComposite },
  cumulative_cardinality: null,
  cumulative_sum: pipeline('cumulative_sum'),
  date_histogram: { metric: false, check: checkDateHistogram },
  date_range: { metric: false, check: (clause, name) => checkRanges(clause, 'date_range', name) },
  derivative: pipeline('derivative'),
  diversified_sampler: { metric: false, check: checkDiversifiedSampler },
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
  frequent_item_sets: null,
  geo_bounds: { metric: true, check: checkGeoBounds },
  geo_centroid: { metric: true, check: checkGeoCentroid },
  geo_distance: { metric: false, check: checkGeoDistanceRanges },
  geo_line: null,
  geohash_grid: { metric: false, check: (clause) => checkGeoGrid(clause, 'geohash_grid') },
  geohex_grid: null,
  geotile_grid: { metric: false, check: (clause) => checkGeoGrid(clause, 'geotile_grid') },
  global: { metric: false, check: () => ({ type: 'global' }) },
  histogram: { metric: false, check: checkHistogram },
  inference: null,
  ip_prefix: { metric: false, check: checkIpPrefix },
  ip_range: { metric: false, check: checkIpRange },
  matrix_stats: { metric: true, check: checkMatrixStats },
  max: metric('max'),
  max_bucket: pipeline('max_bucket'),
  median_absolute_deviation: { metric: true, check: checkMedianAbsoluteDeviation },
  min: metric('min'),
  min_bucket: pipeline('min_bucket'),
  missing: {
    metric: false,
    check: (clause) => ({ type: 'missing', field: fieldOf(clause), missing: clause.take('missing') ?? undefined }),
  },
  moving_avg: pipeline('moving_avg'),
  moving_fn: pipeline('moving_fn'),
  moving_percentiles: null,
  multi_terms: { metric: false, check: checkMultiTerms },
  nested: { metric: false, check: (clause) => ({ type: 'nested', path: clause.needString('path') }) },
  normalize: pipeline('normalize'),
  parent: null,
  percentile_ranks: { metric: true, check: (clause, name) => checkPercentiles(clause, 'percentile_ranks', name) },
  percentiles: { metric: true, check: (clause, name) => checkPercentiles(clause, 'percentiles', name) },
  percentiles_bucket: pipeline('percentiles_bucket'),
  random_sampler: null,
  range: { metric: false, check: (clause, name) => checkRanges(clause, 'range', name) },
  rare_terms: { metric: false, check: checkRareTerms },
  rate: { metric: true, check: checkRate },
  reverse_nested: { metric: false, check: (clause) => ({ type: 'reverse_nested', path: clause.string('path') }) },
  sampler: { metric: false, check: checkSampler },
  scripted_metric: { metric: true, check: checkScriptedMetric },
  serial_diff: pipeline('serial_diff'),
  significant_terms: {
    metric: false,
    check: (clause, name) => checkSignificantTerms(clause, 'significant_terms', name),
  },
  significant_text: { metric: false, check: (clause, name) => checkSignificantTerms(clause, 'significant_text', name) },
  stats: metric('stats'),
  stats_bucket: pipeline('stats_bucket'),
  string_stats: { metric: true, check: checkStringStats },
  sum: metric('sum'),
  sum_bucket: pipeline('sum_bucket'),
  t_test: null,
  terms: { metric: false, check: checkTerms },
  time_series: null,
  top_hits: {
    metric: true,
    check(clause, name) {
      const hits = checkHits(clause, { size: 3 }, checkQuery)
      checkInnerWindow(hits, `Top hits result window is too large, the top hits aggregator [${name}]'s`)
      return { type: 'top_hits', hits }
    },
  },
  top_metrics: { metric: true, check: checkTopMetrics },
  value_count: metric('value_count'),
  variable_width_histogram: { metric: false, check: checkVariableWidthHistogram },
  weighted_avg: { metric: true, check: checkWeightedAvg },
}

const MAX_DEPTH = 50

/** @throws DiagnosticError with Elasticsearch's type and text, naming the aggregation. */
export function checkAggregations(body: Value, depth = 0): Aggregation[] {
  if (!isObject(body)) throw fail('search.parsing', { reason: 'Expected [START_OBJECT] under [aggs]' })
  if (depth > MAX_DEPTH) throw fail('search.argument', { reason: `aggregations are nested deeper than ${MAX_DEPTH}` })
  const checked = Object.keys(body).map((name) => checkOne(name, body[name]!, depth))
  checkPaths(checked)
  if (depth === 0) checkRates(undefined, checked)
  if (depth === 0)
    for (const { name, parameters } of checked)
      if (isPipeline(parameters) && !isSibling(parameters))
        throw fail('rest.validation', {
          reason: `1: ${parameters.type} aggregation [${name}] must be declared inside of another aggregation;`,
        })
  return checked
}

/** Parents of one bucket each, below which the pages of a composite still make sense. */
const COMPOSITE_PARENTS = ['filter', 'nested', 'reverse_nested']

function pascal(name: string): string {
  return name.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())
}

/** What reads the buckets in their order needs a parent whose buckets have one, with none left out. */
const SEQUENTIAL = ['derivative', 'cumulative_sum', 'serial_diff', 'moving_fn']

function checkSequential(parent: AggregationParameters, children: readonly Aggregation[]): void {
  for (const { name, parameters } of children) {
    if (!SEQUENTIAL.includes(parameters.type)) continue
    const refuse = (reason: string): Error => fail('rest.validation', { reason: `1: ${reason};` })
    if (parent.type === 'auto_date_histogram') continue
    if (parent.type !== 'histogram' && parent.type !== 'date_histogram')
      throw refuse(
        `${parameters.type} aggregation [${name}] must have a histogram, date_histogram or auto_date_histogram as parent`,
      )
    if (parent.minDocCount !== 0)
      throw refuse(`parent histogram of ${parameters.type} aggregation [${name}] must have min_doc_count of 0`)
  }
}

function checkParent(type: string, children: readonly Aggregation[]): void {
  if (!COMPOSITE_PARENTS.includes(type) && children.some(({ parameters }) => parameters.type === 'composite'))
    throw fail('search.argument', {
      reason: `[composite] aggregation cannot be used with a parent aggregation of type: [${pascal(type)}AggregatorFactory]`,
    })
}

function checkGlobal(parent: string, children: readonly Aggregation[]): void {
  for (const { name, parameters } of children)
    if (parameters.type === 'global')
      throw fail('search.aggregation_execution', {
        reason: `Aggregation [${parent}] cannot have a global sub-aggregation [${name}]. Global aggregations can only be defined as top level aggregations`,
      })
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
  const { body: withFields, fields } = scriptsToFields(type, inner)
  const clause = new Clause(type, withFields, 'object')
  const parameters = spec.check(clause, name)
  clause.done()
  if (spec.metric && children.length > 0)
    throw fail('search.aggregation_initialization', {
      reason: `Aggregator [${name}] of type [${type}] cannot accept sub-aggregations`,
    })
  checkOrder(name, parameters, children)
  checkParent(type, children)
  checkGlobal(name, children)
  checkRates(parameters, children)
  checkSequential(parameters, children)
  return { name, parameters, children, meta, scripts: fields }
}

function metric(type: MetricParameters['type']): AggregationSpec {
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
      const format = type === 'cardinality' ? undefined : clause.string('format')
      return { type, field, missing: clause.take('missing') ?? undefined, format }
    },
  }
}

function pipeline(type: PipelineName): AggregationSpec {
  return { metric: true, check: (clause, name) => checkPipeline(clause, type, name) }
}

function checkFilters(clause: Clause): AggregationParameters {
  const value = clause.take('filters')
  if (!isObject(value) && !Array.isArray(value)) throw fail('search.argument', { reason: '[filters] cannot be empty.' })
  if (Object.keys(value).length === 0) throw fail('search.argument', { reason: '[filters] cannot be empty.' })
  const named = isObject(value)
  const keyed = clause.boolean('keyed') ?? named
  const filters = named
    ? Object.keys(value).map((key) => ({ key, filter: checkQuery(value[key]!) }))
    : value.map((filter, index) => ({ key: String(index), filter: checkQuery(filter) }))
  const otherKey = clause.string('other_bucket_key')
  const other = clause.boolean('other_bucket') ?? otherKey !== undefined
  return { type: 'filters', filters, keyed, otherKey: other ? (otherKey ?? '_other_') : undefined }
}

const MAX_ADJACENCY_FILTERS = 100

function checkAdjacencyMatrix(clause: Clause): AggregationParameters {
  const value = clause.take('filters')
  if (!isObject(value) || Object.keys(value).length === 0)
    throw fail('search.argument', { reason: '[filters] cannot be empty for the [adjacency_matrix] aggregation' })
  const keys = Object.keys(value).sort()
  if (keys.length > MAX_ADJACENCY_FILTERS)
    throw fail('search.argument', {
      reason: `Number of filters is too large, must be less than or equal to: [${MAX_ADJACENCY_FILTERS}] but was [${keys.length}].You can increase this limit by scaling up your cluster hardware and/or by setting the [indices.query.bool.max_clause_count] node setting`,
    })
  return {
    type: 'adjacency_matrix',
    filters: keys.map((key) => ({ key, filter: checkQuery(value[key]!) })),
    separator: clause.string('separator') ?? '&',
  }
}
