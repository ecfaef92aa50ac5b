import { fail } from '../diagnostic/index.ts'
import { isObject, newObject, type Value, type ValueObject } from '../event/index.ts'
import { formatTime } from '../search/index.ts'
import { entitiesAt } from './entities.ts'
import { errorValue, reasonOf } from './failure.ts'
import { contextOf, type ActionOutcome, type ActionSpec, type Execution, type TransformOutcome } from './model.ts'
import { valueAt } from './object-path.ts'
import { object, type Throttling, type WatchStatus } from './status.ts'

export type ActionMode = 'execute' | 'simulate' | 'force_execute' | 'force_simulate' | 'skip'

/** The id that the mail or webhook of an action has in one run. */
export function messageIdOf(executionId: string, actionId: string): string {
  const action = actionId.replace(/[^\w.-]/gu, (sign) => `=${sign.codePointAt(0)!.toString(16)}`)
  return `${executionId.replace(/[^\w.-]/g, '_')}_${action}@vedetta`
}

/** Of the elements of a `foreach`, the first has the action's own id: by it a crash in between is recognised. */
export function elementId(actionId: string, index: number): string {
  return index === 0 ? actionId : `${actionId}_${index}`
}

/** What an action is about to do, known before anything leaves. */
export interface PlannedAction {
  readonly spec: ActionSpec
  readonly mode: ActionMode
  readonly throttling: Throttling | undefined
  /** With `throttle.by`: the entities it is about, and those of which nothing was told lately. */
  readonly entities: readonly string[]
  readonly fresh: readonly string[]
  /** With `foreach` too: the entity of each element, empty where it has none. */
  readonly elements: readonly string[]
}

export function sends({ spec, mode, throttling }: PlannedAction): boolean {
  return throttling === undefined && spec.action.notifies && (mode === 'execute' || mode === 'force_execute')
}

/** Decides by throttling and acknowledgement whether an action runs. */
export function planAction(
  spec: ActionSpec,
  mode: ActionMode,
  periodMillis: number,
  status: WatchStatus,
  execution: Execution,
  payload: ValueObject,
): PlannedAction {
  const now = execution.executionTime
  const { throttleBy, foreach } = spec
  if (throttleBy === undefined) {
    const throttling = mode.startsWith('force_') ? undefined : status.throttling(spec.id, periodMillis, now)
    return { spec, mode, throttling, entities: [], fresh: [], elements: [] }
  }
  const context = contextOf(execution, payload)
  const root = foreach === undefined ? context : valueAt(context, foreach.path)
  const entities = [...new Set(entitiesAt(root, throttleBy.path))]
  const elements =
    foreach === undefined || !Array.isArray(root)
      ? []
      : root.slice(0, foreach.maxIterations).map((element) => entitiesAt(element, throttleBy.path)[0] ?? '')
  if (mode.startsWith('force_')) return { spec, mode, throttling: undefined, entities, fresh: entities, elements }
  const fresh = status.freshEntities(spec.id, entities, throttleBy.periodMillis, now)
  const acknowledged = status.throttling(spec.id, 0, now)
  const told: Throttling | undefined =
    entities.length > 0 && fresh.length === 0
      ? {
          kind: 'throttled',
          reason: `throttling interval is set to [${formatTime(throttleBy.periodMillis)}] for each [${throttleBy.path}], and all [${entities.length}] were told of within it`,
        }
      : undefined
  return { spec, mode, throttling: acknowledged ?? told, entities, fresh, elements }
}

/** Runs one action as planned and brings its status up to date. @returns its part of the record */
export async function runAction(
  planned: PlannedAction,
  status: WatchStatus,
  execution: Execution,
  watchPayload: ValueObject,
): Promise<ValueObject> {
  const { spec, mode, throttling } = planned
  const { id, action } = spec
  const now = execution.executionTime
  const head = { id, type: action.type }
  if (mode === 'skip') return object({ ...head, status: 'simulated', reason: 'the action was skipped by its mode' })
  if (throttling !== undefined) {
    status.throttled(id, throttling, now)
    return object({ ...head, status: throttling.kind, reason: throttling.reason })
  }
  const parts = newObject()
  if (spec.condition !== undefined) {
    try {
      const { met, detail } = spec.condition.check(execution, watchPayload)
      const { type } = spec.condition
      parts['condition'] = object({ type, status: 'success', met, [type]: detail })
      if (!met) {
        status.resetAcknowledgement(id, now)
        return object({ ...head, status: 'condition_failed', ...parts, reason: 'condition not met. skipping' })
      }
    } catch (error) {
      return object({ ...head, status: 'condition_failed', reason: `condition failed. skipping: ${reasonOf(error)}` })
    }
  }
  let outcome: ActionOutcome
  try {
    const transformed = await transform(spec, execution, watchPayload, parts)
    const work = new ActionWork(planned, execution, watchPayload, status)
    outcome =
      transformed === undefined
        ? { status: 'failure', reason: 'Failed to transform payload', detail: newObject() }
        : await work.run(transformed)
  } catch (error) {
    outcome = { status: 'failure', reason: reasonOf(error), detail: newObject() }
    parts['error'] = errorValue(error)
  }
  status.ran(id, outcome, now)
  return object({
    ...head,
    status: outcome.status,
    ...parts,
    reason: outcome.reason,
    ...detailOf(action.type, outcome),
  })
}

/** Undefined where it failed, which the record then says. */
async function transform(
  spec: ActionSpec,
  execution: Execution,
  payload: ValueObject,
  parts: ValueObject,
): Promise<ValueObject | undefined> {
  if (spec.transform === undefined) return payload
  const { type } = spec.transform
  let made: TransformOutcome
  try {
    made = await spec.transform.apply(execution, payload)
  } catch (error) {
    parts['transform'] = object({ type, status: 'failure', reason: reasonOf(error), error: errorValue(error) })
    return undefined
  }
  parts['transform'] = object({ type, status: 'success', payload: made.payload, [type]: made.detail })
  return made.payload
}

function detailOf(type: string, { detail }: ActionOutcome): ValueObject {
  if (Object.keys(detail).length === 0) return newObject()
  return Array.isArray(detail['foreach']) ? detail : object({ [type]: detail })
}

class ActionWork {
  private readonly planned: PlannedAction
  private readonly execution: Execution
  private readonly watchPayload: ValueObject
  private readonly status: WatchStatus

  constructor(planned: PlannedAction, execution: Execution, watchPayload: ValueObject, status: WatchStatus) {
    this.planned = planned
    this.execution = execution
    this.watchPayload = watchPayload
    this.status = status
  }

  async run(payload: ValueObject): Promise<ActionOutcome> {
    const { spec, entities, fresh } = this.planned
    if (spec.foreach !== undefined) return this.forEach(payload)
    const execution: Execution = spec.throttleBy === undefined ? this.execution : { ...this.execution, entities, fresh }
    const outcome = await this.act(payload, spec.id, execution)
    this.tell(entities, outcome)
    return outcome
  }

  private act(payload: ValueObject, id: string, execution = this.execution): Promise<ActionOutcome> {
    const { spec, mode } = this.planned
    if (execution.mayAct?.() === false)
      return Promise.reject(fail('watch.run', { reason: 'another process runs the watches now' }))
    const messageId = messageIdOf(this.execution.id, id)
    return spec.action.run({
      execution,
      payload,
      messageId,
      simulate: mode === 'simulate' || mode === 'force_simulate',
    })
  }

  private tell(entities: readonly string[], { status }: Pick<ActionOutcome, 'status'>): void {
    const { spec } = this.planned
    if (spec.throttleBy === undefined || (status !== 'success' && status !== 'partial_failure')) return
    this.status.tellEntities(spec.id, entities, spec.throttleBy.periodMillis, this.execution.executionTime)
  }

  /** The action once for each element of a list; an element that is no object is the payload's `_value`. */
  private async forEach(payload: ValueObject): Promise<ActionOutcome> {
    const { spec, fresh } = this.planned
    const { path, maxIterations } = spec.foreach!
    // As in Watcher the path is of the watch's payload; one that only the action's transform makes serves as well.
    const list =
      valueAt(contextOf(this.execution, this.watchPayload), path) ?? valueAt(contextOf(this.execution, payload), path)
    const problem = listProblem(list, path)
    if (problem !== undefined) return { status: 'failure', reason: problem, detail: newObject() }
    const told = new Set(fresh)
    const outcomes: (Omit<ActionOutcome, 'status'> & { status: ActionOutcome['status'] | 'throttled' })[] = []
    const elements = (list as Value[]).slice(0, maxIterations)
    for (const [i, element] of elements.entries()) {
      const entities = spec.throttleBy === undefined ? [] : entitiesAt(element, spec.throttleBy.path)
      if (entities.length > 0 && !entities.some((entity) => told.has(entity))) {
        outcomes.push({
          status: 'throttled',
          reason: `[${entities.join(', ')}] was told of lately`,
          detail: newObject(),
        })
        continue
      }
      // A list may name an entity twice.
      for (const entity of entities) told.delete(entity)
      const inner: ValueObject = isObject(element) ? element : object({ _value: element })
      try {
        const outcome = await this.act(inner, elementId(spec.id, i))
        this.tell(entities, outcome)
        outcomes.push(outcome)
      } catch (error) {
        outcomes.push({ status: 'failure', reason: reasonOf(error), detail: newObject() })
      }
    }
    return summary(spec, outcomes, (list as Value[]).length)
  }
}

function listProblem(list: Value | undefined, path: string): string | undefined {
  if (list === undefined || list === null) return `specified foreach object was null: [${path}]`
  if (!Array.isArray(list)) return `specified foreach object was not a an array/collection: [${path}]`
  return list.length === 0 ? `foreach object [${path}] was an empty list, could not run any action` : undefined
}

function summary(
  spec: ActionSpec,
  outcomes: readonly { status: ActionOutcome['status'] | 'throttled'; reason?: string; detail: ValueObject }[],
  length: number,
): ActionOutcome {
  const { maxIterations } = spec.foreach!
  const detail = object({
    number_of_actions_executed: outcomes.filter(({ status }) => status !== 'throttled').length,
    foreach: outcomes.map(({ status, reason, detail: inner }) =>
      object({ type: spec.action.type, status, reason, [spec.action.type]: inner }),
    ),
    max_iterations: maxIterations,
  })
  const failed = outcomes.find(({ status }) => status === 'failure')
  const skipped = length - outcomes.length
  const reasons = [
    ...(failed === undefined ? [] : [failed.reason ?? '']),
    ...(skipped === 0 ? [] : [`${skipped} more elements than max_iterations [${maxIterations}] were left out`]),
  ]
  const reason = reasons.length === 0 ? {} : { reason: reasons.join('; ') }
  const acted = new Set(outcomes.map(({ status }) => status).filter((status) => status !== 'throttled'))
  const [only] = acted
  return { status: acted.size === 1 ? only! : acted.size === 0 ? 'success' : 'partial_failure', ...reason, detail }
}
