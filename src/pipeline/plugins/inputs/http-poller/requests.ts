import { fail } from '../../../../diagnostic/index.ts'
import { newObject, type ValueObject } from '../../../../event/index.ts'
import { RawHash, type Raw } from '../../../../settings/index.ts'
import { METHODS, type Method, type Request } from '../../outputs/http/client.ts'
import { rawValue } from '../../raw-value.ts'

/** One of the `urls`. */
export interface Poll {
  readonly name: string
  readonly request: Request
  /** The request as events show it: with everything but passwords. */
  readonly shown: ValueObject
}

/** An answer that is longer is cut there. */
const MOST_BYTES = 100 * 2 ** 20

/** What Manticore, Logstash's client, knows of a request and is understood here. */
const KNOWN = ['url', 'method', 'user', 'password', 'auth', 'headers', 'body', 'params', 'query']

/** Reads an entry of `urls`: a URL, or a hash with more. @throws DiagnosticError where it is neither. */
export function readPoll(name: string, given: Raw): Poll {
  const refuse = (expected: string, value: string): never => {
    throw fail('plugin.option_invalid', { option: `urls => ${name}`, expected, value })
  }
  const options = given instanceof RawHash ? new Map(given.pairs) : new Map<string, Raw>([['url', given]])
  for (const key of options.keys()) if (!KNOWN.includes(key)) refuse(`a hash of ${KNOWN.join(', ')}`, key)
  const text = (key: string): string | undefined => {
    const value = options.get(key)
    if (value === undefined) return undefined
    return typeof value === 'object' ? refuse(`a text for ${key}`, key) : String(value)
  }
  const hash = (key: string): Record<string, string> => {
    const value = options.get(key)
    if (value === undefined) return {}
    if (!(value instanceof RawHash)) return refuse(`a hash for ${key}`, key)
    return Object.fromEntries(value.pairs.map(([one, inner]) => [one, String(inner)]))
  }
  const url = text('url') ?? refuse('a URL, or a hash with url', '')
  if (!URL.canParse(url) || !/^https?:/i.test(url)) refuse('a URL of http or https', url)
  const method = (text('method') ?? 'get').toLowerCase() as Method
  if (!METHODS.includes(method)) refuse(`a method of ${METHODS.join(', ')}`, method)
  const target = new URL(url)
  for (const key of ['params', 'query'])
    for (const [one, value] of Object.entries(hash(key))) target.searchParams.append(one, value)
  const auth = hash('auth')
  const [ownUser, ownPassword] = [text('user') ?? auth['user'], text('password') ?? auth['password'] ?? auth['pass']]
  if ((ownUser === undefined) !== (ownPassword === undefined))
    refuse('a hash with both user and password, or neither', ownUser === undefined ? 'password alone' : 'user alone')
  const user = ownUser ?? decodeURIComponent(target.username)
  const password = ownPassword ?? decodeURIComponent(target.password)
  target.username = ''
  target.password = ''
  const headers = Object.fromEntries(Object.entries(hash('headers')).map(([key, value]) => [key.toLowerCase(), value]))
  if (user !== '') headers['authorization'] = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  const body = text('body')
  return {
    name,
    request: {
      method,
      url: target,
      headers,
      body: body === undefined ? undefined : Buffer.from(body),
      kept: MOST_BYTES,
    },
    shown: shown(method, target, options),
  }
}

function shown(method: Method, url: URL, options: ReadonlyMap<string, Raw>): ValueObject {
  const object = newObject()
  object['method'] = method
  object['url'] = url.href
  for (const [key, value] of options)
    if (!['url', 'method', 'user', 'password', 'auth'].includes(key)) object[key] = rawValue(value)
  const headers = object['headers'] as Record<string, unknown> | undefined
  for (const name of Object.keys(headers ?? {})) if (/^(?:proxy-)?authorization$/i.test(name)) delete headers![name]
  return object
}
