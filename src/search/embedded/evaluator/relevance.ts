/**
 * BM25 as Lucene works it out (k1 1.2, b 0.75): Robertson and Zaragoza, "The Probabilistic Relevance Framework".
 * The factor (k1 + 1) of older Lucene is left out, as OpenSearch 3 does: it changes no order. Lengths of texts are kept in one byte there, so they are rounded here as by its SmallFloat.
 */
import type { Leaf } from '../../dsl/index.ts'
import { KEYWORD_ANALYZER } from '../../dsl/analysis.ts'
import type { StringColumn } from '../columns.ts'
import type { FilterContext } from './filter-context.ts'

const K1 = Math.fround(1.2)
const B = 0.75
/** Lengths that fit a byte as they are. */
const FREE = 24

/** A length as it is after it was written in a byte with three bits of mantissa. */
function roundedLength(length: number): number {
  if (length < FREE) return length
  const rest = length - FREE
  const bits = rest === 0 ? 0 : 32 - Math.clz32(rest)
  if (bits < 4) return length
  const shift = bits - 4
  return FREE + ((rest >>> shift) << shift)
}

/** The terms of a text as the index counts them: each once, where it keeps only that they are there. */
export function countedTerms(leaf: Leaf, text: string): readonly string[] {
  const terms = (leaf.analyzer ?? KEYWORD_ANALYZER).terms(text)
  return leaf.indexOptions === 'docs' ? [...new Set(terms)] : terms
}

/** The length of a text as scores know it: without norms each is one term long. */
export function keptLength({ norms }: Leaf, length: number): number {
  return norms ? roundedLength(length) : 1
}

/** The inverse document frequency of a term that `frequency` of `documents` have. */
export function idf(frequency: number, documents: number): number {
  return Math.fround(Math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5)))
}

/** @returns the score of a document by how often the term is in it and by its length, rounded step by step as Lucene's floats are. */
export function bm25(weight: number, averageLength: number): (frequency: number, length: number) => number {
  const { fround } = Math
  const [whole, average] = [fround(weight), fround(averageLength)]
  return (frequency, length) => {
    const norm = fround(1 / fround(K1 * fround(1 - B + fround(fround(B * length) / average))))
    return fround(whole - fround(whole / fround(1 + fround(frequency * norm))))
  }
}

/**
 * Scores one term of a field.
 * @param frequency stands in for the number of documents with the term, where several terms share one.
 */
export function termScore(
  leaf: Leaf,
  term: string,
  boost: number,
  context: FilterContext,
  frequency = context.terms.frequency(leaf, term),
): (document: number) => number {
  const { documents, averageLength } = context.terms.field(leaf)
  const score = bm25(boost * idf(frequency, Math.max(documents, frequency)), averageLength)
  const column = context.segment.column(leaf.name)
  if (column?.kind !== 'string') return () => 0
  return textScore(column, (text) => occurrences(countedTerms(leaf, text), term), score, leaf)
}

/** Scores by what a text holds; texts that are said often are looked at once. */
export function textScore(
  column: StringColumn,
  look: (text: string) => { found: number; length: number },
  score: (frequency: number, length: number) => number,
  leaf: Leaf,
): (document: number) => number {
  const { dictionary, ordinals, offsets } = column
  const known = new Map<number, { found: number; length: number }>()
  const at = (ordinal: number): { found: number; length: number } => {
    let result = known.get(ordinal)
    if (result === undefined) {
      result = look(dictionary[ordinal]!)
      if (known.size < 65_536) known.set(ordinal, result)
    }
    return result
  }
  return (document) => {
    let [start, end] = [document, document + 1]
    if (offsets !== undefined) [start, end] = [offsets[document]!, offsets[document + 1]!]
    let [found, length] = [0, 0]
    for (let i = start; i < end; i++) {
      const one = at(ordinals[i]!)
      found += one.found
      length += one.length
    }
    return score(leaf.indexOptions === 'docs' ? Math.min(found, 1) : found, keptLength(leaf, length))
  }
}

function occurrences(terms: readonly string[], term: string): { found: number; length: number } {
  let found = 0
  for (const one of terms) if (one === term) found++
  return { found, length: terms.length }
}
