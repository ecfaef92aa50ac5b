/** more_like_this: the terms that tell a text from others, asked for as a bool of terms (as Lucene's MoreLikeThis). */
import { isObject, parseJson, type Value, type ValueObject } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import { mapDocument, type Leaf, type Query } from '../../dsl/index.ts'
import { isText } from '../../dsl/field-types.ts'
import { boolQuery } from '../../dsl/bool-query.ts'
import type { Like, MoreLikeThisQuery } from '../../dsl/specialized-tree.ts'
import type { FilterContext } from './filter-context.ts'
import { analyzerFor } from './text-match.ts'

/** Terms of one item that are looked at: what comes later in a long text changes little. */
const MOST_TERMS = 100_000

export function similarTerms(query: MoreLikeThisQuery, context: FilterContext): Query {
  const fields = fieldsOf(query, context)
  const unwanted = new Set(query.stopWords)
  for (const counted of [
    textFrequencies(query.unlike, fields, query),
    ...frequencies(query.unlike, fields, query, context).values(),
  ])
    for (const term of counted.keys()) unwanted.add(term)
  const ofDocuments = [...frequencies(query.like, fields, query, context)].flatMap(([leaf, counted]) =>
    bestTerms([leaf], counted, unwanted, query, context),
  )
  // A text is not of a field: each of its terms is asked in the field where it is commonest.
  const ofTexts = bestTerms(fields, textFrequencies(query.like, fields, query), unwanted, query, context)
  const should = [ofDocuments, ofTexts]
    .filter((terms) => terms.length > 0)
    .map((terms) => boolQuery({ should: terms, minimumShouldMatch: query.minimumShouldMatch }))
  if (should.length === 0) return { kind: 'match_none' }
  const ids = query.include
    ? []
    : query.like.flatMap((item) =>
        item.kind === 'stored' && (item.index ?? context.index) === context.index ? [item.id] : [],
      )
  const mustNot: Query[] = ids.length === 0 ? [] : [{ kind: 'ids', values: ids, boost: 1 }]
  return boolQuery({ should, mustNot, boost: query.boost })
}

function fieldsOf({ fields, failOnUnsupportedField }: MoreLikeThisQuery, { mapping }: FilterContext): Leaf[] {
  const fits = (leaf: Leaf): boolean => leaf.indexed && (isText(leaf.type) || leaf.type === 'keyword')
  if (fields === undefined) return [...mapping.fields().values()].filter(fits)
  return fields.flatMap((name) => {
    const leaf = mapping.field(name)
    if (leaf === undefined || fits(leaf)) return leaf ?? []
    if (!failOnUnsupportedField) return []
    throw fail('search.query_shard', {
      reason: `failed to create query: more_like_this only supports text/keyword fields: [${name}]`,
    })
  })
}

function count(terms: readonly string[], counted: Map<string, number>): void {
  for (const term of terms.slice(0, MOST_TERMS)) counted.set(term, (counted.get(term) ?? 0) + 1)
}

function termsOf(text: string, leaf: Leaf, { analyzer }: MoreLikeThisQuery): string[] {
  return isText(leaf.type) ? analyzerFor(analyzer, leaf).terms(text) : [text]
}

function textFrequencies(
  likes: readonly Like[],
  [first]: readonly Leaf[],
  query: MoreLikeThisQuery,
): Map<string, number> {
  const counted = new Map<string, number>()
  if (first !== undefined)
    for (const like of likes) if (like.kind === 'text') count(termsOf(like.text, first, query), counted)
  return counted
}

/** Of the documents that others are to be like: how often each term comes, by field. */
function frequencies(
  likes: readonly Like[],
  fields: readonly Leaf[],
  query: MoreLikeThisQuery,
  context: FilterContext,
): Map<Leaf, Map<string, number>> {
  const counted = new Map<Leaf, Map<string, number>>()
  for (const like of likes) {
    if (like.kind === 'text') continue
    for (const [leaf, text] of textsOf(like, fields, context)) {
      const terms = counted.get(leaf) ?? new Map<string, number>()
      count(termsOf(text, leaf, query), terms)
      counted.set(leaf, terms)
    }
  }
  return counted
}

function textsOf(
  like: Exclude<Like, { kind: 'text' }>,
  fields: readonly Leaf[],
  context: FilterContext,
): [Leaf, string][] {
  const document = documentOf(like, context)
  if (document === undefined) return []
  return mapDocument(context.mapping, document).fields.flatMap(({ field, value }): [Leaf, string][] => {
    const leaf = fields.find(({ name }) => name === field.name)
    return leaf === undefined ? [] : [[leaf, String(value)]]
  })
}

function documentOf(like: Exclude<Like, { kind: 'text' }>, { index, terms }: FilterContext): ValueObject | undefined {
  if (like.kind === 'document' || like.document !== undefined) return like.document
  if (like.index !== undefined && like.index !== index) return undefined
  const source = terms.source(like.id)
  const value: Value | undefined = source === undefined ? undefined : parseJson(source)
  return isObject(value ?? null) ? (value as ValueObject) : undefined
}

/** The terms that are rare in the index and frequent here. */
function bestTerms(
  fields: readonly Leaf[],
  counted: ReadonlyMap<string, number>,
  unwanted: ReadonlySet<string>,
  query: MoreLikeThisQuery,
  context: FilterContext,
): Query[] {
  const rated: { term: string; field: string; rating: number }[] = []
  for (const [term, frequency] of counted) {
    if (frequency < query.minTermFrequency || unwanted.has(term) || !fitsLength(term, query)) continue
    let [field, documents] = ['', 0]
    for (const leaf of fields) {
      const here = context.terms.frequency(leaf, term)
      if (here > documents) [field, documents] = [leaf.name, here]
    }
    if (documents === 0 || documents < query.minDocumentFrequency || documents > query.maxDocumentFrequency) continue
    rated.push({
      term,
      field,
      rating: frequency * Math.fround(Math.log((context.terms.documents + 1) / (documents + 1)) + 1),
    })
  }
  rated.sort((a, b) => b.rating - a.rating)
  const kept = rated.slice(0, query.maxQueryTerms)
  // Boosts are by how much better than the least of them, as Lucene's are.
  const least = kept.at(-1)?.rating ?? 1
  return kept.map(({ term, field, rating }) => ({
    kind: 'term',
    field,
    value: term,
    caseInsensitive: false,
    boost: query.boostTerms === 0 ? 1 : Math.fround((query.boostTerms * rating) / least),
  }))
}

function fitsLength(term: string, { minWordLength, maxWordLength }: MoreLikeThisQuery): boolean {
  return term.length >= minWordLength && (maxWordLength === 0 || term.length <= maxWordLength)
}
