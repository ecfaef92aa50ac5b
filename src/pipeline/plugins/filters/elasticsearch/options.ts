import { parseFieldPath, type FieldPath } from '../../../../event/index.ts'
import {
  option,
  RawHash,
  type as types,
  type OptionsOf,
  type OptionType,
  type Raw,
} from '../../../../settings/index.ts'
import { authorities, CONNECTION } from '../../outputs/elasticsearch/connection-options.ts'
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
  ...CONNECTION,
  ssl_certificate_authorities: authorities('ca_file'),
} as const

export type LookupOptions = OptionsOf<typeof OPTIONS>
