import { isObject } from '../../event/index.ts'
import type { Store } from '../store.ts'

/** The store's resources that keep what PUT _cluster/settings has set, in one of the name `all`. */
export const CLUSTER_SETTINGS = 'cluster_settings'

/** A setting of the cluster as it was set: what is transient counts before what is persistent. */
export async function clusterSetting(store: Store, name: string): Promise<string | undefined> {
  const all = (await store.getResources(CLUSTER_SETTINGS))['all']
  for (const kind of ['transient', 'persistent']) {
    const settings = isObject(all) ? all[kind] : undefined
    const value = isObject(settings) ? settings[name] : undefined
    if (value !== undefined) return String(value)
  }
  return undefined
}
