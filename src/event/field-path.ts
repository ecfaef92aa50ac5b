import { isObject, newObject, type Value, type ValueObject } from './value.ts'

/**
 * A parsed field reference of Logstash: `name`, `[name]`, `[a][b]`, `[list][0]`, `[@metadata][x]`.
 * `keys` never contains `@metadata`; that is what `metadata` says.
 */
export interface FieldPath {
  readonly text: string
  readonly metadata: boolean
  readonly keys: readonly string[]
}

const cache = new Map<string, FieldPath | undefined>()
const CACHE_LIMIT = 10_000

/**
 * Parses a field reference as Logstash's strict parser does.
 * @returns undefined where the text is not a valid reference, such as `[a` or `[a]b`.
 */
export function parseFieldPath(text: string): FieldPath | undefined {
  const known = cache.get(text)
  if (known !== undefined || cache.has(text)) return known
  const parsed = parse(text)
  if (cache.size >= CACHE_LIMIT) cache.clear()
  cache.set(text, parsed)
  return parsed
}

/** Like {@link parseFieldPath}, for references written in our own code. */
export function fieldPath(text: string): FieldPath {
  const path = parseFieldPath(text)
  if (path === undefined) throw new TypeError(`invalid field reference '${text}'`)
  return path
}

function parse(text: string): FieldPath | undefined {
  let keys: string[]
  if (text.startsWith('[')) {
    if (!/^(?:\[[^[\],]+\])+$/.test(text)) return undefined
    keys = text.slice(1, -1).split('][')
  } else {
    if (text === '' || /[[\]]/.test(text)) return undefined
    keys = [text]
  }
  const metadata = keys[0] === '@metadata'
  return { text, metadata, keys: metadata ? keys.slice(1) : keys }
}

/** Reads at `keys` below `root`; list positions may be negative, counting from the end. */
export function getAt(root: ValueObject, keys: readonly string[]): Value | undefined {
  if (keys.length === 1) return root[keys[0]!]
  let value: Value | undefined = root
  for (const key of keys) {
    if (Array.isArray(value)) value = value[listIndex(value, key) ?? -1]
    else if (isObject(value)) value = value[key]
    else return undefined
    if (value === undefined) return undefined
  }
  return value
}

/**
 * Writes at `keys` below `root`, making the objects on the way.
 * A scalar that stands in the way is replaced, as Logstash does.
 */
export function setAt(root: ValueObject, keys: readonly string[], value: Value): void {
  let holder: ValueObject | Value[] = root
  for (let i = 0; i < keys.length - 1; i++) {
    const key = keys[i]!
    let next: Value | undefined = Array.isArray(holder) ? holder[listIndex(holder, key) ?? -1] : holder[key]
    if (!isObject(next) && !Array.isArray(next)) {
      next = newObject()
      put(holder, key, next)
    }
    holder = next
  }
  put(holder, keys[keys.length - 1]!, value)
}

/** Removes what is at `keys` and returns it. */
export function removeAt(root: ValueObject, keys: readonly string[]): Value | undefined {
  const last = keys[keys.length - 1]!
  const holder: Value | undefined = keys.length === 1 ? root : getAt(root, keys.slice(0, -1))
  if (Array.isArray(holder)) {
    const index = listIndex(holder, last)
    return index === undefined || index >= holder.length ? undefined : holder.splice(index, 1)[0]
  }
  if (!isObject(holder)) return undefined
  const removed = holder[last]
  delete holder[last]
  return removed
}

function put(holder: ValueObject | Value[], key: string, value: Value): void {
  if (!Array.isArray(holder)) {
    holder[key] = value
    return
  }
  const index = listIndex(holder, key)
  if (index === undefined) return
  while (holder.length < index) holder.push(null)
  holder[index] = value
}

function listIndex(list: Value[], key: string): number | undefined {
  if (!/^-?\d+$/.test(key)) return undefined
  const index = Number(key)
  if (index >= 0) return index
  return index + list.length >= 0 ? index + list.length : undefined
}
