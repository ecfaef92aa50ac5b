import { isAscii, isUtf8 } from 'node:buffer'
import type { Converter } from './charset.ts'

/** Called for each line, without its delimiter; `cut` where the line was longer than the limit and its rest is skipped. */
export type LineSink = (line: string, cut: boolean) => void

/**
 * Splits a stream of bytes into lines of text, whole regions at a time: bytes are copied only where a line goes past
 * the end of a chunk, and decoded once for all lines of a chunk.
 *
 * - At most `limit` bytes of an unfinished line are held. A longer line is given out at once, cut to the limit;
 *   the rest of it, up to its delimiter, is skipped.
 */
export class LineSplitter {
  private readonly delimiter: Buffer
  private readonly delimiterText: string
  private readonly converter: Converter
  private readonly limit: number
  private held: Buffer[] = []
  private heldBytes = 0
  private skipping = false

  constructor(delimiter: string, converter: Converter, limit: number) {
    this.delimiter = Buffer.from(delimiter, 'utf8')
    this.delimiterText = delimiter
    this.converter = converter
    this.limit = limit
  }

  push(chunk: Buffer, sink: LineSink): void {
    const width = this.delimiter.length
    let bytes = chunk
    // A delimiter of several bytes may have begun in the chunk before.
    if (width > 1 && this.heldBytes > 0) {
      const tail = this.takeTail(width - 1)
      bytes = Buffer.concat([tail, chunk])
    }
    const first = bytes.indexOf(this.delimiter)
    if (first < 0) {
      this.hold(bytes, sink)
      return
    }
    let start = 0
    if (this.heldBytes > 0 || this.skipping) {
      this.finish(bytes.subarray(0, first), sink)
      start = first + width
    }
    if (width === 1) {
      const last = bytes.lastIndexOf(this.delimiter)
      if (last >= start) {
        this.region(bytes.subarray(start, last), sink)
        start = last + 1
      }
    } else {
      for (let end = bytes.indexOf(this.delimiter, start); end >= 0; end = bytes.indexOf(this.delimiter, start)) {
        this.line(bytes.subarray(start, end), sink)
        start = end + width
      }
    }
    if (start < bytes.length) this.hold(bytes.subarray(start), sink)
  }

  /** The unfinished line at the end of the stream, if there is one. */
  flush(sink: LineSink): void {
    if (this.heldBytes > 0 && !this.skipping) this.finish(Buffer.alloc(0), sink)
    this.held = []
    this.heldBytes = 0
    this.skipping = false
  }

  /** Several whole lines, the last without its delimiter. */
  private region(bytes: Buffer, sink: LineSink): void {
    if (this.converter.utf8 && bytes.length <= this.limit) {
      const text = isAscii(bytes) ? bytes.toString('latin1') : isUtf8(bytes) ? bytes.toString('utf8') : undefined
      if (text !== undefined) {
        const delimiter = this.delimiterText
        let start = 0
        for (let end = text.indexOf(delimiter); end >= 0; end = text.indexOf(delimiter, start)) {
          sink(text.slice(start, end), false)
          start = end + 1
        }
        sink(start === 0 ? text : text.slice(start), false)
        return
      }
    }
    let start = 0
    for (let end = bytes.indexOf(this.delimiter); end >= 0; end = bytes.indexOf(this.delimiter, start)) {
      this.line(bytes.subarray(start, end), sink)
      start = end + 1
    }
    this.line(bytes.subarray(start), sink)
  }

  private line(bytes: Buffer, sink: LineSink): void {
    if (bytes.length > this.limit) sink(this.cutText(bytes), true)
    else sink(this.converter.text(bytes), false)
  }

  private finish(end: Buffer, sink: LineSink): void {
    if (!this.skipping) {
      this.held.push(end)
      this.line(this.held.length === 1 ? end : Buffer.concat(this.held), sink)
    }
    this.held = []
    this.heldBytes = 0
    this.skipping = false
  }

  private hold(bytes: Buffer, sink: LineSink): void {
    if (this.skipping) {
      const keep = this.delimiter.length - 1
      const tail = keep === 0 ? [] : [Buffer.from(bytes.subarray(-keep))]
      this.held = tail
      this.heldBytes = tail.length === 0 ? 0 : tail[0]!.length
      return
    }
    // A copy: the chunk may be one that its reader uses again.
    this.held.push(Buffer.from(bytes))
    this.heldBytes += bytes.length
    if (this.heldBytes <= this.limit) return
    const all = Buffer.concat(this.held)
    this.held = []
    this.heldBytes = 0
    this.skipping = true
    sink(this.cutText(all), true)
    this.hold(all.subarray(-this.delimiter.length), sink)
  }

  /** The first `limit` bytes as text, cut before a character that the limit would split. */
  private cutText(bytes: Buffer): string {
    let end = this.limit
    if (this.converter.utf8) for (let i = 0; i < 3 && end > 0 && (bytes[end]! & 0xc0) === 0x80; i++) end--
    return this.converter.text(bytes.subarray(0, end))
  }

  /** Takes the last bytes out of what is held; the parts before them stay as they are, however many there are. */
  private takeTail(size: number): Buffer {
    const taken: Buffer[] = []
    let missing = Math.min(size, this.heldBytes)
    this.heldBytes -= missing
    while (missing > 0) {
      const part = this.held.pop()!
      if (part.length > missing) this.held.push(part.subarray(0, part.length - missing))
      taken.unshift(part.subarray(-missing))
      missing -= taken[0]!.length
    }
    return Buffer.concat(taken)
  }
}
