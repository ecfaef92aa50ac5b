import { option, type as types, type OptionsOf } from '../../../settings/index.ts'

const KERBEROS = 'Kerberos is not supported here: use PLAIN or SCRAM with sasl_jaas_config, or certificates'
const OAUTH = 'OAUTHBEARER is not supported here: use PLAIN or SCRAM with sasl_jaas_config, or certificates'
const REGISTRY = 'Avro and its schema registry are not supported here: let the topic carry JSON'
const CLIENT = 'the client for Kafka does this by itself'
const TRUST_STORE = 'the password of PEM files has no use'

const millis = types.number({ integer: true, min: 0 })

/** Options of the connection that Logstash's kafka input and output have in common. */
export const KAFKA_OPTIONS = {
  bootstrap_servers: option(types.string, {
    describe: 'Brokers to begin with, as `host1:port1,host2:port2`.',
    default: 'localhost:9092',
  }),
  client_id: option(types.string, { describe: 'How we are called in the logs of the brokers.', default: 'logstash' }),
  security_protocol: option(types.oneOf('PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'), {
    describe: 'Whether to use TLS, and whether to authenticate by SASL.',
    default: 'PLAINTEXT',
  }),
  sasl_mechanism: option(types.string, {
    describe: '`PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`, where `security_protocol` says SASL.',
    default: 'GSSAPI',
  }),
  sasl_jaas_config: option(types.string, {
    describe: 'User and password in the form of JAAS: `... required username="u" password="p";`.',
    secret: true,
  }),
  jaas_path: option(types.string, { describe: 'A file with a section `KafkaClient { ... }` in the form of JAAS.' }),
  ssl_truststore_location: option(types.string, {
    describe: 'PEM file of the authorities that the certificates of the brokers are checked against.',
  }),
  ssl_truststore_type: option(types.oneOf('PEM', 'pem', 'jks', 'JKS', 'PKCS12', 'pkcs12'), {
    describe: 'Format of the trust store; told from its name unless given. Only PEM is read here.',
  }),
  ssl_truststore_password: option(types.string, {
    describe: 'Password of the trust store.',
    secret: true,
    ignored: `${TRUST_STORE}`,
  }),
  ssl_keystore_location: option(types.string, {
    describe: 'PKCS#12 file, or PEM file, of our own certificate with its key.',
  }),
  ssl_keystore_type: option(types.oneOf('PEM', 'pem', 'jks', 'JKS', 'PKCS12', 'pkcs12'), {
    describe: 'Format of the key store; told from its name unless given. `jks` is not read here.',
  }),
  ssl_keystore_password: option(types.string, { describe: 'Password of the key store.', secret: true }),
  ssl_key_password: option(types.string, { describe: 'Password of the private key.', secret: true }),
  ssl_endpoint_identification_algorithm: option(types.string, {
    describe: "`https` checks the name in a broker's certificate, an empty text does not.",
    default: 'https',
  }),
  request_timeout_ms: option(millis, { describe: 'Milliseconds to wait for an answer.', default: 40_000 }),
  retry_backoff_ms: option(millis, { describe: 'Milliseconds before a request is repeated.', default: 100 }),
  metadata_max_age_ms: option(millis, {
    describe: 'Milliseconds after which topics and brokers are asked for again.',
    default: 300_000,
  }),
  reconnect_backoff_ms: option(types.number(), { describe: 'Connections.', ignored: CLIENT }),
  reconnect_backoff_max_ms: option(types.number(), { describe: 'Connections.', ignored: CLIENT }),
  connections_max_idle_ms: option(types.number(), { describe: 'Idle connections.', ignored: CLIENT }),
  client_dns_lookup: option(types.string, { describe: 'Name lookups.', ignored: CLIENT }),
  receive_buffer_bytes: option(types.number(), { describe: 'Buffers of the system.', ignored: CLIENT }),
  send_buffer_bytes: option(types.number(), { describe: 'Buffers of the system.', ignored: CLIENT }),
  kerberos_config: option(types.string, { describe: 'Kerberos.', refused: KERBEROS }),
  sasl_kerberos_service_name: option(types.string, { describe: 'Kerberos.', refused: KERBEROS }),
  sasl_client_callback_handler_class: option(types.string, { describe: 'Java classes.', refused: OAUTH }),
  sasl_login_callback_handler_class: option(types.string, { describe: 'Java classes.', refused: OAUTH }),
  sasl_iam_jar_paths: option(types.list(types.string), { describe: 'Java classes.', refused: OAUTH }),
  sasl_oauthbearer_token_endpoint_url: option(types.string, { describe: 'OAuth.', refused: OAUTH }),
  sasl_oauthbearer_scope_claim_name: option(types.string, { describe: 'OAuth.', refused: OAUTH }),
  sasl_login_connect_timeout_ms: option(types.number(), { describe: 'OAuth.', refused: OAUTH }),
  sasl_login_read_timeout_ms: option(types.number(), { describe: 'OAuth.', refused: OAUTH }),
  sasl_login_retry_backoff_ms: option(types.number(), { describe: 'OAuth.', refused: OAUTH }),
  sasl_login_retry_backoff_max_ms: option(types.number(), { describe: 'OAuth.', refused: OAUTH }),
} as const

/** Options of the schema registry, refused together. */
export const REGISTRY_OPTIONS = Object.fromEntries(
  [
    'url',
    'key',
    'secret',
    'proxy',
    'validation',
    'ssl_keystore_location',
    'ssl_keystore_password',
    'ssl_keystore_type',
    'ssl_truststore_location',
    'ssl_truststore_password',
    'ssl_truststore_type',
  ].map((name) => [
    `schema_registry_${name}`,
    option(types.string, { describe: 'The schema registry.', refused: REGISTRY }),
  ]),
)

export type KafkaOptions = OptionsOf<typeof KAFKA_OPTIONS>
