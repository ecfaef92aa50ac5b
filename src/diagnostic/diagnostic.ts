import { CATALOG, type ErrorCode } from './catalog/index.ts'

/** A text that can be pointed into: a file, a request body, a setting. */
export interface Source {
  /** What the user calls it: a path, `-e`, `request body`. */
  readonly name: string
  readonly text: string
}

/** A part of a source, in UTF-16 offsets; `end` is exclusive. */
export interface Span {
  readonly source: Source
  readonly start: number
  readonly end: number
}

export type Severity = 'error' | 'warning' | 'notice'

/** What is said to a user about something they wrote: one type for every language of the house. */
export interface Diagnostic {
  readonly severity: Severity
  readonly code: ErrorCode
  /** `'x' must be ..., got '...'`: no final full stop. */
  readonly message: string
  readonly span?: Span
  readonly hint?: string
}

/** One or more diagnostics of which at least one is an error. */
export class DiagnosticError extends Error {
  readonly diagnostics: readonly Diagnostic[]

  constructor(diagnostics: Diagnostic | readonly Diagnostic[]) {
    const list = Array.isArray(diagnostics) ? (diagnostics as Diagnostic[]) : [diagnostics as Diagnostic]
    super(list.map((diagnostic) => formatDiagnostic(diagnostic)).join('\n'))
    this.name = 'DiagnosticError'
    this.diagnostics = list
  }

  get code(): ErrorCode {
    return this.diagnostics[0]!.code
  }

  /** The HTTP status and the `error.type` that Elasticsearch's clients expect for the first diagnostic. */
  get http(): { status: number; type: string } {
    const entry = CATALOG[this.code]
    return { status: entry.status, type: entry.esType }
  }
}

export type Params = Readonly<Record<string, string | number>>

/** Makes a diagnostic from the catalogue's template, with `{name}` filled from `params`. */
export function diagnose(
  code: ErrorCode,
  params: Params = {},
  details: { span?: Span | undefined; severity?: Severity; hint?: string | undefined } = {},
): Diagnostic {
  const entry = CATALOG[code]
  const fill = (template: string): string =>
    template.replace(/\{(\w+)\}/g, (whole, name: string) => (name in params ? String(params[name]) : whole))
  const hint = details.hint ?? (entry.hint === undefined ? undefined : fill(entry.hint))
  return {
    severity: details.severity ?? 'error',
    code,
    message: fill(entry.template),
    ...(details.span === undefined ? {} : { span: details.span }),
    ...(hint === undefined ? {} : { hint }),
  }
}

/** `throw fail('search.unknown_query', { name })`. */
export function fail(
  code: ErrorCode,
  params: Params = {},
  details: { span?: Span | undefined; hint?: string | undefined } = {},
): DiagnosticError {
  return new DiagnosticError(diagnose(code, params, details))
}

/** Line and column of an offset, both from 1; a column is a UTF-16 unit, as editors count. */
export function position(source: Source, offset: number): { line: number; column: number } {
  const before = source.text.slice(0, offset)
  const newlines = before.match(/\n/g)
  return { line: (newlines?.length ?? 0) + 1, column: offset - (before.lastIndexOf('\n') + 1) + 1 }
}

/** `FILE:LINE:COL: message; hint`, and with `excerpt` the line with carets below it. */
export function formatDiagnostic(diagnostic: Diagnostic, options: { excerpt?: boolean } = {}): string {
  const { span, message, hint, severity } = diagnostic
  const text = `${severity === 'error' ? '' : `${severity}: `}${message}${hint === undefined ? '' : `; ${hint}`}`
  if (span === undefined) return text
  const { line, column } = position(span.source, span.start)
  const head = `${span.source.name}:${line}:${column}: ${text}`
  if (options.excerpt !== true) return head
  const content = span.source.text.split('\n')[line - 1] ?? ''
  const width = Math.max(1, Math.min(span.end - span.start, content.length - column + 1))
  const gutter = ' '.repeat(String(line).length)
  const pad = content.slice(0, column - 1).replace(/[^\t]/g, ' ')
  return `${head}\n${gutter} |\n${line} | ${content}\n${gutter} | ${pad}${'^'.repeat(width)}`
}

/** The candidate closest to what was typed, where it is close enough to be meant (Damerau-Levenshtein). */
export function didYouMean(typed: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Math.floor(typed.length / 3) + 1
  for (const candidate of candidates) {
    const distance = editDistance(typed.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 8) return Infinity
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforeLast[j - 2]! + 1)
      row[j] = cost
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
