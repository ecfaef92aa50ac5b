import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nullLogger } from '../diagnostic/index.ts'
import { loadSettings } from '../settings/index.ts'
import { startVedetta, type Vedetta } from './vedetta.ts'

type Json = ReturnType<typeof JSON.parse>

const folder = mkdtempSync(join(tmpdir(), 'vedetta-rule-routes-'))
const said: string[] = []
let vedetta: Vedetta

const rule = (id: string, text: string): string =>
  `title: Rule ${id}\nid: ${id}\nlevel: high\ntags: [attack.t1059]\nlogsource: {category: webserver}\ndetection: {s: {message|contains: ${text}}, condition: s}\n`

function settings(): ReturnType<typeof loadSettings> {
  return loadSettings({
    overrides: [
      `path.rules=${folder}/rules`,
      'http.port=0',
      `path.data=${folder}/data`,
      `path.pipelines=${folder}/pipelines`,
      `path.watches=${folder}/watches`,
    ],
    environment: {},
  })
}

async function start(): Promise<void> {
  vedetta = await startVedetta({
    settings: settings(),
    logger: nullLogger,
    version: '0',
    say: (line) => said.push(line),
  })
}

beforeAll(async () => {
  for (const name of ['rules', 'watches', 'pipelines']) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'rules', 'one.yml'), rule('one', 'first'))
  writeFileSync(
    join(folder, 'pipelines', 'none.conf'),
    'input { generator { count => 1 } } filter { drop {} } output { }',
  )
  await start()
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

const write = (message: string): Promise<unknown> =>
  ask('POST', '/web-1/_doc?refresh=true', { '@timestamp': new Date().toISOString(), message })

async function shown(id: string): Promise<Json> {
  return (await ask('GET', `/_vedetta/rules/${id}`)).body
}

async function alertsOf(id: string): Promise<Json[]> {
  return (await ask('GET', `/_vedetta/alerts?rule=${id}`)).body.alerts
}

test('lists the rules of the settings and those that ship, with hits, cost and errors', async () => {
  await write('the first')
  const { body } = await ask('GET', '/_vedetta/rules')
  const own = body.rules.find(({ id }: Json) => id === 'one')
  expect(own).toMatchObject({ origin: 'own', state: 'enabled', enabled: true, level: 'high', hits: 1, errors: [] })
  expect(own.cost.millis).toBeGreaterThanOrEqual(0)
  expect(body.rules.some(({ builtin, state }: Json) => builtin === true && state === 'enabled')).toBe(true)
  expect(body.rules.find(({ title }: Json) => title === 'Password guessing from one address')?.state).toBe('disabled')
  expect((await shown('one')).yaml).toBe(rule('one', 'first'))
  expect((await ask('GET', '/_vedetta/rules/nobody')).status).toBe(404)
})

test('reads a file again that changed, and keeps its rules where it is broken', async () => {
  const file = join(folder, 'rules', 'one.yml')
  writeFileSync(file, `${rule('one', 'changed')}---\n${rule('two', 'more')}`)
  expect((await ask('POST', '/_vedetta/rules/_reload')).body.problems).toEqual([])
  expect((await shown('one')).hits).toBe(1)
  expect((await shown('two')).title).toBe('Rule two')

  writeFileSync(file, rule('one', 'worse').replace('contains', 'contain'))
  const { problems } = (await ask('POST', '/_vedetta/rules/_reload')).body
  expect(problems.map(({ line, message }: Json) => [line, message])).toEqual([
    [6, "'message|contain': the modifier 'contain' does not exist"],
    [undefined, expect.stringContaining('is broken: the 2 rules or pipelines that it held before stay in place')],
  ])
  await write('it changed')
  expect((await shown('one')).hits).toBe(2)

  writeFileSync(file, rule('one', 'first'))
  await ask('POST', '/_vedetta/rules/_reload')
  expect((await ask('GET', '/_vedetta/rules/two')).status).toBe(404)
})

test('says what is wrong with the text of rules and which fields they ask about, and adds none', async () => {
  const text = `${rule('draft', 'a')}---\n${rule('wrong', 'b').replace('contains', 'contain')}`
  const { status, body } = await ask('POST', '/_vedetta/rules/_check', { name: 'draft.yml', text })
  expect([status, body.rules]).toEqual([200, ['draft']])
  expect(body.problems.map(({ line, severity }: Json) => [line, severity])).toEqual([[13, 'error']])
  expect(body.fields).toMatchObject([{ line: 6, names: ['message'] }])
  expect((await ask('GET', '/_vedetta/rules/draft')).status).toBe(404)
  expect((await ask('GET', '/_vedetta/rules/_modifiers')).body.modifiers).toHaveProperty('cidr')
  expect((await ask('POST', '/_vedetta/rules/_check', { name: 'draft.yml' })).status).toBe(400)
})

test('disables and enables a rule, also across a restart', async () => {
  expect((await ask('POST', '/_vedetta/rules/one/_disable')).body.state).toBe('disabled')
  const before = (await shown('one')).hits
  await vedetta.stop()
  await start()
  expect((await shown('one')).state).toBe('disabled')
  await write('the first again')
  expect((await shown('one')).hits).toBeLessThanOrEqual(before)
  await ask('POST', '/_vedetta/rules/one/_enable')
  await write('the first once more')
  expect((await shown('one')).hits).toBe(1)
})

test('adds rules on trial: their alerts are shown and told to nobody', async () => {
  const added = await ask('POST', '/_vedetta/rules', { name: 'trial.yml', text: rule('trial', 'tried') })
  expect(added.body.added.map(({ id, state }: Json) => [id, state])).toEqual([['trial', 'simulated']])
  said.length = 0
  await write('it is tried')
  const alerts = await alertsOf('trial')
  expect(alerts.map(({ vedetta: { alert } }) => alert.simulated)).toEqual([true])
  expect(said.filter((line) => line.includes('Rule trial'))).toEqual([])
  expect(readFileSync(join(folder, 'data', 'rules', 'trial.yml'), 'utf8')).toContain('Rule trial')

  const wrong = await ask('POST', '/_vedetta/rules', {
    name: 'bad.yml',
    text: rule('bad', 'x').replace('condition: s', 'condition: t'),
  })
  expect(wrong.status).toBe(400)
  expect(JSON.stringify(wrong.body)).toContain("there is no 't'")
  expect((await ask('POST', '/_vedetta/rules', { name: '../evil.yml', text: 'x' })).status).toBe(400)

  expect((await ask('DELETE', '/_vedetta/rules/one')).status).toBe(400)
  expect((await ask('DELETE', '/_vedetta/rules/trial')).body).toEqual({ removed: 'trial' })
  expect((await ask('GET', '/_vedetta/rules/trial')).status).toBe(404)
})

test('a disabled correlation does not let what it builds on begin to alert', async () => {
  const text = `${rule('base', 'based').replace('id: base', 'id: base\nname: base')}---
title: Many
id: many
correlation: {type: event_count, rules: [base], timespan: 1m, condition: {gte: 100}}
`
  await ask('POST', '/_vedetta/rules', { name: 'chain.yml', text, state: 'enabled' })
  await ask('POST', '/_vedetta/rules/many/_disable')
  await write('it is based')
  expect(await alertsOf('base')).toEqual([])
})

test('says how full the windows of a correlation are', async () => {
  const text = `${rule('seen', 'counted').replace('id: seen', 'id: seen\nname: seen')}---
title: Crowd
id: crowd
correlation: {type: event_count, rules: [seen], group-by: [host, user.name], timespan: 1h, condition: {gte: 100}}
`
  await ask('POST', '/_vedetta/rules', { name: 'crowd.yml', text, state: 'enabled' })
  const at = new Date().toISOString()
  for (const user of ['a', 'b:c', 'b:c'])
    await ask('POST', '/web-1/_doc?refresh=true', {
      '@timestamp': at,
      message: 'counted',
      host: 'h:1',
      user: { name: user },
    })
  expect((await shown('crowd')).windows).toEqual({
    groups: 2,
    condition: [{ operator: 'gte', value: 100 }],
    fullest: [
      { group: { host: 'h:1', 'user.name': 'b:c' }, measure: 2 },
      { group: { host: 'h:1', 'user.name': 'a' }, measure: 1 },
    ],
  })
})
