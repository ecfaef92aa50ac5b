import { createHash, timingSafeEqual } from 'node:crypto'
import {
  createServer,
  validateHeaderName,
  validateHeaderValue,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { availableParallelism } from 'node:os'
import type { TLSSocket } from 'node:tls'
import { waitAtMost } from '../../../../clock/index.ts'
import { fail } from '../../../../diagnostic/index.ts'
import { fieldPath, parseFieldPath, type FieldPath } from '../../../../event/index.ts'
import { option, type as types, type OptionsOf } from '../../../../settings/index.ts'
import { defineInput, type Batch, type Codec, type Input, type InputContext } from '../../define.ts'
import { listenerAddress, listenError } from '../listener-address.ts'
import { LISTENER_OPTIONS } from '../stream/listener.ts'
import { plainAddress } from '../tcp-fields.ts'
import {
  certificateProblem,
  checkServerTls,
  handshakeProblem,
  KEY_STORE_OPTIONS,
  LISTENER_TLS_OPTIONS,
  tlsServerOptions,
} from '../tls-server.ts'
import { readBody, RequestError } from './body.ts'
import { headersOf, setEcsFields } from './request-fields.ts'

const STATUS = types.oneOf('200', '201', '202', '204')

const OPTIONS = {
  host: option(types.string, { describe: 'The address to listen on; without it `inputs.host`.' }),
  port: option(types.port, { describe: 'The port to listen on.', default: 8080 }),
  user: option(types.string, { describe: 'Name for basic authentication; needs `password`.' }),
  password: option(types.string, { describe: 'Password for basic authentication; needs `user`.', secret: true }),
  additional_codecs: option(types.hash(types.string), {
    describe: 'Codecs by content type; `codec` is for all others.',
    default: new Map([['application/json', 'json']]),
  }),
  response_code: option(STATUS, { describe: 'The status of a request that was taken.', default: '200' }),
  response_headers: option(types.hash(types.string), {
    describe: 'Headers of the answer.',
    default: new Map([['Content-Type', 'text/plain']]),
  }),
  remote_host_target_field: option(types.string, {
    describe: "The field of the client's address; `host`, or under ECS `[host][ip]`.",
  }),
  request_headers_target_field: option(types.string, {
    describe: 'The field of the headers; `headers`, or under ECS `[@metadata][input][http][request][headers]`.',
  }),
  max_content_length: option(types.number({ integer: true, min: 1 }), {
    describe: 'Bytes of the longest body, packed and unpacked; a longer one is answered with 413.',
    default: 100 * 2 ** 20,
  }),
  max_pending_requests: option(types.number({ integer: true, min: 1 }), {
    describe: 'Requests that may wait beside `threads` others until they are durable; one more is answered with 429.',
    default: 200,
  }),
  threads: option(types.number({ integer: true, min: 1 }), {
    describe: 'Requests under way beside those that wait; the number of processors unless given.',
  }),
  max_connections: LISTENER_OPTIONS.max_connections,
  ...LISTENER_TLS_OPTIONS,
  ...KEY_STORE_OPTIONS,
} as const

type HttpOptions = OptionsOf<typeof OPTIONS>

export const http = defineInput({
  name: 'http',
  summary:
    'Events in the bodies of HTTP requests. A request is answered when its events are durable, and with 429 while too many wait.',
  defaultCodec: 'plain',
  options: OPTIONS,
  examples: [
    'http { port => 8080 user => "sensor" password => "${SENSOR_PASSWORD}" }',
    'http { port => 8443 ssl_enabled => true ssl_certificate => "/etc/vedetta/cert.pem" ssl_key => "/etc/vedetta/key.pem" additional_codecs => { "application/json" => "json" "application/x-ndjson" => "json_lines" } }',
  ],
  create: (options, context) => new HttpInput(options, context),
})

/** Longer than the proxies before it, so that a connection is not closed as they use it again. */
const KEEP_ALIVE_MILLIS = 75_000
const SETTLE_MILLIS = 5_000
const TELL_MILLIS = 10_000

class HttpInput implements Input {
  readonly ended: Promise<void> = new Promise(() => {})
  private readonly options: HttpOptions
  private readonly context: InputContext
  private readonly host: string
  private readonly codecs: ReadonlyMap<string, Codec>
  private readonly authorization: Buffer | undefined
  private readonly hostField: FieldPath
  private readonly headersField: FieldPath
  private readonly mostPending: number
  private readonly pending = new Set<Promise<void>>()
  private held = 0
  private told = -Infinity
  private stopping = false
  private server: Server | undefined
  private emit: (batch: Batch) => Promise<void> = async () => {}

  constructor(options: HttpOptions, context: InputContext) {
    this.options = options
    this.context = context
    const { user, password } = options
    if (user !== undefined && password === undefined)
      throw fail('plugin.option_needs', { option: 'user', needed: 'password' })
    if (password !== undefined && user === undefined)
      throw fail('plugin.option_needs', { option: 'password', needed: 'user' })
    this.authorization =
      user === undefined ? undefined : digest(`Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`)
    for (const [name, value] of options.response_headers) checkHeader(name, value)
    this.codecs = new Map(
      [...options.additional_codecs].map(([type, name]) => {
        const codec = context.codecNamed(name)
        if (codec === undefined)
          throw fail('plugin.option_invalid', { option: 'additional_codecs', expected: 'names of codecs', value: name })
        return [type.toLowerCase(), codec]
      }),
    )
    const legacy = context.ecs === 'disabled'
    const field = (
      option: 'remote_host_target_field' | 'request_headers_target_field',
      fallback: string,
    ): FieldPath => {
      const given = options[option]
      if (given === undefined) return fieldPath(fallback)
      const path = parseFieldPath(given)
      if (path === undefined)
        throw fail('plugin.option_invalid', { option, expected: 'a field reference', value: given })
      return path
    }
    this.hostField = field('remote_host_target_field', legacy ? 'host' : '[host][ip]')
    this.headersField = field(
      'request_headers_target_field',
      legacy ? 'headers' : '[@metadata][input][http][request][headers]',
    )
    this.mostPending = options.max_pending_requests + (options.threads ?? availableParallelism())
    if (options.ssl_enabled) checkServerTls(options, 'none')
    // Said when the input is made, so that `check` says it too.
    this.host = listenerAddress('http', options.host, options.port, context)
  }

  async start(emit: (batch: Batch) => Promise<void>): Promise<void> {
    this.emit = emit
    const { host, options } = this
    const { port } = options
    const answer: RequestListener = (request, response) => this.serve(request, response)
    const server = options.ssl_enabled
      ? createTlsServer(tlsServerOptions(options, 'none'), answer)
      : createServer(answer)
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      this.serve(request, response, () => response.writeContinue())
    })
    server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
      this.context.logger.warn(
        { plugin: 'http', port, peer: socket.remoteAddress },
        `http input on ${port}: a client's TLS handshake failed: ${handshakeProblem(error, socket)}`,
      )
    })
    server.maxConnections = options.max_connections
    server.keepAliveTimeout = KEEP_ALIVE_MILLIS
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(listenError('http', host, port, error)))
      server.listen({ host, port, exclusive: true }, resolve)
    })
    server.on('error', (error) => this.context.logger.error({ plugin: 'http', port }, error.message))
    this.server = server
  }

  /** Lets requests that are under way become durable, for a while; clients of the others see their connection end. */
  async stop(): Promise<void> {
    this.stopping = true
    this.server?.close()
    this.server?.closeIdleConnections()
    await waitAtMost(this.context.clock, SETTLE_MILLIS, Promise.all(this.pending))
    this.server?.closeAllConnections()
  }

  private serve(request: IncomingMessage, response: ServerResponse, proceed: () => void = () => undefined): void {
    const refusal = this.refusal(request)
    if (refusal !== undefined) {
      finish(response, refusal.status, refusal.headers)
      request.resume()
      return
    }
    proceed()
    const work = this.answer(request, response)
    this.pending.add(work)
    void work.finally(() => this.pending.delete(work))
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (await this.take(request)) this.accept(response)
      else finish(response, 503)
    } catch (error) {
      const status = error instanceof RequestError ? error.status : 500
      if (status === 500) this.context.logger.error({ plugin: 'http' }, `http input: ${(error as Error).message}`)
      // What is left of the body would be read as the next request.
      finish(response, status, { connection: 'close' })
      request.resume()
    }
  }

  /** The answer to a request that is not read. */
  private refusal(request: IncomingMessage): { status: number; headers?: Record<string, string> } | undefined {
    if (this.stopping) return { status: 503 }
    if (this.options.ssl_enabled && certificateProblem(request.socket as TLSSocket) !== undefined)
      return { status: 403 }
    if (this.authorization !== undefined) {
      const given = request.headers.authorization
      if (given === undefined)
        return { status: 401, headers: { 'www-authenticate': 'Basic realm="Vedetta HTTP input"' } }
      if (!timingSafeEqual(digest(given), this.authorization)) return { status: 401 }
    }
    if (this.pending.size >= this.mostPending) {
      this.tellBusy()
      return { status: 429 }
    }
    return undefined
  }

  /** True once every event of the request is durable, false where the pipeline ended first. */
  private async take(request: IncomingMessage): Promise<boolean> {
    const { max_content_length: limit } = this.options
    let own = 0
    try {
      const body = await readBody(request, limit, (bytes) => {
        own += bytes
        this.held += bytes
        // All requests together take the memory of two.
        if (this.held > 2 * limit) {
          this.tellBusy()
          throw new RequestError(429, 'too much waits')
        }
      })
      return await this.hand(request, body)
    } finally {
      this.held -= own
    }
  }

  private async hand(request: IncomingMessage, body: Buffer): Promise<boolean> {
    const { context } = this
    const type = request.headers['content-type']?.split(';')[0]!.trim().toLowerCase() ?? ''
    const ip = plainAddress(request.socket.remoteAddress)
    const decoder = (this.codecs.get(type) ?? context.codec).decoder({ sender: ip })
    const events = [...decoder.decode(body), ...decoder.flush()]
    if (events.length === 0) return true
    for (const event of events) {
      const headers = headersOf(request)
      if (context.ecs !== 'disabled') setEcsFields(event, headers)
      event.set(this.headersField, headers)
      event.set(this.hostField, ip)
      context.decorate(event)
    }
    return new Promise((resolve, reject) => {
      this.emit({ events, ack: () => resolve(true), lost: () => resolve(false) }).catch(reject)
    })
  }

  private accept(response: ServerResponse): void {
    const { response_code, response_headers } = this.options
    const body = response_code === '204' ? '' : 'ok'
    response.statusCode = Number(response_code)
    for (const [name, value] of response_headers) response.setHeader(name, value)
    if (body !== '') {
      if (!response.hasHeader('content-type')) response.setHeader('content-type', 'text/plain')
      response.setHeader('content-length', body.length)
    }
    response.end(body)
  }

  private tellBusy(): void {
    const now = this.context.clock.monotonic()
    if (now - this.told < TELL_MILLIS) return
    this.told = now
    const { port } = this.options
    this.context.logger.warn(
      { plugin: 'http', port, pending: this.pending.size },
      `http input on ${port}: ${this.pending.size} requests wait for the pipeline; new ones are answered with 429`,
    )
  }
}

function checkHeader(name: string, value: string): void {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
  } catch (error) {
    throw fail('plugin.option_invalid', {
      option: 'response_headers',
      expected: 'names and values of headers',
      value: (error as Error).message,
    })
  }
}

function finish(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, { 'content-length': '0', ...headers }).end()
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
