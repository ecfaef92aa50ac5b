import type { FastifyReply, FastifyRequest } from 'fastify'
import { stringifyJson, toValue } from '../event/index.ts'

const MOST_READERS = 200
/** Bytes that wait for a slow reader before messages are dropped for it. */
const WAITING = 1024 * 1024

/** One reader of server-sent events. One that is too slow is told how many rows were `dropped`. */
export class EventStream {
  readonly request: FastifyRequest
  private readonly reply: FastifyReply
  private dropped = 0

  constructor(reply: FastifyReply) {
    this.reply = reply
    this.request = reply.request
  }

  /** Sends what `messageText` made, or drops it with its rows. */
  send(text: string, rows = 1): void {
    const { raw } = this.reply
    if (raw.writableLength > WAITING) {
      this.dropped += rows
      return
    }
    if (this.dropped > 0) raw.write(messageText('dropped', { dropped: this.dropped }))
    this.dropped = 0
    raw.write(text)
  }

  /** Counts rows that were not even made into a message. */
  drop(rows: number): void {
    this.dropped += rows
  }

  end(): void {
    this.reply.raw.end()
  }
}

/** All who read, whatever they read: there are at most two hundred. */
export class EventStreams {
  /** Each with what forgets it. */
  private readonly readers = new Map<EventStream, () => void>()

  /** Begins the answer. @returns undefined, and refuses, where there are too many readers */
  open(reply: FastifyReply, onClose: (stream: EventStream) => void): EventStream | undefined {
    if (this.readers.size >= MOST_READERS) {
      void reply.status(503).send('{"error":"too many live readers"}')
      return undefined
    }
    reply.hijack()
    const { raw } = reply
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    raw.write('retry: 1000\n\n')
    const stream = new EventStream(reply)
    const forget = (): void => {
      if (this.readers.delete(stream)) onClose(stream)
    }
    this.readers.set(stream, forget)
    raw.on('close', forget)
    raw.on('error', forget)
    return stream
  }

  /** Ends those whose reader would not be let in any more. */
  async review(mayGoOn: (request: FastifyRequest) => Promise<boolean>): Promise<void> {
    for (const reader of this.readers.keys()) if (!(await mayGoOn(reader.request))) this.end(reader)
  }

  close(): void {
    for (const reader of this.readers.keys()) this.end(reader)
  }

  private end(reader: EventStream): void {
    this.readers.get(reader)?.()
    reader.end()
  }
}

export function messageText(event: string, data: object, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${stringifyJson(toValue(data))}\n\n`
}

/**
 * The messages or rows that were numbered since the start of this process, the newest kept. Their ids say which start they
 * are of, so that a reader who comes back after another start is told to read anew.
 */
export class Backlog<T> {
  private readonly run: string
  private readonly most: number
  private kept: T[] = []
  /** How many there were. */
  count = 0

  constructor(run: number, most: number) {
    this.run = Math.floor(run).toString(36)
    this.most = most
  }

  add(entry: T): void {
    this.kept.push(entry)
    this.count++
    // Cut off at once and then: a shift for each would move all of them.
    if (this.kept.length >= 2 * this.most) this.kept = this.kept.slice(-this.most)
  }

  /** The id of what has the number; of the latest unless given. */
  id(number = this.count): string {
    return `${this.run}-${number}`
  }

  /** The number in an id; undefined where what came after it is not kept, or it is of another start. */
  numberOf(id: string): number | undefined {
    const [run, text] = id.split('-')
    const number = Number(text)
    if (run !== this.run || !Number.isInteger(number) || number > this.count) return undefined
    return number < this.count - this.kept.length ? undefined : number
  }

  /** What came after a number, as far as it is kept. */
  after(number: number): T[] {
    const wanted = Math.min(this.count - number, this.kept.length)
    return wanted <= 0 ? [] : this.kept.slice(-wanted)
  }
}
