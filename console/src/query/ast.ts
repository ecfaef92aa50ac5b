/** What both query languages compile to. `text` without a field is searched in every field. */
export type Query =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Query[] }
  | { readonly kind: 'not'; readonly part: Query }
  | { readonly kind: 'exists'; readonly field: string }
  | { readonly kind: 'match'; readonly field: string | undefined; readonly value: string; readonly phrase: boolean }
  | { readonly kind: 'wildcard'; readonly field: string; readonly pattern: string }
  | { readonly kind: 'regexp'; readonly field: string; readonly pattern: string }
  | {
      readonly kind: 'range'
      readonly field: string
      readonly bounds: Readonly<Partial<Record<'gt' | 'gte' | 'lt' | 'lte', string>>>
    }
  | { readonly kind: 'everything' }

/** Where a query is wrong: offset and length in its text. */
export class QueryError extends Error {
  readonly at: number
  readonly length: number

  constructor(message: string, at: number, length = 1) {
    super(message)
    this.at = at
    this.length = length
  }
}

/** The query in Elasticsearch's Query DSL. */
export function compile(query: Query): object {
  switch (query.kind) {
    case 'and':
      return { bool: { filter: query.parts.map(compile) } }
    case 'or':
      return { bool: { should: query.parts.map(compile), minimum_should_match: 1 } }
    case 'not':
      return { bool: { must_not: [compile(query.part)] } }
    case 'exists':
      return { exists: { field: query.field } }
    case 'match':
      if (query.field === undefined)
        return { multi_match: { query: query.value, lenient: true, type: query.phrase ? 'phrase' : 'best_fields' } }
      return query.phrase ? { match_phrase: { [query.field]: query.value } } : { match: { [query.field]: query.value } }
    case 'wildcard':
      return { wildcard: { [query.field]: { value: query.pattern } } }
    case 'regexp':
      return { regexp: { [query.field]: { value: query.pattern } } }
    case 'range':
      return { range: { [query.field]: query.bounds } }
    case 'everything':
      return { match_all: {} }
  }
}
