import { existsSync, readdirSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/clock/index.ts'
import { reasonOf, RestServer } from './rest-server.ts'

const DAY = 86_400_000
const clock = new ManualClock(Date.parse('2026-11-24T10:00:00Z'))
const server = new RestServer(clock)
const { send } = server

beforeAll(() => server.open())
afterAll(() => server.end())
beforeEach(async () => {
  await server.clean()
  for (const path of ['/_ilm/policy/events', '/_plugins/_ism/policies/events']) await send('DELETE', path)
})

const look = async (days = 0): Promise<void> => {
  clock.jump(days * DAY)
  await server.lifecycle.tick()
}

const names = async (): Promise<string[]> =>
  (await server.store.resolveIndices({ expressions: [], expandWildcards: ['all'] })).map((name) =>
    name.replace(/\d{4}\.\d{2}\.\d{2}/, 'DAY'),
  )

const phases = {
  hot: { actions: { set_priority: { priority: 100 }, rollover: { max_docs: 2 } } },
  warm: { min_age: '1d', actions: { readonly: {}, forcemerge: { max_num_segments: 1 } } },
  delete: { min_age: '7d', actions: { delete: {} } },
}

describe('ILM', () => {
  const event = { '@timestamp': '2026-11-24T10:00:00Z' }
  const create = (): Promise<unknown> => send('POST', '/logs-web/_bulk', [{ create: {} }, event, { create: {} }, event])

  beforeEach(async () => {
    await send('PUT', '/_ilm/policy/events', { policy: { phases } })
    await send('PUT', '/_index_template/logs', {
      index_patterns: ['logs-*'],
      data_stream: {},
      template: { settings: { 'index.lifecycle.name': 'events' } },
    })
  })

  test('a data stream rolls over, its old index is made read-only, then deleted', async () => {
    await create()
    await look()
    expect(await names()).toEqual(['.ds-logs-web-DAY-000001', '.ds-logs-web-DAY-000002'])
    const [first] = await server.store.resolveIndices({ expressions: ['logs-web'] })
    expect((await send('GET', `/${first}/_ilm/explain`))[1]['indices']?.[first!]).toMatchObject({
      managed: true,
      policy: 'events',
      phase: 'hot',
      action: 'complete',
    })
    await look(1)
    expect((await send('GET', `/${first}/_settings`))[1][first!]?.['settings']?.['index']).toMatchObject({
      priority: '100',
      blocks: { write: 'true' },
      lifecycle: { name: 'events', indexing_complete: 'true' },
    })
    expect((await send('GET', `/${first}/_ilm/explain`))[1]['indices']?.[first!]).toMatchObject({ phase: 'warm' })
    await look(5)
    expect(await names()).toHaveLength(2)
    await look(1)
    expect(await names()).toEqual(['.ds-logs-web-DAY-000002'])
    expect((await send('GET', '/logs-web/_count'))[1]['count']).toBe(0)
  })

  test('what is deleted leaves the disk at once', async () => {
    await create()
    await send('POST', '/logs-web/_flush')
    const { uuid } = (await server.store.describeIndices({ expressions: ['logs-web'] }))[0]!
    const path = server.pathOf(uuid)
    expect(readdirSync(path)).not.toEqual([])
    await look()
    await look(7)
    expect(existsSync(path)).toBe(false)
  })

  test('an index without documents is not rolled over, however old', async () => {
    await send('PUT', '/_ilm/policy/events', {
      policy: { phases: { hot: { actions: { rollover: { max_age: '1d' } } } } },
    })
    await send('PUT', '/_data_stream/logs-web')
    await look(3)
    expect(await names()).toHaveLength(1)
    await create()
    await look()
    expect(await names()).toHaveLength(2)
  })

  test('an alias rolls over; one that is not named is an error that explain tells', async () => {
    await send('PUT', '/_index_template/plain', {
      index_patterns: ['plain-*'],
      template: { settings: { 'index.lifecycle.name': 'events', 'index.lifecycle.rollover_alias': 'plain' } },
    })
    await send('PUT', '/plain-000001', { aliases: { plain: { is_write_index: true } } })
    await send('POST', '/plain/_bulk', [{ index: {} }, {}, { index: {} }, {}])
    await send('PUT', '/bare', { settings: { 'index.lifecycle.name': 'events' } })
    await look()
    expect(await names()).toEqual(['bare', 'plain-000001', 'plain-000002'])
    expect((await send('GET', '/bare/_ilm/explain'))[1]['indices']?.['bare']).toMatchObject({
      step: 'ERROR',
      step_info: { reason: 'setting [index.lifecycle.rollover_alias] for index [bare] is empty or not defined' },
    })
    expect((await send('POST', '/bare/_ilm/remove'))[0]).toBe(200)
    expect((await send('GET', '/bare/_ilm/explain'))[1]['indices']?.['bare']).toMatchObject({ managed: false })
  })

  test('nothing is done while it is stopped', async () => {
    await create()
    await send('POST', '/_ilm/stop')
    expect((await send('GET', '/_ilm/status'))[1]).toEqual({ operation_mode: 'STOPPED' })
    await look()
    expect(await names()).toHaveLength(1)
    await send('POST', '/_ilm/start')
    await look()
    expect(await names()).toHaveLength(2)
  })

  test('a policy is shown with its users, and kept while it has them', async () => {
    await create()
    expect((await send('GET', '/_ilm/policy/events'))[1]['events']).toMatchObject({
      version: 1,
      policy: { phases },
      in_use_by: { data_streams: ['logs-web'], composable_templates: ['logs'] },
    })
    expect(reasonOf(await send('DELETE', '/_ilm/policy/events'))).toContain('It is in use')
    expect((await send('GET', '/_ilm/policy/none'))[0]).toBe(404)
  })

  test('where an index is survives a restart', async () => {
    await create()
    await look()
    await server.restart()
    await look(7)
    expect(await names()).toEqual(['.ds-logs-web-DAY-000002'])
  })

  test.each([
    [{ hot: { actions: { shrink: { number_of_shards: 1 } } } }, 'action [shrink] in phase [hot] is not supported'],
    [{ warm: { actions: { rollover: { max_docs: 1 } } } }, 'invalid action [rollover] defined in phase [warm]'],
    [{ frozen: { actions: {} } }, 'phase [frozen] is not supported'],
    [{ cool: { actions: {} } }, 'lifecycle does not support phase [cool]'],
    [{ delete: { min_age: '7', actions: { delete: {} } } }, 'failed to parse setting [min_age] with value [7]'],
    [{ hot: { actions: { rollover: { min_docs: 1 } } } }, 'At least one max_* rollover condition must be set.'],
    [{ hot: { actions: { rollover: { max_doc: 1 } } } }, 'unknown field [max_doc] did you mean [max_docs]?'],
  ])('refuses %o', async (wrong, reason) => {
    const answer = await send('PUT', '/_ilm/policy/wrong', { policy: { phases: wrong } })
    expect([answer[0], reasonOf(answer)]).toEqual([400, expect.stringContaining(reason)])
  })
})

describe('the lifecycle of a data stream', () => {
  test('removes what is older than it says, but not the index that is written', async () => {
    await send('PUT', '/_index_template/logs', {
      index_patterns: ['logs-*'],
      data_stream: {},
      template: { lifecycle: { data_retention: '1d' } },
    })
    await send('POST', '/logs-web/_bulk', [{ create: {} }, { '@timestamp': '2026-11-24' }])
    await send('POST', '/logs-web/_flush')
    await send('POST', '/logs-web/_rollover')
    await clock.advance(DAY / 2)
    expect(await names()).toHaveLength(2)
    await clock.advance(DAY)
    const later = async (): Promise<string[]> => {
      await clock.advance(60_000)
      return names()
    }
    await expect.poll(later).toEqual(['.ds-logs-web-DAY-000002'])
  })
})

describe('ISM', () => {
  const policy = {
    description: 'events',
    default_state: 'hot',
    states: [
      {
        name: 'hot',
        actions: [{ rollover: { min_doc_count: 2 } }],
        transitions: [{ state_name: 'old', conditions: { min_rollover_age: '1d' } }],
      },
      {
        name: 'old',
        actions: [{ read_only: {} }],
        transitions: [{ state_name: 'gone', conditions: { min_index_age: '7d' } }],
      },
      { name: 'gone', actions: [{ delete: {} }], transitions: [] },
    ],
    ism_template: [{ index_patterns: ['app-*'], priority: 1 }],
  }

  test('walks through its states', async () => {
    expect((await send('PUT', '/_plugins/_ism/policies/events', { policy }))[0]).toBe(201)
    await send('PUT', '/_index_template/app', {
      index_patterns: ['app-*'],
      template: { settings: { 'plugins.index_state_management.rollover_alias': 'app' } },
    })
    await send('PUT', '/app-000001', { aliases: { app: { is_write_index: true } } })
    await send('POST', '/app/_bulk', [{ index: {} }, {}, { index: {} }, {}])
    await look()
    expect(await names()).toEqual(['app-000001', 'app-000002'])
    await look(1)
    expect((await send('GET', '/_plugins/_ism/explain/app-000001'))[1]['app-000001']).toMatchObject({
      policy_id: 'events',
      state: { name: 'old' },
      rolled_over: true,
    })
    expect((await send('PUT', '/app-000001/_doc/1', {}))[0]).toBe(403)
    await look(6)
    expect(await names()).toEqual(['app-000002'])
  })

  test('is given to an index, and taken away', async () => {
    await send('PUT', '/_plugins/_ism/policies/events', { policy })
    await send('PUT', '/other')
    expect((await send('POST', '/_plugins/_ism/add/other', { policy_id: 'events' }))[1]).toMatchObject({
      updated_indices: 1,
      failures: false,
    })
    await look()
    expect((await send('GET', '/_plugins/_ism/explain/other'))[1]['other']).toMatchObject({
      policy_id: 'events',
      info: { message: 'Missing rollover_alias index setting [index=other]' },
    })
    expect((await send('POST', '/_plugins/_ism/remove/other'))[1]).toMatchObject({ updated_indices: 1 })
  })

  test('tries again after a delay, so many times, and then waits to be told', async () => {
    const action = { rollover: { min_doc_count: 1 }, retry: { count: 1, backoff: 'constant', delay: '1d' } }
    const failing = { default_state: 'a', states: [{ name: 'a', actions: [action] }] }
    await send('PUT', '/_plugins/_ism/policies/events', { policy: failing })
    await send('PUT', '/other')
    await send('POST', '/_plugins/_ism/add/other', { policy_id: 'events' })
    const failures = async (): Promise<unknown> =>
      (await send('GET', '/_plugins/_ism/explain/other'))[1]['other']?.['action']?.['consumed_retries']
    const counted: unknown[] = []
    for (const days of [0, 0.5, 0.5, 1, 1]) {
      await look(days)
      counted.push(await failures())
    }
    expect(counted).toEqual([1, 1, 2, 2, 2])
    await send('POST', '/_plugins/_ism/retry/other')
    await look()
    expect(await failures()).toBe(1)
  })

  test('a policy changes only by its sequence number', async () => {
    await send('PUT', '/_plugins/_ism/policies/events', { policy })
    expect((await send('PUT', '/_plugins/_ism/policies/events', { policy }))[0]).toBe(409)
    expect((await send('PUT', '/_plugins/_ism/policies/events?if_seq_no=0&if_primary_term=1', { policy }))[0]).toBe(200)
  })

  test.each([
    [{ states: [{ name: 'a', actions: [{ snapshot: {} }] }] }, 'action [snapshot] is not supported'],
    [{ states: [{ name: 'a', transitions: [{ state_name: 'b' }] }] }, 'pointing to nonexistent state=b'],
    [{ states: [{ name: 'a', actions: [{ delete: {}, timeout: '1h' }] }] }, '[timeout] of an action is not supported'],
    [
      { states: [{ name: 'a', transitions: [{ state_name: 'a', conditions: { cron: {} } }] }] },
      'condition [cron] is not supported',
    ],
  ])('refuses %o', async (wrong, reason) => {
    const answer = await send('PUT', '/_plugins/_ism/policies/wrong', { policy: { default_state: 'a', ...wrong } })
    expect([answer[0], reasonOf(answer)]).toEqual([400, expect.stringContaining(reason)])
  })
})
