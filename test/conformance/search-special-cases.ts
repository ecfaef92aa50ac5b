/** Requests by the places of terms, and the specialized queries, of the search suite; documents of their own. */
import type { IndexFixture } from './search-cases.ts'

export const SPECIAL_INDEX: IndexFixture = {
  name: 'conformance-special',
  mapping: {
    properties: {
      body: { type: 'text' },
      title: { type: 'text' },
      tight: { type: 'text', position_increment_gap: 0 },
      plain: { type: 'text', norms: false },
      once: { type: 'text', index_options: 'docs' },
      often: { type: 'text', index_options: 'freqs' },
      quoted: { type: 'text', analyzer: 'standard', search_quote_analyzer: 'whitespace' },
      split: { type: 'keyword', split_queries_on_whitespace: true },
      hidden: { type: 'long', doc_values: false },
      word: { type: 'keyword' },
      skills: { type: 'keyword' },
      needed: { type: 'long' },
      rank: { type: 'rank_feature' },
      length: { type: 'rank_feature', positive_score_impact: false },
    },
  },
  documents: [
    {
      body: 'the quick brown fox jumps over the lazy dog',
      title: 'quick fox',
      tight: ['alpha beta', 'gamma delta'],
      plain: 'one two two and a long tail of other words',
      once: 'one two two',
      often: 'one two two',
      quoted: 'one Two',
      split: 'one',
      hidden: 7,
      word: 'fox',
      skills: ['ssh', 'ftp'],
      needed: 2,
      rank: 8.25,
      length: 20,
    },
    {
      body: 'a brown dog and a quick brown dog met a fox',
      title: 'brown dog',
      tight: ['gamma', 'beta'],
      plain: 'two',
      once: 'two',
      often: 'two',
      quoted: 'one two',
      split: 'two',
      word: 'dog',
      skills: ['ssh'],
      needed: 1,
      rank: 0.4,
      length: 3,
    },
    {
      body: 'fox fox fox',
      title: 'only foxes',
      word: 'fox',
      skills: ['http', 'ssh', 'smtp'],
      needed: 3,
      rank: 120,
    },
    {
      body: ['first value ends with quick', 'fox starts the second'],
      title: 'two values',
      word: 'values',
      skills: ['dns'],
      needed: 0,
      length: 7.5,
    },
    { body: 'nothing of the kind, but a quickly running foxhound', title: 'dog', needed: 1 },
    { body: 'brown brown dog quick quick fox dog brown', title: 'quick dog', skills: ['ftp', 'http'], rank: 1 },
    { title: 'no body', skills: ['ssh', 'http'], needed: 2 },
  ],
}

const term = (value: string, field = 'body'): object => ({ span_term: { [field]: value } })
const near = (slop: number, inOrder: boolean, ...clauses: object[]): object => ({
  span_near: { clauses, slop, in_order: inOrder },
})
const multi = (match: object): object => ({ span_multi: { match } })

const SPANS: Readonly<Record<string, object>> = {
  span_term: term('fox'),
  'span_term as an object with a boost': { span_term: { body: { value: 'quick', boost: 2.5 } } },
  'span_term of a term that is nowhere': term('cat'),
  'span_term of a field that is not mapped': term('fox', 'elsewhere'),
  'span_near in order': near(1, true, term('quick'), term('fox')),
  'span_near in order and wide': near(6, true, term('brown'), term('fox')),
  'span_near in any order': near(3, false, term('dog'), term('quick')),
  'span_near in any order, three': near(8, false, term('dog'), term('quick'), term('brown')),
  'span_near of a term with itself': near(0, true, term('fox'), term('fox')),
  'span_near of a term with itself, in any order': near(0, false, term('fox'), term('fox')),
  'span_near across two values': near(99, true, term('quick'), term('fox')),
  'span_near across two values, wide enough': near(100, true, term('quick'), term('fox')),
  'span_near across two values without a gap': near(0, true, term('beta', 'tight'), term('gamma', 'tight')),
  'span_near within a span_near': near(4, true, near(0, true, term('quick'), term('brown')), term('dog')),
  'span_near with a gap': near(0, true, term('quick'), { span_gap: { body: 1 } }, term('fox')),
  span_or: { span_or: { clauses: [term('lazy'), term('quickly'), term('fox')] } },
  'span_or within span_near': near(1, true, { span_or: { clauses: [term('lazy'), term('brown')] } }, term('dog')),
  span_first: { span_first: { match: term('fox'), end: 4 } },
  'span_first of a span_near': { span_first: { match: near(2, false, term('dog'), term('brown')), end: 3 } },
  span_not: { span_not: { include: term('fox'), exclude: near(1, true, term('quick'), term('fox')) } },
  'span_not with pre and post': { span_not: { include: term('dog'), exclude: term('brown'), pre: 1, post: 0 } },
  'span_not with dist': { span_not: { include: term('dog'), exclude: term('fox'), dist: 3 } },
  span_containing: { span_containing: { little: term('brown'), big: near(5, true, term('quick'), term('fox')) } },
  'span_containing, long ones': {
    span_containing: { little: term('quick'), big: near(9, false, term('brown'), term('dog')) },
  },
  span_within: { span_within: { little: term('brown'), big: near(5, true, term('quick'), term('fox')) } },
  'span_multi with a prefix': multi({ prefix: { body: { value: 'fox' } } }),
  'span_multi with a wildcard': near(2, true, multi({ wildcard: { body: { value: 'qu*k*' } } }), term('fox')),
  'span_multi with a fuzzy term': multi({ fuzzy: { body: { value: 'brewn', fuzziness: 1 } } }),
  'span_multi with a regexp': multi({ regexp: { body: 'd.g' } }),
  'span_multi with a range': multi({ range: { body: { gte: 'dog', lt: 'fox' } } }),
  field_masking_span: near(5, false, term('fox'), {
    field_masking_span: { query: term('dog', 'title'), field: 'body' },
  }),
  'spans in a bool': { bool: { must: [term('fox')], must_not: [near(0, true, term('fox'), term('fox'))] } },
}

const text = 'quick brown dog fox'
const mlt = (options: object): object => ({ more_like_this: { min_term_freq: 1, min_doc_freq: 1, ...options } })

const SPECIALIZED: Readonly<Record<string, object>> = {
  'more_like_this of a text': mlt({ fields: ['body'], like: text }),
  'more_like_this with all terms': mlt({ fields: ['body'], like: text, minimum_should_match: '100%' }),
  'more_like_this with few terms': mlt({ fields: ['body'], like: 'the lazy quick brown dog', max_query_terms: 2 }),
  'more_like_this of two texts': mlt({ fields: ['body', 'title'], like: ['quick fox', 'brown dog'] }),
  'more_like_this with frequencies': {
    more_like_this: { fields: ['body'], like: 'brown brown dog', min_term_freq: 2, min_doc_freq: 2 },
  },
  'more_like_this by default asks for much': { more_like_this: { fields: ['body'], like: text } },
  'more_like_this with a highest frequency': mlt({ fields: ['body'], like: text, max_doc_freq: 3 }),
  'more_like_this with lengths of words': mlt({
    fields: ['body'],
    like: 'a dog is quick',
    min_word_length: 4,
    max_word_length: 5,
  }),
  'more_like_this with stop words': mlt({ fields: ['body'], like: text, stop_words: ['dog', 'fox'] }),
  'more_like_this without': mlt({ fields: ['body'], like: text, unlike: 'fox dog' }),
  'more_like_this of a document': mlt({ fields: ['body'], like: { _index: 'conformance-special', _id: '1' } }),
  'more_like_this of a document, itself too': mlt({
    fields: ['body', 'title'],
    like: [{ _index: 'conformance-special', _id: '1' }],
    include: true,
  }),
  'more_like_this of a document that is not there': mlt({
    fields: ['body'],
    like: { _index: 'conformance-special', _id: 'none' },
  }),
  'more_like_this of a document of the request': mlt({
    fields: ['body'],
    like: { _index: 'conformance-special', doc: { body: 'a lazy fox' } },
  }),
  'terms_set by a field': {
    terms_set: { skills: { terms: ['ssh', 'ftp', 'http'], minimum_should_match_field: 'needed' } },
  },
  'terms_set by a script': {
    terms_set: {
      skills: {
        terms: ['ssh', 'http'],
        minimum_should_match_script: { source: "Math.min(params.num_terms, doc['needed'].size() == 0 ? 1 : 2)" },
        boost: 3,
      },
    },
  },
  'terms_set of a text': { terms_set: { body: { terms: ['fox', 'dog'], minimum_should_match_field: 'needed' } } },
  rank_feature: { rank_feature: { field: 'rank' } },
  'rank_feature saturation': { rank_feature: { field: 'rank', saturation: { pivot: 8 }, boost: 2 } },
  'rank_feature log': { rank_feature: { field: 'rank', log: { scaling_factor: 4 } } },
  'rank_feature sigmoid': { rank_feature: { field: 'rank', sigmoid: { pivot: 7, exponent: 0.6 } } },
  'rank_feature linear': { rank_feature: { field: 'rank', linear: {} } },
  'rank_feature that is better where it is less': { rank_feature: { field: 'length' } },
  'rank_feature that is better where it is less, with a pivot': {
    rank_feature: { field: 'length', saturation: { pivot: 5 } },
  },
  'rank_feature beside a query': {
    bool: { must: [{ match: { body: 'fox' } }], should: [{ rank_feature: { field: 'rank' } }] },
  },
  'term on a keyword': { term: { word: 'fox' } },
  'term on a keyword of several values': { term: { skills: 'ssh' } },
  'match on a keyword': { match: { word: { query: 'dog', boost: 2 } } },
  'term on a number': { term: { needed: 2 } },
  'terms on a keyword': { terms: { word: ['fox', 'dog'] } },
  'match without norms': { match: { plain: 'two' } },
  'match where terms are not counted': { match: { once: 'two' } },
  'match where terms have no places': { match: { often: 'two' } },
  'match_phrase of one word where terms have no places': { match_phrase: { often: 'two' } },
  'match_phrase with an analyzer of its own': { match_phrase: { quoted: 'one Two' } },
  'match_phrase with an analyzer of its own, in small letters': { match_phrase: { quoted: 'one two' } },
  'match on a keyword of several words': { match: { split: 'one two three' } },
  'term without doc values': { term: { hidden: 7 } },
  'exists of a rank_feature': { exists: { field: 'rank' } },
}

const SHOWN = { size: 20, _source: false, track_scores: true, sort: ['_score', { needed: 'asc' }, '_id'] }

export const SPECIAL_REQUESTS: Readonly<Record<string, object>> = {
  ...Object.fromEntries(
    Object.entries({ ...SPANS, ...SPECIALIZED }).map(([name, query]) => [`special score ${name}`, { ...SHOWN, query }]),
  ),
  'special more_like_this of a keyword': {
    query: mlt({ fields: ['word'], like: 'fox' }),
    _source: false,
    sort: ['_id'],
  },
  'special match_phrase across two values without a gap': {
    query: { match_phrase: { tight: 'beta gamma' } },
    _source: false,
  },
  'special match_phrase across two values with slop': {
    query: { match_phrase: { body: { query: 'quick fox', slop: 101 } } },
    _source: false,
    sort: ['_id'],
  },
}

export const SPECIAL_REFUSED: Readonly<Record<string, object>> = {
  'span_near without clauses': { query: { span_near: { slop: 1 } } },
  'span_near of something else': { query: near(1, true, { match: { body: 'x' } }) },
  'span_near with a boost within': { query: near(1, true, { span_term: { body: { value: 'x', boost: 2 } } }) },
  'span_near over two fields': { query: near(1, true, term('x'), term('y', 'title')) },
  'span_near with an unknown key': { query: { span_near: { clauses: [term('x')], wide: 1 } } },
  'span_or without clauses': { query: { span_or: {} } },
  'span_first without end': { query: { span_first: { match: term('x') } } },
  'span_not with dist and pre': { query: { span_not: { include: term('x'), exclude: term('y'), dist: 1, pre: 1 } } },
  'span_multi of something else': { query: multi({ term: { body: 'x' } }) },
  'more_like_this without like': { query: { more_like_this: { fields: ['body'] } } },
  'more_like_this of no fields': { query: { more_like_this: { fields: [], like: 'x' } } },
  'terms_set without a minimum': { query: { terms_set: { skills: { terms: ['a'] } } } },
  'rank_feature of another field': { query: { rank_feature: { field: 'needed' } } },
  'rank_feature with two functions': {
    query: { rank_feature: { field: 'rank', log: { scaling_factor: 1 }, linear: {} } },
  },
  'rank_feature log of one that is better where it is less': {
    query: { rank_feature: { field: 'length', log: { scaling_factor: 4 } } },
  },
  'match_phrase where terms have no places': { query: { match_phrase: { often: 'one two' } } },
  'sort without doc values': { sort: ['hidden'] },
  'terms without doc values': { aggs: { a: { terms: { field: 'hidden' } } } },
  'term on a rank_feature': { query: { term: { rank: 8 } } },
}
