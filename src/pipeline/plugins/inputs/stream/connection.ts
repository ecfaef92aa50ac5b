import type { Socket } from 'node:net'
import type { Clock } from '../../../../clock/index.ts'

/** What an input does with the bytes of one connection. Where either rejects, the connection is closed. */
export interface StreamHandler {
  /** Takes bytes, in their order; resolves when there is room for more. */
  take(bytes: Buffer): Promise<void>
  /** Called once, after the last bytes: what was held back. */
  end(): Promise<void>
  /**
   * For a peer that repeats what was not acknowledged: resolves when nothing waits for that any more. At a stop no
   * more is taken then, and the connection ends after it.
   */
  settle?(): Promise<void>
  /** True while the peer waits for an answer: the connection is not idle then. */
  readonly pending?: boolean
}

/**
 * One connection: its bytes are handed over a chunk at a time, and none are read while the pipeline is full, so that a
 * slow pipeline slows the sender.
 */
export class StreamConnection {
  /** Resolves when the connection is closed and everything it gave is handed over. */
  readonly done: Promise<void>
  readonly socket: Socket
  private readonly handler: StreamHandler
  private readonly clock: Clock
  private work: Promise<void> = Promise.resolve()
  private busy = 0
  private stopping = false
  private active: number
  private written = 0

  constructor(socket: Socket, handler: StreamHandler, clock: Clock, failed: (error: Error) => void) {
    this.socket = socket
    this.handler = handler
    this.clock = clock
    this.active = clock.monotonic()
    this.done = new Promise((resolve) => {
      const broken = (error: Error): void => {
        failed(error)
        socket.destroy()
      }
      socket.on('data', (chunk: Buffer) => {
        socket.pause()
        this.enqueue(() => handler.take(chunk)).then(() => void (this.stopping || socket.resume()), broken)
      })
      // A reset connection has given what it had; 'close' follows and finishes it.
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.enqueue(() => handler.end()).then(resolve, (error: Error) => {
          failed(error)
          resolve()
        })
      })
    })
  }

  /** Milliseconds since something was last received, sent or to be done; 0 while there is something to do. */
  get idle(): number {
    if (this.socket.bytesWritten !== this.written) {
      this.written = this.socket.bytesWritten
      this.active = this.clock.monotonic()
    }
    return this.busy > 0 || this.handler.pending === true ? 0 : this.clock.monotonic() - this.active
  }

  /** Runs work after what is queued: events that came late, for instance. */
  enqueue(work: () => Promise<void>): Promise<void> {
    this.busy++
    const done = this.work.then(work).finally(() => {
      this.busy--
      this.active = this.clock.monotonic()
    })
    this.work = done.catch(() => undefined)
    return done
  }

  /** Hands over what was received, then closes the connection. */
  async stop(): Promise<void> {
    this.stopping = true
    this.socket.pause()
    await this.work
    if (this.handler.settle !== undefined) {
      await this.handler.settle()
      this.socket.destroySoon()
      await this.done
      return
    }
    for (let rest = this.socket.read() as Buffer | null; rest !== null; rest = this.socket.read() as Buffer | null) {
      const bytes = rest
      await this.enqueue(() => this.handler.take(bytes)).catch(() => undefined)
    }
    this.socket.destroy()
    await this.done
  }
}
