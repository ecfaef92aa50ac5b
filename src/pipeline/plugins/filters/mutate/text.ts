import { isObject, newObject, printValue, type Value } from '../../../../event/index.ts'

/** A change of texts, made to a text or to each text of a list; other values stay as they are. */
export function eachText(change: (text: string) => string): (value: Value) => Value {
  return (value) => {
    if (typeof value === 'string') return change(value)
    if (Array.isArray(value)) return value.map((inner) => (typeof inner === 'string' ? change(inner) : inner))
    return value
  }
}

export function uppercase(text: string): string {
  return text.toUpperCase()
}

export function lowercase(text: string): string {
  return text.toLowerCase()
}

export function capitalize(text: string): string {
  const [first = ''] = text
  return first.toUpperCase() + text.slice(first.length).toLowerCase()
}

/** @throws RangeError for a list that holds something other than texts, as Logstash fails there. */
export function strip(value: Value): Value {
  if (typeof value === 'string') return stripText(value)
  if (!Array.isArray(value)) return value
  return value.map((inner) => {
    if (typeof inner !== 'string') throw new RangeError('strip: the list holds something other than texts')
    return stripText(inner)
  })
}

/** White space as Ruby's strip knows it: ASCII, and NUL at the end. Walked, not matched: a regular expression would try every run. */
function stripText(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isSpace(text.charCodeAt(start))) start++
  while (end > start && (isSpace(text.charCodeAt(end - 1)) || text.charCodeAt(end - 1) === 0)) end--
  return text.slice(start, end)
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13)
}

/** Ruby's String#split: empty texts at the end are left out; a single space splits at runs of white space. */
export function split(text: string, separator: string): string[] {
  const parts = separator === ' ' ? text.trimStart().split(/\s+/) : text.split(separator)
  while (parts.length > 0 && parts[parts.length - 1] === '') parts.pop()
  return parts
}

/** Ruby's Array#join: lists in the list are joined with the same separator, null is empty. */
export function join(list: readonly Value[], separator: string): string {
  return list
    .map((value) => (Array.isArray(value) ? join(value, separator) : value === null ? '' : printValue(value)))
    .join(separator)
}

/** A list or hash with another's values; undefined where a hash meets something else. */
export function merge(into: Value | undefined, added: Value | undefined): Value | undefined {
  if (isObject(into) && isObject(added)) {
    const merged = newObject()
    for (const name in into) merged[name] = into[name]!
    for (const name in added) merged[name] = added[name]!
    return merged
  }
  if (isObject(into) || isObject(added)) return undefined
  return [...listOf(into), ...listOf(added)]
}

function listOf(value: Value | undefined): Value[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}
