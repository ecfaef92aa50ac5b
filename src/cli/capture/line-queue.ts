/** Whole lines that wait for a peer, at most `limit` bytes; the oldest go first where more come. */
export class LineQueue {
  private readonly limit: number
  private chunks: Buffer[] = []
  private bytes = 0
  private partial: Buffer = Buffer.alloc(0)
  /** Lines that found no room, since it was last asked. */
  private droppedLines = 0

  constructor(limit: number) {
    this.limit = limit
  }

  /** Takes bytes as they come, but no empty lines, such as tcpdump writes when it is interrupted; what is after the last newline waits for its rest. */
  push(chunk: Buffer): void {
    const last = chunk.lastIndexOf(10)
    if (last < 0) {
      this.partial = Buffer.concat([this.partial, chunk])
      // No line of tcpdump is this long; without a bound a broken one would take the memory.
      if (this.partial.length > 1_000_000) this.partial = Buffer.alloc(0)
      return
    }
    const lines = withoutEmptyLines(Buffer.concat([this.partial, chunk.subarray(0, last + 1)]))
    this.partial = Buffer.from(chunk.subarray(last + 1))
    if (lines.length === 0) return
    this.chunks.push(lines)
    this.bytes += lines.length
    while (this.bytes > this.limit && this.chunks.length > 1) {
      // The first chunk may be on its way: it stays.
      const [dropped] = this.chunks.splice(1, 1) as [Buffer]
      this.bytes -= dropped.length
      this.droppedLines += countLines(dropped)
    }
  }

  /** Forgets an unfinished line, whose rest will not come. */
  cut(): void {
    this.partial = Buffer.alloc(0)
  }

  /** The oldest lines; they stay until {@link shift}. */
  peek(): Buffer | undefined {
    return this.chunks[0]
  }

  shift(): void {
    const chunk = this.chunks.shift()
    if (chunk !== undefined) this.bytes -= chunk.length
  }

  takeDropped(): number {
    const dropped = this.droppedLines
    this.droppedLines = 0
    return dropped
  }

  get waitingLines(): number {
    return this.chunks.reduce((sum, chunk) => sum + countLines(chunk), 0)
  }
}

function countLines(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++
  return count
}

function withoutEmptyLines(lines: Buffer): Buffer {
  if (lines[0] !== 10 && !lines.includes('\n\n')) return lines
  return Buffer.from(lines.toString('latin1').replace(/^\n+|(?<=\n)\n+/g, ''), 'latin1')
}
