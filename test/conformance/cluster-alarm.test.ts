import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { vedetta } from '../e2e/command.ts'
import { killAll, shippedPipelines, start } from '../e2e/running.ts'
import { ELASTICSEARCH_USER, sharedEngine, sharedOpenSearch } from '../engines/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'vedetta-cluster-'))
afterAll(async () => {
  await killAll()
  rmSync(folder, { recursive: true, force: true })
})

const openSearch = await sharedOpenSearch()
const elasticsearch = await sharedEngine('elasticsearch-secured')

const CLUSTERS = [
  { name: 'OpenSearch', ...openSearch, settings: [] as string[] },
  {
    name: 'Elasticsearch with TLS and a password',
    ...elasticsearch,
    settings: [`store.username=${ELASTICSEARCH_USER.username}`, `store.password=${ELASTICSEARCH_USER.password}`],
  },
]

/** A watch that asks for one type, as the seed's does. The index is of this file's own: other files share the cluster. */
function watch(type: string): string {
  const body = { size: 0, query: { bool: { filter: [{ term: { tags: 'tcp_connection_started' } }] } } }
  return JSON.stringify({
    trigger: { schedule: { interval: '1s' } },
    input: { search: { request: { indices: ['cluster-alarm-*'], types: [type], body } } },
    condition: { compare: { 'ctx.payload.hits.total': { gte: 500 } } },
    throttle_period: '1h',
    actions: { mail: { email: { to: 'a@example.org', subject: `of ${type}`, body: '{{ctx.payload.hits.total}}' } } },
  })
}

describe.each(CLUSTERS)('the whole alarm with its events on $name', ({ name, engine, skipReason, settings }) => {
  test.skipIf(engine === undefined)(
    `${skipReason ?? 'a scan sent over TCP becomes a mail'}`,
    { timeout: 90_000 },
    async () => {
      const home = join(folder, name.split(' ')[0]!)
      const { path } = await shippedPipelines(home)
      const pipeline = join(path, 'tcpdump.conf')
      writeFileSync(pipeline, readFileSync(pipeline, 'utf8').replace('"logstash-tcpdump-', '"cluster-alarm-'))
      mkdirSync(join(home, 'watches'))
      writeFileSync(join(home, 'watches', 'wanted.json'), watch('tcpdump'))
      writeFileSync(join(home, 'watches', 'other.json'), watch('another'))
      if (engine!.ca !== undefined) writeFileSync(join(home, 'ca.pem'), engine!.ca)

      const server = await start([
        'http.port=0',
        `path.data=${home}/data`,
        `path.pipelines=${path}`,
        `path.watches=${home}/watches`,
        'store.type=cluster',
        `store.hosts=${engine!.url}`,
        ...settings,
        ...(engine!.ca === undefined ? [] : [`store.ssl.certificate_authorities=${home}/ca.pem`]),
      ])
      const { status, stdout, stderr } = await vedetta(['alarm', '--url', server.url, '--wait', '40'])
      expect([name, status, stderr]).toEqual([name, 0, expect.stringContaining('sent 500 lines')])
      expect(stdout).toContain('of tcpdump\n500\n')
      expect(readdirSync(join(home, 'data', 'outbox'))).toHaveLength(1)
      expect(await server.kill('SIGTERM')).toBe(0)
    },
  )
})
