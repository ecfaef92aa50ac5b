import { isObject } from '../../event/index.ts'
import { textReader } from '../seen-event.ts'
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

const sourceOf = textReader(['source', 'ip'], ['src_ip'], ['source', 'address'], ['src_host'])
const userOf = textReader(['user', 'target', 'name'], ['user', 'name'], ['src_user'])
const hostOf = textReader(
  ['host', 'name'],
  ['destination', 'ip'],
  ['dst_host'],
  ['host', 'hostname'],
  ['hostname'],
  ['host'],
)
const codeOf = textReader(['event', 'code'], ['winlog', 'event_id'])
const outcomeOf = textReader(['event', 'outcome'])

/**
 * Reads a login from the seed's names (tags `auth_failure`, `auth_success`, `src_ip`, `src_user`), from ECS
 * (`event.category: authentication` with `event.outcome`) and from Windows (`event.code` 4625 and 4624);
 * undefined for every other event, and for a login without a source.
 */
export function loginEvent({ fields, time, index, id }: SeenEvent): LoginEvent | undefined {
  const success = outcome(fields)
  if (success === undefined) return undefined
  const source = sourceOf(fields)
  if (source === undefined || source === '-' || source === '127.0.0.1' || source === '::1') return undefined
  return {
    success,
    source,
    user: userOf(fields),
    host: hostOf(fields),
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
  const code = codeOf(fields)
  if (code === '4625') return false
  if (code === '4624') return true
  if (!isAuthentication(fields)) return undefined
  const result = outcomeOf(fields)
  return result === 'failure' ? false : result === 'success' ? true : undefined
}

/** `event.category` may name several. */
function isAuthentication({ event, 'event.category': dotted }: SeenEvent['fields']): boolean {
  const category = dotted ?? (isObject(event) ? event['category'] : undefined)
  return category === 'authentication' || (Array.isArray(category) && category.includes('authentication'))
}
