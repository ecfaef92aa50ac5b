import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isObject, newObject, parseJson, type Value } from '../../event/index.ts'
import { DiagnosticError, type Logger } from '../../diagnostic/index.ts'
import type { Journal } from '../../journal/index.ts'
import {
  EMPTY_MAPPING,
  mapDocument,
  mappingLimits,
  mergeMapping,
  parseMapping,
  UNLIMITED,
  type Mapping,
  type MappedField,
} from '../dsl/index.ts'
import type { CatalogContent } from './catalog.ts'
import { DamagedBlock } from './block-file.ts'
import type { ColumnCache } from './column-cache.ts'
import { readOperations, type RecordedOperation } from './operation-record.ts'
import { withRouting } from './routing.ts'
import { SealedSegment } from './sealed-segment.ts'
import { FULL_SEGMENT, StoredIndex, type SealContext } from './stored-index.ts'

/** Opens the indices of the catalog; where the catalog was damaged, also those whose folders are there. */
export async function openIndices(
  folder: string,
  content: CatalogContent,
  intact: boolean,
  cache: ColumnCache,
  logger: Logger,
): Promise<StoredIndex[]> {
  const indices: StoredIndex[] = []
  for (const { name, uuid, createdMillis, settings, mappings, closed } of content.indices) {
    const identity = { name, uuid, createdMillis, settings }
    const index = new StoredIndex(
      identity,
      parseMapping(mappings, UNLIMITED).withLimits(mappingLimits(settings)),
      folder,
      cache,
      logger,
    )
    index.closed = closed
    await index.open()
    indices.push(index)
  }
  const known = new Set(indices.map(({ uuid }) => uuid))
  for (const uuid of await readdir(folder)) {
    if (known.has(uuid)) continue
    // Of an intact catalog a folder that it does not know is what is left of an index that was deleted.
    if (intact) await rm(join(folder, uuid), { recursive: true, force: true })
    else {
      const adopted = await adopt(folder, uuid, cache, logger)
      if (adopted !== undefined && !indices.some(({ name }) => name === adopted.name)) indices.push(adopted)
    }
  }
  // An older catalog may know less of the mapping than the segments do.
  if (!intact) for (const index of indices) for (const segment of index.sealed) learn(index, segment)
  return indices
}

async function adopt(
  folder: string,
  uuid: string,
  cache: ColumnCache,
  logger: Logger,
): Promise<StoredIndex | undefined> {
  const names = (await readdir(join(folder, uuid))).filter((name) => name.endsWith('.segment'))
  for (const name of names.sort()) {
    let segment: SealedSegment
    try {
      segment = new SealedSegment(join(folder, uuid, name), cache)
    } catch {
      continue
    }
    const { directory } = segment
    segment.close()
    const identity = { name: directory.index, uuid, createdMillis: directory.arrived, settings: newObject() }
    const index = new StoredIndex(identity, EMPTY_MAPPING, folder, cache, logger)
    await index.open()
    logger.warn({ index: index.name, folder: index.folder }, `store: found index [${index.name}] again by its segments`)
    return index
  }
  return undefined
}

function learn(index: StoredIndex, { directory }: SealedSegment): void {
  try {
    index.mapping = mergeMapping(
      index.mapping,
      parseJson(JSON.stringify(directory.mapping)) as typeof directory.mapping,
    )
  } catch (error) {
    // Where they contradict each other the catalog's own mapping is the one that counts.
    if (!(error instanceof DiagnosticError)) throw error
  }
}

export interface Replay {
  /** Finds an index by uuid; undefined where it was deleted. */
  indexOf(operation: RecordedOperation): StoredIndex | undefined
  readonly context: SealContext
  readonly logger: Logger
}

/**
 * Applies what the journal holds. Every operation is in it with its outcome, in order, so the last one of a document
 * decides; what the segments already have is passed over.
 * @returns how many operations were applied.
 */
export async function replay(journal: Journal, { indexOf, context, logger }: Replay): Promise<number> {
  let applied = 0
  const sealedUpTo = new Map<StoredIndex, number>()
  for await (const { sequence, record } of journal.read()) {
    const holder = { buffer: record }
    try {
      for (const operation of readOperations(record)) {
        const index = indexOf(operation)
        if (index === undefined) continue
        let upTo = sealedUpTo.get(index)
        if (upTo === undefined) sealedUpTo.set(index, (upTo = index.incomplete ? -1 : index.nextSeqNo - 1))
        if (operation.seqNo <= upTo) continue
        await applyWhole(index, operation, record, holder, logger)
        index.dirtyFrom ??= sequence
        applied++
        if (index.live.documents >= FULL_SEGMENT) await index.seal(context)
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      logger.error({ sequence }, `store: record ${sequence} of the journal cannot be read: ${error.message}`)
    }
  }
  return applied
}

/** A segment that proves damaged while an id is looked for is set aside. */
async function applyWhole(...[index, operation, record, holder, logger]: Parameters<typeof apply>): Promise<void> {
  for (;;) {
    try {
      return apply(index, operation, record, holder, logger)
    } catch (error) {
      const done = error instanceof DamagedBlock && index.setAside(error)
      if (done === false) throw error
      await done
    }
  }
}

function apply(
  index: StoredIndex,
  operation: RecordedOperation,
  record: Buffer,
  holder: { buffer: Buffer },
  logger: Logger,
): void {
  const { id, seqNo, version, routing, deleted, start, length } = operation
  index.nextSeqNo = Math.max(index.nextSeqNo, seqNo + 1)
  const existing = index.locate(id)
  if (existing !== undefined) {
    if (existing.segment.seqNo(existing.document) >= seqNo) return
    existing.segment.delete(existing.document)
  }
  if (deleted) return
  const { fields, mapping } = mapAgain(index, record.toString('utf8', start, start + length), id, logger)
  index.mapping = mapping
  index.live.add(id, version, seqNo, withRouting(fields, routing), holder, start, length)
}

/** The document was accepted once; should its mapping refuse it now, it is kept with its source alone. */
function mapAgain(
  index: StoredIndex,
  source: string,
  id: string,
  logger: Logger,
): { fields: readonly MappedField[]; mapping: Mapping } {
  try {
    const document: Value = parseJson(source)
    if (isObject(document)) {
      const { fields, update } = mapDocument(index.mapping, document, id)
      return { fields, mapping: update ?? index.mapping }
    }
  } catch (error) {
    if (!(error instanceof DiagnosticError) && !(error instanceof SyntaxError)) throw error
    logger.error(
      { index: index.name, id },
      `store: document [${id}] of index [${index.name}] does not fit the mapping any more; it is kept, but only found by its id: ${error.message}`,
    )
  }
  return { fields: [], mapping: index.mapping }
}
