import { waitAtMost, type Clock, type Timer } from '../clock/index.ts'
import type { Logger } from '../diagnostic/index.ts'
import { newObject, stringifyJson, Timestamp, toValue } from '../event/index.ts'
import type { Store, StoredDocument } from '../search/index.ts'
import { isMissingIndex, LEASES, parseDocument } from './documents.ts'

const ID = 'watches'
const TERM = 15_000
const RENEWAL = TERM / 3
/** How long an end waits for a store that does not answer. */
const PARTING = 3000
/** Others wait longer than the holder counts, so that clocks of different pace do not let two hold it. */
const PATIENCE = TERM * 1.2

export interface LeaseOptions {
  readonly store: Store
  readonly clock: Clock
  readonly logger: Logger
  /** Who asks, stable over restarts: the holder that comes back has its lease at once. */
  readonly holder: string
  /** The holder as people know it. */
  readonly name: string
  /** Called when it is held, at the start or after another; it is given back where this rejects. */
  gained(): Promise<void>
  /** Called after each look at the lease that found it held, here or by another. */
  looked(): Promise<void>
}

interface Held {
  readonly seqNo: number
  readonly primaryTerm: number
  /** Until when it is held, by both of this machine's clocks. */
  readonly until: { readonly monotonic: number; readonly now: number }
}

/**
 * Of several processes on one store, which one runs the watches: a document that its holder renews.
 *
 * - Each write names the version before it (`if_seq_no`), so of two writers one is refused.
 * - No clock is compared with another's. The holder counts from before it asked; the others from when they saw the
 *   document change, and for longer. A machine that slept, or whose clock was set forward, does not hold it any more.
 * - A holder that ends gives it back; one that was killed is followed after 18 seconds.
 * - While the store does not answer nobody gets it, and the holder has it only until its term ends.
 *
 * Source of the method: C. Gray and D. Cheriton, Leases, 1989.
 */
export class Lease {
  private readonly options: LeaseOptions
  private held: Held | undefined
  private seen: { readonly version: string; readonly at: number } | undefined
  private leader: string | undefined
  private writes = 0
  private leading = false
  private stopped = true
  private timer: Timer | undefined
  private work: Promise<unknown> = Promise.resolve()
  private beginning: Promise<void> = Promise.resolve()
  /** A confirmation that has not been asked for yet: whoever comes until then shares it. */
  private confirming: Promise<boolean> | undefined
  private complaint: string | undefined

  constructor(options: LeaseOptions) {
    this.options = options
  }

  /** Whether this process may act now. */
  holds(): boolean {
    const { clock } = this.options
    const until = this.held?.until
    return this.leading && until !== undefined && clock.monotonic() < until.monotonic && clock.now() < until.now
  }

  /** Asks for it at once, and goes on asking. */
  async start(): Promise<void> {
    this.stopped = false
    await this.tick()
    await this.beginning
  }

  /** Gives it back. */
  async stop(): Promise<void> {
    this.stopped = true
    this.timer?.cancel()
    const leave = async (): Promise<void> => {
      await this.work
      await this.beginning
      if (this.leading) await this.write('')
    }
    // Where the store is away, the lease ends by itself.
    await waitAtMost(
      this.options.clock,
      PARTING,
      leave().catch(() => undefined),
    )
    this.leading = false
    this.held = undefined
  }

  /** Renews it now: what follows is fenced off from a process that has taken over. */
  async confirm(): Promise<boolean> {
    if (!this.holds()) return false
    this.confirming ??= this.inTurn(async () => {
      this.confirming = undefined
      if (!this.holds() || !(await this.write(this.options.holder))) this.leading = false
      return this.holds()
    })
    return this.confirming
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.work.then(work)
    this.work = result.catch(() => undefined)
    return result
  }

  private async tick(): Promise<void> {
    const { clock, logger } = this.options
    try {
      await this.inTurn(() => this.ask())
      await this.options.looked()
      this.complaint = undefined
    } catch (error) {
      const { message } = error as Error
      if (this.complaint !== message)
        logger.error({ err: error }, `no process is known to run the watches of the cluster: ${message}`)
      this.complaint = message
    }
    if (!this.stopped) this.timer = clock.after(RENEWAL, () => void this.tick())
  }

  private async ask(): Promise<void> {
    const { holder, name, logger } = this.options
    if (this.leading && !this.holds()) {
      this.leading = false
      logger.warn({}, 'this process does not run the watches any more: its lease has ended')
    }
    if (!(await this.isFree()) || !(await this.write(holder))) {
      this.leading = false
      return
    }
    if (this.leading) return
    this.leading = true
    this.leader = name
    logger.info({}, `this process runs the watches of the cluster (${name})`)
    this.beginning = this.options.gained().catch((error: unknown) => {
      this.leading = false
      logger.error({ err: error }, `the watches could not be taken over: ${(error as Error).message}`)
    })
  }

  /** Whether it may be asked for: nobody has it, this process has it, or its holder has not renewed it for too long. */
  private async isFree(): Promise<boolean> {
    if (this.leading && this.held !== undefined) return true
    const { clock, logger } = this.options
    const stored = await this.read()
    if (stored === undefined) {
      this.held = undefined
      return true
    }
    const { seqNo, primaryTerm } = stored
    this.held = { seqNo, primaryTerm, until: { monotonic: 0, now: 0 } }
    const version = `${primaryTerm}/${seqNo}`
    if (this.seen?.version !== version) this.seen = { version, at: clock.monotonic() }
    const { holder, name } = parseDocument(stored.source)
    if (holder === '' || holder === this.options.holder || clock.monotonic() - this.seen.at >= PATIENCE) return true
    if (this.leader !== name) logger.info({}, `the watches of the cluster are run by ${String(name)}`)
    this.leader = String(name)
    return false
  }

  /** @returns false where another process was first */
  private async write(holder: string): Promise<boolean> {
    const { store, clock, name } = this.options
    const asked = { monotonic: clock.monotonic(), now: clock.now() }
    const body = toValue({ holder, name, write: ++this.writes, renewed: Timestamp.fromMillis(asked.now) })
    const version = this.held === undefined ? {} : { ifSeqNo: this.held.seqNo, ifPrimaryTerm: this.held.primaryTerm }
    const action = this.held === undefined ? 'create' : 'index'
    const [item] = await store.bulk([{ action, index: LEASES, id: ID, source: stringifyJson(body), ...version }])
    const until = { monotonic: asked.monotonic + TERM, now: asked.now + TERM }
    if (item!.status < 300) {
      this.held = { seqNo: item!.seqNo ?? 0, primaryTerm: item!.primaryTerm ?? 1, until }
      return true
    }
    if (item!.status !== 409) throw new Error(item!.error?.reason ?? `status ${item!.status}`)
    // The store may have taken this very write when its first answer was lost on the way.
    const stored = await this.read()
    const mine = stored === undefined ? newObject() : parseDocument(stored.source)
    const taken = mine['holder'] === holder && mine['write'] === this.writes
    this.held = taken ? { seqNo: stored!.seqNo, primaryTerm: stored!.primaryTerm, until } : undefined
    return taken
  }

  private async read(): Promise<StoredDocument | undefined> {
    try {
      return await this.options.store.get(LEASES, ID)
    } catch (error) {
      if (isMissingIndex(error)) return undefined
      throw error
    }
  }
}
