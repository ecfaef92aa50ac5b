import { describe, expect, test } from 'vitest'
import { stringifyJson, Timestamp, toValue } from '../event/index.ts'
import { startWatchSystem } from '../../test/fixtures/watch-system.ts'
import { entitiesAt, ToldEntities } from './entities.ts'

describe('entities at a path', () => {
  const root = toValue({ buckets: [{ key: 'a' }, { key: 'b', n: 2 }, {}], hits: [{ ips: ['1', '2'] }, { ips: [] }] })
  test.each([
    ['buckets.key', ['a', 'b']],
    ['buckets.1.key', ['b']],
    ['buckets.n', ['2']],
    ['hits.ips', ['1', '2']],
    ['hits.ips.0', ['1']],
    ['buckets', []],
    ['nothing.there', []],
  ])('%s', (path, expected) => {
    expect(entitiesAt(root, path)).toEqual(expected)
  })
})

test('of a million entities the oldest are forgotten', () => {
  const told = new ToldEntities()
  for (let i = 0; i < 1_000_000; i++) told.tell([`e${i}`], Timestamp.fromMillis(i))
  expect(Object.keys(told.toValue()!).length).toBeLessThanOrEqual(10_000)
  expect(told.fresh(['e0', 'e999999'], 1_000_000, Timestamp.fromMillis(1_000_000))).toEqual(['e0'])
})

function watch(action: object): ReturnType<typeof toValue> {
  return toValue({
    trigger: { schedule: { interval: '10s' } },
    input: {
      search: {
        request: {
          indices: 'scans',
          body: { size: 0, aggs: { hosts: { terms: { field: 'ip.keyword', size: 100 } } } },
        },
      },
    },
    condition: { compare: { 'ctx.payload.hits.total': { gt: 0 } } },
    actions: { mail: { ...action, email: { to: 'a@example.org', subject: 's', body: '{{key}}{{#ctx.entities.new}}+{{.}}{{/ctx.entities.new}} {{ctx.payload.key}}' } } }, // prettier-ignore
  })
}

test('throttle.by: one mail for each element of foreach that nothing was told of lately', async () => {
  await using system = await startWatchSystem()
  const { watcher } = system
  await system.index('scans', { ip: 'a' }, { ip: 'b' })
  await watcher.start()
  const action = { foreach: 'ctx.payload.aggregations.hosts.buckets', throttle: { by: 'key', period: '1m' } }
  await watcher.put('w', watch(action))
  await system.run(20)
  expect(system.mails.map(({ text }) => text?.trim())).toEqual(['a', 'b'])
  await system.index('scans', { ip: 'c' })
  await system.run(10)
  expect(system.mails.map(({ text }) => text?.trim())).toEqual(['a', 'b', 'c'])
  const [last] = await watcher.history('w', 1)
  expect(JSON.parse(stringifyJson(last!))).toMatchObject({
    result: { actions: [{ status: 'success', foreach: [{ status: 'throttled' }, { status: 'throttled' }, {}] }] },
  })
  await system.run(10)
  expect(await watcher.history('w', 1)).toMatchObject([{ state: 'throttled' }])
  await system.close()

  await using second = await startWatchSystem({ folder: system.folder, clock: system.clock })
  await second.watcher.start()
  await second.run(20)
  expect(second.mails).toEqual([])
  await second.run(20)
  // A minute after the first two mails, and not yet one after the third.
  expect(second.mails.map(({ text }) => text?.trim())).toEqual(['a', 'b'])
  expect(second.watcher.get('w')!.status).not.toHaveProperty('actions.mail.entities')
})

test('throttle.by without foreach: one mail that says who is new, once somebody is', async () => {
  await using system = await startWatchSystem()
  await system.index('scans', { ip: 'a' }, { ip: 'b' })
  await system.watcher.start()
  const by = 'ctx.payload.aggregations.hosts.buckets.key'
  await system.watcher.put('w', watch({ throttle: { by, period: '1h' } }))
  await system.run(30)
  await system.index('scans', { ip: 'c' })
  await system.run(30)
  expect(system.mails.map(({ text }) => text?.trim())).toEqual(['+a+b', '+c'])
})

test('a resolved notice is sent once when the condition ends, also after a restart', async () => {
  await using first = await startWatchSystem()
  const mail = (subject: string): object => ({ email: { to: 'a@example.org', subject } })
  await first.index('scans', { ip: 'a' })
  await first.watcher.start()
  await first.watcher.put(
    'w',
    toValue({
      trigger: { schedule: { interval: '10s' } },
      input: { search: { request: { indices: 'scans' } } },
      condition: { compare: { 'ctx.payload.hits.total': { gt: 0 } } },
      throttle_period: '1h',
      actions: { fired: mail('fired'), over: { when: 'resolved', ...mail('over') } },
    }),
  )
  await first.run(20)
  expect(first.mails.map(({ subject }) => subject)).toEqual(['fired'])
  await first.close()

  await using second = await startWatchSystem({ folder: first.folder, clock: first.clock })
  await second.watcher.start()
  await second.store.deleteIndices({ expressions: ['scans'] })
  await second.index('scans-2', { ip: 'a' })
  await second.store.updateAliases([toValue({ add: { index: 'scans-2', alias: 'scans', filter: { term: { ip: 'x' } } } }) as never]) // prettier-ignore
  await second.run(30)
  expect(second.mails.map(({ subject }) => subject)).toEqual(['over'])
  const records = await second.watcher.history('w', 10)
  expect(records.map(({ state }) => state)).toContain('executed')
})
