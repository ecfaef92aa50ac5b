import { expect, test } from 'vitest'
import { startWatchSystem } from '../../test/fixtures/watch-system.ts'

test('the history of more than a week ago goes, at the start and while it runs', async () => {
  await using system = await startWatchSystem()
  const { store, watcher } = system
  for (const day of ['2026.11.15', '2026.11.16', '2026.11.17', '2026.11.24'])
    await store.createIndex(`.watcher-history-${day}`, {})
  await store.createIndex('.watcher-history-6-2018.01.01', {})
  await store.createIndex('.watcher-history-mine', {})
  const left = (): Promise<string[]> =>
    store.resolveIndices({ expressions: ['.watcher-history-*'], expandWildcards: ['open', 'hidden'] })
  await watcher.start()
  expect(await left()).toEqual(['.watcher-history-2026.11.17', '.watcher-history-2026.11.24', '.watcher-history-mine'])
  await system.clock.advance(86_400_000)
  await expect.poll(left).toEqual(['.watcher-history-2026.11.24', '.watcher-history-mine'])
})
