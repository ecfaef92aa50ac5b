/** Policies of OpenSearch's index state management (ISM), checked: what is not run is refused by name. */
import { isObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { parseDuration, wildcardMatch } from '../dsl/index.ts'
import { parseBytes } from '../rollover.ts'
import { only } from './policy.ts'

export interface StatePolicy {
  readonly defaultState: string
  readonly states: ReadonlyMap<string, State>
  readonly templates: readonly { readonly patterns: readonly string[]; readonly priority: number }[]
}

export interface State {
  readonly name: string
  readonly actions: readonly StateAction[]
  readonly transitions: readonly { readonly to: string; readonly conditions: ValueObject }[]
}

export interface StateAction {
  readonly kind: (typeof ISM_ACTIONS)[number]
  readonly options: ValueObject
  /** How often it is tried again after a failure, and after how many milliseconds. */
  readonly retry: { readonly count: number; readonly backoff: Backoff; readonly delay: number }
}

const BACKOFFS = ['exponential', 'constant', 'linear'] as const
type Backoff = (typeof BACKOFFS)[number]

export const ISM_ACTIONS = [
  'rollover',
  'delete',
  'read_only',
  'read_write',
  'force_merge',
  'open',
  'close',
  'index_priority',
  'replica_count',
] as const

const OPTIONS: Readonly<Record<(typeof ISM_ACTIONS)[number], readonly string[]>> = {
  rollover: ['min_index_age', 'min_doc_count', 'min_size', 'min_primary_shard_size', 'copy_alias'],
  delete: [],
  read_only: [],
  read_write: [],
  force_merge: ['max_num_segments', 'wait_for_completion'],
  open: [],
  close: [],
  index_priority: ['priority'],
  replica_count: ['number_of_replicas'],
}

export const ISM_REFUSED = [
  'alias',
  'allocation',
  'convert_index_to_remote',
  'notification',
  'rollup',
  'shrink',
  'snapshot',
  'transform',
  'stop_replication',
]
export const ISM_CONDITIONS = ['min_index_age', 'min_doc_count', 'min_size', 'min_rollover_age']
const POLICY_KEYS = [
  'policy_id',
  'description',
  'last_updated_time',
  'schema_version',
  'error_notification',
  'default_state',
  'states',
  'ism_template',
]

/** @throws illegal_argument_exception or x_content_parse_exception naming what is wrong */
export function readStatePolicy(policy: Value | undefined): StatePolicy {
  if (!isObject(policy)) throw fail('search.argument', { reason: 'Expected object in [policy]' })
  only('policy', policy, POLICY_KEYS)
  if (isObject(policy['error_notification']))
    throw fail('lifecycle.unsupported', {
      what: '[error_notification]',
      instead: 'failures are in the log and in explain',
    })
  const { states: list, default_state: first } = policy
  if (!Array.isArray(list) || list.length === 0)
    throw fail('search.argument', { reason: 'Policy must contain at least one State' })
  const states = new Map(list.map((state) => readState(state)).map((state) => [state.name, state]))
  if (typeof first !== 'string' || !states.has(first))
    throw fail('search.argument', { reason: `Policy must have a valid default state, got [${String(first)}]` })
  for (const { name, transitions } of states.values())
    for (const { to } of transitions)
      if (!states.has(to))
        throw fail('search.argument', {
          reason: `Policy contains a transition in state=${name} pointing to nonexistent state=${to}`,
        })
  return { defaultState: first, states, templates: readTemplates(policy['ism_template']) }
}

function readTemplates(value: Value | undefined): StatePolicy['templates'] {
  if (value === undefined || value === null) return []
  return (Array.isArray(value) ? value : [value]).map((template) => {
    if (!isObject(template)) throw fail('search.argument', { reason: '[ism_template] must be an object' })
    only('ism_template', template, ['index_patterns', 'priority', 'last_updated_time'])
    const patterns = [template['index_patterns'] ?? []].flat().map(String)
    if (patterns.length === 0) throw fail('search.argument', { reason: '[ism_template] needs [index_patterns]' })
    return { patterns, priority: Number(template['priority'] ?? 0) }
  })
}

function readState(state: Value): State {
  if (!isObject(state)) throw fail('search.argument', { reason: 'a state must be an object' })
  only('state', state, ['name', 'actions', 'transitions'])
  const { name, actions = [], transitions = [] } = state
  if (typeof name !== 'string' || name === '')
    throw fail('search.argument', { reason: 'State must contain a valid name' })
  if (!Array.isArray(actions) || !Array.isArray(transitions))
    throw fail('search.argument', { reason: `[actions] and [transitions] of state [${name}] must be lists` })
  return {
    name,
    actions: actions.map(readAction),
    transitions: transitions.map((transition) => {
      if (!isObject(transition)) throw fail('search.argument', { reason: 'a transition must be an object' })
      only('transition', transition, ['state_name', 'conditions'])
      const conditions = transition['conditions'] ?? ({} as ValueObject)
      if (!isObject(conditions)) throw fail('search.argument', { reason: '[conditions] must be an object' })
      if (conditions['cron'] !== undefined)
        throw fail('lifecycle.unsupported', { what: 'condition [cron]', instead: `use ${ISM_CONDITIONS.join(', ')}` })
      only('conditions', conditions, ISM_CONDITIONS)
      checkLimits(conditions)
      return { to: String(transition['state_name']), conditions }
    }),
  }
}

function readAction(action: Value): StateAction {
  if (!isObject(action)) throw fail('search.argument', { reason: 'an action must be an object' })
  const { retry, timeout, ...rest } = action
  const [kind = '', ...others] = Object.keys(rest)
  if (others.length > 0)
    throw fail('search.argument', { reason: `an action must name one kind, got [${[kind, ...others].join(', ')}]` })
  if (timeout !== undefined)
    throw fail('lifecycle.unsupported', { what: '[timeout] of an action', instead: 'actions are done at once' })
  if (ISM_REFUSED.includes(kind))
    throw fail('lifecycle.unsupported', {
      what: `action [${kind}]`,
      instead: `the actions here are ${ISM_ACTIONS.join(', ')}`,
    })
  const known = ISM_ACTIONS.find((each) => each === kind)
  const options = action[kind]
  if (known === undefined || !isObject(options))
    throw fail('search.argument', { reason: `Invalid field: [${kind}] found in Action.` })
  only(kind, options, OPTIONS[known])
  checkLimits(options)
  if (options['copy_alias'] === true)
    throw fail('lifecycle.unsupported', { what: '[copy_alias]', instead: 'give the alias in the index template' })
  return { kind: known, options, retry: readRetry(retry) }
}

function readRetry(retry: Value | undefined): StateAction['retry'] {
  if (retry === undefined) return { count: 3, backoff: 'exponential', delay: 60_000 }
  if (!isObject(retry)) throw fail('search.argument', { reason: '[retry] must be an object' })
  only('retry', retry, ['count', 'backoff', 'delay'])
  const count = Number(retry['count'])
  if (!Number.isInteger(count) || count < 0)
    throw fail('search.argument', { reason: '[retry] count must be a whole number' })
  const backoff = BACKOFFS.find((known) => known === String(retry['backoff'] ?? 'exponential').toLowerCase())
  if (backoff === undefined)
    throw fail('search.argument', { reason: `[retry] backoff must be one of ${BACKOFFS.join(', ')}` })
  const delay = parseDuration(String(retry['delay'] ?? '1m'))
  if (delay === undefined)
    throw fail('search.argument', { reason: `[retry] delay must be a time value, got [${String(retry['delay'])}]` })
  return { count, backoff, delay }
}

function checkLimits(limits: ValueObject): void {
  for (const [name, value] of Object.entries(limits)) {
    if (name.endsWith('_age') && parseDuration(String(value)) === undefined)
      throw fail('search.argument', {
        reason: `failed to parse setting [${name}] with value [${String(value)}] as a time value`,
      })
    if (name.endsWith('_size')) parseBytes(name, String(value))
    if (name.endsWith('_count') && !(Number.isInteger(Number(value)) && Number(value) > 0))
      throw fail('search.argument', { reason: `[${name}] must be a positive integer, got [${String(value)}]` })
  }
}

/** The policy whose template of highest priority means an index that is made. */
export function policyFor(index: string, policies: ReadonlyMap<string, StatePolicy>): string | undefined {
  let best: { id: string; priority: number } | undefined
  for (const [id, { templates }] of policies)
    for (const { patterns, priority } of templates)
      if (patterns.some((pattern) => wildcardMatch(pattern, index)) && (best === undefined || priority > best.priority))
        best = { id, priority }
  return best?.id
}
