import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import { createTransport, type SendMailOptions } from 'nodemailer'
import { fail } from '../diagnostic/index.ts'
import { matchesAllowlist, parseAddress, type MailAddress } from './address.ts'
import type { MailAccount, MailSettings } from './account-settings.ts'
import { sanitizeHtml } from './html.ts'
import type { EmailMessage } from './notifier.ts'

/** A mail ready to go: its bytes are made once, so that every repeat is the same mail. */
export interface ComposedMail {
  readonly messageId: string
  readonly from: string
  readonly recipients: readonly string[]
  readonly raw: Buffer
}

const SUBJECT_LIMIT = 2000
const X_PRIORITY = { highest: 1, high: 2, normal: 3, low: 4, lowest: 5 } as const
const IMPORTANCE = { highest: 'high', high: 'high', normal: 'normal', low: 'low', lowest: 'low' } as const

/**
 * Makes the mail of a message. Addresses are taken apart here and names, subject and file names lose their line
 * breaks, so that event data cannot add a header or a recipient.
 * @throws DiagnosticError `notify.no_recipient`, `notify.invalid_address`, `notify.recipient_not_allowed`
 */
export async function composeMail(
  message: EmailMessage,
  account: MailAccount | undefined,
  settings: MailSettings,
  nowMillis: number,
): Promise<ComposedMail> {
  const defaults = account?.defaults
  const list = (field: string, given: readonly string[] | undefined, fallback: readonly string[] = []): MailAddress[] =>
    (given === undefined || given.length === 0 ? fallback : given).map((text) => parseAddress(text, field))
  const from = parseAddress(message.from ?? defaults?.from ?? senderOf(account), 'from')
  const to = list('to', message.to, defaults?.to)
  const cc = list('cc', message.cc, defaults?.cc)
  const bcc = list('bcc', message.bcc, defaults?.bcc)
  const recipients = [...new Set([...to, ...cc, ...bcc].map(({ address }) => address))]
  if (recipients.length === 0) throw fail('notify.no_recipient')
  for (const address of recipients)
    if (settings.recipientAllowlist !== undefined && !matchesAllowlist(address, settings.recipientAllowlist))
      throw fail('notify.recipient_not_allowed', { address, key: 'xpack.notification.email.recipient_allowlist' })

  const messageId = headerId(message.messageId)
  const priority = message.priority ?? defaults?.priority
  const options: SendMailOptions = {
    messageId,
    date: new Date(nowMillis),
    from,
    to,
    cc,
    // Without a server the file is all there is, so it must say whom the mail was for.
    ...(account === undefined ? { bcc } : {}),
    replyTo: list('reply_to', message.replyTo, defaults?.replyTo),
    subject: oneLine(message.subject),
    headers: {
      ...(priority === undefined
        ? {}
        : { 'X-Priority': String(X_PRIORITY[priority]), Importance: IMPORTANCE[priority] }),
      'Auto-Submitted': 'auto-generated',
    },
    ...(message.text === undefined ? {} : { text: message.text }),
    ...(message.html === undefined ? {} : { html: sanitizeHtml(message.html, settings.sanitization) }),
    attachments: (message.attachments ?? []).map(({ filename, contentType, content, inline }) => ({
      filename: oneLine(filename),
      contentType: oneLine(contentType),
      content,
      ...(inline === true ? { cid: oneLine(filename), contentDisposition: 'inline' as const } : {}),
    })),
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(account === undefined ? { keepBcc: true } : {}),
  }
  const composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' })
  const { message: raw } = await composer.sendMail(options)
  return { messageId, from: from.address, recipients, raw: raw as Buffer }
}

function senderOf(account: MailAccount | undefined): string {
  const user = account?.smtp.user
  return user?.includes('@') === true ? user : `vedetta@${hostname().replace(/[^\w.-]/g, '') || 'localhost'}`
}

function oneLine(text: string): string {
  const flat = text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()
  return flat.length > SUBJECT_LIMIT ? `${flat.slice(0, SUBJECT_LIMIT)}...` : flat
}

/** `<id@host>`: an id that is none as it stands is replaced by its hash, so that it stays the same over repeats. */
export function headerId(id: string): string {
  const bare = id.replace(/^<|>$/g, '')
  if (/^[\w.!#$%&'*+/=?^`{|}~-]{1,200}@[\w.-]{1,200}$/.test(bare)) return `<${bare}>`
  return `<${createHash('sha256').update(id).digest('hex').slice(0, 40)}@vedetta>`
}
