import { readPem } from '../../inputs/tls-server.ts'
import { urlPeers, type Peer } from '../../peer.ts'
import { clusterUrls } from './hosts.ts'
import type { ElasticsearchOptions } from './options.ts'

type TlsOptions = Pick<
  ElasticsearchOptions,
  | 'ssl_certificate'
  | 'ssl_certificate_authorities'
  | 'ssl_certificate_verification'
  | 'ssl_cipher_suites'
  | 'ssl_key'
  | 'ssl_supported_protocols'
  | 'ssl_verification_mode'
>

/** What a TLS client is given. @throws DiagnosticError for a file that is no PEM. */
export function tlsOf(options: TlsOptions): Record<string, unknown> {
  const mode = options.ssl_verification_mode ?? (options.ssl_certificate_verification === false ? 'none' : 'full')
  const tls: Record<string, unknown> = { rejectUnauthorized: mode !== 'none' }
  if (mode !== 'full') tls['checkServerIdentity'] = () => undefined
  const authorities = options.ssl_certificate_authorities
  if (authorities.length > 0) tls['ca'] = authorities.map((path) => readPem('ssl_certificate_authorities', path))
  if (options.ssl_certificate !== undefined) tls['cert'] = readPem('ssl_certificate', options.ssl_certificate)
  if (options.ssl_key !== undefined) tls['key'] = readPem('ssl_key', options.ssl_key)
  if (options.ssl_cipher_suites !== undefined) tls['ciphers'] = options.ssl_cipher_suites.join(':')
  const versions = [...options.ssl_supported_protocols].sort()
  if (versions.length > 0) {
    tls['minVersion'] = versions[0]
    tls['maxVersion'] = versions.at(-1)
  }
  return tls
}

type Asking = Pick<ElasticsearchOptions, 'user' | 'password' | 'api_key' | 'custom_headers'>

/** What every request says of who asks; `credentials` are those of an address. */
export function headersOf(options: Asking, credentials: string | undefined): Record<string, string> {
  const headers: Record<string, string> = {
    accept: 'application/json',
    ...Object.fromEntries(options.custom_headers ?? []),
  }
  const basic = options.user === undefined ? credentials : `${options.user}:${options.password ?? ''}`
  if (options.api_key !== undefined) headers['authorization'] = `ApiKey ${encodeApiKey(options.api_key)}`
  else if (basic !== undefined) headers['authorization'] = `Basic ${Buffer.from(basic).toString('base64')}`
  return headers
}

/** `id:key` is sent in base64; a key that is so already goes as it is. */
function encodeApiKey(key: string): string {
  return key.includes(':') ? Buffer.from(key).toString('base64') : key
}

/** The nodes of a cluster, or the proxy before them; none where the store of this process is meant. */
export function clusterPeers(
  options: Asking &
    TlsOptions &
    Pick<ElasticsearchOptions, 'hosts' | 'ssl_enabled' | 'proxy'> & { path?: string | undefined },
): Peer[] {
  if (options.hosts === undefined) return []
  if (options.proxy !== undefined && options.proxy !== '') return urlPeers(options.proxy, {})
  const { urls, credentials } = clusterUrls({ ...options, path: options.path })
  const headers = headersOf(options, credentials)
  return urls.flatMap((url) =>
    urlPeers(url.href, tlsOf(options)).map((peer) => ({ ...peer, ask: { headers, path: url.pathname } })),
  )
}
