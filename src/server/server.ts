import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { fail, DiagnosticError, type Logger } from '../diagnostic/index.ts'
import { stringifyJson, toValue, type Value } from '../event/index.ts'
import type { RestAnswer, RestRequest, Route, Router, Method } from '../search/index.ts'
import { errorAnswer } from './error-body.ts'
import { filterPath } from './filter-path.ts'
import { checkParameters, readQuery } from './parameters.ts'
import { bodyStream, bodyText, checkContentType, emptyStream, hasBody, readJson } from './request-body.ts'
import { isLoopback, RequestSafety } from './request-safety.ts'
import { authorize, isPublic, routeOf, type Identity, type RouteConfig } from './access.ts'
import { wantsConsole } from './console-files.ts'
import { asking } from './guarded-store.ts'
import { CSRF_HEADER, type Sessions } from './sessions.ts'
import type { Users } from './users.ts'

export interface ServerOptions {
  /** `http.host`. */
  readonly host: string
  /** `http.port`; 0 takes a free one. */
  readonly port: number
  /** Further names it is reached by, such as a reverse proxy's. */
  readonly hosts?: readonly string[]
  readonly users: Users
  /** Of the console; without it only the Authorization header proves who asks. */
  readonly sessions?: Sessions
  /** PEM of `http.ssl`: then it speaks https. */
  readonly tls?: { readonly certificate: Buffer; readonly key: Buffer } | undefined
  readonly logger: Logger
  /** Largest body in bytes; 100 MB unless given. */
  readonly bodyLimit?: number
}

/**
 * The HTTP server of the house.
 *
 * - Every request passes RequestSafety and, where users exist, authentication, before any route: also those that
 *   are added to `app` directly (the console's files, the live stream).
 * - Routes added by `route` speak Elasticsearch's protocol: content types, errors, `filter_path`, `pretty`.
 * - `close` lets running requests end, then closes idle connections.
 */
export interface Server extends Router {
  readonly app: FastifyInstance
  /** Whether a request that is still being answered would be let in now: not after its user's logout, or another role. */
  mayGoOn(request: FastifyRequest): Promise<boolean>
  /** @throws DiagnosticError where the address may not be or cannot be listened on */
  listen(): Promise<{ host: string; port: number; url: string }>
  close(): Promise<void>
}

const CLOSE_LIMIT = 5_000

export function createServer(options: ServerOptions): Server {
  const { users, sessions, logger, tls } = options
  const safety = new RequestSafety(options.host, options.hosts)
  const app = fastify({
    routerOptions: {
      maxParamLength: 8192,
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
      caseSensitive: true,
    },
    bodyLimit: options.bodyLimit ?? 100 * 1024 * 1024,
    forceCloseConnections: 'idle',
    requestTimeout: 0,
    http: { maxHeaderSize: 16 * 1024, headersTimeout: 30_000, requestTimeout: 300_000, joinDuplicateHeaders: false },
    exposeHeadRoutes: false,
    clientErrorHandler: refuseBrokenRequest,
    logger: false,
    // The type of an https server differs from that of http only in its sockets.
    ...((tls === undefined ? {} : { https: { cert: tls.certificate, key: tls.key, minVersion: 'TLSv1.2' } }) as object),
  })
  app.addHttpMethod('GET', { hasBody: true, overrideExisting: true })
  app.addHttpMethod('HEAD', { hasBody: true, overrideExisting: true })
  // Routes read the body themselves, as a stream with a limit.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined))

  app.addHook('onRequest', async (request, reply) => {
    reply.header('X-elastic-product', 'Elasticsearch')
    reply.header('X-Content-Type-Options', 'nosniff')
    safety.check(request.raw)
    if (wantsConsole(request.raw)) return reply.redirect('/_vedetta/ui/', 302)
    const path = pathOf(request.url)
    const route = routeOf(request)
    // Its last user or token was deleted while it listens beyond loopback.
    if (!users.exist && !isLoopback(options.host)) throw fail('server.nobody')
    if (isPublic(request.method, route) || !users.exist) return
    const session = sessions?.find(request.raw.headers.cookie)
    if (session !== undefined && request.method !== 'GET' && request.method !== 'HEAD') {
      if (request.headers[CSRF_HEADER] !== session.csrf) throw fail('server.csrf')
    }
    const who =
      session?.identity ?? (await users.identify(request.headers.authorization, request.raw.socket.remoteAddress))
    if (who === undefined) {
      // A browser's script asks for the password in its own form, not in a window of the browser.
      if (request.headers['sec-fetch-mode'] !== 'cors' && request.headers['sec-fetch-mode'] !== 'same-origin')
        reply.header('WWW-Authenticate', ['Basic realm="vedetta", charset="UTF-8"', 'Bearer realm="vedetta"', 'ApiKey'])
      throw fail('server.unauthenticated', { path: path.slice(0, 200) })
    }
    authorize(who, request.method, route, path)
    identityOfRequest.set(request.raw, who)
  })

  const sendError = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const answer = errorAnswer(error, { trace: request.url.includes('error_trace=true') })
    if (answer.status >= 500 && !(error instanceof DiagnosticError))
      logger.error({ err: error, method: request.method, path: request.url.split('?')[0] }, 'a request failed')
    // What is left of a body is not read for a request that is refused.
    if (hasBody(request.raw) && !request.raw.readableEnded) reply.header('connection', 'close')
    return reply
      .status(answer.status)
      .type(contentTypeFor(request))
      .send(Buffer.from(request.method === 'HEAD' ? '' : stringifyJson(answer.body)))
  }
  app.setErrorHandler(sendError)

  const served: { path: RegExp; methods: readonly string[] }[] = []
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0]!
    const uri = request.url.slice(0, 500)
    const allowed = [...new Set(served.flatMap(({ path: known, methods }) => (known.test(path) ? methods : [])))].sort()
    const error =
      allowed.length > 0
        ? `Incorrect HTTP method for uri [${uri}] and method [${request.method}], allowed: [${allowed.join(', ')}]`
        : `no handler found for uri [${uri}] and method [${request.method}]`
    const status = allowed.length > 0 ? 405 : 400
    if (allowed.length > 0) reply.header('allow', allowed.join(', '))
    if (hasBody(request.raw)) reply.header('connection', 'close')
    return reply
      .status(status)
      .type(contentTypeFor(request))
      .send(Buffer.from(stringifyJson(allowed.length > 0 ? { error, status } : { error })))
  })

  const route = (definition: Route): void => {
    const methods = typeof definition.method === 'string' ? [definition.method] : definition.method
    const all = methods.includes('GET') && !methods.includes('HEAD') ? [...methods, 'HEAD' as const] : methods
    served.push({ path: pathPattern(definition.path), methods: all })
    app.route({
      method: [...all],
      url: definition.path,
      config: { means: definition.means ?? definition.path } satisfies RouteConfig,
      handler: async (request, reply) => {
        const query = readQuery(request.url)
        checkParameters(request.url.split('?')[0]!, query, definition.parameters ?? [])
        const asked = await restRequest(request, reply, definition, query, options.bodyLimit)
        const answer = await asking.run(identityOfRequest.get(request.raw), async () => definition.handle(asked))
        return send(request, reply, answer, query)
      },
    })
  }

  return {
    app,
    route,
    async mayGoOn(request) {
      const before = identityOfRequest.get(request.raw)
      if (!users.exist) return before === undefined && isLoopback(options.host)
      const { authorization, cookie } = request.headers
      const now = sessions?.peek(cookie)?.identity ?? (await users.identify(authorization).catch(() => undefined))
      return now !== undefined && now.name === before?.name && now.role === before.role
    },
    async listen() {
      const { host, port } = options
      if (!isLoopback(host) && !users.exist) throw fail('server.host_open', { host })
      try {
        await app.listen({ host, port })
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException
        if (code === 'EADDRINUSE') throw fail('server.port_in_use', { host, port })
        throw fail('server.cannot_listen', { host, port, reason: code ?? message })
      }
      const address = app.server.address()
      const bound = typeof address === 'object' && address !== null ? address.port : port
      const shown = host.includes(':') ? `[${host}]` : host
      return { host, port: bound, url: `${tls === undefined ? 'http' : 'https'}://${shown}:${bound}` }
    },
    async close() {
      const closed = app.close()
      const timer = AbortSignal.timeout(CLOSE_LIMIT)
      await Promise.race([closed, once(timer, 'abort').then(() => app.server.closeAllConnections())])
      await closed
    },
  }
}

const identityOfRequest = new WeakMap<IncomingMessage, Identity>()

/** As whom a request was authenticated; undefined where there are no users. */
export function requestIdentity(request: FastifyRequest): Identity | undefined {
  return identityOfRequest.get(request.raw)
}

/** The user a request was authenticated as, for routes that are added to the app directly. */
export function requestUser(request: FastifyRequest): string | undefined {
  return identityOfRequest.get(request.raw)?.name
}

/** The path as routes compare it: decoded, no doubled or trailing slashes. */
function pathOf(url: string): string {
  const path = url.split('?')[0]!
  try {
    return decodeURIComponent(path)
      .replace(/\/{2,}/g, '/')
      .replace(/(.)\/$/, '$1')
  } catch {
    return path
  }
}

function pathPattern(path: string): RegExp {
  const source = path
    .split('/')
    .filter((part) => part !== '')
    .map((part) => `/+${part.startsWith(':') ? parameterPattern(part) : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`)
    .join('')
  return new RegExp(`^${source}/*$`)
}

/** A parameter is a whole part of the path; an expression in brackets may limit it. */
function parameterPattern(part: string): string {
  const [, expression] = /^:\w+\((.*)\)$/.exec(part) ?? []
  return expression === undefined ? '[^/]+' : `(?:${expression.replaceAll('.', '[^/]')})`
}

async function restRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  route: Route,
  query: ReadonlyMap<string, string>,
  limit: number | undefined,
): Promise<RestRequest> {
  const { raw } = request
  let stream: Readable
  let inline: string | undefined
  if (hasBody(raw)) {
    checkContentType(raw.headers['content-type'])
    stream = bodyStream(raw, limit)
  } else {
    inline = query.get('source')
    if (inline !== undefined) checkContentType(query.get('source_content_type'))
    stream = emptyStream()
  }
  const text = route.body === 'stream' ? '' : (inline ?? (await bodyText(stream)))
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  let value: Value | undefined
  return {
    method: request.method as Method,
    path: request.url.split('?')[0]!,
    params: Object.assign(Object.create(null) as Record<string, string>, request.params),
    query,
    headers: raw.headers as Record<string, string | undefined>,
    user: identityOfRequest.get(raw)?.name,
    role: identityOfRequest.get(raw)?.role,
    address: raw.socket.remoteAddress,
    signal: gone.signal,
    text,
    stream,
    json() {
      if (text.trim() === '') return undefined
      return (value ??= readJson(text))
    },
  }
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: RestAnswer,
  query: ReadonlyMap<string, string>,
): FastifyReply {
  reply.status(answer.status ?? 200)
  for (const [name, value] of Object.entries(answer.headers ?? {})) reply.header(name, value)
  let text: string
  if (typeof answer.body === 'string') {
    reply.type(answer.contentType ?? 'text/plain; charset=UTF-8')
    text = answer.body
  } else if (answer.body === undefined) {
    text = ''
  } else {
    reply.type(answer.contentType ?? contentTypeFor(request))
    const filter = query.get('filter_path')
    const body = filter === undefined || filter === '' ? answer.body : filterPath(toValue(answer.body), filter)
    text = stringifyJson(body)
    if (isOn(query.get('pretty'))) text = indent(text)
  }
  // Bytes, because Fastify writes the content type of a text anew.
  if (request.method !== 'HEAD') return reply.send(Buffer.from(text))
  reply.header('content-length', Buffer.byteLength(text))
  return reply.send('')
}

function isOn(flag: string | undefined): boolean {
  return flag !== undefined && flag !== 'false'
}

/** A client that asks in Elasticsearch's own media type is answered in it. */
function contentTypeFor(request: FastifyRequest): string {
  const { accept } = request.headers
  if (accept?.includes('vnd.elasticsearch+json') !== true) return 'application/json; charset=utf-8'
  return `application/vnd.elasticsearch+json;compatible-with=${/compatible-with=7/.test(accept) ? 7 : 8}`
}

/** Lays JSON text out over lines, two spaces a level, without touching its numbers. */
function indent(text: string): string {
  let depth = 0
  let result = ''
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^"{}[\],:]+/g)) {
    const line = (): string => `\n${'  '.repeat(depth)}`
    if (token === '{' || token === '[') {
      depth++
      result += token + line()
    } else if (token === '}' || token === ']') {
      depth--
      const empty = /[{[]\s*$/.test(result.slice(-200 - depth * 2))
      result = empty ? result.trimEnd() + token : result + line() + token
    } else if (token === ',') result += token + line()
    else if (token === ':') result += ' : '
    else result += token
  }
  return `${result}\n`
}

const BROKEN: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
}

function refuseBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const [status, phrase] = BROKEN[error.code ?? ''] ?? [400, 'Bad Request']
  const body = stringifyJson({ error: phrase, status })
  if (socket.writable)
    socket.write(
      `HTTP/1.1 ${status} ${phrase}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    )
  socket.destroySoon()
}
