import { cloneValue, isObject, type Value, type ValueObject } from '../event/index.ts'
import { REDACTED } from './http-request.ts'

/** A definition as it is shown: the passwords of its HTTP requests, wherever they stand, are hidden. */
export function redact(source: ValueObject): ValueObject {
  const copy = cloneValue(source) as ValueObject
  for (const basic of logins(copy, '').values()) if ('password' in basic) basic['password'] = REDACTED
  return copy
}

/** A definition that came back as it was shown takes its passwords from the one that is stored. */
export function restoreSecrets(source: Value, before: ValueObject | undefined): Value {
  if (!isObject(source) || before === undefined) return source
  const copy = cloneValue(source) as ValueObject
  const known = logins(before, '')
  for (const [path, basic] of logins(copy, '')) {
    const secret = known.get(path)?.['password']
    if (basic['password'] === REDACTED && secret !== undefined) basic['password'] = secret
  }
  return copy
}

const DEPTH_LIMIT = 30

/** Every `auth.basic` of webhooks, inputs and attachments, by its path; what a watch only carries (metadata, a simple payload) is its own. */
function logins(value: Value, path: string, depth = 0): Map<string, ValueObject> {
  const found = new Map<string, ValueObject>()
  if (depth > DEPTH_LIMIT) return found
  const add = (inner: Value, name: string): void => {
    for (const [at, basic] of logins(inner, `${path}.${name}`, depth + 1)) found.set(at, basic)
  }
  if (Array.isArray(value)) for (const [i, inner] of value.entries()) add(inner, String(i))
  if (!isObject(value)) return found
  for (const [name, inner] of Object.entries(value)) {
    if (depth === 0 && name === 'metadata') continue
    const basic = name === 'auth' && isObject(inner) ? inner['basic'] : undefined
    if (isObject(basic)) found.set(`${path}.auth`, basic)
    else add(inner, name)
  }
  return found
}
