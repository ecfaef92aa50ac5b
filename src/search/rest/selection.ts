import { fail } from '../../diagnostic/index.ts'
import { isObject, type ValueObject } from '../../event/index.ts'
import type { IndexSelection } from '../store.ts'
import type { RestRequest } from './router.ts'

/** Parameters of every request that names indices. */
export const SELECTION_PARAMETERS = [
  'ignore_unavailable',
  'allow_no_indices',
  'expand_wildcards',
  'ignore_throttled',
] as const

const STATES = ['open', 'closed', 'hidden', 'none', 'all'] as const

/** Which indices a request means, from its path and parameters. */
export function selectionOf(request: RestRequest, index = request.params['index']): IndexSelection {
  const states = request.query.get('expand_wildcards')?.split(',').map(stateOf)
  return {
    expressions: index === undefined ? [] : index.split(',').filter((part) => part !== ''),
    ignoreUnavailable: flag(request, 'ignore_unavailable'),
    allowNoIndices: flag(request, 'allow_no_indices'),
    expandWildcards: states,
  }
}

function stateOf(text: string): (typeof STATES)[number] {
  const state = STATES.find((known) => known === text.trim())
  if (state === undefined) throw fail('rest.parameter_invalid', { reason: `No valid expand wildcard value [${text}]` })
  return state
}

/** A boolean parameter: `true`, `false`, or given without a value. */
export function flag(request: RestRequest, name: string): boolean | undefined {
  const text = request.query.get(name)
  if (text === undefined) return undefined
  if (text === 'true' || text === '') return true
  if (text === 'false') return false
  throw fail('rest.parameter_invalid', {
    reason: `Failed to parse value [${text}] as only [true] or [false] are allowed.`,
  })
}

/** An integer parameter. */
export function integer(request: RestRequest, name: string): number | undefined {
  const text = request.query.get(name)
  if (text === undefined) return undefined
  if (!/^-?\d{1,15}$/.test(text))
    throw fail('rest.parameter_invalid', { reason: `Failed to parse int parameter [${name}] with value [${text}]` })
  return Number(text)
}

/** The body as an object; undefined where there is none. */
export function bodyObject(request: RestRequest): ValueObject | undefined {
  const body = request.json()
  if (body === undefined) return undefined
  if (!isObject(body)) throw fail('search.parsing', { reason: 'the request body must be an object' })
  return body
}
