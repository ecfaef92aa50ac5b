/** Rules of an intervals query, as the checks give them. */
import type { Fuzziness } from './query-tree.ts'

/** Which terms of a field count. */
export type TermTest =
  | { readonly kind: 'prefix' | 'wildcard' | 'regexp'; readonly text: string }
  | { readonly kind: 'fuzzy'; readonly text: string; readonly fuzziness: Fuzziness }
  | { readonly kind: 'range'; readonly from: TermBound; readonly to: TermBound }

export interface TermBound {
  readonly text: string
  readonly included: boolean
}

export type IntervalMode = 'ordered' | 'unordered' | 'unordered_no_overlap'

export interface IntervalFilter {
  readonly kind:
    | 'after'
    | 'before'
    | 'contained_by'
    | 'containing'
    | 'not_contained_by'
    | 'not_containing'
    | 'not_overlapping'
    | 'overlapping'
  readonly rule: IntervalRule
}

export type IntervalRule =
  | {
      readonly kind: 'match'
      readonly text: string
      /** Positions between the terms; -1 is any number. */
      readonly maxGaps: number
      readonly mode: IntervalMode
      readonly analyzer: string | undefined
      /** Terms of this field instead. */
      readonly useField: string | undefined
      readonly filter: IntervalFilter | undefined
    }
  | {
      readonly kind: 'terms'
      readonly test: TermTest
      readonly analyzer: string | undefined
      readonly useField: string | undefined
    }
  | {
      readonly kind: 'all_of'
      readonly rules: readonly IntervalRule[]
      readonly maxGaps: number
      readonly mode: IntervalMode
      readonly filter: IntervalFilter | undefined
    }
  | { readonly kind: 'any_of'; readonly rules: readonly IntervalRule[]; readonly filter: IntervalFilter | undefined }
