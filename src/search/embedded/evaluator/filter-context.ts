import type { Mapping } from '../../dsl/index.ts'
import type { Segment } from '../columns.ts'
import type { DocSet } from './doc-set.ts'
import type { IndexTerms } from './index-terms.ts'

/** `score` is there where the context asks for scores; it is for documents of the set only. */
export interface Matched {
  readonly set: DocSet
  readonly score: ((document: number) => number) | undefined
}

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
  /** Of the whole index, for scores and for terms that stand for others. */
  readonly terms: IndexTerms
  /** Within a nested query: the segment of the documents that hold the nested ones, and its index's terms. */
  readonly root?: Segment | undefined
  readonly rootTerms?: IndexTerms | undefined
  /** Also work out scores. */
  readonly scoring: boolean
}
