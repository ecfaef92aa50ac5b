import { DiagnosticError, diagnose, type Source, type Span } from '../diagnostic/index.ts'
import type { ScriptLang } from './script.ts'
import { asThrown, BudgetExceeded, Thrown } from './runtime/instance.ts'

/** What a script's failure adds to a DiagnosticError, for Elasticsearch's answer. */
export interface ScriptFailure {
  readonly type: 'script_exception'
  /** `compile error` or `runtime error`. */
  readonly reason: string
  readonly script_stack: readonly string[]
  readonly script: string
  readonly lang: ScriptLang
  readonly position?: { readonly offset: number; readonly start: number; readonly end: number }
  readonly caused_by: { readonly type: string; readonly reason: string | null }
}

const CONTEXT = 25

/** A part of the script and, below it, where in it: the two lines Elasticsearch shows. */
function stackOf(span: Span): { lines: string[]; start: number; end: number } {
  const { text } = span.source
  const [start, end] = [Math.max(0, span.start - CONTEXT), Math.min(text.length, span.start + CONTEXT)]
  const snippet = `${start > 0 ? '... ' : ''}${text.slice(start, end)}${end < text.length ? ' ...' : ''}`
  const pointer = `${' '.repeat(span.start - start + (start > 0 ? 4 : 0))}^---- HERE`
  return { lines: [snippet, pointer], start, end }
}

/** An error in a script. It is a DiagnosticError with all that Elasticsearch's answer says about it. */
export class ScriptError extends DiagnosticError {
  readonly failure: ScriptFailure

  constructor(
    code: 'script.compile' | 'script.runtime' | 'script.budget',
    lang: ScriptLang,
    span: Span,
    cause: { type: string; reason: string | null },
    message = cause.reason ?? cause.type,
  ) {
    super(diagnose(code, { message }, { span }))
    this.name = 'ScriptError'
    const { lines, start, end } = stackOf(span)
    this.failure = {
      type: 'script_exception',
      reason: code === 'script.compile' ? 'compile error' : 'runtime error',
      script_stack: lines,
      script: span.source.text,
      lang,
      position: { offset: span.start, start, end },
      caused_by: cause,
    }
  }
}

/** The two lines that show where a script failed; empty for another error. */
export function scriptStack(error: unknown): readonly string[] {
  return error instanceof ScriptError ? error.failure.script_stack : []
}

/** Everything Elasticsearch says about a script's failure; undefined for another error. */
export function scriptFailure(error: unknown): ScriptFailure | undefined {
  return error instanceof ScriptError ? error.failure : undefined
}

/** `java.lang.NullPointerException` as Elasticsearch names it: `null_pointer_exception`. */
export function snakeType(typeName: string): string {
  const simple = typeName.slice(typeName.lastIndexOf('.') + 1)
  return simple.replace(/(?!^)([A-Z])/g, '_$1').toLowerCase()
}

const BUDGET_MESSAGES: Readonly<Record<BudgetExceeded['what'], string>> = {
  steps: 'the script ran more steps than it may: does a loop never end?',
  allocations: 'the script used more memory than it may',
  depth: 'the script calls itself too deeply',
}

/** As Elasticsearch names the same ends: its loop counter, the stack, memory. */
const BUDGET_TYPES: Readonly<Record<BudgetExceeded['what'], string>> = {
  steps: 'painless_error',
  allocations: 'circuit_breaking_exception',
  depth: 'stack_overflow_error',
}

/** What went wrong inside a run, with its place. */
export function runtimeError(
  thrown: unknown,
  lang: ScriptLang,
  source: Source,
  start: number,
  end: number,
): ScriptError {
  const span: Span = { source, start, end: Math.max(end, start + 1) }
  const error = asThrown(thrown)
  if (error instanceof ScriptError) return error
  if (error instanceof Thrown) {
    const { typeName, message } = error.exception
    const simple = typeName.slice(typeName.lastIndexOf('.') + 1)
    const text = message === null ? simple : `${simple}: ${message}`
    return new ScriptError('script.runtime', lang, span, { type: snakeType(typeName), reason: message }, text)
  }
  if (error instanceof BudgetExceeded) {
    const type = BUDGET_TYPES[error.what]
    return new ScriptError('script.budget', lang, span, { type, reason: BUDGET_MESSAGES[error.what] })
  }
  // The JavaScript stack is the last bound on nesting, behind the counted ones; a string past its limit is memory.
  if (error instanceof RangeError) {
    const what = /call stack/i.test(error.message) ? 'depth' : 'allocations'
    return runtimeError(new BudgetExceeded(what), lang, source, start, end)
  }
  throw error
}
