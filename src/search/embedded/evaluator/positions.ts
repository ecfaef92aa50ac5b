/** Where the terms of a document's text are. */
import type { Leaf } from '../../dsl/index.ts'
import type { FilterContext } from './filter-context.ts'

/** The terms of a field in a document, by their positions. */
export type Texts = (leaf: Leaf) => ReadonlyMap<number, string>

export function textsOf({ segment }: FilterContext, document: number): Texts {
  const known = new Map<string, ReadonlyMap<number, string>>()
  return (leaf) => {
    let terms = known.get(leaf.name)
    if (terms !== undefined) return terms
    const made = new Map<number, string>()
    const column = segment.column(leaf.name)
    if (column?.kind === 'string') {
      const { offsets, present } = column
      const missing =
        offsets === undefined && present !== undefined && ((present[document >>> 5]! >>> (document & 31)) & 1) === 0
      const [start, end] =
        offsets === undefined ? [document, document + 1] : [offsets[document]!, offsets[document + 1]!]
      let at = 0
      for (let i = missing ? end : start; i < end; i++) {
        for (const term of leaf.analyzer!.terms(column.dictionary[column.ordinals[i]!]!)) made.set(at++, term)
        at += leaf.positionGap
      }
    }
    known.set(leaf.name, (terms = made))
    return terms
  }
}
