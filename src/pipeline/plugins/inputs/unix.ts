import { promises as fs } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { hostname } from 'node:os'
import { fail } from '../../../diagnostic/index.ts'
import { fieldPath, type Event } from '../../../event/index.ts'
import { option, type as types, type OptionsOf } from '../../../settings/index.ts'
import { defineInput, type Batch, type Codec, type Input, type InputContext } from '../define.ts'
import { StreamConnection } from './stream/connection.ts'
import { LISTENER_OPTIONS, StreamListener } from './stream/listener.ts'

const OPTIONS = {
  path: option(types.string, { describe: 'The socket to listen on or to connect to.', required: true }),
  mode: option(types.oneOf('server', 'client'), { describe: 'Listen, or connect to a server.', default: 'server' }),
  force_unlink: option(types.boolean, {
    describe:
      'Take the place of a socket that another process listens on. One that nobody listens on is replaced anyway.',
    default: false,
  }),
  data_timeout: option(types.number({ min: -1 }), {
    describe: 'Seconds after which a connection that sends nothing is closed; -1 never closes one.',
    default: -1,
  }),
  socket_not_present_retry_interval_seconds: option(types.number({ min: 0.001 }), {
    describe: 'Seconds between attempts to connect, in mode client.',
    default: 5,
  }),
  max_connections: LISTENER_OPTIONS.max_connections,
} as const

export const unix = defineInput({
  name: 'unix',
  summary: 'Lines over a UNIX socket, from clients that connect or from a server it connects to.',
  defaultCodec: 'line',
  options: OPTIONS,
  examples: ['unix { path => "/run/vedetta/events.sock" }', 'unix { mode => "client" path => "/run/app.sock" }'],
  create: (options, context) => new UnixInput(options, context),
})

class UnixInput implements Input {
  readonly ended: Promise<void> = new Promise(() => {})
  private readonly options: OptionsOf<typeof OPTIONS>
  private readonly context: InputContext
  private readonly codec: Codec
  private readonly hostField
  private readonly pathField
  private readonly host = hostname()
  private readonly aborter = new AbortController()
  private listener: StreamListener | undefined
  private outgoing: StreamConnection | undefined
  private client: Promise<void> = Promise.resolve()
  private emit: (batch: Batch) => Promise<void> = async () => {}

  constructor(options: OptionsOf<typeof OPTIONS>, context: InputContext) {
    this.options = options
    this.context = context
    this.codec = context.codec.streaming?.() ?? context.codec
    this.hostField = fieldPath(context.ecs === 'disabled' ? 'host' : '[host][name]')
    this.pathField = fieldPath(context.ecs === 'disabled' ? 'path' : '[file][path]')
  }

  async start(emit: (batch: Batch) => Promise<void>): Promise<void> {
    this.emit = emit
    if (this.options.mode === 'client') {
      this.client = this.runClient()
      return
    }
    try {
      this.listener = await this.listen()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw this.cannotListen(error as Error)
      if (!(await this.mayTakeOver())) throw this.cannotListen(new Error('another process listens there'))
      await fs.rm(this.options.path, { force: true })
      this.listener = await this.listen().catch((again: Error) => {
        throw this.cannotListen(again)
      })
    }
  }

  async stop(): Promise<void> {
    this.aborter.abort()
    await this.listener?.stop()
    await this.outgoing?.stop()
    await this.client
  }

  private async listen(): Promise<StreamListener> {
    const { path, data_timeout, max_connections } = this.options
    const listener = new StreamListener(
      {
        plugin: 'unix',
        address: path,
        listen: { path },
        maxConnections: max_connections,
        idleMillis: Math.max(0, data_timeout * 1000),
      },
      this.context,
      (socket) => this.serve(socket),
    )
    await listener.listen()
    return listener
  }

  /** A socket that was left behind may be replaced; one that somebody listens on only where that is asked for. */
  private async mayTakeOver(): Promise<boolean> {
    const { path, force_unlink } = this.options
    const stats = await fs.stat(path).catch(() => undefined)
    if (stats?.isSocket() !== true) return false
    if (force_unlink) return true
    return new Promise((resolve) => {
      const probe = connect(path, () => {
        probe.destroy()
        resolve(false)
      })
      probe.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNREFUSED'))
    })
  }

  private cannotListen(error: Error): Error {
    return fail('plugin.cannot_listen', { plugin: 'unix input', address: this.options.path, reason: error.message })
  }

  private serve(socket: Socket): StreamConnection {
    const { context } = this
    let connection: StreamConnection | undefined
    const failed = (error: Error): void => context.logger.error({ plugin: 'unix' }, error.message)
    const decoder = this.codec.decoder({
      late: (events) => {
        connection?.enqueue(() => this.send(events)).catch(failed)
      },
    })
    connection = new StreamConnection(
      socket,
      { take: (bytes) => this.send(decoder.decode(bytes)), end: () => this.send(decoder.flush()) },
      context.clock,
      failed,
    )
    return connection
  }

  private async send(events: Event[]): Promise<void> {
    if (events.length === 0) return
    for (const event of events) {
      if (!event.has(this.hostField)) event.set(this.hostField, this.host)
      if (!event.has(this.pathField)) event.set(this.pathField, this.options.path)
      this.context.decorate(event)
    }
    await this.emit({ events })
  }

  private async runClient(): Promise<void> {
    const { signal } = this.aborter
    const { path, socket_not_present_retry_interval_seconds: wait } = this.options
    let told = false
    while (!signal.aborted) {
      try {
        this.outgoing = this.serve(await this.connectTo(path))
        told = false
        await this.outgoing.done
      } catch (error) {
        if (!told)
          this.context.logger.warn(
            { plugin: 'unix', path },
            `unix input cannot connect to ${path}: ${(error as Error).message}; it goes on trying`,
          )
        told = true
      }
      await this.context.clock.sleep(wait * 1000, signal)
    }
  }

  private connectTo(path: string): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(path, () => resolve(socket))
      socket.once('error', reject)
    })
  }
}
