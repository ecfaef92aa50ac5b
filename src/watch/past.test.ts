import { expect, test } from 'vitest'
import { stringifyJson, Timestamp, toValue } from '../event/index.ts'
import { startWatchSystem } from '../../test/fixtures/watch-system.ts'
import { createWatcher, watchScripts } from './index.ts'

const WATCH = toValue({
  trigger: { schedule: { interval: '10s' } },
  input: {
    search: {
      request: {
        indices: ['events'],
        body: { query: { range: { '@timestamp': { gte: 'now-10s', lt: 'now' } } } },
      },
    },
  },
  condition: { compare: { 'ctx.payload.hits.total': { gt: 0 } } },
  actions: {
    mail: { email: { to: 'a@example.org', subject: '{{ctx.payload.hits.total}} at {{ctx.trigger.scheduled_time}}' } },
  },
})

const event = (time: string): object => ({ '@timestamp': `2026-11-24T12:${time}Z` })

test('runs missed while stopped are one record; with catch_up each is run and one notification tells', async () => {
  await using system = await startWatchSystem()
  await system.index('events', event('00:05'))
  await system.watcher.start()
  await system.watcher.put('w', WATCH)
  await system.run(10)
  expect(system.mails).toHaveLength(1)
  await system.watcher.stop()
  await system.clock.advance(60_000)
  await system.index('events', event('00:25'), event('00:45'), event('00:46'))

  const { store, notifier, clock } = system
  const options = {
    store,
    notifier,
    clock,
    scripts: watchScripts(),
    dataPath: system.folder,
    logger: { info() {}, warn() {}, error() {}, debug() {} },
  }
  const quiet = createWatcher(options as never)
  await quiet.start()
  await quiet.stop()
  expect(system.mails).toHaveLength(1)
  const [missed] = await quiet.history('w', 1)
  expect(JSON.parse(stringifyJson(missed!))).toMatchObject({
    state: 'missed',
    missed: { from: '2026-11-24T12:00:20.000Z', to: '2026-11-24T12:01:10.000Z', count: 6 },
  })

  const eager = createWatcher({ ...options, settings: { catchUp: true, defaultThrottleMillis: 5000 } } as never)
  await eager.start()
  await eager.stop()
  expect(system.mails.map(({ subject }) => subject)).toEqual([
    '1 at 2026-11-24T12:00:10.000Z',
    '2 at 2026-11-24T12:00:50.000Z',
  ])
})

test('a replay says when a watch would have fired, and sends nothing', async () => {
  await using system = await startWatchSystem()
  await system.index('events', event('00:05'), event('00:25'), event('00:26'))
  await system.watcher.put('w', WATCH)
  const at = (time: string): Timestamp => Timestamp.fromMillis(Date.parse(`2026-11-24T12:${time}Z`))
  const { times, met } = await system.watcher.replay('w', at('00:00'), at('01:00'))
  expect(times).toBe(7)
  expect(JSON.parse(stringifyJson(toValue([...met])))).toMatchObject([
    { result: { execution_time: '2026-11-24T12:00:10.000Z' } },
    { result: { execution_time: '2026-11-24T12:00:30.000Z', actions: [{ status: 'simulated' }] } },
  ])
  expect(system.mails).toEqual([])
})

test('a gap and a replay of more than 10,000 times say that they are cut', async () => {
  await using system = await startWatchSystem()
  const never = toValue({
    trigger: { schedule: { interval: '1s' } },
    input: { simple: {} },
    condition: { never: {} },
    actions: { log: { logging: { text: 'never' } } },
  })
  await system.watcher.start()
  await system.watcher.put('w', never)
  await system.run(1)
  await system.watcher.stop()
  await system.clock.advance(10_001_000)
  await system.watcher.start()
  await system.watcher.stop()
  const [missed] = await system.watcher.history('w', 1)
  expect(JSON.parse(stringifyJson(missed!))).toMatchObject({
    missed: { count: 10_000, truncated: true },
    messages: [/^10000 runs were missed/, /neither counted nor made up/].map((text) => expect.stringMatching(text)),
  })
  const start = Timestamp.fromMillis(Date.parse('2026-11-24T12:00:00Z'))
  const replay = (seconds: number): Promise<object> =>
    system.watcher.replay('w', start, Timestamp.fromMillis(start.millis + seconds * 1000))
  expect(await replay(10_001)).toMatchObject({ times: 10_000, truncated: true })
  expect(await replay(10)).toMatchObject({ truncated: false })
})

test('scripts and templates that are stored are found by their id at each run', async () => {
  await using system = await startWatchSystem()
  const put = (id: string, script: object): Promise<unknown> =>
    system.store.putResource('script', id, toValue(script) as never)
  const definition = toValue({
    trigger: { schedule: { interval: '1h' } },
    input: { simple: { n: 3 } },
    condition: { script: { id: 'more', params: { than: 2 } } },
    actions: { log: { logging: { text: { id: 'line' } } } },
  })
  const run = async (): Promise<string> =>
    stringifyJson((await system.watcher.execute(undefined, {}, definition)).record)
  expect(await run()).toContain('unable to find script [more]')
  await put('more', { lang: 'painless', source: 'ctx.payload.n > params.than' })
  await put('line', { lang: 'mustache', source: 'n is {{ctx.payload.n}}' })
  expect(await run()).toContain('n is 3')
  await put('line', { lang: 'mustache', source: 'now {{ctx.payload.n}}' })
  expect(await run()).toContain('now 3')
})
