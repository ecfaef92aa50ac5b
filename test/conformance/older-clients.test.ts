import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { request as ask } from 'undici'
import { RestServer } from './rest-server.ts'

const OLDER = 'application/vnd.elasticsearch+json;compatible-with=7'

const server = new RestServer()

beforeAll(() => server.open())
afterAll(() => server.end())

interface Row {
  readonly send: string
  readonly body?: unknown
  readonly status?: number
  /** Part of the answer. */
  readonly answer?: unknown
}

const tweet = { properties: { user: { type: 'keyword' }, message: { type: 'text' } } }

const plain = (type: string): object => ({
  [`${type}_fields`]: { match: '*', match_mapping_type: type, mapping: { type, doc_values: true } },
})
const analyzed = { type: 'string', index: 'analyzed', omit_norms: true, fielddata: { format: 'disabled' } }
const raw = { type: 'string', index: 'not_analyzed', doc_values: true, ignore_above: 256 }
const LOGSTASH_2 = {
  template: 'old-*',
  settings: { 'index.refresh_interval': '5s' },
  mappings: {
    _default_: {
      _all: { enabled: true, omit_norms: true },
      dynamic_templates: [
        { message_field: { match: 'message', match_mapping_type: 'string', mapping: analyzed } },
        { string_fields: { match: '*', match_mapping_type: 'string', mapping: { ...analyzed, fields: { raw } } } },
        ...['float', 'double', 'byte', 'short', 'integer', 'long', 'date', 'geo_point'].map(plain),
      ],
      properties: {
        '@timestamp': { type: 'date', doc_values: true },
        '@version': { type: 'string', index: 'not_analyzed', doc_values: true },
        geoip: {
          type: 'object',
          dynamic: true,
          properties: { ip: { type: 'ip', doc_values: true }, location: { type: 'geo_point', doc_values: true } },
        },
      },
    },
  },
}

describe('requests of Elasticsearch 2 to 7 by types', () => {
  const rows: readonly Row[] = [
    // The first steps of the older reference: an index that a document makes takes several types.
    {
      send: 'PUT /twitter/user/kimchy',
      body: { name: 'Shay Banon' },
      status: 201,
      answer: { _index: 'twitter', _type: 'user', _id: 'kimchy', result: 'created' },
    },
    { send: 'PUT /twitter/tweet/1', body: { user: 'kimchy', message: 'one' }, status: 201, answer: { _type: 'tweet' } },
    { send: 'PUT /twitter/tweet/2?op_type=create', body: { user: 'kimchy', message: 'two' }, status: 201 },
    { send: 'PUT /twitter/tweet/2/_create', body: { user: 'kimchy' }, status: 409 },
    {
      send: 'POST /twitter/tweet',
      body: { user: 'elkbee', message: 'three' },
      status: 201,
      answer: { _type: 'tweet' },
    },
    {
      send: 'GET /twitter/tweet/1',
      answer: { _index: 'twitter', _type: 'tweet', _id: '1', found: true, _source: { message: 'one' } },
    },
    { send: 'HEAD /twitter/tweet/1' },
    { send: 'HEAD /twitter/tweet/none', status: 404 },
    { send: 'GET /twitter/tweet/none', status: 404, answer: { _type: 'tweet', found: false } },
    { send: 'GET /twitter/tweet/1/_source', answer: { user: 'kimchy', message: 'one' } },
    {
      send: 'POST /twitter/tweet/1/_update',
      body: { doc: { likes: 3 } },
      answer: { _type: 'tweet', result: 'updated' },
    },
    { send: 'POST /twitter/_doc/1/_update', body: { doc: { likes: 4 } }, answer: { _type: '_doc', result: 'updated' } },
    {
      send: 'GET /twitter/tweet/_search?q=user:kimchy&sort=likes',
      answer: { hits: { total: { value: 2 }, hits: [{ _index: 'twitter', _type: 'tweet', _id: '1' }, { _id: '2' }] } },
    },
    { send: 'GET /twitter/tweet,user/_count?q=user:kimchy', answer: { count: 2 } },
    {
      send: 'POST /twitter/tweet/_mget',
      body: { ids: ['1', '2'] },
      answer: {
        docs: [
          { _type: 'tweet', found: true },
          { _type: 'tweet', found: true },
        ],
      },
    },
    {
      send: 'POST /_mget',
      body: { docs: [{ _index: 'twitter', _type: 'tweet', _id: '1' }] },
      answer: { docs: [{ _index: 'twitter', _type: 'tweet', _id: '1', found: true }] },
    },
    {
      send: 'POST /_bulk',
      body: [{ index: { _index: 'twitter', _type: 'tweet', _id: '4' } }, { user: 'x' }],
      answer: { errors: false, items: [{ index: { _index: 'twitter', _type: 'tweet', _id: '4', status: 201 } }] },
    },
    {
      send: 'POST /twitter/tweet/_bulk',
      body: [{ delete: { _id: '4' } }],
      answer: { items: [{ delete: { _type: 'tweet', _id: '4', status: 200 } }] },
    },
    {
      send: 'POST /twitter/tweet/_msearch',
      body: [{}, { query: { term: { likes: 4 } } }],
      answer: { responses: [{ hits: { hits: [{ _type: 'tweet', _id: '1' }] } }] },
    },
    {
      send: 'GET /twitter/tweet/1/_explain?q=likes:4',
      answer: { _index: 'twitter', _type: 'tweet', _id: '1', matched: true },
    },
    { send: 'GET /twitter/tweet/_validate/query?q=likes:4', answer: { valid: true } },
    { send: 'POST /twitter/tweet/_delete_by_query', body: { query: { term: { likes: 4 } } }, answer: { deleted: 1 } },
    { send: 'DELETE /twitter/tweet/2', answer: { _type: 'tweet', result: 'deleted' } },

    // An index whose mapping names a type, with no word of include_type_name.
    { send: 'PUT /typed', body: { mappings: { tweet } }, answer: { acknowledged: true } },
    { send: 'GET /typed/_mapping', answer: { typed: { mappings: tweet } } },
    { send: 'GET /typed/_mapping/tweet', answer: { typed: { mappings: { tweet } } } },
    { send: 'GET /typed/tweet/_mapping', answer: { typed: { mappings: { tweet } } } },
    { send: 'GET /typed?include_type_name=true', answer: { typed: { mappings: { tweet } } } },
    { send: 'HEAD /typed/_mapping/tweet' },
    { send: 'HEAD /typed/_mapping/user', status: 404 },
    {
      send: 'GET /typed/_mapping/user',
      status: 404,
      answer: { error: { type: 'type_missing_exception', reason: 'type[[user]] missing' } },
    },
    {
      send: 'PUT /typed/_mapping/tweet',
      body: { tweet: { properties: { likes: { type: 'long' } } } },
      answer: { acknowledged: true },
    },
    {
      send: 'GET /typed/_mapping/tweet/field/likes',
      answer: { typed: { mappings: { tweet: { likes: { full_name: 'likes' } } } } },
    },
    {
      send: 'PUT /typed/user/1',
      body: { user: 'x' },
      status: 400,
      answer: {
        error: {
          type: 'illegal_argument_exception',
          reason: 'Rejecting mapping update to [typed] as the final mapping would have more than 1 type: [tweet, user]',
        },
      },
    },
    { send: 'PUT /typed/_mapping', body: { _meta: { owner: 'us' } } },
    { send: 'GET /typed/_mapping', answer: { typed: { mappings: { _meta: { owner: 'us' } } } } },
    { send: 'PUT /typed/user/_mapping', body: { properties: {} }, status: 400 },
    { send: 'PUT /typed/tweet/1', body: { user: 'x', type: 'reply' }, status: 201 },
    {
      send: 'POST /_bulk',
      body: [
        { index: { _index: 'typed', _type: 'user', _id: '1' } },
        { user: 'y' },
        { index: { _index: 'typed', _type: 'tweet', _id: '2' } },
        { user: 'y' },
      ],
      answer: { errors: true, items: [{ index: { status: 400 } }, { index: { status: 201, _type: 'tweet' } }] },
    },
    { send: 'GET /typed/user/1', status: 404, answer: { _type: 'user', found: false } },
    { send: 'GET /typed/_doc/1', answer: { found: true } },
    // Its field `type` says nothing of the type that the index has.
    { send: 'GET /typed/tweet/_count', answer: { count: 2 } },
    { send: 'GET /typed/user/_count', answer: { count: 0 } },

    // A template of Elasticsearch 2, with several types; what Logstash wrote tells them apart.
    {
      send: 'PUT /_template/older',
      body: {
        template: 'older-*',
        mappings: {
          _default_: { _all: { enabled: false }, properties: { type: { type: 'keyword' } } },
          tcpdump: { properties: { src_ip: { type: 'ip' } } },
          sshd: { properties: { src_ip: { type: 'ip' }, user: { type: 'keyword' } } },
        },
      },
      answer: { acknowledged: true },
    },
    {
      send: 'POST /older-1/_bulk',
      body: [
        { index: { _type: 'tcpdump' } },
        { type: 'tcpdump', src_ip: '10.0.0.1' },
        { index: { _type: 'sshd' } },
        { type: 'sshd', src_ip: '10.0.0.2', user: 'root' },
      ],
      answer: { errors: false },
    },
    { send: 'GET /older-*/sshd/_search', answer: { hits: { total: { value: 1 }, hits: [{ _type: 'sshd' }] } } },
    { send: 'GET /older-*/tcpdump,sshd/_count', answer: { count: 2 } },
    {
      send: 'PUT /conflict',
      body: { mappings: { a: { properties: { n: { type: 'long' } } }, b: { properties: { n: { type: 'keyword' } } } } },
      status: 400,
      answer: { error: { reason: 'Field [n] is defined differently in mapping for type [b]' } },
    },

    // The template that Logstash 2 puts, and what it then writes.
    { send: 'PUT /_template/logstash2', body: LOGSTASH_2, answer: { acknowledged: true } },
    {
      send: 'POST /old-1/_bulk',
      body: [
        { index: { _type: 'logs' } },
        {
          '@timestamp': '2016-11-24T10:00:00.000Z',
          '@version': '1',
          message: 'Connection from',
          program: 'sshd',
          n: 3,
        },
      ],
      answer: { errors: false },
    },
    {
      send: 'GET /old-1/_mapping',
      answer: {
        'old-1': {
          mappings: {
            properties: {
              '@version': { type: 'keyword' },
              message: { type: 'text', norms: false },
              program: { type: 'text', norms: false, fields: { raw: { type: 'keyword', ignore_above: 256 } } },
              n: { type: 'long' },
              geoip: { dynamic: 'true', properties: { ip: { type: 'ip' }, location: { type: 'geo_point' } } },
            },
          },
        },
      },
    },
    { send: 'GET /old-1/_search?q=program.raw:sshd', answer: { hits: { total: { value: 1 } } } },
    {
      send: 'PUT /old-2/_mapping/logs',
      body: { properties: { a: { type: 'string' } } },
      status: 404,
    },

    {
      send: 'PUT /own-templates',
      body: {
        mappings: {
          _default_: { dynamic_templates: [{ all: { match: '*', mapping: { type: 'keyword' } } }] },
          a: { dynamic_templates: [{ n: { match: 'n', mapping: { type: 'ip' } } }] },
        },
      },
    },
    { send: 'PUT /own-templates/a/1', body: { n: '10.0.0.1', m: 'x' }, status: 201 },
    {
      send: 'GET /own-templates/_mapping/a/field/*',
      answer: { 'own-templates': { mappings: { a: { n: { mapping: { n: { type: 'ip' } } } } } } },
    },

    // What is no type stays what it is.
    { send: 'PUT /mistyped', body: { mappings: { propertys: { n: { type: 'long' } } } }, status: 400 },
    { send: 'GET /twitter/_nothing/1', status: 400 },
    { send: 'GET /twitter/tweet', status: 405 },
    { send: 'POST /twitter/_doc/_search', body: { n: 1 }, status: 201, answer: { _id: '_search', result: 'created' } },
  ]

  test.each(rows)('$send $body', async ({ send, body, status = 200, answer }) => {
    const [method, path] = send.split(' ') as [string, string]
    const [got, text] = await server.send(method, path, body)
    const expected = answer === undefined ? { status } : { status, answer }
    expect({ status: got, answer: text }).toMatchObject(expected)
  })
})

test('warns that types are going, as Elasticsearch 7 does', async () => {
  const reply = await ask(`${server.url}/typed/tweet/1`)
  await reply.body.dump()
  expect(reply.headers['warning']).toBe(
    '299 Elasticsearch-8.17.0-unknown "[types removal] Specifying types in document get requests is deprecated, ' +
      'use the /{index}/_doc/{id} endpoint instead."',
  )
})

test('shows _type to a client of Elasticsearch 7, in its media type, and to no other', async () => {
  const get = async (accept: string): Promise<{ type: unknown; hits: unknown[] }> => {
    const reply = await ask(`${server.url}/typed/_search?size=1`, { headers: { accept } })
    const { hits } = (await reply.body.json()) as { hits: { hits: unknown[] } }
    return { type: reply.headers['content-type'], hits: hits.hits }
  }
  expect(await get(OLDER)).toMatchObject({ type: OLDER, hits: [{ _index: 'typed', _type: '_doc' }] })
  const plain = await get('application/json')
  expect(plain.hits).toHaveLength(1)
  expect(plain.hits[0]).not.toHaveProperty('_type')
})
