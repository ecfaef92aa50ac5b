import { newObject, type ValueObject } from '../../event/index.ts'
import type { BulkItem } from '../store.ts'

/** One item as Elasticsearch answers it, in `_bulk` and for a single document. */
export function itemBody(item: BulkItem, refreshed = false, type?: string): ValueObject {
  const body = newObject()
  body['_index'] = item.index
  if (type !== undefined) body['_type'] = type
  body['_id'] = item.id
  if (item.error !== undefined) {
    body['status'] = item.status
    body['error'] = item.error as unknown as ValueObject
    return body
  }
  body['_version'] = item.version ?? 1
  body['result'] = item.result ?? 'created'
  if (refreshed && item.result !== 'noop') body['forced_refresh'] = true
  body['_shards'] = shards(item.result === 'noop' ? 0 : 1)
  body['_seq_no'] = item.seqNo ?? 0
  body['_primary_term'] = item.primaryTerm ?? 1
  return body
}

/** @param types which the operations name, in their order */
export function bulkAnswer(
  items: readonly BulkItem[],
  refreshed: boolean,
  took: number,
  types: readonly (string | undefined)[],
): ValueObject {
  const body = newObject()
  body['errors'] = items.some((item) => item.error !== undefined)
  body['took'] = took
  body['items'] = items.map((item, i) => {
    const entry = newObject()
    entry[item.action] = Object.assign(itemBody(item, refreshed, types[i]), { status: item.status })
    return entry
  })
  return body
}

export function shards(count: number): ValueObject {
  return Object.assign(newObject(), { total: count, successful: count, failed: 0 })
}
