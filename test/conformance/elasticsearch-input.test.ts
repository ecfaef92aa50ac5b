import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { request } from 'undici'
import { freePort } from '../free-port.ts'
import { ManualClock } from '../../src/clock/index.ts'
import { elasticsearch } from '../../src/pipeline/plugins/inputs/elasticsearch/index.ts'
import type { Raw } from '../../src/settings/index.ts'
import { sharedOpenSearch } from '../engines/index.ts'
import { RunningInput, type FixtureOptions } from '../plugin-fixture.ts'
import { RestServer } from './rest-server.ts'

const { engine, skipReason } = await sharedOpenSearch()
const own = new RestServer()
const INDEX = 'input-logins'
const COUNT = 25

async function put(url: string): Promise<void> {
  const body = Array.from({ length: COUNT }, (_one, n) => [
    { index: { _index: INDEX, _id: String(n) } },
    { '@timestamp': `2026-11-24T10:00:${String(n).padStart(2, '0')}Z`, n, user: { name: n % 2 === 0 ? 'ann' : 'bob' } },
  ])
    .flat()
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('')
  const headers = { 'content-type': 'application/x-ndjson' }
  const answer = await request(`${url}/_bulk?refresh=true`, { method: 'POST', headers, body })
  expect(await answer.body.json()).toMatchObject({ errors: false })
}

const TARGETS: readonly [string, () => string][] = [
  ['OpenSearch', () => engine?.url ?? ''],
  ['Vedetta itself', () => own.url],
]

beforeAll(() => own.open())
afterAll(async () => {
  if (engine !== undefined) await request(`${engine.url}/${INDEX}`, { method: 'DELETE' })
  await own.end()
})

function run(raw: Record<string, Raw>, options: FixtureOptions = {}): RunningInput {
  return new RunningInput(elasticsearch, { index: INDEX, ...raw }, options)
}

describe.each(TARGETS)('the elasticsearch input reads %s', (name, url) => {
  const missing = name === 'OpenSearch' ? skipReason : undefined

  test('every document, an answer after the other, with its time and its names', async ({ skip }) => {
    skip(missing !== undefined, missing)
    await put(url())
    await using input = run({ hosts: url(), size: 10, docinfo: true, query: '{ "sort": [ { "n": "asc" } ] }' })
    await input.start()
    await input.input.ended
    expect(input.said.log).toEqual([])
    expect(input.events.map(({ data }) => data['n'])).toEqual(Array.from({ length: COUNT }, (_one, n) => n))
    const [first] = input.events
    expect(JSON.parse(first!.toJson())).toEqual({
      '@version': '1',
      '@timestamp': '2026-11-24T10:00:00.000Z',
      n: 0,
      user: { name: 'ann' },
    })
    expect(first!.metadata).toMatchObject({ _index: INDEX, _id: '0' })
  })

  test('in slices, below a target, under ECS', async ({ skip }) => {
    skip(missing !== undefined, missing)
    await put(url())
    const raw = { hosts: url(), size: 4, slices: 2, target: '[doc]', docinfo: true, docinfo_fields: ['_id'] }
    await using input = run(raw, { ecs: 'v8' })
    await input.start()
    await input.input.ended
    const found = input.events.map((event) => (event.data['doc'] as { n: number }).n).sort((a, b) => a - b)
    expect(found).toEqual(Array.from({ length: COUNT }, (_one, n) => n))
    const one = input.events[0]!
    expect(JSON.parse(JSON.stringify(one.metadata))).toEqual({
      input: { elasticsearch: { _id: String((one.data['doc'] as { n: number }).n) } },
    })
  })

  test('the results of aggregations, and what matches on a schedule', async ({ skip }) => {
    skip(missing !== undefined, missing)
    await put(url())
    const query = '{ "aggs": { "last": { "max": { "field": "n" } } } }'
    await using aggregated = run({ hosts: url(), response_type: 'aggregations', query })
    await aggregated.start()
    await aggregated.input.ended
    expect(JSON.parse(aggregated.events[0]!.toJson())).toMatchObject({ last: { value: COUNT - 1 } })

    const clock = new ManualClock(Date.UTC(2026, 0, 1, 12, 0, 30))
    const ann = '{ "query": { "range": { "n": { "lt": 3 } } } }'
    await using scheduled = run({ hosts: url(), query: ann, schedule: '* * * * *' }, { clock })
    await scheduled.start()
    await clock.advance(29_000)
    expect(scheduled.events).toHaveLength(0)
    await clock.advance(2_000)
    await scheduled.until(3)
    await expect.poll(() => clock.waiting).toBeGreaterThan(0)
    await clock.advance(60_000)
    await scheduled.until(6)
  })

  test('a search that is refused, after its retries', async ({ skip }) => {
    skip(missing !== undefined, missing)
    await using input = run({ hosts: url(), query: '{ "query": { "nonsense": {} } }', retries: 1 })
    await input.start()
    await input.input.ended
    expect(input.said.log).toHaveLength(2)
    expect(input.said.log[0]).toMatch(/the search of input-logins failed: status 400: .*; it is begun again$/)
  })
})

test('a cluster that is away is said, and the input ends', async () => {
  const port = await freePort()
  await using input = run({ hosts: `127.0.0.1:${port}` })
  await input.start()
  await input.input.ended
  expect(input.said.log[0]).toContain('cannot be reached (ECONNREFUSED)')
})

test.each<[Record<string, Raw>, string]>([
  [{ query: 'user:ann' }, "'query' must be the body of a search as JSON"],
  [{ query_type: 'esql' }, '\'query_type\' must be "dsl"'],
  [{ api_key: 'a:b', user: 'c' }, "'api_key' must not be given together with 'user'"],
  [{ schedule: 'daily' }, "'schedule' must be a line of cron"],
])('%j is refused', (raw, message) => {
  expect(() => run(raw)).toThrow(message)
})
