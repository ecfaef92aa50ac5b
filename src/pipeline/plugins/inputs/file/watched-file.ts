import { promises as fs } from 'node:fs'
import type { Event } from '../../../../event/index.ts'
import type { Batch, Codec, Decoder } from '../../define.ts'
import { identityOf } from './sincedb.ts'

const CHUNK = 256 * 1024

export interface ReadTarget {
  readonly codec: Codec
  readonly delimiter: Buffer
  readonly emit: (batch: Batch) => Promise<void>
  decorate(event: Event, path: string): void
  /** Events that came late could not be handed over. */
  failed(error: Error): void
  /** The position up to which every event of the file is durable has moved. */
  moved(file: WatchedFile): void
}

/**
 * One file that is followed. It is read a chunk at a time, and its position moves to the end of a line
 * only when every event before it is acknowledged, whatever the order of the acknowledgements.
 */
export class WatchedFile {
  readonly path: string
  readonly identity: string
  /** Acknowledged up to here. */
  acknowledged: number
  /** Milliseconds of the clock at the last byte read. */
  active: number
  private readonly handle: fs.FileHandle
  private readonly target: ReadTarget
  private readonly pending: { end: number; done: boolean }[] = []
  private decoder: Decoder
  private position: number
  /** Every event of what is before this was given out. */
  private lineEnd: number
  private wholeLines: number
  private closed = false
  private readonly buffer = Buffer.allocUnsafe(CHUNK)

  private constructor(
    path: string,
    identity: string,
    handle: fs.FileHandle,
    start: number,
    target: ReadTarget,
    now: number,
  ) {
    this.path = path
    this.identity = identity
    this.handle = handle
    this.position = start
    this.lineEnd = start
    this.wholeLines = start
    this.acknowledged = start
    this.target = target
    this.active = now
    this.decoder = this.makeDecoder()
  }

  /** `start` gives the first byte to read from the file's identity and size. */
  static async open(
    path: string,
    start: (identity: string, size: number) => number,
    target: ReadTarget,
    now: number,
  ): Promise<WatchedFile> {
    const handle = await fs.open(path, 'r')
    const stats = await handle.stat({ bigint: true })
    const identity = identityOf(stats)
    return new WatchedFile(path, identity, handle, start(identity, Number(stats.size)), target, now)
  }

  /** True where every event that was read is acknowledged. */
  get settled(): boolean {
    return this.pending.length === 0
  }

  /** Reads what there is, up to the file's end now; answers whether there was anything. */
  async read(now: number, stopping: () => boolean): Promise<boolean> {
    const { size } = await this.handle.stat()
    if (size < this.position) this.restart()
    let any = false
    while (!stopping()) {
      const { bytesRead } = await this.handle.read(this.buffer, 0, CHUNK, this.position)
      if (bytesRead === 0) break
      any = true
      this.active = now
      await this.feed(this.buffer.subarray(0, bytesRead))
    }
    return any
  }

  /** Gives out an unfinished last line: the file will not grow any more. */
  async finish(): Promise<void> {
    this.lineEnd = this.position
    await this.send(this.decoder.flush())
  }

  async close(): Promise<void> {
    this.closed = true
    await this.handle.close()
  }

  private makeDecoder(): Decoder {
    const decoder = this.target.codec.decoder({
      late: (events) => {
        // What a closed file held back is read again when it is opened again.
        if (this.closed || this.decoder !== decoder) return
        this.lineEnd = this.wholeLines
        this.send(events).catch(this.target.failed)
      },
    })
    return decoder
  }

  private async feed(bytes: Buffer): Promise<void> {
    const start = this.position
    this.position += bytes.length
    // A copy: strings are made from it at once, but a decoder may keep bytes of an unfinished line.
    const events = this.decoder.decode(bytes)
    const { delimiter } = this.target
    let end = bytes.lastIndexOf(delimiter)
    if (end >= 0) this.wholeLines = start + end + delimiter.length
    // Lines that are held back are read again after a restart.
    for (let held = this.decoder.heldLines ?? 0; held > 0 && end > 0; held--)
      end = bytes.lastIndexOf(delimiter, end - 1)
    if (end >= 0 && (end > 0 || !this.decoder.heldLines)) this.lineEnd = start + end + delimiter.length
    await this.send(events)
  }

  private async send(events: Event[]): Promise<void> {
    if (events.length === 0) {
      if (this.pending.length === 0) this.moveTo(this.lineEnd)
      return
    }
    for (const event of events) this.target.decorate(event, this.path)
    const mark = { end: this.lineEnd, done: false }
    this.pending.push(mark)
    await this.target.emit({
      events,
      ack: () => {
        mark.done = true
        this.advance()
      },
    })
  }

  private advance(): void {
    let end: number | undefined
    while (this.pending[0]?.done === true) end = this.pending.shift()!.end
    if (end !== undefined) this.moveTo(end)
  }

  private moveTo(end: number): void {
    if (end === this.acknowledged) return
    this.acknowledged = end
    this.target.moved(this)
  }

  /** The file was cut: what is there now is new. */
  private restart(): void {
    this.decoder = this.makeDecoder()
    this.position = 0
    this.lineEnd = 0
    this.wholeLines = 0
    this.pending.length = 0
    this.moveTo(0)
  }
}
