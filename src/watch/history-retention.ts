import type { Clock, Timer } from '../clock/index.ts'
import type { Logger } from '../diagnostic/index.ts'
import type { Store } from '../search/index.ts'

const DAY = 86_400_000
const BETWEEN = DAY / 4

/** Deletes the indices of the history whose last record is older than the records are kept, at the start and every six hours. */
export class HistoryRetention {
  private readonly store: Store
  private readonly clock: Clock
  private readonly logger: Logger
  private readonly keptMillis: number
  private timer: Timer | undefined

  constructor(options: { store: Store; clock: Clock; logger: Logger }, keptMillis: number) {
    this.store = options.store
    this.clock = options.clock
    this.logger = options.logger
    this.keptMillis = keptMillis
  }

  /** Never rejects. */
  async start(): Promise<void> {
    this.timer?.cancel()
    await this.prune()
    this.timer = this.clock.after(BETWEEN, () => void this.start())
  }

  stop(): void {
    this.timer?.cancel()
    this.timer = undefined
  }

  private async prune(): Promise<void> {
    try {
      const names = await this.store.resolveIndices({
        expressions: ['.watcher-history-*'],
        ignoreUnavailable: true,
        allowNoIndices: true,
        expandWildcards: ['open', 'hidden'],
      })
      const old = names.filter((name) => endOf(name) <= this.clock.now() - this.keptMillis)
      if (old.length === 0) return
      await this.store.deleteIndices({ expressions: old, ignoreUnavailable: true })
      this.logger.info({ indices: old }, `the history of watches up to ${old.at(-1)!.slice(-10)} was deleted`)
    } catch (error) {
      this.logger.error({ err: error }, 'the history of watches could not be pruned')
    }
  }
}

/** The end of the day that an index is of; Infinity for a name without one. */
function endOf(name: string): number {
  const day = /(\d{4})\.(\d\d)\.(\d\d)$/.exec(name)
  return day === null ? Infinity : Date.UTC(Number(day[1]), Number(day[2]) - 1, Number(day[3])) + DAY
}
