import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ManualClock } from '../clock/index.ts'
import { DiagnosticError, nullLogger } from '../diagnostic/index.ts'
import type { EmailMessage, Message, Notifier } from '../notify/index.ts'
import type { Severity } from './alert.ts'
import { openDispatcher, readRoutes, routeAlert, type Dispatcher } from './index.ts'
import { alertDocument, alertId } from './document.ts'
import type { StoredAlert } from './alerts.ts'
import { finding } from '../../test/fixtures/finding.ts'

const BEGIN = Date.UTC(2026, 10, 24)

function alert(
  time: number,
  source: string,
  options: { rule?: string; severity?: Severity; urgent?: boolean; end?: boolean } = {},
): StoredAlert {
  const { rule = 'guessing', severity = 'medium', urgent = false, end = false } = options
  const found = finding(time, source, {
    rule: { id: rule, name: rule, kind: 'login' },
    episodeStart: BEGIN,
    phase: end ? 'end' : 'open',
    severity,
    urgent,
    count: 12,
    threshold: 10,
    reason: `${source} failed to log in 12 times`,
    culprits: [source],
    targets: ['web1'],
  })
  const kept = { status: 'open', tags: [], updates: 0, urgent, created: time } as const
  return { id: alertId(found), index: 'a', document: alertDocument(found, kept, 47, time) }
}

interface World extends AsyncDisposable {
  readonly clock: ManualClock
  readonly dispatcher: Dispatcher
  readonly sent: { at: number; message: Message }[]
  restart(): Promise<void>
}

const MAIL = "receivers: [{ name: ops, email_configs: [{ to: 'ops@example.org' }] }]"

async function world(text: string): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'vedetta-routes-'))
  const clock = new ManualClock(BEGIN)
  const sent: { at: number; message: Message }[] = []
  const notifier: Pick<Notifier, 'deliver'> = {
    deliver(message) {
      sent.push({ at: clock.now(), message })
      return Promise.resolve({ state: 'delivered', messageId: 'x' })
    },
  }
  const open = (): Promise<Dispatcher> =>
    openDispatcher({
      table: readRoutes({ name: 'notify.yml', text }),
      notifier,
      clock,
      logger: nullLogger,
      dataPath: folder,
      message: { zone: 'Europe/Rome', publicUrl: 'https://vedetta.example' },
    })
  let dispatcher = await open()
  return {
    clock,
    get dispatcher() {
      return dispatcher
    },
    sent,
    async restart() {
      await dispatcher.stop()
      dispatcher = await open()
    },
    async [Symbol.asyncDispose]() {
      await dispatcher.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

test('ten servers, a day, 500 guessing sources and three break-ins: at most 30 mails, every source named, no urgent one late', async () => {
  await using w = await world(`route: { receiver: ops }\n${MAIL}`)
  const breakIns: number[] = []
  for (let i = 0; i < 500; i++) {
    w.dispatcher.accept(alert(w.clock.now(), `192.0.${Math.floor(i / 250)}.${i % 250}`), 'opened')
    if (i % 200 === 100) {
      breakIns.push(w.clock.now())
      w.dispatcher.accept(
        alert(w.clock.now(), `203.0.113.${breakIns.length}`, { rule: 'success', severity: 'critical', urgent: true }),
        'opened',
      )
    }
    await w.clock.advance(86_400_000 / 500)
  }
  await w.clock.advance(3_600_000)
  const mails = w.sent.map(({ message }) => message as EmailMessage)
  expect(mails.length).toBeLessThanOrEqual(30)
  expect(mails.length).toBeGreaterThan(20)
  const urgent = w.sent.filter(({ message }) => (message as EmailMessage).subject.startsWith('[critical]'))
  expect(urgent.map(({ at }) => at)).toEqual(breakIns)
  const text = mails.map((mail) => mail.text).join('\n')
  for (let i = 0; i < 500; i++) expect(text).toContain(`192.0.${Math.floor(i / 250)}.${i % 250} failed`)
  expect(w.sent[0]!.at).toBe(BEGIN)
  const ids = new Set(mails.map(({ messageId }) => messageId))
  expect(ids.size).toBe(mails.length)
})

test('a mail says why, count and threshold, both times, culprits and where to look', async () => {
  await using w = await world(`route: { receiver: ops }\n${MAIL}`)
  w.dispatcher.accept(alert(BEGIN, '192.0.2.1'), 'opened')
  const mail = w.sent[0]!.message as EmailMessage
  expect(mail.subject).toBe('[medium] guessing: 192.0.2.1')
  expect(mail.text!.split('\n').slice(0, 7)).toEqual([
    '192.0.2.1 failed to log in 12 times',
    '  Rule: guessing (guessing), severity medium',
    '  Count: 12, threshold 10',
    '  From 2026-11-24 01:00:00 Europe/Rome (2026-11-24T00:00:00Z)',
    '  to 2026-11-24 01:00:00 Europe/Rome (2026-11-24T00:00:00Z)',
    '  Sources: 192.0.2.1',
    '  Targets: web1',
  ])
  expect(mail.text).toContain('https://vedetta.example/_vedetta/ui/alerts/')
})

test('what waits for a digest outlives a restart', async () => {
  await using w = await world(`route: { receiver: ops }\n${MAIL}`)
  w.dispatcher.accept(alert(BEGIN, '192.0.2.1'), 'opened')
  w.dispatcher.accept(alert(BEGIN, '192.0.2.2'), 'opened')
  await w.clock.advance(60_000)
  await w.restart()
  expect([w.dispatcher.pending(), w.sent.length]).toEqual([1, 1])
  await w.clock.advance(3_600_000)
  expect((w.sent[1]!.message as EmailMessage).subject).toBe('[medium] guessing: 192.0.2.2')
})

test('group_wait gathers what comes together; an alert that ends is told where send_resolved says so', async () => {
  await using w = await world(`route: { receiver: hook, group_wait: 30s, group_interval: 5m }
receivers: [{ name: hook, webhook_configs: [{ url: 'http://127.0.0.1:1/x' }] }]`)
  w.dispatcher.accept(alert(BEGIN, '192.0.2.1'), 'opened')
  w.dispatcher.accept(alert(BEGIN, '192.0.2.2'), 'opened')
  expect(w.sent).toEqual([])
  await w.clock.advance(30_000)
  const body = JSON.parse((w.sent[0]!.message as { body: string }).body) as { status: string; alerts: unknown[] }
  expect([body.status, body.alerts.length]).toEqual(['firing', 2])
  w.dispatcher.accept(alert(BEGIN, '192.0.2.1', { end: true }), 'ended')
  expect((JSON.parse((w.sent[1]!.message as { body: string }).body) as { status: string }).status).toBe('resolved')
})

const TREE = `route:
  receiver: ops
  routes:
    - matchers: ['severity=~"high|critical"']
      receiver: pager
      continue: true
    - match: { rule: guessing }
      receiver: quiet
inhibit_rules:
  - source_matchers: [rule=scan]
    target_matchers: [rule=guessing]
    equal: [entity]
receivers:
  - { name: ops, email_configs: [{ to: 'ops@example.org' }] }
  - { name: pager, email_configs: [{ to: 'pager@example.org' }] }
  - { name: quiet, email_configs: [{ to: 'quiet@example.org' }] }
`

test.each([
  ['medium guessing', 'guessing', 'medium', ['quiet']],
  ['high guessing', 'guessing', 'high', ['pager', 'quiet']],
  ['high scan', 'scan', 'high', ['pager']],
  ['low scan', 'scan', 'low', ['ops']],
] as const)('%s goes to its receivers', (_name, rule, severity, receivers) => {
  const { document } = alert(BEGIN, '192.0.2.1', { rule, severity })
  const routed = routeAlert(readRoutes({ name: 'notify.yml', text: TREE }), document)
  expect(routed.map(({ receiver }) => receiver)).toEqual(receivers)
})

test('an active alert inhibits others of the same entity until it ends', async () => {
  await using w = await world(TREE)
  w.dispatcher.accept(alert(BEGIN, '192.0.2.1', { rule: 'scan' }), 'opened')
  w.dispatcher.accept(alert(BEGIN, '192.0.2.1'), 'opened')
  w.dispatcher.accept(alert(BEGIN, '192.0.2.2'), 'opened')
  const to = (): string[] => w.sent.map(({ message }) => (message as EmailMessage).to[0]!)
  expect(to()).toEqual(['ops@example.org', 'quiet@example.org'])
  w.dispatcher.accept(alert(BEGIN, '192.0.2.1', { rule: 'scan', end: true }), 'ended')
  await w.clock.advance(2 * 3_600_000)
  w.dispatcher.accept(alert(w.clock.now(), '192.0.2.1'), 'opened')
  expect(to().length).toBe(3)
})

test.each([
  [
    'route: { receiver: opps }\nreceivers: [{ name: ops }]',
    `notify.yml:1:20: the receiver 'opps' is not defined; did you mean "ops"?`,
  ],
  [
    'route: { receiver: ops, group_wiat: 3s }\nreceivers: [{ name: ops }]',
    `notify.yml:1:37: 'group_wiat' is not supported here; did you mean "group_wait"?`,
  ],
  [
    'route: { receiver: ops, group_wait: soon }\nreceivers: [{ name: ops }]',
    `notify.yml:1:37: 'group_wait' must be a duration such as "30s" or "4h", got 'soon'`,
  ],
  ['receivers: [{ name: ops }]', `notify.yml:1:1: a file of routes needs 'route'`],
  [
    'route: { receiver: ops }\nreceivers: [{ name: ops, email_configs: [{}] }]',
    `notify.yml:2:42: an email receiver needs 'to'`,
  ],
  [
    'route: { receiver: ops }\nreceivers: [{ name: ops, pagerduty_configs: [] }]',
    `notify.yml:2:45: 'pagerduty_configs' is not supported here; known are name, email_configs, webhook_configs, slack_configs`,
  ],
])('%s', (text, expected) => {
  let said = ''
  try {
    readRoutes({ name: 'notify.yml', text })
  } catch (error) {
    said = (error as DiagnosticError).message
  }
  expect(said.split('\n')[0]).toBe(expected)
})
