/** What scores and expansions need to know of a whole index: how many documents have a field, and how many a term. */
import { isText, type Leaf } from '../../dsl/index.ts'
import type { Column, Segment, StringColumn } from '../columns.ts'
import { valuesOf } from '../live-segment.ts'
import { withOrdinals, withValue } from './column-sets.ts'
import { compareStrings, ordinalOf } from './dictionary.ts'
import { count } from './doc-set.ts'
import { nestedSegment } from './nested-segment.ts'
import { countedTerms } from './relevance.ts'
import { textTermTable } from './text-terms.ts'
import type { Mapping } from '../../dsl/index.ts'

export interface FieldStatistics {
  /** Documents with the field. */
  readonly documents: number
  /** Terms of a document, on average. */
  readonly averageLength: number
}

interface Part {
  readonly segment: Segment
  readonly documents: number
}

/** Dictionary entries of a column past which the average length is taken from evenly spaced ones. */
const SAMPLE = 16_384

export class IndexTerms {
  private readonly parts: readonly Part[]
  private readonly mapping: Mapping
  private readonly frequencies = new Map<string, number>()
  private readonly fields = new Map<string, FieldStatistics>()
  private readonly expanded = new Map<string, readonly string[]>()
  private readonly within = new Map<string, IndexTerms>()

  constructor(mapping: Mapping, segments: readonly Segment[]) {
    this.mapping = mapping
    this.parts = segments.map((segment) => ({ segment, documents: segment.documents }))
  }

  /** The same for the nested documents of a path. */
  nested(path: string): IndexTerms {
    let found = this.within.get(path)
    if (found === undefined) {
      const segments = this.parts.map(({ segment }) => nestedSegment(segment, this.mapping, path))
      this.within.set(path, (found = new IndexTerms(this.mapping, segments)))
    }
    return found
  }

  /** Documents with the term, deleted ones included. */
  frequency(leaf: Leaf, term: string): number {
    const key = `${leaf.name}\n${term}`
    let total = this.frequencies.get(key)
    if (total !== undefined) return total
    total = 0
    for (const { segment, documents } of this.parts) {
      const column = segment.column(leaf.name)
      if (column === undefined) continue
      total += count(withOrdinalsOf(column, leaf, term, documents))
    }
    this.frequencies.set(key, total)
    return total
  }

  /** Documents of the index, deleted ones included. */
  get documents(): number {
    return this.parts.reduce((sum, { documents }) => sum + documents, 0)
  }

  /** The source of the document with this id. */
  source(id: string): string | undefined {
    for (const { segment, documents } of this.parts) {
      const document = segment.find?.(id)
      if (document !== undefined && document < documents) return segment.source(document)
      if (segment.find === undefined)
        for (let d = 0; d < documents; d++) if (segment.id(d) === id) return segment.source(d)
    }
    return undefined
  }

  /** The values of a number field, deleted documents' included. */
  *values(leaf: Leaf): Generator<number> {
    for (const { segment, documents } of this.parts) {
      const column = segment.column(leaf.name)
      if (column?.kind !== 'number') continue
      for (let d = 0; d < documents; d++) for (const value of valuesOf(column, d)) yield value as number
    }
  }

  field(leaf: Leaf): FieldStatistics {
    let known = this.fields.get(leaf.name)
    if (known === undefined) this.fields.set(leaf.name, (known = this.measure(leaf)))
    return known
  }

  private measure(leaf: Leaf): FieldStatistics {
    let [having, terms] = [0, 0]
    for (const { segment, documents } of this.parts) {
      const column = segment.column(leaf.name)
      if (column === undefined) continue
      const here = count(withValue(column, { documents, from: 0, to: documents }))
      having += here
      const values = column.offsets === undefined ? here : column.offsets[documents]!
      terms += column.kind === 'string' && isText(leaf.type) ? averageTerms(column, leaf, documents) * values : values
    }
    return { documents: having, averageLength: having === 0 ? 1 : terms / having }
  }

  /**
   * The terms of a text field, or the values of a keyword field, that fit: at most so many, the best by `compare`.
   * @param key names the condition.
   */
  expand(
    leaf: Leaf,
    key: string,
    fits: (term: string) => boolean,
    limit: number,
    compare: (a: string, b: string) => number = compareStrings,
  ): readonly string[] {
    const id = `${leaf.name}\n${key}\n${limit}`
    let terms = this.expanded.get(id)
    if (terms === undefined) {
      const found = new Set<string>()
      for (const { segment } of this.parts) {
        const column = segment.column(leaf.name)
        if (column?.kind !== 'string') continue
        for (const entry of column.dictionary)
          for (const term of leaf.analyzer?.terms(entry) ?? [entry]) if (!found.has(term) && fits(term)) found.add(term)
      }
      terms = [...found].sort(compare).slice(0, limit)
      this.expanded.set(id, terms)
    }
    return terms
  }
}

function withOrdinalsOf(column: Column, leaf: Leaf, term: string, documents: number) {
  const span = { documents, from: 0, to: documents }
  if (column.kind !== 'string') return { kind: 'none' } as const
  if (leaf.analyzer !== undefined) return withOrdinals(column, textTermTable(column, leaf.analyzer, term), span)
  const ordinal = ordinalOf(column, term)
  if (ordinal < 0) return { kind: 'none' } as const
  const marked = new Uint8Array(column.dictionary.length)
  marked[ordinal] = 1
  return withOrdinals(column, marked, span)
}

const averages = new WeakMap<readonly string[], { entries: number; average: number }>()

function averageTerms(column: StringColumn, leaf: Leaf, documents: number): number {
  const { dictionary, ordinals, offsets, present } = column
  const known = averages.get(dictionary)
  if (known !== undefined && known.entries === documents) return known.average
  const values = offsets === undefined ? documents : offsets[documents]!
  const step = Math.max(1, Math.floor(values / SAMPLE))
  const lengths = new Map<number, number>()
  let [total, seen] = [0, 0]
  for (let i = 0; i < values; i += step) {
    if (offsets === undefined && present !== undefined && ((present[i >>> 5]! >>> (i & 31)) & 1) === 0) continue
    const ordinal = ordinals[i]!
    let length = lengths.get(ordinal)
    if (length === undefined) lengths.set(ordinal, (length = countedTerms(leaf, dictionary[ordinal]!).length))
    total += length
    seen++
  }
  const average = seen === 0 ? 0 : total / seen
  averages.set(dictionary, { entries: documents, average })
  return average
}
