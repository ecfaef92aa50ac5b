import { diagnose, fail, type Diagnostic } from '../diagnostic/index.ts'
import { Timestamp, toValue, type Value, type ValueObject } from '../event/index.ts'
import { checkSearch } from '../search/dsl/index.ts'
import { installTemplates } from './documents.ts'
import type { RunResult } from './execute.ts'
import { isWatchId, readWatchFile, watchPaths } from './files.ts'
import { HistoryRetention } from './history-retention.ts'
import { Lease } from './lease.ts'
import { infoOf, spreadAnchor, type LiveWatch } from './live-watch.ts'
import { dueTimes, nextRun } from './missed.ts'
import type { Watch } from './model.ts'
import { queryWatches } from './query-watches.ts'
import { Runs } from './runs.ts'
import { restoreSecrets, WatchSecrets } from './secrets.ts'
import { WatchStatus } from './status.ts'
import { WatchDocuments } from './watch-documents.ts'
import { WatchTable } from './watch-table.ts'
import type { CurrentRun, ExecuteOptions, PutOptions, Replay, Watcher, WatcherOptions, WatchInfo } from './watcher.ts'

const LONGEST_WAIT = 86_400_000
/** Milliseconds; where more is missing, the clock was put back and the run is not to wait for it. */
const EARLY_AT_MOST = 5_000
/** As Elasticsearch's own policy of the history has it. */
const HISTORY_KEPT = 7 * 86_400_000

export function createWatcher(options: WatcherOptions): Watcher {
  return new StoredWatcher(options)
}

class StoredWatcher implements Watcher {
  private started = false
  private halted = false
  private readonly options: WatcherOptions
  private readonly documents: WatchDocuments
  private readonly runs: Runs
  private readonly table: WatchTable
  private readonly lease: Lease | undefined
  private readonly retention: HistoryRetention
  private prepared: Promise<void> | undefined

  constructor(options: WatcherOptions) {
    this.options = options
    const { shared } = options
    this.documents = new WatchDocuments(options.store, shared?.holder)
    this.retention = new HistoryRetention(options, options.settings?.historyMillis ?? HISTORY_KEPT)
    this.table = new WatchTable(options, this.documents, () => this.leads(), (live) => this.schedule(live)) // prettier-ignore
    if (shared !== undefined)
      this.lease = new Lease({
        ...options,
        ...shared,
        gained: () => this.lead(),
        looked: () => this.looked(),
      })
    this.runs = new Runs(options, this.documents, this.table, this.lease)
  }

  async put(
    id: string,
    definition: Value,
    options: PutOptions = {},
  ): Promise<{ info: WatchInfo; created: boolean; notices: readonly Diagnostic[] }> {
    if (!isWatchId(id)) throw fail('watch.id', { got: JSON.stringify(id.slice(0, 100)) })
    await this.prepare()
    return this.exclusively(id, async () => {
      const before = this.table.live.get(id)
      this.refuseFile(before)
      // Only who has read this very version may leave its secrets where they are.
      const versioned = options.ifSeqNo !== undefined && options.ifPrimaryTerm !== undefined
      const given = versioned ? restoreSecrets(definition, before?.watch.source) : definition
      const { watch, notices } = this.table.read(id, given)
      const now = this.now()
      const status = new WatchStatus(watch, now)
      status.setActive(options.active ?? true, now)
      status.simulated = options.simulated ?? before?.status.simulated ?? false
      const { ifSeqNo, ifPrimaryTerm } = options
      const condition = ifSeqNo === undefined || ifPrimaryTerm === undefined ? {} : { ifSeqNo, ifPrimaryTerm }
      const versions = await this.documents.save({ watch, status, file: undefined }, condition)
      const anchor = this.options.clock.now()
      const live = this.table.replace({ watch, status, file: undefined, owner: undefined, anchor, ...versions })
      return { info: infoOf(live), created: before === undefined, notices }
    })
  }

  get(id: string): WatchInfo | undefined {
    const live = this.table.live.get(id)
    return live === undefined ? undefined : infoOf(live)
  }

  list(): WatchInfo[] {
    return [...this.table.live.values()].map(infoOf).sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  query(body: ValueObject): ReturnType<Watcher['query']> {
    return queryWatches(this.list(), body, this.options.clock)
  }

  async delete(id: string): Promise<number | undefined> {
    return this.exclusively(id, async () => {
      const live = this.table.live.get(id)
      if (live === undefined) return undefined
      this.refuseFile(live)
      const version = await this.documents.remove(id)
      this.table.drop(live)
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
      const { watch } = this.table.read(id ?? '_inlined_', definition)
      return run(watch, new WatchStatus(watch, now))
    }
    if (this.lease !== undefined) await this.exclusively(id ?? '', async () => undefined)
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
    return this.exclusively(id, async () => {
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
    return this.exclusively(id, async () => {
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
      await this.exclusively(id, () => this.placeFile(watch, path))
    }
    for (const live of this.table.live.values())
      if (live.file !== undefined && this.table.isOwn(live.owner) && !loaded.has(live.watch.id)) {
        await this.documents.remove(live.watch.id)
        this.table.drop(live)
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
    await this.table.load()
    await this.retention.start()
    this.halted = await this.documents.halted()
    this.started = true
    if (this.lease === undefined) await this.lead()
    else await this.lease.start()
  }

  async stop(): Promise<void> {
    this.started = false
    this.retention.stop()
    this.cancel()
    await this.idle()
    await this.lease?.stop()
  }

  get running(): boolean {
    return this.started && !this.halted
  }

  async halt(halted: boolean): Promise<void> {
    await this.prepare()
    await this.documents.setHalted(halted)
    if (!this.started && !halted) return this.start()
    await this.setHalted(halted)
    if (halted) await this.idle()
  }

  private async setHalted(halted: boolean): Promise<void> {
    if (this.halted === halted) return
    this.halted = halted
    this.options.logger.info({}, halted ? 'the watches are halted' : 'the watches go on')
    if (halted) this.cancel()
    else if (this.started && this.leads()) await this.lead()
  }

  private cancel(): void {
    for (const live of this.table.live.values()) live.timer?.cancel()
  }

  /** Takes over what other processes have changed. */
  private async looked(): Promise<void> {
    await this.table.sync()
    await this.setHalted(await this.documents.halted())
  }

  async idle(): Promise<void> {
    await Promise.allSettled([...this.table.live.values()].map(({ run }) => run))
    await this.table.exclusive.idle()
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

  /** Work on one watch, as it is now where others may change it too. */
  private exclusively<T>(id: string, work: () => Promise<T>): Promise<T> {
    return this.table.exclusive.do(id, async () => {
      if (this.lease !== undefined) await this.table.refresh(id)
      return work()
    })
  }

  private async placeFile(watch: Watch, file: string): Promise<void> {
    const stored = await this.documents.get(watch.id)
    const status = WatchStatus.from(stored?.body['status'], watch, this.now())
    const owner = this.options.shared?.holder
    const versions = await this.documents.save({ watch, status, file, owner })
    const anchor = spreadAnchor(watch.id, this.options.clock.now())
    this.table.replace({ watch, status, file, owner, anchor, ...versions })
  }

  /** Whether this process runs the schedules. */
  private leads(): boolean {
    return this.lease === undefined || this.lease.holds()
  }

  /** Begins to run, after what went before is settled. */
  private async lead(): Promise<void> {
    if (this.halted) return
    if (this.lease !== undefined) await this.table.sync()
    await this.runs.settleInterrupted()
    for (const live of this.table.live.values()) await this.runs.noteMissed(live)
    for (const live of this.table.live.values()) this.schedule(live)
    const watches = this.table.live.size
    this.options.logger.info({ watches }, watches === 1 ? '1 watch is running' : `${watches} watches are running`)
  }

  private schedule(live: LiveWatch): void {
    live.timer?.cancel()
    delete live.next
    if (!this.running || !this.leads() || !live.status.active || live.watch.schedules.length === 0) return
    if (this.table.live.get(live.watch.id) !== live) return
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
    if (!this.leads()) return
    // Timers and the clock run differently: what rings early is set again, or its time would come twice.
    const early = scheduledMillis - this.options.clock.now()
    if (early > 0 && early < EARLY_AT_MOST) return this.schedule(live)
    const scheduled = Timestamp.fromMillis(scheduledMillis)
    if (live.run === undefined) {
      live.run = this.runs.scheduled(live, scheduled).finally(() => {
        delete live.run
      })
    } else void this.runs.recordSkipped(live, scheduled)
    this.schedule(live)
  }

  private async saveStatus(live: LiveWatch): Promise<void> {
    Object.assign(live, await this.documents.save(live))
  }

  private needed(id: string): LiveWatch {
    const live = this.table.live.get(id)
    if (live === undefined) throw fail('watch.not_found', { id })
    return live
  }

  private refuseFile(live: LiveWatch | undefined): void {
    if (live?.file !== undefined) throw fail('watch.owned_by_file', { id: live.watch.id, path: live.file })
  }
}
