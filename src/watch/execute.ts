import { randomUUID } from 'node:crypto'
import { DiagnosticError, formatDiagnostic } from '../diagnostic/index.ts'
import { isObject, newObject, Timestamp, toValue, type Value, type ValueObject } from '../event/index.ts'
import { scriptFailure } from '../script/index.ts'
import {
  contextOf,
  type ActionOutcome,
  type ActionSpec,
  type ActionStatus,
  type Execution,
  type Services,
  type Watch,
} from './model.ts'
import { valueAt } from './object-path.ts'
import { object, type Throttling, type WatchStatus } from './status.ts'

export type ActionMode = 'execute' | 'simulate' | 'force_execute' | 'force_simulate' | 'skip'

export type ExecutionState =
  | 'executed'
  | 'execution_not_needed'
  | 'throttled'
  | 'acknowledged'
  | 'failed'
  | 'not_executed_already_queued'

export interface RunOptions {
  readonly triggered: Timestamp
  readonly scheduled: Timestamp
  readonly manual?: boolean
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
  readonly beforeNotifying?: (executionId: string, actionIds: readonly string[]) => Promise<void>
}

export interface RunResult {
  readonly executionId: string
  readonly state: ExecutionState
  /** The record as `.watcher-history-*` keeps it. */
  readonly record: ValueObject
}

/** The id that the mail or webhook of an action has in one run. */
export function messageIdOf(executionId: string, actionId: string): string {
  return `${executionId.replace(/[^\w.-]/g, '_')}_${actionId}@vedetta`
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
    id: `${watch.id}_${randomUUID()}-${executionTime.toString()}`,
    watchId: watch.id,
    executionTime,
    trigger: { triggered: options.triggered, scheduled: options.scheduled },
    metadata: watch.metadata,
    vars: newObject(),
    services,
    ...(options.at === undefined ? {} : { past: true }),
  }
  const run = new Run(watch, status, execution, options)
  await run.all()
  status.executionState = run.state
  run.result['execution_time'] = executionTime
  run.result['execution_duration'] = Math.round(clock.monotonic() - started)
  return { executionId: execution.id, state: run.state, record: run.record() }
}

class Run {
  readonly result = newObject()
  state: ExecutionState = 'execution_not_needed'
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
    if (!(await this.runInput())) {
      this.status.lastChecked = now
      return
    }
    const met = this.checkCondition()
    if (met === undefined) {
      this.status.lastChecked = now
      return
    }
    this.status.checked(met, now)
    this.result['actions'] = []
    if (!met || !(await this.transform())) return
    this.result['actions'] = await this.runActions()
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
      input: watch.source['input'],
      condition: watch.source['condition'],
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
      this.payload = await transform.apply(this.execution, this.payload)
      this.result['transform'] = object({ type: transform.type, status: 'success', payload: this.payload })
      return true
    } catch (error) {
      this.result['transform'] = object({ type: transform.type, status: 'failure', error: errorValue(error) })
      return this.fail('failed to execute watch transform', error)
    }
  }

  private async runActions(): Promise<ValueObject[]> {
    const planned = this.watch.actions.map((spec) => ({ spec, throttling: this.throttlingOf(spec) }))
    const notifying = planned.filter(
      ({ spec, throttling }) => throttling === undefined && spec.action.notifies && !this.isSimulated(spec.id),
    )
    if (notifying.length > 0 && this.options.beforeNotifying !== undefined) {
      try {
        await this.options.beforeNotifying(
          this.execution.id,
          notifying.map(({ spec }) => spec.id),
        )
      } catch (error) {
        // An alarm that may come twice after a crash is better than none.
        this.messages.push(`the run could not be noted before its messages left: ${reasonOf(error)}`)
      }
    }
    const results: ValueObject[] = []
    for (const { spec, throttling } of planned) results.push(await this.runAction(spec, throttling))
    const statuses = results.map(({ status }) => status as ActionStatus)
    this.state = statuses.includes('acknowledged')
      ? 'acknowledged'
      : statuses.includes('throttled')
        ? 'throttled'
        : 'executed'
    return results
  }

  private modeOf(id: string): ActionMode {
    return this.options.actionModes?.[id] ?? this.options.actionModes?.['_all'] ?? 'execute'
  }

  private isSimulated(id: string): boolean {
    return ['simulate', 'force_simulate', 'skip'].includes(this.modeOf(id))
  }

  private throttlingOf(spec: ActionSpec): Throttling | undefined {
    if (this.modeOf(spec.id).startsWith('force_')) return undefined
    const period = spec.throttleMillis ?? this.watch.throttleMillis ?? this.options.defaultThrottleMillis
    return this.status.throttling(spec.id, period, this.execution.executionTime)
  }

  private async runAction(spec: ActionSpec, throttling: Throttling | undefined): Promise<ValueObject> {
    const { id, action } = spec
    const now = this.execution.executionTime
    const head = { id, type: action.type }
    if (this.modeOf(id) === 'skip')
      return object({ ...head, status: 'simulated', reason: 'the action was skipped by its mode' })
    if (throttling !== undefined) {
      this.status.throttled(id, throttling, now)
      return object({ ...head, status: throttling.kind, reason: throttling.reason })
    }
    const parts = newObject()
    let outcome: ActionOutcome
    try {
      const condition = spec.condition?.check(this.execution, this.payload)
      if (condition !== undefined) {
        parts['condition'] = object({ type: spec.condition!.type, status: 'success', met: condition.met })
        if (!condition.met)
          return object({ ...head, ...parts, status: 'condition_failed', reason: 'condition not met. skipping' })
      }
      const payload = (await spec.transform?.apply(this.execution, this.payload)) ?? this.payload
      if (spec.transform !== undefined)
        parts['transform'] = object({ type: spec.transform.type, status: 'success', payload })
      outcome = spec.foreach === undefined ? await this.act(spec, payload, '') : await this.actForEach(spec, payload)
    } catch (error) {
      outcome = { status: 'failure', reason: reasonOf(error), detail: newObject() }
      parts['error'] = errorValue(error)
    }
    this.status.ran(id, outcome, now)
    return object({
      ...head,
      status: outcome.status,
      ...parts,
      reason: outcome.reason,
      ...(Object.keys(outcome.detail).length === 0
        ? {}
        : Array.isArray(outcome.detail['foreach'])
          ? outcome.detail
          : { [action.type]: outcome.detail }),
    })
  }

  private act(spec: ActionSpec, payload: ValueObject, suffix: string): Promise<ActionOutcome> {
    const simulate = this.isSimulated(spec.id)
    const messageId = messageIdOf(this.execution.id, `${spec.id}${suffix}`)
    return spec.action.run({ execution: this.execution, payload, messageId, simulate })
  }

  /** The action once for each element of a list; an element that is no object is the payload's `_value`. */
  private async actForEach(spec: ActionSpec, payload: ValueObject): Promise<ActionOutcome> {
    const { path, maxIterations } = spec.foreach!
    const list = valueAt(contextOf(this.execution, payload), path)
    if (!Array.isArray(list))
      return { status: 'failure', reason: `'foreach': there is no list at '${path}'`, detail: newObject() }
    const outcomes: ActionOutcome[] = []
    for (const [i, element] of list.slice(0, maxIterations).entries()) {
      const inner: ValueObject = isObject(element) ? element : object({ _value: element })
      try {
        // The first has the action's own id: by it a crash in between is recognised.
        outcomes.push(await this.act(spec, inner, i === 0 ? '' : `_${i}`))
      } catch (error) {
        outcomes.push({ status: 'failure', reason: reasonOf(error), detail: newObject() })
      }
    }
    const failed = outcomes.filter(({ status }) => status === 'failure')
    const skipped = list.length - outcomes.length
    const detail = object({
      foreach: outcomes.map(({ status, reason, detail: inner }) =>
        object({ type: spec.action.type, status, reason, [spec.action.type]: inner }),
      ),
      max_iterations: maxIterations,
      number_of_actions_executed: outcomes.length,
    })
    const reasons = [
      ...(failed.length === 0 ? [] : [failed[0]!.reason ?? '']),
      ...(skipped === 0 ? [] : [`${skipped} more elements than max_iterations [${maxIterations}] were left out`]),
    ]
    const reason = reasons.length === 0 ? {} : { reason: reasons.join('; ') }
    if (outcomes.length > 0 && failed.length === outcomes.length) return { status: 'failure', ...reason, detail }
    if (failed.length > 0 || skipped > 0) return { status: 'partial_failure', ...reason, detail }
    return { status: outcomes[0]?.status === 'simulated' ? 'simulated' : 'success', ...reason, detail }
  }

  private fail(what: string, error: unknown): false {
    this.state = 'failed'
    this.messages.push(what, reasonOf(error))
    this.exception = errorValue(error)
    return false
  }
}

export function reasonOf(error: unknown): string {
  if (error instanceof DiagnosticError) return error.diagnostics.map((problem) => formatDiagnostic(problem)).join('; ')
  return error instanceof Error ? error.message : String(error)
}

function errorValue(error: unknown): ValueObject {
  const failure = scriptFailure(error)
  if (failure !== undefined) return toValue({ root_cause: [failure], ...failure }) as ValueObject
  const cause: Value = error instanceof DiagnosticError ? error.http.type : 'exception'
  const reason = reasonOf(error)
  return object({ root_cause: [object({ type: cause, reason })], type: cause, reason })
}
