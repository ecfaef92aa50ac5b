import { readFileSync } from 'node:fs'
import { createTransport } from 'nodemailer'
import type { MailAccount, SmtpSettings } from './account-settings.ts'
import type { Attempt } from './attempt.ts'

interface SmtpError extends Error {
  code?: string
  command?: string
  response?: string
  responseCode?: number
  recipient?: string
  rejected?: string[]
  rejectedErrors?: SmtpError[]
}

interface SentInfo {
  response?: string
  accepted?: unknown[]
  rejectedErrors?: SmtpError[]
}

/**
 * One attempt to hand a mail to its server.
 *
 * - What the server refuses for good (5xx to a recipient, to the sender or to the mail itself) fails, with its words.
 * - Everything else is tried again: no connection, a timeout, 4xx, TLS, and a login that is refused, which a
 *   correction on the server or in the settings mends.
 * - Recipients the server took are not sent to again.
 */
export async function sendMail(
  account: MailAccount,
  mail: { readonly from: string; readonly recipients: readonly string[]; readonly raw: Buffer },
): Promise<Attempt> {
  const { smtp } = account
  const peer = `mail server ${smtp.host}:${smtp.port}`
  const transport = createTransport(transportOptions(smtp))
  try {
    const info = (await transport.sendMail({
      envelope: { from: mail.from, to: [...mail.recipients] },
      raw: mail.raw,
    })) as SentInfo
    const refused = info.rejectedErrors ?? []
    return outcome(peer, refused, `${peer} said: ${clean(info.response ?? '')}`)
  } catch (error) {
    const problem = error as SmtpError
    if (problem.rejectedErrors !== undefined && problem.rejectedErrors.length > 0)
      return outcome(peer, problem.rejectedErrors, undefined)
    return failure(peer, problem)
  } finally {
    transport.close()
  }
}

function outcome(peer: string, refused: readonly SmtpError[], said: string | undefined): Attempt {
  const later = refused.filter((problem) => !isPermanent(problem))
  const refusals = refused.filter(isPermanent).map((problem) => `${problem.recipient ?? '?'}: ${reasonOf(problem)}`)
  if (later.length > 0)
    return {
      kind: 'retry',
      scope: 'message',
      reason: `${peer}: ${later.map((problem) => `${problem.recipient ?? '?'}: ${reasonOf(problem)}`).join('; ')}`,
      remaining: later.flatMap((problem) => (problem.recipient === undefined ? [] : [problem.recipient])),
      refusals,
    }
  if (said === undefined) return { kind: 'refused', peer, reason: refusals.join('; ') }
  return { kind: 'delivered', detail: refusals.length === 0 ? said : `${said}; refused: ${refusals.join('; ')}` }
}

function failure(peer: string, problem: SmtpError): Attempt {
  const reason = reasonOf(problem)
  // 5xx to the greeting, EHLO or AUTH speaks of the server or the account; to the mail's own commands, of the mail.
  const ofTheMail = /^(?:MAIL FROM|RCPT TO|DATA|BDAT)/i.test(problem.command ?? '')
  if (isPermanent(problem) && ofTheMail && problem.code !== 'EAUTH') return { kind: 'refused', peer, reason }
  const scope = ofTheMail && problem.responseCode !== undefined ? 'message' : 'peer'
  return { kind: 'retry', scope, reason: `${peer}: ${reason}`, refusals: [] }
}

function isPermanent(problem: SmtpError): boolean {
  return problem.responseCode !== undefined && problem.responseCode >= 500
}

function reasonOf(problem: SmtpError): string {
  if (problem.response !== undefined) return clean(problem.response)
  const code = problem.code === undefined || problem.message.includes(problem.code) ? '' : `${problem.code}: `
  return clean(`${code}${problem.message}`)
}

function clean(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').slice(0, 500)
}

function transportOptions(smtp: SmtpSettings): Parameters<typeof createTransport>[0] {
  const trusted = smtp.trust.includes('*') || smtp.trust.includes(smtp.host)
  return {
    host: smtp.host,
    port: smtp.port,
    secure: smtp.tlsFromStart,
    ignoreTLS: smtp.startTls === 'never' && !smtp.tlsFromStart,
    requireTLS: smtp.startTls === 'required',
    connectionTimeout: smtp.connectTimeoutMillis,
    greetingTimeout: Math.min(smtp.timeoutMillis, 30_000),
    socketTimeout: smtp.timeoutMillis,
    ...(smtp.localAddress === undefined ? {} : { localAddress: smtp.localAddress }),
    ...(smtp.user === undefined ? {} : { auth: { user: smtp.user, pass: smtp.password ?? '' } }),
    tls: {
      rejectUnauthorized: !trusted,
      ...(smtp.checkServerIdentity ? {} : { checkServerIdentity: () => undefined }),
      ...(smtp.certificateAuthorities.length === 0
        ? {}
        : { ca: smtp.certificateAuthorities.map((path) => readFileSync(path, 'utf8')) }),
    },
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  } as Parameters<typeof createTransport>[0]
}
