import { fail } from '../../diagnostic/index.ts'
import { isObject, type Value, type ValueObject } from '../../event/index.ts'
import type { SearchResponse, Store } from '../store.ts'
import { clusterSetting, MAX_BUCKETS } from './cluster-settings.ts'

/**
 * Holds an answer to `search.max_buckets`, where the cluster's settings are tighter than the store's own bound.
 * @throws too_many_buckets_exception
 */
export async function checkBuckets(store: Store, answer: SearchResponse): Promise<SearchResponse> {
  const { aggregations } = answer as { aggregations?: ValueObject }
  // A cluster keeps its own settings.
  if (aggregations === undefined || store.forward !== undefined) return answer
  const limit = await clusterSetting(store, MAX_BUCKETS)
  if (limit === undefined) return answer
  const count = bucketsIn(aggregations)
  if (count > Number(limit)) throw fail('search.too_many_buckets', { limit, count })
  return answer
}

function bucketsIn(results: ValueObject): number {
  let count = 0
  for (const result of Object.values(results)) {
    if (!isObject(result)) continue
    const { buckets } = result
    const list: Value[] = Array.isArray(buckets) ? buckets : isObject(buckets ?? null) ? Object.values(buckets!) : []
    count += list.length
    // A bucket, and an aggregation of one bucket, hold results of their own.
    for (const inner of list) if (isObject(inner)) count += bucketsIn(inner)
    if (list.length === 0) count += bucketsIn(result)
  }
  return count
}
