import type { Span } from '../../diagnostic/index.ts'
import type { Pattern } from './pattern.ts'

/** What an item compares with, its modifiers applied. */
export type SigmaValue =
  | { readonly kind: 'text'; readonly pattern: Pattern; readonly cased: boolean }
  /** Of one value, of which one must match even where all values must. */
  | { readonly kind: 'variants'; readonly of: readonly SigmaValue[] }
  | { readonly kind: 'number'; readonly value: number | bigint }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'exists'; readonly value: boolean }
  | { readonly kind: 'regex'; readonly pattern: Pattern; readonly flags: RegexFlags }
  | { readonly kind: 'cidr'; readonly text: string }
  | { readonly kind: 'compare'; readonly operator: Comparison; readonly value: number; readonly part?: string }
  | { readonly kind: 'fieldref'; readonly name: string; readonly mode: ReferenceMode; readonly cased: boolean }

export interface RegexFlags {
  readonly i: boolean
  readonly m: boolean
  readonly s: boolean
}

export type Comparison = 'eq' | 'lt' | 'lte' | 'gt' | 'gte'
export type ReferenceMode = 'equals' | 'contains' | 'startswith' | 'endswith'

/** One line of a selection: `Field|modifier|...: value(s)`; the field is '' for keywords. */
export interface Term {
  readonly kind: 'term'
  readonly field: string
  readonly values: readonly SigmaValue[]
  /** Whether every value must match, or one. */
  readonly all: boolean
  /** Whether the item holds where the values do not match. */
  readonly negated: boolean
  readonly span: Span
  /** `Field|modifiers`, as written. */
  readonly text: string
  /** Ids of the items of pipelines that changed it. */
  readonly applied?: readonly string[]
}

/** Several of them, which all must hold or of which one must. */
export interface Group {
  readonly kind: 'all' | 'any'
  readonly of: readonly Clause[]
}

export type Clause = Term | Group

/** Every term, those of nested groups too. */
export function termsOf(clause: Clause): Term[] {
  return clause.kind === 'term' ? [clause] : clause.of.flatMap(termsOf)
}

/** The clause with each term replaced; a term for which there is nothing is left out, and so is a group without any. */
export function mapTerms(clause: Clause, change: (term: Term) => Clause | undefined): Clause | undefined {
  if (clause.kind === 'term') return change(clause)
  const of = clause.of.map((one) => mapTerms(one, change)).filter((one) => one !== undefined)
  return of.length === 0 ? undefined : { ...clause, of }
}
