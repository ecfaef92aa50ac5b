/** more_like_this, terms_set, rank_feature and pinned, as the checks give them. */
import type { ValueObject } from '../../event/index.ts'
import type { CompiledScript } from '../../script/index.ts'
import type { Query } from './query-tree.ts'

/** What others are to be like: a text, or a document of the request or of an index. */
export type Like =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'document'; readonly document: ValueObject }
  | {
      readonly kind: 'stored'
      /** That of the documents asked, where none is named. */
      readonly index: string | undefined
      readonly id: string
      /** What the named index has of it, once it was asked. */
      readonly document?: ValueObject | undefined
    }

export interface MoreLikeThisQuery {
  readonly kind: 'more_like_this'
  /** All text and keyword fields where none are named. */
  readonly fields: readonly string[] | undefined
  readonly like: readonly Like[]
  readonly unlike: readonly Like[]
  readonly maxQueryTerms: number
  readonly minTermFrequency: number
  readonly minDocumentFrequency: number
  readonly maxDocumentFrequency: number
  readonly minWordLength: number
  /** 0 is any. */
  readonly maxWordLength: number
  readonly stopWords: readonly string[]
  readonly analyzer: string | undefined
  readonly minimumShouldMatch: string
  /** How much terms count by how well they tell documents apart; 0 is alike. */
  readonly boostTerms: number
  /** The stored documents that it is to be like are found as well. */
  readonly include: boolean
  readonly failOnUnsupportedField: boolean
  readonly boost: number
}

export interface TermsSetQuery {
  readonly kind: 'terms_set'
  readonly field: string
  readonly terms: readonly string[]
  /** How many of the terms a document must have. */
  readonly minimum:
    | { readonly kind: 'field'; readonly field: string }
    | { readonly kind: 'script'; readonly script: CompiledScript }
    | { readonly kind: 'count'; readonly text: string }
  readonly boost: number
}

export interface RankFeatureQuery {
  readonly kind: 'rank_feature'
  readonly field: string
  readonly score:
    /** A pivot that is not given is about the mean of the index. */
    | { readonly kind: 'saturation'; readonly pivot: number | undefined }
    | { readonly kind: 'log'; readonly scalingFactor: number }
    | { readonly kind: 'sigmoid'; readonly pivot: number; readonly exponent: number }
    | { readonly kind: 'linear' }
  readonly boost: number
}

export interface PinnedQuery {
  readonly kind: 'pinned'
  /** Found first, in this order. */
  readonly documents: readonly { readonly index: string | undefined; readonly id: string }[]
  readonly organic: Query
  readonly boost: number
}
