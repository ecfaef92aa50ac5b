import type { Timer } from '../clock/index.ts'
import { diagnose, DiagnosticError, fail, type Diagnostic } from '../diagnostic/index.ts'
import { Timestamp, toValue, type Value, type ValueObject } from '../event/index.ts'
import { checkSearch } from '../search/dsl/index.ts'
import { installTemplates, readAll, WATCHES, type StoredWatch } from './documents.ts'
import { messageIdOf, runWatch, type ExecutionState, type RunResult } from './execute.ts'
import { isWatchId, readWatchFile, watchPaths } from './files.ts'
import { dueTimes, missedRecord, nextRun, runPast } from './missed.ts'
import type { Services, Watch } from './model.ts'
import { readWatchValue } from './read-watch.ts'
import { restoreSecrets } from './redaction.ts'
import { RunSlots } from './run-slots.ts'
import { object, WatchStatus } from './status.ts'
import { WatchDocuments } from './watch-documents.ts'
import type { CurrentRun, ExecuteOptions, PutOptions, Replay, Watcher, WatcherOptions, WatchInfo } from './watcher.ts'

interface Live {
  readonly watch: Watch
  readonly status: WatchStatus
  readonly file: string | undefined
  readonly anchor: number
  version: number
  seqNo: number
  primaryTerm: number
  timer?: Timer
  next?: number
  run?: Promise<unknown>
}

const DEFAULT_THROTTLE = 5000
const LONGEST_WAIT = 86_400_000

export function createWatcher(options: WatcherOptions): Watcher {
  return new StoredWatcher(options)
}

class StoredWatcher implements Watcher {
  running = false
  private readonly options: WatcherOptions
  private readonly services: Services
  private readonly documents: WatchDocuments
  private readonly slots: RunSlots
  private readonly live = new Map<string, Live>()
  private readonly locks = new Map<string, Promise<unknown>>()
  private readonly underWay = new Set<{ watchId: string; triggered: Timestamp; started?: Timestamp }>()
  private prepared: Promise<void> | undefined

  constructor(options: WatcherOptions) {
    const { store, notifier, clock, logger, settings } = options
    this.options = options
    this.services = { store, notifier, clock, logger }
    this.documents = new WatchDocuments(store)
    this.slots = new RunSlots(settings?.concurrentRuns ?? 8)
  }

  async put(
    id: string,
    definition: Value,
    options: PutOptions = {},
  ): Promise<{ info: WatchInfo; created: boolean; notices: readonly Diagnostic[] }> {
    if (!isWatchId(id)) throw fail('watch.id', { got: JSON.stringify(id.slice(0, 100)) })
    await this.prepare()
    return this.exclusive(id, async () => {
      const before = this.live.get(id)
      this.refuseFile(before)
      const { watch, notices } = this.read(id, restoreSecrets(definition, before?.watch.source))
      const now = this.now()
      const status = new WatchStatus(watch, now)
      status.setActive(options.active ?? true, now)
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
    return this.exclusive(id, async () => {
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
    const run = async (watch: Watch, status: WatchStatus): Promise<RunResult> =>
      this.slots.use(() =>
        runWatch(watch, status, this.services, {
          triggered: options.triggered ?? now,
          scheduled: options.scheduled ?? options.triggered ?? now,
          manual: true,
          defaultThrottleMillis: this.defaultThrottle,
          ...(options.alternativeInput === undefined ? {} : { alternativeInput: options.alternativeInput }),
          ...(options.ignoreCondition === undefined ? {} : { ignoreCondition: options.ignoreCondition }),
          ...(options.actionModes === undefined ? {} : { actionModes: options.actionModes }),
        }),
      )
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
      await this.keep(live, result)
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
    const met = await this.slots.use(() => runPast(watch, this.services, times, 'simulate'))
    return { times: times.length, truncated, met: met.map(({ record }) => record) }
  }

  current(): { running: readonly CurrentRun[]; waiting: readonly CurrentRun[] } {
    const all = [...this.underWay]
    return {
      running: all.filter(({ started }) => started !== undefined),
      waiting: all.filter(({ started }) => started === undefined),
    }
  }

  async acknowledge(id: string, actionIds: readonly string[] = []): Promise<WatchInfo> {
    return this.exclusive(id, async () => {
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

  async setActive(id: string, active: boolean): Promise<WatchInfo> {
    return this.exclusive(id, async () => {
      const live = this.needed(id)
      live.status.setActive(active, this.now())
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
      await this.exclusive(id, async () => {
        const status = WatchStatus.from(stored?.body['status'], watch, this.now())
        this.replace(watch, status, path, await this.documents.save(watch, status, path))
      })
    }
    for (const live of this.live.values())
      if (live.file !== undefined && !loaded.has(live.watch.id)) {
        await this.documents.remove(live.watch.id)
        this.drop(live)
      }
    return diagnostics
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
      else this.adopt(stored)
    }
    await this.settleInterrupted()
    for (const live of this.live.values()) await this.noteMissed(live)
    this.running = true
    for (const live of this.live.values()) this.schedule(live)
    logger.info(
      { watches: this.live.size },
      this.live.size === 1 ? '1 watch is running' : `${this.live.size} watches are running`,
    )
  }

  async stop(): Promise<void> {
    this.running = false
    for (const live of this.live.values()) live.timer?.cancel()
    await this.idle()
  }

  async idle(): Promise<void> {
    await Promise.allSettled([...this.live.values()].map(({ run }) => run))
    await Promise.allSettled(this.locks.values())
  }

  private get defaultThrottle(): number {
    return this.options.settings?.defaultThrottleMillis ?? DEFAULT_THROTTLE
  }

  private now(): Timestamp {
    return Timestamp.fromMillis(this.options.clock.now())
  }

  private prepare(): Promise<void> {
    this.prepared ??= installTemplates(this.options.store).catch((error: unknown) => {
      this.prepared = undefined
      throw error
    })
    return this.prepared
  }

  private read(id: string, definition: Value): { watch: Watch; notices: readonly Diagnostic[] } {
    const { watch, diagnostics } = readWatchValue(id, definition, this.options.scripts)
    const errors = diagnostics.filter(({ severity }) => severity === 'error')
    if (watch === undefined) throw new DiagnosticError(errors)
    return { watch, notices: diagnostics }
  }

  private adopt(stored: StoredWatch): void {
    try {
      const { status: _status, file: _file, ...definition } = stored.body
      const { watch } = this.read(stored.id, toValue(definition))
      const status = WatchStatus.from(stored.body['status'], watch, this.now())
      this.replace(watch, status, undefined, stored)
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
  ): Live {
    const before = this.live.get(watch.id)
    if (before !== undefined) this.drop(before)
    const live: Live = { watch, status, file, anchor: this.options.clock.now(), version, seqNo, primaryTerm }
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

  private drop(live: Live): void {
    live.timer?.cancel()
    if (this.live.get(live.watch.id) === live) this.live.delete(live.watch.id)
  }

  private schedule(live: Live): void {
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

  private due(live: Live, scheduledMillis: number): void {
    const scheduled = Timestamp.fromMillis(scheduledMillis)
    if (live.run === undefined) {
      live.run = this.runScheduled(live, scheduled).finally(() => {
        delete live.run
      })
    } else {
      this.options.logger.warn(
        { watch: live.watch.id },
        `the watch '${live.watch.id}' is still running and is not run twice`,
      )
      void this.recordSkipped(live, scheduled)
    }
    this.schedule(live)
  }

  private async runScheduled(live: Live, scheduled: Timestamp): Promise<void> {
    const { watch, status } = live
    const triggered = this.now()
    const entry: { watchId: string; triggered: Timestamp; started?: Timestamp } = { watchId: watch.id, triggered }
    this.underWay.add(entry)
    try {
      const result = await this.slots.use(() => {
        entry.started = this.now()
        return runWatch(watch, status, this.services, {
          triggered,
          scheduled,
          defaultThrottleMillis: this.defaultThrottle,
          beforeNotifying: (executionId, actionIds) => this.documents.noteRun(executionId, watch.id, actionIds),
        })
      })
      if (result.state === 'failed')
        this.options.logger.error({ watch: watch.id }, `the watch '${watch.id}' failed: ${messagesOf(result.record)}`)
      await this.keep(live, result)
      this.options.onRun?.(watch.id, result.state)
    } catch (error) {
      this.options.logger.error({ err: error, watch: watch.id }, `the watch '${watch.id}' could not be run or recorded`)
    } finally {
      this.underWay.delete(entry)
    }
  }

  /** Stores status and record, and forgets the note of the run, in one write. */
  private async keep(live: Live, { executionId, record }: RunResult): Promise<void> {
    await this.exclusive(live.watch.id, async () => {
      const current = this.live.get(live.watch.id) === live
      const item = await this.documents.keepRun(
        executionId,
        record,
        this.options.clock.now(),
        current ? live : undefined,
      )
      if (item !== undefined) Object.assign(live, item)
    })
  }

  private async recordSkipped(live: Live, scheduled: Timestamp): Promise<void> {
    const now = this.now()
    const state: ExecutionState = 'not_executed_already_queued'
    const record = object({
      watch_id: live.watch.id,
      node: 'vedetta',
      state,
      trigger_event: object({
        type: 'schedule',
        triggered_time: now,
        schedule: object({ triggered_time: now, scheduled_time: scheduled }),
      }),
      result: object({ execution_time: now }),
      messages: ['Watch is already queued in thread pool'],
    })
    try {
      const id = `${live.watch.id}_skipped-${scheduled.toString()}`
      await this.documents.keepRun(id, record, this.options.clock.now(), undefined)
    } catch (error) {
      this.options.logger.error({ err: error, watch: live.watch.id }, 'a skipped run could not be recorded')
    }
  }

  /** Runs that a kill interrupted after their messages may have left: what the notifier took counts as sent. */
  private async settleInterrupted(): Promise<void> {
    for (const note of await this.documents.notedRuns()) {
      const live = this.live.get(note.watchId)
      const sent = note.actionIds.filter((id) => this.options.notifier.knows(messageIdOf(note.executionId, id)))
      if (live !== undefined) for (const id of sent) live.status.ran(id, { status: 'success' }, note.time)
      const told = sent.length === 0 ? 'no message had left' : `the messages of ${sent.join(', ')} had left`
      const record = object({
        watch_id: note.watchId,
        node: 'vedetta',
        state: sent.length === 0 ? 'failed' : 'executed',
        trigger_event: object({ type: 'schedule', triggered_time: note.time }),
        result: object({
          execution_time: note.time,
          actions: sent.map((id) => object({ id, status: 'success' })),
        }),
        messages: [`the process ended during this run; ${told}`],
      })
      const item = await this.documents.keepRun(note.executionId, record, note.time.millis, live)
      if (live !== undefined && item !== undefined) Object.assign(live, item)
    }
  }

  /** Records the runs that were due while the process was stopped, and makes them up where the settings say so. */
  private async noteMissed(live: Live): Promise<void> {
    const { watch, status } = live
    const last = status.lastChecked
    if (last === undefined || !status.active) return
    const now = this.now()
    const due = dueTimes(watch, Math.max(last.millis, status.activeSince.millis), now.millis)
    const { times } = due
    if (times.length === 0) return
    const catchUp = this.options.settings?.catchUp === true
    try {
      const met = catchUp ? await runPast(watch, this.services, times, 'skip') : undefined
      const record = missedRecord(
        watch,
        due,
        now,
        met?.map(({ at }) => at),
      )
      const id = `${watch.id}_missed-${Timestamp.fromMillis(times[0]!).toString()}`
      await this.documents.keepRun(id, record, now.millis, undefined)
      const latest = met?.at(-1)
      if (latest === undefined) return
      const result = await runWatch(watch, status, this.services, {
        triggered: now,
        scheduled: latest.at,
        at: latest.at,
        defaultThrottleMillis: this.defaultThrottle,
        beforeNotifying: (executionId, actionIds) => this.documents.noteRun(executionId, watch.id, actionIds),
      })
      await this.keep(live, result)
    } catch (error) {
      this.options.logger.error({ err: error, watch: watch.id }, `the missed runs of '${watch.id}' could not be noted`)
    }
  }

  private async saveStatus(live: Live): Promise<void> {
    Object.assign(live, await this.documents.save(live.watch, live.status, live.file))
  }

  private needed(id: string): Live {
    const live = this.live.get(id)
    if (live === undefined) throw fail('watch.not_found', { id })
    return live
  }

  private refuseFile(live: Live | undefined): void {
    if (live?.file !== undefined) throw fail('watch.owned_by_file', { id: live.watch.id, path: live.file })
  }

  /** Changes of one watch are made one after the other. */
  private exclusive<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.locks.get(id) ?? Promise.resolve()
    const result = before.then(work, work)
    const settled = result.then(
      () => undefined,
      () => undefined,
    )
    this.locks.set(id, settled)
    const release = (): void => {
      if (this.locks.get(id) === settled) this.locks.delete(id)
    }
    void settled.finally(release)
    return result
  }
}

function messagesOf(record: ValueObject): string {
  const messages = record['messages']
  return Array.isArray(messages) ? messages.map(String).join(': ') : ''
}

function infoOf(live: Live): WatchInfo {
  const { watch, status, file, next, version, seqNo, primaryTerm } = live
  return {
    id: watch.id,
    source: watch.source,
    status: status.toValue(),
    active: status.active,
    ...(next === undefined ? {} : { next }),
    ...(file === undefined ? {} : { file }),
    version,
    seqNo,
    primaryTerm,
  }
}
