import { newObject, toValue, type ValueObject } from '../event/index.ts'
import type { HttpRequest } from '../notify/index.ts'
import type { Execution } from './model.ts'
import { Spec } from './spec.ts'
import { readTemplate, type TextTemplate } from './template.ts'
import { isSecretHeader, REDACTED } from './secrets.ts'

const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete'] as const

export interface RequestTemplate {
  render(execution: Execution, payload: ValueObject): HttpRequest
}

/** Reads the request of a webhook, of an http input or of an attachment; the caller asks for the rest and calls `done`. */
export function readHttpRequest(spec: Spec): RequestTemplate | undefined {
  const url = readUrl(spec)
  const method = spec.take('method')?.oneOf(...METHODS) ?? 'get'
  const headers = readHeaders(spec.take('headers'))
  const parameters = readMap(spec.take('params'))
  const auth = readAuth(spec.take('auth'))
  const isJson = [...headers].some(([name, value]) => /^content-type$/i.test(name) && /json/i.test(value.source))
  const bodySpec = spec.take('body')
  const body = bodySpec === undefined ? undefined : readTemplate(bodySpec, isJson ? 'json' : 'none')
  const connectTimeoutMillis = spec.period('connection_timeout') ?? spec.period('connect_timeout')
  const readTimeoutMillis = spec.period('read_timeout')
  const proxy = readProxy(spec.take('proxy'))
  if (url === undefined) return undefined
  return {
    render(execution, payload) {
      const render = (text: TextTemplate): string => text.render(execution, payload)
      const target = new URL(url(execution, payload))
      for (const [name, value] of parameters) target.searchParams.append(name, render(value))
      return {
        method,
        url: target.href,
        headers: Object.fromEntries([...headers].map(([name, value]) => [name, render(value)])),
        body: body === undefined ? undefined : render(body),
        auth,
        proxy,
        connectTimeoutMillis,
        readTimeoutMillis,
      }
    },
  }
}

function readProxy(spec: Spec | undefined): HttpRequest['proxy'] {
  if (spec === undefined || !spec.isObject('an object with "host" and "port"')) return undefined
  const host = spec.need('host')?.string()
  const port = spec.need('port')?.integer(1, 65_535)
  const scheme = spec.take('scheme')?.oneOf('http', 'https') ?? 'http'
  spec.done()
  return host === undefined || port === undefined ? undefined : { host, port, scheme }
}

function readUrl(spec: Spec): ((execution: Execution, payload: ValueObject) => string) | undefined {
  const whole = spec.take('url')
  const scheme = spec.take('scheme')?.oneOf('http', 'https') ?? 'http'
  const host = spec.take('host')
  const port = spec.take('port')?.integer(1, 65_535)
  const pathSpec = spec.take('path')
  const path = pathSpec === undefined ? undefined : readTemplate(pathSpec)
  if (whole !== undefined) return readWholeUrl(whole)
  if (host === undefined) {
    spec.need('host')
    return undefined
  }
  const name = host.string()
  if (name === undefined) return undefined
  if (!/^[\w.:[\]-]+$/.test(name)) return host.invalid('the name or address of a host')
  const origin = `${scheme}://${name.includes(':') && !name.startsWith('[') ? `[${name}]` : name}:${port ?? (scheme === 'https' ? 443 : 80)}`
  return (execution, payload) => {
    const rendered = path?.render(execution, payload) ?? ''
    // What comes from an event stays in the path: it can name neither another host nor a parameter.
    return `${origin}/${rendered.replace(/^\/+/, '').split('/').map(encodeSegment).join('/')}`
  }
}

/** Reads `url`. Java's URLs have no braces, so watches of Elasticsearch have their templates in it percent-encoded. */
function readWholeUrl(spec: Spec): ((execution: Execution, payload: ValueObject) => string) | undefined {
  const written = spec.string()
  if (written === undefined) return undefined
  const text = written.replace(/%7B%7B.*?%7D%7D/gi, decodeURIComponent)
  if (!text.includes('{{') && !(/^https?:\/\/[^/]/i.test(text) && URL.canParse(text)))
    return spec.invalid('a URL that begins with http:// or https:// and a host')
  const template = readTemplate(new Spec(text, spec.path, spec.problems))
  return template === undefined ? undefined : (execution, payload) => template.render(execution, payload)
}

/** As Watcher sends it: a segment may be written encoded (`{{#url}}`) or plain. */
function encodeSegment(segment: string): string {
  let plain = segment
  try {
    plain = decodeURIComponent(segment.replaceAll('+', ' '))
  } catch {
    // A lone % is one.
  }
  return encodeURIComponent(plain)
}

function readMap(spec: Spec | undefined): Map<string, TextTemplate> {
  const map = new Map<string, TextTemplate>()
  if (spec === undefined || !spec.isObject('an object of texts')) return map
  for (const name of spec.names()) {
    const inner = spec.take(name)
    const template = inner === undefined ? undefined : readTemplate(inner)
    if (template !== undefined) map.set(name, template)
  }
  return map
}

function readHeaders(spec: Spec | undefined): Map<string, TextTemplate> {
  const headers = readMap(spec)
  for (const [name, { source }] of headers) if (source === REDACTED) spec?.take(name)?.hidden()
  return headers
}

function readAuth(spec: Spec | undefined): HttpRequest['auth'] {
  if (spec === undefined || !spec.isObject('an object with "basic"')) return undefined
  const basic = spec.need('basic')
  spec.done()
  if (basic === undefined || !basic.isObject()) return undefined
  const username = basic.need('username')?.string()
  const password = basic.need('password')
  basic.done()
  if (password !== undefined && typeof password.value !== 'string') {
    password.problems.add('watch.invalid', password.path, {
      path: password.name,
      expected: 'a string',
      got: 'a value that is not shown',
    })
    return undefined
  }
  if (password?.value === REDACTED) return password.hidden()
  return username === undefined || password === undefined ? undefined : { username, password: password.value as string }
}

/** The request as the history shows it, without its secrets. */
export function describeRequest({ method, url, headers, body, auth }: HttpRequest): ValueObject {
  const hidden = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, isSecretHeader(name) ? REDACTED : value]),
  )
  const { protocol, hostname, port, pathname, searchParams } = new URL(url)
  const secure = protocol === 'https:'
  const request = toValue({
    host: hostname,
    port: port === '' ? (secure ? 443 : 80) : Number(port),
    scheme: secure ? 'https' : 'http',
    method,
    path: pathname,
    ...(searchParams.size === 0 ? {} : { params: Object.fromEntries(searchParams) }),
    ...(Object.keys(hidden).length === 0 ? {} : { headers: hidden }),
    ...(body === undefined ? {} : { body }),
    ...(auth === undefined ? {} : { auth: { basic: { username: auth.username, password: REDACTED } } }),
  })
  const detail = newObject()
  detail['request'] = request
  return detail
}
