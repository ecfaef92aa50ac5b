import { Timestamp, type ValueObject } from '../event/index.ts'
import { runWatch, type ExecutionState, type NotedAction, type RunOptions, type RunResult } from './execute.ts'
import type { Exclusive, LiveWatch } from './live-watch.ts'
import { dueTimes, missedRecord, runPast } from './missed.ts'
import type { Services, Watch } from './model.ts'
import { elementId, messageIdOf } from './run-action.ts'
import { RunSlots } from './run-slots.ts'
import { object, type WatchStatus } from './status.ts'
import type { WatchDocuments } from './watch-documents.ts'
import type { CurrentRun, WatcherOptions } from './watcher.ts'

const DEFAULT_THROTTLE = 5000
const CONCURRENT_RUNS = 8

/** Runs watches, so many at once, and keeps what came of it: status and record in one write. */
export class Runs {
  private readonly options: WatcherOptions
  private readonly services: Services
  private readonly documents: WatchDocuments
  private readonly exclusive: Exclusive
  /** False for a watch that was replaced or deleted meanwhile: its status is not stored any more. */
  private readonly isCurrent: (live: LiveWatch) => boolean
  private readonly slots: RunSlots
  private readonly underWay = new Set<{ watchId: string; triggered: Timestamp; started?: Timestamp }>()

  constructor(
    options: WatcherOptions,
    documents: WatchDocuments,
    exclusive: Exclusive,
    isCurrent: (live: LiveWatch) => boolean,
  ) {
    const { store, notifier, clock, logger, settings } = options
    this.options = options
    this.services = { store, notifier, clock, logger }
    this.documents = documents
    this.exclusive = exclusive
    this.isCurrent = isCurrent
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
          defaultThrottleMillis: this.defaultThrottle,
          beforeNotifying: (executionId, actions) => this.documents.noteRun(executionId, watch.id, actions),
        })
      })
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

  /** Stores status and record, and forgets the note of the run, in one write. */
  async keep(live: LiveWatch, { executionId, record }: RunResult): Promise<void> {
    await this.exclusive.do(live.watch.id, async () => {
      const stateful = this.isCurrent(live) ? live : undefined
      const item = await this.documents.keepRun(executionId, record, this.options.clock.now(), stateful)
      if (item !== undefined) Object.assign(live, item)
    })
  }

  /** Records a run that was due while the one before was still under way. */
  async recordSkipped(live: LiveWatch, scheduled: Timestamp): Promise<void> {
    this.options.logger.warn(
      { watch: live.watch.id },
      `the watch '${live.watch.id}' is still running and is not run twice`,
    )
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
  async settleInterrupted(liveOf: (id: string) => LiveWatch | undefined): Promise<void> {
    for (const note of await this.documents.notedRuns()) {
      const live = liveOf(note.watchId)
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
      const item = await this.documents.keepRun(note.executionId, record, note.time.millis, live)
      if (live !== undefined && item !== undefined) Object.assign(live, item)
    }
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
        defaultThrottleMillis: this.defaultThrottle,
        beforeNotifying: (executionId, actions) => this.documents.noteRun(executionId, watch.id, actions),
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
