import { diagnose, DiagnosticError, fail, type Diagnostic, type Span } from '../diagnostic/index.ts'
import { option, type, type OptionSchema, type Raw } from '../settings/index.ts'
import { defaultsOf, readInto, unknown } from './account-settings.ts'

export const CHAT_SERVICES = ['slack', 'pagerduty', 'teams', 'syslog'] as const
export type ChatService = (typeof CHAT_SERVICES)[number]

export interface ChatAccount {
  readonly name: string
  /** What a message takes where the action says nothing, by the names after `message_defaults.` or `event_defaults.`. */
  readonly defaults: Readonly<Record<string, unknown>>
}

/** With what only the notifier may see. */
export interface FullChatAccount extends ChatAccount {
  readonly url: string
  readonly serviceKey?: string
  readonly syslog?: {
    readonly host: string
    readonly port: number
    readonly transport: 'udp' | 'tcp' | 'tls'
    readonly facility: number
  }
}

const text = (describe: string) => option(type.string, { describe })
const secret = (describe: string) => option(type.string, { secret: true, describe })
const list = (describe: string) => option(type.list(type.string), { describe })

const SLACK_ATTACHMENT = ['fallback', 'color', 'pretext', 'author_name', 'author_link', 'author_icon', 'title', 'title_link', 'text', 'image_url', 'thumb_url'] // prettier-ignore

const ACCOUNTS: Readonly<Record<ChatService, OptionSchema>> = {
  slack: {
    url: secret('Address of the incoming webhook; best as secure_url in the keystore.'),
    secure_url: secret('Address of the incoming webhook, from the keystore.'),
    'message_defaults.from': text('Sender.'),
    'message_defaults.to': list('Channels and users.'),
    'message_defaults.icon': text('Icon: an address, or a name in colons.'),
    'message_defaults.text': text('Text.'),
    ...Object.fromEntries(
      SLACK_ATTACHMENT.map((name) => [`message_defaults.attachment.${name}`, text(`Attachments: ${name}.`)]),
    ),
  },
  pagerduty: {
    service_api_key: secret('Integration key; best as secure_service_api_key in the keystore.'),
    secure_service_api_key: secret('Integration key, from the keystore.'),
    url: option(type.string, {
      default: 'https://events.pagerduty.com/v2/enqueue',
      describe: 'Address of the events API.',
    }),
    ...Object.fromEntries(
      ['description', 'incident_key', 'client', 'client_url', 'event_type'].map((name) => [
        `event_defaults.${name}`,
        text(`Events: ${name}.`),
      ]),
    ),
    'event_defaults.attach_payload': option(type.boolean, { describe: 'Events: attach_payload.' }),
  },
  teams: {
    url: secret('Address of the workflow or incoming webhook; best as secure_url in the keystore.'),
    secure_url: secret('Address of the workflow or incoming webhook, from the keystore.'),
    'message_defaults.title': text('Title.'),
  },
  syslog: {
    host: text('Syslog server.'),
    port: option(type.port, { default: 514, describe: 'Port of the server.' }),
    transport: option(type.oneOf('udp', 'tcp', 'tls'), { default: 'udp', describe: 'How messages are sent.' }),
    facility: option(type.number({ integer: true, min: 0, max: 23 }), { default: 16, describe: 'Facility; 16 is local0.' }), // prettier-ignore
  },
}

export class ChatAccounts {
  private readonly accounts: ReadonlyMap<string, FullChatAccount>
  private readonly defaults: ReadonlyMap<string, string>

  constructor(accounts: ReadonlyMap<string, FullChatAccount>, defaults: ReadonlyMap<string, string>) {
    this.accounts = accounts
    this.defaults = defaults
  }

  /** The account that is named, the default one, or the only one. @throws DiagnosticError `notify.unknown_chat_account` */
  get(service: ChatService, named: string | undefined): FullChatAccount {
    const names = [...this.accounts.keys()].filter((key) => key.startsWith(`${service} `)).map((key) => key.slice(service.length + 1)) // prettier-ignore
    const name = named ?? this.defaults.get(service) ?? names[0]
    const account = name === undefined ? undefined : this.accounts.get(`${service} ${name}`)
    if (account !== undefined) return account
    throw fail('notify.unknown_chat_account', {
      service,
      account: name ?? '',
      accounts: names.join(', ') || 'none',
    })
  }
}

/** @throws DiagnosticError naming every unknown, wrong or missing setting of an account; secrets are never shown. */
export function readChatSettings(
  open: ReadonlyMap<string, Raw>,
  spans: ReadonlyMap<string, Span> = new Map(),
): ChatAccounts {
  const problems: Diagnostic[] = []
  const given = new Map<string, Record<string, unknown>>()
  const defaults = new Map<string, string>()
  for (const [key, raw] of open) {
    const match = /^xpack\.notification\.(slack|pagerduty|teams|syslog)\.(.+)$/.exec(key)
    if (match === null) continue
    const service = match[1] as ChatService
    const prefix = `xpack.notification.${service}.`
    if (match[2] === 'default_account') {
      defaults.set(service, String(raw))
      continue
    }
    const [, name, setting] = /^account\.([^.]+)\.(.+)$/.exec(match[2]!) ?? []
    const schema = ACCOUNTS[service]
    if (name === undefined || setting === undefined || !(setting in schema)) {
      const at = name === undefined ? prefix : `${prefix}account.${name}.`
      problems.push(unknown(key, at, name === undefined ? ['default_account'] : Object.keys(schema), spans.get(key)))
      continue
    }
    const values = given.get(`${service} ${name}`) ?? defaultsOf(schema)
    given.set(`${service} ${name}`, values)
    readInto(values, schema, setting, { key, raw, span: spans.get(key) }, problems, [])
  }
  const accounts = new Map<string, FullChatAccount>()
  for (const [id, values] of given) {
    const [service, name] = id.split(' ') as [ChatService, string]
    const url = values['secure_url'] ?? values['url']
    const key = values['secure_service_api_key'] ?? values['service_api_key']
    const needed = { slack: [url, 'secure_url'], teams: [url, 'secure_url'], pagerduty: [key, 'secure_service_api_key'], syslog: [values['host'], 'host'] } as const // prettier-ignore
    const [value, setting] = needed[service]
    if (value === undefined) {
      const full = `xpack.notification.${service}.account.${name}.${setting}`
      problems.push(diagnose('notify.missing_setting', { account: name, key: full }))
      continue
    }
    accounts.set(id, accountOf(service, name, values, url as string | undefined, key as string | undefined))
  }
  if (problems.length > 0) throw new DiagnosticError(problems)
  return new ChatAccounts(accounts, defaults)
}

function accountOf(
  service: ChatService,
  name: string,
  values: Record<string, unknown>,
  url: string | undefined,
  key: string | undefined,
): FullChatAccount {
  const defaults = Object.fromEntries(
    Object.entries(values).flatMap(([setting, value]) => {
      const inner = /^(?:message|event)_defaults\.(.+)$/.exec(setting)?.[1]
      return inner === undefined || value === undefined ? [] : [[inner, value]]
    }),
  )
  return {
    name,
    defaults,
    url: url ?? '',
    ...(key === undefined ? {} : { serviceKey: key }),
    ...(service === 'syslog'
      ? {
          syslog: {
            host: values['host'] as string,
            port: values['port'] as number,
            transport: values['transport'] as 'udp' | 'tcp' | 'tls',
            facility: values['facility'] as number,
          },
        }
      : {}),
  }
}
