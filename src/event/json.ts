import { Double, formatDouble } from './number.ts'
import { Timestamp } from './timestamp.ts'
import { newObject, toValue, type Value, type ValueObject } from './value.ts'

// Only these need the exact reader: an integral number written with a fraction or an exponent (JSON.parse
// makes 1.0 a long) or sixteen digits and more (it loses digits past 2^53). Over-matching costs time, not truth.
const NEEDS_EXACT = /[:[,\s]-?(?:\d+(?:\.\d+)?[eE][+-]?\d+|\d+\.0+(?!\d)|\d{16})/

/**
 * Parses JSON into the house's values: null-prototype objects, and numbers by the number model
 * (`1.0` stays a double, integers past 2^53 become bigint).
 * @throws SyntaxError as JSON.parse does; also for text nested deeper than the engine's stack allows.
 */
export function parseJson(text: string): Value {
  // JSON.parse first in both cases: its checks and its messages are the ones users know.
  const plain: unknown = JSON.parse(text)
  return NEEDS_EXACT.test(text) ? new ExactReader(text).value() : toValue(plain)
}

/**
 * Like {@link parseJson}, for who only reads: mostly the objects are JSON.parse's own, which have a prototype.
 * Walk them with `for in` and read names found that way, never names from elsewhere.
 */
export function readJson(text: string): Value {
  const plain: unknown = JSON.parse(text)
  return NEEDS_EXACT.test(text) ? new ExactReader(text).value() : (plain as Value)
}

const STRING_OR_COMMENT = /"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[^]*?\*\//g

/** JSON without the comments that stand between its values; the places of what is left stay the same. */
export function withoutComments(text: string): string {
  return text.replace(STRING_OR_COMMENT, (part) => (part.startsWith('"') ? part : part.replace(/[^\n]/g, ' ')))
}

const NUMBER = /-?\d+(\.\d+)?([eE][+-]?\d+)?/y

/** Reads text that JSON.parse has accepted, so it need not check the syntax again. */
class ExactReader {
  private readonly text: string
  private at = 0

  constructor(text: string) {
    this.text = text
  }

  value(): Value {
    this.space()
    const c = this.text[this.at]
    if (c === '{') return this.object()
    if (c === '[') return this.list()
    if (c === '"') return this.string()
    if (c === 't') return this.word('true', true)
    if (c === 'f') return this.word('false', false)
    if (c === 'n') return this.word('null', null)
    return this.number()
  }

  private object(): ValueObject {
    const object = newObject()
    this.at++
    for (this.space(); this.text[this.at] !== '}'; this.space()) {
      if (this.text[this.at] === ',') this.at++
      this.space()
      const name = this.string()
      this.space()
      this.at++
      object[name] = this.value()
    }
    this.at++
    return object
  }

  private list(): Value[] {
    const list: Value[] = []
    this.at++
    for (this.space(); this.text[this.at] !== ']'; this.space()) {
      if (this.text[this.at] === ',') this.at++
      list.push(this.value())
    }
    this.at++
    return list
  }

  private string(): string {
    const start = this.at++
    while (this.text[this.at] !== '"') this.at += this.text[this.at] === '\\' ? 2 : 1
    this.at++
    return JSON.parse(this.text.slice(start, this.at)) as string
  }

  private number(): number | bigint | Double {
    NUMBER.lastIndex = this.at
    const match = NUMBER.exec(this.text) as RegExpExecArray
    this.at += match[0].length
    const value = Number(match[0])
    if (match[1] !== undefined || match[2] !== undefined) return Number.isInteger(value) ? new Double(value) : value
    return Number.isSafeInteger(value) ? value : BigInt(match[0])
  }

  private word<T extends Value>(word: string, value: T): T {
    this.at += word.length
    return value
  }

  private space(): void {
    while (this.at < this.text.length && this.text.charCodeAt(this.at) <= 32) this.at++
  }
}

/**
 * JSON of a value by the number model: a {@link Double} keeps its fraction (`5.0`), a bigint its digits.
 * Names and values that are undefined are left out; NaN and infinities are null.
 */
export function stringifyJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return stringifyText(value)
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null'
    case 'boolean':
      return value ? 'true' : 'false'
    case 'bigint':
      return value.toString()
    case 'object':
      return stringifyObject(value)
    default:
      return 'null'
  }
}

function stringifyObject(value: object | null): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) {
    let text = '['
    for (let i = 0; i < value.length; i++) text += i === 0 ? stringifyJson(value[i]) : `,${stringifyJson(value[i])}`
    return `${text}]`
  }
  if (value instanceof Double) return Number.isFinite(value.value) ? formatDouble(value.value) : 'null'
  if (value instanceof Timestamp) return `"${value.toString()}"`
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return JSON.stringify(value)
  let text = '{'
  for (const name in value) {
    const inner = (value as Record<string, unknown>)[name]
    if (inner === undefined) continue
    if (text.length > 1) text += ','
    text += names.get(name) ?? prefix(name)
    text += stringifyJson(inner)
  }
  return `${text}}`
}

// Looking is cheaper than JSON.stringify, and most texts need no escape.
const NEEDS_ESCAPE = /[^ !#-[\]-\ud7ff\ue000-\uffff]/

function stringifyText(text: string): string {
  return NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`
}

/** Names with their quotes and colon: the same few come again and again. */
const names = new Map<string, string>()
const NAMES_KEPT = 2_000
const LONGEST_NAME_KEPT = 100

function prefix(name: string): string {
  const text = `${JSON.stringify(name)}:`
  if (names.size < NAMES_KEPT && name.length <= LONGEST_NAME_KEPT) names.set(name, text)
  return text
}
