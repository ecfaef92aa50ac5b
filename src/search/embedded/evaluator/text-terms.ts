import type { Leaf } from '../../dsl/index.ts'
import type { Analyzer } from '../../dsl/analysis.ts'
import type { StringColumn } from '../columns.ts'
import { withOrdinals } from './column-sets.ts'
import { markEntries } from './dictionary.ts'
import { NONE, type DocSet } from './doc-set.ts'
import type { FilterContext } from './filter-context.ts'

/** The documents whose text has a term, as the analysis of the field finds it. */
export function textTermSet(leaf: Leaf, term: string, context: FilterContext): DocSet {
  const column = context.segment.column(leaf.name)
  if (column === undefined || column.kind !== 'string' || leaf.analyzer === undefined) return NONE
  return withOrdinals(column, textTermTable(column, leaf.analyzer, term), context)
}

/** A table with 1 for each text of the dictionary that has the term. */
export function textTermTable(column: StringColumn, analyzer: Analyzer, term: string): Uint8Array {
  // Most entries do not even contain the letters; only the others are taken apart.
  const letters = term.toLowerCase()
  return markEntries(
    column,
    `${analyzer.name} = ${term}`,
    (text) => text.toLowerCase().includes(letters) && analyzer.terms(text).includes(term),
  )
}
