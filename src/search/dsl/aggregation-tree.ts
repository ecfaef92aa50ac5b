/** Aggregations as the checks give them, and the evaluator runs them: those that make buckets, and all together. */
import type { Value, ValueObject } from '../../event/index.ts'
import type { CalendarUnit } from './date-math.ts'
import type { LeafType } from './field-types.ts'
import type { Box, GeoPoint } from './geo.ts'
import type { HitsSpec } from './hits.ts'
import type {
  DistributionParameters,
  GeoBoundsParameters,
  GeoCentroidParameters,
  MatrixStatsParameters,
  MetricParameters,
  RateParameters,
  ScriptedMetricParameters,
  StringStatsParameters,
  TopMetricsParameters,
  WeightedAvgParameters,
} from './metric-tree.ts'
import type { PipelineParameters } from './pipeline-tree.ts'
import type { Query } from './query-tree.ts'
import type { RuntimeField } from './runtime-field.ts'

export interface BucketOrder {
  /** `_count`, `_key`, or a path to a metric: `unique_ports`, `inner>avg`, `load.max`. */
  readonly path: string
  readonly descending: boolean
}

export interface TermsParameters {
  /** What the field counts as where no index maps it. */
  readonly valueType?: LeafType | undefined
  readonly type: 'terms'
  readonly field: string
  readonly size: number
  readonly minDocCount: number
  /** Whether each bucket says how far its count may be off. */
  readonly showError?: boolean
  /** Of rare_terms. */
  readonly maxDocCount?: number
  readonly missing: Value | undefined
  readonly order: readonly BucketOrder[]
  readonly include: TermsFilter | undefined
  readonly exclude: TermsFilter | undefined
  readonly format: string | undefined
}

/** A regular expression of Lucene's syntax, or exact values. */
export type TermsFilter =
  /** The aggregation's name is for messages. */
  | { readonly regex: string; readonly aggregation: string }
  | { readonly values: readonly Value[] }
  /** One of so many parts, into which the values are divided by a hash. */
  | { readonly partition: number; readonly of: number }

export interface CompositeSource {
  readonly name: string
  readonly field: string
  readonly kind: 'terms' | 'histogram' | 'date_histogram' | 'geotile_grid'
  readonly descending: boolean
  readonly missingBucket: boolean
  readonly missingFirst: boolean | undefined
  readonly missing: Value | undefined
  readonly format: string | undefined
  readonly interval: DateHistogramParameters['interval'] | { readonly number: number } | undefined
  /** Of a geotile_grid. */
  readonly zoom?: number | undefined
  readonly zone: string
  readonly offset: number
}

export interface CompositeParameters {
  readonly type: 'composite'
  readonly sources: readonly CompositeSource[]
  readonly size: number
  readonly after: ValueObject | undefined
}

export interface MultiTermsParameters {
  readonly type: 'multi_terms'
  readonly sources: readonly CompositeSource[]
  readonly size: number
  readonly minDocCount: number
  readonly order: readonly BucketOrder[]
}

export interface RareTermsParameters {
  readonly type: 'rare_terms'
  readonly field: string
  readonly maxDocCount: number
  readonly missing: Value | undefined
  readonly include: TermsFilter | undefined
  readonly exclude: TermsFilter | undefined
  readonly format: string | undefined
}

export interface IpRangeParameters {
  readonly type: 'ip_range' | 'ip_prefix'
  readonly field: string
  readonly keyed: boolean
  readonly missing: string | undefined
  readonly ranges: readonly {
    readonly key: string | undefined
    readonly mask: string | undefined
    readonly from: string | undefined
    readonly to: string | undefined
  }[]
  readonly prefix:
    | { readonly length: number; readonly v6: boolean; readonly appendLength: boolean; readonly minDocCount: number }
    | undefined
}

export interface VariableWidthHistogramParameters {
  readonly type: 'variable_width_histogram'
  readonly field: string
  /** At most so many. */
  readonly buckets: number
  /** Groups that the values are divided into at first: three quarters of it. */
  readonly shardSize: number
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
  /** Empty buckets go at least so far ... */
  readonly bounds: { readonly min: Value | undefined; readonly max: Value | undefined } | undefined
  /** ... and no bucket lies outside of these. */
  readonly hardBounds: { readonly min: Value | undefined; readonly max: Value | undefined } | undefined
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
  /** Empty buckets go at least so far ... */
  readonly bounds: { readonly min: Value | undefined; readonly max: Value | undefined } | undefined
  /** ... and no bucket lies outside of these. */
  readonly hardBounds: { readonly min: Value | undefined; readonly max: Value | undefined } | undefined
  readonly format: string | undefined
}

export interface Significance {
  readonly kind: 'jlh' | 'mutual_information' | 'chi_square' | 'gnd' | 'percentage'
  /** The documents found are among those they are held against. */
  readonly superset: boolean
  /** Values that are rarer among the documents found count too. */
  readonly negatives: boolean
}

export interface SignificantTermsParameters {
  readonly type: 'significant_terms' | 'significant_text'
  readonly field: string
  readonly size: number
  readonly minDocCount: number
  /** What the documents are held against; all where it is not given. */
  readonly background: Query | undefined
  readonly include: TermsFilter | undefined
  readonly exclude: TermsFilter | undefined
  readonly format: string | undefined
  readonly significance: Significance
}

export interface SamplerParameters {
  readonly type: 'sampler' | 'diversified_sampler'
  readonly size: number
  /** No more than so many documents of one value of a field. */
  readonly diverse: { readonly field: string; readonly most: number } | undefined
}

export interface AdjacencyMatrixParameters {
  readonly type: 'adjacency_matrix'
  readonly filters: readonly { readonly key: string; readonly filter: Query }[]
  readonly separator: string
}

export interface AutoDateHistogramParameters {
  readonly type: 'auto_date_histogram'
  readonly field: string
  /** At most so many. */
  readonly buckets: number
  readonly zone: string
  readonly format: string | undefined
  readonly missing: Value | undefined
  /** The finest unit. */
  readonly least: 'second' | 'minute' | 'hour' | 'day' | 'month' | 'year'
}

export interface GeoGridParameters {
  readonly type: 'geohash_grid' | 'geotile_grid'
  readonly field: string
  /** Symbols of the geohash, or zoom of the tile. */
  readonly precision: number
  readonly size: number
  readonly bounds: Box | undefined
}

/** Ranges of distances from a place. */
export interface GeoDistanceParameters extends Omit<RangeParameters, 'type'> {
  readonly type: 'geo_distance'
  readonly origin: GeoPoint
  /** Metres. */
  readonly unit: number
  readonly flat: boolean
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
  | DistributionParameters
  | WeightedAvgParameters
  | RateParameters
  | StringStatsParameters
  | CompositeParameters
  | MultiTermsParameters
  | RareTermsParameters
  | IpRangeParameters
  | TopMetricsParameters
  | ScriptedMetricParameters
  | MatrixStatsParameters
  | VariableWidthHistogramParameters
  | PipelineParameters
  | { readonly type: 'nested'; readonly path: string }
  | { readonly type: 'reverse_nested'; readonly path: string | undefined }
  | TermsParameters
  | MetricParameters
  | DateHistogramParameters
  | HistogramParameters
  | RangeParameters
  | SignificantTermsParameters
  | SamplerParameters
  | AdjacencyMatrixParameters
  | AutoDateHistogramParameters
  | GeoBoundsParameters
  | GeoCentroidParameters
  | GeoDistanceParameters
  | GeoGridParameters
  | { readonly type: 'filter'; readonly filter: Query }
  | {
      readonly type: 'filters'
      readonly filters: readonly { readonly key: string; readonly filter: Query }[]
      readonly keyed: boolean
      readonly otherKey: string | undefined
    }
  | { readonly type: 'missing'; readonly field: string; readonly missing: Value | undefined }
  | { readonly type: 'global' }
  | { readonly type: 'top_hits'; readonly hits: HitsSpec }

export interface Aggregation {
  readonly name: string
  readonly parameters: AggregationParameters
  readonly children: readonly Aggregation[]
  /** The fields that stand for its scripts. */
  readonly scripts: readonly RuntimeField[]
  /** Returned as it came. */
  readonly meta: ValueObject | undefined
}
