import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/clock/index.ts'
import { nullLogger } from '../../src/diagnostic/index.ts'
import { IngestPipelines, ingestingStore, registerIngestRoutes } from '../../src/ingest/index.ts'
import { openEmbeddedStore } from '../../src/search/embedded/embedded-store.ts'
import { Lifecycle, registerLifecycleRoutes, registerSearchRoutes, type Store } from '../../src/search/index.ts'
import { createServer, Users, type Server } from '../../src/server/index.ts'
import { EngineUnavailable, pythonEnvironment } from '../engines/index.ts'

const run = promisify(execFile)
let store: Store
let server: Server
let port: number
const folder = mkdtempSync(join(tmpdir(), 'vedetta-python-'))

beforeAll(async () => {
  store = await openEmbeddedStore({ path: join(folder, 'store'), logger: nullLogger, clock: systemClock })
  const users = new Users(join(folder, 'users.json'))
  server = createServer({ host: '127.0.0.1', port: 0, users, logger: nullLogger })
  const pipelines = new IngestPipelines(store, systemClock)
  const ingesting = ingestingStore(store, pipelines)
  const clock = systemClock
  registerSearchRoutes(server, ingesting, { clock, nodeName: 'test', clusterUuid: 'test', version: '0' })
  registerIngestRoutes(server, ingesting, pipelines)
  registerLifecycleRoutes(server, ingesting, new Lifecycle(ingesting, clock, nullLogger))
  ;({ port } = await server.listen())
})

afterAll(async () => {
  await server.close()
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

function environment(name: string, packages: readonly string[]): { bin: string; reason: string } {
  try {
    return { bin: pythonEnvironment(name, packages), reason: '' }
  } catch (error) {
    if (error instanceof EngineUnavailable) return { bin: '', reason: ` (${error.message})` }
    throw error
  }
}

const elastalert = environment('elastalert2', ['elastalert2', 'pytz'])
const python = environment('elasticsearch', ['elasticsearch>=8,<9'])

interface Alert {
  readonly rule_name: string
  readonly alert_sent?: boolean
  readonly match_body?: { readonly src_ip: string }
}

/** What ElastAlert has written of its alerts into its own index. */
async function alertsOf(url: string): Promise<Alert[]> {
  const answer = await fetch(`${url}/elastalert_status/_search?size=100`)
  const { hits } = (await answer.json()) as { hits: { hits: { _source: Alert }[] } }
  return hits.hits.map(({ _source }) => _source)
}

describe.skipIf(elastalert.bin === '')(`ElastAlert 2 alerts on our events${elastalert.reason}`, () => {
  const now = Date.now()

  const RULES = {
    frequency: ['type: frequency', 'num_events: 20', 'timeframe:', '  minutes: 15', 'query_key: src_ip'],
    cardinality: [
      'type: cardinality',
      'cardinality_field: dst_port',
      'max_cardinality: 10',
      'timeframe:',
      '  minutes: 15',
      'query_key: src_ip',
    ],
  }

  beforeAll(async () => {
    const operations = Array.from({ length: 40 }, (_, n) => ({
      action: 'index' as const,
      index: 'logs-test',
      source: JSON.stringify({
        '@timestamp': new Date(now - 300_000 + n * 1000).toISOString(),
        src_ip: n < 30 ? '203.0.113.9' : `198.51.100.${n}`,
        dst_port: n,
      }),
    }))
    await store.createIndex('logs-test', { mappings: { properties: { src_ip: { type: 'keyword' } } } })
    await store.bulk(operations)
    const config = [
      `rules_folder: ${join(folder, 'rules')}`,
      'run_every: {minutes: 1}',
      'buffer_time: {minutes: 20}',
      'es_host: 127.0.0.1',
      `es_port: ${port}`,
      'writeback_index: elastalert_status',
      'alert_time_limit: {days: 2}',
    ]
    writeFileSync(join(folder, 'config.yaml'), `${config.join('\n')}\n`)
    mkdirSync(join(folder, 'rules'))
    for (const [name, lines] of Object.entries(RULES)) {
      const rule = [`name: ${name}`, 'index: logs-*', ...lines, 'filter: []', 'alert: [debug]']
      writeFileSync(join(folder, 'rules', `${name}.yaml`), `${rule.join('\n')}\n`)
    }
  })

  test('its own indices are made, and each rule finds the one culprit', { timeout: 300_000 }, async () => {
    const config = ['--config', join(folder, 'config.yaml')]
    await run(join(elastalert.bin, 'elastalert-create-index'), config)
    const running = spawn(join(elastalert.bin, 'elastalert'), config, { stdio: 'ignore' })
    let alerts: Alert[] = []
    try {
      const complete = (): boolean =>
        Object.keys(RULES).every((name) =>
          alerts.some(({ rule_name: rule, alert_sent: sent }) => rule === name && sent),
        )
      while (!complete()) {
        await new Promise((resolve) => setTimeout(resolve, 250))
        alerts = await alertsOf(`http://127.0.0.1:${port}`)
      }
    } finally {
      running.kill()
      await once(running, 'exit')
    }
    for (const name of Object.keys(RULES)) {
      const found = alerts.filter((alert) => alert.rule_name === name && alert.match_body !== undefined)
      expect([name, new Set(found.map(({ match_body: match }) => match!.src_ip))]).toEqual([
        name,
        new Set(['203.0.113.9']),
      ])
      expect(found.some((alert) => alert.alert_sent)).toBe(true)
    }
  })
})

describe.skipIf(python.bin === '')(`elasticsearch-py works as it is${python.reason}`, () => {
  const SCRIPT = `
import json, sys
from elasticsearch import Elasticsearch, helpers, NotFoundError, ConflictError
es = Elasticsearch(sys.argv[1])
out = {}
out['version'] = es.info()['version']['number']
es.indices.create(index='py', mappings={'properties': {'kind': {'type': 'keyword'}, 'at': {'type': 'date'}}})
out['bulk'] = helpers.bulk(es, ({'_index': 'py', '_id': str(n), 'n': n, 'kind': 'a' if n % 2 else 'b'} for n in range(1500)))
es.indices.refresh(index='py')
found = es.search(index='py', query={'term': {'kind': 'a'}}, size=1, sort=[{'n': 'desc'}], track_total_hits=True,
                  aggs={'kinds': {'terms': {'field': 'kind'}}})
out['total'] = found['hits']['total']['value']
out['last'] = found['hits']['hits'][0]['_source']['n']
out['kinds'] = [b['doc_count'] for b in found['aggregations']['kinds']['buckets']]
es.update(index='py', id='1', script={'source': 'ctx._source.n += params.by', 'params': {'by': 5}})
out['updated'] = es.get(index='py', id='1')['_source']['n']
try:
    es.create(index='py', id='1', document={})
except ConflictError as e:
    out['conflict'] = e.status_code
try:
    es.get(index='py', id='none')
except NotFoundError as e:
    out['missing'] = e.status_code
out['deleted'] = es.delete_by_query(index='py', query={'term': {'kind': 'b'}})['deleted']
out['count'] = es.count(index='py')['count']
out['health'] = es.cluster.health(wait_for_status='yellow')['status']
out['exists'] = bool(es.indices.exists(index='py'))
print(json.dumps(out))
`
  test('index, search, update by script, delete by query', { timeout: 300_000 }, async () => {
    const script = join(folder, 'client.py')
    writeFileSync(script, SCRIPT)
    const { stdout } = await run(join(python.bin, 'python'), [script, `http://127.0.0.1:${port}`])
    expect(JSON.parse(stdout)).toEqual({
      version: '8.17.0',
      bulk: [1500, []],
      total: 750,
      last: 1499,
      kinds: [750],
      updated: 6,
      conflict: 409,
      missing: 404,
      deleted: 750,
      count: 750,
      health: 'green',
      exists: true,
    })
  })

  const ADMINISTRATION = `
import json, sys
from elasticsearch import Elasticsearch, helpers, BadRequestError
es = Elasticsearch(sys.argv[1])
out = {}
es.ilm.put_lifecycle(name='py', policy={'phases': {'hot': {'actions': {'rollover': {'max_docs': 1000}}}}})
out['policy'] = es.ilm.get_lifecycle(name='py')['py']['version']
es.ingest.put_pipeline(id='py', processors=[{'set': {'field': 'seen', 'value': True}}])
es.cluster.put_component_template(name='py', template={'mappings': {'properties': {'kind': {'type': 'keyword'}}}})
es.indices.put_index_template(name='py', index_patterns=['pylogs-*'], composed_of=['py'], data_stream={}, priority=500,
    template={'settings': {'index.lifecycle.name': 'py', 'index.default_pipeline': 'py'}})
es.indices.create_data_stream(name='pylogs-web')
out['written'] = helpers.bulk(es, ({'_op_type': 'create', '_index': 'pylogs-web', '@timestamp': '2026-11-24T10:00:00Z',
    'kind': 'a', 'n': n} for n in range(600)))
out['rolled'] = es.indices.rollover(alias='pylogs-web')['rolled_over']
stream = es.indices.get_data_stream(name='pylogs-*')['data_streams'][0]
out['generation'] = stream['generation']
out['ilm'] = stream['ilm_policy']
out['seen'] = es.count(index='pylogs-web', query={'term': {'seen': True}})['count']
out['scanned'] = sum(1 for _ in helpers.scan(es, index='pylogs-web', size=100))
task = es.reindex(source={'index': 'pylogs-web'}, dest={'index': 'pycopy'}, wait_for_completion=False)['task']
out['copied'] = es.tasks.get(task_id=task, wait_for_completion=True)['response']['created']
es.indices.put_settings(index='pycopy', settings={'index.blocks.write': True})
out['cloned'] = es.indices.clone(index='pycopy', target='pyclone')['index']
es.indices.forcemerge(index='pyclone', max_num_segments=1)
out['segments'] = len(es.cat.segments(index='pyclone', format='json'))
out['tokens'] = [t['token'] for t in es.indices.analyze(analyzer='standard', text='Hello World')['tokens']]
out['resolved'] = [s['name'] for s in es.indices.resolve_index(name='pylogs-*')['data_streams']]
out['simulated'] = es.ingest.simulate(id='py', docs=[{'_source': {}}])['docs'][0]['doc']['_source']
out['license'] = es.license.get()['license']['type']
try:
    es.snapshot.create_repository(name='r', body={'type': 'fs'})
except BadRequestError as e:
    out['snapshot'] = e.status_code
es.indices.delete_data_stream(name='pylogs-web')
out['gone'] = bool(es.indices.exists(index='pylogs-web'))
print(json.dumps(out))
`
  test('data streams, policies, pipelines, tasks, copies', { timeout: 300_000 }, async () => {
    const script = join(folder, 'administration.py')
    writeFileSync(script, ADMINISTRATION)
    const { stdout } = await run(join(python.bin, 'python'), [script, `http://127.0.0.1:${port}`])
    expect(JSON.parse(stdout)).toEqual({
      policy: 1,
      written: [600, []],
      rolled: true,
      generation: 2,
      ilm: 'py',
      seen: 600,
      scanned: 600,
      copied: 600,
      cloned: 'pyclone',
      segments: 1,
      tokens: ['hello', 'world'],
      resolved: ['pylogs-web'],
      simulated: { seen: true },
      license: 'basic',
      snapshot: 400,
      gone: false,
    })
  })
})
