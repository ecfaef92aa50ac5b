import { fail } from '../../diagnostic/index.ts'
import type { BoolQuery } from './query-tree.ts'

const MAX_CLAUSES = 1024

/** @throws too_many_clauses for more than Lucene lets a query be made of, written as clauses or as the words of a text */
export function checkClauses(count: number): void {
  if (count > MAX_CLAUSES) throw fail('search.too_many_clauses', { limit: MAX_CLAUSES })
}

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
