import type { Mapping } from '../../dsl/index.ts'
import type { Segment } from '../columns.ts'

export interface FilterContext {
  readonly index: string
  readonly mapping: Mapping
  readonly segment: Segment
  /** How many of the segment's documents the search sees. */
  readonly documents: number
  /** Only documents from here (included) ... */
  readonly from: number
  /** ... to here (excluded) matter: what a set says of others means nothing. */
  readonly to: number
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Also work out scores. */
  readonly scoring: boolean
}
