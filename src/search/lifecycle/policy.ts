/** Policies of index lifecycle management (ILM), checked: what is not run is refused by name. */
import { isObject, type Value, type ValueObject } from '../../event/index.ts'
import { didYouMean, fail } from '../../diagnostic/index.ts'
import { parseDuration } from '../dsl/index.ts'
import { parseBytes } from '../rollover.ts'

export type PhaseName = 'hot' | 'warm' | 'cold' | 'delete'

export interface Phase {
  readonly name: PhaseName
  /** Milliseconds after the rollover, or where there is none after the index was made. */
  readonly minAge: number
  readonly actions: readonly Action[]
  /** As given, for explain. */
  readonly definition: ValueObject
}

export type Action =
  | { readonly kind: 'rollover'; readonly conditions: ValueObject }
  | { readonly kind: 'set_priority'; readonly priority: number | null }
  | { readonly kind: 'readonly' }
  | { readonly kind: 'forcemerge' }
  | { readonly kind: 'delete' }

const PHASES: readonly PhaseName[] = ['hot', 'warm', 'cold', 'delete']

/** In the order in which they are run, as Elasticsearch's. */
/** The actions of each phase. */
export const ILM_ACTIONS: Readonly<Record<PhaseName, readonly Action['kind'][]>> = {
  hot: ['set_priority', 'rollover', 'readonly', 'forcemerge'],
  warm: ['set_priority', 'readonly', 'forcemerge'],
  cold: ['set_priority', 'readonly'],
  delete: ['delete'],
}

/** Actions of Elasticsearch's that have no meaning here. */
export const ILM_REFUSED = [
  'allocate',
  'downsample',
  'freeze',
  'migrate',
  'searchable_snapshot',
  'shrink',
  'unfollow',
  'wait_for_snapshot',
]

/** @throws illegal_argument_exception or x_content_parse_exception naming phase and action */
export function readPolicy(policy: Value | undefined): Phase[] {
  if (!isObject(policy)) throw fail('search.content', { reason: '[policy] Required [policy]' })
  only('policy', policy, ['phases', '_meta', 'deprecated'])
  const { phases } = policy
  if (!isObject(phases)) throw fail('search.content', { reason: '[policy] Required [phases]' })
  for (const name of Object.keys(phases)) {
    if (name === 'frozen')
      throw fail('lifecycle.unsupported', { what: 'phase [frozen]', instead: 'an index is read where it lies' })
    if (!PHASES.some((known) => known === name))
      throw fail('search.argument', {
        reason: `lifecycle does not support phase [${name}], the supported phases are: [${PHASES.join(', ')}]`,
      })
  }
  const result = PHASES.flatMap((name) => {
    const phase = phases[name]
    return phase === undefined ? [] : [readPhase(name, phase)]
  })
  for (const [i, { name, minAge }] of result.entries())
    if (i > 0 && minAge < result[i - 1]!.minAge && name !== 'delete')
      throw fail('search.argument', {
        reason: `Your policy is configured to run the ${name} phase before the ${result[i - 1]!.name} phase: min_age of [${name}] must not be less`,
      })
  return result
}

function readPhase(name: PhaseName, phase: Value): Phase {
  if (!isObject(phase)) throw fail('search.content', { reason: `[phases] [${name}] must be an object` })
  only(name, phase, ['min_age', 'actions'])
  const text = phase['min_age'] ?? '0ms'
  const minAge = String(text) === '0' ? 0 : parseDuration(String(text))
  if (minAge === undefined || minAge < 0)
    throw fail('search.argument', {
      reason: `failed to parse setting [min_age] with value [${String(text)}] as a time value: unit is missing or unrecognized`,
    })
  const given = phase['actions'] ?? ({} as ValueObject)
  if (!isObject(given)) throw fail('search.content', { reason: `[${name}] [actions] must be an object` })
  for (const action of Object.keys(given)) {
    if (action === 'migrate' && isObject(given[action]) && given[action]['enabled'] === false) continue
    if (ILM_REFUSED.includes(action))
      throw fail('lifecycle.unsupported', {
        what: `action [${action}] in phase [${name}]`,
        instead: `the actions here are ${ILM_ACTIONS[name].join(', ')}`,
      })
    if (!ILM_ACTIONS[name].some((known) => known === action))
      throw fail('search.argument', { reason: `invalid action [${action}] defined in phase [${name}]` })
  }
  const actions = ILM_ACTIONS[name].flatMap((kind) => {
    const action = given[kind]
    return action === undefined ? [] : [readAction(kind, action)]
  })
  return { name, minAge, actions, definition: phase }
}

const ROLLOVER_KEYS = ['age', 'docs', 'size', 'primary_shard_size', 'primary_shard_docs'].flatMap((what) => [
  `max_${what}`,
  `min_${what}`,
])

function readAction(kind: Action['kind'], action: Value): Action {
  if (!isObject(action)) throw fail('search.content', { reason: `[${kind}] must be an object` })
  switch (kind) {
    case 'rollover':
      return { kind, conditions: readConditions(action) }
    case 'set_priority': {
      only(kind, action, ['priority'])
      const { priority } = action
      if (priority !== null && !(Number.isInteger(priority) && Number(priority) >= 0))
        throw fail('search.argument', { reason: '[priority] must be 0 or greater' })
      return { kind, priority: priority as number | null }
    }
    case 'readonly':
      only(kind, action, [])
      return { kind }
    case 'forcemerge': {
      only(kind, action, ['max_num_segments'])
      if (!(Number.isInteger(action['max_num_segments']) && Number(action['max_num_segments']) > 0))
        throw fail('search.argument', { reason: '[max_num_segments] must be a positive integer' })
      return { kind }
    }
    case 'delete':
      // There is no snapshot that it could keep.
      only(kind, action, ['delete_searchable_snapshot'])
      return { kind }
  }
}

function readConditions(action: ValueObject): ValueObject {
  only('rollover', action, ROLLOVER_KEYS)
  const names = Object.keys(action)
  if (!names.some((name) => name.startsWith('max_')))
    throw fail('search.argument', { reason: 'At least one max_* rollover condition must be set.' })
  for (const name of names) checkCondition(name, action[name]!)
  return action
}

function checkCondition(name: string, value: Value): void {
  if (name.endsWith('_docs')) {
    if (!(Number.isInteger(Number(value)) && Number(value) > 0))
      throw fail('search.argument', { reason: `[${name}] must be a positive integer, got [${String(value)}]` })
  } else if (name.endsWith('_size')) parseBytes(name, String(value))
  else if (parseDuration(String(value)) === undefined)
    throw fail('search.argument', {
      reason: `failed to parse setting [${name}] with value [${String(value)}] as a time value: unit is missing or unrecognized`,
    })
}

/** @throws x_content_parse_exception for a key that there is not */
export function only(where: string, body: ValueObject, keys: readonly string[]): void {
  for (const key of Object.keys(body)) {
    if (keys.includes(key)) continue
    const near = didYouMean(key, keys)
    throw fail('search.content', {
      reason: `[${where}] unknown field [${key}]${near === undefined ? '' : ` did you mean [${near}]?`}`,
    })
  }
}
