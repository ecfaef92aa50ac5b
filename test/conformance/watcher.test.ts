import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/clock/index.ts'
import { nullLogger } from '../../src/diagnostic/index.ts'
import { registerSearchRoutes } from '../../src/search/index.ts'
import { createServer, Users, type Server } from '../../src/server/index.ts'
import { registerWatcherRoutes } from '../../src/watch/index.ts'
import { startWatchSystem, type WatchSystem } from '../fixtures/watch-system.ts'
import { YamlRestRunner } from './yaml-rest-runner.ts'
import type { ApiDescription } from './yaml-rest-suite.ts'
import { readSections } from './yaml-sections.ts'

/** The paths of Watcher's API, and of what its sections need beside it. */
const APIS: Readonly<Record<string, readonly string[]>> = {
  'watcher.put_watch': ['PUT /_watcher/watch/{id}'],
  'watcher.get_watch': ['GET /_watcher/watch/{id}'],
  'watcher.delete_watch': ['DELETE /_watcher/watch/{id}'],
  'watcher.execute_watch': ['PUT /_watcher/watch/{id}/_execute', 'PUT /_watcher/watch/_execute'],
  'watcher.ack_watch': ['PUT /_watcher/watch/{watch_id}/_ack/{action_id}', 'PUT /_watcher/watch/{watch_id}/_ack'],
  'watcher.activate_watch': ['PUT /_watcher/watch/{watch_id}/_activate'],
  'watcher.deactivate_watch': ['PUT /_watcher/watch/{watch_id}/_deactivate'],
  'watcher.query_watches': ['POST /_watcher/_query/watches'],
  'watcher.stats': ['GET /_watcher/stats/{metric}', 'GET /_watcher/stats'],
  'watcher.start': ['POST /_watcher/_start'],
  'watcher.stop': ['POST /_watcher/_stop'],
  'watcher.get_settings': ['GET /_watcher/settings'],
  'watcher.update_settings': ['PUT /_watcher/settings'],
  'xpack.usage': ['GET /_xpack/usage'],
  search: ['POST /{index}/_search'],
  index: ['PUT /{index}/_doc/{id}'],
  get: ['GET /{index}/_doc/{id}'],
  'indices.refresh': ['POST /{index}/_refresh'],
  'indices.create': ['PUT /{index}'],
  put_script: ['PUT /_scripts/{id}'],
  get_script: ['GET /_scripts/{id}'],
  old_put_script: ['PUT /_scripts/{lang}/{id}'],
  scripts_painless_execute: ['POST /_scripts/painless/_execute'],
}

const apis = new Map<string, ApiDescription>(
  Object.entries(APIS).map(([name, list]) => {
    const paths = list.map((line) => {
      const [method = '', path = ''] = line.split(' ')
      return { path, methods: [method], parts: [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!) }
    })
    return [name, { paths, bulk: false, bodyRequired: false }]
  }),
)

const folder = new URL('watcher/', import.meta.url)
const files = readdirSync(folder).sort()

describe.each(files)("what Watcher's own REST tests ask: %s", (file) => {
  let system: WatchSystem
  let server: Server
  let runner: YamlRestRunner
  let stash: ReadonlyMap<string, unknown>

  beforeEach(async () => {
    system = await startWatchSystem()
    server = createServer({ host: '127.0.0.1', port: 0, users: new Users(`${system.folder}/users.json`), logger: nullLogger }) // prettier-ignore
    const options = { clock: systemClock, nodeName: 'test', clusterUuid: 'Jv0d7kq2Qn6bEW1gV2aXyA', version: '0' }
    registerSearchRoutes(server, system.store, options)
    registerWatcherRoutes(server, system.watcher)
    await system.watcher.start()
    const { url, port } = await server.listen()
    stash = new Map<string, unknown>([
      ['address', `127.0.0.1:${port}`],
      ['port', port],
    ])
    runner = new YamlRestRunner(url, apis)
  })

  afterEach(async () => {
    await server.close()
    await system[Symbol.asyncDispose]()
  })

  test.each(
    readSections(readFileSync(new URL(file, folder), 'utf8'), file).map((section) => [section.name, section] as const),
  )('%s', async (_name, section) => {
    for (const { id } of system.watcher.list()) await system.watcher.delete(id)
    expect(await runner.run(section, stash)).toEqual({ kind: 'passed' })
  })
})
