import { checkCount, checkSearch } from '../../src/search/dsl/index.ts'
import { DiagnosticError } from '../../src/diagnostic/index.ts'
import { parseJson, stringifyJson, type ValueObject } from '../../src/event/index.ts'
import type { BulkItem, BulkOperation, IndexSelection, SearchResponse, Store } from '../../src/search/index.ts'
import { expect } from 'vitest'

/** What every Store does alike: a name, and a check with indices of its own whose names begin with `prefix`. */
export interface Behaviour {
  readonly name: string
  check(store: Store, prefix: string): Promise<void>
}

const json = (text: string): ValueObject => parseJson(text) as ValueObject
const only = (...expressions: string[]): IndexSelection => ({ expressions })

async function find(store: Store, selection: IndexSelection, body: string): Promise<SearchResponse> {
  await store.refresh({ ...selection, ignoreUnavailable: true })
  return store.search(selection, checkSearch(json(body)))
}

async function index(store: Store, name: string, sources: readonly string[]): Promise<BulkItem[]> {
  return store.bulk(sources.map((source, i): BulkOperation => ({ action: 'index', index: name, id: `d${i}`, source })))
}

async function refusal(promise: Promise<unknown>): Promise<{ status: number; type: string; reason: string }> {
  try {
    await promise
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error
    return { ...error.http, reason: error.diagnostics[0]!.message }
  }
  throw new Error('it was not refused')
}

const outcome = ({ status, result, version, error }: BulkItem): unknown[] => [status, result ?? error?.type, version]

export const STORE_BEHAVIOURS: readonly Behaviour[] = [
  {
    name: 'index answers 201 created, and 200 updated for the same id, with versions that count up',
    async check(store, prefix) {
      const operation: BulkOperation = { action: 'index', index: `${prefix}a`, id: '1', source: '{"n":1}' }
      expect((await store.bulk([operation])).map(outcome)).toEqual([[201, 'created', 1]])
      expect((await store.bulk([operation])).map(outcome)).toEqual([[200, 'updated', 2]])
    },
  },
  {
    name: 'create of an id that is there is a conflict, and the other operations go on',
    async check(store, prefix) {
      const create: BulkOperation = { action: 'create', index: `${prefix}a`, id: '1', source: '{"n":1}' }
      const items = await store.bulk([create, create, { ...create, id: '2' }])
      expect(items.map(outcome)).toEqual([
        [201, 'created', 1],
        [409, 'version_conflict_engine_exception', undefined],
        [201, 'created', 1],
      ])
    },
  },
  {
    name: 'an id is made where none is given, another for each document',
    async check(store, prefix) {
      const operation: BulkOperation = { action: 'index', index: `${prefix}a`, source: '{"n":1}' }
      const items = await store.bulk([operation, operation])
      expect(items.map(({ status }) => status)).toEqual([201, 201])
      expect(new Set(items.map(({ id }) => id)).size).toBe(2)
      expect(await store.get(`${prefix}a`, items[0]!.id)).toMatchObject({ id: items[0]!.id, version: 1 })
    },
  },
  {
    name: 'a document comes back as it was sent: doubles, large numbers, order of names',
    async check(store, prefix) {
      const source = '{"z":1.0,"a":9007199254740993,"m":["a",null,"é😀"],"o":{"y":true,"b":1.5}}'
      await store.bulk([{ action: 'index', index: `${prefix}a`, id: 'x', source }])
      const document = await store.get(`${prefix}a`, 'x')
      expect(stringifyJson(parseJson(document!.source))).toBe(source)
      const found = await find(store, only(`${prefix}a`), '{}')
      expect(stringifyJson(found.hits.hits[0]!._source)).toBe(source)
    },
  },
  {
    name: 'a document that is not there is undefined; an index that is not there is refused',
    async check(store, prefix) {
      await index(store, `${prefix}a`, ['{"n":1}'])
      expect(await store.get(`${prefix}a`, 'nobody')).toBeUndefined()
      expect(await refusal(store.get(`${prefix}none`, '1'))).toEqual({
        status: 404,
        type: 'index_not_found_exception',
        reason: `no such index [${prefix}none]`,
      })
    },
  },
  {
    name: 'delete answers 200 deleted, then 404 not_found',
    async check(store, prefix) {
      await index(store, `${prefix}a`, ['{"n":1}'])
      const remove: BulkOperation = { action: 'delete', index: `${prefix}a`, id: 'd0' }
      expect((await store.bulk([remove])).map(outcome)).toEqual([[200, 'deleted', 2]])
      expect((await store.bulk([remove])).map(({ status, result }) => [status, result])).toEqual([[404, 'not_found']])
      expect(await store.get(`${prefix}a`, 'd0')).toBeUndefined()
    },
  },
  {
    name: 'update merges a partial document, does nothing where nothing changes, and inserts an upsert',
    async check(store, prefix) {
      await index(store, `${prefix}a`, ['{"n":1,"o":{"x":1}}'])
      const update = (id: string, source: string): Promise<BulkItem[]> =>
        store.bulk([{ action: 'update', index: `${prefix}a`, id, source }])
      expect((await update('d0', '{"doc":{"o":{"y":2}}}')).map(outcome)).toEqual([[200, 'updated', 2]])
      expect(parseJson((await store.get(`${prefix}a`, 'd0'))!.source)).toEqual(json('{"n":1,"o":{"x":1,"y":2}}'))
      expect((await update('d0', '{"doc":{"n":1}}')).map(outcome)).toEqual([[200, 'noop', 2]])
      expect((await update('new', '{"doc":{"n":5},"doc_as_upsert":true}')).map(outcome)).toEqual([[201, 'created', 1]])
      expect((await update('up', '{"doc":{"n":5},"upsert":{"n":7}}')).map(outcome)).toEqual([[201, 'created', 1]])
      expect((await store.get(`${prefix}a`, 'up'))!.source).toBe('{"n":7}')
      expect((await update('gone', '{"doc":{"n":5}}')).map(({ status, error }) => [status, error?.type])).toEqual([
        [404, 'document_missing_exception'],
      ])
    },
  },
  {
    name: 'if_seq_no guards a change against another writer',
    async check(store, prefix) {
      await index(store, `${prefix}a`, ['{"n":1}'])
      const { seqNo, primaryTerm } = (await store.get(`${prefix}a`, 'd0'))!
      const change: BulkOperation = {
        action: 'index',
        index: `${prefix}a`,
        id: 'd0',
        source: '{"n":2}',
        ifSeqNo: seqNo,
        ifPrimaryTerm: primaryTerm,
      }
      expect((await store.bulk([change])).map(outcome)).toEqual([[200, 'updated', 2]])
      expect((await store.bulk([change])).map(({ status, error }) => [status, error?.type])).toEqual([
        [409, 'version_conflict_engine_exception'],
      ])
    },
  },
  {
    name: 'an external version must grow',
    async check(store, prefix) {
      const write = (version: number): Promise<BulkItem[]> =>
        store.bulk([
          { action: 'index', index: `${prefix}a`, id: 'v', source: '{"n":1}', version, versionType: 'external' },
        ])
      expect((await write(5)).map(outcome)).toEqual([[201, 'created', 5]])
      expect((await write(5)).map(({ status }) => status)).toEqual([409])
      expect((await write(9)).map(outcome)).toEqual([[200, 'updated', 9]])
    },
  },
  {
    name: 'a document that does not fit the mapping fails alone and names the field',
    async check(store, prefix) {
      await store.createIndex(`${prefix}a`, json('{"mappings":{"properties":{"port":{"type":"integer"}}}}'))
      const items = await index(store, `${prefix}a`, ['{"port":1}', '{"port":"x"}', '{"port":3}'])
      expect(items.map(({ status }) => status)).toEqual([201, 400, 201])
      expect(items[1]!.error!.reason).toContain('failed to parse field [port] of type [integer]')
      expect((await find(store, only(`${prefix}a`), '{}')).hits.total).toEqual({ value: 2, relation: 'eq' })
    },
  },
  {
    name: 'a bad index name fails alone',
    async check(store, prefix) {
      const items = await store.bulk([
        { action: 'index', index: `${prefix}UPPER`, id: '1', source: '{"n":1}' },
        { action: 'index', index: `${prefix}a`, id: '1', source: '{"n":1}' },
      ])
      expect(items.map(({ status, error }) => [status, error?.type])).toEqual([
        [400, 'invalid_index_name_exception'],
        [201, undefined],
      ])
    },
  },
  {
    name: 'a search over wildcards finds daily indices whose fields differ',
    async check(store, prefix) {
      await index(store, `${prefix}logs-2026.01.01`, ['{"port":80,"user":"ana"}'])
      await index(store, `${prefix}logs-2026.01.02`, ['{"port":443}', '{"port":80}'])
      const body = '{"size":0,"query":{"term":{"port":80}},"aggs":{"ports":{"terms":{"field":"port"}}}}'
      const found = await find(store, only(`${prefix}logs-*`), body)
      expect(found.hits.total).toEqual({ value: 2, relation: 'eq' })
      expect(found.aggregations).toMatchObject({ ports: { buckets: [{ key: 80, doc_count: 2 }] } })
      expect(found.timed_out).toBe(false)
      expect(found._shards).toMatchObject({ total: 2, successful: 2, failed: 0 })
    },
  },
  {
    name: 'a name that is not there is refused, a wildcard that matches nothing is empty',
    async check(store, prefix) {
      const search = checkSearch(json('{}'))
      expect(await refusal(store.search(only(`${prefix}none`), search))).toMatchObject({
        status: 404,
        type: 'index_not_found_exception',
      })
      expect((await store.search(only(`${prefix}none*`), search)).hits.total).toEqual({ value: 0, relation: 'eq' })
      const ignoring = { expressions: [`${prefix}none`], ignoreUnavailable: true }
      expect((await store.search(ignoring, search)).hits.hits).toEqual([])
      expect(
        await refusal(store.search({ expressions: [`${prefix}none*`], allowNoIndices: false }, search)),
      ).toMatchObject({ status: 404, type: 'index_not_found_exception' })
    },
  },
  {
    name: 'an excluded name is left out of a wildcard',
    async check(store, prefix) {
      await index(store, `${prefix}a1`, ['{"n":1}'])
      await index(store, `${prefix}a2`, ['{"n":1}'])
      expect(await store.resolveIndices(only(`${prefix}a*`, `-${prefix}a1`))).toEqual([`${prefix}a2`])
    },
  },
  {
    name: 'hidden indices are found by name and not by wildcard',
    async check(store, prefix) {
      await store.createIndex(`${prefix}hid`, json('{"settings":{"index.hidden":true}}'))
      await index(store, `${prefix}hid`, ['{"n":1}'])
      await index(store, `${prefix}his`, ['{"n":1}'])
      expect(await store.resolveIndices(only(`${prefix}hi*`))).toEqual([`${prefix}his`])
      expect(await store.resolveIndices(only(`${prefix}hid`))).toEqual([`${prefix}hid`])
      expect(
        await store.resolveIndices({ expressions: [`${prefix}hi*`], expandWildcards: ['open', 'hidden'] }),
      ).toEqual([`${prefix}hid`, `${prefix}his`])
    },
  },
  {
    name: 'hits carry what was asked: sort values, from, size, a filtered source',
    async check(store, prefix) {
      await index(store, `${prefix}a`, ['{"n":3,"k":"c","o":{"x":1}}', '{"n":1,"k":"a"}', '{"n":2,"k":"b"}'])
      const body = '{"from":1,"size":2,"sort":[{"n":"asc"}],"_source":["k","o.*"]}'
      const found = await find(store, only(`${prefix}a`), body)
      expect(found.hits.hits.map(({ _id, sort, _source, _score }) => [_id, sort, _source, _score])).toEqual([
        ['d2', [2], json('{"k":"b"}'), null],
        ['d0', [3], json('{"k":"c","o":{"x":1}}'), null],
      ])
      expect(found.hits.max_score).toBeNull()
    },
  },
  {
    name: 'track_total_hits: exact, not at all, or up to a number',
    async check(store, prefix) {
      await index(store, `${prefix}a`, ['{"n":1}', '{"n":2}', '{"n":3}'])
      const total = async (track: string): Promise<unknown> =>
        (await find(store, only(`${prefix}a`), `{"size":0,"track_total_hits":${track}}`)).hits.total
      expect(await total('true')).toEqual({ value: 3, relation: 'eq' })
      expect(await total('false')).toBeUndefined()
    },
  },
  {
    name: 'count counts what a query finds',
    async check(store, prefix) {
      await index(store, `${prefix}a`, ['{"n":1}', '{"n":2}', '{"n":3}'])
      await store.refresh(only(`${prefix}a`))
      const search = checkCount(json('{"query":{"range":{"n":{"gte":2}}}}'))
      expect(await store.count(only(`${prefix}a`), search)).toBe(2)
    },
  },
  {
    name: 'an index is created once, with its mappings, and shown with them',
    async check(store, prefix) {
      const body = json(
        '{"mappings":{"properties":{"ip":{"type":"ip"}}},"aliases":{"ALIAS":{}}}'.replace('ALIAS', `${prefix}al`),
      )
      await store.createIndex(`${prefix}a`, body)
      expect(await refusal(store.createIndex(`${prefix}a`, json('{}')))).toMatchObject({
        status: 400,
        type: 'resource_already_exists_exception',
      })
      const shown = await store.getIndices(only(`${prefix}a`))
      expect(shown[`${prefix}a`]).toMatchObject({
        aliases: { [`${prefix}al`]: {} },
        mappings: { properties: { ip: { type: 'ip' } } },
        settings: { index: { provided_name: `${prefix}a` } },
      })
    },
  },
  {
    name: 'a mapping grows, and refuses to change a type',
    async check(store, prefix) {
      await store.createIndex(`${prefix}a`, json('{"mappings":{"properties":{"n":{"type":"long"}}}}'))
      await store.putMapping(only(`${prefix}a`), json('{"properties":{"k":{"type":"keyword"}}}'))
      expect((await store.getIndices(only(`${prefix}a`)))[`${prefix}a`]).toMatchObject({
        mappings: { properties: { n: { type: 'long' }, k: { type: 'keyword' } } },
      })
      expect(
        await refusal(store.putMapping(only(`${prefix}a`), json('{"properties":{"n":{"type":"keyword"}}}'))),
      ).toEqual({
        status: 400,
        type: 'illegal_argument_exception',
        reason: 'mapper [n] cannot be changed from type [long] to [keyword]',
      })
    },
  },
  {
    name: 'dynamic mapping: strings become text with a keyword beside, numbers long or float, ISO times date',
    async check(store, prefix) {
      await index(store, `${prefix}a`, ['{"s":"x","n":1,"f":1.5,"b":true,"t":"2026-01-02T03:04:05Z","o":{"i":1}}'])
      const shown = (await store.getIndices(only(`${prefix}a`)))[`${prefix}a`] as ValueObject
      expect(shown['mappings']).toEqual(
        json(
          '{"properties":{"b":{"type":"boolean"},"f":{"type":"float"},"n":{"type":"long"},"o":{"properties":{"i":{"type":"long"}}},' +
            '"s":{"type":"text","fields":{"keyword":{"type":"keyword","ignore_above":256}}},"t":{"type":"date"}}}',
        ),
      )
    },
  },
  {
    name: 'a template shapes the indices that match it, the higher order winning',
    async check(store, prefix) {
      const low = `{"index_patterns":["${prefix}t*"],"order":1,"mappings":{"properties":{"a":{"type":"keyword"},"b":{"type":"keyword"}}}}`
      const high = `{"index_patterns":["${prefix}t*"],"order":2,"mappings":{"properties":{"b":{"type":"ip"}}}}`
      await store.putTemplate(`${prefix}low`, json(low), { overwrite: true })
      await store.putTemplate(`${prefix}high`, json(high), { overwrite: true })
      expect(Object.keys(await store.getTemplates(`${prefix}*`)).sort()).toEqual([`${prefix}high`, `${prefix}low`])
      await index(store, `${prefix}t1`, ['{"a":"x","b":"1.2.3.4"}'])
      expect((await store.getIndices(only(`${prefix}t1`)))[`${prefix}t1`]).toMatchObject({
        mappings: { properties: { a: { type: 'keyword' }, b: { type: 'ip' } } },
      })
      expect(await store.deleteTemplate(`${prefix}low`)).toBe(true)
      expect(await store.deleteTemplate(`${prefix}low`)).toBe(false)
      expect(await store.deleteTemplate(`${prefix}high`)).toBe(true)
    },
  },
  {
    name: 'a template that is there stays, unless it is to be overwritten',
    async check(store, prefix) {
      const body = (order: number): ValueObject => json(`{"index_patterns":["${prefix}x*"],"order":${order}}`)
      await store.putTemplate(`${prefix}t`, body(1))
      await store.putTemplate(`${prefix}t`, body(2))
      expect((await store.getTemplates(`${prefix}t`))[`${prefix}t`]).toMatchObject({ order: 1 })
      await store.putTemplate(`${prefix}t`, body(3), { overwrite: true })
      expect((await store.getTemplates(`${prefix}t`))[`${prefix}t`]).toMatchObject({ order: 3 })
      await store.deleteTemplate(`${prefix}t`)
    },
  },
  {
    name: 'an alias is read as its indices, and moved in one step',
    async check(store, prefix) {
      await index(store, `${prefix}a`, ['{"n":1}'])
      await index(store, `${prefix}b`, ['{"n":2}'])
      await store.updateAliases([json(`{"add":{"index":"${prefix}a","alias":"${prefix}now"}}`)])
      const read = async (): Promise<unknown> =>
        (await find(store, only(`${prefix}now`), '{}')).hits.hits.map(({ _source }) => _source!['n'])
      expect(await read()).toEqual([1])
      await store.updateAliases([
        json(`{"remove":{"index":"${prefix}a","alias":"${prefix}now"}}`),
        json(`{"add":{"index":"${prefix}b","alias":"${prefix}now"}}`),
      ])
      expect(await read()).toEqual([2])
      const [item] = await store.bulk([{ action: 'index', index: `${prefix}now`, id: 'w', source: '{"n":3}' }])
      expect([item!.status, item!.index]).toEqual([201, `${prefix}b`])
    },
  },
  {
    name: 'describing an index counts its documents',
    async check(store, prefix) {
      await index(store, `${prefix}a`, ['{"n":1}', '{"n":2}'])
      await store.refresh(only(`${prefix}a`))
      const [summary] = await store.describeIndices(only(`${prefix}a`))
      expect(summary).toMatchObject({ name: `${prefix}a`, hidden: false, documents: 2 })
      expect(summary!.uuid).toMatch(/^[\w-]{20,}$/)
      expect(summary!.createdMillis).toBeGreaterThan(1_600_000_000_000)
    },
  },
  {
    name: 'indices are deleted by wildcard and are gone',
    async check(store, prefix) {
      await index(store, `${prefix}a`, ['{"n":1}'])
      await index(store, `${prefix}b`, ['{"n":1}'])
      expect(await store.deleteIndices(only(`${prefix}*`))).toEqual([`${prefix}a`, `${prefix}b`])
      expect(await store.resolveIndices(only(`${prefix}*`))).toEqual([])
      expect(await refusal(store.deleteIndices(only(`${prefix}a`)))).toMatchObject({
        status: 404,
        type: 'index_not_found_exception',
      })
    },
  },
  {
    name: 'many documents in one bulk keep their order in the answer',
    async check(store, prefix) {
      const operations = Array.from({ length: 3_000 }, (_, i): BulkOperation => ({
        action: 'index',
        index: `${prefix}a`,
        id: `n${i}`,
        source: `{"n":${i}}`,
      }))
      const items = await store.bulk(operations)
      expect(items.map(({ id, status }) => `${id}:${status}`)).toEqual(operations.map(({ id }) => `${id}:201`))
      const found = await find(store, only(`${prefix}a`), '{"size":1,"sort":[{"n":"desc"}],"track_total_hits":true}')
      expect([found.hits.total, found.hits.hits[0]!._source]).toEqual([
        { value: 3000, relation: 'eq' },
        json('{"n":2999}'),
      ])
    },
  },
  {
    name: 'health names a colour and counts indices',
    async check(store, prefix) {
      await index(store, `${prefix}a`, ['{"n":1}'])
      const health = await store.health()
      expect(['green', 'yellow']).toContain(health.status)
      expect(health.indices).toBeGreaterThan(0)
      expect(health.readOnly).toBeUndefined()
    },
  },
]
