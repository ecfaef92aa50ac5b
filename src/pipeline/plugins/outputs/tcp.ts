import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions, type TLSSocket } from 'node:tls'
import { waitAtMost } from '../../../clock/index.ts'
import { option, type as types, type OptionsOf } from '../../../settings/index.ts'
import type { Event } from '../../../event/index.ts'
import { defineOutput, type Codec, type Output, type OutputContext } from '../define.ts'
import { listenError } from '../inputs/listener-address.ts'
import {
  certificateProblem,
  handshakeProblem,
  TCP_TLS_OPTIONS,
  tlsClientOptions,
  tlsServerOptions,
} from '../inputs/tls-server.ts'
import { encodeBatch } from './encoded.ts'
import { StreamClient } from './stream-client.ts'
import type { Peer } from '../peer.ts'

const OPTIONS = {
  ...TCP_TLS_OPTIONS,
  host: option(types.string, {
    describe: 'The server to connect to, or in mode server the address to listen on.',
    required: true,
  }),
  port: option(types.port, { describe: 'The port to connect to or to listen on.', required: true }),
  mode: option(types.oneOf('client', 'server'), {
    describe: 'Connect to a server, or listen: then every client that is connected gets every event.',
    default: 'client',
  }),
  reconnect_interval: option(types.number({ min: 0 }), {
    describe: 'Seconds between attempts to connect.',
    default: 10,
  }),
  ssl_client_authentication: option(types.oneOf('none', 'optional', 'required'), {
    describe: 'Whether a client must show a certificate in mode server; `none` unless given.',
  }),
} as const

type TcpOptions = OptionsOf<typeof OPTIONS>

export const tcp = defineOutput({
  name: 'tcp',
  summary: 'Sends events over TCP, to a server or to the clients that connect. JSON is written an object a line.',
  defaultCodec: 'json',
  options: OPTIONS,
  examples: [
    'tcp { host => "collector.example.com" port => 6514 codec => json_lines }',
    'tcp { mode => "server" host => "127.0.0.1" port => 7000 codec => line { format => "%{message}" } }',
  ],
  peers: (options) => (options.mode === 'client' ? [serverOf(options)] : []),
  create(options, context) {
    // Without an end, the objects of a stream could not be told apart.
    const codec = context.codec.name === 'json' ? context.codec.streaming!() : context.codec
    return options.mode === 'server'
      ? new TcpServerOutput(options, codec, context)
      : clientOutput(options, codec, context)
  },
})

function serverOf(options: TcpOptions): Peer {
  const { host, port, ssl_enabled } = options
  return { host, port, ...(ssl_enabled ? { tls: tlsClientOptions(options) } : {}) }
}

function clientOutput(options: TcpOptions, codec: Codec, context: OutputContext): Output {
  const reconnectMillis = Math.max(options.reconnect_interval * 1000, 10)
  const client = new StreamClient('tcp', { ...serverOf(options), reconnectMillis }, context)
  return {
    write: (batch) => client.send(encodeBatch(batch, codec)),
    close: () => client.close(),
  }
}

/** A client that is behind by more is cut off: it would hold up the others, or fill the memory. */
const MOST_BEHIND = 64 * 2 ** 20

class TcpServerOutput implements Output {
  private readonly options: TcpOptions
  private readonly codec: Codec
  private readonly context: OutputContext
  private readonly tls: TlsOptions | undefined
  private readonly clients = new Set<Socket>()
  private server: Server | undefined

  constructor(options: TcpOptions, codec: Codec, context: OutputContext) {
    this.options = options
    this.codec = codec
    this.context = context
    this.tls = options.ssl_enabled ? tlsServerOptions(options, 'none') : undefined
  }

  async start(): Promise<void> {
    const { host, port } = this.options
    const accept = (socket: Socket): void => this.accept(socket)
    const server = this.tls === undefined ? createServer(accept) : createTlsServer(this.tls, accept)
    server.on('tlsClientError', (error: Error, socket: TLSSocket) =>
      this.refused(socket, handshakeProblem(error, socket)),
    )
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(listenError('tcp', host, port, error, 'output')))
      server.listen({ host, port, exclusive: true }, resolve)
    })
    server.on('error', (error) => this.context.logger.error({ plugin: 'tcp', port }, error.message))
    this.server = server
  }

  async write(batch: readonly Event[]): Promise<void> {
    if (this.clients.size === 0) return
    const bytes = encodeBatch(batch, this.codec)
    for (const socket of this.clients) {
      socket.write(bytes)
      if (socket.writableLength <= MOST_BEHIND) continue
      this.context.logger.warn(
        { plugin: 'tcp', peer: socket.remoteAddress },
        `tcp output on ${this.options.port}: ${socket.remoteAddress ?? 'a client'} reads too slowly and is cut off`,
      )
      socket.destroy()
    }
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      if (this.server === undefined) resolve()
      else this.server.close(() => resolve())
    })
    for (const socket of this.clients) socket.end()
    await waitAtMost(this.context.clock, 2000, closed)
    for (const socket of this.clients) socket.destroy()
  }

  private accept(socket: Socket): void {
    socket.on('error', () => {})
    if (this.tls?.requestCert === true) {
      const problem = certificateProblem(socket as TLSSocket)
      if (problem !== undefined) {
        this.refused(socket, problem)
        socket.destroy()
        return
      }
    }
    this.clients.add(socket)
    socket.resume()
    socket.on('close', () => this.clients.delete(socket))
  }

  private refused(socket: Socket, reason: string): void {
    const { port } = this.options
    this.context.logger.warn(
      { plugin: 'tcp', port, peer: socket.remoteAddress },
      `tcp output on ${port}: a client's TLS handshake failed: ${reason}`,
    )
  }
}
