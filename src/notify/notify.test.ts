import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { simpleParser } from 'mailparser'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ManualClock, systemClock } from '../clock/index.ts'
import { nullLogger, type Logger } from '../diagnostic/index.ts'
import type { Raw } from '../settings/index.ts'
import { openNotifier, type EmailMessage, type Notifier, type Receipt, type WebhookMessage } from './index.ts'
import { startMailServer } from '../../test/fixtures/mail-server.ts'

let dataPath: string
const open: Notifier[] = []

beforeEach(() => {
  dataPath = mkdtempSync(join(tmpdir(), 'vedetta-notify-'))
})

afterEach(async () => {
  for (const notifier of open.splice(0)) await notifier.close()
  rmSync(dataPath, { recursive: true })
})

const PREFIX = 'xpack.notification.email.account.work.'

function account(port: number, more: Record<string, Raw> = {}): Map<string, Raw> {
  const settings = {
    'smtp.host': '127.0.0.1',
    'smtp.port': port,
    'email_defaults.from': 'sentinel@example.org',
    ...more,
  }
  return new Map(Object.entries(settings).map(([key, value]) => [PREFIX + key, value]))
}

async function notifier(
  settings: ReadonlyMap<string, Raw>,
  more: { clock?: ManualClock; logger?: Logger; onAlert?: (m: EmailMessage, r: Receipt) => void } = {},
): Promise<Notifier> {
  const allowed = new Map([['xpack.http.whitelist', 'http://127.0.0.1:*'], ...settings])
  const opened = await openNotifier({ dataPath, settings: allowed, clock: systemClock, logger: nullLogger, ...more })
  open.push(opened)
  return opened
}

let count = 0

function mail(more: Partial<EmailMessage> = {}): EmailMessage {
  return {
    kind: 'email',
    messageId: `scan_${count++}@vedetta`,
    to: ['admin@example.org'],
    subject: '[Security Alert] - Port scan detected',
    text: 'Detected portscan from [10.0.0.1] to [10.0.0.2]. 500 unique ports scanned.',
    ...more,
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('mail through a server', () => {
  test('carries everything that the message says', async () => {
    await using server = await startMailServer()
    const sender = await notifier(account(server.port))
    const receipt = await sender.deliver(
      mail({
        messageId: 'scan_1@vedetta',
        to: ['Ann Ops <ann@example.org>', 'bob@example.org'],
        cc: ['carl@example.org'],
        bcc: ['secret@example.org'],
        replyTo: ['desk@example.org'],
        priority: 'high',
        html: '<p onclick="x()">Detected <b>scan</b><script>alert(1)</script></p>',
        attachments: [{ filename: 'data.yml', contentType: 'application/yaml', content: 'ctx:\n  a: 1\n' }],
      }),
    )
    expect(receipt).toMatchObject({ state: 'delivered', messageId: '<scan_1@vedetta>' })
    const [received] = await server.received(1)
    expect(received!.from).toBe('sentinel@example.org')
    expect(received!.recipients).toEqual([
      'ann@example.org',
      'bob@example.org',
      'carl@example.org',
      'secret@example.org',
    ])
    expect(received!.raw).not.toContain('secret@example.org')
    expect(received!.mail.subject).toBe('[Security Alert] - Port scan detected')
    expect(received!.mail.text).toContain('500 unique ports scanned.')
    expect(received!.mail.html).toBe('<p>Detected <b>scan</b></p>')
    expect(received!.mail.messageId).toBe('<scan_1@vedetta>')
    expect(received!.raw).toMatch(/^X-Priority: 2\r?$/m)
    expect(received!.mail.replyTo?.text).toBe('desk@example.org')
    expect(received!.mail.attachments.map(({ filename, content }) => [filename, content.toString()])).toEqual([
      ['data.yml', 'ctx:\n  a: 1\n'],
    ])
  })

  test('logs in over STARTTLS with a certificate it is told to trust', async () => {
    const [key, cert] = certificate()
    await using server = await startMailServer({
      key: readFileSync(key),
      cert: readFileSync(cert),
      disabledCommands: [],
      authOptional: false,
      onAuth: ({ username, password }, _session, callback) =>
        username === 'vedetta' && password === 'pass word'
          ? callback(null, { user: username })
          : callback(Object.assign(new Error('wrong password'), { responseCode: 535 })),
    })
    const secure = { 'smtp.user': 'vedetta', 'smtp.secure_password': 'pass word', 'smtp.starttls.required': true }
    const settings = account(server.port, { ...secure, 'smtp.host': 'localhost' })
    settings.set('xpack.notification.email.ssl.certificate_authorities', cert)
    const trusting = await notifier(settings)
    expect(await trusting.deliver(mail())).toMatchObject({ state: 'delivered' })
    expect(server.mails[0]).toMatchObject({ user: 'vedetta', secure: true })
    await trusting.close()

    const careful = await notifier(account(server.port, secure))
    const receipt = await careful.deliver(mail())
    expect(receipt.state).toBe('queued')
    expect(receipt.detail).toMatch(/self-signed certificate/)
    expect(JSON.stringify(receipt)).not.toContain('pass word')
  })

  test('a wrong password is kept and retried, and is in no message', async () => {
    await using server = await startMailServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, callback) => callback(Object.assign(new Error('no'), { responseCode: 535 })),
    })
    const said: string[] = []
    const logger: Logger = { ...nullLogger, warn: (fields, text) => void said.push(JSON.stringify(fields) + text) }
    const sender = await notifier(account(server.port, { 'smtp.user': 'u', 'smtp.password': 'hunter2' }), { logger })
    const receipt = await sender.deliver(mail())
    expect(receipt).toMatchObject({ state: 'queued', detail: expect.stringMatching(/535/) })
    expect(said.join('\n')).toMatch(/sends its password without TLS/)
    expect(said.join('\n') + JSON.stringify(receipt)).not.toMatch(/hunter2/)
  })

  test('waits for a server that is down, and each mail goes out once', async () => {
    const gone = await startMailServer()
    const { port } = gone
    await gone.close()
    const clock = new ManualClock()
    const sender = await notifier(account(port), { clock })
    const first = await sender.deliver(mail({ messageId: 'a@vedetta' }))
    expect(first).toMatchObject({ state: 'queued', detail: expect.stringContaining('ECONNREFUSED') })
    expect(await sender.deliver(mail({ messageId: 'b@vedetta' }))).toMatchObject({ state: 'queued' })
    expect(await sender.deliver(mail({ messageId: 'a@vedetta' }))).toMatchObject({ state: 'queued' })

    await using server = await startMailServer({ port })
    await clock.advance(1000)
    await server.received(2)
    await until(() => sender.pending() === 0)
    expect(server.mails.map(({ mail: { messageId } }) => messageId)).toEqual(['<a@vedetta>', '<b@vedetta>'])
    expect(await sender.deliver(mail({ messageId: 'a@vedetta' }))).toMatchObject({ state: 'delivered' })
    expect(server.mails).toHaveLength(2)
  })

  test('goes on after a restart with what was still to be delivered, and not with what was', async () => {
    const gone = await startMailServer()
    const { port } = gone
    await gone.close()
    const before = await notifier(account(port))
    await before.deliver(mail({ messageId: 'kept@vedetta' }))
    await before.close()

    await using server = await startMailServer({ port })
    const after = await notifier(account(port))
    await server.received(1)
    await until(() => after.pending() === 0)
    await after.close()
    const again = await notifier(account(port))
    expect(again.pending()).toBe(0)
    expect(again.knows('kept@vedetta')).toBe(true)
    expect(server.mails.map(({ mail: { messageId } }) => messageId)).toEqual(['<kept@vedetta>'])
  })

  test('4xx for a recipient is tried again for that one alone, 5xx is recorded', async () => {
    let busy = true
    await using server = await startMailServer({
      onRcptTo({ address }, _session, callback) {
        if (address === 'busy@example.org' && busy)
          return callback(Object.assign(new Error('mailbox busy'), { responseCode: 450 }))
        if (address === 'nobody@example.org')
          return callback(Object.assign(new Error('no such user'), { responseCode: 550 }))
        callback()
      },
    })
    const clock = new ManualClock()
    const sender = await notifier(account(server.port), { clock })
    const to = ['ann@example.org', 'busy@example.org', 'nobody@example.org']
    const receipt = await sender.deliver(mail({ messageId: 'c@vedetta', to }))
    expect(receipt).toMatchObject({ state: 'queued', detail: expect.stringContaining('mailbox busy') })
    busy = false
    await clock.advance(1000)
    await until(() => sender.pending() === 0)
    expect(server.mails.map(({ recipients }) => recipients)).toEqual([['ann@example.org'], ['busy@example.org']])
    const final = await sender.deliver(mail({ messageId: 'c@vedetta', to }))
    expect(final.state).toBe('delivered')
    expect(final.detail).toMatch(/refused: nobody@example.org: 550 no such user/)
  })

  test('a mail refused for good is rejected with the reason and kept as a file', async () => {
    await using server = await startMailServer({
      onRcptTo: (_address, _session, callback) =>
        callback(Object.assign(new Error('no such user'), { responseCode: 550 })),
    })
    const sender = await notifier(account(server.port))
    await expect(sender.deliver(mail())).rejects.toThrow(/refused it for good: admin@example.org: 550 no such user/)
    expect(sender.pending()).toBe(0)
    expect(readdirSync(join(dataPath, 'outbox', 'undelivered'))).toHaveLength(1)
  })

  test('chooses the account by name, default_account, or the only one', async () => {
    await using server = await startMailServer()
    const settings = account(server.port)
    settings.set('watcher.actions.email.service.account.old.smtp.host', '127.0.0.1')
    settings.set('watcher.actions.email.service.account.old.smtp.port', server.port)
    settings.set('watcher.actions.email.service.account.old.email_defaults.from', 'old@example.org')
    settings.set('watcher.actions.email.service.account.old.email_defaults.to', 'a@example.org, b@example.org')
    settings.set('xpack.notification.email.default_account', 'old')
    const sender = await notifier(settings)
    await sender.deliver(mail({ to: [] }))
    await sender.deliver(mail({ account: 'work' }))
    expect(server.mails.map(({ from }) => from)).toEqual(['old@example.org', 'sentinel@example.org'])
    expect(server.mails[0]!.recipients).toEqual(['a@example.org', 'b@example.org'])
    await expect(sender.deliver(mail({ account: 'wrok' }))).rejects.toThrow("there is no mail account 'wrok'")
  })
})

describe('what comes from an event', () => {
  test.each([
    ['to', { to: ['a@example.org\r\nBcc: evil@example.com'] }],
    ['to', { to: ['a@example.org, evil@example.com'] }],
    ['to', { to: ['a@example.org;evil@example.com'] }],
    ['cc', { cc: ['x <a@example.org> <evil@example.com>'] }],
    ['bcc', { bcc: ['evil@example.com, "x" <a@example.org>'] }],
    ['reply_to', { replyTo: ['Name\n <a@example.org>'] }],
    ['from', { from: 'a@example.org\nX: y' }],
    ['to', { to: ['group: a@example.org, b@example.org;'] }],
    ['to', { to: ['not an address'] }],
    ['to', { to: ['a@b@example.org'] }],
  ])('cannot add a recipient or a header by %s of %j', async (field, more) => {
    await using server = await startMailServer()
    const sender = await notifier(account(server.port))
    await expect(sender.deliver(mail(more as Partial<EmailMessage>))).rejects.toThrow(
      `'${field}' must be one mail address`,
    )
    expect(server.mails).toHaveLength(0)
  })

  test('cannot add a header or a body by the subject, a file name or an id', async () => {
    await using server = await startMailServer()
    const sender = await notifier(account(server.port))
    await sender.deliver(
      mail({
        messageId: 'x\r\nBcc: evil@example.com\r\n@y',
        subject: 'Scan\r\nBcc: evil@example.com\r\n\r\n<html>\u2028body',
        attachments: [{ filename: 'a\r\nX-Evil: 1.txt', contentType: 'text/plain\r\nX-Evil: 2', content: 'x' }],
      }),
    )
    const [received] = server.mails
    expect(received!.recipients).toEqual(['admin@example.org'])
    expect(received!.mail.subject).toBe('Scan Bcc: evil@example.com <html> body')
    expect([...received!.mail.headers.keys()]).not.toContain('bcc')
    expect(received!.raw).not.toMatch(/^x-evil/im)
  })
})

describe('mail without an account', () => {
  test('is written whole to the outbox, for its owner alone', async () => {
    const alerts: [EmailMessage, Receipt][] = []
    const sender = await notifier(new Map(), { onAlert: (...alert) => alerts.push(alert) })
    const message = mail({ bcc: ['b@example.org'] })
    const receipt = await sender.deliver(message)
    expect(receipt).toMatchObject({
      state: 'written',
      detail: expect.stringContaining('no mail account is configured'),
    })
    expect(statSync(receipt.path!).mode & 0o777).toBe(0o600)
    const parsed = await simpleParser(readFileSync(receipt.path!))
    expect(parsed.subject).toBe(message.subject)
    expect(parsed.text?.trim()).toBe(message.text)
    expect(parsed.bcc).toMatchObject({ text: 'b@example.org' })
    expect(await sender.deliver(message)).toEqual(receipt)
    expect(readdirSync(join(dataPath, 'outbox'))).toHaveLength(1)
    expect(alerts).toEqual([[message, receipt]])
  })

  test('must have a recipient', async () => {
    const sender = await notifier(new Map())
    await expect(sender.deliver(mail({ to: [] }))).rejects.toThrow('the mail has no recipient')
  })
})

describe('settings', () => {
  test.each<[string, Raw, string]>([
    [`${PREFIX}smtp.hots`, 'x', `there is no setting '${PREFIX}smtp.hots'; did you mean "${PREFIX}smtp.host"?`],
    [`${PREFIX}smtp.port`, 'smtp', `'${PREFIX}smtp.port' must be an integer from 1 to 65535, got "smtp"`],
    [`${PREFIX}smtp.password`, ['a'], `'${PREFIX}smtp.password' must be a string, got a value that is not shown`],
    [
      `${PREFIX}smtp.timeout`,
      '5 apples',
      `'${PREFIX}smtp.timeout' must be a duration such as "10s" or "5m", got "5 apples"`,
    ],
    [`${PREFIX}profile`, 'pine', `'${PREFIX}profile' must be one of "standard", "gmail", "outlook", "mac", got "pine"`],
    ['xpack.notification.email.default_acount', 'x', `did you mean "xpack.notification.email.default_account"?`],
    ['xpack.notification.email.default_account', 'home', 'must be the name of a configured account (work), got "home"'],
    [
      'xpack.notification.email.account.home.smtp.port',
      25,
      `the mail account 'home' needs 'xpack.notification.email.account.home.smtp.host'`,
    ],
  ])('%s => %j is refused', async (key, value, message) => {
    await expect(notifier(new Map([...account(25), [key, value]]))).rejects.toThrow(message)
  })

  test('recipient_allowlist is kept', async () => {
    const settings = new Map<string, Raw>([['xpack.notification.email.recipient_allowlist', ['*@example.org']]])
    const sender = await notifier(settings)
    await sender.deliver(mail())
    await expect(sender.deliver(mail({ to: ['a@example.com'] }))).rejects.toThrow(
      "the recipient 'a@example.com' is not in 'xpack.notification.email.recipient_allowlist'",
    )
  })
})

describe('webhooks', () => {
  interface Seen {
    readonly request: IncomingMessage
    readonly body: string
  }

  async function webServer(
    answers: [number, Record<string, string>?][],
  ): Promise<{ url: string; seen: Seen[] } & AsyncDisposable> {
    const seen: Seen[] = []
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        seen.push({ request, body })
        const [status, headers] = answers[Math.min(seen.length, answers.length) - 1]!
        if (status === 0) return request.socket.destroy()
        response.writeHead(status, headers).end('said')
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?a=1`,
      seen,
      async [Symbol.asyncDispose]() {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      },
    }
  }

  function hook(url: string, more: Partial<WebhookMessage> = {}): WebhookMessage {
    return { kind: 'webhook', key: `hook_${count++}`, method: 'post', url, headers: {}, body: '{"a":1}', ...more }
  }

  test('are sent with method, headers, login and body', async () => {
    await using server = await webServer([[200]])
    const sender = await notifier(new Map())
    const headers = { 'content-type': 'application/json', 'x-token': 't' }
    const message = hook(server.url, { headers, auth: { username: 'u', password: 'p' } })
    expect(await sender.deliver(message)).toMatchObject({ state: 'delivered', detail: 'HTTP 200' })
    const [{ request, body }] = server.seen as [Seen]
    expect([request.method, request.url, body]).toEqual(['POST', '/hook?a=1', '{"a":1}'])
    expect(request.headers).toMatchObject({
      ...headers,
      authorization: `Basic ${btoa('u:p')}`,
      'idempotency-key': message.key,
    })
  })

  test.each([[500], [503], [429], [0]])('%s is tried again, and the next answer counts', async (status) => {
    await using server = await webServer([[status], [204]])
    const clock = new ManualClock()
    const sender = await notifier(new Map(), { clock })
    expect(await sender.deliver(hook(server.url))).toMatchObject({ state: 'queued' })
    await clock.advance(1000)
    await until(() => sender.pending() === 0)
    expect(server.seen).toHaveLength(2)
  })

  test('Retry-After is waited for', async () => {
    await using server = await webServer([[429, { 'retry-after': '30' }], [200]])
    const clock = new ManualClock()
    const sender = await notifier(new Map(), { clock })
    await sender.deliver(hook(server.url))
    await clock.advance(29_000)
    expect(server.seen).toHaveLength(1)
    await clock.advance(1000)
    await until(() => sender.pending() === 0)
    expect(server.seen).toHaveLength(2)
  })

  test('4xx is final, with what the server said', async () => {
    await using server = await webServer([[404]])
    const sender = await notifier(new Map())
    await expect(sender.deliver(hook(server.url))).rejects.toThrow(/refused it for good: HTTP 404: said/)
    expect(sender.pending()).toBe(0)
  })

  test('a server that hangs is given up after the read timeout', async () => {
    const server = createServer(() => undefined)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const sender = await notifier(new Map())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const receipt = await sender.deliver(hook(url, { readTimeoutMillis: 50 }))
    expect(receipt.state).toBe('queued')
    server.closeAllConnections()
    server.close()
  })

  test('a header cannot carry a line break', async () => {
    const sender = await notifier(new Map())
    await expect(sender.deliver(hook('http://127.0.0.1:9/', { headers: { a: 'b\r\nc: d' } }))).rejects.toThrow(
      "the webhook's header must be a name and one line of text",
    )
    await expect(sender.deliver(hook('file:///etc/passwd'))).rejects.toThrow("must be http or https, got 'file:'")
  })
})

function certificate(): [key: string, cert: string] {
  const [key, cert] = [join(dataPath, 'key.pem'), join(dataPath, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const files = ['-keyout', key, '-out', cert]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...files, ...subject], {
    stdio: 'ignore',
  })
  return [key, cert]
}
