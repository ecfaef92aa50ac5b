import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/clock/index.ts'
import { nullLogger } from '../../src/diagnostic/index.ts'
import { openEmbeddedStore } from '../../src/search/embedded/embedded-store.ts'
import { openClusterStore, type Store } from '../../src/search/index.ts'
import { ELASTICSEARCH_USER, sharedEngine, sharedOpenSearch } from '../engines/index.ts'
import { STORE_BEHAVIOURS } from './store-behaviours.ts'

const house = { logger: nullLogger, clock: systemClock }

const opensearch = await sharedOpenSearch()
const elasticsearch = await sharedEngine('elasticsearch-secured')

const folder = mkdtempSync(join(tmpdir(), 'vedetta-store-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const STORES: { name: string; skip: string | undefined; open(): Promise<Store> }[] = [
  { name: 'this process', skip: undefined, open: () => openEmbeddedStore({ path: folder, ...house }) },
  {
    name: 'OpenSearch',
    skip: opensearch.skipReason,
    open: () => openClusterStore({ hosts: [opensearch.engine!.url], ...house }),
  },
  {
    name: 'Elasticsearch, with TLS and a password',
    skip: elasticsearch.skipReason,
    open: () =>
      openClusterStore({
        hosts: [elasticsearch.engine!.url],
        auth: ELASTICSEARCH_USER,
        tls: { ca: [elasticsearch.engine!.ca!] },
        ...house,
      }),
  },
]

describe.each(STORES)('a store on $name', ({ skip, open }) => {
  let store: Store
  let count = 0
  let prefix = ''
  beforeAll(async () => {
    if (skip === undefined) store = await open()
  })
  afterEach(async () => {
    await store.deleteIndices({ expressions: [`${prefix}*`], expandWildcards: ['all'] })
  })
  afterAll(() => store?.close())

  test.skipIf(skip !== undefined).each(STORE_BEHAVIOURS)('$name', async ({ check }) => {
    expect.hasAssertions()
    prefix = `conformance${process.pid}x${count++}-`
    await check(store, prefix)
  })
})

describe.skipIf(elasticsearch.engine === undefined)('a cluster that refuses', () => {
  const open = (options: Partial<Parameters<typeof openClusterStore>[0]>): Promise<Store> =>
    openClusterStore({
      hosts: [elasticsearch.engine!.url],
      auth: ELASTICSEARCH_USER,
      tls: { ca: [elasticsearch.engine!.ca!] },
      ...house,
      ...options,
    })

  test('a wrong password', async () => {
    const auth = { username: 'logstash', password: 'wrong-secret' }
    await expect(open({ auth })).rejects.toThrow(/refuses the login: .*unable to authenticate user \[logstash\]/)
    await expect(open({ auth })).rejects.not.toThrow('wrong-secret')
  })

  test('a certificate that nobody vouches for', async () => {
    await expect(open({ tls: {} })).rejects.toThrow(/the certificate of localhost:\d+ is not trusted/)
  })

  test('unless it is not to be checked', async () => {
    const store = await open({ tls: { verification: 'none' } })
    // Other suites keep indices with replicas on the same node, which make it yellow.
    expect(['green', 'yellow']).toContain((await store.health()).status)
    await store.close()
  })

  test('nothing that listens', async () => {
    await expect(openClusterStore({ hosts: ['http://127.0.0.1:1'], ...house })).rejects.toThrow(
      'the cluster at 127.0.0.1:1 cannot be reached: connect ECONNREFUSED 127.0.0.1:1; check store.hosts',
    )
  })
})
