import { fail } from '../../../../diagnostic/index.ts'
import {
  fieldPath,
  isDynamic,
  newObject,
  parseJson,
  printValue,
  stringifyJson,
  type Event,
  type Value,
  type ValueObject,
} from '../../../../event/index.ts'
import { option, RawHash, type as types, type Raw } from '../../../../settings/index.ts'
import { defineFilter } from '../../define.ts'
import { HttpClient, type Answer, type Request, httpPeers } from '../../outputs/http/client.ts'
import { HTTP_CLIENT_OPTIONS } from '../../outputs/http/options.ts'
import { template } from '../../outputs/template.ts'
import { fieldReference } from '../field-option.ts'
import { Outage } from '../outage.ts'

/** An answer that is longer is no answer. */
const LONGEST_BODY = 16 * 1024 * 1024
/** How long a server that could not be reached is left alone, so that batches do not wait for it in turn. */
const DOWN_MILLIS = 1_000
const MOST_DOWN = 1_000
/** Statuses that say something of the server or the rights on it, not of what was asked for. */
const TROUBLE = /^(?:401|403|407|429|5..)$/
const UNREACHABLE = /^(?:ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/

export const http = defineFilter({
  name: 'http',
  summary: 'Asks an HTTP server about each event and writes its answer into the event.',
  options: {
    ...HTTP_CLIENT_OPTIONS,
    url: option(types.string, { required: true, describe: 'The URL, with `%{field}`.' }),
    verb: option(types.oneOf('GET', 'HEAD', 'PATCH', 'DELETE', 'POST', 'PUT'), {
      default: 'GET',
      describe: "The request's method.",
    }),
    headers: option(types.hash<Raw>(types.raw), {
      default: new Map<string, Raw>(),
      describe: 'Headers of the request, with `%{field}`.',
    }),
    query: option(types.hash<Raw>(types.raw), {
      default: new Map<string, Raw>(),
      describe: 'Parameters added to the URL, with `%{field}`; a list gives its name several times.',
    }),
    body: option(types.raw, {
      describe: 'The body of the request, with `%{field}`; for JSON also a hash or a list.',
    }),
    body_format: option(types.oneOf('text', 'json'), {
      default: 'text',
      describe: 'Whether `body` is sent as it is or as JSON; also the content type, where `headers` has none.',
    }),
    target_body: option(fieldReference, {
      describe: "The field for the answer's body: `body`; with the names of ECS it has to be given.",
    }),
    target_headers: option(fieldReference, {
      describe:
        "The field for the answer's headers: `headers`, or with the names of ECS `[@metadata][filter][http][response][headers]`.",
    }),
    target_status: option(fieldReference, {
      default: fieldPath('[@metadata][filter][http][response][status_code]'),
      describe: "The field for the answer's status.",
    }),
    tag_on_request_failure: option(types.list(types.string), {
      default: ['_httprequestfailure'],
      describe: 'Tags of events that got no answer, or one whose status is not from 200 to 299.',
    }),
    tag_on_json_failure: option(types.list(types.string), {
      default: ['_jsonparsefailure'],
      describe: 'Tags of events whose answer is no JSON although its content type says so.',
    }),
    ecs_compatibility: option(types.oneOf('disabled', 'v1', 'v8'), {
      describe: "Names of the fields; the pipeline's setting by default.",
    }),
  },
  examples: [
    {
      title: 'what an own service knows of an address',
      needs: 'an HTTP server',
      config:
        'url => "http://cmdb.example.com/hosts/%{[source][ip]}" target_body => "[cmdb]" ' +
        'target_headers => "[@metadata][cmdb]" request_timeout => 2',
      in: { source: { ip: '10.0.0.7' } },
      out: { source: { ip: '10.0.0.7' }, cmdb: { owner: 'ann' } },
    },
    {
      title: 'a question as JSON',
      needs: 'an HTTP server',
      config:
        'url => "https://intel.example.com/lookup" verb => "POST" body_format => "json" ' +
        'body => { "indicator" => "%{hash}" "limit" => 1 } headers => { "X-Key" => "${INTEL_KEY:none}" } ' +
        'query => { "fields" => "verdict" } target_body => "[threat][answer]" ecs_compatibility => "v8"',
      in: { hash: 'd41d8cd98f00b204e9800998ecf8427e' },
      out: { hash: 'd41d8cd98f00b204e9800998ecf8427e', threat: { answer: { verdict: 'clean' } } },
    },
  ],
  peers: httpPeers,
  create(options, context) {
    const legacy = (options.ecs_compatibility ?? context.ecs) === 'disabled'
    const targetBody = options.target_body ?? (legacy ? fieldPath('body') : undefined)
    if (targetBody === undefined)
      throw fail('plugin.option_needs', { option: 'the http filter with ecs_compatibility', needed: 'target_body' })
    const targetHeaders =
      options.target_headers ?? fieldPath(legacy ? 'headers' : '[@metadata][filter][http][response][headers]')
    const toRequest = compileRequest(options)
    const client = new HttpClient(options)
    const outage = new Outage('http', context.logger, context.clock)
    const downUntil = new Map<string, { until: number; error: Error }>()

    async function ask(request: Request): Promise<Answer> {
      const { origin } = request.url
      const down = downUntil.get(origin)
      if (down !== undefined) {
        if (context.clock.monotonic() < down.until) throw down.error
        downUntil.delete(origin)
      }
      try {
        return await client.send(request)
      } catch (thrown) {
        const reason = reasonOf(thrown as Error)
        const error = new Error(`${origin} gives no answer (${reason})`)
        if (UNREACHABLE.test(reason) && downUntil.size < MOST_DOWN)
          downUntil.set(origin, { until: context.clock.monotonic() + DOWN_MILLIS, error })
        throw error
      }
    }

    async function shape(event: Event): Promise<void> {
      let answer: Answer
      try {
        const request = toRequest(event)
        answer = await ask(request)
        event.set(options.target_status, answer.status)
        if (TROUBLE.test(String(answer.status)))
          throw new Error(`${request.url.origin} answers with status ${answer.status}`)
        if (answer.cut) throw new Error(`the answer of ${request.url.origin} is longer than ${LONGEST_BODY} bytes`)
      } catch (error) {
        for (const tag of options.tag_on_request_failure) event.tag(tag)
        outage.failed(error)
        return
      }
      if (answer.status < 200 || answer.status > 299) {
        for (const tag of options.tag_on_request_failure) event.tag(tag)
        return
      }
      outage.over()
      event.set(targetHeaders, headersOf(answer))
      if (options.verb !== 'HEAD' && answer.status !== 204) {
        const body = bodyOf(answer)
        if (body === undefined) for (const tag of options.tag_on_json_failure) event.tag(tag)
        else event.set(targetBody!, body)
      }
      context.matched(event)
    }

    return {
      async filter(batch) {
        // At most `pool_max` requests are under way; each next event takes the place that becomes free.
        let next = 0
        const run = async (): Promise<void> => {
          while (next < batch.length) await shape(batch[next++]!)
        }
        await Promise.all(Array.from({ length: Math.min(options.pool_max, batch.length) }, run))
        return batch
      },
      close: () => client.close(),
    }
  },
})

interface Asked {
  readonly url: string
  readonly verb: string
  readonly headers: ReadonlyMap<string, Raw>
  readonly query: ReadonlyMap<string, Raw>
  readonly body: Raw | undefined
  readonly body_format: 'text' | 'json'
}

/** The function throws an Error for an event that gives no valid request. @throws DiagnosticError for options that cannot be used. */
function compileRequest(options: Asked): (event: Event) => Request {
  if (!isDynamic(options.url) && !(URL.canParse(options.url) && /^https?:\/\//i.test(options.url)))
    throw fail('plugin.option_invalid', { option: 'url', expected: 'a URL of http or https', value: options.url })
  const json = options.body_format === 'json'
  if (!json && typeof options.body === 'object' && options.body !== null)
    throw fail('plugin.option_needs', { option: 'a body that is a hash or a list', needed: 'body_format => "json"' })
  const toUrl = template('url', options.url)
  const toHeaders = compilePairs('headers', options.headers)
  const toQuery = compilePairs('query', options.query)
  const toBody = options.body === undefined ? undefined : compileValue('body', options.body)
  const method = options.verb.toLowerCase() as Request['method']
  return (event) => {
    const text = toUrl(event)
    if (!URL.canParse(text) || !/^https?:/i.test(text)) throw new Error('the url, filled in, is none of http or https')
    const url = new URL(text)
    for (const [name, value] of toQuery(event))
      for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(name, printValue(one))
    const headers: Record<string, string> = {}
    for (const [name, value] of toHeaders(event)) headers[name.toLowerCase()] = printValue(value)
    headers['content-type'] ??= json ? 'application/json' : 'text/plain'
    if (url.username !== '') {
      const [user, password] = [url.username, url.password].map(decodeURIComponent)
      headers['authorization'] ??= `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
      url.username = ''
      url.password = ''
    }
    const body = toBody?.(event)
    return {
      method,
      url,
      headers,
      body: body === undefined || body === null ? undefined : Buffer.from(textOf(body)),
      kept: LONGEST_BODY,
    }
  }
}

/** Strings and numbers are sent as they are also where JSON is asked for, as in Logstash: a text may be JSON already. */
function textOf(body: Value): string {
  return typeof body === 'object' ? stringifyJson(body) : printValue(body)
}

function compilePairs(option: string, pairs: Iterable<readonly [string, Raw]>): (event: Event) => [string, Value][] {
  const compiled = [...pairs].map(([name, value]) => [template(option, name), compileValue(option, value)] as const)
  return (event) => compiled.map(([name, value]) => [name(event), value(event)])
}

function compileValue(option: string, raw: Raw): (event: Event) => Value {
  if (raw instanceof RawHash) {
    const pairs = compilePairs(option, raw.pairs)
    return (event) => {
      const made = newObject()
      for (const [name, value] of pairs(event)) made[name] = value
      return made
    }
  }
  if (Array.isArray(raw)) {
    const items = (raw as readonly Raw[]).map((item) => compileValue(option, item))
    return (event) => items.map((item) => item(event))
  }
  if (typeof raw === 'string') return template(option, raw)
  const fixed = typeof raw === 'object' ? null : raw
  return () => fixed
}

function headersOf({ headers }: Answer): ValueObject {
  const made = newObject()
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) made[name] = value
  return made
}

/** Undefined for JSON that is none. */
function bodyOf({ headers, text }: Answer): Value | undefined {
  const [type = ''] = String(headers['content-type'] ?? '').split(';')
  if (type.trim().toLowerCase() !== 'application/json') return text.trim()
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

function reasonOf(error: Error): string {
  const cause = error.cause as NodeJS.ErrnoException | undefined
  return (error as NodeJS.ErrnoException).code?.toString() ?? cause?.code ?? error.message
}
