import {
  diagnose,
  didYouMean,
  DiagnosticError,
  type Diagnostic,
  type ErrorCode,
  type Params,
  type Span,
} from '../diagnostic/index.ts'
import { isObject, stringifyJson, Timestamp, type Value } from '../event/index.ts'
import { scriptFailure } from '../script/index.ts'
import { parseDuration } from '../settings/index.ts'
import { TRIPLE, type LocatedJson } from './json-source.ts'
import type { StoredScript } from './stored-script.ts'

/** Collects every problem of one watch, and what it names that is kept elsewhere. */
export class Problems {
  readonly list: Diagnostic[] = []
  readonly stored: StoredScript<unknown>[] = []
  /** The first error of a script, with all that Elasticsearch's answer says of it. */
  script: DiagnosticError | undefined
  private readonly located: LocatedJson | undefined

  constructor(located?: LocatedJson) {
    this.located = located
  }

  add(
    code: ErrorCode,
    path: readonly (string | number)[],
    params: Params,
    details: { hint?: string | undefined; part?: 'value' | 'name'; severity?: 'error' | 'warning' | 'notice' } = {},
  ): void {
    const { hint, part, severity } = details
    const span: Span | undefined = this.located?.span(path, part)
    this.list.push(diagnose(code, params, { span, hint, ...(severity === undefined ? {} : { severity }) }))
  }

  /** Another language's error, at its place in the text of the watch that holds it. */
  wrap(path: readonly (string | number)[], error: unknown): void {
    if (!(error instanceof DiagnosticError)) {
      this.add('watch.part', path, { path: printPath(path), reason: (error as Error).message })
      return
    }
    if (scriptFailure(error) !== undefined) this.script ??= error
    for (const problem of error.diagnostics) {
      const span = this.inner(path, problem.span)
      const at = problem.span === undefined || span !== undefined ? '' : ` (at ${positionIn(problem.span)})`
      const params = { path: printPath(path), reason: `${problem.message}${at}` }
      const place = span ?? this.located?.span(path)
      this.list.push(diagnose('watch.part', params, { span: place, hint: problem.hint }))
    }
  }

  /** Where in the watch a place in the text of one of its strings is. */
  private inner(path: readonly (string | number)[], part: Span | undefined): Span | undefined {
    const whole = this.located?.span(path)
    if (whole === undefined || part === undefined) return undefined
    const { source } = whole
    const written = source.text.slice(whole.start, whole.end)
    if (written.startsWith(TRIPLE)) {
      const from = whole.start + TRIPLE.length
      return { source, start: from + part.start, end: from + Math.max(part.end, part.start + 1) }
    }
    if (!written.startsWith('"') || JSON.parse(written) !== part.source.text) return undefined
    const offsets: number[] = []
    for (const { index } of written.slice(1, -1).matchAll(/\\u[\da-fA-F]{4}|\\.|[^]/g))
      offsets.push(whole.start + 1 + index)
    const end = whole.end - 1
    const [from, to] = [offsets[part.start] ?? end, offsets[part.end] ?? end]
    return { source, start: from, end: Math.max(to, from + 1) }
  }

  get failed(): boolean {
    return this.list.some(({ severity }) => severity === 'error')
  }
}

/**
 * One value of a watch with its path, for reading it: each method answers what it should be, or reports the problem
 * and answers undefined. Names of an object that nobody took are reported by `done`.
 */
export class Spec {
  readonly value: Value
  readonly path: readonly (string | number)[]
  readonly problems: Problems
  private readonly known = new Set<string>()

  constructor(value: Value, path: readonly (string | number)[], problems: Problems) {
    this.value = value
    this.path = path
    this.problems = problems
  }

  /** `actions.mail.email.to`; the whole is `the watch`. */
  get name(): string {
    return printPath(this.path)
  }

  get owner(): string {
    return this.path.length === 0 ? 'the watch' : `'${this.name}'`
  }

  invalid(expected: string): undefined {
    const got = show(this.value)
    this.problems.add('watch.invalid', this.path, { path: this.name, expected, got })
  }

  /** True where the value is an object; else the problem is reported. */
  isObject(expected = 'an object'): boolean {
    if (isObject(this.value)) return true
    this.invalid(expected)
    return false
  }

  /** The names of an object, in the order written. */
  names(): string[] {
    return isObject(this.value) ? Object.keys(this.value) : []
  }

  /** A member, for optional fields; undefined where it is absent. Null counts as absent. */
  take(name: string): Spec | undefined {
    this.known.add(name)
    if (!isObject(this.value)) return undefined
    const inner = this.value[name]
    return inner === undefined || inner === null ? undefined : new Spec(inner, [...this.path, name], this.problems)
  }

  /** A member that must be there. */
  need(name: string): Spec | undefined {
    const inner = this.take(name)
    if (inner === undefined && isObject(this.value))
      this.problems.add('watch.missing', this.path, { owner: this.owner, name })
    return inner
  }

  /** Reports every name that was not taken. */
  done(also: readonly string[] = []): void {
    for (const name of this.names()) {
      if (this.known.has(name)) continue
      const near = didYouMean(name, [...this.known, ...also])
      const hint = near === undefined ? undefined : `did you mean "${near}"?`
      this.problems.add(
        'watch.unknown_field',
        [...this.path, name],
        { owner: this.owner, name },
        { hint, part: 'name' },
      )
    }
  }

  /** Reports a documented part that this version does not have. */
  refuse(reason: string, hint?: string): undefined {
    this.problems.add('watch.unsupported', this.path, { path: this.name, reason }, { hint, part: 'name' })
  }

  /** Reports that a secret came as it is shown, so that it is not known. */
  hidden(): undefined {
    this.problems.add('watch.redacted', this.path, { path: this.name })
  }

  items(): Spec[] {
    const list = Array.isArray(this.value) ? this.value : [this.value]
    return Array.isArray(this.value)
      ? list.map((inner, i) => new Spec(inner, [...this.path, i], this.problems))
      : [this]
  }

  string(): string | undefined {
    return typeof this.value === 'string' ? this.value : this.invalid('a string')
  }

  boolean(): boolean | undefined {
    if (this.value === true || this.value === 'true') return true
    if (this.value === false || this.value === 'false') return false
    return this.invalid('true or false')
  }

  integer(min: number, max: number): number | undefined {
    const value = typeof this.value === 'string' && /^\d+$/.test(this.value) ? Number(this.value) : this.value
    return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? value
      : this.invalid(`an integer from ${min} to ${max}`)
  }

  /** Milliseconds. */
  duration(): number | undefined {
    const millis = typeof this.value === 'string' ? parseDuration(this.value) : undefined
    return millis ?? this.invalid('a duration such as "10s" or "5m"')
  }

  /**
   * Milliseconds of a member: a duration, a bare number of milliseconds, or, as Elasticsearch writes watches that it
   * keeps, a number under the name with `_in_millis` (`_millis` for a read timeout).
   */
  period(name: string): number | undefined {
    const millis = this.take(`${name}_in_millis`) ?? this.take(`${name}_millis`)
    const given = this.take(name)
    if (millis !== undefined) return millis.integer(0, Number.MAX_SAFE_INTEGER)
    return typeof given?.value === 'number' ? given.integer(0, Number.MAX_SAFE_INTEGER) : given?.duration()
  }

  oneOf<const T extends string>(...values: readonly T[]): T | undefined {
    const text = typeof this.value === 'string' ? this.value.toLowerCase() : undefined
    const listed = values.map((value) => `"${value}"`).join(', ')
    return values.find((value) => value === text) ?? this.invalid(`one of ${listed}`)
  }

  /** A string or a list of strings. */
  strings(): readonly string[] | undefined {
    const list = this.items().map((item) => item.string())
    return list.every((item) => item !== undefined) ? (list as string[]) : undefined
  }
}

export function printPath(path: readonly (string | number)[]): string {
  return path.length === 0 ? 'watch' : path.join('.')
}

function positionIn({ source, start }: Span): string {
  const before = source.text.slice(0, start)
  const line = before.split('\n').length
  const column = start - (before.lastIndexOf('\n') + 1) + 1
  return line === 1 ? `character ${column} of the text` : `line ${line}, character ${column} of the text`
}

function show(value: Value): string {
  const text = value instanceof Timestamp ? value.toString() : stringifyJson(value)
  return text.length > 80 ? `${text.slice(0, 80)}...` : text
}
