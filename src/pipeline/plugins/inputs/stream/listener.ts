import { createServer, type ListenOptions, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions, type TLSSocket } from 'node:tls'
import type { Timer } from '../../../../clock/index.ts'
import { option, type as types } from '../../../../settings/index.ts'
import type { PluginContext } from '../../define.ts'
import { certificateProblem, handshakeProblem } from '../tls-server.ts'
import type { StreamConnection } from './connection.ts'

/** Bounds of a listener, which Logstash does not have. */
export const LISTENER_OPTIONS = {
  max_connections: option(types.number({ integer: true, min: 1 }), {
    describe:
      'Connections that may be open at once; above it the one that was idle longest, for a minute at least, makes way.',
    default: 1024,
  }),
  idle_timeout: option(types.number({ min: 0 }), {
    describe: 'Seconds after which a connection that sends nothing is closed; 0 never closes one.',
    default: 0,
  }),
} as const

export interface ListenerSettings {
  /** The plugin's name. */
  readonly plugin: string
  /** What is listened on, as messages have it. */
  readonly address: string
  readonly listen: ListenOptions
  readonly tls?: TlsOptions | undefined
  readonly keepAlive?: boolean
  readonly maxConnections: number
  /** 0 is without end. */
  readonly idleMillis: number
}

/** A connection this long idle makes way for a new one where there is no room. */
const MAKES_WAY_MILLIS = 60_000
const TELL_MILLIS = 10_000

/** Accepts connections, no more than it may, and closes them when it stops. */
export class StreamListener {
  private readonly settings: ListenerSettings
  private readonly context: PluginContext
  private readonly accept: (socket: Socket) => StreamConnection
  private readonly connections = new Set<StreamConnection>()
  private server: Server | undefined
  private sweep: Timer | undefined
  private told = -Infinity
  private stopped = false

  constructor(settings: ListenerSettings, context: PluginContext, accept: (socket: Socket) => StreamConnection) {
    this.settings = settings
    this.context = context
    this.accept = accept
  }

  /** Resolves when it listens; rejects with what the system says. */
  async listen(): Promise<void> {
    const { tls, plugin, address, keepAlive = false } = this.settings
    const onSocket = (socket: Socket): void => this.open(socket)
    const server =
      tls === undefined
        ? createServer({ keepAlive, noDelay: true }, onSocket)
        : createTlsServer({ ...tls, keepAlive }, onSocket)
    // A handshake that is not finished holds a socket too.
    server.maxConnections = this.settings.maxConnections * 2
    server.on('tlsClientError', (error: Error, socket: TLSSocket) =>
      this.refused(socket, handshakeProblem(error, socket)),
    )
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ ...this.settings.listen, exclusive: true }, resolve)
    })
    server.on('error', (error) => this.context.logger.error({ plugin, address }, error.message))
    this.server = server
    this.watchIdle()
  }

  async stop(): Promise<void> {
    this.stopped = true
    this.sweep?.cancel()
    this.server?.close()
    await Promise.all([...this.connections].map((connection) => connection.stop()))
  }

  private open(socket: Socket): void {
    if (this.stopped || !this.hasRoom()) {
      socket.destroy()
      return
    }
    if (this.settings.tls?.requestCert === true) {
      const problem = certificateProblem(socket as TLSSocket)
      if (problem !== undefined) {
        this.refused(socket, problem)
        socket.destroy()
        return
      }
    }
    const connection = this.accept(socket)
    this.connections.add(connection)
    void connection.done.then(() => this.connections.delete(connection))
  }

  private refused(socket: Socket, reason: string): void {
    const { plugin, address } = this.settings
    this.context.logger.warn(
      { plugin, address, peer: socket.remoteAddress },
      `${plugin} input on ${address}: a client's TLS handshake failed: ${reason}`,
    )
  }

  /** Room for one more, made where it can be. */
  private hasRoom(): boolean {
    const { maxConnections, plugin, address } = this.settings
    if (this.connections.size < maxConnections) return true
    let longest: StreamConnection | undefined
    for (const connection of this.connections)
      if (longest === undefined || connection.idle > longest.idle) longest = connection
    const makesWay = longest !== undefined && longest.idle >= MAKES_WAY_MILLIS
    const now = this.context.clock.monotonic()
    if (now - this.told >= TELL_MILLIS) {
      this.told = now
      this.context.logger.warn(
        { plugin, address, connections: this.connections.size },
        `${plugin} input on ${address}: ${this.connections.size} connections are open, which is its limit; ${
          makesWay ? 'one that was idle is closed' : 'a new one was refused'
        }`,
      )
    }
    if (!makesWay) return false
    this.connections.delete(longest!)
    void longest!.stop()
    return true
  }

  private watchIdle(): void {
    const { idleMillis } = this.settings
    if (idleMillis <= 0) return
    this.sweep = this.context.clock.after(Math.max(50, idleMillis / 4), () => {
      for (const connection of this.connections) if (connection.idle >= idleMillis) void connection.stop()
      if (!this.stopped) this.watchIdle()
    })
  }
}
