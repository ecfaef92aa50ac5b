import { diagnose, DiagnosticError, fail, type Diagnostic } from '../diagnostic/index.ts'
import { Timestamp, toValue, type Value, type ValueObject } from '../event/index.ts'
import { checkSearch } from '../search/dsl/index.ts'
import { installTemplates, readAll, WATCHES, type StoredWatch } from './documents.ts'
import type { RunResult } from './execute.ts'
import { isWatchId, readWatchFile, watchPaths } from './files.ts'
import { HistoryRetention } from './history-retention.ts'
import { Exclusive, infoOf, spreadAnchor, type LiveWatch } from './live-watch.ts'
import { dueTimes, nextRun } from './missed.ts'
import type { Watch } from './model.ts'
import { readWatchValue } from './read-watch.ts'
import { Runs } from './runs.ts'
import { restoreSecrets, WatchSecrets } from './secrets.ts'
import { WatchStatus } from './status.ts'
import { WatchDocuments } from './watch-documents.ts'
import type { CurrentRun, ExecuteOptions, PutOptions, Replay, Watcher, WatcherOptions, WatchInfo } from './watcher.ts'

const LONGEST_WAIT = 86_400_000
/** As Elasticsearch's own policy of the history has it. */
const HISTORY_KEPT = 7 * 86_400_000

export function createWatcher(options: WatcherOptions): Watcher {
  return new StoredWatcher(options)
}

class StoredWatcher implements Watcher {
  running = false
  private readonly options: WatcherOptions
  private readonly documents: WatchDocuments
  private readonly runs: Runs
  private readonly live = new Map<string, LiveWatch>()
  private readonly exclusive = new Exclusive()
  private readonly retention: HistoryRetention
  private prepared: Promise<void> | undefined

  constructor(options: WatcherOptions) {
    this.options = options
    this.documents = new WatchDocuments(options.store)
    this.retention = new HistoryRetention(options, options.settings?.historyMillis ?? HISTORY_KEPT)
    this.runs = new Runs(options, this.documents, this.exclusive, (live) => this.live.get(live.watch.id) === live)
  }

  async put(
    id: string,
    definition: Value,
    options: PutOptions = {},
  ): Promise<{ info: WatchInfo; created: boolean; notices: readonly Diagnostic[] }> {
    if (!isWatchId(id)) throw fail('watch.id', { got: JSON.stringify(id.slice(0, 100)) })
    await this.prepare()
    return this.exclusive.do(id, async () => {
      const before = this.live.get(id)
      this.refuseFile(before)
      // Only who has read this very version may leave its secrets where they are.
      const versioned = options.ifSeqNo !== undefined && options.ifPrimaryTerm !== undefined
      const given = versioned ? restoreSecrets(definition, before?.watch.source) : definition
      const { watch, notices } = this.read(id, given)
      const now = this.now()
      const status = new WatchStatus(watch, now)
      status.setActive(options.active ?? true, now)
      status.simulated = options.simulated ?? before?.status.simulated ?? false
      const item = await this.documents.save(watch, status, undefined, options)
      const live = this.replace(watch, status, undefined, item)
      return { info: infoOf(live), created: before === undefined, notices }
    })
  }

  get(id: string): WatchInfo | undefined {
    const live = this.live.get(id)
    return live === undefined ? undefined : infoOf(live)
  }

  list(): WatchInfo[] {
    return [...this.live.values()].map(infoOf).sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  async delete(id: string): Promise<number | undefined> {
    return this.exclusive.do(id, async () => {
      const live = this.live.get(id)
      if (live === undefined) return undefined
      this.refuseFile(live)
      const version = await this.documents.remove(id)
      this.drop(live)
      return version
    })
  }

  async execute(id: string | undefined, options: ExecuteOptions, definition?: Value): Promise<RunResult> {
    await this.prepare()
    const now = this.now()
    const { alternativeInput, ignoreCondition, actionModes } = options
    const run = (watch: Watch, status: WatchStatus): Promise<RunResult> =>
      this.runs.manual(watch, status, {
        triggered: options.triggered ?? now,
        scheduled: options.scheduled ?? options.triggered ?? now,
        ...(alternativeInput === undefined ? {} : { alternativeInput }),
        ...(ignoreCondition === undefined ? {} : { ignoreCondition }),
        ...(actionModes === undefined ? {} : { actionModes }),
      })
    if (definition !== undefined) {
      if (options.recordExecution === true)
        throw fail('watch.request', { reason: 'a watch that is given inline cannot record its execution' })
      const { watch } = this.read(id ?? '_inlined_', definition)
      return run(watch, new WatchStatus(watch, now))
    }
    const live = this.needed(id ?? '')
    if (options.recordExecution !== true) {
      // The run is tried on a copy: neither throttling nor acknowledgement changes.
      return run(live.watch, WatchStatus.from(live.status.toValue(), live.watch, now))
    }
    await live.run
    const running = run(live.watch, live.status).then(async (result) => {
      await this.runs.keep(live, result)
      return result
    })
    live.run = running
    try {
      return await running
    } finally {
      delete live.run
    }
  }

  async replay(id: string, from: Timestamp, to: Timestamp): Promise<Replay> {
    const { watch } = this.needed(id)
    const { times, truncated } = dueTimes(watch, from.millis - 1, to.millis, from.millis)
    const met = await this.runs.past(watch, times)
    return { times: times.length, truncated, met: met.map(({ record }) => record) }
  }

  current(): { running: readonly CurrentRun[]; waiting: readonly CurrentRun[] } {
    return this.runs.current()
  }

  async acknowledge(id: string, actionIds: readonly string[] = []): Promise<WatchInfo> {
    return this.exclusive.do(id, async () => {
      const live = this.needed(id)
      const ids = actionIds.length === 0 || actionIds.includes('_all') ? live.status.actionIds : actionIds
      const unknown = ids.filter((action) => !live.status.actionIds.includes(action))
      if (unknown.length > 0)
        throw fail('watch.request', { reason: `the watch '${id}' has no action '${unknown.join("', '")}'` })
      live.status.acknowledge(ids, this.now())
      await this.saveStatus(live)
      return infoOf(live)
    })
  }

  async setActive(id: string, active: boolean, simulated?: boolean): Promise<WatchInfo> {
    return this.exclusive.do(id, async () => {
      const live = this.needed(id)
      live.status.setActive(active, this.now())
      if (simulated !== undefined) live.status.simulated = simulated
      await this.saveStatus(live)
      this.schedule(live)
      return infoOf(live)
    })
  }

  async history(id: string | undefined, size: number): Promise<ValueObject[]> {
    const body = toValue({
      size,
      sort: [{ 'result.execution_time': { order: 'desc', unmapped_type: 'date' } }],
      ...(id === undefined ? {} : { query: { bool: { filter: [{ term: { watch_id: id } }] } } }),
    })
    const selection = { expressions: ['.watcher-history-*'], ignoreUnavailable: true, allowNoIndices: true }
    const { hits } = await this.options.store.search(selection, checkSearch(body))
    return hits.hits.map((hit) => hit._source).filter((source) => source !== undefined)
  }

  async loadFiles(folder: string): Promise<Diagnostic[]> {
    await this.prepare()
    const diagnostics: Diagnostic[] = []
    let paths: string[]
    try {
      paths = watchPaths(folder)
    } catch (error) {
      throw fail('watch.unreadable', { path: folder, reason: (error as Error).message })
    }
    const loaded = new Set<string>()
    for (const path of paths) {
      const file = readWatchFile(path, this.options.scripts)
      diagnostics.push(...file.diagnostics)
      if (file.watch === undefined) continue
      const { id, watch } = file
      const stored = await this.documents.get(id)
      if (stored !== undefined && stored.body['file'] === undefined) {
        diagnostics.push(diagnose('watch.exists', { id, path }))
        continue
      }
      loaded.add(id)
      await this.exclusive.do(id, async () => {
        const status = WatchStatus.from(stored?.body['status'], watch, this.now())
        const versions = await this.documents.save(watch, status, path)
        this.replace(watch, status, path, versions, spreadAnchor(id, this.options.clock.now()))
      })
    }
    for (const live of this.live.values())
      if (live.file !== undefined && !loaded.has(live.watch.id)) {
        await this.documents.remove(live.watch.id)
        this.drop(live)
      }
    return diagnostics
  }

  async indexSettings(): Promise<ValueObject> {
    await this.prepare()
    return this.documents.settings()
  }

  async changeIndexSettings(settings: ValueObject): Promise<void> {
    await this.prepare()
    await this.documents.changeSettings(settings)
  }

  check(path: string): readonly Diagnostic[] {
    return readWatchFile(path, this.options.scripts).diagnostics
  }

  async start(): Promise<void> {
    await this.prepare()
    const { store, logger } = this.options
    for (const stored of await readAll(store, WATCHES)) {
      if (this.live.has(stored.id)) continue
      if (stored.body['file'] !== undefined) await this.documents.remove(stored.id)
      else await this.adopt(stored)
    }
    await this.runs.settleInterrupted((id) => this.live.get(id))
    for (const live of this.live.values()) await this.runs.noteMissed(live)
    await this.retention.start()
    this.running = true
    for (const live of this.live.values()) this.schedule(live)
    logger.info(
      { watches: this.live.size },
      this.live.size === 1 ? '1 watch is running' : `${this.live.size} watches are running`,
    )
  }

  async stop(): Promise<void> {
    this.running = false
    this.retention.stop()
    for (const live of this.live.values()) live.timer?.cancel()
    await this.idle()
  }

  async idle(): Promise<void> {
    await Promise.allSettled([...this.live.values()].map(({ run }) => run))
    await this.exclusive.idle()
  }

  private now(): Timestamp {
    return Timestamp.fromMillis(this.options.clock.now())
  }

  private prepare(): Promise<void> {
    const prepare = async (): Promise<void> => {
      this.documents.secrets = await WatchSecrets.open(this.options.dataPath)
      await installTemplates(this.options.store)
    }
    this.prepared ??= prepare().catch((error: unknown) => {
      this.prepared = undefined
      throw error
    })
    return this.prepared
  }

  private read(id: string, definition: Value): { watch: Watch; notices: readonly Diagnostic[] } {
    const { watch, diagnostics, script } = readWatchValue(id, definition, this.options.scripts)
    const errors = diagnostics.filter(({ severity }) => severity === 'error')
    if (watch === undefined) throw Object.assign(new DiagnosticError(errors), { cause: script })
    return { watch, notices: diagnostics }
  }

  private async adopt(stored: StoredWatch): Promise<void> {
    try {
      const { status: _status, file: _file, ...sealed } = stored.body
      const definition = this.documents.secrets.unseal(stored.id, sealed as ValueObject)
      const { watch } = this.read(stored.id, definition)
      const status = WatchStatus.from(stored.body['status'], watch, this.now())
      const clear = WatchSecrets.isClear(sealed as ValueObject)
      const versions = clear ? await this.documents.save(watch, status, undefined) : stored
      this.replace(watch, status, undefined, versions, spreadAnchor(watch.id, this.options.clock.now()))
    } catch (error) {
      this.options.logger.error(
        { watch: stored.id },
        `the stored watch '${stored.id}' cannot run: ${(error as Error).message}`,
      )
    }
  }

  private replace(
    watch: Watch,
    status: WatchStatus,
    file: string | undefined,
    { version, seqNo, primaryTerm }: Pick<StoredWatch, 'version' | 'seqNo' | 'primaryTerm'>,
    anchor = this.options.clock.now(),
  ): LiveWatch {
    const before = this.live.get(watch.id)
    if (before !== undefined) this.drop(before)
    const live: LiveWatch = { watch, status, file, anchor, version, seqNo, primaryTerm }
    // A run of the definition before is waited for: a watch never overlaps itself.
    if (before?.run !== undefined) {
      const run = before.run.finally(() => {
        if (live.run === run) delete live.run
      })
      live.run = run
    }
    this.live.set(watch.id, live)
    if (this.running) this.schedule(live)
    return live
  }

  private drop(live: LiveWatch): void {
    live.timer?.cancel()
    if (this.live.get(live.watch.id) === live) this.live.delete(live.watch.id)
  }

  private schedule(live: LiveWatch): void {
    live.timer?.cancel()
    delete live.next
    if (!this.running || !live.status.active || live.watch.schedules.length === 0) return
    if (this.live.get(live.watch.id) !== live) return
    const now = this.options.clock.now()
    const next = nextRun(live.watch, now, live.anchor)
    if (next === Infinity) return
    live.next = next
    // A timer holds 24 days at most: what is further away is looked at again then.
    const wait = next - now
    live.timer =
      wait > LONGEST_WAIT
        ? this.options.clock.after(LONGEST_WAIT, () => this.schedule(live))
        : this.options.clock.after(wait, () => this.due(live, next))
  }

  private due(live: LiveWatch, scheduledMillis: number): void {
    const scheduled = Timestamp.fromMillis(scheduledMillis)
    if (live.run === undefined) {
      live.run = this.runs.scheduled(live, scheduled).finally(() => {
        delete live.run
      })
    } else void this.runs.recordSkipped(live, scheduled)
    this.schedule(live)
  }

  private async saveStatus(live: LiveWatch): Promise<void> {
    Object.assign(live, await this.documents.save(live.watch, live.status, live.file))
  }

  private needed(id: string): LiveWatch {
    const live = this.live.get(id)
    if (live === undefined) throw fail('watch.not_found', { id })
    return live
  }

  private refuseFile(live: LiveWatch | undefined): void {
    if (live?.file !== undefined) throw fail('watch.owned_by_file', { id: live.watch.id, path: live.file })
  }
}
