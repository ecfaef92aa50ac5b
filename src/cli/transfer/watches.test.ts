import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { stringifyJson, toValue } from '../../event/index.ts'
import { startWatchSystem } from '../../../test/fixtures/watch-system.ts'
import { ServerClient } from '../server-client.ts'
import { hiddenSecrets, inlineFiles, readForeignWatches, setAt } from './watches.ts'

/** Watches as the index of an Elasticsearch 2.4 holds them. */
const HITS = [
  {
    _index: '.watches',
    _type: 'watch',
    _id: 'scan',
    _source: {
      trigger: { schedule: { interval: '10s' } },
      input: {
        search: {
          request: {
            search_type: 'query_then_fetch',
            indices: ['logstash-*'],
            types: ['tcpdump'],
            template: { file: 'recent', params: { window: '1m' } },
          },
        },
      },
      condition: { script: 'return ctx.payload.hits.total > 0' },
      throttle_period_in_millis: 60_000,
      actions: {
        mail: {
          transform: { script: { file: 'names', params: { limit: 5 } } },
          email: { to: ['a@example.org'], subject: { inline: '{{ctx.payload.n}}' }, attach_data: { format: 'yaml' } },
        },
        hook: {
          webhook: { host: 'h', port: 80, method: 'post', path: '/', auth: { basic: { username: 'u', password: '::es_encrypted::abc' } } }, // prettier-ignore
        },
      },
      _status: { version: 3, state: { active: false, timestamp: '2017-01-01T00:00:00.000Z' }, actions: {} },
    },
  },
]

let old: Server
let client: ServerClient
let folder: string

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vedetta-scripts-'))
  old = createServer((request, response) => {
    const path = request.url!.split('?')[0]
    const answer =
      path === '/'
        ? { version: { number: '2.4.6' } }
        : path === '/.watches/_search'
          ? { _scroll_id: 's', hits: { total: HITS.length, hits: HITS } }
          : path === '/_search/scroll'
            ? { _scroll_id: 's', hits: { hits: [] } }
            : undefined
    response
      .writeHead(answer === undefined ? 400 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(answer ?? { error: 'No handler found for uri [/_watcher/_query/watches] and method [POST]' }))
  })
  old.listen(0, '127.0.0.1')
  await once(old, 'listening')
  client = new ServerClient(`http://127.0.0.1:${(old.address() as AddressInfo).port}`, { token: undefined })
})

afterEach(() => {
  old.close()
  old.closeAllConnections()
  rmSync(folder, { recursive: true, force: true })
})

test('a watch of version 2 is read from its index, with its Groovy, its files and its secrets, and runs', async () => {
  const [foreign] = await readForeignWatches(client, ({ body }) => body as Record<string, unknown>)
  expect(foreign).toMatchObject({ id: 'scan', active: false, file: false })
  const { definition } = foreign!
  expect(definition['condition']).toEqual({ script: { inline: 'return ctx.payload.hits.total > 0', lang: 'groovy' } })

  expect(() => inlineFiles(definition, undefined)).toThrow("'input.search.request.template' is the file 'recent'")
  writeFileSync(join(folder, 'recent.mustache'), '{"query": {"range": {"@timestamp": {"gte": "now-{{window}}"}}}}')
  writeFileSync(join(folder, 'names.groovy'), "return [n: ctx.payload.hits.hits.collect { it._source.ip }.join(',')]")
  inlineFiles(definition, folder)
  expect(hiddenSecrets(definition)).toEqual(['actions.hook.webhook.auth.basic.password'])
  setAt(definition, 'actions.hook.webhook.auth.basic.password', 's3cret')

  await using system = await startWatchSystem()
  const time = new Date(system.clock.now()).toISOString()
  await system.index('logstash-1', { '@timestamp': time, type: 'tcpdump', ip: '10.0.0.1' })
  await system.watcher.put('scan', toValue(definition), { active: false })
  const { record } = await system.watcher.execute('scan', { actionModes: { _all: 'simulate' } })
  expect(JSON.parse(stringifyJson(record))).toMatchObject({
    result: {
      condition: { met: true },
      actions: [
        { id: 'mail', email: { message: { subject: '10.0.0.1' } } },
        { id: 'hook', status: 'simulated' },
      ],
    },
  })
})

test.each(['../../etc/passwd', 'a/b', '.hidden/../x'])('a file %s is not read', (file) => {
  expect(() => inlineFiles({ condition: { script: { file } } }, folder)).toThrow('give its folder')
})
