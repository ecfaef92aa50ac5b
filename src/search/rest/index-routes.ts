import { isObject, newObject } from '../../event/index.ts'
import { normalSettings } from '../dsl/index.ts'
import { checkShown } from '../embedded/index-blocks.ts'
import { shardsOf } from '../embedded/shard-count.ts'
import type { Store } from '../store.ts'
import { awaitedShards, checkCopies, shardsAcknowledged } from './active-shards.ts'
import type { Router } from './router.ts'
import { bodyObject, selectionOf, SELECTION_PARAMETERS } from './selection.ts'
import { shownMapping, untypedBody } from './typed-mapping.ts'
import { shownSettings } from './settings-routes.ts'

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

/** Indices, their mappings, settings and aliases. */
export function registerIndexRoutes(router: Router, store: Store): void {
  router.route({
    method: 'PUT',
    path: '/:index',
    parameters: [...TIMEOUTS, 'wait_for_active_shards', 'include_type_name'],
    async handle(request) {
      const index = request.params['index']!
      const body = untypedBody(request, bodyObject(request) ?? newObject())
      const { settings } = body
      if (isObject(settings)) checkCopies(awaitedShards(request, store), shardsOf(normalSettings(settings)).replicas)
      await store.createIndex(index, body)
      const acknowledged = await shardsAcknowledged(request, store, { expressions: [index] })
      return { body: { acknowledged: true, shards_acknowledged: acknowledged, index } }
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
        const mappings = shownMapping(request, description['mappings'])
        body[index] = Object.assign(newObject(), description, { mappings }, shown)
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
}
