import { readFileSync } from 'node:fs'
import { createTransport, type SendMailOptions, type Transporter } from 'nodemailer'
import { fail } from '../../../diagnostic/index.ts'
import type { Event } from '../../../event/index.ts'
import { compileTemplate } from '../../../script/index.ts'
import { option, type as types, type OptionsOf } from '../../../settings/index.ts'
import { defineOutput, type Output, type OutputContext } from '../define.ts'
import { Trouble, TroubleTeller } from '../trouble.ts'
import { address } from './stream-client.ts'
import { noticeUnusedCodec } from './encoded.ts'
import { template } from './template.ts'

const OPTIONS = {
  to: option(types.string, { describe: 'Recipients, separated by commas, with `%{field}`.', required: true }),
  from: option(types.string, { describe: 'The sender, with `%{field}`.', default: 'logstash.alert@example.com' }),
  replyto: option(types.string, { describe: 'Where answers go, with `%{field}`.' }),
  cc: option(types.string, { describe: 'Further recipients, with `%{field}`.' }),
  bcc: option(types.string, { describe: 'Recipients that others do not see, with `%{field}`.' }),
  subject: option(types.string, { describe: 'The subject, with `%{field}`.', default: '' }),
  body: option(types.string, {
    describe: 'The text, with `%{field}`; `\\n` is an end of a line.',
    default: '',
  }),
  htmlbody: option(types.string, { describe: 'The text as HTML, with `%{field}`.', default: '' }),
  template_file: option(types.string, {
    describe: 'A file with a Mustache template of the HTML, in place of `htmlbody`.',
  }),
  attachments: option(types.list(types.string), { describe: 'Files to attach.', default: [] }),
  contenttype: option(types.string, {
    describe: 'The content type of the HTML.',
    ignored: 'HTML is sent as text/html in UTF-8',
  }),
  via: option(types.oneOf('smtp', 'sendmail'), {
    describe: 'By a mail server, or by the command sendmail.',
    default: 'smtp',
  }),
  address: option(types.string, { describe: 'The mail server.', default: 'localhost' }),
  port: option(types.port, { describe: 'Its port.', default: 25 }),
  domain: option(types.string, { describe: 'What we call ourselves to the server.', default: 'localhost' }),
  username: option(types.string, { describe: 'The user of the server.' }),
  password: option(types.string, { describe: 'The password of the user.', secret: true }),
  authentication: option(types.string, { describe: 'How the user is made known: `plain`, `login` or `cram_md5`.' }),
  use_tls: option(types.boolean, {
    describe: 'Use TLS: from the start on port 465, else by STARTTLS.',
    default: false,
  }),
  debug: option(types.boolean, { describe: 'Debugging.', ignored: 'see the log at level debug' }),
} as const

type EmailOptions = OptionsOf<typeof OPTIONS>

export const email = defineOutput({
  name: 'email',
  summary: 'Sends a mail for each event. For alarms see rules and watches, which tell the same thing once.',
  defaultCodec: 'plain',
  options: OPTIONS,
  examples: [
    'email { to => "admin@example.com" from => "vedetta@example.com" subject => "%{type} on %{host}" body => "%{message}" address => "mail.example.com" }',
  ],
  peers: ({ address: host, port }) => [{ host, port }],
  create: (options, context) => new EmailOutput(options, context),
})

const FIRST_WAIT_MILLIS = 1000
const LONGEST_WAIT_MILLIS = 60_000
const AUTHENTICATION: Readonly<Record<string, string>> = { plain: 'PLAIN', login: 'LOGIN', cram_md5: 'CRAM-MD5' }

class EmailOutput implements Output {
  private readonly context: OutputContext
  private readonly transport: Transporter
  private readonly mailOf: (event: Event) => SendMailOptions
  private readonly peer: string
  private readonly teller: TroubleTeller
  private readonly aborter = new AbortController()

  constructor(options: EmailOptions, context: OutputContext) {
    this.context = context
    this.teller = new TroubleTeller('email', context.logger, context.clock)
    this.peer = options.via === 'sendmail' ? 'sendmail' : `mail server ${address(options.address, options.port)}`
    this.transport = transportOf(options)
    noticeUnusedCodec('email', context)
    this.mailOf = compileMail(options)
  }

  async write(batch: readonly Event[]): Promise<void> {
    for (const event of batch) await this.deliver(event)
  }

  async close(): Promise<void> {
    this.aborter.abort()
    this.transport.close()
  }

  private async deliver(event: Event): Promise<void> {
    const { signal } = this.aborter
    const mail = this.mailOf(event)
    for (let wait = FIRST_WAIT_MILLIS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MILLIS)) {
      if (signal.aborted) throw new Error('email output: closed with events on their way')
      try {
        await this.transport.sendMail(mail)
        this.teller.over()
        return
      } catch (error) {
        const reason = (error as Error).message
        if (isRefused(error as SmtpError))
          return this.context.deadLetter(event, `email output: ${this.peer} did not take the mail: ${reason}`)
        this.teller.tell(
          new Trouble(reason, `email output: ${this.peer}: ${reason}; events are kept and it goes on trying`),
        )
        await this.context.clock.sleep(wait, signal)
      }
    }
  }
}

interface SmtpError extends Error {
  readonly code?: string
  readonly responseCode?: number
}

/** What would be answered the same again: a refusal of the mail, not of the login. */
function isRefused({ code, responseCode }: SmtpError): boolean {
  if (code === 'EENVELOPE' && responseCode === undefined) return true
  return code !== 'EAUTH' && responseCode !== undefined && responseCode >= 500 && responseCode < 600
}

function transportOf(options: EmailOptions): Transporter {
  if (options.via === 'sendmail') return createTransport({ sendmail: true })
  const { username: user, password: pass, authentication } = options
  if ((user === undefined) !== (pass === undefined))
    throw fail('plugin.option_needs', {
      option: user === undefined ? 'password' : 'username',
      needed: user === undefined ? 'username' : 'password',
    })
  const method = authentication === undefined ? undefined : AUTHENTICATION[authentication.toLowerCase()]
  if (authentication !== undefined && method === undefined)
    throw fail('plugin.option_invalid', {
      option: 'authentication',
      expected: '"plain", "login" or "cram_md5"',
      value: authentication,
    })
  const secure = options.use_tls && options.port === 465
  return createTransport({
    host: options.address,
    port: options.port,
    name: options.domain,
    secure,
    requireTLS: options.use_tls && !secure,
    ignoreTLS: !options.use_tls,
    connectionTimeout: 10_000,
    disableFileAccess: false,
    disableUrlAccess: true,
    ...(user === undefined ? {} : { auth: { user, pass: pass! } }),
    ...(method === undefined ? {} : { authMethod: method }),
  })
}

function compileMail(options: EmailOptions): (event: Event) => SendMailOptions {
  const text = (name: 'to' | 'from' | 'subject' | 'body' | 'htmlbody'): ((event: Event) => string) =>
    template(name, options[name])
  const given = (name: 'replyto' | 'cc' | 'bcc'): ((event: Event) => string) | undefined =>
    options[name] === undefined ? undefined : template(name, options[name])
  const [to, from, subject, body] = [text('to'), text('from'), text('subject'), text('body')]
  const [replyTo, cc, bcc] = [given('replyto'), given('cc'), given('bcc')]
  const html = htmlOf(options)
  for (const path of options.attachments) readFile('attachments', path)
  return (event) => ({
    to: to(event),
    from: from(event),
    subject: subject(event).replace(/[\r\n]+/g, ' '),
    text: body(event).replaceAll('\\n', '\n'),
    ...(replyTo === undefined ? {} : { replyTo: replyTo(event) }),
    ...(cc === undefined ? {} : { cc: cc(event) }),
    ...(bcc === undefined ? {} : { bcc: bcc(event) }),
    ...(html === undefined ? {} : { html: html(event) }),
    attachments: options.attachments.map((path) => ({ path })),
  })
}

function htmlOf(options: EmailOptions): ((event: Event) => string) | undefined {
  if (options.template_file === undefined)
    return options.htmlbody === '' ? undefined : template('htmlbody', options.htmlbody)
  const compiled = compileTemplate(readFile('template_file', options.template_file), { escape: 'html' })
  return (event) => compiled.render(event.data)
}

function readFile(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable'
    throw fail('plugin.file_unreadable', { option: name, path, reason })
  }
}
