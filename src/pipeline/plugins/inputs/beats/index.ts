import type { Socket } from 'node:net'
import { waitAtMost } from '../../../../clock/index.ts'
import { fail } from '../../../../diagnostic/index.ts'
import type { Event } from '../../../../event/index.ts'
import { option, type as types, type OptionsOf } from '../../../../settings/index.ts'
import { defineInput, type Batch, type Input, type InputContext } from '../../define.ts'
import { listenerAddress, listenError } from '../listener-address.ts'
import { StreamConnection, type StreamHandler } from '../stream/connection.ts'
import { LISTENER_OPTIONS, StreamListener } from '../stream/listener.ts'
import { plainAddress } from '../tcp-fields.ts'
import { checkServerTls, LISTENER_TLS_OPTIONS, tlsServerOptions } from '../tls-server.ts'
import { Acknowledgements } from './acknowledgements.ts'
import { BeatsEvents, writerOf, type Enrichment } from './beats-events.ts'
import { ackFrame, FrameReader, type Frame } from './frames.ts'

const OPTIONS = {
  host: option(types.string, { describe: 'The address to listen on; without it `inputs.host`.' }),
  port: option(types.port, { describe: 'The port to listen on.', required: true }),
  enrich: option(types.list(types.oneOf('codec_metadata', 'source_metadata', 'ssl_peer_metadata', 'all', 'none')), {
    describe:
      'What is added to events: `codec_metadata` (a tag with the codec, under ECS the text as `[event][original]`), `source_metadata` (address and name of the sender), `ssl_peer_metadata` (its certificate), `all` or `none`; the first two unless given.',
  }),
  client_inactivity_timeout: option(types.number({ min: 0 }), {
    describe: 'Seconds after which a client that sends nothing, and waits for nothing, is disconnected; 0 never does.',
    default: 60,
  }),
  add_hostname: option(types.boolean, {
    describe: 'Copy the name of the Beat into `host` where there is none.',
    default: false,
    deprecated: 'use the fields that the Beat sends',
  }),
  include_codec_tag: option(types.boolean, {
    describe: 'The older form of `codec_metadata`.',
    deprecated: 'use enrich',
  }),
  ssl_peer_metadata: option(types.boolean, {
    describe: 'The older form of `ssl_peer_metadata` in `enrich`.',
    deprecated: 'use enrich',
  }),
  executor_threads: option(types.number({ integer: true, min: 1 }), {
    describe: 'Threads.',
    ignored: 'the input needs no threads',
  }),
  event_loop_threads: option(types.number({ integer: true, min: 0 }), {
    describe: 'Threads.',
    ignored: 'the input needs no threads',
  }),
  max_event_bytes: option(types.number({ integer: true, min: 1024 }), {
    describe: 'Bytes of the longest event; who sends a longer one is disconnected.',
    default: 16 * 2 ** 20,
  }),
  max_connections: LISTENER_OPTIONS.max_connections,
  ...LISTENER_TLS_OPTIONS,
} as const

type BeatsOptions = OptionsOf<typeof OPTIONS>

export const beats = defineInput({
  name: 'beats',
  summary:
    'Events of Filebeat, Winlogbeat and other Beats (the Lumberjack protocol). They are acknowledged when they are durable, so that a Beat sends again what a crash took.',
  defaultCodec: 'plain',
  options: OPTIONS,
  examples: [
    'beats { port => 5044 host => "0.0.0.0" }',
    'beats { port => 5044 ssl_enabled => true ssl_certificate => "/etc/vedetta/cert.pem" ssl_key => "/etc/vedetta/key.pem" }',
  ],
  create: (options, context) => new BeatsInput('beats', options, context),
})

export const elasticAgent = defineInput({
  name: 'elastic_agent',
  summary: 'Events of the Elastic Agent; the same as beats.',
  defaultCodec: 'plain',
  options: OPTIONS,
  examples: ['elastic_agent { port => 5044 }'],
  create: (options, context) => new BeatsInput('elastic_agent', options, context),
})

/** Events that go to the pipeline at once. */
const PIECE = 500
/** Bytes of answers that a peer may leave unread. */
const MOST_UNREAD = 64 * 1024
/** How long a stop waits for what is under way to become durable: a Beat sends the rest again. */
const SETTLE_MILLIS = 5_000

class BeatsInput implements Input {
  readonly ended: Promise<void> = new Promise(() => {})
  private readonly name: string
  private readonly options: BeatsOptions
  private readonly context: InputContext
  private readonly host: string
  private readonly enrich: Enrichment
  private listener: StreamListener | undefined

  constructor(name: string, options: BeatsOptions, context: InputContext) {
    this.name = name
    this.options = options
    this.context = context
    this.enrich = enrichment(options)
    if (context.codec.name === 'multiline')
      throw fail('plugin.option_invalid', {
        option: 'codec',
        expected: 'a codec of single events: lines are joined by the Beat, with its multiline settings',
        value: 'multiline',
      })
    if (options.ssl_enabled) checkServerTls(options, 'none')
    // Said when the input is made, so that `check` says it too.
    this.host = listenerAddress(name, options.host, options.port, context)
  }

  async start(emit: (batch: Batch) => Promise<void>): Promise<void> {
    const { host, name, context } = this
    const { port, ssl_enabled, max_connections, client_inactivity_timeout } = this.options
    const tls = ssl_enabled ? tlsServerOptions(this.options, 'none') : undefined
    if (this.enrich.peer && tls?.requestCert !== true && this.options.ssl_peer_metadata === true)
      throw fail('plugin.option_needs', { option: 'ssl_peer_metadata', needed: 'ssl_client_authentication' })
    const listener = new StreamListener(
      {
        plugin: name,
        address: String(port),
        listen: { host, port },
        tls,
        maxConnections: max_connections,
        idleMillis: client_inactivity_timeout * 1000,
      },
      context,
      (socket) => {
        const handler = new BeatsHandler(socket, this.options, context, this.enrich, emit)
        return new StreamConnection(socket, handler, context.clock, (error) =>
          context.logger.warn(
            { plugin: name, peer: handler.ip },
            `${name} input: ${error.message}; the connection of ${handler.ip} is closed`,
          ),
        )
      },
    )
    await listener.listen().catch((error: NodeJS.ErrnoException) => {
      throw listenError(name, host, port, error)
    })
    this.listener = listener
  }

  async stop(): Promise<void> {
    await this.listener?.stop()
  }
}

class BeatsHandler implements StreamHandler {
  readonly ip: string
  private readonly socket: Socket
  private readonly context: InputContext
  private readonly emit: (batch: Batch) => Promise<void>
  private readonly frames: FrameReader
  private readonly events: BeatsEvents
  private readonly acks: Acknowledgements
  /** Events of the window that are still to come; 0 where none was announced. */
  private window = 0
  private piece: Event[] = []

  constructor(
    socket: Socket,
    options: BeatsOptions,
    context: InputContext,
    enrich: Enrichment,
    emit: (batch: Batch) => Promise<void>,
  ) {
    this.socket = socket
    this.context = context
    this.emit = emit
    this.ip = plainAddress(socket.remoteAddress)
    this.frames = new FrameReader(options.max_event_bytes)
    this.events = new BeatsEvents(context, enrich, writerOf(this.ip, socket))
    this.acks = new Acknowledgements(context.clock, (version, sequence) => this.answer(version, sequence))
  }

  get pending(): boolean {
    return this.acks.pending
  }

  take(bytes: Buffer): Promise<void> {
    return this.frames.read(bytes, (frames) => this.receive(frames))
  }

  async end(): Promise<void> {
    this.frames.close()
    this.acks.close()
  }

  async settle(): Promise<void> {
    await waitAtMost(this.context.clock, SETTLE_MILLIS, this.acks.settled())
  }

  private answer(version: number, sequence: number): void {
    if (this.socket.destroyed) return
    this.socket.write(ackFrame(version, sequence))
    // A peer that never reads would make its answers pile up here.
    if (this.socket.writableLength > MOST_UNREAD) this.socket.destroy()
  }

  private async receive(frames: readonly Frame[]): Promise<void> {
    for (let i = 0; i < frames.length; i++) {
      const frame = frames[i]!
      if (frame.kind === 'window') {
        if (this.window > 0) this.acks.endWindow()
        this.window = frame.size
        if (frame.size === 0) this.answer(frame.version, 0)
        continue
      }
      this.piece.push(...this.events.of(frame))
      const last = this.window <= 1
      this.window = Math.max(0, this.window - 1)
      const more = i + 1 < frames.length && frames[i + 1]!.kind !== 'window'
      if (last || !more || this.piece.length >= PIECE) await this.hand(frame.version, frame.sequence, last)
    }
  }

  private async hand(version: number, sequence: number, last: boolean): Promise<void> {
    const events = this.piece
    this.piece = []
    const ack = this.acks.add(version, sequence, last)
    // A codec may have made nothing of it.
    if (events.length === 0) ack()
    else await this.emit({ events, ack, lost: () => this.socket.destroy() })
  }
}

function enrichment(options: BeatsOptions): Enrichment {
  const { enrich, include_codec_tag, ssl_peer_metadata, add_hostname } = options
  if (enrich !== undefined) {
    for (const [name, value] of Object.entries({ include_codec_tag, ssl_peer_metadata }))
      if (value !== undefined) throw fail('plugin.options_exclude', { option: 'enrich', other: name })
    if (enrich.length > 1 && enrich.includes('none'))
      throw fail('plugin.option_invalid', {
        option: 'enrich',
        expected: "'none' alone, or what is added",
        value: enrich.join(', '),
      })
  }
  const wanted = enrich ?? ['codec_metadata', 'source_metadata']
  const has = (name: 'codec_metadata' | 'source_metadata' | 'ssl_peer_metadata'): boolean =>
    wanted.includes(name) || wanted.includes('all')
  return {
    codec: has('codec_metadata') && include_codec_tag !== false,
    source: has('source_metadata'),
    peer: has('ssl_peer_metadata') || ssl_peer_metadata === true,
    hostname: add_hostname,
  }
}
