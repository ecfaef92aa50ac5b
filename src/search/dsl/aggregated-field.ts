import { fail } from '../../diagnostic/index.ts'
import type { Clause } from './clause.ts'
import { dateFormat } from './date-format.ts'

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
