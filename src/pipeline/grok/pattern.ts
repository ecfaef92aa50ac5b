import { toRegExp, toRegExpDetails } from 'oniguruma-to-es'
import { fail } from '../../diagnostic/index.ts'
import { double, newObject, parseFieldPath, setAt, getAt, type Value, type ValueObject } from '../../event/index.ts'
import { regexOptions, regexReason } from './engine.ts'
import { expandPattern, type Capture, type CaptureType } from './expand.ts'
import type { Patterns } from './library.ts'

/** A capture's place in a match, its field and its type. */
export interface GrokCapture {
  readonly index: number
  /** The name as written, with the pattern's and the type: `INT:n:int`. */
  readonly written: string
  readonly field: string
  readonly type: CaptureType
}

/**
 * A compiled grok pattern.
 *
 * - `.` matches a newline, `^` and `$` match at lines, `\d` `\w` `\s` are ASCII, as in Ruby, which Logstash's grok runs on.
 * - The time `exec` takes is not bounded for patterns of users: run it under a {@link withWatchdog}.
 */
export interface GrokPattern {
  readonly source: string
  readonly captures: readonly GrokCapture[]
  exec(text: string): RegExpExecArray | null
  /** The captured fields; several captures of one field make a list, empty ones are left out. */
  match(text: string): ValueObject | null
}

export interface GrokPatternOptions {
  /** False to keep `%{NAME}` under its own name too; true by default. */
  readonly namedCapturesOnly?: boolean
  readonly keepEmptyCaptures?: boolean
  /** False as in Elasticsearch, where a pattern asks for it by `(?m)`; true by default, as in Logstash. */
  readonly dotMatchesNewline?: boolean
  /** Which types may stand behind a field's name; another one is text. By default those of Logstash, `int` and `float`. */
  readonly types?: readonly CaptureType[]
}

/** @throws DiagnosticError (`grok.*`) with the place in the pattern. */
export function compilePattern(source: string, patterns: Patterns, options: GrokPatternOptions = {}): GrokPattern {
  const { regex, captures } = expandPattern(source, patterns, options.namedCapturesOnly ?? true, options.types)
  const { regexp, indexes } = compileRegex(regex, captures, source, options.dotMatchesNewline ?? true)
  const placed: GrokCapture[] = groupedByName(captures).map((capture) => ({
    index: indexes.get(capture.group)!,
    written: capture.written,
    field: capture.field,
    type: capture.type,
  }))
  const keepEmpty = options.keepEmptyCaptures === true
  const exec = (text: string): RegExpExecArray | null => {
    regexp.lastIndex = 0
    return regexp.exec(text)
  }
  return {
    source,
    captures: placed,
    exec,
    match(text) {
      const found = exec(text)
      return found === null ? null : gather(found, placed, keepEmpty)
    },
  }
}

/** Captures come in the order of their names' first appearance, as Ruby lists them. */
function groupedByName(captures: readonly Capture[]): Capture[] {
  const groups = new Map<string, Capture[]>()
  for (const capture of captures) {
    const group = groups.get(capture.written)
    if (group === undefined) groups.set(capture.written, [capture])
    else group.push(capture)
  }
  return [...groups.values()].flat()
}

interface CompiledRegex {
  readonly regexp: RegExp
  readonly indexes: ReadonlyMap<string, number>
}

function compileRegex(
  regex: string,
  captures: readonly Capture[],
  source: string,
  dotMatchesNewline: boolean,
): CompiledRegex {
  const { flags, target } = regexOptions(regex)
  const options = { flags: dotMatchesNewline ? `m${flags}` : flags, target }
  try {
    const details = toRegExpDetails(regex, options)
    const { pattern: unnamed, indexes } = withoutNames(details.pattern)
    const pattern = withEmptyOptions(unnamed, details.flags.includes('v'))
    const { strategy, transfers } = details.options ?? {}
    if (strategy === null || strategy === undefined) {
      if (transfers === undefined || transfers.length === 0)
        return { regexp: new RegExp(pattern, details.flags + (matchesAtStart(pattern) ? 'y' : '')), indexes }
    }
    // What JavaScript cannot express runs in the library's own class, which numbers groups as written.
    return {
      regexp: toRegExp(regex, options),
      indexes: new Map(captures.map((capture, index) => [capture.group, index + 1])),
    }
  } catch (error) {
    throw fail(
      'grok.invalid_regex',
      { reason: regexReason(error), within: '' },
      { span: { source: { name: 'pattern', text: source }, start: 0, end: source.length } },
    )
  }
}

/**
 * Writes `(...)?` as `(?:(...)|)`: a group that may be left out may also take part and match nothing, as in Ruby; a `?` of
 * JavaScript gives that up and tries something longer instead.
 * @param nested whether classes may hold classes, as with the flag `v`.
 */
function withEmptyOptions(pattern: string, nested: boolean): string {
  const pieces: string[] = []
  const open: number[] = []
  let classes = 0
  for (let at = 0; at < pattern.length; at++) {
    const c = pattern[at]!
    if (c === '\\') pieces.push(c + (pattern[++at] ?? ''))
    else if (classes > 0) {
      if (c === ']') classes--
      else if (c === '[' && nested) classes++
      pieces.push(c)
    } else if (c === ')' && pattern[at + 1] === '?' && open.length > 0) {
      const lazy = pattern[at + 2] === '?'
      const start = open.pop()!
      pieces[start] = `${lazy ? '(?:|' : '(?:'}${pieces[start]}`
      pieces.push(lazy ? '))' : ')|)')
      at += lazy ? 2 : 1
    } else {
      if (c === '[') classes++
      else if (c === '(') open.push(pieces.length)
      else if (c === ')') open.pop()
      pieces.push(c)
    }
  }
  return pieces.join('')
}

/**
 * Whether a match, if there is one, begins where the text does: the pattern begins with `.*`, which takes in what comes
 * before as well. Then a line without a match is known for one after one attempt, not after one at every character.
 * @param pattern in which `.` matches a newline.
 */
function matchesAtStart(pattern: string): boolean {
  const opening = /^(?:\((?:\?:)?)*(?=\.\*)/.exec(pattern)
  // What a reference asks for depends on how much the group before it took.
  if (opening === null || /\\[1-9]/.test(pattern)) return false
  let depth = opening[0].replaceAll(/[^(]/g, '').length
  let leading = depth
  let inClass = false
  for (let at = opening[0].length; at < pattern.length; at++) {
    const c = pattern[at]
    if (c === '\\') at++
    else if (inClass) inClass = c !== ']'
    else if (c === '[') inClass = true
    else if (c === '(') depth++
    else if (c === '|' && depth <= leading) return false
    else if (c === ')' && depth-- <= leading) {
      leading = depth
      if (/^(?:[?*]|\{0)/.test(pattern.slice(at + 1, at + 3))) return false
    }
  }
  return true
}

/** Groups without names save making an object of them for every match: their numbers are counted here, once. */
function withoutNames(pattern: string): { pattern: string; indexes: Map<string, number> } {
  const indexes = new Map<string, number>()
  let out = ''
  let count = 0
  let inClass = false
  for (let at = 0; at < pattern.length; at++) {
    const c = pattern[at]!
    if (c === '\\') {
      const reference = /^\\k<(\w+)>/.exec(pattern.slice(at, at + 24))
      if (reference !== null && !inClass) {
        out += `(?:\\${indexes.get(reference[1]!)!})`
        at += reference[0].length - 1
      } else {
        out += c + (pattern[at + 1] ?? '')
        at++
      }
    } else if (inClass || c === '[') {
      inClass = c !== ']'
      out += c
    } else if (c === '(' && pattern[at + 1] !== '?') {
      count++
      out += c
    } else if (c === '(' && pattern[at + 2] === '<' && pattern[at + 3] !== '=' && pattern[at + 3] !== '!') {
      const end = pattern.indexOf('>', at)
      indexes.set(pattern.slice(at + 3, end), ++count)
      out += '('
      at = end
    } else {
      out += c
    }
  }
  return { pattern: out, indexes }
}

function gather(found: RegExpExecArray, captures: readonly GrokCapture[], keepEmpty: boolean): ValueObject {
  const fields = newObject()
  for (const { index, field, type } of captures) {
    const text = found[index]
    if (text === undefined || (text === '' && !keepEmpty)) continue
    const keys = parseFieldPath(field)?.keys ?? [field]
    const value = coerceCapture(text, type)
    const before = getAt(fields, keys)
    setAt(fields, keys, before === undefined ? value : ([before, value].flat() as Value[]))
  }
  return fields
}

/** A capture as its type: `int` and `float` read as much as is a number, and are 0 where nothing is, as Ruby's to_i and to_f. */
export function coerceCapture(text: string, type: CaptureType): Value {
  if (type === 'string') return text
  if (type === 'int') return parseRubyInteger(text)
  const match = /^\s*([+-]?\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?|[+-]?\.\d+)/.exec(text)
  return double(match === null ? 0 : Number(match[1]!.replaceAll('_', '')))
}

/** Ruby's String#to_i; exact past 2^53. */
export function parseRubyInteger(text: string): number | bigint {
  const match = /^\s*([+-]?)(\d+(?:_\d+)*)/.exec(text)
  if (match === null) return 0
  const digits = match[2]!.replaceAll('_', '')
  if (digits.length < 16) return (match[1] === '-' ? -Number(digits) : Number(digits)) + 0
  const exact = BigInt(digits) * (match[1] === '-' ? -1n : 1n)
  const number = Number(exact)
  return Number.isSafeInteger(number) ? number : exact
}
