/** Processors and documents for `_ingest/pipeline/_simulate`, sent to Vedetta and to OpenSearch: the answers must be the same. */
export interface IngestCase {
  readonly title: string
  readonly processors: readonly object[]
  /** Fields of each document. */
  readonly docs: readonly object[]
  /** Where the words of an error differ: only that there is one. */
  readonly anyError?: boolean
}

export const INGEST_CASES: readonly IngestCase[] = [
  { title: 'set a value', processors: [{ set: { field: 'a.b', value: 1 } }], docs: [{}, { a: { c: 2 } }, { a: 'x' }] },
  {
    title: 'set a template',
    processors: [{ set: { field: '{{k}}', value: '{{a}} and {{{b.c}}}' } }],
    docs: [{ k: 'f', a: 'x', b: { c: '<y>' } }],
  },
  {
    title: 'set without override',
    processors: [{ set: { field: 'a', value: 'new', override: false } }],
    docs: [{ a: 'old' }, { a: null }, {}],
  },
  {
    title: 'set ignores what is empty',
    processors: [{ set: { field: 'a', value: '{{none}}', ignore_empty_value: true } }],
    docs: [{ a: 1 }, {}],
  },
  { title: 'set the index', processors: [{ set: { field: '_index', value: 'other-{{t}}' } }], docs: [{ t: 'x' }] },
  { title: 'set into a list', processors: [{ set: { field: 'a.1', value: 'x' } }], docs: [{ a: [1, 2] }, { a: [1] }] },
  { title: 'remove fields', processors: [{ remove: { field: ['a', 'b.c'] } }], docs: [{ a: 1, b: { c: 2, d: 3 } }] },
  {
    title: 'remove what is not there',
    processors: [{ remove: { field: 'a', ignore_missing: true } }],
    docs: [{}, { a: 1 }],
  },
  {
    title: 'remove what is not there fails',
    processors: [{ remove: { field: 'a' } }],
    anyError: true,
    docs: [{ b: 1 }],
  },
  {
    title: 'rename',
    processors: [{ rename: { field: 'a', target_field: 'x.y' } }],
    docs: [{ a: 1 }, { b: 1 }, { a: 1, x: { y: 2 } }],
  },
  {
    title: 'append',
    processors: [{ append: { field: 'tags', value: ['x', '{{a}}'] } }],
    docs: [{ a: 'y' }, { tags: 'z', a: 'y' }, { tags: ['x'], a: 'x' }],
  },
  {
    title: 'append without doubles',
    processors: [{ append: { field: 'tags', value: ['x', 'y'], allow_duplicates: false } }],
    docs: [{ tags: ['x'] }],
  },
  { title: 'lowercase', processors: [{ lowercase: { field: 'a' } }], docs: [{ a: 'ÄBc' }, { a: 1 }, { b: 1 }] },
  {
    title: 'uppercase of a list',
    processors: [{ uppercase: { field: 'a', target_field: 'b' } }],
    docs: [{ a: ['x', 'y'] }],
  },
  { title: 'trim', processors: [{ trim: { field: 'a' } }], docs: [{ a: '  x y \t' }] },
  {
    title: 'split',
    processors: [{ split: { field: 'a', separator: '\\s*,\\s*' } }],
    docs: [{ a: 'x, y ,z,,' }, { a: '' }, { a: 7 }],
  },
  {
    title: 'split keeps the end',
    processors: [{ split: { field: 'a', separator: ',', preserve_trailing: true } }],
    docs: [{ a: 'x,,' }],
  },
  {
    title: 'join',
    processors: [{ join: { field: 'a', separator: '-' } }],
    docs: [{ a: ['x', 1, 2.5, true] }, { a: 'x' }],
  },
  {
    title: 'gsub',
    processors: [{ gsub: { field: 'a', pattern: '(\\d+)\\.', replacement: '<$1>' } }],
    docs: [{ a: '10.20.x' }, { a: ['1.', 'b'] }],
  },
  {
    title: 'convert to integer',
    processors: [{ convert: { field: 'a', type: 'integer' } }],
    docs: [{ a: '12' }, { a: '-7' }, { a: '0x1f' }, { a: 'x' }, { a: '99999999999' }, { a: ['1', '2'] }],
  },
  { title: 'convert to long', processors: [{ convert: { field: 'a', type: 'long' } }], docs: [{ a: '99999999999' }] },
  {
    title: 'convert to double',
    processors: [{ convert: { field: 'a', type: 'double' } }],
    docs: [{ a: '1.5' }, { a: '2' }, { a: 'x' }],
  },
  {
    title: 'convert to float',
    processors: [{ convert: { field: 'a', type: 'float' } }],
    docs: ['0.1', '16777217', '3.14159274', '1.17549435E-38', '123456.789', '-0.0', 'x'].map((a) => ({ a })),
  },
  {
    title: 'grok float',
    processors: [{ grok: { field: 'a', patterns: ['%{NUMBER:n:float}'] } }],
    docs: ['0.1', '16777217', '123456.789', '0.3333333333'].map((a) => ({ a })),
  },
  {
    title: 'convert to boolean',
    processors: [{ convert: { field: 'a', type: 'boolean' } }],
    docs: [{ a: 'TRUE' }, { a: 'false' }, { a: 'yes' }],
  },
  {
    title: 'convert to string',
    processors: [{ convert: { field: 'a', type: 'string' } }],
    docs: [{ a: 1 }, { a: true }, { a: 2.5 }],
  },
  {
    title: 'convert by itself',
    processors: [{ convert: { field: 'a', type: 'auto' } }],
    docs: [{ a: '12' }, { a: '1.5' }, { a: 'true' }, { a: 'x1' }, { a: 5 }],
  },
  {
    title: 'convert what is not there',
    processors: [{ convert: { field: 'a', type: 'integer' } }],
    docs: [{ b: 1 }, { a: null }],
  },
  {
    title: 'date ISO8601',
    processors: [{ date: { field: 't', formats: ['ISO8601'] } }],
    docs: [{ t: '2024-02-29T10:11:12.345Z' }, { t: '2024-02-29T10:11:12+02:00' }, { t: 'no date' }],
  },
  {
    title: 'date UNIX',
    processors: [{ date: { field: 't', formats: ['UNIX'] } }],
    docs: [{ t: '1700000000' }, { t: '1700000000.5' }],
  },
  {
    title: 'date UNIX_MS',
    processors: [{ date: { field: 't', formats: ['UNIX_MS'], target_field: 'when' } }],
    docs: [{ t: '1700000000123' }],
  },
  {
    title: 'date by a pattern',
    processors: [{ date: { field: 't', formats: ['dd/MMM/yyyy:HH:mm:ss Z', 'yyyy-MM-dd'] } }],
    docs: [{ t: '10/Oct/2023:13:55:36 -0700' }, { t: '2023-05-06' }],
  },
  {
    title: 'date in a zone',
    processors: [{ date: { field: 't', formats: ['yyyy-MM-dd HH:mm:ss'], timezone: 'Europe/Berlin' } }],
    docs: [{ t: '2024-07-01 12:00:00' }, { t: '2024-01-01 12:00:00' }],
  },
  {
    title: 'date with an output format',
    processors: [{ date: { field: 't', formats: ['UNIX'], output_format: 'yyyy/MM/dd' } }],
    docs: [{ t: '1700000000' }],
  },
  {
    title: 'json',
    processors: [{ json: { field: 'j', target_field: 'o' } }],
    docs: [{ j: '{"a":[1,2.0,null]}' }, { j: '7' }],
  },
  { title: 'json that is none', processors: [{ json: { field: 'j' } }], docs: [{ j: '{' }], anyError: true },
  {
    title: 'json to the root',
    processors: [{ json: { field: 'j', add_to_root: true } }],
    docs: [{ j: '{"a":1}', a: 0 }],
  },
  {
    title: 'kv',
    processors: [{ kv: { field: 'm', field_split: ' ', value_split: '=' } }],
    docs: [{ m: 'ip=1.2.3.4 error=REFUSED' }, { m: 'a=1 a=2 b=x=y' }, { m: 'nothing' }],
  },
  {
    title: 'kv with all options',
    processors: [
      {
        kv: {
          field: 'm',
          field_split: '&',
          value_split: '=',
          target_field: 'q',
          prefix: 'p_',
          include_keys: ['a', 'b'],
          trim_key: ' ',
          trim_value: ' ',
          strip_brackets: true,
        },
      },
    ],
    docs: [{ m: ' a = (1) &b="x"&c=3' }],
  },
  {
    title: 'csv',
    processors: [{ csv: { field: 'l', target_fields: ['a', 'b', 'c'] } }],
    docs: [{ l: 'x,"y, ""z""",3' }, { l: 'x,,3,4' }, { l: 'x' }],
  },
  {
    title: 'csv with options',
    processors: [
      { csv: { field: 'l', target_fields: ['a', 'b'], separator: ';', quote: "'", trim: true, empty_value: '-' } },
    ],
    docs: [{ l: " x ; 'y;' " }, { l: ';' }],
  },
  {
    title: 'dissect',
    processors: [{ dissect: { field: 'm', pattern: '%{ts} %{+ts} [%{level->}] %{?skip} %{*k}=%{&k} %{rest}' } }],
    docs: [{ m: '2024 01 [INFO   ] x a=1 the rest' }],
  },
  {
    title: 'dissect appends in order',
    processors: [{ dissect: { field: 'm', pattern: '%{+n/2} %{+n/1} %{z}', append_separator: '-' } }],
    docs: [{ m: 'b a c' }],
  },
  {
    title: 'dissect without a match',
    processors: [{ dissect: { field: 'm', pattern: '%{a}:%{b}' } }],
    docs: [{ m: 'no colon' }],
    anyError: true,
  },
  {
    title: 'grok',
    processors: [
      {
        grok: {
          field: 'm',
          patterns: ['%{IP:client.ip} %{WORD:method} %{URIPATHPARAM:request} %{NUMBER:bytes:int} %{NUMBER:took:float}'],
        },
      },
    ],
    docs: [{ m: '55.3.244.1 GET /index.html 15824 0.043' }],
  },
  {
    title: 'grok with types',
    processors: [
      { grok: { field: 'm', patterns: ['^%{NUMBER:a.n:long} %{NUMBER:d:double} %{WORD:b:boolean} %{WORD:w:other}$'] } },
    ],
    docs: [{ m: '140413273032448 2.50 true x' }, { m: '1 2 no y' }],
  },
  {
    title: 'grok with a number that is none',
    processors: [{ grok: { field: 'm', patterns: ['%{NOTSPACE:n:int} %{NOTSPACE:l:long}'] } }],
    docs: [{ m: '1.5 2' }, { m: '3000000000 2' }, { m: '1 x' }],
    anyError: true,
  },
  {
    title: 'grok with a field twice, and with nothing in it',
    processors: [{ grok: { field: 'm', patterns: ['^a%{WORD:x}?,(?:%{WORD:x})?,%{GREEDYDATA:y}$'] } }],
    docs: [{ m: 'ab,c,' }, { m: 'a,c,d' }, { m: 'a,,' }],
  },
  {
    title: 'grok over several lines',
    processors: [
      { grok: { field: 'm', patterns: ['^%{WORD:a} %{GREEDYDATA:rest}$'] } },
      { grok: { field: 'm', patterns: ['(?m)^%{WORD:b} %{GREEDYDATA:all}$'] } },
      { grok: { field: 'm', patterns: ['%{DATA:first}\\n%{GREEDYDATA:second}'] } },
      { grok: { field: 'm', patterns: ['^%{WORD:last} end$'] } },
      { grok: { field: 'm', patterns: ['%{GREEDYDATA:before}r end'] } },
    ],
    docs: [{ m: 'x one\ntwo three\nfour end' }],
  },
  {
    title: 'grok with groups that may be left out',
    processors: [
      { grok: { field: 'm', patterns: [':(%{DATA:d})? %{WORD:k}=%{GREEDYDATA:v}'] } },
      { grok: { field: 'm', patterns: ['^(?<a>(?:[)(:]*)?)?(?<b> )??(?<c>.*)$'] } },
    ],
    docs: [{ m: ': op=start ver=1' }, { m: ':avc: op=start ver=1' }],
  },
  {
    title: 'longs in scripts',
    processors: [
      { grok: { field: 'm', patterns: ['%{NUMBER:a:long} %{NUMBER:b:int}'] } },
      { convert: { field: 'c', type: 'long' } },
      { script: { source: 'ctx.a2 = ctx.a * 1000000; ctx.b2 = ctx.b * 1000000; ctx.c2 = ctx.c * 1000000' } },
    ],
    docs: [{ m: '2606 2606', c: '2606' }],
  },
  {
    title: 'split into nothing',
    processors: [{ split: { field: 'a', separator: '\\|' } }, { split: { field: 'b', separator: ',' } }],
    docs: [
      { a: '||', b: '' },
      { a: 'x||', b: ',,y' },
    ],
  },
  {
    title: 'names of zones',
    processors: [{ date: { field: 'd', formats: ['yyyy-MM-dd HH:mm:ss.SSS zz', 'yyyy-MM-dd HH:mm:ss zz'] } }],
    docs: [
      { d: '2020-01-15 12:02:55 CET' },
      { d: '2017-07-31 13:36:43 EST' },
      { d: '2017-12-31 13:36:43 MSK' },
      { d: '2017-12-31 13:36:43 UTC' },
      { d: '2017-06-30 13:36:43 EET' },
    ],
  },
  {
    title: 'grok, the second pattern',
    processors: [
      {
        grok: {
          field: 'm',
          patterns: ['%{INT:n} apples', '%{FRUIT:f}'],
          pattern_definitions: { FRUIT: 'pears|plums' },
          trace_match: true,
        },
      },
    ],
    docs: [{ m: 'plums' }],
  },
  {
    title: 'grok without a match',
    processors: [{ grok: { field: 'm', patterns: ['^%{INT:n}$'] } }],
    docs: [{ m: 'x' }],
  },
  {
    title: 'bytes',
    processors: [{ bytes: { field: 's' } }],
    docs: [{ s: '1kb' }, { s: '7b' }, { s: '7' }],
    anyError: true,
  },
  { title: 'urldecode', processors: [{ urldecode: { field: 'u' } }], docs: [{ u: 'a%20b+c%C3%A4' }] },
  { title: 'html_strip', processors: [{ html_strip: { field: 'h' } }], docs: [{ h: 'a <b>bold</b> &amp; more' }] },
  { title: 'sort', processors: [{ sort: { field: 'l', order: 'desc' } }], docs: [{ l: [3, 1, 2] }, { l: ['b', 'a'] }] },
  {
    title: 'dot_expander',
    processors: [{ dot_expander: { field: 'a.b' } }],
    docs: [{ 'a.b': 1 }, { 'a.b': 1, a: { c: 2 } }, { 'a.b': 1, a: { b: 2 } }],
  },
  {
    title: 'script',
    processors: [
      { script: { source: "ctx.sum = ctx.a + params.n; ctx.tags = ['x']; ctx.remove('a')", params: { n: 2 } } },
    ],
    docs: [{ a: 1 }],
  },
  {
    title: 'script moves the document',
    processors: [{ script: { source: "ctx._index = 'moved'; ctx._id = 'new'" } }],
    docs: [{}],
  },
  {
    title: 'if',
    processors: [{ set: { field: 'x', value: 1, if: "ctx.a == 'y'" } }],
    docs: [{ a: 'y' }, { a: 'n' }, {}],
  },
  {
    title: 'if looks into objects',
    processors: [{ set: { field: 'x', value: 1, if: "ctx.network?.name == 'Guest' && ctx.tags.contains('t')" } }],
    docs: [{ network: { name: 'Guest' }, tags: ['t'] }, {}],
  },
  {
    title: 'drop',
    processors: [{ drop: { if: 'ctx.a == 1' } }, { set: { field: 'b', value: 1 } }],
    docs: [{ a: 1 }, { a: 2 }],
  },
  { title: 'fail', processors: [{ fail: { message: 'no {{a}}' } }], docs: [{ a: 'x' }] },
  {
    title: 'fail with a handler',
    processors: [
      {
        fail: {
          message: 'no',
          on_failure: [
            { set: { field: 'e', value: '{{_ingest.on_failure_message}} {{_ingest.on_failure_processor_type}}' } },
          ],
        },
      },
      { set: { field: 'after', value: true } },
    ],
    docs: [{}],
  },
  {
    title: 'ignore_failure',
    processors: [
      { rename: { field: 'none', target_field: 'x', ignore_failure: true } },
      { set: { field: 'b', value: 1 } },
    ],
    docs: [{}],
  },
  {
    title: 'foreach',
    processors: [{ foreach: { field: 'l', processor: { uppercase: { field: '_ingest._value' } } } }],
    docs: [{ l: ['a', 'b'] }],
  },
  {
    title: 'foreach of objects',
    processors: [{ foreach: { field: 'l', processor: { remove: { field: '_ingest._value.id' } } } }],
    docs: [{ l: [{ id: 1, n: 'x' }, { id: 2 }] }],
  },
  {
    title: 'foreach with a template',
    processors: [{ foreach: { field: 'l', processor: { append: { field: 'out', value: ['<{{_ingest._value}}>'] } } } }],
    docs: [{ l: ['a', 'b'] }],
  },
  { title: 'an unknown processor', processors: [{ frobnicate: {} }], docs: [{}], anyError: true },
  {
    title: 'an unknown option',
    processors: [{ set: { field: 'a', value: 1, wrong: true } }],
    docs: [{}],
    anyError: true,
  },
  { title: 'a missing option', processors: [{ set: { value: 1 } }], docs: [{}], anyError: true },
  {
    title: 'a condition that is no script',
    processors: [{ set: { field: 'a', value: 1, if: 'ctx.' } }],
    docs: [{}],
    anyError: true,
  },
]
