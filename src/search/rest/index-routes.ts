import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, type ValueObject } from '../../event/index.ts'
import { wildcardMatch } from '../dsl/index.ts'
import type { Store } from '../store.ts'
import type { RestRequest, Router } from './router.ts'
import { selectionOf, SELECTION_PARAMETERS } from './selection.ts'

const ACKNOWLEDGED = { acknowledged: true }
const TIMEOUTS = ['master_timeout', 'timeout'] as const
const READ_PARAMETERS = [
  ...SELECTION_PARAMETERS,
  'master_timeout',
  'local',
  'include_defaults',
  'include_type_name',
  'flat_settings',
  'features',
] as const

/** Indices, their mappings, settings and aliases, and refresh. */
export function registerIndexRoutes(router: Router, store: Store): void {
  router.route({
    method: 'PUT',
    path: '/:index',
    parameters: [...TIMEOUTS, 'wait_for_active_shards', 'include_type_name'],
    async handle(request) {
      const index = request.params['index']!
      await store.createIndex(index, objectBody(request) ?? newObject())
      return { body: { acknowledged: true, shards_acknowledged: true, index } }
    },
  })
  router.route({
    method: 'GET',
    path: '/:index',
    parameters: READ_PARAMETERS,
    handle: async (request) => ({ body: await store.getIndices(selectionOf(request)) }),
  })
  router.route({
    method: 'DELETE',
    path: '/:index',
    parameters: [...SELECTION_PARAMETERS, ...TIMEOUTS],
    async handle(request) {
      await store.deleteIndices(selectionOf(request))
      return { body: ACKNOWLEDGED }
    },
  })
  for (const path of ['/_refresh', '/:index/_refresh', '/_flush', '/:index/_flush'])
    router.route({
      method: ['GET', 'POST'],
      path,
      parameters: [...SELECTION_PARAMETERS, 'force', 'wait_if_ongoing'],
      async handle(request) {
        await store.refresh(selectionOf(request))
        const total = (await store.resolveIndices(selectionOf(request))).length
        return { body: { _shards: { total, successful: total, failed: 0 } } }
      },
    })
  registerMappings(router, store)
  registerAliases(router, store)
}

function registerMappings(router: Router, store: Store): void {
  for (const path of ['/_mapping', '/:index/_mapping', '/_settings', '/:index/_settings']) {
    const section = path.endsWith('_mapping') ? 'mappings' : 'settings'
    router.route({
      method: 'GET',
      path,
      parameters: READ_PARAMETERS,
      async handle(request) {
        return { body: pick(await store.getIndices(selectionOf(request)), section) }
      },
    })
  }
  for (const path of ['/:index/_mapping', '/:index/_mappings', '/:index/_mapping/:type'])
    router.route({
      method: ['PUT', 'POST'],
      path,
      parameters: [...SELECTION_PARAMETERS, ...TIMEOUTS, 'write_index_only', 'include_type_name'],
      async handle(request) {
        const body = objectBody(request)
        if (body === undefined) throw fail('rest.body_missing')
        const type = request.params['type']
        // The older shape has the type around the mapping.
        const inner = type === undefined ? undefined : body[type]
        await store.putMapping(selectionOf(request), isObject(inner) ? inner : body)
        return { body: ACKNOWLEDGED }
      },
    })
}

function registerAliases(router: Router, store: Store): void {
  router.route({
    method: 'POST',
    path: '/_aliases',
    parameters: TIMEOUTS,
    async handle(request) {
      const actions = objectBody(request)?.['actions']
      if (!Array.isArray(actions) || actions.length === 0 || !actions.every(isObject))
        throw fail('rest.parameter_invalid', { reason: 'No action specified' })
      await store.updateAliases(actions)
      return { body: ACKNOWLEDGED }
    },
  })
  for (const path of ['/_alias', '/_alias/:name', '/:index/_alias', '/:index/_alias/:name'])
    router.route({
      method: 'GET',
      path,
      parameters: READ_PARAMETERS,
      async handle(request) {
        const indices = await store.getIndices(selectionOf(request))
        const names = request.params['name']?.split(',')
        const found = newObject()
        for (const [index, description] of Object.entries(indices)) {
          const all = ((description as ValueObject)['aliases'] ?? newObject()) as ValueObject
          const aliases = newObject()
          for (const [alias, body] of Object.entries(all))
            if (names === undefined || names.some((name) => name === '_all' || wildcardMatch(name, alias)))
              aliases[alias] = body
          if (names === undefined || Object.keys(aliases).length > 0) found[index] = { aliases }
        }
        const missing = names?.filter(
          (name) =>
            !name.includes('*') &&
            name !== '_all' &&
            !Object.values(found).some((entry) => name in ((entry as ValueObject)['aliases'] as ValueObject)),
        )
        if (missing === undefined || missing.length === 0) return { body: found }
        const error = `alias [${missing.join(',')}] missing`
        return { status: 404, body: { error, status: 404, ...found } }
      },
    })
  for (const path of ['/:index/_alias/:name', '/:index/_aliases/:name']) {
    router.route({
      method: ['PUT', 'POST'],
      path,
      parameters: TIMEOUTS,
      async handle(request) {
        const { index, name } = request.params as { index: string; name: string }
        const add = Object.assign(newObject(), objectBody(request) ?? {}, { index, alias: name })
        await store.updateAliases([Object.assign(newObject(), { add })])
        return { body: ACKNOWLEDGED }
      },
    })
    router.route({
      method: 'DELETE',
      path,
      parameters: TIMEOUTS,
      async handle(request) {
        const { index, name } = request.params as { index: string; name: string }
        const remove = Object.assign(newObject(), { index, alias: name })
        await store.updateAliases([Object.assign(newObject(), { remove })])
        return { body: ACKNOWLEDGED }
      },
    })
  }
}

function objectBody(request: RestRequest): ValueObject | undefined {
  const body = request.json()
  if (body === undefined) return undefined
  if (!isObject(body)) throw fail('search.parsing', { reason: 'the request body must be an object' })
  return body
}

function pick(indices: ValueObject, section: string): ValueObject {
  const result = newObject()
  for (const [index, description] of Object.entries(indices)) {
    const inner = newObject()
    inner[section] = (description as ValueObject)[section] ?? newObject()
    result[index] = inner
  }
  return result
}
