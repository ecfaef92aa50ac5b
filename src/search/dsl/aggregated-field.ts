import { isObject, stringifyJson, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import type { AggregationName } from './aggregation-name.ts'
import type { Clause } from './clause.ts'
import { scriptOf } from './script-clause.ts'
import type { RuntimeField } from './runtime-field.ts'
import type { LeafType } from './field-types.ts'
import { dateFormat } from './date-format.ts'

const VALUE_TYPES: Readonly<Record<string, LeafType>> = Object.assign(Object.create(null) as Record<string, LeafType>, {
  string: 'keyword',
  byte: 'long',
  short: 'long',
  integer: 'long',
  long: 'long',
  float: 'double',
  double: 'double',
  number: 'double',
  numeric: 'double',
  date: 'date',
  ip: 'ip',
  boolean: 'boolean',
})

/** What a field that no index maps counts as, where a request says so. */
export function valueTypeOf(clause: Clause): LeafType | undefined {
  const name = clause.string('value_type')
  if (name === undefined) return undefined
  const type = VALUE_TYPES[name]
  if (type === undefined)
    throw fail('search.argument', {
      reason: `Could not parse [${name}] as [value_type] of [${clause.name}]: it must be one of ${Object.keys(VALUE_TYPES).join(', ')}`,
    })
  return type
}

/** What the values of a script count as, by the aggregation that asks for them, where nothing else is said. */
const SCRIPTED: Partial<Record<AggregationName, LeafType>> = {
  auto_date_histogram: 'date',
  avg: 'double',
  boxplot: 'double',
  cardinality: 'keyword',
  composite: 'keyword',
  date_histogram: 'date',
  date_range: 'date',
  diversified_sampler: 'keyword',
  extended_stats: 'double',
  histogram: 'double',
  ip_range: 'ip',
  max: 'double',
  median_absolute_deviation: 'double',
  min: 'double',
  multi_terms: 'keyword',
  percentile_ranks: 'double',
  percentiles: 'double',
  rate: 'double',
  range: 'double',
  stats: 'double',
  string_stats: 'keyword',
  sum: 'double',
  terms: 'keyword',
  value_count: 'keyword',
  variable_width_histogram: 'double',
  weighted_avg: 'double',
}

/**
 * Puts a field in the place of each script that gives an aggregation its values, so that everything after this knows
 * fields alone. Scripts that say the same become one field.
 */
export function scriptsToFields(type: string, body: ValueObject): { body: ValueObject; fields: RuntimeField[] } {
  const fields: RuntimeField[] = []
  const replaced = (given: Value, kind = type): Value => {
    if (!isObject(given) || !isGiven(given['script'])) return given
    const byDefault = Object.hasOwn(SCRIPTED, kind) ? SCRIPTED[kind as AggregationName] : undefined
    if (byDefault === undefined) return given
    const { script, ...rest } = given as { script: Value } & ValueObject
    const field = given['field'] === undefined ? undefined : String(given['field'])
    const valueType = given['value_type'] === undefined ? undefined : VALUE_TYPES[String(given['value_type'])]
    const made: RuntimeField = {
      name: `script ${stringifyJson([script, field ?? null, valueType ?? byDefault])}`,
      type: valueType ?? byDefault,
      parameters: Object.create(null) as ValueObject,
      computed: { kind: 'aggregation', script: scriptOf(script, 'aggs', `${type}.script`), field },
    }
    fields.push(made)
    return { ...rest, field: made.name }
  }
  const whole = replaced(body) as ValueObject
  const inner: ValueObject = { ...whole }
  for (const key of ['value', 'weight', 'a', 'b']) if (inner[key] !== undefined) inner[key] = replaced(inner[key])
  if (type === 'multi_terms' && Array.isArray(inner['terms']))
    inner['terms'] = inner['terms'].map((item) => replaced(item))
  if (type === 'composite' && Array.isArray(inner['sources']))
    inner['sources'] = inner['sources'].map((source) => (isObject(source) ? eachSource(source, replaced) : source))
  return fields.length === 0 ? { body, fields } : { body: inner, fields }
}

function isGiven(value: Value | undefined): value is Value {
  return value !== undefined && value !== null
}

/** `{ name: { terms: ... } }` of a composite; what its values count as is said by the kind. */
function eachSource(source: ValueObject, replaced: (given: Value, kind?: string) => Value): ValueObject {
  const made: ValueObject = {}
  for (const [name, body] of Object.entries(source))
    made[name] = isObject(body)
      ? Object.fromEntries(Object.entries(body).map(([kind, inner]) => [kind, replaced(inner, kind)]))
      : body
  return made
}

/** The field that an aggregation reads. */
export function fieldOf(clause: Clause): string {
  if (clause.take('script') !== undefined) throw fail('search.unsupported', { clause: `${clause.name}.script` })
  clause.take('value_type')
  const field = clause.string('field')
  if (field === undefined)
    throw fail('search.argument', { reason: `Required one of fields [field, script], but none were specified. ` })
  return field
}

/** @param date checks that it is a format of dates. */
export function formatOf(clause: Clause, date: boolean): string | undefined {
  const format = clause.string('format')
  if (format !== undefined && date) dateFormat(format)
  return format
}
