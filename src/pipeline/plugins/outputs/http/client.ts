import { Agent, ProxyAgent, request, type Dispatcher } from 'undici'
import { fail } from '../../../../diagnostic/index.ts'
import { RawHash, type Raw } from '../../../../settings/index.ts'
import { tlsClientOptions } from '../../inputs/tls-server.ts'
import type { HttpClientOptions } from './options.ts'
import type { ConnectionOptions } from 'node:tls'
import { urlPeers, type Peer } from '../../peer.ts'

export const METHODS = ['put', 'post', 'patch', 'delete', 'get', 'head'] as const
export type Method = (typeof METHODS)[number]

export interface Request {
  readonly method: Method
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | undefined
  /** Of the answer's body only so many bytes are kept; enough for a message unless given. */
  readonly kept?: number
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** Whether there was more. */
  readonly cut: boolean
}

const MOST_REDIRECTS = 10
const MOST_COOKIES = 200
/** Of an answer's body only so much is read for a message. */
const SHOWN = 500

/** An HTTP client with the options of Logstash's http plugins. */
/** The server of a fixed URL, or the proxy before it. */
export function httpPeers(
  options: Pick<HttpClientOptions, keyof HttpClientOptions> & { readonly url: string },
): Peer[] {
  if (options.proxy !== undefined) return urlPeers(proxyOf(options.proxy).uri, {})
  return urlPeers(options.url, clientTls(options))
}

function clientTls(options: HttpClientOptions): ConnectionOptions {
  return tlsClientOptions({ ...options, ssl_enabled: true, ssl_client_authentication: undefined })
}

export class HttpClient {
  private readonly options: HttpClientOptions
  private readonly dispatcher: Dispatcher
  private readonly authorization: string | undefined
  private readonly cookies = new Map<string, Map<string, string>>()
  private readonly aborter = new AbortController()

  constructor(options: HttpClientOptions) {
    this.options = options
    if (options.user !== undefined) {
      if (options.password === undefined) throw fail('plugin.option_needs', { option: 'user', needed: 'password' })
      this.authorization = basic(options.user, options.password)
    }
    const tls = clientTls(options)
    const timeouts = {
      headersTimeout: options.socket_timeout * 1000,
      bodyTimeout: options.socket_timeout * 1000,
      connections: options.pool_max_per_route,
      pipelining: options.keepalive ? 1 : 0,
    }
    const connectTimeout = options.connect_timeout * 1000
    this.dispatcher =
      options.proxy === undefined
        ? new Agent({ connect: { timeout: connectTimeout, ...tls } as never, ...timeouts })
        : new ProxyAgent({ ...proxyOf(options.proxy), requestTls: { timeout: connectTimeout, ...tls }, ...timeouts })
  }

  /** The answer with the beginning of its body. @throws Error where there is none. */
  async send(message: Request): Promise<Answer> {
    const idempotent = message.method !== 'post' && message.method !== 'patch'
    let attempts = idempotent || this.options.retry_non_idempotent ? this.options.automatic_retries : 0
    for (;;) {
      try {
        return await this.follow(message)
      } catch (error) {
        if (this.aborter.signal.aborted || attempts-- <= 0) throw error
      }
    }
  }

  close(): void {
    this.aborter.abort()
    void this.dispatcher.destroy().catch(() => undefined)
  }

  private async follow(message: Request): Promise<Answer> {
    let next = message
    for (let n = 0; ; n++) {
      const answer = await this.once(next, message.url)
      const target = this.options.follow_redirects && n < MOST_REDIRECTS ? redirect(next, answer) : undefined
      if (target === undefined) return answer
      next = target
    }
  }

  private async once({ method, url, headers, body, kept = SHOWN }: Request, first: URL): Promise<Answer> {
    const sent: Record<string, string> = { ...headers }
    if (this.authorization !== undefined && url.origin === first.origin) sent['authorization'] ??= this.authorization
    const cookie = this.cookieOf(url)
    if (cookie !== undefined) sent['cookie'] ??= cookie
    const answer = await request(url, {
      dispatcher: this.dispatcher,
      method: method.toUpperCase() as Dispatcher.HttpMethod,
      headers: sent,
      signal: AbortSignal.any([this.aborter.signal, AbortSignal.timeout(this.options.request_timeout * 1000)]),
      ...(body === undefined || method === 'head' ? {} : { body }),
    })
    this.keepCookies(url, answer.headers['set-cookie'])
    return { status: answer.statusCode, headers: answer.headers, ...(await beginning(answer.body, kept)) }
  }

  private cookieOf(url: URL): string | undefined {
    const kept = this.cookies.get(url.hostname)
    if (kept === undefined || kept.size === 0) return undefined
    return [...kept].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** Cookies of a server go back to that server alone. */
  private keepCookies(url: URL, given: string | readonly string[] | undefined): void {
    if (!this.options.cookies || given === undefined) return
    let kept = this.cookies.get(url.hostname)
    if (kept === undefined) {
      if (this.cookies.size >= MOST_COOKIES) return
      this.cookies.set(url.hostname, (kept = new Map()))
    }
    for (const line of typeof given === 'string' ? [given] : given) {
      const [pair = '', ...attributes] = line.split(';')
      const at = pair.indexOf('=')
      if (at <= 0) continue
      const name = pair.slice(0, at).trim()
      if (attributes.some((one) => /^\s*max-age\s*=\s*(?:0|-\d+)\s*$/i.test(one))) kept.delete(name)
      else if (kept.size < MOST_COOKIES) kept.set(name, pair.slice(at + 1).trim())
    }
  }
}

/** What a redirect asks for: as browsers and Java's client do, a body is not sent to another place. */
function redirect(message: Request, { status, headers: { location: given } }: Answer): Request | undefined {
  const location = Array.isArray(given) ? given[0] : given
  if (location === undefined || ![301, 302, 303, 307, 308].includes(status)) return undefined
  const safe = message.method === 'get' || message.method === 'head'
  if (!safe && status !== 303) return undefined
  if (!URL.canParse(location, message.url)) return undefined
  const url = new URL(location, message.url)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined
  const { 'content-type': _type, 'content-encoding': _encoding, authorization, ...rest } = message.headers
  const headers: Record<string, string> = rest
  if (authorization !== undefined && url.origin === message.url.origin) headers['authorization'] = authorization
  return { ...message, method: message.method === 'head' ? 'head' : 'get', url, headers, body: undefined }
}

async function beginning(body: Dispatcher.ResponseData['body'], kept: number): Promise<{ text: string; cut: boolean }> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of body) {
    if (size < kept) parts.push(part as Buffer)
    size += (part as Buffer).length
  }
  return { text: Buffer.concat(parts).subarray(0, kept).toString('utf8'), cut: size > kept }
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

function proxyOf(raw: Raw): { uri: string; token?: string } {
  const expected = 'a URL such as "http://proxy:3128", or a hash with host and port'
  const given = new Map<string, string>()
  if (raw instanceof RawHash) for (const [name, value] of raw.pairs) given.set(name, String(value))
  else if (typeof raw === 'string') given.set('url', raw)
  const text =
    given.get('url') ??
    (given.has('host') ? `${given.get('scheme') ?? 'http'}://${given.get('host')!}:${given.get('port') ?? '80'}` : '')
  if (!URL.canParse(text) || !/^https?:/i.test(text))
    throw fail('plugin.option_invalid', { option: 'proxy', expected, value: '...' })
  const url = new URL(text)
  const user = given.get('user') ?? decodeURIComponent(url.username)
  const password = given.get('password') ?? decodeURIComponent(url.password)
  url.username = ''
  url.password = ''
  return { uri: url.href, ...(user === '' ? {} : { token: basic(user, password) }) }
}
