import type { Clock } from '../../../clock/index.ts'
import type { Logger } from '../../../diagnostic/index.ts'

const AGAIN_MILLIS = 60_000

/**
 * Tells that lookups fail: once, again each minute while the reason stays, at once where it is another; and when it
 * is over. One that fails and answers in turn is told each minute, not each time.
 */
export class Outage {
  private readonly what: string
  private readonly logger: Logger
  private readonly clock: Clock
  private reason: string | undefined
  private toldAt = 0
  private standing = false

  /** `what` answers lookups, such as `memcached`. */
  constructor(what: string, logger: Logger, clock: Clock) {
    this.what = what
    this.logger = logger
    this.clock = clock
  }

  failed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    const now = this.clock.monotonic()
    if (reason === this.reason && now - this.toldAt < AGAIN_MILLIS) return
    this.reason = reason
    this.toldAt = now
    this.standing = true
    this.logger.error({}, `${this.what}: ${reason}; events are tagged until it answers`)
  }

  over(): void {
    if (!this.standing) return
    this.standing = false
    this.logger.info({}, `${this.what} answers again`)
  }
}
