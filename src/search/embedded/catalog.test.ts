import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nullLogger } from '../../diagnostic/index.ts'
import { CatalogFile } from './catalog.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vedetta-catalog-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(version: number, body: string): void {
  writeFileSync(join(folder, 'catalog.json'), `vedetta-catalog ${version} ${crc32(body)}\n${body}\n`)
}

const VERSION_1 =
  '{"journal":7,"indices":[{"name":"a","uuid":"u","createdMillis":5,"settings":{},"mappings":{}}],"templates":{},"aliases":{"x":{"a":{}}}}'

test('a catalog of version 1 is read: its indices are open, and it has no resources', async () => {
  write(1, VERSION_1)
  const { content, intact } = await new CatalogFile(folder, nullLogger).load()
  expect(intact).toBe(true)
  expect(content?.indices).toEqual([
    { name: 'a', uuid: 'u', createdMillis: 5, settings: {}, mappings: {}, closed: false },
  ])
  expect([content?.journal, content?.resources.size, [...(content?.aliases.keys() ?? [])]]).toEqual([7, 0, ['x']])
})

test('what is saved is loaded again, closed indices and resources too', async () => {
  write(1, VERSION_1)
  const file = new CatalogFile(folder, nullLogger)
  const { content } = await file.load()
  const index = { ...content!.indices[0]!, closed: true }
  const resources = new Map([['script', new Map([['s', { source: 'x' }]])]])
  await file.save({ ...content!, indices: [index], resources })
  const again = (await file.load()).content!
  expect(again.indices[0]!.closed).toBe(true)
  expect(again.resources.get('script')?.get('s')).toEqual({ source: 'x' })
})

test('a catalog of a later version is refused', async () => {
  write(4, VERSION_1)
  await expect(new CatalogFile(folder, nullLogger).load()).rejects.toMatchObject({ code: 'store.catalog_version' })
})
