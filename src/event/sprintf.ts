import type { Event } from './event.ts'
import { parseFieldPath, type FieldPath } from './field-path.ts'
import { compileJavaTimeFormat } from './java-time-format.ts'
import { compileJodaFormat } from './joda-format.ts'
import { stringifyJson } from './json.ts'
import type { Value } from './value.ts'

type Part = string | ((event: Event) => string)

/**
 * Compiles Logstash's sprintf format: `%{field}`, `%{[a][b]}`, `%{+YYYY.MM.dd}` (the event's time in UTC, by
 * Joda's patterns), `%{{yyyy.MM.dd}}` (by java.time's), `%{+%s}` (seconds since the epoch).
 *
 * - A reference to a field that is not there stays as it is written, as in Logstash.
 * - Lists are joined with commas, objects are written as JSON.
 * @throws RangeError where a date pattern is not valid.
 */
export function compileSprintf(text: string): (event: Event) => string {
  const parts: Part[] = []
  let rest = 0
  for (const match of text.matchAll(/%\{(\{[^}]+\}|[^{}][^}]*)\}/g)) {
    if (match.index > rest) parts.push(text.slice(rest, match.index))
    parts.push(compileReference(match[0], match[1]!))
    rest = match.index + match[0].length
  }
  if (rest < text.length || parts.length === 0) parts.push(text.slice(rest))
  if (parts.length === 1) {
    const only = parts[0]!
    return typeof only === 'string' ? () => only : only
  }
  return (event) => {
    let result = ''
    for (const part of parts) result += typeof part === 'string' ? part : part(event)
    return result
  }
}

/** True where the text has a reference, so that it is not the same for every event. */
export function isDynamic(text: string): boolean {
  return /%\{[^}]+\}/.test(text)
}

function compileReference(written: string, inner: string): Part {
  if (inner === '+%s') return (event) => String(Math.floor((event.timestamp?.millis ?? 0) / 1000))
  if (inner.startsWith('+')) return timeWriter(compileJodaFormat(inner.slice(1)), written)
  if (inner.startsWith('{')) return timeWriter(compileJavaTimeFormat(inner.slice(1, -1)), written)
  const path = parseFieldPath(inner)
  return path === undefined ? written : (event) => print(event, path, written)
}

function timeWriter(format: (micros: number) => string, written: string): (event: Event) => string {
  return (event) => (event.timestamp === undefined ? written : format(event.timestamp.micros))
}

function print(event: Event, path: FieldPath, written: string): string {
  const value = event.get(path)
  return value === undefined || value === null ? written : printValue(value)
}

/** A value as text: strings as they are, lists joined with commas, objects as JSON. */
export function printValue(value: Value): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map((inner) => (inner === null ? '' : printValue(inner))).join(',')
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null) return stringifyJson(value)
  return String(value)
}
