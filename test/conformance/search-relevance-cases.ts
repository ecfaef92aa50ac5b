/** Documents and requests of the search suite about relevance, scripts, nested documents and compound queries. */
import type { IndexFixture } from './search-cases.ts'
import { SCRIPT_REFUSED, SCRIPT_REQUESTS } from './search-script-cases.ts'

export const MORE_INDEX: IndexFixture = {
  name: 'conformance-more',
  mapping: {
    properties: {
      n: { type: 'integer' },
      at: { type: 'date' },
      title: { type: 'text' },
      body: { type: 'text', copy_to: 'all' },
      all: { type: 'text' },
      tag: { type: 'keyword' },
      lower: { type: 'keyword', normalizer: 'lowercase' },
      price: { type: 'double' },
      load: { type: 'half_float' },
      scaled: { type: 'scaled_float', scaling_factor: 100 },
      ok: { type: 'boolean' },
      ip: { type: 'ip' },
      user: {
        type: 'nested',
        properties: {
          first: { type: 'keyword' },
          last: { type: 'text' },
          age: { type: 'integer' },
          logins: { type: 'nested', properties: { host: { type: 'keyword' }, count: { type: 'integer' } } },
        },
      },
    },
  },
  documents: [
    {
      n: 1,
      at: '2026-01-01T10:00:00Z',
      title: 'quick brown fox',
      body: 'the quick brown fox jumps over the lazy dog',
      tag: ['a', 'b'],
      lower: 'Alpha',
      price: 10.5,
      load: 1.5,
      scaled: 1.234,
      ok: true,
      ip: '10.0.0.1',
      user: [
        {
          first: 'Ann',
          last: 'Smith',
          age: 30,
          logins: [
            { host: 'h1', count: 3 },
            { host: 'h2', count: 5 },
          ],
        },
        { first: 'Bob', last: 'Smith Jones', age: 40 },
      ],
    },
    {
      n: 2,
      at: '2026-01-02T11:00:00Z',
      title: 'quick quick fox',
      body: 'brown foxes are quick and a fox is a fox',
      tag: 'a',
      lower: 'BETA',
      price: 20,
      load: 2.5,
      scaled: 2.345,
      ok: false,
      ip: '10.0.0.2',
      user: { first: 'Ann', last: 'Jones', age: 20, logins: { host: 'h1', count: 7 } },
    },
    {
      n: 3,
      at: '2026-01-03T12:00:00Z',
      title: 'lazy dog sleeping in the sun all day long',
      body: 'dog',
      tag: ['b', 'c', 'b'],
      lower: 'alpha',
      price: 30.25,
      ok: true,
      ip: '10.0.1.1',
      user: [],
    },
    {
      n: 4,
      at: '2026-01-05T13:00:00Z',
      title: 'database quarry',
      body: 'a quack browse the box while quiet',
      tag: 'd',
      price: 5,
      load: 0.5,
      ip: '2001:db8::5',
      user: [{ first: 'Cid', age: 50 }],
    },
    { n: 5, at: '2026-01-05T23:00:00Z', title: 'fox', body: 'fox', tag: 'a', price: 7, ok: false, ip: '192.168.0.1' },
    { n: 6, at: '2026-01-20T00:00:00Z', title: 'jumping brown things', tag: ['e', 'a'], price: -3, ip: '10.0.0.200' },
    { n: 7, at: '2026-02-11T00:00:00Z', body: 'fast brown foxes leap over lazy dogs in summer', tag: 'f' },
    { n: 8, body: 'quick' },
  ],
}

const ordered = (query: object): object => ({ query, sort: ['n'], _source: false, size: 20 })
const scored = (query: object): object => ({ query, _source: false, size: 20, sort: [{ _score: 'desc' }, 'n'] })
const script = (source: string, params?: object): object => ({
  source,
  lang: 'painless',
  ...(params === undefined ? {} : { params }),
})

const queries: Record<string, object> = {
  regexp: { regexp: { tag: '[a-c]' } },
  'regexp on text': { regexp: { title: 'qu.*k' } },
  'regexp case_insensitive': { regexp: { lower: { value: 'AL.*', case_insensitive: true } } },
  'regexp case_insensitive shorthand': { regexp: { tag: { value: '\\D+', case_insensitive: true } } },
  'regexp case_insensitive class': { regexp: { lower: { value: '[A-C].*', case_insensitive: true } } },
  'regexp on a normalized keyword': { regexp: { lower: 'AL.*' } },
  'prefix on a normalized keyword': { prefix: { lower: 'AL' } },
  'wildcard on a normalized keyword': { wildcard: { lower: 'AL*' } },
  'regexp any text': { regexp: { title: '@ick' } },
  'regexp without operators': { regexp: { title: { value: '@ick', flags: 'NONE' } } },
  'regexp of an operator that is off': { regexp: { title: { value: 'quick|a~&b<c', flags: 'ANYSTRING|EMPTY' } } },
  'regexp flags_value': { regexp: { title: { value: '@ick', flags_value: 8 } } },
  'regexp of nothing': { regexp: { title: 'qui#' } },
  'simple_query_string quote_field_suffix': {
    simple_query_string: { query: '"quick brown"', fields: ['bo', 'title'], quote_field_suffix: 'dy' },
  },
  'wildcard case_insensitive': { wildcard: { lower: { value: 'AL*', case_insensitive: true } } },
  fuzzy: { fuzzy: { title: 'quikc' } },
  'fuzzy fuzziness 1': { fuzzy: { body: { value: 'foxs', fuzziness: 1 } } },
  'fuzzy prefix_length': { fuzzy: { body: { value: 'box', fuzziness: 1, prefix_length: 1 } } },
  'fuzzy without transpositions': { fuzzy: { title: { value: 'qucik', fuzziness: 1, transpositions: false } } },
  'fuzzy keyword': { fuzzy: { lower: 'alpa' } },
  'match fuzziness': { match: { body: { query: 'quik browm', fuzziness: 'AUTO' } } },
  'match fuzziness and': { match: { body: { query: 'quik browm', fuzziness: 1, operator: 'and' } } },
  'match normalizer': { match: { lower: 'ALPHA' } },
  'term normalizer': { term: { lower: 'ALPHA' } },
  'terms normalizer': { terms: { lower: ['ALPHA', 'beta'] } },
  copy_to: { match: { all: 'lazy' } },
  match_phrase_prefix: { match_phrase_prefix: { body: 'quick bro' } },
  'match_phrase_prefix one word': { match_phrase_prefix: { body: 'qu' } },
  'match_phrase_prefix max_expansions': { match_phrase_prefix: { body: { query: 'fo', max_expansions: 1 } } },
  'match_phrase slop': { match_phrase: { body: { query: 'quick fox', slop: 1 } } },
  'match_phrase slop reversed': { match_phrase: { title: { query: 'brown quick', slop: 2 } } },
  'match_phrase slop too small': { match_phrase: { title: { query: 'brown quick', slop: 1 } } },
  match_bool_prefix: { match_bool_prefix: { title: 'lazy qu' } },
  'match_bool_prefix and': { match_bool_prefix: { title: { query: 'fox qu', operator: 'and' } } },
  'multi_match cross_fields and': {
    multi_match: { query: 'lazy sleeping jumps', type: 'cross_fields', fields: ['title', 'body'], operator: 'or' },
  },
  'multi_match cross_fields all': {
    multi_match: { query: 'sun dog', type: 'cross_fields', fields: ['title', 'body'], operator: 'and' },
  },
  'multi_match phrase_prefix': { multi_match: { query: 'brown fo', type: 'phrase_prefix', fields: ['title', 'body'] } },
  'multi_match bool_prefix': { multi_match: { query: 'fox qua', type: 'bool_prefix', fields: ['title', 'body'] } },
  'multi_match fuzziness': { multi_match: { query: 'quikc', fuzziness: 'AUTO', fields: ['title', 'body'] } },
  wrapper: { wrapper: { query: Buffer.from('{"term":{"tag":"a"}}').toString('base64') } },
  'terms lookup': { terms: { n: { index: 'conformance-more', id: '0', path: 'n' } } },
  'terms lookup list': { terms: { tag: { index: 'conformance-more', id: '2', path: 'tag' } } },
  'terms lookup of nothing': { terms: { tag: { index: 'conformance-more', id: '99', path: 'tag' } } },
  script: { script: { script: script("doc['price'].size() > 0 && doc['price'].value > params.least", { least: 8 }) } },
  'script keyword': { script: { script: script("doc['tag'].contains('b')") } },
  'script date': { script: { script: script("doc['at'].size() > 0 && doc['at'].value.getHour() >= 12") } },
  'script long': { script: { script: script("doc['n'].value % 2 == 0") } },
  'script boolean': { script: { script: script("!doc['ok'].empty && doc['ok'].value") } },
  'script containsKey': { script: { script: script("doc.containsKey('nothing') || doc['n'].value == 3") } },
  nested: { nested: { path: 'user', query: { term: { 'user.first': 'Ann' } } } },
  'nested both in one object': {
    nested: {
      path: 'user',
      query: { bool: { must: [{ term: { 'user.first': 'Ann' } }, { match: { 'user.last': 'Jones' } }] } },
    },
  },
  'nested range': { nested: { path: 'user', query: { range: { 'user.age': { gte: 40 } } } } },
  'nested twice': {
    nested: {
      path: 'user',
      query: {
        bool: {
          must: [
            { term: { 'user.first': 'Ann' } },
            { nested: { path: 'user.logins', query: { range: { 'user.logins.count': { gt: 5 } } } } },
          ],
        },
      },
    },
  },
  'nested inner path alone': { nested: { path: 'user.logins', query: { term: { 'user.logins.host': 'h2' } } } },
  'nested exists': { nested: { path: 'user', query: { exists: { field: 'user.last' } } } },
  'nested field from outside': { term: { 'user.first': 'Ann' } },
  'nested must_not': { bool: { must_not: { nested: { path: 'user', query: { match_all: {} } } } } },
  'nested ignore_unmapped': { nested: { path: 'nothing', ignore_unmapped: true, query: { match_all: {} } } },
  'bool filter with minimum_should_match and no should': {
    bool: { filter: { exists: { field: 'n' } }, minimum_should_match: 1 },
  },
  'bool must_not with minimum_should_match': { bool: { must_not: { term: { tag: 'a' } }, minimum_should_match: 2 } },
  'bool should with minimum_should_match 0': { bool: { should: { term: { tag: 'a' } }, minimum_should_match: 0 } },
  'wildcard on text with a capital': { wildcard: { title: 'QUI*' } },
  'half_float term': { term: { load: 1.5 } },
  'scaled_float term': { term: { scaled: 1.23 } },
  'scaled_float range': { range: { scaled: { gte: 1.23, lt: 2.34 } } },
}

const simple = [
  'quick fox', 'quick + fox', 'quick | sun', '-quick', 'fox -quick', '"brown fox"', '"quick fox"~2', 'qu*', 'quikc~1',
  '(quick | lazy) + dog', 'quick + (brown | sun) -jumps', 'fox | (', '"unclosed', 'a\\+b', 'fox + +', '',
] // prettier-ignore
for (const query of simple) {
  queries[`simple_query_string ${query}`] = { simple_query_string: { query, fields: ['title', 'body'] } }
  queries[`simple_query_string and ${query}`] = {
    simple_query_string: { query, fields: ['title', 'body'], default_operator: 'and' },
  }
}
queries['simple_query_string flags'] = {
  simple_query_string: { query: 'fox -quick', fields: ['title'], flags: 'OR|AND' },
}

const strings = [
  'title:quikc~', 'title:quikc~1', 'body:foxs~1', 'title:/qu.*k/', 'tag:/[ab]/', 'body:"quick fox"~1', '"brown fox"~3',
  'title:(quick OR lazy) AND NOT body:dog', 'title:qu?ck', 'body:fox^3 title:fox', 'price:[5 TO 20}', 'price:>7',
  'title:QUI*', 'title:QUI*',
  'title:fox AND (body:fox OR body:dog)', '+title:fox -tag:b', 'n:(1 OR 3)', '*:*', 'title:*',
] // prettier-ignore
for (const query of strings) queries[`query_string ${query}`] = { query_string: { query } }

const scores: Record<string, object> = {
  match: { match: { title: 'quick fox' } },
  'match one term': { match: { body: 'fox' } },
  'match of copies': { match: { all: 'fox dog' } },
  'match and': { match: { body: { query: 'quick brown', operator: 'and' } } },
  'match boost': { match: { title: { query: 'fox', boost: 3 } } },
  match_phrase: { match_phrase: { body: 'brown fox' } },
  'match_phrase slop': { match_phrase: { body: { query: 'quick fox', slop: 2 } } },
  'term keyword': { term: { tag: 'a' } },
  'term rare keyword': { term: { tag: 'f' } },
  'terms are constant': { terms: { tag: ['a', 'b'] } },
  'range is constant': { range: { n: { gt: 3, boost: 2 } } },
  'prefix is constant': { prefix: { title: { value: 'qu', boost: 2 } } },
  'wildcard is constant': { wildcard: { title: 'qu*' } },
  'number is constant': { term: { n: 3 } },
  bool: {
    bool: { must: { match: { title: 'fox' } }, should: [{ term: { tag: 'b' } }], filter: { term: { tag: 'a' } } },
  },
  'bool filter alone': { bool: { filter: { term: { tag: 'a' } } } },
  'bool boost': { bool: { should: [{ match: { title: 'fox' } }, { match: { body: 'dog' } }], boost: 2 } },
  dis_max: { dis_max: { queries: [{ match: { title: 'fox' } }, { match: { body: 'fox' } }], tie_breaker: 0.5 } },
  'multi_match best': { multi_match: { query: 'quick fox', fields: ['title^2', 'body'] } },
  'multi_match most': { multi_match: { query: 'quick fox', fields: ['title', 'body'], type: 'most_fields' } },
  'multi_match tie_breaker': { multi_match: { query: 'quick fox', fields: ['title', 'body'], tie_breaker: 0.3 } },
  boosting: {
    boosting: { positive: { match: { body: 'fox dog quick' } }, negative: { term: { tag: 'a' } }, negative_boost: 0.2 },
  },
  script_score: {
    script_score: { query: { match_all: {} }, script: script("doc['n'].value * 2 + _score") },
  },
  'script_score of a match': {
    script_score: { query: { match: { title: 'fox' } }, script: script("_score + doc['n'].value") },
  },
  'script_score min_score': {
    script_score: { query: { match_all: {} }, script: script("doc['n'].value"), min_score: 4 },
  },
  'function_score weight': {
    function_score: { query: { term: { tag: { value: 'a', boost: 1 } } }, weight: 3, boost_mode: 'replace' },
  },
  'function_score functions': {
    function_score: {
      query: { match_all: {} },
      functions: [
        { filter: { term: { tag: 'a' } }, weight: 2 },
        { filter: { range: { n: { gte: 2 } } }, weight: 5 },
        { filter: { term: { tag: 'b' } }, field_value_factor: { field: 'n', factor: 2, modifier: 'square' } },
      ],
      score_mode: 'sum',
      boost_mode: 'multiply',
    },
  },
  'function_score avg': {
    function_score: {
      functions: [
        { filter: { term: { tag: 'a' } }, weight: 2 },
        { filter: { term: { tag: 'b' } }, weight: 6 },
      ],
      score_mode: 'avg',
      boost_mode: 'replace',
    },
  },
  'function_score field_value_factor': {
    function_score: {
      query: { exists: { field: 'price' } },
      field_value_factor: { field: 'n', modifier: 'log1p', factor: 1.5 },
      boost_mode: 'sum',
      max_boost: 0.9,
    },
  },
  'function_score script': {
    function_score: { query: { match: { title: 'fox' } }, script_score: { script: script("doc['n'].value") } },
  },
  constant_score: { constant_score: { filter: { match: { title: 'fox' } }, boost: 1.5 } },
  'match_all boost': { match_all: { boost: 2.5 } },
  match_bool_prefix: { match_bool_prefix: { title: 'fox qu' } },
  'nested sum of constants': {
    nested: { path: 'user', score_mode: 'sum', query: { range: { 'user.age': { gte: 25 } } } },
  },
  'nested avg of functions': {
    nested: {
      path: 'user',
      score_mode: 'avg',
      query: { function_score: { field_value_factor: { field: 'user.age', missing: 1 }, boost_mode: 'replace' } },
    },
  },
  'nested none': { nested: { path: 'user', score_mode: 'none', query: { match_all: {} } } },
}

const monthly = { date_histogram: { field: 'at', calendar_interval: 'month' } }
const daily = { date_histogram: { field: 'at', calendar_interval: 'day' } }
const price = { p: { sum: { field: 'price' } } }

// OpenSearch 3 takes another t-digest than Elasticsearch 7 and we: between few values the quantiles differ.
const aggregations: Record<string, object> = {
  'percentiles at the ends': { percentiles: { field: 'price', percents: [2, 99.9], keyed: false } },
  percentile_ranks: { percentile_ranks: { field: 'n', values: [0, 3, 20] } },
  extended_stats: { extended_stats: { field: 'price' } },
  'extended_stats sigma': { extended_stats: { field: 'price', sigma: 3 } },
  'extended_stats of nothing': { extended_stats: { field: 'nothing' } },
  'percentiles hdr': {
    percentiles: { field: 'n', percents: [10, 50, 95], hdr: { number_of_significant_value_digits: 3 } },
  },
  'percentiles of nothing': { percentiles: { field: 'nothing', percents: [50] } },
  weighted_avg: { weighted_avg: { value: { field: 'price' }, weight: { field: 'n' } } },
  'weighted_avg missing': {
    weighted_avg: { value: { field: 'price', missing: 1 }, weight: { field: 'n', missing: 2 } },
  },
  'weighted_avg format': { weighted_avg: { value: { field: 'price' }, weight: { field: 'n' }, format: '0.00' } },
  composite: { composite: { sources: [{ t: { terms: { field: 'tag' } } }, { o: { terms: { field: 'ok' } } }] } },
  'composite after': {
    composite: {
      size: 3,
      sources: [{ t: { terms: { field: 'tag', order: 'desc' } } }, { n: { histogram: { field: 'n', interval: 2 } } }],
      after: { t: 'c', n: 0 },
    },
  },
  'composite missing_bucket': {
    composite: {
      size: 20,
      sources: [{ o: { terms: { field: 'ok', missing_bucket: true } } }, { t: { terms: { field: 'tag' } } }],
    },
  },
  'composite date_histogram': {
    composite: { sources: [{ d: { date_histogram: { field: 'at', calendar_interval: '1d', format: 'yyyy-MM-dd' } } }] },
    aggs: price,
  },
  'composite date_histogram in a zone': {
    composite: { sources: [{ d: { date_histogram: { field: 'at', fixed_interval: '24h', time_zone: '+02:00' } } }] },
  },
  'composite ip': { composite: { sources: [{ i: { terms: { field: 'ip' } } }], size: 2, after: { i: '10.0.0.1' } } },
  multi_terms: { multi_terms: { terms: [{ field: 'tag' }, { field: 'ok', missing: false }] } },
  rare_terms: { rare_terms: { field: 'tag' } },
  'rare_terms max_doc_count': { rare_terms: { field: 'tag', max_doc_count: 2, exclude: 'f' } },
  ip_range: {
    ip_range: { field: 'ip', ranges: [{ to: '10.0.0.2' }, { mask: '10.0.0.0/24' }, { key: 'rest', from: '10.0.1.0' }] },
  },
  'ip_range keyed': { ip_range: { field: 'ip', keyed: true, ranges: [{ mask: '10.0.0.0/25' }] }, aggs: price },
  nested: {
    nested: { path: 'user' },
    aggs: { a: { avg: { field: 'user.age' } }, f: { terms: { field: 'user.first' } } },
  },
  'nested of nothing': { nested: { path: 'nothing' }, aggs: { a: { avg: { field: 'user.age' } } } },
  reverse_nested: {
    nested: { path: 'user' },
    aggs: {
      f: {
        terms: { field: 'user.first' },
        aggs: { back: { reverse_nested: {}, aggs: { t: { terms: { field: 'tag' } } } } },
      },
    },
  },
  'nested twice and half back': {
    nested: { path: 'user.logins' },
    aggs: { back: { reverse_nested: { path: 'user' }, aggs: { a: { max: { field: 'user.age' } } } } },
  },
  'nested in nested': {
    nested: { path: 'user' },
    aggs: { l: { nested: { path: 'user.logins' }, aggs: { s: { sum: { field: 'user.logins.count' } } } } },
  },
  'filter in nested': {
    nested: { path: 'user' },
    aggs: {
      f: { filter: { range: { 'user.age': { gt: 25 } } }, aggs: { c: { value_count: { field: 'user.first' } } } },
    },
  },
  derivative: { ...daily, aggs: { ...price, d: { derivative: { buckets_path: 'p' } } } },
  'derivative with gaps filled': {
    ...daily,
    aggs: {
      a: { avg: { field: 'price' } },
      d: { derivative: { buckets_path: 'a', gap_policy: 'insert_zeros', unit: 'hour' } },
    },
  },
  cumulative_sum: { ...daily, aggs: { ...price, c: { cumulative_sum: { buckets_path: 'p' } } } },
  'cumulative_sum of a derivative': {
    ...monthly,
    aggs: { c: { cumulative_sum: { buckets_path: 'd' } }, d: { derivative: { buckets_path: '_count' } } },
  },
  serial_diff: { ...monthly, aggs: { ...price, s: { serial_diff: { buckets_path: 'p' } } } },
  bucket_script: {
    ...monthly,
    aggs: {
      ...price,
      s: { bucket_script: { buckets_path: { p: 'p', c: '_count' }, script: 'params.p / params.c', format: '0.0' } },
    },
  },
  bucket_selector: {
    terms: { field: 'tag' },
    aggs: {
      ...price,
      s: {
        bucket_selector: {
          buckets_path: { p: 'p' },
          script: { source: 'params.p > params.least', params: { least: 8 } },
        },
      },
    },
  },
  bucket_sort: {
    terms: { field: 'tag', order: { _key: 'asc' } },
    aggs: { ...price, s: { bucket_sort: { sort: [{ p: { order: 'desc' } }], size: 2, from: 1 } } },
  },
  'terms ordered by a percentile': {
    terms: { field: 'tag', order: { 'q.50': 'desc' } },
    aggs: { q: { percentiles: { field: 'n', percents: [50], hdr: {} } } },
  },
  'terms ordered by extended_stats': {
    terms: { field: 'tag', order: { 'e.std_deviation': 'desc' } },
    aggs: { e: { extended_stats: { field: 'n' } } },
  },
}
const siblings: Record<string, object> = {}
for (const type of ['avg', 'max', 'min', 'sum', 'stats', 'extended_stats', 'percentiles'])
  siblings[`${type}_bucket`] = { m: { ...monthly, aggs: price }, r: { [`${type}_bucket`]: { buckets_path: 'm>p' } } }
siblings['max_bucket of a nested level'] = {
  f: {
    filter: { exists: { field: 'tag' } },
    aggs: { t: { terms: { field: 'tag' }, aggs: price }, x: { max_bucket: { buckets_path: 't>p' } } },
  },
}

const hits: Record<string, object> = {
  'collapse by score': {
    collapse: { field: 'lower' },
    query: { function_score: { field_value_factor: { field: 'n' }, boost_mode: 'replace' } },
    _source: false,
  },
  'collapse with inner_hits': {
    collapse: { field: 'lower', inner_hits: { name: 'all', size: 2, sort: [{ n: 'desc' }], _source: ['n'] } },
    sort: ['n'],
    _source: false,
  },
  'sort by script': {
    sort: [{ _script: { type: 'number', script: { source: "doc['n'].value % 3" }, order: 'desc' } }, 'n'],
    _source: false,
  },
  'sort by string script': {
    sort: [{ _script: { type: 'string', script: "doc['tag'].size() == 0 ? 'z' : doc['tag'].value" } }, 'n'],
    _source: false,
  },
  script_fields: {
    sort: ['n'],
    size: 3,
    script_fields: {
      double: { script: "doc['n'].value * 2" },
      tags: { script: "doc['tag']" },
      ok: { script: "doc['n'].value > 1" },
    },
  },
  'script_fields with _source': {
    sort: ['n'],
    size: 1,
    _source: ['n'],
    script_fields: { a: { script: { source: 'params.x + 0.5', params: { x: 1 } } } },
  },
  'stored_fields none': { sort: ['n'], size: 1, stored_fields: '_none_' },
  'stored_fields without any': { sort: ['n'], size: 1, stored_fields: [] },
  'stored_fields _source': { sort: ['n'], size: 1, stored_fields: ['_source'] },
  highlight: {
    query: { match: { body: 'fox dog' } },
    sort: ['n'],
    _source: false,
    highlight: { fields: { body: {} } },
  },
  'highlight tags': {
    query: { match: { title: 'quick' } },
    sort: ['n'],
    _source: false,
    highlight: { pre_tags: ['<b>'], post_tags: ['</b>'], fields: { title: { number_of_fragments: 0 } } },
  },
  'highlight of another field': {
    query: { match: { title: 'fox' } },
    sort: ['n'],
    _source: false,
    highlight: { require_field_match: false, fields: { 'b*': {}, title: {} } },
  },
  'highlight of a query_string': {
    query: { query_string: { query: 'body:fox* AND title:quick' } },
    sort: ['n'],
    _source: false,
    highlight: { fields: { '*': {} } },
  },
  'highlight keyword': {
    query: { term: { tag: 'a' } },
    sort: ['n'],
    size: 2,
    _source: false,
    highlight: { fields: { tag: {} } },
  },
  'highlight no_match_size': {
    query: { term: { n: 1 } },
    _source: false,
    highlight: { fields: { body: { no_match_size: 10 } } },
  },
  'docvalue_fields with a number format': {
    sort: ['n'],
    size: 2,
    _source: false,
    docvalue_fields: [{ field: 'n', format: '#.0' }],
  },
}

export const MORE_REFUSED: Record<string, object> = {
  ...SCRIPT_REFUSED,
  'nested of an unmapped path': { query: { nested: { path: 'nothing', query: { match_all: {} } } } },
  'nested of an object that is none': { query: { nested: { path: 'title', query: { match_all: {} } } } },
  'nested without a path': { query: { nested: { query: { match_all: {} } } } },
  'boosting without negative_boost': {
    query: { boosting: { positive: { match_all: {} }, negative: { match_all: {} } } },
  },
  'wrapper empty': { query: { wrapper: { query: '' } } },
  'regexp with an unknown flag': { query: { regexp: { tag: { value: 'a', flags: 'SOME' } } } },
  'sort by string script with a mode of numbers': {
    sort: [{ _script: { type: 'string', script: "'a'", mode: 'sum' } }],
  },
  'fuzzy on a number': { query: { fuzzy: { n: 'x' } } },
}

export const MORE_REQUESTS: Record<string, object> = {
  ...SCRIPT_REQUESTS,
  ...Object.fromEntries(Object.entries(queries).map(([name, query]) => [`more query: ${name}`, ordered(query)])),
  ...Object.fromEntries(
    Object.entries(aggregations).map(([name, body]) => [`more aggregation: ${name}`, { size: 0, aggs: { r: body } }]),
  ),
  ...Object.fromEntries(
    Object.entries(siblings).map(([name, aggs]) => [`more aggregation: ${name}`, { size: 0, aggs }]),
  ),
  ...Object.fromEntries(Object.entries(hits).map(([name, body]) => [`more hits: ${name}`, body])),
  ...Object.fromEntries(Object.entries(scores).map(([name, query]) => [`more score: ${name}`, scored(query)])),
}
