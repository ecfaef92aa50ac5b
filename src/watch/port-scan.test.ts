import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { formatDiagnostic } from '../diagnostic/index.ts'
import { stringifyJson, toValue } from '../event/index.ts'
import { shippedTemplates } from '../search/index.ts'
import { startMailServer } from '../../test/fixtures/mail-server.ts'
import { startWatchSystem, type WatchSystem } from '../../test/fixtures/watch-system.ts'
import { checkWatchFile } from './index.ts'

const SHIPPED = fileURLToPath(new URL('../content/watches/port_scan.json', import.meta.url))
const SEED = fileURLToPath(new URL('../../../shared/seed/port_scan_watch.json', import.meta.url))

/** As many connection attempts as there are ports, from one host to another, at the clock's time. */
async function scan(system: WatchSystem, from: string, to: string, ports: number, more: object = {}): Promise<void> {
  const time = new Date(system.clock.now()).toISOString()
  const events = Array.from({ length: ports }, (_, i) => ({
    '@timestamp': time,
    type: 'tcpdump',
    src_ip: from,
    src_port: '55203',
    dst_ip: to,
    dst_port: String(i + 1),
    tags: ['network', 'tcp_connection_started'],
    ...more,
  }))
  await system.index('logstash-tcpdump-2026.11.24', ...events)
}

async function start(watch: string, more: Parameters<typeof startWatchSystem>[0] = {}): Promise<WatchSystem> {
  const system = await startWatchSystem(more)
  for (const { name, body } of shippedTemplates()) await system.store.putTemplate(name, body)
  const folder = join(system.folder, 'watches')
  mkdirSync(folder)
  copyFileSync(watch, join(folder, 'port_scan.json'))
  const diagnostics = await system.watcher.loadFiles(folder)
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  await system.watcher.start()
  return system
}

describe('the shipped watch', () => {
  test('has no problem and no doubt', () => {
    expect(checkWatchFile(SHIPPED)).toEqual([])
  })

  test('names every culprit in one mail, with the ctx attached', async () => {
    await using server = await startMailServer()
    const settings = new Map<string, string | number>([
      ['xpack.notification.email.account.work.smtp.host', '127.0.0.1'],
      ['xpack.notification.email.account.work.smtp.port', server.port],
    ])
    await using system = await start(SHIPPED, { settings })
    await system.run(2)
    await scan(system, '10.0.0.1', '10.0.1.1', 500)
    await scan(system, '10.0.0.1', '10.0.1.2', 51)
    await scan(system, '10.0.0.2', '10.0.1.1', 60)
    await scan(system, '10.0.0.3', '10.0.1.1', 50)
    await system.run(1)
    const [{ mail }] = (await server.received(1)) as [(typeof server.mails)[0]]
    expect(mail.subject).toBe('[Security Alert] - Port scan detected')
    expect(mail.text?.trimEnd().split('\n')).toEqual([
      'Detected portscan from [10.0.0.1] to [10.0.1.1]. 500 unique ports scanned.',
      'Detected portscan from [10.0.0.1] to [10.0.1.2]. 51 unique ports scanned.',
      'Detected portscan from [10.0.0.2] to [10.0.1.1]. 60 unique ports scanned.',
    ])
    expect(mail.attachments.map(({ filename }) => filename)).toEqual(['data.yml'])
    const data = mail.attachments[0]!.content.toString()
    expect(data).toMatch(/^---\nctx:\n {2}watch_id: port_scan\n/)
    expect(data).toMatch(/source: 10\.0\.0\.1/)
  })

  test('is quiet within the throttle, and tells of the next scan after it', async () => {
    await using system = await start(SHIPPED)
    await scan(system, '10.0.0.1', '10.0.1.1', 100)
    await system.run(5)
    await scan(system, '10.0.0.2', '10.0.1.1', 100)
    await system.run(20)
    expect(system.mails).toHaveLength(1)
    await system.run(7)
    expect(system.mails.map(({ text }) => text)).toEqual([
      'Detected portscan from [10.0.0.1] to [10.0.1.1]. 100 unique ports scanned.',
      'Detected portscan from [10.0.0.2] to [10.0.1.1]. 100 unique ports scanned.',
    ])
    await system.run(60)
    expect(system.mails).toHaveLength(2)
  })
})

test.each([
  ['painless', 'int i = 0; while (true) { i++; }'],
  ['painless', 'def l = []; while (true) { l.add(l.toString()); }'],
  ['groovy', 'def i = 0; while (true) { i++ }; return true'],
])('an endless %s script ends with a clear error in the history, and another watch goes on', async (lang, source) => {
  await using system = await startWatchSystem()
  await system.watcher.start()
  const trigger = { schedule: { interval: '10s' } }
  const actions = { log: { logging: { text: 'x' } } }
  await system.watcher.put('endless', toValue({ trigger, condition: { script: { lang, source } }, actions }))
  await system.watcher.put('other', toValue({ trigger, actions }))
  await system.run(10)
  const [record] = await system.watcher.history('endless', 1)
  expect(JSON.parse(stringifyJson(record))).toMatchObject({
    state: 'failed',
    messages: [
      'failed to execute watch condition',
      expect.stringMatching(
        /^condition\.script:1:\d+: runtime error: (The maximum number of statements|the script used more memory)/,
      ),
    ],
    exception: {
      type: 'script_exception',
      lang,
      script_stack: expect.arrayContaining([expect.stringContaining('^---- HERE')]),
    },
  })
  expect((await system.watcher.history('other', 1))[0]).toMatchObject({ state: 'executed' })
})

describe.skipIf(!existsSync(SEED))('the watch of the seed, verbatim', () => {
  test('is taken for Groovy, and says so, as it says that ten buckets may not be all', () => {
    expect(checkWatchFile(SEED).map((problem) => formatDiagnostic(problem))).toEqual([
      `${SEED}:67:17: notice: 'condition.script.inline' names no language and is taken for groovy; give it a "lang" to be sure`,
      `${SEED}:78:21: notice: 'actions.email_administrator.transform.script.inline' names no language and is taken for groovy; give it a "lang" to be sure`,
      `${SEED}:39:24: notice: 'input.search.request.body.aggs.by_src_ip.terms' has no size: only the 10 largest buckets are seen; give it a "size"`,
      `${SEED}:44:28: notice: 'input.search.request.body.aggs.by_src_ip.aggs.by_target_ip.terms' has no size: only the 10 largest buckets are seen; give it a "size"`,
    ])
  })

  test('sends its mail, which names the first scan', async () => {
    await using system = await start(SEED)
    await scan(system, '10.0.0.1', '10.0.1.1', 500)
    await scan(system, '10.0.0.9', '10.0.1.9', 500, { type: 'other' })
    await system.run(10)
    expect(system.mails).toHaveLength(1)
    expect(system.mails[0]).toMatchObject({
      to: ['admin@example.org'],
      profile: 'standard',
      priority: 'high',
      subject: '[Security Alert] - Port scan detected',
      text: 'Detected portscan from [10.0.0.1] to [10.0.1.1]. 500 unique ports scanned.',
    })
    const [record] = await system.watcher.history('port_scan', 1)
    expect(JSON.parse(stringifyJson(record))).toMatchObject({
      state: 'executed',
      result: {
        condition: { type: 'script', met: true },
        actions: [{ id: 'email_administrator', transform: { type: 'script', status: 'success' }, status: 'success' }],
      },
    })
    await system.run(20)
    expect(system.mails).toHaveLength(1)
  })

  test('does the same when it is put through the API, at the threshold and not below', async () => {
    await using system = await startWatchSystem()
    for (const { name, body } of shippedTemplates()) await system.store.putTemplate(name, body)
    await system.watcher.start()
    await system.watcher.put('port_scan', JSON.parse(readFileSync(SEED, 'utf8')))
    await scan(system, '10.0.0.1', '10.0.1.1', 50)
    await system.run(10)
    expect(system.mails).toHaveLength(0)
    await scan(system, '10.0.0.1', '10.0.1.1', 51)
    await system.run(10)
    expect(system.mails.map(({ text }) => text)).toEqual([
      'Detected portscan from [10.0.0.1] to [10.0.1.1]. 51 unique ports scanned.',
    ])
  })
})
