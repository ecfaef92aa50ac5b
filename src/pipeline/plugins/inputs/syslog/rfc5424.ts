import { newObject, type ValueObject } from '../../../../event/index.ts'

/** A message of RFC 5424; what it gives as `-` is undefined. */
export interface Rfc5424Message {
  readonly priority: number
  readonly version: string
  readonly timestamp: string | undefined
  readonly hostname: string | undefined
  readonly appName: string | undefined
  readonly procId: string | undefined
  readonly msgId: string | undefined
  /** Parameters by element; one that comes twice is a list. */
  readonly structuredData: ValueObject | undefined
  readonly message: string
}

const HEADER =
  /^<(\d{1,3})>(\d{1,2}) ([!-~]{1,64}) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) (?=-(?: |$)|\[)/
const HIGHEST_PRIORITY = 191

/** Reads a message of RFC 5424 (section 6); undefined where it is none. */
export function parseRfc5424(text: string): Rfc5424Message | undefined {
  const header = HEADER.exec(text)
  if (header === null) return undefined
  const priority = Number(header[1])
  if (priority > HIGHEST_PRIORITY || header[2]!.startsWith('0')) return undefined
  let at = header[0].length
  let structuredData: ValueObject | undefined
  if (text[at] === '-') at++
  else {
    const data = readElements(text, at)
    if (data === undefined) return undefined
    structuredData = data.elements
    at = data.end
  }
  if (at < text.length && text[at] !== ' ' && text[at] !== '\n') return undefined
  const message = text.slice(text[at] === ' ' ? at + 1 : at)
  return {
    priority,
    version: header[2]!,
    timestamp: orNil(header[3]!),
    hostname: orNil(header[4]!),
    appName: orNil(header[5]!),
    procId: orNil(header[6]!),
    msgId: orNil(header[7]!),
    structuredData,
    message: tidy(message),
  }
}

/**
 * The text without the byte order mark, which only says that UTF-8 follows, and without the space before it and the end of
 * the line after it that rsyslog's own template of RFC 5424 writes.
 */
function tidy(message: string): string {
  const from = message.startsWith('\ufeff') || message.startsWith(' ') ? 1 : 0
  const end = message.endsWith('\r\n') ? -2 : message.endsWith('\n') ? -1 : undefined
  return message.slice(from, end)
}

function orNil(value: string): string | undefined {
  return value === '-' ? undefined : value
}

const NAME = /[!#-<>-\\^-~]{1,256}/y

function readElements(text: string, start: number): { elements: ValueObject; end: number } | undefined {
  const elements = newObject()
  let at = start
  while (text[at] === '[') {
    const id = readName(text, at + 1)
    if (id === undefined) return undefined
    at += 1 + id.length
    const parameters = newObject()
    while (text[at] === ' ') {
      const name = readName(text, at + 1)
      if (name === undefined) return undefined
      at += 1 + name.length
      if (text[at] !== '=' || text[at + 1] !== '"') return undefined
      const value = readValue(text, at + 2)
      if (value === undefined) return undefined
      at = value.end
      const before = parameters[name]
      if (before === undefined) parameters[name] = value.text
      else if (Array.isArray(before)) before.push(value.text)
      else parameters[name] = [before, value.text]
    }
    if (text[at] !== ']') return undefined
    at++
    elements[id] = parameters
  }
  return { elements, end: at }
}

function readName(text: string, at: number): string | undefined {
  NAME.lastIndex = at
  return NAME.exec(text)?.[0]
}

/** A value up to its closing quote; `\"`, `\\` and `\]` are escapes, any other backslash is itself. */
function readValue(text: string, start: number): { text: string; end: number } | undefined {
  let value = ''
  let from = start
  for (let at = start; at < text.length; at++) {
    const c = text[at]
    if (c === '"') return { text: value + text.slice(from, at), end: at + 1 }
    if (c === '\\' && /["\\\]]/.test(text[at + 1] ?? '')) {
      value += text.slice(from, at)
      from = ++at
    }
  }
  return undefined
}
