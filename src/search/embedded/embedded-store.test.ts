import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ManualClock, systemClock } from '../../clock/index.ts'
import { nullLogger, type Logger } from '../../diagnostic/index.ts'
import { parseJson, toValue, type ValueObject } from '../../event/index.ts'
import { checkSearch } from '../dsl/index.ts'
import type { BulkItem, BulkOperation, Store } from '../store.ts'
import type { EmbeddedStoreOptions } from './store-options.ts'
import { openEmbeddedStore } from './embedded-store.ts'

let path: string
let clock: ManualClock
const opened: Store[] = []
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'vedetta-store-'))
  clock = new ManualClock()
})
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
  await rm(path, { recursive: true, force: true })
})

function listening(): { logger: Logger; said: string[] } {
  const said: string[] = []
  const note = (_fields: object, message: string): void => void said.push(message)
  return { said, logger: { ...nullLogger, error: note, warn: note } }
}

async function open(options: Partial<EmbeddedStoreOptions> = {}): Promise<Store> {
  const store = await openEmbeddedStore({ path, clock, logger: nullLogger, ...options })
  opened.push(store)
  return store
}

function documents(index: string, sources: readonly string[], first = 0): BulkOperation[] {
  return sources.map((source, i) => ({ action: 'index', index, id: `d${first + i}`, source }))
}

function object(plain: unknown): ValueObject {
  return toValue(plain) as ValueObject
}

async function found(store: Store, index: string, body: unknown = {}): Promise<unknown[]> {
  const search = checkSearch(object({ sort: ['n'], size: 1000, ...(body as object) }))
  return (await store.search({ expressions: [index] }, search)).hits.hits.map(({ _id, _source }) => [
    _id,
    _source!['n'],
  ])
}

const statuses = (items: readonly BulkItem[]): unknown[] => items.map(({ status, error }) => error?.type ?? status)

/** Makes the store forget its process: what is on disk is all that the next one finds. */
async function crash(store: Store): Promise<void> {
  const inside = store as unknown as {
    upkeep: { stop(): void }
    journal: { close(): Promise<void> }
    closing: unknown
  }
  inside.upkeep.stop()
  inside.closing = Promise.resolve()
  await inside.journal.close()
  await rm(join(path, 'lock'))
}

async function segmentsOf(store: Store, index: string): Promise<string[]> {
  const [summary] = await store.describeIndices({ expressions: [index] })
  const folder = join(path, 'indices', summary!.uuid)
  return (await readdir(folder)).sort().map((name) => join(folder, name))
}

test('a refresh waits until what can be found is durable', async () => {
  const store = await open()
  let durable = false
  const written = store.bulk(documents('seen', ['{"n":1}'])).then(() => (durable = true))
  expect(await found(store, 'seen')).toEqual([['d0', 1]])
  await store.refresh({ expressions: ['seen'] })
  expect(durable).toBe(true)
  await written
})

test('a refused document is named by the id it would have had', async () => {
  const store = await open()
  const write = (source: string): Promise<BulkItem[]> => store.bulk([{ action: 'index', index: 'x', source }])
  await write('{"n":1}')
  const [refused] = await write('{"n":"many"}')
  expect(refused!.status).toBe(400)
  expect(refused!.id).toHaveLength(20)
  expect(refused!.error!.reason).toContain(`in document with id '${refused!.id}'`)
})

describe('what was written', () => {
  test('is there after close and open, from the segments alone', async () => {
    const first = await open()
    await first.bulk(documents('a', ['{"n":1}', '{"n":2}']))
    await first.bulk([{ action: 'delete', index: 'a', id: 'd0' }])
    await first.close()
    expect((await stat(join(path, 'journal'))).isDirectory()).toBe(true)
    await rm(join(path, 'journal'), { recursive: true })
    const second = await open()
    expect(await found(second, 'a')).toEqual([['d1', 2]])
    const [item] = await second.bulk(documents('a', ['{"n":3}'], 1))
    expect([item!.version, item!.seqNo]).toEqual([2, 3])
  })

  test('is there after a crash, from the journal, with mapping, versions and deletions', async () => {
    const first = await open()
    await first.bulk(documents('a', ['{"n":1,"s":"x"}', '{"n":2}', '{"n":3}']))
    await first.bulk([...documents('a', ['{"n":10}']), { action: 'delete', index: 'a', id: 'd1' }])
    await crash(first)
    const second = await open()
    expect(await found(second, 'a')).toEqual([
      ['d2', 3],
      ['d0', 10],
    ])
    expect(await second.get('a', 'd0')).toMatchObject({ version: 2, seqNo: 3, source: '{"n":10}' })
    expect((await second.getIndices({ expressions: ['a'] }))['a']).toMatchObject({
      mappings: { properties: { n: { type: 'long' }, s: { type: 'text' } } },
    })
  })

  test('routings are there after a crash, of what was sealed and of what was not', async () => {
    const first = await open()
    const one = (id: string, routing?: string): BulkOperation => ({
      action: 'index',
      index: 'a',
      id,
      source: '{}',
      routing,
    })
    await first.bulk([one('1', 'x'), one('2')])
    await first.maintenance!.flush({ expressions: ['a'] })
    await first.bulk([one('3', 'y'), one('4')])
    await crash(first)
    const second = await open()
    const routings = await Promise.all(['1', '2', '3', '4'].map((id) => second.get('a', id)))
    expect(routings.map((document) => document?.routing)).toEqual(['x', undefined, 'y', undefined])
  })

  test('a change of a sealed document survives a crash, and so does one that came while it was sealed', async () => {
    const first = await open({ sealDocuments: 4 })
    await first.bulk(documents('a', ['{"n":1}', '{"n":2}', '{"n":3}', '{"n":4}']))
    await first.bulk(documents('a', ['{"n":20}'], 1))
    await crash(first)
    const second = await open()
    expect(await found(second, 'a')).toEqual([
      ['d0', 1],
      ['d2', 3],
      ['d3', 4],
      ['d1', 20],
    ])
  })

  test('an index that was deleted does not come back from the journal', async () => {
    const first = await open()
    await first.bulk(documents('a', ['{"n":1}']))
    await first.deleteIndices({ expressions: ['a'] })
    await first.bulk(documents('a', ['{"n":2}'], 5))
    await crash(first)
    const second = await open()
    expect(await found(second, 'a')).toEqual([['d5', 2]])
  })

  test('templates and aliases are there again', async () => {
    const first = await open()
    await first.putTemplate(
      't',
      object({ index_patterns: 'x-*', mappings: { properties: { n: { type: 'keyword' } } } }),
    )
    await first.createIndex('x-1', object({ aliases: { now: { is_write_index: true } } }))
    await crash(first)
    const second = await open()
    expect(Object.keys(await second.getTemplates())).toEqual(['t'])
    const [item] = await second.bulk(documents('now', ['{"n":"a"}']))
    expect(item!.index).toBe('x-1')
    expect((await second.getIndices({ expressions: ['x-1'] }))['x-1']).toMatchObject({
      aliases: { now: { is_write_index: true } },
      mappings: { properties: { n: { type: 'keyword' } } },
    })
  })

  test('files can be read by their owner alone', async () => {
    const store = await open()
    await store.bulk(documents('a', ['{"n":1}']))
    await store.close()
    for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
      const { mode } = await stat(join(entry.parentPath, entry.name))
      expect([entry.name, mode & 0o077]).toEqual([entry.name, 0])
    }
  })
})

describe('damage', () => {
  test('a segment cut short is named and set aside, the rest goes on', async () => {
    const first = await open({ sealDocuments: 2 })
    await first.bulk(documents('a', ['{"n":1}', '{"n":2}']))
    await first.close()
    const second = await open()
    await second.bulk(documents('a', ['{"n":3}'], 2))
    await second.close()
    opened.length = 0
    const third = await open()
    const [segment] = await segmentsOf(third, 'a')
    await third.close()
    const content = await readFile(segment!)
    await writeFile(segment!, content.subarray(0, content.length - 5))
    const { logger, said } = listening()
    const fourth = await open({ logger })
    expect(await found(fourth, 'a')).toEqual([['d2', 3]])
    expect(said.join('\n')).toContain(`its documents of index [a] are set aside in ${segment}.damaged`)
    expect(await readdir(join(segment!, '..'))).toContain('00000001.segment.damaged')
  })

  test('a flipped byte is found when the block is read; the search answers with the rest', async () => {
    const first = await open()
    await first.bulk(documents('a', [`{"n":1,"s":"${'x'.repeat(200)}"}`]))
    await first.close()
    opened.length = 0
    const second = await open()
    await second.bulk(documents('a', ['{"n":2}'], 1))
    const [segment] = await segmentsOf(second, 'a')
    await second.close()
    const content = await readFile(segment!)
    content[20]! ^= 4
    await writeFile(segment!, content)
    const { logger, said } = listening()
    const third = await open({ logger })
    const query = { terms: { 's.keyword': ['x'.repeat(200), 'y'] } }
    await third.bulk(documents('a', ['{"n":2,"s":"y"}'], 1))
    expect(await found(third, 'a', { query })).toEqual([['d1', 2]])
    expect(said.some((line) => line.startsWith(`store: damaged dictionary of [s.keyword] in ${segment} at byte`))).toBe(
      true,
    )
    expect(await third.get('a', 'd0')).toBeUndefined()
  })

  test('a damaged table of ids loses no write, neither now nor after a crash', async () => {
    const first = await open()
    await first.bulk(documents('a', ['{"n":1}']))
    await first.close()
    opened.length = 0
    const second = await open()
    await second.bulk(documents('a', ['{"n":2}'], 1))
    const [segment] = await segmentsOf(second, 'a')
    await crash(second)
    opened.length = 0
    const content = await readFile(segment!)
    // The header and the directory stay whole.
    content.fill(0, 16, 200)
    await writeFile(segment!, content)
    const { logger, said } = listening()
    const third = await open({ logger })
    expect(statuses(await third.bulk(documents('a', ['{"n":3}', '{"n":4}', '{"n":5}'])))).toEqual([201, 200, 201])
    expect(said.filter((line) => line.includes(`in ${segment} at byte`)).length).toBe(1)
    await crash(third)
    opened.length = 0
    expect(await found(await open(), 'a')).toEqual([
      ['d0', 3],
      ['d1', 4],
      ['d2', 5],
    ])
  })

  test('a damaged catalog is replaced by the one before, and the segments fill in what it does not know', async () => {
    const first = await open()
    await first.bulk(documents('a', ['{"n":1}']))
    await first.close()
    await writeFile(join(path, 'catalog.json'), 'nonsense')
    await rm(join(path, 'catalog.previous.json'))
    const { logger, said } = listening()
    const second = await open({ logger })
    expect(await found(second, 'a')).toEqual([['d0', 1]])
    expect(said[0]).toContain('catalog.json is damaged; using the one before it')
  })

  test('a damaged catalog loses no document that is only in the journal', async () => {
    const first = await open()
    await first.bulk(documents('a', ['{"n":1}']))
    await crash(first)
    await writeFile(join(path, 'catalog.json'), 'nonsense')
    const second = await open()
    expect(await found(second, 'a')).toEqual([['d0', 1]])
  })
})

describe('the lock', () => {
  test('refuses a second store in the same folder', async () => {
    const first = await open()
    await expect(open()).rejects.toThrow(`the data folder ${path} is in use by another process (pid ${process.pid})`)
    await first.close()
    await (await open()).close()
  })

  test('of a process that is gone, or of another that got its number, is taken over', async () => {
    for (const owner of [{ pid: 2 ** 22 + 1 }, { pid: process.pid, started: '1' }, 'torn']) {
      await writeFile(join(path, 'lock'), JSON.stringify(owner))
      const { logger, said } = listening()
      const store = await open({ logger })
      expect(said[0]).toContain('took over the lock')
      await store.close()
    }
  })

  test('names a folder that cannot be used', async () => {
    await writeFile(join(path, 'file'), '')
    await expect(open({ path: join(path, 'file') })).rejects.toThrow(/file cannot be used/)
  })
})

describe('a disk that fills up', () => {
  const space = (free: number) => (): Promise<{ total: number; free: number }> => Promise.resolve({ total: 1000, free })

  test('is warned of below 10 %, makes the store read-only below 5 %, and it comes back by itself', async () => {
    let free = 500
    const { logger, said } = listening()
    const store = await open({ logger, diskSpace: () => space(free)() })
    free = 80
    await clock.advance(31_000)
    expect(said).toEqual([`store: only 8.0 % of the disk of ${path} is free; below 5 % the store refuses writes`])
    expect(statuses(await store.bulk(documents('a', ['{"n":1}'])))).toEqual([201])
    free = 30
    await clock.advance(31_000)
    expect((await store.health()).readOnly).toContain('only 3.0 % of the disk')
    const [refused] = await store.bulk(documents('a', ['{"n":2}'], 1))
    expect([refused!.status, refused!.error!.type]).toEqual([429, 'cluster_block_exception'])
    expect(statuses(await store.bulk([{ action: 'delete', index: 'a', id: 'd0' }]))).toEqual([200])
    await expect(store.createIndex('b', object({}))).rejects.toThrow('read-only')
    free = 500
    await clock.advance(31_000)
    expect(statuses(await store.bulk(documents('a', ['{"n":2}'], 1)))).toEqual([201])
  })

  test('a write that the disk refuses is answered 429, is not visible, and restores what it replaced', async () => {
    const store = await open()
    await store.bulk(documents('a', ['{"n":1}', '{"n":2}', '{"n":3}']))
    const { journal } = store as unknown as { journal: { append: unknown } }
    const { append } = journal
    journal.append = (): Promise<never> => Promise.reject(Object.assign(new Error('x'), { code: 'ENOSPC' }))
    const items = await store.bulk([
      ...documents('a', ['{"n":10}']),
      { action: 'delete', index: 'a', id: 'd1' },
      { action: 'create', index: 'a', id: 'new', source: '{"n":4}' },
      ...documents('a', ['{"n":11}']),
    ])
    expect(statuses(items)).toEqual(Array(4).fill('cluster_block_exception'))
    expect(items[0]!.error!.reason).toContain('no space left on the disk')
    expect(await found(store, 'a')).toEqual([
      ['d0', 1],
      ['d1', 2],
      ['d2', 3],
    ])
    journal.append = append
    const [again] = await store.bulk(documents('a', ['{"n":12}']))
    expect([again!.status, again!.version]).toEqual([200, 2])
  })
})

describe('retention', () => {
  const DAY = 86_400_000

  test('removes events by their age, then the index; other documents and hidden indices stay', async () => {
    const store = await open({ sealAge: 1000 })
    await store.bulk([
      ...documents('logs', ['{"@timestamp":"2016-02-08T00:00:00Z","n":1}']),
      ...documents('inventory', ['{"n":1}']),
      ...documents('.kept', ['{"@timestamp":"2016-02-08T00:00:00Z","n":1}']),
      ...documents('.watcher-history-1', ['{"@timestamp":"2016-02-08T00:00:00Z","n":1}']),
    ])
    const left = async (): Promise<string[]> => store.resolveIndices({ expressions: ['*'], expandWildcards: ['all'] })
    const sealed = async (): Promise<boolean> => {
      const indices = await store.describeIndices({ expressions: ['*'], expandWildcards: ['all'] })
      const folders = await Promise.all(
        indices.map(({ uuid }) => readdir(join(path, 'indices', uuid)).catch(() => [] as string[])),
      )
      return folders.every((names) => names.some((name) => name.endsWith('.segment')))
    }
    expect(await reached(sealed, true)).toBe(true)
    clock.jump(29 * DAY)
    await clock.advance(40_000)
    expect(await left()).toEqual(['.kept', '.watcher-history-1', 'inventory', 'logs'])
    clock.jump(DAY + 60_000)
    expect(await reached(left, ['.kept', 'inventory'])).toEqual(['.kept', 'inventory'])
  })

  test('removes the oldest when the store takes too much of the disk', async () => {
    let free = 1_000_000
    const store = await open({ diskSpace: async () => ({ total: 1_000_000, free }), sealDocuments: 1 })
    for (const [i, index] of ['old', 'new'].entries()) {
      await store.bulk(documents(index, [`{"@timestamp":"2016-02-08T00:00:00Z","n":${i}}`]))
      expect(await reached(async () => (await segmentsOf(store, index).catch(() => [])).length, 1)).toBe(1)
      clock.jump(1000)
    }
    const bytes = (await store.describeIndices({ expressions: ['*'] })).reduce((sum, index) => sum + index.bytes, 0)
    // Room for one of the two.
    free = Math.floor(bytes * 0.1)
    const left = async (): Promise<unknown[]> => [await found(store, 'old'), await found(store, 'new')]
    expect(await reached(left, [[], [['d0', 1]]])).toEqual([[], [['d0', 1]]])
  })
})

/** Moves the clock on until it is so: what the store does in between takes time on a real disk. */
async function reached<T>(check: () => Promise<T>, expected: T): Promise<T> {
  const end = systemClock.monotonic() + 60_000
  while (systemClock.monotonic() < end && !isDeepStrictEqual(await check(), expected)) {
    await clock.advance(1000)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return check()
}

describe('operations', () => {
  test.each<[string, BulkOperation, string | number]>([
    ['an empty id', { action: 'index', index: 'a', id: '', source: '{}' }, 'illegal_argument_exception'],
    [
      'an id of 513 bytes',
      { action: 'index', index: 'a', id: 'x'.repeat(513), source: '{}' },
      'action_request_validation_exception',
    ],
    ['an id of 512 bytes', { action: 'index', index: 'a', id: 'x'.repeat(512), source: '{}' }, 201],
    ['JSON cut in half', { action: 'index', index: 'a', source: '{"a":' }, 'mapper_parsing_exception'],
    ['a list for a document', { action: 'index', index: 'a', source: '[1]' }, 'mapper_parsing_exception'],
    ['a delete without index', { action: 'delete', index: 'none', id: '1' }, 'index_not_found_exception'],
    [
      'an alias that must be',
      { action: 'index', index: 'a', source: '{}', requireAlias: true },
      'index_not_found_exception',
    ],
    [
      'an update without change',
      { action: 'update', index: 'a', id: '1', source: '{}' },
      'action_request_validation_exception',
    ],
    [
      'an internal version',
      { action: 'index', index: 'a', id: '1', source: '{}', version: 3 },
      'action_request_validation_exception',
    ],
    [
      'a sequence number of nothing',
      { action: 'index', index: 'a', id: '1', source: '{}', ifSeqNo: 3, ifPrimaryTerm: 1 },
      'version_conflict_engine_exception',
    ],
    [
      'nesting of 100,000',
      { action: 'index', index: 'a', source: `${'['.repeat(1e5)}${']'.repeat(1e5)}` },
      'mapper_parsing_exception',
    ],
  ])('%s', async (_name, operation, outcome) => {
    const store = await open()
    expect(statuses(await store.bulk([operation]))).toEqual([outcome])
  })

  test.each(['UPPER', '_x', '-x', '+x', '.', '..', 'a b', 'a/b', 'a,b', 'a#b', 'a:b', 'é'.repeat(128), ''])(
    'the index name %j is refused',
    async (index) => {
      const store = await open()
      expect(statuses(await store.bulk([{ action: 'index', index, source: '{}' }]))).toEqual([
        'invalid_index_name_exception',
      ])
    },
  )

  test('a name with date math is the index of the day', async () => {
    const store = await open()
    const [item] = await store.bulk([{ action: 'index', index: '<logs-{now/d-1d{yyyy.MM.dd|+12:00}}>', source: '{}' }])
    expect(item!.index).toBe('logs-2025.12.31')
    expect(await store.resolveIndices({ expressions: ['<logs-{now/d-1d}>'] })).toEqual(['logs-2025.12.31'])
  })

  test('a document that was deleted goes on with its version for a minute', async () => {
    const store = await open()
    await store.bulk(documents('a', ['{"n":1}']))
    await store.bulk([{ action: 'delete', index: 'a', id: 'd0' }])
    expect((await store.bulk(documents('a', ['{"n":1}'])))[0]!.version).toBe(3)
    await store.bulk([{ action: 'delete', index: 'a', id: 'd0' }])
    await clock.advance(61_000)
    expect((await store.bulk(documents('a', ['{"n":1}'])))[0]!.version).toBe(1)
  })

  test('bulks that come together see each other and keep their order', async () => {
    const store = await open()
    const all = await Promise.all(
      Array.from({ length: 20 }, () => store.bulk([{ action: 'index', index: 'a', id: 'x', source: '{"n":1}' }])),
    )
    expect(all.map(([item]) => item!.version)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
    expect((await found(store, 'a')).length).toBe(1)
  })
})

test('segments are sealed while documents come, small ones are merged, and nothing is lost or seen twice', async () => {
  const store = await open({ sealDocuments: 50 })
  const expected = new Map<string, number>()
  let n = 0
  for (let round = 0; round < 40; round++) {
    const operations: BulkOperation[] = []
    for (let i = 0; i < 25; i++) {
      const id = `k${(n * 7919) % 400}`
      operations.push({ action: 'index', index: 'a', id, source: `{"n":${n}}` })
      expected.set(id, n++)
    }
    await store.bulk(operations)
    const seen = await found(store, 'a')
    expect(seen.length).toBe(expected.size)
  }
  expect(new Map((await found(store, 'a')) as [string, number][])).toEqual(expected)
  // A thousand documents in runs of fifty are twenty segments.
  expect((await segmentsOf(store, 'a')).filter((file) => file.endsWith('.segment')).length).toBeLessThan(12)
  await store.close()
  opened.length = 0
  const again = await open()
  expect(new Map((await found(again, 'a')) as [string, number][])).toEqual(expected)
  for (const [id, value] of expected)
    expect(parseJson((await again.get('a', id))!.source)).toEqual(object({ n: value }))
})
