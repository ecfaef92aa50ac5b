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

/** The part of the script that is shown. */
interface Part {
  readonly start: number
  readonly end: number
}

/** Of a script that does not compile: what stands around the place. */
function around({ source, start }: Span): Part {
  return { start: Math.max(0, start - CONTEXT), end: Math.min(source.text.length, start + CONTEXT) }
}

/** Of a script that failed: the statement it was in. */
function statementAt({ source, start }: Span, starts: readonly number[]): Part {
  let part: Part = { start: 0, end: source.text.length }
  for (const offset of starts) {
    if (offset <= start) part = { start: Math.max(part.start, offset), end: part.end }
    else part = { start: part.start, end: Math.min(part.end, offset) }
  }
  return part
}

/** A part of the script and, below it, where in it: the two lines Elasticsearch shows. */
function stackOf(span: Span, { start, end }: Part, dots: boolean): string[] {
  const { text } = span.source
  const [before, after] = [dots && start > 0, dots && end < text.length]
  const snippet = `${before ? '... ' : ''}${text.slice(start, end)}${after ? ' ...' : ''}`
  return [snippet, `${' '.repeat(span.start - start + (before ? 4 : 0))}^---- HERE`]
}

/** An error in a script. It is a DiagnosticError with all that Elasticsearch's answer says about it. */
export class ScriptError extends DiagnosticError {
  readonly failure: ScriptFailure

  constructor(
    code: 'script.compile' | 'script.runtime' | 'script.budget',
    lang: ScriptLang,
    span: Span,
    cause: { type: string; reason: string | null },
    options: { message?: string; starts?: readonly number[] } = {},
  ) {
    super(diagnose(code, { message: options.message ?? cause.reason ?? cause.type }, { span }))
    this.name = 'ScriptError'
    const part = options.starts === undefined ? around(span) : statementAt(span, options.starts)
    this.failure = {
      type: 'script_exception',
      reason: code === 'script.compile' ? 'compile error' : 'runtime error',
      script_stack: stackOf(span, part, options.starts === undefined),
      script: span.source.text,
      lang,
      position: { offset: span.start, ...part },
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
  steps: 'The maximum number of statements that can be executed in a loop has been reached.',
  allocations: 'the script used more memory than it may',
  depth: 'the script calls itself too deeply',
}

/** As Elasticsearch names the same ends: its loop counter, the stack, memory. */
const BUDGET_TYPES: Readonly<Record<BudgetExceeded['what'], string>> = {
  steps: 'painless_error',
  allocations: 'circuit_breaking_exception',
  depth: 'stack_overflow_error',
}

/** What went wrong inside a run, with its place; `starts` are where the script's statements begin. */
export function runtimeError(
  thrown: unknown,
  lang: ScriptLang,
  source: Source,
  place: { readonly start: number; readonly end: number },
  starts: readonly number[],
): ScriptError {
  const span: Span = { source, start: place.start, end: Math.max(place.end, place.start + 1) }
  const error = asThrown(thrown)
  if (error instanceof Thrown) {
    const { typeName, message } = error.exception
    const simple = typeName.slice(typeName.lastIndexOf('.') + 1)
    const text = message === null ? simple : `${simple}: ${message}`
    const cause = { type: snakeType(typeName), reason: message }
    return new ScriptError('script.runtime', lang, span, cause, { message: text, starts })
  }
  if (error instanceof BudgetExceeded) {
    const cause = { type: BUDGET_TYPES[error.what], reason: BUDGET_MESSAGES[error.what] }
    return new ScriptError('script.budget', lang, span, cause, { starts })
  }
  // The JavaScript stack is the last bound on nesting, behind the counted ones; a string past its limit is memory.
  if (error instanceof RangeError) {
    const what = /call stack/i.test(error.message) ? 'depth' : 'allocations'
    return runtimeError(new BudgetExceeded(what), lang, source, place, starts)
  }
  throw error
}
