import type { Clock, Timer } from '../../clock/index.ts'
import { DiagnosticError, formatDiagnostic, type Diagnostic, type Logger } from '../../diagnostic/index.ts'
import type { PipelineDefinition } from './load.ts'
import { keyOfDefinition, type ReloadOutcome } from './pipeline-set.ts'
import type { RunningPipelines } from './running.ts'

export interface ReloaderOptions {
  readonly pipelines: Pick<RunningPipelines, 'definitions' | 'reload'>
  /** Reads the configurations as they are now. */
  readonly load: () => readonly PipelineDefinition[]
  /** Looks for changes so often; never unless given. */
  readonly intervalMillis: number | undefined
  readonly clock: Clock
  readonly logger: Logger
}

/** What has come of reloads since the start; times are epoch milliseconds. */
export interface ReloadStats {
  /** Pipelines that were started or replaced. */
  successes: number
  /** Times that configurations could not be taken up, or not all. */
  failures: number
  lastSuccess?: number
  lastFailure?: number
  lastError?: string
}

/** Takes up changed configurations, when asked and by itself. What comes of it is in the log, each state of the files once. */
export class Reloader {
  readonly stats: ReloadStats = { successes: 0, failures: 0 }
  private readonly options: ReloaderOptions
  private tried: string
  private timer: Timer | undefined
  private stopped = false

  constructor(options: ReloaderOptions) {
    this.options = options
    this.tried = keyOf(options.pipelines.definitions)
    this.schedule()
  }

  /** Takes up what the files say now. */
  async reload(): Promise<void> {
    await this.take(true)
  }

  stop(): void {
    this.stopped = true
    this.timer?.cancel()
  }

  private schedule(): void {
    const { intervalMillis, clock } = this.options
    if (intervalMillis === undefined || this.stopped) return
    this.timer = clock.after(intervalMillis, () => void this.take(false).then(() => this.schedule()))
  }

  private async take(asked: boolean): Promise<void> {
    const { load, pipelines, logger } = this.options
    if (this.stopped) return
    let definitions: readonly PipelineDefinition[]
    try {
      definitions = load()
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error
      // The same fault is not said every few seconds.
      if (asked || this.tried !== error.message) this.say(error.diagnostics)
      if (this.tried !== error.message) this.count(0, error.diagnostics)
      this.tried = error.message
      return
    }
    const key = keyOf(definitions)
    if (!asked && key === this.tried) return
    this.tried = key
    try {
      const outcome = await pipelines.reload(definitions)
      this.count(outcome.started.length + outcome.replaced.length, outcome.problems)
      this.say(outcome.problems)
      this.sayOutcome(outcome, asked)
    } catch (error) {
      logger.error({ err: error }, 'the pipelines could not be reloaded')
    }
  }

  private count(successes: number, problems: readonly Diagnostic[]): void {
    const { stats } = this
    const now = this.options.clock.now()
    const error = problems.find(({ severity }) => severity === 'error')
    if (successes > 0) Object.assign(stats, { successes: stats.successes + successes, lastSuccess: now })
    if (error !== undefined)
      Object.assign(stats, { failures: stats.failures + 1, lastFailure: now, lastError: formatDiagnostic(error) })
  }

  private sayOutcome({ started, replaced, stopped, problems }: ReloadOutcome, asked: boolean): void {
    const { logger } = this.options
    for (const id of started) logger.info({ pipeline: id }, `pipeline '${id}' was started`)
    for (const id of replaced) logger.info({ pipeline: id }, `pipeline '${id}' was reloaded`)
    for (const id of stopped) logger.info({ pipeline: id }, `pipeline '${id}' was stopped: it is configured no more`)
    const changed = started.length + replaced.length + stopped.length > 0
    if (asked && !changed && problems.length === 0) logger.info({}, 'no pipeline has changed')
  }

  private say(problems: readonly Diagnostic[]): void {
    const { logger } = this.options
    for (const problem of problems)
      logger[problem.severity === 'error' ? 'error' : 'warn']({}, formatDiagnostic(problem))
  }
}

function keyOf(definitions: readonly PipelineDefinition[]): string {
  return definitions.map(keyOfDefinition).join('\n')
}
