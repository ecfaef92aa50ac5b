import { join } from 'node:path'
import type { Clock, Timer } from '../../clock/index.ts'
import type { Logger } from '../../diagnostic/index.ts'
import type { Event } from '../../event/index.ts'
import { openJournal, readIfThere, replaceFile, type Journal } from '../../journal/index.ts'
import type { Batch } from '../plugins/define.ts'
import { packEvents, unpackEvents, type Parcel } from './parcel.ts'
import type { QueueOptions } from './queue-settings.ts'

const VERSION = 1
/** Events that are kept in memory besides the disk, so that a pipeline that keeps up reads nothing back. */
const HELD_EVENTS = 4_000
/** What was done is written down so often: a kill repeats at most that much. */
const CHECKPOINT_MILLIS = 1_000
const CHECKPOINT_BATCHES = 1_024
const RETRY_MILLIS = 1_000

export interface PersistedQueueOptions extends QueueOptions {
  /** `path.data/queue/ID`. */
  readonly folder: string
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * A queue on disk between the inputs of a pipeline and its filters: what an input handed over is acknowledged when it is
 * durable, and is done when the outputs have it. After a crash what was not done comes again: at least once.
 *
 * - Batches are delivered in the order of the disk.
 * - Where the disk cannot be written, inputs wait and it is tried again.
 */
export class PersistedQueue {
  private readonly options: PersistedQueueOptions
  private readonly journal: Journal
  /** Batches that are durable and in memory too, by sequence number. */
  private readonly held = new Map<number, Event[]>()
  private heldEvents = 0
  /** The next batch to deliver. */
  private cursor: number
  /** After the newest durable batch. */
  private end: number
  /** Delivered and not done, in the order of delivery. */
  private readonly open = new Set<number>()
  private checkpointed: number
  private doneSince = 0
  private timer: Timer | undefined
  private saving: Promise<void> = Promise.resolve()
  private ended = false
  private stopped = false
  private wake: () => void = () => {}
  private readonly waiting: (() => void)[] = []

  private constructor(options: PersistedQueueOptions, journal: Journal, from: number) {
    this.options = options
    this.journal = journal
    this.cursor = from
    this.checkpointed = from
    this.end = journal.next
  }

  /** @throws DiagnosticError where the files are of a newer version */
  static async open(options: PersistedQueueOptions): Promise<PersistedQueue> {
    const { folder, logger, pageBytes } = options
    const from = await readCheckpoint(folder, logger)
    const journal = await openJournal(folder, { logger, fileBytes: pageBytes, first: from })
    return new PersistedQueue(options, journal, Math.min(from, journal.next))
  }

  bytes(): number {
    return this.journal.bytes()
  }

  /** Takes a batch of an input; resolves when there is room for the next. */
  async put(batch: Batch): Promise<void> {
    const { events } = batch
    const record = Buffer.from(JSON.stringify(packEvents(events)))
    for (;;) {
      if (this.stopped) return batch.lost?.()
      if (this.journal.bytes() >= this.options.maxBytes) {
        await new Promise<void>((resolve) => this.waiting.push(resolve))
        continue
      }
      try {
        const sequence = await this.journal.append(record)
        this.taken(sequence, events)
        return batch.ack?.()
      } catch (error) {
        this.options.logger.error({ err: error }, 'the queue cannot be written; inputs wait')
        await this.options.clock.sleep(RETRY_MILLIS)
      }
    }
  }

  /** Delivers, until the inputs have ended and all is delivered, or until it is stopped. */
  async run(deliver: (batch: Batch) => Promise<void>): Promise<void> {
    while (!this.stopped) {
      if (this.cursor >= this.end) {
        if (this.ended) return
        await new Promise<void>((resolve) => {
          this.wake = resolve
        })
      } else if (this.held.has(this.cursor)) await this.hand(this.cursor, undefined, deliver)
      else await this.catchUp(deliver)
    }
  }

  /** No more batches come. */
  endInputs(): void {
    this.ended = true
    this.wake()
  }

  /** Delivers no more; what is on disk stays for the next start. */
  halt(): void {
    this.stopped = true
    this.wake()
    for (const resume of this.waiting.splice(0)) resume()
  }

  /** After everything that is to be done is done. */
  async close(): Promise<void> {
    this.halt()
    this.timer?.cancel()
    await this.saving
    try {
      await this.checkpoint()
    } finally {
      await this.journal.close()
    }
  }

  private taken(sequence: number, events: Event[]): void {
    this.end = Math.max(this.end, sequence + 1)
    if (this.heldEvents + events.length <= HELD_EVENTS) {
      this.held.set(sequence, events)
      this.heldEvents += events.length
    }
    this.wake()
  }

  /** Reads back what came faster than it could be delivered, or before the start. */
  private async catchUp(deliver: (batch: Batch) => Promise<void>): Promise<void> {
    const { end } = this
    for await (const { sequence, record } of this.journal.read(this.cursor)) {
      if (this.stopped) return
      await this.hand(sequence, record, deliver)
    }
    // What is not there was damaged, or could not be written: its number is not given again.
    this.cursor = Math.max(this.cursor, end)
  }

  private async hand(
    sequence: number,
    record: Buffer | undefined,
    deliver: (batch: Batch) => Promise<void>,
  ): Promise<void> {
    this.cursor = sequence + 1
    const known = this.held.get(sequence)
    if (known !== undefined) {
      this.held.delete(sequence)
      this.heldEvents -= known.length
    }
    const events = known ?? this.unpacked(record)
    this.open.add(sequence)
    await deliver({ events, ack: () => this.done(sequence) })
  }

  private unpacked(record: Buffer | undefined): Event[] {
    try {
      return unpackEvents(JSON.parse(record!.toString()) as Parcel)
    } catch (error) {
      this.options.logger.error({ err: error }, 'a batch of the queue cannot be read and is left out')
      return []
    }
  }

  private done(sequence: number): void {
    this.open.delete(sequence)
    if (++this.doneSince >= CHECKPOINT_BATCHES) return this.save()
    this.timer ??= this.options.clock.after(CHECKPOINT_MILLIS, () => this.save())
  }

  private save(): void {
    this.timer?.cancel()
    this.timer = undefined
    this.doneSince = 0
    this.saving = this.saving
      .then(() => this.checkpoint())
      .catch((error: unknown) => {
        this.options.logger.error(
          { err: error },
          'what the queue has done could not be written down; it may come again',
        )
      })
  }

  private async checkpoint(): Promise<void> {
    const [first = this.cursor] = this.open
    if (first === this.checkpointed) return
    await replaceFile(checkpointOf(this.options.folder), [
      Buffer.from(`${JSON.stringify({ version: VERSION, first })}\n`),
    ])
    this.checkpointed = first
    await this.journal.trim(first)
    if (this.journal.bytes() < this.options.maxBytes) for (const resume of this.waiting.splice(0)) resume()
  }
}

/** The first batch that is not done. */
async function readCheckpoint(folder: string, logger: Logger): Promise<number> {
  const path = checkpointOf(folder)
  const text = (await readIfThere(path))?.toString()
  if (text === undefined) return 1
  try {
    const { version, first } = JSON.parse(text) as { version: unknown; first: unknown }
    if (version === VERSION && typeof first === 'number' && Number.isSafeInteger(first) && first > 0) return first
  } catch {
    // Said below.
  }
  logger.error({ file: path }, 'the checkpoint of the queue cannot be read: all that is on disk comes again')
  return 1
}

function checkpointOf(folder: string): string {
  return join(folder, 'checkpoint.json')
}
