/** The checks of more_like_this, terms_set, rank_feature and pinned. */
import { isObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { analyzerOf } from './analysis.ts'
import { Clause } from './clause.ts'
import { fieldClause, minimum, scalar } from './field-clause.ts'
import type { CheckInner, Query } from './query-tree.ts'
import { scriptOf } from './script-clause.ts'
import type { Like, PinnedQuery, RankFeatureQuery, TermsSetQuery } from './specialized-tree.ts'

const MAX_TERMS = 1024
const MAX_LIKES = 100
const MAX_PINNED = 100

export function checkMoreLikeThis(body: ValueObject): Query {
  const clause = new Clause('more_like_this', body)
  const fields = clause.list('fields')?.map(String)
  if (fields?.length === 0) throw fail('search.parsing', { reason: "more_like_this requires 'fields' to be non-empty" })
  const like = likesOf(clause, 'like')
  if (like.length === 0) throw fail('search.parsing', { reason: "more_like_this requires 'like' to be specified" })
  const analyzer = clause.string('analyzer')
  if (analyzer !== undefined) analyzerOf('*', analyzer)
  const count = (key: string, otherwise: number, least = 0): number => {
    const value = clause.integer(key) ?? otherwise
    if (value < least) throw fail('search.argument', { reason: `requires '${key}' to be greater than ${least - 1}` })
    return value
  }
  const query: Query = {
    kind: 'more_like_this',
    fields,
    like,
    unlike: likesOf(clause, 'unlike'),
    maxQueryTerms: Math.min(MAX_TERMS, count('max_query_terms', 25, 1)),
    minTermFrequency: count('min_term_freq', 2),
    minDocumentFrequency: count('min_doc_freq', 5),
    maxDocumentFrequency: count('max_doc_freq', Number.MAX_SAFE_INTEGER),
    minWordLength: count('min_word_length', 0),
    maxWordLength: count('max_word_length', 0),
    stopWords: clause.list('stop_words')?.map(String) ?? [],
    analyzer,
    minimumShouldMatch: minimum(clause) ?? '30%',
    boostTerms: clause.number('boost_terms') ?? 0,
    include: clause.boolean('include') ?? false,
    failOnUnsupportedField: clause.boolean('fail_on_unsupported_field') ?? true,
    boost: clause.boost(),
  }
  clause.done()
  return query
}

function likesOf(clause: Clause, key: string): Like[] {
  const items = clause.list(key) ?? []
  if (items.length > MAX_LIKES)
    throw fail('search.argument', { reason: `[more_like_this] '${key}' must have at most ${MAX_LIKES} items` })
  return items.map(likeOf)
}

function likeOf(item: Value): Like {
  if (!isObject(item)) return { kind: 'text', text: String(scalar('more_like_this', item, 'like')) }
  const clause = new Clause('more_like_this', item)
  const index = clause.string('_index')
  const id = clause.string('_id')
  const document = clause.object('doc')
  clause.take('_type', '_routing', 'routing')
  clause.done()
  if (document !== undefined) return { kind: 'document', document }
  if (id === undefined)
    throw fail('search.parsing', {
      reason: 'failed to parse More Like This item. either [id] or [doc] can be specified',
    })
  return { kind: 'stored', index, id }
}

export function checkTermsSet(body: ValueObject): Query {
  const { field, clause } = fieldClause('terms_set', body, undefined)
  const terms = clause.list('terms')
  if (terms === undefined) throw fail('search.argument', { reason: 'No terms specified for terms_set query' })
  if (terms.length > MAX_TERMS) throw fail('search.too_many_clauses', { limit: MAX_TERMS })
  const query: TermsSetQuery = {
    kind: 'terms_set',
    field,
    terms: terms.map((value) => String(scalar('terms_set', value, 'terms'))),
    minimum: neededOf(clause),
    boost: clause.boost(),
  }
  clause.done()
  return query
}

function neededOf(clause: Clause): TermsSetQuery['minimum'] {
  const field = clause.string('minimum_should_match_field')
  const script = clause.take('minimum_should_match_script')
  const text = minimum(clause)
  const given = [field, script, text].filter((value) => value !== undefined && value !== null)
  if (given.length > 1)
    throw fail('search.argument', {
      reason: 'A script has been specified while a field has also been specified, only one of them is allowed',
    })
  if (field !== undefined) return { kind: 'field', field }
  if (text !== undefined) return { kind: 'count', text }
  if (script === undefined || script === null)
    throw fail('search.query_shard', {
      reason: 'failed to create query: No minimum should match has been specified',
    })
  return { kind: 'script', script: scriptOf(withTermCount(script, clause), 'score', 'terms_set') }
}

/** The script knows how many terms there are, as `params.num_terms`. */
function withTermCount(script: Value, clause: Clause): Value {
  const given: ValueObject = isObject(script) ? script : { source: script }
  const params = isObject(given['params'] ?? null) ? (given['params'] as ValueObject) : {}
  return { ...given, params: { ...params, num_terms: clause.list('terms')?.length ?? 0 } }
}

export function checkRankFeature(body: ValueObject): Query {
  const clause = new Clause('rank_feature', body, 'object')
  const field = clause.needString('field')
  const given = (['saturation', 'log', 'sigmoid', 'linear'] as const).flatMap((kind) => {
    const options = clause.object(kind)
    return options === undefined ? [] : [{ kind, options: new Clause(kind, options, 'object') }]
  })
  if (given.length > 1)
    throw fail('search.content', {
      reason: 'Failed to build [feature] after last required field arrived',
    })
  const score: RankFeatureQuery['score'] =
    given[0] === undefined ? { kind: 'saturation', pivot: undefined } : scoreOf(given[0].kind, given[0].options)
  const boost = clause.boost()
  clause.done()
  return { kind: 'rank_feature', field, score, boost }
}

function scoreOf(kind: RankFeatureQuery['score']['kind'], options: Clause): RankFeatureQuery['score'] {
  const positive = (key: string): number => {
    const value = options.number(key)
    if (value === undefined) throw fail('search.argument', { reason: `Required [${key}]` })
    if (!(value > 0)) throw fail('search.argument', { reason: `${key} must be > 0, got: ${value}` })
    return value
  }
  const made = ((): RankFeatureQuery['score'] => {
    switch (kind) {
      case 'saturation':
        return { kind, pivot: options.body['pivot'] === undefined ? undefined : positive('pivot') }
      case 'log':
        return { kind, scalingFactor: positive('scaling_factor') }
      case 'sigmoid':
        return { kind, pivot: positive('pivot'), exponent: positive('exponent') }
      case 'linear':
        return { kind }
    }
  })()
  options.done()
  return made
}

export function checkPinned(body: ValueObject, depth: number, checkQuery: CheckInner): Query {
  const clause = new Clause('pinned', body, 'object')
  const [ids, docs, organic] = [clause.list('ids'), clause.list('docs'), clause.take('organic')]
  if ((ids === undefined) === (docs === undefined))
    throw fail('search.argument', { reason: '[pinned] needs either [ids] or [docs]' })
  if (organic === undefined) throw fail('search.argument', { reason: 'Required [organic]' })
  const documents = docs === undefined ? ids!.map((id) => ({ index: undefined, id: String(id) })) : docs.map(pinnedOf)
  if (documents.length > MAX_PINNED)
    throw fail('search.argument', { reason: `[ids] Max of ${MAX_PINNED} docs exceeded: ${documents.length} provided.` })
  const query: PinnedQuery = {
    kind: 'pinned',
    documents,
    organic: checkQuery(organic, depth + 1),
    boost: clause.boost(),
  }
  clause.done()
  return query
}

function pinnedOf(item: Value): PinnedQuery['documents'][number] {
  if (!isObject(item)) throw fail('search.parsing', { reason: '[pinned] [docs] must be objects' })
  const clause = new Clause('pinned', item, 'object')
  const made = { index: clause.string('_index'), id: clause.needString('_id') }
  clause.done()
  return made
}
