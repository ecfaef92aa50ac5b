import { promises as dns } from 'node:dns'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { option, type as types, type OptionsOf } from '../../../settings/index.ts'
import { defineInput, type Batch, type Codec, type Input, type InputContext } from '../define.ts'
import { listenerAddress, listenError } from './listener-address.ts'
import { StreamConnection, type StreamHandler } from './stream/connection.ts'
import { LISTENER_OPTIONS, StreamListener } from './stream/listener.ts'
import { ProxyHeader } from './stream/proxy-header.ts'
import { plainAddress, subjectOf, tcpFields, type Peer } from './tcp-fields.ts'
import { TCP_TLS_OPTIONS, checkServerTls, tlsClientOptions, tlsServerOptions } from './tls-server.ts'

const OPTIONS = {
  host: option(types.string, {
    describe: 'The address to listen on, or in mode client the one to connect to; without it `inputs.host`.',
  }),
  port: option(types.port, { describe: 'The port to listen on or to connect to.', required: true }),
  mode: option(types.oneOf('server', 'client'), { describe: 'Listen, or connect to a server.', default: 'server' }),
  proxy_protocol: option(types.boolean, {
    describe: 'Each connection begins with a PROXY header (version 1), which names the real sender.',
    default: false,
  }),
  tcp_keep_alive: option(types.boolean, { describe: 'Use TCP keep-alive.', default: false }),
  dns_reverse_lookup_enabled: option(types.boolean, {
    describe: "Put the sender's name into `host`; its address otherwise, which is also the default.",
    default: false,
  }),
  ...LISTENER_OPTIONS,
  ...TCP_TLS_OPTIONS,
} as const

type TcpOptions = OptionsOf<typeof OPTIONS>

export const tcp = defineInput({
  name: 'tcp',
  summary: 'Lines over TCP, from clients that connect or from a server it connects to.',
  defaultCodec: 'line',
  options: OPTIONS,
  examples: ['tcp { port => 5001 type => "tcpdump" }', 'tcp { port => 5044 host => "0.0.0.0" codec => json_lines }'],
  peers: (options) =>
    options.mode === 'client'
      ? [
          {
            host: options.host ?? '127.0.0.1',
            port: options.port,
            ...(options.ssl_enabled ? { tls: tlsClientOptions(options) } : {}),
          },
        ]
      : [],
  create: (options, context) => new TcpInput(options, context),
})

const RECONNECT_FIRST_MILLIS = 1000
const RECONNECT_LONGEST_MILLIS = 30_000

class TcpInput implements Input {
  readonly ended: Promise<void> = new Promise(() => {})
  private readonly options: TcpOptions
  private readonly context: InputContext
  private readonly host: string
  private readonly codec: Codec
  private readonly aborter = new AbortController()
  private listener: StreamListener | undefined
  private outgoing: StreamConnection | undefined
  private emit: (batch: Batch) => Promise<void> = async () => {}
  private client: Promise<void> = Promise.resolve()

  constructor(options: TcpOptions, context: InputContext) {
    this.options = options
    this.context = context
    this.codec = context.codec.streaming?.() ?? context.codec
    if (options.ssl_enabled && options.mode === 'server') checkServerTls(options, 'required')
    // Said when the input is made, so that `check` says it too.
    this.host =
      options.mode === 'client'
        ? (options.host ?? '127.0.0.1')
        : listenerAddress('tcp', options.host, options.port, context)
  }

  async start(emit: (batch: Batch) => Promise<void>): Promise<void> {
    this.emit = emit
    const { port, ssl_enabled, tcp_keep_alive, max_connections, idle_timeout } = this.options
    const { host } = this
    if (this.options.mode === 'client') {
      if (ssl_enabled) tlsClientOptions(this.options)
      this.client = this.runClient(host)
      return
    }
    const listener = new StreamListener(
      {
        plugin: 'tcp',
        address: String(port),
        listen: { host, port },
        tls: ssl_enabled ? tlsServerOptions(this.options, 'required') : undefined,
        keepAlive: tcp_keep_alive,
        maxConnections: max_connections,
        idleMillis: idle_timeout * 1000,
      },
      this.context,
      (socket) => this.serve(socket),
    )
    await listener.listen().catch((error: NodeJS.ErrnoException) => {
      throw listenError('tcp', host, port, error)
    })
    this.listener = listener
  }

  async stop(): Promise<void> {
    this.aborter.abort()
    await this.listener?.stop()
    await this.outgoing?.stop()
    await this.client
  }

  private serve(socket: Socket): StreamConnection {
    const { context } = this
    const handler = new LineHandler(socket, this.codec, this.options, context, (batch) => this.emit(batch))
    const connection = new StreamConnection(socket, handler, context.clock, (error) =>
      context.logger.error(
        { plugin: 'tcp', peer: handler.peer.ip },
        `tcp input: ${error.message}; the connection is closed`,
      ),
    )
    handler.begin(connection)
    return connection
  }

  private async runClient(host: string): Promise<void> {
    const { signal } = this.aborter
    const { port } = this.options
    let wait = RECONNECT_FIRST_MILLIS
    let told = false
    while (!signal.aborted) {
      try {
        const socket = await this.connectTo(host, port)
        told = false
        wait = RECONNECT_FIRST_MILLIS
        this.outgoing = this.serve(socket)
        await this.outgoing.done
      } catch (error) {
        if (!told)
          this.context.logger.warn(
            { plugin: 'tcp', host, port },
            `tcp input cannot connect to ${host}:${port}: ${(error as Error).message}; it goes on trying`,
          )
        told = true
      }
      await this.context.clock.sleep(wait, signal)
      wait = Math.min(wait * 2, RECONNECT_LONGEST_MILLIS)
    }
  }

  private connectTo(host: string, port: number): Promise<Socket> {
    const { ssl_enabled, tcp_keep_alive } = this.options
    return new Promise((resolve, reject) => {
      const socket: Socket = ssl_enabled
        ? connectTls({ ...tlsClientOptions(this.options), host, port, ...serverName(host) }, () => resolve(socket))
        : connect({ host, port, keepAlive: tcp_keep_alive }, () => resolve(socket))
      socket.once('error', reject)
      this.aborter.signal.addEventListener('abort', () => socket.connecting && socket.destroy(new Error('stopped')))
    })
  }
}

/** One sender: its bytes through a decoder of its own. */
class LineHandler implements StreamHandler {
  readonly peer: Peer
  private readonly context: InputContext
  private readonly options: TcpOptions
  private readonly codec: Codec
  private readonly emit: (batch: Batch) => Promise<void>
  private readonly proxy: ProxyHeader | undefined
  private decoder: ReturnType<Codec['decoder']> | undefined
  private connection: StreamConnection | undefined

  constructor(
    socket: Socket,
    codec: Codec,
    options: TcpOptions,
    context: InputContext,
    emit: (batch: Batch) => Promise<void>,
  ) {
    this.codec = codec
    this.options = options
    this.context = context
    this.emit = emit
    const ip = plainAddress(socket.remoteAddress)
    this.peer = { host: ip, ip, port: socket.remotePort ?? 0, ...subjectOf(socket as Socket | TLSSocket) }
    this.proxy = options.proxy_protocol ? new ProxyHeader() : undefined
  }

  /** A name is looked up once a connection, before its first event. */
  begin(connection: StreamConnection): void {
    this.connection = connection
    const { peer } = this
    if (!this.options.dns_reverse_lookup_enabled) return
    void connection.enqueue(() =>
      dns
        .reverse(peer.ip)
        .then((names) => void (peer.host = names[0] ?? peer.ip))
        .catch(() => undefined),
    )
  }

  async take(bytes: Buffer): Promise<void> {
    let rest = bytes
    if (this.proxy?.complete === false) {
      const read = this.proxy.read(bytes)
      if (read.error !== undefined) throw new Error(read.error)
      if (!this.proxy.complete) return
      Object.assign(this.peer, this.proxy.peer())
      rest = read.rest
    }
    this.decoder ??= this.codec.decoder({
      sender: this.peer.ip,
      late: (events) => {
        this.connection
          ?.enqueue(() => this.send(events))
          .catch((error: Error) => this.context.logger.error({ plugin: 'tcp', peer: this.peer.ip }, error.message))
      },
    })
    if (rest.length > 0) await this.send(this.decoder.decode(rest))
  }

  async end(): Promise<void> {
    if (this.decoder !== undefined) await this.send(this.decoder.flush())
  }

  private async send(events: Batch['events']): Promise<void> {
    if (events.length === 0) return
    const setFields = tcpFields(this.context.ecs)
    for (const event of events) {
      setFields(event, this.peer)
      this.context.decorate(event)
    }
    await this.emit({ events })
  }
}

/** A server name is sent for names only, as TLS asks. */
function serverName(host: string): { servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {}
}
