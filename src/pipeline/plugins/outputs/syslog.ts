import type { Event } from '../../../event/index.ts'
import { option, type as types, type OptionsOf } from '../../../settings/index.ts'
import { defineOutput, type Output, type OutputContext } from '../define.ts'
import { TCP_TLS_OPTIONS, tlsClientOptions } from '../inputs/tls-server.ts'
import { Trouble, TroubleTeller } from '../trouble.ts'
import { Datagrams } from './datagrams.ts'
import { address, StreamClient } from './stream-client.ts'
import { template } from './template.ts'
import type { Peer } from '../peer.ts'

/** RFC 3164, section 4.1.1, by the names that Logstash gives; of a name that comes twice the first is meant. */
const FACILITIES: readonly string[] = [
  'kernel',
  'user-level',
  'mail',
  'daemon',
  'security/authorization',
  'syslogd',
  'line printer',
  'network news',
  'uucp',
  'clock',
  'security/authorization',
  'ftp',
  'ntp',
  'log audit',
  'log alert',
  'clock',
  'local0',
  'local1',
  'local2',
  'local3',
  'local4',
  'local5',
  'local6',
  'local7',
]

const SEVERITIES: readonly string[] = [
  'emergency',
  'alert',
  'critical',
  'error',
  'warning',
  'notice',
  'informational',
  'debug',
]

const { ssl_certificate, ssl_key, ssl_key_passphrase, ssl_certificate_authorities } = TCP_TLS_OPTIONS
const { ssl_cipher_suites, ssl_supported_protocols } = TCP_TLS_OPTIONS

const REVOCATION = 'lists of revoked certificates are not read here'

const OPTIONS = {
  host: option(types.string, { describe: 'The syslog server.', required: true }),
  port: option(types.port, { describe: 'Its port.', required: true }),
  protocol: option(types.oneOf('tcp', 'udp', 'ssl-tcp'), { describe: 'How it is reached.', default: 'udp' }),
  rfc: option(types.oneOf('rfc3164', 'rfc5424'), { describe: 'The format of messages.', default: 'rfc3164' }),
  message: option(types.string, { describe: 'The text, with `%{field}`.', default: '%{message}' }),
  facility: option(types.string, { describe: 'The facility by its name, with `%{field}`.', default: 'user-level' }),
  severity: option(types.string, { describe: 'The severity by its name, with `%{field}`.', default: 'notice' }),
  priority: option(types.string, {
    describe: 'The priority as a number, with `%{field}`, where `use_labels` is false.',
    default: '%{syslog_pri}',
  }),
  use_labels: option(types.boolean, {
    describe: 'Take the priority from `facility` and `severity`; otherwise from `priority`.',
    default: true,
  }),
  sourcehost: option(types.string, { describe: 'The host, with `%{field}`.', default: '%{host}' }),
  appname: option(types.string, { describe: 'The program, with `%{field}`.', default: 'LOGSTASH' }),
  procid: option(types.string, { describe: 'The process, with `%{field}`.', default: '-' }),
  msgid: option(types.string, { describe: 'The kind of message (RFC 5424), with `%{field}`.', default: '-' }),
  structured_data: option(types.string, {
    describe: 'Structured data in its brackets (RFC 5424), with `%{field}`.',
  }),
  timestamp: option(types.string, {
    describe: 'The time.',
    ignored: 'has no effect, as in Logstash: `rfc` decides its format',
  }),
  reconnect_interval: option(types.number({ min: 0 }), {
    describe: 'Seconds between attempts to connect.',
    default: 1,
  }),
  ssl_verify: option(types.boolean, {
    describe: "Check the server's certificate, with protocol `ssl-tcp`.",
    default: false,
  }),
  ssl_certificate,
  ssl_key,
  ssl_key_passphrase,
  ssl_certificate_authorities,
  ssl_cipher_suites,
  ssl_supported_protocols,
  ssl_crl_path: option(types.string, { describe: 'Revoked certificates.', refused: REVOCATION }),
  ssl_crl_check: option(types.string, { describe: 'Revoked certificates.', refused: REVOCATION }),
  ssl_crl: option(types.string, { describe: 'Revoked certificates.', refused: REVOCATION }),
  ssl_crl_check_all: option(types.boolean, { describe: 'Revoked certificates.', refused: REVOCATION }),
} as const

type SyslogOptions = OptionsOf<typeof OPTIONS>

export const syslog = defineOutput({
  name: 'syslog',
  summary: 'Sends events to a syslog server, by RFC 3164 or RFC 5424, over UDP, TCP or TLS.',
  defaultCodec: 'plain',
  options: OPTIONS,
  examples: [
    'syslog { host => "logs.example.com" port => 514 appname => "vedetta" facility => "local4" }',
    'syslog { host => "logs.example.com" port => 6514 protocol => "ssl-tcp" rfc => "rfc5424" ssl_certificate_authorities => "/etc/ssl/logs.pem" ssl_verify => true severity => "%{level}" }',
  ],
  peers: (options) => [serverOf(options)],
  create(options, context) {
    const lineOf = formatter(options, context)
    return options.protocol === 'udp'
      ? datagramOutput(options, context, lineOf)
      : streamOutput(options, context, lineOf)
  },
})

type LineOf = (event: Event) => string

function formatter(options: SyslogOptions, context: OutputContext): LineOf {
  const text = (name: 'appname' | 'procid' | 'sourcehost' | 'msgid'): LineOf => template(name, options[name])
  const [appname, procid, sourcehost, msgid] = [text('appname'), text('procid'), text('sourcehost'), text('msgid')]
  const data = options.structured_data === undefined ? () => '-' : template('structured_data', options.structured_data)
  const priority = priorityOf(options)
  const message = messageOf(options, context)
  if (options.rfc === 'rfc3164') {
    const time = template('timestamp', '%{+MMM dd HH:mm:ss}')
    return (event) =>
      `<${priority(event)}>${time(event)} ${sourcehost(event)} ${appname(event)}[${procid(event)}]: ${message(event)}\n`
  }
  const time = template('timestamp', "%{+YYYY-MM-dd'T'HH:mm:ss.SSSZZ}")
  return (event) =>
    `<${priority(event)}>1 ${time(event)} ${sourcehost(event)} ${appname(event)} ${procid(event)} ${msgid(event)} ${data(event)} ${message(event)}\n`
}

/** What is no facility counts as user-level, what is no severity as notice. */
function priorityOf(options: SyslogOptions): (event: Event) => number {
  if (!options.use_labels) {
    const priority = template('priority', options.priority)
    return (event) => {
      const written = priority(event).trim()
      const number = /^\d{1,3}$/.test(written) ? Number(written) : 13
      return number <= 191 ? number : 13
    }
  }
  const facility = template('facility', options.facility)
  const severity = template('severity', options.severity)
  const code = (labels: readonly string[], label: string, otherwise: number): number => {
    const found = labels.indexOf(label)
    return found < 0 ? otherwise : found
  }
  return (event) => code(FACILITIES, facility(event), 1) * 8 + code(SEVERITIES, severity(event), 5)
}

/** A message is one line: the ends of lines in it are written as `\n`. A codec of its own comes before `message`. */
function messageOf(options: SyslogOptions, context: OutputContext): LineOf {
  const message = template('message', options.message)
  const text: LineOf =
    context.codec.name === 'plain' && context.codec.formatted !== true
      ? message
      : (event) => String(context.codec.encode(event))
  return (event) =>
    text(event)
      .trimEnd()
      .replace(/\r\n|\n/g, '\\n')
}

function serverOf(options: SyslogOptions): Peer {
  const { host, port, protocol, ssl_verify: verify } = options
  if (protocol === 'udp') return { host, port, datagrams: true }
  if (protocol === 'tcp') return { host, port }
  const tls = tlsClientOptions({
    ...options,
    ssl_enabled: true,
    ssl_client_authentication: undefined,
    // Logstash checks the chain, not the name.
    ssl_verification_mode: verify ? 'certificate' : 'none',
  })
  return { host, port, tls }
}

function streamOutput(options: SyslogOptions, context: OutputContext, lineOf: LineOf): Output {
  const reconnectMillis = Math.max(options.reconnect_interval * 1000, 10)
  const client = new StreamClient('syslog', { ...serverOf(options), reconnectMillis }, context)
  return {
    write: (batch) => client.send(Buffer.from(batch.map(lineOf).join(''))),
    close: () => client.close(),
  }
}

function datagramOutput({ host, port }: SyslogOptions, context: OutputContext, lineOf: LineOf): Output {
  const datagrams = new Datagrams(context.logger)
  const teller = new TroubleTeller('syslog', context.logger, context.clock)
  return {
    async write(batch) {
      for (const event of batch) {
        try {
          await datagrams.send(Buffer.from(lineOf(event)), host, port)
        } catch (error) {
          const reason = (error as Error).message
          teller.tell(new Trouble(reason, `syslog output: datagrams to ${address(host, port)} are dropped: ${reason}`))
        }
      }
    },
    async close() {
      datagrams.close()
    },
  }
}
