import type { ClusterStoreOptions } from './cluster/index.ts'
import type { Store } from './store.ts'

/** As {@link ClusterStoreOptions} says; the clients are loaded only now, for they cost 40 MB and a fifth of a second. */
export async function openClusterStore(options: ClusterStoreOptions): Promise<Store> {
  const cluster = await import('./cluster/index.ts')
  return cluster.openClusterStore(options)
}
