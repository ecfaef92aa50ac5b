/** Options of aggregations, query strings and named queries, asked of the indices of `search-cases.ts`. */

const only = (x: object, query?: object): object => ({
  size: 0,
  ...(query === undefined ? {} : { query }),
  aggs: { x },
})
const text = (query: string, options: object = {}): object => ({
  query: { query_string: { query, ...options } },
  sort: ['@timestamp'],
  _source: false,
})

const daily = { field: '@timestamp', calendar_interval: 'day' }
const perDay = (aggs: object): object =>
  only({ date_histogram: daily, aggs: { sum: { sum: { field: 'bytes' } }, ...aggs } })

export const AGGREGATION_REQUESTS: Record<string, object> = {
  'options date_histogram of a number': only({
    date_histogram: { field: 'bytes', fixed_interval: '100ms', min_doc_count: 1 },
  }),
  'options date_histogram of a boolean': only({ date_histogram: { field: 'ok', calendar_interval: 'day' } }),
  'options date_histogram by a number of milliseconds': only({
    date_histogram: { field: '@timestamp', interval: 86_400_000 },
  }),
  'options date_histogram hard bounds': only({
    date_histogram: { ...daily, hard_bounds: { min: '2026-03-01T12:00', max: '2026-03-02T12:00' } },
  }),
  'options date_histogram week format': only({
    date_histogram: { field: '@timestamp', calendar_interval: 'week', format: "YYYY-'W'ww-e", min_doc_count: 1 },
  }),
  'options range with a format': only({
    range: { field: 'bytes', format: '0.0', ranges: [{ to: 150 }, { from: 150 }] },
  }),
  'options date_range of a number': only({ date_range: { field: 'bytes', ranges: [{ to: 150 }, { from: 150 }] } }),
  'options date_range from a fraction': only({ date_range: { field: '@timestamp', ranges: [{ from: 1.7723e12 }] } }),
  'options date_range in a zone': only({
    date_range: {
      field: '@timestamp',
      time_zone: 'Europe/Zurich',
      ranges: [{ to: '2026-03-02' }, { from: '2026-03-02' }],
    },
  }),
  'options ip_range missing': only({
    ip_range: { field: 'src_ip', missing: '10.0.0.1', ranges: [{ mask: '10.0.0.0/24' }, { mask: '::/0' }] },
  }),
  'options terms with a format': only({ terms: { field: 'bytes', format: '0000', order: { _key: 'asc' } } }),
  'options terms show_term_doc_count_error': only({ terms: { field: 'tags', show_term_doc_count_error: true } }),
  'options stats of a boolean': only({ stats: { field: 'ok' } }),
  'options extended_stats with a format': only({ extended_stats: { field: 'small', format: '0.00' } }),
  'options moving_avg': perDay({ x: { moving_avg: { buckets_path: 'sum' } } }),
  'options moving_avg ewma': perDay({
    x: { moving_avg: { buckets_path: 'sum', model: 'ewma', window: 3, settings: { alpha: 0.5 } } },
  }),
  'options moving_avg linear': perDay({ x: { moving_avg: { buckets_path: '_count', model: 'linear', window: 2 } } }),
  'options moving_avg holt': perDay({
    x: { moving_avg: { buckets_path: 'sum', model: 'holt', settings: { alpha: 0.5, beta: 0.7 } } },
  }),
  'options moving_avg holt_winters': perDay({
    x: {
      moving_avg: {
        buckets_path: 'sum',
        model: 'holt_winters',
        minimize: false,
        window: 4,
        settings: { period: 1, type: 'add' },
      },
    },
  }),
  'options named queries': {
    query: {
      bool: {
        filter: { exists: { field: '@timestamp' } },
        should: [
          { term: { tags: { value: 'scan', _name: 'scan' } } },
          { bool: { must_not: { term: { tags: 'scan' } }, _name: 'no scan' } },
        ],
      },
    },
    sort: ['@timestamp'],
    _source: false,
  },
  'options a named filter after the query': {
    post_filter: { match: { message: { query: 'password', _name: 'password' } } },
    sort: ['@timestamp'],
    _source: false,
  },
  'options terms of some numbers': only({ terms: { field: 'bytes', include: [100, 5.5, 9007199254740993n] } }),
  ...Object.fromEntries(
    Object.entries({
      gt: 9007199254740992n,
      gte: '9007199254740994',
      lt: 9007199254740993n,
      lte: 9007199254740993n,
    }).map(([bound, value]) => [
      `options range ${bound} beyond 2^53`,
      { query: { range: { bytes: { [bound]: value } } }, sort: ['@timestamp'], _source: false },
    ]),
  ),
  'options composite of the index': only({
    composite: { sources: [{ index: { terms: { field: '_index' } } }, { ok: { terms: { field: 'ok' } } }] },
  }),
  'options collapse': {
    query: { terms: { bytes: [100, 9007199254740993n] } },
    collapse: { field: 'bytes' },
    sort: ['@timestamp'],
    _source: false,
  },
  ...Object.fromEntries(
    [
      'bytes:abc',
      'bytes:[a TO b]',
      'bytes:1*',
      'bytes:ab~',
      'bytes:/ab/',
      'ok:perhaps',
      '@timestamp:[once TO never]',
      'bytes:>many',
      'bytes:abc OR tags:scan',
    ].map((query) => [`options lenient over every field: ${query}`, text(query)]),
  ),
  ...Object.fromEntries(
    ['phrase', 'phrase_prefix', 'cross_fields', 'most_fields'].map((type) => [
      `options query_string ${type}`,
      text('password for', { type, fields: ['message', 'user.name'].slice(0, type === 'phrase_prefix' ? 1 : 2) }),
    ]),
  ),
  // As dashboards write it.
  'options script_fields without one': {
    script_fields: {},
    sort: [{ '@timestamp': { order: 'desc', unmapped_type: 'boolean' } }],
    docvalue_fields: ['@timestamp'],
    size: 2,
  },
  'options simple_query_string *': {
    ...text(''),
    query: { simple_query_string: { query: '*', fields: ['bytes', 'message'] } },
  },
  'options multi_match without fields': { ...text(''), query: { multi_match: { query: 'scan', fields: [] } } },
}

export const AGGREGATION_REFUSED: Record<string, object> = {
  'options extended bounds the wrong way round': only({
    date_histogram: { ...daily, extended_bounds: { min: '2026-03-02', max: '2026-03-01' } },
  }),
  'options a format of a keyword': only({ cardinality: { field: 'tags', format: '0' } }),
  'options terms shard_size 0': only({ terms: { field: 'tags', shard_size: 0 } }),
  'options terms without an order': only({ terms: { field: 'tags', order: [] } }),
  'options range without ranges': only({ range: { field: 'bytes', ranges: [] } }),
  'options global below another': only({ terms: { field: 'tags' }, aggs: { all: { global: {} } } }),
  'options too many top hits': only({ top_hits: { size: 101 } }),
  'options a path to nothing': perDay({ x: { derivative: { buckets_path: 'nothing' } } }),
  'options a path to nothing within': {
    size: 0,
    aggs: { days: { date_histogram: daily }, x: { avg_bucket: { buckets_path: 'days>nothing' } } },
  },
  'options a path that is an object': perDay({ x: { derivative: { buckets_path: { a: 'sum' } } } }),
  'options a lag of 0': perDay({ x: { serial_diff: { buckets_path: 'sum', lag: 0 } } }),
  'options a sign after the field': text('ratio:-0.5', { default_field: 'message' }),
  'options a wildcard in the field': text('us*:root', { default_field: 'message' }),
  'options a boost without a number': text('root^', { default_field: 'message' }),
  'options fields and a default field': text('root', { default_field: 'message', fields: ['tags'] }),
  'options a phrase prefix of a keyword': { query: { match_phrase_prefix: { tags: 'sc' } } },
}
