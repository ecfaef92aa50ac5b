import type { Clock } from '../clock/index.ts'
import { fail } from '../diagnostic/index.ts'
import type { ValueObject } from '../event/index.ts'
import { checkSearch } from '../search/dsl/index.ts'
import { searchDocuments } from '../search/index.ts'
import { object } from './status.ts'
import type { WatchInfo } from './watcher.ts'

const KEYS = ['from', 'size', 'query', 'sort', 'search_after']

/**
 * A page of watches by a search. As in Elasticsearch it knows `_id` and `metadata.*`: what else a watch is made of has
 * other types in each.
 */
export async function queryWatches(
  watches: readonly WatchInfo[],
  body: ValueObject,
  clock: Clock,
): Promise<{ count: number; watches: WatchInfo[] }> {
  for (const key of Object.keys(body))
    if (!KEYS.includes(key))
      throw fail('watch.request', {
        reason: `_query/watches does not support [${key}]; it knows ${KEYS.join(', ')}`,
      })
  const search = checkSearch(object({ ...body, _source: false, track_total_hits: true }))
  const byId = new Map(watches.map((info) => [info.id, info]))
  const documents = watches.map(({ id, source }) => ({ id, source: object({ metadata: source['metadata'] }) }))
  const { hits } = await searchDocuments(documents, search, { now: clock.now(), clock })
  const count = hits.total?.value ?? watches.length
  return { count, watches: hits.hits.map(({ _id }) => byId.get(_id)!) }
}
