import { parseFieldPath, type FieldPath } from '../../../../event/index.ts'
import {
  option,
  RawHash,
  type as types,
  type OptionsOf,
  type OptionType,
  type Raw,
} from '../../../../settings/index.ts'
import { fieldReference } from '../field-option.ts'

/** A name in what was found, as its parts, and the field that it goes to. */
export interface Copied {
  readonly from: readonly string[]
  readonly to: FieldPath
}

/** A hash, or pairs in a list: `{ "a" => "b" }`, `["a", "b"]`, `[["a", "b"], ["c", "d"]]`. */
const copies: OptionType<readonly Copied[]> = {
  name: 'hash of field reference',
  read(raw) {
    const expected = 'a hash of names to field references'
    const pairs = pairsOf(raw)
    if (pairs === undefined) return types.no(expected)
    const copied: Copied[] = []
    for (const [from, to] of pairs) {
      const path = typeof to === 'string' ? parseFieldPath(to) : undefined
      if (path === undefined) return types.no(expected)
      copied.push({ from: partsOf(String(from)), to: path })
    }
    return types.ok(copied)
  },
}

function pairsOf(raw: Raw): (readonly [Raw, Raw])[] | undefined {
  if (raw instanceof RawHash) return [...raw.pairs]
  if (!Array.isArray(raw)) return undefined
  const items = raw as readonly Raw[]
  if (items.every((item) => Array.isArray(item) && item.length === 2)) return items as (readonly [Raw, Raw])[]
  if (items.length % 2 === 1) return undefined
  return Array.from({ length: items.length / 2 }, (_, i) => [items[2 * i]!, items[2 * i + 1]!] as const)
}

/** `[a][b]` has parts; any other name is one, dots and all. */
function partsOf(name: string): string[] {
  return name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1).split('][') : [name]
}

const files = types.list(types.string)
const PEM = 'give PEM files in ssl_certificate_authorities'

/** Every option of Logstash's elasticsearch filter, both generations of names. */
export const OPTIONS = {
  hosts: option(files, { default: ['localhost:9200'], describe: 'Addresses or URLs of the cluster.' }),
  index: option(types.string, {
    default: '',
    describe: 'Which indices are searched, with commas between them; may have references. All unless given.',
  }),
  query: option(types.string, { describe: "A query of Lucene's syntax; may have references." }),
  query_template: option(types.string, {
    describe: 'A file with the body of a search as JSON; may have references. In place of `query`.',
  }),
  query_type: option(types.oneOf('dsl', 'esql'), { default: 'dsl', describe: 'What `query` is; only `dsl` is built.' }),
  query_params: option(types.hash<Raw>(types.raw), {
    describe: 'Parameters of ES|QL.',
    refused: 'ES|QL is not part of this version; write a query_template',
  }),
  result_size: option(types.number({ integer: true, min: 0 }), {
    default: 1,
    describe: 'How many documents `query` finds; the fields of several become lists.',
  }),
  enable_sort: option(types.boolean, { default: true, describe: 'Whether what `query` finds is sorted.' }),
  sort: option(types.string, { default: '@timestamp:desc', describe: 'Fields with `:asc` or `:desc`, by commas.' }),
  fields: option(copies, { default: [], describe: 'Fields by the name of what they get from the document.' }),
  docinfo_fields: option(copies, {
    default: [],
    describe: 'Fields by what they get of what is said about the document, such as `_id` and `_index`.',
  }),
  aggregation_fields: option(types.hash(fieldReference), {
    default: new Map<string, FieldPath>(),
    describe: 'Fields by the name of the aggregation whose result they get.',
  }),
  target: option(fieldReference, { describe: 'Below which all of these fields are written.' }),
  tag_on_failure: option(types.list(types.string), {
    default: ['_elasticsearch_lookup_failure'],
    describe: 'Tags of events whose search failed.',
  }),
  retry_on_failure: option(types.number({ integer: true, min: 0 }), {
    default: 0,
    describe: 'How often a search that failed is repeated.',
  }),
  retry_on_status: option(types.list(types.number({ integer: true, min: 100, max: 599 })), {
    default: [],
    describe: 'Which statuses of an answer are a failure to repeat, besides none at all.',
  }),
  user: option(types.string, { describe: 'The user of the cluster.' }),
  password: option(types.string, { describe: 'The password of the user.', secret: true }),
  api_key: option(types.string, { describe: 'An API key as `id:key`, in place of user and password.', secret: true }),
  cloud_id: option(types.string, { describe: 'Elastic Cloud.', refused: 'give the address in hosts' }),
  cloud_auth: option(types.string, { describe: 'Elastic Cloud.', refused: 'give user and password', secret: true }),
  custom_headers: option(types.hash(types.string), {
    default: new Map<string, string>(),
    describe: 'Added to the headers of each request.',
  }),
  proxy: option(types.string, { describe: 'URL of an HTTP proxy.', secret: true }),
  ssl_enabled: option(types.boolean, { describe: 'Use TLS; also where the URL says https.', aliases: ['ssl'] }),
  ssl_certificate_authorities: option(files, {
    default: [],
    describe: "PEM files that the cluster's certificate is checked against.",
    aliases: ['ca_file'],
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
    default: [],
    describe: 'The TLS versions offered.',
  }),
  ca_trusted_fingerprint: option(files, { describe: 'SHA-256 fingerprint of an authority.', refused: PEM }),
  ssl_cipher_suites: option(files, {
    describe: 'Cipher suites by their Java names.',
    refused: 'cipher suites are those of Node.js; its option --tls-cipher-list changes them',
  }),
  ssl_truststore_path: option(types.string, { describe: 'A Java trust store.', refused: PEM }),
  ssl_truststore_password: option(types.string, { describe: 'Its password.', refused: PEM, secret: true }),
  ssl_truststore_type: option(types.string, { describe: 'Its format.', refused: PEM }),
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
  ssl_keystore_type: option(types.string, {
    describe: 'Its format.',
    refused: 'give PEM files in ssl_certificate and ssl_key',
  }),
} as const

export type LookupOptions = OptionsOf<typeof OPTIONS>
