import type { Alerts, Finding } from '../alert/index.ts'
import { waitAtMost, type Clock, type Timer } from '../clock/index.ts'
import type { Logger } from '../diagnostic/index.ts'
import { toValue, type ValueObject } from '../event/index.ts'
import { checkSearch } from '../search/dsl/index.ts'
import type { BulkItem, BulkOperation, SearchHit, Store } from '../search/index.ts'
import type { Detector, SeenEvent } from './detector.ts'
import { DISORDER_MILLIS, RecentEvents } from './recent-events.ts'
import { parseSource, seenEvent } from './seen-event.ts'
import { Snapshots } from './snapshots.ts'
import { tapStore } from './tapped-store.ts'

export interface DetectionOptions {
  readonly detectors: readonly Detector[]
  readonly alerts: Pick<Alerts, 'raise' | 'flush'>
  readonly clock: Clock
  readonly logger: Logger
  /** `path.data`: states lie in `detect/`. */
  readonly dataPath: string
}

export interface DetectorStatus {
  readonly name: string
  readonly stats: Readonly<Record<string, number>>
  readonly events: number
  readonly findings: number
  readonly errors: number
  /** Milliseconds of a core it has used. */
  readonly millis: number
  readonly lastError?: string
}

/**
 * Judges what goes into the Store as it passes.
 *
 * - A bulk is judged when the Store has it: what it refused is not seen, and evidence names stored events by their ids.
 * - The answer of a bulk does not wait for alerts. A kill in between loses none: the state on disk is never newer than the
 *   alerts that are stored, and at the start the events since then are read from the Store and judged again. An alert that
 *   was raised already is the same alert.
 * - A detector that throws loses the batch, alone, with a message; the bulk is never refused because of it.
 */
export interface Detection {
  tap(store: Store): Store
  /** Takes up the states, judges what they have not seen of the Store, and begins to keep time. */
  start(store: Store): Promise<void>
  /** Judges events that come from elsewhere. */
  see(events: readonly SeenEvent[]): void
  status(): DetectorStatus[]
  /** Stores the states as they are, after the alerts they have raised. */
  save(): Promise<void>
  stop(): Promise<void>
}

const SNAPSHOT_MILLIS = 10_000
/** Taking states is to cost no more than this part of the time. */
const SNAPSHOT_SHARE = 0.02
const TICK_MILLIS = 1000
const PAGE = 5000
const CATCH_UP_LIMIT = 2_000_000
/** Nothing older is judged again at a start: what is over cannot be prevented. */
const CATCH_UP_MILLIS = 86_400_000

export function createDetection(options: DetectionOptions): Detection {
  return new Engine(options)
}

interface Judge {
  readonly detector: Detector
  events: number
  findings: number
  errors: number
  millis: number
  lastError?: string
}

class Engine implements Detection {
  private readonly options: DetectionOptions
  private readonly judges: Judge[]
  private readonly snapshots: Snapshots
  private readonly recent = new RecentEvents()
  /** The newest event time, never ahead of the clock: an event from the future must not hide those that follow. */
  private newest = 0
  /** How far event time is behind the clock: old logs that are read now are judged in their own time. */
  private behind = 0
  private changed = false
  /** Monotonic milliseconds. */
  private nextSave = 0
  private timers: Timer[] = []
  private stopped = false
  private saving: Promise<void> = Promise.resolve()

  constructor(options: DetectionOptions) {
    this.options = options
    this.judges = options.detectors.map((detector) => ({ detector, events: 0, findings: 0, errors: 0, millis: 0 }))
    this.snapshots = new Snapshots(options.dataPath)
  }

  tap(store: Store): Store {
    if (this.judges.length === 0) return store
    return tapStore(store, (operations, items) => this.see(eventsOf(operations, items)))
  }

  async start(store: Store): Promise<void> {
    if (this.judges.length === 0) return
    const seen = await this.restore()
    if (seen !== undefined) await this.catchUp(store, seen - DISORDER_MILLIS)
    this.every(TICK_MILLIS, () => this.tick())
    this.every(TICK_MILLIS, () => {
      if (this.changed && this.options.clock.monotonic() >= this.nextSave) void this.save()
    })
  }

  /** Takes up the states; answers the newest event time in them, or undefined where there is nothing. */
  private async restore(): Promise<number | undefined> {
    const { logger } = this.options
    try {
      const snapshot = await this.snapshots.read()
      if (snapshot === undefined) return undefined
      for (const { detector } of this.judges) {
        const state = snapshot.states.get(detector.name)
        try {
          if (state !== undefined) detector.restore(state)
        } catch (error) {
          logger.warn({ err: error, detector: detector.name }, 'a detector starts without its state')
        }
      }
      this.newest = snapshot.seen
      this.recent.restore(snapshot.recent, snapshot.seen)
      return snapshot.seen
    } catch (error) {
      logger.warn({ err: error }, 'the detectors start without their states')
      return undefined
    }
  }

  see(events: readonly SeenEvent[]): void {
    if (events.length === 0) return
    this.changed = true
    const now = this.options.clock.now()
    for (const event of events) {
      if (event.time > this.newest) {
        this.newest = Math.max(this.newest, Math.min(event.time, now))
        this.behind = Math.max(0, now - this.newest)
      }
      this.recent.add(event)
    }
    for (const judge of this.judges) {
      judge.events += events.length
      this.ask(judge, () => judge.detector.see(events))
    }
  }

  status(): DetectorStatus[] {
    return this.judges.map(({ detector, ...counted }) => ({
      name: detector.name,
      stats: { ...detector.stats },
      ...counted,
    }))
  }

  save(): Promise<void> {
    const before = this.saving
    this.saving = (async () => {
      await before
      await this.saveStates()
    })()
    return this.saving
  }

  private async saveStates(): Promise<void> {
    this.changed = false
    const { clock } = this.options
    const began = clock.monotonic()
    const seen = this.newest
    const recent = this.recent.since(seen)
    const states = new Map<string, ReturnType<Detector['snapshot']>>()
    for (const { detector } of this.judges) {
      try {
        states.set(detector.name, detector.snapshot())
      } catch (error) {
        this.options.logger.error({ err: error, detector: detector.name }, 'the state of a detector cannot be taken')
      }
    }
    const spent = clock.monotonic() - began
    this.nextSave = began + Math.max(SNAPSHOT_MILLIS, spent / SNAPSHOT_SHARE)
    await this.options.alerts.flush()
    try {
      await this.snapshots.write({ states, seen, recent })
    } catch (error) {
      this.changed = true
      this.options.logger.error({ err: error }, 'the states of the detectors could not be stored')
    }
  }

  async stop(): Promise<void> {
    if (this.stopped) return
    this.stopped = true
    for (const timer of this.timers) timer.cancel()
    // Alerts that cannot be stored now are found again at the next start: the state on disk stays the older one.
    await waitAtMost(this.options.clock, 5000, this.save())
  }

  private tick(): void {
    const now = this.options.clock.now() - this.behind
    for (const judge of this.judges) this.ask(judge, () => judge.detector.tick(now))
  }

  private ask(judge: Judge, question: () => Finding[]): void {
    const began = this.options.clock.monotonic()
    try {
      const findings = question()
      if (findings.length === 0) return
      judge.findings += findings.length
      this.changed = true
      this.options.alerts.raise(findings)
    } catch (error) {
      judge.errors++
      judge.lastError = (error as Error).message
      if (judge.errors <= 10 || judge.errors % 1000 === 0)
        this.options.logger.error(
          { err: error, detector: judge.detector.name, errors: judge.errors },
          'a detector failed',
        )
    } finally {
      judge.millis += this.options.clock.monotonic() - began
    }
  }

  /** Judges the stored events that came after the states were taken. */
  private async catchUp(store: Store, since: number): Promise<void> {
    const { clock, logger } = this.options
    let from = Math.max(since, clock.now() - CATCH_UP_MILLIS)
    const to = clock.now() + DISORDER_MILLIS
    let skip = 0
    let read = 0
    try {
      await store.refresh({ expressions: ['*'], ignoreUnavailable: true, allowNoIndices: true })
      while (read < CATCH_UP_LIMIT) {
        const search = checkSearch(
          toValue({
            size: PAGE,
            from: skip,
            query: { range: { '@timestamp': { gte: from, lte: to, format: 'epoch_millis' } } },
            sort: [{ '@timestamp': { order: 'asc', unmapped_type: 'date' } }],
          }),
        )
        const { hits } = await store.search(
          { expressions: ['*'], ignoreUnavailable: true, allowNoIndices: true },
          search,
        )
        const events = hits.hits.map(eventOfHit).filter((event) => event !== undefined)
        this.see(events.filter((event) => !this.recent.wasSeen(event)))
        read += events.length
        if (hits.hits.length < PAGE) break
        const last = events.at(-1)?.time
        if (last === undefined) break
        // The next page begins with the events of the last moment, of which these were read.
        const same = events.filter(({ time }) => time === last).length
        skip = last === from ? skip + same : same
        if (skip > 5000) {
          from = last + 1
          skip = 0
        } else from = last
      }
      if (read > 0) logger.info({ events: read }, 'judged the events that came after the last state was stored')
    } catch (error) {
      logger.error({ err: error }, 'the events since the last state could not be read from the store')
    } finally {
      this.recent.caughtUp()
    }
  }

  private every(millis: number, work: () => void): void {
    const next = (at: number): void => {
      this.timers[at] = this.options.clock.after(millis, () => {
        if (this.stopped) return
        work()
        next(at)
      })
    }
    next(this.timers.length)
  }
}

function eventsOf(operations: readonly BulkOperation[], items: readonly BulkItem[]): SeenEvent[] {
  const events: SeenEvent[] = []
  for (const [i, { action, index, source }] of operations.entries()) {
    const item = items[i]
    if (action !== 'index' && action !== 'create') continue
    if (source === undefined || index.startsWith('.') || item === undefined || item.status >= 300) continue
    const fields = item.document === undefined ? parseSource(source) : (toValue(item.document) as ValueObject)
    const event = fields === undefined ? undefined : seenEvent(fields, item.index, item.id)
    if (event !== undefined) events.push(event)
  }
  return events
}

function eventOfHit({ _index, _id, _source }: SearchHit): SeenEvent | undefined {
  return _source === undefined ? undefined : seenEvent(_source, _index, _id)
}
