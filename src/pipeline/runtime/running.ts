import { DiagnosticError, type Diagnostic } from '../../diagnostic/index.ts'
import type { ResolvedConfiguration, VariableLookup } from '../language/index.ts'
import { CAN_SPAWN } from './hosted-pipeline.ts'
import { resolvePipeline, type PipelineDefinition } from './load.ts'
import { LocalBus } from './pipeline-bus.ts'
import { PipelineLinks } from './pipeline-links.ts'
import { PipelineSet, type ReloadOutcome } from './pipeline-set.ts'
import { Pipeline, type PipelineStats } from './pipeline.ts'
import type { PipelineServices } from './services.ts'
import type { Spawn } from './thread-messages.ts'

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
  /** Those that run, which a reload changes. */
  readonly definitions: readonly PipelineDefinition[]
  readonly inputs: readonly ListeningInput[]
  /** Resolves when every pipeline has ended by itself; a pipeline that failed counts as ended and is in `failures`. */
  readonly ended: Promise<void>
  readonly failures: readonly Error[]
  /** Makes the pipelines those of the definitions, as far as they can be made; the others run on. */
  reload(definitions: readonly PipelineDefinition[]): Promise<ReloadOutcome>
  /** Stops reading and drains, at most for the time given (30 s); what is not written by then was not acknowledged. */
  stop(drainMillis?: number): Promise<void>
}

export interface HostOptions {
  /** Threads for pipelines; by default wherever the code is compiled. A pipeline that reads standard input is in none. */
  readonly threads?: boolean
  /** How a thread is made; for tests. */
  readonly spawn?: Spawn
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
  const services: PipelineServices = { ...given, bus: new LocalBus() }
  const { threads = CAN_SPAWN, spawn } = options
  const set = new PipelineSet({ services, lookUp, threads, spawn })
  await set.start(definitions)
  return {
    get definitions() {
      return set.all().map(({ definition }) => definition)
    },
    get inputs() {
      return set.all().flatMap(({ id, configuration }) => listeningInputs(id, configuration, services.inputsHost))
    },
    failures: set.failures,
    status: () =>
      set.all().map(({ id, state, failure, runnable }) => ({
        id,
        state,
        ...(failure === undefined ? {} : { failure }),
        ...runnable.stats(),
      })),
    ended: set.ended,
    reload: (next) => set.reload(next),
    stop: (drainMillis) => set.stop(drainMillis),
  }
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
