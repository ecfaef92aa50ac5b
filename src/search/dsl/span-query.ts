/** The span queries: terms by their places, for those who ask by position rather than by phrase. */
import { isObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { checkClauses } from './bool-query.ts'
import { Clause } from './clause.ts'
import { fieldClause, scalar } from './field-clause.ts'
import type { CheckInner, Query } from './query-tree.ts'
import { fieldOf, type Gap, type MultiTermQuery, type Spans } from './span-tree.ts'

type CheckSpans = (body: ValueObject, depth: number, checkQuery: CheckInner) => Query

/** By name, as a query names them. */
export const SPAN_QUERIES: Readonly<Record<string, CheckSpans>> = {
  span_term(body) {
    const { field, clause } = fieldClause('span_term', body, 'value')
    const value = scalar('span_term', clause.take('value', 'term'), 'value')
    return finished(clause, { kind: 'term', field, value: String(value) })
  },
  span_multi(body, depth, checkQuery) {
    const clause = new Clause('span_multi', body)
    const query = checkQuery(need(clause, 'match', 'must have [match] multi term query clause'), depth + 1)
    if (!isMultiTerm(query))
      throw fail('search.parsing', { reason: '[span_multi] [match] must be of type multi term query' })
    return finished(clause, { kind: 'multi', query })
  },
  span_near(body, depth, checkQuery) {
    const clause = new Clause('span_near', body)
    const clauses = clausesOf(clause).map((item) => gapOf(item) ?? spansOf(clause, 'clauses', item, depth, checkQuery))
    if (clauses[0]?.kind === 'gap')
      throw fail('search.parsing', { reason: "[span_near] 'clauses' must not begin with a gap" })
    const inOrder = clause.boolean('in_order') ?? true
    if (!inOrder && clauses.some(({ kind }) => kind === 'gap'))
      throw fail('search.argument', { reason: 'Gaps can only be added to ordered near queries' })
    sameField(clauses, true)
    return finished(clause, { kind: 'near', clauses, slop: clause.integer('slop') ?? 0, inOrder })
  },
  span_or(body, depth, checkQuery) {
    const clause = new Clause('span_or', body)
    const clauses = clausesOf(clause).map((item) => spansOf(clause, 'clauses', item, depth, checkQuery))
    sameField(clauses)
    return finished(clause, { kind: 'or', clauses })
  },
  span_first(body, depth, checkQuery) {
    const clause = new Clause('span_first', body)
    const match = inner(clause, 'match', depth, checkQuery)
    const end = clause.integer('end')
    if (end === undefined) throw fail('search.parsing', { reason: 'span_first must have [end] set for it' })
    if (end < 0) throw fail('search.argument', { reason: 'parameter [end] needs to be positive.' })
    return finished(clause, { kind: 'first', match, end })
  },
  span_not(body, depth, checkQuery) {
    const clause = new Clause('span_not', body)
    const [include, exclude] = [
      inner(clause, 'include', depth, checkQuery),
      inner(clause, 'exclude', depth, checkQuery),
    ]
    sameField([include, exclude])
    const [dist, pre, post] = [clause.integer('dist'), clause.integer('pre'), clause.integer('post')]
    if (dist !== undefined && (pre !== undefined || post !== undefined))
      throw fail('search.parsing', { reason: 'span_not can either use [dist] or [pre] & [post] (or none)' })
    // One that is not at least 0 is taken as 0.
    const around = (given: number | undefined): number => Math.max(0, given ?? dist ?? 0)
    return finished(clause, { kind: 'not', include, exclude, pre: around(pre), post: around(post) })
  },
  span_containing: (body, depth, checkQuery) => nested('containing', body, depth, checkQuery),
  span_within: (body, depth, checkQuery) => nested('within', body, depth, checkQuery),
  field_masking_span(body, depth, checkQuery) {
    const clause = new Clause('field_masking_span', body)
    const masked = inner(clause, 'query', depth, checkQuery)
    const field = clause.string('field')
    if (field === undefined) throw fail('search.parsing', { reason: 'field_masking_span must have [field] set for it' })
    return finished(clause, { kind: 'masked', field, inner: masked })
  },
}

function nested(kind: 'containing' | 'within', body: ValueObject, depth: number, checkQuery: CheckInner): Query {
  const clause = new Clause(`span_${kind}`, body)
  const [big, little] = [inner(clause, 'big', depth, checkQuery), inner(clause, 'little', depth, checkQuery)]
  sameField([big, little])
  return finished(clause, { kind, big, little })
}

function finished(clause: Clause, spans: Spans): Query {
  const boost = clause.boost()
  clause.done()
  return { kind: 'spans', field: fieldOf(spans), spans, boost }
}

function need(clause: Clause, key: string, problem: string): Value {
  const value = clause.take(key)
  if (value === undefined || value === null) throw fail('search.parsing', { reason: `[${clause.name}] ${problem}` })
  return value
}

function inner(clause: Clause, key: string, depth: number, checkQuery: CheckInner): Spans {
  return spansOf(clause, key, need(clause, key, `must have [${key}] span query clause`), depth, checkQuery)
}

function spansOf(clause: Clause, key: string, body: Value, depth: number, checkQuery: CheckInner): Spans {
  const query = checkQuery(body, depth + 1)
  if (query.kind !== 'spans')
    throw fail('search.parsing', { reason: `${clause.name} [${key}] must be of type span query` })
  if (query.boost !== 1)
    throw fail('search.parsing', {
      reason: `${clause.name} [${key}] as a nested span clause can't have non-default boost value [${Number.isInteger(query.boost) ? query.boost.toFixed(1) : query.boost}]`,
    })
  return query.spans
}

function clausesOf(clause: Clause): Value[] {
  const clauses = clause.list('clauses')
  if (clauses === undefined || clauses.length === 0)
    throw fail('search.parsing', { reason: `${clause.name} must include [clauses]` })
  checkClauses(clauses.length)
  return clauses
}

function gapOf(body: Value): Gap | undefined {
  const gap = isObject(body) ? body['span_gap'] : undefined
  if (!isObject(gap ?? null)) return undefined
  const [field, width] = Object.entries(gap as ValueObject)[0] ?? []
  if (field === undefined || typeof width !== 'number' || !Number.isInteger(width) || width < 0)
    throw fail('search.parsing', { reason: "[span_gap] must be a field with a number of positions, { 'FIELD': 3 }" })
  return { kind: 'gap', field, width }
}

function sameField(clauses: readonly (Spans | Gap)[], near = false): void {
  const field = fieldOf(clauses[0]!)
  const other = clauses.find((clause) => fieldOf(clause) !== field)
  if (other === undefined) return
  const shown = `${fieldOf(other)}${other.kind === 'term' ? `:${other.value}` : ''}`
  const problem = near
    ? `Cannot add clause ${shown} to SpanNearQuery for field ${field}`
    : 'Clauses must have same field.'
  throw fail('search.query_shard', { reason: `failed to create query: ${problem}` })
}

function isMultiTerm(query: Query): query is MultiTermQuery {
  return ['prefix', 'wildcard', 'regexp', 'fuzzy', 'range'].includes(query.kind)
}
