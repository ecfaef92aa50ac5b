/** Aggregations as the checks give them, and the evaluator runs them. */
/** Aggregations: the checked tree, and the checks that make it. */
import type { Value, ValueObject } from '../../event/index.ts'
import type { CalendarUnit } from './date-math.ts'
import type { Query } from './query-tree.ts'
import type { HitsSpec } from './hits.ts'

export interface BucketOrder {
  /** `_count`, `_key`, or a path to a metric: `unique_ports`, `inner>avg`, `load.max`. */
  readonly path: string
  readonly descending: boolean
}

export interface TermsParameters {
  readonly type: 'terms'
  readonly field: string
  readonly size: number
  readonly minDocCount: number
  readonly missing: Value | undefined
  readonly order: readonly BucketOrder[]
  readonly include: TermsFilter | undefined
  readonly exclude: TermsFilter | undefined
  readonly format: string | undefined
}

/** A regular expression of Lucene's syntax, or exact values. */
export type TermsFilter = { readonly regex: string } | { readonly values: readonly Value[] }

export interface MetricParameters {
  readonly type: 'min' | 'max' | 'avg' | 'sum' | 'value_count' | 'stats' | 'cardinality'
  readonly field: string
  readonly missing: Value | undefined
  readonly format: string | undefined
}

export interface DateHistogramParameters {
  readonly type: 'date_histogram'
  readonly field: string
  readonly interval: { readonly calendar: CalendarUnit } | { readonly millis: number }
  readonly zone: string
  /** Milliseconds. */
  readonly offset: number
  readonly minDocCount: number
  readonly format: string | undefined
  readonly keyed: boolean
  readonly missing: Value | undefined
  readonly order: readonly BucketOrder[]
  readonly bounds: { readonly min: Value | undefined; readonly max: Value | undefined } | undefined
}

export interface HistogramParameters {
  readonly type: 'histogram'
  readonly field: string
  readonly interval: number
  readonly offset: number
  readonly minDocCount: number
  readonly keyed: boolean
  readonly missing: Value | undefined
  readonly order: readonly BucketOrder[]
  readonly bounds: { readonly min: Value | undefined; readonly max: Value | undefined } | undefined
  readonly format: string | undefined
}

export interface RangeParameters {
  readonly type: 'range' | 'date_range'
  readonly field: string
  readonly ranges: readonly {
    readonly key: string | undefined
    readonly from: Value | undefined
    readonly to: Value | undefined
  }[]
  readonly keyed: boolean
  readonly missing: Value | undefined
  readonly format: string | undefined
  readonly zone: string | undefined
}

export type AggregationParameters =
  | TermsParameters
  | MetricParameters
  | DateHistogramParameters
  | HistogramParameters
  | RangeParameters
  | { readonly type: 'filter'; readonly filter: Query }
  | {
      readonly type: 'filters'
      readonly filters: readonly { readonly key: string; readonly filter: Query }[]
      readonly keyed: boolean
      readonly otherKey: string | undefined
    }
  | { readonly type: 'missing'; readonly field: string }
  | { readonly type: 'global' }
  | { readonly type: 'top_hits'; readonly hits: HitsSpec }

export interface Aggregation {
  readonly name: string
  readonly parameters: AggregationParameters
  readonly children: readonly Aggregation[]
  /** Returned as it came. */
  readonly meta: ValueObject | undefined
}

export type AggregationName =
  | 'adjacency_matrix'
  | 'auto_date_histogram'
  | 'avg'
  | 'avg_bucket'
  | 'boxplot'
  | 'bucket_script'
  | 'bucket_selector'
  | 'bucket_sort'
  | 'cardinality'
  | 'categorize_text'
  | 'children'
  | 'composite'
  | 'cumulative_sum'
  | 'date_histogram'
  | 'date_range'
  | 'derivative'
  | 'diversified_sampler'
  | 'extended_stats'
  | 'extended_stats_bucket'
  | 'filter'
  | 'filters'
  | 'geo_bounds'
  | 'geo_centroid'
  | 'geohash_grid'
  | 'geotile_grid'
  | 'global'
  | 'histogram'
  | 'ip_prefix'
  | 'ip_range'
  | 'matrix_stats'
  | 'max'
  | 'max_bucket'
  | 'median_absolute_deviation'
  | 'min'
  | 'min_bucket'
  | 'missing'
  | 'moving_fn'
  | 'multi_terms'
  | 'nested'
  | 'parent'
  | 'percentile_ranks'
  | 'percentiles'
  | 'percentiles_bucket'
  | 'range'
  | 'rare_terms'
  | 'reverse_nested'
  | 'sampler'
  | 'scripted_metric'
  | 'serial_diff'
  | 'significant_terms'
  | 'significant_text'
  | 'stats'
  | 'stats_bucket'
  | 'string_stats'
  | 'sum'
  | 'sum_bucket'
  | 'terms'
  | 'top_hits'
  | 'top_metrics'
  | 'value_count'
  | 'variable_width_histogram'
  | 'weighted_avg'
