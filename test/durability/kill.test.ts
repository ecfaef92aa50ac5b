import { spawn } from 'node:child_process'
import { cp, mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/clock/index.ts'
import { nullLogger, type Logger } from '../../src/diagnostic/index.ts'
import { openEmbeddedStore } from '../../src/search/embedded/embedded-store.ts'
import type { Store } from '../../src/search/index.ts'
import type { Load } from './loader.ts'
import { compileProgram } from './compile.ts'

const KILLS = Number(process.env['VEDETTA_KILLS'] ?? 100)

let folder: string
let program: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vedetta-kill-'))
  program = await compileProgram(folder, 'loader')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs the loader and kills it after some time in mid-load; returns what it said. */
async function loadAndKill(path: string, first: number, millis: number): Promise<Load[]> {
  const child = spawn(process.execPath, [program, path, String(first)], { stdio: ['ignore', 'pipe', 'pipe'] })
  const loads: Load[] = []
  let error = ''
  child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()))
  const ended = new Promise<string | null>((resolve) => child.on('close', (_code, signal) => resolve(signal)))
  let killing: NodeJS.Timeout | undefined
  for await (const line of createInterface({ input: child.stdout })) {
    // The last line may be torn by the kill.
    if (!line.endsWith('}')) continue
    loads.push(JSON.parse(line) as Load)
    killing ??= setTimeout(() => child.kill('SIGKILL'), millis)
  }
  const signal = await ended
  if (signal !== 'SIGKILL') throw new Error(`the loader ended by itself: ${error}`)
  return loads
}

/** What must be there, and what may or may not be. */
class Expected {
  readonly present = new Set<number>()
  readonly gone = new Set<number>()
  readonly unsure = new Set<number>()
  hot = -1
  hotTried = -1
  next = 0

  add(loads: readonly Load[]): void {
    for (const { acknowledged, from, to, remove } of loads) {
      this.next = Math.max(this.next, to)
      if (!acknowledged) {
        for (let n = from; n < to; n++) this.unsure.add(n)
        if (remove !== undefined) this.unsure.add(remove)
        this.hotTried = Math.max(this.hotTried, from)
        continue
      }
      for (let n = from; n < to; n++) {
        this.unsure.delete(n)
        this.present.add(n)
      }
      if (remove !== undefined) {
        this.unsure.delete(remove)
        this.present.delete(remove)
        this.gone.add(remove)
      }
      this.hot = Math.max(this.hot, from)
    }
    for (const n of this.unsure) this.present.delete(n)
  }

  /** The numbers of documents that are not as they must be. */
  async wrong(store: Store): Promise<string[]> {
    const wrong: string[] = []
    const source = async (n: number): Promise<string | undefined> => (await store.get(`load-${n % 2}`, `d${n}`))?.source
    for (const n of this.present)
      if ((await source(n)) !== `{"n":${n},"text":"document ${n}"}`) wrong.push(`d${n} is lost`)
    for (const n of this.gone) if ((await source(n)) !== undefined) wrong.push(`d${n} is back`)
    return wrong
  }
}

function listening(): { logger: Logger; said: string[] } {
  const said: string[] = []
  const note = (_fields: object, message: string): void => void said.push(message)
  return { said, logger: { ...nullLogger, error: note, warn: note } }
}

describe(`kill -9 in mid-load`, () => {
  test(`${KILLS} times: what was acknowledged is there, what was deleted is not, and the store opens by itself`, async () => {
    const path = join(folder, 'killed')
    let expected = new Expected()
    for (let round = 0; round < KILLS; round++) {
      // Every now and then a new folder: what piles up makes each round slower.
      if (round % 20 === 0) {
        await rm(path, { recursive: true, force: true })
        expected = new Expected()
      }
      expected.add(await loadAndKill(path, expected.next, Math.random() * 250))
      // Every other time the next loader recovers from what this one left, and is killed in turn.
      if (round % 2 === 0 && round + 1 < KILLS) continue
      const { logger, said } = listening()
      const store = await openEmbeddedStore({ path, clock: systemClock, logger })
      const wrong = await expected.wrong(store)
      const hot = await store.get('load-0', 'hot')
      const summaries = await store.describeIndices({ expressions: ['load-*'] })
      await store.close()
      expect([round, wrong]).toEqual([round, []])
      expect(said.filter((line) => !/took over the lock|torn record/.test(line))).toEqual([])
      expect(hot !== undefined || expected.hot < 0).toBe(true)
      const documents = summaries.reduce((sum, summary) => sum + summary.documents, 0)
      expect(documents).toBeGreaterThanOrEqual(expected.present.size)
      expect(documents).toBeLessThanOrEqual(expected.present.size + expected.unsure.size + 1)
    }
  }, 600_000)

  test('with a file cut at a random byte: only what the store names is lost', async () => {
    const path = join(folder, 'cut')
    const copy = join(folder, 'copy')
    const expected = new Expected()
    for (let round = 0; round < 3; round++) expected.add(await loadAndKill(path, expected.next, 200))
    for (let round = 0; round < 20; round++) {
      await rm(copy, { recursive: true, force: true })
      await cp(path, copy, { recursive: true })
      const files: string[] = []
      for (const entry of await readdir(copy, { recursive: true, withFileTypes: true }))
        if (/\.(journal|segment|deleted|json)$/.test(entry.name)) files.push(join(entry.parentPath, entry.name))
      const file = files[Math.floor(Math.random() * files.length)]!
      await truncate(file, Math.floor(Math.random() * (await stat(file)).size))
      const { logger, said } = listening()
      const store = await openEmbeddedStore({ path: copy, clock: systemClock, logger })
      const wrong = await expected.wrong(store)
      await store.bulk([{ action: 'index', index: 'load-0', id: 'after', source: '{"n":1}' }])
      expect(await store.get('load-0', 'after')).toBeDefined()
      await store.close()
      const named = said.some((line) => line.includes(file))
      expect([file, wrong.length === 0 || named]).toEqual([file, true])
    }
  }, 120_000)
})
