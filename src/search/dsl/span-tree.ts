/** Span queries, as the checks give them: stretches of a text's positions, put together. */
import type { FuzzyQuery, RangeQuery, TermQuery } from './query-tree.ts'

export type Spans =
  | { readonly kind: 'term'; readonly field: string; readonly value: string }
  /** Every term that the query would find. */
  | { readonly kind: 'multi'; readonly query: MultiTermQuery }
  | NearSpans
  | { readonly kind: 'or'; readonly clauses: readonly Spans[] }
  | { readonly kind: 'first'; readonly match: Spans; readonly end: number }
  | NotSpans
  | { readonly kind: 'containing' | 'within'; readonly big: Spans; readonly little: Spans }
  /** Positions of one field, which count as another's. */
  | { readonly kind: 'masked'; readonly field: string; readonly inner: Spans }

export type MultiTermQuery = TermQuery | FuzzyQuery | RangeQuery

export interface NearSpans {
  readonly kind: 'near'
  readonly clauses: readonly (Spans | Gap)[]
  readonly slop: number
  readonly inOrder: boolean
}

export interface NotSpans {
  readonly kind: 'not'
  readonly include: Spans
  readonly exclude: Spans
  /** Positions before and after that must be free as well. */
  readonly pre: number
  readonly post: number
}

/** Any terms, so many of them, within a `near` in order. */
export interface Gap {
  readonly kind: 'gap'
  readonly field: string
  readonly width: number
}

export interface SpansQuery {
  readonly kind: 'spans'
  readonly field: string
  readonly spans: Spans
  readonly boost: number
}

/** The field whose positions they are, or count as. */
export function fieldOf(spans: Spans | Gap): string {
  switch (spans.kind) {
    case 'term':
    case 'masked':
    case 'gap':
      return spans.field
    case 'multi':
      return spans.query.field
    case 'near':
    case 'or':
      return fieldOf(spans.clauses[0]!)
    case 'first':
      return fieldOf(spans.match)
    case 'not':
      return fieldOf(spans.include)
    default:
      return fieldOf(spans.big)
  }
}
