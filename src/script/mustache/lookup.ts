import { Double, formatDouble, isObject, Timestamp, type Value } from '../../event/index.ts'

/** Undefined where nothing of that name is in any scope. */
export type Found = Value | undefined

/** Finds `name`, `a.b`, `list.0`, `list.size` in the innermost scope that has the first part, as mustache.java does. */
export function findVariable(name: string, scopes: readonly Value[]): Found {
  if (name === '.') return scopes.at(-1)
  const parts = name.split('.')
  for (let i = scopes.length - 1; i >= 0; i--) {
    // A field whose name has dots in it, and then the path of names.
    const whole = parts.length > 1 && isObject(scopes[i]) ? member(scopes[i]!, name) : undefined
    if (whole !== undefined) return whole
    const first = member(scopes[i]!, parts[0]!)
    if (first !== undefined) return walk(first, parts)
  }
  return undefined
}

function walk(start: Value, parts: readonly string[]): Found {
  let value: Found = start
  for (let i = 1; i < parts.length; i++) {
    if (value === undefined || value === null) return undefined
    const next = member(value, parts[i]!)
    if (next === undefined && isObject(value)) return member(value, parts.slice(i).join('.'))
    value = next
  }
  return value
}

function member(value: Value, name: string): Found {
  if (Array.isArray(value)) {
    if (name === 'size') return value.length
    return /^\d{1,9}$/.test(name) ? value[Number(name)] : undefined
  }
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

/** mustache.java's rule: numbers, 0 too, and maps, empty ones too, are true. */
export function isTruthy(value: Found): boolean {
  if (value === undefined || value === null || value === false || value === '') return false
  return !Array.isArray(value) || value.length > 0
}

/** A value as a tag prints it: nothing for null, a list as the map by place that it is to mustache, `{0=x, 1=y}`. */
export function printed(value: Found): string {
  if (value === undefined || value === null) return ''
  if (!Array.isArray(value)) return stringify(value)
  return `{${value.map((item, i) => `${i}=${stringify(item)}`).join(', ')}}`
}

const DEPTH_LIMIT = 200

/** A value as Java's `toString` writes it: `{a=1, b=[x, y]}`, doubles with their fraction, times in ISO 8601. */
export function stringify(value: Value, depth = 0): string {
  if (depth > DEPTH_LIMIT) return '...'
  if (Array.isArray(value)) return `[${value.map((inner) => stringify(inner, depth + 1)).join(', ')}]`
  if (isObject(value))
    return `{${Object.keys(value)
      .map((name) => `${name}=${stringify(value[name]!, depth + 1)}`)
      .join(', ')}}`
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : formatDouble(value)
  return value instanceof Double || value instanceof Timestamp ? value.toString() : String(value)
}
