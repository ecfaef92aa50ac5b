import { writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { CompressionTypes, Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest'
import { Event, toValue, type ValueObject } from '../../src/event/index.ts'
import { kafka as input } from '../../src/pipeline/plugins/inputs/kafka/index.ts'
import { kafka as output } from '../../src/pipeline/plugins/outputs/kafka/index.ts'
import { registerCompression } from '../../src/pipeline/plugins/kafka/compression.ts'
import { RawHash, type Raw } from '../../src/settings/index.ts'
import { EngineUnavailable, KAFKA_USER, startKafka, type KafkaEngine } from '../engines/index.ts'
import { makeCertificates, makeCodec, makeOutput, RunningInput, temporaryFolder } from '../plugin-fixture.ts'

// A real Kafka: what the plugins write and read is told by a client of its own.

const folder = temporaryFolder()
let engine: KafkaEngine | undefined
let why = ''
let certificates: ReturnType<typeof makeCertificates>
let client: Kafka

beforeAll(async () => {
  certificates = makeCertificates(folder.path)
  try {
    engine = await startKafka({ ca: certificates.ca, cert: certificates.cert, key: certificates.key })
  } catch (error) {
    if (!(error instanceof EngineUnavailable)) throw error
    why = error.message
    return
  }
  registerCompression()
  client = new Kafka({ brokers: [engine.plaintext], logLevel: logLevel.NOTHING, retry: { retries: 10 } })
}, 180_000)
afterAll(async () => {
  await engine?.stop()
  folder[Symbol.dispose]()
})

function needed(context: TestContext): KafkaEngine {
  if (engine === undefined) context.skip(why)
  return engine!
}

let number = 0
async function newTopic(partitions = 1, name = `topic-${process.pid}-${number++}`): Promise<string> {
  const admin = client.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: name, numPartitions: partitions }], waitForLeaders: true })
  await admin.disconnect()
  return name
}

async function produce(topic: string, values: (string | null)[], more: object = {}): Promise<void> {
  const producer = client.producer()
  await producer.connect()
  await producer.send({ topic, messages: values.map((value) => ({ value, key: 'k', ...more })) })
  await producer.disconnect()
}

/** Where a group stands in the first partition; -1 where it has no position. */
async function position(groupId: string, topic: string): Promise<number> {
  const admin = client.admin()
  await admin.connect()
  try {
    const [found] = await admin.fetchOffsets({ groupId, topics: [topic] })
    return Number(found!.partitions[0]?.offset ?? -1)
  } finally {
    await admin.disconnect()
  }
}

function reader(broker: string, topic: string, options: Record<string, Raw> = {}): RunningInput {
  return new RunningInput(input, {
    bootstrap_servers: broker,
    topics: topic,
    group_id: `group-${topic}`,
    auto_offset_reset: 'earliest',
    auto_commit_interval_ms: 100,
    fetch_max_wait_ms: 50,
    ...options,
  })
}

const lines = (count: number, from = 0): string[] => Array.from({ length: count }, (_, n) => `line ${n + from}`)

describe('input', () => {
  test('records are events, in order, with what is known of them where it is asked for', async (context) => {
    const { plaintext } = needed(context)
    const topic = await newTopic()
    await produce(topic, ['one', 'two', null], { headers: { trace: 'abc', binary: Buffer.from([0xff]) } })
    await using run = reader(plaintext, topic, { decorate_events: 'extended' })
    await run.start()
    await run.until(3)
    expect(run.messages).toEqual(['one', 'two', ''])
    expect(run.events[1]!.metadata['kafka']).toEqual({
      topic,
      consumer_group: `group-${topic}`,
      partition: 0,
      offset: 1,
      key: 'k',
      timestamp: expect.any(Number),
      headers: { trace: 'abc' },
    })
    expect(JSON.stringify(run.events[1]!.data)).not.toContain('kafka')
  })

  test('a position moves when the pipeline has taken what is before it, and a restart goes on there', async (context) => {
    const { plaintext } = needed(context)
    const topic = await newTopic()
    const group = `group-${topic}`
    await produce(topic, lines(10))
    const first = reader(plaintext, topic, { max_poll_records: 4 })
    await first.start()
    await first.until(10)
    expect(await position(group, topic)).toBe(-1)
    // The second piece alone moves nothing.
    first.acks[1]!()
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(await position(group, topic)).toBe(-1)
    first.acks[0]!()
    await expect.poll(() => position(group, topic)).toBe(8)
    await first.input.stop()
    await using run = reader(plaintext, topic)
    await run.start()
    await run.until(2)
    expect(run.messages).toEqual(['line 8', 'line 9'])
  })

  test('a clean stop writes the position of all that was acknowledged', async (context) => {
    const { plaintext } = needed(context)
    const topic = await newTopic()
    await produce(topic, lines(5))
    const run = reader(plaintext, topic, { auto_commit_interval_ms: 3_600_000 })
    await run.start()
    await run.until(5)
    const stopping = run.input.stop()
    for (const ack of run.acks) ack()
    await stopping
    expect(await position(`group-${topic}`, topic)).toBe(5)
  })

  test('topics by pattern, threads that share partitions, from the end', async (context) => {
    const { plaintext } = needed(context)
    const stem = `pattern-${process.pid}`
    const topics = [await newTopic(3, `${stem}-a`), await newTopic(1, `${stem}-b`)]
    await newTopic(1, `not-${stem}-a`)
    await Promise.all([...topics, `not-${stem}-a`].map((topic) => produce(topic, lines(5))))
    await using run = reader(plaintext, 'unused', {
      topics_pattern: `${stem}-.`,
      consumer_threads: 2,
      group_id: `${stem}-all`,
    })
    await run.start()
    await run.until(10)
    expect(run.events).toHaveLength(10)

    await using late = reader(plaintext, topics[1]!, { auto_offset_reset: 'latest', group_id: `${stem}-late` })
    await late.start()
    await expect
      .poll(
        async () => {
          await produce(topics[1]!, ['new'])
          return late.messages
        },
        { interval: 300 },
      )
      .toContain('new')
    expect(late.messages).not.toContain('line 0')
  })

  test('a pipeline that has no room does not cost membership', async (context) => {
    const { plaintext } = needed(context)
    const topic = await newTopic()
    await produce(topic, lines(3))
    await using run = reader(plaintext, topic, { session_timeout_ms: 6000, heartbeat_interval_ms: 500 })
    let release!: () => void
    run.hold = new Promise((resolve) => (release = resolve))
    await run.start()
    await run.until(3)
    await new Promise((resolve) => setTimeout(resolve, 7000))
    release()
    await produce(topic, ['after'])
    await run.until(4)
    expect(run.messages).toEqual(['line 0', 'line 1', 'line 2', 'after'])
  })

  test.each([
    ['gzip', CompressionTypes.GZIP],
    ['snappy', CompressionTypes.Snappy],
    ['lz4', CompressionTypes.LZ4],
  ])('records compressed by %s, which our output wrote and a client reads, and back', async (name, compression) => {
    if (engine === undefined) return
    const topic = await newTopic()
    const producer = client.producer()
    await producer.connect()
    const value = 'x'.repeat(100_000)
    await producer.send({ topic, compression, messages: [{ value }] })
    await producer.disconnect()
    const { output: out } = makeOutput(
      output,
      { bootstrap_servers: engine.plaintext, topic_id: topic, compression_type: name },
      { codec: makeCodec('plain', { format: '%{message}' }) },
    )
    await out.write([Event.at(0, toValue({ message: value }) as ValueObject)])
    await out.close!()
    await using run = reader(engine.plaintext, topic)
    await run.start()
    await run.until(2)
    expect(run.messages).toEqual([value, value])
    // The broker and its own tools must be able to read it as well.
    const dump = spawnSync('sh', ['-c', `ls "$1"/data/${topic}-0`, 'sh', engine.folder], { encoding: 'utf8' })
    expect(dump.stdout).toContain('.log')
  })
})

describe('output', () => {
  test('topic, key and headers of the event; one partition for a key', async (context) => {
    const { plaintext } = needed(context)
    const topic = await newTopic(4)
    const { output: out, said } = makeOutput(
      output,
      {
        bootstrap_servers: plaintext,
        topic_id: '%{to}',
        message_key: '%{user}',
        message_headers: new RawHash([['host', '%{host}']]),
        acks: 'all',
      },
      { codec: makeCodec('json') },
    )
    const events = lines(20).map((message, n) =>
      Event.at(0, toValue({ message, to: topic, user: `u${n % 2}`, host: 'zeus' }) as ValueObject),
    )
    await out.write(events)
    await out.close!()
    expect(said.deadLetters).toEqual([])
    await using run = reader(plaintext, topic, { decorate_events: 'extended' })
    await run.start()
    await run.until(20)
    const kafka = run.events.map(({ metadata }) => metadata['kafka'] as ValueObject)
    for (const user of ['u0', 'u1'])
      expect(new Set(kafka.filter(({ key }) => key === user).map(({ partition }) => partition)).size).toBe(1)
    expect(kafka[0]!['headers']).toEqual({ host: 'zeus' })
    const messages = run.messages.map((text) => (JSON.parse(String(text)) as { message: string }).message)
    expect(messages.sort()).toEqual(lines(20).sort())
  })

  test('in turn, whatever the key', async (context) => {
    const { plaintext } = needed(context)
    const topic = await newTopic(4)
    const { output: out } = makeOutput(output, {
      bootstrap_servers: plaintext,
      topic_id: topic,
      message_key: 'same',
      partitioner: 'round_robin',
    })
    await out.write(lines(8).map((message) => Event.at(0, toValue({ message }) as ValueObject)))
    await out.close!()
    await using run = reader(plaintext, topic, { decorate_events: 'basic' })
    await run.start()
    await run.until(8)
    const partitions = run.events.map(({ metadata }) => (metadata['kafka'] as ValueObject)['partition'])
    expect(partitions.sort()).toEqual([0, 0, 1, 1, 2, 2, 3, 3])
  })

  test('what no broker takes goes to the dead letters, and only that', async (context) => {
    const { plaintext } = needed(context)
    const topic = await newTopic()
    const { output: out, said } = makeOutput(
      output,
      { bootstrap_servers: plaintext, topic_id: '%{to}', max_request_size: 3_000_000 },
      { codec: makeCodec('plain', { format: '%{message}' }) },
    )
    const event = (message: string, to = topic): Event => Event.at(0, toValue({ message, to }) as ValueObject)
    await out.write([
      event('one'),
      event('x'.repeat(2_000_000)),
      event('x'.repeat(3_000_000)),
      event('two'),
      event('lost', 'no such/topic'),
    ])
    await out.close!()
    const reasons = said.deadLetters.map(({ reason }) => reason)
    expect(reasons).toHaveLength(3)
    expect(reasons[0]).toContain("'max_request_size' is 3000000")
    expect(reasons[1]).toContain(`kafka output: topic '${topic}' did not take the record: `)
    expect(reasons[2]).toContain("kafka output: topic 'no such/topic' did not take the record: ")
    await using run = reader(plaintext, topic)
    await run.start()
    await run.until(2)
    expect(run.messages.sort()).toEqual(['one', 'two'])
  })
})

describe('TLS and SASL', () => {
  const user = `org.apache.kafka.common.security.plain.PlainLoginModule required username="${KAFKA_USER.username}" password='${KAFKA_USER.password}';`

  async function through(broker: string, options: Record<string, Raw>): Promise<unknown[]> {
    const topic = await newTopic()
    const { output: out } = makeOutput(
      output,
      { bootstrap_servers: broker, topic_id: topic, ...options },
      { codec: makeCodec('plain', { format: '%{message}' }) },
    )
    await out.write([Event.at(0, toValue({ message: 'hello' }) as ValueObject)])
    await out.close!()
    await using run = reader(broker, topic, options)
    await run.start()
    await run.until(1)
    return run.messages
  }

  test.each([
    ['SSL', 'ssl', {}],
    ['SASL_PLAINTEXT', 'saslPlaintext', { sasl_mechanism: 'PLAIN', sasl_jaas_config: user }],
    ['SASL_SSL', 'saslSsl', { sasl_mechanism: 'SCRAM-SHA-256', sasl_jaas_config: user }],
  ] as const)('%s', async (protocol, listener, options) => {
    if (engine === undefined) return
    const own: Record<string, Raw> = { security_protocol: protocol, ...options }
    if (protocol.endsWith('SSL')) own['ssl_truststore_location'] = certificates.ca
    expect(await through(engine[listener], own)).toEqual(['hello'])
  })

  test('a file of JAAS; a wrong password is told, without it', async (context) => {
    const { saslPlaintext } = needed(context)
    const jaas = join(folder.path, 'client.jaas')
    writeFileSync(jaas, `KafkaClient {\n  ${user}\n};\n`)
    const options = { security_protocol: 'SASL_PLAINTEXT', sasl_mechanism: 'PLAIN' }
    expect(await through(saslPlaintext, { ...options, jaas_path: jaas })).toEqual(['hello'])
    const wrong = reader(saslPlaintext, 'any', {
      ...options,
      sasl_jaas_config: user.replace(KAFKA_USER.password, 'terrible-guess'),
    })
    await wrong.start()
    await expect.poll(() => wrong.said.log.length).toBeGreaterThan(0)
    await wrong.input.stop()
    expect(wrong.said.log[0]).toMatch(/kafka input cannot read from .*(authenticat|SASL)/i)
    expect(wrong.said.log.join()).not.toContain('terrible-guess')
  })
})
