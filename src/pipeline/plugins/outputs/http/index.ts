import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { fail } from '../../../../diagnostic/index.ts'
import {
  isDynamic,
  isObject,
  newObject,
  printValue,
  stringifyJson,
  type Event,
  type Value,
  type ValueObject,
} from '../../../../event/index.ts'
import { RawHash, type Raw } from '../../../../settings/index.ts'
import { defineOutput, type Output, type OutputContext } from '../../define.ts'
import { template } from '../template.ts'
import { noticeUnusedCodec } from '../encoded.ts'
import { Trouble, TroubleTeller } from '../../trouble.ts'
import { HttpClient, METHODS, type Method, type Request, httpPeers } from './client.ts'
import { OPTIONS, type HttpOptions } from './options.ts'

const compress = promisify(gzip)

export const http = defineOutput({
  name: 'http',
  summary: 'Sends events to an HTTP server, one a request or a batch a request.',
  defaultCodec: 'plain',
  options: OPTIONS,
  examples: [
    'http { url => "https://collector.example.com/events" http_method => "post" format => "json_batch" }',
    'http { url => "http://127.0.0.1:8080/%{type}" http_method => "post" format => "message" message => "%{message}" headers => { "X-Host" => "%{host}" } }',
  ],
  peers: httpPeers,
  create: (options, context) => new HttpOutput(options, context),
})

const CONTENT_TYPES = {
  json: 'application/json',
  json_batch: 'application/json',
  form: 'application/x-www-form-urlencoded',
  message: 'text/plain',
} as const

const LONGEST_WAIT = 60

type Text = (event: Event) => string

class HttpOutput implements Output {
  private readonly options: HttpOptions
  private readonly context: OutputContext
  private readonly client: HttpClient
  private readonly url: Text
  private readonly method: Text
  private readonly headers: readonly (readonly [string, Text])[]
  private readonly mapped: (event: Event) => ValueObject
  private readonly message: Text
  private readonly teller: TroubleTeller
  private readonly aborter = new AbortController()

  constructor(options: HttpOptions, context: OutputContext) {
    this.options = options
    this.context = context
    this.teller = new TroubleTeller('http', context.logger, context.clock)
    check(options)
    noticeUnusedCodec('http', context)
    this.url = template('url', options.url)
    this.method = template('http_method', options.http_method)
    const type = options.content_type ?? CONTENT_TYPES[options.format]
    const given = [...options.headers].filter(([name]) => name.toLowerCase() !== 'content-type')
    this.headers = [...given, ['content-type', type] as const].map(([name, value]) => [
      name.toLowerCase(),
      template('headers', value),
    ])
    this.mapped = mapper(options.mapping)
    this.message = template('message', options.message ?? '')
    this.client = new HttpClient(options)
  }

  async write(batch: readonly Event[]): Promise<void> {
    if (batch.length === 0) return
    if (this.options.format === 'json_batch') {
      const body = `[${batch.map((event) => stringifyJson(this.mapped(event))).join(',')}]`
      return this.deliver(batch, body)
    }
    // At most `pool_max` requests are under way; each next event takes the place that becomes free.
    let next = 0
    const run = async (): Promise<void> => {
      while (next < batch.length) {
        const event = batch[next++]!
        await this.deliver([event], this.bodyOf(event))
      }
    }
    const outcomes = await Promise.allSettled(
      Array.from({ length: Math.min(this.options.pool_max, batch.length) }, run),
    )
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  async close(): Promise<void> {
    this.aborter.abort()
    this.client.close()
  }

  private bodyOf(event: Event): string {
    if (this.options.format === 'message') return this.message(event)
    const fields = this.mapped(event)
    return this.options.format === 'form' ? formOf(fields) : stringifyJson(fields)
  }

  /** Goes on until the events are taken, or given up with a reason. */
  private async deliver(events: readonly Event[], body: string): Promise<void> {
    const message = await this.requestOf(events[0]!, body)
    if (typeof message === 'string') return this.giveUp(events, message)
    const shown = `${message.method.toUpperCase()} ${message.url.href}`
    for (let attempt = 1; ; attempt++) {
      if (this.aborter.signal.aborted) throw new Error('http output: closed with events on their way')
      let trouble: string
      try {
        const { status, text } = await this.client.send(message)
        if ((status >= 200 && status <= 299) || this.options.ignorable_codes.includes(status)) return this.teller.over()
        trouble = `answered with status ${status}${text === '' ? '' : `: ${text}`}`
        if (!this.options.retryable_codes.includes(status)) return this.giveUp(events, `${shown} was ${trouble}`)
      } catch (error) {
        if (this.aborter.signal.aborted)
          throw new Error('http output: closed with events on their way', { cause: error })
        trouble = `failed: ${reasonOf(error as Error)}`
      }
      if (!this.options.retry_failed) return this.giveUp(events, `${shown} ${trouble}`)
      this.teller.tell(new Trouble(trouble, `http output: ${shown} ${trouble}; events are kept and it goes on trying`))
      await this.context.clock.sleep(waitMillis(attempt), this.aborter.signal)
    }
  }

  private async requestOf(event: Event, body: string): Promise<Request | string> {
    const method = this.method(event).toLowerCase()
    if (!METHODS.includes(method as Method)) return `'${method}' is no method of HTTP that is known here`
    const text = this.url(event)
    if (!URL.canParse(text) || !/^https?:/i.test(text)) return `'${text}' is no URL of http or https`
    const headers: Record<string, string> = {}
    for (const [name, value] of this.headers) {
      const line = value(event)
      if (/[\r\n\0]/.test(line)) return `the header '${name}' has more than one line`
      headers[name] = line
    }
    let bytes: Buffer = Buffer.from(body)
    if (this.options.http_compression) {
      bytes = await compress(bytes)
      headers['content-encoding'] = 'gzip'
    }
    const url = new URL(text)
    if (url.username !== '') {
      const [user, password] = [url.username, url.password].map(decodeURIComponent)
      headers['authorization'] ??= `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
      url.username = ''
      url.password = ''
    }
    return { method: method as Method, url, headers, body: bytes }
  }

  private giveUp(events: readonly Event[], reason: string): void {
    for (const event of events) this.context.deadLetter(event, `http output: ${reason}`)
  }
}

function check(options: HttpOptions): void {
  const { http_method: method, format, message, mapping } = options
  if (!isDynamic(method) && !METHODS.includes(method.toLowerCase() as Method))
    throw fail('plugin.option_invalid', {
      option: 'http_method',
      expected: `one of ${METHODS.map((name) => `"${name}"`).join(', ')} or a reference`,
      value: method,
    })
  if (!isDynamic(options.url) && !/^https?:\/\//i.test(options.url))
    throw fail('plugin.option_invalid', { option: 'url', expected: 'a URL of http or https', value: options.url })
  if (format === 'message' && message === undefined)
    throw fail('plugin.option_needs', { option: 'format => "message"', needed: 'message' })
  if (format === 'message' && mapping !== undefined)
    throw fail('plugin.options_exclude', { option: 'mapping', other: 'format => "message"' })
  if (mapping !== undefined && !(mapping instanceof RawHash))
    throw fail('plugin.option_invalid', { option: 'mapping', expected: 'a hash', value: String(mapping) })
}

/** The event's fields, or those of `mapping`, whose texts are filled in. */
function mapper(mapping: Raw | undefined): (event: Event) => ValueObject {
  if (!(mapping instanceof RawHash)) return (event) => event.data
  const compiled = compileMapping(mapping)
  return (event) => compiled(event) as ValueObject
}

function compileMapping(raw: Raw): (event: Event) => Value {
  if (raw instanceof RawHash) {
    const pairs = raw.pairs.map(([name, value]) => [name, compileMapping(value)] as const)
    return (event) => {
      const fields = newObject()
      for (const [name, value] of pairs) fields[name] = value(event)
      return fields
    }
  }
  if (Array.isArray(raw)) {
    const items = (raw as readonly Raw[]).map(compileMapping)
    return (event) => items.map((item) => item(event))
  }
  return template('mapping', String(raw))
}

function formOf(fields: ValueObject): string {
  const form = new URLSearchParams()
  for (const name in fields) {
    const value = fields[name]!
    form.append(
      name,
      value === null ? '' : Array.isArray(value) || isObject(value) ? stringifyJson(value) : printValue(value),
    )
  }
  return form.toString()
}

/** Longer with each attempt, and not the same for all, so that a server that comes back is not met by all at once. */
function waitMillis(attempt: number): number {
  const longest = Math.min(attempt ** 2, LONGEST_WAIT) * 1000
  return longest / 2 + Math.random() * (longest / 2)
}

function reasonOf(error: Error): string {
  const cause = error.cause as NodeJS.ErrnoException | undefined
  return (error as NodeJS.ErrnoException).code ?? cause?.code ?? error.message
}
