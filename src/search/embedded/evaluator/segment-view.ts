import type { ValueObject } from '../../../event/index.ts'
import type { Mapping } from '../../dsl/index.ts'
import type { Segment } from '../columns.ts'
import type { IndexTerms } from './index-terms.ts'

/** One segment as a search sees it: how many documents it had when the search began, and where it stands. */
export interface SegmentView {
  readonly index: string
  readonly mapping: Mapping
  readonly segment: Segment
  readonly documents: number
  readonly terms: IndexTerms
  /** Of the index. */
  readonly settings?: ValueObject | undefined
  /** Of nested documents: the segment of those that hold them, and its index's terms. */
  readonly root?: Segment | undefined
  readonly rootTerms?: IndexTerms | undefined
  /** Rising in the order of indices and segments: the last tie-breaker. */
  readonly position: number
  /** Of the documents that match; undefined where nobody asked for scores. */
  readonly score: ((document: number) => number) | undefined
}
