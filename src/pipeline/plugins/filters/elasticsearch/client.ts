import { Agent, ProxyAgent, request, type Dispatcher } from 'undici'
import type { Clock } from '../../../../clock/index.ts'
import { isObject, parseJson, type ValueObject } from '../../../../event/index.ts'
import { headersOf, tlsOf } from '../../outputs/elasticsearch/reach.ts'
import { clusterUrls, urlAddress } from '../../outputs/elasticsearch/hosts.ts'
import type { LookupOptions } from './options.ts'

/** Searches that may be under way at once; the others of a batch wait for their turn. */
const CONNECTIONS = 16
const CONNECT_MILLIS = 3_000
/** Elasticsearch's own client waits as long. */
const REQUEST_MILLIS = 30_000
/** How long a cluster none of whose addresses answered is left alone, so that batches do not wait for it in turn. */
const DOWN_MILLIS = 1_000

/** What a client needs of the options of a plugin. */
export type ClientOptions = Pick<
  LookupOptions,
  | 'hosts'
  | 'user'
  | 'password'
  | 'api_key'
  | 'custom_headers'
  | 'proxy'
  | 'retry_on_failure'
  | 'retry_on_status'
  | 'ssl_enabled'
  | 'ssl_certificate'
  | 'ssl_key'
  | 'ssl_certificate_authorities'
  | 'ssl_certificate_verification'
  | 'ssl_verification_mode'
  | 'ssl_supported_protocols'
  | 'ssl_cipher_suites'
>

/** Milliseconds. */
export interface ClientLimits {
  readonly connect: number
  readonly request: number
}

export interface Search {
  /** Names as in a path, with commas; all indices where it is empty. */
  readonly index: string
  /** In the query of the URL. */
  readonly parameters: Readonly<Record<string, string>>
  readonly body?: string
  /** In place of the search of `index`: `/_search/scroll`, for instance. */
  readonly path?: string
  readonly method?: 'DELETE'
}

/** Searches a cluster by HTTP, at any of its addresses. */
export class SearchClient {
  private readonly urls: readonly URL[]
  private readonly headers: Record<string, string>
  private readonly dispatcher: Dispatcher
  private readonly aborter = new AbortController()
  private readonly retries: number
  private readonly retriedStatuses: readonly number[]
  private readonly clock: Clock
  private next = 0
  private downUntil = -Infinity
  private reason = ''

  /** @throws DiagnosticError for options that cannot be used. */
  constructor(
    options: ClientOptions,
    clock: Clock,
    limits: ClientLimits = { connect: CONNECT_MILLIS, request: REQUEST_MILLIS },
  ) {
    this.clock = clock
    this.retries = options.retry_on_failure
    this.retriedStatuses = options.retry_on_status
    const { urls, credentials } = clusterUrls({ ...options, path: undefined })
    this.urls = urls
    this.headers = headersOf(options, credentials)
    const connect = { ...tlsOf(options), timeout: limits.connect }
    const pool = { connections: CONNECTIONS, headersTimeout: limits.request, bodyTimeout: limits.request }
    this.dispatcher =
      options.proxy === undefined || options.proxy === ''
        ? new Agent({ ...pool, connect })
        : new ProxyAgent({ ...pool, uri: options.proxy, requestTls: connect })
  }

  /** The answer's body. @throws Error that says why there is none. */
  async search(search: Search): Promise<ValueObject> {
    for (let tries = 0; ; tries++) {
      try {
        return await this.tryAll(search)
      } catch (error) {
        const again = !(error instanceof Refused) || this.retriedStatuses.includes(error.status)
        if (!again || tries >= this.retries || this.aborter.signal.aborted) throw error
      }
    }
  }

  close(): void {
    this.aborter.abort()
    void this.dispatcher.destroy()
  }

  private async tryAll(search: Search): Promise<ValueObject> {
    if (this.clock.monotonic() < this.downUntil) throw new Error(this.reason)
    const first = this.next++
    for (let i = 0; i < this.urls.length; i++) {
      const url = this.urls[(first + i) % this.urls.length]!
      try {
        return await this.ask(url, search)
      } catch (error) {
        if (error instanceof Refused || this.aborter.signal.aborted) throw error
        const { code, name, message } = error as NodeJS.ErrnoException
        this.reason = `${urlAddress(url)} cannot be reached (${code ?? (name === 'Error' ? message : name)})`
      }
    }
    this.downUntil = this.clock.monotonic() + DOWN_MILLIS
    throw new Error(this.reason)
  }

  private async ask(base: URL, { index, parameters, body, path, method }: Search): Promise<ValueObject> {
    const url = new URL(base)
    const names = index.split(',').map(encodeURIComponent).join(',')
    url.pathname = `${base.pathname.replace(/\/$/, '')}${path ?? `${names === '' ? '' : `/${names}`}/_search`}`
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    const response = await request(url, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      dispatcher: this.dispatcher,
      signal: this.aborter.signal,
      headers: { ...this.headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body }),
    })
    const text = await response.body.text()
    if (response.statusCode >= 300) throw new Refused(response.statusCode, reasonOf(text))
    let answer: unknown
    try {
      answer = parseJson(text)
    } catch {
      answer = undefined
    }
    if (!isObject(answer)) throw new Refused(response.statusCode, 'the answer is no JSON object')
    return answer
  }
}

/** The cluster answered, and not with a result. */
class Refused extends Error {
  readonly status: number

  constructor(status: number, reason: string) {
    super(`status ${status}: ${reason}`)
    this.status = status
  }
}

function reasonOf(body: string): string {
  try {
    const { error } = JSON.parse(body) as { error?: { reason?: string } | string }
    return typeof error === 'string' ? error : (error?.reason ?? 'no reason given')
  } catch {
    return body.slice(0, 200).trim() || 'no reason given'
  }
}
