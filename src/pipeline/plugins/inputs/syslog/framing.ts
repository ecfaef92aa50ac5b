const NEWLINE = 0x0a
const SPACE = 0x20
const LESS_THAN = 0x3c
const ZERO = 0x30
const NINE = 0x39
/** Digits of a length that is still believed. */
const LENGTH_DIGITS = 10

/** `cut` where the message was longer than the limit and its rest is left out. */
export type FrameSink = (message: Buffer, cut: boolean) => void

/**
 * Takes a stream of syslog messages apart (RFC 6587): a message that begins with its length is octet-counted, any other
 * ends with its line, whose end stays in it. Both may come on one stream.
 *
 * - At most `limit` bytes of a message are held; a longer one is given out cut, and its rest skipped.
 */
export class SyslogFraming {
  private readonly limit: number
  private held: Buffer[] = []
  private heldBytes = 0
  /** Octets of the counted message that are still to come; undefined where a message is to begin, or a line goes on. */
  private counted: number | undefined
  private skipping = false
  private inLine = false
  private afterCounted = false

  constructor(limit: number) {
    this.limit = limit
  }

  push(chunk: Buffer, sink: FrameSink): void {
    let bytes = chunk
    if (!this.inLine && this.counted === undefined && this.heldBytes > 0) {
      // What was held is the beginning of a length.
      bytes = Buffer.concat([...this.held, chunk])
      this.clear()
    }
    let at = 0
    while (at < bytes.length) {
      if (this.counted !== undefined) at = this.takeCounted(bytes, at, sink)
      else if (this.inLine) at = this.takeLine(bytes, at, sink)
      else {
        const begun = this.begin(bytes, at)
        if (begun === undefined) {
          this.hold(bytes.subarray(at))
          return
        }
        at = begun
      }
    }
  }

  /** What is left when the stream ends. */
  flush(sink: FrameSink): void {
    if (this.heldBytes > 0 && !this.skipping) sink(this.take(), false)
    this.clear()
    this.counted = undefined
    this.inLine = false
    this.skipping = false
  }

  /** Where the message begins, after its length; undefined where more bytes must tell. */
  private begin(bytes: Buffer, at: number): number | undefined {
    // Some senders end the line after a counted message as well.
    if (this.afterCounted) {
      this.afterCounted = false
      if (bytes[at] === NEWLINE) return at + 1
    }
    let end = at
    while (end < bytes.length && end - at <= LENGTH_DIGITS && bytes[end]! >= ZERO && bytes[end]! <= NINE) end++
    const digits = end - at
    if (digits > 0 && digits <= LENGTH_DIGITS && bytes[at] !== ZERO) {
      if (end + 1 >= bytes.length && (end === bytes.length || bytes[end] === SPACE)) return undefined
      if (bytes[end] === SPACE && bytes[end + 1] === LESS_THAN) {
        this.counted = Number(bytes.toString('latin1', at, end))
        return end + 1
      }
    }
    this.inLine = true
    return at
  }

  private takeCounted(bytes: Buffer, at: number, sink: FrameSink): number {
    const end = Math.min(bytes.length, at + this.counted!)
    this.counted! -= end - at
    this.collect(bytes.subarray(at, end), this.counted === 0, sink)
    if (this.counted !== 0) return end
    this.counted = undefined
    this.skipping = false
    this.afterCounted = true
    return end
  }

  private takeLine(bytes: Buffer, at: number, sink: FrameSink): number {
    const newline = bytes.indexOf(NEWLINE, at)
    const end = newline < 0 ? bytes.length : newline + 1
    this.collect(bytes.subarray(at, end), newline >= 0, sink)
    if (newline >= 0) {
      this.inLine = false
      this.skipping = false
    }
    return end
  }

  private collect(part: Buffer, whole: boolean, sink: FrameSink): void {
    if (this.skipping) return
    if (this.heldBytes + part.length > this.limit) {
      this.held.push(part.subarray(0, this.limit - this.heldBytes))
      sink(this.take(), true)
      this.skipping = true
    } else if (!whole) this.hold(part)
    else if (this.heldBytes === 0) sink(part, false)
    else {
      this.held.push(part)
      sink(this.take(), false)
    }
  }

  /** A copy: the chunk may be one that its reader uses again. */
  private hold(part: Buffer): void {
    this.held.push(Buffer.from(part))
    this.heldBytes += part.length
  }

  private take(): Buffer {
    const all = Buffer.concat(this.held)
    this.clear()
    return all
  }

  private clear(): void {
    this.held = []
    this.heldBytes = 0
  }
}
