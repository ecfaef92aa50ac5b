import type { Leaf } from '../../dsl/index.ts'
import { withOrdinals } from './column-sets.ts'
import { markEntries } from './dictionary.ts'
import { NONE, type DocSet } from './doc-set.ts'
import type { FilterContext } from './filter-context.ts'

/** The documents whose text has a term, as the analysis of the field finds it. */
export function textTermSet(leaf: Leaf, term: string, context: FilterContext): DocSet {
  const column = context.segment.column(leaf.name)
  if (column === undefined || column.kind !== 'string' || leaf.analyzer === undefined) return NONE
  const { analyzer } = leaf
  // Most entries do not even contain the letters; only the others are taken apart.
  const table = markEntries(
    column,
    `${analyzer.name} = ${term}`,
    (text) => text.toLowerCase().includes(term.toLowerCase()) && analyzer.terms(text).includes(term),
  )
  return withOrdinals(column, table, context)
}
