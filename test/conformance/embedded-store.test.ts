import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/clock/index.ts'
import { nullLogger } from '../../src/diagnostic/index.ts'
import { openEmbeddedStore, type Store } from '../../src/search/index.ts'
import { STORE_BEHAVIOURS } from './store-behaviours.ts'

// With a segment for every bulk, so that what is read comes from files; store.test.ts has it as it is by default.
describe('a store in this process that seals at once', () => {
  let folder: string
  let store: Store
  let count = 0
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vedetta-store-'))
    store = await openEmbeddedStore({ path: folder, clock: systemClock, logger: nullLogger, sealDocuments: 1 })
  })
  afterAll(async () => {
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })

  test.each(STORE_BEHAVIOURS)('$name', async ({ check }) => {
    expect.hasAssertions()
    await check(store, `conformance${count++}-`)
  })
})
