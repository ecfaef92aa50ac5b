import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { MAIN, ROOT, vedetta } from '../e2e/command.ts'
import { ELASTICSEARCH_USER, sharedEngine, sharedOpenSearch } from '../engines/index.ts'

const CONTENT = join(ROOT, 'src', 'content')
const folder = mkdtempSync(join(tmpdir(), 'vedetta-cluster-'))
const children: ChildProcess[] = []
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

const openSearch = await sharedOpenSearch()
const elasticsearch = await sharedEngine('elasticsearch-secured')

const CLUSTERS = [
  { name: 'OpenSearch', ...openSearch, settings: [] as string[], port: 39_431 },
  {
    name: 'Elasticsearch with TLS and a password',
    ...elasticsearch,
    settings: [`store.username=${ELASTICSEARCH_USER.username}`, `store.password=${ELASTICSEARCH_USER.password}`],
    port: 39_432,
  },
]

/** The seed's watch, which asks for the type it wants, with another name and a shorter interval. */
function watch(type: string): string {
  const body = {
    size: 0,
    query: { bool: { filter: [{ term: { tags: 'tcp_connection_started' } }] } },
    aggs: { ports: { cardinality: { field: 'dst_port' } } },
  }
  return JSON.stringify({
    trigger: { schedule: { interval: '1s' } },
    input: { search: { request: { indices: ['logstash-tcpdump-*'], types: [type], body } } },
    condition: { compare: { 'ctx.payload.hits.total': { gte: 500 } } },
    throttle_period: '1h',
    actions: { mail: { email: { to: 'a@example.org', subject: `of ${type}`, body: '{{ctx.payload.hits.total}}' } } },
  })
}

describe.each(CLUSTERS)('the whole alarm with its events on $name', ({ name, engine, skipReason, settings, port }) => {
  test.skipIf(engine === undefined)(
    `${skipReason ?? 'a scan sent over TCP becomes a mail'}`,
    { timeout: 90_000 },
    async () => {
      const home = join(folder, String(port))
      for (const part of ['pipelines', 'watches']) mkdirSync(join(home, part), { recursive: true })
      const shipped = readFileSync(join(CONTENT, 'pipelines', 'tcpdump.conf'), 'utf8')
      writeFileSync(join(home, 'pipelines', 'tcpdump.conf'), shipped.replace('port => 5001', `port => ${port}`))
      writeFileSync(join(home, 'watches', 'wanted.json'), watch('tcpdump'))
      writeFileSync(join(home, 'watches', 'other.json'), watch('another'))
      if (engine!.ca !== undefined) writeFileSync(join(home, 'ca.pem'), engine!.ca)

      const given = [
        'http.port=0',
        `path.data=${home}/data`,
        `path.pipelines=${home}/pipelines`,
        `path.watches=${home}/watches`,
        'store.type=cluster',
        `store.hosts=${engine!.url}`,
        ...settings,
        ...(engine!.ca === undefined ? [] : [`store.ssl.certificate_authorities=${home}/ca.pem`]),
      ]
      const child = spawn(process.execPath, [MAIN, 'start', ...given.flatMap((setting) => ['-E', setting])])
      children.push(child)
      const url = await listening(child)
      const { status, stdout, stderr } = await vedetta(['alarm', '--url', url, '--wait', '40'])
      expect([name, status, stderr]).toEqual([name, 0, expect.stringContaining('sent 500 lines')])
      expect(stdout).toContain('of tcpdump\n500\n')
      expect(readdirSync(join(home, 'data', 'outbox'))).toHaveLength(1)
      child.kill('SIGTERM')
      expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0)
    },
  )
})

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    const read = (text: string): void => {
      output += text
      const match = /listens on (http:[^\s,]+)/.exec(output)
      if (match !== null) resolve(match[1]!)
    }
    child.stdout!.setEncoding('utf8').on('data', read)
    child.stderr!.setEncoding('utf8').on('data', read)
    child.once('exit', (status) => reject(new Error(`ended with ${status}: ${output}`)))
  })
}
