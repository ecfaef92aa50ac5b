import type { Clock, Timer } from '../clock/index.ts'
import type { Logger } from '../diagnostic/index.ts'
import { backOff, type Attempt } from './attempt.ts'

/** One message on its way to a peer. */
export interface LaneItem {
  attempts: number
  /** On the monotonic clock. */
  dueAt: number
  run(): Promise<Attempt>
}

/**
 * The messages for one peer, tried one after the other, in their order.
 * Where the peer itself cannot be reached all of them wait together; where it puts off one, only that one waits.
 */
export class DeliveryLane {
  private readonly name: string
  private readonly clock: Clock
  private readonly logger: Logger
  private items: LaneItem[] = []
  private blockedUntil = 0
  private failures = 0
  private reason: string | undefined
  private running: Promise<void> | undefined
  private timer: Timer | undefined
  private closed = false

  constructor(name: string, clock: Clock, logger: Logger) {
    this.name = name
    this.clock = clock
    this.logger = logger
  }

  /** Why nothing is tried now, while the peer cannot be reached. */
  get blockedBy(): string | undefined {
    return this.blockedUntil > this.clock.monotonic() ? this.reason : undefined
  }

  add(item: LaneItem): void {
    this.items.push(item)
    this.wake()
  }

  /** Lets the attempt that is under way end, and tries nothing more. */
  async close(): Promise<void> {
    this.closed = true
    this.timer?.cancel()
    await this.running
  }

  private wake(): void {
    if (this.closed || this.running !== undefined) return
    this.timer?.cancel()
    this.running = this.work().finally(() => {
      this.running = undefined
      this.schedule()
    })
  }

  private schedule(): void {
    if (this.closed || this.items.length === 0) return
    const now = this.clock.monotonic()
    const due = Math.max(this.blockedUntil, Math.min(...this.items.map(({ dueAt }) => dueAt)))
    this.timer = this.clock.after(Math.max(0, due - now), () => this.wake())
  }

  private async work(): Promise<void> {
    for (;;) {
      const now = this.clock.monotonic()
      if (this.closed || now < this.blockedUntil) return
      const item = this.items.find(({ dueAt }) => dueAt <= now)
      if (item === undefined) return
      item.attempts++
      let attempt: Attempt
      try {
        attempt = await item.run()
      } catch (error) {
        // The queue's disk failed: the message stays, as for a peer that is down.
        this.logger.error({ err: error, lane: this.name }, 'an attempt to deliver could not be recorded')
        attempt = { kind: 'retry', scope: 'peer', reason: (error as Error).message, refusals: [] }
      }
      this.settle(item, attempt)
    }
  }

  private settle(item: LaneItem, attempt: Attempt): void {
    const now = this.clock.monotonic()
    if (attempt.kind !== 'retry') {
      this.items = this.items.filter((other) => other !== item)
      this.failures = 0
      return
    }
    if (attempt.scope === 'peer') {
      this.reason = attempt.reason
      this.blockedUntil = now + backOff(++this.failures)
    } else {
      this.failures = 0
      item.dueAt = now + Math.max(attempt.afterMillis ?? 0, backOff(item.attempts))
    }
  }
}
