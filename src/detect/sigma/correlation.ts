import { fail, type Span } from '../../diagnostic/index.ts'
import { namesOf, parseCondition, type Condition } from './condition.ts'
import { child, invalid, textAt, textsAt, type Located } from './located-yaml.ts'
import type { RuleHead } from './rule.ts'

export const CORRELATION_TYPES = [
  'event_count',
  'value_count',
  'value_sum',
  'value_avg',
  'value_min',
  'value_max',
  'value_percentile',
  'value_median',
  'temporal',
  'temporal_ordered',
] as const
export type CorrelationType = (typeof CORRELATION_TYPES)[number]

export const OPERATORS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
  eq: (a, b) => a === b,
  neq: (a, b) => a !== b,
}

export interface CorrelationRule extends RuleHead {
  readonly kind: 'correlation'
  readonly type: CorrelationType
  /** Ids or names of rules, which may be correlations too. */
  readonly rules: readonly string[]
  readonly groupBy: readonly string[]
  /** Milliseconds. */
  readonly timespan: number
  /** All of them must hold: a range is two. */
  readonly bounds: readonly { readonly operator: string; readonly value: number }[]
  /** For value_*: one or more fields; several count distinct tuples. */
  readonly fields: readonly string[]
  /** Of value_percentile; the least and the greatest value are the first and the last one. */
  readonly percentile: number
  /** Alias, then the name of a rule, then the field. */
  readonly aliases: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** The extended condition of temporal types, over names of rules. */
  readonly extended?: Condition
  /** Whether the rules it names raise findings of their own. */
  readonly generate: boolean
  readonly rulesSpan: Span
}

const UNITS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  M: 2_629_746,
  y: 31_556_952,
}

/** Keys of the map `correlation`. */
export const CORRELATION_KEYS = ['type', 'rules', 'group-by', 'timespan', 'condition', 'aliases', 'generate']

/** @throws DiagnosticError with the place of what is wrong */
export function readCorrelation(head: RuleHead, document: Located): CorrelationRule {
  const map = child(document, 'correlation')!
  if (map.entries === undefined) throw invalid('correlation', 'a map', map)
  const type = textAt(map, 'type')?.toLowerCase()
  if (!(CORRELATION_TYPES as readonly (string | undefined)[]).includes(type))
    throw invalid('type', `one of ${CORRELATION_TYPES.join(', ')}`, child(map, 'type') ?? map)
  const timespan = timespanAt(map, 'timespan')
  const condition = child(map, 'condition')
  const temporal = type === 'temporal' || type === 'temporal_ordered'
  const extended = temporal && typeof condition?.data === 'string' ? condition : undefined
  let rules = textsAt(map, 'rules')
  if (extended !== undefined && rules.length === 0)
    rules = (String(extended.data).match(/[\w-]+/g) ?? []).filter(
      (word) => !/^(?:and|or|not|of|all|any|them|1)$/i.test(word),
    )
  if (rules.length === 0) throw fail('sigma.missing', { owner: 'a correlation', name: 'rules' }, { span: map.span })
  const bounds: { operator: string; value: number }[] = []
  let fields: string[] = []
  let percentile = 50
  if (condition !== undefined && extended === undefined) {
    if (condition.entries === undefined) throw invalid('condition', 'a map such as gte: 10', condition)
    for (const { key, keySpan, value } of condition.entries) {
      if (key === 'field') fields = textsAt(condition, 'field')
      else if (key === 'percentile') percentile = Number(value.data)
      else if (Object.hasOwn(OPERATORS, key)) {
        const bound = typeof value.data === 'string' && value.data.trim() !== '' ? Number(value.data) : value.data
        if (typeof bound !== 'number' || Number.isNaN(bound)) throw invalid(key, 'a number', value)
        bounds.push({ operator: key, value: bound })
      } else
        throw fail(
          'sigma.unsupported',
          {
            path: `condition.${key}`,
            reason: `only ${Object.keys(OPERATORS).join(', ')}, field and percentile are known`,
          },
          { span: keySpan },
        )
    }
  }
  if (!(percentile > 0 && percentile <= 100)) throw invalid('percentile', 'a number above 0, at most 100', condition!)
  if (type === 'value_min') percentile = 0
  if (type === 'value_max') percentile = 100
  if (!temporal && bounds.length === 0)
    throw fail('sigma.missing', { owner: `a correlation of type ${type}`, name: 'condition' }, { span: map.span })
  if (type!.startsWith('value_') && fields.length === 0)
    throw fail(
      'sigma.missing',
      { owner: `a correlation of type ${type}`, name: 'condition.field' },
      { span: (condition ?? map).span },
    )
  if (type!.startsWith('value_') && type !== 'value_count' && fields.length > 1)
    throw invalid('condition.field', 'one field', condition!)
  // Beside the map by the specification, in it by SigmaHQ's own tools.
  const generate = child(map, 'generate') ?? child(document, 'generate')
  if (generate !== undefined && typeof generate.data !== 'boolean') throw invalid('generate', 'true or false', generate)
  const extendedCondition =
    extended === undefined ? undefined : parseCondition(String(extended.data), rules, extended.span)
  if (extendedCondition !== undefined && namesOf(extendedCondition).length === 0)
    throw invalid('condition', 'names of rules', extended!)
  return {
    ...head,
    kind: 'correlation',
    type: type as CorrelationType,
    rules: [...new Set(rules)],
    groupBy: textsAt(map, 'group-by'),
    timespan,
    bounds: temporal && bounds.length === 0 ? [{ operator: 'gte', value: new Set(rules).size }] : bounds,
    fields,
    percentile,
    aliases: readAliases(child(map, 'aliases')),
    ...(extendedCondition === undefined ? {} : { extended: extendedCondition }),
    generate: generate?.data === true,
    rulesSpan: (child(map, 'rules') ?? map).span,
  }
}

/** Milliseconds. */
export function timespanAt(map: Located, key: string): number {
  const match = /^(\d+)([smhdwMy])$/.exec(textAt(map, key) ?? '')
  if (match === null || Number(match[1]) === 0)
    throw invalid(key, 'a time such as 30s, 5m, 1h or 1d', child(map, key) ?? map)
  return Number(match[1]) * UNITS[match[2]!]! * 1000
}

function readAliases(map: Located | undefined): Record<string, Record<string, string>> {
  const aliases: Record<string, Record<string, string>> = {}
  if (map !== undefined && map.entries === undefined && map.data !== null) throw invalid('aliases', 'a map', map)
  for (const { key, value } of map?.entries ?? []) {
    if (value.entries === undefined) throw invalid(`aliases.${key}`, 'a map of rule names and fields', value)
    aliases[key] = Object.fromEntries(value.entries.map((entry) => [entry.key, String(entry.value.data)]))
  }
  return aliases
}
