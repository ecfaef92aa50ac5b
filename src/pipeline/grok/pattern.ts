import { toRegExp, toRegExpDetails } from 'oniguruma-to-es'
import { fail } from '../../diagnostic/index.ts'
import { double, newObject, parseFieldPath, setAt, getAt, type Value, type ValueObject } from '../../event/index.ts'
import { regexOptions, regexReason } from './engine.ts'
import { expandPattern, type Capture, type CaptureType } from './expand.ts'
import type { Patterns } from './library.ts'
import { matchesAtStart, regexTokens, withEmptyOptions, withoutNames } from './regex-text.ts'

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
    const { tokens, indexes } = withoutNames(regexTokens(details.pattern, details.flags.includes('v')))
    const { strategy, transfers } = details.options ?? {}
    if (strategy === null || strategy === undefined) {
      if (transfers === undefined || transfers.length === 0)
        return {
          regexp: new RegExp(withEmptyOptions(tokens), details.flags + (matchesAtStart(tokens) ? 'y' : '')),
          indexes,
        }
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
