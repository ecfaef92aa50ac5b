/** Metrics as the checks give them, and the evaluator runs them. */
import type { Value } from '../../event/index.ts'
import type { CompiledScript } from '../../script/index.ts'
import type { CalendarUnit } from './date-math.ts'
import type { SortKey } from './hits.ts'

/** Metrics over all values of a bucket, which are kept up to a bound. */
export type DistributionParameters = {
  readonly field: string
  readonly missing: Value | undefined
  readonly format: string | undefined
} & (
  | { readonly type: 'extended_stats'; readonly sigma: number }
  | { readonly type: 'median_absolute_deviation' | 'boxplot' }
  | {
      readonly type: 'percentiles' | 'percentile_ranks'
      /** Percents, or values for ranks; rising. */
      readonly at: readonly number[]
      readonly keyed: boolean
      /** Significant digits of an HDR histogram; undefined is t-digest. */
      readonly digits: number | undefined
    }
)

export interface WeightedAvgParameters {
  readonly type: 'weighted_avg'
  readonly value: { readonly field: string; readonly missing: Value | undefined }
  readonly weight: { readonly field: string; readonly missing: Value | undefined }
  readonly format: string | undefined
}

export interface StringStatsParameters {
  readonly type: 'string_stats'
  readonly field: string
  readonly missing: Value | undefined
  readonly showDistribution: boolean
}

export interface ScriptedMetricParameters {
  readonly type: 'scripted_metric'
  readonly init: CompiledScript | undefined
  readonly map: CompiledScript
  readonly combine: CompiledScript
  readonly reduce: CompiledScript
}

export interface MatrixStatsParameters {
  readonly type: 'matrix_stats'
  readonly fields: readonly string[]
  /** What stands for a document's missing value, by field. */
  readonly missing: Readonly<Record<string, Value>>
  /** What is taken of several values of a document. */
  readonly mode: 'avg' | 'min' | 'max' | 'sum' | 'median'
}

export interface TopMetricsParameters {
  readonly type: 'top_metrics'
  readonly metrics: readonly string[]
  readonly sort: readonly SortKey[]
  readonly size: number
}

export interface MetricParameters {
  readonly type: 'min' | 'max' | 'avg' | 'sum' | 'value_count' | 'stats' | 'cardinality'
  readonly field: string
  readonly missing: Value | undefined
  readonly format: string | undefined
}

export interface GeoBoundsParameters {
  readonly type: 'geo_bounds'
  readonly field: string
  /** The box may cross the date line. */
  readonly wrapLongitude: boolean
}

export interface GeoCentroidParameters {
  readonly type: 'geo_centroid'
  readonly field: string
}

export interface RateParameters {
  readonly type: 'rate'
  /** Undefined for documents. */
  readonly field: string | undefined
  readonly mode: 'sum' | 'value_count'
  /** Undefined for what a bucket is long. */
  readonly unit: CalendarUnit | undefined
  readonly missing: Value | undefined
  readonly format: string | undefined
}
