import { fail } from '../../diagnostic/index.ts'
import type { Clause } from './clause.ts'
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
