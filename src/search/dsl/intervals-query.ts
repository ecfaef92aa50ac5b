/** intervals: terms of a text by where they stand to each other. */
import { isObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { analyzerOf } from './analysis.ts'
import { Clause } from './clause.ts'
import { fieldClause } from './field-clause.ts'
import { luceneRegex } from './lucene-regex.ts'
import { editsOf } from './match-query.ts'
import type { Query } from './query-tree.ts'
import type { IntervalFilter, IntervalRule, TermTest } from './intervals-tree.ts'

const FILTERS = [
  'after',
  'before',
  'contained_by',
  'containing',
  'not_contained_by',
  'not_containing',
  'not_overlapping',
  'overlapping',
] as const

const MAX_DEPTH = 30

export function checkIntervals(body: ValueObject): Query {
  const { field, clause } = fieldClause('intervals', body, undefined)
  const boost = clause.boost()
  const rule = ruleOf(
    Object.fromEntries(Object.entries(clause.body).filter(([key]) => key !== 'boost' && key !== '_name')),
    0,
  )
  return { kind: 'intervals', field, rule, boost }
}

function ruleOf(body: Value, depth: number): IntervalRule {
  if (!isObject(body)) throw fail('search.parsing', { reason: 'Expected [START_OBJECT] for an interval source' })
  if (depth > MAX_DEPTH) throw fail('search.argument', { reason: `intervals are nested deeper than ${MAX_DEPTH}` })
  const [name, other] = Object.keys(body)
  if (name === undefined) throw fail('search.parsing', { reason: 'Missing intervals from interval query definition' })
  if (other !== undefined)
    throw fail('search.parsing', {
      reason: `Only one interval rule can be specified, found [${name}] and [${other}]`,
    })
  const inner = body[name]!
  if (!isObject(inner)) throw fail('search.parsing', { reason: `Expected [START_OBJECT] after [${name}]` })
  const clause = new Clause(name, inner, 'object')
  const rule = namedRule(name, clause, depth)
  clause.done()
  return rule
}

function namedRule(name: string, clause: Clause, depth: number): IntervalRule {
  switch (name) {
    case 'match':
      return {
        kind: 'match',
        text: clause.needString('query'),
        ...order(clause),
        ...shared(clause),
        filter: filterOf(clause, depth),
      }
    case 'all_of':
      return { kind: 'all_of', rules: rulesOf(clause, depth), ...order(clause), filter: filterOf(clause, depth) }
    case 'any_of':
      return { kind: 'any_of', rules: rulesOf(clause, depth), filter: filterOf(clause, depth) }
    case 'prefix':
      return { kind: 'terms', test: { kind: 'prefix', text: clause.needString('prefix') }, ...shared(clause) }
    case 'wildcard':
      return { kind: 'terms', test: { kind: 'wildcard', text: clause.needString('pattern') }, ...shared(clause) }
    case 'regexp': {
      const pattern = clause.needString('pattern')
      if (clause.boolean('case_insensitive') === true)
        throw fail('search.unsupported', { clause: 'intervals.regexp.case_insensitive' })
      luceneRegex(pattern)
      return { kind: 'terms', test: { kind: 'regexp', text: pattern }, ...shared(clause) }
    }
    case 'range':
      return { kind: 'terms', test: rangeTest(clause), ...shared(clause) }
    case 'fuzzy': {
      const text = clause.needString('term')
      const fuzziness = {
        edits: editsOf(clause, clause.string('fuzziness') ?? 'AUTO'),
        prefixLength: clause.integer('prefix_length') ?? 0,
        transpositions: clause.boolean('transpositions') ?? true,
        maxExpansions: 128,
      }
      return { kind: 'terms', test: { kind: 'fuzzy', text, fuzziness }, ...shared(clause) }
    }
    default:
      throw fail('search.parsing', {
        reason: `Unknown interval type [${name}], expecting one of [match, any_of, all_of, prefix, wildcard, regexp, fuzzy, range]`,
      })
  }
}

function rangeTest(clause: Clause): TermTest {
  const bound = (open: string, closed: string): { text: string; included: boolean } | undefined => {
    const [without, within] = [clause.string(open), clause.string(closed)]
    const text = within ?? without
    return text === undefined ? undefined : { text, included: within !== undefined }
  }
  const [from, to] = [bound('gt', 'gte'), bound('lt', 'lte')]
  if (from === undefined || to === undefined)
    throw fail('search.argument', {
      reason: 'Either [gte] or [gt], and either [lte] or [lt], must be set for a range interval',
    })
  return { kind: 'range', from, to }
}

function rulesOf(clause: Clause, depth: number): IntervalRule[] {
  const list = clause.list('intervals')
  if (list === undefined) throw fail('search.argument', { reason: 'Required [intervals]' })
  return list.map((item) => ruleOf(item, depth + 1))
}

function order(clause: Clause): { maxGaps: number; mode: 'ordered' | 'unordered' | 'unordered_no_overlap' } {
  const maxGaps = clause.integer('max_gaps') ?? -1
  const mode = clause.oneOf('mode', ['ordered', 'unordered', 'unordered_no_overlap'])
  return { maxGaps, mode: mode ?? (clause.boolean('ordered') === true ? 'ordered' : 'unordered') }
}

function shared(clause: Clause): { analyzer: string | undefined; useField: string | undefined } {
  const analyzer = clause.string('analyzer')
  if (analyzer !== undefined) analyzerOf('*', analyzer)
  return { analyzer, useField: clause.string('use_field') }
}

function filterOf(clause: Clause, depth: number): IntervalFilter | undefined {
  const object = clause.object('filter')
  if (object === undefined) return undefined
  const [kind, other] = Object.keys(object)
  if (kind === 'script') throw fail('search.unsupported', { clause: 'intervals.filter.script' })
  const known = FILTERS.find((name) => name === kind)
  if (known === undefined || other !== undefined)
    throw fail('search.parsing', {
      reason: `an interval filter must be one of ${FILTERS.join(', ')}, got [${String(other ?? kind)}]`,
    })
  return { kind: known, rule: ruleOf(object[known]!, depth + 1) }
}
