import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../clock/index.ts'
import { nullLogger } from '../../diagnostic/index.ts'
import { openEmbeddedStore } from '../../search/embedded/embedded-store.ts'
import { registerSearchRoutes, type Store } from '../../search/index.ts'
import { createServer, Users, type Server } from '../../server/index.ts'
import { registerExport } from './export.ts'
import { registerImport } from './import.ts'

let folder: string
let store: Store
let server: Server
let url: string

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vedetta-transfer-'))
  store = await openEmbeddedStore({ path: join(folder, 'store'), logger: nullLogger, clock: systemClock })
  const users = new Users(join(folder, 'users.json'))
  server = createServer({ host: '127.0.0.1', port: 0, users, logger: nullLogger })
  registerSearchRoutes(server, store, { clock: systemClock, nodeName: 'test', clusterUuid: 'test', version: '0' })
  ;({ url } = await server.listen())
  vi.spyOn(console, 'error').mockImplementation(() => {})
})

afterEach(async () => {
  vi.restoreAllMocks()
  await server.close()
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

async function vedetta(...args: string[]): Promise<void> {
  const program = new Command().exitOverride()
  registerExport(program)
  registerImport(program)
  await program.parseAsync([...args, '--url', url], { from: 'user' })
}

async function fill(): Promise<void> {
  await store.bulk(
    Array.from({ length: 4500 }, (_, n) => ({
      action: 'index' as const,
      index: n % 2 === 0 ? 'logs-a' : 'logs-b',
      id: String(n),
      // What JavaScript would round is kept as it is.
      source: `{"n":${n},"exact":1.0,"big":9007199254740993,"tags":["x","y"],"nested":{"ip":"10.0.0.1"},"even":${n % 2 === 0}}`,
    })),
  )
}

describe.each(['ndjson', 'parquet'])('through %s', (format) => {
  test('what was exported is imported again, number for number', async () => {
    await fill()
    const file = join(folder, `all.${format}`)
    await vedetta('export', 'logs-*', file)
    expect(existsSync(`${file}.partial`)).toBe(false)
    await store.deleteIndices({ expressions: ['logs-*'] })
    await vedetta('import', file)
    expect((await store.describeIndices({ expressions: [] })).map(({ name, documents }) => [name, documents])).toEqual([
      ['logs-a', 2250],
      ['logs-b', 2250],
    ])
    const source = '{"n":4,"exact":1.0,"big":9007199254740993,"tags":["x","y"],"nested":{"ip":"10.0.0.1"},"even":true}'
    expect((await store.get('logs-a', '4'))!.source).toBe(source)
  })

  test('a query chooses, --index redirects, and a second import doubles nothing', async () => {
    await fill()
    const file = join(folder, `some.${format}`)
    await vedetta('export', 'logs-*', file, '--query', 'n:[0 TO 9] AND even:true')
    for (let times = 0; times < 2; times++) await vedetta('import', file, '--index', 'again')
    expect((await store.describeIndices({ expressions: ['again'] }))[0]!.documents).toBe(5)
  })
})

test('Parquet has a column a field, of its type', async () => {
  await fill()
  const file = join(folder, 'columns.parquet')
  await vedetta('export', 'logs-*', file, '--query', '{"term":{"n":3}}')
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(file) })
  expect(rows).toMatchObject([
    {
      _index: 'logs-b',
      _id: '3',
      n: 3n,
      exact: 1,
      big: 9007199254740993n,
      tags: '["x","y"]',
      'nested.ip': '10.0.0.1',
      even: false,
    },
  ])
})

describe('refuses', () => {
  test.each([
    [
      'a line that is no document',
      'bad.ndjson',
      '{"_index":"a"}\n',
      ":1: a line must be an object with '_index', '_id' and '_source'",
    ],
    ['what is not JSON', 'bad.ndjson', '{"_index":"a","_id":"1","_source":{}}\n{"cut', ':2: not JSON'],
    ['what is no Parquet', 'bad.parquet', 'text', 'is not a Parquet file'],
    ['an ending it does not know', 'bad.csv', '', '--format must be ndjson or parquet'],
  ])('%s', async (_, name, content, message) => {
    const file = join(folder, name)
    writeFileSync(file, content)
    await expect(vedetta('import', file)).rejects.toThrow(message)
  })

  test('a file that is not there, and an index that is not there', async () => {
    await expect(vedetta('import', join(folder, 'none.ndjson'))).rejects.toThrow('ENOENT')
    const file = join(folder, 'out.ndjson')
    await expect(vedetta('export', 'none', file)).rejects.toThrow('no such index [none]')
    expect(existsSync(file)).toBe(false)
  })

  test('a document that the mapping refuses, by its id', async () => {
    await store.createIndex('strict', { mappings: { dynamic: 'strict' } })
    const file = join(folder, 'strict.ndjson')
    writeFileSync(file, '{"_index":"strict","_id":"7","_source":{"a":1}}\n')
    await expect(vedetta('import', file)).rejects.toThrow("document '7' of index 'strict' was refused")
    expect(readFileSync(file, 'utf8')).toContain('strict')
  })
})
