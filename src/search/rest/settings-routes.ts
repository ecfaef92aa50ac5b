import { isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { wildcardMatch } from '../dsl/index.ts'
import { checkShown } from '../embedded/index-blocks.ts'
import type { IndexSelection, Store } from '../store.ts'
import { shardsAcknowledged } from './active-shards.ts'
import type { RestRequest, Router } from './router.ts'
import { bodyObject, flag, selectionOf, SELECTION_PARAMETERS } from './selection.ts'

const TIMEOUTS = ['master_timeout', 'timeout'] as const

/** What `include_defaults` shows where an index says nothing else. */
const DEFAULTS: Readonly<Record<string, Value>> = {
  'index.refresh_interval': '1s',
  'index.max_result_window': '10000',
  'index.mapping.total_fields.limit': '1000',
  'index.mapping.depth.limit': '20',
  'index.hidden': 'false',
}

/** Settings of indices, and closing and opening them. */
export function registerSettings(router: Router, store: Store): void {
  for (const path of ['/_settings', '/_settings/:name', '/:index/_settings', '/:index/_settings/:name'])
    router.route({
      method: 'GET',
      path,
      parameters: [...SELECTION_PARAMETERS, 'master_timeout', 'local', 'include_defaults', 'flat_settings'],
      async handle(request) {
        const found = await store.getIndices(everyState(request, ['open', 'closed']))
        checkShown(found)
        const body = newObject()
        for (const [index, description] of Object.entries(found))
          if (isObject(description))
            body[index] = shownSettings(request, description['settings'], request.params['name']?.split(','))
        return { body }
      },
    })
  for (const path of ['/_settings', '/:index/_settings'])
    router.route({
      method: 'PUT',
      path,
      parameters: [...SELECTION_PARAMETERS, ...TIMEOUTS, 'preserve_existing', 'flat_settings', 'reopen'],
      async handle(request) {
        const body = bodyObject(request)
        if (body === undefined) throw fail('rest.body_missing')
        const inner = body['settings']
        await store.putSettings(everyState(request, ['open', 'closed']), isObject(inner) ? inner : body, {
          preserve: flag(request, 'preserve_existing') === true,
        })
        return { body: { acknowledged: true } }
      },
    })
  const acknowledged = async (request: RestRequest, names: readonly string[]): Promise<boolean> =>
    names.length === 0 || shardsAcknowledged(request, store, { expressions: names, expandWildcards: ['all'] })
  router.route({
    method: 'POST',
    path: '/:index/_close',
    parameters: [...SELECTION_PARAMETERS, ...TIMEOUTS, 'wait_for_active_shards'],
    async handle(request) {
      const names = await store.setOpen(selectionOf(request), false)
      const indices = Object.fromEntries(names.map((name) => [name, { closed: true }]))
      return { body: { acknowledged: true, shards_acknowledged: await acknowledged(request, names), indices } }
    },
  })
  router.route({
    method: 'POST',
    path: '/:index/_open',
    parameters: [...SELECTION_PARAMETERS, ...TIMEOUTS, 'wait_for_active_shards'],
    async handle(request) {
      const names = await store.setOpen(selectionOf(request), true)
      return { body: { acknowledged: true, shards_acknowledged: await acknowledged(request, names) } }
    },
  })
}

/** Wildcards also mean what is closed, unless the request says what they mean. */
export function everyState(request: RestRequest, states: IndexSelection['expandWildcards']): IndexSelection {
  const selection = selectionOf(request)
  return { ...selection, expandWildcards: selection.expandWildcards ?? states }
}

/** `settings`, and `defaults` where they are asked for, flat or as objects; `names` chooses by wildcards. */
export function shownSettings(
  request: RestRequest,
  settings: Value | undefined,
  names?: readonly string[],
): ValueObject {
  const wanted = (name: string): boolean =>
    names === undefined || names.some((pattern) => pattern === '_all' || wildcardMatch(pattern, name))
  const set = new Map([...flat(settings)].filter(([name]) => wanted(name)))
  const asked = flag(request, 'flat_settings') === true
  if (flag(request, 'human') === true) addHuman(set)
  const shape = (entries: Iterable<[string, Value]>): ValueObject =>
    asked ? Object.assign(newObject(), Object.fromEntries(entries)) : nested(entries)
  const result = newObject()
  result['settings'] = shape(set)
  if (flag(request, 'include_defaults') === true)
    result['defaults'] = shape(Object.entries(DEFAULTS).filter(([name]) => wanted(name) && !set.has(name)))
  return result
}

function addHuman(settings: Map<string, Value>): void {
  const created = settings.get('index.creation_date')
  if (created !== undefined) settings.set('index.creation_date_string', new Date(Number(created)).toISOString())
  const version = Number(settings.get('index.version.created'))
  if (!Number.isNaN(version)) settings.set('index.version.created_string', '8.17.0')
}

function flat(value: Value | undefined, path = ''): Map<string, Value> {
  const entries = new Map<string, Value>()
  if (!isObject(value)) {
    if (value !== undefined) entries.set(path, value)
    return entries
  }
  for (const key of Object.keys(value))
    for (const [name, inner] of flat(value[key], path === '' ? key : `${path}.${key}`)) entries.set(name, inner)
  return entries
}

function nested(entries: Iterable<[string, Value]>): ValueObject {
  const result = newObject()
  for (const [name, value] of entries) {
    const keys = name.split('.')
    let at = result
    for (const [i, key] of keys.slice(0, -1).entries()) {
      const inner = at[key]
      // A setting that is also the beginning of others keeps its dots.
      if (inner !== undefined && !isObject(inner)) {
        at[keys.slice(i).join('.')] = value
        break
      }
      at = (at[key] ??= newObject()) as ValueObject
    }
    if (!isObject(at[keys.at(-1)!])) at[keys.at(-1)!] ??= value
  }
  return result
}
