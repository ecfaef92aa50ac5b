import type { Clock } from '../../clock/index.ts'
import { diagnose, DiagnosticError, fail, type Diagnostic } from '../../diagnostic/index.ts'
import type { ResolvedConfiguration, VariableLookup } from '../language/index.ts'
import { HostedPipeline } from './hosted-pipeline.ts'
import { resolvePipeline, type PipelineDefinition } from './load.ts'
import { PipelineLinks } from './pipeline-links.ts'
import { DRAIN_MILLIS, Pipeline, type PipelineStats } from './pipeline.ts'
import type { PipelineServices } from './services.ts'
import type { Spawn } from './thread-messages.ts'

/** What {@link Pipeline} and {@link HostedPipeline} have in common. */
interface Runnable {
  readonly id: string
  readonly ended: Promise<void>
  stats(): PipelineStats
  start(): Promise<void>
  stop(drainMillis?: number): Promise<void>
}

interface Resolved {
  readonly id: string
  readonly definition: PipelineDefinition
  readonly configuration: ResolvedConfiguration
}

interface Member extends Resolved {
  readonly runnable: Runnable
  state: 'running' | 'ended' | 'failed'
  failure?: string
  /** It was taken out: its end says nothing. */
  removed?: boolean
}

/** What a reload did; ids of pipelines. */
export interface ReloadOutcome {
  readonly started: readonly string[]
  readonly replaced: readonly string[]
  readonly stopped: readonly string[]
  /** Why pipelines stay as they were; also notices of those that were taken. */
  readonly problems: readonly Diagnostic[]
}

export interface SetOptions {
  readonly services: PipelineServices
  readonly lookUp: VariableLookup
  readonly threads: boolean
  readonly spawn: Spawn | undefined
}

/** The pipelines of a process, by id. */
export class PipelineSet {
  /** Resolves when every pipeline has ended by itself; one that failed counts as ended. */
  readonly ended: Promise<void>
  readonly failures: Error[] = []
  private readonly members = new Map<string, Member>()
  private readonly options: SetOptions
  private links = new PipelineLinks([], [])
  private work: Promise<unknown> = Promise.resolve()
  private stopping = false
  private over: () => void = () => {}

  constructor(options: SetOptions) {
    this.options = options
    this.ended = new Promise((resolve) => (this.over = resolve))
  }

  all(): readonly Member[] {
    return [...this.members.values()]
  }

  /** @throws DiagnosticError with every problem of every configuration, or what the first that cannot start says. */
  async start(definitions: readonly PipelineDefinition[]): Promise<void> {
    const problems: Diagnostic[] = []
    const resolved = definitions.map((definition) => this.resolved(definition, problems))
    this.links = new PipelineLinks(resolved, problems)
    refuse(problems)
    const made = await this.make(resolved, problems)
    try {
      refuse(problems)
      for (const id of this.links.receiversFirst()) await made.get(id)!.runnable.start()
    } catch (error) {
      await Promise.all([...made.values()].map(({ runnable }) => runnable.stop(0)))
      throw error
    }
    for (const member of made.values()) this.join(member)
    this.inOrder(definitions)
    this.endIfAllOver()
  }

  /**
   * Makes the pipelines those of the definitions. What has not changed runs on. A changed one is made before the one that runs
   * is stopped and drained; where it cannot be made, the one that runs stays, and where it cannot start, the old one starts again.
   */
  reload(definitions: readonly PipelineDefinition[]): Promise<ReloadOutcome> {
    const outcome = this.work.then(() => this.change(definitions))
    this.work = outcome.catch(() => {})
    return outcome
  }

  /** Senders end before their receivers, within the one time that there is for all. */
  async stop(drainMillis?: number): Promise<void> {
    this.stopping = true
    await this.work
    await this.stopInOrder(this.all(), drainMillis)
  }

  private async change(definitions: readonly PipelineDefinition[]): Promise<ReloadOutcome> {
    const problems: Diagnostic[] = []
    const given = new Set(definitions.map(({ id }) => id))
    const gone = this.all().filter((member) => !given.has(member.id) && isReloadable(member, problems))
    const wanted = this.wanted(definitions, problems)
    const kept = this.all().filter((member) => !gone.includes(member) && !wanted.some(({ id }) => id === member.id))
    const found: Diagnostic[] = []
    const links = new PipelineLinks([...kept, ...wanted], found)
    problems.push(...found)
    const none = { started: [], replaced: [], stopped: [], problems }
    if (this.stopping || found.some(isError)) return none
    const made = await this.make(wanted, problems)
    const replaced = [...made.keys()].filter((id) => this.members.has(id))
    const leaving = [...gone, ...replaced.map((id) => this.members.get(id)!)]
    for (const member of leaving) member.removed = true
    await this.stopInOrder(leaving)
    for (const { id } of leaving) this.members.delete(id)
    for (const id of links.receiversFirst()) {
      const member = made.get(id)
      if (member !== undefined) await this.startOr(member, leaving, problems)
    }
    this.inOrder(definitions)
    // Not all that was wanted may be there.
    this.links = new PipelineLinks(this.all(), [])
    this.endIfAllOver()
    return {
      started: [...made.keys()].filter((id) => !replaced.includes(id)),
      replaced,
      stopped: gone.map(({ id }) => id),
      problems,
    }
  }

  /** The definitions that are new or have changed, without those that have errors. */
  private wanted(definitions: readonly PipelineDefinition[], problems: Diagnostic[]): Resolved[] {
    return definitions.flatMap((definition) => {
      const member = this.members.get(definition.id)
      if (member !== undefined && sameDefinition(member.definition, definition)) return []
      if (member !== undefined && !isReloadable(member, problems)) return []
      const found: Diagnostic[] = []
      const resolved = this.resolved(definition, found)
      problems.push(...found)
      return found.some(isError) ? [] : [resolved]
    })
  }

  private resolved(definition: PipelineDefinition, problems: Diagnostic[]): Resolved {
    const configuration = resolvePipeline(definition, this.options.lookUp, problems)
    return { id: definition.id, definition, configuration }
  }

  /** Makes what can be made; why others cannot is in `problems`. */
  private async make(all: readonly Resolved[], problems: Diagnostic[]): Promise<Map<string, Member>> {
    const made = new Map<string, Member>()
    const { services, lookUp, threads, spawn } = this.options
    await Promise.all(
      all.map(async (resolved) => {
        const { id, definition, configuration } = resolved
        try {
          let runnable: Runnable
          if (threads && !readsStandardInput(configuration)) {
            const hosted = new HostedPipeline(definition, services, lookUp, spawn)
            await hosted.make()
            runnable = hosted
          } else runnable = new Pipeline(id, configuration, services, definition.ecs, definition)
          made.set(id, { ...resolved, runnable, state: 'running' })
        } catch (error) {
          if (!(error instanceof DiagnosticError)) throw error
          problems.push(...error.diagnostics)
        }
      }),
    )
    return made
  }

  private async startOr(member: Member, before: readonly Member[], problems: Diagnostic[]): Promise<void> {
    try {
      await member.runnable.start()
      return this.join(member)
    } catch (error) {
      problems.push(...problemsOf(member.id, error))
    }
    const old = before.find(({ id }) => id === member.id)
    const again = old === undefined ? undefined : (await this.make([old], problems)).get(member.id)
    try {
      if (again === undefined) throw new Error('it could not be started')
      await again.runnable.start()
      this.join(again)
    } catch (error) {
      this.members.set(member.id, member)
      this.failed(member, error)
    }
  }

  private join(member: Member): void {
    this.members.set(member.id, member)
    void this.follow(member)
  }

  private async follow(member: Member): Promise<void> {
    try {
      await member.runnable.ended
      member.state = 'ended'
    } catch (error) {
      this.failed(member, error)
    }
    if (member.removed === true) return
    const ended = new Set(this.all().flatMap(({ id, state }) => (state === 'running' ? [] : [id])))
    for (const id of this.links.dried(ended)) void this.members.get(id)?.runnable.stop()
    this.endIfAllOver()
  }

  private failed(member: Member, error: unknown): void {
    const failure = failureOf(member.id, error)
    this.options.services.logger.error({ pipeline: member.id }, failure.message)
    this.failures.push(failure)
    member.state = 'failed'
    member.failure = error instanceof Error ? error.message : String(error)
  }

  /** As the definitions are; those that stay without one come last. */
  private inOrder(definitions: readonly PipelineDefinition[]): void {
    const given = new Set(definitions.map(({ id }) => id))
    const others = this.all().filter(({ id }) => !given.has(id))
    for (const { id } of [...definitions, ...others]) {
      const member = this.members.get(id)
      if (member === undefined) continue
      this.members.delete(id)
      this.members.set(id, member)
    }
  }

  private endIfAllOver(): void {
    if (this.all().every(({ state }) => state !== 'running')) this.over()
  }

  private async stopInOrder(members: readonly Member[], drainMillis = DRAIN_MILLIS): Promise<void> {
    const { clock }: { clock: Clock } = this.options.services
    const end = clock.monotonic() + drainMillis
    for (const id of this.links.sendersFirst())
      await members.find((member) => member.id === id)?.runnable.stop(Math.max(0, end - clock.monotonic()))
  }
}

export function readsStandardInput({ inputs }: ResolvedConfiguration): boolean {
  return inputs.some(({ spec, options }) => spec.readsStandardInput?.(options as never) === true)
}

function isReloadable({ id, definition, configuration }: Resolved, problems: Diagnostic[]): boolean {
  const reason =
    definition.reloadable === false
      ? "its 'pipeline.reloadable' is false"
      : readsStandardInput(configuration)
        ? 'what was read of standard input cannot be read again'
        : undefined
  if (reason !== undefined) problems.push(diagnose('pipeline.not_reloadable', { id, reason }, { severity: 'warning' }))
  return reason === undefined
}

function sameDefinition(one: PipelineDefinition, other: PipelineDefinition): boolean {
  return keyOfDefinition(one) === keyOfDefinition(other)
}

/** Everything of a definition that makes its pipeline what it is. */
export function keyOfDefinition(definition: PipelineDefinition): string {
  const sources = definition.sources.map(({ name, text }) => [name, text])
  return JSON.stringify({ ...definition, sources, notices: undefined })
}

function problemsOf(id: string, error: unknown): readonly Diagnostic[] {
  return error instanceof DiagnosticError ? error.diagnostics : [failureOf(id, error).diagnostics[0]!]
}

function failureOf(id: string, error: unknown): DiagnosticError {
  return fail('pipeline.failed', { id, reason: error instanceof Error ? error.message : String(error) })
}

function isError({ severity }: Diagnostic): boolean {
  return severity === 'error'
}

function refuse(problems: readonly Diagnostic[]): void {
  const errors = problems.filter(isError)
  if (errors.length > 0) throw new DiagnosticError(errors)
}
