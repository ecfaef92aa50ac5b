import { option, RawHash, type as types, type OptionsOf, type OptionType } from '../../../../settings/index.ts'
import { parseJson } from '../../../../event/index.ts'
import { OPTIONS as LOOKUP } from '../../filters/elasticsearch/options.ts'
import { CONNECTION } from '../../outputs/elasticsearch/connection-options.ts'
import { cronLine } from '../../cron-line.ts'
import { fieldReference } from '../../filters/field-option.ts'

/** The body of a search as JSON. */
const searchBody: OptionType<string> = {
  name: 'JSON',
  read(raw) {
    const expected = `the body of a search as JSON, such as '{ "query": { "match_all": {} } }'`
    if (typeof raw !== 'string') return types.no(raw instanceof RawHash ? `${expected}, as a string` : expected)
    try {
      const value = parseJson(raw)
      return typeof value === 'object' && value !== null && !Array.isArray(value) ? types.ok(raw) : types.no(expected)
    } catch {
      return types.no(expected)
    }
  },
}

const TRACKING = 'write the time in the query: {"range": {"@timestamp": {"gte": "now-1h"}}} with a schedule'

export const OPTIONS = {
  hosts: LOOKUP.hosts,
  ...CONNECTION,
  ssl_certificate_authorities: LOOKUP.ssl_certificate_authorities,
  index: option(types.string, { describe: 'The indices that are searched, by commas.', default: 'logstash-*' }),
  query: option(searchBody, { describe: 'The body of the search, as JSON.', default: '{ "sort": [ "_doc" ] }' }),
  query_type: option(types.oneOf('dsl', 'esql'), { describe: 'What `query` is; only `dsl` is built.', default: 'dsl' }),
  response_type: option(types.oneOf('hits', 'aggregations'), {
    describe: 'Whether each document is an event, or the results of the aggregations one.',
    default: 'hits',
  }),
  size: option(types.number({ integer: true, min: 1 }), { describe: 'Documents of one answer.', default: 1000 }),
  scroll: option(types.string, {
    describe: 'How long the cluster keeps a search open for the next answer.',
    default: '1m',
  }),
  search_api: option(types.oneOf('auto', 'search_after', 'scroll'), {
    describe: 'How a search goes on.',
    ignored: 'documents are read by a scroll, which gives the same ones',
  }),
  slices: option(types.number({ integer: true, min: 1 }), {
    describe: 'Parts of a search that are read side by side.',
  }),
  retries: option(types.number({ integer: true, min: 0 }), {
    describe: 'How often a search that failed is begun again; what it gave before comes again.',
    default: 0,
  }),
  schedule: option(cronLine, {
    describe: 'When the search runs, as a line of cron; once, at the start, unless given.',
  }),
  target: option(fieldReference, { describe: 'The field for the document; without it the event itself.' }),
  docinfo: option(types.boolean, { describe: 'Whether the names of index and document are added.', default: false }),
  docinfo_target: option(fieldReference, {
    describe: 'The field for them; `@metadata`, or under ECS `[@metadata][input][elasticsearch]`.',
  }),
  docinfo_fields: option(types.list(types.string), {
    describe: 'What of the document is added.',
    default: ['_index', '_type', '_id'],
  }),
  connect_timeout_seconds: option(types.number({ min: 0.001 }), {
    describe: 'Seconds in which a connection must be made.',
    default: 10,
  }),
  request_timeout_seconds: option(types.number({ min: 0.001 }), {
    describe: 'Seconds in which an answer must begin and go on.',
    default: 60,
  }),
  socket_timeout_seconds: option(types.number({ min: 0.001 }), {
    describe: 'Seconds without a byte.',
    ignored: 'request_timeout_seconds is for that as well',
  }),
  tracking_field: option(types.string, { describe: 'Going on where the last search ended.', refused: TRACKING }),
  tracking_field_seed: option(types.string, { describe: 'Where that begins.', refused: TRACKING }),
  last_run_metadata_path: option(types.string, { describe: 'Where that is kept.', refused: TRACKING }),
} as const

export type SearchOptions = OptionsOf<typeof OPTIONS>
