import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../test/free-port.ts'
import { nullLogger } from '../diagnostic/index.ts'
import { loadSettings } from '../settings/index.ts'
import { startVedetta, type Vedetta } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'vedetta-node-stats-'))
let vedetta: Vedetta

beforeAll(async () => {
  const pipelines = join(folder, 'pipelines')
  mkdirSync(pipelines)
  writeFileSync(
    join(pipelines, 'pipelines.yml'),
    '- pipeline.id: one\n  path.config: one.conf\n- pipeline.id: two\n  path.config: two.conf\n  queue.type: persisted\n',
  )
  writeFileSync(
    join(pipelines, 'one.conf'),
    `input { generator { lines => ["a 1", "b"] count => 50 id => made } }
filter { grok { match => { message => "%{WORD:w} %{INT:n}" } } if [w] { drop {} } }
output { elasticsearch { index => "made" } }`,
  )
  writeFileSync(join(pipelines, 'two.conf'), `input { tcp { port => ${await freePort()} } } output { null {} }`)
  const overrides = [
    'http.port=0',
    'config.reload.automatic=true',
    `path.data=${join(folder, 'data')}`,
    `path.pipelines=${pipelines}`,
  ]
  vedetta = await startVedetta({ settings: loadSettings({ overrides }), logger: nullLogger, version: '1.2.3' })
})
afterAll(async () => {
  await vedetta.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function get(path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(vedetta.url + path)
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

const done = async (): Promise<unknown> =>
  ((await get('/_node/stats/pipelines/one')).body['pipelines'] as { one: { events: { out: number } } }).one.events.out

test('node stats have the shape of those of Logstash, plugin by plugin', async () => {
  await expect.poll(done).toBe(50)
  const { body } = await get('/_node/stats')
  expect(body).toMatchObject({
    version: '1.2.3',
    http_address: new URL(vedetta.url).host,
    status: 'green',
    events: { in: 100, filtered: 50, out: 50, duration_in_millis: expect.any(Number) },
    process: { uptime_in_millis: expect.any(Number), cpu: { load_average: { '1m': expect.any(Number) } } },
    reloads: { successes: 0, failures: 0 },
    pipelines: {
      one: {
        dead_letter_queue: {
          queue_size_in_bytes: 0,
          max_queue_size_in_bytes: 2 ** 30,
          storage_policy: 'drop_newer',
          dropped_events: 0,
          expired_events: 0,
        },
        plugins: {
          inputs: [{ id: 'made', name: 'generator', place: 'one.conf:1', events: { out: 100 } }],
          filters: [
            { name: 'grok', events: { in: 100, out: 100, duration_in_millis: expect.any(Number) }, failures: 0 },
            { name: 'drop', events: { in: 50, out: 0 } },
          ],
          outputs: [{ name: 'elasticsearch', events: { in: 50, out: 50 }, documents: { successes: 50 } }],
        },
        queue: { type: 'memory', max_queue_size_in_bytes: 0 },
      },
      two: { queue: { type: 'persisted', max_queue_size_in_bytes: 2 ** 30 } },
    },
  })
  expect((await get('/_node/pipelines')).body['pipelines']).toMatchObject({
    two: { queue: { type: 'persisted' }, config_reload_automatic: true, config_reload_interval: 3_000_000_000 },
  })
  expect(await get('/_node/stats/pipelines/three')).toEqual({
    status: 404,
    body: { path: '/_node/stats/pipelines/three', status: 404, error: { message: 'Not Found' } },
  })
})

test('Prometheus finds the same figures in its own format', async () => {
  await expect.poll(done).toBe(50)
  await fetch(`${vedetta.url}/made/_refresh`, { method: 'POST' })
  const answer = await fetch(`${vedetta.url}/_vedetta/metrics`)
  expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4')
  const lines = (await answer.text()).split('\n')
  expect(lines).toEqual(
    expect.arrayContaining([
      'vedetta_info{version="1.2.3"} 1',
      'vedetta_pipeline_up{pipeline="two"} 1',
      'vedetta_pipeline_events_in_total{pipeline="one"} 100',
      'vedetta_plugin_events_out_total{pipeline="one",kind="filter",plugin="filter_drop_1"} 0',
      'vedetta_index_documents{index="made"} 50',
    ]),
  )
  // A second scrape counts nothing twice.
  const again = await (await fetch(`${vedetta.url}/_vedetta/metrics`)).text()
  expect(again).toContain('vedetta_pipeline_events_in_total{pipeline="one"} 100\n')
})
