import { DiagnosticError, fail, type Diagnostic } from '../../diagnostic/index.ts'
import type { VariableLookup } from '../language/index.ts'
import { resolvePipeline, type PipelineDefinition } from './load.ts'
import { Pipeline } from './pipeline.ts'
import type { PipelineServices } from './services.ts'

/** A network input that listens, for what is shown to the user. */
export interface ListeningInput {
  readonly pipeline: string
  readonly plugin: string
  readonly type?: string
  readonly host: string
  readonly port: number
}

export interface RunningPipelines {
  readonly inputs: readonly ListeningInput[]
  /** Resolves when every pipeline has ended by itself; a pipeline that failed counts as ended and is in `failures`. */
  readonly ended: Promise<void>
  readonly failures: readonly Error[]
  /** Stops reading and drains. */
  stop(): Promise<void>
}

/**
 * Starts every pipeline. A pipeline that fails later stops itself and is logged; the others go on.
 * @throws DiagnosticError with every problem of every configuration, before anything is started; or with what the
 * first input that cannot start says, with everything stopped again.
 */
export async function startPipelines(
  definitions: readonly PipelineDefinition[],
  services: PipelineServices,
  lookUp: VariableLookup,
): Promise<RunningPipelines> {
  const problems: Diagnostic[] = []
  const inputs: ListeningInput[] = []
  const pipelines = definitions.flatMap((definition) => {
    const before = problems.length
    const resolved = resolvePipeline(definition, lookUp, problems)
    if (problems.slice(before).some(isError)) return []
    for (const { spec, options, common } of resolved.inputs) {
      if (typeof options['port'] !== 'number') continue
      const host = typeof options['host'] === 'string' ? options['host'] : (services.inputsHost ?? '127.0.0.1')
      const type = common['type']
      inputs.push({
        pipeline: definition.id,
        plugin: spec.name,
        host,
        port: options['port'],
        ...(typeof type === 'string' ? { type } : {}),
      })
    }
    try {
      return [new Pipeline(definition.id, resolved, services, definition.ecs)]
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error
      problems.push(...error.diagnostics)
      return []
    }
  })
  const errors = problems.filter(isError)
  if (errors.length > 0) throw new DiagnosticError(errors)

  const failures: Error[] = []
  const started: Pipeline[] = []
  try {
    for (const pipeline of pipelines) {
      started.push(pipeline)
      await pipeline.start()
    }
  } catch (error) {
    await Promise.all(started.map((pipeline) => pipeline.stop()))
    throw error
  }
  const ends = pipelines.map((pipeline) =>
    pipeline.ended.catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error)
      const failure = fail('pipeline.failed', { id: pipeline.id, reason })
      services.logger.error({ pipeline: pipeline.id }, failure.message)
      failures.push(failure)
    }),
  )
  return {
    inputs,
    failures,
    ended: Promise.all(ends).then(() => undefined),
    stop: () => Promise.all(pipelines.map((pipeline) => pipeline.stop())).then(() => undefined),
  }
}

function isError(problem: Diagnostic): boolean {
  return problem.severity === 'error'
}

/**
 * Everything that can be said about configurations without opening a port or a file of theirs:
 * syntax, plugins, options, and what plugins say when they are made (grok patterns, date formats).
 */
export function checkPipelines(
  definitions: readonly PipelineDefinition[],
  services: PipelineServices,
  lookUp: VariableLookup,
): Diagnostic[] {
  const problems: Diagnostic[] = []
  for (const definition of definitions) {
    const before = problems.length
    const resolved = resolvePipeline(definition, lookUp, problems)
    if (problems.slice(before).some(isError)) continue
    try {
      void new Pipeline(definition.id, resolved, services, definition.ecs)
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error
      problems.push(...error.diagnostics)
    }
  }
  return problems
}
