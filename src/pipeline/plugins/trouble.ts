import type { Clock } from '../../clock/index.ts'
import type { Logger } from '../../diagnostic/index.ts'

/** Why a bulk could not be applied as a whole; `kind` groups what is told once. */
export class Trouble extends Error {
  readonly kind: string

  constructor(kind: string, message: string) {
    super(message)
    this.name = 'Trouble'
    this.kind = kind
  }
}

const FIRST_MILLIS = 60_000
const LONGEST_MILLIS = 3_600_000

/** Tells a trouble once, then again at growing intervals while it lasts, and once when it is over. */
export class TroubleTeller {
  private readonly logger: Logger
  private readonly clock: Clock
  private readonly plugin: string
  private readonly verb: 'writes' | 'reads'
  private kind: string | undefined
  private since = 0
  private next = 0
  private interval = FIRST_MILLIS

  constructor(plugin: string, logger: Logger, clock: Clock, verb: 'writes' | 'reads' = 'writes') {
    this.verb = verb
    this.plugin = plugin
    this.logger = logger
    this.clock = clock
  }

  tell(trouble: Trouble): void {
    const now = this.clock.monotonic()
    if (this.kind === undefined) this.since = now
    if (this.kind === trouble.kind && now < this.next) return
    this.interval = this.kind === trouble.kind ? Math.min(this.interval * 2, LONGEST_MILLIS) : FIRST_MILLIS
    this.kind = trouble.kind
    this.next = now + this.interval
    this.logger.error({ plugin: this.plugin, trouble: trouble.kind }, trouble.message)
  }

  over(): void {
    if (this.kind === undefined) return
    const seconds = Math.round((this.clock.monotonic() - this.since) / 1000)
    this.kind = undefined
    this.logger.info(
      { plugin: this.plugin },
      this.verb === 'writes'
        ? `${this.plugin} output writes again after ${seconds} s; no event was lost`
        : `${this.plugin} input reads again after ${seconds} s`,
    )
  }
}
