import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { systemClock } from '../../src/clock/index.ts'
import { nullLogger } from '../../src/diagnostic/index.ts'
import { IngestPipelines, ingestingStore, registerIngestRoutes } from '../../src/ingest/index.ts'
import { openEmbeddedStore } from '../../src/search/embedded/embedded-store.ts'
import { registerSearchRoutes, type Store } from '../../src/search/index.ts'
import { createServer, Users, type Server } from '../../src/server/index.ts'
import { EngineUnavailable } from '../engines/index.ts'
import { loadSuite, type Section, type Suite } from './yaml-rest-suite.ts'
import { YamlRestRunner, type Outcome } from './yaml-rest-runner.ts'

interface Exclusion {
  /** Names of sections, with `*` for any text. */
  readonly sections: readonly string[]
  readonly reason: string
}

const exclusions = parse(
  readFileSync(new URL('yaml-rest-exclusions.yml', import.meta.url), 'utf8'),
) as readonly Exclusion[]
const patterns = exclusions.flatMap(({ sections }) => sections)

const suite = await loadSuite().catch((error: unknown): string => {
  if (error instanceof EngineUnavailable) return error.message
  throw error
})

const REASON = typeof suite === 'string' ? ` (${suite})` : ''
const { sections, apis }: Suite = typeof suite === 'string' ? { sections: [], apis: new Map() } : suite
const folders = [...new Set(sections.map(({ folder }) => folder))]

describe.skipIf(typeof suite === 'string')(`Elasticsearch's own REST tests pass on the embedded store${REASON}`, () => {
  let store: Store
  let server: Server
  let runner: YamlRestRunner
  const folder = mkdtempSync(join(tmpdir(), 'vedetta-yaml-rest-'))
  const outcomes = new Map<Section, Outcome>()

  beforeAll(async () => {
    store = await openEmbeddedStore({ path: join(folder, 'store'), logger: nullLogger, clock: systemClock })
    const users = new Users(join(folder, 'users.json'))
    server = createServer({ host: '127.0.0.1', port: 0, users, logger: nullLogger })
    const pipelines = new IngestPipelines(store, systemClock)
    registerIngestRoutes(server, store, pipelines)
    registerSearchRoutes(server, ingestingStore(store, pipelines), {
      clock: systemClock,
      nodeName: 'test',
      clusterUuid: 'Jv0d7kq2Qn6bEW1gV2aXyA',
      version: '0',
    })
    runner = new YamlRestRunner((await server.listen()).url, apis)
  })

  afterAll(async () => {
    await server.close()
    await store.close()
    rmSync(folder, { recursive: true, force: true })
    console.log(table(outcomes))
    const file = process.env['VEDETTA_YAML_REST_OUTCOMES']
    if (file !== undefined)
      writeFileSync(
        file,
        [...outcomes]
          .map(([{ name }, outcome]) => `${name}\t${Object.values(outcome).join('\t').replaceAll('\n', ' ')}\n`)
          .join(''),
      )
  })

  test.each(folders)('%s', { timeout: 300_000 }, async (name) => {
    const problems: string[] = []
    for (const section of sections) {
      if (section.folder !== name) continue
      const outcome = await runner.run(section)
      outcomes.set(section, outcome)
      const excluded = patterns.some((pattern) => covers(pattern, section.name))
      if (outcome.kind === 'failed' && !excluded) problems.push(`${section.name}: ${outcome.reason}`)
      if (outcome.kind === 'passed' && excluded) problems.push(`${section.name} passes: take its exclusion out`)
    }
    expect(problems).toEqual([])
  })

  test('every exclusion has a reason and still excludes something', () => {
    expect(exclusions.filter(({ reason }) => reason.trim() === '')).toEqual([])
    expect(patterns.filter((pattern) => !sections.some(({ name }) => covers(pattern, name)))).toEqual([])
  })
})

function covers(pattern: string, name: string): boolean {
  const source = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${source.join('.*')}$`, 's').test(name)
}

/** How many sections passed, were skipped by themselves, or failed, by folder. */
function table(outcomes: ReadonlyMap<Section, Outcome>): string {
  const counts = new Map<string, Record<Outcome['kind'], number>>()
  for (const [{ folder: name }, { kind }] of outcomes)
    for (const row of [name, 'all folders']) {
      const count = counts.get(row) ?? { passed: 0, skipped: 0, failed: 0 }
      count[kind]++
      counts.set(row, count)
    }
  const total = counts.get('all folders')
  counts.delete('all folders')
  const rows = total === undefined ? [...counts] : [...counts, ['all folders', total] as const]
  const line = (...cells: readonly unknown[]): string =>
    cells.map((cell, i) => (i === 0 ? String(cell).padEnd(40) : String(cell).padStart(8))).join('')
  return [
    line('folder', 'passed', 'skipped', 'excluded'),
    ...rows.map(([name, { passed, skipped, failed }]) => line(name, passed, skipped, failed)),
  ].join('\n')
}
