import { isObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { FIELD_LIMIT } from '../dsl/index.ts'

/** `index.mapping.total_fields.limit` */
export function fieldLimit(settings: ValueObject): number {
  let value: Value | undefined = settings
  for (const key of ['index', 'mapping', 'total_fields', 'limit']) value = isObject(value) ? value[key] : undefined
  const limit = Number(value ?? FIELD_LIMIT)
  if (!Number.isInteger(limit) || limit < 0)
    throw fail('index.setting', {
      reason: `Failed to parse value [${String(value)}] for setting [index.mapping.total_fields.limit]`,
    })
  return limit
}
