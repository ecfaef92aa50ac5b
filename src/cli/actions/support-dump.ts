import { writeFileSync } from 'node:fs'
import { arch, cpus, platform, release, totalmem } from 'node:os'
import { systemClock } from '../../clock/index.ts'
import { ServerClient } from '../server-client.ts'
import { showSettings } from './config-show.ts'

/** What a server says of itself that holds neither events nor names of users. */
const ASKED = [
  '/',
  '/_node/stats',
  '/_cluster/health',
  '/_cat/indices?format=json&h=index,health,status,docs.count,store.size',
  '/_vedetta/rules?size=1000',
] as const

export interface DumpOptions {
  readonly url: string
  readonly config?: string
  readonly output: string
}

/** Writes the dump; answers what to tell the user. A server that does not answer is noted in it. */
export async function dumpSupport(
  { url, config, output }: DumpOptions,
  version: string,
  overrides: readonly string[],
): Promise<string[]> {
  const settings: unknown = JSON.parse(
    showSettings({ ...(config === undefined ? {} : { config }), overrides, changed: true, output: 'json' }).join('\n'),
  )
  const server = new ServerClient(url)
  const answers: Record<string, unknown> = {}
  for (const path of ASKED) {
    try {
      const { status, body } = await server.request('GET', path)
      answers[path] = status === 200 ? body : { status }
    } catch (error) {
      answers[path] = { error: (error as Error).message }
    }
  }
  const dump = {
    time: new Date(systemClock.now()).toISOString(),
    vedetta: version,
    node: process.version,
    machine: { platform: platform(), release: release(), arch: arch(), cores: cpus().length, memory: totalmem() },
    settings,
    server: answers,
  }
  writeFileSync(output, `${JSON.stringify(dump, null, 2)}\n`, { mode: 0o600 })
  return [`${output} is written; look it over before you send it to anybody`]
}
