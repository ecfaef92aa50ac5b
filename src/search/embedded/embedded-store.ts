import { mkdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { cloneValue, isObject, newObject, type ValueObject } from '../../event/index.ts'
import { DiagnosticError, fail, type Logger } from '../../diagnostic/index.ts'
import type { Clock, Timer } from '../../clock/index.ts'
import { openJournal, type Journal } from '../../journal/index.ts'
import {
  applyTemplates,
  mergeMapping,
  normalSettings,
  parseMapping,
  parseTemplate,
  templateJson,
  wildcardMatch,
  type CheckedSearch,
  type IndexTemplate,
} from '../dsl/index.ts'
import type {
  BulkItem,
  BulkOperation,
  IndexSelection,
  IndexSummary,
  SearchResponse,
  Store,
  StoredDocument,
  StoreHealth,
} from '../store.ts'
import { checkAliasActions, checkAliasOptions } from './alias-actions.ts'
import { DamagedBlock } from './block-file.ts'
import { BulkRun, errorCause, type BulkHost } from './bulk-run.ts'
import { CatalogFile } from './catalog.ts'
import { ColumnCache } from './column-cache.ts'
import { countMatches, executeSearch, type SearchContext, type SearchedIndex } from './evaluator/index.ts'
import { lockFolder, type FolderLock } from './folder-lock.ts'
import { IdGenerator } from './id-generator.ts'
import { checkIndexName, resolveDateMath } from './index-name.ts'
import { Indices } from './indices.ts'
import { openIndices, replay } from './recovery.ts'
import { planRetention, type DiskSpace, type RetentionOptions } from './retention.ts'
import { FULL_SEGMENT, newUuid, StoredIndex, type SealContext } from './stored-index.ts'

export interface Evaluator {
  executeSearch(
    indices: readonly SearchedIndex[],
    search: CheckedSearch,
    context: SearchContext,
  ): Promise<SearchResponse> | SearchResponse
  countMatches(
    indices: readonly SearchedIndex[],
    search: CheckedSearch,
    context: SearchContext,
  ): Promise<number> | number
}

export interface EmbeddedStoreOptions {
  /** The data folder; made where it is not there. */
  readonly path: string
  readonly clock: Clock
  readonly logger: Logger
  /** What runs searches over segments; ours unless given. */
  readonly evaluator?: Evaluator
  readonly retention?: RetentionOptions
  /** Bytes of decoded columns kept; 192 MB unless given. */
  readonly cacheBytes?: number
  /** A live segment is sealed at so many documents (131,072 unless given) ... */
  readonly sealDocuments?: number
  /** ... or so many bytes of sources (48 MB unless given) ... */
  readonly sealBytes?: number
  /** ... or so many milliseconds after its first document (an hour unless given). */
  readonly sealAge?: number
  /** Size and free bytes of the file system that holds a path; for tests. */
  readonly diskSpace?: (path: string) => Promise<DiskSpace>
}

const CHECK_EVERY = 5_000
const DISK_EVERY = 30_000
const JOURNAL_LIMIT = 256 * 1024 * 1024
const LIVE_LIMIT = 192 * 1024 * 1024
/** Operations and bytes of sources applied in one go, and in one record of the journal. */
const CHUNK_OPERATIONS = 500
const CHUNK_BYTES = 2 * 1024 * 1024
/** Versions that clients of Elasticsearch look at; 8.17.0's. */
const CREATED_VERSION = '8521000'

/**
 * Opens the store in a folder: takes its lock, reads catalog and segments, applies the journal.
 * @throws store.locked, store.not_writable, or the error of a file of a newer version.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const { path, logger } = options
  let lock: FolderLock
  try {
    await mkdir(join(path, 'indices'), { recursive: true, mode: 0o700 })
    lock = await lockFolder(path, logger)
  } catch (error) {
    if (error instanceof DiagnosticError) throw error
    throw fail('store.not_writable', { path, reason: error instanceof Error ? error.message : String(error) })
  }
  try {
    const catalogFile = new CatalogFile(path, logger)
    const { content, intact } = await catalogFile.load()
    const catalog = content ?? { indices: [], templates: new Map(), aliases: new Map(), journal: 1 }
    const cache = new ColumnCache(options.cacheBytes ?? 192 * 1024 * 1024)
    const indices = await openIndices(join(path, 'indices'), catalog, intact, cache, logger)
    const sealed = indices.flatMap((index) => index.sealed)
    const first = Math.max(catalog.journal, ...sealed.map(({ directory }) => directory.journal))
    const journal = await openJournal(join(path, 'journal'), { logger, first })
    const store = new EmbeddedStore(options, lock, catalogFile, journal, cache)
    try {
      for (const index of indices) store.indices.byName.set(index.name, index)
      for (const [name, template] of catalog.templates) store.templates.set(name, template)
      for (const [alias, targets] of catalog.aliases) store.indices.aliases.set(alias, targets)
      await store.recover(intact)
    } catch (error) {
      await journal.close()
      throw error
    }
    return store
  } catch (error) {
    await lock.release()
    throw error
  }
}

class EmbeddedStore implements Store, BulkHost {
  readonly indices = new Indices()
  readonly templates = new Map<string, IndexTemplate>()
  readonly ids: IdGenerator
  private readonly options: EmbeddedStoreOptions
  private readonly clock: Clock
  private readonly logger: Logger
  private readonly lock: FolderLock
  private readonly catalogFile: CatalogFile
  private readonly journal: Journal
  private readonly cache: ColumnCache
  private readonly evaluator: Evaluator
  private readonly inFlight = new Set<Promise<boolean>>()
  private saving: Promise<void> | undefined
  private saveAgain: Promise<void> | undefined
  /** Set by what changed the catalog inside of a bulk: it must be durable before the bulk is answered. */
  private catalogChanged = false
  private timer: Timer | undefined
  private diskChecked = -Infinity
  private readOnly: string | undefined
  private warned = false
  private closing: Promise<void> | undefined
  private readonly context: SealContext

  constructor(
    options: EmbeddedStoreOptions,
    lock: FolderLock,
    catalogFile: CatalogFile,
    journal: Journal,
    cache: ColumnCache,
  ) {
    this.options = options
    this.clock = options.clock
    this.logger = options.logger
    this.lock = lock
    this.catalogFile = catalogFile
    this.journal = journal
    this.cache = cache
    this.evaluator = options.evaluator ?? { executeSearch, countMatches }
    this.ids = new IdGenerator(options.clock.now())
    this.context = {
      now: () => this.clock.now(),
      journal: () => this.journal.next,
      settled: async () => (await Promise.all(this.inFlight)).every(Boolean),
      saveCatalog: () => this.saveCatalog(),
      turn: () => new Promise((resolve) => setImmediate(resolve)),
    }
  }

  async recover(intact: boolean): Promise<void> {
    const byUuid = new Map([...this.indices.byName.values()].map((index) => [index.uuid, index]))
    const applied = await replay(this.journal, {
      context: this.context,
      logger: this.logger,
      indexOf: (operation) => {
        let index = byUuid.get(operation.uuid)
        if (index === undefined && !intact && !this.indices.byName.has(operation.index)) {
          index = this.makeIndex(operation.index, newObject(), operation.uuid)
          byUuid.set(index.uuid, index)
        }
        return index
      },
    })
    for (const index of this.indices.byName.values()) index.liveSince = this.clock.monotonic()
    if (applied > 0) this.logger.info({ operations: applied }, `store: applied ${applied} operations from the journal`)
    if (!intact) await this.saveCatalog()
    await this.checkDisk()
    await this.trim()
    this.schedule()
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
      await this.holdBack(touched)
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
        this.readOnly === undefined || operation.action === 'delete'
          ? run.apply(operation)
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
    if (this.catalogChanged) {
      this.catalogChanged = false
      waits.push(this.saveCatalog())
    } else if (this.saving !== undefined) waits.push(this.saveAgain ?? this.saving)
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
    for (const index of run.touched) this.sealIfFull(index)
    return { done, touched: run.touched }
  }

  private async forgetFlight(done: Promise<boolean>): Promise<void> {
    await done
    this.inFlight.delete(done)
  }

  /** Who writes faster than segments can be sealed waits, so that memory stays bounded. */
  private async holdBack(indices: ReadonlySet<StoredIndex>): Promise<void> {
    for (const index of indices) if (index.busy && this.isFull(index)) await index.idle().catch(() => undefined)
  }

  private isFull({ live }: StoredIndex): boolean {
    return (
      live.documents >= (this.options.sealDocuments ?? FULL_SEGMENT) ||
      live.sourceTotal >= (this.options.sealBytes ?? 48 * 1024 * 1024)
    )
  }

  private sealIfFull(index: StoredIndex): void {
    if (!index.busy && this.isFull(index)) this.background(this.sealAndMerge(index))
  }

  private async sealAndMerge(index: StoredIndex): Promise<void> {
    await index.seal(this.context)
    index.liveSince = 0
    await this.trim()
    await index.merge(this.context)
  }

  private background(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error)
      this.logger.error({ error: reason }, `store: cannot write a segment: ${reason}; the journal keeps its documents`)
    })
  }

  /** The journal forgets what all indices have on disk. */
  private async trim(): Promise<void> {
    let before = this.journal.next
    for (const { neededFrom } of this.indices.byName.values())
      if (neededFrom !== undefined && neededFrom < before) before = neededFrom
    await this.journal.trim(before)
  }

  writeTarget(name: string, requireAlias: boolean): StoredIndex {
    const resolved = resolveDateMath(name, this.clock.now())
    if (requireAlias && !this.indices.aliases.has(resolved)) throw fail('index.require_alias', { index: resolved })
    const index = this.indices.writeTarget(resolved)
    if (index !== undefined) return index
    checkIndexName(resolved)
    const made = this.makeIndex(resolved, newObject())
    this.catalogChanged = true
    return made
  }

  existingTarget(name: string): StoredIndex | undefined {
    return this.indices.writeTarget(resolveDateMath(name, this.clock.now()))
  }

  monotonic(): number {
    return this.clock.monotonic()
  }

  private makeIndex(name: string, body: ValueObject, uuid = newUuid()): StoredIndex {
    const { mappings, settings, aliases } = applyTemplates(name, this.templates.values(), body)
    const mapping = parseMapping(mappings)
    for (const alias of Object.keys(aliases)) {
      checkIndexName(alias)
      if (this.indices.byName.has(alias) || alias === name)
        throw fail('index.name', { index: alias, reason: 'an index exists with the same name as the alias' })
      checkAliasOptions(alias, aliases[alias]!)
    }
    const identity = { name, uuid, createdMillis: Math.floor(this.clock.now()), settings }
    const index = new StoredIndex(identity, mapping, join(this.options.path, 'indices'), this.cache, this.logger)
    this.indices.byName.set(name, index)
    for (const alias of Object.keys(aliases)) {
      const targets = this.indices.aliases.get(alias) ?? new Map<string, ValueObject>()
      targets.set(name, aliases[alias] as ValueObject)
      this.indices.aliases.set(alias, targets)
    }
    return index
  }

  // Reading

  search(
    selection: IndexSelection,
    search: CheckedSearch,
    options: { signal?: AbortSignal } = {},
  ): Promise<SearchResponse> {
    return this.reading(
      selection,
      (indices, context) => this.evaluator.executeSearch(indices, search, context),
      options.signal,
    )
  }

  count(selection: IndexSelection, search: CheckedSearch): Promise<number> {
    return this.reading(selection, (indices, context) => this.evaluator.countMatches(indices, search, context))
  }

  /** A segment that proves damaged is set aside, and the rest is read again. */
  private async reading<T>(
    selection: IndexSelection,
    read: (indices: readonly SearchedIndex[], context: SearchContext) => Promise<T> | T,
    signal?: AbortSignal,
  ): Promise<T> {
    this.checkOpen()
    for (;;) {
      const now = this.clock.now()
      const indices = this.indices.resolve(selection, now)
      try {
        const views = indices.map((index) => ({ name: index.name, mapping: index.mapping, segments: index.segments() }))
        return await read(views, { now, clock: this.clock, signal })
      } catch (error) {
        if (!(await this.setAside(error))) throw error
      }
    }
  }

  private async setAside(error: unknown): Promise<boolean> {
    if (!(error instanceof DamagedBlock)) return false
    for (const index of this.indices.byName.values()) if (await index.setAside(error)) return true
    return false
  }

  async get(name: string, id: string): Promise<StoredDocument | undefined> {
    this.checkOpen()
    const index = this.indices.single(resolveDateMath(name, this.clock.now()))
    for (;;) {
      try {
        const found = index.locate(id)
        if (found === undefined) return undefined
        const { segment, document } = found
        return {
          index: index.name,
          id,
          version: segment.version(document),
          seqNo: segment.seqNo(document),
          primaryTerm: 1,
          source: segment.source(document),
        }
      } catch (error) {
        if (!(await this.setAside(error))) throw error
      }
    }
  }

  // Indices, templates, aliases

  async createIndex(name: string, body: ValueObject): Promise<void> {
    this.checkWritable()
    const resolved = resolveDateMath(name, this.clock.now())
    checkIndexName(resolved)
    const existing = this.indices.byName.get(resolved)
    if (existing !== undefined) throw fail('index.exists', { index: resolved, uuid: existing.uuid })
    if (this.indices.aliases.has(resolved))
      throw fail('index.name', { index: resolved, reason: 'already exists as alias' })
    for (const key of Object.keys(body)) {
      if (!['settings', 'mappings', 'aliases'].includes(key))
        throw fail('index.body', { reason: `unknown key [${key}] for create index` })
      if (!isObject(body[key])) throw fail('index.body', { reason: `key [${key}] must be an object` })
    }
    this.makeIndex(resolved, body)
    await this.saveCatalog()
  }

  async deleteIndices(selection: IndexSelection): Promise<string[]> {
    this.checkOpen()
    const aliases = this.indices.aliases
    for (const expression of selection.expressions)
      if (aliases.has(expression) && selection.ignoreUnavailable !== true)
        throw fail('alias.invalid', {
          reason: `The provided expression [${expression}] matches an alias, specify the corresponding concrete indices instead.`,
        })
    const indices = this.indices.resolve(selection, this.clock.now())
    await this.removeIndices(indices)
    return indices.map(({ name }) => name)
  }

  private async removeIndices(indices: readonly StoredIndex[]): Promise<void> {
    if (indices.length === 0) return
    for (const index of indices) {
      index.dropped = true
      this.indices.remove(index)
    }
    await this.saveCatalog()
    for (const index of indices) {
      await index.idle().catch(() => undefined)
      await index.drop(index.sealed)
      await rm(index.folder, { recursive: true, force: true })
    }
  }

  async resolveIndices(selection: IndexSelection): Promise<string[]> {
    this.checkOpen()
    return this.indices.resolve(selection, this.clock.now()).map(({ name }) => name)
  }

  async describeIndices(selection: IndexSelection): Promise<IndexSummary[]> {
    this.checkOpen()
    return this.indices.resolve(selection, this.clock.now()).map((index) => ({
      name: index.name,
      uuid: index.uuid,
      hidden: index.hidden,
      createdMillis: index.createdMillis,
      documents: index.documents,
      deletedDocuments: index.deletedDocuments,
      bytes: index.bytes,
    }))
  }

  async getIndices(selection: IndexSelection): Promise<ValueObject> {
    this.checkOpen()
    const result = newObject()
    for (const index of this.indices.resolve(selection, this.clock.now())) {
      const aliases = newObject()
      for (const [alias, targets] of this.indices.aliases) {
        const options = targets.get(index.name)
        if (options !== undefined) aliases[alias] = cloneValue(options)
      }
      const entry = newObject()
      entry['aliases'] = aliases
      entry['mappings'] = index.mapping.toJson()
      entry['settings'] = settingsJson(index)
      result[index.name] = entry
    }
    return result
  }

  async putMapping(selection: IndexSelection, mapping: ValueObject): Promise<void> {
    this.checkWritable()
    const indices = this.indices.resolve(selection, this.clock.now())
    // All are checked before the first is changed.
    const merged = indices.map((index) => mergeMapping(index.mapping, mapping))
    for (const [i, index] of indices.entries()) index.mapping = merged[i]!
    await this.saveCatalog()
  }

  async putTemplate(name: string, body: ValueObject, options: { overwrite?: boolean } = {}): Promise<void> {
    this.checkWritable()
    const template = parseTemplate(name, body)
    if (this.templates.has(name) && options.overwrite !== true) return
    this.templates.set(name, template)
    await this.saveCatalog()
  }

  async getTemplates(pattern = '*'): Promise<ValueObject> {
    this.checkOpen()
    const result = newObject()
    const patterns = pattern.split(',')
    for (const [name, template] of this.templates)
      if (patterns.some((one) => wildcardMatch(one, name))) result[name] = cloneValue(templateJson(template))
    return result
  }

  async deleteTemplate(name: string): Promise<boolean> {
    this.checkOpen()
    const names = [...this.templates.keys()].filter((known) => wildcardMatch(name, known))
    for (const known of names) this.templates.delete(known)
    if (names.length > 0) await this.saveCatalog()
    return names.length > 0
  }

  async updateAliases(actions: readonly ValueObject[]): Promise<void> {
    this.checkWritable()
    const { aliases, removed } = checkAliasActions(this.indices, actions, this.clock.now())
    this.indices.aliases.clear()
    for (const [alias, targets] of aliases) this.indices.aliases.set(alias, targets)
    if (removed.length > 0) await this.removeIndices(removed)
    else await this.saveCatalog()
  }

  async refresh(selection: IndexSelection): Promise<void> {
    this.checkOpen()
    this.indices.resolve(selection, this.clock.now())
  }

  // The store itself

  async health(): Promise<StoreHealth> {
    const indices = this.indices.byName.size
    return this.readOnly === undefined
      ? { status: 'green', indices }
      : { status: 'red', indices, readOnly: this.readOnly }
  }

  close(): Promise<void> {
    this.closing ??= this.closeNow()
    return this.closing
  }

  private async closeNow(): Promise<void> {
    this.timer?.cancel()
    await Promise.all(this.inFlight)
    try {
      for (const index of this.indices.byName.values()) {
        await index.idle()
        await index.seal(this.context)
      }
      await this.saveCatalog()
      await this.trim()
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.logger.error(
        { error: reason },
        `store: closed without a flush: ${reason}; the journal keeps what is missing`,
      )
    } finally {
      await this.saving?.catch(() => undefined)
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
    if (this.readOnly !== undefined) throw fail('store.read_only', { reason: this.readOnly })
  }

  /** Saves that are asked for while one is written become one after it. */
  private saveCatalog(): Promise<void> {
    if (this.saving === undefined) {
      this.saving = this.writeCatalog().finally(() => {
        this.saving = undefined
      })
      return this.saving
    }
    this.saveAgain ??= this.saving
      .catch(() => undefined)
      .then(() => {
        this.saveAgain = undefined
        return this.saveCatalog()
      })
    return this.saveAgain
  }

  private async writeCatalog(): Promise<void> {
    const indices = [...this.indices.byName.values()].map(({ name, uuid, createdMillis, settings, mapping }) => ({
      name,
      uuid,
      createdMillis,
      settings,
      mappings: mapping.toJson(),
    }))
    const { templates } = this
    const { aliases } = this.indices
    try {
      await this.catalogFile.save({ indices, templates, aliases, journal: this.journal.next })
    } catch (error) {
      throw writeError(error)
    }
  }

  private schedule(): void {
    this.timer = this.clock.after(CHECK_EVERY, () => void this.upkeep())
  }

  private async upkeep(): Promise<void> {
    try {
      await this.maintain()
    } catch (error) {
      this.logger.error({ error: String(error) }, `store: upkeep failed: ${String(error)}`)
    }
    if (this.closing === undefined) this.schedule()
  }

  private async maintain(): Promise<void> {
    const age = this.options.sealAge ?? 3_600_000
    const indices = [...this.indices.byName.values()]
    const memory = indices.reduce((sum, { live }) => sum + live.bytes, 0)
    const largest = indices.reduce<StoredIndex | undefined>(
      (best, index) => (best === undefined || index.live.bytes > best.live.bytes ? index : best),
      undefined,
    )
    const pressed = this.journal.bytes() > JOURNAL_LIMIT
    for (const index of indices) {
      if (this.closing !== undefined) return
      const old = index.live.documents > 0 && this.clock.monotonic() - index.liveSince > age
      const needed = index.dirtyFrom !== undefined && pressed
      if (!index.busy && (old || needed || (memory > LIVE_LIMIT && index === largest))) await this.sealAndMerge(index)
    }
    if (this.clock.monotonic() - this.diskChecked >= DISK_EVERY) await this.checkDisk()
  }

  /** Retention, and the switch to read-only and back. */
  private async checkDisk(): Promise<void> {
    this.diskChecked = this.clock.monotonic()
    const { retention = {}, path } = this.options
    const disk = await (this.options.diskSpace ?? diskSpace)(path)
    for (const { index, segments, whole } of planRetention(
      this.indices.byName.values(),
      retention,
      this.clock.now(),
      disk,
    )) {
      this.logger.info(
        { index: index.name, segments: segments.length },
        `store: retention removed ${whole ? 'index' : `${segments.length} segments of index`} [${index.name}]`,
      )
      if (whole) await this.removeIndices([index])
      else await index.drop(segments)
    }
    const share = disk.total === 0 ? 1 : disk.free / disk.total
    const percent = (share * 100).toFixed(1)
    const wasReadOnly = this.readOnly !== undefined
    if (share < (retention.readOnlyBelow ?? 0.05)) {
      this.readOnly = `only ${percent} % of the disk of ${path} is free: the store is read-only until there is more`
      if (!wasReadOnly) this.logger.error({ path, free: disk.free }, `store: ${this.readOnly}`)
    } else {
      this.readOnly = undefined
      if (wasReadOnly)
        this.logger.info({ path, free: disk.free }, 'store: there is room on the disk again, writes go on')
    }
    const low = share < (retention.warnBelow ?? 0.1)
    if (low && !this.warned && this.readOnly === undefined)
      this.logger.warn(
        { path, free: disk.free },
        `store: only ${percent} % of the disk of ${path} is free; below ${(retention.readOnlyBelow ?? 0.05) * 100} % the store refuses writes`,
      )
    this.warned = low
  }
}

async function diskSpace(path: string): Promise<DiskSpace> {
  const { bsize, blocks, bavail } = await statfs(path)
  return { total: bsize * blocks, free: bsize * bavail }
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

function writeError(error: unknown): DiagnosticError {
  if (error instanceof DiagnosticError) return error
  const { code, message } = error as NodeJS.ErrnoException
  return fail('store.write', { reason: code === 'ENOSPC' || code === 'EDQUOT' ? 'no space left on the disk' : message })
}

function settingsJson({ settings, createdMillis, uuid, name }: StoredIndex): ValueObject {
  const result = normalSettings(settings)
  const index = (result['index'] ??= newObject()) as ValueObject
  index['number_of_shards'] = '1'
  index['number_of_replicas'] ??= '0'
  index['creation_date'] = String(createdMillis)
  index['uuid'] = uuid
  index['provided_name'] = name
  const version = newObject()
  version['created'] = CREATED_VERSION
  index['version'] = version
  return result
}
