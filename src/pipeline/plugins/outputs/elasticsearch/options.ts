import { option, type as types, type OptionsOf, type OptionType } from '../../../../settings/index.ts'
import { authorities, CONNECTION } from './connection-options.ts'

/** `true`, `false` or `auto`, as Logstash takes them for data streams and life cycles. */
const switchType: OptionType<'true' | 'false' | 'auto'> = types.oneOf('true', 'false', 'auto')

/** A part of the name of a data stream. */
const streamPart: OptionType<string> = {
  name: 'name',
  read(raw) {
    const text = typeof raw === 'string' ? raw : ''
    return text !== '' && Buffer.byteLength(text) <= 100 && !/[\\/*?"<>| ,#:]/.test(text)
      ? types.ok(text)
      : types.no('a name of at most 100 bytes without spaces and \\ / * ? " < > | , # :')
  },
}

/** Every option of Logstash's elasticsearch output, both generations of names. */
export const OPTIONS = {
  hosts: option(types.list(types.string), {
    describe:
      'Addresses or URLs of the cluster. Without it, or where each is an address of this process or in `store.aliases`, events go to the store of this process.',
    aliases: ['host'],
  }),
  index: option(types.string, { describe: 'The index, with `%{field}` and `%{+YYYY.MM.dd}`.' }),
  document_id: option(types.string, { describe: 'The id of the document, with `%{field}`.' }),
  document_type: option(types.string, {
    describe: 'The type of the document.',
    ignored: 'Elasticsearch has no document types since 8.0',
  }),
  action: option(types.string, {
    describe: '`index`, `create`, `update` or `delete`, or a reference such as `%{[@metadata][action]}`.',
    default: 'index',
  }),
  routing: option(types.string, { describe: 'The routing value, with `%{field}`.' }),
  pipeline: option(types.string, { describe: 'The ingest pipeline, with `%{field}`.' }),
  version: option(types.string, { describe: 'The version of the document, with `%{field}`.' }),
  version_type: option(types.oneOf('internal', 'external', 'external_gt', 'external_gte'), {
    describe: 'How versions are compared.',
  }),
  parent: option(types.string, {
    describe:
      'The id of the parent document, with `%{field}`; needs `join_field`, and routes the document to its parent.',
  }),
  join_field: option(types.string, {
    describe: 'The field of type join, whose value in the event is the name of the relation.',
  }),
  doc_as_upsert: option(types.boolean, {
    describe: 'An update of a document that is not there writes it.',
    default: false,
  }),
  upsert: option(types.string, { describe: 'JSON to write where an update finds no document.', default: '' }),
  script: option(types.string, { describe: 'The script of an update.', default: '' }),
  script_type: option(types.oneOf('inline', 'indexed', 'file'), { describe: 'What `script` is.', default: 'inline' }),
  script_lang: option(types.string, { describe: 'The language of `script`.', default: 'painless' }),
  script_var_name: option(types.string, { describe: 'The parameter that holds the event.', default: 'event' }),
  scripted_upsert: option(types.boolean, {
    describe: 'The script runs also where there is no document.',
    default: false,
  }),
  retry_on_conflict: option(types.number({ integer: true, min: 0 }), {
    describe: 'How often the cluster repeats an update that met another.',
    default: 1,
  }),

  manage_template: option(types.boolean, {
    describe: 'Install index templates before the first event.',
    default: true,
  }),
  template: option(types.string, { describe: 'A file with an index template, in place of the shipped ones.' }),
  template_name: option(types.string, { describe: 'The name of the template in `template`.' }),
  template_overwrite: option(types.boolean, { describe: 'Replace a template that is there.', default: false }),
  template_api: option(types.oneOf('auto', 'legacy', 'composable'), {
    describe: 'Which generation `template` is; `auto` looks at it.',
    default: 'auto',
  }),

  ...CONNECTION,
  ssl_certificate_authorities: authorities('cacert'),

  path: option(types.string, { describe: "The path before the cluster's own, behind a reverse proxy." }),
  bulk_path: option(types.string, { describe: 'The path of bulk requests.' }),
  parameters: option(types.hash(types.string), { describe: 'Added to the query of each request.' }),
  timeout: option(types.number({ min: 0.1 }), { describe: 'Seconds a request may take.', default: 60 }),
  http_compression: option(types.boolean, { describe: 'Compress requests.', deprecated: 'use compression_level' }),
  compression_level: option(types.number({ integer: true, min: 0, max: 9 }), {
    describe: 'gzip level of requests; 0 is none.',
    default: 1,
  }),
  retry_initial_interval: option(types.number({ min: 0.001 }), {
    describe: 'Seconds before the first repetition; doubled each time.',
    default: 2,
  }),
  retry_max_interval: option(types.number({ min: 0.001 }), {
    describe: 'Seconds at most between repetitions.',
    default: 64,
  }),
  silence_errors_in_log: option(types.list(types.string), {
    describe: 'Error types that are not logged, such as `version_conflict_engine_exception`.',
    default: [],
    aliases: ['failure_type_logging_whitelist'],
  }),
  dlq_custom_codes: option(types.list(types.number({ integer: true, min: 100, max: 599 })), {
    describe: 'Further statuses whose events go to the dead letters.',
    default: [],
  }),
  dlq_on_failed_indexname_interpolation: option(types.boolean, {
    describe: 'An event whose index name has an unresolved reference goes to the dead letters.',
    default: true,
  }),

  data_stream: option(switchType, {
    describe:
      'Write to a data stream. With `auto`, as without it, where ECS names are used and no option speaks against it: `index`, `document_id`, `action`, those of updates and of templates.',
    default: 'auto',
  }),
  data_stream_type: option(types.oneOf('logs', 'metrics', 'synthetics', 'traces'), {
    describe: "The first part of the data stream's name; `logs` unless given.",
  }),
  data_stream_dataset: option(streamPart, { describe: 'The second part of the name; `generic` unless given.' }),
  data_stream_namespace: option(streamPart, { describe: 'The third part of the name; `default` unless given.' }),
  data_stream_auto_routing: option(types.boolean, {
    describe: 'Take the parts from `[data_stream]` of the event where it has them; true unless given.',
  }),
  data_stream_sync_fields: option(types.boolean, {
    describe: "Write the parts into the event's `[data_stream]`; true unless given.",
  }),
  ilm_enabled: option(switchType, { describe: 'Index life cycle.', ignored: 'retention is a setting' }),
  ilm_policy: option(types.string, { describe: 'Index life cycle.', ignored: 'retention is a setting' }),
  ilm_pattern: option(types.string, { describe: 'Index life cycle.', ignored: 'retention is a setting' }),
  ilm_rollover_alias: option(types.string, {
    describe: 'Index life cycle.',
    ignored: 'retention is a setting',
  }),
  sniffing: option(types.boolean, { describe: 'Ask the cluster for its nodes.', default: false }),
  sniffing_delay: option(types.number(), { describe: 'Sniffing.', ignored: 'nodes are those of hosts' }),
  sniffing_path: option(types.string, { describe: 'Sniffing.', ignored: 'nodes are those of hosts' }),
  pool_max: option(types.number(), { describe: 'Connections.', ignored: 'connections are reused' }),
  pool_max_per_route: option(types.number(), { describe: 'Connections.', ignored: 'connections are reused' }),
  resurrect_delay: option(types.number(), { describe: 'Retry.', ignored: 'see retry_initial_interval' }),
  healthcheck_path: option(types.string, { describe: 'Retry.', ignored: 'the bulk request itself is tried' }),
  validate_after_inactivity: option(types.number(), {
    describe: 'Connections.',
    ignored: 'a closed connection is noticed',
  }),
  flush_size: option(types.number(), { describe: 'Batches.', ignored: 'see pipeline.batch.size' }),
  idle_flush_time: option(types.number(), { describe: 'Batches.', ignored: 'see pipeline.batch.delay' }),
} as const

export type ElasticsearchOptions = OptionsOf<typeof OPTIONS>
