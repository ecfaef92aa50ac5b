import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nullLogger } from '../diagnostic/index.ts'
import { loadSettings } from '../settings/index.ts'
import { startVedetta, type Vedetta } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'vedetta-alerts-'))
const said: string[] = []
let vedetta: Vedetta

type Json = ReturnType<typeof JSON.parse>

const RULE = `title: Shell
id: 11111111-1111-4111-8111-111111111111
level: high
logsource: { category: webserver }
detection:
  selection: { message|contains: cmd=id }
  condition: selection
`

beforeAll(async () => {
  mkdirSync(join(folder, 'pipelines'))
  writeFileSync(
    join(folder, 'pipelines', 'none.conf'),
    'input { generator { count => 1 } } filter { drop {} } output { }',
  )
  mkdirSync(join(folder, 'watches'))
  mkdirSync(join(folder, 'rules'))
  writeFileSync(join(folder, 'rules', 'shell.yml'), RULE)
  const overrides = [
    `path.rules=${folder}/rules`,
    'http.port=0',
    `path.data=${folder}/data`,
    `path.pipelines=${folder}/pipelines`,
  ]
  const settings = loadSettings({ overrides: [...overrides, `path.watches=${folder}/watches`], environment: {} })
  vedetta = await startVedetta({ settings, logger: nullLogger, version: '0', say: (line) => said.push(line) })
})

afterAll(async () => {
  await vedetta.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function ask(method: string, path: string, body?: object): Promise<{ status: number; body: Json }> {
  const response = await fetch(vedetta.url + path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  return { status: response.status, body: await response.json() }
}

async function fail(source: string, times: number): Promise<void> {
  const document = { tags: ['auth_failure'], src_ip: source, src_user: 'root', host: 'web1' }
  const lines = Array.from({ length: times }, () => [
    '{"create":{"_index":"logstash-auth-1"}}',
    JSON.stringify({ '@timestamp': new Date().toISOString(), ...document }),
  ]).flat()
  const response = await fetch(`${vedetta.url}/_bulk`, {
    method: 'POST',
    body: `${lines.join('\n')}\n`,
    headers: { 'content-type': 'application/x-ndjson' },
  })
  expect(response.status).toBe(200)
}

/** Reads a live stream until it is closed; `after` is the id it goes on from. */
async function listen(path: string, after?: string): Promise<{ heard: () => string; close: () => void }> {
  const ended = new AbortController()
  const headers = new Headers(after === undefined ? {} : { 'last-event-id': after })
  const { body } = await fetch(`${vedetta.url}${path}`, { signal: ended.signal, headers })
  let heard = ''
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader()
  const read = async (): Promise<void> => {
    for (let part = await reader.read(); !part.done; part = await reader.read()) heard += part.value
  }
  void read().catch(() => undefined)
  return { heard: () => heard, close: () => ended.abort() }
}

async function alertsWhen(count: number, query = ''): Promise<Json> {
  let body: Json
  await expect.poll(async () => (body = (await ask('GET', `/_vedetta/alerts?${query}`)).body).total).toBe(count)
  return body
}

test('an attack that came by _bulk is an alert: listed, grouped, acknowledged, put back, assigned, commented', async () => {
  const live = await listen('/_vedetta/live')

  await fail('192.0.2.1', 12)
  await fail('192.0.2.2', 12)
  const { alerts } = await alertsWhen(2, 'status=open')
  const { id } = alerts[0]
  expect(alerts[0].rule.id).toBe('vedetta-login-guessing')
  expect(alerts[0].vedetta.alert).toMatchObject({ episode: 'active', status: 'open', count: 10, targets: ['web1'] })
  await expect.poll(() => said.filter((line) => line.startsWith('ALERT medium Password guessing'))).toHaveLength(2)

  const groups = (await ask('GET', '/_vedetta/alerts/_groups?by=rule')).body
  expect(groups).toMatchObject({ total: 2, groups: [{ key: { rule: 'vedetta-login-guessing' }, count: 2 }] })
  expect(groups.groups[0].sparkline.reduce((a: number, b: number) => a + b, 0)).toBe(2)

  const wrong = await ask('POST', '/_vedetta/alerts/_transition', { query: {}, expected: 3, status: 'acknowledged' })
  expect([wrong.status, wrong.body.error.reason]).toEqual([
    409,
    'expected 3 alerts, the query now matches 2; look at the list again, then repeat',
  ])
  const unknown = await ask('POST', '/_vedetta/alerts/_transition', { query: { ruel: 'x' }, status: 'open' })
  expect(unknown.status).toBe(400)
  const closing = await ask('POST', '/_vedetta/alerts/_transition', { query: {}, status: 'closed' })
  expect([closing.status, closing.body.error.reason]).toEqual([400, "closing needs 'reason'"])

  const change = { query: { status: 'open' }, expected: 2, status: 'acknowledged', comment: 'looking' }
  const { task, matched } = (await ask('POST', '/_vedetta/alerts/_transition', change)).body
  expect(matched).toBe(2)
  await alertsWhen(2, 'status=acknowledged')
  await expect
    .poll(async () => (await ask('GET', `/_vedetta/tasks/${task}`)).body)
    .toMatchObject({
      done: 2,
      total: 2,
      finished: true,
      undo: true,
    })
  await ask('POST', `/_vedetta/tasks/${task}/_undo`)
  await alertsWhen(2, 'status=open')
  const { history } = (await ask('GET', `/_vedetta/alerts/${id}/history`)).body
  expect(history.map((row: Json) => [row.field, row.from, row.to, row.why])).toEqual([
    ['status', 'open', 'acknowledged', 'looking'],
    ['status', 'acknowledged', 'open', undefined],
  ])

  await ask('POST', `/_vedetta/alerts/${id}/_assign`, { to: 'ann' })
  await alertsWhen(1, 'assignee=ann')
  await alertsWhen(1, 'assignee=none')
  await ask('POST', `/_vedetta/alerts/${id}/_comment`, { text: 'known scanner?' })
  const { comments } = (await ask('GET', `/_vedetta/alerts/${id}/comments`)).body
  expect(comments).toMatchObject([{ by: 'anonymous', text: 'known scanner?' }])
  const { total, events } = (await ask('GET', `/_vedetta/alerts/${id}/events`)).body
  expect([total, events[0]._source.src_user]).toEqual([10, 'root'])
  expect((await ask('GET', '/_vedetta/alerts/none')).status).toBe(404)

  await expect.poll(live.heard).toContain('event: state')
  expect(live.heard().match(/event: alert/g)!.length).toBeGreaterThanOrEqual(2)
  const first = /id: (\w+-\d+)\nevent: alert/.exec(live.heard())![1]!
  live.close()
  const again = await listen('/_vedetta/live', first)
  await expect.poll(again.heard).toContain('event: state')
  expect(again.heard()).not.toContain('event: reset')
  again.close()
})

test('whoever listens is told that a search or a watch was changed, and by whom', async () => {
  const live = await listen('/_vedetta/live')
  const saved = { name: 'told of', address: '/_vedetta/ui/events' }
  await ask('POST', '/_vedetta/saved', saved)
  await expect.poll(live.heard).toContain('event: changed\ndata: {"what":"saved","by":null}')
  expect((await ask('POST', '/_vedetta/saved', { ...saved, address: '//elsewhere' })).status).toBe(400)
  const watch = { trigger: { schedule: { interval: '1d' } }, input: { none: {} }, actions: {} }
  expect((await ask('PUT', '/_watcher/watch/told-of', watch)).status).toBe(201)
  await expect.poll(live.heard).toContain('"what":"watches"')
  // What was refused has changed nothing.
  expect(live.heard().match(/"what":"saved"/g)).toHaveLength(1)
  await ask('DELETE', '/_watcher/watch/told-of')
  live.close()
})

test('a live tail gets what matches as it arrives, and after a pause what came meanwhile', async () => {
  const events = (query: object): string =>
    `/_vedetta/live/events?index=tailed*&query=${encodeURIComponent(JSON.stringify(query))}`
  const write = (n: number): Promise<unknown> =>
    ask('POST', '/tailed-1/_doc', { '@timestamp': '2020-01-01T00:00:00Z', n, message: `row ${n}` })
  const rows = (text: string): number[] => [...text.matchAll(/"n":(\d+)/g)].map(([, n]) => Number(n))
  await write(0)
  const tail = await listen(events({ range: { n: { lt: 4 } } }))
  await expect.poll(tail.heard).toContain('event: ready')
  for (const n of [1, 5, 2]) await write(n)
  await expect.poll(() => rows(tail.heard())).toEqual([1, 2])
  const last = [...tail.heard().matchAll(/id: (\w+-\d+)\nevent: rows/g)].at(-1)![1]!
  tail.close()
  await write(3)
  const again = await listen(events({ range: { n: { lt: 4 } } }), last)
  await expect.poll(() => rows(again.heard())).toEqual([3])
  again.close()
  const stranger = await listen(events({ match_all: {} }), 'other-1')
  await expect.poll(stranger.heard).toContain('event: reset')
  stranger.close()
  expect((await ask('GET', events({ nonsense: {} }))).status).toBe(400)
  expect((await ask('GET', '/_vedetta/live/events?query=%7B')).status).toBe(400)
})

test('a silence needs an end, hides what it matches, counts it, and ends', async () => {
  const matchers = [{ field: 'ip', op: 'cidr', value: '198.51.100.0/24' }]
  const endless = await ask('POST', '/_vedetta/silences', { matchers, reason: 'scan' })
  expect([endless.status, endless.body.error.reason]).toEqual([400, "a silence needs 'until'"])
  const silence = { matchers, reason: 'our own scanner', until: Date.now() + 3_600_000 }
  const made = await ask('POST', '/_vedetta/silences', silence)
  expect(made.status).toBe(201)
  const before = said.length
  await fail('198.51.100.9', 12)
  const { alerts } = await alertsWhen(1, 'entity=198.51.100.9')
  expect(alerts[0].vedetta.alert.silenced_by).toBe(made.body.id)
  expect(said.length).toBe(before)
  expect((await ask('GET', '/_vedetta/silences')).body.silences).toMatchObject([{ reason: 'our own scanner', hid: 1 }])
  const preview = (await ask('POST', '/_vedetta/silences/_preview', { matchers, days: 3 })).body
  expect(preview).toEqual({ hidden: 1, of: 3, perDay: [0, 0, 1] })
  await ask('DELETE', `/_vedetta/silences/${made.body.id}`)
  expect((await ask('GET', '/_vedetta/silences')).body.silences).toEqual([])
  expect((await ask('GET', '/_vedetta/silences?all=true')).body.silences).toHaveLength(1)
})

test('a Sigma rule of path.rules judges what is written', async () => {
  const document = { '@timestamp': new Date().toISOString(), message: 'GET /shell.php?cmd=id' }
  await ask('POST', '/web-1/_doc', { ...document, event: { category: ['web'] } })
  const { alerts } = await alertsWhen(1, 'rule=11111111-1111-4111-8111-111111111111')
  expect(alerts[0].vedetta.alert.severity).toBe('high')
})

test('alerts become a case with a status, somebody who has it, notes and a timeline that nobody edits', async () => {
  await fail('198.51.100.77', 25)
  const alert = (await alertsWhen(1, 'entity=198.51.100.77')).alerts[0].id as string
  const made = await ask('POST', '/_vedetta/cases', { title: 'Guessing at web1', alerts: [alert] })
  expect(made).toMatchObject({ status: 201, body: { status: 'open', alerts: [alert], assignee: null } })
  const path = `/_vedetta/cases/${made.body.id}`
  await ask('PUT', path, { status: 'in progress', assignee: 'ana', tags: ['web'] })
  await ask('POST', `${path}/_notes`, { text: 'asked the **owner**' })
  await ask('POST', `${path}/_alerts`, { remove: [alert] })
  expect((await ask('GET', `/_vedetta/cases?alert=${alert}`)).body.cases).toEqual([])
  await ask('POST', `${path}/_alerts`, { add: [alert] })
  expect((await ask('GET', path)).body).toMatchObject({
    title: 'Guessing at web1',
    status: 'in progress',
    assignee: 'ana',
    alerts: [alert],
    timeline: [
      { kind: 'created', to: 'Guessing at web1', by: 'anonymous' },
      { kind: 'added', alert },
      { kind: 'changed', field: 'status', from: 'open', to: 'in progress' },
      { kind: 'changed', field: 'assignee', from: '', to: 'ana' },
      { kind: 'changed', field: 'tags', from: '', to: 'web' },
      { kind: 'note', text: 'asked the **owner**' },
      { kind: 'removed', alert },
      { kind: 'added', alert },
    ],
  })
  for (const query of [`alert=${alert}`, 'status=open,in progress', 'assignee=ana', 'q=guessing'])
    expect((await ask('GET', `/_vedetta/cases?${query}`)).body.cases).toHaveLength(1)
  for (const query of ['status=closed', 'assignee=none', 'q=nothing'])
    expect((await ask('GET', `/_vedetta/cases?${query}`)).body.cases).toEqual([])
})

test('what is no case is refused with its reason', async () => {
  const reason = async (method: string, path: string, body: object): Promise<string> =>
    (await ask(method, path, body)).body.error.reason
  expect(await reason('POST', '/_vedetta/cases', {})).toBe(
    "'title' must be a text of at most 300 characters, got 'undefined'",
  )
  expect(await reason('POST', '/_vedetta/cases', { title: 'x', alerts: ['gone'] })).toBe(
    "the alert 'gone' does not exist",
  )
  const { id } = (await ask('POST', '/_vedetta/cases', { title: 'x' })).body
  expect(await reason('PUT', `/_vedetta/cases/${id}`, { status: 'lost' })).toMatch(
    /^'status' must be one of open, in progress/,
  )
  expect(await reason('POST', `/_vedetta/cases/${id}/_notes`, { text: ' ' })).toBe("a note needs 'text'")
  expect(await reason('PUT', `/_vedetta/cases/${id}`, { colour: 'red' })).toMatch(
    /^'a change of a case' must be made of/,
  )
  expect((await ask('GET', '/_vedetta/cases/none')).status).toBe(404)
})

test('an exception keeps alerts from being raised until an episode outgrows it, and counts them', async () => {
  const matchers = [
    { field: 'rule', op: '=', value: 'vedetta-login-guessing' },
    { field: 'culprit', op: 'cidr', value: '198.51.100.128/25' },
    { field: 'count', op: '<', value: '30' },
  ]
  const made = await ask('POST', '/_vedetta/silences', {
    matchers,
    exception: true,
    reason: 'clients with old passwords',
  })
  expect(made).toMatchObject({ status: 201, body: { exception: true, until: Date.UTC(2200, 0, 1) } })
  const without = await ask('POST', '/_vedetta/silences', { matchers, exception: true })
  expect(without.body.error.reason).toBe("an exception needs 'reason'")
  await fail('198.51.100.130', 15)
  await expect
    .poll(async () => (await ask('GET', '/_vedetta/silences')).body.silences.find((one: Json) => one.exception).hid)
    .toBe(1)
  await alertsWhen(0, 'entity=198.51.100.130&rule=vedetta-login-guessing')
  await fail('198.51.100.130', 25)
  const { alerts } = await alertsWhen(1, 'entity=198.51.100.130&rule=vedetta-login-guessing')
  expect(alerts[0].vedetta.alert.count).toBeGreaterThanOrEqual(30)
  const past = await ask('POST', '/_vedetta/silences/_preview', { matchers: matchers.slice(0, 2), days: 1 })
  expect(past.body).toMatchObject({ hidden: 1 })
})

test('the versions of a rule and of a watch are kept with who changed them, secrets left out', async () => {
  const versions = async (kind: string, id: string): Promise<Json> =>
    (await ask('GET', `/_vedetta/versions?kind=${kind}&id=${id}`)).body.versions
  const rule = '11111111-1111-4111-8111-111111111111'
  expect(await versions('rule', rule)).toEqual([])
  await ask('POST', `/_vedetta/rules/${rule}/_disable`)
  expect(await versions('rule', rule)).toMatchObject([
    { state: 'disabled', text: RULE },
    { state: 'enabled', by: null, text: RULE },
  ])
  const watch = (to: string): object => ({
    trigger: { schedule: { interval: '1h' } },
    input: { simple: {} },
    actions: { tell: { webhook: { url: 'http://127.0.0.1:1/', auth: { basic: { username: 'u', password: to } } } } },
  })
  await ask('PUT', '/_watcher/watch/kept', watch('first-secret'))
  await ask('PUT', '/_watcher/watch/kept?active=false', watch('second-secret'))
  await ask('POST', '/_watcher/watch/kept/_execute', {})
  await ask('DELETE', '/_watcher/watch/kept')
  const kept = await versions('watch', 'kept')
  expect(kept.map(({ state, text }: Json) => [state, text === null])).toEqual([
    ['', true],
    ['inactive', false],
    ['active', false],
  ])
  expect(JSON.stringify(kept)).not.toContain('secret')
  expect((await ask('GET', '/_vedetta/versions?kind=other')).status).toBe(400)
})
