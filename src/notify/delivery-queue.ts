import type { Clock } from '../clock/index.ts'
import { fail, type Logger } from '../diagnostic/index.ts'
import type { Journal } from '../journal/index.ts'
import { decodeRecord, encodeRecord, receiptOf, type End, type Work } from './delivery-record.ts'
import { DeliveryLane, type LaneItem } from './delivery-lane.ts'
import type { Attempt } from './attempt.ts'
import type { Receipt } from './notifier.ts'

export interface QueueOptions {
  readonly journal: Journal
  readonly clock: Clock
  readonly logger: Logger
  attempt(work: Work): Promise<Attempt>
  /** Keeps what a peer refused for good where a person finds it; returns its path. */
  keepRefused(work: Work): Promise<string | undefined>
}

interface Item extends LaneItem {
  readonly id: string
  sequence: number
  work: Work
  refusals: readonly string[]
  /** Settles when the first attempt since `deliver` has ended. */
  readonly first: Promise<Receipt>
  readonly settle: { resolve(receipt: Receipt): void; reject(error: unknown): void }
}

/** How long an id is remembered after its end, so that a repeat of the same message is recognised. */
const REMEMBERED_MILLIS = 86_400_000
const REMEMBERED_COUNT = 10_000
/** An attempt that takes longer goes on in the background. */
const WAIT_MILLIS = 15_000
const COMPACT_BYTES = 64 * 1024 * 1024

/**
 * What is to be delivered, on disk.
 *
 * - A message is accepted when its record is on disk; it is tried until its peer takes it or refuses it for good.
 * - What has ended is recorded at once: after a kill only a message whose peer had answered less than one fsync
 *   before is tried again, with the same id.
 * - One lane for each peer: a peer that is down holds up its own messages alone.
 */
export class DeliveryQueue {
  private readonly options: QueueOptions
  private readonly items = new Map<string, Item>()
  private readonly ended = new Map<string, { at: number; sequence: number; end: End }>()
  private readonly lanes = new Map<string, DeliveryLane>()
  private endedSinceTrim = 0
  private compacting: Promise<void> | undefined

  private constructor(options: QueueOptions) {
    this.options = options
  }

  static async open(options: QueueOptions): Promise<DeliveryQueue> {
    const queue = new DeliveryQueue(options)
    for await (const { sequence, record } of options.journal.read()) queue.replay(sequence, record)
    if (queue.items.size > 0)
      options.logger.info({ messages: queue.items.size }, `${queue.items.size} notifications still to be delivered`)
    for (const item of queue.items.values()) {
      item.first.catch(() => undefined)
      queue.laneOf(item.work).add(item)
    }
    await queue.trim()
    return queue
  }

  get pending(): number {
    return this.items.size
  }

  knows(id: string): boolean {
    return this.items.has(id) || this.ended.has(id)
  }

  /** Accepts a message; one that is known already is not accepted again. */
  async deliver(id: string, work: Work): Promise<Receipt> {
    const known = this.known(id)
    if (known !== undefined) return known
    const item = this.newItem(id, 0, work, [])
    this.items.set(id, item)
    const at = this.options.clock.now()
    try {
      item.sequence = await this.options.journal.append(encodeRecord({ kind: 'accepted', id, at, work, refusals: [] }))
    } catch (error) {
      this.items.delete(id)
      item.first.catch(() => undefined)
      item.settle.reject(error)
      throw error
    }
    const lane = this.laneOf(work)
    lane.add(item)
    if (lane.blockedBy !== undefined) {
      item.first.catch(() => undefined)
      return { state: 'queued', messageId: id, detail: lane.blockedBy }
    }
    return this.firstReceipt(item)
  }

  /** Records something that needs no delivery (a mail in the outbox), so that a repeat is recognised. */
  async recordEnd(id: string, end: End): Promise<void> {
    const at = this.options.clock.now()
    const sequence = await this.options.journal.append(encodeRecord({ kind: 'done', id, at, end }))
    this.ended.set(id, { at, sequence, end })
    await this.trimSometimes()
  }

  async close(): Promise<void> {
    await Promise.all([...this.lanes.values()].map((lane) => lane.close()))
    await this.compacting
    await this.options.journal.close()
  }

  private known(id: string): Promise<Receipt> | undefined {
    const item = this.items.get(id)
    if (item !== undefined) return this.firstReceipt(item)
    const before = this.ended.get(id)
    if (before === undefined) return undefined
    if (before.end.state === 'refused')
      return Promise.reject(fail('notify.refused', { peer: before.end.peer, reason: before.end.detail }))
    return Promise.resolve(receiptOf(id, before.end))
  }

  private firstReceipt(item: Item): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      const timer = this.options.clock.after(WAIT_MILLIS, () =>
        resolve({ state: 'queued', messageId: item.id, detail: 'the attempt is still under way' }),
      )
      item.first.then(resolve, reject).finally(() => timer.cancel())
    })
  }

  private newItem(id: string, sequence: number, work: Work, refusals: readonly string[]): Item {
    let settle!: Item['settle']
    const first = new Promise<Receipt>((resolve, reject) => {
      settle = { resolve, reject }
    })
    const item: Item = {
      id,
      sequence,
      work,
      refusals,
      first,
      settle,
      attempts: 0,
      dueAt: 0,
      run: () => this.tryOnce(item),
    }
    return item
  }

  private laneOf(work: Work): DeliveryLane {
    const name = laneName(work)
    let lane = this.lanes.get(name)
    if (lane === undefined) {
      lane = new DeliveryLane(name, this.options.clock, this.options.logger)
      this.lanes.set(name, lane)
    }
    return lane
  }

  private async tryOnce(item: Item): Promise<Attempt> {
    const attempt = await this.options.attempt(item.work)
    if (attempt.kind === 'retry') {
      if (attempt.remaining !== undefined && item.work.kind === 'email') {
        item.work = { ...item.work, recipients: attempt.remaining }
        item.refusals = [...item.refusals, ...attempt.refusals]
        const { id, refusals } = item
        await this.options.journal.append(
          encodeRecord({ kind: 'progress', id, remaining: attempt.remaining, refusals }),
        )
      }
      this.options.logger.warn({ message: item.id }, `a notification waits for the next attempt: ${attempt.reason}`)
      item.settle.resolve({ state: 'queued', messageId: item.id, detail: attempt.reason })
      return attempt
    }
    if (attempt.kind === 'delivered') {
      const refused = item.refusals.length === 0 ? '' : `; refused: ${item.refusals.join('; ')}`
      const end = { state: 'delivered', detail: `${attempt.detail}${refused}` } as const
      await this.end(item, end)
      item.settle.resolve(receiptOf(item.id, end))
    } else {
      const path = await this.options.keepRefused(item.work)
      const reason = [attempt.reason, ...item.refusals].join('; ')
      this.options.logger.error(
        { message: item.id },
        `${attempt.peer} refused a notification for good: ${reason}${path === undefined ? '' : `; it is kept in ${path}`}`,
      )
      const kept = path === undefined ? {} : { path }
      await this.end(item, { state: 'refused', peer: attempt.peer, detail: reason, ...kept })
      item.settle.reject(fail('notify.refused', { peer: attempt.peer, reason }))
      item.first.catch(() => undefined)
    }
    return attempt
  }

  private async end(item: Item, end: End): Promise<void> {
    await this.recordEnd(item.id, end)
    this.items.delete(item.id)
  }

  private replay(sequence: number, buffer: Buffer): void {
    const record = decodeRecord(buffer)
    if (record === undefined) {
      this.options.logger.error({ sequence }, `the delivery queue has a record (${sequence}) that cannot be read`)
      return
    }
    const item = this.items.get(record.id)
    if (record.kind === 'accepted') {
      this.items.set(record.id, this.newItem(record.id, sequence, record.work, record.refusals))
    } else if (record.kind === 'done') {
      this.items.delete(record.id)
      this.ended.set(record.id, { at: record.at, sequence, end: record.end })
    } else if (item !== undefined && item.work.kind === 'email') {
      item.work = { ...item.work, recipients: record.remaining }
      item.refusals = record.refusals
    }
  }

  private async trimSometimes(): Promise<void> {
    if (++this.endedSinceTrim < 256) return
    this.endedSinceTrim = 0
    this.compacting ??= this.trim().finally(() => {
      this.compacting = undefined
    })
    await this.compacting
  }

  /** Forgets what ended long ago; what still waits at the front of a large journal is written again at its end. */
  private async trim(): Promise<void> {
    const { journal, clock } = this.options
    const oldest = clock.now() - REMEMBERED_MILLIS
    for (const [id, { at }] of this.ended) {
      if (at >= oldest && this.ended.size <= REMEMBERED_COUNT) break
      this.ended.delete(id)
    }
    if (journal.bytes() > COMPACT_BYTES) {
      for (const [id, kept] of this.ended)
        kept.sequence = await journal.append(encodeRecord({ kind: 'done', id, at: kept.at, end: kept.end }))
      for (const item of this.items.values()) {
        if (item.sequence === 0) continue
        const { id, work, refusals } = item
        item.sequence = await journal.append(encodeRecord({ kind: 'accepted', id, at: clock.now(), work, refusals }))
      }
    }
    let floor = journal.next
    // One that is just being accepted has no number yet; it lies behind every other.
    for (const { sequence } of this.items.values()) if (sequence > 0) floor = Math.min(floor, sequence)
    for (const { sequence } of this.ended.values()) floor = Math.min(floor, sequence)
    if ([...this.items.values()].every(({ sequence }) => sequence > 0)) await journal.trim(floor)
  }
}

function laneName(work: Work): string {
  if (work.kind === 'email') return `mail ${work.account}`
  return work.kind === 'syslog' ? `syslog ${work.host}:${work.port}` : `webhook ${new URL(work.message.url).origin}`
}
