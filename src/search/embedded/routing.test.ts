import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../clock/index.ts'
import { nullLogger } from '../../diagnostic/index.ts'
import { toValue, type ValueObject } from '../../event/index.ts'
import { openEmbeddedStore } from './embedded-store.ts'
import { readOperations, RecordWriter } from './operation-record.ts'
import { shardOf } from './routing.ts'

test.each([
  ['5', 5],
  ['1', 5],
])('%s is in the same shard of %d every time, and in the first of one', (routing, shards) => {
  expect(shardOf(routing, shards)).toBe(shardOf(routing, shards))
  expect(shardOf(routing, shards)).toBeLessThan(shards)
  expect(shardOf(routing, 1)).toBe(0)
})

test('a record keeps routings with their documents', () => {
  const writer = new RecordWriter()
  writer.document('u', 'i', '1', 0, 1, '{}', 'here')
  writer.document('u', 'i', '2', 1, 1, '{}')
  writer.deletion('u', 'i', '1', 2, 2)
  const read = [...readOperations(writer.finish())].map(({ id, routing, deleted }) => [id, routing, deleted])
  expect(read).toEqual([
    ['1', 'here', false],
    ['2', undefined, false],
    ['1', undefined, true],
  ])
})

test('an alias with a routing gives it to what is written and read through it', async () => {
  const path = mkdtempSync(join(tmpdir(), 'vedetta-routing-'))
  const store = await openEmbeddedStore({ path, logger: nullLogger, clock: systemClock })
  try {
    const aliases = { through: { index_routing: 'one', search_routing: 'one,two' } }
    await store.createIndex('logs', toValue({ aliases }) as ValueObject)
    const write = (id: string, routing?: string) =>
      store.bulk([
        { action: 'index', index: 'through', id, source: '{}', ...(routing === undefined ? {} : { routing }) },
      ])
    expect((await write('1'))[0]).toMatchObject({ status: 201 })
    expect((await write('2', 'one'))[0]).toMatchObject({ status: 201 })
    const refused =
      'Alias [through] has index routing associated with it [one], and was provided with routing value [two]'
    expect((await write('3', 'two'))[0]).toMatchObject({
      status: 400,
      error: { reason: `${refused}, rejecting operation` },
    })
    expect((await store.get('logs', '1'))?.routing).toBe('one')
    expect((await store.get('through', '2'))?.routing).toBe('one')
    await expect(store.get('through', '1', 'two')).rejects.toThrow(refused)
  } finally {
    await store.close()
    rmSync(path, { recursive: true })
  }
})
