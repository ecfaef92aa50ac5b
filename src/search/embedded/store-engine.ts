import { newObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail, type DiagnosticError, type Logger } from '../../diagnostic/index.ts'
import type { Clock } from '../../clock/index.ts'
import type { Journal } from '../../journal/index.ts'
import type { CheckedSearch } from '../dsl/index.ts'
import type {
  BulkItem,
  BulkOperation,
  DataStreams,
  IndexMaintenance,
  IndexSelection,
  IndexSummary,
  ResourceKind,
  SearchResponse,
  Store,
  StoredDocument,
  StoreHealth,
  StoreReader,
} from '../store.ts'
import { BulkRun, errorCause, type BulkHost } from './bulk-run.ts'
import type { DataStream } from './data-streams.ts'
import { DiskWatch } from './disk-watch.ts'
import { countMatches, executeSearch } from './evaluator/index.ts'
import type { FolderLock } from './folder-lock.ts'
import { IdGenerator } from './id-generator.ts'
import { writeError, type IndexAdmin } from './index-admin.ts'
import { resolveDateMath } from './index-name.ts'
import type { Indices } from './indices.ts'
import { replay } from './recovery.ts'
import { openOnly, StoreReading } from './store-reading.ts'
import type { EmbeddedStoreOptions } from './store-options.ts'
import type { SealContext, StoredIndex } from './stored-index.ts'
import { Upkeep } from './upkeep.ts'

/** Operations and bytes of sources applied in one go, and in one record of the journal. */
const CHUNK_OPERATIONS = 500
const CHUNK_BYTES = 2 * 1024 * 1024

export class EmbeddedStore implements Store, BulkHost {
  readonly ids: IdGenerator
  private readonly clock: Clock
  private readonly logger: Logger
  private readonly lock: FolderLock
  private readonly journal: Journal
  private readonly admin: IndexAdmin
  private readonly indices: Indices
  private readonly diskWatch: DiskWatch
  private readonly reading: StoreReading
  private readonly inFlight = new Set<Promise<boolean>>()
  private closing: Promise<void> | undefined
  private readonly context: SealContext
  private readonly upkeep: Upkeep

  constructor(options: EmbeddedStoreOptions, lock: FolderLock, journal: Journal, admin: IndexAdmin) {
    this.clock = options.clock
    this.logger = options.logger
    this.lock = lock
    this.journal = journal
    this.admin = admin
    this.indices = admin.indices
    this.diskWatch = new DiskWatch(options.path, options.retention ?? {}, options.logger, options.diskSpace)
    this.ids = new IdGenerator(options.clock.now())
    this.context = {
      now: () => this.clock.now(),
      journal: () => this.journal.next,
      settled: async () => (await Promise.all(this.inFlight)).every(Boolean),
      saveCatalog: () => this.admin.save(),
      turn: () => new Promise((resolve) => setImmediate(resolve)),
    }
    this.upkeep = new Upkeep({ options, journal, admin, disk: this.diskWatch, context: this.context })
    this.reading = new StoreReading({
      indices: admin.indices,
      clock: options.clock,
      evaluator: options.evaluator ?? { executeSearch, countMatches },
      checkOpen: () => this.checkOpen(),
      setAside: (error) => this.upkeep.setAside(error),
    })
  }

  async recover(intact: boolean): Promise<void> {
    const byUuid = new Map([...this.indices.byName.values()].map((index) => [index.uuid, index]))
    const applied = await replay(this.journal, {
      context: this.context,
      logger: this.logger,
      indexOf: (operation) => {
        let index = byUuid.get(operation.uuid)
        if (index === undefined && !intact && !this.indices.byName.has(operation.index)) {
          index = this.admin.make(operation.index, newObject(), operation.uuid)
          byUuid.set(index.uuid, index)
        }
        return index
      },
    })
    for (const index of this.indices.byName.values()) index.liveSince = this.clock.monotonic()
    if (applied > 0) this.logger.info({ operations: applied }, `store: applied ${applied} operations from the journal`)
    if (!intact) {
      this.admin.dataStreams.adopt()
      await this.admin.save()
    }
    await this.upkeep.checkDisk()
    await this.upkeep.trim()
    this.upkeep.start()
  }

  // Writing

  async bulk(operations: readonly BulkOperation[]): Promise<BulkItem[]> {
    this.checkOpen()
    const items: BulkItem[] = []
    const pending: Promise<unknown>[] = []
    for (let from = 0; from < operations.length;) {
      if (from > 0) await this.context.turn()
      const to = chunkEnd(operations, from)
      const { done, touched } = this.applyChunk(operations, from, to, items)
      pending.push(done)
      from = to
      await this.upkeep.holdBack(touched)
    }
    await Promise.all(pending)
    return items
  }

  /** Applies a run of operations at once and resolves when they are durable; where they are not, its items say so. */
  private applyChunk(
    operations: readonly BulkOperation[],
    from: number,
    to: number,
    items: BulkItem[],
  ): { done: Promise<boolean>; touched: ReadonlySet<StoredIndex> } {
    this.checkOpen()
    const run = new BulkRun(this)
    for (let i = from; i < to; i++) {
      const operation = operations[i]!
      items[i] =
        this.diskWatch.readOnly === undefined || operation.action === 'delete'
          ? this.applyOne(run, operation)
          : failedItem(operation, fail('store.read_only', { reason: blocked(operation.index) }))
    }
    const waits: Promise<unknown>[] = []
    if (!run.record.empty) {
      for (const index of run.touched) {
        index.dirtyFrom ??= this.journal.next
        if (index.live.documents > 0 && index.liveSince === 0) index.liveSince = this.clock.monotonic()
      }
      waits.push(this.journal.append(run.record.finish()))
    }
    waits.push(this.admin.durable() ?? Promise.resolve())
    const done = Promise.all(waits).then(
      () => true,
      (error: unknown) => {
        run.undo()
        const cause = writeError(error)
        for (let i = from; i < to; i++) if (items[i]!.status < 300) items[i] = failedItem(operations[i]!, cause)
        return false
      },
    )
    this.inFlight.add(done)
    void this.forgetFlight(done)
    for (const index of run.touched) this.upkeep.sealIfFull(index)
    return { done, touched: run.touched }
  }

  /** Whatever happens to one operation, those before it in the chunk must still reach the journal. */
  private applyOne(run: BulkRun, operation: BulkOperation): BulkItem {
    for (;;) {
      try {
        return run.apply(operation)
      } catch (error) {
        if (this.upkeep.setAside(error)) continue
        const reason = error instanceof Error ? error.message : String(error)
        this.logger.error({ index: operation.index, error: reason }, `store: an operation failed: ${reason}`)
        return failedItem(operation, fail('store.internal', { reason }))
      }
    }
  }

  private async forgetFlight(done: Promise<boolean>): Promise<void> {
    await done
    this.inFlight.delete(done)
  }

  writeTarget(operation: BulkOperation): StoredIndex {
    return this.admin.writeTarget(operation)
  }

  existingTarget(name: string): StoredIndex | undefined {
    return this.indices.writeTarget(resolveDateMath(name, this.clock.now()))
  }

  aliasRouting(name: string): string | undefined {
    return this.indices.aliasRouting(name)
  }

  monotonic(): number {
    return this.clock.monotonic()
  }

  now(): number {
    return this.clock.now()
  }

  storedScript(id: string): Value | undefined {
    return this.admin.templates.resource('script', id)
  }

  // Reading

  search(
    selection: IndexSelection,
    search: CheckedSearch,
    options?: { signal?: AbortSignal },
  ): Promise<SearchResponse> {
    return this.reading.search(selection, search, options)
  }

  count(selection: IndexSelection, search: CheckedSearch): Promise<number> {
    return this.reading.count(selection, search)
  }

  async openReader(selection: IndexSelection): Promise<StoreReader> {
    return this.reading.openReader(selection)
  }

  get(name: string, id: string, routing?: string): Promise<StoredDocument | undefined> {
    return this.reading.get(name, id, routing)
  }

  // Indices, templates, aliases

  async createIndex(name: string, body: ValueObject): Promise<void> {
    this.checkWritable()
    return this.admin.create(name, body)
  }

  async deleteIndices(selection: IndexSelection): Promise<string[]> {
    this.checkOpen()
    return this.admin.delete(selection)
  }

  async resolveIndices(selection: IndexSelection): Promise<string[]> {
    this.checkOpen()
    return this.indices.resolve(selection, this.clock.now()).map(({ name }) => name)
  }

  async describeIndices(selection: IndexSelection): Promise<IndexSummary[]> {
    this.checkOpen()
    return this.admin.describe(selection)
  }

  async getIndices(selection: IndexSelection): Promise<ValueObject> {
    this.checkOpen()
    return this.admin.show(selection)
  }

  async putMapping(selection: IndexSelection, mapping: ValueObject): Promise<void> {
    this.checkWritable()
    return this.admin.putMapping(selection, mapping)
  }

  async putSettings(selection: IndexSelection, settings: ValueObject, options?: { preserve?: boolean }): Promise<void> {
    this.checkWritable()
    return this.admin.putSettings(selection, settings, options)
  }

  async setOpen(selection: IndexSelection, open: boolean): Promise<string[]> {
    this.checkWritable()
    // What is closed is on disk.
    if (!open) await this.maintenance.flush({ ...selection, ignoreUnavailable: true })
    return this.admin.setOpen(selection, open)
  }

  async getResources(kind: ResourceKind, pattern?: string): Promise<ValueObject> {
    this.checkOpen()
    return this.admin.templates.getResources(kind, pattern)
  }

  async putResource(kind: ResourceKind, name: string, body: ValueObject): Promise<void> {
    this.checkWritable()
    return this.admin.templates.putResource(kind, name, body)
  }

  async deleteResource(kind: ResourceKind, name: string): Promise<boolean> {
    this.checkOpen()
    return this.admin.templates.deleteResource(kind, name)
  }

  async putTemplate(name: string, body: ValueObject, options?: { overwrite?: boolean }): Promise<void> {
    this.checkWritable()
    return this.admin.templates.putTemplate(name, body, options)
  }

  async getTemplates(pattern?: string): Promise<ValueObject> {
    this.checkOpen()
    return this.admin.templates.getTemplates(pattern)
  }

  async deleteTemplate(name: string): Promise<boolean> {
    this.checkOpen()
    return this.admin.templates.deleteTemplate(name)
  }

  readonly dataStreams: DataStreams = {
    list: async (pattern) => (this.checkOpen(), this.admin.dataStreams.list(pattern)),
    create: async (name) => (this.checkWritable(), this.admin.dataStreams.create(name)),
    remove: async (pattern) => (this.checkOpen(), this.admin.dataStreams.remove(pattern)),
    rollOver: async (name) => (this.checkWritable(), this.admin.dataStreams.rollOver(name)),
    setLifecycle: async (pattern, lifecycle) => (
      this.checkWritable(),
      this.admin.dataStreams.setLifecycle(pattern, lifecycle)
    ),
    modify: async (actions) => (this.checkWritable(), this.admin.dataStreams.modify(actions)),
  }

  readonly maintenance: IndexMaintenance = {
    flush: async (selection) => {
      this.checkOpen()
      for (const index of openOnly(this.indices.resolve(selection, this.clock.now()), selection)) {
        await index.idle()
        await index.seal(this.context)
        index.counters.flushes++
      }
      await this.upkeep.trim()
    },
    forceMerge: async (selection, { onlyExpungeDeletes }) => {
      this.checkWritable()
      for (const index of openOnly(this.indices.resolve(selection, this.clock.now()), selection))
        await index.forceMerge(this.context, onlyExpungeDeletes)
      await this.upkeep.trim()
    },
    copyIndex: async (kind, source, target, body) => {
      this.checkWritable()
      const index = this.indices.single(resolveDateMath(source, this.clock.now()))
      if (index.closed) throw fail('index.closed', { index: index.name })
      await index.idle()
      await index.seal(this.context)
      await this.admin.copy(kind, index, target, body, this.context)
    },
  }

  pipelinesOf(name: string): { first?: string | undefined; final?: string | undefined } | undefined {
    return this.admin.pipelinesOf(name)
  }

  streamOf(index: string): DataStream | undefined {
    return this.indices.streamOf(index)
  }

  async updateAliases(actions: readonly ValueObject[]): Promise<void> {
    this.checkWritable()
    return this.admin.updateAliases(actions)
  }

  async refresh(selection: IndexSelection): Promise<void> {
    this.checkOpen()
    for (const index of openOnly(this.indices.resolve(selection, this.clock.now()), selection))
      index.counters.refreshes++
    // A document can be found a moment before the journal has it.
    await Promise.all(this.inFlight)
  }

  // The store itself

  async health(): Promise<StoreHealth> {
    const indices = this.indices.byName.size
    return this.diskWatch.readOnly === undefined
      ? { status: 'green', indices }
      : { status: 'red', indices, readOnly: this.diskWatch.readOnly }
  }

  async disk(): Promise<{ total: number; free: number }> {
    return (await this.diskWatch.space()) ?? { total: 0, free: 0 }
  }

  close(): Promise<void> {
    this.closing ??= this.closeNow()
    return this.closing
  }

  private async closeNow(): Promise<void> {
    this.upkeep.stop()
    await Promise.all(this.inFlight)
    try {
      for (const index of this.indices.byName.values()) {
        await index.idle()
        await index.seal(this.context)
      }
      await this.admin.save()
      await this.upkeep.trim()
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.logger.error(
        { error: reason },
        `store: closed without a flush: ${reason}; the journal keeps what is missing`,
      )
    } finally {
      await this.admin.durable()?.catch(() => undefined)
      await this.journal.close()
      for (const index of this.indices.byName.values()) index.close()
      await this.lock.release()
    }
  }

  private checkOpen(): void {
    if (this.closing !== undefined) throw fail('store.closed')
  }

  private checkWritable(): void {
    this.checkOpen()
    if (this.diskWatch.readOnly !== undefined) throw fail('store.read_only', { reason: this.diskWatch.readOnly })
  }
}

function chunkEnd(operations: readonly BulkOperation[], from: number): number {
  let bytes = 0
  let to = from
  while (to < operations.length && to - from < CHUNK_OPERATIONS && bytes < CHUNK_BYTES)
    bytes += operations[to++]!.source?.length ?? 0
  return to
}

function blocked(index: string): string {
  return `index [${index}] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];`
}

function failedItem(operation: BulkOperation, error: DiagnosticError): BulkItem {
  const { action, index, id = '' } = operation
  return { action, index, id, status: error.http.status, error: errorCause(error) }
}
