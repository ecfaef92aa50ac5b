import type { Socket } from 'node:net'
import { fieldPath, type Event } from '../../../../event/index.ts'
import { option, type as types, type OptionsOf } from '../../../../settings/index.ts'
import { defineInput, type Batch, type Decoder, type Input, type InputContext } from '../../define.ts'
import { DatagramListener, type Datagram } from '../datagram-listener.ts'
import { listenerAddress, listenError } from '../listener-address.ts'
import { StreamConnection, type StreamHandler } from '../stream/connection.ts'
import { LISTENER_OPTIONS, StreamListener } from '../stream/listener.ts'
import { ProxyHeader } from '../stream/proxy-header.ts'
import { plainAddress } from '../tcp-fields.ts'
import { checkServerTls, LISTENER_TLS_OPTIONS, tlsServerOptions } from '../tls-server.ts'
import { SyslogFraming } from './framing.ts'
import { SyslogRelay } from './relay.ts'

/** As Logstash's input names them, after RFC 3164. */
const FACILITIES = (
  'kernel,user-level,mail,system,security/authorization,syslogd,line printer,network news,' +
  'UUCP,clock,security/authorization,FTP,NTP,log audit,log alert,clock,' +
  'local0,local1,local2,local3,local4,local5,local6,local7'
).split(',')
const SEVERITIES = ['Emergency', 'Alert', 'Critical', 'Error', 'Warning', 'Notice', 'Informational', 'Debug']

const OPTIONS = {
  host: option(types.string, { describe: 'The address to listen on; without it `inputs.host`.' }),
  port: option(types.port, { describe: 'The port to listen on, over TCP and UDP.', default: 514 }),
  format: option(types.oneOf('rfc3164', 'rfc5424', 'auto'), {
    describe:
      'What messages are: `rfc3164` is what `grok_pattern` reads, as in Logstash; `auto` reads those of RFC 5424 by their own rules and all others by the pattern.',
    default: 'rfc3164',
  }),
  grok_pattern: option(types.string, {
    describe:
      'The pattern of a message; `<%{POSINT:priority}>%{SYSLOGLINE}`, or under ECS `<%{POSINT:[log][syslog][priority]:int}>%{SYSLOGLINE}`. What it does not match is tagged `_grokparsefailure_sysloginput`.',
  }),
  syslog_field: option(types.string, {
    describe: 'The field that holds the message, where the codec puts it elsewhere.',
    default: 'message',
  }),
  timezone: option(types.string, {
    describe: "Zone of times without one, such as `Europe/Rome`; the machine's by default.",
  }),
  locale: option(types.string, { describe: 'Language of month names, such as `en` or `de_DE`.' }),
  use_labels: option(types.boolean, {
    describe: 'Whether the names of facility and severity are added to the numbers.',
    default: true,
  }),
  facility_labels: option(types.list(types.string), { describe: 'Names of the facilities.', default: FACILITIES }),
  severity_labels: option(types.list(types.string), { describe: 'Names of the severities.', default: SEVERITIES }),
  proxy_protocol: option(types.boolean, {
    describe: 'Each connection begins with a PROXY header (version 1), which names the real sender.',
    default: false,
  }),
  max_message_bytes: option(types.number({ integer: true, min: 480 }), {
    describe: 'Bytes of the longest message over TCP. A longer one is cut there and tagged `_linetoobig`.',
    default: 2 ** 20,
  }),
  ...LISTENER_OPTIONS,
  ...LISTENER_TLS_OPTIONS,
} as const

export const syslog = defineInput({
  name: 'syslog',
  summary:
    'Syslog messages over UDP and TCP, by line or octet-counted, with priority, time, host and program as fields; with TLS it is RFC 5425, over TCP alone.',
  defaultCodec: 'plain',
  options: OPTIONS,
  examples: [
    'syslog { port => 5514 host => "0.0.0.0" }',
    'syslog { port => 6514 format => auto ssl_enabled => true ssl_certificate => "/etc/vedetta/cert.pem" ssl_key => "/etc/vedetta/key.pem" }',
    'syslog { port => 5514 codec => json syslog_field => "line" grok_pattern => "<%{POSINT:priority}>%{SYSLOGTIMESTAMP:timestamp} %{GREEDYDATA:text}" }',
  ],
  create: (options, context) => new SyslogInput(options, context),
})

type SyslogOptions = OptionsOf<typeof OPTIONS>

/** Datagrams that wait for the pipeline. */
const QUEUE = 20_000

class SyslogInput implements Input {
  readonly ended: Promise<void> = new Promise(() => {})
  private readonly options: SyslogOptions
  private readonly context: InputContext
  private readonly host: string
  private readonly relay: SyslogRelay
  private readonly hostField
  private streams: StreamListener | undefined
  private datagrams: DatagramListener | undefined
  private emit: (batch: Batch) => Promise<void> = async () => {}

  constructor(options: SyslogOptions, context: InputContext) {
    this.options = options
    this.context = context
    this.relay = new SyslogRelay(
      {
        format: options.format,
        grokPattern: options.grok_pattern,
        syslogField: options.syslog_field,
        timezone: options.timezone,
        locale: options.locale,
        useLabels: options.use_labels,
        facilityLabels: options.facility_labels,
        severityLabels: options.severity_labels,
      },
      context,
    )
    this.hostField = fieldPath(context.ecs === 'disabled' ? 'host' : '[host][ip]')
    if (options.ssl_enabled) checkServerTls(options, 'none')
    // Said when the input is made, so that `check` says it too.
    this.host = listenerAddress('syslog', options.host, options.port, context)
  }

  async start(emit: (batch: Batch) => Promise<void>): Promise<void> {
    this.emit = emit
    const { context, host } = this
    const { port, ssl_enabled, max_connections, idle_timeout } = this.options
    const streams = new StreamListener(
      {
        plugin: 'syslog',
        address: String(port),
        listen: { host, port },
        tls: ssl_enabled ? tlsServerOptions(this.options, 'none') : undefined,
        maxConnections: max_connections,
        idleMillis: idle_timeout * 1000,
      },
      context,
      (socket) => this.serve(socket),
    )
    await streams.listen().catch((error: NodeJS.ErrnoException) => {
      throw listenError('syslog', host, port, error)
    })
    this.streams = streams
    // Who asks for TLS must not be given an open door beside it.
    if (ssl_enabled) return
    const datagrams = new DatagramListener({ plugin: 'syslog', host, port, queueSize: QUEUE }, context, (received) =>
      this.receive(received),
    )
    try {
      await datagrams.listen()
    } catch (error) {
      await this.stop()
      throw error
    }
    this.datagrams = datagrams
  }

  async stop(): Promise<void> {
    await Promise.all([this.streams?.stop(), this.datagrams?.stop()])
  }

  private serve(socket: Socket): StreamConnection {
    const { context } = this
    const handler = new SyslogHandler(socket, this.options, context, (events, ip) => this.hand(events, ip))
    const connection = new StreamConnection(socket, handler, context.clock, (error) =>
      context.logger.error(
        { plugin: 'syslog', peer: handler.ip },
        `syslog input: ${error.message}; the connection is closed`,
      ),
    )
    handler.connection = connection
    return connection
  }

  private async receive(received: readonly Datagram[]): Promise<void> {
    const events: Event[] = []
    for (const { bytes, sender } of received) {
      const ip = plainAddress(sender.address)
      const decoder = this.context.codec.decoder({ sender: ip })
      for (const event of [...decoder.decode(bytes), ...decoder.flush()]) {
        this.prepare(event, ip)
        events.push(event)
      }
    }
    await this.finish(events)
  }

  private hand(events: Event[], ip: string): Promise<void> {
    for (const event of events) this.prepare(event, ip)
    return this.finish(events)
  }

  private prepare(event: Event, ip: string): void {
    this.context.decorate(event)
    event.set(this.hostField, ip)
  }

  private async finish(events: Event[]): Promise<void> {
    if (events.length === 0) return
    await this.relay.relay(events)
    await this.emit({ events })
  }
}

/** One sender over TCP: messages by line or by count, each through the codec. */
class SyslogHandler implements StreamHandler {
  ip: string
  connection: StreamConnection | undefined
  private readonly context: InputContext
  private readonly framing: SyslogFraming
  private readonly proxy: ProxyHeader | undefined
  private readonly hand: (events: Event[], ip: string) => Promise<void>
  private decoder: Decoder | undefined

  constructor(
    socket: Socket,
    options: SyslogOptions,
    context: InputContext,
    hand: (events: Event[], ip: string) => Promise<void>,
  ) {
    this.context = context
    this.hand = hand
    this.ip = plainAddress(socket.remoteAddress)
    this.framing = new SyslogFraming(options.max_message_bytes)
    this.proxy = options.proxy_protocol ? new ProxyHeader() : undefined
  }

  async take(bytes: Buffer): Promise<void> {
    let rest = bytes
    if (this.proxy?.complete === false) {
      const read = this.proxy.read(bytes)
      if (read.error !== undefined) throw new Error(read.error)
      if (!this.proxy.complete) return
      this.ip = this.proxy.peer().ip ?? this.ip
      rest = read.rest
    }
    await this.hand(
      this.decode((sink) => this.framing.push(rest, sink)),
      this.ip,
    )
  }

  async end(): Promise<void> {
    const events = this.decode((sink) => this.framing.flush(sink))
    events.push(...(this.decoder?.flush() ?? []))
    await this.hand(events, this.ip)
  }

  private decode(feed: (sink: (message: Buffer, cut: boolean) => void) => void): Event[] {
    this.decoder ??= this.context.codec.decoder({
      sender: this.ip,
      late: (events) => {
        this.connection
          ?.enqueue(() => this.hand(events, this.ip))
          .catch((error: Error) => this.context.logger.error({ plugin: 'syslog', peer: this.ip }, error.message))
      },
    })
    const { decoder } = this
    const events: Event[] = []
    feed((message, cut) => {
      for (const event of decoder.decode(message)) {
        if (cut) event.tag('_linetoobig')
        events.push(event)
      }
    })
    return events
  }
}
