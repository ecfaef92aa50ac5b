import { diagnose, didYouMean, DiagnosticError, type Diagnostic, type Span } from '../diagnostic/index.ts'
import { option, type, type OptionSchema, type Raw } from '../settings/index.ts'

/** What a mail takes from its account where the action says nothing. */
export interface MailDefaults {
  readonly from?: string
  readonly to: readonly string[]
  readonly cc: readonly string[]
  readonly bcc: readonly string[]
  readonly replyTo: readonly string[]
  readonly priority?: 'highest' | 'high' | 'normal' | 'low' | 'lowest'
}

export interface SmtpSettings {
  readonly host: string
  readonly port: number
  readonly user?: string
  readonly password?: string
  readonly startTls: 'never' | 'offered' | 'required'
  /** TLS from the first byte (smtps). */
  readonly tlsFromStart: boolean
  /** Certificates are not checked for these hosts; `*` is all. */
  readonly trust: readonly string[]
  readonly checkServerIdentity: boolean
  readonly certificateAuthorities: readonly string[]
  readonly localAddress?: string
  readonly connectTimeoutMillis: number
  readonly timeoutMillis: number
}

export interface MailAccount {
  readonly name: string
  readonly defaults: MailDefaults
  readonly smtp: SmtpSettings
}

export interface SanitizationSettings {
  readonly enabled: boolean
  readonly allow: readonly string[]
  readonly disallow: readonly string[]
}

export interface MailSettings {
  readonly accounts: ReadonlyMap<string, MailAccount>
  readonly defaultAccount?: string
  /** Patterns with `*`; without it every recipient is allowed. */
  readonly recipientAllowlist?: readonly string[]
  readonly sanitization: SanitizationSettings
  /** Sentences on settings that have no effect. */
  readonly notices: readonly string[]
}

const minutes = (count: number): number => count * 60_000
const strings = type.list(type.string)
const addresses = option(strings, {
  default: [] as readonly string[],
  describe: 'Addresses, where the action has none.',
})

/** Settings of one account, below `xpack.notification.email.account.NAME.`, by Elasticsearch's names. */
const ACCOUNT = {
  profile: option(type.oneOf('standard', 'gmail', 'outlook', 'mac'), {
    default: 'standard',
    describe: 'Kind of mail program; the mails made here are read by all of them alike.',
  }),
  'email_defaults.from': option(type.string, { describe: 'Sender.' }),
  'email_defaults.to': addresses,
  'email_defaults.cc': addresses,
  'email_defaults.bcc': addresses,
  'email_defaults.reply_to': addresses,
  'email_defaults.priority': option(type.oneOf('highest', 'high', 'normal', 'low', 'lowest'), {
    describe: 'Priority of mails that name none.',
  }),
  'smtp.host': option(type.string, { describe: 'Mail server.' }),
  'smtp.port': option(type.port, { default: 25, describe: 'Port of the mail server.' }),
  'smtp.user': option(type.string, { describe: 'User on the mail server.' }),
  'smtp.password': option(type.string, {
    secret: true,
    describe: 'Password; best as secure_password in the keystore.',
  }),
  'smtp.secure_password': option(type.string, { secret: true, describe: 'Password, from the keystore.' }),
  'smtp.auth': option(type.boolean, { describe: 'Whether to log in; by default when there is a user.' }),
  'smtp.starttls.enable': option(type.boolean, {
    default: false,
    describe: 'Use STARTTLS where the server offers it.',
  }),
  'smtp.starttls.required': option(type.boolean, { default: false, describe: 'Send nothing without STARTTLS.' }),
  'smtp.ssl.enable': option(type.boolean, { default: false, describe: 'TLS from the first byte, as on port 465.' }),
  'smtp.ssl.trust': option(type.list(type.string), {
    default: [] as readonly string[],
    describe: 'Hosts whose certificate is not checked; `*` is every host.',
  }),
  'smtp.ssl.checkserveridentity': option(type.boolean, {
    default: true,
    describe: 'Check the name in the certificate.',
  }),
  'smtp.timeout': option(type.duration, { default: minutes(2), describe: 'Longest silence of the server.' }),
  'smtp.connection_timeout': option(type.duration, { default: minutes(2), describe: 'Longest wait for a connection.' }),
  'smtp.write_timeout': option(type.duration, { describe: 'Longest wait for the server to take data.' }),
  'smtp.local_address': option(type.string, { describe: 'Own address to connect from.' }),
  'smtp.local_port': option(type.port, {
    describe: 'Own port to connect from.',
    refused: 'connections take a free port; use smtp.local_address to choose the network',
  }),
  'smtp.send_partial': option(type.boolean, {
    describe: 'Send to the valid recipients although one is refused.',
    ignored: 'a mail always goes to the recipients that the server takes, and the refused ones are recorded',
  }),
  'smtp.wait_on_quit': option(type.boolean, {
    describe: 'Wait for the answer to QUIT.',
    ignored: 'the answer to the mail itself is waited for, nothing depends on QUIT',
  }),
} satisfies OptionSchema

/** Settings directly below `xpack.notification.email.`. */
const GENERAL = {
  default_account: option(type.string, { describe: 'The account for actions that name none.' }),
  recipient_allowlist: option(strings, { describe: 'Recipients allowed, as patterns with `*`.' }),
  'account.domain_allowlist': option(strings, { describe: 'Domains of recipients allowed, as patterns with `*`.' }),
  'html.sanitization.enabled': option(type.boolean, { default: true, describe: 'Clean HTML bodies.' }),
  'html.sanitization.allow': option(strings, {
    default: ['body', 'head', '_tables', '_links', '_blocks', '_formatting', 'img:embedded'] as readonly string[],
    describe: 'Elements allowed in HTML bodies.',
  }),
  'html.sanitization.disallow': option(strings, {
    default: [] as readonly string[],
    describe: 'Elements never allowed in HTML bodies.',
  }),
  'ssl.certificate_authorities': option(strings, {
    default: [] as readonly string[],
    describe: 'Files of certificate authorities to trust for mail servers.',
  }),
  'ssl.verification_mode': option(type.oneOf('full', 'certificate', 'none'), {
    default: 'full',
    describe: 'How the certificates of mail servers are checked.',
  }),
} satisfies OptionSchema

type Values = Record<string, unknown>

const GENERAL_PREFIX = 'xpack.notification.email.'
const ACCOUNT_PREFIX = 'xpack.notification.email.account.'
const OLD_PREFIX = 'watcher.actions.email.service.'
const OLD_ACCOUNT_PREFIX = 'watcher.actions.email.service.account.'

/**
 * Reads the mail accounts from settings by Elasticsearch's names, those of Watcher 2.x included; `spans` is where each stands.
 * @throws DiagnosticError naming every unknown, wrong or missing setting; secrets are never shown.
 */
export function readMailSettings(
  open: ReadonlyMap<string, Raw>,
  spans: ReadonlyMap<string, Span> = new Map(),
): MailSettings {
  const problems: Diagnostic[] = []
  const notices: string[] = []
  const general: Values = defaultsOf(GENERAL)
  const given = new Map<string, Values>()

  for (const [key, raw] of open) {
    const old = key.startsWith(OLD_PREFIX)
    const prefix = old ? OLD_PREFIX : GENERAL_PREFIX
    if (!key.startsWith(prefix)) continue
    const rest = key.slice(prefix.length)
    if (rest in GENERAL) {
      readInto(general, GENERAL, rest, { key, raw, span: spans.get(key) }, problems, notices)
      continue
    }
    const account = /^account\.([^.]+)\.(.+)$/.exec(rest)
    if (account === null) {
      problems.push(unknown(key, prefix, [...Object.keys(GENERAL), 'account.NAME.smtp.host'], spans.get(key)))
      continue
    }
    const [, name = '', setting = ''] = account
    const values = given.get(name) ?? defaultsOf(ACCOUNT)
    given.set(name, values)
    if (setting in ACCOUNT) readInto(values, ACCOUNT, setting, { key, raw, span: spans.get(key) }, problems, notices)
    else
      problems.push(
        unknown(key, `${old ? OLD_ACCOUNT_PREFIX : ACCOUNT_PREFIX}${name}.`, Object.keys(ACCOUNT), spans.get(key)),
      )
  }

  const accounts = new Map<string, MailAccount>()
  for (const [name, values] of given) {
    const key = `${ACCOUNT_PREFIX}${name}.smtp.host`
    if (values['smtp.host'] === undefined) problems.push(diagnose('notify.missing_setting', { account: name, key }))
    else accounts.set(name, accountOf(name, values, general))
  }
  const defaultAccount = general['default_account'] as string | undefined
  if (defaultAccount !== undefined && !given.has(defaultAccount))
    problems.push(
      diagnose(
        'notify.invalid_setting',
        {
          key: `${GENERAL_PREFIX}default_account`,
          expected: `the name of a configured account (${[...given.keys()].join(', ') || 'there is none'})`,
          got: JSON.stringify(defaultAccount),
        },
        { span: spans.get(`${GENERAL_PREFIX}default_account`) },
      ),
    )
  if (problems.length > 0) throw new DiagnosticError(problems)
  const allowlist = allowlistOf(general)
  return {
    accounts,
    ...(defaultAccount === undefined ? {} : { defaultAccount }),
    ...(allowlist === undefined ? {} : { recipientAllowlist: allowlist }),
    sanitization: {
      enabled: general['html.sanitization.enabled'] as boolean,
      allow: general['html.sanitization.allow'] as readonly string[],
      disallow: general['html.sanitization.disallow'] as readonly string[],
    },
    notices,
  }
}

function allowlistOf(general: Values): readonly string[] | undefined {
  const recipients = general['recipient_allowlist'] as readonly string[] | undefined
  const domains = general['account.domain_allowlist'] as readonly string[] | undefined
  if (recipients === undefined && domains === undefined) return undefined
  return [...(recipients ?? []), ...(domains ?? []).map((domain) => (domain === '*' ? '*' : `*@${domain}`))]
}

function accountOf(name: string, values: Values, general: Values): MailAccount {
  const text = (key: string): string | undefined => values[key] as string | undefined
  const user = values['smtp.auth'] === false ? undefined : text('smtp.user')
  const password = text('smtp.secure_password') ?? text('smtp.password')
  const verification = general['ssl.verification_mode']
  const priority = values['email_defaults.priority'] as MailDefaults['priority']
  return {
    name,
    defaults: {
      ...(text('email_defaults.from') === undefined ? {} : { from: text('email_defaults.from')! }),
      to: splitAll(values['email_defaults.to']),
      cc: splitAll(values['email_defaults.cc']),
      bcc: splitAll(values['email_defaults.bcc']),
      replyTo: splitAll(values['email_defaults.reply_to']),
      ...(priority === undefined ? {} : { priority }),
    },
    smtp: {
      host: text('smtp.host')!,
      port: values['smtp.port'] as number,
      ...(user === undefined ? {} : { user }),
      ...(password === undefined || user === undefined ? {} : { password }),
      startTls:
        values['smtp.starttls.required'] === true
          ? 'required'
          : values['smtp.starttls.enable'] === true
            ? 'offered'
            : 'never',
      tlsFromStart: values['smtp.ssl.enable'] as boolean,
      trust: verification === 'none' ? ['*'] : splitAll(values['smtp.ssl.trust'], /[\s,]+/),
      checkServerIdentity: values['smtp.ssl.checkserveridentity'] === true && verification === 'full',
      certificateAuthorities: general['ssl.certificate_authorities'] as readonly string[],
      ...(text('smtp.local_address') === undefined ? {} : { localAddress: text('smtp.local_address')! }),
      connectTimeoutMillis: values['smtp.connection_timeout'] as number,
      timeoutMillis: Math.min(
        values['smtp.timeout'] as number,
        (values['smtp.write_timeout'] as number | undefined) ?? Infinity,
      ),
    },
  }
}

function splitAll(list: unknown, separator = /,/): readonly string[] {
  return (list as readonly string[]).flatMap((item) =>
    item
      .split(separator)
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )
}

export function defaultsOf(schema: OptionSchema): Values {
  const values: Values = Object.create(null) as Values
  for (const [name, spec] of Object.entries(schema)) values[name] = spec.default
  return values
}

export function readInto(
  values: Values,
  schema: OptionSchema,
  name: string,
  { key, raw, span }: { key: string; raw: Raw; span: Span | undefined },
  problems: Diagnostic[],
  notices: string[],
): void {
  const spec = schema[name]!
  if (spec.refused !== undefined) {
    problems.push(diagnose('notify.refused_setting', { key, reason: spec.refused }, { span }))
    return
  }
  const read = spec.type.read(raw)
  if (!read.ok) {
    const got = spec.secret === true ? 'a value that is not shown' : JSON.stringify(raw)
    problems.push(diagnose('notify.invalid_setting', { key, expected: read.expected, got }, { span }))
    return
  }
  if (spec.ignored !== undefined) notices.push(`'${key}' has no effect here: ${spec.ignored}`)
  values[name] = read.value
}

export function unknown(key: string, prefix: string, known: readonly string[], span: Span | undefined): Diagnostic {
  const near = didYouMean(key.slice(prefix.length), known)
  return diagnose(
    'notify.unknown_setting',
    { key },
    { span, hint: near === undefined ? undefined : `did you mean "${prefix}${near}"?` },
  )
}
