/** Queries: the checked tree, and the checks that make it. */
import type { ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { analyzerOf } from './analysis.ts'
import { Clause } from './clause.ts'
import type { MatchQuery, PhraseQuery, Query } from './query-tree.ts'
import { minimum, fieldClause, scalar } from './field-clause.ts'

export function refuseFuzzy(clause: Clause): void {
  if (clause.take('fuzziness') !== undefined) throw fail('search.unsupported', { clause: `${clause.name}.fuzziness` })
}

export function checkMatch(body: ValueObject): Query {
  const { field, clause } = fieldClause('match', body, 'query')
  refuseFuzzy(clause)
  const query = matchOptions(clause, field)
  clause.take('auto_generate_synonyms_phrase_query')
  clause.done()
  return query
}

function matchOptions(clause: Clause, field: string): MatchQuery {
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
    lenient: clause.boolean('lenient') ?? false,
    boost: clause.boost(),
  }
}

export function checkMatchPhrase(body: ValueObject): Query {
  const { field, clause } = fieldClause('match_phrase', body, 'query')
  const query = phraseOptions(clause, field)
  clause.oneOf('zero_terms_query', ['none'])
  clause.done()
  return query
}

function phraseOptions(clause: Clause, field: string): PhraseQuery {
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
    analyzer,
    lenient: clause.boolean('lenient') ?? false,
    boost: clause.boost(),
  }
}

export function checkMultiMatch(body: ValueObject): Query {
  const clause = new Clause('multi_match', body)
  refuseFuzzy(clause)
  const fields = (clause.list('fields') ?? ['*']).map(String)
  const type =
    clause.oneOf('type', ['best_fields', 'most_fields', 'phrase', 'cross_fields', 'phrase_prefix', 'bool_prefix']) ??
    'best_fields'
  if (type === 'cross_fields' || type === 'phrase_prefix' || type === 'bool_prefix')
    throw fail('search.unsupported', { clause: `multi_match.type ${type}` })
  let leaf: MatchQuery | PhraseQuery
  if (type === 'phrase') leaf = phraseOptions(clause, '')
  else {
    const match = matchOptions(clause, '')
    leaf = fields.includes('*') ? { ...match, lenient: true } : match
  }
  clause.take('tie_breaker')
  clause.done()
  return { kind: 'each_field', fields, leaf, combine: type === 'most_fields' ? 'most' : 'best' }
}
