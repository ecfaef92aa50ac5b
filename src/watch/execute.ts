import { randomUUID } from 'node:crypto'
import { cloneValue, newObject, Timestamp, type ValueObject } from '../event/index.ts'
import { errorValue, reasonOf } from './failure.ts'
import type { ActionSpec, ActionStatus, Execution, Services, Watch } from './model.ts'
import { planAction, runAction, sends, type ActionMode } from './run-action.ts'
import { object, type WatchStatus } from './status.ts'

export type ExecutionState =
  | 'executed'
  | 'execution_not_needed'
  | 'throttled'
  | 'acknowledged'
  | 'failed'
  | 'not_executed_already_queued'

/** An action that is about to tell of something, and with `throttle.by` of whom: with `foreach` one for each element. */
export interface NotedAction {
  readonly id: string
  readonly entities: readonly string[]
}

export interface RunOptions {
  readonly triggered: Timestamp
  readonly scheduled: Timestamp
  readonly manual?: boolean
  /** Of a run that is made up: the id it had, by which what it told already is recognised. */
  readonly id?: string
  /** A past time at which the run is made up; without it the run is of now. */
  readonly at?: Timestamp
  /** The input is not run; this is its payload. */
  readonly alternativeInput?: ValueObject
  readonly ignoreCondition?: boolean
  /** By action; `_all` is every other. */
  readonly actionModes?: Readonly<Record<string, ActionMode>>
  /** Actions without `throttle_period` of their own or of the watch, in milliseconds. */
  readonly defaultThrottleMillis: number
  /** Called once before the first message leaves, with the actions that may send one; it must be durable when it resolves. */
  readonly beforeNotifying?: (executionId: string, actions: readonly NotedAction[]) => Promise<void>
  /** See `Execution`. */
  readonly mayAct?: () => boolean
}

export interface RunResult {
  readonly executionId: string
  readonly state: ExecutionState
  /** Input, condition or transform could not be run; as in Watcher the state says so only of the first two. */
  readonly failed: boolean
  /** The record as `.watcher-history-*` keeps it. */
  readonly record: ValueObject
}

/**
 * Runs a watch once: input, condition, transform, actions, each failure kept in the record.
 * The status is brought up to date; neither it nor the record is stored here.
 */
export async function runWatch(
  watch: Watch,
  status: WatchStatus,
  services: Services,
  options: RunOptions,
): Promise<RunResult> {
  const { clock } = services
  const started = clock.monotonic()
  const executionTime = options.at ?? Timestamp.fromMillis(clock.now())
  const execution: Execution = {
    id: options.id ?? `${watch.id}_${randomUUID()}-${executionTime.toString()}`,
    watchId: watch.id,
    executionTime,
    trigger: { triggered: options.triggered, scheduled: options.scheduled },
    // A script may change it, for its own run.
    metadata: cloneValue(watch.metadata) as ValueObject,
    vars: newObject(),
    services,
    ...(options.at === undefined ? {} : { past: true }),
    mayAct: options.mayAct,
  }
  const run = new Run(watch, status, execution, options)
  await run.all()
  status.executionState = run.state
  run.result['execution_time'] = executionTime
  run.result['execution_duration'] = Math.round(clock.monotonic() - started)
  return { executionId: execution.id, state: run.state, failed: run.failed, record: run.record() }
}

class Run {
  readonly result = newObject()
  state: ExecutionState = 'execution_not_needed'
  failed = false
  private readonly watch: Watch
  private readonly status: WatchStatus
  private readonly execution: Execution
  private readonly options: RunOptions
  private readonly messages: string[] = []
  private exception: ValueObject | undefined
  private payload: ValueObject = newObject()

  constructor(watch: Watch, status: WatchStatus, execution: Execution, options: RunOptions) {
    this.watch = watch
    this.status = status
    this.execution = execution
    this.options = options
  }

  async all(): Promise<void> {
    const now = this.execution.executionTime
    const met = (await this.runInput()) ? this.checkCondition() : undefined
    if (met === undefined) {
      this.state = 'failed'
      this.status.lastChecked = now
      return
    }
    const ended = this.status.checked(met, now)
    this.result['actions'] = []
    const when = met ? 'met' : 'resolved'
    if (!met && (!ended || !this.watch.actions.some((spec) => spec.when === 'resolved'))) return
    if (!met) this.messages.push('the condition is no longer met')
    this.state = 'executed'
    if (await this.transform()) this.result['actions'] = await this.runActions(when)
  }

  record(): ValueObject {
    const { watch, execution, options } = this
    const times = object({ triggered_time: options.triggered, scheduled_time: options.scheduled })
    const event = object({
      type: options.manual === true ? 'manual' : 'schedule',
      triggered_time: options.triggered,
      ...(options.manual === true ? { manual: object({ schedule: times }) } : { schedule: times }),
    })
    return object({
      watch_id: watch.id,
      node: 'vedetta',
      state: this.state,
      status: this.status.toValue(),
      trigger_event: event,
      input: watch.shown['input'],
      condition: watch.shown['condition'],
      metadata: Object.keys(execution.metadata).length === 0 ? undefined : execution.metadata,
      result: this.result,
      messages: this.messages,
      exception: this.exception,
    })
  }

  private async runInput(): Promise<boolean> {
    const { input } = this.watch
    const { alternativeInput } = this.options
    try {
      for (const script of this.watch.stored) await script.load(this.execution.services.store)
      const outcome = alternativeInput === undefined ? await input.run(this.execution) : { payload: alternativeInput }
      this.payload = outcome.payload
      const detail = 'detail' in outcome ? outcome.detail : undefined
      const type = alternativeInput === undefined ? input.type : 'simple'
      this.result['input'] = object({
        type,
        status: 'success',
        payload: this.payload,
        ...(detail === undefined ? {} : { [type]: detail }),
      })
      return true
    } catch (error) {
      this.result['input'] = object({ type: input.type, status: 'failure', error: errorValue(error) })
      return this.fail('failed to execute watch input', error)
    }
  }

  private checkCondition(): boolean | undefined {
    const { condition } = this.watch
    if (this.options.ignoreCondition === true) {
      this.result['condition'] = object({ type: 'always', status: 'success', met: true })
      return true
    }
    try {
      const { met, detail } = condition.check(this.execution, this.payload)
      this.result['condition'] = object({
        type: condition.type,
        status: 'success',
        met,
        ...(detail === undefined ? {} : { [condition.type]: detail }),
      })
      return met
    } catch (error) {
      this.result['condition'] = object({
        type: condition.type,
        status: 'failure',
        met: false,
        error: errorValue(error),
      })
      this.fail('failed to execute watch condition', error)
      return undefined
    }
  }

  private async transform(): Promise<boolean> {
    const { transform } = this.watch
    if (transform === undefined) return true
    try {
      const { payload, detail } = await transform.apply(this.execution, this.payload)
      this.payload = payload
      this.result['transform'] = object({ type: transform.type, status: 'success', payload, [transform.type]: detail })
      return true
    } catch (error) {
      const failure = { status: 'failure', reason: reasonOf(error), error: errorValue(error) }
      this.result['transform'] = object({ type: transform.type, ...failure })
      return this.fail('failed to execute watch transform', error)
    }
  }

  private async runActions(when: ActionSpec['when']): Promise<ValueObject[]> {
    const { execution, payload, status } = this
    const planned = this.watch.actions
      .filter((spec) => spec.when === when)
      .map((spec) => planAction(spec, this.modeOf(spec.id), this.periodOf(spec), status, execution, payload))
    const notifying = planned.filter(sends)
    if (notifying.length > 0 && this.options.beforeNotifying !== undefined) {
      try {
        await this.options.beforeNotifying(
          execution.id,
          notifying.map(({ spec, entities, elements }) => ({
            id: spec.id,
            entities: spec.foreach === undefined ? entities : elements,
          })),
        )
      } catch (error) {
        // An alarm that may come twice after a crash is better than none.
        this.messages.push(`the run could not be noted before its messages left: ${reasonOf(error)}`)
      }
    }
    const results: ValueObject[] = []
    for (const one of planned) results.push(await runAction(one, status, execution, payload))
    const statuses = results.map((result) => result['status'] as ActionStatus)
    this.state = statuses.includes('acknowledged')
      ? 'acknowledged'
      : statuses.includes('throttled')
        ? 'throttled'
        : 'executed'
    return results
  }

  private modeOf(id: string): ActionMode {
    const mode = this.options.actionModes?.[id] ?? this.options.actionModes?.['_all'] ?? 'execute'
    if (!this.status.simulated || mode === 'skip') return mode
    return mode.startsWith('force_') ? 'force_simulate' : 'simulate'
  }

  private periodOf(spec: ActionSpec): number {
    return spec.throttleMillis ?? this.watch.throttleMillis ?? this.options.defaultThrottleMillis
  }

  private fail(what: string, error: unknown): false {
    this.failed = true
    this.messages.push(what, reasonOf(error))
    this.exception = errorValue(error)
    return false
  }
}
