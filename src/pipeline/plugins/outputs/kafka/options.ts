import { option, type as types, type OptionsOf } from '../../../../settings/index.ts'
import { KAFKA_OPTIONS } from '../../kafka/options.ts'

const CLIENT = 'a batch of the pipeline is sent at once'

const serializer = types.oneOf(
  'org.apache.kafka.common.serialization.StringSerializer',
  'org.apache.kafka.common.serialization.ByteArraySerializer',
)

export const OPTIONS = {
  ...KAFKA_OPTIONS,
  topic_id: option(types.string, { describe: 'The topic, with `%{field}`.', required: true }),
  message_key: option(types.string, { describe: 'The key of the record, with `%{field}`.' }),
  message_headers: option(types.hash(types.string), {
    describe: 'Headers of the record, with `%{field}` in their values.',
    default: new Map(),
  }),
  acks: option(types.oneOf('0', '1', 'all'), {
    describe:
      'When a record counts as written: when it was sent, when the leader has it, when all replicas in sync have it.',
    default: '1',
  }),
  compression_type: option(types.oneOf('none', 'gzip', 'snappy', 'lz4', 'zstd'), {
    describe: 'How records are compressed.',
    default: 'none',
  }),
  partitioner: option(types.oneOf('default', 'round_robin', 'uniform_sticky'), {
    describe:
      'How a partition is chosen: by the key, and without one in turn (`default`) or one for each batch (`uniform_sticky`); or always in turn.',
    default: 'default',
  }),
  max_request_size: option(types.number({ integer: true, min: 1 }), {
    describe: 'Bytes of the largest request; an event that is larger by itself goes to the dead letters.',
    default: 1_048_576,
  }),
  retries: option(types.number({ integer: true, min: 0 }), {
    describe: 'How often a batch is sent again before its events go to the dead letters; without it, without end.',
  }),
  key_serializer: option(serializer, {
    describe: 'How keys are written.',
    default: 'org.apache.kafka.common.serialization.StringSerializer',
  }),
  value_serializer: option(serializer, {
    describe: 'How records are written.',
    default: 'org.apache.kafka.common.serialization.StringSerializer',
  }),
  batch_size: option(types.number(), { describe: 'Batches.', ignored: CLIENT }),
  buffer_memory: option(types.number(), { describe: 'Batches.', ignored: CLIENT }),
  linger_ms: option(types.number(), { describe: 'Batches.', ignored: CLIENT }),
  metadata_fetch_timeout_ms: option(types.number(), { describe: 'Topics.', ignored: CLIENT }),
} as const

export type KafkaOutputOptions = OptionsOf<typeof OPTIONS>
