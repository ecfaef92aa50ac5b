import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { request } from 'undici'
import { sharedOpenSearch } from '../engines/index.ts'
import { filterFixture } from '../filter-fixture.ts'
import { temporaryFolder } from '../plugin-fixture.ts'
import { RestServer } from './rest-server.ts'

const { engine, skipReason } = await sharedOpenSearch()
const own = new RestServer()
const INDEX = 'filter-sessions'

const SESSIONS = [
  { '@timestamp': '2026-11-24T10:00:00Z', type: 'start', session: 7, user: { name: 'ann' }, bytes: 5.0 },
  { '@timestamp': '2026-11-24T11:00:00Z', type: 'start', session: 7, user: { name: 'bob' }, bytes: 2 },
  { '@timestamp': '2026-11-24T12:00:00Z', type: 'start', session: 8, user: { name: 'cat' } },
]

async function put(url: string): Promise<void> {
  const body = SESSIONS.flatMap((one, n) => [{ index: { _index: INDEX, _id: String(n) } }, one])
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

describe.each(TARGETS)('the elasticsearch filter asks %s', (name, url) => {
  const missing = name === 'OpenSearch' ? skipReason : undefined

  test('for the latest document, for several, by a template, and for what is not there', async ({ skip }) => {
    skip(missing !== undefined, missing)
    await put(url())
    using folder = temporaryFolder()
    const template = join(folder.path, 'search.json')
    writeFileSync(
      template,
      `{ "size": 0, "query": { "term": { "session": %{session} } }, "aggs": { "sum": { "sum": { "field": "bytes" } } } }`,
    )
    const base = `hosts => "${url()}" index => "${INDEX}"`
    const query = 'query => "type:start AND session:%{session}"'
    await using filter = filterFixture(`
      elasticsearch { ${base} ${query} fields => { "[user][name]" => "user" } docinfo_fields => { "_id" => "id" } add_tag => "found" }
      elasticsearch { ${base} ${query} result_size => 5 sort => "@timestamp:asc" fields => { "@timestamp" => "times" } }
      elasticsearch { ${base} query_template => "${template}" aggregation_fields => { "sum" => "sum" } }
      elasticsearch { ${base} query => "AND (" tag_on_failure => "refused" }`)
    const events = await filter.run({ session: 7 }, { session: 9 })
    expect(events).toMatchObject([
      {
        user: 'bob',
        id: '1',
        times: ['2026-11-24T10:00:00Z', '2026-11-24T11:00:00Z'],
        sum: { value: 7 },
        tags: ['found', 'refused'],
        '@metadata': { total_hits: 2 },
      },
      { session: 9, sum: { value: 0 }, tags: ['refused'], '@metadata': { total_hits: 0 } },
    ])
    expect(events[1]).not.toHaveProperty('user')
  })
})
