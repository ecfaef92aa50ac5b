import { option, type as types, type OptionsOf } from '../../../../settings/index.ts'
import { KAFKA_OPTIONS, REGISTRY_OPTIONS } from '../../kafka/options.ts'

const count = types.number({ integer: true, min: 0 })
const CLIENT = 'the client for Kafka does this by itself'

const serializer = types.oneOf(
  'org.apache.kafka.common.serialization.StringDeserializer',
  'org.apache.kafka.common.serialization.ByteArrayDeserializer',
)

export const OPTIONS = {
  ...KAFKA_OPTIONS,
  ...REGISTRY_OPTIONS,
  topics: option(types.list(types.string), { describe: 'The topics to read.', default: ['logstash'] }),
  topics_pattern: option(types.string, {
    describe:
      'Read every topic whose whole name matches, in place of `topics`; new ones are noticed after `metadata_max_age_ms`.',
  }),
  group_id: option(types.string, {
    describe: 'The group this belongs to: its members share the partitions.',
    default: 'logstash',
  }),
  consumer_threads: option(types.number({ integer: true, min: 1 }), {
    describe: 'How many members of the group this is.',
    default: 1,
  }),
  auto_offset_reset: option(types.oneOf('earliest', 'latest', 'none'), {
    describe:
      'Where a partition is begun of which the group has read nothing: at its beginning, or at what comes next.',
    default: 'latest',
  }),
  decorate_events: option(types.oneOf('none', 'basic', 'extended', 'false', 'true'), {
    describe: 'Put topic, partition, offset, key and time into `[@metadata][kafka]`; `extended` the headers as well.',
    default: 'none',
  }),
  enable_auto_commit: option(types.boolean, {
    describe: 'Write positions every `auto_commit_interval_ms`; otherwise whenever they move.',
    default: true,
  }),
  auto_commit_interval_ms: option(count, {
    describe: 'Milliseconds after which positions are written. They never get ahead of what the pipeline has taken.',
    default: 5000,
  }),
  auto_create_topics: option(types.boolean, {
    describe: 'Let brokers make topics that are not there, where they do so.',
    default: true,
  }),
  fetch_max_bytes: option(count, { describe: 'Bytes of an answer.', default: 52_428_800 }),
  fetch_max_wait_ms: option(count, { describe: 'Milliseconds that a broker waits for records.', default: 500 }),
  fetch_min_bytes: option(count, { describe: 'Bytes that a broker waits for.', default: 1 }),
  max_partition_fetch_bytes: option(count, { describe: 'Bytes of an answer for one partition.', default: 1_048_576 }),
  max_poll_records: option(types.number({ integer: true, min: 1 }), {
    describe: 'Records that are handed over at once.',
    default: 500,
  }),
  max_poll_interval_ms: option(types.number({ integer: true, min: 1 }), {
    describe: 'Milliseconds that a member may take to join again when the group divides its partitions anew.',
    default: 300_000,
  }),
  session_timeout_ms: option(types.number({ integer: true, min: 1 }), {
    describe: 'Milliseconds without a sign of life after which a member is given up by the group.',
    default: 10_000,
  }),
  heartbeat_interval_ms: option(types.number({ integer: true, min: 1 }), {
    describe: 'Milliseconds between signs of life.',
    default: 3000,
  }),
  isolation_level: option(types.oneOf('read_uncommitted', 'read_committed'), {
    describe: 'Whether records of transactions are read before they are committed.',
    default: 'read_uncommitted',
  }),
  client_rack: option(types.string, { describe: 'Our rack: records come from a replica in it.' }),
  key_deserializer_class: option(serializer, {
    describe: 'How keys are read.',
    default: 'org.apache.kafka.common.serialization.StringDeserializer',
  }),
  value_deserializer_class: option(serializer, {
    describe: 'How records are read; the codec makes events of their bytes in any case.',
    default: 'org.apache.kafka.common.serialization.StringDeserializer',
  }),
  partition_assignment_strategy: option(types.string, {
    describe: 'How partitions are divided.',
    ignored: 'partitions are divided round robin',
  }),
  group_instance_id: option(types.string, {
    describe: 'Static membership.',
    refused: 'the client for Kafka has no static membership; a member that restarts joins anew',
  }),
  exclude_internal_topics: option(types.string, {
    describe: 'Internal topics.',
    ignored: 'a pattern does not match internal topics',
  }),
  check_crcs: option(types.boolean, { describe: 'Checksums.', ignored: CLIENT }),
  poll_timeout_ms: option(types.number(), { describe: 'Polling.', ignored: CLIENT }),
} as const

export type KafkaInputOptions = OptionsOf<typeof OPTIONS>
