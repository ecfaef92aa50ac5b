import { option, type as types, type OptionsOf, type OptionType } from '../../../../settings/index.ts'
import { cipherSuites } from '../../inputs/cipher-suites.ts'

const files = types.list(types.string)

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

const noEffect = (what: string): string => `${what}`

/** Every option of Logstash's elasticsearch output, both generations of names. */
export const OPTIONS = {
  hosts: option(types.list(types.string), {
    describe:
      'Addresses or URLs of the cluster. Without it, or where each is an address of this process or in `store.aliases`, events go to the store of this process.',
    aliases: ['host'],
  }),
  user: option(types.string, { describe: 'The user of the cluster.' }),
  password: option(types.string, { describe: 'The password of the user.', secret: true }),
  api_key: option(types.string, { describe: 'An API key as `id:key`, in place of user and password.', secret: true }),
  cloud_id: option(types.string, { describe: 'Elastic Cloud.', refused: 'give the address in hosts' }),
  cloud_auth: option(types.string, { describe: 'Elastic Cloud.', refused: 'give user and password', secret: true }),
  index: option(types.string, { describe: 'The index, with `%{field}` and `%{+YYYY.MM.dd}`.' }),
  document_id: option(types.string, { describe: 'The id of the document, with `%{field}`.' }),
  document_type: option(types.string, {
    describe: 'The type of the document.',
    ignored: noEffect('Elasticsearch has no document types since 8.0'),
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

  ssl_enabled: option(types.boolean, { describe: 'Use TLS; also where the URL says https.', aliases: ['ssl'] }),
  ssl_certificate_authorities: option(files, {
    describe: "PEM files that the cluster's certificate is checked against.",
    default: [],
    aliases: ['cacert'],
  }),
  ssl_verification_mode: option(types.oneOf('full', 'certificate', 'none'), {
    describe: "Whether the cluster's certificate, and its name, are checked; `full` unless given.",
  }),
  ssl_certificate_verification: option(types.boolean, {
    describe: 'The older form of `ssl_verification_mode`.',
    deprecated: 'use ssl_verification_mode',
  }),
  ssl_certificate: option(types.string, { describe: 'PEM file of our own certificate.' }),
  ssl_key: option(types.string, { describe: 'PEM file of its key.' }),
  ssl_supported_protocols: option(types.list(types.oneOf('TLSv1.1', 'TLSv1.2', 'TLSv1.3')), {
    describe: 'The TLS versions offered.',
    default: [],
  }),
  ca_trusted_fingerprint: option(types.list(types.string), {
    describe: 'SHA-256 fingerprint of an authority.',
    refused: 'give its PEM file in ssl_certificate_authorities',
  }),
  ssl_cipher_suites: option(cipherSuites, { describe: 'The cipher suites offered, by the names of Java or OpenSSL.' }),
  ssl_truststore_path: option(types.string, {
    describe: 'A Java trust store.',
    aliases: ['truststore'],
    refused: 'give PEM files in ssl_certificate_authorities',
  }),
  ssl_truststore_password: option(types.string, {
    describe: 'Its password.',
    aliases: ['truststore_password'],
    refused: 'give PEM files in ssl_certificate_authorities',
    secret: true,
  }),
  ssl_keystore_path: option(types.string, {
    describe: 'A Java key store.',
    aliases: ['keystore'],
    refused: 'give PEM files in ssl_certificate and ssl_key',
  }),
  ssl_keystore_password: option(types.string, {
    describe: 'Its password.',
    aliases: ['keystore_password'],
    refused: 'give PEM files in ssl_certificate and ssl_key',
    secret: true,
  }),

  path: option(types.string, { describe: "The path before the cluster's own, behind a reverse proxy." }),
  bulk_path: option(types.string, { describe: 'The path of bulk requests.' }),
  parameters: option(types.hash(types.string), { describe: 'Added to the query of each request.' }),
  custom_headers: option(types.hash(types.string), { describe: 'Added to the headers of each request.' }),
  proxy: option(types.string, { describe: 'URL of an HTTP proxy.', secret: true }),
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
  ilm_enabled: option(switchType, { describe: 'Index life cycle.', ignored: noEffect('retention is a setting') }),
  ilm_policy: option(types.string, { describe: 'Index life cycle.', ignored: noEffect('retention is a setting') }),
  ilm_pattern: option(types.string, { describe: 'Index life cycle.', ignored: noEffect('retention is a setting') }),
  ilm_rollover_alias: option(types.string, {
    describe: 'Index life cycle.',
    ignored: noEffect('retention is a setting'),
  }),
  sniffing: option(types.boolean, { describe: 'Ask the cluster for its nodes.', default: false }),
  sniffing_delay: option(types.number(), { describe: 'Sniffing.', ignored: noEffect('nodes are those of hosts') }),
  sniffing_path: option(types.string, { describe: 'Sniffing.', ignored: noEffect('nodes are those of hosts') }),
  pool_max: option(types.number(), { describe: 'Connections.', ignored: noEffect('connections are reused') }),
  pool_max_per_route: option(types.number(), { describe: 'Connections.', ignored: noEffect('connections are reused') }),
  resurrect_delay: option(types.number(), { describe: 'Retry.', ignored: noEffect('see retry_initial_interval') }),
  healthcheck_path: option(types.string, { describe: 'Retry.', ignored: noEffect('the bulk request itself is tried') }),
  validate_after_inactivity: option(types.number(), {
    describe: 'Connections.',
    ignored: noEffect('a closed connection is noticed'),
  }),
  flush_size: option(types.number(), { describe: 'Batches.', ignored: noEffect('see pipeline.batch.size') }),
  idle_flush_time: option(types.number(), { describe: 'Batches.', ignored: noEffect('see pipeline.batch.delay') }),
} as const

export type ElasticsearchOptions = OptionsOf<typeof OPTIONS>
