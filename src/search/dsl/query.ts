/** Queries: the checked tree, and the checks that make it. */
import { isObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { analyzerOf } from './analysis.ts'
import { Clause, suggestion } from './clause.ts'
import { dateFormat } from './date-format.ts'
import { parseQueryString } from './query-string.ts'
import { parseZone } from './zone.ts'
import { boolQuery, checkClauses } from './bool-query.ts'
import type { BoolQuery, RangeQuery, TermQuery, Query } from './query-tree.ts'
import {
  checkMatch,
  checkMatchBoolPrefix,
  checkMatchPhrase,
  checkMatchPhrasePrefix,
  checkMultiMatch,
  editsOf,
  fuzzinessOf,
} from './match-query.ts'
import {
  checkBoosting,
  checkDisMax,
  checkFunctionScore,
  checkNested,
  checkScript,
  checkScriptScore,
  checkWrapper,
} from './compound-query.ts'
import { checkSimpleQueryString } from './simple-query-string.ts'
import { checkIntervals } from './intervals-query.ts'
import { SPAN_QUERIES } from './span-query.ts'
import { checkMoreLikeThis, checkPinned, checkRankFeature, checkTermsSet } from './specialized-query.ts'
import { checkRegex, regexOperators, regexOperatorsOf, termRegex } from './lucene-regex.ts'
import { minimum, fieldClause, scalar } from './field-clause.ts'
import { checkGeoBoundingBox, checkGeoDistance, checkGeoPolygon } from './geo-query.ts'

const MAX_DEPTH = 30

type Check = (body: ValueObject, depth: number) => Query

/** Every query of Elasticsearch 8; null is what is not supported and is refused by its name. */
export const QUERIES: Readonly<Record<string, Check | null>> = Object.assign(
  Object.create(null) as Record<string, Check | null>,
  {
    bool: checkBool,
    boosting: (body: ValueObject, depth: number) => checkBoosting(body, depth, checkQuery),
    combined_fields: null,
    constant_score: checkConstantScore,
    dis_max: (body: ValueObject, depth: number) => checkDisMax(body, depth, checkQuery),
    distance_feature: checkDistanceFeature,
    exists: checkExists,
    ...spanChecks(),
    function_score: (body: ValueObject, depth: number) => checkFunctionScore(body, depth, checkQuery),
    fuzzy: checkFuzzy,
    geo_bounding_box: checkGeoBoundingBox,
    geo_distance: checkGeoDistance,
    geo_polygon: checkGeoPolygon,
    geo_shape: null,
    has_child: null,
    has_parent: null,
    ids: checkIds,
    intervals: checkIntervals,
    knn: null,
    match: checkMatch,
    match_all: (body: ValueObject) => {
      const clause = new Clause('match_all', body, 'object')
      const boost = clause.boost()
      clause.done()
      return { kind: 'match_all', boost }
    },
    match_bool_prefix: checkMatchBoolPrefix,
    match_none: (body: ValueObject) => {
      const clause = new Clause('match_none', body, 'object')
      clause.boost()
      clause.done()
      return { kind: 'match_none' }
    },
    match_phrase: checkMatchPhrase,
    match_phrase_prefix: checkMatchPhrasePrefix,
    more_like_this: checkMoreLikeThis,
    multi_match: checkMultiMatch,
    nested: (body: ValueObject, depth: number) => checkNested(body, depth, checkQuery),
    parent_id: null,
    percolate: null,
    pinned: (body: ValueObject, depth: number) => checkPinned(body, depth, checkQuery),
    prefix: (body: ValueObject) => checkTerm('prefix', body),
    query_string: checkQueryString,
    range: checkRange,
    rank_feature: checkRankFeature,
    regexp: (body: ValueObject) => checkTerm('regexp', body),
    script: checkScript,
    script_score: (body: ValueObject, depth: number) => checkScriptScore(body, depth, checkQuery),
    semantic: null,
    simple_query_string: checkSimpleQueryString,
    term: (body: ValueObject) => checkTerm('term', body),
    terms: checkTerms,
    terms_set: checkTermsSet,
    wildcard: (body: ValueObject) => checkTerm('wildcard', body),
    wrapper: (body: ValueObject, depth: number) => checkWrapper(body, depth, checkQuery),
  },
)

function spanChecks(): Record<string, Check> {
  return Object.fromEntries(
    Object.entries(SPAN_QUERIES).map(([name, check]) => [name, (body, depth) => check(body, depth, checkQuery)]),
  )
}

/** @throws DiagnosticError with Elasticsearch's type and text, naming the clause. */
export function checkQuery(body: Value, depth = 0): Query {
  if (!isObject(body)) throw fail('search.parsing', { reason: '[_na] query malformed, must start with start_object' })
  const names = Object.keys(body)
  const name = names[0]
  if (name === undefined) throw fail('search.argument', { reason: 'query malformed, empty clause found' })
  if (depth > MAX_DEPTH)
    throw fail('search.argument', {
      reason: `The nested depth of the query exceeds the maximum nested depth for queries set in [indices.query.bool.max_nested_depth]: [${MAX_DEPTH}]`,
    })
  const check = QUERIES[name]
  if (check === undefined)
    throw fail('search.parsing', { reason: `unknown query [${name}]${suggestion(name, Object.keys(QUERIES))}` })
  if (check === null) throw fail('search.unsupported', { clause: name })
  const inner = body[name]!
  if (!isObject(inner))
    throw fail('search.parsing', { reason: `[${name}] query malformed, no start_object after query name` })
  if (names.length > 1)
    throw fail('search.parsing', { reason: `[${name}] malformed query, expected [END_OBJECT] but found [FIELD_NAME]` })
  const query = check(inner, depth)
  const given = labelOf(inner)
  return given === undefined ? query : { ...query, label: given }
}

/** `_name` stands in a clause, or beside what it asks of a field. */
function labelOf(clause: ValueObject): string | undefined {
  for (const at of [clause, ...Object.values(clause)])
    if (isObject(at) && at['_name'] !== undefined) return String(at['_name'])
  return undefined
}

function checkBool(body: ValueObject, depth: number): Query {
  const clause = new Clause('bool', body)
  const list = (...keys: string[]): Query[] => {
    const value = clause.take(...keys)
    if (value === undefined || value === null) return []
    const items = Array.isArray(value) ? value : [value]
    checkClauses(items.length)
    return items.map((item) => checkQuery(item, depth + 1))
  }
  const query: BoolQuery = {
    kind: 'bool',
    must: list('must'),
    filter: list('filter'),
    should: list('should'),
    mustNot: list('must_not', 'mustNot'),
    minimumShouldMatch: minimum(clause),
    boost: clause.boost(),
  }
  clause.take('adjust_pure_negative')
  clause.done()
  return query
}

function checkConstantScore(body: ValueObject, depth: number): Query {
  const clause = new Clause('constant_score', body)
  const filter = clause.take('filter')
  if (filter === undefined) throw fail('search.parsing', { reason: "[constant_score] requires a 'filter' element" })
  const boost = clause.boost()
  clause.done()
  return { kind: 'constant_score', filter: checkQuery(filter, depth + 1), boost }
}

function checkExists(body: ValueObject): Query {
  const clause = new Clause('exists', body)
  const field = clause.string('field')
  if (field === undefined || field === '')
    throw fail('search.parsing', { reason: '[exists] must be provided with a [field]' })
  const boost = clause.boost()
  clause.done()
  return { kind: 'exists', field, boost }
}

function checkIds(body: ValueObject): Query {
  const clause = new Clause('ids', body, 'object')
  const values = clause.list('values') ?? []
  clause.take('type')
  const boost = clause.boost()
  clause.done()
  return { kind: 'ids', values: values.map(String), boost }
}

function checkTerm(kind: TermQuery['kind'], body: ValueObject): Query {
  const { field, clause } = fieldClause(kind, body, 'value')
  const value = kind === 'term' ? clause.take('value', 'term') : clause.take('value', kind)
  // How scores of many terms are made up; they are constant here, as by default.
  clause.take('rewrite')
  const caseInsensitive = clause.boolean('case_insensitive') ?? false
  let operators: string | undefined
  if (kind === 'regexp') {
    const flags = clause.string('flags')
    const bits = clause.integer('flags_value')
    if (flags !== undefined) operators = regexOperators(flags)
    else if (bits !== undefined) operators = regexOperatorsOf(bits)
    // No expression is made deterministic here: there are no such states to count.
    clause.integer('max_determinized_states')
  }
  const query: TermQuery = {
    kind,
    field,
    value: scalar(kind, value, 'value'),
    caseInsensitive,
    ...(operators === undefined ? {} : { operators }),
    boost: clause.boost(),
  }
  if (kind === 'regexp') checkRegex(String(query.value), () => termRegex(query))
  clause.done()
  return query
}

function checkFuzzy(body: ValueObject): Query {
  const { field, clause } = fieldClause('fuzzy', body, 'value')
  const value = clause.take('value', 'term')
  clause.take('rewrite')
  const query: Query = {
    kind: 'fuzzy',
    field,
    value: scalar('fuzzy', value, 'value'),
    fuzziness: fuzzinessOf(clause, 'AUTO')!,
    boost: clause.boost(),
  }
  clause.done()
  return query
}

function termsLookup(field: string, body: ValueObject, boost: number): Query {
  const clause = new Clause('terms', body)
  const need = (key: string): string => {
    const text = clause.string(key)
    if (text === undefined)
      throw fail('search.argument', { reason: `[terms] query lookup element requires specifying the ${key}.` })
    return text
  }
  clause.string('routing')
  clause.take('type', 'store')
  const query: Query = {
    kind: 'terms_lookup',
    field,
    index: need('index'),
    id: need('id'),
    path: need('path'),
    boost,
  }
  clause.done()
  return query
}

function checkTerms(body: ValueObject): Query {
  const clause = new Clause('terms', body)
  const boost = clause.boost()
  const fields = Object.keys(body).filter((field) => field !== 'boost' && field !== '_name')
  if (fields.length !== 1)
    throw fail('search.parsing', {
      reason:
        fields.length === 0
          ? '[terms] query requires a field name, followed by array of terms or a document lookup specification'
          : '[terms] query does not support multiple fields',
    })
  const field = fields[0]!
  const values = body[field]!
  if (isObject(values)) return termsLookup(field, values, boost)
  if (!Array.isArray(values)) throw fail('search.parsing', { reason: `[terms] query does not support [${field}]` })
  if (values.some((value) => value === null))
    throw fail('search.parsing', { reason: 'No value specified for terms query' })
  return { kind: 'terms', field, values: values.map((value) => scalar('terms', value, field)), boost }
}

function checkRange(body: ValueObject): Query {
  const { field, clause } = fieldClause('range', body, undefined)
  let from = clause.take('from') ?? undefined
  let to = clause.take('to') ?? undefined
  let includeFrom = clause.boolean('include_lower') ?? true
  let includeTo = clause.boolean('include_upper') ?? true
  for (const [key, lower, included] of [
    ['gt', true, false],
    ['gte', true, true],
    ['lt', false, false],
    ['lte', false, true],
  ] as const) {
    const value = clause.take(key)
    if (value === undefined) continue
    if (value !== null) scalar('range', value, key)
    if (lower) {
      from = value ?? undefined
      includeFrom = included
    } else {
      to = value ?? undefined
      includeTo = included
    }
  }
  const format = clause.string('format')
  if (format !== undefined) dateFormat(format)
  const zone = clause.string('time_zone')
  if (zone !== undefined) parseZone(zone)
  const relation = clause.oneOf('relation', ['intersects', 'contains', 'within']) ?? 'intersects'
  const query: RangeQuery = {
    kind: 'range',
    field,
    from,
    to,
    includeFrom,
    includeTo,
    format,
    zone,
    relation,
    boost: clause.boost(),
  }
  clause.done()
  return query
}

function checkDistanceFeature(body: ValueObject): Query {
  const clause = new Clause('distance_feature', body, 'object')
  const origin = clause.take('origin')
  const query: Query = {
    kind: 'distance_feature',
    field: clause.needString('field'),
    origin: origin ?? '',
    pivot: clause.needString('pivot'),
    boost: clause.boost(),
  }
  if (origin === undefined || origin === null)
    throw fail('search.argument', { reason: "[distance_feature] requires 'origin' to be set" })
  clause.done()
  return query
}

const COMBINED = {
  best_fields: 'best',
  most_fields: 'most',
  cross_fields: 'cross',
  phrase: 'best',
  phrase_prefix: 'best',
} as const

function checkQueryString(body: ValueObject): Query {
  const clause = new Clause('query_string', body)
  const text = clause.string('query')
  if (text === undefined) throw fail('search.parsing', { reason: '[query_string] must be provided with a [query]' })
  const defaultField = clause.string('default_field')
  const fields = clause.list('fields')?.map(String)
  if (defaultField !== undefined && fields !== undefined)
    throw fail('search.query_shard', {
      reason:
        'failed to create query: Validation Failed: 1: [query_string] cannot use [fields] parameter in conjunction with [default_field];',
    })
  const zone = clause.string('time_zone')
  if (zone !== undefined) parseZone(zone)
  const analyzer = clause.string('analyzer')
  if (analyzer !== undefined) analyzerOf('*', analyzer)
  // For phrases an analyzer of their own may be named.
  const quoteAnalyzer = clause.string('quote_analyzer')
  if (quoteAnalyzer !== undefined) analyzerOf('*', quoteAnalyzer)
  const type =
    clause.oneOf('type', ['best_fields', 'most_fields', 'phrase', 'cross_fields', 'phrase_prefix']) ?? 'best_fields'
  const edits = clause.string('fuzziness')
  const options = {
    fields: fields ?? (defaultField === undefined ? ['*'] : [defaultField]),
    operator: clause.oneOf('default_operator', ['and', 'or']) ?? ('or' as const),
    lenient: clause.boolean('lenient'),
    minimumShouldMatch: minimum(clause),
    zone,
    analyzer,
    quoteAnalyzer: quoteAnalyzer ?? analyzer,
    allowLeadingWildcard: clause.boolean('allow_leading_wildcard') ?? true,
    phraseSlop: clause.integer('phrase_slop') ?? 0,
    fuzziness: {
      edits: edits === undefined ? ({ low: 3, high: 6 } as const) : editsOf(clause, edits),
      prefixLength: clause.integer('fuzzy_prefix_length') ?? 0,
      maxExpansions: clause.integer('fuzzy_max_expansions') ?? 50,
      transpositions: clause.boolean('fuzzy_transpositions') ?? true,
    },
    combine: COMBINED[type],
    phrase: type === 'phrase' || type === 'phrase_prefix' ? type : undefined,
    tieBreaker: clause.number('tie_breaker') ?? 0,
  }
  // They change nothing for the analyzers there are, and only how scores are made up.
  for (const key of ['analyze_wildcard', 'rewrite', 'fuzzy_rewrite', 'auto_generate_synonyms_phrase_query', 'escape'])
    if (key !== 'escape') clause.take(key)
  clause.take('enable_position_increments', 'max_determinized_states')
  const escape = clause.boolean('escape') ?? false
  const boost = clause.boost()
  clause.done()
  const query = parseQueryString(escape ? text.replace(/[-+&|!(){}[\]^"~*?:\\/]/g, '\\$&') : text, options)
  return boost === 1 ? query : boolQuery({ must: [query], boost })
}
