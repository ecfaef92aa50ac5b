import type { Clock } from '../../clock/index.ts'
import { judgeAlone, type SigmaRule } from '../../detect/sigma/index.ts'
import { DiagnosticError, fail, formatDiagnostic } from '../../diagnostic/index.ts'
import type { ValueObject } from '../../event/index.ts'
import { createGrok, mismatchReason, withWatchdog } from '../../pipeline/grok/index.ts'
import { traceLines, type PipelineDefinition } from '../../pipeline/index.ts'
import type { RestRequest, Router } from '../../search/index.ts'
import { asking } from '../guarded-store.ts'
import { objectOf, textOf, textsOf } from './body.ts'

const MOST_LINES = 50
const LONGEST_TEXT = 200_000
const LONGEST_MILLIS = 1_000

export interface ExplainOptions {
  readonly clock: Clock
  readonly patternPaths: readonly string[]
  readonly ecs: 'disabled' | 'v1' | 'v8'
  /** The Sigma rules that run, filters among them. */
  rules(): readonly SigmaRule[]
  definitions(): readonly PipelineDefinition[]
  variable(name: string): string | undefined
}

/**
 * `POST /_vedetta/explain`: lines through a pipeline that runs (`pipeline`), one that is given (`configuration`, for
 * administrators: filters may read files and ask servers), or a grok pattern (`pattern`); answers what each filter did, what
 * came out and which rules see something in it. Nothing is stored and no output is reached.
 */
export function registerExplainRoutes(router: Router, options: ExplainOptions): void {
  router.route({
    method: 'GET',
    path: '/_vedetta/pipelines',
    handle: () => ({ body: { pipelines: options.definitions().map(({ id }) => id) } }),
  })
  router.route({
    method: 'POST',
    path: '/_vedetta/explain',
    async handle(request) {
      const body = objectOf(request, ['lines', 'pipeline', 'configuration', 'pattern', 'ecs'])
      const lines = textsOf(body, 'lines', MOST_LINES)
      if (lines.some((line) => line.length > LONGEST_TEXT))
        throw fail('rest.validation', { reason: `a line must be at most ${LONGEST_TEXT} characters` })
      const problems = (error: unknown): { body: object } => {
        if (!(error instanceof DiagnosticError)) throw error
        return { body: { problems: error.diagnostics.map((one) => formatDiagnostic(one, { excerpt: true })) } }
      }
      const definition = body['pattern'] === undefined ? definitionOf(request, body, options) : undefined
      try {
        if (definition === undefined) return { body: { grok: tryPattern(body, lines, options) } }
        const traces = await traceLines(definition, lines, {
          clock: options.clock,
          patternPaths: options.patternPaths,
          ecs: options.ecs,
          lookUp: options.variable,
        })
        const judge = judgeAlone(options.rules())
        const seen = (event: ValueObject): object[] =>
          judge(event).map(({ id, title, level }) => ({ id, title, level }))
        return { body: { lines: traces.map((trace) => ({ ...trace, rules: trace.events.map(seen) })) } }
      } catch (error) {
        return problems(error)
      }
    },
  })
}

function definitionOf(request: RestRequest, body: ValueObject, options: ExplainOptions): PipelineDefinition {
  if (body['configuration'] !== undefined) {
    const who = asking.getStore()
    if (who !== undefined && who.role !== 'administrator')
      throw fail('server.forbidden', {
        name: who.name,
        role: who.role,
        method: request.method,
        path: 'a configuration',
      })
    return { id: 'tried', sources: [{ name: 'tried.conf', text: textOf(body, 'configuration', LONGEST_TEXT) }] }
  }
  const id = textOf(body, 'pipeline')
  const found = options.definitions().find((definition) => definition.id === id)
  if (found === undefined) throw fail('rest.not_found', { reason: `there is no pipeline '${id.slice(0, 200)}'` })
  return found
}

function tryPattern(body: ValueObject, lines: readonly string[], { patternPaths, ecs }: ExplainOptions): object[] {
  const given = body['ecs']
  const grok = createGrok({
    ecs: given === 'disabled' || given === 'v1' || given === 'v8' ? given : ecs,
    patternsDirs: patternPaths,
  })
  const pattern = grok.compile(textOf(body, 'pattern', LONGEST_TEXT))
  return lines.map((line) => {
    let fields: ValueObject | null = null
    let why: string | undefined
    const inTime = withWatchdog(LONGEST_MILLIS, () => {
      fields = pattern.match(line)
      if (fields === null) why = mismatchReason(grok, pattern, line)
    })
    return { line, fields, ...(inTime ? (why === undefined ? {} : { why }) : { why: 'it took too long' }) }
  })
}
