import { isObject, newObject, type Value, type ValueObject } from '../event/index.ts'
import { parseDuration } from '../settings/index.ts'
import { redact } from './secrets.ts'

/** Durations of a watch, and the names under which Elasticsearch keeps and shows them, in milliseconds. */
const MILLIS: ReadonlyMap<string, string> = new Map([
  ['throttle_period', 'throttle_period_in_millis'],
  ['timeout', 'timeout_in_millis'],
  ['connection_timeout', 'connection_timeout_in_millis'],
  ['read_timeout', 'read_timeout_millis'],
])

/** What people wrote for themselves, for a search or for a message. */
const OPAQUE = new Set(['metadata', 'simple', 'body', 'params', 'template', 'attachments', 'message'])

/** A definition as Watcher's API answers it: without its secrets, its durations in milliseconds. */
export function shownWatch(source: ValueObject): ValueObject {
  return inMillis(redact(source))
}

function inMillis(value: ValueObject): ValueObject {
  const shown = newObject()
  for (const [name, inner] of Object.entries(value)) {
    const [key, millis] = [MILLIS.get(name), typeof inner === 'string' ? parseDuration(inner) : undefined]
    if (key !== undefined && millis !== undefined) shown[key] = millis
    else shown[name] = OPAQUE.has(name) ? inner : within(inner)
  }
  return shown
}

function within(value: Value): Value {
  if (Array.isArray(value)) return value.map(within)
  return isObject(value) ? inMillis(value) : value
}
