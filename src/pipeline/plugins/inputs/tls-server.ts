import { readFileSync } from 'node:fs'
import { createSecureContext, type ConnectionOptions, type SecureContextOptions, type TlsOptions } from 'node:tls'
import { fail } from '../../../diagnostic/index.ts'
import { option, type as types } from '../../../settings/index.ts'

/** TLS of a listener or a connection, under both generations of option names. */
export const TLS_OPTIONS = {
  ssl_enabled: option(types.boolean, { describe: 'Use TLS.', default: false, aliases: ['ssl_enable'] }),
  ssl_certificate: option(types.string, {
    describe: 'PEM file of the certificate, its chain after it.',
    aliases: ['ssl_cert'],
  }),
  ssl_key: option(types.string, { describe: 'PEM file of the private key.' }),
  ssl_key_passphrase: option(types.string, { describe: 'Passphrase of the private key.', secret: true }),
  ssl_extra_chain_certs: option(types.list(types.string), {
    describe: 'PEM files added to the chain of `ssl_certificate`.',
    default: [],
  }),
  ssl_certificate_authorities: option(types.list(types.string), {
    describe: 'PEM files of the authorities that the peer is checked against.',
    default: [],
    aliases: ['ssl_cacert'],
  }),
  ssl_client_authentication: option(types.oneOf('none', 'optional', 'required'), {
    describe: 'Whether a client must show a certificate; `required` unless given.',
  }),
  ssl_verify: option(types.boolean, {
    describe: 'The older form of `ssl_client_authentication` and `ssl_verification_mode`.',
    deprecated: 'use ssl_client_authentication (server) or ssl_verification_mode (client)',
  }),
  ssl_verify_mode: option(types.oneOf('none', 'peer', 'force_peer'), {
    describe: 'The older form of `ssl_client_authentication` of the http and beats inputs.',
    deprecated: 'use ssl_client_authentication',
  }),
  ssl_verification_mode: option(types.oneOf('full', 'certificate', 'none'), {
    describe: "Whether a server's certificate, and its name, are checked in mode client; `full` unless given.",
  }),
  ssl_supported_protocols: option(types.list(types.oneOf('TLSv1.1', 'TLSv1.2', 'TLSv1.3')), {
    describe: 'The TLS versions offered; without it those of Node.js.',
    default: [],
  }),
  ssl_cipher_suites: option(types.list(types.string), {
    describe: 'Cipher suites by their Java names.',
    refused: 'cipher suites are those of Node.js; its option --tls-cipher-list changes them',
  }),
} as const

export interface TlsSettings {
  readonly ssl_enabled: boolean
  readonly ssl_certificate: string | undefined
  readonly ssl_key: string | undefined
  readonly ssl_key_passphrase: string | undefined
  readonly ssl_extra_chain_certs: readonly string[]
  readonly ssl_certificate_authorities: readonly string[]
  readonly ssl_client_authentication: 'none' | 'optional' | 'required' | undefined
  readonly ssl_verify: boolean | undefined
  readonly ssl_verify_mode: 'none' | 'peer' | 'force_peer' | undefined
  readonly ssl_verification_mode: 'full' | 'certificate' | 'none' | undefined
  readonly ssl_supported_protocols: readonly ('TLSv1.1' | 'TLSv1.2' | 'TLSv1.3')[]
}

/**
 * What Node.js needs for a TLS listener. Without `ssl_client_authentication`, clients must show a certificate
 * where authorities are given or `ssl_verify` is; `fallback` decides for the rest.
 */
export function tlsServerOptions(settings: TlsSettings, fallback: 'none' | 'required'): TlsOptions {
  if (settings.ssl_certificate === undefined)
    throw fail('plugin.option_needs', { option: 'ssl_enabled', needed: 'ssl_certificate' })
  if (settings.ssl_key === undefined)
    throw fail('plugin.option_needs', { option: 'ssl_certificate', needed: 'ssl_key' })
  const wanted = clientAuthentication(settings, fallback)
  if (
    settings.ssl_client_authentication !== undefined &&
    wanted !== 'none' &&
    settings.ssl_certificate_authorities.length === 0
  )
    throw fail('plugin.option_needs', { option: 'ssl_client_authentication', needed: 'ssl_certificate_authorities' })
  return {
    ...credentials(settings),
    requestCert: wanted !== 'none',
    rejectUnauthorized: wanted === 'required',
  }
}

function clientAuthentication(settings: TlsSettings, fallback: 'none' | 'required'): 'none' | 'optional' | 'required' {
  if (settings.ssl_client_authentication !== undefined) return settings.ssl_client_authentication
  if (settings.ssl_verify !== undefined) return settings.ssl_verify ? 'required' : 'none'
  if (settings.ssl_verify_mode !== undefined)
    return settings.ssl_verify_mode === 'none' ? 'none' : settings.ssl_verify_mode === 'peer' ? 'optional' : 'required'
  return fallback
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
  const options: SecureContextOptions = {}
  if (settings.ssl_certificate !== undefined) {
    const chain = [readPem('ssl_certificate', settings.ssl_certificate)]
    for (const path of settings.ssl_extra_chain_certs) chain.push(readPem('ssl_extra_chain_certs', path))
    options.cert = chain.join('\n')
  }
  if (settings.ssl_key !== undefined) options.key = readPem('ssl_key', settings.ssl_key)
  if (settings.ssl_key_passphrase !== undefined) options.passphrase = settings.ssl_key_passphrase
  // The older generation trusted the extra chain as well.
  const trusted =
    settings.ssl_certificate_authorities.length > 0
      ? settings.ssl_certificate_authorities
      : settings.ssl_extra_chain_certs
  if (trusted.length > 0) options.ca = trusted.map((path) => readPem('ssl_certificate_authorities', path))
  const versions = [...settings.ssl_supported_protocols].sort()
  if (versions.length > 0) {
    options.minVersion = versions[0]!
    options.maxVersion = versions.at(-1)!
  }
  try {
    createSecureContext(options)
  } catch (error) {
    throw fail('plugin.tls_unusable', {
      option: settings.ssl_key === undefined ? 'ssl_certificate_authorities' : 'ssl_key',
      reason: (error as Error).message,
    })
  }
  return options
}

/** The text of a PEM file, or a message that names the option. */
export function readPem(option: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw fail('plugin.file_unreadable', {
      option,
      path,
      reason: (error as NodeJS.ErrnoException).code ?? 'unreadable',
    })
  }
}
