import { fail, type Span } from '../../diagnostic/index.ts'
import { timespanAt, type CorrelationRule, type CorrelationType } from './correlation.ts'
import { child, type Located } from './located-yaml.ts'
import type { DetectionRule } from './rule.ts'

/** What an old condition asks of the events that match, as a correlation says it. */
export interface Aggregation {
  /** What stands before the `|`. */
  readonly condition: string
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
const FORM = /^(\w+)\s*\(\s*([^()\s]*)\s*\)(?:\s+by\s+([^<>=]+?))?\s*(>=|<=|==|>|<|=)\s*(\d+(?:\.\d+)?)$/i

/**
 * The aggregation of a condition as rules had it before correlations: `selection | count(field) by field, field > 10`, within
 * the `timeframe` of the detection. Undefined where the condition has none.
 * @throws DiagnosticError for what is no such aggregation, `near` among them
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
  const match = after.length > 1000 ? null : FORM.exec(after)
  if (match === null)
    throw refused(
      "only count, sum, avg, min and max of old rules are supported, such as 'count(field) by field > 10': write a correlation rule",
    )
  const [, name, field = '', by = '', operator, value] = match
  const lower = name!.toLowerCase()
  const known = Object.hasOwn(TYPES, lower) ? TYPES[lower] : undefined
  if (known === undefined) throw refused(`'${name}' is not supported: write a correlation rule`)
  const fields = field === '' || field === '*' ? [] : [field]
  if (fields.length === 0 && known.type !== 'value_count') throw refused(`'${name}' needs a field`)
  if (child(detection, 'timeframe') === undefined) throw refused("without 'timeframe' it has no window")
  return {
    condition: text.slice(0, bar),
    of: {
      type: fields.length === 0 ? 'event_count' : known.type,
      fields,
      groupBy: by.split(',').flatMap((one) => (one.trim() === '' ? [] : [one.trim()])),
      bounds: [{ operator: OPERATORS[operator!]!, value: Number(value) }],
      percentile: known.percentile ?? 50,
      timespan: timespanAt(detection, 'timeframe'),
    },
    span,
  }
}

/** The rule as one of events, which is silent, and a correlation over it that has its id. */
export function aggregated(rule: DetectionRule, { of, span }: Aggregation): [DetectionRule, CorrelationRule] {
  const { detections: _, logsource: __, ...head } = rule
  const { name: ___, ...nameless } = rule
  const events = { ...nameless, id: `${rule.id} (events)`, samples: [] }
  return [
    events,
    { ...head, ...of, kind: 'correlation', rules: [events.id], aliases: {}, generate: false, rulesSpan: span },
  ]
}
