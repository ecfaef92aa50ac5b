import { describe, expect, test } from 'vitest'
import { stringifyJson, type ValueObject } from '../../event/index.ts'
import { sampleWatch, startSample } from '../../../test/fixtures/sample-watch.ts'

describe('inputs and transforms', () => {
  test('search: types, extract, templates in the body, options', async () => {
    await using system = await startSample()
    await system.index('events-1', { kind: 'scan', type: 'tcpdump', n: 1 }, { kind: 'scan', type: 'other', n: 2 })
    const request = {
      search_type: 'query_then_fetch',
      indices: 'events-*,absent-*',
      types: 'tcpdump',
      indices_options: { allow_no_indices: true, ignore_unavailable: true, expand_wildcards: 'open' },
      body: {
        query: { range: { n: { lte: '{{ctx.metadata.limit}}' } } },
        aggs: { by: { terms: { field: 'kind.keyword' } } },
      },
    }
    const input = { search: { request, extract: ['hits.total', 'hits.hits._source.n', 'aggregations.by.buckets.key'] } }
    const definition = sampleWatch({ input, metadata: { limit: 5 }, condition: { always: {} }, actions: {} })
    const { record } = await system.watcher.execute(undefined, {}, definition)
    expect(JSON.parse(stringifyJson((record['result'] as ValueObject)['input']))).toMatchObject({
      status: 'success',
      payload: {
        hits: { total: 1, hits: [{ _source: { n: 1 } }] },
        aggregations: { by: { buckets: [{ key: 'scan' }] } },
      },
      search: {
        request: {
          indices: ['events-*,absent-*'],
          types: ['tcpdump'],
          body: { query: { range: { n: { lte: '5' } } } },
        },
      },
    })
  })

  test('chain: each input sees those before it; transforms follow one another', async () => {
    await using system = await startSample()
    await system.index('events-1', { kind: 'scan', n: 1 }, { kind: 'login', n: 2 })
    const body = { query: { match: { kind: '{{ctx.payload.first.kind}}' } } }
    const inputs = [
      { first: { simple: { kind: 'login' } } },
      { second: { search: { request: { indices: ['events-1'], body } } } },
    ]
    const transform = { chain: [{ script: 'second' }, { script: { source: 'hits' } }, { script: { source: 'total' } }] }
    const definition = sampleWatch({ input: { chain: { inputs } }, condition: { always: {} }, transform, actions: {} })
    const { record } = await system.watcher.execute(undefined, {}, definition)
    expect(record['result']).toMatchObject({
      input: {
        type: 'chain',
        chain: {
          first: { type: 'simple', status: 'success', payload: { kind: 'login' } },
          second: { type: 'search', status: 'success', search: { request: { indices: ['events-1'] } } },
        },
      },
      transform: { payload: { _value: 1 } },
    })
  })
})
