import type { Event } from '../../event/index.ts'
import type { Batch } from '../plugins/define.ts'

/** Events an input may have handed over before it has to wait. */
const ROOM = 1_000

/** A batch of an input, and how many of its pieces are still to be written. */
export interface Origin {
  readonly batch: Batch
  next: number
  left: number
}

/** What inputs have handed over and filters have not taken yet, in memory, and what waits to be acknowledged. */
export class BatchQueue {
  /** Events that wait. */
  events = 0
  private readonly queue: Origin[] = []
  /** Batches whose input waits to hear of them: its way out when the pipeline ends first. */
  private readonly outstanding = new Set<Origin>()
  private readonly waiting: (() => void)[] = []

  get isEmpty(): boolean {
    return this.queue.length === 0
  }

  /** Resolves when there is room for more. */
  push(batch: Batch): Promise<void> {
    const origin = { batch, next: 0, left: 0 }
    if (batch.lost !== undefined) this.outstanding.add(origin)
    this.queue.push(origin)
    this.events += batch.events.length
    if (this.events < ROOM) return Promise.resolve()
    return new Promise((resolve) => this.waiting.push(resolve))
  }

  /** Up to `most` events, with the batches they are a piece of. */
  take(most: number): { events: Event[]; origins: Origin[] } {
    const first = this.queue[0]
    const origins: Origin[] = []
    let events: Event[] = []
    if (first !== undefined && first.next === 0 && first.batch.events.length === most) {
      events = first.batch.events
      first.next = events.length
      first.left++
      origins.push(first)
      this.queue.shift()
    } else {
      while (this.queue.length > 0 && events.length < most) {
        const origin = this.queue[0]!
        const all = origin.batch.events
        const end = Math.min(all.length, origin.next + most - events.length)
        for (let i = origin.next; i < end; i++) events.push(all[i]!)
        origin.next = end
        origin.left++
        origins.push(origin)
        if (end === all.length) this.queue.shift()
      }
    }
    this.events -= events.length
    if (this.events < ROOM) this.resume()
    return { events, origins }
  }

  /** Pieces of batches are written; a batch is acknowledged with its last. */
  acknowledge(origins: readonly Origin[]): void {
    for (const origin of origins) {
      if (--origin.left > 0 || origin.next < origin.batch.events.length) continue
      this.outstanding.delete(origin)
      origin.batch.ack?.()
    }
  }

  /** Forgets what waits, and lets inputs go on. */
  clear(): void {
    this.queue.length = 0
    this.resume()
  }

  /** Tells inputs of what was not acknowledged. */
  loseRest(): void {
    for (const { batch } of this.outstanding) batch.lost?.()
    this.outstanding.clear()
  }

  private resume(): void {
    for (const resume of this.waiting.splice(0)) resume()
  }
}
