/** Queries: the checked tree, and the checks that make it. */
import type { ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { analyzerOf } from './analysis.ts'
import { Clause } from './clause.ts'
import type { Fuzziness, MatchQuery, PhraseQuery, Query } from './query-tree.ts'
import { minimum, fieldClause, scalar } from './field-clause.ts'

/** `fuzziness` and what goes with it; undefined where it is not given. */
export function fuzzinessOf(clause: Clause, byDefault?: string): Fuzziness | undefined {
  const text = clause.string('fuzziness') ?? byDefault
  const prefixLength = clause.integer('prefix_length') ?? clause.integer('fuzzy_prefix_length') ?? 0
  const maxExpansions = clause.integer('max_expansions') ?? clause.integer('fuzzy_max_expansions') ?? 50
  const transpositions = clause.boolean('fuzzy_transpositions') ?? clause.boolean('transpositions') ?? true
  // How the score is made where several terms fit; the documents are the same.
  clause.string('fuzzy_rewrite')
  if (text === undefined) return undefined
  return { edits: editsOf(clause, text), prefixLength, maxExpansions, transpositions }
}

export function editsOf(clause: Clause, text: string): Fuzziness['edits'] {
  const auto = /^auto(?::(\d+),(\d+))?$/i.exec(text.trim())
  if (auto !== null) return { low: Number(auto[1] ?? 3), high: Number(auto[2] ?? 6) }
  const edits = Number(text)
  if (!Number.isFinite(edits) || edits < 0 || edits > 2)
    throw clause.wrong('fuzziness', 'AUTO, AUTO:low,high, 0, 1 or 2', text)
  return Math.floor(edits)
}

export function checkMatch(body: ValueObject): Query {
  const { field, clause } = fieldClause('match', body, 'query')
  const query = matchOptions(clause, field)
  clause.take('auto_generate_synonyms_phrase_query')
  clause.done()
  return query
}

function matchOptions(clause: Clause, field: string, lastIsPrefix = false): MatchQuery {
  const text = clause.take('query')
  if (text === undefined || text === null) throw fail('search.parsing', { reason: `No text specified for text query` })
  const analyzer = clause.string('analyzer')
  if (analyzer !== undefined) analyzerOf(field, analyzer)
  return {
    kind: 'match',
    field,
    text: scalar(clause.name, text, 'query'),
    operator: clause.oneOf('operator', ['and', 'or']) ?? 'or',
    minimumShouldMatch: minimum(clause),
    analyzer,
    zeroTerms: clause.oneOf('zero_terms_query', ['none', 'all']) ?? 'none',
    fuzziness: fuzzinessOf(clause),
    lastIsPrefix,
    lenient: clause.boolean('lenient') ?? false,
    boost: clause.boost(),
  }
}

export function checkMatchPhrase(body: ValueObject): Query {
  const { field, clause } = fieldClause('match_phrase', body, 'query')
  const query = phraseOptions(clause, field)
  clause.done()
  return query
}

export function checkMatchPhrasePrefix(body: ValueObject): Query {
  const { field, clause } = fieldClause('match_phrase_prefix', body, 'query')
  const query = phraseOptions(clause, field, clause.integer('max_expansions') ?? 50)
  clause.done()
  return query
}

export function checkMatchBoolPrefix(body: ValueObject): Query {
  const { field, clause } = fieldClause('match_bool_prefix', body, 'query')
  const query = matchOptions(clause, field, true)
  clause.done()
  return query
}

function phraseOptions(clause: Clause, field: string, prefixExpansions?: number): PhraseQuery {
  const analyzer = clause.string('analyzer')
  if (analyzer !== undefined) analyzerOf(field, analyzer)
  const slop = clause.integer('slop') ?? 0
  if (slop < 0) throw fail('search.argument', { reason: 'No negative slop allowed.' })
  const text = clause.take('query')
  if (text === undefined || text === null) throw fail('search.parsing', { reason: 'No text specified for text query' })
  return {
    kind: 'match_phrase',
    field,
    text: scalar(clause.name, text, 'query'),
    slop,
    prefixExpansions,
    zeroTerms: clause.oneOf('zero_terms_query', ['none', 'all']) ?? 'none',
    analyzer,
    lenient: clause.boolean('lenient') ?? false,
    boost: clause.boost(),
  }
}

export function checkMultiMatch(body: ValueObject): Query {
  const clause = new Clause('multi_match', body)
  const given = clause.list('fields')?.map(String) ?? []
  const fields = given.length === 0 ? ['*'] : given
  const type =
    clause.oneOf('type', ['best_fields', 'most_fields', 'phrase', 'cross_fields', 'phrase_prefix', 'bool_prefix']) ??
    'best_fields'
  if (type === 'bool_prefix')
    for (const key of ['slop', 'cutoff_frequency'])
      if (clause.take(key) !== undefined)
        throw fail('search.argument', { reason: `[${key}] not allowed for type [bool_prefix]` })
  const phrase = type === 'phrase' || type === 'phrase_prefix'
  if (type !== 'best_fields' && type !== 'most_fields' && type !== 'bool_prefix')
    if (clause.take('fuzziness') !== undefined)
      throw fail('search.parsing', { reason: `Fuzziness not allowed for type [${type}]` })
  let leaf: MatchQuery | PhraseQuery
  if (phrase)
    leaf = phraseOptions(clause, '', type === 'phrase_prefix' ? (clause.integer('max_expansions') ?? 50) : undefined)
  else {
    const match = matchOptions(clause, '', type === 'bool_prefix')
    leaf = fields.includes('*') ? { ...match, lenient: true } : match
  }
  const byDefault = type === 'most_fields' || type === 'bool_prefix' ? 1 : 0
  const tieBreaker = clause.number('tie_breaker') ?? byDefault
  clause.take('auto_generate_synonyms_phrase_query')
  clause.done()
  const combine = type === 'cross_fields' ? 'cross' : byDefault === 1 && tieBreaker === 1 ? 'most' : 'best'
  return { kind: 'each_field', fields, leaf, combine, tieBreaker }
}
