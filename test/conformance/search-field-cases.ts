/** Cases on places, intervals, nested objects and the aggregations that compare with a background; recorded like the others. */
import type { IndexFixture } from './search-cases.ts'

export const FIELD_INDEX: IndexFixture = {
  name: 'conformance-fields',
  mapping: {
    properties: {
      n: { type: 'integer' },
      place: { type: 'geo_point' },
      city: { type: 'keyword' },
      at: { type: 'date' },
      span: { type: 'date_range', format: 'yyyy-MM-dd HH:mm:ss||strict_date_optional_time' },
      ports: { type: 'integer_range' },
      ratio: { type: 'double_range' },
      net: { type: 'ip_range' },
      text: { type: 'text', fielddata: true },
      more: { type: 'text' },
      kind: { type: 'keyword' },
      words: { type: 'token_count', analyzer: 'standard' },
      strict: { type: 'integer', ignore_malformed: true },
      logins: {
        type: 'nested',
        properties: {
          user: { type: 'keyword' },
          tries: { type: 'integer' },
          note: { type: 'text' },
          hosts: { type: 'nested', properties: { name: { type: 'keyword' } } },
        },
      },
    },
  },
  documents: [
    {
      n: 0,
      place: { lat: 41.9028, lon: 12.4964 },
      city: 'Rome',
      at: '2026-03-01T00:00:00Z',
      span: { gte: '2026-01-01', lt: '2026-02-01' },
      ports: { gte: 1, lt: 1024 },
      ratio: { gt: 0.5, lte: 1 },
      net: '10.0.0.0/8',
      text: 'failed password for root',
      more: 'cold outside',
      kind: 'scan',
      words: 'one two three',
      strict: 'none',
      logins: [
        { user: 'root', tries: 3, note: 'failed password then failed again', hosts: [{ name: 'a' }, { name: 'b' }] },
        { user: 'ciro', tries: 1, note: 'accepted' },
      ],
    },
    {
      n: 1,
      place: [-74.006, 40.7128],
      city: 'New York',
      at: '2026-03-02T12:30:00Z',
      span: { gte: '2026-01-15 12:00:00', lte: '2026-03-10 00:00:00' },
      ports: { gte: 1024 },
      ratio: { gte: 1, lt: 2 },
      net: { gte: '192.168.0.1', lte: '192.168.0.20' },
      text: 'failed password for ciro',
      more: 'Some like it hot, some like it cold',
      kind: 'scan',
      words: 'one',
      strict: 5,
      logins: { user: 'root', tries: 8, note: 'failed', hosts: { name: 'b' } },
    },
    {
      n: 2,
      place: '-33.8688,151.2093',
      city: 'Sydney',
      at: '2026-03-09T23:59:59Z',
      span: { gt: '2026-03-01', lte: '2026-03-02' },
      ports: { gte: 22, lte: 22 },
      ratio: { gte: -1.5 },
      net: { gte: '2001:db8::', lte: '2001:db8::ffff' },
      text: 'accepted password for ciro',
      more: 'Its cold there outside, and there is no kind of atmosphere',
      kind: 'login',
      logins: [],
    },
    {
      n: 3,
      place: ['52.374081,4.912350', { lat: 48.861111, lon: 2.336389 }],
      city: 'Amsterdam',
      at: '2026-04-20T08:00:00Z',
      ports: [
        { gte: 0, lte: 10 },
        { gte: 100, lte: 110 },
      ],
      text: ['accepted key', 'for root'],
      more: ['outside it is cold', 'and wet outside'],
      kind: 'login',
      words: ['a b', 'c'],
      logins: { user: 'zeus', tries: 2, note: 'accepted after failed tries' },
    },
    {
      n: 4,
      city: 'nowhere',
      at: '2026-05-02T10:00:00Z',
      text: 'failed scan',
      kind: 'scan',
      more: 'wet and cold and wet',
    },
  ],
}

const geo: Record<string, object> = {
  'geo_distance in km': { geo_distance: { distance: '1200km', place: { lat: 45, lon: 9 } } },
  'geo_distance by text, plane': {
    geo_distance: { distance: 1300, unit: 'km', distance_type: 'plane', place: '45,9' },
  },
  'geo_distance by geohash': { geo_distance: { distance: '200mi', place: 'u173zt' } },
  'geo_distance by array': { geo_distance: { distance: '10km', place: [-74, 40.7] } },
  'geo_distance of an unmapped field': { geo_distance: { distance: '1km', nothing: '0,0', ignore_unmapped: true } },
  'geo_bounding_box by corners': {
    geo_bounding_box: { place: { top_left: { lat: 55, lon: 0 }, bottom_right: { lat: 40, lon: 20 } } },
  },
  'geo_bounding_box by sides': { geo_bounding_box: { place: { top: 42, left: -80, bottom: 40, right: 13 } } },
  'geo_bounding_box by the other corners': {
    geo_bounding_box: { place: { top_right: [20, 55], bottom_left: [0, 47] } },
  },
  'geo_bounding_box over the date line': {
    geo_bounding_box: { place: { top_left: [150, 0], bottom_right: [-70, -50] } },
  },
  'geo_bounding_box by WKT': { geo_bounding_box: { place: { wkt: 'BBOX (-80, 13, 42, 40)' } } },
  geo_polygon: { geo_polygon: { place: { points: ['55,0', '55,20', '40,20', '40,0'] } } },
  'exists of a place': { exists: { field: 'place' } },
  'distance_feature of a place': { distance_feature: { field: 'place', origin: [12, 42], pivot: '100km' } },
  'distance_feature of a date': { distance_feature: { field: 'at', origin: '2026-03-02', pivot: '7d' } },
}

const range = (field: string, body: object): object => ({ range: { [field]: body } })
const intervals: Record<string, object> = {
  ...Object.fromEntries(
    (['intersects', 'contains', 'within'] as const).flatMap((relation) => [
      [`integer_range ${relation}`, range('ports', { gte: 22, lte: 105, relation })],
      [`integer_range ${relation}, open`, range('ports', { gt: 21, relation })],
      [`double_range ${relation}`, range('ratio', { gte: 0.6, lt: 1, relation })],
      [`date_range ${relation}`, range('span', { gte: '2026-01-20', lt: '2026-03-02', relation })],
      [`ip_range ${relation}`, range('net', { gte: '10.1.0.0', lte: '192.168.0.4', relation })],
    ]),
  ),
  'date_range rounds days': range('span', { gte: '2026-03-02||/d', lte: '2026-03-02||/d' }),
  'term of an integer_range': { term: { ports: 22 } },
  'term of a double_range at its open end': { term: { ratio: 0.5 } },
  'term of an ip_range': { term: { net: '10.20.30.40' } },
  'terms of a date_range': { terms: { span: ['2026-01-31T23:59:59.999Z', '2026-03-02'] } },
  'match of an integer_range': { match: { ports: 5 } },
  'query_string of an integer_range': { query_string: { query: 'ports:[5 TO 15]' } },
}

const match = (query: string, more: object = {}): object => ({ intervals: { more: { match: { query, ...more } } } })
const spans: Record<string, object> = {
  'match ordered': match('cold outside', { ordered: true }),
  'match unordered': match('cold outside'),
  'match with few gaps': match('outside cold', { max_gaps: 1 }),
  'match ordered without gaps': match('cold outside', { ordered: true, max_gaps: 0 }),
  'a term named twice': match('wet wet'),
  'over several values': match('cold wet', { ordered: true }),
  'all_of ordered': {
    intervals: {
      more: { all_of: { ordered: true, intervals: [{ match: { query: 'it' } }, { match: { query: 'cold' } }] } },
    },
  },
  'any_of with a prefix': {
    intervals: { more: { any_of: { intervals: [{ prefix: { prefix: 'atm' } }, { wildcard: { pattern: 'h?t' } }] } } },
  },
  fuzzy: { intervals: { more: { fuzzy: { term: 'outsied' } } } },
  containing: match('cold outside', { filter: { containing: { match: { query: 'there' } } } }),
  not_containing: match('cold outside', { filter: { not_containing: { match: { query: 'there' } } } }),
  before: match('cold', { filter: { before: { match: { query: 'outside' } } } }),
  after: match('cold', { filter: { after: { match: { query: 'outside' } } } }),
  not_overlapping: match('it is', { filter: { not_overlapping: { match: { query: 'is cold' } } } }),
  use_field: { intervals: { more: { match: { query: 'password', use_field: 'text' } } } },
}

const found = (query: object): object => ({ query, sort: ['n'], _source: false })
const aggs = (r: object, query?: object): object => ({
  size: 0,
  aggs: { r },
  ...(query === undefined ? {} : { query }),
})
const SCANS = { term: { kind: 'scan' } }
// Lucene counts the nested documents among the others where nothing is said of the background.
const roots = { background_filter: { exists: { field: 'at' } } }

const aggregations: Record<string, object> = {
  geo_distance: aggs({
    geo_distance: {
      field: 'place',
      origin: '45,9',
      unit: 'km',
      ranges: [{ to: 500 }, { from: 500, to: 1000 }, { from: 1000 }],
    },
  }),
  'geo_distance keyed': aggs({
    geo_distance: { field: 'place', origin: [9, 45], ranges: [{ key: 'near', to: 900_000 }], keyed: true },
    aggs: { cities: { terms: { field: 'city' } } },
  }),
  geo_centroid: aggs({ geo_centroid: { field: 'place' } }, SCANS),
  'geo_centroid of nothing': aggs({ geo_centroid: { field: 'place' } }, { match_none: {} }),
  'histogram of integer_range': aggs({
    histogram: { field: 'ports', interval: 100, hard_bounds: { min: 0, max: 1100 } },
    aggs: { kinds: { terms: { field: 'kind' } } },
  }),
  'date_histogram of date_range': aggs({ date_histogram: { field: 'span', calendar_interval: 'month' } }),
  'date_histogram with hard_bounds': aggs({
    date_histogram: { field: 'at', calendar_interval: 'day', hard_bounds: { min: '2026-03-02', max: '2026-03-09' } },
  }),
  'value_count of ranges': aggs({ value_count: { field: 'ports' } }),
  'missing of ranges': aggs({ missing: { field: 'span' } }),
  'missing with missing': aggs({ missing: { field: 'words', missing: 1 } }),
  'sum of token_count': aggs({ stats: { field: 'words' } }),
  'terms of a text': aggs({ terms: { field: 'text' } }),
  'cardinality of a text': aggs({ cardinality: { field: 'text' } }),
  significant_terms: aggs({ significant_terms: { field: 'text', min_doc_count: 1, ...roots } }, SCANS),
  'significant_terms percentage': aggs(
    { significant_terms: { field: 'text', min_doc_count: 2, ...roots, percentage: {} } },
    SCANS,
  ),
  'significant_terms chi_square': aggs(
    { significant_terms: { field: 'text', min_doc_count: 1, ...roots, chi_square: {} } },
    SCANS,
  ),
  'significant_terms mutual_information': aggs(
    { significant_terms: { field: 'text', min_doc_count: 1, ...roots, mutual_information: {} } },
    SCANS,
  ),
  'significant_terms gnd': aggs({ significant_terms: { field: 'text', min_doc_count: 2, ...roots, gnd: {} } }, SCANS),
  'significant_terms against a filter': aggs(
    { significant_terms: { field: 'text', min_doc_count: 1, background_filter: { range: { n: { lt: 4 } } } } },
    SCANS,
  ),
  'significant_terms below terms': aggs({
    terms: { field: 'kind' },
    aggs: { s: { significant_terms: { field: 'text', min_doc_count: 1, ...roots } } },
  }),
  significant_text: aggs(
    { significant_text: { field: 'more', size: 1, min_doc_count: 1, ...roots } },
    { term: { kind: 'login' } },
  ),
  sampler: aggs(
    { sampler: { shard_size: 2 }, aggs: { m: { max: { field: 'n' } } } },
    { function_score: { field_value_factor: { field: 'n' } } },
  ),
  diversified_sampler: aggs(
    { diversified_sampler: { field: 'kind', shard_size: 3 }, aggs: { n: { terms: { field: 'n' } } } },
    { function_score: { field_value_factor: { field: 'n' } } },
  ),
  adjacency_matrix: aggs({
    adjacency_matrix: { filters: { b: SCANS, a: { range: { n: { gte: 1 } } }, c: { term: { n: 9 } } }, separator: '+' },
    aggs: { n: { sum: { field: 'n' } } },
  }),
  'auto_date_histogram of few': aggs({ auto_date_histogram: { field: 'at', buckets: 3 } }),
  'auto_date_histogram of many': aggs({
    auto_date_histogram: { field: 'at', buckets: 20 },
    aggs: { n: { sum: { field: 'n' } } },
  }),
  'auto_date_histogram in a zone': aggs({
    auto_date_histogram: {
      field: 'at',
      buckets: 10,
      time_zone: '+05:00',
      format: 'yyyy-MM-dd',
      minimum_interval: 'day',
    },
  }),
  'auto_date_histogram of one': aggs({ auto_date_histogram: { field: 'at' } }, { term: { n: 2 } }),
  'terms in partitions': aggs({ terms: { field: 'city', include: { partition: 1, num_partitions: 3 } } }),
  'terms of numbers in partitions': aggs({ terms: { field: 'n', include: { partition: 0, num_partitions: 2 } } }),
  'terms of an unmapped date': aggs({ terms: { field: 'nothing', value_type: 'date', missing: '2016-05-11' } }),
  'terms of an unmapped boolean': aggs({ terms: { field: 'nothing', value_type: 'boolean', missing: true } }),
}

const nested = (inner_hits: object, query: object = { match_all: {} }): object => ({
  nested: { path: 'logins', query, inner_hits },
})

const hits: Record<string, object> = {
  'sort by _geo_distance': {
    sort: [{ _geo_distance: { place: '45,9', unit: 'km' } }, 'n'],
    _source: false,
  },
  'sort by _geo_distance from the farthest of several': {
    sort: [{ _geo_distance: { place: [{ lat: 45, lon: 9 }, '40,-74'], order: 'desc', mode: 'max' } }],
    _source: false,
  },
  'docvalue_fields of a place': { query: { term: { n: 0 } }, _source: false, docvalue_fields: ['place', '_seq_no'] },
  'sort by a text': { sort: [{ text: 'desc' }, 'n'], _source: false },
  inner_hits: { query: nested({}), sort: ['n'], _source: false },
  'inner_hits with a name, sort and source': {
    query: nested(
      { name: 'tries', sort: [{ 'logins.tries': 'desc' }], _source: ['logins.user'], size: 1 },
      { range: { 'logins.tries': { gte: 1 } } },
    ),
    sort: ['n'],
    _source: false,
  },
  'inner_hits of objects in objects': {
    query: nested(
      { _source: false },
      {
        nested: {
          path: 'logins.hosts',
          query: { term: { 'logins.hosts.name': 'b' } },
          inner_hits: { docvalue_fields: ['logins.hosts.name'] },
        },
      },
    ),
    sort: ['n'],
    _source: false,
  },
  'inner_hits with highlights': {
    query: nested(
      { highlight: { fields: { 'logins.note': {} } }, _source: false },
      { match: { 'logins.note': 'failed' } },
    ),
    sort: ['n'],
    _source: false,
  },
  'highlight in the order of scores': {
    query: { match: { more: 'cold outside' } },
    sort: ['n'],
    _source: false,
    highlight: { order: 'score', encoder: 'html', tags_schema: 'styled', fields: { more: {} } },
  },
  'highlight of another query': {
    query: { match: { more: 'cold' } },
    sort: ['n'],
    _source: false,
    highlight: { fields: { more: { highlight_query: { match: { more: 'outside' } } } } },
  },
  rescore: {
    query: { match: { more: 'cold' } },
    _source: false,
    rescore: {
      window_size: 3,
      query: { rescore_query: { match: { more: 'outside' } }, query_weight: 0.5, rescore_query_weight: 2 },
    },
  },
  'rescore twice': {
    query: { match: { more: 'cold' } },
    _source: false,
    size: 2,
    rescore: [
      { window_size: 4, query: { rescore_query: { match: { more: 'wet' } }, score_mode: 'max' } },
      { window_size: 2, query: { rescore_query: { match_all: {} }, score_mode: 'multiply', rescore_query_weight: 3 } },
    ],
  },
  'collapse within inner_hits': {
    query: { match_all: {} },
    sort: ['n'],
    _source: false,
    collapse: {
      field: 'kind',
      inner_hits: { name: 'cities', collapse: { field: 'city' }, size: 5, sort: ['n'], _source: false },
    },
  },
  'top_hits of nested documents': {
    size: 0,
    aggs: {
      r: {
        nested: { path: 'logins' },
        aggs: {
          users: { terms: { field: 'logins.user' }, aggs: { top: { top_hits: { size: 1, sort: ['logins.tries'] } } } },
        },
      },
    },
  },
}

export const FIELD_REFUSED: Record<string, object> = {
  'term of a place': { query: { term: { place: '45,9' } } },
  'geo_distance of an unmapped field, refused': { query: { geo_distance: { distance: '1km', nothing: '0,0' } } },
  'geo_bounding_box upside down': { query: { geo_bounding_box: { place: { top: 1, bottom: 2, left: 0, right: 1 } } } },
  'terms of a place': { size: 0, aggs: { r: { terms: { field: 'place' } } } },
  'sum of a range': { size: 0, aggs: { r: { sum: { field: 'ports' } } } },
  'sort by a place': { sort: ['place'] },
  'intervals of a keyword': { query: { intervals: { city: { match: { query: 'x' } } } } },
  'extended_bounds beyond hard_bounds': {
    size: 0,
    aggs: {
      r: {
        histogram: {
          field: 'n',
          interval: 1,
          hard_bounds: { min: 1, max: 3 },
          extended_bounds: { min: 0, max: 9 },
        },
      },
    },
  },
  'regular expression on a number': { size: 0, aggs: { r: { terms: { field: 'n', include: '1.*' } } } },
  'composite below terms': {
    size: 0,
    aggs: {
      r: {
        terms: { field: 'kind' },
        aggs: { c: { composite: { sources: [{ n: { terms: { field: 'n' } } }] } } },
      },
    },
  },
  'bucket_sort at the top': { size: 0, aggs: { r: { bucket_sort: { size: 1 } } } },
  'highlight by vectors that are not there': {
    query: { match: { more: 'cold' } },
    highlight: { type: 'fvh', fields: { more: {} } },
  },
  'rescore of sorted hits': { sort: ['n'], rescore: { query: { rescore_query: { match_all: {} } } } },
  'too many docvalue_fields': { docvalue_fields: Array.from({ length: 101 }, () => 'n') },
  'a rescore window that is too large': {
    rescore: { window_size: 10_001, query: { rescore_query: { match_all: {} } } },
  },
  'inner_hits of one name twice': {
    query: { bool: { should: [nested({}), nested({})] } },
  },
}

export const FIELD_REQUESTS: Record<string, object> = {
  ...Object.fromEntries(
    Object.entries({ ...geo, ...intervals, ...spans }).map(([name, query]) => [`fields query: ${name}`, found(query)]),
  ),
  ...Object.fromEntries(
    Object.entries({ ...spans, ...geo }).map(([name, query]) => [`fields score: ${name}`, { query, _source: false }]),
  ),
  ...Object.fromEntries(Object.entries(aggregations).map(([name, body]) => [`fields aggregation: ${name}`, body])),
  ...Object.fromEntries(Object.entries(hits).map(([name, body]) => [`fields hits: ${name}`, body])),
}
