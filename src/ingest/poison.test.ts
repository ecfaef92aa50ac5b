import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/plugin-fixture.ts'
import { ManualClock } from '../clock/index.ts'
import { nullLogger } from '../diagnostic/index.ts'
import { GeoDatabases } from '../enrich/index.ts'
import { toValue } from '../event/index.ts'
import type { BulkOperation, Store } from '../search/index.ts'
import { ingestingStore } from './ingesting-store.ts'
import { IngestPipelines } from './pipelines.ts'

const LONG = 'a'.repeat(40_000)

test.each<[title: string, processor: object, poison: object]>([
  ['an object to convert', { convert: { field: 'a', type: 'integer' } }, { a: { b: 1 } }],
  ['an object in a list to convert', { convert: { field: 'a', type: 'string' } }, { a: [{ b: 1 }] }],
  ['an object as a date', { date: { field: 'a', formats: ['ISO8601'] } }, { a: { b: 1 } }],
  ['a pattern that no engine compiles', { grok: { field: 'a', patterns: [`(?<x>${LONG})`] } }, { a: 'x' }],
])('%s fails its document, not the bulk around it', async (_, processor, poison) => {
  using folder = temporaryFolder()
  const clock = new ManualClock()
  const kept: BulkOperation[] = []
  const inner = {
    pipelinesOf: () => ({ first: 'p', final: undefined }),
    getResources: async () => ({
      p: toValue({ processors: [{ set: { if: 'ctx.a == 1', field: 'ok', value: 1 } }, processor] }),
    }),
    bulk: async (operations: readonly BulkOperation[]) => {
      kept.push(...operations)
      return operations.map(({ action, index }) => ({ action, index, id: '1', status: 201 }))
    },
  } as unknown as Store
  const pipelines = new IngestPipelines(inner, clock, new GeoDatabases(folder.path, clock, nullLogger))
  const store = ingestingStore(inner, pipelines)
  const operation = (source: object): BulkOperation =>
    ({ action: 'index', index: 'i', source: JSON.stringify(source) }) as BulkOperation
  const items = await store.bulk([operation(poison), { ...operation({}), pipeline: '_none' }])
  expect(items.map(({ status }) => status)).toEqual([400, 201])
  expect(kept).toHaveLength(1)
})
