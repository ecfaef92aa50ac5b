import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { EngineUnavailable } from './artifacts.ts'
import { startElasticsearch } from './elasticsearch.ts'
import { startOpenSearch } from './opensearch.ts'
import type { Engine } from './process.ts'

/** Set by the run's global setup: the folder in which its test files agree on engines, and the process they belong to. */
export const RUN_FOLDER = 'VEDETTA_TEST_RUN_FOLDER'
export const RUN_OWNER = 'VEDETTA_TEST_RUN_OWNER'

export interface SharedEngine {
  readonly url: string
  readonly ca?: string
  readonly pid: number
  readonly folder: string
}

/** Either an engine that every test file of the run uses, or why there is none. */
export type Sharing = { engine: SharedEngine; skipReason?: undefined } | { engine?: undefined; skipReason: string }

const STARTERS = {
  opensearch: (owner: number) => startOpenSearch({ owner }),
  elasticsearch: (owner: number) => startElasticsearch({ owner }),
  'elasticsearch-secured': (owner: number) => startElasticsearch({ owner, secured: true }),
} satisfies Record<string, (owner: number) => Promise<Engine>>

export type EngineName = keyof typeof STARTERS

/**
 * The engine of this run, started by whichever test file asks first and stopped at the end of the run.
 * Files share it: use index names of your own.
 */
export async function sharedEngine(name: EngineName): Promise<Sharing> {
  const folder = process.env[RUN_FOLDER]
  if (folder === undefined) throw new Error('sharedEngine needs test/engines/global-setup.ts in vitest.config.ts')
  const answer = join(folder, `${name}.json`)
  if (claim(join(folder, `${name}.claimed`))) {
    const sharing = await start(name)
    writeFileSync(`${answer}.part`, JSON.stringify(sharing))
    renameSync(`${answer}.part`, answer)
    return sharing
  }
  while (!existsSync(answer)) await wait(100)
  return JSON.parse(readFileSync(answer, 'utf8')) as Sharing
}

/** OpenSearch 3.3 of this run. */
export function sharedOpenSearch(): Promise<Sharing> {
  return sharedEngine('opensearch')
}

async function start(name: EngineName): Promise<Sharing> {
  try {
    const { url, ca, pid, folder } = await STARTERS[name](Number(process.env[RUN_OWNER]))
    return { engine: { url, pid, folder, ...(ca === undefined ? {} : { ca }) } }
  } catch (error) {
    const reason = (error as Error).message
    const unavailable = error instanceof EngineUnavailable
    console.warn(`${name} ${unavailable ? 'cannot be had, its suites are skipped' : 'did not start'}: ${reason}`)
    return { skipReason: reason }
  }
}

function claim(path: string): boolean {
  try {
    mkdirSync(path)
    return true
  } catch {
    return false
  }
}
