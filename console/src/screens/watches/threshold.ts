/** What the form of a threshold asks for. */
export interface Threshold {
  readonly name: string
  readonly index: string
  /** Lucene; all events where it is empty. */
  readonly query: string
  /** The field whose different values are counted; events where it is empty. */
  readonly distinct: string
  /** One count for each value of this field; one for all where it is empty. */
  readonly group: string
  readonly above: number
  /** `5m`. */
  readonly window: string
  readonly interval: string
  /** An address of mail; a line in the log where it is empty. */
  readonly to: string
  readonly throttle: string
}

/** What the form begins with. */
export const BEGINNING: Threshold = {
  name: 'Too many failed logins',
  index: 'logstash-*',
  query: 'tags:auth_failure',
  distinct: '',
  group: 'src_ip',
  above: 10,
  window: '5m',
  interval: '1m',
  to: '',
  throttle: '15m',
}

const MOST_GROUPS = 1_000

/** The watch that a threshold means, as it would be written by hand. */
export function watchOf(threshold: Threshold): object {
  const { name, index, query, distinct, group, above, window, interval, to, throttle } = threshold
  const filter = [
    { range: { '@timestamp': { gte: `now-${window}` } } },
    ...(query.trim() === '' ? [] : [{ query_string: { query } }]),
  ]
  const count = distinct === '' ? {} : { distinct: { cardinality: { field: distinct } } }
  const over = { buckets_path: { distinct: 'distinct' }, script: `params.distinct > ${above}` }
  // Only the groups above are left, so that the message names no other.
  const groups =
    distinct === ''
      ? { terms: { field: group, size: MOST_GROUPS, min_doc_count: above + 1 } }
      : { terms: { field: group, size: MOST_GROUPS }, aggs: { ...count, above: { bucket_selector: over } } }
  const aggs = group === '' ? count : { groups }
  const measure = distinct === '' ? 'doc_count' : 'distinct.value'
  const single = distinct === '' ? 'ctx.payload.hits.total' : 'ctx.payload.aggregations.distinct.value'
  const what = distinct === '' ? 'events' : `different values of ${distinct}`
  const text =
    group === ''
      ? `{{${single}}} ${what} in the last ${window}, more than ${above}`
      : `{{#ctx.payload.aggregations.groups.buckets}}{{key}}: {{${measure}}} ${what} in the last ${window}\n{{/ctx.payload.aggregations.groups.buckets}}`
  const buckets = 'ctx.payload.aggregations.groups.buckets'
  return {
    metadata: { name },
    trigger: { schedule: { interval } },
    input: {
      search: {
        request: {
          indices: index.split(',').map((one) => one.trim()),
          body: { size: 0, query: { bool: { filter } }, ...(Object.keys(aggs).length === 0 ? {} : { aggs }) },
        },
      },
    },
    condition:
      group === ''
        ? { compare: { [single]: { gt: above } } }
        : { array_compare: { [buckets]: { path: measure, gt: { value: above } } } },
    actions: {
      tell: {
        throttle_period: throttle,
        ...(to === '' ? { logging: { text } } : { email: { to: [to], subject: name, body: { text } } }),
      },
    },
  }
}
