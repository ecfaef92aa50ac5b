/** Queries as the checks give them, and the evaluator runs them. */
/** Queries: the checked tree, and the checks that make it. */
import type { Value } from '../../event/index.ts'

export type Operator = 'and' | 'or'

export interface BoolQuery {
  readonly kind: 'bool'
  readonly must: readonly Query[]
  readonly filter: readonly Query[]
  readonly should: readonly Query[]
  readonly mustNot: readonly Query[]
  /** As written: a count, `75%`, `2<75%`. */
  readonly minimumShouldMatch: string | undefined
  readonly boost: number
}

export interface RangeQuery {
  readonly kind: 'range'
  readonly field: string
  readonly from: Value | undefined
  readonly to: Value | undefined
  readonly includeFrom: boolean
  readonly includeTo: boolean
  readonly format: string | undefined
  readonly zone: string | undefined
  readonly boost: number
}

export interface TermQuery {
  readonly kind: 'term' | 'prefix' | 'wildcard'
  readonly field: string
  readonly value: Value
  readonly caseInsensitive: boolean
  readonly boost: number
}

export interface MatchQuery {
  readonly kind: 'match'
  readonly field: string
  readonly text: Value
  readonly operator: Operator
  readonly minimumShouldMatch: string | undefined
  readonly analyzer: string | undefined
  /** `all` where a text without terms (`!!`) matches everything. */
  readonly zeroTerms: 'none' | 'all'
  /** A value that does not fit the field matches nothing instead of failing. */
  readonly lenient: boolean
  readonly boost: number
}

export interface PhraseQuery {
  readonly kind: 'match_phrase'
  readonly field: string
  readonly text: Value
  readonly slop: number
  readonly analyzer: string | undefined
  readonly lenient: boolean
  readonly boost: number
}

/** The same leaf over every field that fits a pattern; the best counts (or, by `most`, the sum). */
export interface EachFieldQuery {
  readonly kind: 'each_field'
  /** Names with wildcards and `^boost`; `*` alone means every field that can be asked with this text. */
  readonly fields: readonly string[]
  readonly leaf: MatchQuery | PhraseQuery | TermQuery | RangeQuery
  readonly combine: 'best' | 'most'
}

export type Query =
  | { readonly kind: 'match_all'; readonly boost: number }
  | { readonly kind: 'match_none' }
  | BoolQuery
  | TermQuery
  | { readonly kind: 'terms'; readonly field: string; readonly values: readonly Value[]; readonly boost: number }
  | RangeQuery
  | { readonly kind: 'exists'; readonly field: string; readonly boost: number }
  | { readonly kind: 'ids'; readonly values: readonly string[]; readonly boost: number }
  | MatchQuery
  | PhraseQuery
  | EachFieldQuery
  | { readonly kind: 'constant_score'; readonly filter: Query; readonly boost: number }
