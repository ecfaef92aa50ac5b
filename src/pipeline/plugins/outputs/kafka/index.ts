import type { ICustomPartitioner, Producer } from 'kafkajs'
import { fail } from '../../../../diagnostic/index.ts'
import type { Event } from '../../../../event/index.ts'
import { CAN_WRITE_ZSTD } from '../../kafka/compression.ts'
import { kafkaClient, kafkaReason, brokerPeers } from '../../kafka/connection.ts'
import { kafkajs } from '../../drivers.ts'
import { defineOutput, type Output, type OutputContext } from '../../define.ts'
import { Trouble, TroubleTeller } from '../../trouble.ts'
import { template } from '../template.ts'
import { OPTIONS, type KafkaOutputOptions } from './options.ts'

export const kafka = defineOutput({
  name: 'kafka',
  summary: 'Writes events to topics of Kafka.',
  defaultCodec: 'plain',
  options: OPTIONS,
  examples: [
    'kafka { bootstrap_servers => "broker1:9092" topic_id => "events-%{type}" codec => json message_key => "%{[source][ip]}" }',
  ],
  peers: (options) => brokerPeers(options),
  create: (options, context) => new KafkaOutput(options, context),
})

const ACKS = { '0': 0, '1': 1, all: -1 } as const
/** By the protocol's numbers. */
const COMPRESSIONS = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const

const LONGEST_WAIT_MILLIS = 30_000
/** What a record takes beside its key and value, at most. */
const OVERHEAD = 100

interface Submission {
  readonly event: Event
  readonly topic: string
  readonly key: string | null
  readonly value: Buffer
  readonly headers: Readonly<Record<string, string>>
  readonly size: number
}

class KafkaOutput implements Output {
  private readonly options: KafkaOutputOptions
  private readonly context: OutputContext
  private readonly producer: Producer
  private readonly topic: (event: Event) => string
  private readonly key: ((event: Event) => string) | undefined
  private readonly headers: readonly (readonly [string, (event: Event) => string])[]
  private readonly teller: TroubleTeller
  private readonly aborter = new AbortController()
  private connected = false

  constructor(options: KafkaOutputOptions, context: OutputContext) {
    if (options.compression_type === 'zstd' && !CAN_WRITE_ZSTD)
      throw fail('plugin.option_invalid', {
        option: 'compression_type',
        expected: '"none", "gzip", "snappy" or "lz4" with this Node.js, which cannot compress by zstd before 22.15',
        value: 'zstd',
      })
    this.options = options
    this.context = context
    this.teller = new TroubleTeller('kafka', context.logger, context.clock)
    this.topic = template('topic_id', options.topic_id)
    this.key = options.message_key === undefined ? undefined : template('message_key', options.message_key)
    this.headers = [...options.message_headers].map(
      ([name, value]) => [name, template('message_headers', value)] as const,
    )
    this.producer = kafkaClient(options, context).producer({
      createPartitioner: PARTITIONERS[options.partitioner],
      metadataMaxAge: options.metadata_max_age_ms,
      allowAutoTopicCreation: true,
      retry: { initialRetryTime: Math.max(options.retry_backoff_ms, 1), retries: 2 },
    })
  }

  async write(batch: readonly Event[]): Promise<void> {
    for (const portion of this.portions(batch)) await this.deliver(portion)
  }

  async close(): Promise<void> {
    this.aborter.abort()
    await this.producer.disconnect().catch(() => undefined)
  }

  private portions(batch: readonly Event[]): Submission[][] {
    const { max_request_size: most } = this.options
    const portions: Submission[][] = []
    let size = Infinity
    for (const event of batch) {
      const submission = this.submission(event)
      if (submission.size > most) {
        this.context.deadLetter(
          event,
          `kafka output: the record has ${submission.size} bytes, and 'max_request_size' is ${most}`,
        )
        continue
      }
      if (size + submission.size > most) {
        portions.push([])
        size = 0
      }
      portions.at(-1)!.push(submission)
      size += submission.size
    }
    return portions
  }

  private submission(event: Event): Submission {
    const value = Buffer.from(this.context.codec.encode(event))
    const key = this.key?.(event) ?? null
    const headers: Record<string, string> = {}
    let size = value.length + OVERHEAD + (key === null ? 0 : Buffer.byteLength(key))
    for (const [name, text] of this.headers) {
      headers[name] = text(event)
      size += Buffer.byteLength(name) + Buffer.byteLength(headers[name])
    }
    return { event, topic: this.topic(event), key, value, headers, size }
  }

  /** Goes on until the records are written, or given up with a reason. */
  private async deliver(portion: readonly Submission[]): Promise<void> {
    const { signal } = this.aborter
    let wait = Math.max(this.options.retry_backoff_ms, 10)
    for (let attempt = 0; ; attempt++) {
      if (signal.aborted) throw new Error('kafka output: closed with events on their way')
      try {
        await this.send(portion)
        this.teller.over()
        return
      } catch (error) {
        if (signal.aborted) throw new Error('kafka output: closed with events on their way', { cause: error })
        const reason = kafkaReason(error)
        if (isRefused(error)) {
          // One record may have spoiled the request for all: the halves show which.
          if (portion.length === 1) return this.giveUp(portion, reason)
          const middle = portion.length >> 1
          await this.deliver(portion.slice(0, middle))
          return this.deliver(portion.slice(middle))
        }
        if (this.options.retries !== undefined && attempt >= this.options.retries) return this.giveUp(portion, reason)
        this.teller.tell(
          new Trouble(
            reason,
            `kafka output cannot write to ${this.options.bootstrap_servers}: ${reason}; events are kept and it goes on trying`,
          ),
        )
        await this.context.clock.sleep(wait, signal)
        wait = Math.min(wait * 2, LONGEST_WAIT_MILLIS)
      }
    }
  }

  private async send(portion: readonly Submission[]): Promise<void> {
    if (!this.connected) {
      await this.producer.connect()
      this.connected = true
    }
    const byTopic = new Map<string, Submission[]>()
    for (const submission of portion) {
      const list = byTopic.get(submission.topic)
      if (list === undefined) byTopic.set(submission.topic, [submission])
      else list.push(submission)
    }
    await this.producer.sendBatch({
      acks: ACKS[this.options.acks],
      compression: COMPRESSIONS[this.options.compression_type],
      timeout: this.options.request_timeout_ms,
      topicMessages: [...byTopic].map(([topic, submissions]) => ({
        topic,
        messages: submissions.map(({ key, value, headers }) => ({ key, value, headers })),
      })),
    })
  }

  private giveUp(portion: readonly Submission[], reason: string): void {
    for (const { event, topic } of portion)
      this.context.deadLetter(event, `kafka output: topic '${topic}' did not take the record: ${reason}`)
  }
}

/** Answers that would be the same again. */
const REFUSALS: readonly string[] = [
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'CORRUPT_MESSAGE',
  'INVALID_REQUIRED_ACKS',
]

function isRefused(error: unknown): boolean {
  let inner = error
  while (inner instanceof Error) {
    if (inner instanceof kafkajs().KafkaJSError && 'type' in inner && REFUSALS.includes(String(inner.type))) return true
    if (/Invalid topic/.test(inner.message)) return true
    inner = inner.cause
  }
  return false
}

const roundRobin: ICustomPartitioner = () => {
  let next = 0
  return ({ partitionMetadata }) => partitionMetadata[next++ % partitionMetadata.length]!.partitionId
}

/** Records of a batch without a key go to one partition; those that come together have one time to be told by. */
const sticky: ICustomPartitioner = () => {
  const byKey = kafkajs().Partitioners.DefaultPartitioner()
  let current = 0
  let changing = false
  return (given) => {
    if (given.message.key !== null && given.message.key !== undefined) return byKey(given)
    if (!changing) {
      changing = true
      current++
      // A batch is divided in one turn.
      setImmediate(() => (changing = false))
    }
    return given.partitionMetadata[current % given.partitionMetadata.length]!.partitionId
  }
}

const PARTITIONERS = {
  default: () => kafkajs().Partitioners.DefaultPartitioner(),
  round_robin: roundRobin,
  uniform_sticky: sticky,
} as const
