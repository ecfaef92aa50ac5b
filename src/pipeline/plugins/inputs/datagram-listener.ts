import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { PluginContext } from '../define.ts'
import { listenError } from './listener-address.ts'

export interface Datagram {
  readonly bytes: Buffer
  readonly sender: RemoteInfo
}

export interface DatagramSettings {
  /** The plugin's name. */
  readonly plugin: string
  readonly host: string
  readonly port: number
  /** Datagrams that wait for the pipeline at most. */
  readonly queueSize: number
  /** Bytes of the kernel's buffer. */
  readonly receiveBufferBytes?: number | undefined
}

/** What waits takes no more memory than this, however long its datagrams are. */
const QUEUE_BYTES = 64 * 2 ** 20
const TELL_MILLIS = 10_000

/**
 * Receives datagrams and hands over what arrived in the same turn of the event loop at once. While the pipeline is
 * full they wait; what finds no room is dropped, counted and told: UDP has no way to slow a sender.
 */
export class DatagramListener {
  private readonly settings: DatagramSettings
  private readonly context: PluginContext
  private readonly handle: (datagrams: readonly Datagram[]) => Promise<void>
  private socket: Socket | undefined
  private waiting: Datagram[] = []
  private waitingBytes = 0
  private dropped = 0
  private told = -Infinity
  private draining: Promise<void> = Promise.resolve()
  private busy = false

  constructor(
    settings: DatagramSettings,
    context: PluginContext,
    handle: (datagrams: readonly Datagram[]) => Promise<void>,
  ) {
    this.settings = settings
    this.context = context
    this.handle = handle
  }

  /** Resolves when it listens. @throws DiagnosticError where the address cannot be bound. */
  async listen(): Promise<void> {
    const { plugin, host, port, receiveBufferBytes } = this.settings
    const socket = createSocket({
      type: isIPv6(host) ? 'udp6' : 'udp4',
      ...(receiveBufferBytes === undefined ? {} : { recvBufferSize: receiveBufferBytes }),
    })
    socket.on('message', (bytes, sender) => this.receive({ bytes, sender }))
    await new Promise<void>((resolve, reject) => {
      socket.once('error', (error: NodeJS.ErrnoException) => {
        socket.close()
        reject(listenError(plugin, host, port, error))
      })
      socket.bind({ port, address: host, exclusive: true }, resolve)
    })
    socket.removeAllListeners('error')
    socket.on('error', (error) => this.context.logger.error({ plugin, port }, error.message))
    this.socket = socket
  }

  async stop(): Promise<void> {
    const { socket } = this
    this.socket = undefined
    if (socket !== undefined) await new Promise<void>((resolve) => socket.close(() => resolve()))
    await this.draining
  }

  private receive(datagram: Datagram): void {
    const { length } = datagram.bytes
    if (this.waiting.length >= this.settings.queueSize || this.waitingBytes + length > QUEUE_BYTES) this.drop()
    else {
      this.waiting.push(datagram)
      this.waitingBytes += length
    }
    if (this.busy) return
    this.busy = true
    this.draining = new Promise((resolve) => setImmediate(resolve)).then(() => this.drain())
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      const datagrams = this.waiting
      this.waiting = []
      this.waitingBytes = 0
      try {
        await this.handle(datagrams)
      } catch (error) {
        this.context.logger.error({ plugin: this.settings.plugin }, (error as Error).message)
      }
    }
    this.busy = false
  }

  private drop(): void {
    this.dropped++
    const now = this.context.clock.monotonic()
    if (now - this.told < TELL_MILLIS) return
    this.told = now
    const { plugin, port } = this.settings
    this.context.logger.warn(
      { plugin, port, dropped: this.dropped },
      `${plugin} input on ${port}: the pipeline is slower than its senders, ${this.dropped} datagrams were dropped so far`,
    )
  }
}
