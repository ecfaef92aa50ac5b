import { readFileSync } from 'node:fs'
import { createSecureContext, type ConnectionOptions } from 'node:tls'
import type { Kafka, KafkaConfig, SASLOptions } from 'kafkajs'
import { fail } from '../../../diagnostic/index.ts'
import type { PluginContext } from '../define.ts'
import type { Peer } from '../peer.ts'
import { kafkajs } from '../drivers.ts'
import type { KafkaOptions } from './options.ts'
import { registerCompression } from './compression.ts'

const KEYTOOL = "'keytool -importkeystore -deststoretype pkcs12' makes one that is"
const CERTIFICATES = "'keytool -exportcert -rfc' writes its certificates as PEM"

/**
 * The client of one plugin.
 * @throws DiagnosticError where the options contradict each other, ask for what is not supported, or name files that cannot be used.
 */
export function kafkaClient(options: KafkaOptions, context: PluginContext): Kafka {
  registerCompression()
  const tls = options.security_protocol.endsWith('SSL')
  const sasl = options.security_protocol.startsWith('SASL')
  const config: KafkaConfig = {
    brokers: brokersOf(options.bootstrap_servers),
    clientId: options.client_id,
    requestTimeout: options.request_timeout_ms,
    retry: { initialRetryTime: Math.max(options.retry_backoff_ms, 1), retries: 3 },
    logLevel: kafkajs().logLevel.WARN,
    // Troubles are told by the plugin, once and in its own words.
    logCreator:
      () =>
      ({ log }) =>
        context.logger.debug({ plugin: 'kafka' }, log.message),
    ...(tls ? { ssl: tlsOf(options) } : {}),
    ...(sasl ? { sasl: saslOf(options) } : {}),
  }
  const { Kafka } = kafkajs()
  return new Kafka(config)
}

/** The brokers that are asked for the others. */
export function brokerPeers(options: KafkaOptions): Peer[] {
  const tls = options.security_protocol.endsWith('SSL') ? { tls: tlsOf(options) } : {}
  return brokersOf(options.bootstrap_servers).map((broker) => {
    const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(broker)!
    return { host: host!, port: Number(port), ...tls }
  })
}

function brokersOf(text: string): string[] {
  const brokers = text
    .split(',')
    .map((broker) => broker.trim().replace(/^[A-Z_]+:\/\//, ''))
    .filter((broker) => broker !== '')
  if (brokers.length === 0 || brokers.some((broker) => !/^(?:\[[\da-f:.]+\]|[^:\s]+):\d{1,5}$/i.test(broker)))
    throw fail('plugin.option_invalid', {
      option: 'bootstrap_servers',
      expected: 'a text such as "host1:9092,host2:9092"',
      value: text,
    })
  return brokers
}

function saslOf(options: KafkaOptions): SASLOptions {
  const { sasl_mechanism: mechanism, sasl_jaas_config: own, jaas_path: path } = options
  const kinds = { PLAIN: 'plain', 'SCRAM-SHA-256': 'scram-sha-256', 'SCRAM-SHA-512': 'scram-sha-512' } as const
  const kind = kinds[mechanism as keyof typeof kinds]
  if (kind === undefined)
    throw fail('plugin.option_invalid', {
      option: 'sasl_mechanism',
      expected: '"PLAIN", "SCRAM-SHA-256" or "SCRAM-SHA-512"',
      value: mechanism,
    })
  const [option, text] =
    own !== undefined ? (['sasl_jaas_config', own] as const) : (['jaas_path', sectionOf(path)] as const)
  if (text === undefined)
    throw fail('plugin.option_needs', {
      option: `security_protocol => "${options.security_protocol}"`,
      needed: 'sasl_jaas_config',
    })
  const username = setting(text, 'username')
  const password = setting(text, 'password')
  if (username === undefined || password === undefined)
    throw fail('plugin.option_invalid', {
      option,
      expected: 'a text such as "... required username=\\"user\\" password=\\"secret\\";"',
      value: '...',
    })
  return { mechanism: kind, username, password } as SASLOptions
}

/** The value of a setting of JAAS: bare, or in quotes with `\` as the escape. */
function setting(text: string, name: string): string | undefined {
  const match = new RegExp(`\\b${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|'((?:[^'\\\\]|\\\\.)*)'|([^\\s;"']+))`).exec(
    text,
  )
  if (match === null) return undefined
  return (match[1] ?? match[2] ?? match[3]!).replace(/\\(.)/g, '$1')
}

function sectionOf(path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  return /KafkaClient\s*\{([^}]*)\}/.exec(readFile('jaas_path', path).toString('utf8'))?.[1] ?? ''
}

function tlsOf(options: KafkaOptions): ConnectionOptions {
  const tls: ConnectionOptions = {}
  const { ssl_truststore_location: trust, ssl_keystore_location: key } = options
  if (trust !== undefined) {
    if (formatOf(trust, options.ssl_truststore_type) !== 'pem')
      throw fail('plugin.tls_unusable', {
        option: 'ssl_truststore_location',
        reason: `a trust store of Java is not read here; ${CERTIFICATES}`,
      })
    tls.ca = readFile('ssl_truststore_location', trust)
  }
  if (key !== undefined) {
    const format = formatOf(key, options.ssl_keystore_type)
    const bytes = readFile('ssl_keystore_location', key)
    const password = options.ssl_key_password ?? options.ssl_keystore_password
    if (format === 'jks')
      throw fail('plugin.tls_unusable', {
        option: 'ssl_keystore_location',
        reason: `a store of type jks is not read here; ${KEYTOOL}`,
      })
    if (format === 'pem') {
      tls.cert = bytes
      tls.key = bytes
    } else {
      tls.pfx = bytes
    }
    const passphrase = format === 'pem' ? password : (options.ssl_keystore_password ?? password)
    if (passphrase !== undefined) tls.passphrase = passphrase
  }
  if (options.ssl_endpoint_identification_algorithm === '') tls.checkServerIdentity = () => undefined
  try {
    createSecureContext(tls)
  } catch (error) {
    throw fail('plugin.tls_unusable', {
      option: key === undefined ? 'ssl_truststore_location' : 'ssl_keystore_location',
      reason: (error as Error).message,
    })
  }
  return tls
}

function formatOf(path: string, type: string | undefined): 'pem' | 'jks' | 'pkcs12' {
  const given = type?.toLowerCase()
  if (given === 'pem' || given === 'jks' || given === 'pkcs12') return given
  return /\.(?:pem|crt|cer|key)$/i.test(path) ? 'pem' : /\.(?:p12|pfx|pkcs12)$/i.test(path) ? 'pkcs12' : 'jks'
}

function readFile(option: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable'
    throw fail('plugin.file_unreadable', { option, path, reason })
  }
}

/** What went wrong at the bottom, in a few words. */
export function kafkaReason(error: unknown): string {
  let inner = error
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause
  if (inner instanceof kafkajs().KafkaJSAggregateError) inner = inner.errors[0]
  return inner instanceof Error ? inner.message : String(inner)
}
