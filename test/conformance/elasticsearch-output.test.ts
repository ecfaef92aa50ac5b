import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/clock/index.ts'
import { nullLogger } from '../../src/diagnostic/index.ts'
import { Event, stringifyJson, toValue, type ValueObject } from '../../src/event/index.ts'
import { elasticsearch } from '../../src/pipeline/plugins/outputs/elasticsearch/index.ts'
import { checkSearch } from '../../src/search/dsl/index.ts'
import { openEmbeddedStore } from '../../src/search/index.ts'
import { ELASTICSEARCH_USER, sharedEngine } from '../engines/index.ts'
import { makeOutput, temporaryFolder } from '../plugin-fixture.ts'

const { engine, skipReason } = await sharedEngine('elasticsearch-secured')
const SEED_QUERY = new URL('../../../shared/seed/search.json', import.meta.url)

/** The seed's query, as its folder has it too. */
const SCANS = {
  size: 0,
  query: {
    bool: { must: [{ match: { tags: 'tcp_connection_started' } }, { range: { '@timestamp': { gte: 'now-30s' } } }] },
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

/** How long the server stays away; CI takes three seconds for the minute that it may be. */
const OUTAGE_SECONDS = Number(process.env['VEDETTA_OUTAGE_SECONDS'] ?? 3)

const FAST = { retry_initial_interval: 0.2, retry_max_interval: 0.5 }

function scan(count: number): Event[] {
  const now = systemClock.now() * 1000
  return Array.from({ length: count }, (_, n) =>
    Event.at(
      Math.floor(now),
      toValue({
        src_ip: '192.0.2.1',
        dst_ip: '192.0.2.2',
        dst_port: String(n + 1),
        tags: ['network', 'tcp_connection_started'],
      }) as ValueObject,
    ),
  )
}

describe.skipIf(engine === undefined)(
  `the output on a real secured Elasticsearch 8.17${skipReason === undefined ? '' : ` (${skipReason})`}`,
  () => {
    const { hostname, port } = new URL(engine?.url ?? 'https://localhost:9200')
    const dispatcher = new Agent({ connect: { ca: engine?.ca ?? '' } })
    const authorization = `Basic ${Buffer.from(`${ELASTICSEARCH_USER.username}:${ELASTICSEARCH_USER.password}`).toString('base64')}`

    async function ask(
      method: 'GET' | 'POST' | 'PUT' | 'DELETE',
      path: string,
      body?: string,
    ): Promise<Record<string, unknown>> {
      const answer = await request(`${engine!.url}${path}`, {
        method,
        dispatcher,
        headers: { authorization, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body }),
      })
      return (await answer.body.json()) as Record<string, unknown>
    }

    async function count(index: string): Promise<number> {
      await ask('POST', `/${index}/_refresh`)
      return (await ask('GET', `/${index}/_count`))['count'] as number
    }

    /** The options of portscan.conf, with what differs here. */
    function seedOptions(folder: string) {
      const cacert = join(folder, 'cacert.pem')
      writeFileSync(cacert, engine!.ca!)
      return {
        hosts: `${hostname}:${port}`,
        index: 'logstash-tcpdump-%{+YYYY.MM.dd}',
        user: ELASTICSEARCH_USER.username,
        password: ELASTICSEARCH_USER.password,
        ssl: true,
        cacert,
        ...FAST,
      }
    }

    test("the seed's output writes with the template it installs; the seed's query answers as on the embedded store", async () => {
      using folder = temporaryFolder()
      const events = scan(500)
      const { output, said } = makeOutput(elasticsearch, seedOptions(folder.path))
      await output.write(events)
      await output.close!()
      expect(said).toEqual({ notices: [], log: [], deadLetters: [] })
      expect(await count('logstash-tcpdump-*')).toBe(500)
      const there = (await ask('POST', '/logstash-tcpdump-*/_search', JSON.stringify(SCANS)))['aggregations']

      const store = await openEmbeddedStore({
        path: join(folder.path, 'store'),
        clock: systemClock,
        logger: nullLogger,
      })
      const here = makeOutput(elasticsearch, seedOptions(folder.path), { store, isStoreAddress: () => true })
      await here.output.write(events)
      await here.output.close!()
      const body = toValue(existsSync(SEED_QUERY) ? JSON.parse(readFileSync(SEED_QUERY, 'utf8')) : SCANS) as ValueObject
      const found = await store.search({ expressions: ['logstash-tcpdump-*'] }, checkSearch(body))
      await store.close()
      expect(JSON.parse(stringifyJson(found.aggregations))).toEqual(there)
      expect(there).toMatchObject({
        by_src_ip: {
          buckets: [
            {
              key: '192.0.2.1',
              doc_count: 500,
              by_target_ip: { buckets: [{ key: '192.0.2.2', doc_count: 500, unique_port_count: { value: 500 } }] },
            },
          ],
        },
      })
    })

    test('a wrong password is one message, and the event waits', async () => {
      using folder = temporaryFolder()
      const { output, said } = makeOutput(elasticsearch, { ...seedOptions(folder.path), password: 'wrong' })
      const writing = output.write(scan(1))
      writing.catch(() => undefined)
      await expect.poll(() => said.log).not.toEqual([])
      await systemClock.sleep(1500)
      await output.close!()
      await expect(writing).rejects.toThrow('closed with events on their way')
      expect(said.log).toEqual([
        `error: elasticsearch output: ${hostname}:${port} refuses user 'logstash': check user and password (status 401); events are kept and it goes on trying`,
      ])
    })

    test('an untrusted certificate is one message', async () => {
      using folder = temporaryFolder()
      const { cacert: _cacert, ...options } = seedOptions(folder.path)
      const { output, said } = makeOutput(elasticsearch, options)
      const writing = output.write(scan(1))
      writing.catch(() => undefined)
      await expect.poll(() => said.log).not.toEqual([])
      await systemClock.sleep(1000)
      await output.close!()
      await expect(writing).rejects.toThrow('closed with events on their way')
      expect(said.log).toHaveLength(1)
      expect(said.log[0]).toMatch(
        /^error: elasticsearch output: the certificate of localhost:\d+ is not trusted \(it is self-signed|its authority is not known\)/,
      )
    })

    test(
      'a server that goes away in the middle of writing: one message, then every event is there once',
      { timeout: 30_000 + OUTAGE_SECONDS * 1000 },
      async () => {
        using folder = temporaryFolder()
        const line = new Line(Number(port))
        await line.up()
        const options = {
          ...seedOptions(folder.path),
          hosts: `localhost:${line.port}`,
          index: 'output-outage',
          document_id: '%{dst_port}',
        }
        const { output, said } = makeOutput(elasticsearch, options)
        const events = scan(4000)
        await output.write(events.slice(0, 1000))
        const writing = output.write(events.slice(1000, 2000))
        await line.down()
        const more = output.write(events.slice(2000))
        await systemClock.sleep(OUTAGE_SECONDS * 1000)
        await line.up()
        await Promise.all([writing, more])
        await output.close!()
        await line.down()
        expect(await count('output-outage')).toBe(4000)
        expect(said.log.filter((message) => message.startsWith('error'))).toHaveLength(1)
        expect(said.log[0]).toContain(`cannot reach localhost:${line.port}`)
        expect(said.log.at(-1)).toMatch(/^info: elasticsearch output writes again after \d+ s; no event was lost$/)
      },
    )

    test('a document that the mapping refuses goes to the dead letters with the reason', async () => {
      using folder = temporaryFolder()
      const { output, said } = makeOutput(elasticsearch, { ...seedOptions(folder.path), index: 'output-refused' })
      const bad = Event.at(0, toValue({ n: 'text' }) as ValueObject)
      await output.write([Event.at(0, toValue({ n: 1 }) as ValueObject), bad])
      await output.close!()
      expect(said.deadLetters.map(({ event }) => event)).toEqual([bad])
      expect(said.deadLetters[0]!.reason).toContain(
        "index into 'output-refused' was refused with status 400: document_parsing_exception",
      )
      expect(await count('output-refused')).toBe(1)
    })

    test('create twice, update with upsert, delete', async () => {
      using folder = temporaryFolder()
      const base = { ...seedOptions(folder.path), index: 'output-actions', document_id: 'a' }
      const one = (fields: Record<string, unknown>): Event => Event.at(0, toValue(fields) as ValueObject)
      const write = async (
        raw: Record<string, string | boolean>,
        fields: Record<string, unknown>,
      ): Promise<string[]> => {
        const { output, said } = makeOutput(elasticsearch, { ...base, ...raw })
        await output.write([one(fields)])
        await output.close!()
        return [...said.log, ...said.deadLetters.map(({ reason }) => reason)]
      }
      expect(await write({ action: 'create' }, { n: 1 })).toEqual([])
      const [conflict] = await write({ action: 'create' }, { n: 2 })
      expect(conflict).toContain("warn: elasticsearch output: create of 'a' in 'output-actions' met a conflict")
      expect(await write({ action: 'update', doc_as_upsert: true }, { m: 3 })).toEqual([])
      expect((await ask('GET', '/output-actions/_doc/a'))['_source']).toMatchObject({ n: 1, m: 3 })
      expect(await write({ action: 'delete' }, {})).toEqual([])
      const [missing] = await write({ action: 'delete' }, {})
      expect(missing).toContain('status 404')
    })

    test('a data stream, and a child with its parent', async () => {
      using folder = temporaryFolder()
      const { index: _index, ...base } = seedOptions(folder.path)
      const body = (value: object): string => JSON.stringify(value)
      await ask(
        'PUT',
        '/_index_template/output-stream',
        body({ index_patterns: ['logs-output*'], data_stream: {}, priority: 500 }),
      )
      const now = Math.floor(systemClock.now() * 1000)
      const write = async (raw: Record<string, string>, fields: object): Promise<string[]> => {
        const { output, said } = makeOutput(elasticsearch, { ...base, ...raw }, { ecs: 'v8' })
        await output.write([Event.at(now, toValue(fields as never) as ValueObject)])
        await output.close!()
        return [...said.log, ...said.deadLetters.map(({ reason }) => reason)]
      }
      try {
        expect(await write({ data_stream: 'true', data_stream_dataset: 'output.test' }, { message: 'x' })).toEqual([])
        expect(await count('logs-output.test-default')).toBe(1)
        const { hits } = (await ask('GET', '/logs-output.test-default/_search')) as {
          hits: { hits: { _index: string; _source: object }[] }
        }
        expect(hits.hits[0]).toMatchObject({
          _index: expect.stringMatching(/^\.ds-logs-output\.test-default-/),
          _source: { data_stream: { type: 'logs', dataset: 'output.test', namespace: 'default' } },
        })
        const child = { index: 'output-family', parent: '%{up}', join_field: 'kin', document_id: 'c1' }
        expect(await write(child, { up: 'p1', kin: 'c' })).toEqual([])
        const found = await ask('GET', '/output-family/_doc/c1?routing=p1')
        expect(found).toMatchObject({ _routing: 'p1', _source: { kin: { name: 'c', parent: 'p1' } } })
      } finally {
        await ask('DELETE', '/.ds-logs-output*?expand_wildcards=all')
        await ask('DELETE', '/_data_stream/logs-output*')
        await ask('DELETE', '/_index_template/output-stream')
        await ask('DELETE', '/output-family')
      }
    })
  },
)

/** A line to the engine that can be cut: to the output it is the server that goes down and comes back. */
class Line {
  port = 0
  private readonly to: number
  private server: Server | undefined
  private readonly sockets = new Set<Socket>()

  constructor(to: number) {
    this.to = to
  }

  async up(): Promise<void> {
    this.server = createServer((socket) => {
      const onward = connect(this.to, 'localhost')
      for (const one of [socket, onward]) {
        this.sockets.add(one)
        one.on('error', () => undefined)
        one.on('close', () => this.sockets.delete(one))
      }
      socket.pipe(onward).pipe(socket)
    }).listen(this.port, 'localhost')
    await once(this.server, 'listening')
    this.port = (this.server.address() as AddressInfo).port
  }

  async down(): Promise<void> {
    const closed = once(this.server!, 'close')
    this.server!.close()
    for (const socket of this.sockets) socket.destroy()
    await closed
  }
}
