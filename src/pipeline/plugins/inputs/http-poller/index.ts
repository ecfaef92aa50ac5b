import { STATUS_CODES } from 'node:http'
import { hostname } from 'node:os'
import type { Timer } from '../../../../clock/index.ts'
import { fail } from '../../../../diagnostic/index.ts'
import { double, Event, fieldPath, newObject, parseFieldPath, type ValueObject } from '../../../../event/index.ts'
import { option, type as types, type OptionsOf, type Raw } from '../../../../settings/index.ts'
import { defineInput, type Batch, type Input, type InputContext } from '../../define.ts'
import { HttpClient, type Answer, httpPeers } from '../../outputs/http/client.ts'
import { HTTP_CLIENT_OPTIONS } from '../../outputs/http/options.ts'
import { readSchedule, type Schedule } from '../schedule.ts'
import { readPoll, type Poll } from './requests.ts'

const OPTIONS = {
  ...HTTP_CLIENT_OPTIONS,
  urls: option(types.hash<Raw>(types.raw), {
    describe:
      'What is asked, by name: a URL, or a hash with `url`, `method`, `user`, `password`, `headers`, `query` and `body`.',
    required: true,
    secret: true,
  }),
  schedule: option(types.hash(types.string), {
    describe:
      'When: one of `{ "every" => "5m" }`, `{ "cron" => "* * * * * UTC" }`, `{ "in" => "10s" }` and `{ "at" => ... }`.',
    required: true,
  }),
  target: option(types.string, { describe: 'The field for what was decoded; without it the event itself.' }),
  metadata_target: option(types.string, {
    describe: 'The field for name, address, status and headers of the answer, without the names of ECS.',
    default: '@metadata',
  }),
} as const

export const httpPoller = defineInput({
  name: 'http_poller',
  summary: 'Answers of HTTP servers that are asked on a schedule, decoded by the codec.',
  defaultCodec: 'json',
  options: OPTIONS,
  examples: [
    'http_poller { urls => { "health" => "http://localhost:9200/_cluster/health" } schedule => { "every" => "1m" } }',
    'http_poller { urls => { "feed" => { url => "https://intel.example.com/feed" method => "post" headers => { "X-Key" => "${INTEL_KEY:none}" } body => "all" } } schedule => { "cron" => "0 * * * * UTC" } codec => json_lines }',
  ],
  peers: (options) =>
    [...options.urls].flatMap(([name, given]) =>
      httpPeers({ ...options, url: readPoll(name, given).request.url.href }),
    ),
  create: (options, context) => new HttpPollerInput(options, context),
})

class HttpPollerInput implements Input {
  readonly ended: Promise<void>
  private readonly options: OptionsOf<typeof OPTIONS>
  private readonly context: InputContext
  private readonly client: HttpClient
  private readonly polls: readonly Poll[]
  private readonly schedule: Schedule
  private readonly target
  private readonly host = hostname()
  private readonly metadataRoot: string
  private timer: Timer | undefined
  private work: Promise<void> = Promise.resolve()
  private stopping = false
  private finish!: () => void

  constructor(options: OptionsOf<typeof OPTIONS>, context: InputContext) {
    this.options = options
    this.context = context
    this.polls = [...options.urls].map(([name, given]) => readPoll(name, given))
    this.schedule = readSchedule(options.schedule)
    this.target = options.target === undefined ? undefined : parseFieldPath(options.target)
    if (options.target !== undefined && this.target === undefined)
      throw fail('plugin.option_invalid', { option: 'target', expected: 'a field reference', value: options.target })
    const { metadata_target: given } = options
    this.metadataRoot = given.startsWith('[') ? given : `[${given}]`
    if (parseFieldPath(`${this.metadataRoot}[x]`) === undefined)
      throw fail('plugin.option_invalid', { option: 'metadata_target', expected: 'a field reference', value: given })
    this.client = new HttpClient(options)
    this.ended = new Promise((resolve) => {
      this.finish = resolve
    })
  }

  async start(emit: (batch: Batch) => Promise<void>): Promise<void> {
    this.timer = this.schedule.start(this.context.clock, () => (this.work = this.round(emit)))
  }

  async stop(): Promise<void> {
    this.stopping = true
    this.timer?.cancel()
    this.client.close()
    await this.work
  }

  /** Asks every server, at most `pool_max` at once. */
  private async round(emit: (batch: Batch) => Promise<void>): Promise<void> {
    const open = [...this.polls]
    const askNext = async (): Promise<void> => {
      for (let poll = open.shift(); poll !== undefined && !this.stopping; poll = open.shift()) {
        const events = await this.ask(poll)
        if (events.length > 0 && !this.stopping) await emit({ events })
      }
    }
    try {
      await Promise.all(Array.from({ length: Math.min(this.options.pool_max, open.length) }, askNext))
    } catch (error) {
      this.context.logger.error({ plugin: 'http_poller' }, (error as Error).message)
    }
    if (this.schedule.once) this.finish()
  }

  private async ask(poll: Poll): Promise<Event[]> {
    const { clock, codec } = this.context
    const began = clock.monotonic()
    let answer: Answer
    try {
      answer = await this.client.send(poll.request)
    } catch (error) {
      return [this.failure(poll, error as NodeJS.ErrnoException, clock.monotonic() - began)]
    }
    const millis = clock.monotonic() - began
    const decoder = codec.decoder({ sender: poll.request.url.hostname })
    const decoded =
      answer.text === ''
        ? [Event.at(Math.floor(clock.now() * 1000))]
        : [...decoder.decode(Buffer.from(answer.text)), ...decoder.flush()]
    return decoded.map((one) => {
      const event = this.place(one)
      if (answer.cut) event.tag('_linetoobig')
      this.setMetadata(event, poll, { answer, millis })
      this.context.decorate(event)
      return event
    })
  }

  private place(event: Event): Event {
    if (this.target === undefined) return event
    const placed = Event.at(Math.floor(this.context.clock.now() * 1000))
    placed.set(this.target, event.data)
    return placed
  }

  private failure(poll: Poll, error: NodeJS.ErrnoException, millis: number): Event {
    const event = Event.at(Math.floor(this.context.clock.now() * 1000))
    const reason = error.message === '' ? (error.code ?? error.name) : error.message
    this.context.logger.warn(
      { plugin: 'http_poller', url: poll.request.url.origin },
      `http_poller input: '${poll.name}' at ${poll.request.url.origin} gives no answer: ${reason}`,
    )
    event.tag('_http_request_failure')
    this.setMetadata(event, poll)
    if (this.context.ecs === 'disabled') {
      const failed = newObject()
      failed['request'] = poll.shown
      failed['name'] = poll.name
      failed['error'] = reason
      failed['backtrace'] = null
      failed['runtime_seconds'] = double(millis / 1000)
      event.set(fieldPath('http_request_failure'), failed)
    } else {
      event.set(fieldPath('[event][duration]'), Math.round(millis * 1e6))
      event.set(fieldPath('[error][message]'), reason)
      event.set(fieldPath('[url][full]'), poll.request.url.href)
      event.set(fieldPath('[http][request][method]'), poll.request.method)
      event.set(fieldPath('[host][hostname]'), this.host)
    }
    this.context.decorate(event)
    return event
  }

  private setMetadata(event: Event, poll: Poll, got?: { answer: Answer; millis: number }): void {
    const legacy = this.context.ecs === 'disabled'
    const set = (old: string, ecs: string, value: Parameters<Event['set']>[1]): void =>
      event.set(fieldPath(legacy ? `${this.metadataRoot}[${old}]` : `[@metadata][input][http_poller]${ecs}`), value)
    set('name', '[request][name]', poll.name)
    set('host', '[request][host][hostname]', this.host)
    set('request', '[request][original]', poll.shown)
    if (got === undefined) return
    const { status, headers } = got.answer
    set('code', '[response][status_code]', status)
    set('response_headers', '[response][headers]', headersOf(headers))
    set('response_message', '[response][status_message]', STATUS_CODES[status] ?? '')
    if (legacy) set('runtime_seconds', '', double(got.millis / 1000))
    else set('', '[response][elapsed_time_ns]', Math.round(got.millis * 1e6))
  }
}

function headersOf(headers: Answer['headers']): ValueObject {
  const object = newObject()
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) object[name] = value
  return object
}
