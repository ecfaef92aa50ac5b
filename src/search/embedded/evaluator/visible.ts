import type { Query } from '../../dsl/index.ts'
import { complement, fromBitmap, intersect, type DocSet } from './doc-set.ts'
import { matchQuery } from './filter.ts'
import type { FilterContext } from './filter-context.ts'

/** One segment of a search, with the filter of the aliases by which it is reached. */
export type SearchedPart = Omit<FilterContext, 'now' | 'from' | 'to' | 'scoring'> & {
  readonly filter: Query | undefined
}

/** The documents that a search may see at all, whatever it asks for; undefined where that is every one. */
export function visibleSet(part: SearchedPart, now: number): DocSet | undefined {
  const { segment, documents, filter } = part
  const alive =
    segment.deleted === undefined || segment.deletedCount === 0
      ? undefined
      : complement(fromBitmap(segment.deleted, documents), documents)
  if (filter === undefined) return alive
  const { set } = matchQuery(filter, { ...part, now, from: 0, to: documents, scoring: false })
  return alive === undefined ? set : intersect(set, alive, documents)
}
