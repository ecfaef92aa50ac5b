import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { waitAtMost } from '../../../clock/index.ts'
import type { PluginContext } from '../define.ts'
import { Trouble, TroubleTeller } from '../trouble.ts'

export interface StreamTarget {
  readonly host: string
  readonly port: number
  readonly tls?: ConnectionOptions
  /** Milliseconds between attempts to connect. */
  readonly reconnectMillis: number
  readonly keepAlive?: boolean
}

const CONNECT_MILLIS = 10_000
const CLOSE_MILLIS = 2000

/**
 * A connection that is made anew when it breaks. Bytes count as sent when the system has taken them, so that what was on its way
 * when a peer died is sent again, or lost, as the peer had taken it or not.
 */
export class StreamClient {
  private readonly target: StreamTarget
  private readonly context: PluginContext
  private readonly plugin: string
  private readonly aborter = new AbortController()
  private readonly teller: TroubleTeller
  private socket: Socket | undefined

  constructor(plugin: string, target: StreamTarget, context: PluginContext) {
    this.plugin = plugin
    this.target = target
    this.context = context
    this.teller = new TroubleTeller(plugin, context.logger, context.clock)
  }

  /** Goes on trying until the bytes are sent. @throws Error when it is closed before. */
  async send(bytes: Buffer): Promise<void> {
    const { signal } = this.aborter
    const { host, port, reconnectMillis } = this.target
    for (;;) {
      if (signal.aborted) throw new Error(`${this.plugin} output: closed with events on their way`)
      try {
        this.socket ??= await this.connect()
        await write(this.socket, bytes)
        this.teller.over()
        return
      } catch (error) {
        this.socket?.destroy()
        this.socket = undefined
        if (signal.aborted) continue
        const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message
        this.teller.tell(
          new Trouble(
            reason,
            `${this.plugin} output cannot write to ${address(host, port)}: ${reason}; events are kept and it goes on trying`,
          ),
        )
        await this.context.clock.sleep(reconnectMillis, signal)
      }
    }
  }

  async close(): Promise<void> {
    this.aborter.abort()
    const { socket } = this
    this.socket = undefined
    if (socket === undefined || socket.destroyed) return
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.end()
    await waitAtMost(this.context.clock, CLOSE_MILLIS, closed)
    socket.destroy()
  }

  private connect(): Promise<Socket> {
    const { host, port, tls, keepAlive = false } = this.target
    return new Promise((resolve, reject) => {
      const ready = (): void => {
        socket.setTimeout(0)
        socket.off('error', reject)
        socket.on('error', () => {})
        // A peer that ends, or says something, is noticed; what it says is not ours.
        socket.resume()
        socket.on('end', () => socket.destroy())
        socket.on('close', () => {
          if (this.socket === socket) this.socket = undefined
        })
        resolve(socket)
      }
      const socket: Socket =
        tls === undefined
          ? connect({ host, port, keepAlive, noDelay: true }, ready)
          : connectTls({ ...tls, host, port, ...(isIP(host) === 0 ? { servername: host } : {}) }, ready)
      socket.once('error', reject)
      socket.setTimeout(CONNECT_MILLIS, () => socket.connecting && socket.destroy(new Error('timed out')))
      this.aborter.signal.addEventListener('abort', () => socket.connecting && socket.destroy(new Error('closed')))
    })
  }
}

function write(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = (): void => reject(new Error('the connection was closed'))
    socket.once('close', closed)
    socket.write(bytes, (error) => {
      socket.off('close', closed)
      if (error === null || error === undefined) resolve()
      else reject(error)
    })
  })
}

export function address(host: string, port: number | string): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
