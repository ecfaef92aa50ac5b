import type { Clock, Timer } from '../../../../clock/index.ts'

/** Logstash answers this often while it works; shippers give up after 30 seconds or so without an answer. */
const KEEP_ALIVE_MILLIS = 5_000

/** Some events of a window that went to the pipeline together. */
interface Piece {
  readonly version: number
  readonly sequence: number
  /** Whether the window ends with it. */
  last: boolean
  done: boolean
}

/**
 * What is owed to one writer. A window is acknowledged once, when all of it is durable; until then the writer is kept
 * waiting by acknowledgements of what is durable already, which may be nothing.
 */
export class Acknowledgements {
  private readonly clock: Clock
  private readonly send: (version: number, sequence: number) => void
  private readonly pieces: Piece[] = []
  /** What was acknowledged of the window that the first piece belongs to. */
  private partial = 0
  private version = 2
  private timer: Timer | undefined
  private waiting: (() => void)[] = []

  constructor(clock: Clock, send: (version: number, sequence: number) => void) {
    this.clock = clock
    this.send = send
  }

  get pending(): boolean {
    return this.pieces.length > 0
  }

  /** Answers what is to be called when the piece is durable. */
  add(version: number, sequence: number, last: boolean): () => void {
    const piece = { version, sequence, last, done: false }
    this.pieces.push(piece)
    this.version = version
    if (this.pieces.length === 1) this.keepAlive()
    return () => {
      piece.done = true
      this.advance()
    }
  }

  /** A new window began before the one before was whole. */
  endWindow(): void {
    const piece = this.pieces.at(-1)
    if (piece !== undefined) piece.last = true
    else if (this.partial > 0) {
      this.send(this.version, this.partial)
      this.partial = 0
    }
  }

  /** Resolves when nothing is owed, or after `close`. */
  async settled(): Promise<void> {
    if (this.pending) await new Promise<void>((resolve) => this.waiting.push(resolve))
  }

  close(): void {
    this.pieces.length = 0
    this.partial = 0
    this.finish()
  }

  private advance(): void {
    let head = this.pieces[0]
    while (head?.done === true) {
      this.pieces.shift()
      if (head.last) {
        this.partial = 0
        this.send(head.version, head.sequence)
      } else this.partial = head.sequence
      head = this.pieces[0]
    }
    if (head === undefined) this.finish()
  }

  private finish(): void {
    // A writer that has sent a part of its window, and waits, is told of that part.
    if (this.partial === 0) this.timer?.cancel()
    for (const resume of this.waiting.splice(0)) resume()
  }

  private keepAlive(): void {
    this.timer?.cancel()
    this.timer = this.clock.after(KEEP_ALIVE_MILLIS, () => {
      this.send(this.version, this.partial)
      if (this.pending) this.keepAlive()
    })
  }
}
