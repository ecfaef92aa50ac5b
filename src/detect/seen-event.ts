import { isObject, parseIsoTimestamp, parseJson, Timestamp, type Value, type ValueObject } from '../event/index.ts'
import type { SeenEvent } from './detector.ts'

/** What a detector sees of a stored document; undefined for one without a time. */
export function seenEvent(fields: ValueObject, index: string, id: string | undefined): SeenEvent | undefined {
  const time = timeOf(fields['@timestamp'])
  return time === undefined ? undefined : { fields, time, index, ...(id === undefined ? {} : { id }) }
}

export function parseSource(source: string): ValueObject | undefined {
  try {
    const value = parseJson(source)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The greatest time that a Date can have, either way. */
const LAST_MILLIS = 8.64e15

function timeOf(value: Value | undefined): number | undefined {
  if (typeof value === 'string') {
    // Without a zone a time is UTC to the store, and local to Date.parse.
    const fast = value.endsWith('Z') ? Date.parse(value) : NaN
    if (!Number.isNaN(fast)) return fast
    return parseIsoTimestamp(value)?.millis ?? (/^-?\d{5,15}$/.test(value) ? Number(value) : undefined)
  }
  if (value instanceof Timestamp) return value.millis
  return typeof value === 'number' && Math.abs(value) <= LAST_MILLIS ? value : undefined
}

/** Reads a text of an event. */
export type TextReader = (fields: ValueObject) => string | undefined

/** Reads the first text among the fields at `paths`, each nested (`source: { ip }`) or with dots in its name. */
export function textReader(...paths: readonly (readonly string[])[]): TextReader {
  const places = paths.map((path) => ({ path, name: path[0]!, dotted: path.length > 1 ? path.join('.') : undefined }))
  return (fields) => {
    for (const { path, name, dotted } of places) {
      const value = dotted === undefined ? fields[name] : (fields[dotted] ?? inside(fields, path))
      if (value === undefined) continue
      const text = textOf(value)
      if (text !== undefined) return text
    }
    return undefined
  }
}

function inside(fields: ValueObject, path: readonly string[]): Value | undefined {
  let value: Value | undefined = fields
  for (const name of path) {
    if (!isObject(value)) return undefined
    value = value[name]
  }
  return value
}

function textOf(value: Value | undefined): string | undefined {
  const one = Array.isArray(value) ? value[0] : value
  if (typeof one === 'string') return one === '' ? undefined : one.slice(0, 256)
  return typeof one === 'number' || typeof one === 'bigint' ? String(one) : undefined
}
