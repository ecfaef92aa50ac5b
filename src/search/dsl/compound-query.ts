/** Queries around other queries: dis_max, boosting, nested, function_score, script_score, script, wrapper. */
import { isObject, newObject, parseJson, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { Clause } from './clause.ts'
import { FIELD_MODIFIERS, type CheckInner, type Query, type ScoreFunction } from './query-tree.ts'
import { checkHits, checkInnerWindow, type HitsSpec } from './hits.ts'
import { scriptOf } from './script-clause.ts'

const MATCH_ALL: Query = { kind: 'match_all', boost: 1 }

function needQuery(clause: Clause, key: string, depth: number, checkQuery: CheckInner): Query {
  const value = clause.take(key)
  if (value === undefined || value === null)
    throw fail('search.parsing', { reason: `[${clause.name}] query requires '${key}' query to be set'` })
  return checkQuery(value, depth + 1)
}

export function checkDisMax(body: ValueObject, depth: number, checkQuery: CheckInner): Query {
  const clause = new Clause('dis_max', body)
  const queries = clause.list('queries')
  if (queries === undefined || queries.length === 0)
    throw fail('search.parsing', { reason: "[dis_max] requires 'queries' field with at least one clause" })
  const tieBreaker = clause.number('tie_breaker') ?? 0
  const boost = clause.boost()
  clause.done()
  return { kind: 'dis_max', queries: queries.map((query) => checkQuery(query, depth + 1)), tieBreaker, boost }
}

export function checkBoosting(body: ValueObject, depth: number, checkQuery: CheckInner): Query {
  const clause = new Clause('boosting', body)
  const positive = needQuery(clause, 'positive', depth, checkQuery)
  const negative = needQuery(clause, 'negative', depth, checkQuery)
  const negativeBoost = clause.number('negative_boost')
  if (negativeBoost === undefined || negativeBoost < 0)
    throw fail('search.parsing', {
      reason: "[boosting] query requires 'negative_boost' to be set to be a positive value'",
    })
  const boost = clause.boost()
  clause.done()
  return { kind: 'boosting', positive, negative, negativeBoost, boost }
}

function checkInnerHits(body: ValueObject, path: string, checkQuery: CheckInner): { name: string; hits: HitsSpec } {
  const clause = new Clause('inner_hits', body, 'object')
  const name = clause.string('name') ?? path
  clause.boolean('ignore_unmapped')
  const hits = checkHits(clause, { size: 3 }, checkQuery)
  clause.done()
  checkInnerWindow(hits, `Inner result window is too large, the inner hit definition's [${name}]'s`)
  return { name, hits }
}

export function checkNested(body: ValueObject, depth: number, checkQuery: CheckInner): Query {
  const clause = new Clause('nested', body)
  const path = clause.string('path')
  if (path === undefined) throw fail('search.argument', { reason: "[nested] requires 'path' field" })
  const innerHits = clause.object('inner_hits')
  const query: Query = {
    kind: 'nested',
    path,
    query: needQuery(clause, 'query', depth, checkQuery),
    scoreMode: clause.oneOf('score_mode', ['avg', 'sum', 'min', 'max', 'none']) ?? 'avg',
    ignoreUnmapped: clause.boolean('ignore_unmapped') ?? false,
    innerHits: innerHits === undefined ? undefined : checkInnerHits(innerHits, path, checkQuery),
    boost: clause.boost(),
  }
  clause.done()
  return query
}

export function checkScript(body: ValueObject): Query {
  const clause = new Clause('script', body)
  const script = clause.take('script')
  if (script === undefined) throw fail('search.parsing', { reason: 'script must be provided with a [script] filter' })
  const boost = clause.boost()
  clause.done()
  return { kind: 'script', script: scriptOf(script, 'filter', 'query.script'), boost }
}

export function checkScriptScore(body: ValueObject, depth: number, checkQuery: CheckInner): Query {
  const clause = new Clause('script_score', body)
  const query = needQuery(clause, 'query', depth, checkQuery)
  const script = scriptOf(clause.take('script'), 'score', 'query.script_score')
  const minScore = clause.number('min_score')
  const boost = clause.boost()
  clause.done()
  return {
    kind: 'function_score',
    query,
    functions: [{ filter: undefined, weight: 1, value: { kind: 'script', script } }],
    scoreMode: 'multiply',
    boostMode: 'replace',
    maxBoost: Infinity,
    minScore,
    boost,
  }
}

const FUNCTIONS = ['script_score', 'field_value_factor', 'random_score', 'weight'] as const

export function checkFunctionScore(body: ValueObject, depth: number, checkQuery: CheckInner): Query {
  const clause = new Clause('function_score', body)
  const query = clause.take('query')
  const list = clause.take('functions')
  const single = scoreFunction(clause)
  if (list !== undefined && single !== undefined)
    throw fail('search.parsing', {
      reason:
        'failed to parse [function_score] query. already found function [functions], now encountering a single function',
    })
  if (list !== undefined && !Array.isArray(list)) throw clause.wrong('functions', 'a list', list)
  const functions =
    list === undefined
      ? single === undefined
        ? []
        : [single]
      : list.map((item) => listedFunction(item, depth, checkQuery))
  const result: Query = {
    kind: 'function_score',
    query: query === undefined || query === null ? MATCH_ALL : checkQuery(query, depth + 1),
    functions,
    scoreMode: clause.oneOf('score_mode', ['multiply', 'sum', 'avg', 'first', 'max', 'min']) ?? 'multiply',
    boostMode: clause.oneOf('boost_mode', ['multiply', 'replace', 'sum', 'avg', 'max', 'min']) ?? 'multiply',
    maxBoost: clause.number('max_boost') ?? Infinity,
    minScore: clause.number('min_score'),
    boost: clause.boost(),
  }
  clause.done()
  return result
}

function listedFunction(item: Value, depth: number, checkQuery: CheckInner): ScoreFunction {
  if (!isObject(item)) throw fail('search.parsing', { reason: '[function_score] functions must be objects' })
  const clause = new Clause('function_score', item)
  const filter = clause.take('filter')
  const made = scoreFunction(clause)
  clause.done()
  if (made === undefined) throw fail('search.parsing', { reason: 'an entry in functions list is missing a function.' })
  return filter === undefined ? made : { ...made, filter: checkQuery(filter, depth + 1) }
}

function scoreFunction(clause: Clause): ScoreFunction | undefined {
  for (const decay of ['gauss', 'exp', 'linear'])
    if (clause.body[decay] !== undefined) throw fail('search.unsupported', { clause: `function_score.${decay}` })
  const given = FUNCTIONS.filter((name) => clause.take(name) !== undefined)
  if (given.length === 0) return undefined
  const weight = clause.number('weight') ?? 1
  const named = given.filter((name) => name !== 'weight')
  if (named.length > 1)
    throw fail('search.parsing', {
      reason: `failed to parse [function_score] query. already found function [${named[0]!}], now encountering [${named[1]!}].`,
    })
  const [name] = named
  if (name === undefined) return { filter: undefined, weight, value: { kind: 'weight' } }
  const inner = new Clause(name, clause.object(name) ?? newObject())
  let value: ScoreFunction['value']
  if (name === 'script_score')
    value = { kind: 'script', script: scriptOf(inner.take('script'), 'score', 'function_score.script_score') }
  else if (name === 'random_score') {
    const seed = inner.take('seed')
    value = {
      kind: 'random',
      seed: seed === undefined ? Math.trunc(Math.random() * 2 ** 31) : hashText(String(seed)),
      field: inner.string('field'),
    }
  } else
    value = {
      kind: 'field',
      field: inner.needString('field'),
      factor: inner.number('factor') ?? 1,
      modifier: inner.oneOf('modifier', FIELD_MODIFIERS) ?? 'none',
      missing: inner.number('missing'),
    }
  inner.done()
  return { filter: undefined, weight, value }
}

function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

export function checkWrapper(body: ValueObject, depth: number, checkQuery: CheckInner): Query {
  const clause = new Clause('wrapper', body)
  const text = clause.string('query')
  if (text === undefined || text === '')
    throw fail('search.argument', { reason: 'query source text cannot be null or empty' })
  clause.done()
  let inner: Value
  try {
    inner = parseJson(Buffer.from(text, 'base64').toString())
  } catch (error) {
    throw fail('search.parsing', { reason: `[wrapper] query is not base64 of JSON: ${(error as Error).message}` })
  }
  return checkQuery(inner, depth + 1)
}
