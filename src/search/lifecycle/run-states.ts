import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'
import { parseDuration } from '../dsl/index.ts'
import { parseBytes, rollOver } from '../rollover.ts'
import type { Lifecycle, LifecycleState, Managed } from './lifecycle.ts'
import { policyFor, readStatePolicy, type StateAction, type StatePolicy } from './state-policy.ts'

/** Carries out the ISM policies of the indices that have one. */
export async function runStates(lifecycle: Lifecycle, managed: readonly Managed[]): Promise<void> {
  const bodies = await lifecycle.store.getResources('state_policy')
  const policies = new Map<string, StatePolicy>()
  for (const [id, body] of Object.entries(bodies)) if (isObject(body)) policies.set(id, readStatePolicy(body['policy']))
  for (const index of managed) {
    const id = index.state?.policy ?? givenPolicy(index) ?? ofNewIndex(index, policies, bodies)
    if (id === undefined) continue
    await lifecycle.attempt(index, async (state) => {
      state.policy = id
      const policy = policies.get(id)
      if (policy === undefined) throw fail('rest.parameter_invalid', { reason: `Fail to load policy: ${id}` })
      return walk(lifecycle, index, policy, state)
    })
  }
}

/** `plugins.index_state_management.policy_id` of an index's settings. */
function givenPolicy({ settings }: Managed): string | undefined {
  const own = managementOf(settings)['policy_id']
  return own === undefined || own === null ? undefined : String(own)
}

function managementOf(settings: ValueObject): ValueObject {
  const plugins = settings['plugins']
  const own = isObject(plugins) ? plugins['index_state_management'] : undefined
  return isObject(own) ? own : newObject()
}

/** An index that was made after a policy whose template means it. */
function ofNewIndex(
  { summary, state }: Managed,
  policies: ReadonlyMap<string, StatePolicy>,
  bodies: ValueObject,
): string | undefined {
  if (state !== undefined) return undefined
  const id = policyFor(summary.name, policies)
  const body = id === undefined ? undefined : bodies[id]
  return isObject(body) && summary.createdMillis >= Number(body['updated']) ? id : undefined
}

async function walk(
  lifecycle: Lifecycle,
  index: Managed,
  policy: StatePolicy,
  state: LifecycleState,
): Promise<LifecycleState | 'rests' | undefined> {
  const enter = (name: string): void => {
    state.phase = name
    state.phaseMillis = Math.floor(lifecycle.clock.now())
    state.done = 0
  }
  if (!policy.states.has(state.phase)) enter(policy.defaultState)
  // As many states as there are may be gone through at once: a circle waits for the next look.
  for (let turn = 0; turn <= policy.states.size; turn++) {
    const { actions, transitions } = policy.states.get(state.phase)!
    while (state.done < actions.length) {
      const action = actions[state.done]!
      if (state.failures > 0 && rests(action, state, lifecycle.clock.now())) return 'rests'
      const outcome = await act(lifecycle, index, action, state)
      if (outcome === 'gone') return undefined
      if (outcome === 'waits') return state
      state.done++
    }
    const next = transitions.find(({ conditions }) => holds(lifecycle, index, conditions, state))
    if (next === undefined) return state
    enter(next.to)
  }
  return state
}

/** After a failure: whether it is too early to try again, or was tried often enough. */
function rests({ retry }: StateAction, { failures, failedMillis = 0 }: LifecycleState, now: number): boolean {
  if (failures > retry.count) return true
  const factor = retry.backoff === 'exponential' ? 2 ** (failures - 1) : retry.backoff === 'linear' ? failures : 1
  return now - failedMillis < retry.delay * factor
}

function holds(lifecycle: Lifecycle, { summary }: Managed, conditions: ValueObject, state: LifecycleState): boolean {
  const now = lifecycle.clock.now()
  const age = (value: Value): number => parseDuration(String(value)) ?? Number.POSITIVE_INFINITY
  return Object.entries(conditions).every(([name, value]) => {
    switch (name) {
      case 'min_index_age':
        return now - summary.createdMillis >= age(value)
      case 'min_rollover_age':
        return state.rolledOverMillis !== undefined && now - state.rolledOverMillis >= age(value)
      case 'min_doc_count':
        return summary.documents >= Number(value)
      default:
        return summary.bytes >= parseBytes(name, String(value))
    }
  })
}

async function act(
  lifecycle: Lifecycle,
  index: Managed,
  { kind, options }: StateAction,
  state: LifecycleState,
): Promise<'done' | 'waits' | 'gone'> {
  const { store } = lifecycle
  const { name } = index.summary
  const selection = { expressions: [name], expandWildcards: ['all'] as const }
  switch (kind) {
    case 'rollover':
      return rollOverState(lifecycle, index, options, state)
    case 'delete':
      await lifecycle.remove(name)
      return 'gone'
    case 'read_only':
    case 'read_write':
      await lifecycle.set(name, { 'index.blocks.write': kind === 'read_only' })
      return 'done'
    case 'force_merge':
      await store.maintenance!.forceMerge({ expressions: [name] }, { onlyExpungeDeletes: false })
      return 'done'
    case 'open':
    case 'close':
      await store.setOpen(selection, kind === 'open')
      return 'done'
    case 'index_priority':
      await lifecycle.set(name, { 'index.priority': options['priority'] ?? null })
      return 'done'
    case 'replica_count':
      await lifecycle.set(name, { 'index.number_of_replicas': options['number_of_replicas'] ?? 0 })
      return 'done'
  }
}

/** ISM's conditions by ILM's names; all that is given is a reason to roll over. */
const CONDITIONS: Readonly<Record<string, string>> = {
  min_index_age: 'max_age',
  min_doc_count: 'max_docs',
  min_size: 'max_size',
  min_primary_shard_size: 'max_primary_shard_size',
}

async function rollOverState(
  lifecycle: Lifecycle,
  { summary, settings, aliases }: Managed,
  options: ValueObject,
  state: LifecycleState,
): Promise<'done' | 'waits'> {
  const { name } = summary
  const stream = (await lifecycle.store.dataStreams?.list())?.find(({ indices }) =>
    indices.some((one) => one.name === name),
  )
  if (stream !== undefined && stream.indices.at(-1)!.name !== name) return 'done'
  const alias = managementOf(settings)['rollover_alias']
  const target = stream?.name ?? (alias === undefined || alias === null ? undefined : String(alias))
  if (target === undefined)
    throw fail('rest.parameter_invalid', {
      reason: `Missing rollover_alias index setting [index=${name}]`,
    })
  if (stream === undefined && isObject(aliases[target]) && aliases[target]['is_write_index'] === false) return 'done'
  const conditions = newObject()
  for (const [key, value] of Object.entries(options))
    if (CONDITIONS[key] !== undefined) conditions[CONDITIONS[key]] = value
  const request = { target, conditions, creation: newObject(), dryRun: false }
  const { rolledOver } = await rollOver(lifecycle.store, request, lifecycle.clock.now())
  if (!rolledOver) return 'waits'
  state.rolledOverMillis = Math.floor(lifecycle.clock.now())
  return 'done'
}
