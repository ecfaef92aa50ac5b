import { option, type as types } from '../../../../settings/index.ts'
import { cipherSuites } from '../../inputs/cipher-suites.ts'

const files = types.list(types.string)
const AUTHORITIES = 'give PEM files in ssl_certificate_authorities'
const OWN = 'give PEM files in ssl_certificate and ssl_key'

/**
 * How a cluster is reached and who asks, the same for the elasticsearch input, filter and output.
 * Theirs alone are `hosts`, and what they called the authorities before.
 */
export const CONNECTION = {
  user: option(types.string, { describe: 'The user of the cluster.' }),
  password: option(types.string, { describe: 'The password of the user.', secret: true }),
  api_key: option(types.string, { describe: 'An API key as `id:key`, in place of user and password.', secret: true }),
  cloud_id: option(types.string, { describe: 'Elastic Cloud.', refused: 'give the address in hosts' }),
  cloud_auth: option(types.string, { describe: 'Elastic Cloud.', refused: 'give user and password', secret: true }),
  custom_headers: option(types.hash(types.string), { describe: 'Added to the headers of each request.' }),
  proxy: option(types.string, { describe: 'URL of an HTTP proxy.', secret: true }),
  ssl_enabled: option(types.boolean, { describe: 'Use TLS; also where the URL says https.', aliases: ['ssl'] }),
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
  ssl_cipher_suites: option(cipherSuites, { describe: 'The cipher suites offered, by the names of Java or OpenSSL.' }),
  ca_trusted_fingerprint: option(files, { describe: 'SHA-256 fingerprint of an authority.', refused: AUTHORITIES }),
  ssl_truststore_path: option(types.string, {
    describe: 'A Java trust store.',
    aliases: ['truststore'],
    refused: AUTHORITIES,
  }),
  ssl_truststore_password: option(types.string, {
    describe: 'Its password.',
    aliases: ['truststore_password'],
    refused: AUTHORITIES,
    secret: true,
  }),
  ssl_truststore_type: option(types.string, { describe: 'Its format.', refused: AUTHORITIES }),
  ssl_keystore_path: option(types.string, { describe: 'A Java key store.', aliases: ['keystore'], refused: OWN }),
  ssl_keystore_password: option(types.string, {
    describe: 'Its password.',
    aliases: ['keystore_password'],
    refused: OWN,
    secret: true,
  }),
  ssl_keystore_type: option(types.string, { describe: 'Its format.', refused: OWN }),
} as const

/** The files that the cluster's certificate is checked against, with an older name of the option. */
export const authorities = (olderName: string) =>
  option(files, {
    describe: "PEM files that the cluster's certificate is checked against.",
    default: [],
    aliases: [olderName],
  })
