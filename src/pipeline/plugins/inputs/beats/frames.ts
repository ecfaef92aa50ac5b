import { createInflate, type Inflate } from 'node:zlib'
import { newObject, type ValueObject } from '../../../../event/index.ts'

/** A frame of the Lumberjack protocol, version 1 or 2, as a writer sends it. */
export type Frame =
  | { readonly kind: 'window'; readonly version: number; readonly size: number }
  /** `payload` is JSON, `fields` the pairs of version 1. */
  | { readonly kind: 'json'; readonly version: number; readonly sequence: number; readonly payload: Buffer }
  | { readonly kind: 'data'; readonly version: number; readonly sequence: number; readonly fields: ValueObject }

export type FrameSink = (frames: Frame[]) => Promise<void>

const VERSION_1 = 0x31
const VERSION_2 = 0x32
const COMPRESSED = 0x43
const DATA = 0x44
const JSON_DATA = 0x4a
const WINDOW = 0x57
const MOST_PAIRS = 4096
const INFLATED_CHUNK = 64 * 1024

/**
 * Reads frames from a stream of bytes. Compressed frames are inflated as they come, and the frames in them handed over
 * a piece at a time, so that what a small frame inflates to is never in memory as a whole.
 *
 * - `read` rejects where the bytes are no frames, or an event is longer than `limit` bytes; nothing can be read after that.
 */
export class FrameReader {
  private readonly limit: number
  private readonly nested: boolean
  private held: Buffer[] = []
  private heldBytes = 0
  /** Bytes without which the next frame cannot be read. */
  private needed = 2
  private inflation: Inflation | undefined

  constructor(limit: number, nested = false) {
    this.limit = limit
    this.nested = nested
  }

  async read(chunk: Buffer, sink: FrameSink): Promise<void> {
    let bytes = chunk
    while (bytes.length > 0) {
      if (this.inflation !== undefined) {
        const part = bytes.subarray(0, this.inflation.left)
        bytes = bytes.subarray(part.length)
        if (await this.inflation.write(part)) this.inflation = undefined
        continue
      }
      if (this.heldBytes > 0) {
        this.hold(bytes)
        if (this.heldBytes < this.needed) return
        bytes = Buffer.concat(this.held)
        this.held = []
        this.heldBytes = 0
      }
      const frames: Frame[] = []
      const end = this.parse(bytes, frames, sink)
      if (frames.length > 0) await sink(frames)
      bytes = bytes.subarray(end)
      if (this.inflation === undefined && bytes.length > 0) {
        this.hold(bytes)
        return
      }
    }
  }

  /** Ends a compressed frame that did not end. */
  close(): void {
    this.inflation?.abort()
    this.inflation = undefined
  }

  private hold(bytes: Buffer): void {
    this.held.push(Buffer.from(bytes))
    this.heldBytes += bytes.length
  }

  /** Reads whole frames up to the first that is not whole, or compressed; answers where it ended. */
  private parse(bytes: Buffer, frames: Frame[], sink: FrameSink): number {
    let at = 0
    for (;;) {
      const left = bytes.length - at
      if (left < 2) {
        this.needed = 2
        return at
      }
      const version = bytes[at]
      if (version !== VERSION_1 && version !== VERSION_2)
        throw new Error('what was sent is not the Lumberjack protocol, version 1 or 2')
      const number = version - 0x30
      const type = bytes[at + 1]
      if (type === WINDOW) {
        if (left < 6) return this.need(6, at)
        frames.push({ kind: 'window', version: number, size: bytes.readUInt32BE(at + 2) })
        at += 6
      } else if (type === JSON_DATA) {
        if (left < 10) return this.need(10, at)
        const length = bytes.readUInt32BE(at + 6)
        this.check(length)
        if (left < 10 + length) return this.need(10 + length, at)
        const payload = bytes.subarray(at + 10, at + 10 + length)
        frames.push({ kind: 'json', version: number, sequence: bytes.readUInt32BE(at + 2), payload })
        at += 10 + length
      } else if (type === DATA) {
        const end = this.parsePairs(bytes, at, number, frames)
        if (end === undefined) return at
        at = end
      } else if (type === COMPRESSED && !this.nested) {
        if (left < 6) return this.need(6, at)
        this.inflation = new Inflation(bytes.readUInt32BE(at + 2), new FrameReader(this.limit, true), sink)
        if (this.inflation.left === 0) throw new Error('a compressed frame was empty')
        return at + 6
      } else throw new Error(`there is no frame of type 0x${type!.toString(16).padStart(2, '0')} here`)
    }
  }

  private parsePairs(bytes: Buffer, start: number, version: number, frames: Frame[]): number | undefined {
    if (bytes.length - start < 10) {
      this.need(10, start)
      return undefined
    }
    const count = bytes.readUInt32BE(start + 6)
    if (count > MOST_PAIRS) throw new Error(`an event had ${count} fields, which are more than ${MOST_PAIRS}`)
    const fields = newObject()
    let at = start + 10
    const readText = (): string | undefined => {
      if (bytes.length - at < 4) {
        this.need(at - start + 4, start)
        return undefined
      }
      const length = bytes.readUInt32BE(at)
      this.check(at - start + length)
      if (bytes.length - at < 4 + length) {
        this.need(at - start + 4 + length, start)
        return undefined
      }
      const text = bytes.toString('utf8', at + 4, at + 4 + length)
      at += 4 + length
      return text
    }
    for (let i = 0; i < count; i++) {
      const name = readText()
      const value = name === undefined ? undefined : readText()
      if (value === undefined) return undefined
      fields[name!] = value
    }
    frames.push({ kind: 'data', version, sequence: bytes.readUInt32BE(start + 2), fields })
    return at
  }

  private need(bytes: number, at: number): number {
    this.needed = bytes
    return at
  }

  private check(length: number): void {
    if (length > this.limit) throw new Error(`an event of ${length} bytes is longer than ${this.limit}`)
  }
}

/** The inside of one compressed frame. */
class Inflation {
  /** Compressed bytes that are still to come. */
  left: number
  private readonly stream: Inflate = createInflate({ chunkSize: INFLATED_CHUNK })
  private readonly reading: Promise<void>
  private failure: Error | undefined

  constructor(length: number, reader: FrameReader, sink: FrameSink) {
    this.left = length
    this.reading = (async () => {
      for await (const bytes of this.stream) await reader.read(bytes as Buffer, sink)
    })().catch((error: Error) => {
      this.failure = error
      this.stream.destroy()
    })
  }

  /** Takes the next bytes; true where they were the last ones and every frame is handed over. */
  async write(bytes: Buffer): Promise<boolean> {
    this.left -= bytes.length
    const last = this.left === 0
    await Promise.race([
      new Promise<void>((resolve) => {
        this.stream.write(bytes, () => resolve())
      }),
      this.reading,
    ])
    if (last && this.failure === undefined) {
      this.stream.end()
      await this.reading
    }
    if (this.failure !== undefined)
      throw 'code' in this.failure ? new Error(`a compressed frame is damaged: ${this.failure.message}`) : this.failure
    return last
  }

  abort(): void {
    this.stream.destroy()
  }
}

/** The answer of a reader: every event up to the sequence number is taken. */
export function ackFrame(version: number, sequence: number): Buffer {
  const frame = Buffer.alloc(6)
  frame[0] = 0x30 + version
  frame[1] = 0x41
  frame.writeUInt32BE(sequence, 2)
  return frame
}
