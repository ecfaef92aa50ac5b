import type { BoolQuery } from './query-tree.ts'

/** A bool query of some clauses; what is not given is empty. */
export function boolQuery(parts: Partial<Omit<BoolQuery, 'kind'>>): BoolQuery {
  return {
    kind: 'bool',
    must: [],
    filter: [],
    should: [],
    mustNot: [],
    minimumShouldMatch: undefined,
    boost: 1,
    ...parts,
  }
}
