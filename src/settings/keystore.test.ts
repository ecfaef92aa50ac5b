import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Keystore } from './keystore.ts'

const folder = mkdtempSync(join(tmpdir(), 'vedetta-keystore-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('secrets come back with the password, and the file shows neither name nor value', () => {
  const path = join(folder, 'a')
  Keystore.create(path, 'pass').set('SMTP_PASSWORD', 'hunter2')
  expect(Keystore.open(path, 'pass').values.get('SMTP_PASSWORD')).toBe('hunter2')
  expect(readFileSync(path, 'utf8')).not.toMatch(/hunter2|SMTP/)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(() => Keystore.open(path, 'wrong')).toThrow(/password/)
})

test('removed secrets are gone', () => {
  const keystore = Keystore.create(join(folder, 'b'))
  keystore.set('x', '1')
  expect([keystore.remove('x'), keystore.remove('x')]).toEqual([true, false])
  expect([...Keystore.open(keystore.path).values]).toEqual([])
})

test('a file that others may read, damage, a later format and a second create are refused by name', () => {
  const path = join(folder, 'c')
  Keystore.create(path)
  expect(() => Keystore.create(path)).toThrow(/exists already/)
  chmodSync(path, 0o644)
  expect(() => Keystore.open(path)).toThrow(/mode 644/)
  chmodSync(path, 0o600)
  writeFileSync(path, '{"format":99}')
  expect(() => Keystore.open(path)).toThrow(/format 99/)
  writeFileSync(path, '{"for')
  expect(() => Keystore.open(path)).toThrow(/damaged/)
  expect(() => Keystore.open(join(folder, 'none'))).toThrow(/keystore create/)
})
