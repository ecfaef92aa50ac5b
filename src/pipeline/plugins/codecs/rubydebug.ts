import {
  Double,
  isObject,
  newObject,
  Timestamp,
  type Event,
  type Value,
  type ValueObject,
} from '../../../event/index.ts'
import { option, type as types } from '../../../settings/index.ts'
import { defineCodec } from '../define.ts'
import { textEvent } from './json-events.ts'

export const rubydebug = defineCodec({
  name: 'rubydebug',
  summary: "Writes an event for people to read, as Ruby's awesome_print shows a hash; an input reads text with it.",
  options: {
    metadata: option(types.boolean, { describe: 'Show `[@metadata]` as well.', default: false }),
  },
  examples: [{ title: 'one event a piece', config: '', in: ['one'], out: [{ message: 'one' }] }],
  create: (options, context) => ({
    name: 'rubydebug',
    decoder: () => ({
      decode: (chunk) => [textEvent(chunk.toString('utf8'), Math.floor(context.clock.now() * 1000))],
      flush: () => [],
    }),
    encode: (event) => `${print(fieldsOf(event, options.metadata), 0)}\n`,
  }),
})

function fieldsOf(event: Event, metadata: boolean): ValueObject {
  if (!metadata || Object.keys(event.metadata).length === 0) return event.data
  const fields = newObject()
  for (const name in event.data) fields[name] = event.data[name]!
  fields['@metadata'] = event.metadata
  return fields
}

// awesome_print's layout: names right-aligned to the longest of their hash, four more columns a level, list positions in brackets.
const STEP = 4

function print(value: Value, indent: number): string {
  if (Array.isArray(value)) return printList(value, indent)
  if (isObject(value)) return printObject(value, indent)
  if (value === null) return 'nil'
  if (typeof value === 'string') return inspect(value)
  if (value instanceof Timestamp || value instanceof Double) return value.toString()
  return String(value)
}

function printObject(object: ValueObject, indent: number): string {
  const names = Object.keys(object)
  if (names.length === 0) return '{}'
  const inner = indent + STEP
  const shown = names.map(inspect)
  const width = Math.max(...shown.map((name) => name.length)) + inner
  const lines = names.map((name, i) => `${shown[i]!.padStart(width)} => ${print(object[name]!, inner)}`)
  return `{\n${lines.join(',\n')}\n${' '.repeat(indent)}}`
}

function printList(list: Value[], indent: number): string {
  if (list.length === 0) return '[]'
  const inner = indent + STEP
  const width = String(list.length - 1).length
  const lines = list.map((item, i) => `${' '.repeat(inner)}[${String(i).padStart(width)}] ${print(item, inner)}`)
  return `[\n${lines.join(',\n')}\n${' '.repeat(indent)}]`
}

const CONTROL: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\f': '\\f',
  '\b': '\\b',
  '\x07': '\\a',
  '\x1b': '\\e',
  '\x7f': '\\x7F',
}

/** Ruby's `String#inspect`. */
function inspect(text: string): string {
  const escaped = text.replace(/["\\\p{Cc}]|#(?=[{$@])/gu, (c) =>
    c === '#' ? '\\#' : (CONTROL[c] ?? `\\u${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`),
  )
  return `"${escaped}"`
}
