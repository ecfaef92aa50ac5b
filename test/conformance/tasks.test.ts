import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { reasonOf, RestServer, type Json } from './rest-server.ts'

const server = new RestServer()
const { send } = server

beforeAll(() => server.open())
afterAll(() => server.end())
beforeEach(async () => {
  await server.clean()
  await send(
    'POST',
    '/a/_bulk?refresh',
    Array.from({ length: 20 }, (_, n) => [{ index: { _id: String(n) } }, { n }]).flat(),
  )
})

const taskOf = ([, body]: readonly [number, Json]): string => String(body['task'])

describe('work by query', () => {
  test('runs as a task where nobody waits, and leaves its result', async () => {
    const task = taskOf(
      await send('POST', '/a/_update_by_query?wait_for_completion=false', {
        script: { source: 'ctx._source.seen = true' },
      }),
    )
    expect((await send('GET', `/_tasks/${task}?wait_for_completion=true&timeout=10s`))[1]).toMatchObject({
      completed: true,
      task: { action: 'indices:data/write/update/byquery', cancellable: true, status: { updated: 20 } },
      response: { updated: 20, failures: [] },
    })
    expect((await send('GET', '/a/_count?q=seen:true'))[1]['count']).toBe(20)
  })

  test('is slowed, listed, hurried and cancelled', async () => {
    const task = taskOf(
      await send('POST', '/_reindex?wait_for_completion=false&requests_per_second=1', {
        source: { index: 'a', size: 1 },
        dest: { index: 'b' },
      }),
    )
    const [, listed] = await send('GET', '/_tasks?actions=*reindex&group_by=none&detailed')
    expect(listed['tasks']).toMatchObject([{ description: expect.stringContaining('reindex'), cancelled: false }])
    expect((await send('POST', `/_reindex/${task}/_rethrottle?requests_per_second=2`))[0]).toBe(200)
    expect((await send('POST', `/_tasks/${task}/_cancel?wait_for_completion`))[0]).toBe(200)
    const [, done] = await send('GET', `/_tasks/${task}`)
    expect(done).toMatchObject({ completed: true, response: { canceled: 'by user request', requests_per_second: 2 } })
    expect(Number(done['response']?.['created'])).toBeLessThan(20)
  })

  test('tells its slices apart, and one slice is worked on alone', async () => {
    const [, whole] = await send('POST', '/a/_update_by_query?slices=3')
    const parts = whole['slices'] as unknown as { slice_id: number; total: number }[]
    expect([parts.map((part) => part.slice_id), parts.reduce((sum, { total }) => sum + total, 0)]).toEqual([
      [0, 1, 2],
      20,
    ])
    let deleted = 0
    for (const id of [0, 1, 2]) {
      const [, one] = await send('POST', '/a/_delete_by_query?refresh', {
        slice: { id, max: 3 },
        query: { match_all: {} },
      })
      expect(one['total']).toBe(parts[id]!.total)
      deleted += Number(one['deleted'])
    }
    expect(deleted).toBe(20)
  })

  test.each([
    ['POST /a/_update_by_query?slices=0', undefined, '[slices] must be a positive integer'],
    ['POST /a/_update_by_query?requests_per_second=0', undefined, '[requests_per_second] must be a float'],
    ['POST /a/_update_by_query', { slice: { id: 3, max: 3 } }, 'max must be greater than id'],
    [
      'POST /_reindex',
      { source: { index: 'a', remote: { host: 'http://x' } }, dest: { index: 'b' } },
      '[remote] is not',
    ],
    ['GET /_tasks/malformed', undefined, 'malformed task id malformed'],
    ['GET /_tasks/test:99999', undefined, "isn't running and hasn't stored its results"],
  ])('refuses %s %o', async (call, body, reason) => {
    const [method, path] = call.split(' ') as [string, string]
    expect(reasonOf(await send(method, path, body))).toContain(reason)
  })
})

describe('an index', () => {
  test.each([
    [{ number_of_shards: 1_000_000_000 }, 'must be <= 1024'],
    [{ number_of_shards: 'many' }, 'must be >= 1'],
    [{ number_of_replicas: -1 }, 'must be >= 0'],
    [{ number_of_replicas: 1e9 }, 'must be <= 1000'],
  ])('with %o is refused', async (settings, reason) => {
    const answer = await send('PUT', '/b', { settings })
    expect([answer[0], reasonOf(answer)]).toEqual([400, expect.stringContaining(reason)])
  })

  test('is copied with its documents, versions and deletions', async () => {
    await send('PUT', '/a/_doc/1', { n: 100 })
    await send('DELETE', '/a/_doc/2')
    await send('PUT', '/a/_block/write')
    expect((await send('PUT', '/a/_clone/b', { aliases: { copy: {} } }))[1]).toMatchObject({ index: 'b' })
    expect((await send('GET', '/copy/_doc/1'))[1]).toMatchObject({ _version: 2, _source: { n: 100 } })
    expect((await send('GET', '/b/_doc/2'))[0]).toBe(404)
    await server.restart()
    expect((await send('GET', '/b/_count'))[1]['count']).toBe(19)
    expect((await send('PUT', '/b/_doc/1', {}))[0]).toBe(403)
    expect((await send('PUT', '/b/_settings', { 'index.blocks.write': false }))[0]).toBe(200)
    expect((await send('PUT', '/b/_doc/1', {}))[1]).toMatchObject({ _version: 3 })
  })

  test('is merged into one segment, without what was deleted', async () => {
    for (const n of [1, 2, 3]) {
      await send('PUT', `/a/_doc/${n}`, { n })
      await send('POST', '/a/_flush')
    }
    const [, before] = await send('GET', '/a/_segments')
    expect(Object.keys(before['indices']?.['a']?.['shards']?.['0']?.['0']?.['segments'] ?? {})).toHaveLength(3)
    await send('POST', '/a/_forcemerge?max_num_segments=1')
    expect((await send('GET', '/_cat/segments/a?h=docs.count,docs.deleted,committed'))[1]).toBe('20 0 true\n')
    expect((await send('GET', '/a/_count'))[1]['count']).toBe(20)
  })

  test.each([
    ['read', 'GET /a/_search'],
    ['write', 'DELETE /a/_doc/1'],
    ['read_only', 'PUT /a/_mapping'],
    ['metadata', 'GET /a/_mapping'],
  ])('with the block %s refuses %s', async (block, call) => {
    const [method, path] = call.split(' ') as [string, string]
    await send('PUT', `/a/_block/${block}`)
    const answer = await send(method, path, method === 'PUT' ? { properties: { x: { type: 'long' } } } : undefined)
    expect([answer[0], reasonOf(answer)]).toEqual([403, expect.stringContaining('index [a] blocked by: [FORBIDDEN/')])
    await send('PUT', '/a/_settings', { [`index.blocks.${block}`]: null })
  })
})
