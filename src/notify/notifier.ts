import type { ChatAccount, ChatService } from './chat-settings.ts'
import type { HttpAnswer, HttpRequest } from './http-client.ts'
import type { SyslogLevel } from './syslog.ts'

/** One attachment, already rendered. */
export interface Attachment {
  readonly filename: string
  readonly contentType: string
  readonly content: string | Buffer
  /** Shown inside the HTML body by `cid:FILENAME`. */
  readonly inline?: boolean
}

/** A mail as a watch's action has rendered it. Addresses may carry names: `Ann <ann@example.org>`. */
export interface EmailMessage {
  readonly kind: 'email'
  /** Stable over repeats of the same notification: the receiver can recognise one. */
  readonly messageId: string
  readonly account?: string | undefined
  readonly profile?: 'standard' | 'gmail' | 'mac' | 'outlook' | undefined
  readonly from?: string | undefined
  readonly to: readonly string[]
  readonly cc?: readonly string[]
  readonly bcc?: readonly string[]
  readonly replyTo?: readonly string[]
  readonly priority?: 'highest' | 'high' | 'normal' | 'low' | 'lowest' | undefined
  readonly subject: string
  readonly text?: string | undefined
  readonly html?: string | undefined
  readonly attachments?: readonly Attachment[]
}

export interface WebhookMessage extends HttpRequest {
  readonly kind: 'webhook'
  readonly key: string
}

/** A message to a chat or paging service; its address and key are those of the account. */
export interface ChatMessage {
  readonly kind: 'slack' | 'pagerduty' | 'teams'
  readonly key: string
  readonly account?: string | undefined
  /** The JSON that the service takes; PagerDuty's routing key is added. */
  readonly body: Readonly<Record<string, unknown>>
}

export interface SyslogMessage {
  readonly kind: 'syslog'
  readonly key: string
  readonly account?: string | undefined
  readonly level: SyslogLevel
  readonly text: string
}

export type Message = EmailMessage | WebhookMessage | ChatMessage | SyslogMessage

export interface Receipt {
  /** `queued`: durable here, will be retried until it is delivered. */
  readonly state: 'delivered' | 'queued' | 'written'
  readonly messageId: string
  /** The file, where no account is configured and the mail went to the outbox. */
  readonly path?: string
  /** What the peer said, or why it is still queued. */
  readonly detail?: string
}

/**
 * Tells people.
 *
 * - `deliver` resolves once the message is durable in the queue, and then either delivered by the first attempt or
 *   kept for retry with back-off: the caller never retries.
 * - It rejects only for what no retry can mend: an account that does not exist, no recipient, an address that is not one.
 * - A message whose id or key is known is not delivered again; the receipt is that of the first time.
 * - At least once: a repeat is possible only after a kill between the peer's answer and one fsync, with the same id.
 * - The queue is a local journal whatever the store is.
 */
export interface Notifier {
  deliver(message: Message): Promise<Receipt>
  /** True where a message with this id or key was accepted in the last day (or the last 10,000): it is not to be given again. */
  knows(id: string): boolean
  /** What an account gives where an action says nothing. @throws DiagnosticError where there is no such account */
  chatAccount(service: ChatService, name?: string): ChatAccount
  /**
   * One HTTP request, now, with the proxy, certificates and allowed targets of the settings; it is not queued.
   * @throws DiagnosticError for a target that is not allowed, Error for a connection that fails
   */
  request(request: HttpRequest): Promise<HttpAnswer>
  /** Messages accepted and not yet delivered. */
  pending(): number
  close(): Promise<void>
}
