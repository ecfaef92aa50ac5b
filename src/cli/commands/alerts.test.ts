import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { Cases, openAlerts, type Alerts } from '../../alert/index.ts'
import { ManualClock } from '../../clock/index.ts'
import { nullLogger } from '../../diagnostic/index.ts'
import { openEmbeddedStore, type Store } from '../../search/index.ts'
import { createServer, registerAlertRoutes, registerCaseRoutes, Users, type Server } from '../../server/index.ts'
import { reportError } from '../exit.ts'
import { registerAlerts } from './alerts.ts'
import { registerCase } from './case.ts'
import { registerNotify } from './notify.ts'
import { registerSilence } from './silence.ts'
import { finding } from '../../../test/fixtures/finding.ts'

const BEGIN = Date.now()
const folder = mkdtempSync(join(tmpdir(), 'vedetta-alerts-cli-'))
let store: Store
let alerts: Alerts
let server: Server
let url = ''
let out = ''

beforeAll(async () => {
  const clock = new ManualClock(BEGIN)
  store = await openEmbeddedStore({ path: join(folder, 'store'), clock, logger: nullLogger })
  alerts = await openAlerts({ store, clock, logger: nullLogger })
  alerts.raise(
    ['192.0.2.1', '192.0.2.2'].map((source) =>
      finding(BEGIN, source, {
        rule: { id: 'guessing', name: 'Guessing', kind: 'login' },
        severity: 'medium',
        count: 12,
        threshold: 10,
        reason: `${source} guesses`,
        culprits: [source],
        targets: ['web1'],
      }),
    ),
  )
  await alerts.flush()
  const users = new Users(join(folder, 'users.json'))
  server = createServer({ host: '127.0.0.1', port: 0, users, logger: nullLogger })
  registerAlertRoutes(server, alerts, undefined)
  registerCaseRoutes(server, new Cases(store, clock, alerts))
  ;({ url } = await server.listen())
})

afterAll(async () => {
  await server.close()
  await alerts.close()
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

beforeEach(() => {
  out = ''
  const take = (line: unknown): void => void (out += `${String(line)}\n`)
  vi.spyOn(console, 'log').mockImplementation(take)
  vi.spyOn(console, 'error').mockImplementation(take)
})
afterEach(() => void vi.restoreAllMocks())

async function run(...words: string[]): Promise<string> {
  out = ''
  const program = new Command().exitOverride().option('-E <setting>', '', (text: string) => [text], [])
  registerAlerts(program)
  registerSilence(program)
  registerCase(program)
  registerNotify(program)
  try {
    const local = words[0] === 'notify'
    await program.parseAsync([...words, ...(local ? [] : ['--url', url])], { from: 'user' })
  } catch (error) {
    reportError(error)
  }
  return out
}

test('list, show, ack by id, close by filter, assign and comment', async () => {
  const [head, ...rows] = (await run('alerts', 'list', '--since', '24h')).trimEnd().split('\n')
  expect(head).toMatch(/^ID +TIME +SEVERITY +STATUS +RULE +ENTITY +COUNT$/)
  expect(rows).toHaveLength(2)
  const id = rows.find((row) => row.includes('192.0.2.1'))!.split(' ')[0]!
  expect(await run('alerts', 'ack', id, '--comment', 'looking')).toBe('1 alerts: acknowledged\n')
  expect(await run('alerts', 'assign', id, 'ann')).toBe(`${id}: assigned to ann\n`)
  expect(await run('alerts', 'comment', id, 'a scanner?')).toBe(`${id}: commented\n`)
  const shown = await run('alerts', 'show', id)
  expect(shown).toContain('192.0.2.1 guesses')
  expect(shown).toContain('anonymous: status open -> acknowledged (looking)')
  expect(shown).toContain('anonymous: a scanner?')
  expect(await run('alerts', 'close', '--reason', 'benign')).toBe(
    'vedetta: name alerts by id or by a filter, or give --all\n',
  )
  expect(await run('alerts', 'close', '--ip', '192.0.2.2', '--reason', 'benign')).toBe('1 alerts: closed\n')
  expect(await run('alerts', 'list', '--status', 'open')).toBe('there is no alert\n')
  expect(await run('alerts', 'show', 'none')).toBe("vedetta: the alert 'none' does not exist\n")
})

test('a silence is tried, added, listed and ended', async () => {
  const dry = await run('silence', 'add', 'ip=192.0.2.0/24', '--reason', 'audit', '--dry-run')
  expect(dry).toBe('it would have hidden 2 of 2 alerts\n')
  expect(await run('silence', 'add', 'ip=192.0.2.0/24', '--reason', 'audit')).toContain('a silence needs its end')
  const added = await run('silence', 'add', 'ip=192.0.2.0/24', '--reason', 'audit', '--for', 'hours=4')
  const id = /^(\S+): silent until /.exec(added)![1]!
  expect(await run('silence', 'list')).toContain('ip=192.0.2.0/24')
  expect(await run('silence', 'expire', id)).toBe(`${id}: ended, it hid 0 alerts\n`)
  expect(await run('silence', 'list')).toBe('there is no silence\n')
  const excepted = await run('silence', 'add', 'ip=192.0.2.0/24', 'count<20', '--exception', '--reason', 'ours')
  expect(excepted).toContain('no alert until 2200-01-01')
  expect(await run('silence', 'list')).toMatch(/ exception .* count<20 /)
  await run('silence', 'expire', excepted.split(':')[0]!)
})

test('a case is begun with an alert, changed, noted in and shown', async () => {
  const alert = (await alerts.list({})).alerts[0]!.id
  const id = (await run('case', 'create', 'Guessing', '--alert', alert, '--tag', 'web', 'ssh')).trim()
  expect(await run('case', 'list', '--alert', alert)).toMatch(new RegExp(`^${id} .* open +1 +Guessing$`, 'm'))
  expect(await run('case', 'change', id)).toBe('vedetta: say what to change, such as --status\n')
  expect(await run('case', 'change', id, '--status', 'in progress', '--assignee', 'ann')).toBe(`${id}: changed\n`)
  expect(await run('case', 'note', id, 'asked the owner')).toBe(`${id}: noted\n`)
  expect(await run('case', 'remove', id, alert)).toBe(`${id}: 0 alerts\n`)
  const shown = await run('case', 'show', id)
  for (const line of [
    'status      in progress',
    'assignee    ann',
    'tags        web, ssh',
    ': status open -> in progress',
  ])
    expect(shown).toContain(line)
  expect(shown).toContain(`anonymous removed alert ${alert}`)
  expect(await run('case', 'list', '--status', 'closed')).toBe('there is no case\n')
})

test('notify route says the receiver of an alert, and where the file is wrong', async () => {
  const id = (await alerts.list({})).alerts[0]!.id
  const file = join(folder, 'alert.json')
  writeFileSync(file, await run('alerts', 'show', id, '-o', 'json'))
  const routes = join(folder, 'notify.yml')
  writeFileSync(
    routes,
    'route: { receiver: a, routes: [{ receiver: b, match: { kind: login } }] }\nreceivers: [{ name: a }, { name: b }]\n',
  )
  expect(await run('notify', 'route', file, '--routes', routes)).toBe('b: in the group ["b","rule=guessing"]\n')
  writeFileSync(routes, 'route: { receiver: c }\nreceivers: [{ name: a }]\n')
  expect(await run('notify', 'route', file, '--routes', routes)).toContain(
    "notify.yml:1:20: the receiver 'c' is not defined",
  )
})
