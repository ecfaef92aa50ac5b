/** From a checked query to the documents of a segment that it matches, and to their scores where someone asks. */
import { stringifyJson, type Value } from '../../../event/index.ts'
import { DiagnosticError, fail } from '../../../diagnostic/index.ts'
import { wildcardMatch, type Leaf, type Query } from '../../dsl/index.ts'
import { KEYWORD_ANALYZER, analyzerOf, type Analyzer } from '../../dsl/analysis.ts'
import { isText, columnKind } from '../../dsl/field-types.ts'
import type { BoolQuery, EachFieldQuery, MatchQuery, PhraseQuery, TermQuery } from '../../dsl/query-tree.ts'
import { where, withOrdinals, withValue } from './column-sets.ts'
import { markEntries } from './dictionary.ts'
import { complement, contains, intersect, NONE, run, union, emptyBits, type DocSet } from './doc-set.ts'
import { rangeSet, termSet, termsSet } from './field-terms.ts'
import type { FilterContext } from './filter-context.ts'
import { textTermSet } from './text-terms.ts'
import { wildcardMatcher } from './wildcard.ts'

/** `score` is there where the context asks for scores; it is for documents of the set only. */
export interface Matched {
  readonly set: DocSet
  readonly score: ((document: number) => number) | undefined
}

export function matchQuery(query: Query, context: FilterContext): Matched {
  switch (query.kind) {
    case 'match_none':
      return { set: NONE, score: undefined }
    case 'bool':
      return matchBool(query, context)
    case 'constant_score':
      return constant(matchQuery(query.filter, { ...context, scoring: false }).set, query.boost, context)
    case 'each_field':
      return matchEachField(query, context)
    case 'match':
      return matchText(query, context)
    default:
      return constant(leafSet(query, context), 'boost' in query ? query.boost : 1, context)
  }
}

function constant(set: DocSet, score: number, context: FilterContext): Matched {
  return { set, score: context.scoring ? () => score : undefined }
}

type LeafQuery = Exclude<Query, BoolQuery | EachFieldQuery | MatchQuery | { kind: 'match_none' | 'constant_score' }>

function leafSet(query: LeafQuery, context: FilterContext): DocSet {
  switch (query.kind) {
    case 'match_all':
      return run(0, context.documents)
    case 'ids':
      return idSet(new Set(query.values), context)
    case 'exists':
      return existsSet(query.field, context)
    case 'term':
      return query.field.startsWith('_') ? metadataSet(query.field, [query.value], context) : oneTerm(query, context)
    case 'terms':
      if (query.field.startsWith('_')) return metadataSet(query.field, query.values, context)
      return withField(query.field, context, (leaf) => termsSet(leaf, query.values, context))
    case 'range':
      return withField(query.field, context, (leaf) => rangeSet(leaf, query, context))
    case 'prefix':
    case 'wildcard':
      if (query.field === '_index')
        return wildcardMatch(String(query.value) + (query.kind === 'prefix' ? '*' : ''), context.index)
          ? run(0, context.documents)
          : NONE
      return withField(query.field, context, (leaf) => patternSet(leaf, query, context))
    case 'match_phrase':
      return withField(query.field, context, (leaf) => phraseSet(leaf, query, context))
  }
}

function withField(field: string, context: FilterContext, make: (leaf: Leaf) => DocSet): DocSet {
  const leaf = context.mapping.field(field)
  if (leaf === undefined) return NONE
  if (!leaf.indexed)
    throw fail('search.query_shard', {
      reason: `failed to create query: Cannot search on field [${field}] since it is not indexed.`,
    })
  return make(leaf)
}

function metadataSet(field: string, values: readonly Value[], context: FilterContext): DocSet {
  const texts = new Set(values.map(String))
  if (field === '_id') return idSet(texts, context)
  if (field === '_index')
    return [...texts].some((text) => wildcardMatch(text, context.index)) ? run(0, context.documents) : NONE
  return withField(field, context, (leaf) => termsSet(leaf, values, context))
}

function idSet(ids: ReadonlySet<string>, { segment, documents, from, to }: FilterContext): DocSet {
  const bits = emptyBits(documents)
  if (segment.find === undefined) {
    for (let d = from; d < to; d++) if (ids.has(segment.id(d))) bits[d >>> 5]! |= 1 << (d & 31)
  } else
    for (const id of ids) {
      const d = segment.find(id)
      if (d !== undefined && d >= from && d < to) bits[d >>> 5]! |= 1 << (d & 31)
    }
  return { kind: 'bits', bits }
}

/** A name with wildcards or of an object is any of its fields. */
function existsSet(field: string, context: FilterContext): DocSet {
  const { mapping, segment, documents } = context
  if (field === '_id' || field === '_index' || field === '_source') return run(0, documents)
  const exact = mapping.field(field)
  const names =
    exact !== undefined
      ? [exact.name]
      : [...mapping.fields().keys()].filter((name) =>
          field.includes('*') ? wildcardMatch(field, name) : name.startsWith(`${field}.`),
        )
  let set: DocSet = NONE
  for (const name of names) {
    const column = segment.column(name)
    if (column !== undefined) set = union(set, withValue(column, context), documents)
  }
  return set
}

function oneTerm(query: TermQuery, context: FilterContext): DocSet {
  return withField(query.field, context, (leaf) => {
    if (!query.caseInsensitive || columnKind(leaf.type) !== 'string' || leaf.type === 'ip')
      return termSet(leaf, query.value, context)
    const wanted = String(query.value).toLowerCase()
    return entrySet(leaf, `term-i ${wanted}`, (term) => term.toLowerCase() === wanted, context)
  })
}

function patternSet(leaf: Leaf, query: TermQuery, context: FilterContext): DocSet {
  if (columnKind(leaf.type) !== 'string' || leaf.type === 'binary' || leaf.type === 'ip')
    throw fail('search.query_shard', {
      reason: `failed to create query: Can only use ${query.kind} queries on keyword, text and wildcard fields - not on [${query.field}] which is of type [${leaf.type}]`,
    })
  const fold = query.caseInsensitive ? (text: string): string => text.toLowerCase() : (text: string): string => text
  const text = fold(String(query.value))
  const fits = query.kind === 'prefix' ? (term: string): boolean => term.startsWith(text) : wildcardMatcher(text)
  return entrySet(leaf, `${query.kind} ${query.caseInsensitive} ${text}`, (term) => fits(fold(term)), context)
}

/** The documents with a term that fits: a term of the text's analysis, or the value as a whole. */
function entrySet(leaf: Leaf, key: string, fits: (term: string) => boolean, context: FilterContext): DocSet {
  const column = context.segment.column(leaf.name)
  if (column === undefined || column.kind !== 'string') return NONE
  const { analyzer } = leaf
  const entry = analyzer === undefined ? fits : (text: string): boolean => analyzer.terms(text).some(fits)
  return withOrdinals(column, markEntries(column, `${analyzer?.name ?? ''} ${key}`, entry), context)
}

function matchText(query: MatchQuery, context: FilterContext): Matched {
  const leaf = context.mapping.field(query.field)
  if (query.field.startsWith('_') && leaf === undefined)
    return constant(metadataSet(query.field, [query.text], context), query.boost, context)
  if (leaf === undefined) return constant(NONE, 0, context)
  if (!isText(leaf.type))
    return constant(
      lenient(query.lenient, () => withField(query.field, context, () => termSet(leaf, query.text, context))),
      query.boost,
      context,
    )
  const terms = [...new Set(analyzerFor(query.analyzer, leaf).terms(textOf(query.text)))]
  if (terms.length === 0)
    return constant(query.zeroTerms === 'all' ? run(0, context.documents) : NONE, query.boost, context)
  const sets = terms.map((term) => textTermSet(leaf, term, context))
  const needed =
    query.operator === 'and' ? sets.length : Math.max(1, minimumOf(query.minimumShouldMatch, sets.length, 1))
  const set = atLeast(sets, needed, context.documents)
  const score = (document: number): number => {
    let sum = 0
    for (const one of sets) if (contains(one, document)) sum += query.boost
    return sum
  }
  return { set, score: context.scoring ? score : undefined }
}

function lenient(allowed: boolean, make: () => DocSet): DocSet {
  if (!allowed) return make()
  try {
    return make()
  } catch (error) {
    if (error instanceof DiagnosticError) return NONE
    throw error
  }
}

function textOf(value: Value): string {
  return typeof value === 'string'
    ? value
    : typeof value === 'object' && value !== null
      ? stringifyJson(value)
      : String(value)
}

function analyzerFor(name: string | undefined, leaf: Leaf): Analyzer {
  return name === undefined ? (leaf.analyzer ?? KEYWORD_ANALYZER) : analyzerOf(leaf.name, name)
}

function phraseSet(leaf: Leaf, query: PhraseQuery, context: FilterContext): DocSet {
  if (!isText(leaf.type)) return lenient(query.lenient, () => termSet(leaf, query.text, context))
  const wanted = analyzerFor(query.analyzer, leaf).terms(textOf(query.text))
  if (wanted.length === 0) return NONE
  if (wanted.length === 1) return textTermSet(leaf, wanted[0]!, context)
  const column = context.segment.column(leaf.name)
  if (column === undefined || column.kind !== 'string') return NONE
  const candidates = wanted
    .map((term) => textTermSet(leaf, term, context))
    .reduce((a, b) => intersect(a, b, context.documents))
  const { analyzer } = leaf
  return intersect(
    candidates,
    where(
      column,
      (i) => hasPhrase(analyzer!.terms(column.dictionary[column.ordinals[i]!]!), wanted, query.slop),
      context,
    ),
    context.documents,
  )
}

/** With slop, each term may lie that many places further on, all moves together. */
function hasPhrase(terms: readonly string[], wanted: readonly string[], slop: number): boolean {
  for (let start = 0; start < terms.length; start++) {
    if (terms[start] !== wanted[0]) continue
    let [at, moved] = [start, 0]
    let fits = true
    for (let i = 1; fits && i < wanted.length; i++) {
      const next = terms.indexOf(wanted[i]!, at + 1)
      moved += next - at - 1
      fits = next >= 0 && moved <= slop
      at = next
    }
    if (fits) return true
  }
  return false
}

function matchEachField(query: EachFieldQuery, context: FilterContext): Matched {
  const { mapping, documents } = context
  const parts: Matched[] = []
  for (const pattern of query.fields) {
    const [name, boostText] = pattern.split('^') as [string, string?]
    const names = name.includes('*')
      ? [...mapping.fields().keys(), ...(name === '*' ? [] : mapping.fieldAliases().keys())].filter((field) =>
          wildcardMatch(name, field),
        )
      : [name]
    const anyField = name.includes('*')
    for (const field of names) {
      const boost = query.leaf.boost * (boostText === undefined ? 1 : Number(boostText))
      const leaf = { ...query.leaf, field, boost } as Query
      try {
        parts.push(matchQuery(leaf, context))
      } catch (error) {
        if (!anyField || !(error instanceof DiagnosticError)) throw error
      }
    }
  }
  const set = parts.reduce<DocSet>((all, part) => union(all, part.set, documents), NONE)
  const score = (document: number): number => {
    let result = 0
    for (const part of parts) {
      if (!contains(part.set, document)) continue
      const one = part.score?.(document) ?? 0
      result = query.combine === 'most' ? result + one : Math.max(result, one)
    }
    return result
  }
  return { set, score: context.scoring ? score : undefined }
}

function matchBool(query: BoolQuery, context: FilterContext): Matched {
  const { documents } = context
  let within = context
  let set: DocSet = run(0, documents)
  const scored: Matched[] = []
  const required = [
    ...query.filter.map((clause) => ({ clause, scoring: false })),
    ...query.must.map((clause) => ({ clause, scoring: context.scoring })),
  ]
  // Ranges first: on ascending times they leave a run, and the other clauses then look at that run alone.
  required.sort((a, b) => Number(b.clause.kind === 'range') - Number(a.clause.kind === 'range'))
  for (const { clause, scoring } of required) {
    const matched = matchQuery(clause, { ...within, scoring })
    set = intersect(set, matched.set, documents)
    if (set.kind === 'none') return { set, score: undefined }
    if (scoring) scored.push(matched)
    if (set.kind === 'run')
      within = { ...within, from: Math.max(within.from, set.from), to: Math.min(within.to, set.to) }
    if (within.from >= within.to) return { set: NONE, score: undefined }
  }
  const plain = { ...within, scoring: false }
  if (query.should.length > 0) {
    const should = query.should.map((clause) => matchQuery(clause, within))
    const byDefault = query.must.length === 0 && query.filter.length === 0 ? 1 : 0
    const needed = minimumOf(query.minimumShouldMatch, should.length, byDefault)
    if (needed > 0)
      set = intersect(
        set,
        atLeast(
          should.map((part) => part.set),
          needed,
          documents,
        ),
        documents,
      )
    if (context.scoring) scored.push(...should)
  }
  for (const not of query.mustNot) set = intersect(set, complement(matchQuery(not, plain).set, documents), documents)
  // A bool of must_not alone, or an empty one, scores as everything does.
  const alone =
    query.must.length === 0 && query.should.length === 0 && query.filter.length === 0 && query.mustNot.length === 0
  const score = (document: number): number => {
    let sum = alone ? 1 : 0
    for (const part of scored) if (contains(part.set, document)) sum += part.score?.(document) ?? 0
    return sum * query.boost
  }
  return { set, score: context.scoring ? score : undefined }
}

function atLeast(sets: readonly DocSet[], needed: number, documents: number): DocSet {
  if (needed > sets.length) return NONE
  if (needed === sets.length) return sets.reduce((a, b) => intersect(a, b, documents))
  if (needed <= 1) return sets.reduce((a, b) => union(a, b, documents))
  const bits = emptyBits(documents)
  for (let d = 0; d < documents; d++) {
    let found = 0
    for (const set of sets) if (contains(set, d)) found++
    if (found >= needed) bits[d >>> 5]! |= 1 << (d & 31)
  }
  return { kind: 'bits', bits }
}

/** Lucene's minimum_should_match: `2`, `-1`, `75%`, `-25%`, `3<90%` and several of the last. */
export function minimumOf(text: string | undefined, clauses: number, byDefault: number): number {
  if (text === undefined) return byDefault
  let chosen: string | undefined
  for (const part of text.trim().split(/\s+/)) {
    const [limit, value] = part.includes('<') ? (part.split('<') as [string, string]) : [undefined, part]
    if (limit === undefined) chosen = value
    else if (clauses > Number(limit)) chosen = value
  }
  if (chosen === undefined) return clauses
  const percent = chosen.endsWith('%')
  const number = Number(chosen.replace('%', ''))
  const amount = percent ? Math.trunc((clauses * Math.abs(number)) / 100) : Math.abs(number)
  return Math.max(0, number < 0 ? clauses - amount : amount)
}
