import type { ConnectionOptions } from 'node:tls'
import { Client as ElasticClient } from '@elastic/elasticsearch'
import { Client as OpenSearchClient } from '@opensearch-project/opensearch'
import { diagnose, DiagnosticError, fail } from '../../diagnostic/index.ts'
import { isObject, type Value, type ValueObject } from '../../event/index.ts'
import { ElasticNumbers, OpenSearchNumbers } from './serializer.ts'

export interface ClusterAuth {
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** As Elasticsearch gives it (base64), or `id:key`. */
  readonly apiKey?: string | undefined
}

export interface ClusterTls {
  /** PEM of authorities to trust, beside none of the system's. */
  readonly ca?: readonly string[] | undefined
  /** `certificate` does not look at the name, `none` at nothing. */
  readonly verification?: 'full' | 'certificate' | 'none' | undefined
}

export interface ClusterAddress {
  /** `https://host:9200`, or `host:port` for HTTP (HTTPS where `tls` names an authority). */
  readonly hosts: readonly string[]
  readonly auth?: ClusterAuth | undefined
  readonly tls?: ClusterTls | undefined
}

export interface ClusterRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: Value
  /** NDJSON, ready to send. */
  readonly lines?: string
}

/** One of the two official clients, behind what a Store needs of it: a request and an answer. */
export interface ClusterClient {
  readonly product: 'Elasticsearch' | 'OpenSearch'
  readonly version: string
  readonly hosts: string
  /** @throws ClusterAnswer for a status of 400 and above, DiagnosticError where no answer comes */
  request(request: ClusterRequest, signal?: AbortSignal): Promise<Value>
  close(): Promise<void>
}

/** An error that the cluster answered, with its own status and type. */
export class ClusterAnswer extends DiagnosticError {
  readonly status: number
  readonly body: Value
  readonly retryAfter: number | undefined
  private readonly type: string

  constructor(status: number, body: Value, retryAfter: number | undefined) {
    const error = isObject(body) ? body['error'] : undefined
    const cause = rootCause(error)
    super(diagnose('cluster.answer', { reason: cause.reason }))
    this.name = 'ClusterAnswer'
    this.status = status
    this.body = body
    this.retryAfter = retryAfter
    this.type = cause.type
  }

  override get http(): { status: number; type: string } {
    return { status: this.status, type: this.type }
  }
}

function rootCause(error: Value | undefined): { type: string; reason: string } {
  if (typeof error === 'string') return { type: 'exception', reason: error }
  if (!isObject(error)) return { type: 'exception', reason: 'the cluster gave no reason' }
  // "all shards failed" hides what every shard says alike.
  const [root] = Array.isArray(error['root_cause']) ? error['root_cause'] : []
  const from = error['type'] === 'search_phase_execution_exception' && isObject(root) ? root : error
  return { type: String(from['type'] ?? 'exception'), reason: String(from['reason'] ?? 'the cluster gave no reason') }
}

const REQUEST_TIMEOUT = 120_000

/**
 * Finds out which product answers and gives its official client.
 * @throws DiagnosticError where nothing answers, the login or the certificate is refused, or the version is not known
 */
export async function openClient(address: ClusterAddress): Promise<ClusterClient> {
  const nodes = address.hosts.map((host) => nodeUrl(host, address.tls !== undefined))
  const hosts = nodes.map((node) => new URL(node).host).join(', ')
  const headers = authorization(address)
  const ssl = tlsOptions(address.tls)
  const openSearch = new OpenSearchClient({
    nodes,
    headers,
    ...(ssl === undefined ? {} : { ssl }),
    maxRetries: 0,
    requestTimeout: REQUEST_TIMEOUT,
    Serializer: OpenSearchNumbers,
  })
  const first: Send = async (request, signal) => {
    const running = openSearch.transport.request(params(request))
    // An abort after the answer would call this client's callback a second time, so the listener goes with it.
    // And it must return nothing: an event target takes what abort returns for a promise of its own.
    const abort = (): void => {
      running.abort()
    }
    if (signal?.aborted === true) abort()
    signal?.addEventListener('abort', abort)
    try {
      const { body, headers } = await running
      return { body: body as Value, headers: headers ?? {} }
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }
  const close = (): Promise<void> => openSearch.close()
  let found: { product: ClusterClient['product']; version: string }
  try {
    found = await identify((request) => translate(first, hosts)(request))
    checkVersion(found, hosts)
  } catch (error) {
    await close()
    throw error
  }
  if (found.product === 'OpenSearch') return { ...found, hosts, request: bodyOf(translate(first, hosts)), close }
  await close()

  const elastic = new ElasticClient({
    nodes,
    headers,
    ...(ssl === undefined ? {} : { tls: ssl }),
    maxRetries: 0,
    requestTimeout: REQUEST_TIMEOUT,
    Serializer: ElasticNumbers,
  })
  const second: Send = async (request, signal) => {
    const options = { meta: true, ...(signal === undefined ? {} : { signal }) } as const
    const { body, headers } = await elastic.transport.request<Value>(params(request), options)
    return { body, headers: headers as Record<string, unknown> }
  }
  return { ...found, hosts, request: bodyOf(translate(second, hosts)), close: () => elastic.close() }
}

interface Reply {
  readonly body: Value
  readonly headers: Readonly<Record<string, unknown>>
}
type Send = (request: ClusterRequest, signal?: AbortSignal) => Promise<Reply>

function bodyOf(send: Send): ClusterClient['request'] {
  return async (request, signal) => (await send(request, signal)).body
}

function params(request: ClusterRequest): {
  method: string
  path: string
  querystring?: Record<string, string>
  body?: ValueObject
  bulkBody?: string
} {
  return {
    method: request.method,
    path: request.path,
    ...(request.query === undefined ? {} : { querystring: { ...request.query } }),
    ...(request.body === undefined ? {} : { body: request.body as ValueObject }),
    ...(request.lines === undefined ? {} : { bulkBody: request.lines }),
  }
}

async function identify(send: Send): Promise<{ product: ClusterClient['product']; version: string }> {
  let reply: Reply
  try {
    reply = await send({ method: 'GET', path: '/' })
  } catch (error) {
    // A distribution without modules has no banner.
    if (!(error instanceof ClusterAnswer) || error.status !== 405) throw error
    reply = await send({ method: 'GET', path: '/_nodes', query: { filter_path: 'nodes.*.version' } })
  }
  const body = isObject(reply.body) ? reply.body : {}
  const version = isObject(body['version']) ? body['version'] : undefined
  const product = version?.['distribution'] === 'opensearch' ? 'OpenSearch' : 'Elasticsearch'
  const number = version?.['number'] ?? Object.values(isObject(body['nodes']) ? body['nodes'] : {})[0]
  return {
    product,
    version: String(isObject(number) ? (number['version'] ?? '') : (number ?? 'of an unknown version')),
  }
}

const VERSIONS = { Elasticsearch: ['8', '9'], OpenSearch: ['2', '3'] } as const

function checkVersion(
  { product, version }: { product: ClusterClient['product']; version: string },
  hosts: string,
): void {
  const majors: readonly string[] = VERSIONS[product]
  if (!majors.includes(version.split('.')[0]!)) throw fail('cluster.version', { hosts, product, version })
}

/** Errors of either client as the house's; both give an answered error a `statusCode` and a `body`. */
function translate(send: Send, hosts: string): Send {
  return async (request, signal) => {
    try {
      return await send(request, signal)
    } catch (error) {
      if (signal?.aborted === true) throw fail('search.cancelled', { reason: 'by user request' })
      const { statusCode, body, headers, name, message } = error as {
        statusCode?: number
        body?: Value
        headers?: Record<string, string>
        name: string
        message: string
      }
      if (name === 'ResponseError' && statusCode !== undefined) {
        if (statusCode === 401 || statusCode === 403) {
          const answer = new ClusterAnswer(statusCode, body ?? null, undefined)
          throw fail('cluster.refused', { hosts, reason: answer.diagnostics[0]!.message })
        }
        const wait = Number(headers?.['retry-after'])
        throw new ClusterAnswer(statusCode, body ?? null, Number.isFinite(wait) ? wait * 1000 : undefined)
      }
      const reason = message.split('\n')[0]!
      if (/certificate|self.signed|CERT_|altnames/i.test(message)) throw fail('cluster.certificate', { hosts, reason })
      throw fail('cluster.unreachable', { hosts, reason })
    }
  }
}

function nodeUrl(host: string, secure: boolean): string {
  const text = host.includes('://') ? host : `${secure ? 'https' : 'http'}://${host}`
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw fail('cluster.unreachable', { hosts: host, reason: 'it is no address such as https://host:9200' })
  }
  if (url.port === '' && !/:\d+\/?$/.test(host)) url.port = '9200'
  url.username = ''
  url.password = ''
  return url.href
}

function authorization({ auth, hosts }: ClusterAddress): Record<string, string> {
  const { apiKey } = auth ?? {}
  if (apiKey !== undefined) {
    const encoded = apiKey.includes(':') ? Buffer.from(apiKey).toString('base64') : apiKey
    return { authorization: `ApiKey ${encoded}` }
  }
  const inUrl = hosts.map((host) => /^https?:\/\/([^/@]*)@/.exec(host)?.[1]).find((found) => found !== undefined)
  const pair =
    auth?.username !== undefined
      ? `${auth.username}:${auth.password ?? ''}`
      : inUrl?.split(':').map(decodeURIComponent).join(':')
  return pair === undefined ? {} : { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

function tlsOptions(tls: ClusterTls | undefined): ConnectionOptions | undefined {
  if (tls === undefined) return undefined
  return {
    ...(tls.ca === undefined || tls.ca.length === 0 ? {} : { ca: [...tls.ca] }),
    ...(tls.verification === 'none' ? { rejectUnauthorized: false } : {}),
    ...(tls.verification === 'certificate' ? { checkServerIdentity: () => undefined } : {}),
  }
}
