import { option, type as types, type OptionsOf } from '../../../../settings/index.ts'
import { cipherSuites } from '../../inputs/cipher-suites.ts'
import { KEY_STORE_OPTIONS } from '../../inputs/tls-server.ts'

/** Options of the HTTP client that Logstash's http plugins have in common. */
export const HTTP_CLIENT_OPTIONS = {
  user: option(types.string, { describe: 'User of Basic authentication, sent with every request.' }),
  password: option(types.string, { describe: 'Password of `user`.', secret: true }),
  connect_timeout: option(types.number({ min: 0 }), {
    describe: 'Seconds in which a connection must be made.',
    default: 10,
  }),
  socket_timeout: option(types.number({ min: 0 }), {
    describe: 'Seconds in which something must come from the server.',
    default: 10,
  }),
  request_timeout: option(types.number({ min: 0 }), { describe: 'Seconds that a request may take.', default: 60 }),
  follow_redirects: option(types.boolean, {
    describe: 'Follow redirects of GET and HEAD, and those that ask for a GET.',
    default: true,
  }),
  keepalive: option(types.boolean, { describe: 'Use a connection for several requests.', default: true }),
  automatic_retries: option(types.number({ integer: true, min: 0 }), {
    describe: 'How often a request whose connection broke is repeated at once.',
    default: 1,
  }),
  retry_non_idempotent: option(types.boolean, {
    describe: 'Whether `automatic_retries` is also for methods such as POST.',
    default: false,
  }),
  validate_after_inactivity: option(types.number(), {
    describe: 'Stale connections.',
    ignored: 'a request that met a stale connection is repeated',
  }),
  pool_max: option(types.number({ integer: true, min: 1 }), { describe: 'Most requests at once.', default: 50 }),
  pool_max_per_route: option(types.number({ integer: true, min: 1 }), {
    describe: 'Most connections to one server.',
    default: 25,
  }),
  cookies: option(types.boolean, { describe: 'Send cookies back that a server has set.', default: true }),
  proxy: option(types.raw, {
    describe:
      'A proxy: its URL, or a hash with `host`, `port`, `scheme`, `user` and `password` or with `url`, `user` and `password`.',
    secret: true,
  }),
  ssl_enabled: option(types.boolean, {
    describe: 'TLS.',
    ignored: 'the URL says whether TLS is used',
  }),
  ssl_certificate: option(types.string, {
    describe: 'PEM file of our own certificate.',
    aliases: ['client_cert'],
  }),
  ssl_key: option(types.string, { describe: 'PEM file of its key.', aliases: ['client_key'] }),
  ssl_key_passphrase: option(types.string, { describe: 'Passphrase of the key.', secret: true }),
  ssl_certificate_authorities: option(types.list(types.string), {
    describe: "PEM files of the authorities that the server's certificate is checked against.",
    default: [],
    aliases: ['cacert'],
  }),
  ssl_verification_mode: option(types.oneOf('full', 'certificate', 'none'), {
    describe: "Whether the server's certificate, and its name, are checked.",
    default: 'full',
  }),
  ssl_supported_protocols: option(types.list(types.oneOf('TLSv1.1', 'TLSv1.2', 'TLSv1.3')), {
    describe: 'The TLS versions offered.',
    default: [],
  }),
  ssl_cipher_suites: option(cipherSuites, { describe: 'The cipher suites offered, by the names of Java or OpenSSL.' }),
  ...KEY_STORE_OPTIONS,
} as const

export type HttpClientOptions = OptionsOf<typeof HTTP_CLIENT_OPTIONS>

export const OPTIONS = {
  ...HTTP_CLIENT_OPTIONS,
  url: option(types.string, { describe: 'The URL, with `%{field}`.', required: true }),
  http_method: option(types.string, {
    describe: '`put`, `post`, `patch`, `delete`, `get` or `head`, or a reference such as `%{[@metadata][method]}`.',
    required: true,
  }),
  headers: option(types.hash(types.string), {
    describe: 'Headers of the request, with `%{field}` in their values.',
    default: new Map(),
  }),
  content_type: option(types.string, { describe: 'The content type; by default that of `format`.' }),
  format: option(types.oneOf('json', 'json_batch', 'form', 'message'), {
    describe: 'The body: the event as JSON, a batch as a JSON list, a form, or the text of `message`.',
    default: 'json',
  }),
  mapping: option(types.raw, { describe: 'A hash that is sent in place of the event, with `%{field}` in its values.' }),
  message: option(types.string, { describe: 'The body with format `message`, with `%{field}`.' }),
  http_compression: option(types.boolean, { describe: 'Compress bodies by gzip.', default: false }),
  retry_failed: option(types.boolean, {
    describe: 'Repeat requests that failed; otherwise their events go to the dead letters.',
    default: true,
  }),
  retryable_codes: option(types.list(types.number({ integer: true })), {
    describe: 'Answers after which a request is repeated.',
    default: [429, 500, 502, 503, 504],
  }),
  ignorable_codes: option(types.list(types.number({ integer: true })), {
    describe: 'Answers that count as success beside those from 200 to 299.',
    default: [],
  }),
} as const

export type HttpOptions = OptionsOf<typeof OPTIONS>
