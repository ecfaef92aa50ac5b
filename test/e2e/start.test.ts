import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { simpleParser } from 'mailparser'
import { afterAll, expect, test } from 'vitest'
import { freePort } from '../free-port.ts'
import { hasSeed, SEED, vedetta } from './command.ts'
import { CONTENT, killAll, shippedPipelines, start } from './running.ts'

const folder = mkdtempSync(join(tmpdir(), 'vedetta-start-'))
afterAll(async () => {
  await killAll()
  rmSync(folder, { recursive: true, force: true })
})

const pipelines = (): Promise<{ path: string; port: number }> => shippedPipelines(folder)

function send(port: number, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.end(text))
    socket.once('error', reject)
    socket.once('close', () => resolve())
    socket.resume()
  })
}

async function post(url: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return (await response.json()) as Record<string, unknown>
}

async function countOf(url: string): Promise<number> {
  return ((await post(`${url}/logstash-tcpdump-*/_count`, {}))['count'] as number | undefined) ?? 0
}

const SCAN = {
  size: 0,
  query: { bool: { must: [{ match: { tags: 'tcp_connection_started' } }] } },
  aggs: {
    by_src_ip: {
      terms: { field: 'src_ip' },
      aggs: {
        by_target_ip: {
          terms: { field: 'dst_ip', order: { unique_port_count: 'desc' } },
          aggs: { unique_port_count: { cardinality: { field: 'dst_port' } } },
        },
      },
    },
  },
}

test('a recorded scan sent over TCP is found by its query, and survives kill -9 and an orderly end', async () => {
  const { path, port } = await pipelines()
  const settings = ['http.port=0', `path.data=${folder}/data`, `path.pipelines=${path}`]
  const first = await start(settings)
  await send(port, readFileSync(join(CONTENT, 'captures', 'nmap-p1-500.tcpdump.txt'), 'utf8'))
  await expect.poll(() => countOf(first.url)).toBe(500)

  const bucket = { doc_count_error_upper_bound: 0, sum_other_doc_count: 0 }
  const pair = { key: '10.77.0.1', doc_count: 500, unique_port_count: { value: 500 } }
  const expected = {
    by_src_ip: {
      ...bucket,
      buckets: [{ key: '10.77.0.2', doc_count: 500, by_target_ip: { ...bucket, buckets: [pair] } }],
    },
  }
  const answer = await post(`${first.url}/logstash-tcpdump-*/_search`, SCAN)
  expect(answer['aggregations']).toEqual(expected)
  expect((answer['hits'] as { total: unknown }).total).toEqual({ value: 500, relation: 'eq' })
  const flat = await post(`${first.url}/logstash-tcpdump-*/_search?rest_total_hits_as_int=true`, SCAN)
  expect((flat['hits'] as { total: unknown }).total).toBe(500)

  // What a search shows may not be on the disk yet; a refresh waits until it is.
  await fetch(`${first.url}/_refresh`, { method: 'POST' })
  await first.kill('SIGKILL')
  const second = await start(settings)
  expect((await post(`${second.url}/logstash-tcpdump-*/_search`, SCAN))['aggregations']).toEqual(expected)
  const byEcs = await post(`${second.url}/logstash-tcpdump-*/_count`, { query: { term: { 'source.ip': '10.77.0.2' } } })
  expect(byEcs['count']).toBe(500)

  expect(await second.kill('SIGTERM')).toBe(0)
  const third = await start(settings)
  expect(await countOf(third.url)).toBe(500)
  expect(await third.kill('SIGTERM')).toBe(0)
})

test('vedetta alarm: the scan becomes one mail in the outbox, whole, and the history says why', async () => {
  const { path } = await pipelines()
  const data = join(folder, 'alarm')
  const server = await start(['http.port=0', `path.data=${data}`, `path.pipelines=${path}`])
  const { status, stdout, stderr } = await vedetta(['alarm', '--url', server.url])
  expect([status, stderr]).toEqual([0, expect.stringContaining('sent 500 lines')])
  const [subject, line, took] = stdout.split('\n')
  expect(subject).toBe('[Security Alert] - Port scan detected')
  const ports = Number(
    /^Detected portscan from \[10\.77\.0\.2\] to \[10\.77\.0\.1\]\. (\d+) unique ports scanned\.$/.exec(line!)?.[1],
  )
  expect(ports).toBeGreaterThan(50)
  expect(ports).toBeLessThanOrEqual(500)
  expect(took).toMatch(/^alarm after \d+ ms, written to /)

  const mails = readdirSync(join(data, 'outbox'))
  expect(mails).toHaveLength(1)
  const mail = await simpleParser(readFileSync(join(data, 'outbox', mails[0]!)))
  expect(mail.subject).toBe(subject)
  expect(mail.text?.trim()).toBe(line)
  expect(mail.attachments.map(({ filename }) => filename)).toEqual(['data.yml'])

  const history = await post(`${server.url}/.watcher-history-*/_search`, { query: { term: { state: 'executed' } } })
  expect((history['hits'] as { total: { value: number } }).total.value).toBe(1)

  const again = await vedetta(['alarm', '--url', server.url, '--wait', '3'])
  expect([again.status, again.stdout]).toEqual([1, ''])
  expect(again.stderr).toContain('the watch saw the scan but is throttled, because it told of one moments ago')
  expect(again.stderr).toContain('no alarm within 3 s: the watch saw the scan and is still throttled')
  expect(await server.kill('SIGTERM')).toBe(0)
})

test('vedetta alarm says why there is no alarm', async () => {
  const { path, port } = await pipelines()
  const watches = join(folder, 'no-watches')
  mkdirSync(watches)
  const settings = ['http.port=0', `path.data=${folder}/why`, `path.pipelines=${path}`, `path.watches=${watches}`]
  const none = await start(settings)
  const alarm = async (url: string): Promise<string> => {
    const { status, stdout, stderr } = await vedetta([
      'alarm',
      '--url',
      url,
      '--to',
      `127.0.0.1:${port}`,
      '--wait',
      '2',
    ])
    expect([status, stdout]).toEqual([1, ''])
    return stderr
  }
  expect(await alarm(none.url)).toContain('no alarm within 2 s: the server has no watch; see path.watches')
  expect(await none.kill('SIGTERM')).toBe(0)

  const watch = { trigger: { schedule: { interval: '1s' } }, input: { simple: {} }, condition: { never: {} } }
  writeFileSync(join(watches, 'w.json'), JSON.stringify(watch))
  const unmet = await start(settings)
  expect(await alarm(unmet.url)).toMatch(/: \d+ events of the last minutes are stored, and no watch was met; see: /)
  expect(await unmet.kill('SIGINT')).toBe(130)

  const source = 'return 1 / ctx.payload.zero > 0'
  const failing = { ...watch, input: { simple: { zero: 0 } }, condition: { script: { source, lang: 'painless' } } }
  writeFileSync(join(watches, 'w.json'), JSON.stringify(failing))
  const broken = await start(settings)
  expect(await alarm(broken.url)).toContain(": the watch 'w' fails: failed to execute watch condition: ")
  expect(await broken.kill('SIGTERM')).toBe(0)
})

test('xpack.watcher.throttle.period.default_period throttles what has no period of its own', async () => {
  const { path } = await pipelines()
  const watches = join(folder, 'always')
  mkdirSync(watches)
  const watch = { trigger: { schedule: { interval: '1s' } }, actions: { log: { logging: { text: 'n' } } } }
  writeFileSync(join(watches, 'w.json'), JSON.stringify(watch))
  const settings = ['http.port=0', `path.data=${folder}/period`, `path.pipelines=${path}`, `path.watches=${watches}`]
  const server = await start([...settings, 'xpack.watcher.throttle.period.default_period=1ms'])
  const count = async (state: string): Promise<number> =>
    ((await post(`${server.url}/.watcher-history-*/_count`, { query: { term: { state } } }))['count'] as number) ?? 0
  // By the default of 5 s the second run would be throttled.
  await expect.poll(() => count('executed')).toBeGreaterThanOrEqual(3)
  expect(await count('throttled')).toBe(0)
  expect(await server.kill('SIGTERM')).toBe(0)
})

test('a name in http.allowed_hosts reaches the server, another does not', async () => {
  const { path } = await pipelines()
  const common = ['http.port=0', `path.data=${folder}/hosts`, `path.pipelines=${path}`]
  const server = await start([...common, 'http.allowed_hosts=sentinel.example,other.example'])
  const statusFor = (host: string): Promise<number> =>
    new Promise((resolve, reject) => {
      get(server.url, { headers: { host } }, (answer) => resolve(answer.resume().statusCode!)).once('error', reject)
    })
  expect(await statusFor('sentinel.example')).toBe(200)
  expect(await statusFor('other.example:8080')).toBe(200)
  expect(await statusFor('evil.example')).toBe(403)
  expect(await server.kill('SIGTERM')).toBe(0)
})

test.skipIf(!hasSeed)(
  "the seed's watch, verbatim, with its Groovy scripts, tells of the scan",
  async () => {
    const { path } = await pipelines()
    const watches = join(folder, 'watches')
    mkdirSync(watches)
    cpSync(join(SEED, 'port_scan_watch.json'), join(watches, 'port_scan_watch.json'))
    const settings = ['http.port=0', `path.data=${folder}/seed`, `path.pipelines=${path}`, `path.watches=${watches}`]
    const server = await start(settings)
    const { status, stdout } = await vedetta(['alarm', '--url', server.url, '--wait', '25'])
    expect(status).toBe(0)
    expect(stdout).toContain('[Security Alert] - Port scan detected')
    expect(stdout).toMatch(
      /^Detected portscan from \[10\.77\.0\.2\] to \[10\.77\.0\.1\]\. \d+ unique ports scanned\.$/m,
    )
    expect(await server.kill('SIGTERM')).toBe(0)
  },
  60_000,
)

test('what cannot start is named, and the status is 1', async () => {
  const { path } = await pipelines()
  const port = await freePort()
  const busy = createServer().listen(port, '127.0.0.1')
  const common = ['start', '-E', `path.pipelines=${path}`]
  const taken = await vedetta([...common, '-E', `http.port=${port}`, '-E', `path.data=${folder}/busy`])
  busy.close()
  expect(taken.status).toBe(1)
  expect(taken.stderr).toContain(String(port))

  cpSync(join(path, 'tcpdump.conf'), join(folder, 'a-file'))
  const notFolder = await vedetta([...common, '-E', `path.data=${folder}/a-file`])
  expect(notFolder.status).toBe(1)
  expect(notFolder.stderr).toContain("a-file' cannot be used")

  const open = await vedetta([
    ...common,
    '-E',
    'http.host=0.0.0.0',
    '-E',
    'http.port=0',
    '-E',
    `path.data=${folder}/open`,
  ])
  expect(open.status).toBe(1)
  expect(open.stderr).toContain('0.0.0.0')
})
