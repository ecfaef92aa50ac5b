/** Cases on aggregations that run scripts, and on clusters of values; they ask the index of the relevance cases. */
const daily = { date_histogram: { field: 'at', calendar_interval: 'day' } }
const summed = { p: { sum: { field: 'price' } } }

const moving = (script: string | object, more: object = {}): object => ({
  ...daily,
  aggs: { ...summed, m: { moving_fn: { buckets_path: 'p', window: 3, script, ...more } } },
})

const counts = {
  init_script: 'state.counts = [:]',
  map_script: "for (t in doc['tag']) { state.counts[t] = state.counts.getOrDefault(t, 0) + 1 }",
  combine_script: 'return state.counts',
  reduce_script:
    'def all = new TreeMap(); for (s in states) { for (e in s.entrySet()) { all.merge(e.getKey(), e.getValue(), (a, b) -> a + b) } } return all', // prettier-ignore
}

const PRICE = "doc['price'].size() == 0 ? 0 : doc['price'].value"

const aggregations: Record<string, object> = {
  'avg by script': { avg: { script: "doc['n'].value * 2" } },
  'sum by script with parameters': { sum: { script: { source: "doc['n'].value * params.k", params: { k: 1.5 } } } },
  'sum by script over a field': { sum: { field: 'n', script: '_value * 1.5' } },
  'min by script of a date': { min: { field: 'at', script: '_value + 1000' } },
  'stats by script': { stats: { script: PRICE } },
  'extended_stats by script': { extended_stats: { script: PRICE } },
  'value_count by script': { value_count: { script: "doc['tag']" } },
  'cardinality by script': { cardinality: { script: "doc['ip'].size() == 0 ? 'none' : doc['tag'].size() + 'x'" } },
  'percentiles by script': { percentiles: { script: "doc['n'].value * 10", percents: [25, 50], hdr: {} } },
  'percentile_ranks by script': { percentile_ranks: { field: 'n', script: '_value * 10', values: [45] } },
  'weighted_avg by scripts': { weighted_avg: { value: { script: "doc['n'].value" }, weight: { script: PRICE } } },
  'median_absolute_deviation by script': { median_absolute_deviation: { script: "doc['n'].value + 1" } },
  'terms by script': { terms: { script: "doc['tag'].size() == 0 ? 'none' : doc['tag'].value + doc['tag'].size()" } },
  'terms by script of numbers': { terms: { script: "doc['n'].value % 3" } },
  'terms by script with a value type': { terms: { script: "doc['n'].value % 3", value_type: 'long' } },
  'terms by script over a field': { terms: { field: 'tag', script: "'t-' + _value" } },
  'terms by script over a number': { terms: { field: 'n', script: '_value / 3' } },
  'terms by script with several values': { terms: { script: "doc['tag']", order: { _key: 'desc' }, size: 3 } },
  'terms by script with metrics': {
    terms: { script: "doc['n'].value > 4 ? 'late' : 'early'", order: { most: 'desc' } },
    aggs: { most: { max: { script: "doc['n'].value" } } },
  },
  'histogram by script': { histogram: { script: "doc['n'].value * 1.5", interval: 5 } },
  'histogram by script over a field': { histogram: { field: 'n', script: '_value + 0.5', interval: 2 } },
  'date_histogram by script': {
    date_histogram: { field: 'at', script: '_value - 1000L * 3600 * 12', calendar_interval: 'month' },
  },
  'range by script': { range: { script: "doc['n'].value * 2", ranges: [{ to: 5 }, { from: 5, to: 9 }, { from: 9 }] } },
  'composite by script': {
    composite: { sources: [{ odd: { terms: { script: "doc['n'].value % 2 == 0 ? 'even' : 'odd'" } } }] },
  },
  'multi_terms by script': { multi_terms: { terms: [{ script: "doc['n'].value > 4 ? 'b' : 'a'" }, { field: 'ok' }] } },
  'string_stats by script': { cardinality: { field: 'tag', script: '_value.toUpperCase()' } },
  'moving_fn max': moving('MovingFunctions.max(values)'),
  'moving_fn min': moving('MovingFunctions.min(values)'),
  'moving_fn sum': moving('MovingFunctions.sum(values)'),
  'moving_fn unweightedAvg': moving('MovingFunctions.unweightedAvg(values)', { format: '0.00' }),
  'moving_fn stdDev': moving('MovingFunctions.stdDev(values, MovingFunctions.unweightedAvg(values))'),
  'moving_fn linearWeightedAvg': moving('MovingFunctions.linearWeightedAvg(values)'),
  'moving_fn ewma': moving('MovingFunctions.ewma(values, 0.3)'),
  'moving_fn holt': moving('MovingFunctions.holt(values, 0.3, 0.1)'),
  'moving_fn holtWinters': moving(
    'if (values.length > 3) { return MovingFunctions.holtWinters(values, 0.3, 0.1, 0.2, 2, false) } return 0',
    { window: 6, gap_policy: 'insert_zeros' },
  ),
  'moving_fn holtWinters multiplied': moving(
    'if (values.length > 3) { return MovingFunctions.holtWinters(values, 0.3, 0.1, 0.2, 2, true) } return 0',
    { window: 6 },
  ),
  'moving_fn shift': moving('MovingFunctions.sum(values)', { shift: 1 }),
  'moving_fn of its own': moving({ source: 'values.length == 0 ? params.none : values[values.length - 1] * 2', params: { none: -1 } }), // prettier-ignore
  'moving_fn with gaps as zeros': moving('MovingFunctions.sum(values)', { gap_policy: 'insert_zeros' }),
  'moving_fn of counts': {
    ...daily,
    aggs: { m: { moving_fn: { buckets_path: '_count', window: 2, script: 'MovingFunctions.max(values)' } } },
  },
  'variable_width_histogram': { variable_width_histogram: { field: 'n', buckets: 3 } },
  'variable_width_histogram of doubles': {
    variable_width_histogram: { field: 'price', buckets: 4 },
  },
  'variable_width_histogram of few values': { variable_width_histogram: { field: 'load', buckets: 10 } },
  'variable_width_histogram of nothing': { variable_width_histogram: { field: 'nothing' } },
  'variable_width_histogram in a filter': {
    filter: { range: { n: { lte: 5 } } },
    aggs: { v: { variable_width_histogram: { field: 'price', buckets: 2 } } },
  },
  'scripted_metric': { scripted_metric: counts },
  'scripted_metric without init': {
    scripted_metric: {
      map_script: "state.sum = (state.sum == null ? 0 : state.sum) + doc['n'].value",
      combine_script: 'state.sum',
      reduce_script: 'double all = 0; for (s in states) { all += s } return all',
    },
  },
  'scripted_metric with parameters': {
    scripted_metric: {
      params: { factor: 3 },
      init_script: 'state.list = []',
      map_script: { source: "state.list.add(doc['n'].value * params.factor + params.more)", params: { more: 1 } },
      combine_script: 'long sum = 0; for (v in state.list) { sum += v } return sum',
      reduce_script: 'states',
    },
  },
  'scripted_metric in buckets': {
    terms: { field: 'tag' },
    aggs: { s: { scripted_metric: counts } },
  },
  'scripted_metric of the source': {
    scripted_metric: {
      init_script: 'state.titles = new HashSet()',
      map_script: "if (params._source.title != null) { state.titles.add(params._source.title.length()) }",
      combine_script: 'def l = new ArrayList(state.titles); Collections.sort(l); return l',
      reduce_script: 'states[0]',
    },
  },
} // prettier-ignore

export const SCRIPT_REQUESTS: Record<string, object> = Object.fromEntries(
  Object.entries(aggregations).map(([name, body]) => [`more aggregation: ${name}`, { size: 0, aggs: { r: body } }]),
)

const refused: Record<string, object> = {
  'moving_fn without a window': moving('1', { window: undefined }),
  'moving_fn with a window of nothing': moving('1', { window: 0 }),
  'moving_fn below terms': {
    terms: { field: 'tag' },
    aggs: { ...summed, m: { moving_fn: { buckets_path: 'p', window: 2, script: 'MovingFunctions.max(values)' } } },
  },
  'derivative below a filter': {
    filter: { match_all: {} },
    aggs: { ...summed, m: { derivative: { buckets_path: 'p' } } },
  },
  'serial_diff without empty buckets': {
    date_histogram: { field: 'at', calendar_interval: 'day', min_doc_count: 1 },
    aggs: { ...summed, m: { serial_diff: { buckets_path: 'p' } } },
  },
  'cumulative_sum below a range': {
    range: { field: 'n', ranges: [{ from: 1 }] },
    aggs: { ...summed, m: { cumulative_sum: { buckets_path: 'p' } } },
  },
  'variable_width_histogram of no buckets': { variable_width_histogram: { field: 'n', buckets: 0 } },
  'variable_width_histogram with too small groups': {
    variable_width_histogram: { field: 'n', buckets: 10, shard_size: 5 },
  },
  'variable_width_histogram of a date': { variable_width_histogram: { field: 'at' } },
  'variable_width_histogram of a keyword': { variable_width_histogram: { field: 'tag' } },
  'scripted_metric without map': { scripted_metric: { ...counts, map_script: undefined } },
  'scripted_metric without reduce': { scripted_metric: { ...counts, reduce_script: undefined } },
  'scripted_metric with a parameter twice': {
    scripted_metric: { ...counts, params: { a: 1 }, map_script: { source: 'state.a = params.a', params: { a: 2 } } },
  },
}

export const SCRIPT_REFUSED: Record<string, object> = Object.fromEntries(
  Object.entries(refused).map(([name, body]) => [name, { size: 0, aggs: { r: body } }]),
)
