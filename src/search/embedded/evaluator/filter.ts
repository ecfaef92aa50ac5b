/** From a checked query to the documents of a segment that it matches, and to their scores where someone asks. */
import type { Value } from '../../../event/index.ts'
import { DiagnosticError, fail } from '../../../diagnostic/index.ts'
import { wildcardMatch, type Leaf, type Query } from '../../dsl/index.ts'
import { hasTerms, isText } from '../../dsl/field-types.ts'
import { termRegex } from '../../dsl/lucene-regex.ts'
import type { BoolQuery, EachFieldQuery, FuzzyQuery, MatchQuery, TermQuery } from '../../dsl/query-tree.ts'
import { withValue } from './column-sets.ts'
import { best, matchCompound } from './compound.ts'
import { complement, contains, intersect, NONE, run, union, emptyBits, type DocSet } from './doc-set.ts'
import { rangeSet, termsSet } from './field-terms.ts'
import type { FilterContext, Matched } from './filter-context.ts'
import { matchIntervals } from './intervals.ts'
import { atLeast, minimumOf } from './minimum.ts'
import {
  analyzerFor,
  constant,
  entrySet,
  matchFuzzy,
  matchPhrase,
  matchTerm,
  matchText,
  sumOf,
  textOf,
} from './text-match.ts'
import { geoSet, matchDistanceFeature } from './shapes.ts'
import { similarTerms } from './more-like-this.ts'
import { matchSpans } from './spans.ts'
import { matchPinned, matchRankFeature, matchTermsSet } from './specialized.ts'
import { patternTest, refusePattern } from './term-tests.ts'

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
      if (query.field.startsWith('_') && context.mapping.field(query.field) === undefined)
        return constant(metadataSet(query.field, [query.text], context), query.boost, context)
      return withLeaf(query.field, context, (leaf) => matchText(leaf, query, context))
    case 'match_phrase':
      return withLeaf(query.field, context, (leaf) => matchPhrase(leaf, query, context))
    case 'fuzzy':
      return withLeaf(query.field, context, (leaf) => fuzzyTerm(leaf, query, context))
    case 'term':
      if (query.field.startsWith('_'))
        return constant(metadataSet(query.field, [query.value], context), query.boost, context)
      return withLeaf(query.field, context, (leaf) => oneTerm(leaf, query, context))
    case 'dis_max':
    case 'boosting':
    case 'function_score':
    case 'nested':
    case 'script':
      return matchCompound(query, context, matchQuery)
    case 'geo':
      return constant(geoSet(query, context), query.boost, context)
    case 'intervals':
      return matchIntervals(query, context)
    case 'spans':
      return matchSpans(query, context)
    case 'more_like_this':
      return matchQuery(similarTerms(query, context), context)
    case 'terms_set':
      return matchTermsSet(query, context)
    case 'rank_feature':
      return matchRankFeature(query, context)
    case 'pinned':
      return matchPinned(query, context, matchQuery)
    case 'distance_feature':
      return matchDistanceFeature(query, context)
    case 'terms_lookup':
      throw new Error('this is a bug: a terms lookup was not resolved')
    default:
      return constant(leafSet(query, context), 'boost' in query ? query.boost : 1, context)
  }
}

type LeafQuery = Extract<
  Query,
  { kind: 'match_all' | 'ids' | 'exists' | 'terms' | 'range' | 'prefix' | 'wildcard' | 'regexp' }
>

function leafSet(query: LeafQuery | TermQuery, context: FilterContext): DocSet {
  switch (query.kind) {
    case 'match_all':
      return run(0, context.documents)
    case 'ids':
      return idSet(new Set(query.values), context)
    case 'exists':
      return existsSet(query.field, context)
    case 'terms':
      if (query.field.startsWith('_')) return metadataSet(query.field, query.values, context)
      return withField(query.field, context, (leaf) => termsSet(leaf, query.values, context))
    case 'range':
      return withField(query.field, context, (leaf) => rangeSet(leaf, query, context))
    default:
      if (query.field === '_index') return indexNameSet(query, context)
      return withField(query.field, context, (leaf) => patternSet(leaf, query, context))
  }
}

function indexNameSet(query: TermQuery, context: FilterContext): DocSet {
  const text = String(query.value)
  const fits =
    query.kind === 'regexp'
      ? termRegex(query)(context.index)
      : wildcardMatch(text + (query.kind === 'prefix' ? '*' : ''), context.index)
  return fits ? run(0, context.documents) : NONE
}

function searchedField(field: string, context: FilterContext): Leaf | undefined {
  const leaf = context.mapping.field(field)
  if (leaf !== undefined && !leaf.indexed)
    throw fail('search.query_shard', {
      reason: `failed to create query: Cannot search on field [${field}] since it is not indexed.`,
    })
  return leaf
}

function withField(field: string, context: FilterContext, make: (leaf: Leaf) => DocSet): DocSet {
  const leaf = searchedField(field, context)
  return leaf === undefined ? NONE : make(leaf)
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

/** Metadata that every document has. */
const EVERYWHERE: ReadonlySet<string> = new Set(['_id', '_index', '_seq_no', '_version', '_type'])

/** A name with wildcards or of an object is any of its fields. */
function existsSet(field: string, context: FilterContext): DocSet {
  const { mapping, segment, documents } = context
  if (EVERYWHERE.has(field)) return run(0, documents)
  if (field === '_source') throw fail('search.query_shard', { reason: 'The _source field is not searchable' })
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

function oneTerm(leaf: Leaf, query: TermQuery, context: FilterContext): Matched {
  if (!query.caseInsensitive || !hasTerms(leaf.type)) return matchTerm(leaf, query.value, query.boost, context)
  const wanted = String(query.value).toLowerCase()
  const set = entrySet(leaf, `term-i ${wanted}`, (term) => term.toLowerCase() === wanted, context)
  return constant(set, query.boost, context)
}

function fuzzyTerm(leaf: Leaf, query: FuzzyQuery, context: FilterContext): Matched {
  refusePattern(leaf, 'fuzzy', query.field)
  return matchFuzzy(leaf, textOf(query.value), query.fuzziness, query.boost, context)
}

function patternSet(leaf: Leaf, query: TermQuery, context: FilterContext): DocSet {
  refusePattern(leaf, query.kind, query.field)
  const { name, fits } = patternTest(leaf, query)
  return entrySet(leaf, name, fits, context)
}

function withLeaf(field: string, context: FilterContext, make: (leaf: Leaf) => Matched): Matched {
  const leaf = searchedField(field, context)
  return leaf === undefined ? { set: NONE, score: undefined } : make(leaf)
}

function matchEachField(query: EachFieldQuery, context: FilterContext): Matched {
  const fields = fieldsOf(query, context)
  if (query.combine === 'cross' && query.leaf.kind === 'match') return matchAcross(query, query.leaf, fields, context)
  const parts: Matched[] = []
  for (const { field, boost, anyField } of fields) {
    const leaf = { ...query.leaf, field, boost: query.leaf.boost * boost } as Query
    try {
      parts.push(matchQuery(leaf, context))
    } catch (error) {
      if (!(anyField || query.lenient === true) || !(error instanceof DiagnosticError)) throw error
    }
  }
  return best(parts, query.combine === 'most' ? 1 : query.tieBreaker, 1, context)
}

interface WeightedField {
  readonly field: string
  readonly boost: number
  /** Named by a wildcard: where the value does not fit the field, the field is left out. */
  readonly anyField: boolean
}

function fieldsOf(query: EachFieldQuery, { mapping }: FilterContext): WeightedField[] {
  const suffixed = (field: string): string =>
    query.suffix !== undefined && mapping.field(field + query.suffix) !== undefined ? field + query.suffix : field
  return query.fields.flatMap((pattern): WeightedField[] => {
    const [name, boost = '1'] = pattern.split('^') as [string, string?]
    if (!name.includes('*')) return [{ field: suffixed(name), boost: Number(boost), anyField: false }]
    return [...mapping.fields().keys(), ...(name === '*' ? [] : mapping.fieldAliases().keys())]
      .filter((field) => wildcardMatch(name, field))
      .map((field) => ({ field: suffixed(field), boost: Number(boost), anyField: true }))
  })
}

/** Each term in any of the fields, as if they were one; fields that analyse alike go together. */
function matchAcross(
  query: EachFieldQuery,
  leaf: MatchQuery,
  fields: readonly WeightedField[],
  context: FilterContext,
): Matched {
  const groups = new Map<string, { terms: string[]; fields: WeightedField[] }>()
  for (const field of fields) {
    const mapped = context.mapping.field(field.field)
    if (mapped === undefined) continue
    const analyzer = analyzerFor(leaf.analyzer, mapped)
    const name = isText(mapped.type) ? analyzer.name : 'keyword'
    const terms = isText(mapped.type) ? analyzer.terms(textOf(leaf.text)) : [textOf(leaf.text)]
    const group = groups.get(name) ?? { terms, fields: [] }
    group.fields.push(field)
    groups.set(name, group)
  }
  const parts = [...groups.values()].map((group): Matched => {
    const each = group.terms.map((term) =>
      matchEachField(
        {
          ...query,
          combine: 'best',
          fields: group.fields.map(({ field, boost }) => `${field}^${boost}`),
          leaf: { ...leaf, text: term, operator: 'or', minimumShouldMatch: undefined },
        },
        context,
      ),
    )
    if (each.length === 0) return { set: NONE, score: undefined }
    const needed =
      leaf.operator === 'and' ? each.length : Math.max(1, minimumOf(leaf.minimumShouldMatch, each.length, 1))
    const set = atLeast(
      each.map((part) => part.set),
      needed,
      context.documents,
    )
    return { set, score: context.scoring ? sumOf(each) : undefined }
  })
  return best(parts, query.tieBreaker, 1, context)
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
    // Asking for none does not help where there is nothing else to match.
    const needed = Math.max(byDefault, minimumOf(query.minimumShouldMatch, should.length, byDefault))
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
  } else if (required.length > 0 && minimumOf(query.minimumShouldMatch, 0, 0) > 0)
    return { set: NONE, score: undefined }
  for (const not of query.mustNot) set = intersect(set, complement(matchQuery(not, plain).set, documents), documents)
  // A bool of must_not alone, or an empty one, scores as everything does.
  const alone =
    query.must.length === 0 && query.should.length === 0 && query.filter.length === 0 && query.mustNot.length === 0
  const score = (document: number): number => {
    let sum = alone ? 1 : 0
    for (const part of scored) if (contains(part.set, document)) sum += part.score?.(document) ?? 0
    return Math.fround(sum) * query.boost
  }
  return { set, score: context.scoring ? score : undefined }
}
