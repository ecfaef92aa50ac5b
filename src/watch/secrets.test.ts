import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nullLogger, type Logger } from '../diagnostic/index.ts'
import { stringifyJson, toValue, type Value, type ValueObject } from '../event/index.ts'
import { startWatchSystem, type WatchSystem } from '../../test/fixtures/watch-system.ts'
import { WatchSecrets } from './secrets.ts'

const WATCH = {
  trigger: { schedule: { interval: '10s' } },
  input: { simple: { n: 1 } },
  actions: {
    hook: {
      webhook: {
        url: 'http://127.0.0.1:9/',
        headers: { Authorization: 'Bearer t0ken', Accept: 'text/plain' },
        auth: { basic: { username: 'u', password: 'p4ss' } },
      },
    },
  },
}

async function storedText(system: WatchSystem, id = 'w'): Promise<string> {
  return (await system.store.get('.watches', id))!.source
}

async function put(system: WatchSystem, id: string, definition: object): Promise<void> {
  const source = stringifyJson(toValue(definition) as Value)
  const [item] = await system.store.bulk([{ action: 'index', index: '.watches', id, source }])
  expect(item!.error).toBeUndefined()
}

test('passwords and tokens are encrypted where a watch is stored, open after a restart, and are in no record', async () => {
  await using first = await startWatchSystem()
  await first.watcher.start()
  await first.watcher.put('w', toValue(WATCH))
  await first.run(20)
  const stored = await storedText(first)
  expect(stored).not.toMatch(/p4ss|t0ken/)
  expect(JSON.parse(stored)).toMatchObject({
    actions: {
      hook: {
        webhook: {
          headers: { Authorization: expect.stringMatching(/^::es_encrypted::/), Accept: 'text/plain' },
          auth: { basic: { username: 'u', password: expect.stringMatching(/^::es_encrypted::/) } },
        },
      },
    },
  })
  const records = await first.watcher.history('w', 10)
  expect(records.length).toBeGreaterThan(0)
  expect(stringifyJson(records)).not.toMatch(/p4ss|t0ken/)
  expect(statSync(join(first.folder, 'watches.key')).mode & 0o777).toBe(0o600)
  await first.close()

  await using second = await startWatchSystem({ folder: first.folder, clock: first.clock })
  await second.watcher.start()
  expect(second.watcher.get('w')!.source).toEqual(toValue(WATCH))
})

test('a watch that was stored in clear, as until now, opens and is encrypted', async () => {
  await using system = await startWatchSystem()
  await put(system, 'w', { ...WATCH, status: { state: { active: false, timestamp: '2026-11-01T00:00:00.000Z' } } })
  await system.watcher.start()
  expect(system.watcher.get('w')).toMatchObject({ active: false })
  expect(stringifyJson(system.watcher.get('w')!.source)).toContain('p4ss')
  expect(await storedText(system)).not.toMatch(/p4ss|t0ken/)
})

test('a secret that was moved into another watch does not open there', async () => {
  const errors: string[] = []
  const logger: Logger = { ...nullLogger, error: (_: object, message: string) => void errors.push(message) }
  await using system = await startWatchSystem({ logger })
  await system.watcher.put('w', toValue(WATCH))
  await put(system, 'thief', JSON.parse(await storedText(system)) as object)
  await system.watcher.start()
  expect(system.watcher.get('thief')).toBeUndefined()
  expect(errors).toEqual([expect.stringMatching(/'thief' cannot run: the secret at 'actions\.hook\.webhook\./)])
})

test.each([
  ['open to others', (path: string) => chmodSync(path, 0o644), 'others may read it (mode 644)'],
  ['damaged', (path: string) => writeFileSync(path, '{'), 'it is damaged'],
  ['cut short', (path: string) => writeFileSync(path, '{"format":1,"key":"AAAA"}'), 'it is damaged'],
  ['of a later format', (path: string) => writeFileSync(path, '{"format":2}'), 'its format 2 is not known'],
])('a key that is %s is refused, not replaced', async (_name, spoil, message) => {
  const folder = mkdtempSync(join(tmpdir(), 'vedetta-secrets-'))
  try {
    await WatchSecrets.open(folder)
    const path = join(folder, 'watches.key')
    spoil(path)
    const before = readFileSync(path, 'utf8')
    await expect(WatchSecrets.open(folder)).rejects.toThrow(message)
    expect(readFileSync(path, 'utf8')).toBe(before)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('the format of today opens in every later version', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vedetta-secrets-'))
  try {
    const key = { format: 1, key: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=' }
    writeFileSync(join(folder, 'watches.key'), JSON.stringify(key), { mode: 0o600 })
    const secrets = await WatchSecrets.open(folder)
    const password = '::es_encrypted::ATAxMjM0NTY3ODlhYgoJmMKUzBjUFvwNM4roVCtHJSEA'
    const stored = toValue({ input: { http: { request: { auth: { basic: { password } } } } } }) as ValueObject
    expect(stringifyJson(secrets.unseal('w', stored))).toContain('"password":"p4ss"')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
