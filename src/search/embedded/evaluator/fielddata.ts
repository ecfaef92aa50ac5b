/** Columns as aggregations, sorts and scripts read them: of a text its terms, where the mapping allows that. */
import { fail } from '../../../diagnostic/index.ts'
import { isText, type Leaf } from '../../dsl/index.ts'
import type { Column, Segment, StringColumn } from '../columns.ts'

const kept = new WeakMap<Column, StringColumn>()

/** @param always also for a text whose mapping does not say `fielddata`. */
export function docColumn(segment: Segment, leaf: Leaf, always = false): Column | undefined {
  const column = segment.column(leaf.name)
  if (column?.kind !== 'string' || !isText(leaf.type) || (!always && !hasFielddata(leaf))) return column
  let terms = kept.get(column)
  if (terms === undefined) kept.set(column, (terms = analysed(column, leaf, segment.documents)))
  return terms
}

/** @throws illegal_argument_exception for a field whose mapping keeps its values from sorts, aggregations and scripts */
export function needFielddata(leaf: Leaf): void {
  if (isText(leaf.type)) {
    if (!hasFielddata(leaf)) throw fail('search.fielddata', { field: leaf.name })
  } else if (!leaf.docValues && leaf.computed === undefined)
    throw fail('search.argument', {
      reason: `Can't load fielddata on [${leaf.name}] because fielddata is unsupported on fields of type [${leaf.type}]. Use doc values instead.`,
    })
}

export function hasFielddata(leaf: Leaf): boolean {
  return String(leaf.parameters['fielddata']) === 'true'
}

/** The distinct terms of each document's values; each distinct value is analysed once. */
function analysed(column: StringColumn, leaf: Leaf, documents: number): StringColumn {
  const { dictionary, ordinals, present } = column
  const numbers = new Map<string, number>()
  const terms: string[] = []
  const ofEntry = dictionary.map((text) =>
    [...new Set(leaf.analyzer!.terms(text))].map((term) => {
      let number = numbers.get(term)
      if (number === undefined) {
        numbers.set(term, (number = terms.length))
        terms.push(term)
      }
      return number
    }),
  )
  const offsets = new Uint32Array(documents + 1)
  const all: number[] = []
  for (let d = 0; d < documents; d++) {
    const [start, end] = column.offsets === undefined ? [d, d + 1] : [column.offsets[d]!, column.offsets[d + 1]!]
    const missing =
      column.offsets === undefined && present !== undefined && ((present[d >>> 5]! >>> (d & 31)) & 1) === 0
    if (!missing && end - start === 1) for (const number of ofEntry[ordinals[start]!]!) all.push(number)
    else if (!missing && end > start) {
      const several = new Set<number>()
      for (let i = start; i < end; i++) for (const number of ofEntry[ordinals[i]!]!) several.add(number)
      for (const number of several) all.push(number)
    }
    offsets[d + 1] = all.length
  }
  return {
    kind: 'string',
    ordinals: Uint32Array.from(all),
    dictionary: terms,
    sortedDictionary: false,
    offsets,
    present: undefined,
  }
}
