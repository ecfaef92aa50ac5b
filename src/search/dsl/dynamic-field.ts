import { Double, newObject, Timestamp, toValue, type Value, type ValueObject } from '../../event/index.ts'
import { DEFAULT_FORMAT } from './date-format.ts'
import type { DynamicTemplate, Mapping } from './mapping.ts'

type JsonType = 'string' | 'long' | 'double' | 'boolean' | 'date' | 'object'

/**
 * What an unmapped field becomes: by the first dynamic template that matches, else by Elasticsearch's rules
 * (text with a keyword of at most 256 characters, long, float, boolean, date where the text reads as one).
 * @returns the field's mapping body.
 */
export function dynamicField(mapping: Mapping, name: string, value: Value): ValueObject | undefined {
  const { type, format } = detect(mapping, value)
  for (const template of mapping.dynamicTemplates)
    if (matches(template, name, type)) return fromTemplate(template, name, type)
  const body = newObject()
  switch (type) {
    case 'object':
      return toValue({ type: 'object' }) as ValueObject
    case 'string':
      return toValue({ type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } }) as ValueObject
    case 'double':
      body['type'] = 'float'
      return body
    case 'date':
      body['type'] = 'date'
      if (format !== undefined && !DEFAULT_FORMAT.startsWith(format)) body['format'] = format
      return body
    default:
      body['type'] = type
      return body
  }
}

function detect(mapping: Mapping, value: Value): { type: JsonType; format?: string } {
  if (typeof value === 'boolean') return { type: 'boolean' }
  if (value instanceof Timestamp) return { type: 'date' }
  if (value instanceof Double) return { type: 'double' }
  if (typeof value === 'number') return { type: Number.isInteger(value) ? 'long' : 'double' }
  if (typeof value === 'bigint') return { type: 'long' }
  if (typeof value !== 'string') return { type: 'object' }
  // Plain numbers are too often read as years or epochs.
  const number = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value)
  if (number) {
    if (!mapping.numericDetection) return { type: 'string' }
    return { type: /^[+-]?\d+$/.test(value) ? 'long' : 'double' }
  }
  if (mapping.dateDetection && value.length <= 64)
    for (const format of mapping.dynamicDateFormats)
      if (format.parse(value) !== undefined) return { type: 'date', format: format.pattern }
  return { type: 'string' }
}

function matches(template: DynamicTemplate, path: string, type: JsonType): boolean {
  const { body } = template
  const name = path.slice(path.lastIndexOf('.') + 1)
  const regex = body['match_pattern'] === 'regex'
  const wanted = list(body['match_mapping_type'])
  if (wanted.length > 0 && !wanted.includes('*') && !wanted.includes(type)) return false
  if (body['match'] !== undefined && !list(body['match']).some((p) => simpleMatch(p, name, regex))) return false
  if (list(body['unmatch']).some((p) => simpleMatch(p, name, regex))) return false
  if (body['path_match'] !== undefined && !list(body['path_match']).some((p) => simpleMatch(p, path, regex)))
    return false
  return !list(body['path_unmatch']).some((p) => simpleMatch(p, path, regex))
}

function list(value: Value | undefined): string[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value.map(String) : [String(value)]
}

function simpleMatch(pattern: string, text: string, regex: boolean): boolean {
  if (regex) return new RegExp(`^(?:${pattern})$`).test(text)
  return wildcardMatch(pattern, text)
}

/** `*` stands for any characters; linear in the text for each star, so that no pattern runs away. */
export function wildcardMatch(pattern: string, text: string): boolean {
  const parts = pattern.split('*')
  if (parts.length === 1) return pattern === text
  const [first, last] = [parts[0]!, parts.at(-1)!]
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false
  let at = first.length
  const end = text.length - last.length
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}

const DEFAULT_TYPES: Readonly<Record<JsonType, string>> = {
  string: 'text',
  long: 'long',
  double: 'double',
  boolean: 'boolean',
  date: 'date',
  object: 'object',
}

function fromTemplate(template: DynamicTemplate, path: string, type: JsonType): ValueObject {
  const name = path.slice(path.lastIndexOf('.') + 1)
  const body = fill(template.body['mapping']!, name, DEFAULT_TYPES[type]) as ValueObject
  body['type'] ??= DEFAULT_TYPES[type]
  return body
}

function fill(value: Value, name: string, type: string): Value {
  if (typeof value === 'string') return value.replaceAll('{name}', name).replaceAll('{dynamic_type}', type)
  if (Array.isArray(value)) return value.map((item) => fill(item, name, type))
  if (typeof value !== 'object' || value === null || value instanceof Double || value instanceof Timestamp) return value
  const copy = newObject()
  for (const key in value) copy[fill(key, name, type) as string] = fill(value[key]!, name, type)
  return copy
}
