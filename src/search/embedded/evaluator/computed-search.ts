/** How a search uses fields that are computed: which, of which documents, and without holding others up. */
import {
  fieldsOfSearch,
  visitQuery,
  type Aggregation,
  type CheckedSearch,
  type Mapping,
  type Query,
} from '../../dsl/index.ts'
import { ComputedSegment } from './computed-segment.ts'
import { run } from './doc-set.ts'
import type { SearchedIndex } from './execute.ts'
import { matchQuery } from './filter.ts'
import type { Turns } from './turns.ts'
import type { SearchedPart } from './visible.ts'

/** The indices with the fields that the search defines, and segments that know how to make computed values. */
export function withComputedFields(indices: readonly SearchedIndex[], search: CheckedSearch): readonly SearchedIndex[] {
  return indices.map((index) => {
    const mapping = index.mapping.withComputed(search.computed)
    if (!mapping.hasComputed()) return index
    return { ...index, mapping, segments: index.segments.map((segment) => new ComputedSegment(segment, mapping)) }
  })
}

/**
 * Makes the computed columns that the search reads of a segment, for the documents that it may find.
 * @returns false where the time of the search ended before they were made.
 */
export async function prepareComputed(
  part: SearchedPart,
  search: CheckedSearch,
  now: number,
  turns: Turns,
): Promise<boolean> {
  const { segment, documents, mapping } = part
  if (!(segment instanceof ComputedSegment)) return true
  const needed = search.aggregations.some(readsAll) ? undefined : storedPart(search.query, mapping)
  const within =
    needed === undefined
      ? run(0, documents)
      : matchQuery(needed, { ...part, now, from: 0, to: documents, scoring: false }).set
  return segment.prepare(fieldsOfSearch(search), within, turns)
}

/** An aggregation that looks at documents which the query does not find. */
function readsAll({ parameters, children }: Aggregation): boolean {
  const { type } = parameters
  return (
    type === 'global' ||
    type === 'significant_terms' ||
    type === 'significant_text' ||
    (type === 'terms' && parameters.minDocCount === 0) ||
    children.some(readsAll)
  )
}

/** What stored fields alone say of the documents that a query finds; undefined where they say nothing. */
function storedPart(query: Query, mapping: Mapping): Query | undefined {
  if (!readsComputed(query, mapping)) return query
  if (query.kind === 'constant_score') return storedPart(query.filter, mapping)
  if (query.kind !== 'bool') return undefined
  const filter = [...query.must, ...query.filter].flatMap((clause) => storedPart(clause, mapping) ?? [])
  return filter.length === 0
    ? undefined
    : { ...query, must: [], filter, should: [], mustNot: [], minimumShouldMatch: undefined }
}

/** Scripts and names with wildcards may read any field. */
function readsComputed(query: Query, mapping: Mapping): boolean {
  let reads = false
  const see = (name: string): void => {
    if (name.includes('*') || mapping.field(name)?.computed !== undefined || mapping.isObject(name)) reads = true
  }
  visitQuery(query, (inner) => {
    if (inner.kind === 'script' || inner.kind === 'function_score' || inner.kind === 'terms_set') reads = true
    else if (inner.kind === 'more_like_this') for (const name of inner.fields ?? ['*']) see(name)
    else if (inner.kind === 'each_field') for (const name of inner.fields) see(name.replace(/\^.*$/, ''))
    else if ('field' in inner) see(inner.field)
  })
  return reads
}
