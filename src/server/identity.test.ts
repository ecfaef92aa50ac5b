import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { identityOf } from './identity.ts'

const folder = mkdtempSync(join(tmpdir(), 'vedetta-identity-'))
const other = mkdtempSync(join(tmpdir(), 'vedetta-identity-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
  rmSync(other, { recursive: true })
})

test('a data folder keeps its id, and no two have the same', async () => {
  const id = await identityOf(folder)
  expect(id).toMatch(/^[\w-]{22}$/)
  expect(await identityOf(folder)).toBe(id)
  expect(await identityOf(other)).not.toBe(id)
})

test('the file of format 1 is read, a later or damaged one is refused', async () => {
  writeFileSync(join(folder, 'identity.json'), '{"version":1,"id":"AAAAAAAAAAAAAAAAAAAAAA"}')
  expect(await identityOf(folder)).toBe('AAAAAAAAAAAAAAAAAAAAAA')
  for (const text of ['{"version":2,"id":"x"}', '{"ver', '[]']) {
    writeFileSync(join(folder, 'identity.json'), text)
    await expect(identityOf(folder)).rejects.toThrow(/identity\.json/)
  }
})
