/** match, match_phrase, match_bool_prefix, fuzzy: queries on the terms of analysed text. */
import { stringifyJson, type Value } from '../../../event/index.ts'
import { DiagnosticError, fail } from '../../../diagnostic/index.ts'
import type { Leaf } from '../../dsl/index.ts'
import { checkClauses } from '../../dsl/bool-query.ts'
import { KEYWORD_ANALYZER, analyzerOf, type Analyzer } from '../../dsl/analysis.ts'
import { hasTerms, isText } from '../../dsl/field-types.ts'
import type { Fuzziness, MatchQuery, PhraseQuery } from '../../dsl/query-tree.ts'
import { where, withOrdinals } from './column-sets.ts'
import { compareStrings, markEntries } from './dictionary.ts'
import { contains, emptyBits, intersect, NONE, run, union, type DocSet } from './doc-set.ts'
import { allowedEdits, editDistance } from './edit-distance.ts'
import { termSet } from './field-terms.ts'
import type { FilterContext, Matched } from './filter-context.ts'
import { atLeast, minimumOf } from './minimum.ts'
import { textsOf } from './positions.ts'
import { bm25, idf, keptLength, termScore, textScore } from './relevance.ts'
import { textTermSet } from './text-terms.ts'

export function constant(set: DocSet, score: number, context: FilterContext): Matched {
  return { set, score: context.scoring ? () => score : undefined }
}

export function lenient(allowed: boolean, make: () => Matched): Matched {
  if (!allowed) return make()
  try {
    return make()
  } catch (error) {
    if (error instanceof DiagnosticError) return { set: NONE, score: undefined }
    throw error
  }
}

export function textOf(value: Value): string {
  return typeof value === 'string'
    ? value
    : typeof value === 'object' && value !== null
      ? stringifyJson(value)
      : String(value)
}

export function analyzerFor(name: string | undefined, leaf: Leaf): Analyzer {
  if (name !== undefined) return analyzerOf(leaf.name, name)
  return (
    leaf.searchAnalyzer ??
    leaf.analyzer ??
    (splitsQueries(leaf) ? analyzerOf(leaf.name, 'whitespace') : KEYWORD_ANALYZER)
  )
}

/** A keyword field whose queries are several words. */
function splitsQueries(leaf: Leaf): boolean {
  return String(leaf.parameters['split_queries_on_whitespace']) === 'true'
}

/** One exact term: of a text it scores by its rarity, of any other field it is simply there. */
export function matchTerm(leaf: Leaf, value: Value, boost: number, context: FilterContext): Matched {
  const set = termSet(leaf, value, context)
  if (!context.scoring || !isText(leaf.type) || set.kind === 'none') return constant(set, boost, context)
  return { set, score: termScore(leaf, textOf(value), boost, context) }
}

export function matchText(leaf: Leaf, query: MatchQuery, context: FilterContext): Matched {
  if (!isText(leaf.type) && query.fuzziness === undefined && !query.lastIsPrefix && !splitsQueries(leaf))
    return lenient(query.lenient, () => matchTerm(leaf, query.text, query.boost, context))
  if (!hasTerms(leaf.type))
    return lenient(query.lenient, () => constant(termSet(leaf, query.text, context), query.boost, context))
  const all = analyzerFor(query.analyzer, leaf).terms(textOf(query.text))
  const last = query.lastIsPrefix ? all.at(-1) : undefined
  const terms = [...new Set(last === undefined ? all : all.slice(0, -1))]
  checkClauses(terms.length)
  if (all.length === 0)
    return constant(query.zeroTerms === 'all' ? run(0, context.documents) : NONE, query.boost, context)
  const parts = terms.map((term) =>
    query.fuzziness === undefined
      ? matchTerm(leaf, term, query.boost, context)
      : matchFuzzy(leaf, term, query.fuzziness, query.boost, context),
  )
  if (last !== undefined) parts.push(constant(prefixSet(leaf, last, context), query.boost, context))
  const needed =
    query.operator === 'and' ? parts.length : Math.max(1, minimumOf(query.minimumShouldMatch, parts.length, 1))
  const set = atLeast(
    parts.map((part) => part.set),
    needed,
    context.documents,
  )
  return { set, score: context.scoring ? sumOf(parts) : undefined }
}

export function sumOf(parts: readonly Matched[]): (document: number) => number {
  if (parts.length === 1) return parts[0]!.score ?? (() => 0)
  return (document) => {
    let sum = 0
    for (const { set, score } of parts) if (contains(set, document)) sum += score?.(document) ?? 0
    return Math.fround(sum)
  }
}

function prefixSet(leaf: Leaf, prefix: string, context: FilterContext): DocSet {
  return entrySet(leaf, `prefix false ${prefix}`, (term) => term.startsWith(prefix), context)
}

/** Documents with a value (of a text: with a term) that fits. */
export function entrySet(leaf: Leaf, key: string, fits: (term: string) => boolean, context: FilterContext): DocSet {
  const column = context.segment.column(leaf.name)
  if (column === undefined || column.kind !== 'string') return NONE
  const { analyzer } = leaf
  const entry = analyzer === undefined ? fits : (text: string): boolean => analyzer.terms(text).some(fits)
  return withOrdinals(column, markEntries(column, `${analyzer?.name ?? ''} ${key}`, entry), context)
}

/** A term or what is at most so many edits away from it. */
export function matchFuzzy(
  leaf: Leaf,
  term: string,
  fuzziness: Fuzziness,
  boost: number,
  context: FilterContext,
): Matched {
  const edits = allowedEdits(fuzziness, term)
  if (edits === 0) return matchTerm(leaf, term, boost, context)
  const { prefixLength, transpositions, maxExpansions } = fuzziness
  const prefix = term.slice(0, prefixLength)
  const distance = (other: string): number =>
    other.startsWith(prefix)
      ? editDistance(other.slice(prefix.length), term.slice(prefix.length), edits, transpositions)
      : edits + 1
  const closeness = (other: string): number =>
    1 - distance(other) / Math.min([...other].length || 1, [...term].length || 1)
  const found = context.terms.expand(
    leaf,
    `fuzzy ${JSON.stringify([term, fuzziness])}`,
    (other) => distance(other) <= edits,
    maxExpansions,
    (a, b) => closeness(b) - closeness(a) || compareStrings(a, b),
  )
  // Terms share the rarity of the commonest, so that a misspelt word is not worth more for being rare.
  const common = Math.max(0, ...found.map((other) => context.terms.frequency(leaf, other)))
  const parts = found.map((other): Matched => {
    const set = termSet(leaf, other, context)
    const weight = other === term ? boost : boost * Math.max(0, closeness(other))
    return {
      set,
      score: context.scoring && set.kind !== 'none' ? termScore(leaf, other, weight, context, common) : undefined,
    }
  })
  const set = parts.reduce<DocSet>((all, part) => union(all, part.set, context.documents), NONE)
  return { set, score: context.scoring ? sumOf(parts) : undefined }
}

export function matchPhrase(leaf: Leaf, query: PhraseQuery, context: FilterContext): Matched {
  if (!isText(leaf.type) && query.prefixExpansions === undefined)
    return lenient(query.lenient, () => matchTerm(leaf, query.text, query.boost, context))
  if (!isText(leaf.type)) {
    if (query.lenient) return { set: NONE, score: undefined }
    throw fail('search.query_shard', {
      reason: `failed to create query: Can only use phrase prefix queries on text fields - not on [${leaf.name}] which is of type [${leaf.type}]`,
    })
  }
  const analyzer =
    query.analyzer === undefined && leaf.quoteAnalyzer !== undefined
      ? leaf.quoteAnalyzer
      : analyzerFor(query.analyzer, leaf)
  const wanted = analyzer.terms(textOf(query.text))
  if (wanted.length === 0)
    return constant(query.zeroTerms === 'all' ? run(0, context.documents) : NONE, query.boost, context)
  if (wanted.length > 1 && leaf.indexOptions !== 'positions')
    throw fail('search.query_shard', {
      reason: `failed to create query: field:[${leaf.name}] was indexed without position data; cannot run PhraseQuery`,
    })
  const last = wanted.at(-1)!
  const ends =
    query.prefixExpansions === undefined
      ? [last]
      : context.terms.expand(leaf, `prefix ${last}`, (term) => term.startsWith(last), query.prefixExpansions)
  if (ends.length === 0) return { set: NONE, score: undefined }
  if (wanted.length === 1 && query.prefixExpansions === undefined) return matchTerm(leaf, last, query.boost, context)
  const column = context.segment.column(leaf.name)
  if (column === undefined || column.kind !== 'string') return { set: NONE, score: undefined }
  const indexAnalyzer = leaf.analyzer ?? KEYWORD_ANALYZER
  const heads = wanted.slice(0, -1)
  const endSet = new Set(ends)
  let candidates = ends.reduce<DocSet>((all, end) => union(all, termSet(leaf, end, context), context.documents), NONE)
  for (const term of heads) candidates = intersect(candidates, textTermSet(leaf, term, context), context.documents)
  if (candidates.kind === 'none') return { set: NONE, score: undefined }
  const tests = [...heads.map((term) => (other: string) => other === term), (other: string) => endSet.has(other)]
  const { dictionary, ordinals, offsets } = column
  const scoreOf = (): ((frequency: number, length: number) => number) => {
    const { documents, averageLength } = context.terms.field(leaf)
    let rarity = 0
    for (const term of [...heads, ...(query.prefixExpansions === undefined ? [last] : ends)])
      rarity += idf(context.terms.frequency(leaf, term), documents)
    return bm25(query.boost * rarity, averageLength)
  }
  if (offsets !== undefined && query.slop >= leaf.positionGap)
    return phraseAcrossValues(leaf, candidates, tests, query.slop, scoreOf, context)
  const known = new Map<number, number>()
  const found = (ordinal: number): number => {
    let number = known.get(ordinal)
    if (number === undefined)
      known.set(ordinal, (number = phrases(indexAnalyzer.terms(dictionary[ordinal]!), tests, query.slop)))
    return number
  }
  // Only candidates are taken apart: the others have not all of the terms.
  const fits = (i: number): boolean => found(ordinals[i]!) > 0
  const set = intersect(
    candidates,
    offsets === undefined
      ? where(column, (i) => contains(candidates, i) && fits(i), context)
      : where(column, fits, context),
    context.documents,
  )
  if (!context.scoring) return { set, score: undefined }
  const look = (text: string): { found: number; length: number } => {
    const terms = indexAnalyzer.terms(text)
    return { found: phrases(terms, tests, query.slop), length: terms.length }
  }
  return { set, score: textScore(column, look, scoreOf(), leaf) }
}

/** Of a field whose values lie so near each other that a phrase may begin in one and end in the next. */
function phraseAcrossValues(
  leaf: Leaf,
  candidates: DocSet,
  tests: readonly ((term: string) => boolean)[],
  slop: number,
  scoreOf: () => (frequency: number, length: number) => number,
  context: FilterContext,
): Matched {
  const look = (document: number): { found: number; length: number } => {
    const texts = textsOf(context, document)(leaf)
    return { found: phrases([...texts.values()], tests, slop, [...texts.keys()]), length: texts.size }
  }
  const bits = emptyBits(context.documents)
  for (let d = context.from; d < context.to; d++)
    if (contains(candidates, d) && look(d).found > 0) bits[d >>> 5]! |= 1 << (d & 31)
  const set: DocSet = { kind: 'bits', bits }
  if (!context.scoring) return { set, score: undefined }
  const score = scoreOf()
  return {
    set,
    score(document) {
      const { found, length } = look(document)
      return score(found, keptLength(leaf, length))
    },
  }
}

/**
 * How often a phrase is in a text; with slop a place where the terms lie `d` moves apart counts 1 / (1 + d),
 * and they may stand in another order where the moves allow it, as in Lucene's sloppy phrases.
 * @param positions of the terms, where they are not one after the other
 */
export function phrases(
  terms: readonly string[],
  wanted: readonly ((term: string) => boolean)[],
  slop: number,
  positions?: readonly number[],
): number {
  if (slop === 0) {
    let found = 0
    for (let at = 0; at + wanted.length <= terms.length; at++)
      if (wanted.every((fits, i) => fits(terms[at + i]!))) found++
    return found
  }
  // Each term's places, moved back by its own place in the phrase: an exact phrase has them all equal.
  const places = wanted.map((fits, i) => terms.flatMap((term, at) => (fits(term) ? [(positions?.[at] ?? at) - i] : [])))
  if (places.some((list) => list.length === 0)) return 0
  const next = wanted.map(() => 0)
  let found = 0
  for (;;) {
    let [least, at, most] = [Infinity, 0, -Infinity]
    places.forEach((list, i) => {
      const place = list[next[i]!]!
      if (place < least) [least, at] = [place, i]
      if (place > most) most = place
    })
    const used = new Set(places.map((list, i) => list[next[i]!]! + i))
    if (most - least <= slop && used.size === places.length) found += 1 / (1 + most - least)
    if (++next[at]! >= places[at]!.length) return found
  }
}
