import { gzip } from 'node:zlib'
import { promisify } from 'node:util'
import { Agent, ProxyAgent, request, type Dispatcher } from 'undici'
import type { BulkItem, ErrorCause } from '../../../../search/index.ts'
import { clusterUrls, urlAddress } from './hosts.ts'
import type { ClusterOperation } from './operation.ts'
import type { ElasticsearchOptions } from './options.ts'
import { headersOf, tlsOf } from './reach.ts'
import { Trouble } from '../../trouble.ts'

const compress = promisify(gzip)

interface Reply {
  readonly status: number
  readonly body: string
}

/** A remote Elasticsearch or OpenSearch, by HTTP. Each method throws a {@link Trouble} where the request as a whole failed. */
export class Cluster {
  private readonly urls: readonly URL[]
  private readonly options: ElasticsearchOptions
  private readonly headers: Record<string, string>
  private readonly dispatcher: Dispatcher
  private readonly aborter = new AbortController()
  private readonly level: number
  private next = 0

  constructor(options: ElasticsearchOptions) {
    this.options = options
    const { urls, credentials } = clusterUrls(options)
    this.urls = urls
    this.level = options.http_compression === false ? 0 : options.compression_level
    this.headers = headersOf(options, credentials)
    const millis = options.timeout * 1000
    const limits = { headersTimeout: millis, bodyTimeout: millis }
    const connect = { ...tlsOf(options), timeout: Math.min(millis, 10_000) }
    this.dispatcher =
      options.proxy === undefined || options.proxy === ''
        ? new Agent({ ...limits, connect })
        : new ProxyAgent({ ...limits, uri: options.proxy, requestTls: connect })
  }

  async bulk(operations: readonly ClusterOperation[]): Promise<BulkItem[]> {
    const lines: string[] = []
    for (const operation of operations) {
      lines.push(headerOf(operation))
      if (operation.source !== undefined) lines.push(operation.source)
    }
    lines.push('')
    const text = lines.join('\n')
    const body = this.level === 0 ? text : await compress(text, { level: this.level })
    const reply = await this.send('POST', this.options.bulk_path ?? '/_bulk', body, {
      'content-type': 'application/x-ndjson',
      ...(this.level === 0 ? {} : { 'content-encoding': 'gzip' }),
    })
    if (reply.status === 413) return tooLarge(operations)
    this.refuse(reply)
    return itemsOf(reply.body, operations)
  }

  /** Installs a template; `overwrite` replaces one that is there. */
  async putTemplate(name: string, body: string, composable: boolean, overwrite: boolean): Promise<void> {
    const path = `/${composable ? '_index_template' : '_template'}/${encodeURIComponent(name)}`
    if (!overwrite) {
      const there = await this.send('HEAD', path)
      if (there.status === 200) return
      if (there.status !== 404) this.refuse(there)
    }
    this.refuse(await this.send('PUT', path, body, { 'content-type': 'application/json' }))
  }

  close(): void {
    this.aborter.abort()
    void this.dispatcher.destroy()
  }

  /** Tries each address once, beginning with the next in turn. */
  private async send(
    method: Dispatcher.HttpMethod,
    path: string,
    body?: string | Buffer,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    let last: unknown
    const first = this.next++
    for (let i = 0; i < this.urls.length; i++) {
      const base = this.urls[(first + i) % this.urls.length]!
      try {
        const response = await request(this.target(base, path), {
          method,
          dispatcher: this.dispatcher,
          signal: this.aborter.signal,
          headers: { ...this.headers, ...headers },
          ...(body === undefined ? {} : { body }),
        })
        return { status: response.statusCode, body: await response.body.text() }
      } catch (error) {
        if (this.aborter.signal.aborted) throw error
        last = this.troubleOf(base, error as NodeJS.ErrnoException)
      }
    }
    throw last
  }

  private target(base: URL, path: string): URL {
    const url = new URL(base)
    url.pathname = `${base.pathname.replace(/\/$/, '')}${path.startsWith('/') ? '' : '/'}${path}`
    for (const [name, value] of this.options.parameters ?? []) url.searchParams.set(name, value)
    return url
  }

  private refuse(reply: Reply): void {
    if (reply.status < 300) return
    const where = this.urls.map(urlAddress).join(', ')
    const who = this.options.api_key !== undefined ? 'the API key' : `user '${this.options.user ?? '(none)'}'`
    const kept = 'events are kept and it goes on trying'
    if (reply.status === 401)
      throw new Trouble(
        'authentication',
        `elasticsearch output: ${where} refuses ${who}: check user and password (status 401); ${kept}`,
      )
    const cause = reasonOf(reply.body)
    if (reply.status === 403)
      throw new Trouble(
        'permission',
        `elasticsearch output: ${who} may not write to ${where} (status 403): ${cause}; ${kept}`,
      )
    throw new Trouble(
      `status ${reply.status}`,
      `elasticsearch output: ${where} answered status ${reply.status}: ${cause}; ${kept}`,
    )
  }

  private troubleOf(url: URL, error: NodeJS.ErrnoException): Trouble {
    const code = error.code ?? error.name
    const address = urlAddress(url)
    const kept = 'events are kept and it goes on trying'
    if (UNTRUSTED.has(code))
      return new Trouble(
        'certificate',
        `elasticsearch output: the certificate of ${address} is not trusted (${UNTRUSTED.get(code)}): ` +
          `name its authority in ssl_certificate_authorities (cacert); ${kept}`,
      )
    if (code === 'EPROTO' || code === 'ERR_SSL_WRONG_VERSION_NUMBER')
      return new Trouble(
        'tls',
        `elasticsearch output: ${address} does not speak TLS: set ssl_enabled (ssl) to false or correct the port; ${kept}`,
      )
    const closed = code === 'UND_ERR_SOCKET' && url.protocol === 'http:'
    return new Trouble(
      'unreachable',
      `elasticsearch output cannot reach ${address} (${code}${closed ? ', perhaps it wants TLS: set ssl_enabled' : ''}); ` +
        `${kept}; if this address means the store of this process, add "${address}" to store.aliases`,
    )
  }
}

const UNTRUSTED = new Map([
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its authority is not known'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'it is self-signed'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its authority is not known'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'its authority is not known'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'its authority is not known'],
  ['CERT_SIGNATURE_FAILURE', 'its signature is wrong'],
  ['CERT_HAS_EXPIRED', 'it has expired'],
  ['CERT_NOT_YET_VALID', 'it is not valid yet'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'it is for another name'],
])

function headerOf(operation: ClusterOperation): string {
  const { action, index, id, routing, pipeline, version, versionType, retryOnConflict } = operation
  const header = {
    _index: index,
    _id: id,
    routing,
    pipeline: action === 'index' || action === 'create' ? pipeline : undefined,
    version,
    version_type: versionType,
    retry_on_conflict: retryOnConflict === 0 ? undefined : retryOnConflict,
  }
  return `{"${action}":${JSON.stringify(header)}}`
}

const UNREADABLE = 'elasticsearch output: the answer to a bulk request does not fit it; it is sent again'

interface WireItem {
  readonly _index?: string
  readonly _id?: string
  readonly status: number
  readonly error?: ErrorCause | string
}

function itemsOf(body: string, operations: readonly ClusterOperation[]): BulkItem[] {
  let answer: { errors?: unknown; items?: unknown }
  try {
    answer = JSON.parse(body) as typeof answer
  } catch {
    throw new Trouble('answer', UNREADABLE)
  }
  const items = answer.items
  if (!Array.isArray(items) || items.length !== operations.length) throw new Trouble('answer', UNREADABLE)
  return operations.map((operation, i) => {
    const item = (items[i] as Partial<Record<string, WireItem>>)[operation.action]
    if (item === undefined) throw new Trouble('answer', UNREADABLE)
    const error = typeof item.error === 'string' ? { type: 'exception', reason: item.error } : item.error
    return {
      action: operation.action,
      index: item._index ?? operation.index,
      id: item._id ?? operation.id ?? '',
      status: item.status,
      ...(error === undefined ? {} : { error }),
    }
  })
}

function tooLarge(operations: readonly ClusterOperation[]): BulkItem[] {
  return operations.map((operation) => ({
    action: operation.action,
    index: operation.index,
    id: operation.id ?? '',
    status: 413,
    error: { type: 'content_too_large', reason: 'the request is larger than the cluster takes' },
  }))
}

function reasonOf(body: string): string {
  try {
    const { error } = JSON.parse(body) as { error?: { reason?: string } | string }
    return typeof error === 'string' ? error : (error?.reason ?? 'no reason given')
  } catch {
    return body.slice(0, 200).trim() || 'no reason given'
  }
}
