import { expect, test } from 'vitest'
import { runActions } from '../../../test/fixtures/sample-watch.ts'

test('the payload, several documents, and a refusal', async () => {
  const [system, results] = await runActions(
    {
      one: { index: { index: 'alerts', doc_id: '{{ctx.watch_id}}-1', execution_time_field: 'at' } },
      many: { transform: { script: { source: 'docs' } }, index: { index: 'alerts' } },
      bad: { transform: { script: { source: 'docs' } }, index: { index: 'UPPER' } },
    },
    {
      a: 1,
      docs: {
        _doc: [{ b: 2, _id: 'x' }, { b: 3 }],
      },
    },
  )
  await using _ = system
  expect(results.map(({ status }) => status)).toEqual(['success', 'success', 'failure'])
  expect(JSON.parse((await system.store.get('alerts', '_inlined_-1'))!.source)).toMatchObject({
    a: 1,
    at: '2026-11-24T12:00:00.000Z',
  })
  expect(JSON.parse((await system.store.get('alerts', 'x'))!.source)).toEqual({ b: 2 })
  expect(results[2]).toMatchObject({ reason: expect.stringContaining('lowercase') })
})

test('documents name their index and id themselves where the action does not', async () => {
  const _doc = [
    { n: 1, _index: 'first', _id: 'x' },
    { n: 2, _index: 'UPPER' },
  ]
  const [system, [own]] = await runActions(
    { own: { index: { timeout_in_millis: 5000, refresh: 'wait_for' } } },
    { _doc },
  )
  await using _ = system
  expect(own).toMatchObject({ status: 'partial_failure', reason: expect.stringContaining('lowercase') })
  expect(JSON.parse((await system.store.get('first', 'x'))!.source)).toEqual({ n: 1 })
})

test.each<[object, object, string]>([
  [{ index: 'a', doc_id: '1' }, { _doc: [{ n: 1 }] }, "'doc_id' cannot be used with a list of documents in '_doc'"],
  [{ index: 'a', doc_id: '1' }, { n: 1, _id: '2' }, '[ctx.payload._doc._id] were set together with action [doc_id]'],
  [{ index: 'a' }, { _doc: { n: 1, _index: 'b' } }, '[ctx.payload._doc._index] were set together with action [index]'],
  [{}, { n: 1 }, "the index action has no 'index' and the document no '_index'"],
  [{ index: 'a' }, { _doc: [1] }, "'_doc' of the payload must be a list of objects"],
])('%j of %j stores nothing', async (index, payload, reason) => {
  const [system, results] = await runActions({ one: { index } }, payload)
  await using _ = system
  expect(results).toMatchObject([{ status: 'failure', reason: expect.stringContaining(reason) }])
  expect(await system.store.resolveIndices({ expressions: ['*'] })).toEqual([])
})
