/** Queries as the checks give them, and the evaluator runs them. */
import type { Value } from '../../event/index.ts'
import type { CompiledScript } from '../../script/index.ts'
import type { Box, GeoPoint } from './geo.ts'
import type { HitsSpec } from './hits.ts'
import type { IntervalRule } from './intervals-tree.ts'
import type { Relation } from './range-field.ts'
import type { SpansQuery } from './span-tree.ts'
import type { MoreLikeThisQuery, PinnedQuery, RankFeatureQuery, TermsSetQuery } from './specialized-tree.ts'

/** Checks a query within a query or a request. */
export type CheckInner = (body: Value, depth: number) => Query

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
  /** Of a range field: how its intervals lie to the one that is asked for. */
  readonly relation: Relation
  readonly boost: number
}

export interface TermQuery {
  readonly kind: 'term' | 'prefix' | 'wildcard' | 'regexp'
  readonly field: string
  readonly value: Value
  readonly caseInsensitive: boolean
  /** Of a regexp: the optional operators that are on, all where it is not given. */
  readonly operators?: string
  /** Of a query string: letters are changed as the field's analysis changes those of its terms. */
  readonly normalized?: boolean
  readonly boost: number
}

/** Edits that a term may be away: a fixed number, or by its length (none below `low`, one below `high`, else two). */
export interface Fuzziness {
  readonly edits: number | { readonly low: number; readonly high: number }
  /** So many characters at the start must be the same. */
  readonly prefixLength: number
  /** Two neighbours in each other's place count as one edit. */
  readonly transpositions: boolean
  /** The terms it may stand for, the nearest first. */
  readonly maxExpansions: number
}

export interface FuzzyQuery {
  readonly kind: 'fuzzy'
  readonly field: string
  readonly value: Value
  readonly fuzziness: Fuzziness
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
  readonly fuzziness: Fuzziness | undefined
  /** The last term is the start of a word (match_bool_prefix). */
  readonly lastIsPrefix: boolean
  /** A value that does not fit the field matches nothing instead of failing. */
  readonly lenient: boolean
  readonly boost: number
}

export interface PhraseQuery {
  readonly kind: 'match_phrase'
  readonly field: string
  readonly text: Value
  readonly slop: number
  /** The last term is the start of a word (match_phrase_prefix), of which at most so many are tried. */
  readonly prefixExpansions: number | undefined
  readonly zeroTerms: 'none' | 'all'
  readonly analyzer: string | undefined
  readonly lenient: boolean
  readonly boost: number
}

/** The same leaf over every field that fits a pattern; the best counts (or, by `most`, the sum). */
export interface EachFieldQuery {
  readonly kind: 'each_field'
  /** Names with wildcards and `^boost`; `*` alone means every field that can be asked with this text. */
  readonly fields: readonly string[]
  /** Where a field has another of its name with this suffix, that one is asked (`quote_field_suffix`). */
  readonly suffix?: string | undefined
  readonly leaf: MatchQuery | PhraseQuery | TermQuery | RangeQuery | FuzzyQuery
  /** `cross`: term by term, each in any of the fields. */
  readonly combine: 'best' | 'most' | 'cross'
  /** How much the fields that are not the best add. */
  readonly tieBreaker: number
  /** A value that does not fit a field finds nothing in it. */
  readonly lenient?: boolean
}

export interface ScoreFunction {
  readonly filter: Query | undefined
  readonly weight: number
  readonly value:
    | { readonly kind: 'weight' }
    | { readonly kind: 'script'; readonly script: CompiledScript }
    | { readonly kind: 'random'; readonly seed: number; readonly field: string | undefined }
    | {
        readonly kind: 'field'
        readonly field: string
        readonly factor: number
        readonly modifier: FieldModifier
        readonly missing: number | undefined
      }
}

export const FIELD_MODIFIERS = [
  'none',
  'log',
  'log1p',
  'log2p',
  'ln',
  'ln1p',
  'ln2p',
  'square',
  'sqrt',
  'reciprocal',
] as const
export type FieldModifier = (typeof FIELD_MODIFIERS)[number]

export interface FunctionScoreQuery {
  readonly kind: 'function_score'
  readonly query: Query
  readonly functions: readonly ScoreFunction[]
  readonly scoreMode: 'multiply' | 'sum' | 'avg' | 'first' | 'max' | 'min'
  readonly boostMode: 'multiply' | 'replace' | 'sum' | 'avg' | 'max' | 'min'
  readonly maxBoost: number
  readonly minScore: number | undefined
  readonly boost: number
}

export interface NestedQuery {
  readonly kind: 'nested'
  readonly path: string
  readonly query: Query
  readonly scoreMode: 'avg' | 'sum' | 'min' | 'max' | 'none'
  readonly ignoreUnmapped: boolean
  /** The objects found are shown with each hit. */
  readonly innerHits: { readonly name: string; readonly hits: HitsSpec } | undefined
  readonly boost: number
}

/** Points of a `geo_point` field within a shape. */
export interface GeoQuery {
  readonly kind: 'geo'
  /** As the clause was named, for messages. */
  readonly name: string
  readonly field: string
  readonly shape:
    | { readonly type: 'circle'; readonly center: GeoPoint; readonly metres: number; readonly flat: boolean }
    | ({ readonly type: 'box' } & Box)
    | { readonly type: 'polygon'; readonly corners: readonly GeoPoint[] }
  readonly ignoreUnmapped: boolean
  readonly boost: number
}

/** Scores by how near a date or place is: half the boost at the pivot. */
export interface DistanceFeatureQuery {
  readonly kind: 'distance_feature'
  readonly field: string
  readonly origin: Value
  /** A duration or a distance, as written. */
  readonly pivot: string
  readonly boost: number
}

export interface IntervalsQuery {
  readonly kind: 'intervals'
  readonly field: string
  readonly rule: IntervalRule
  readonly boost: number
}

/** `_name` is what a hit that it finds tells of it. */
export type Query = Clause & { readonly label?: string | undefined }

type Clause =
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
  | FuzzyQuery
  | FunctionScoreQuery
  | NestedQuery
  | GeoQuery
  | IntervalsQuery
  | SpansQuery
  | MoreLikeThisQuery
  | TermsSetQuery
  | RankFeatureQuery
  | PinnedQuery
  | DistanceFeatureQuery
  | { readonly kind: 'constant_score'; readonly filter: Query; readonly boost: number }
  | {
      readonly kind: 'dis_max'
      readonly queries: readonly Query[]
      readonly tieBreaker: number
      readonly boost: number
    }
  | {
      readonly kind: 'boosting'
      readonly positive: Query
      readonly negative: Query
      readonly negativeBoost: number
      readonly boost: number
    }
  | { readonly kind: 'script'; readonly script: CompiledScript; readonly boost: number }
  /** Becomes `terms` before the search runs. */
  | {
      readonly kind: 'terms_lookup'
      readonly field: string
      readonly index: string
      readonly id: string
      readonly path: string
      readonly boost: number
    }
