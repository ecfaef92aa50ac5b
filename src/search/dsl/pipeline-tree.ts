/** Aggregations over the results of others, as the checks give them. */
import type { ValueObject } from '../../event/index.ts'
import type { CompiledScript } from '../../script/index.ts'
import type { AggregationParameters, BucketOrder } from './aggregation-tree.ts'

export const GAP_POLICIES = ['insert_zeros', 'skip', 'keep_values'] as const

export type GapPolicy = (typeof GAP_POLICIES)[number]

export const NORMALIZE_METHODS = [
  'rescale_0_1',
  'rescale_0_100',
  'percent_of_sum',
  'mean',
  'z-score',
  'softmax',
] as const

export type NormalizeMethod = (typeof NORMALIZE_METHODS)[number]

export interface MovingParameters {
  readonly type: 'moving_fn'
  readonly path: string
  /** Buckets, the last of them before the bucket itself; the shift moves the window on. */
  readonly window: number
  readonly shift: number
  readonly script: CompiledScript
  /** Buckets with fewer values in their window get none. */
  readonly least: number
}

/** Works on the results of other aggregations. */
export type PipelineParameters = {
  readonly format: string | undefined
  readonly gapPolicy: GapPolicy
} & (
  | {
      readonly type:
        | 'avg_bucket'
        | 'max_bucket'
        | 'min_bucket'
        | 'sum_bucket'
        | 'stats_bucket'
        | 'extended_stats_bucket'
        | 'percentiles_bucket'
      readonly path: string
      readonly percents: readonly number[]
      readonly keyed: boolean
      readonly sigma: number
    }
  | { readonly type: 'derivative'; readonly path: string; readonly unit: number | undefined }
  | { readonly type: 'cumulative_sum'; readonly path: string }
  | { readonly type: 'serial_diff'; readonly path: string; readonly lag: number }
  | MovingParameters
  | { readonly type: 'normalize'; readonly path: string; readonly method: NormalizeMethod }
  | {
      readonly type: 'bucket_script' | 'bucket_selector'
      readonly paths: Readonly<Record<string, string>>
      readonly script: CompiledScript
      readonly params: ValueObject
    }
  | {
      readonly type: 'bucket_sort'
      readonly order: readonly BucketOrder[]
      readonly from: number
      readonly size: number | undefined
    }
)

const PARENTS = [
  'derivative',
  'cumulative_sum',
  'serial_diff',
  'bucket_script',
  'bucket_selector',
  'bucket_sort',
  'moving_fn',
  'normalize',
]
const SIBLINGS = [
  'avg_bucket',
  'max_bucket',
  'min_bucket',
  'sum_bucket',
  'stats_bucket',
  'extended_stats_bucket',
  'percentiles_bucket',
]

export function isPipeline(parameters: AggregationParameters): parameters is PipelineParameters {
  return PARENTS.includes(parameters.type) || SIBLINGS.includes(parameters.type)
}

/** Works on an aggregation beside it; the others on the buckets of the one around them. */
export function isSibling({ type }: PipelineParameters): boolean {
  return SIBLINGS.includes(type)
}
