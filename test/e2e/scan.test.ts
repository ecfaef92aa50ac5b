import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { simpleParser, type ParsedMail } from 'mailparser'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { hasSeed, MAIN, ROOT, SEED } from './command.ts'
import { ATTACKERS, HOST, INTERFACE, openNetwork, type Child } from './network.ts'

const CONTENT = join(ROOT, 'src', 'content')
const [ONE, TWO] = ATTACKERS
const SUBJECT = '[Security Alert] - Port scan detected'
/** The seed's own words, unquoted and without -l: what is in the last 4 kB stays with tcpdump. */
const SEED_LINE = `tcpdump -i ${INTERFACE} -n -tttt tcp[13] == 2 | nc localhost 5001`
const PASSWORD = 'correct horse'

const network = openNetwork()
const folder = mkdtempSync(join(tmpdir(), 'vedetta-scan-'))
const children: Child[] = []
let mailServer: Child
let mailPort = 0

if (network.recordedBecause !== undefined)
  process.stderr.write(`The recorded capture stands for tcpdump and nmap here: ${network.recordedBecause}\n`)

beforeAll(async () => {
  mailServer = run([process.execPath, join(ROOT, 'test', 'e2e', 'mail-server.mjs'), 'vedetta', PASSWORD])
  mailPort = Number((await mailServer.says(/"port":(\d+)/))[1])
})

afterAll(async () => {
  await Promise.all(children.map((child) => child.end()))
  await network.close()
  rmSync(folder, { recursive: true, force: true })
})

function run(argv: readonly string[], environment?: Readonly<Record<string, string>>): Child {
  const child = network.spawn(argv, environment)
  children.push(child)
  return child
}

interface Envelope {
  readonly from: string
  readonly recipients: readonly string[]
  readonly user: string
  readonly raw: string
}

/** Everything the mail server has taken so far. */
function envelopes(): Envelope[] {
  const lines = mailServer.output().split('\n').slice(1, -1)
  return lines.map((line) => JSON.parse(line) as Envelope)
}

interface Bucket {
  readonly key: string
  readonly doc_count: number
  readonly by_target_ip: { readonly buckets: readonly { readonly key: string; readonly doc_count: number }[] }
}

interface Answer {
  readonly hits: { readonly total: unknown; readonly hits: readonly { readonly _source: unknown }[] }
  readonly aggregations: {
    readonly by_src_ip: { readonly buckets: readonly Bucket[] }
    readonly ports: { value: number }
  }
  readonly watch_record: HistoryRecord
  readonly count: number
}

interface HistoryRecord {
  readonly state: string
  readonly trigger_event: unknown
  readonly result: {
    readonly execution_time: string
    readonly condition: unknown
    readonly input: { readonly status: string; readonly payload: Answer }
    readonly actions: readonly { readonly id: string; readonly status: string; readonly reason?: string }[]
  }
}

/** Waits until what is asked for holds; the time is a limit, not an expectation. */
async function until<T>(ask: () => T | Promise<T>, holds: (value: T) => boolean): Promise<T> {
  let last: T | undefined
  const asked = async (): Promise<boolean> => holds((last = await ask()))
  await expect.poll(asked, { interval: 100, message: 'it did not come to pass' }).toBe(true)
  return last as T
}

/** `vedetta start` with a mail account; ends when the test does. */
class Sentinel implements AsyncDisposable {
  private readonly name: string
  private readonly child: Child
  private readonly before: number
  private captures: Child[] = []

  private constructor(name: string, child: Child) {
    this.name = name
    this.child = child
    this.before = envelopes().length
  }

  static async start(name: string, paths: { pipelines?: string; watches?: string } = {}): Promise<Sentinel> {
    const config = join(folder, `${name}.yml`)
    writeFileSync(
      config,
      `http.port: ${network.port(9200)}
path:
  data: ${name}
  pipelines: ${paths.pipelines ?? withPorts(name, join(CONTENT, 'pipelines'))}
  watches: ${paths.watches ?? join(CONTENT, 'watches')}
xpack.notification.email:
  default_account: work
  account.work:
    profile: standard
    email_defaults.from: Vedetta <vedetta@host.example>
    smtp:
      auth: true
      host: 127.0.0.1
      port: ${mailPort}
      user: vedetta
      password: \${SMTP_PASSWORD}
`,
    )
    const child = run([process.execPath, MAIN, 'start', '--config', config], { SMTP_PASSWORD: PASSWORD })
    await child.says(/listens on http:/)
    return new Sentinel(name, child)
  }

  /** Starts what reads packets: with `vedetta capture` each at once, with the seed's line in pieces of 4 kB. */
  async capture(argv: readonly string[], ready: RegExp): Promise<void> {
    const child = await network.capture(argv, ready)
    if (child === undefined) return
    children.push(child)
    this.captures.push(child)
  }

  vedettaCapture(device: string): Promise<void> {
    return this.capture(
      [process.execPath, MAIN, 'capture', '-i', device],
      /capturing on[\s\S]*connected to|connected to[\s\S]*capturing on/,
    )
  }

  async endCaptures(): Promise<void> {
    await Promise.all(this.captures.splice(0).map((child) => child.end('SIGTERM')))
  }

  async request(method: string, path: string, body?: string): Promise<Answer> {
    return (await network.request(method, path, body)) as Answer
  }

  search(index: string, body: object | string): Promise<Answer> {
    return this.request('POST', `/${index}/_search`, typeof body === 'string' ? body : JSON.stringify(body))
  }

  /** Different ports that the attacker has asked for, of any target. */
  async ports(attacker: string): Promise<number> {
    const answer = await this.search('logstash-tcpdump-*', {
      size: 0,
      query: { bool: { filter: [{ term: { tags: 'tcp_connection_started' } }, { term: { src_ip: attacker } }] } },
      aggs: { ports: { cardinality: { field: 'dst_port' } } },
    })
    return answer.aggregations?.ports?.value ?? 0
  }

  /** The latest record of the watch's history. */
  async latest(watch: string): Promise<HistoryRecord | undefined> {
    const answer = await this.search('.watcher-history-*', {
      size: 1,
      sort: [{ 'result.execution_time': 'desc' }],
      query: { term: { watch_id: watch } },
    })
    return answer.hits.hits[0]?._source as HistoryRecord | undefined
  }

  /** The record of the run that sent. */
  async executed(watch: string): Promise<HistoryRecord[]> {
    const query = { bool: { filter: [{ term: { watch_id: watch } }, { term: { state: 'executed' } }] } }
    const answer = await this.search('.watcher-history-*', { query })
    return answer.hits.hits.map(({ _source }) => _source as HistoryRecord)
  }

  /** The mails that it has sent so far. */
  get sent(): Envelope[] {
    return envelopes().slice(this.before)
  }

  /** The mail of that number, when it has come. */
  async mail(number: number): Promise<Envelope & { readonly mail: ParsedMail; readonly text: string }> {
    const sent = await until(
      () => this.sent,
      ({ length }) => length >= number,
    )
    const envelope = sent[number - 1]!
    const mail = await simpleParser(envelope.raw)
    return { ...envelope, mail, text: mail.text?.trimEnd() ?? '' }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endCaptures()
    const status = await this.child.end('SIGTERM')
    if (status !== 0) throw new Error(`${this.name} ended with ${status}: ${this.child.output()}`)
  }
}

/** The shipped or the seed's pipelines, with the ports of this network. */
function withPorts(name: string, from: string): string {
  const to = join(folder, `${name}-pipelines`)
  mkdirSync(to)
  for (const file of readdirSync(from)) {
    if (!/\.(?:conf|yml)$/.test(file)) continue
    const text = readFileSync(join(from, file), 'utf8')
    writeFileSync(
      join(to, file),
      text.replace(/port => (\d+)/g, (_, port: string) => `port => ${network.port(Number(port))}`),
    )
  }
  return to
}

function sentence(attacker: string, ports: number | string, target = HOST): string {
  return `Detected portscan from [${attacker}] to [${target}]. ${ports} unique ports scanned.`
}

/** The number of ports in the one line of a mail. */
function portsIn(text: string): number {
  const match = /^Detected portscan from \[(\S+)\] to \[(\S+)\]\. (\d+) unique ports scanned\.$/.exec(text)
  expect([text, match?.[1], match?.[2]]).toEqual([text, ONE, HOST])
  return Number(match![3])
}

const QUERY = {
  size: 0,
  query: {
    bool: {
      must: [{ match: { tags: 'tcp_connection_started' } }, { range: { '@timestamp': { gte: 'now-30s' } } }],
    },
  },
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

/** What Elasticsearch answers to the seed's query after one scan. nmap asks twice where an answer is late. */
function aggregationsOfOneScan(total: unknown): object {
  const bucket = { doc_count_error_upper_bound: 0, sum_other_doc_count: 0 }
  const target = { key: HOST, doc_count: total, unique_port_count: { value: 500 } }
  const attacker = { key: ONE, doc_count: total, by_target_ip: { ...bucket, buckets: [target] } }
  return { by_src_ip: { ...bucket, buckets: [attacker] } }
}

function totalOf(record: HistoryRecord | undefined): number {
  return (record?.result.input.payload?.hits?.total as number | undefined) ?? 0
}

/** The shipped watch with other numbers: `window` in seconds, `throttle` in seconds, `threshold` in ports. */
function shippedWatch(name: string, window: number, throttle: number, threshold: number): string {
  const to = join(folder, `${name}-watches`)
  mkdirSync(to)
  const text = readFileSync(join(CONTENT, 'watches', 'port_scan.json'), 'utf8')
  const changed = text
    .replace('"now-30s"', `"now-${window}s"`)
    .replace('"29500ms"', `"${throttle}s"`)
    .replaceAll('"params": { "threshold": 50 }', `"params": { "threshold": ${threshold} }`)
  writeFileSync(join(to, 'port_scan.json'), changed)
  return to
}

const how =
  network.recordedBecause === undefined
    ? 'real tcpdump, nc and nmap between two network namespaces'
    : `the recorded capture instead of tcpdump and nmap: ${network.recordedBecause}`

describe(`the scan alarm (${how})`, () => {
  test("the seed's line and a scan: one mail, whole, and the history says why; a scan within the throttle sends nothing", async () => {
    await using vedetta = await Sentinel.start('line')
    await vedetta.capture(['sh', '-c', SEED_LINE], /listening on/)
    await network.scan(ONE)

    const { from, recipients, user, mail, text } = await vedetta.mail(1)
    expect([from, recipients, user]).toEqual(['vedetta@host.example', ['admin@localhost'], 'vedetta'])
    expect(mail.from?.value).toEqual([{ name: 'Vedetta', address: 'vedetta@host.example' }])
    expect(mail.to).toMatchObject({ value: [{ address: 'admin@localhost' }] })
    expect(mail.subject).toBe(SUBJECT)
    expect(mail.headers.get('priority')).toBe('high')
    const ports = portsIn(text)
    expect(ports).toBeGreaterThan(50)
    expect(ports).toBeLessThanOrEqual(500)

    expect(mail.attachments.map(({ filename, contentType }) => [filename, contentType])).toEqual([
      ['data.yml', 'application/yaml'],
    ])
    const { ctx } = parseYaml(mail.attachments[0]!.content.toString()) as { ctx: Record<string, unknown> }
    expect(ctx).toMatchObject({
      watch_id: 'port_scan',
      metadata: { name: 'Port scan', threshold: 50 },
      payload: { body: text, scans: [{ source: ONE, target: HOST, ports }] },
      trigger: { scheduled_time: expect.any(String), triggered_time: expect.any(String) },
      execution_time: expect.any(String),
      vars: {},
    })

    const [why] = await until(
      () => vedetta.executed('port_scan'),
      ({ length }) => length > 0,
    )
    expect(why).toMatchObject({
      watch_id: 'port_scan',
      trigger_event: { type: 'schedule' },
      result: {
        input: {
          type: 'search',
          status: 'success',
          payload: {
            hits: { total: expect.any(Number) },
            aggregations: {
              by_src_ip: {
                buckets: [
                  { key: ONE, by_target_ip: { buckets: [{ key: HOST, unique_port_count: { value: ports } }] } },
                ],
              },
            },
          },
        },
        condition: { type: 'script', status: 'success', met: true },
        actions: [
          {
            id: 'email_administrator',
            type: 'email',
            status: 'success',
            email: { message: { to: ['admin@localhost'], subject: SUBJECT, body: { text } } },
          },
        ],
      },
    })

    await network.scan(ONE)
    // The history has seen more than one scan has, and was throttled.
    const quiet = await until(
      () => vedetta.latest('port_scan'),
      (record) => totalOf(record) > 500,
    )
    expect(quiet).toMatchObject({
      state: 'throttled',
      result: { condition: { met: true }, actions: [{ id: 'email_administrator', status: 'throttled' }] },
    })
    expect(quiet!.result.actions[0]!.reason).toContain('throttling')
    expect(vedetta.sent).toHaveLength(1)
  })

  test('vedetta capture shows all 500 ports; the next mail comes for the next scan after the throttle', async () => {
    const watches = shippedWatch('throttle', 6, 20, 499)
    await using vedetta = await Sentinel.start('throttle', { watches })
    await vedetta.vedettaCapture(INTERFACE)
    await network.scan(ONE)
    expect((await vedetta.mail(1)).text).toBe(sentence(ONE, 500))
    const [first] = await until(
      () => vedetta.executed('port_scan'),
      ({ length }) => length > 0,
    )

    await network.scan(TWO)
    const seen = await until(
      () => vedetta.latest('port_scan'),
      (record) => record?.result.input.payload.aggregations.by_src_ip.buckets.some(({ key }) => key === TWO) === true,
    )
    expect(seen!.state).toBe('throttled')
    // The window has passed both scans, and the time of silence is over.
    const over = Date.parse(first!.result.execution_time) + 20_000
    const calm = await until(
      () => vedetta.latest('port_scan'),
      (record) => Date.parse(record?.result.execution_time ?? '') >= over,
    )
    expect([calm!.state, vedetta.sent.length]).toEqual(['execution_not_needed', 1])

    await network.scan(ONE)
    expect((await vedetta.mail(2)).text).toBe(sentence(ONE, 500))
    expect(vedetta.sent).toHaveLength(2)
  }, 60_000)

  test('the query of the seed by curl after vedetta capture gives its aggregations, field for field', async () => {
    const watches = join(folder, 'none')
    mkdirSync(watches)
    await using vedetta = await Sentinel.start('query', { watches })
    await vedetta.vedettaCapture(INTERFACE)
    await network.scan(ONE)
    await until(
      () => vedetta.ports(ONE),
      (ports) => ports === 500,
    )
    const query = hasSeed ? readFileSync(join(SEED, 'search.json'), 'utf8') : JSON.stringify(QUERY)
    const { hits, aggregations } = await vedetta.search('logstash-tcpdump-*', query)
    const { value, relation } = hits.total as { value: number; relation: string }
    expect([relation, hits.hits]).toEqual(['eq', []])
    expect(value).toBeGreaterThanOrEqual(500)
    expect(JSON.stringify(aggregations)).toBe(JSON.stringify(aggregationsOfOneScan(value)))
    const flat = await vedetta.request('POST', '/logstash-tcpdump-*/_search?rest_total_hits_as_int=true', query)
    expect(flat.hits.total).toBe(value)

    // In a watch `types` is a filter on the field `type`, and the total is a number.
    for (const [types, total, expected] of [
      [['tcpdump'], value, aggregationsOfOneScan(value)],
      [['other'], 0, { by_src_ip: { doc_count_error_upper_bound: 0, sum_other_doc_count: 0, buckets: [] } }],
    ] as const) {
      const request = { indices: ['logstash-tcpdump-*'], types, body: JSON.parse(query) as unknown }
      const watch = {
        trigger: { schedule: { interval: '1d' } },
        input: { search: { request } },
        actions: { log: { logging: { text: 'x' } } },
      }
      const { watch_record } = await vedetta.request('POST', '/_watcher/watch/_execute', JSON.stringify({ watch }))
      const { payload } = watch_record.result.input
      expect(payload.hits.total).toBe(total)
      expect(payload.aggregations).toEqual(expected)
    }
  })

  test('two culprits at once, seen on -i any: one mail names both; lines of -i lo are read too', async () => {
    await using vedetta = await Sentinel.start('culprits')
    await vedetta.vedettaCapture('any')
    await vedetta.request('PUT', '/_watcher/watch/port_scan/_deactivate')
    await Promise.all([network.scan(ONE, 'any'), network.scan(TWO, 'any')])
    for (const attacker of ATTACKERS)
      await until(
        () => vedetta.ports(attacker),
        (ports) => ports === 500,
      )
    await vedetta.request('PUT', '/_watcher/watch/port_scan/_activate')
    const { text } = await vedetta.mail(1)
    expect(text.split('\n').sort()).toEqual([sentence(ONE, 500), sentence(TWO, 500)])
    expect(vedetta.sent).toHaveLength(1)

    const unread = { query: { bool: { must_not: { exists: { field: 'src_ip' } } } } }
    expect((await vedetta.search('logstash-tcpdump-*', unread)).hits.hits).toEqual([])
    await vedetta.endCaptures()
    await vedetta.vedettaCapture('lo')
    await network.scanItself()
    await until(
      () => vedetta.ports('127.0.0.1'),
      (ports) => ports >= 100,
    )
    expect((await vedetta.search('logstash-tcpdump-*', unread)).hits.hits).toEqual([])
  })

  test('logins of sshd and of Windows, by nc, are found by user and tag', async () => {
    await using vedetta = await Sentinel.start('logins')
    const lines = [
      'Nov 26 12:15:04 zeus sshd[19571]: Failed password for ciro from 10.0.4.23 port 57961 ssh2',
      'Nov 26 12:15:09 zeus sshd[19571]: Accepted publickey for ann from 10.0.4.24 port 57962 ssh2: RSA SHA256:abc',
      'Log Name: Security Source: Microsoft-Windows-Security-Auditing Date: 27/11/2015 2:07:33 PM Event ID: 4625 Task Category: Logon Level: Information Keywords: Audit Failure User: N/A Computer: minerva Description: An account failed to log on. Subject: Security ID: NULL SID Account Name: - Account Domain: - Logon ID: 0x0 Logon Type: 3 Account For Which Logon Failed: Account Name: gennaro Account Domain: MINERVA Failure Information: Failure Reason: Unknown user name or bad password. Network Information: Workstation Name: PC Source Network Address: 10.0.4.25 Source Port: 49832',
    ]
    await network.send(5002, `${lines.join('\n')}\n`)
    const find = async (user: string, tag: string): Promise<unknown[]> => {
      const query = { bool: { filter: [{ term: { src_user: user } }, { match: { tags: tag } }] } }
      return (await vedetta.search('logstash-auth-*', { query })).hits.hits.map(({ _source }) => _source)
    }
    for (const [user, tag, fields] of [
      ['ciro', 'auth_failure', { src_ip: '10.0.4.23', auth_type: 'ssh2' }],
      ['ann', 'auth_success', { src_ip: '10.0.4.24', auth_type: 'ssh2' }],
      ['gennaro', 'auth_failure', { src_ip: '10.0.4.25', auth_type: '3' }],
    ] as const) {
      const found = await until(
        () => find(user, tag),
        ({ length }) => length > 0,
      )
      expect(found).toEqual([expect.objectContaining({ ...fields, type: 'auth', tags: [tag] })])
    }
    expect(await find('ann', 'auth_failure')).toEqual([])
  })

  test.skipIf(!hasSeed)(
    "the seed's pipeline, watch and query, verbatim (skipped where they are not beside the repository)",
    async () => {
      const [from, watches] = [join(folder, 'seed-conf'), join(folder, 'seed-watches')]
      for (const path of [from, watches]) mkdirSync(path)
      cpSync(join(SEED, 'portscan.conf'), join(from, 'portscan.conf'))
      cpSync(join(SEED, 'port_scan_watch.json'), join(watches, 'port_scan_watch.json'))
      await using vedetta = await Sentinel.start('seed', { pipelines: withPorts('seed', from), watches })
      await vedetta.capture(['sh', '-c', SEED_LINE], /listening on/)
      await network.scan(ONE)

      const { from: sender, recipients, mail, text } = await vedetta.mail(1)
      expect([sender, recipients, mail.subject]).toEqual(['vedetta@host.example', ['admin@example.org'], SUBJECT])
      const ports = portsIn(text)
      expect(ports).toBeGreaterThan(50)
      expect(ports).toBeLessThanOrEqual(500)
      const { ctx } = parseYaml(mail.attachments[0]!.content.toString()) as { ctx: Record<string, unknown> }
      expect(ctx).toMatchObject({ watch_id: 'port_scan_watch', payload: { body: text } })
      const [why] = await until(
        () => vedetta.executed('port_scan_watch'),
        ({ length }) => length > 0,
      )
      expect(why).toMatchObject({
        result: { condition: { met: true }, input: { payload: { hits: { total: expect.any(Number) } } } },
      })

      // Ctrl-C makes tcpdump write what it has held back.
      network.interruptTcpdump()
      await until(
        () => vedetta.ports(ONE),
        (all) => all === 500,
      )
      const query = JSON.parse(readFileSync(join(SEED, 'search.json'), 'utf8')) as typeof QUERY
      expect(query).toEqual(QUERY)
      const { hits, aggregations } = await vedetta.search('logstash-tcpdump-*', query)
      expect(aggregations).toEqual(aggregationsOfOneScan((hits.total as { value: number }).value))
      expect(vedetta.sent).toHaveLength(1)
    },
    60_000,
  )
})
