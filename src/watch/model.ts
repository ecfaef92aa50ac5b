import type { Clock } from '../clock/index.ts'
import type { Logger } from '../diagnostic/index.ts'
import { toValue, type Timestamp, type Value, type ValueObject } from '../event/index.ts'
import type { Notifier } from '../notify/index.ts'
import type { CompiledScript, ScriptSource } from '../script/index.ts'
import type { Store } from '../search/index.ts'
import type { Problems, Spec } from './spec.ts'
import type { StoredScript } from './stored-script.ts'

/** Compiles the scripts of watches. */
export interface ScriptCompiler {
  /** @throws DiagnosticError where the script does not parse or uses what it may not. */
  compile(source: ScriptSource, use: 'condition' | 'transform'): CompiledScript
}

/** What reading a watch needs beside its text. */
export interface Reading {
  readonly problems: Problems
  readonly scripts: ScriptCompiler
}

/** What running a watch needs. */
export interface Services {
  readonly store: Store
  readonly notifier: Notifier
  readonly clock: Clock
  readonly logger: Logger
}

/** One run of a watch. Everything a script or template may see of it is under `ctx`. */
export interface Execution {
  /** `WATCH_UUID-TIME`, the id of its record. */
  readonly id: string
  readonly watchId: string
  readonly executionTime: Timestamp
  readonly trigger: { readonly triggered: Timestamp; readonly scheduled: Timestamp }
  readonly metadata: ValueObject
  /** Shared by the scripts of one run. */
  readonly vars: ValueObject
  readonly services: Services
  /** Inside a chain input: the payloads of the inputs before. */
  readonly chained?: ValueObject
  /** Further variables of templates, beside `ctx`: the element that a list is rendered for. */
  readonly variables?: ValueObject
  /** With `throttle.by`: whom the action is about, and of whom nothing was told lately. */
  readonly entities?: readonly string[]
  readonly fresh?: readonly string[]
  /** True where the run is made up for another time: `now` in searches is the execution time. */
  readonly past?: boolean
  /** False once another process has taken over: then nothing may be done any more. */
  readonly mayAct?: (() => boolean) | undefined
}

/** One kind of input, condition, transform or action: its name, its line in the reference, and how it is read. */
export interface PartKind<P> {
  readonly name: string
  readonly summary: string
  /** Reads the value below the name; problems are reported there, and then the answer is undefined. */
  read(spec: Spec, reading: Reading): P | undefined
}

/** Each documented kind is there, or refused with the sentence that says what to do instead. */
export type Registry<P> = Readonly<Record<string, PartKind<P> | { readonly refused: string }>>

export interface InputOutcome {
  readonly payload: ValueObject
  /** What the history says about it, beside type, status and payload. */
  readonly detail?: ValueObject
}

export interface Input {
  readonly type: string
  run(execution: Execution): Promise<InputOutcome>
}

export interface ConditionOutcome {
  readonly met: boolean
  readonly detail?: ValueObject
}

export interface Condition {
  readonly type: string
  check(execution: Execution, payload: ValueObject): ConditionOutcome
}

export interface TransformOutcome {
  readonly payload: ValueObject
  /** What the history says about it, beside type, status and payload. */
  readonly detail?: ValueObject
}

export interface Transform {
  readonly type: string
  apply(execution: Execution, payload: ValueObject): Promise<TransformOutcome>
}

export type ActionStatus =
  | 'success'
  | 'failure'
  | 'partial_failure'
  | 'throttled'
  | 'acknowledged'
  | 'condition_failed'
  | 'simulated'

export interface ActionOutcome {
  readonly status: 'success' | 'failure' | 'partial_failure' | 'simulated'
  readonly reason?: string
  /** Stands under the action's type in the history. */
  readonly detail: ValueObject
}

export interface ActionRun {
  readonly execution: Execution
  readonly payload: ValueObject
  /** Stable for this action in this run: the id of the mail or the key of the webhook. */
  readonly messageId: string
  /** Renders everything and sends nothing. */
  readonly simulate: boolean
}

export interface Action {
  readonly type: string
  /** True where it tells someone through the notifier, so that a repeat after a crash must be recognised. */
  readonly notifies: boolean
  run(run: ActionRun): Promise<ActionOutcome>
}

export interface ActionSpec {
  readonly id: string
  readonly action: Action
  readonly condition?: Condition
  readonly transform?: Transform
  readonly throttleMillis?: number
  /** Throttling by entity instead: the values at the path, of an element with `foreach`, else of `ctx`. */
  readonly throttleBy?: { readonly path: string; readonly periodMillis: number }
  /** Whether it tells that the condition is met, or that it is not any more. */
  readonly when: 'met' | 'resolved'
  readonly foreach?: { readonly path: string; readonly maxIterations: number }
}

export interface Schedule {
  readonly type: string
  /** The first moment after `after`, in milliseconds; `anchor` is when the watch was made active. */
  next(after: number, anchor: number): number
}

export interface Watch {
  readonly id: string
  readonly schedules: readonly Schedule[]
  readonly input: Input
  readonly condition: Condition
  readonly transform?: Transform
  readonly throttleMillis?: number
  readonly actions: readonly ActionSpec[]
  /** Scripts and templates that it names by id. */
  readonly stored: readonly StoredScript<unknown>[]
  readonly metadata: ValueObject
  /** The definition as it was given, without a status. */
  readonly source: ValueObject
  /** The same with its secrets hidden. */
  readonly shown: ValueObject
}

export function defineInput(kind: PartKind<Input>): PartKind<Input> {
  return kind
}

export function defineCondition(kind: PartKind<Condition>): PartKind<Condition> {
  return kind
}

export function defineTransform(kind: PartKind<Transform>): PartKind<Transform> {
  return kind
}

export function defineAction(kind: PartKind<Action>): PartKind<Action> {
  return kind
}

export function defineSchedule(kind: PartKind<Schedule>): PartKind<Schedule> {
  return kind
}

/** The variables of a script or template. */
export function contextOf(execution: Execution, payload: ValueObject): { ctx: ValueObject } {
  const { watchId, id, executionTime, trigger, metadata, vars } = execution
  const ctx: Record<string, Value> = Object.assign(Object.create(null) as ValueObject, {
    watch_id: watchId,
    id,
    execution_time: executionTime,
    trigger: Object.assign(Object.create(null) as ValueObject, {
      triggered_time: trigger.triggered,
      scheduled_time: trigger.scheduled,
    }),
    metadata,
    vars,
    payload,
  })
  if (execution.entities !== undefined)
    ctx['entities'] = toValue({ all: [...execution.entities], new: [...(execution.fresh ?? [])] })
  return { ...execution.variables, ctx }
}
