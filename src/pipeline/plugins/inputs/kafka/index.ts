import { isUtf8 } from 'node:buffer'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs'
import { waitAtMost } from '../../../../clock/index.ts'
import { fail } from '../../../../diagnostic/index.ts'
import { fieldPath, newObject, type Event, type ValueObject } from '../../../../event/index.ts'
import { kafkaClient, kafkaReason, brokerPeers } from '../../kafka/connection.ts'
import { defineInput, type Batch, type Input, type InputContext } from '../../define.ts'
import { Trouble, TroubleTeller } from '../../trouble.ts'
import { Offsets } from './offsets.ts'
import { OPTIONS, type KafkaInputOptions } from './options.ts'

export const kafka = defineInput({
  name: 'kafka',
  summary: 'Records of Kafka topics, as a member of a consumer group; what the pipeline has taken is not read again.',
  defaultCodec: 'plain',
  options: OPTIONS,
  examples: [
    'kafka { bootstrap_servers => "broker1:9092,broker2:9092" topics => ["auth", "network"] group_id => "vedetta" codec => json }',
    'kafka { topics_pattern => "logs-.*" decorate_events => "extended" auto_offset_reset => "earliest" }',
  ],
  peers: (options) => brokerPeers(options),
  create: (options, context) => new KafkaInput(options, context),
})

const LONGEST_WAIT_MILLIS = 30_000
/** How long a stop waits for what was read to be acknowledged. */
const SETTLE_MILLIS = 3000

class KafkaInput implements Input {
  readonly ended: Promise<void> = new Promise(() => {})
  private readonly members: Member[]

  constructor(options: KafkaInputOptions, context: InputContext) {
    if (options.auto_offset_reset === 'none')
      throw fail('plugin.option_invalid', {
        option: 'auto_offset_reset',
        expected: '"earliest" or "latest"',
        value: 'none',
      })
    const pattern = options.topics_pattern === undefined ? undefined : patternOf(options.topics_pattern)
    const client = kafkaClient(options, context)
    this.members = Array.from({ length: options.consumer_threads }, () => new Member(client, pattern, options, context))
  }

  async start(emit: (batch: Batch) => Promise<void>): Promise<void> {
    // Brokers that are away are no error: they are waited for.
    for (const member of this.members) member.start(emit)
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()))
  }
}

/** Java matches the whole name. */
function patternOf(text: string): RegExp {
  try {
    return new RegExp(`^(?!__)(?:${text})$`)
  } catch (error) {
    throw fail('plugin.option_invalid', {
      option: 'topics_pattern',
      expected: `a regular expression (${(error as Error).message})`,
      value: text,
    })
  }
}

/** One member of the group, made anew whenever it breaks. */
class Member {
  private readonly client: Kafka
  private readonly pattern: RegExp | undefined
  private readonly options: KafkaInputOptions
  private readonly context: InputContext
  private readonly offsets = new Offsets()
  private readonly aborter = new AbortController()
  private readonly teller: TroubleTeller
  private readonly setFields: (event: Event, topic: string, partition: number, message: KafkaMessage) => void
  private emit: (batch: Batch) => Promise<void> = async () => {}
  private running: Promise<void> = Promise.resolve()
  private consumer: Consumer | undefined
  private committing: Promise<void> = Promise.resolve()
  private stopped: Promise<void> | undefined

  constructor(client: Kafka, pattern: RegExp | undefined, options: KafkaInputOptions, context: InputContext) {
    this.client = client
    this.pattern = pattern
    this.options = options
    this.context = context
    this.teller = new TroubleTeller('kafka', context.logger, context.clock, 'reads')
    this.setFields = decorator(options)
  }

  start(emit: (batch: Batch) => Promise<void>): void {
    this.emit = emit
    this.running = this.run()
  }

  stop(): Promise<void> {
    this.stopped ??= (async () => {
      this.aborter.abort()
      await this.running
    })()
    return this.stopped
  }

  private async run(): Promise<void> {
    const { signal } = this.aborter
    let wait = 500
    while (!signal.aborted) {
      const began = this.context.clock.monotonic()
      try {
        await this.consume()
      } catch (error) {
        const reason = kafkaReason(error)
        this.teller.tell(
          new Trouble(
            reason,
            `kafka input cannot read from ${this.options.bootstrap_servers}: ${reason}; it goes on trying`,
          ),
        )
        if (this.context.clock.monotonic() - began > LONGEST_WAIT_MILLIS) wait = 500
        await this.context.clock.sleep(wait, signal)
        wait = Math.min(wait * 2, LONGEST_WAIT_MILLIS)
      }
    }
  }

  /** Reads until it is stopped, or other topics match the pattern. @throws Error where it breaks. */
  private async consume(): Promise<void> {
    const { options } = this
    const { signal } = this.aborter
    const topics = this.pattern === undefined ? [...options.topics] : await this.matching()
    if (topics.length === 0) return this.context.clock.sleep(options.metadata_max_age_ms, signal)
    const consumer = this.client.consumer({
      groupId: options.group_id,
      sessionTimeout: options.session_timeout_ms,
      rebalanceTimeout: options.max_poll_interval_ms,
      heartbeatInterval: options.heartbeat_interval_ms,
      metadataMaxAge: options.metadata_max_age_ms,
      maxBytesPerPartition: options.max_partition_fetch_bytes,
      minBytes: options.fetch_min_bytes,
      maxBytes: options.fetch_max_bytes,
      maxWaitTimeInMs: options.fetch_max_wait_ms,
      allowAutoTopicCreation: options.auto_create_topics,
      readUncommitted: options.isolation_level === 'read_uncommitted',
      retry: { initialRetryTime: 300, retries: 3, restartOnFailure: async () => false },
      ...(options.client_rack === undefined ? {} : { rackId: options.client_rack }),
    })
    const crashed = new Promise<never>((_resolve, reject) => {
      consumer.on('consumer.crash', ({ payload }) => reject(payload.error))
    })
    crashed.catch(() => undefined)
    consumer.on('consumer.group_join', () => {
      this.offsets.forget()
      this.teller.over()
    })
    this.consumer = consumer
    try {
      await consumer.connect()
      await consumer.subscribe({ topics, fromBeginning: options.auto_offset_reset === 'earliest' })
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.take(payload),
      })
      await Promise.race([crashed, this.commitUntil(topics)])
      consumer.pause(topics.map((topic) => ({ topic })))
      await waitAtMost(this.context.clock, SETTLE_MILLIS, this.offsets.settled())
      await this.commit()
    } finally {
      this.consumer = undefined
      await consumer.disconnect().catch(() => undefined)
    }
  }

  /** Writes positions now and then, until it is stopped or other topics match. */
  private async commitUntil(topics: readonly string[]): Promise<void> {
    const { clock } = this.context
    const { auto_commit_interval_ms: interval, metadata_max_age_ms: age } = this.options
    const { signal } = this.aborter
    let looked = clock.monotonic()
    while (!signal.aborted) {
      await clock.sleep(Math.max(interval, 50), signal)
      await this.commit()
      if (this.pattern === undefined || clock.monotonic() - looked < age) continue
      looked = clock.monotonic()
      const now = await this.matching().catch(() => topics)
      if (now.length !== topics.length || now.some((topic) => !topics.includes(topic))) return
    }
  }

  /** One after the other, so that an older position never follows a newer one. */
  private commit(): Promise<void> {
    this.committing = this.committing.then(() => this.commitNow())
    return this.committing
  }

  private async commitNow(): Promise<void> {
    const positions = this.offsets.take()
    if (positions.length === 0 || this.consumer === undefined) return
    try {
      await this.consumer.commitOffsets(positions)
    } catch (error) {
      // While the group divides its partitions nothing is written; what is read twice is not lost.
      this.offsets.putBack(positions)
      this.context.logger.debug({ plugin: 'kafka' }, `kafka input: positions not written: ${kafkaReason(error)}`)
    }
  }

  private async matching(): Promise<string[]> {
    const admin = this.client.admin()
    try {
      await admin.connect()
      return (await admin.listTopics()).filter((topic) => this.pattern!.test(topic)).sort()
    } finally {
      await admin.disconnect().catch(() => undefined)
    }
  }

  private async take({ batch, resolveOffset, heartbeat, isRunning, isStale }: EachBatchPayload): Promise<void> {
    const { topic, partition, messages } = batch
    const { max_poll_records: most, enable_auto_commit: lazily } = this.options
    const over = (): boolean => this.aborter.signal.aborted || !isRunning() || isStale()
    for (let from = 0; from < messages.length && !over(); from += most) {
      const part = messages.slice(from, from + most)
      const last = part.at(-1)!
      const piece = this.offsets.begin(topic, partition, BigInt(last.offset) + 1n)
      const events = part.flatMap((message) => this.decode(topic, partition, message))
      const ack = (): void => {
        piece.ack()
        if (!lazily) void this.commit()
      }
      if (events.length === 0) ack()
      else await this.alive(this.emit({ events, ack, lost: piece.lost }), heartbeat)
      resolveOffset(last.offset)
      await heartbeat()
      await nextTurn()
    }
  }

  /** A pipeline that has no room must not make the group think that this member is dead. */
  private async alive(work: Promise<void>, heartbeat: () => Promise<void>): Promise<void> {
    let done = false
    const finished = work.finally(() => (done = true))
    finished.catch(() => undefined)
    for (;;) {
      await waitAtMost(this.context.clock, this.options.heartbeat_interval_ms, finished)
      if (done) return finished
      await heartbeat()
    }
  }

  private decode(topic: string, partition: number, message: KafkaMessage): Event[] {
    const decoder = this.context.codec.decoder({ sender: `${topic}-${partition}` })
    const events = [...decoder.decode(message.value ?? Buffer.alloc(0)), ...decoder.flush()]
    for (const event of events) {
      this.setFields(event, topic, partition, message)
      this.context.decorate(event)
    }
    return events
  }
}

const METADATA = fieldPath('[@metadata][kafka]')

function decorator(
  options: KafkaInputOptions,
): (event: Event, topic: string, partition: number, message: KafkaMessage) => void {
  const { decorate_events: level, group_id: group } = options
  if (level === 'none' || level === 'false') return () => {}
  return (event, topic, partition, { offset, key, timestamp, headers }) => {
    const fields = newObject()
    fields['topic'] = topic
    fields['consumer_group'] = group
    fields['partition'] = partition
    fields['offset'] = Number(offset)
    fields['key'] = key === null ? null : key.toString('utf8')
    fields['timestamp'] = Number(timestamp)
    if (level === 'extended') fields['headers'] = headersOf(headers)
    event.set(METADATA, fields)
  }
}

/** Headers whose values are no text are left out, as Logstash does. */
function headersOf(headers: KafkaMessage['headers']): ValueObject {
  const fields = newObject()
  for (const [name, given] of Object.entries(headers ?? {})) {
    const value = Array.isArray(given) ? given.at(-1) : given
    if (value === undefined) continue
    const bytes = Buffer.from(value as string)
    if (isUtf8(bytes)) fields[name] = bytes.toString('utf8')
  }
  return fields
}
