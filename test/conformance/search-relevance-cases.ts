/** Documents and requests of the search suite about relevance, scripts, nested documents and compound queries. */
import type { IndexFixture } from './search-cases.ts'

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

export const MORE_REFUSED: Record<string, object> = {
  'nested of an unmapped path': { query: { nested: { path: 'nothing', query: { match_all: {} } } } },
  'nested of an object that is none': { query: { nested: { path: 'title', query: { match_all: {} } } } },
  'nested without a path': { query: { nested: { query: { match_all: {} } } } },
  'boosting without negative_boost': {
    query: { boosting: { positive: { match_all: {} }, negative: { match_all: {} } } },
  },
  'wrapper empty': { query: { wrapper: { query: '' } } },
  'fuzzy on a number': { query: { fuzzy: { n: 'x' } } },
}

export const MORE_REQUESTS: Record<string, object> = {
  ...Object.fromEntries(Object.entries(queries).map(([name, query]) => [`more query: ${name}`, ordered(query)])),
  ...Object.fromEntries(Object.entries(scores).map(([name, query]) => [`more score: ${name}`, scored(query)])),
}
