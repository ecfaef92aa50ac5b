import { promises as dns } from 'node:dns'
import { connect, createServer, isIP, type Server, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { option, type as types, type OptionsOf } from '../../../settings/index.ts'
import { defineInput, type Batch, type Codec, type Input, type InputContext } from '../define.ts'
import { listenerAddress, listenError } from './listener-address.ts'
import { ProxyHeader } from './proxy-header.ts'
import { tcpFields, type Peer } from './tcp-fields.ts'
import { TLS_OPTIONS, tlsClientOptions, tlsServerOptions } from './tls-server.ts'

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
  ...TLS_OPTIONS,
} as const

type TcpOptions = OptionsOf<typeof OPTIONS>

export const tcp = defineInput({
  name: 'tcp',
  summary: 'Lines over TCP, from clients that connect or from a server it connects to.',
  defaultCodec: 'line',
  options: OPTIONS,
  examples: ['tcp { port => 5001 type => "tcpdump" }', 'tcp { port => 5044 host => "0.0.0.0" codec => json_lines }'],
  create: (options, context) => new TcpInput(options, context),
})

const RECONNECT_FIRST_MILLIS = 1000
const RECONNECT_LONGEST_MILLIS = 30_000
const HANDSHAKE_MILLIS = 10_000

class TcpInput implements Input {
  readonly ended: Promise<void> = new Promise(() => {})
  private readonly options: TcpOptions
  private readonly context: InputContext
  private readonly host: string
  private readonly codec: Codec
  private readonly connections = new Set<Connection>()
  private readonly aborter = new AbortController()
  private server: Server | undefined
  private emit: (batch: Batch) => Promise<void> = async () => {}
  private client: Promise<void> = Promise.resolve()

  constructor(options: TcpOptions, context: InputContext) {
    this.options = options
    this.context = context
    this.codec = context.codec.streaming?.() ?? context.codec
    // Said when the input is made, so that `check` says it too.
    this.host =
      options.mode === 'client'
        ? (options.host ?? '127.0.0.1')
        : listenerAddress('tcp', options.host, options.port, context)
  }

  async start(emit: (batch: Batch) => Promise<void>): Promise<void> {
    this.emit = emit
    if (this.options.mode === 'client') {
      if (this.options.ssl_enabled) tlsClientOptions(this.options)
      this.client = this.runClient(this.host)
      return
    }
    const { port, ssl_enabled, tcp_keep_alive } = this.options
    const { host } = this
    const accept = (socket: Socket): void => void this.serve(socket)
    // A connection's sender may half-close: what it sent before is still read.
    const server = ssl_enabled
      ? createTlsServer(
          {
            ...tlsServerOptions(this.options, 'required'),
            handshakeTimeout: HANDSHAKE_MILLIS,
            keepAlive: tcp_keep_alive,
          },
          accept,
        )
      : createServer({ keepAlive: tcp_keep_alive, noDelay: true }, accept)
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
      this.context.logger.warn(
        { plugin: 'tcp', port, peer: socket.remoteAddress, code: error.code },
        `tcp input on ${port}: a client's TLS handshake failed: ${error.message}`,
      )
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(listenError('tcp', host, port, error)))
      server.listen({ host, port, exclusive: true }, resolve)
    })
    server.on('error', (error) => this.context.logger.error({ plugin: 'tcp', port }, error.message))
    this.server = server
  }

  async stop(): Promise<void> {
    this.aborter.abort()
    this.server?.close()
    await Promise.all([...this.connections].map((connection) => connection.stop()))
    await this.client
  }

  private async serve(socket: Socket): Promise<void> {
    const connection = new Connection(socket, this.codec, this.options, this.context, (batch) => this.emit(batch))
    this.connections.add(connection)
    await connection.done
    this.connections.delete(connection)
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
        await this.serve(socket)
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

/** One sender: its bytes through a decoder of its own, one chunk at a time, so that a slow pipeline slows the sender. */
class Connection {
  readonly done: Promise<void>
  private readonly socket: Socket
  private readonly handle: (bytes: Buffer) => Promise<void>
  private work: Promise<void>
  private stopping = false

  constructor(
    socket: Socket,
    codec: Codec,
    options: TcpOptions,
    context: InputContext,
    emit: (batch: Batch) => Promise<void>,
  ) {
    this.socket = socket
    const peer: Peer = {
      host: plainAddress(socket.remoteAddress),
      ip: plainAddress(socket.remoteAddress),
      port: socket.remotePort ?? 0,
      ...subjectOf(socket),
    }
    const decoder = codec.decoder({
      sender: peer.ip,
      late: (events) => {
        this.work = this.work
          .then(() => send(events))
          .catch((error: Error) => context.logger.error({ plugin: 'tcp', peer: peer.ip }, error.message))
      },
    })
    const setFields = tcpFields(context.ecs)
    const proxy = options.proxy_protocol ? new ProxyHeader() : undefined
    const send = async (events: Batch['events']): Promise<void> => {
      if (events.length === 0) return
      for (const event of events) {
        setFields(event, peer)
        context.decorate(event)
      }
      await emit({ events })
    }
    this.handle = async (bytes) => {
      let rest = bytes
      if (proxy !== undefined && !proxy.complete) {
        const read = proxy.read(bytes)
        if (read.error !== undefined) {
          context.logger.error({ plugin: 'tcp', peer: peer.ip }, `tcp input: ${read.error}; the connection is closed`)
          socket.destroy()
          return
        }
        if (!proxy.complete) return
        Object.assign(peer, proxy.peer())
        rest = read.rest
      }
      if (rest.length > 0) await send(decoder.decode(rest))
    }
    // A name is looked up once a connection, before its first event.
    this.work = options.dns_reverse_lookup_enabled
      ? dns
          .reverse(peer.ip)
          .then((names) => void (peer.host = names[0] ?? peer.ip))
          .catch(() => undefined)
      : Promise.resolve()

    this.done = new Promise((resolve) => {
      socket.on('data', (chunk: Buffer) => {
        socket.pause()
        this.work = this.work
          .then(() => this.handle(chunk))
          .then(() => void (this.stopping || socket.resume()))
          .catch((error: Error) => {
            context.logger.error({ plugin: 'tcp', peer: peer.ip }, error.message)
            socket.destroy()
          })
      })
      // A reset connection has given what it had; 'close' follows and finishes it.
      socket.on('error', (error) => context.logger.debug({ plugin: 'tcp', peer: peer.ip }, error.message))
      socket.on('close', () => {
        this.work = this.work
          .then(() => send(decoder.flush()))
          .catch((error: Error) => context.logger.error({ plugin: 'tcp', peer: peer.ip }, error.message))
          .finally(resolve)
      })
    })
  }

  async stop(): Promise<void> {
    this.stopping = true
    this.socket.pause()
    await this.work
    for (let rest = this.socket.read() as Buffer | null; rest !== null; rest = this.socket.read() as Buffer | null)
      await this.handle(rest)
    this.socket.destroy()
    await this.done
  }
}

/** A server name is sent for names only, as TLS asks. */
function serverName(host: string): { servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {}
}

function subjectOf(socket: Socket): { subject?: string } {
  if (!('getPeerCertificate' in socket)) return {}
  const subject = (socket as TLSSocket).getPeerCertificate().subject as Record<string, string | string[]> | undefined
  if (subject === undefined) return {}
  return {
    subject: Object.entries(subject)
      .map(([name, value]) => `${name}=${String(value)}`)
      .join(','),
  }
}

/** An IPv4 address that came through an IPv6 socket, as IPv4. */
function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/, '')
}
