import { join } from 'node:path'
import type { Clock } from '../clock/index.ts'
import { fail, type Logger } from '../diagnostic/index.ts'
import { openJournal } from '../journal/index.ts'
import type { Raw } from '../settings/index.ts'
import { readMailSettings, type MailAccount, type MailSettings } from './account-settings.ts'
import type { Attempt } from './attempt.ts'
import { readChatSettings, type ChatAccount, type ChatAccounts, type ChatService } from './chat-settings.ts'
import { DeliveryQueue } from './delivery-queue.ts'
import type { Work } from './delivery-record.ts'
import { composeMail, headerId } from './mail.ts'
import { HttpClient, type HttpAnswer, type HttpRequest } from './http-client.ts'
import { readHttpSettings } from './http-settings.ts'
import type {
  ChatMessage,
  EmailMessage,
  Message,
  Notifier,
  Receipt,
  SyslogMessage,
  WebhookMessage,
} from './notifier.ts'
import { writeMail } from './outbox.ts'
import { sendMail } from './smtp.ts'
import { sendSyslog, syslogLine } from './syslog.ts'
import { callWebhook } from './webhook.ts'

export interface NotifierOptions {
  /** `path.data`: the queue lies in `notify/`, mails without an account in `outbox/`. */
  readonly dataPath: string
  /** Settings by full key, as `Settings.open` has them; those that are not of notify are passed over. */
  readonly settings: ReadonlyMap<string, Raw>
  readonly clock: Clock
  readonly logger: Logger
  /** Called for every mail that was accepted, once. */
  readonly onAlert?: (message: EmailMessage, receipt: Receipt) => void
}

/**
 * Opens the delivery queue and goes on with what it holds.
 * @throws DiagnosticError naming every unknown, wrong or missing setting of a mail account
 */
export async function openNotifier(options: NotifierOptions): Promise<Notifier> {
  const { dataPath, clock, logger } = options
  const mail = readMailSettings(options.settings)
  const chat = readChatSettings(options.settings)
  const http = new HttpClient(readHttpSettings(options.settings))
  for (const notice of mail.notices) logger.warn({}, notice)
  for (const { name, smtp } of mail.accounts.values())
    if (smtp.password !== undefined && smtp.startTls === 'never' && !smtp.tlsFromStart)
      logger.warn(
        { account: name },
        `the mail account '${name}' sends its password without TLS; set xpack.notification.email.account.${name}.smtp.starttls.enable`,
      )
  const outbox = join(dataPath, 'outbox')
  const journal = await openJournal(join(dataPath, 'notify'), { logger })
  const queue = await DeliveryQueue.open({
    journal,
    clock,
    logger,
    attempt: (work) => attempt(work, mail, http),
    keepRefused: async (work) =>
      work.kind === 'email' ? writeMail(join(outbox, 'undelivered'), work, clock.now()) : undefined,
  })
  return new QueuedNotifier(options, { mail, chat, http }, queue, outbox)
}

async function attempt(work: Work, mail: MailSettings, http: HttpClient): Promise<Attempt> {
  if (work.kind === 'webhook') return callWebhook(work.message, http)
  if (work.kind === 'syslog') return sendSyslog(work)
  const account = mail.accounts.get(work.account)
  if (account === undefined) {
    const reason = `the mail account '${work.account}' is no longer configured`
    return { kind: 'retry', scope: 'peer', reason, refusals: [] }
  }
  return sendMail(account, work)
}

class QueuedNotifier implements Notifier {
  private readonly options: NotifierOptions
  private readonly mail: MailSettings
  private readonly chat: ChatAccounts
  private readonly http: HttpClient
  private readonly queue: DeliveryQueue
  private readonly outbox: string
  private readonly underWay = new Map<string, Promise<Receipt>>()
  private closing: Promise<void> | undefined

  constructor(
    options: NotifierOptions,
    { mail, chat, http }: { mail: MailSettings; chat: ChatAccounts; http: HttpClient },
    queue: DeliveryQueue,
    outbox: string,
  ) {
    this.options = options
    this.mail = mail
    this.chat = chat
    this.http = http
    this.queue = queue
    this.outbox = outbox
  }

  deliver(message: Message): Promise<Receipt> {
    if (this.closing !== undefined) return Promise.reject(fail('notify.closed'))
    const id = message.kind === 'email' ? headerId(message.messageId) : message.key
    const before = this.underWay.get(id)
    if (before !== undefined) return before
    const delivery = this.deliverKind(id, message).finally(() => this.underWay.delete(id))
    this.underWay.set(id, delivery)
    return delivery
  }

  knows(id: string): boolean {
    return this.queue.knows(id) || this.queue.knows(headerId(id))
  }

  chatAccount(service: ChatService, named?: string): ChatAccount {
    const { name, defaults } = this.chat.get(service, named)
    return { name, defaults }
  }

  request(request: HttpRequest): Promise<HttpAnswer> {
    return this.http.send(request)
  }

  pending(): number {
    return this.queue.pending
  }

  close(): Promise<void> {
    this.closing ??= Promise.allSettled(this.underWay.values()).then(() => this.queue.close())
    return this.closing
  }

  private async deliverMail(id: string, message: EmailMessage): Promise<Receipt> {
    const { clock, onAlert } = this.options
    const account = this.accountOf(message)
    const known = this.queue.knows(id)
    const composed = await composeMail(message, account, this.mail, clock.now())
    let receipt: Receipt
    if (account === undefined && !known) {
      const path = await writeMail(this.outbox, composed, clock.now())
      const detail = 'no mail account is configured (xpack.notification.email.account.NAME.smtp.host)'
      await this.queue.recordEnd(id, { state: 'written', path, detail })
      receipt = { state: 'written', messageId: id, path, detail }
    } else {
      const { from, recipients, raw } = composed
      const { subject } = message
      const work = {
        kind: 'email',
        account: account?.name ?? '',
        messageId: id,
        subject,
        from,
        recipients,
        raw,
      } as const
      receipt = await this.queue.deliver(id, work)
    }
    if (!known) onAlert?.(message, receipt)
    return receipt
  }

  private deliverKind(id: string, message: Message): Promise<Receipt> {
    if (message.kind === 'email') return this.deliverMail(id, message)
    if (message.kind === 'webhook') return this.deliverWebhook(id, message)
    return message.kind === 'syslog' ? this.deliverSyslog(id, message) : this.deliverChat(id, message)
  }

  private async deliverChat(id: string, { kind, key, account, body }: ChatMessage): Promise<Receipt> {
    const { url, serviceKey } = this.chat.get(kind, account)
    return this.deliverWebhook(id, {
      kind: 'webhook',
      key,
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(serviceKey === undefined ? body : { routing_key: serviceKey, ...body }),
    })
  }

  private async deliverSyslog(id: string, { account, level, text }: SyslogMessage): Promise<Receipt> {
    const { host, port, transport, facility } = this.chat.get('syslog', account).syslog!
    const line = syslogLine(facility, level, text, this.options.clock.now(), id)
    return this.queue.deliver(id, { kind: 'syslog', host, port, transport, line })
  }

  private async deliverWebhook(id: string, message: WebhookMessage): Promise<Receipt> {
    this.http.check(message)
    return this.queue.deliver(id, { kind: 'webhook', message })
  }

  /** The account a message names, the default one, or the only one; undefined where none is configured. */
  private accountOf(message: EmailMessage): MailAccount | undefined {
    const { accounts, defaultAccount } = this.mail
    if (accounts.size === 0) return undefined
    const name = message.account ?? defaultAccount ?? accounts.keys().next().value!
    const account = accounts.get(name)
    if (account === undefined)
      throw fail('notify.unknown_account', { account: name, accounts: [...accounts.keys()].join(', ') })
    return account
  }
}
