import { connect, type Socket } from 'node:net'
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Clock } from '../../../../clock/index.ts'

/** How long a server may keep silent while it owes an answer. */
const TIMEOUT_MILLIS = 1_000
/** How long a server that failed is left alone, so that events do not wait for it one after the other. */
const DOWN_MILLIS = 1_000
const HEADER = 24
const LARGEST_BODY = 2 ** 28
const LONGEST_KEY = 250
/** From here on memcached takes a time to live for a moment in time. */
const LONGEST_TTL = 30 * 24 * 3600

const GET = 0x00
const SET = 0x01
const NOT_FOUND = 0x01

export interface Stored {
  readonly value: Buffer
  readonly flags: number
}

export interface ServerAddress {
  readonly host: string
  readonly port: number
  /** In place of host and port. */
  readonly path?: string
}

/** `host`, `host:port`, `::1`, `[::1]:port` or the path of a socket; undefined for anything else. */
export function parseServer(text: string): ServerAddress | undefined {
  if (text.startsWith('/')) return { host: '', port: 0, path: text }
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)|([^[\]]*:[^[\]]*:[^[\]]*))(?::(\d+))?$/.exec(text)
  if (match === null) return undefined
  const port = match[4] === undefined ? 11_211 : Number(match[4])
  return port < 1 || port > 65_535 ? undefined : { host: (match[1] ?? match[2] ?? match[3])!, port }
}

/**
 * A client of memcached's binary protocol, in which any bytes make a key. Requests to a server are answered in the order
 * in which they are made. A server that is away is tried again after a second; until then requests to it fail at once.
 */
export class MemcachedClient {
  private readonly connections: readonly Connection[]
  private readonly namespace: string
  private readonly clock: Clock

  constructor(servers: readonly ServerAddress[], namespace: string, clock: Clock) {
    this.connections = servers.map((server) => new Connection(server, clock))
    this.namespace = namespace
    this.clock = clock
  }

  /** @returns undefined where the key is not there. @throws Error where the server is away or refuses. */
  async get(key: string): Promise<Stored | undefined> {
    const { status, body, extras } = await this.ask(key, GET, Buffer.alloc(0), Buffer.alloc(0))
    if (status === NOT_FOUND) return undefined
    if (status !== 0) throw new Error(body.toString() || `status ${status}`)
    return { value: body, flags: extras.length >= 4 ? extras.readUInt32BE(0) : 0 }
  }

  /** `ttl` in seconds; 0 is for ever. @throws Error where the server is away or refuses. */
  async set(key: string, { value, flags }: Stored, ttl: number): Promise<void> {
    const extras = Buffer.alloc(8)
    extras.writeUInt32BE(flags, 0)
    extras.writeUInt32BE(ttl > LONGEST_TTL ? Math.floor(this.clock.now() / 1000) + ttl : ttl, 4)
    const { status, body } = await this.ask(key, SET, extras, value)
    if (status !== 0) throw new Error(body.toString() || `status ${status}`)
  }

  close(): void {
    for (const connection of this.connections) connection.close(new Error('closed'))
  }

  private ask(key: string, opcode: number, extras: Buffer, value: Buffer): Promise<Reply> {
    const name = this.fullKey(key)
    if (name.length === 0) return Promise.reject(new Error('the key is empty'))
    const connection = this.connections[crc32(name) % this.connections.length]!
    return connection.ask(requestOf(opcode, name, extras, value))
  }

  /** With the namespace; one that is too long ends with its digest, as Ruby's client has it. */
  private fullKey(key: string): Buffer {
    if (key === '') return Buffer.alloc(0)
    const name = this.namespace === '' ? key : `${this.namespace}:${key}`
    if (Buffer.byteLength(name) <= LONGEST_KEY) return Buffer.from(name)
    const digest = createHash('md5').update(name).digest('hex')
    return Buffer.from(`${name.slice(0, 212 - this.namespace.length)}:md5:${digest}`).subarray(0, LONGEST_KEY)
  }
}

function requestOf(opcode: number, key: Buffer, extras: Buffer, value: Buffer): Buffer {
  const header = Buffer.alloc(HEADER)
  header[0] = 0x80
  header[1] = opcode
  header.writeUInt16BE(key.length, 2)
  header[4] = extras.length
  header.writeUInt32BE(extras.length + key.length + value.length, 8)
  return Buffer.concat([header, extras, key, value])
}

interface Reply {
  readonly status: number
  readonly extras: Buffer
  readonly body: Buffer
}

interface Question {
  resolve(reply: Reply): void
  reject(error: Error): void
}

class Connection {
  private readonly server: ServerAddress
  private readonly clock: Clock
  private socket: Socket | undefined
  private readonly questions: Question[] = []
  private chunks: Buffer[] = []
  private received = 0
  private downUntil = -Infinity
  private reason = new Error('not connected')

  constructor(server: ServerAddress, clock: Clock) {
    this.server = server
    this.clock = clock
  }

  ask(request: Buffer): Promise<Reply> {
    if (this.socket === undefined) {
      if (this.clock.monotonic() < this.downUntil) return Promise.reject(this.reason)
      this.socket = this.open()
    }
    const { socket } = this
    return new Promise((resolve, reject) => {
      this.questions.push({ resolve, reject })
      socket.setTimeout(TIMEOUT_MILLIS)
      socket.write(request)
    })
  }

  close(reason: Error): void {
    this.reason = reason
    this.socket?.destroy()
    this.socket = undefined
    this.chunks = []
    this.received = 0
    for (const { reject } of this.questions.splice(0)) reject(reason)
  }

  private open(): Socket {
    const { host, port, path } = this.server
    const socket = path === undefined ? connect({ host, port, noDelay: true }) : connect({ path })
    const fail = (message: string): void => {
      if (this.socket !== socket) return
      this.downUntil = this.clock.monotonic() + DOWN_MILLIS
      this.close(new Error(`${path ?? `${host}:${port}`}: ${message}`))
    }
    socket.on('data', (chunk) => this.take(chunk, fail))
    socket.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message))
    socket.on('close', () => fail('the connection was closed'))
    socket.on('timeout', () => fail(`no answer within ${TIMEOUT_MILLIS} ms`))
    // A pipeline that ends must not be held up by an idle connection.
    socket.unref()
    return socket
  }

  private take(chunk: Buffer, fail: (message: string) => void): void {
    this.chunks.push(chunk)
    this.received += chunk.length
    let all: Buffer | undefined
    let at = 0
    while (this.received - at >= HEADER) {
      all ??= this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks)
      const length = all.readUInt32BE(at + 8)
      if (all[at] !== 0x81 || length > LARGEST_BODY) return fail('it does not speak the binary protocol')
      if (this.received - at < HEADER + length) break
      const extrasEnd = at + HEADER + all[at + 4]!
      const question = this.questions.shift()
      if (question === undefined) return fail('it answered what was not asked')
      question.resolve({
        status: all.readUInt16BE(at + 6),
        extras: all.subarray(at + HEADER, extrasEnd),
        body: all.subarray(extrasEnd + all.readUInt16BE(at + 2), at + HEADER + length),
      })
      at += HEADER + length
    }
    if (at > 0) {
      const rest = all!.subarray(at)
      this.chunks = rest.length === 0 ? [] : [rest]
      this.received = rest.length
    }
    if (this.questions.length === 0) this.socket?.setTimeout(0)
  }
}
