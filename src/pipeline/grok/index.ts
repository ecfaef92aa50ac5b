import { fileURLToPath } from 'node:url'
import type { Source } from '../../diagnostic/index.ts'
import { compilePattern, type Capture } from './compile.ts'
import { loadPatterns, type PatternLibrary } from './library.ts'

export { compilePattern, type Capture, type CompiledPattern } from './compile.ts'
export { loadPatterns, parsePatterns, type PatternLibrary } from './library.ts'

/** The folder of the patterns that ship. */
export const SHIPPED_PATTERNS = fileURLToPath(new URL('../../content/patterns', import.meta.url))

export interface GrokOptions {
  /** Definitions; the shipped ones where absent. */
  readonly patterns?: PatternLibrary
  /** Whether `%{NAME}` without a field is captured too, under NAME; default false. */
  readonly allCaptures?: boolean
  /** Whether captures that matched nothing are given as empty strings; default false. */
  readonly keepEmpty?: boolean
  /** What the pattern is part of, for messages. */
  readonly source?: Source
}

/** A capture and what it holds. */
export interface GrokValue {
  readonly capture: Capture
  readonly value: string | number
}

export interface Grok {
  /**
   * The captures of the first match anywhere in the text, in the order of the pattern; undefined where nothing matches.
   * It takes as long as the regular expression takes: on hostile patterns, run it under a watchdog.
   */
  match(text: string): GrokValue[] | undefined
}

/** @throws DiagnosticError `grok.*` for a pattern that is not defined, refers to itself or does not compile. */
export function createGrok(pattern: string, options: GrokOptions = {}): Grok {
  const { regex, captures } = compilePattern(pattern, options.patterns ?? shippedPatterns(), {
    allCaptures: options.allCaptures === true,
    ...(options.source === undefined ? {} : { source: options.source }),
  })
  const keepEmpty = options.keepEmpty === true
  return {
    match(text) {
      const match = regex.exec(text)
      if (match === null) return undefined
      const values: GrokValue[] = []
      if (captures.length === 0) return values
      const groups = match.groups!
      for (const capture of captures) {
        const found = groups[capture.group]
        if (found === undefined || found === '') {
          if (keepEmpty) values.push({ capture, value: '' })
          continue
        }
        values.push({ capture, value: convert(found, capture.type) })
      }
      return values
    },
  }
}

let shipped: PatternLibrary | undefined

export function shippedPatterns(): PatternLibrary {
  shipped ??= loadPatterns([SHIPPED_PATTERNS])
  return shipped
}

/** Ruby's to_i and to_f: as much of the start as is a number, else 0. */
function convert(text: string, type: Capture['type']): string | number {
  if (type === 'string') return text
  const number = type === 'int' ? Number.parseInt(text, 10) : Number.parseFloat(text)
  return Number.isNaN(number) ? 0 : number
}
