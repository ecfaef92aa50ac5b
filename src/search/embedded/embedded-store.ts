import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DiagnosticError, fail } from '../../diagnostic/index.ts'
import { openJournal } from '../../journal/index.ts'
import type { Store } from '../store.ts'
import { CatalogFile } from './catalog.ts'
import { ColumnCache } from './column-cache.ts'
import { EmbeddedStore } from './store-engine.ts'
import type { EmbeddedStoreOptions } from './store-options.ts'
import { lockFolder, type FolderLock } from './folder-lock.ts'
import { IndexAdmin } from './index-admin.ts'
import { openIndices } from './recovery.ts'

/**
 * Opens the store in a folder: takes its lock, reads catalog and segments, applies the journal.
 * @throws store.locked, store.not_writable, or the error of a file of a newer version.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const { path, logger } = options
  let lock: FolderLock
  try {
    await mkdir(join(path, 'indices'), { recursive: true, mode: 0o700 })
    lock = await lockFolder(path, logger)
  } catch (error) {
    if (error instanceof DiagnosticError) throw error
    throw fail('store.not_writable', { path, reason: error instanceof Error ? error.message : String(error) })
  }
  try {
    const catalogFile = new CatalogFile(path, logger)
    const { content, intact } = await catalogFile.load()
    const catalog = content ?? {
      indices: [],
      templates: new Map(),
      aliases: new Map(),
      dataStreams: new Map(),
      resources: new Map(),
      journal: 1,
    }
    const cache = new ColumnCache(options.cacheBytes ?? 192 * 1024 * 1024)
    const indices = await openIndices(join(path, 'indices'), catalog, intact, cache, logger)
    const sealed = indices.flatMap((index) => index.sealed)
    const first = Math.max(catalog.journal, ...sealed.map(({ directory }) => directory.journal))
    const journal = await openJournal(join(path, 'journal'), { logger, first })
    const admin = new IndexAdmin({
      folder: join(path, 'indices'),
      file: catalogFile,
      cache,
      logger,
      now: () => options.clock.now(),
      journal: () => journal.next,
    })
    admin.load(catalog, indices)
    const store = new EmbeddedStore(options, lock, journal, admin)
    try {
      await store.recover(intact)
    } catch (error) {
      await journal.close()
      throw error
    }
    return store
  } catch (error) {
    await lock.release()
    throw error
  }
}

export type { EmbeddedStoreOptions } from './store-options.ts'
