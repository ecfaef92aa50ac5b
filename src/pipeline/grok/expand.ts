import { didYouMean, fail, type DiagnosticError, type Source } from '../../diagnostic/index.ts'
import type { Patterns } from './library.ts'

/**
 * From a grok pattern to one Oniguruma regular expression: references are replaced by what they mean, and every
 * capture gets a name of ours (`c0`, `c1`, ...), since a field's name (`[a][b]`, `@x`, one name twice) is mostly none that
 * a regular expression can have.
 */
export interface Expansion {
  readonly regex: string
  /** In the order of their groups. */
  readonly captures: readonly Capture[]
}

/** Logstash knows `int` and `float`; Elasticsearch all. */
export type CaptureType = 'string' | 'int' | 'float' | 'long' | 'double' | 'boolean'

export interface Capture {
  /** The name of the group. */
  readonly group: string
  /** As written: captures that are written the same belong together. */
  readonly written: string
  readonly field: string
  readonly type: CaptureType
}

const LIMIT = 1_000_000

/**
 * Ruby's `\w` is ASCII, its `\b` is not: in `über` no word begins at the b. Where both neighbours are ASCII, and that
 * is nearly always, the first branch decides with the fast `\b`.
 */
const WORD = '[\\p{L}\\p{M}\\p{N}\\p{Pc}]'
const BOUNDARY =
  `(?:\\b(?<![^\\x00-\\x7f])(?![^\\x00-\\x7f])` +
  `|(?:(?<=[^\\x00-\\x7f])|(?=[^\\x00-\\x7f]))(?:(?<=${WORD})(?!${WORD})|(?<!${WORD})(?=${WORD})))`
const BOUNDARIES: Readonly<Record<string, string>> = { b: BOUNDARY, B: `(?:(?!${BOUNDARY}))` }

const ANCHOR = /\^|\$|\\[bBAZzG]/y

/** The anchor there, if it is written otherwise than in Ruby: a boundary, or an anchor that is repeated, as Ruby lets it be. */
function anchorAt(text: string, at: number): string | undefined {
  const anchor = matchAt(ANCHOR, text, at)?.[0]
  if (anchor === undefined) return undefined
  const boundary = BOUNDARIES[anchor.charAt(1)]
  if (boundary !== undefined) return boundary
  return /^(?:[*+?]|\{\d*,?\d*\})/.test(text.slice(at + anchor.length, at + anchor.length + 12))
    ? `(?:${anchor})`
    : undefined
}

/** A reference: `%{NAME}`, `%{NAME:field}`, `%{NAME:field:type}`, `%{NAME=definition}`; what follows in the braces is no part of it. */
const REFERENCE =
  /%\{((\w+)(?::([@[\]\w:.-]+))?)(?:=((?:[^{}\\]|\\.|\{(?:[^{}\\]|\\.|\{(?:[^{}\\]|\\.)*\})*\})+))?[^}]*\}/sy
const NAMED_GROUP = /\(\?(?:P?<(?![=!])([^>]+)>|'([^']+)')/y
const BACKREFERENCE = /\\([kg])(?:<([^>]+)>|'([^']+)')/y

interface Frame {
  readonly patterns: Map<string, string>
  readonly captures: Capture[]
  readonly groups: Map<string, string>
  readonly namedOnly: boolean
  readonly types: readonly CaptureType[]
  readonly source: Source
  /** Names of the definitions we are in, outermost first. */
  readonly chain: readonly string[]
  /** What the message points at: the reference in the outermost pattern. */
  readonly span: { readonly start: number; readonly end: number } | undefined
  length: number
}

/** @throws DiagnosticError for a name that is not defined or refers to itself, and for brackets that do not pair. */
export function expandPattern(
  pattern: string,
  patterns: Patterns,
  namedOnly: boolean,
  types: readonly CaptureType[] = ['int', 'float'],
): Expansion {
  const captures: Capture[] = []
  const regex = expand(pattern, {
    patterns: new Map(patterns),
    captures,
    groups: new Map(),
    namedOnly,
    types,
    source: { name: 'pattern', text: pattern },
    chain: [],
    span: undefined,
    length: 0,
  })
  return { regex, captures }
}

function expand(text: string, frame: Frame): string {
  let out = ''
  const open: number[] = []
  let classStart = -1
  let classDepth = 0
  for (let at = 0; at < text.length;) {
    const c = text[at]!
    const reference = c === '%' && text[at + 1] === '{' ? matchAt(REFERENCE, text, at) : null
    if (reference !== null) {
      out += expandReference(reference, at, frame, classDepth > 0)
      at += reference[0].length
    } else if (c === '\\') {
      const anchor = classDepth === 0 ? anchorAt(text, at) : undefined
      if (anchor !== undefined) {
        out += anchor
        at += 2
        continue
      }
      const back = classDepth === 0 ? matchAt(BACKREFERENCE, text, at) : null
      const name = back?.[2] ?? back?.[3]
      const group = name === undefined ? undefined : frame.groups.get(name)
      out += group === undefined ? text.slice(at, at + 2) : `\\${back![1]!}<${group}>`
      at += group === undefined ? 2 : back![0].length
    } else if (classDepth > 0) {
      if (c === '[' && text[at + 1] === ':') {
        const end = text.indexOf(':]', at + 2)
        const posix = end > 0 && /^\[:\^?\w+:\]$/.test(text.slice(at, end + 2)) ? end + 2 : at + 1
        if (posix === at + 1) classDepth++
        out += text.slice(at, posix)
        at = posix
        continue
      }
      if (c === '[') classDepth++
      // A bracket that closes nothing at the very beginning of a class is a character.
      if (c === ']' && !(at === classStart + 1 || (at === classStart + 2 && text[at - 1] === '^'))) classDepth--
      out += c
      at++
    } else if (c === '[') {
      classStart = at
      classDepth = 1
      out += c
      at++
    } else if (c === '(') {
      if (text.startsWith('(?#', at)) {
        const end = text.indexOf(')', at)
        if (end < 0) throw badRegex('the comment is not closed by )', frame, at, at + 3)
        at = end + 1
        continue
      }
      open.push(at)
      const named = matchAt(NAMED_GROUP, text, at)
      out += named === null ? c : `(?<${capture(named[1] ?? named[2]!, frame)}>`
      at += named === null ? 1 : named[0].length
    } else {
      if (c === ')' && open.pop() === undefined) throw badRegex(') closes nothing', frame, at, at + 1)
      out += anchorAt(text, at) ?? c
      at++
    }
  }
  if (classDepth > 0) throw badRegex('[ is not closed by ]', frame, classStart, classStart + 1)
  const unclosed = open.pop()
  if (unclosed !== undefined) throw badRegex('( is not closed by )', frame, unclosed, unclosed + 1)
  return out
}

function expandReference(match: RegExpExecArray, at: number, frame: Frame, inClass: boolean): string {
  const [whole, written, name, semantic, definition] = match as unknown as [string, string, string, string?, string?]
  if (definition !== undefined) frame.patterns.set(name, definition)
  const span = frame.span ?? { start: at, end: at + whole.length }
  const body = frame.patterns.get(name)
  if (body === undefined) {
    const similar = didYouMean(name, frame.patterns.keys())
    throw fail(
      'grok.undefined_pattern',
      { name, within: within(frame) },
      {
        span: { source: frame.source, ...span },
        hint: similar === undefined ? undefined : `did you mean %{${similar}}?`,
      },
    )
  }
  if (frame.chain.includes(name))
    throw fail(
      'grok.recursion',
      { name, chain: [...frame.chain, name].map((each) => `%{${each}}`).join(' -> ') },
      { span: { source: frame.source, ...span } },
    )
  const group =
    !inClass && (semantic !== undefined || !frame.namedOnly) ? `(?<${capture(written, frame)}>` : inClass ? '' : '(?:'
  const inner: Frame = { ...frame, chain: [...frame.chain, name], span, length: frame.length + body.length }
  const regex = expand(body, inner)
  frame.length = inner.length + group.length
  if (frame.length > LIMIT) throw fail('grok.too_large', { limit: LIMIT }, { span: { source: frame.source, ...span } })
  return group === '' ? regex : `${group}${regex})`
}

/** Notes a capture and answers the name of its group. `A:b:int` is field b as an integer, `a` is field a. */
function capture(written: string, frame: Frame): string {
  const group = `c${frame.captures.length}`
  const [pattern, field = pattern, type] = written.split(':') as [string, string?, string?]
  frame.captures.push({ group, written, field, type: frame.types.find((known) => known === type) ?? 'string' })
  frame.groups.set(written, group)
  return group
}

function badRegex(reason: string, frame: Frame, start: number, end: number): DiagnosticError {
  return fail(
    'grok.invalid_regex',
    { reason, within: within(frame) },
    { span: { source: frame.source, ...(frame.span ?? { start, end }) } },
  )
}

function within(frame: Frame): string {
  return frame.chain.length === 0 ? '' : ` in %{${frame.chain[frame.chain.length - 1]!}}`
}

function matchAt(sticky: RegExp, text: string, at: number): RegExpExecArray | null {
  sticky.lastIndex = at
  return sticky.exec(text)
}
