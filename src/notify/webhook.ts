import { Agent, request } from 'undici'
import { fail } from '../diagnostic/index.ts'
import type { Attempt } from './attempt.ts'
import type { WebhookMessage } from './notifier.ts'

const DEFAULT_TIMEOUT = 10_000
const BODY_LIMIT = 2000
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
type Method = (typeof METHODS)[number]

/** @throws DiagnosticError `notify.invalid_request` for what no retry can mend. */
export function checkWebhook(message: WebhookMessage): URL {
  const method = message.method.toUpperCase()
  if (!METHODS.includes(method as Method))
    throw fail('notify.invalid_request', { part: 'method', expected: METHODS.join(', '), got: `'${message.method}'` })
  let url: URL
  try {
    url = new URL(message.url)
  } catch {
    throw fail('notify.invalid_request', {
      part: 'URL',
      expected: 'http(s)://HOST...',
      got: JSON.stringify(message.url),
    })
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw fail('notify.invalid_request', { part: 'URL', expected: 'http or https', got: `'${url.protocol}'` })
  for (const [name, value] of Object.entries(message.headers))
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[\r\n\0]/.test(value))
      throw fail('notify.invalid_request', {
        part: 'header',
        expected: 'a name and one line of text',
        got: JSON.stringify(name),
      })
  return url
}

/**
 * One attempt at a webhook. 5xx, 429, 408, 425 and every failure of the connection are tried again, after what
 * Retry-After says where it is there; other answers from 300 on are final. Redirects are not followed.
 */
export async function callWebhook(message: WebhookMessage): Promise<Attempt> {
  const url = checkWebhook(message)
  const peer = url.origin
  const readTimeout = message.readTimeoutMillis ?? DEFAULT_TIMEOUT
  const agent = new Agent({
    connect: { timeout: message.connectTimeoutMillis ?? DEFAULT_TIMEOUT },
    headersTimeout: readTimeout,
    bodyTimeout: readTimeout,
  })
  const headers: Record<string, string> = { 'idempotency-key': encodeURIComponent(message.key), ...message.headers }
  if (message.auth !== undefined) {
    const { username, password } = message.auth
    headers['authorization'] = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  }
  try {
    const response = await request(url, {
      dispatcher: agent,
      method: message.method.toUpperCase() as Method,
      headers,
      signal: AbortSignal.timeout(2 * readTimeout + (message.connectTimeoutMillis ?? DEFAULT_TIMEOUT)),
      ...(message.body === undefined ? {} : { body: message.body }),
    })
    const text = await readText(response.body)
    const status = response.statusCode
    const said = `HTTP ${status}${text === '' ? '' : `: ${text}`}`
    if (status < 300) return { kind: 'delivered', detail: `HTTP ${status}` }
    if (status >= 500 || status === 429 || status === 408 || status === 425) {
      const after = retryAfter(response.headers['retry-after'])
      return {
        kind: 'retry',
        scope: 'message',
        reason: `${peer}: ${said}`,
        refusals: [],
        ...(after === undefined ? {} : { afterMillis: after }),
      }
    }
    return { kind: 'refused', peer, reason: said }
  } catch (error) {
    const problem = error as Error & { code?: string }
    return { kind: 'retry', scope: 'peer', reason: `${peer}: ${problem.code ?? problem.message}`, refusals: [] }
  } finally {
    void agent.destroy().catch(() => undefined)
  }
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  let text = ''
  for await (const chunk of body) {
    text += chunk.toString('utf8')
    if (text.length > BODY_LIMIT) break
  }
  return text.slice(0, BODY_LIMIT).replace(/\s+/g, ' ').trim()
}

function retryAfter(value: string | string[] | undefined): number | undefined {
  const seconds = Number(Array.isArray(value) ? value[0] : value)
  return value !== undefined && Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 3600) * 1000 : undefined
}
