import { cloneValue, isObject, type Value, type ValueObject } from '../event/index.ts'
import { REDACTED } from './actions/index.ts'

/** A definition as it is shown: passwords of webhooks are hidden. */
export function redact(source: ValueObject): ValueObject {
  const copy = cloneValue(source) as ValueObject
  for (const basic of logins(copy)) if ('password' in basic) basic['password'] = REDACTED
  return copy
}

/** A definition that came back as it was shown takes its passwords from the one that is stored. */
export function restoreSecrets(source: Value, before: ValueObject | undefined): Value {
  if (!isObject(source) || before === undefined) return source
  const copy = cloneValue(source) as ValueObject
  const known = new Map(named(before))
  for (const [action, basic] of named(copy)) {
    const secret = known.get(action)?.['password']
    if (basic['password'] === REDACTED && secret !== undefined) basic['password'] = secret
  }
  return copy
}

function logins(source: ValueObject): ValueObject[] {
  return named(source).map(([, basic]) => basic)
}

function named(source: ValueObject): [string, ValueObject][] {
  const actions = source['actions']
  if (!isObject(actions)) return []
  return Object.keys(actions).flatMap((id) => {
    let value: Value | undefined = actions[id]
    for (const step of ['webhook', 'auth', 'basic']) value = isObject(value) ? value[step] : undefined
    return isObject(value) ? [[id, value] satisfies [string, ValueObject]] : []
  })
}
