import type { Clock, Timer } from '../../clock/index.ts'
import { DiagnosticError, fail, type Logger } from '../../diagnostic/index.ts'
import { isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'
import { parseDuration } from '../dsl/index.ts'
import { rollOver } from '../rollover.ts'
import type { IndexSummary, Store } from '../store.ts'
import { readPolicy, type Action, type Phase } from './policy.ts'
import { runStates } from './run-states.ts'

/** How often indices are looked at, unless `indices.lifecycle.poll_interval` of the cluster's settings says. */
const POLL = 60_000
const SHORTEST_POLL = 1_000

/** Where an index is in its lifecycle, as the store keeps it, by the index's uuid. */
export interface LifecycleState {
  index: string
  /** The phase of an ILM policy, or the state of an ISM policy. */
  phase: string
  phaseMillis: number
  /** Actions of it that are done. */
  done: number
  rolledOverMillis: number | undefined
  /** Of an ISM policy: which one, and failures in a row. */
  policy: string | undefined
  failures: number
  failedMillis: number | undefined
  error: { type: string; reason: string } | undefined
}

/** An index as a look at it finds it. */
export interface Managed {
  readonly summary: IndexSummary
  readonly settings: ValueObject
  readonly aliases: ValueObject
  readonly state: LifecycleState | undefined
}

/**
 * Carries out lifecycle policies: rollover, priorities, read-only, merging, deletion. Each index is looked at in
 * turn; what fails is tried again at the next look, its reason being in the log and in `explain`.
 */
export class Lifecycle {
  readonly store: Store
  readonly clock: Clock
  private readonly logger: Logger
  private timer: Timer | undefined
  private stopped = false
  private working: Promise<void> = Promise.resolve()

  constructor(store: Store, clock: Clock, logger: Logger) {
    this.store = store
    this.clock = clock
    this.logger = logger
  }

  /** Looks at the indices from now on; `stop` waits for the look that is under way. */
  async start(): Promise<void> {
    const settings = (await this.store.getResources('cluster_settings'))['all']
    const wait = pollInterval(settings)
    if (this.stopped) return
    this.timer = this.clock.after(wait, () => {
      this.working = this.tick()
        .catch((error: unknown) =>
          this.logger.error({ error: String(error) }, `lifecycle: a look at the indices failed: ${String(error)}`),
        )
        .then(() => (this.stopped ? undefined : this.start()))
    })
  }

  async stop(): Promise<void> {
    this.stopped = true
    this.timer?.cancel()
    await this.working
  }

  /** One look at every index. */
  async tick(): Promise<void> {
    if ((await this.mode()) === 'STOPPED') return
    const policies = await this.policies()
    const managed = await this.managed()
    for (const index of managed) {
      const name = policyName(index.settings)
      if (name === undefined) continue
      await this.attempt(index, async (state) => {
        const phases = policies.get(name)
        if (phases === undefined) throw fail('rest.parameter_invalid', { reason: `policy [${name}] does not exist` })
        return this.run(index, phases, state)
      })
    }
    await runStates(this, managed)
    await this.forget(managed)
  }

  async mode(): Promise<'RUNNING' | 'STOPPED'> {
    const mode = (await this.store.getResources('lifecycle_state', '_mode'))['_mode']
    return isObject(mode) && mode['mode'] === 'STOPPED' ? 'STOPPED' : 'RUNNING'
  }

  async setMode(mode: 'RUNNING' | 'STOPPED'): Promise<void> {
    await this.store.putResource('lifecycle_state', '_mode', Object.assign(newObject(), { mode }))
  }

  private async policies(): Promise<Map<string, Phase[]>> {
    const found = await this.store.getResources('lifecycle_policy')
    return new Map(
      Object.entries(found).map(([name, body]) => [name, readPolicy(isObject(body) ? body['policy'] : undefined)]),
    )
  }

  /** Those of the expressions that a request's store lets it reach. */
  async reached(store: Store, expressions: readonly string[]): Promise<Managed[]> {
    const names = await store.resolveIndices({ expressions, expandWildcards: ['open', 'closed', 'hidden'] })
    return names.length === 0 ? [] : this.managed(names)
  }

  /** All indices with their settings and states. */
  async managed(expressions: readonly string[] = []): Promise<Managed[]> {
    const selection = { expressions, expandWildcards: ['all'] as const }
    const descriptions = await this.store.getIndices(selection)
    const states = await this.store.getResources('lifecycle_state')
    return (await this.store.describeIndices(selection)).map((summary) => {
      const description = descriptions[summary.name]
      const part = (key: string): ValueObject => {
        const value = isObject(description) ? description[key] : undefined
        return isObject(value) ? value : newObject()
      }
      const index = part('settings')['index']
      return {
        summary,
        settings: isObject(index) ? index : newObject(),
        aliases: part('aliases'),
        state: readState(states[summary.uuid]),
      }
    })
  }

  /** Runs a step for an index, and keeps where it came to and what went wrong. */
  async attempt(
    { summary, state }: Managed,
    step: (state: LifecycleState) => Promise<LifecycleState | 'rests' | undefined>,
  ): Promise<void> {
    const before: LifecycleState = state ?? newState(summary.name)
    const now = { ...before }
    let after: LifecycleState | undefined
    try {
      const outcome = await step(now)
      // It waits before it is tried again, or is not tried any more.
      if (outcome === 'rests') return
      if (outcome !== undefined) after = { ...outcome, error: undefined, failures: 0, failedMillis: undefined }
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error
      const reason = error.diagnostics[0]!.message
      // How far it came before it failed is kept.
      const failedMillis = Math.floor(this.clock.now())
      after = { ...now, error: { type: error.http.type, reason }, failures: now.failures + 1, failedMillis }
      if (before.error?.reason !== reason)
        this.logger.warn({ index: summary.name }, `lifecycle: index [${summary.name}]: ${reason}`)
    }
    // It is gone.
    if (after === undefined) return
    if (JSON.stringify(after) !== JSON.stringify(before) || state === undefined)
      await this.store.putResource('lifecycle_state', summary.uuid, stateJson(after))
  }

  private async forget(managed: readonly Managed[]): Promise<void> {
    const known = new Set(managed.map(({ summary }) => summary.uuid))
    for (const uuid of Object.keys(await this.store.getResources('lifecycle_state')))
      if (uuid !== '_mode' && !known.has(uuid)) await this.store.deleteResource('lifecycle_state', uuid)
  }

  /** @returns undefined where the index was deleted */
  private async run(
    index: Managed,
    phases: readonly Phase[],
    state: LifecycleState,
  ): Promise<LifecycleState | undefined> {
    for (;;) {
      const at = phases.findIndex(({ name }) => name === state.phase)
      const current = phases[at]
      if (current !== undefined)
        while (state.done < current.actions.length) {
          const outcome = await this.act(index, current.actions[state.done]!, state)
          if (outcome === 'gone') return undefined
          if (outcome === 'waits') return state
          state.done++
        }
      const next = phases[at + 1]
      if (next === undefined || this.age(index, state) < next.minAge) return state
      state.phase = next.name
      state.phaseMillis = Math.floor(this.clock.now())
      state.done = 0
    }
  }

  /** Milliseconds since the rollover, or since the index was made. */
  age({ summary, settings }: Managed, state: LifecycleState | undefined): number {
    return this.clock.now() - lifecycleDate(summary, settings, state)
  }

  private async act(index: Managed, action: Action, state: LifecycleState): Promise<'done' | 'waits' | 'gone'> {
    const { name } = index.summary
    switch (action.kind) {
      case 'rollover':
        return this.rollOver(index, action.conditions, state)
      case 'set_priority':
        await this.set(name, { 'index.priority': action.priority })
        return 'done'
      case 'readonly':
        await this.set(name, { 'index.blocks.write': true })
        return 'done'
      case 'forcemerge':
        await this.store.maintenance!.forceMerge({ expressions: [name] }, { onlyExpungeDeletes: false })
        return 'done'
      case 'delete':
        await this.remove(name)
        return 'gone'
    }
  }

  async set(index: string, settings: Readonly<Record<string, Value>>): Promise<void> {
    const selection = { expressions: [index], expandWildcards: ['all'] as const }
    await this.store.putSettings(selection, Object.assign(newObject(), settings))
  }

  /** The last index of a data stream goes with its stream. */
  async remove(index: string): Promise<void> {
    const stream = (await this.store.dataStreams?.list())?.find(({ indices }) =>
      indices.some(({ name }) => name === index),
    )
    if (stream !== undefined && stream.indices.length === 1) await this.store.dataStreams!.remove(stream.name)
    else await this.store.deleteIndices({ expressions: [index], expandWildcards: ['all'] })
    this.logger.info({ index }, `lifecycle: deleted index [${index}]`)
  }

  private async rollOver(
    { summary, settings, aliases }: Managed,
    conditions: ValueObject,
    state: LifecycleState,
  ): Promise<'done' | 'waits'> {
    const { name } = summary
    const own = isObject(settings['lifecycle']) ? settings['lifecycle'] : newObject()
    if (String(own['indexing_complete']) === 'true') return 'done'
    const stream = (await this.store.dataStreams?.list())?.find(({ indices }) =>
      indices.some((one) => one.name === name),
    )
    // Rolled over by hand.
    if (stream !== undefined && stream.indices.at(-1)!.name !== name) return 'done'
    const target = stream?.name ?? rolloverAlias(name, own['rollover_alias'], aliases)
    const needed = Object.assign(newObject(), conditions)
    // An index without documents is not rolled over, however old it is.
    needed['min_docs'] ??= 1
    const result = await rollOver(
      this.store,
      { target, conditions: needed, creation: newObject(), dryRun: false },
      this.clock.now(),
    )
    if (!result.rolledOver) return 'waits'
    state.rolledOverMillis = Math.floor(this.clock.now())
    this.logger.info(
      { index: name, next: result.newIndex },
      `lifecycle: [${target}] rolled over to [${result.newIndex}]`,
    )
    await this.set(name, { 'index.lifecycle.indexing_complete': true })
    return 'done'
  }
}

function rolloverAlias(index: string, given: Value | undefined, aliases: ValueObject): string {
  if (given === undefined || given === null || given === '')
    throw fail('rest.parameter_invalid', {
      reason: `setting [index.lifecycle.rollover_alias] for index [${index}] is empty or not defined`,
    })
  const alias = String(given)
  const options = aliases[alias]
  if (!isObject(options))
    throw fail('rest.parameter_invalid', {
      reason: `index.lifecycle.rollover_alias [${alias}] does not point to index [${index}]`,
    })
  if (options['is_write_index'] === false)
    throw fail('rest.parameter_invalid', { reason: `index [${index}] is not the write index for alias [${alias}]` })
  return alias
}

/** The ILM policy that the settings of an index name. */
export function policyName(settings: ValueObject): string | undefined {
  const own = settings['lifecycle']
  const name = isObject(own) ? own['name'] : undefined
  return name === undefined || name === null || name === '' ? undefined : String(name)
}

/** From when an index's age counts: given, or the rollover, or its making. Milliseconds since the epoch. */
export function lifecycleDate(summary: IndexSummary, settings: ValueObject, state: LifecycleState | undefined): number {
  const own = isObject(settings['lifecycle']) ? settings['lifecycle'] : newObject()
  const given = own['origination_date']
  if (given !== undefined && given !== null) return Number(given)
  return state?.rolledOverMillis ?? summary.createdMillis
}

function newState(index: string): LifecycleState {
  return {
    index,
    phase: 'new',
    phaseMillis: 0,
    done: 0,
    rolledOverMillis: undefined,
    policy: undefined,
    failures: 0,
    failedMillis: undefined,
    error: undefined,
  }
}

function readState(value: Value | undefined): LifecycleState | undefined {
  if (!isObject(value)) return undefined
  return { ...newState(''), ...(value as unknown as LifecycleState) }
}

function stateJson({ error, ...rest }: LifecycleState): ValueObject {
  const json = newObject()
  for (const [key, value] of Object.entries(rest)) if (value !== undefined) json[key] = value
  if (error !== undefined) json['error'] = Object.assign(newObject(), error)
  return json
}

function pollInterval(settings: Value | undefined): number {
  for (const kind of ['transient', 'persistent']) {
    const set = isObject(settings) ? settings[kind] : undefined
    const text = isObject(set) ? set['indices.lifecycle.poll_interval'] : undefined
    const millis = text === undefined ? undefined : parseDuration(String(text))
    if (millis !== undefined) return Math.max(SHORTEST_POLL, millis)
  }
  return POLL
}
