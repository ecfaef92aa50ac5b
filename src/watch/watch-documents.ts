import { fail } from '../diagnostic/index.ts'
import {
  isObject,
  newObject,
  parseIsoTimestamp,
  stringifyJson,
  Timestamp,
  type Value,
  type ValueObject,
} from '../event/index.ts'
import type { BulkItem, BulkOperation, Store } from '../search/index.ts'
import {
  historyIndex,
  isMissingIndex,
  LEASES,
  parseDocument,
  readAll,
  TRIGGERED,
  WATCHES,
  type StoredWatch,
} from './documents.ts'
import type { NotedAction } from './execute.ts'
import type { Watch } from './model.ts'
import type { WatchSecrets } from './secrets.ts'
import { object, type WatchStatus } from './status.ts'

/** Beside the lease: what `_watcher/_stop` says to all processes. */
const HALTED = 'halted'

type Versions = Pick<StoredWatch, 'version' | 'seqNo' | 'primaryTerm'>

/** A watch whose status is to be stored. */
export interface Stateful {
  readonly watch: Watch
  readonly status: WatchStatus
  readonly file: string | undefined
  readonly owner?: string | undefined
  /** The version that it must still have, where others write too; absent for the first of its kind. */
  readonly seqNo?: number
  readonly primaryTerm?: number
}

export interface NotedRun {
  readonly executionId: string
  /** Which process ran it, where several share the store. */
  readonly holder: string | undefined
  readonly watchId: string
  readonly actions: readonly NotedAction[]
  readonly time: Timestamp
}

/** What the Watcher keeps in the Store: definitions with their status, runs that send, records. */
export class WatchDocuments {
  private readonly store: Store
  /** The id of this process, where others may write to the same documents. */
  private readonly holder: string | undefined
  private opened: WatchSecrets | undefined
  /** Definitions as they are stored, without status, secrets encrypted: the text of an object without its last brace. */
  private readonly texts = new WeakMap<Watch, string>()

  constructor(store: Store, holder?: string) {
    this.store = store
    this.holder = holder
  }

  /** @throws Error before they are opened */
  get secrets(): WatchSecrets {
    if (this.opened === undefined) throw new Error('the secrets of watches are not open')
    return this.opened
  }

  set secrets(secrets: WatchSecrets) {
    this.opened = secrets
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

  /** @throws DiagnosticError watch.conflict where its version is another than that given, or than it must have */
  async save(
    stateful: Stateful,
    condition: { readonly ifSeqNo?: number; readonly ifPrimaryTerm?: number } = {},
  ): Promise<Versions> {
    const [item] = await this.bulk([{ ...this.operation(stateful), ...condition }])
    return versionsOf(item!)
  }

  /** `number_of_replicas`, `auto_expand_replicas` and `routing` of the index of the watches. */
  async settings(): Promise<ValueObject> {
    await this.makeIndex()
    const index = (await this.store.getIndices({ expressions: [WATCHES] }))[WATCHES]
    const settings = isObject(index) ? index['settings'] : undefined
    const inner = isObject(settings) && isObject(settings['index']) ? settings['index'] : newObject()
    const { auto_expand_replicas, number_of_replicas, routing } = inner
    return object({ auto_expand_replicas, number_of_replicas, routing })
  }

  async changeSettings(settings: ValueObject): Promise<void> {
    await this.makeIndex()
    await this.store.putSettings({ expressions: [WATCHES] }, settings)
  }

  private async makeIndex(): Promise<void> {
    const there = await this.store.resolveIndices({
      expressions: [WATCHES],
      ignoreUnavailable: true,
      allowNoIndices: true,
    })
    if (there.length === 0) await this.store.createIndex(WATCHES, newObject())
  }

  /** Whether the watches are halted by hand. */
  async halted(): Promise<boolean> {
    try {
      const found = await this.store.get(LEASES, HALTED)
      return found !== undefined && parseDocument(found.source)['halted'] === true
    } catch (error) {
      if (isMissingIndex(error)) return false
      throw error
    }
  }

  async setHalted(halted: boolean): Promise<void> {
    const source = stringifyJson(object({ halted }))
    await this.bulk([{ action: 'index', index: LEASES, id: HALTED, source }])
  }

  async remove(id: string): Promise<number> {
    const [item] = await this.bulk([{ action: 'delete', index: WATCHES, id }])
    return item!.version ?? 1
  }

  /** Durable when it resolves: the run is about to send the messages of these actions. */
  async noteRun(executionId: string, watchId: string, actions: readonly NotedAction[]): Promise<void> {
    const time = parseIsoTimestamp(executionId.slice(-24))
    const noted = actions.map(({ id, entities }) =>
      object({ id, entities: entities.length === 0 ? undefined : [...entities] }),
    )
    const { holder } = this
    const source = stringifyJson(object({ watch_id: watchId, actions: noted, execution_time: time, holder }))
    await this.bulk([{ action: 'index', index: TRIGGERED, id: executionId, source }])
    this.noted.add(executionId)
  }

  /** A run that this process gave up: it is looked at again as one that was interrupted. */
  release(executionId: string): void {
    this.noted.delete(executionId)
  }

  async forgetNote(executionId: string): Promise<void> {
    await this.bulk([{ action: 'delete', index: TRIGGERED, id: executionId }])
  }

  /** Runs that ended without a record, but for those under way here. */
  async notedRuns(): Promise<NotedRun[]> {
    const runs = (await readAll(this.store, TRIGGERED)).filter(({ id }) => !this.noted.has(id))
    return runs.map(({ id, body }) => {
      this.noted.add(id)
      const actions = body['actions']
      return {
        executionId: id,
        holder: typeof body['holder'] === 'string' ? body['holder'] : undefined,
        watchId: String(body['watch_id']),
        actions: (Array.isArray(actions) ? actions : []).map(notedAction),
        time: parseIsoTimestamp(String(body['execution_time'])) ?? new Timestamp(0),
      }
    })
  }

  /**
   * Stores the record of a run with the status after it, in one write.
   * @returns `conflict` where another process changed the watch meanwhile: then the record is stored alone
   */
  async keepRun(
    executionId: string,
    record: ValueObject,
    nowMillis: number,
    stateful: Stateful | undefined,
  ): Promise<Versions | 'conflict' | undefined> {
    const operations: BulkOperation[] = [
      ...(stateful === undefined ? [] : [this.operation(stateful)]),
      { action: 'index', index: historyIndex(nowMillis), id: executionId, source: stringifyJson(record) },
    ]
    const noted = this.noted.has(executionId)
    if (noted) operations.push({ action: 'delete', index: TRIGGERED, id: executionId })
    const items = await this.store.bulk(operations)
    const conflict = stateful !== undefined && items[0]!.status === 409
    throwRefused(conflict ? items.slice(1) : items)
    this.noted.delete(executionId)
    if (stateful === undefined) return undefined
    return conflict ? 'conflict' : versionsOf(items[0]!)
  }

  private readonly noted = new Set<string>()

  private operation({ watch, status, file, owner, seqNo, primaryTerm }: Stateful): BulkOperation {
    const state = object({ status: status.toValue({ stored: true }), file, file_owner: owner })
    const source = `${this.textOf(watch)}${stringifyJson(state).slice(1)}`
    const version = this.holder === undefined ? {} : { ifSeqNo: seqNo, ifPrimaryTerm: primaryTerm }
    return { action: 'index', index: WATCHES, id: watch.id, source, ...version }
  }

  private textOf(watch: Watch): string {
    let text = this.texts.get(watch)
    if (text === undefined) {
      const definition = stringifyJson(this.secrets.seal(watch.id, watch.source)).slice(0, -1)
      text = definition === '{' ? definition : `${definition},`
      this.texts.set(watch, text)
    }
    return text
  }

  private async bulk(operations: readonly BulkOperation[]): Promise<BulkItem[]> {
    const items = await this.store.bulk(operations)
    throwRefused(items)
    return items
  }
}

function throwRefused(items: readonly BulkItem[]): void {
  const failed = items.find((item) => item.status >= 300 && !(item.action === 'delete' && item.status === 404))
  if (failed !== undefined) throw refused(failed)
}

/** Until they had entities, actions were noted by their ids alone. */
function notedAction(value: Value): NotedAction {
  if (!isObject(value)) return { id: String(value), entities: [] }
  const entities = value['entities']
  return { id: String(value['id']), entities: Array.isArray(entities) ? entities.map(String) : [] }
}

function versionsOf({ version, seqNo, primaryTerm }: BulkItem): Versions {
  return { version: version ?? 1, seqNo: seqNo ?? 0, primaryTerm: primaryTerm ?? 1 }
}

function refused(item: BulkItem): Error {
  const reason = item.error?.reason ?? `status ${item.status}`
  return item.status === 409 ? fail('watch.conflict', { reason }) : fail('watch.store', { reason })
}
