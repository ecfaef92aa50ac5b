import { readFileSync } from 'node:fs'
import { Agent, ProxyAgent, request, type Dispatcher } from 'undici'
import { fail } from '../diagnostic/index.ts'
import type { HttpSettings, Proxy } from './http-settings.ts'
import { HttpTargets } from './http-targets.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
type Method = (typeof METHODS)[number]

export interface HttpRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  readonly auth?: { readonly username: string; readonly password: string } | undefined
  readonly proxy?: Proxy | undefined
  readonly connectTimeoutMillis?: number | undefined
  readonly readTimeoutMillis?: number | undefined
}

export interface HttpAnswer {
  readonly status: number
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, readonly string[]>>
  readonly body: Buffer
}

/** Makes the HTTP requests of watches: with the proxy, the certificates and the allowed targets of the settings. */
export class HttpClient {
  private readonly settings: HttpSettings
  private readonly targets: HttpTargets
  private readonly ca: string[] | undefined

  constructor(settings: HttpSettings) {
    this.settings = settings
    this.targets = new HttpTargets(settings.allowed)
    const files = settings.certificateAuthorities
    this.ca = files.length === 0 ? undefined : files.map((path) => readFileSync(path, 'utf8'))
  }

  /** @throws DiagnosticError `notify.invalid_request` or `notify.forbidden_target` for what no retry can mend. */
  check(message: HttpRequest): URL {
    const method = message.method.toUpperCase()
    if (!METHODS.includes(method as Method))
      throw fail('notify.invalid_request', { part: 'method', expected: METHODS.join(', '), got: `'${message.method}'` })
    const url = readUrl(message.url)
    for (const [name, value] of Object.entries(message.headers))
      if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[\r\n\0]/.test(value))
        throw fail('notify.invalid_request', {
          part: 'header',
          expected: 'a name and one line of text',
          got: JSON.stringify(name),
        })
    this.targets.check(url)
    if (message.proxy !== undefined) this.targets.check(proxyUrl(message.proxy))
    return url
  }

  /**
   * One request; redirects are not followed. Of an answer that is longer than `limit` bytes the rest is not read.
   * @throws DiagnosticError as `check` does, and Error for every failure of the connection
   */
  async send(
    message: HttpRequest,
    { limit, cut = false }: { limit?: number; cut?: boolean } = {},
  ): Promise<HttpAnswer> {
    const url = this.check(message)
    const connectTimeout = message.connectTimeoutMillis ?? this.settings.connectTimeoutMillis
    const readTimeout = message.readTimeoutMillis ?? this.settings.readTimeoutMillis
    const dispatcher = this.dispatcher(url, message.proxy, connectTimeout, readTimeout)
    const headers: Record<string, string> = { ...message.headers }
    if (message.auth !== undefined) {
      const { username, password } = message.auth
      headers['authorization'] = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
    }
    try {
      const response = await request(url, {
        dispatcher,
        method: message.method.toUpperCase() as Method,
        headers,
        signal: AbortSignal.timeout(2 * readTimeout + connectTimeout),
        ...(message.body === undefined ? {} : { body: message.body }),
      })
      const body = await readBody(response.body, limit ?? this.settings.responseLimit, cut)
      return { status: response.statusCode, headers: headerLists(response.headers), body }
    } finally {
      void dispatcher.destroy().catch(() => undefined)
    }
  }

  private dispatcher(url: URL, own: Proxy | undefined, connectTimeout: number, readTimeout: number): Dispatcher {
    const { verification } = this.settings
    const tls = {
      ...(this.ca === undefined ? {} : { ca: this.ca }),
      ...(verification === 'none' ? { rejectUnauthorized: false } : {}),
      ...(verification === 'certificate' ? { checkServerIdentity: () => undefined } : {}),
    }
    const timeouts = { headersTimeout: readTimeout, bodyTimeout: readTimeout }
    const proxy = own ?? this.settings.proxy
    if (proxy !== undefined) return new ProxyAgent({ uri: proxyUrl(proxy).href, requestTls: tls, ...timeouts })
    return new Agent({ connect: { timeout: connectTimeout, lookup: this.targets.lookup(url), ...tls } as never, ...timeouts }) // prettier-ignore
  }
}

function readUrl(text: string): URL {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw fail('notify.invalid_request', { part: 'URL', expected: 'http(s)://HOST...', got: JSON.stringify(text) })
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw fail('notify.invalid_request', { part: 'URL', expected: 'http or https', got: `'${url.protocol}'` })
  return url
}

function proxyUrl({ scheme, host, port }: Proxy): URL {
  return readUrl(`${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`)
}

function headerLists(headers: Record<string, string | string[] | undefined>): Record<string, readonly string[]> {
  const lists: Record<string, readonly string[]> = Object.create(null) as Record<string, readonly string[]>
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) lists[name.toLowerCase()] = Array.isArray(value) ? value : [value]
  return lists
}

async function readBody(body: AsyncIterable<Buffer>, limit: number, cut: boolean): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    length += chunk.length
    if (length <= limit) continue
    if (cut) break
    throw new Error(`the answer is longer than ${limit} bytes (xpack.http.max_response_size)`)
  }
  return Buffer.concat(chunks).subarray(0, limit)
}
