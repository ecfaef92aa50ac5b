import { Timestamp, type ValueObject } from '../event/index.ts'
import { runWatch, type ExecutionState, type NotedAction, type RunOptions, type RunResult } from './execute.ts'
import type { LiveWatch } from './live-watch.ts'
import { dueTimes, missedRecord, runPast } from './missed.ts'
import type { Services, Watch } from './model.ts'
import { elementId, messageIdOf } from './run-action.ts'
import { RunSlots } from './run-slots.ts'
import { object, type WatchStatus } from './status.ts'
import type { NotedRun, WatchDocuments } from './watch-documents.ts'
import type { WatchTable } from './watch-table.ts'
import type { CurrentRun, WatcherOptions } from './watcher.ts'

const DEFAULT_THROTTLE = 5000
const CONCURRENT_RUNS = 8

/** Whether this process is the one that runs schedules. */
export interface Leadership {
  holds(): boolean
  /** Asks anew, and fences off from whoever held it before. */
  confirm(): Promise<boolean>
}

const ALONE: Leadership = { holds: () => true, confirm: async () => true }

/** A watch that is due each second must not fill the log when it takes longer. */
const WARN_AGAIN_MILLIS = 60_000

/** Runs watches, so many at once, and keeps what came of it: status and record in one write. */
export class Runs {
  private readonly options: WatcherOptions
  private readonly services: Services
  private readonly documents: WatchDocuments
  private readonly table: WatchTable
  private readonly leadership: Leadership
  private readonly slots: RunSlots
  private readonly warnedOf = new WeakMap<LiveWatch, number>()
  private readonly underWay = new Set<{ watchId: string; triggered: Timestamp; started?: Timestamp }>()

  constructor(options: WatcherOptions, documents: WatchDocuments, table: WatchTable, leadership = ALONE) {
    const { store, notifier, clock, logger, settings } = options
    this.options = options
    this.services = { store, notifier, clock, logger }
    this.documents = documents
    this.table = table
    this.leadership = leadership
    this.slots = new RunSlots(settings?.concurrentRuns ?? CONCURRENT_RUNS)
  }

  current(): { running: readonly CurrentRun[]; waiting: readonly CurrentRun[] } {
    const all = [...this.underWay]
    return {
      running: all.filter(({ started }) => started !== undefined),
      waiting: all.filter(({ started }) => started === undefined),
    }
  }

  /** A run that was asked for. */
  manual(
    watch: Watch,
    status: WatchStatus,
    options: Omit<RunOptions, 'manual' | 'defaultThrottleMillis'>,
  ): Promise<RunResult> {
    const all = { ...options, manual: true, defaultThrottleMillis: this.defaultThrottle }
    return this.slots.use(() => runWatch(watch, status, this.services, all))
  }

  /** The runs of a span of the past whose condition was met; nothing is sent. */
  past(watch: Watch, times: readonly number[]): ReturnType<typeof runPast> {
    return this.slots.use(() => runPast(watch, this.services, times, 'simulate'))
  }

  /** Never rejects. */
  async scheduled(live: LiveWatch, scheduled: Timestamp): Promise<void> {
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
          ...this.acting(watch),
        })
      })
      if (this.lost(live, result.executionId)) return
      if (result.failed)
        this.options.logger.error({ watch: watch.id }, `the watch '${watch.id}' failed: ${messagesOf(result.record)}`)
      await this.keep(live, result)
      this.options.onRun?.(watch.id, result.state)
    } catch (error) {
      this.options.logger.error({ err: error, watch: watch.id }, `the watch '${watch.id}' could not be run or recorded`)
    } finally {
      this.underWay.delete(entry)
    }
  }

  /** Whether the run is to be made up by another process, which has taken over meanwhile. */
  private lost({ watch }: LiveWatch, executionId: string): boolean {
    if (this.leadership.holds()) return false
    this.documents.release(executionId)
    this.options.logger.warn({ watch: watch.id }, `a run of '${watch.id}' was given up: its lease had ended`)
    return true
  }

  /** Stores status and record, and forgets the note of the run, in one write. */
  async keep(live: LiveWatch, { executionId, record }: RunResult): Promise<void> {
    await this.table.exclusive.do(live.watch.id, () => this.store(live, executionId, record, this.options.clock.now()))
  }

  /** The status of a watch that was replaced or deleted meanwhile is not stored. */
  private async store(
    live: LiveWatch | undefined,
    executionId: string,
    record: ValueObject,
    millis: number,
  ): Promise<void> {
    const isCurrent = (): boolean => live !== undefined && this.table.live.get(live.watch.id) === live
    const kept = await this.documents.keepRun(executionId, record, millis, isCurrent() ? live : undefined)
    if (kept !== 'conflict') {
      if (kept !== undefined) Object.assign(live!, kept)
      return
    }
    // Somebody acknowledged it, or changed it, in another process.
    await this.table.refresh(live!.watch.id)
    if (isCurrent()) Object.assign(live!, await this.documents.save(live!))
  }

  /** What a run that tells somebody needs. */
  private acting(watch: Watch): Pick<RunOptions, 'defaultThrottleMillis' | 'beforeNotifying' | 'mayAct'> {
    return {
      defaultThrottleMillis: this.defaultThrottle,
      mayAct: () => this.leadership.holds(),
      beforeNotifying: async (executionId, actions) => {
        if (await this.leadership.confirm()) await this.documents.noteRun(executionId, watch.id, actions)
      },
    }
  }

  /** Records a run that was due while the one before was still under way. */
  async recordSkipped(live: LiveWatch, scheduled: Timestamp): Promise<void> {
    const now = this.now()
    this.warnOfSkipped(live, now.millis)
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

  private warnOfSkipped(live: LiveWatch, millis: number): void {
    const { id } = live.watch
    if (millis - (this.warnedOf.get(live) ?? -Infinity) < WARN_AGAIN_MILLIS) return
    this.warnedOf.set(live, millis)
    this.options.logger.warn(
      { watch: id },
      `the watch '${id}' is still running and is not run twice; its history has each run that was left out`,
    )
  }

  /** Runs that a kill interrupted after their messages may have left: what the notifier took counts as sent. */
  async settleInterrupted(): Promise<void> {
    for (const note of await this.documents.notedRuns()) {
      const live = this.table.live.get(note.watchId)
      if (note.holder !== this.options.shared?.holder) {
        await this.makeUp(live, note)
        continue
      }
      const knows = (id: string): boolean => this.options.notifier.knows(messageIdOf(note.executionId, id))
      const left = ({ id, entities }: NotedAction): boolean =>
        knows(id) || entities.some((_, i) => knows(elementId(id, i)))
      const sent = note.actions.filter(left).map(({ id }) => id)
      for (const { id, entities } of note.actions) {
        if (live === undefined || !sent.includes(id)) continue
        live.status.ran(id, { status: 'success' }, note.time)
        const spec = live.watch.actions.find((action) => action.id === id)
        if (spec?.throttleBy === undefined) continue
        const told =
          spec.foreach === undefined
            ? entities
            : entities.filter((entity, i) => entity !== '' && knows(elementId(id, i)))
        live.status.tellEntities(id, told, spec.throttleBy.periodMillis, note.time)
      }
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
      await this.store(live, note.executionId, record, note.time.millis)
    }
  }

  /**
   * Runs again, at its time, what another process began: what that one told before it ended is not known here, but its
   * messages have the same ids.
   */
  private async makeUp(live: LiveWatch | undefined, { executionId, time }: NotedRun): Promise<void> {
    if (live !== undefined) {
      const same = { id: executionId, triggered: this.now(), scheduled: time, at: time }
      const result = await runWatch(live.watch, live.status, this.services, { ...same, ...this.acting(live.watch) })
      if (this.lost(live, executionId)) return
      this.options.logger.warn({ watch: live.watch.id }, `the run ${executionId} of another process was made up`)
      await this.keep(live, result)
    }
    await this.documents.forgetNote(executionId)
  }

  /** Records the runs that were due while the process was stopped, and makes them up where the settings say so. */
  async noteMissed(live: LiveWatch): Promise<void> {
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
        ...this.acting(watch),
      })
      await this.keep(live, result)
    } catch (error) {
      this.options.logger.error({ err: error, watch: watch.id }, `the missed runs of '${watch.id}' could not be noted`)
    }
  }

  private get defaultThrottle(): number {
    return this.options.settings?.defaultThrottleMillis ?? DEFAULT_THROTTLE
  }

  private now(): Timestamp {
    return Timestamp.fromMillis(this.options.clock.now())
  }
}

function messagesOf(record: ValueObject): string {
  const messages = record['messages']
  return Array.isArray(messages) ? messages.map(String).join(': ') : ''
}
