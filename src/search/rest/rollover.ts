import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject } from '../../event/index.ts'
import { rollOver } from '../rollover.ts'
import type { Store } from '../store.ts'
import { shardsAcknowledged } from './active-shards.ts'
import { passThrough } from './pass-through.ts'
import type { Router } from './router.ts'
import type { SearchRoutesOptions } from './routes-options.ts'
import { bodyObject, flag } from './selection.ts'
import { untypedBody } from './typed-mapping.ts'

const PARAMETERS = ['dry_run', 'timeout', 'master_timeout', 'wait_for_active_shards', 'include_type_name'] as const

/** POST TARGET/_rollover, of an alias or a data stream. */
export function registerRollover(router: Router, store: Store, options: SearchRoutesOptions): void {
  for (const path of ['/:index/_rollover', '/:index/_rollover/:new'])
    passThrough(router, store).route({
      method: 'POST',
      path,
      parameters: PARAMETERS,
      async handle(request) {
        const { conditions = newObject(), ...creation } = bodyObject(request) ?? newObject()
        if (!isObject(conditions)) throw fail('rest.parameter_invalid', { reason: '[conditions] must be an object' })
        for (const key of Object.keys(creation))
          if (!['settings', 'mappings', 'aliases'].includes(key))
            throw fail('search.parsing', { reason: `[rollover] unknown field [${key}]` })
        const dryRun = flag(request, 'dry_run') === true
        const { index: target, new: next } = request.params as { index: string; new?: string }
        const result = await rollOver(
          store,
          { target, next, conditions, creation: untypedBody(request, Object.assign(newObject(), creation)), dryRun },
          options.clock.now(),
        )
        return {
          body: {
            acknowledged: result.rolledOver,
            shards_acknowledged:
              result.rolledOver && (await shardsAcknowledged(request, store, { expressions: [result.newIndex] })),
            old_index: result.oldIndex,
            new_index: result.newIndex,
            rolled_over: result.rolledOver,
            dry_run: dryRun,
            conditions: result.conditions,
          },
        }
      },
    })
}
