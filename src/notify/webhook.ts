import { DiagnosticError } from '../diagnostic/index.ts'
import type { Attempt } from './attempt.ts'
import type { HttpClient } from './http-client.ts'
import type { WebhookMessage } from './notifier.ts'

const BODY_LIMIT = 2000

/**
 * One attempt at a webhook. 5xx, 429, 408, 425 and every failure of the connection are tried again, after what
 * Retry-After says where it is there; other answers from 300 on are final. Redirects are not followed.
 */
export async function callWebhook(message: WebhookMessage, client: HttpClient): Promise<Attempt> {
  const peer = new URL(message.url).origin
  const headers = { 'idempotency-key': encodeURIComponent(message.key), ...message.headers }
  try {
    const answer = await client.send({ ...message, headers }, { limit: BODY_LIMIT, cut: true })
    const { status } = answer
    const text = answer.body.toString('utf8').replace(/\s+/g, ' ').trim()
    const said = `HTTP ${status}${text === '' ? '' : `: ${text}`}`
    if (status < 300) return { kind: 'delivered', detail: `HTTP ${status}` }
    if (status >= 500 || status === 429 || status === 408 || status === 425) {
      const after = retryAfter(answer.headers['retry-after']?.[0])
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
    // A target that the settings do not allow, though its name was resolved only now.
    if (error instanceof DiagnosticError) return { kind: 'refused', peer, reason: problem.message }
    return { kind: 'retry', scope: 'peer', reason: `${peer}: ${problem.code ?? problem.message}`, refusals: [] }
  }
}

function retryAfter(value: string | undefined): number | undefined {
  const seconds = Number(value)
  return value !== undefined && Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 3600) * 1000 : undefined
}
