import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { waitAtMost, type Clock } from '../../clock/index.ts'
import type { LineQueue } from './line-queue.ts'

export interface PeerAddress {
  readonly host: string
  readonly port: number
  /** PEM text of the authority; with it the connection is TLS. */
  readonly authority?: string
}

const FIRST_MILLIS = 500
const LONGEST_MILLIS = 15_000

/**
 * Sends queued lines to a peer and connects again when it goes away.
 *
 * - A chunk leaves the queue only when the kernel has taken the whole of it; one that was under way when the
 *   connection broke is sent again, so a line may come twice, and only what the dead connection's kernel held is lost.
 */
export class Peer {
  private readonly address: PeerAddress
  private readonly queue: LineQueue
  private readonly clock: Clock
  private readonly say: (message: string) => void
  private readonly aborter = new AbortController()
  private socket: Socket | undefined
  private sending = false
  private draining: (() => void) | undefined

  constructor(address: PeerAddress, queue: LineQueue, clock: Clock, say: (message: string) => void) {
    this.address = address
    this.queue = queue
    this.clock = clock
    this.say = say
  }

  /** Keeps a connection until {@link stop}. */
  async run(): Promise<void> {
    const { host, port } = this.address
    let wait = FIRST_MILLIS
    let told = ''
    while (!this.aborter.signal.aborted) {
      try {
        const socket = await this.connect()
        this.say(`connected to ${host}:${port}`)
        told = ''
        wait = FIRST_MILLIS
        this.socket = socket
        const gone = closed(socket)
        this.kick()
        await gone
        this.socket = undefined
        this.sending = false
        if (this.aborter.signal.aborted) break
        this.say(`${host}:${port} closed the connection; lines are held until it is back`)
      } catch (error) {
        const reason = reasonOf(error as NodeJS.ErrnoException)
        if (reason !== told && !this.aborter.signal.aborted)
          this.say(`cannot connect to ${host}:${port}: ${reason}; lines are held, it goes on trying`)
        told = reason
      }
      await this.clock.sleep(wait, this.aborter.signal)
      wait = Math.min(wait * 2, LONGEST_MILLIS)
    }
  }

  /** To be called when lines were queued. */
  kick(): void {
    const socket = this.socket
    const chunk = this.queue.peek()
    if (chunk === undefined) this.draining?.()
    if (socket === undefined || this.sending || chunk === undefined) return
    this.sending = true
    socket.write(chunk, (error) => {
      if (this.socket !== socket) return
      this.sending = false
      if (error !== undefined && error !== null) return
      this.queue.shift()
      this.kick()
    })
  }

  /** Sends what is queued, for at most `millis`, then closes. */
  async stop(millis: number): Promise<void> {
    if (this.queue.peek() !== undefined && this.socket !== undefined)
      await waitAtMost(
        this.clock,
        millis,
        Promise.race([new Promise<void>((resolve) => (this.draining = resolve)), closed(this.socket)]),
      )
    this.aborter.abort()
    const socket = this.socket
    if (socket === undefined) return
    const gone = closed(socket)
    socket.end()
    await waitAtMost(this.clock, 1000, gone)
    socket.destroy()
  }

  private connect(): Promise<Socket> {
    const { host, port, authority } = this.address
    return new Promise((resolve, reject) => {
      const socket: Socket =
        authority === undefined
          ? connect({ host, port, keepAlive: true, noDelay: true }, () => resolve(socket))
          : connectTls({ host, port, ca: authority, ...(isIP(host) === 0 ? { servername: host } : {}) }, () =>
              resolve(socket),
            )
      socket.on('error', reject)
      // A peer that has closed its side takes nothing more.
      socket.on('end', () => socket.destroy())
      socket.resume()
      const give = (): void => {
        reject(new Error('stopped'))
        if (this.socket !== socket) socket.destroy()
      }
      this.aborter.signal.addEventListener('abort', give, { once: true })
      socket.once('close', () => this.aborter.signal.removeEventListener('abort', give))
    })
  }
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) resolve()
    else socket.once('close', () => resolve())
  })
}

function reasonOf(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'nothing listens there'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name is not known'
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'its certificate is for another name'
    default:
      return /CERT|SELF_SIGNED|UNABLE_TO/.test(error.code ?? '')
        ? `its certificate is not trusted (${error.code}): check --tls-ca`
        : (error.code ?? error.message)
  }
}
