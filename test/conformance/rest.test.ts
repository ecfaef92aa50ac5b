import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { request as ask } from 'undici'
import { systemClock } from '../../src/clock/index.ts'
import { nullLogger } from '../../src/diagnostic/index.ts'
import { openEmbeddedStore } from '../../src/search/embedded/embedded-store.ts'
import { openClusterStore, registerSearchRoutes, type Store } from '../../src/search/index.ts'
import { createServer, Users, type Server } from '../../src/server/index.ts'
import { sharedOpenSearch } from '../engines/index.ts'
import { STEPS, type Step } from './rest-cases.ts'

const { engine, skipReason } = await sharedOpenSearch()

let run = 0

const STORES: Record<string, (folder: string) => Promise<Store>> = {
  'a cluster': () => openClusterStore({ hosts: [engine!.url], logger: nullLogger, clock: systemClock }),
  'the embedded store': (folder) =>
    openEmbeddedStore({ path: join(folder, 'store'), logger: nullLogger, clock: systemClock }),
}

const REASON = skipReason === undefined ? '' : ` (${skipReason})`

describe.skipIf(engine === undefined).each(Object.keys(STORES))(
  `over %s, REST answers as OpenSearch${REASON}`,
  (name) => {
    let store: Store
    let server: Server
    let ours: string
    const unique = `rest${process.pid}x${run++}`
    let folder: string

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'vedetta-rest-'))
      store = await STORES[name]!(folder)
      const users = new Users(join(folder, 'users.json'))
      server = createServer({ host: '127.0.0.1', port: 0, users, logger: nullLogger })
      registerSearchRoutes(server, store, { clock: systemClock, nodeName: 'test', clusterUuid: 'test', version: '0' })
      ours = (await server.listen()).url
    })

    afterAll(async () => {
      await server.close()
      await store.deleteIndices({ expressions: [`${unique}*`] })
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    })

    async function answer(url: string, name: string, step: Step): Promise<unknown> {
      const named = (text: string): string => text.replaceAll(/\bI-/g, `${name}-`)
      const [method, path] = step.send.split(' ') as [string, string]
      const reply = await ask(url + named(path), {
        method: method as 'GET',
        headers: step.body === undefined ? {} : (step.headers ?? { 'content-type': 'application/json' }),
        ...(step.body === undefined ? {} : { body: named(step.body) }),
      })
      const text = (await reply.body.text()).replaceAll(`${name}-`, 'I-').replaceAll(/(I-\w+)\/[\w-]{22}/g, '$1')
      if (step.statusOnly === true) return reply.statusCode
      return [reply.statusCode, normal(text)]
    }

    test.each(STEPS)('$send $body', async (step) => {
      const theirs = await answer(engine!.url, `${unique}t`, step)
      expect(await answer(ours, `${unique}o`, step)).toEqual(theirs)
    })
  },
)

/** Takes out what differs from run to run, and between the two products in words alone. */
function normal(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return text.replaceAll(/ +/g, ' ')
  }
  const walk = (inner: unknown): unknown => {
    if (Array.isArray(inner)) return inner.map(walk)
    if (typeof inner !== 'object' || inner === null) return inner
    const entries = Object.entries(inner).filter(([name]) => !VARYING.includes(name))
    return Object.fromEntries(entries.map(([name, value]) => [name, walk(value)]))
  }
  return walk(value)
}

const VARYING = [
  'took',
  '_shards',
  'index_uuid',
  'resource.type',
  'index',
  'resource.id',
  '_seq_no',
  'max_score',
  '_score',
  'caused_by',
  'line',
  'col',
]
