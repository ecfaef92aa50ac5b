import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { RestServer, type Json } from './rest-server.ts'

/** What shippers ask for when they start, and how they write, as their sources send it. */
const server = new RestServer()
const { send } = server

beforeAll(() => server.open())
afterAll(() => server.end())
beforeEach(() => server.clean())

interface Call {
  readonly send: string
  readonly body?: unknown
  readonly status: number
  readonly answer?: object
}

/** What was answered, call by call, as the call itself says it. */
async function play(calls: readonly Call[]): Promise<object[]> {
  const answers: object[] = []
  for (const call of calls) {
    const [method, path] = call.send.split(' ') as [string, string]
    const [status, answer]: [number, Json] = await send(method, path, call.body)
    answers.push({ send: call.send, status, answer })
  }
  return answers
}

const wanted = ({ send: sent, status, answer }: Call): object => ({
  send: sent,
  status,
  ...(answer === undefined ? {} : { answer }),
})

const event = { '@timestamp': '2026-11-24T10:00:00.000Z', message: 'hello', agent: { type: 'filebeat' } }
const properties = Object.fromEntries(
  Array.from({ length: 3000 }, (_, i) => [`field${i}`, { type: 'keyword', ignore_above: 1024 }]),
)

describe('Filebeat', () => {
  test('sets up its policy, template and data stream, and writes', async () => {
    const calls: Call[] = [
      { send: 'GET /', status: 200, answer: { version: { number: '8.17.0', build_flavor: 'default' } } },
      { send: 'GET /_license?human=false', status: 200, answer: { license: { type: 'basic', status: 'active' } } },
      { send: 'GET /_xpack', status: 200, answer: { features: { ilm: { available: true, enabled: true } } } },
      { send: 'GET /_ilm/policy/filebeat', status: 404 },
      {
        send: 'PUT /_ilm/policy/filebeat',
        body: {
          policy: { phases: { hot: { actions: { rollover: { max_age: '30d', max_primary_shard_size: '50gb' } } } } },
        },
        status: 200,
      },
      { send: 'HEAD /_index_template/filebeat-8.17.0', status: 404 },
      {
        send: 'PUT /_index_template/filebeat-8.17.0',
        body: {
          data_stream: {},
          index_patterns: ['filebeat-8.17.0'],
          priority: 150,
          template: {
            mappings: {
              _meta: { beat: 'filebeat', version: '8.17.0' },
              date_detection: false,
              dynamic_templates: [
                { strings: { mapping: { ignore_above: 1024, type: 'keyword' }, match_mapping_type: 'string' } },
              ],
              properties: { ...properties, '@timestamp': { type: 'date' }, message: { type: 'match_only_text' } },
            },
            settings: {
              index: {
                lifecycle: { name: 'filebeat' },
                mapping: { total_fields: { limit: 12500 } },
                max_docvalue_fields_search: 200,
                number_of_shards: 1,
                query: { default_field: ['message', 'tags'] },
                refresh_interval: '5s',
              },
            },
          },
        },
        status: 200,
      },
      { send: 'GET /_data_stream/filebeat-8.17.0', status: 404 },
      { send: 'PUT /_data_stream/filebeat-8.17.0', status: 200 },
      {
        send: 'POST /_bulk?filter_path=errors%2Citems.%2A.error%2Citems.%2A.status',
        body: [{ create: { _index: 'filebeat-8.17.0' } }, event],
        status: 200,
        answer: { errors: false, items: [{ create: { status: 201 } }] },
      },
      {
        send: 'GET /_data_stream/filebeat-8.17.0',
        status: 200,
        answer: { data_streams: [{ ilm_policy: 'filebeat', template: 'filebeat-8.17.0' }] },
      },
      { send: 'GET /filebeat-8.17.0/_count?q=agent.type:filebeat', status: 200, answer: { count: 1 } },
    ]
    expect(await play(calls)).toMatchObject(calls.map(wanted))
  })
})

describe('Logstash', () => {
  test('with ILM makes its alias and writes through it', async () => {
    const calls: Call[] = [
      { send: 'HEAD /', status: 200 },
      { send: 'GET /', status: 200, answer: { tagline: 'You Know, for Search' } },
      { send: 'GET /_license', status: 200, answer: { license: { status: 'active' } } },
      { send: 'HEAD /_index_template/ecs-logstash', status: 404 },
      {
        send: 'PUT /_index_template/ecs-logstash',
        body: {
          index_patterns: ['ecs-logstash-*'],
          template: {
            settings: {
              'index.lifecycle.name': 'logstash-policy',
              'index.lifecycle.rollover_alias': 'ecs-logstash',
            },
          },
          priority: 200,
          _meta: { description: 'ECS index template for logstash-output-elasticsearch' },
        },
        status: 200,
      },
      { send: 'HEAD /_ilm/policy/logstash-policy', status: 404 },
      {
        send: 'PUT /_ilm/policy/logstash-policy',
        body: { policy: { phases: { hot: { actions: { rollover: { max_size: '50gb', max_age: '30d' } } } } } },
        status: 200,
      },
      { send: 'HEAD /ecs-logstash', status: 404 },
      {
        send: 'PUT /%3Cecs-logstash-%7Bnow%2Fd%7D-000001%3E',
        body: { aliases: { 'ecs-logstash': { is_write_index: true } } },
        status: 200,
      },
      {
        send: 'POST /_bulk?filter_path=errors,items.*.error,items.*.status',
        body: [{ index: { _index: 'ecs-logstash' } }, event],
        status: 200,
        answer: { errors: false },
      },
      { send: 'POST /ecs-logstash/_rollover', status: 200, answer: { rolled_over: true } },
    ]
    expect(await play(calls)).toMatchObject(calls.map(wanted))
  })
})

describe('Vector', () => {
  test('looks at the health and creates', async () => {
    const calls: Call[] = [
      { send: 'GET /_cluster/health', status: 200, answer: { status: 'green' } },
      { send: 'GET /', status: 200 },
      {
        send: 'POST /_bulk?timeout=60s',
        body: [{ create: { _index: 'logs-generic-default' } }, event],
        status: 200,
        answer: { errors: false },
      },
    ]
    expect(await play(calls)).toMatchObject(calls.map(wanted))
  })
})

describe('Fluent Bit', () => {
  test('writes with the type that it sends unless told not to', async () => {
    const calls: Call[] = [
      {
        send: 'POST /_bulk',
        body: [{ create: { _index: 'fluent-bit', _type: '_doc', _id: '1' } }, event],
        status: 200,
        answer: { errors: false },
      },
    ]
    expect(await play(calls)).toMatchObject(calls.map(wanted))
  })
})

describe('curator and scripts', () => {
  test('find what is old and remove it', async () => {
    const calls: Call[] = [
      { send: 'PUT /logs-1', status: 200 },
      { send: 'GET /_cat/indices?h=index,creation.date&format=json&s=index', status: 200 },
      { send: 'GET /_cluster/state/metadata/logs-1', status: 200 },
      { send: 'POST /logs-1/_forcemerge?max_num_segments=1', status: 200 },
      { send: 'POST /logs-1/_close', status: 200 },
      { send: 'GET /_snapshot', status: 200 },
      { send: 'PUT /_snapshot/backup', body: { type: 'fs' }, status: 400 },
      { send: 'DELETE /logs-1', status: 200 },
    ]
    expect(await play(calls)).toMatchObject(calls.map(wanted))
  })
})

describe("Grafana's Elasticsearch source", () => {
  const head = { ignore_unavailable: true, index: 'logs-*', search_type: 'query_then_fetch' }
  beforeEach(async () => {
    const lines = [1, 2, 3, 4].flatMap((n) => [
      { index: { _index: 'logs-1', _id: String(n) } },
      { '@timestamp': `2026-11-24T10:0${n}:00.000Z`, host: { name: n % 2 === 0 ? 'b' : 'a' }, level: 'info', took: n },
    ])
    await send('POST', '/_bulk?refresh', lines)
  })

  test('looks at version, mapping and fields', async () => {
    const calls: Call[] = [
      { send: 'GET /', status: 200 },
      {
        send: 'GET /logs-*/_mapping',
        status: 200,
        answer: { 'logs-1': { mappings: { properties: { took: { type: 'long' } } } } },
      },
      { send: 'GET /_mapping/field/@timestamp', status: 200 },
      { send: 'GET /logs-1/_field_caps?fields=*', status: 200 },
    ]
    expect(await play(calls)).toMatchObject(calls.map(wanted))
  })

  test('draws a histogram by host', async () => {
    const [, answer] = await send('POST', '/_msearch?max_concurrent_shard_requests=5', [
      head,
      {
        aggs: {
          '3': {
            aggs: {
              '2': {
                aggs: { '1': { avg: { field: 'took' } } },
                date_histogram: {
                  extended_bounds: { max: 1795600800000, min: 1795514400000 },
                  field: '@timestamp',
                  fixed_interval: '1h',
                  min_doc_count: 0,
                  format: 'epoch_millis',
                },
              },
            },
            terms: { field: 'host.name.keyword', min_doc_count: 1, order: { _key: 'desc' }, size: 10 },
          },
        },
        query: {
          bool: {
            filter: [
              { range: { '@timestamp': { format: 'epoch_millis', gte: 1795000000000, lte: 1795600800000 } } },
              { query_string: { analyze_wildcard: true, query: '*' } },
            ],
          },
        },
        size: 0,
      },
    ])
    expect(answer['responses']?.['0']).toMatchObject({
      status: 200,
      aggregations: {
        '3': {
          buckets: [
            { key: 'b', doc_count: 2 },
            { key: 'a', doc_count: 2 },
          ],
        },
      },
    })
  })

  test('shows raw logs and the values of a variable', async () => {
    const [, answer] = await send('POST', '/_msearch', [
      head,
      {
        docvalue_fields: ['@timestamp'],
        fields: [{ field: '@timestamp', format: 'strict_date_optional_time_nanos' }],
        highlight: {
          fields: { '*': {} },
          pre_tags: ['@HIGHLIGHT@'],
          post_tags: ['@/HIGHLIGHT@'],
          fragment_size: 2147483647,
        },
        query: { bool: { filter: [{ query_string: { analyze_wildcard: true, query: 'level:info' } }] } },
        script_fields: {},
        size: 500,
        sort: [{ '@timestamp': { order: 'desc', unmapped_type: 'boolean' } }, { _doc: { order: 'desc' } }],
      },
      head,
      {
        size: 0,
        query: { bool: { filter: [] } },
        aggs: { '1': { terms: { field: 'host.name.keyword', size: 500, order: { _key: 'asc' } } } },
      },
    ])
    expect(answer['responses']).toMatchObject([
      { status: 200, hits: { hits: [{ _id: '4' }, { _id: '3' }, { _id: '2' }, { _id: '1' }] } },
      { status: 200, aggregations: { '1': { buckets: [{ key: 'a' }, { key: 'b' }] } } },
    ])
  })
})
