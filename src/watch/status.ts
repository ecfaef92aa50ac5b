import { isObject, newObject, parseIsoTimestamp, Timestamp, type Value, type ValueObject } from '../event/index.ts'
import { formatTime } from '../search/index.ts'
import { ToldEntities } from './entities.ts'
import type { ActionOutcome, Watch } from './model.ts'

export type AckState = 'awaits_successful_execution' | 'ackable' | 'acked'

interface ActionState {
  readonly told: ToldEntities
  ack: { state: AckState; at: Timestamp }
  lastExecution?: { at: Timestamp; successful: boolean; reason?: string }
  lastSuccess?: Timestamp
  lastThrottle?: { at: Timestamp; reason: string }
}

export interface Throttling {
  readonly kind: 'throttled' | 'acknowledged'
  readonly reason: string
}

/** What a watch remembers between its runs; it is kept in `.watches` beside the definition. */
export class WatchStatus {
  active = true
  activeSince: Timestamp
  lastChecked: Timestamp | undefined
  lastMet: Timestamp | undefined
  executionState: string | undefined
  /** Its actions render everything and send nothing. */
  simulated = false
  /** The condition was met when it was last looked at. */
  private met = false
  private readonly actions = new Map<string, ActionState>()

  constructor(watch: Watch, now: Timestamp) {
    this.activeSince = now
    for (const { id } of watch.actions)
      this.actions.set(id, { told: new ToldEntities(), ack: { state: 'awaits_successful_execution', at: now } })
  }

  /** The status that a document holds, for the actions that the watch has now. */
  static from(value: Value | undefined, watch: Watch, now: Timestamp): WatchStatus {
    const status = new WatchStatus(watch, now)
    if (!isObject(value)) return status
    const state = value['state']
    if (isObject(state)) {
      status.active = state['active'] !== false
      status.activeSince = timeOf(state['timestamp']) ?? now
      status.simulated = state['simulated'] === true
      status.met = state['met'] === true
    }
    status.lastChecked = timeOf(value['last_checked'])
    status.lastMet = timeOf(value['last_met_condition'])
    if (typeof value['execution_state'] === 'string') status.executionState = value['execution_state']
    const actions = value['actions']
    for (const [id, action] of status.actions) {
      const saved = isObject(actions) ? actions[id] : undefined
      if (isObject(saved)) restore(action, saved)
    }
    return status
  }

  get actionIds(): string[] {
    return [...this.actions.keys()]
  }

  ackState(id: string): AckState | undefined {
    return this.actions.get(id)?.ack.state
  }

  setActive(active: boolean, now: Timestamp): void {
    if (this.active === active) return
    this.active = active
    this.activeSince = now
  }

  /** Acknowledges actions that have told of something since the condition was last not met. */
  acknowledge(ids: readonly string[], now: Timestamp): boolean {
    let changed = false
    for (const id of ids) {
      const action = this.actions.get(id)
      if (action?.ack.state !== 'ackable') continue
      action.ack = { state: 'acked', at: now }
      changed = true
    }
    return changed
  }

  /** Takes over what was decided elsewhere: whether it is active or simulated, and what was acknowledged. */
  takeDecisions(other: WatchStatus): void {
    this.active = other.active
    this.activeSince = other.activeSince
    this.simulated = other.simulated
    for (const [id, action] of this.actions) {
      const ack = other.actions.get(id)?.ack
      if (ack?.state === 'acked' && action.ack.state === 'ackable') action.ack = ack
    }
  }

  /** @returns true where the condition was met until now and is not any more */
  checked(met: boolean, now: Timestamp): boolean {
    const ended = this.met && !met
    this.met = met
    this.lastChecked = now
    if (met) this.lastMet = now
    else for (const id of this.actions.keys()) this.resetAcknowledgement(id, now)
    return ended
  }

  resetAcknowledgement(id: string, now: Timestamp): void {
    const action = this.actions.get(id)
    if (action !== undefined && action.ack.state !== 'awaits_successful_execution')
      action.ack = { state: 'awaits_successful_execution', at: now }
  }

  /** Of entities, those of which the action told nothing for `periodMillis`. */
  freshEntities(id: string, entities: readonly string[], periodMillis: number, now: Timestamp): string[] {
    return this.actions.get(id)?.told.fresh(entities, periodMillis, now) ?? []
  }

  tellEntities(id: string, entities: readonly string[], periodMillis: number, now: Timestamp): void {
    const told = this.actions.get(id)?.told
    told?.forget(periodMillis, now)
    told?.tell(entities, now)
  }

  /** Why an action is not to run now; `periodMillis` counts from its last success. */
  throttling(id: string, periodMillis: number, now: Timestamp): Throttling | undefined {
    const action = this.actions.get(id)
    if (action === undefined) return undefined
    if (action.ack.state === 'acked')
      return { kind: 'acknowledged', reason: `action [${id}] was acked at [${action.ack.at.toString()}]` }
    if (action.lastSuccess === undefined) return undefined
    const elapsed = (now.micros - action.lastSuccess.micros) / 1000
    // A wall clock that was set back must not silence a watch for that long.
    if (elapsed < 0 || elapsed >= periodMillis) return undefined
    return {
      kind: 'throttled',
      reason: `throttling interval is set to [${formatTime(periodMillis)}] but time elapsed since last execution is [${formatTime(elapsed)}]`,
    }
  }

  throttled(id: string, { reason }: Throttling, now: Timestamp): void {
    const action = this.actions.get(id)
    if (action !== undefined) action.lastThrottle = { at: now, reason }
  }

  ran(id: string, outcome: Pick<ActionOutcome, 'status' | 'reason'>, now: Timestamp): void {
    const action = this.actions.get(id)
    if (action === undefined || outcome.status === 'simulated') return
    const successful = outcome.status === 'success' || outcome.status === 'partial_failure'
    action.lastExecution = {
      at: now,
      successful,
      ...(outcome.reason === undefined ? {} : { reason: outcome.reason }),
    }
    if (!successful) return
    action.lastSuccess = now
    if (action.ack.state === 'awaits_successful_execution') action.ack = { state: 'ackable', at: now }
  }

  /** As it is shown, or with `stored` as it is kept, with all that the next run goes by. */
  toValue({ stored = false } = {}): ValueObject {
    const actions = newObject()
    for (const [id, state] of this.actions) {
      const value = actionValue(state)
      const entities = stored ? state.told.toValue() : undefined
      if (entities !== undefined) value['entities'] = entities
      actions[id] = value
    }
    const simulated = this.simulated ? true : undefined
    const met = stored && this.met ? true : undefined
    return object({
      state: object({ active: this.active, timestamp: this.activeSince, simulated, met }),
      last_checked: this.lastChecked,
      last_met_condition: this.lastMet,
      actions,
      execution_state: this.executionState,
      version: -1,
    })
  }
}

function actionValue({ ack, lastExecution, lastSuccess, lastThrottle }: ActionState): ValueObject {
  return object({
    ack: object({ timestamp: ack.at, state: ack.state }),
    last_execution:
      lastExecution === undefined
        ? undefined
        : object({
            timestamp: lastExecution.at,
            successful: lastExecution.successful,
            reason: lastExecution.reason,
          }),
    last_successful_execution:
      lastSuccess === undefined ? undefined : object({ timestamp: lastSuccess, successful: true }),
    last_throttle:
      lastThrottle === undefined ? undefined : object({ timestamp: lastThrottle.at, reason: lastThrottle.reason }),
  })
}

function restore(action: ActionState, saved: ValueObject): void {
  const part = (name: string): ValueObject => (isObject(saved[name]) ? saved[name] : newObject())
  const ack = part('ack')
  const at = timeOf(ack['timestamp'])
  const state = (['awaits_successful_execution', 'ackable', 'acked'] as const).find((known) => known === ack['state'])
  if (at !== undefined && state !== undefined) action.ack = { state, at }
  const executed = timeOf(part('last_execution')['timestamp'])
  const reason = part('last_execution')['reason']
  if (executed !== undefined)
    action.lastExecution = {
      at: executed,
      successful: part('last_execution')['successful'] === true,
      ...(typeof reason === 'string' ? { reason } : {}),
    }
  const success = timeOf(part('last_successful_execution')['timestamp'])
  if (success !== undefined) action.lastSuccess = success
  const throttle = timeOf(part('last_throttle')['timestamp'])
  if (throttle !== undefined)
    action.lastThrottle = { at: throttle, reason: String(part('last_throttle')['reason'] ?? '') }
  action.told.restore(saved['entities'])
}

function timeOf(value: Value | undefined): Timestamp | undefined {
  if (value instanceof Timestamp) return value
  return typeof value === 'string' ? parseIsoTimestamp(value) : undefined
}

/** A null-prototype object without the members that are undefined. */
export function object(members: Readonly<Record<string, Value | undefined>>): ValueObject {
  const result = newObject()
  for (const [name, value] of Object.entries(members)) if (value !== undefined) result[name] = value
  return result
}
