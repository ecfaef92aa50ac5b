import { firstText } from '../seen-event.ts'
import type { SeenEvent } from '../detector.ts'

/** A login as every source of them tells it. */
export interface LoginEvent {
  readonly success: boolean
  readonly source: string
  readonly user: string | undefined
  readonly host: string | undefined
  readonly time: number
  readonly index: string
  readonly id: string | undefined
}

/**
 * Reads a login from the seed's names (tags `auth_failure`, `auth_success`, `src_ip`, `src_user`), from ECS
 * (`event.category: authentication` with `event.outcome`) and from Windows (`event.code` 4625 and 4624);
 * undefined for every other event, and for a login without a source.
 */
export function loginEvent({ fields, time, index, id }: SeenEvent): LoginEvent | undefined {
  const success = outcome(fields)
  if (success === undefined) return undefined
  const source = firstText(fields, ['source', 'ip'], ['src_ip'], ['source', 'address'], ['src_host'])
  if (source === undefined || source === '-' || source === '127.0.0.1' || source === '::1') return undefined
  return {
    success,
    source,
    user: firstText(fields, ['user', 'target', 'name'], ['user', 'name'], ['src_user']),
    host: firstText(
      fields,
      ['host', 'name'],
      ['destination', 'ip'],
      ['dst_host'],
      ['host', 'hostname'],
      ['hostname'],
      ['host'],
    ),
    time,
    index,
    id,
  }
}

function outcome(fields: SeenEvent['fields']): boolean | undefined {
  const { tags } = fields
  if (Array.isArray(tags)) {
    if (tags.includes('auth_failure')) return false
    if (tags.includes('auth_success')) return true
  }
  const code = firstText(fields, ['event', 'code'], ['winlog', 'event_id'])
  if (code === '4625') return false
  if (code === '4624') return true
  const category = firstText(fields, ['event', 'category'])
  if (category !== 'authentication') return undefined
  const result = firstText(fields, ['event', 'outcome'])
  return result === 'failure' ? false : result === 'success' ? true : undefined
}
