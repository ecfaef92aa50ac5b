/** Queries that stand for many terms: which of a field's terms they mean. */
import { fail } from '../../../diagnostic/index.ts'
import type { Leaf } from '../../dsl/index.ts'
import { hasTerms } from '../../dsl/field-types.ts'
import { termRegex } from '../../dsl/lucene-regex.ts'
import type { Fuzziness, RangeQuery, TermQuery } from '../../dsl/query-tree.ts'
import { compareStrings } from './dictionary.ts'
import { allowedEdits, editDistance } from './edit-distance.ts'
import { wildcardMatcher } from './wildcard.ts'

export function refusePattern(leaf: Leaf, kind: string, field: string): void {
  if (!hasTerms(leaf.type))
    throw fail('search.query_shard', {
      reason: `failed to create query: Can only use ${kind} queries on keyword${kind === 'fuzzy' || kind === 'regexp' ? ' and text' : ', text and wildcard'} fields - not on [${field}] which is of type [${leaf.type}]`,
    })
}

/** Which terms a pattern stands for, and a name for it. */
export function patternTest(leaf: Leaf, query: TermQuery): { name: string; fits: (term: string) => boolean } {
  if (query.kind === 'regexp') {
    const value = leaf.normalize?.(String(query.value)) ?? String(query.value)
    return {
      name: `regexp ${query.caseInsensitive} ${query.operators ?? 'all'} ${value}`,
      fits: termRegex({ ...query, value }),
    }
  }
  const fold = query.caseInsensitive ? (text: string): string => text.toLowerCase() : (text: string): string => text
  const lower = query.normalized === true && leaf.analyzer?.lowercases === true
  const value = String(query.value)
  const text = fold(lower ? value.toLowerCase() : (leaf.normalize?.(value) ?? value))
  const fits = query.kind === 'prefix' ? (term: string): boolean => term.startsWith(text) : wildcardMatcher(text)
  return { name: `${query.kind} ${query.caseInsensitive} ${text}`, fits: (term) => fits(fold(term)) }
}

/** Which terms are at most so many edits away from one. */
export function fuzzyTest(term: string, fuzziness: Fuzziness): (other: string) => boolean {
  const edits = allowedEdits(fuzziness, term)
  const prefix = term.slice(0, fuzziness.prefixLength)
  return (other) =>
    other.startsWith(prefix) &&
    editDistance(other.slice(prefix.length), term.slice(prefix.length), edits, fuzziness.transpositions) <= edits
}

/** Which terms lie between the bounds, by their bytes. */
export function betweenTest(
  { includeFrom, includeTo }: Pick<RangeQuery, 'includeFrom' | 'includeTo'>,
  from: string | undefined,
  to: string | undefined,
): (term: string) => boolean {
  return (term) => {
    const low = from === undefined ? 1 : compareStrings(term, from)
    const high = to === undefined ? -1 : compareStrings(term, to)
    return (low > 0 || (low === 0 && includeFrom)) && (high < 0 || (high === 0 && includeTo))
  }
}
