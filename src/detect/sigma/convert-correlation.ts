import { fail } from '../../diagnostic/index.ts'
import type { RunningRule } from './chains.ts'
import type { Condition } from './condition.ts'
import { convertRule, either, type ConvertOptions, type Query } from './convert.ts'
import type { CorrelationRule } from './correlation.ts'
import type { DetectionRule } from './rule.ts'

/** The body of a search. */
export interface Search {
  readonly query: Query
  readonly size?: number
  readonly aggs?: Aggregations
}

type Aggregations = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** Of so many values of a field groups are made, those with most events first. */
const GROUPS = 10_000
/** Distinct values are counted without error up to here, the most that can be asked for. */
const PRECISION = 40_000
const SIGNS: Readonly<Record<string, string>> = { gt: '>', gte: '>=', lt: '<', lte: '<=', eq: '==', neq: '!=' }
const METRICS: Readonly<Record<string, string>> = {
  value_sum: 'sum',
  value_avg: 'avg',
  value_min: 'min',
  value_max: 'max',
}

/**
 * A correlation as a search for the groups whose condition holds in the timespan that ends now: nested terms, of which a
 * bucket selector keeps those that meet it, as SigmaHQ's backend for Elasticsearch makes them.
 * @param rules those that it may name
 * @throws DiagnosticError for what a search cannot say
 */
export function convertCorrelation(
  rule: CorrelationRule,
  rules: readonly RunningRule[],
  options: ConvertOptions = {},
): Search {
  const named = rule.rules.map((name) => namedRule(rule, name, rules))
  const queries = named.map((one) => convertRule(one, options))
  const since = { range: { '@timestamp': { gt: `now-${rule.timespan / 1000}s`, lte: 'now' } } }
  return {
    size: 0,
    query: { bool: { filter: [since, either(queries)] } },
    aggs: grouped(
      rule.groupBy.map((field) => fieldOf(rule, field, named)),
      checks(rule, named, queries),
    ),
  }
}

function unsayable(rule: CorrelationRule, what: string): Error {
  const reason = `a query cannot say ${what}: run it over the past by vedetta replay`
  return fail('sigma.unsupported', { path: 'correlation', reason }, { span: rule.rulesSpan })
}

function namedRule(rule: CorrelationRule, name: string, rules: readonly RunningRule[]): DetectionRule {
  const named = rules.find((one) => one.id === name || one.name === name)
  if (named === undefined) throw fail('sigma.reference', { owner: rule.title, name }, { span: rule.rulesSpan })
  if (named.kind === 'correlation') throw unsayable(rule, 'a correlation of correlations')
  return named
}

/** The field that stands for an alias, which must be one for all rules: terms are of one field. */
function fieldOf(rule: CorrelationRule, field: string, named: readonly DetectionRule[]): string {
  if (!Object.hasOwn(rule.aliases, field)) return field
  const alias = new Map(Object.entries(rule.aliases[field]!))
  const fields = new Set(named.map(({ id, name }) => alias.get(name ?? id) ?? alias.get(id) ?? field))
  if (fields.size > 1) throw unsayable(rule, `an alias of several fields, such as '${field}'`)
  return [...fields][0]!
}

function grouped(fields: readonly string[], inner: Aggregations): Aggregations {
  // What keeps buckets needs some, also where nothing is grouped.
  if (fields.length === 0) return { all: { filters: { filters: { all: { match_all: {} } } }, aggs: inner } }
  return fields.reduceRight<Aggregations>(
    (aggs, field) => ({ [`by_${field}`]: { terms: { field, size: GROUPS }, aggs } }),
    inner,
  )
}

function checks(rule: CorrelationRule, named: readonly DetectionRule[], queries: readonly Query[]): Aggregations {
  const { type } = rule
  const bounds = (measure: string): string =>
    rule.bounds.map(({ operator, value }) => `${measure} ${SIGNS[operator]!} ${value}`).join(' && ')
  if (type === 'event_count') return selector({ count: '_count' }, bounds('params.count'))
  if (type === 'temporal') {
    const found = queries.map((_, index) => `params.rule_${index} > 0`)
    return {
      ...Object.fromEntries(queries.map((query, index) => [`rule_${index}`, { filter: query }])),
      ...selector(
        Object.fromEntries(queries.map((_, index) => [`rule_${index}`, `rule_${index}._count`])),
        rule.extended === undefined
          ? bounds(`(${found.map((one) => `(${one} ? 1 : 0)`).join(' + ')})`)
          : scriptOf(rule.extended, new Map(rule.rules.map((name, index) => [name, found[index]!]))),
      ),
    }
  }
  const [field, ...more] = rule.fields.map((one) => fieldOf(rule, one, named))
  if (more.length > 0) throw unsayable(rule, 'how many combinations of several fields there are')
  const metric = type === 'value_count' ? 'cardinality' : METRICS[type]
  if (metric === undefined) throw unsayable(rule, `'${type}'`)
  const name = type === 'value_count' ? 'distinct_values' : metric
  return {
    [name]: { [metric]: { field, ...(metric === 'cardinality' ? { precision_threshold: PRECISION } : {}) } },
    ...selector({ count: name }, bounds('params.count')),
  }
}

function selector(buckets_path: Readonly<Record<string, string>>, script: string): Aggregations {
  return { count_check: { bucket_selector: { buckets_path, script } } }
}

function scriptOf(condition: Condition, found: ReadonlyMap<string, string>): string {
  if (condition.kind === 'name') return found.get(condition.name)!
  if (condition.kind === 'not') return `!(${scriptOf(condition.of, found)})`
  const parts = condition.of.map((one) => `(${scriptOf(one, found)})`)
  if (parts.length === 0) return String(condition.kind === 'and')
  return parts.join(condition.kind === 'and' ? ' && ' : ' || ')
}
