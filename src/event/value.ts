import { Double } from './number.ts'
import { Timestamp } from './timestamp.ts'

/** What a field can hold. Objects have no prototype, so that no field name can reach one. */
export type Value = null | boolean | number | bigint | string | Double | Timestamp | Value[] | ValueObject

export interface ValueObject {
  [name: string]: Value
}

export function newObject(): ValueObject {
  return Object.create(null) as ValueObject
}

export function isObject(value: unknown): value is ValueObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Double) &&
    !(value instanceof Timestamp)
  )
}

/** A deep copy; Double and Timestamp are immutable and shared. */
export function cloneValue(value: Value): Value {
  if (Array.isArray(value)) return value.map(cloneValue)
  if (!isObject(value)) return value
  const copy = newObject()
  for (const name in value) copy[name] = cloneValue(value[name]!)
  return copy
}

/** A plain JS value (as from JSON.parse) in the house's form: null-prototype objects throughout. */
export function toValue(plain: unknown): Value {
  if (plain === undefined || plain === null) return null
  if (Array.isArray(plain)) return plain.map(toValue)
  if (plain instanceof Date) return Timestamp.fromMillis(plain.getTime())
  if (typeof plain === 'object' && !(plain instanceof Double) && !(plain instanceof Timestamp)) {
    const copy = newObject()
    for (const name of Object.keys(plain)) copy[name] = toValue((plain as Record<string, unknown>)[name])
    return copy
  }
  return plain as Value
}
