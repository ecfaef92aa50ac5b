/** What the queries on one field share. */
/** Queries: the checked tree, and the checks that make it. */
import { isObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { Clause } from './clause.ts'

export function minimum(clause: Clause): string | undefined {
  const text = clause.string('minimum_should_match')
  if (
    text !== undefined &&
    !text
      .trim()
      .split(/\s+/)
      .every((part) => /^(\d+<)?-?\d+%?$/.test(part))
  )
    throw clause.wrong('minimum_should_match', 'a count or a percentage', text)
  return text
}

/** `{ FIELD: { ... } }`, or `{ FIELD: VALUE }` as its short form with the value under `key`. */
export function fieldClause(
  name: string,
  body: ValueObject,
  key: string | undefined,
): { field: string; clause: Clause } {
  const fields = Object.keys(body).filter((field) => field !== 'boost' && field !== '_name')
  const field = fields[0]
  if (field === undefined) throw fail('search.argument', { reason: 'field name is null or empty' })
  if (fields.length > 1)
    throw fail('search.parsing', {
      reason: `[${name}] query doesn't support multiple fields, found [${field}] and [${fields[1]!}]`,
    })
  const value = body[field]!
  if (isObject(value)) return { field, clause: new Clause(name, value) }
  if (key === undefined)
    throw fail('search.parsing', { reason: `[${name}] query malformed, no start_object after field name` })
  if (Array.isArray(value)) throw fail('search.parsing', { reason: `[${name}] query does not support arrays` })
  const short = Object.create(null) as ValueObject
  short[key] = value
  if (body['boost'] !== undefined) short['boost'] = body['boost']
  return { field, clause: new Clause(name, short) }
}

export function scalar(name: string, value: Value | undefined, key: string): Value {
  if (value === undefined || value === null) throw fail('search.argument', { reason: `value cannot be null` })
  if (isObject(value) || Array.isArray(value))
    throw fail('search.parsing', { reason: `[${name}] '${key}' must be a single value` })
  return value
}
