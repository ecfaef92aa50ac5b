import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { request as ask } from 'undici'
import { sharedOpenSearch } from '../engines/index.ts'
import { INGEST_CASES, type IngestCase } from './ingest-cases.ts'
import { REFUSED } from '../../src/ingest/index.ts'
import { reasonOf, RestServer } from './rest-server.ts'

const { engine, skipReason } = await sharedOpenSearch()
const server = new RestServer()
const { send } = server

beforeAll(() => server.open())
afterAll(() => server.end())

const REASON = skipReason === undefined ? '' : ` (${skipReason})`

describe.skipIf(engine === undefined)(`ingest processors do as OpenSearch's${REASON}`, () => {
  const simulate = async (url: string, { processors, docs, anyError }: IngestCase): Promise<unknown> => {
    const body = {
      pipeline: { processors },
      docs: docs.map((source) => ({ _index: 'i', _id: '1', _source: source })),
    }
    const reply = await ask(`${url}/_ingest/pipeline/_simulate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const answer = (await reply.body.json()) as Record<string, unknown>
    if (reply.statusCode >= 400) return anyError === true ? 'refused' : [reply.statusCode, answer]
    return (answer['docs'] as unknown[]).map((doc) => compared(doc, anyError === true))
  }
  test('GET _nodes/ingest names what runs here, as OpenSearch does', async () => {
    const namesAt = async (url: string): Promise<string[]> => {
      const { body } = await ask(`${url}/_nodes/ingest`)
      const { nodes } = (await body.json()) as { nodes: Record<string, { ingest: { processors: { type: string }[] } }> }
      return Object.values(nodes)[0]!.ingest.processors.map(({ type }) => type)
    }
    const ofElasticsearch = (await namesAt(engine!.url)).filter((name) => !OWN.includes(name) && !REFUSED.has(name))
    expect(ofElasticsearch).toContain('grok')
    expect(await namesAt(server.url)).toEqual(expect.arrayContaining(ofElasticsearch))
  })

  test.each(INGEST_CASES)('$title', async (ingestCase) => {
    expect(await simulate(server.url, ingestCase)).toEqual(await simulate(engine!.url, ingestCase))
  })
})

/** Processors that OpenSearch has alone. */
const OWN = ['acl_routing', 'copy', 'hierarchical_routing', 'remove_by_pattern', 'temporal_routing']

/** What both products have in common: fields, metadata, and the words of an error. */
function compared(value: unknown, anyError: boolean): unknown {
  const doc = value as { doc?: { _index: string; _id: string; _source: unknown }; error?: { reason: string } } | null
  if (doc === null) return null
  if (doc.error !== undefined) return anyError ? 'error' : doc.error.reason
  return { _index: doc.doc!._index, _id: doc.doc!._id, _source: doc.doc!._source }
}

describe('a pipeline', () => {
  beforeEach(() => server.clean())
  const PUT = (id: string, ...processors: object[]): Promise<unknown> =>
    send('PUT', `/_ingest/pipeline/${id}`, { processors })

  test('is applied to what names it, in _bulk, _doc and by the index', async () => {
    await PUT('mark', { set: { field: 'marked', value: true } })
    await send('PUT', '/a/_doc/1?pipeline=mark', { n: 1 })
    await send('POST', '/_bulk?pipeline=mark', [{ index: { _index: 'a', _id: '2' } }, { n: 2 }])
    await send('POST', '/_bulk', [
      { index: { _index: 'a', _id: '3', pipeline: 'mark' } },
      { n: 3 },
      { index: { _index: 'a', _id: '4' } },
      { n: 4 },
    ])
    await send('PUT', '/b', { settings: { 'index.default_pipeline': 'mark' } })
    await send('PUT', '/b/_doc/5', { n: 5 })
    await send('PUT', '/b/_doc/6?pipeline=_none', { n: 6 })
    const [, found] = await send('POST', '/a,b/_search', { query: { term: { marked: true } }, sort: 'n' })
    expect(found['hits']?.['hits']).toMatchObject([{ _id: '1' }, { _id: '2' }, { _id: '3' }, { _id: '5' }])
  })

  test('of an index that a template would make is applied to its first document', async () => {
    await PUT('mark', { set: { field: 'marked', value: true } })
    await send('PUT', '/_index_template/t', {
      index_patterns: ['logs-*'],
      data_stream: {},
      template: { settings: { 'index.default_pipeline': 'mark' } },
    })
    await send('POST', '/logs-x/_bulk?refresh', [{ create: {} }, { '@timestamp': '2026-01-01' }])
    expect((await send('GET', '/logs-x/_count?q=marked:true'))[1]['count']).toBe(1)
  })

  test('that is final comes last, and may not move the document', async () => {
    await PUT('first', { set: { field: 'order', value: ['first'] } })
    await PUT('final', { append: { field: 'order', value: 'final' } }, { set: { field: '_index', value: 'elsewhere' } })
    await send('PUT', '/a', { settings: { 'index.default_pipeline': 'first', 'index.final_pipeline': 'final' } })
    await send('PUT', '/a/_doc/1', {})
    expect((await send('GET', '/a/_source/1'))[1]).toEqual({ order: ['first', 'final'] })
  })

  test('moves, drops, renames and refuses documents', async () => {
    await PUT(
      'decide',
      { drop: { if: "ctx.do == 'drop'" } },
      { fail: { if: "ctx.do == 'fail'", message: 'refused' } },
      { set: { if: "ctx.do == 'move'", field: '_index', value: 'other' } },
      { set: { if: "ctx.do == 'name'", field: '_id', value: 'named' } },
    )
    const [, answer] = await send(
      'POST',
      '/a/_bulk?pipeline=decide',
      ['drop', 'fail', 'move', 'name'].flatMap((action) => [{ index: { _id: action } }, { do: action }]),
    )
    expect(answer).toMatchObject({
      errors: true,
      items: [
        { index: { result: 'noop', status: 200 } },
        { index: { status: 500, error: { type: 'fail_processor_exception', reason: 'refused' } } },
        { index: { _index: 'other', _id: 'move', status: 201 } },
        { index: { _index: 'a', _id: 'named', status: 201 } },
      ],
    })
  })

  test('reroutes to another data stream and its pipelines', async () => {
    await PUT('route', { reroute: { dataset: 'nginx', namespace: ['{{ns}}', 'default'] } })
    await PUT('mark', { set: { field: 'marked', value: true } })
    await send('PUT', '/logs-all-default', { settings: { 'index.default_pipeline': 'route' } })
    await send('PUT', '/logs-nginx-prod', { settings: { 'index.default_pipeline': 'mark' } })
    const [, answer] = await send('PUT', '/logs-all-default/_doc/1', { ns: 'prod' })
    expect(answer).toMatchObject({ _index: 'logs-nginx-prod', result: 'created' })
    expect((await send('GET', '/logs-nginx-prod/_source/1'))[1]).toMatchObject({
      marked: true,
      data_stream: { type: 'logs', dataset: 'nginx', namespace: 'prod' },
    })
  })

  test('runs another, and two that call each other come to an end', async () => {
    await PUT('inner', { set: { field: 'inner', value: 1 } })
    await PUT('outer', { pipeline: { name: 'inner' } }, { pipeline: { name: 'none', ignore_missing_pipeline: true } })
    await send('PUT', '/a/_doc/1?pipeline=outer', {})
    expect((await send('GET', '/a/_source/1'))[1]).toEqual({ inner: 1 })
    await PUT('x', { pipeline: { name: 'y' } })
    await PUT('y', { pipeline: { name: 'x' } })
    const answer = await send('PUT', '/a/_doc/2?pipeline=x', {})
    expect([answer[0], reasonOf(answer)]).toEqual([400, expect.stringContaining('Cycle detected')])
  })

  test('works on what an upsert makes, not on what an update changes', async () => {
    await PUT('mark', { set: { field: 'marked', value: true } })
    await send('PUT', '/a', { settings: { 'index.default_pipeline': 'mark' } })
    await send('POST', '/a/_update/1', { doc: { n: 1 }, doc_as_upsert: true })
    expect((await send('GET', '/a/_source/1'))[1]).toEqual({ n: 1, marked: true })
  })

  test('is used by reindex and update by query', async () => {
    await send('PUT', '/a/_doc/1?refresh', { n: 1 })
    await PUT('mark', { set: { field: 'marked', value: true } })
    await send('POST', '/_reindex?refresh', { source: { index: 'a' }, dest: { index: 'b', pipeline: 'mark' } })
    await send('POST', '/a/_update_by_query?refresh&pipeline=mark')
    expect((await send('GET', '/a,b/_count?q=marked:true'))[1]['count']).toBe(2)
  })

  test('is refused where it cannot run, with its reason', async () => {
    expect(reasonOf(await send('PUT', '/_ingest/pipeline/p', { processors: [{ enrich: { field: 'ip' } }] }))).toBe(
      'processor [enrich] is not supported: use the translate filter of a pipeline',
    )
    expect(reasonOf(await send('PUT', '/_ingest/pipeline/p', { processors: [{ sett: { field: 'a' } }] }))).toBe(
      'No processor type exists with name [sett], did you mean [set]?',
    )
    expect(reasonOf(await send('PUT', '/a/_doc/1?pipeline=none', {}))).toBe('pipeline with id [none] does not exist')
    expect((await send('GET', '/_ingest/pipeline/none'))[0]).toBe(404)
    expect((await send('DELETE', '/_ingest/pipeline/none'))[0]).toBe(404)
  })

  test('whose expression runs away is stopped', { timeout: 120_000 }, async () => {
    await PUT('slow', { grok: { field: 'm', patterns: ['^(?<x>(a+)+)$'] } })
    const answer = await send('PUT', '/a/_doc/1?pipeline=slow', { m: `${'a'.repeat(40)}!` })
    expect([answer[0], reasonOf(answer)]).toEqual([400, expect.stringContaining('was interrupted')])
  })

  test('keeps the last of several captures of a field, as Elasticsearch; OpenSearch makes a list of them', async () => {
    const grok = { field: 'm', patterns: ['^%{WORD:x} %{INT:x:int} %{WORD:y},(?:%{WORD:y})?$'] }
    const [, answer] = await send('POST', '/_ingest/pipeline/_simulate', {
      pipeline: { processors: [{ grok }] },
      docs: [{ _source: { m: 'a 1 b,c' } }],
    })
    const [{ doc }] = (answer as unknown as { docs: [{ doc: { _source: unknown } }] }).docs
    expect(doc._source).toEqual({ m: 'a 1 b,c', x: 1, y: 'b' })
  })

  test('is ended by terminate; the one around it goes on', async () => {
    await PUT('inner', { terminate: { if: 'ctx.n == 1' } }, { set: { field: 'inner', value: true } })
    await PUT('outer', { pipeline: { name: 'inner' } }, { set: { field: 'outer', value: true } })
    const [, answer] = await send('POST', '/_ingest/pipeline/outer/_simulate', {
      docs: [{ _source: { n: 1 } }, { _source: { n: 2 } }],
    })
    const docs = (answer as unknown as { docs: { doc: { _source: unknown } }[] }).docs
    expect(docs.map(({ doc }) => doc._source)).toEqual([
      { n: 1, outer: true },
      { n: 2, inner: true, outer: true },
    ])
  })

  test('shows each step', async () => {
    const [, answer] = await send('POST', '/_ingest/pipeline/_simulate?verbose', {
      pipeline: {
        processors: [
          { set: { field: 'a', value: 1, tag: 't', if: 'ctx.b == 1' } },
          { set: { field: 'c', value: 2 } },
          { rename: { field: 'none', target_field: 'x' } },
        ],
      },
      docs: [{ _source: {} }],
    })
    expect(answer['docs']).toMatchObject([
      {
        processor_results: [
          { processor_type: 'set', status: 'skipped', tag: 't' },
          { processor_type: 'set', status: 'success', doc: { _source: { c: 2 } } },
          { processor_type: 'rename', status: 'error', error: { reason: "field [none] doesn't exist" } },
        ],
      },
    ])
  })

  test('is there again after a restart', async () => {
    await PUT('mark', { set: { field: 'marked', value: true } })
    await server.restart()
    await send('PUT', '/a/_doc/1?pipeline=mark', {})
    expect((await send('GET', '/a/_source/1'))[1]).toEqual({ marked: true })
  })

  test.each([
    [
      'tcp',
      {
        source: { ip: '128.232.110.120', port: 34855 },
        destination: { ip: '66.35.250.204', port: 80 },
        network: { transport: 'tcp' },
      },
      '1:LQU9qZlK+B5F3KDmev6m5PMibrg=',
    ],
    [
      'tcp, turned',
      {
        source: { ip: '66.35.250.204', port: 80 },
        destination: { ip: '128.232.110.120', port: 34855 },
        network: { transport: 'tcp' },
      },
      '1:LQU9qZlK+B5F3KDmev6m5PMibrg=',
    ],
    [
      'udp',
      {
        source: { ip: '192.168.1.52', port: 54585 },
        destination: { ip: '8.8.8.8', port: 53 },
        network: { transport: 'udp' },
      },
      '1:d/FP5EW3wiY1vCndhwleRRKHowQ=',
    ],
    [
      'icmp',
      {
        source: { ip: '192.168.0.89' },
        destination: { ip: '192.168.0.1' },
        network: { transport: 'icmp' },
        icmp: { type: 8, code: 0 },
      },
      '1:X0snYXpgwiv9TZtqg64sgzUn6Dk=',
    ],
    [
      'ipv6 icmp',
      {
        source: { ip: 'fe80::200:86ff:fe05:80da' },
        destination: { ip: 'fe80::260:97ff:fe07:69ea' },
        network: { transport: 'ipv6-icmp' },
        icmp: { type: 135, code: 0 },
      },
      '1:dGHyGvjMfljg6Bppwm3bg0LO8TY=',
    ],
  ])('community_id of %s is that of the specification', async (_, source, id) => {
    const [, answer] = await send('POST', '/_ingest/pipeline/_simulate', {
      pipeline: { processors: [{ community_id: {} }] },
      docs: [{ _source: source }],
    })
    expect(answer['docs']?.['0']?.['doc']?.['_source']?.['network']?.['community_id']).toBe(id)
  })

  test('set copies a field, and its copy is its own', async () => {
    const [, answer] = await send('POST', '/_ingest/pipeline/_simulate', {
      pipeline: {
        processors: [{ set: { field: 'b', copy_from: 'a' } }, { set: { field: 'a.x', value: 2 } }],
      },
      docs: [{ _source: { a: { x: 1 } } }],
    })
    expect(answer['docs']?.['0']?.['doc']?.['_source']).toEqual({ a: { x: 2 }, b: { x: 1 } })
  })

  test('uri_parts takes a URI apart', async () => {
    const [, answer] = await send('POST', '/_ingest/pipeline/_simulate', {
      pipeline: { processors: [{ uri_parts: { field: 'u' } }] },
      docs: [
        { _source: { u: 'http://myusername:mypassword@www.example.com:80/foo.gif?key1=val1&key2=val2#fragment' } },
      ],
    })
    expect(answer['docs']?.['0']?.['doc']?.['_source']?.['url']).toEqual({
      scheme: 'http',
      domain: 'www.example.com',
      path: '/foo.gif',
      extension: 'gif',
      query: 'key1=val1&key2=val2',
      fragment: 'fragment',
      port: 80,
      user_info: 'myusername:mypassword',
      username: 'myusername',
      password: 'mypassword',
      original: 'http://myusername:mypassword@www.example.com:80/foo.gif?key1=val1&key2=val2#fragment',
    })
  })
})
