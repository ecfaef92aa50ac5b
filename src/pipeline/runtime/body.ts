import { diagnose, DiagnosticError, type Diagnostic, type Logger, type Span } from '../../diagnostic/index.ts'
import type { Event } from '../../event/index.ts'
import { runEach } from '../grok/index.ts'
import type { ResolvedPlugin, ResolvedStatement } from '../language/index.ts'
import type { PluginSpec } from '../plugins/define.ts'
import { compileCondition, hasRegex, type Predicate } from './conditions.ts'

/** What a regular expression of a condition may take over one event; then the condition does not hold for it. */
const CONDITION_MILLIS = 1_000
export const CONDITION_TIMEOUT_TAG = '_conditiontimeout'

export interface Branch<P> {
  readonly cases: readonly Predicate[]
  /** One body a case, then the one of `else`. */
  readonly bodies: readonly (readonly Step<P>[])[]
  readonly guarded: boolean
}

export type Step<P> = { readonly plugin: P } | Branch<P>

/** The steps that come after a plugin: those behind it in its body, then those behind the branch it is in, and so on. */
export interface Tail<P> {
  readonly body: readonly Step<P>[]
  readonly next: number
  readonly outer: Tail<P> | undefined
}

/**
 * Compiles statements to steps. What conditions and plugins refuse is gathered in `problems`, with its place;
 * such a plugin is left out of the result, which must then not be run.
 */
export function buildSteps<S extends PluginSpec, P>(
  statements: readonly ResolvedStatement<S>[],
  create: (plugin: ResolvedPlugin<S>, tail: Tail<P>) => P,
  problems: Diagnostic[],
  outer?: Tail<P>,
): Step<P>[] {
  const body: Step<P>[] = []
  for (const statement of statements) {
    const tail: Tail<P> = { body, next: body.length + 1, outer }
    if (statement.node === 'plugin') {
      const plugin = createPlugin(statement, () => create(statement, tail), problems)
      if (plugin !== undefined) body.push({ plugin })
      continue
    }
    const cases: Predicate[] = []
    for (const { condition } of statement.cases) {
      try {
        cases.push(compileCondition(condition, statement.source))
      } catch (error) {
        if (!(error instanceof DiagnosticError)) throw error
        problems.push(...error.diagnostics)
      }
    }
    body.push({
      cases,
      bodies: [...statement.cases.map((one) => one.body), statement.otherwise ?? []].map((inner) =>
        buildSteps(inner, create, problems, tail),
      ),
      guarded: statement.cases.some(({ condition }) => hasRegex(condition)),
    })
  }
  return body
}

/** Makes a plugin; whatever it throws becomes a diagnostic that points at it in its file. */
export function createPlugin<S extends PluginSpec, P>(
  plugin: ResolvedPlugin<S>,
  create: () => P,
  problems: Diagnostic[],
): P | undefined {
  try {
    return create()
  } catch (error) {
    if (error instanceof DiagnosticError) problems.push(...error.diagnostics.map((one) => placed(one, plugin)))
    else {
      const { kind, name } = plugin.spec
      const reason = error instanceof Error ? error.message : String(error)
      problems.push(diagnose('pipeline.plugin_refused', { kind, name, reason }, { span: plugin.span }))
    }
    return undefined
  }
}

/** A place within a pattern becomes the place in the file where the pattern is written, where it is written there as it is. */
function placed(diagnostic: Diagnostic, plugin: { readonly span: Span; readonly extent: Span }): Diagnostic {
  const { span } = diagnostic
  const { source, start, end } = plugin.extent
  if (span === undefined) return { ...diagnostic, span: plugin.span }
  if (span.source === source) return diagnostic
  const written = span.source.text === '' ? -1 : source.text.slice(start, end).indexOf(span.source.text)
  if (written < 0) return { ...diagnostic, span: plugin.span }
  return { ...diagnostic, span: { source, start: start + written + span.start, end: start + written + span.end } }
}

/** The events of a batch by the case they take; the last list is of those that take none. */
export function divide<P>(batch: readonly Event[], branch: Branch<P>, logger: Logger): Event[][] {
  const { cases, guarded } = branch
  const lists: Event[][] = []
  for (let i = 0; i <= cases.length; i++) lists.push([])
  const assign = (index: number): void => {
    const event = batch[index]!
    let at = 0
    while (at < cases.length && !cases[at]!(event)) at++
    lists[at]!.push(event)
  }
  if (guarded) {
    runEach(batch.length, CONDITION_MILLIS, assign, (index) => {
      const event = batch[index]!
      event.tag(CONDITION_TIMEOUT_TAG)
      logger.warn({}, `a regular expression in a condition took over ${CONDITION_MILLIS} ms; the event takes no case`)
      lists[cases.length]!.push(event)
    })
  } else for (let i = 0; i < batch.length; i++) assign(i)
  return lists
}
