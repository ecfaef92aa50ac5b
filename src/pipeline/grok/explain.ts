import { DiagnosticError } from '../../diagnostic/index.ts'
import type { Grok } from './index.ts'
import type { GrokPattern } from './pattern.ts'

/** Where a pattern stopped matching a line. Positions are in characters, from 0; `end` is exclusive. */
export interface GrokExplanation {
  /** The part of the pattern that matched, from its beginning; empty where not even its first element did. */
  readonly matched: string
  /** Where in the line that part matched. */
  readonly start: number
  readonly end: number
  /** The element that did not match after it, and where it stands in the pattern. */
  readonly failed: string
  readonly failedAt: number
}

/**
 * Finds the longest beginning of a pattern, in whole elements, that matches `text`. A beginning of what matches matches
 * too, so the elements are halved, not tried one by one.
 * @returns undefined where the whole pattern matches.
 */
export function explainMismatch(grok: Grok, pattern: GrokPattern, text: string): GrokExplanation | undefined {
  if (pattern.exec(text) !== null) return undefined
  const ends = elementEnds(pattern.source)
  let low = 0
  let high = ends.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (tryMatch(grok, pattern.source.slice(0, ends[middle - 1]), text) === null) high = middle - 1
    else low = middle
  }
  // What matches anything says nothing about the place: `.*` at the end of the part has run to the end of the line.
  let certain = low
  while (certain > 0 && isOpen(pattern.source.slice(ends[certain - 2] ?? 0, ends[certain - 1]))) certain--
  const found = certain === 0 ? null : tryMatch(grok, pattern.source.slice(0, ends[certain - 1]), text)
  const failedAt = ends[low - 1] ?? 0
  return {
    matched: pattern.source.slice(0, failedAt),
    start: found?.index ?? 0,
    end: found === null ? 0 : found.index + found[0].length,
    failed: pattern.source.slice(failedAt, ends[low]),
    failedAt,
  }
}

/** The same as a sentence; undefined where the whole pattern matches. */
export function mismatchReason(grok: Grok, pattern: GrokPattern, text: string): string | undefined {
  const found = explainMismatch(grok, pattern, text)
  if (found === undefined) return undefined
  const { matched, failed, end } = found
  const rest = JSON.stringify(text.slice(end, end + 40))
  const before = matched === '' ? '' : `'${matched}' matches up to column ${end + 1}; `
  return `${before}'${failed}' does not match ${matched === '' ? 'anywhere in' : 'at'} ${rest}`
}

function tryMatch(grok: Grok, source: string, text: string): RegExpExecArray | null {
  try {
    return grok.compile(source).exec(text)
  } catch (error) {
    // A beginning that is no pattern of its own, such as one that refers to a group after it, counts as not matching.
    if (error instanceof DiagnosticError) return null
    throw error
  }
}

function isOpen(element: string): boolean {
  return /^%\{(?:GREEDY)?DATA\b/.test(element) || /^\.[*+]\??$/.test(element)
}

/** The ends of a pattern's elements: references, groups, classes, characters, each with its quantifier. */
function elementEnds(source: string): number[] {
  const ends: number[] = []
  for (let at = 0; at < source.length;) {
    let end = endOfAtom(source, at)
    const quantifier = /^(?:[*+?]|\{\d*,?\d*\})[?+]?/.exec(source.slice(end))
    if (quantifier !== null) end += quantifier[0].length
    // Alternatives at the top belong together: no beginning of theirs has their meaning.
    if (source[end] === '|' || source[at] === '|') return [...ends, source.length]
    ends.push(end)
    at = end
  }
  return ends
}

function endOfAtom(source: string, at: number): number {
  if (source.startsWith('%{', at)) return source.indexOf('}', at) + 1
  if (source[at] === '\\') return at + 2
  if (source[at] === '[') return endOfClass(source, at)
  if (source[at] !== '(') return at + 1
  let depth = 0
  for (let i = at; i < source.length; i++) {
    if (source[i] === '\\') i++
    else if (source[i] === '[') i = endOfClass(source, i) - 1
    else if (source[i] === '(') depth++
    else if (source[i] === ')' && --depth === 0) return i + 1
  }
  return source.length
}

function endOfClass(source: string, at: number): number {
  for (let i = at + 1; i < source.length; i++) {
    if (source[i] === '\\') i++
    else if (source[i] === ']' && i > at + 1) return i + 1
  }
  return source.length
}
