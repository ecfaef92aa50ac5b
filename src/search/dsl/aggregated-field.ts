import { fail } from '../../diagnostic/index.ts'
import type { Clause } from './clause.ts'

/** The field that an aggregation reads. */
export function fieldOf(clause: Clause): string {
  if (clause.take('script') !== undefined) throw fail('search.unsupported', { clause: `${clause.name}.script` })
  clause.take('value_type')
  const field = clause.string('field')
  if (field === undefined)
    throw fail('search.argument', { reason: `Required one of fields [field, script], but none were specified. ` })
  return field
}
