import { readFileSync } from 'node:fs'
import {
  createSecureContext,
  type ConnectionOptions,
  type SecureContextOptions,
  type TlsOptions,
  type TLSSocket,
} from 'node:tls'
import { fail } from '../../../diagnostic/index.ts'
import { option, type as types } from '../../../settings/index.ts'
import { cipherSuites } from './cipher-suites.ts'

const PROTOCOLS = types.oneOf('TLSv1.1', 'TLSv1.2', 'TLSv1.3')
const TRUST_STORE =
  'a trust store of Java is not read here; give its certificates as PEM files in ssl_certificate_authorities'

/** What every plugin with TLS has. */
const CREDENTIALS = {
  ssl_key: option(types.string, { describe: 'PEM file of the private key.' }),
  ssl_key_passphrase: option(types.string, { describe: 'Passphrase of the private key.', secret: true }),
  ssl_supported_protocols: option(types.list(PROTOCOLS), {
    describe: 'The TLS versions offered; without it those of Node.js, 1.2 and 1.3.',
    default: [],
  }),
} as const

/** TLS of the tcp input, as server and as client, under both generations of option names. */
export const TCP_TLS_OPTIONS = {
  ...CREDENTIALS,
  ssl_enabled: option(types.boolean, { describe: 'Use TLS.', default: false, aliases: ['ssl_enable'] }),
  ssl_certificate: option(types.string, {
    describe: 'PEM file of the certificate, its chain after it.',
    aliases: ['ssl_cert'],
  }),
  ssl_extra_chain_certs: option(types.list(types.string), {
    describe: 'PEM files added to the chain of `ssl_certificate`.',
    default: [],
  }),
  ssl_certificate_authorities: option(types.list(types.string), {
    describe: 'PEM files of the authorities that the peer is checked against.',
    default: [],
    aliases: ['ssl_cacert'],
  }),
  ssl_cipher_suites: option(cipherSuites, { describe: 'The cipher suites offered, by the names of Java or OpenSSL.' }),
  ssl_client_authentication: option(types.oneOf('none', 'optional', 'required'), {
    describe: 'Whether a client must show a certificate; `required` unless given.',
  }),
  ssl_verify: option(types.boolean, {
    describe: 'The older form of `ssl_client_authentication` and `ssl_verification_mode`.',
    deprecated: 'use ssl_client_authentication (server) or ssl_verification_mode (client)',
  }),
  ssl_verification_mode: option(types.oneOf('full', 'certificate', 'none'), {
    describe: "Whether a server's certificate, and its name, are checked in mode client; `full` unless given.",
  }),
} as const

/** TLS of a listener whose clients need no certificate unless told: beats and http. */
export const LISTENER_TLS_OPTIONS = {
  ...CREDENTIALS,
  ssl_enabled: option(types.boolean, { describe: 'Use TLS.', default: false, aliases: ['ssl'] }),
  ssl_certificate: option(types.string, { describe: 'PEM file of the certificate, its chain after it.' }),
  ssl_certificate_authorities: option(types.list(types.string), {
    describe: "PEM files of the authorities that clients' certificates are checked against.",
    default: [],
  }),
  ssl_cipher_suites: option(cipherSuites, {
    describe: 'The cipher suites offered, by the names of Java or OpenSSL.',
    aliases: ['cipher_suites'],
  }),
  ssl_client_authentication: option(types.oneOf('none', 'optional', 'required'), {
    describe: 'Whether a client may or must show a certificate; `none` unless given.',
  }),
  ssl_verify_mode: option(types.oneOf('none', 'peer', 'force_peer'), {
    describe: 'The older form of `ssl_client_authentication`.',
    aliases: ['verify_mode'],
    deprecated: 'use ssl_client_authentication',
  }),
  ssl_handshake_timeout: option(types.number({ integer: true, min: 1 }), {
    describe: 'Milliseconds after which an unfinished TLS handshake is given up.',
    default: 10_000,
  }),
  tls_min_version: option(types.number({ min: 1, max: 1.3 }), {
    describe: 'The older form of `ssl_supported_protocols`: 1.1, 1.2 or 1.3.',
    deprecated: 'use ssl_supported_protocols',
  }),
  tls_max_version: option(types.number({ min: 1.1, max: 1.3 }), {
    describe: 'The older form of `ssl_supported_protocols`: 1.1, 1.2 or 1.3.',
    deprecated: 'use ssl_supported_protocols',
  }),
} as const

/** Stores of Java, which the http input and outputs know beside PEM files. */
export const KEY_STORE_OPTIONS = {
  ssl_keystore_path: option(types.string, {
    describe: 'PKCS#12 file of the certificate and its key, in place of `ssl_certificate` and `ssl_key`.',
    aliases: ['keystore'],
  }),
  ssl_keystore_password: option(types.string, {
    describe: 'Password of the key store.',
    secret: true,
    aliases: ['keystore_password'],
  }),
  ssl_keystore_type: option(types.oneOf('pkcs12', 'jks'), {
    describe: 'Format of the key store; told from its name unless given. `jks` is not read here.',
  }),
  ssl_truststore_path: option(types.string, { describe: 'A trust store of Java.', refused: TRUST_STORE }),
  ssl_truststore_password: option(types.string, { describe: 'Its password.', refused: TRUST_STORE }),
  ssl_truststore_type: option(types.string, { describe: 'Its format.', refused: TRUST_STORE }),
} as const

type TlsVersion = 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

export interface TlsSettings {
  readonly ssl_enabled: boolean
  readonly ssl_certificate: string | undefined
  readonly ssl_key: string | undefined
  readonly ssl_key_passphrase: string | undefined
  readonly ssl_extra_chain_certs?: readonly string[]
  readonly ssl_certificate_authorities: readonly string[]
  readonly ssl_cipher_suites?: readonly string[] | undefined
  readonly ssl_client_authentication: 'none' | 'optional' | 'required' | undefined
  readonly ssl_verify?: boolean | undefined
  readonly ssl_verify_mode?: 'none' | 'peer' | 'force_peer' | undefined
  readonly ssl_verification_mode?: 'full' | 'certificate' | 'none' | undefined
  readonly ssl_handshake_timeout?: number
  readonly ssl_supported_protocols: readonly TlsVersion[]
  readonly tls_min_version?: number | undefined
  readonly tls_max_version?: number | undefined
  readonly ssl_keystore_path?: string | undefined
  readonly ssl_keystore_password?: string | undefined
  readonly ssl_keystore_type?: 'pkcs12' | 'jks' | undefined
}

const HANDSHAKE_MILLIS = 10_000

/**
 * Refuses options of a TLS listener that contradict each other, without a look at their files: those may be on another
 * machine than the one a configuration is checked on. Without `ssl_client_authentication` or an older form of it, `fallback`
 * decides whether clients must show a certificate.
 * @throws DiagnosticError where they do.
 */
export function checkServerTls(settings: TlsSettings, fallback: 'none' | 'required'): 'none' | 'optional' | 'required' {
  versions(settings)
  const { ssl_keystore_path: store, ssl_certificate: certificate, ssl_key: key } = settings
  if (store === undefined) {
    if (certificate === undefined)
      throw fail('plugin.option_needs', { option: 'ssl_enabled', needed: 'ssl_certificate' })
    if (key === undefined) throw fail('plugin.option_needs', { option: 'ssl_certificate', needed: 'ssl_key' })
  } else {
    const other = certificate !== undefined ? 'ssl_certificate' : key !== undefined ? 'ssl_key' : undefined
    if (other !== undefined) throw fail('plugin.options_exclude', { option: 'ssl_keystore_path', other })
  }
  if (settings.ssl_client_authentication !== undefined && settings.ssl_verify_mode !== undefined)
    throw fail('plugin.options_exclude', { option: 'ssl_client_authentication', other: 'ssl_verify_mode' })
  const wanted = clientAuthentication(settings, fallback)
  const named =
    settings.ssl_client_authentication !== undefined
      ? 'ssl_client_authentication'
      : settings.ssl_verify_mode !== undefined
        ? 'ssl_verify_mode'
        : undefined
  if (named !== undefined && wanted !== 'none' && settings.ssl_certificate_authorities.length === 0)
    throw fail('plugin.option_needs', { option: named, needed: 'ssl_certificate_authorities' })
  if (fallback === 'none' && wanted === 'none' && settings.ssl_certificate_authorities.length > 0)
    throw fail('plugin.option_needs', {
      option: 'ssl_certificate_authorities',
      needed: 'ssl_client_authentication',
    })
  return wanted
}

/**
 * What Node.js needs for a TLS listener.
 * @throws DiagnosticError as `checkServerTls`, and where a file cannot be used.
 */
export function tlsServerOptions(settings: TlsSettings, fallback: 'none' | 'required'): TlsOptions {
  const wanted = checkServerTls(settings, fallback)
  return {
    ...credentials(settings),
    requestCert: wanted !== 'none',
    rejectUnauthorized: wanted === 'required',
    handshakeTimeout: settings.ssl_handshake_timeout ?? HANDSHAKE_MILLIS,
  }
}

function clientAuthentication(settings: TlsSettings, fallback: 'none' | 'required'): 'none' | 'optional' | 'required' {
  if (settings.ssl_client_authentication !== undefined) return settings.ssl_client_authentication
  if (settings.ssl_verify !== undefined) return settings.ssl_verify ? 'required' : 'none'
  if (settings.ssl_verify_mode !== undefined)
    return settings.ssl_verify_mode === 'none' ? 'none' : settings.ssl_verify_mode === 'peer' ? 'optional' : 'required'
  return fallback
}

/**
 * Why a client's certificate is not taken, or undefined. Needed where certificates are optional: Node.js then lets
 * a client in that shows one which nobody trusts.
 */
export function certificateProblem(socket: TLSSocket): string | undefined {
  if (socket.authorized || Object.keys(socket.getPeerCertificate()).length === 0) return undefined
  return String(socket.authorizationError)
}

/** Why a handshake failed: what is wrong with the client's certificate, where that is it. */
export function handshakeProblem(error: Error, socket: TLSSocket): string {
  // Node.js closes such a connection and says no more than that it hung up.
  const reason = socket.authorizationError as unknown
  return typeof reason === 'string' && reason !== '' ? `the client's certificate is refused: ${reason}` : error.message
}

/** What Node.js needs to connect with TLS. */
export function tlsClientOptions(settings: TlsSettings): ConnectionOptions {
  const mode = settings.ssl_verification_mode ?? (settings.ssl_verify === false ? 'none' : 'full')
  return {
    ...credentials(settings),
    rejectUnauthorized: mode !== 'none',
    ...(mode === 'full' ? {} : { checkServerIdentity: () => undefined }),
  }
}

function credentials(settings: TlsSettings): SecureContextOptions {
  const options: SecureContextOptions = { ...versions(settings) }
  const extra = settings.ssl_extra_chain_certs ?? []
  if (settings.ssl_keystore_path !== undefined) {
    if (settings.ssl_keystore_type === 'jks' || /\.jks$/i.test(settings.ssl_keystore_path))
      throw fail('plugin.tls_unusable', {
        option: 'ssl_keystore_path',
        reason:
          "a store of type jks is not read here; 'keytool -importkeystore -deststoretype pkcs12' makes one that is",
      })
    options.pfx = readBytes('ssl_keystore_path', settings.ssl_keystore_path)
    if (settings.ssl_keystore_password !== undefined) options.passphrase = settings.ssl_keystore_password
  }
  if (settings.ssl_certificate !== undefined) {
    const chain = [readPem('ssl_certificate', settings.ssl_certificate)]
    for (const path of extra) chain.push(readPem('ssl_extra_chain_certs', path))
    options.cert = chain.join('\n')
  }
  if (settings.ssl_key !== undefined) options.key = readPem('ssl_key', settings.ssl_key)
  if (settings.ssl_key_passphrase !== undefined) options.passphrase = settings.ssl_key_passphrase
  // The older generation trusted the extra chain as well.
  const trusted = settings.ssl_certificate_authorities.length > 0 ? settings.ssl_certificate_authorities : extra
  if (trusted.length > 0) options.ca = trusted.map((path) => readPem('ssl_certificate_authorities', path))
  if (settings.ssl_cipher_suites !== undefined) options.ciphers = settings.ssl_cipher_suites.join(':')
  try {
    createSecureContext(options)
  } catch (error) {
    throw fail('plugin.tls_unusable', {
      option:
        settings.ssl_keystore_path !== undefined
          ? 'ssl_keystore_path'
          : settings.ssl_key === undefined
            ? 'ssl_certificate_authorities'
            : 'ssl_key',
      reason: (error as Error).message,
    })
  }
  return options
}

function versions(settings: TlsSettings): SecureContextOptions {
  const { ssl_supported_protocols: protocols, tls_min_version: min, tls_max_version: max } = settings
  const older = min !== undefined ? 'tls_min_version' : max !== undefined ? 'tls_max_version' : undefined
  if (protocols.length > 0) {
    if (older !== undefined) throw fail('plugin.options_exclude', { option: 'ssl_supported_protocols', other: older })
    const sorted = [...protocols].sort()
    return { minVersion: sorted[0]!, maxVersion: sorted.at(-1)! }
  }
  return {
    ...(min === undefined ? {} : { minVersion: versionOf(Math.max(min, 1.1)) }),
    ...(max === undefined ? {} : { maxVersion: versionOf(max) }),
  }
}

function versionOf(number: number): TlsVersion {
  return `TLSv${number.toFixed(1)}` as TlsVersion
}

/** The text of a PEM file, or a message that names the option. */
export function readPem(option: string, path: string): string {
  return readBytes(option, path).toString('utf8')
}

function readBytes(option: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw fail('plugin.file_unreadable', {
      option,
      path,
      reason: (error as NodeJS.ErrnoException).code ?? 'unreadable',
    })
  }
}
