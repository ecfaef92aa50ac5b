import type { Clock } from '../../clock/index.ts'
import { DiagnosticError, fail, type Diagnostic } from '../../diagnostic/index.ts'
import type { ResolvedConfiguration, VariableLookup } from '../language/index.ts'
import { CAN_SPAWN, HostedPipeline, type Spawn } from './hosted-pipeline.ts'
import { resolvePipeline, type PipelineDefinition } from './load.ts'
import { LocalBus } from './pipeline-bus.ts'
import { PipelineLinks } from './pipeline-links.ts'
import { DRAIN_MILLIS, Pipeline, type PipelineStats } from './pipeline.ts'
import type { PipelineServices } from './services.ts'

/** A network input that listens, for what is shown to the user. */
export interface ListeningInput {
  readonly pipeline: string
  readonly plugin: string
  readonly type?: string
  readonly host: string
  readonly port: number
}

/** A pipeline as it is doing now. */
export interface PipelineStatus extends PipelineStats {
  readonly id: string
  readonly state: 'running' | 'ended' | 'failed'
  /** Why it failed. */
  readonly failure?: string
}

export interface RunningPipelines {
  status(): PipelineStatus[]
  readonly inputs: readonly ListeningInput[]
  /** Resolves when every pipeline has ended by itself; a pipeline that failed counts as ended and is in `failures`. */
  readonly ended: Promise<void>
  readonly failures: readonly Error[]
  /** Stops reading and drains, at most for the time given (30 s); what is not written by then was not acknowledged. */
  stop(drainMillis?: number): Promise<void>
}

export interface HostOptions {
  /** A thread for each pipeline; by default wherever the code is compiled. A pipeline that reads standard input has none. */
  readonly threads?: boolean
  /** How a thread is made; for tests. */
  readonly spawn?: Spawn
}

/** What {@link Pipeline} and {@link HostedPipeline} have in common. */
interface Runnable {
  readonly id: string
  readonly ended: Promise<void>
  stats(): PipelineStats
  start(): Promise<void>
  stop(drainMillis?: number): Promise<void>
}

/**
 * Starts every pipeline. A pipeline that fails later stops itself and is logged; the others go on.
 * @throws DiagnosticError with every problem of every configuration, before anything is started; or with what the
 * first input that cannot start says, with everything stopped again.
 */
export async function startPipelines(
  definitions: readonly PipelineDefinition[],
  given: PipelineServices,
  lookUp: VariableLookup,
  options: HostOptions = {},
): Promise<RunningPipelines> {
  const { threads = CAN_SPAWN, spawn } = options
  const services: PipelineServices = { ...given, bus: new LocalBus() }
  const problems: Diagnostic[] = []
  const inputs: ListeningInput[] = []
  const resolved = definitions.map((definition) => {
    const configuration = resolvePipeline(definition, lookUp, problems)
    inputs.push(...listeningInputs(definition.id, configuration, services.inputsHost))
    return { id: definition.id, definition, configuration }
  })
  const links = new PipelineLinks(resolved, problems)
  refuse(problems)

  const pipelines: Runnable[] = []
  const hosted: HostedPipeline[] = []
  for (const { definition, configuration } of resolved) {
    const readsStandardInput = configuration.inputs.some(
      ({ spec, options }) => spec.readsStandardInput?.(options as never) === true,
    )
    if (threads && !readsStandardInput) {
      const pipeline = new HostedPipeline(definition, services, lookUp, spawn)
      hosted.push(pipeline)
      pipelines.push(pipeline)
      continue
    }
    gather(problems, () => {
      pipelines.push(new Pipeline(definition.id, configuration, services, definition.ecs, definition))
    })
  }
  for (const outcome of await Promise.allSettled(hosted.map((pipeline) => pipeline.make()))) {
    if (outcome.status === 'rejected')
      gather(problems, () => {
        throw outcome.reason
      })
  }
  const byId = (id: string): Runnable => pipelines.find((pipeline) => pipeline.id === id)!
  try {
    refuse(problems)
    for (const id of links.receiversFirst()) await byId(id).start()
  } catch (error) {
    await Promise.all(pipelines.map((pipeline) => pipeline.stop(0)))
    throw error
  }

  const failures: Error[] = []
  const failed = new Map<string, string>()
  const over = new Set<string>()
  const ends = pipelines.map(async (pipeline) => {
    try {
      await pipeline.ended
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const failure = fail('pipeline.failed', { id: pipeline.id, reason })
      services.logger.error({ pipeline: pipeline.id }, failure.message)
      failures.push(failure)
      failed.set(pipeline.id, reason)
    }
    over.add(pipeline.id)
    for (const id of links.dried(over)) void byId(id).stop()
  })
  return {
    inputs,
    failures,
    status: () =>
      pipelines.map((pipeline) => {
        const { id } = pipeline
        const failure = failed.get(id)
        if (failure !== undefined) return { id, state: 'failed', failure, ...pipeline.stats() }
        return { id, state: over.has(id) ? 'ended' : 'running', ...pipeline.stats() }
      }),
    ended: Promise.all(ends).then(() => undefined),
    stop: (drainMillis) => stopInOrder(links.sendersFirst().map(byId), services.clock, drainMillis),
  }
}

/** Senders end before their receivers, within the one time that there is for all. */
async function stopInOrder(pipelines: readonly Runnable[], clock: Clock, drainMillis = DRAIN_MILLIS): Promise<void> {
  const end = clock.monotonic() + drainMillis
  for (const pipeline of pipelines) await pipeline.stop(Math.max(0, end - clock.monotonic()))
}

function listeningInputs(
  pipeline: string,
  { inputs }: ResolvedConfiguration,
  inputsHost: string | undefined,
): ListeningInput[] {
  return inputs.flatMap(({ spec, options, common }) => {
    const { port, host, mode } = options
    if (typeof port !== 'number' || mode === 'client') return []
    const type = common['type']
    return [
      {
        pipeline,
        plugin: spec.name,
        host: typeof host === 'string' ? host : (inputsHost ?? '127.0.0.1'),
        port,
        ...(typeof type === 'string' ? { type } : {}),
      },
    ]
  })
}

/**
 * Everything that can be said about configurations without opening a port or a file of theirs:
 * syntax, plugins, options, what plugins say when they are made (grok patterns, date formats), and links between pipelines.
 */
export function checkPipelines(
  definitions: readonly PipelineDefinition[],
  services: PipelineServices,
  lookUp: VariableLookup,
): Diagnostic[] {
  const problems: Diagnostic[] = []
  const links = definitions.map((definition) => ({
    id: definition.id,
    configuration: tryPipeline(definition, services, lookUp, problems),
  }))
  void new PipelineLinks(links, problems)
  return problems
}

/** {@link checkPipelines} for one pipeline without the others that it may speak to. */
export function checkPipeline(
  definition: PipelineDefinition,
  services: PipelineServices,
  lookUp: VariableLookup,
): Diagnostic[] {
  const problems: Diagnostic[] = []
  tryPipeline(definition, services, lookUp, problems)
  return problems
}

function tryPipeline(
  definition: PipelineDefinition,
  services: PipelineServices,
  lookUp: VariableLookup,
  problems: Diagnostic[],
): ResolvedConfiguration {
  // Plugins with a problem are left out, so that the others still say what they refuse.
  const configuration = resolvePipeline(definition, lookUp, problems)
  gather(problems, () => {
    void new Pipeline(definition.id, configuration, services, definition.ecs).dispose()
  })
  return configuration
}

function gather(problems: Diagnostic[], work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error
    problems.push(...error.diagnostics)
  }
}

function refuse(problems: readonly Diagnostic[]): void {
  const errors = problems.filter((problem) => problem.severity === 'error')
  if (errors.length > 0) throw new DiagnosticError(errors)
}
