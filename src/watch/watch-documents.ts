import { fail } from '../diagnostic/index.ts'
import { cloneValue, parseIsoTimestamp, stringifyJson, Timestamp, type ValueObject } from '../event/index.ts'
import type { BulkItem, BulkOperation, Store } from '../search/index.ts'
import { historyIndex, parseDocument, readAll, TRIGGERED, WATCHES, type StoredWatch } from './documents.ts'
import type { Watch } from './model.ts'
import { object, type WatchStatus } from './status.ts'

type Versions = Pick<StoredWatch, 'version' | 'seqNo' | 'primaryTerm'>

/** A watch whose status is to be stored. */
export interface Stateful {
  readonly watch: Watch
  readonly status: WatchStatus
  readonly file: string | undefined
}

export interface NotedRun {
  readonly executionId: string
  readonly watchId: string
  readonly actionIds: readonly string[]
  readonly time: Timestamp
}

/** What the Watcher keeps in the Store: definitions with their status, runs that send, records. */
export class WatchDocuments {
  private readonly store: Store

  constructor(store: Store) {
    this.store = store
  }

  async get(id: string): Promise<StoredWatch | undefined> {
    try {
      const found = await this.store.get(WATCHES, id)
      return found === undefined ? undefined : { ...found, body: parseDocument(found.source) }
    } catch (error) {
      if (isMissingIndex(error)) return undefined
      throw error
    }
  }

  async save(
    watch: Watch,
    status: WatchStatus,
    file: string | undefined,
    condition: { readonly ifSeqNo?: number; readonly ifPrimaryTerm?: number } = {},
  ): Promise<Versions> {
    const { ifSeqNo, ifPrimaryTerm } = condition
    const [item] = await this.bulk([{ ...watchOperation({ watch, status, file }), ifSeqNo, ifPrimaryTerm }])
    return versionsOf(item!)
  }

  async remove(id: string): Promise<number> {
    const [item] = await this.store.bulk([{ action: 'delete', index: WATCHES, id }])
    if (item!.status >= 300 && item!.status !== 404) throw refused(item!)
    return item!.version ?? 1
  }

  /** Durable when it resolves: the run is about to send the messages of these actions. */
  async noteRun(executionId: string, watchId: string, actionIds: readonly string[]): Promise<void> {
    const time = parseIsoTimestamp(executionId.slice(-24))
    const source = stringifyJson(object({ watch_id: watchId, actions: [...actionIds], execution_time: time }))
    await this.bulk([{ action: 'index', index: TRIGGERED, id: executionId, source }])
    this.noted.add(executionId)
  }

  async notedRuns(): Promise<NotedRun[]> {
    const runs = await readAll(this.store, TRIGGERED)
    return runs.map(({ id, body }) => {
      this.noted.add(id)
      const actions = body['actions']
      return {
        executionId: id,
        watchId: String(body['watch_id']),
        actionIds: Array.isArray(actions) ? actions.map(String) : [],
        time: parseIsoTimestamp(String(body['execution_time'])) ?? new Timestamp(0),
      }
    })
  }

  /** Stores the record of a run with the status after it, in one write. */
  async keepRun(
    executionId: string,
    record: ValueObject,
    nowMillis: number,
    stateful: Stateful | undefined,
  ): Promise<Versions | undefined> {
    const operations: BulkOperation[] = [
      ...(stateful === undefined ? [] : [watchOperation(stateful)]),
      { action: 'index', index: historyIndex(nowMillis), id: executionId, source: stringifyJson(record) },
    ]
    const noted = this.noted.has(executionId)
    if (noted) operations.push({ action: 'delete', index: TRIGGERED, id: executionId })
    const items = await this.bulk(operations)
    this.noted.delete(executionId)
    return stateful === undefined ? undefined : versionsOf(items[0]!)
  }

  private readonly noted = new Set<string>()

  private async bulk(operations: readonly BulkOperation[]): Promise<BulkItem[]> {
    const items = await this.store.bulk(operations)
    const failed = items.find((item) => item.status >= 300 && !(item.action === 'delete' && item.status === 404))
    if (failed !== undefined) throw refused(failed)
    return items
  }
}

function watchOperation({ watch, status, file }: Stateful): BulkOperation {
  const body = cloneValue(watch.source) as ValueObject
  body['status'] = status.toValue()
  if (file !== undefined) body['file'] = file
  return { action: 'index', index: WATCHES, id: watch.id, source: stringifyJson(body) }
}

function versionsOf({ version, seqNo, primaryTerm }: BulkItem): Versions {
  return { version: version ?? 1, seqNo: seqNo ?? 0, primaryTerm: primaryTerm ?? 1 }
}

function refused(item: BulkItem): Error {
  const reason = item.error?.reason ?? `status ${item.status}`
  return item.status === 409 ? fail('watch.conflict', { reason }) : fail('watch.store', { reason })
}

function isMissingIndex(error: unknown): boolean {
  return (error as { http?: { type?: string } }).http?.type === 'index_not_found_exception'
}
