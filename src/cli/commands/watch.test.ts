import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { nullLogger } from '../../diagnostic/index.ts'
import { registerSearchRoutes } from '../../search/index.ts'
import { createServer, Users, type Server } from '../../server/index.ts'
import { registerWatcherRoutes } from '../../watch/index.ts'
import { startWatchSystem, type WatchSystem } from '../../../test/fixtures/watch-system.ts'
import { reportError } from '../exit.ts'
import { registerWatch } from './watch.ts'

const WATCH = {
  trigger: { schedule: { interval: '10s' } },
  input: { simple: { n: 7 } },
  throttle_period: '1m',
  actions: {
    mail: { email: { to: 'admin@example.org', subject: 'Alarm', body: 'n is {{ctx.payload.n}}' } },
    hook: { webhook: { host: '127.0.0.1', port: 9, auth: { basic: { username: 'u', password: 'p4ss' } } } },
  },
}

let system: WatchSystem
let server: Server
let url: string
let out: string
let err: string

beforeEach(async () => {
  system = await startWatchSystem()
  server = createServer({
    host: '127.0.0.1',
    port: 0,
    users: new Users(join(system.folder, 'users.json')),
    logger: nullLogger,
  })
  registerSearchRoutes(server, system.store, {
    clock: system.clock,
    nodeName: 'test',
    clusterUuid: 'test',
    version: '0',
  })
  registerWatcherRoutes(server, system.watcher)
  url = (await server.listen()).url
  await system.watcher.start()
})

afterEach(async () => {
  await server.close()
  await system[Symbol.asyncDispose]()
  vi.restoreAllMocks()
})

async function api(method: string, path: string, body?: unknown): Promise<[number, unknown]> {
  const response = await fetch(url + path, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return [response.status, await response.json()]
}

/** Runs the command in this process; its status is what the process would exit with. */
async function cli(...args: string[]): Promise<number> {
  out = err = ''
  vi.spyOn(console, 'log').mockImplementation((text: string) => void (out += `${text}\n`))
  vi.spyOn(console, 'error').mockImplementation((text: string) => void (err += `${text}\n`))
  const program = new Command('vedetta').exitOverride()
  registerWatch(program)
  process.exitCode = 0
  try {
    await program.parseAsync(['watch', ...args, '--url', url], { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    return reportError(error)
  } finally {
    process.exitCode = 0
  }
}

describe.each(['/_watcher', '/_xpack/watcher'])('the API under %s', (prefix) => {
  test('puts, gets, acknowledges, deactivates and deletes a watch', async () => {
    const path = `${prefix}/watch/my_watch`
    expect(await api('PUT', path, WATCH)).toEqual([
      201,
      { _id: 'my_watch', _version: 1, _seq_no: 0, _primary_term: 1, created: true },
    ])
    expect(await api('PUT', path, WATCH)).toMatchObject([200, { _version: 2, created: false }])
    expect(await api('GET', path)).toMatchObject([
      200,
      {
        found: true,
        _id: 'my_watch',
        status: { state: { active: true }, actions: { mail: { ack: { state: 'awaits_successful_execution' } } } },
        watch: {
          input: { simple: { n: 7 } },
          actions: { hook: { webhook: { auth: { basic: { password: '::es_redacted::' } } } } },
        },
      },
    ])
    expect(await api('PUT', `${path}?if_seq_no=77&if_primary_term=1`, WATCH)).toMatchObject([
      409,
      { error: { type: 'version_conflict_engine_exception' } },
    ])
    await system.run(10)
    expect(await api('PUT', `${path}/_ack/mail`)).toMatchObject([
      200,
      { status: { actions: { mail: { ack: { state: 'acked' } } } } },
    ])
    expect(await api('POST', `${path}/_deactivate`)).toMatchObject([200, { status: { state: { active: false } } }])
    expect(await api('POST', `${path}/_activate`)).toMatchObject([200, { status: { state: { active: true } } }])
    expect(await api('DELETE', path)).toMatchObject([200, { _id: 'my_watch', found: true }])
    expect(await api('DELETE', path)).toMatchObject([404, { _id: 'my_watch', found: false }])
    expect(await api('GET', path)).toEqual([404, { found: false, _id: 'my_watch' }])
    expect(await api('PUT', `${path}/_ack`)).toMatchObject([404, { error: { type: 'resource_not_found_exception' } }])
  })

  test('executes by id and inline', async () => {
    await api('PUT', `${prefix}/watch/w`, WATCH)
    const [status, body] = await api('POST', `${prefix}/watch/w/_execute`, {
      trigger_data: { triggered_time: 'now', scheduled_time: '2026-11-24T11:00:00Z' },
      alternative_input: { n: 8 },
      ignore_condition: true,
      action_modes: { _all: 'simulate', mail: 'force_simulate' },
    })
    expect([status, body]).toMatchObject([
      200,
      {
        _id: expect.stringMatching(/^w_/),
        watch_record: {
          watch_id: 'w',
          state: 'executed',
          trigger_event: { type: 'manual', manual: { schedule: { scheduled_time: '2026-11-24T11:00:00.000Z' } } },
          result: {
            actions: [{ id: 'mail', status: 'simulated', email: { message: { body: { text: 'n is 8' } } } }, {}],
          },
        },
      },
    ])
    expect(
      await api('PUT', `${prefix}/watch/_execute`, { watch: { ...WATCH, condition: { never: {} } } }),
    ).toMatchObject([200, { watch_record: { watch_id: '_inlined_', state: 'execution_not_needed' } }])
    expect(await api('POST', `${prefix}/watch/w/_execute`, { action_mode: {} })).toMatchObject([
      400,
      { error: { type: 'illegal_argument_exception', reason: expect.stringContaining('[action_mode]') } },
    ])
    expect(system.mails).toEqual([])
  })

  test('refuses a watch with every problem and its path', async () => {
    const bad = { ...WATCH, trigger: { schedule: { interval: 'ten' } }, actions: { mail: { emial: {} } } }
    const [status, body] = await api('PUT', `${prefix}/watch/w`, bad)
    expect(status).toBe(400)
    const { error } = body as { error: { type: string; reason: string; root_cause: { reason: string }[] } }
    expect(error.type).toBe('parse_exception')
    const text = JSON.stringify(error)
    expect(text).toContain("'trigger.schedule.interval' must be seconds as a number")
    expect(text).toContain("'actions.mail': action 'emial' does not exist")
  })
})

test('a password that comes back as it was shown stays what it was, for who names the version', async () => {
  await api('PUT', '/_watcher/watch/w', WATCH)
  const [, shown] = (await api('GET', '/_watcher/watch/w')) as [number, { watch: object; _seq_no: number }]
  expect(await api('PUT', '/_watcher/watch/w', shown.watch)).toMatchObject([
    400,
    { error: { type: 'parse_exception', reason: expect.stringContaining('::es_redacted::') } },
  ])
  const version = `if_seq_no=${shown._seq_no}&if_primary_term=1`
  expect(await api('PUT', `/_watcher/watch/w?${version}`, shown.watch)).toMatchObject([200, {}])
  expect(JSON.stringify(system.watcher.get('w')!.source)).toContain('"password":"p4ss"')
})

test('a watch of a file answers 409 with its path', async () => {
  const folder = join(system.folder, 'watches')
  mkdirSync(folder)
  writeFileSync(join(folder, 'filed.json'), JSON.stringify(WATCH))
  expect(await system.watcher.loadFiles(folder)).toEqual([])
  const path = join(folder, 'filed.json')
  for (const method of ['PUT', 'DELETE'])
    expect(await api(method, '/_watcher/watch/filed', method === 'PUT' ? WATCH : undefined)).toMatchObject([
      409,
      { error: { reason: expect.stringContaining(`the watch 'filed' belongs to the file ${path}`) } },
    ])
  expect(await api('PUT', '/_watcher/watch/filed/_deactivate')).toMatchObject([200, {}])
})

test('the history is searched as any index', async () => {
  await api('PUT', '/_watcher/watch/w', WATCH)
  await system.run(20)
  const query = { query: { bool: { filter: [{ term: { watch_id: 'w' } }, { term: { state: 'executed' } }] } } }
  expect(await api('POST', '/.watcher-history-*/_search', query)).toMatchObject([
    200,
    { hits: { total: { value: 1 }, hits: [{ _index: '.watcher-history-2026.11.24', _source: { watch_id: 'w' } }] } },
  ])
})

describe('vedetta watch', () => {
  test('put, get, list, exec, history and delete work on the server', async () => {
    const file = join(system.folder, 'w.json')
    writeFileSync(file, JSON.stringify(WATCH))
    expect(await cli('put', 'w', file)).toBe(0)
    expect(out).toBe('w: stored\n')
    expect(await cli('get', 'w')).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ _id: 'w', watch: { input: { simple: { n: 7 } } } })
    await system.run(20)
    expect(await cli('list')).toBe(0)
    expect(out).toMatch(/^ID +STATE +LAST CHECKED +LAST MET +FROM\nw +active +2026-11-24T12:00:20\.000Z +\S+ +API\n$/)
    expect(await cli('exec', 'w', '--simulate')).toBe(0)
    expect(out).toMatch(/^state: \w+\ncondition: met\nmail \(email\): /)
    expect(await cli('execute', 'x', '--file', file, '--simulate', '-o', 'json')).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ watch_record: { state: 'executed' } })
    expect(await cli('history', 'w', '--limit', '5')).toBe(0)
    expect(out.split('\n').slice(1, 3)).toEqual([
      expect.stringMatching(
        /^2026-11-24T12:00:20\.000Z +w +throttled +mail: throttled, hook: throttled +throttling interval/,
      ),
      expect.stringMatching(/^2026-11-24T12:00:10\.000Z +w +executed +mail: success, hook: success/),
    ])
    expect(await cli('delete', 'w')).toBe(0)
    expect(await cli('delete', 'w')).toBe(1)
    expect(err).toBe("vedetta: there is no watch 'w'\n")
  })

  test('says what is wrong, and exits with its status', async () => {
    const file = join(system.folder, 'bad.json')
    writeFileSync(file, '{"trigger": {}}')
    expect(await cli('put', 'w', file)).toBe(1)
    expect(err).toBe("vedetta: 'trigger' needs 'schedule'\n")
    expect(await cli('put', 'w', join(system.folder, 'absent.json'))).toBe(2)
    await server.close()
    expect(await cli('list')).toBe(3)
    expect(err).toMatch(/^vedetta: no Vedetta answers at http:\/\/127\.0\.0\.1:\d+ /)
  })
})

test('a folder of watches is stored, exported and read by another server', async () => {
  const folder = join(system.folder, 'watches')
  mkdirSync(folder)
  writeFileSync(join(folder, 'one.json'), JSON.stringify(WATCH))
  writeFileSync(join(folder, 'bad.json'), '{}')
  await api('PUT', '/_watcher/watch/old', { ...WATCH, actions: {} })
  expect(await cli('sync', folder, '--prune')).toBe(1)
  expect(out).toContain("bad: failed: the watch needs 'trigger'")
  expect(out).toContain('one: stored')
  expect(out).toContain('old: deleted')

  const exported = join(system.folder, 'exported')
  expect(await cli('export', exported)).toBe(0)
  const text = readFileSync(join(exported, 'one.json'), 'utf8')
  expect(JSON.parse(text)).toMatchObject({ input: { simple: { n: 7 } } })
  expect(text).not.toContain('p4ss')

  expect(await cli('import', url)).toBe(1)
  expect(out).toMatch(/one: failed: the secret at 'actions\.hook\.webhook\.auth\.basic\.password' is hidden/)
  const secrets = join(system.folder, 'secrets.json')
  writeFileSync(secrets, JSON.stringify({ one: { 'actions.hook.webhook.auth.basic.password': 'n3w' } }))
  expect(await cli('import', url, '--secrets', secrets, '--simulated')).toBe(0)
  expect(out).toContain('one: stored, simulated')
  expect(JSON.stringify(system.watcher.get('one')!.source)).toContain('"password":"n3w"')
  await system.run(20)
  expect(system.mails).toEqual([])
  expect(await cli('go-live', 'one')).toBe(0)
  await system.run(20)
  expect(system.mails).not.toEqual([])
})

test('a replay over the past, by the command and by the API', async () => {
  await api('PUT', '/_watcher/watch/w', WATCH)
  expect(await cli('replay', 'w', '--from', '2026-11-24T10:00:00Z', '--to', '2026-11-24T10:00:30Z')).toBe(0)
  expect(out).toContain('w: met 4 of 4 times')
  expect(system.mails).toEqual([])
  expect(await api('POST', '/_watcher/watch/w/_replay', { from: 'yesterday', to: 'x' })).toMatchObject([400, {}])
})

test('statistics show what is asked for by metric', async () => {
  expect(await api('GET', '/_watcher/stats/current_watches')).toMatchObject([200, { stats: [{ current_watches: [] }] }])
  expect(await api('GET', '/_watcher/stats?metric=_all')).toMatchObject([200, { stats: [{ queued_watches: [] }] }])
  expect(await api('GET', '/_watcher/stats/other')).toMatchObject([
    400,
    { error: { reason: 'unrecognized metric: [other]' } },
  ])
})
