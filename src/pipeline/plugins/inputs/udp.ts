import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { fieldPath, newObject, type Event } from '../../../event/index.ts'
import { option, type as types, type OptionsOf } from '../../../settings/index.ts'
import { defineInput, type Batch, type Input, type InputContext } from '../define.ts'
import { listenerAddress, listenError } from './listener-address.ts'

const OPTIONS = {
  host: option(types.string, { describe: 'The address to listen on; without it `inputs.host`.' }),
  port: option(types.port, { describe: 'The port to listen on.', required: true }),
  buffer_size: option(types.number({ integer: true, min: 1 }), {
    describe: 'Bytes of the longest datagram; the rest of a longer one is cut off.',
    default: 65_536,
  }),
  receive_buffer_bytes: option(types.number({ integer: true, min: 1 }), {
    describe: "Bytes of the kernel's buffer.",
  }),
  queue_size: option(types.number({ integer: true, min: 1 }), {
    describe: 'Datagrams that wait for the pipeline; what finds no room is dropped, counted and told.',
    default: 20_000,
  }),
  workers: option(types.number({ integer: true, min: 1 }), {
    describe: 'Workers.',
    ignored: 'has no effect here: datagrams keep their order',
  }),
  source_ip_fieldname: option(types.string, {
    describe: "The field of the sender's address; `host`, or under ECS `[host][ip]`.",
  }),
} as const

export const udp = defineInput({
  name: 'udp',
  summary: 'Datagrams over UDP, each decoded on its own.',
  defaultCodec: 'plain',
  options: OPTIONS,
  examples: ['udp { port => 5140 type => "syslog" }'],
  create: (options, context) => new UdpInput(options, context),
})

const TELL_MILLIS = 10_000

class UdpInput implements Input {
  readonly ended: Promise<void> = new Promise(() => {})
  private readonly options: OptionsOf<typeof OPTIONS>
  private readonly context: InputContext
  private readonly host: string
  private readonly sourceField
  private socket: Socket | undefined
  private waiting: { bytes: Buffer; sender: RemoteInfo }[] = []
  private dropped = 0
  private told = -Infinity
  private draining: Promise<void> = Promise.resolve()
  private busy = false
  private emit: (batch: Batch) => Promise<void> = async () => {}

  constructor(options: OptionsOf<typeof OPTIONS>, context: InputContext) {
    this.options = options
    this.context = context
    this.sourceField = fieldPath(options.source_ip_fieldname ?? (context.ecs === 'disabled' ? 'host' : '[host][ip]'))
    // Said when the input is made, so that `check` says it too.
    this.host = listenerAddress('udp', options.host, options.port, context)
  }

  async start(emit: (batch: Batch) => Promise<void>): Promise<void> {
    this.emit = emit
    const { port, receive_buffer_bytes, queue_size, buffer_size } = this.options
    const { host } = this
    const socket = createSocket({
      type: isIPv6(host) ? 'udp6' : 'udp4',
      ...(receive_buffer_bytes === undefined ? {} : { recvBufferSize: receive_buffer_bytes }),
    })
    socket.on('message', (bytes, sender) => {
      if (this.waiting.length >= queue_size) this.drop()
      else this.waiting.push({ bytes: bytes.length > buffer_size ? bytes.subarray(0, buffer_size) : bytes, sender })
      if (!this.busy) {
        this.busy = true
        // What arrived in the same turn of the event loop becomes one batch.
        this.draining = new Promise((resolve) => setImmediate(resolve)).then(() => this.drain())
      }
    })
    await new Promise<void>((resolve, reject) => {
      socket.once('error', (error: NodeJS.ErrnoException) => reject(listenError('udp', host, port, error)))
      socket.bind({ port, address: host, exclusive: true }, resolve)
    })
    socket.on('error', (error) => this.context.logger.error({ plugin: 'udp', port }, error.message))
    this.socket = socket
  }

  async stop(): Promise<void> {
    const { socket } = this
    this.socket = undefined
    if (socket !== undefined) await new Promise<void>((resolve) => socket.close(() => resolve()))
    await this.draining
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      const datagrams = this.waiting
      this.waiting = []
      const events = datagrams.flatMap(({ bytes, sender }) => this.decode(bytes, sender))
      try {
        if (events.length > 0) await this.emit({ events })
      } catch (error) {
        this.context.logger.error({ plugin: 'udp' }, (error as Error).message)
      }
    }
    this.busy = false
  }

  /** A datagram is whole: a decoder of its own, flushed at once. */
  private decode(bytes: Buffer, sender: RemoteInfo): Event[] {
    const decoder = this.context.codec.decoder({ sender: sender.address })
    const events = [...decoder.decode(bytes), ...decoder.flush()]
    for (const event of events) {
      if (!event.has(this.sourceField)) event.set(this.sourceField, sender.address)
      if (this.context.ecs !== 'disabled') event.set(SOURCE, sourceOf(sender))
      this.context.decorate(event)
    }
    return events
  }

  private drop(): void {
    this.dropped++
    const now = this.context.clock.monotonic()
    if (now - this.told < TELL_MILLIS) return
    this.told = now
    this.context.logger.warn(
      { plugin: 'udp', port: this.options.port, dropped: this.dropped },
      `udp input on ${this.options.port}: the pipeline is slower than its senders, ${this.dropped} datagrams were dropped so far`,
    )
  }
}

const SOURCE = fieldPath('[@metadata][input][udp][source]')

function sourceOf(sender: RemoteInfo) {
  const source = newObject()
  source['ip'] = sender.address
  source['port'] = sender.port
  return source
}
