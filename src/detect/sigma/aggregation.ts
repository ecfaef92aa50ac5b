import { fail, type Span } from '../../diagnostic/index.ts'
import { timespanAt, type CorrelationRule, type CorrelationType } from './correlation.ts'
import { child, type Located } from './located-yaml.ts'
import type { DetectionRule } from './rule.ts'

/** What an old condition asks of the events that match, as a correlation says it. */
export interface Aggregation {
  /** What events must meet: what stands before the `|`, and what must be near. */
  readonly conditions: readonly string[]
  readonly of: Pick<CorrelationRule, 'type' | 'fields' | 'groupBy' | 'bounds' | 'percentile' | 'timespan'>
  readonly span: Span
}

const TYPES: Readonly<Record<string, { readonly type: CorrelationType; readonly percentile?: number }>> = {
  count: { type: 'value_count' },
  sum: { type: 'value_sum' },
  avg: { type: 'value_avg' },
  min: { type: 'value_min', percentile: 0 },
  max: { type: 'value_max', percentile: 100 },
}
const OPERATORS: Readonly<Record<string, string>> = {
  '>': 'gt',
  '>=': 'gte',
  '<': 'lt',
  '<=': 'lte',
  '=': 'eq',
  '==': 'eq',
}
const NEAR = /^near\s+([\w-]+(?:\s+and\s+[\w-]+){0,9})$/i
const FORM = /^(\w+)\s*\(\s*([^()\s]*)\s*\)(?:\s+by\s+([^<>=]+?))?\s*(>=|<=|==|>|<|=)\s*(\d+(?:\.\d+)?)$/i

/**
 * The aggregation of a condition as rules had it before correlations: `selection | count(field) by field, field > 10`, within
 * the `timeframe` of the detection; of `selection | near other` all must be met in it. Undefined where the condition has none.
 * @throws DiagnosticError for what is no such aggregation
 */
export function readAggregation(detection: Located): Aggregation | undefined {
  const condition = child(detection, 'condition')
  const whole = (condition?.items ?? [condition]).find((one) => typeof one?.data === 'string' && one.data.includes('|'))
  if (whole === undefined) return undefined
  const { span } = whole
  const text = String(whole.data)
  const bar = text.indexOf('|')
  const after = text.slice(bar + 1).trim()
  const refused = (reason: string): Error => fail('sigma.condition', { reason: `'| ${after}': ${reason}` }, { span })
  if (whole !== condition) throw refused('of several conditions none may have an aggregation')
  const windowed = (): number => {
    if (child(detection, 'timeframe') === undefined) throw refused("without 'timeframe' it has no window")
    return timespanAt(detection, 'timeframe')
  }
  const near = after.length > 1000 ? null : NEAR.exec(after)
  if (near !== null) {
    const conditions = [text.slice(0, bar), ...near[1]!.split(/\s+and\s+/i)]
    const bounds = [{ operator: 'gte', value: conditions.length }]
    const of = { type: 'temporal', fields: [], groupBy: [], bounds, percentile: 50, timespan: windowed() } as const
    return { conditions, of, span }
  }
  const match = after.length > 1000 ? null : FORM.exec(after)
  if (match === null)
    throw refused(
      "only near, count, sum, avg, min and max of old rules are supported, such as 'count(field) by field > 10': write a correlation rule",
    )
  const [, name, field = '', by = '', operator, value] = match
  const lower = name!.toLowerCase()
  const known = Object.hasOwn(TYPES, lower) ? TYPES[lower] : undefined
  if (known === undefined) throw refused(`'${name}' is not supported: write a correlation rule`)
  const fields = field === '' || field === '*' ? [] : [field]
  if (fields.length === 0 && known.type !== 'value_count') throw refused(`'${name}' needs a field`)
  return {
    conditions: [text.slice(0, bar)],
    of: {
      type: fields.length === 0 ? 'event_count' : known.type,
      fields,
      groupBy: by.split(',').flatMap((one) => (one.trim() === '' ? [] : [one.trim()])),
      bounds: [{ operator: OPERATORS[operator!]!, value: Number(value) }],
      percentile: known.percentile ?? 50,
      timespan: windowed(),
    },
    span,
  }
}

/** The rules of events, which are silent, and a correlation over them that has the id of the rule. */
export function aggregated(
  rules: readonly DetectionRule[],
  { of, span }: Aggregation,
): [...DetectionRule[], CorrelationRule] {
  const { detections: _, logsource: __, ...head } = rules[0]!
  const events = rules.map(({ name: ___, ...rule }, index): DetectionRule => {
    return { ...rule, id: `${rule.id} (events${index === 0 ? '' : ` ${index + 1}`})`, samples: [] }
  })
  const named = events.map(({ id }) => id)
  return [
    ...events,
    { ...head, ...of, kind: 'correlation', rules: named, aliases: {}, generate: false, rulesSpan: span },
  ]
}
