import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject } from '../../event/index.ts'
import type { Store } from '../store.ts'
import type { Router } from './router.ts'
import { bodyObject, selectionOf, SELECTION_PARAMETERS } from './selection.ts'
import { checkShown } from '../embedded/index-blocks.ts'
import { untypedBody, untypedMapping } from './typed-mapping.ts'
import { shownSettings } from './settings-routes.ts'

const ACKNOWLEDGED = { acknowledged: true }
const TYPED = 'Types cannot be provided in put mapping requests, unless the include_type_name parameter is set to true.'
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

/** Indices, their mappings, settings and aliases. */
export function registerIndexRoutes(router: Router, store: Store): void {
  router.route({
    method: 'PUT',
    path: '/:index',
    parameters: [...TIMEOUTS, 'wait_for_active_shards', 'include_type_name'],
    async handle(request) {
      const index = request.params['index']!
      await store.createIndex(index, untypedBody(request, bodyObject(request) ?? newObject()))
      return { body: { acknowledged: true, shards_acknowledged: true, index } }
    },
  })
  router.route({
    method: 'GET',
    path: '/:index',
    parameters: READ_PARAMETERS,
    async handle(request) {
      const found = await store.getIndices(selectionOf(request))
      checkShown(found)
      const body = newObject()
      for (const [index, description] of Object.entries(found)) {
        if (!isObject(description)) continue
        const shown = shownSettings(request, description['settings'])
        body[index] = Object.assign(newObject(), description, shown)
      }
      return { body }
    },
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
  registerMappings(router, store)
}

function registerMappings(router: Router, store: Store): void {
  for (const path of ['/_mapping', '/:index/_mapping'])
    router.route({
      method: 'GET',
      path,
      parameters: READ_PARAMETERS,
      async handle(request) {
        const selection = selectionOf(request)
        const wanted = { ...selection, expandWildcards: selection.expandWildcards ?? (['open', 'closed'] as const) }
        const found = await store.getIndices(wanted)
        checkShown(found)
        const body = newObject()
        for (const [index, description] of Object.entries(found))
          body[index] = Object.assign(newObject(), {
            mappings: (isObject(description) && description['mappings']) || {},
          })
        return { body }
      },
    })
  for (const path of ['/:index/_mapping', '/:index/_mappings', '/:index/_mapping/:type'])
    router.route({
      method: ['PUT', 'POST'],
      path,
      parameters: [...SELECTION_PARAMETERS, ...TIMEOUTS, 'write_index_only', 'include_type_name'],
      async handle(request) {
        const body = bodyObject(request)
        if (body === undefined) throw fail('rest.body_missing')
        const type = request.params['type']
        // The older shape has the type around the mapping.
        const inner = type === undefined ? untypedMapping(request, body, TYPED) : body[type]
        await store.putMapping(selectionOf(request), isObject(inner) ? inner : body)
        return { body: ACKNOWLEDGED }
      },
    })
}
