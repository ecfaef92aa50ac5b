import { expect, test } from 'vitest'
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
