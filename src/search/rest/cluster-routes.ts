import { registerCat } from './cat-routes.ts'
import { registerHealth } from './health-routes.ts'
import type { Store } from '../store.ts'
import type { Router } from './router.ts'
import type { SearchRoutesOptions } from './routes-options.ts'
import type { Tasks } from './tasks.ts'
import { ELASTICSEARCH_VERSION } from './version.ts'

/** The banner, health and the `_cat` tables. */
export function registerClusterRoutes(router: Router, store: Store, tasks: Tasks, options: SearchRoutesOptions): void {
  const clusterName = options.clusterName ?? 'vedetta'
  router.route({
    method: 'GET',
    path: '/',
    handle: () => ({
      body: {
        name: options.nodeName,
        cluster_name: clusterName,
        cluster_uuid: options.clusterUuid,
        version: {
          number: ELASTICSEARCH_VERSION,
          build_flavor: 'default',
          build_type: 'vedetta',
          build_hash: options.version,
          build_snapshot: false,
          lucene_version: '9.12.0',
          minimum_wire_compatibility_version: '7.17.0',
          minimum_index_compatibility_version: '7.0.0',
        },
        vedetta: { version: options.version },
        tagline: 'You Know, for Search',
      },
    }),
  })
  registerHealth(router, store, options)
  registerCat(router, store, tasks, options)
}
