import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BEGINNING, watchOf, type Threshold } from '../../../console/src/screens/watches/threshold.ts'
import { nullLogger } from '../../diagnostic/index.ts'
import { loadSettings } from '../../settings/index.ts'
import { startVedetta, type Vedetta } from '../vedetta.ts'

const RULE = `title: An order\nid: order\nlogsource: {category: x}\ndetection: {s: {verb: GET}, condition: s}\nlevel: low\n`
const PIPELINE = String.raw`
input { generator { lines => ["GET 1", "no number"] count => 1 } }
filter { grok { match => { "message" => "%{WORD:verb} %{INT:size:int}" } } }
output { elasticsearch { index => "orders-%{+YYYY.MM.dd}" } }`

/** What the answers have, each some of it. */
interface Body {
  readonly records: readonly unknown[]
  readonly watches: readonly { readonly id: string; readonly next: number; readonly runs: number }[]
  readonly pipelines: readonly unknown[]
  readonly deadLetters: readonly unknown[]
  readonly lines: readonly {
    readonly steps: readonly { readonly why?: string }[]
    readonly events: readonly { readonly tags: readonly string[] }[]
    readonly rules: unknown
  }[]
  readonly problems: readonly string[]
  readonly grok: unknown
  readonly indices: readonly { readonly name: string }[]
  readonly days: readonly { readonly documents: number }[]
  readonly count: number
  readonly searches: unknown
  readonly acknowledged: boolean
  readonly link: string
  readonly samples: readonly unknown[]
  readonly address: string
  readonly watch_record: {
    readonly result: {
      readonly condition: { readonly met: boolean }
      readonly actions: readonly { readonly logging: { readonly logged_text: string } }[]
    }
  }
}

describe('the routes of the console', () => {
  let folder: string
  let vedetta: Vedetta
  const credentials = new Map<string, string>()

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vedetta-routes-'))
    for (const name of ['pipelines', 'rules', 'data/dead_letters']) mkdirSync(join(folder, name), { recursive: true })
    writeFileSync(join(folder, 'pipelines', 'orders.conf'), PIPELINE)
    writeFileSync(join(folder, 'rules', 'order.yml'), RULE)
    const letter = {
      version: 1,
      time: '2026-01-01T00:00:00.000Z',
      pipeline: 'main',
      reason: 'no such shape',
      event: {},
    }
    writeFileSync(join(folder, 'data', 'dead_letters', 'main.ndjson'), `${JSON.stringify(letter)}\n{"half`)
    const overrides = [
      'http.port=0',
      `path.data=${folder}/data`,
      `path.pipelines=${folder}/pipelines`,
      `path.rules=${folder}/rules`,
    ]
    vedetta = await startVedetta({ settings: loadSettings({ overrides }), logger: nullLogger, version: '0.0.0' })
    const password = 'correct horse'
    await ask('POST', '/_vedetta/setup', { user: 'admin', password })
    credentials.set('admin', `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`)
    await ask('PUT', '/_vedetta/users/ana', { role: 'analyst', password }, 'admin')
    credentials.set('ana', `Basic ${Buffer.from(`ana:${password}`).toString('base64')}`)
  })

  afterAll(async () => {
    await vedetta?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function ask(
    method: string,
    path: string,
    body?: object,
    user?: string,
  ): Promise<{ status: number; body: Body }> {
    const authorization = credentials.get(user ?? '')
    const response = await fetch(`${vedetta.url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(authorization === undefined ? {} : { authorization }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: (await response.json()) as Body }
  }

  test('watches say when they run next and how their runs went', async () => {
    const watch = {
      metadata: { name: 'Every second' },
      trigger: { schedule: { interval: '1s' } },
      input: { simple: { a: 1 } },
      condition: { always: {} },
      actions: { log: { logging: { text: 'x' } } },
    }
    expect((await ask('PUT', '/_watcher/watch/often', watch, 'admin')).status).toBe(201)
    await expect
      .poll(async () => (await ask('GET', '/_vedetta/watches/often/history?size=1', undefined, 'ana')).body.records)
      .toHaveLength(1)
    const { watches } = (await ask('GET', '/_vedetta/watches', undefined, 'ana')).body
    const often = watches.find(({ id }) => id === 'often')
    expect(often).toMatchObject({ name: 'Every second', active: true, trigger: watch.trigger })
    expect(often!.next).toBeGreaterThan(Date.now() - 2_000)
    expect(often!.runs).toBeGreaterThan(0)
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string
    expect(often).toMatchObject({ lastChecked: time, lastMet: time, state: expect.any(String) as string })
    await ask('PUT', '/_watcher/watch/often/_deactivate', undefined, 'admin')
    const after = (await ask('GET', '/_vedetta/watches', undefined, 'ana')).body.watches
    expect(after.find(({ id }) => id === 'often')).not.toHaveProperty('next')
  })

  test('an analyst tries watches that are stored, and sends nothing', async () => {
    const watch = {
      trigger: { schedule: { interval: '1h' } },
      input: { simple: { a: 1 } },
      actions: { log: { logging: { text: 'x' } } },
    }
    expect((await ask('PUT', '/_watcher/watch/seldom?active=false', watch, 'admin')).status).toBe(201)
    const trial = await ask('POST', '/_watcher/watch/seldom/_execute', {}, 'ana')
    expect(trial.body.watch_record.result.actions).toMatchObject([{ status: 'simulated' }])
    for (const refused of [
      { action_modes: { log: 'force_execute' } },
      { action_modes: { _all: 'execute' } },
      { watch },
    ])
      expect((await ask('POST', '/_watcher/watch/seldom/_execute', refused, 'ana')).status).toBe(403)
    expect((await ask('POST', '/_watcher/watch/_execute', { watch }, 'ana')).status).toBe(403)
    expect((await ask('POST', '/_watcher/watch/_execute', { watch }, 'admin')).status).toBe(200)
  })

  test('health shows what went through each filter, and what was refused', async () => {
    const { body } = await ask('GET', '/_vedetta/health', undefined, 'ana')
    expect(body.pipelines).toMatchObject([{ id: 'main', in: 2, out: 2, filters: [{ name: 'grok', in: 2, out: 2 }] }])
    expect(body.deadLetters).toMatchObject([
      { pipeline: 'main', count: 1, more: false, reasons: [{ reason: 'no such shape', count: 1 }] },
    ])
  })

  test('a line is followed through a pipeline to the rules; only administrators bring their own configuration', async () => {
    const request = { pipeline: 'main', lines: ['GET 7', 'GET many'] }
    const { lines } = (await ask('POST', '/_vedetta/explain', request, 'ana')).body
    expect(lines[0]!).toMatchObject({ events: [{ verb: 'GET', size: 7 }], rules: [[{ id: 'order', level: 'low' }]] })
    expect(lines[1]!.steps[0]!.why).toContain("'%{INT:size:int}' does not match")
    expect(lines[1]!.rules).toEqual([[]])
    const own = { configuration: 'filter { mutate { add_tag => ["x"] } }', lines: ['a'] }
    expect((await ask('POST', '/_vedetta/explain', own, 'ana')).status).toBe(403)
    expect((await ask('POST', '/_vedetta/explain', own, 'admin')).body.lines[0]!.events[0]!.tags).toEqual(['x'])
    const wrong = { configuration: 'filter { grok { match => { "message" => "%{NOPE}" } } }', lines: ['a'] }
    expect((await ask('POST', '/_vedetta/explain', wrong, 'admin')).body.problems[0]).toContain('tried.conf:1:')
    const grok = { pattern: '%{IP:client}', lines: ['10.0.0.1', 'nobody'] }
    expect((await ask('POST', '/_vedetta/explain', grok, 'ana')).body.grok).toMatchObject([
      { fields: { client: '10.0.0.1' } },
      { fields: null, why: '\'%{IP:client}\' does not match anywhere in "nobody"' },
    ])
  })

  test('a rule is tried on the past by the live engine', async () => {
    const now = Date.now()
    const document = (verb: string, daysAgo: number): string =>
      `{"index":{"_index":"orders-past"}}\n${JSON.stringify({ '@timestamp': new Date(now - daysAgo * 86_400_000).toISOString(), verb, host: `h${daysAgo}` })}\n`
    const lines = [2.5, 2.4, 1.5, 0.5].map((days) => document('GET', days)).join('') + document('PUT', 0.4)
    const response = await fetch(`${vedetta.url}/_bulk`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', authorization: credentials.get('admin')! },
      body: lines,
    })
    expect(await response.json()).toMatchObject({ errors: false })
    const { body } = await ask('POST', '/_vedetta/rules/_preview', { id: 'order', days: 3 }, 'ana')
    // Two of today's came by the pipeline.
    expect(body).toMatchObject({ id: 'order', days: 3, events: 7, truncated: false, alerts: 5, perDay: [2, 1, 2] })
    expect(body.samples[0]).toMatchObject({ reason: expect.stringContaining('An order') as string })
    expect((await ask('POST', '/_vedetta/rules/_preview', { id: 'nobody' }, 'ana')).status).toBe(404)
    expect((await ask('POST', '/_vedetta/rules/_preview', { id: 'order', days: 99 }, 'ana')).status).toBe(400)
    await ask('DELETE', '/orders-past', undefined, 'admin')
  })

  test('the store is shown by index and day, and deletes after a dry run, events alone', async () => {
    const store = (await ask('GET', '/_vedetta/store', undefined, 'ana')).body
    const index = store.indices.find(({ name }) => name.startsWith('orders-'))
    expect(index).toMatchObject({ documents: 2 })
    expect(store.days[0]!.documents).toBeGreaterThanOrEqual(2)
    const wanted = { indices: [index!.name] }
    expect((await ask('POST', '/_vedetta/store/_delete', wanted, 'ana')).status).toBe(403)
    const dry = await ask('POST', '/_vedetta/store/_delete', wanted, 'admin')
    expect(dry.body).toMatchObject({ dry_run: true, documents: 2, indices: [{ name: index!.name }] })
    expect((await ask('GET', `/${index!.name}/_count`, undefined, 'admin')).body.count).toBe(2)
    await ask('POST', '/_vedetta/store/_delete', { ...wanted, dry_run: false }, 'admin')
    expect((await ask('GET', `/${index!.name}/_count`, undefined, 'admin')).status).toBe(404)
    for (const name of ['.watches', '*', 'a,b', '_all'])
      expect((await ask('POST', '/_vedetta/store/_delete', { indices: [name] }, 'admin')).status).toBe(400)
  })

  test('every point of a query comes once and in order, also of a burst within a long day', async () => {
    const start = Date.now() - 86_400_000
    const times = Array.from({ length: 18_000 }, (_, at) => start + (at < 12_000 ? 5_000 + (at >> 11) : at * 4_000))
    const lines = times.map((time, at) => `{"create":{"_index":"points"}}\n{"@timestamp":${time},"port":${at}}\n`)
    const headers = { 'content-type': 'application/x-ndjson', authorization: credentials.get('admin')! }
    await fetch(`${vedetta.url}/_bulk`, { method: 'POST', headers, body: lines.join('') })
    const response = await fetch(`${vedetta.url}/_vedetta/_points`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ index: 'points', query: { match_all: {} }, field: 'port' }),
    })
    const parts = (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { t: number[]; y: number[] })
    const found = parts.flatMap(({ t }) => t)
    expect(found).toEqual([...found].sort((a, b) => a - b))
    expect(new Set(parts.flatMap(({ y }) => y)).size).toBe(18_000)
    expect(found).toHaveLength(18_000)
    await ask('DELETE', '/points', undefined, 'admin')
  })

  test('searches are kept for all, changed by who kept them, and lead nowhere else', async () => {
    const mine = { name: 'scans', address: '/_vedetta/ui/events?q=a' }
    expect((await ask('POST', '/_vedetta/saved', mine, 'admin')).status).toBe(201)
    expect((await ask('GET', '/_vedetta/saved', undefined, 'ana')).body.searches).toMatchObject([
      { ...mine, by: 'admin' },
    ])
    expect((await ask('POST', '/_vedetta/saved', mine, 'ana')).status).toBe(403)
    expect((await ask('DELETE', '/_vedetta/saved?name=scans', undefined, 'ana')).status).toBe(403)
    expect((await ask('DELETE', '/_vedetta/saved?name=scans', undefined, 'admin')).body.acknowledged).toBe(true)
    for (const address of ['https://evil.example/', '//evil.example', '/_vedetta/ui/..//x', 'javascript:x'])
      expect((await ask('POST', '/_vedetta/saved', { name: 'x', address }, 'ana')).status).toBe(400)
    const { link } = (await ask('POST', '/_vedetta/saved', { address: mine.address }, 'ana')).body
    expect((await ask('GET', `/_vedetta/saved?link=${link}`, undefined, 'admin')).body.address).toBe(mine.address)
  })

  test('what a user prefers is kept for this one alone, and only what screens know', async () => {
    expect((await ask('PUT', '/_vedetta/profile', { columns: 'source.ip' }, 'ana')).status).toBe(200)
    expect((await ask('GET', '/_vedetta/profile', undefined, 'ana')).body).toEqual({ columns: 'source.ip' })
    expect((await ask('GET', '/_vedetta/profile', undefined, 'admin')).body).toEqual({})
    for (const body of [{ role: 'administrator' }, { columns: 1 }, { columns: 'x'.repeat(20_001) }])
      expect((await ask('PUT', '/_vedetta/profile', body, 'ana')).status).toBe(400)
  })

  test.each<[string, Partial<Threshold>, string | undefined]>([
    ['events', { above: 4 }, '5 events in the last 5m, more than 4'],
    ['events, too few', { above: 5 }, undefined],
    [
      'different values',
      { distinct: 'port.keyword', above: 2 },
      '3 different values of port.keyword in the last 5m, more than 2',
    ],
    [
      'events for each',
      { group: 'who.keyword', above: 1 },
      'ann: 3 events in the last 5m\nbob: 2 events in the last 5m',
    ],
    ['events for each, one of them', { group: 'who.keyword', above: 2 }, 'ann: 3 events in the last 5m'],
    ['events for each, none', { group: 'who.keyword', above: 3 }, undefined],
    [
      'different values for each',
      { group: 'who.keyword', distinct: 'port.keyword', above: 1 },
      'ann: 3 different values of port.keyword in the last 5m',
    ],
    ['events of a query', { query: 'who:bob', above: 1 }, '2 events in the last 5m, more than 1'],
  ])('a threshold in words is a watch: %s', async (_, part, said) => {
    const contacts = [
      ['ann', '1'],
      ['ann', '2'],
      ['ann', '3'],
      ['bob', '1'],
      ['bob', '1'],
    ]
    for (const [at, [who, port]] of contacts.entries())
      await ask('PUT', `/contacts/_doc/${at}`, { '@timestamp': new Date().toISOString(), who, port }, 'admin')
    const watch = watchOf({ ...BEGINNING, index: 'contacts', query: '', distinct: '', group: '', ...part })
    const { status, body } = await ask('POST', '/_watcher/watch/_execute', { watch }, 'admin')
    expect(status).toBe(200)
    const { condition, actions } = body.watch_record.result
    expect(condition.met).toBe(said !== undefined)
    expect(actions[0]?.logging.logged_text.trim()).toBe(said)
  })
})
