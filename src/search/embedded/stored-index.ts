import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ValueObject } from '../../event/index.ts'
import type { Logger } from '../../diagnostic/index.ts'
import type { Mapping } from '../dsl/index.ts'
import type { DamagedBlock } from './block-file.ts'
import type { ColumnCache } from './column-cache.ts'
import { blocksOf, type Blocks } from './index-blocks.ts'
import { shardsOf } from './shard-count.ts'
import { LiveSegment } from './live-segment.ts'
import type { SealedSegment } from './sealed-segment.ts'
import type { SegmentPart } from './segment-encoder.ts'
import type { IndexCounters, SegmentSummary } from '../store.ts'
import { SegmentFolder } from './segment-folder.ts'
import type { StoredSegment } from './stored-segment.ts'

export interface Location {
  readonly segment: StoredSegment
  readonly document: number
}

export interface IndexIdentity {
  readonly name: string
  readonly uuid: string
  readonly createdMillis: number
  readonly settings: ValueObject
}

/** What sealing needs of the store around it. */
export interface SealContext {
  /** Milliseconds since the epoch. */
  now(): number
  /** The journal's next sequence number. */
  journal(): number
  /** Resolves when all that was appended to the journal is durable; false where some of it was refused. */
  settled(): Promise<boolean>
  /** Makes the mapping durable before documents that use it leave the journal. */
  saveCatalog(): Promise<void>
  turn(): Promise<void>
}

export function newUuid(): string {
  return randomBytes(16).toString('base64url')
}

/** Segments of fewer documents than a full one are merged when so many of them stand in a row. */
const MERGE_SMALL = 8
export const FULL_SEGMENT = 131_072

/** One index: its live segment and the sealed ones, in the order in which their documents came. */
export class StoredIndex {
  readonly name: string
  readonly uuid: string
  readonly createdMillis: number
  blocks: Blocks
  /** As the settings say. */
  shards: number
  private given: ValueObject
  /** Neither read nor written: a request that names it is refused. */
  closed = false
  private readonly files: SegmentFolder
  mapping: Mapping
  live = new LiveSegment()
  /** When the first document of the live segment came, by the monotonic clock. */
  liveSince = 0
  sealed: SealedSegment[] = []
  nextSeqNo = 0
  /** The first record of the journal whose effect is not on disk otherwise. */
  dirtyFrom: number | undefined
  /** Set when the index is deleted or the store closed: what runs in the background gives up. */
  dropped = false
  readonly counters: IndexCounters = {
    indexed: 0,
    deleted: 0,
    failed: 0,
    noopUpdates: 0,
    gets: 0,
    missingGets: 0,
    queries: 0,
    queriesByGroup: new Map(),
    refreshes: 0,
    flushes: 0,
    merges: 0,
  }
  /** A segment was set aside: the journal may still have documents of it. */
  incomplete = false
  /** Of documents that were deleted: a document that comes back goes on from there. */
  readonly deletedVersions = new Map<string, { version: number; until: number }>()
  private sealing: LiveSegment | undefined
  private sealingFrom: number | undefined
  private work: Promise<void> | undefined

  constructor(identity: IndexIdentity, mapping: Mapping, folder: string, cache: ColumnCache, logger: Logger) {
    this.name = identity.name
    this.uuid = identity.uuid
    this.createdMillis = identity.createdMillis
    this.given = identity.settings
    this.blocks = blocksOf(identity.settings)
    this.shards = shardsOf(identity.settings).shards
    this.mapping = mapping
    this.files = new SegmentFolder(join(folder, identity.uuid), identity, cache, logger)
  }

  get settings(): ValueObject {
    return this.given
  }

  set settings(settings: ValueObject) {
    this.given = settings
    this.blocks = blocksOf(settings)
    this.shards = shardsOf(settings).shards
  }

  get folder(): string {
    return this.files.path
  }

  get hidden(): boolean {
    const index = this.settings['index'] as ValueObject | undefined
    return this.name.startsWith('.') || String(index?.['hidden']) === 'true'
  }

  segments(): StoredSegment[] {
    const list: StoredSegment[] = [...this.sealed]
    if (this.sealing !== undefined) list.push(this.sealing)
    if (this.live.documents > 0) list.push(this.live)
    return list
  }

  segmentSummaries(): SegmentSummary[] {
    return this.segments().map((segment, number) => {
      const { documents, deletedCount } = segment
      const live = segment instanceof LiveSegment
      const bytes = live ? segment.sourceTotal : (segment as SealedSegment).bytes
      return { number, documents: documents - deletedCount, deletedDocuments: deletedCount, bytes, sealed: !live }
    })
  }

  get documents(): number {
    return this.segments().reduce((sum, { documents, deletedCount }) => sum + documents - deletedCount, 0)
  }

  get deletedDocuments(): number {
    return this.segments().reduce((sum, { deletedCount }) => sum + deletedCount, 0)
  }

  get bytes(): number {
    return this.sealed.reduce((sum, { bytes }) => sum + bytes, 0) + this.live.sourceTotal
  }

  /** The first record of the journal that a recovery would need. */
  get neededFrom(): number | undefined {
    return this.sealingFrom ?? this.dirtyFrom
  }

  locate(id: string): Location | undefined {
    const found = this.live.find(id)
    if (found !== undefined) return { segment: this.live, document: found }
    const frozen = this.sealing?.find(id)
    if (frozen !== undefined) return { segment: this.sealing!, document: frozen }
    for (let i = this.sealed.length - 1; i >= 0; i--) {
      const document = this.sealed[i]!.find(id)
      if (document !== undefined) return { segment: this.sealed[i]!, document }
    }
    return undefined
  }

  get busy(): boolean {
    return this.work !== undefined
  }

  /** Resolves when what runs in the background is done. */
  async idle(): Promise<void> {
    while (this.work !== undefined) await this.work
  }

  /** Reads the segments on disk. */
  async open(): Promise<void> {
    const { segments, nextSeqNo, damaged } = await this.files.open()
    this.sealed = segments
    this.nextSeqNo = Math.max(this.nextSeqNo, nextSeqNo)
    this.incomplete ||= damaged
  }

  /**
   * Takes a segment out of service after a block of it was found damaged; its file is kept for the user.
   * @returns false where the segment is none of this index's; else at once, with what is still done on disk.
   */
  setAside(damage: DamagedBlock): Promise<void> | false {
    const segment = this.sealed.find(({ path }) => path === damage.path)
    if (segment === undefined) return false
    this.sealed = this.sealed.filter((other) => other !== segment)
    this.incomplete = true
    return this.files.setAside(segment.path, damage)
  }

  /**
   * Moves the live segment to disk and makes all deletions durable, so that the journal is not needed any more.
   * Writes go on meanwhile. Where the disk refuses, everything stays as it was and the journal keeps it.
   */
  seal(context: SealContext): Promise<void> {
    this.work ??= this.sealNow(context).finally(() => {
      this.work = undefined
    })
    return this.work
  }

  private async sealNow(context: SealContext): Promise<void> {
    if (this.live.documents === 0 && this.dirtyFrom === undefined) return
    const frozen = this.live
    this.sealing = frozen
    this.live = new LiveSegment()
    this.sealingFrom = this.dirtyFrom
    this.dirtyFrom = undefined
    try {
      await this.persist(frozen, context)
    } catch (error) {
      this.takeBack(frozen)
      throw error
    }
  }

  private async persist(frozen: LiveSegment, context: SealContext): Promise<void> {
    const seqNo = this.nextSeqNo - 1
    const journal = context.journal()
    // What is written as deleted must itself be durable, or a crash would lose the old copy and the new one.
    let alive: Uint32Array
    let deletions: { segment: SealedSegment; bits: Uint32Array; changes: number }[]
    do {
      alive = frozen.tombstones.alive(frozen.documents)
      deletions = this.sealed
        .filter(({ tombstones, savedChanges }) => tombstones.changes !== savedChanges)
        .map((segment) => ({ segment, bits: segment.tombstones.bits!.slice(), changes: segment.tombstones.changes }))
    } while (!(await context.settled()))
    await context.saveCatalog()
    if (this.dropped) return
    await this.files.make()
    for (const { segment, bits, changes } of deletions) {
      await this.files.saveTombstones(segment, bits)
      segment.savedChanges = changes
    }
    const sealed =
      alive.length === 0
        ? undefined
        : await this.files.write(
            [{ segment: frozen, alive }],
            { seqNo, journal, replaces: [], arrived: context.now() },
            this.mapping,
            () => context.turn(),
          )
    if (this.dropped) {
      sealed?.close()
      return
    }
    // From here to the end nothing waits: a search sees the documents once, in the old place or the new.
    if (sealed !== undefined) {
      succeed(frozen, sealed, alive, 0)
      this.sealed.push(sealed)
    }
    this.sealing = undefined
    this.sealingFrom = undefined
  }

  /** After a failure: the frozen documents are live again, those that came since behind them. */
  private takeBack(frozen: LiveSegment): void {
    if (this.live.documents > 0) frozen.append(this.live)
    this.live = frozen
    this.sealing = undefined
    this.dirtyFrom = this.sealingFrom ?? this.dirtyFrom
    this.sealingFrom = undefined
  }

  /** Merges small segments that stand in a row, and those with many deleted documents, into one. */
  merge(context: SealContext): Promise<void> {
    const run = this.mergeable()
    if (run.length === 0 || this.work !== undefined) return this.work ?? Promise.resolve()
    this.work = this.mergeNow(run, context).finally(() => {
      this.work = undefined
    })
    return this.work
  }

  private mergeable(): SealedSegment[] {
    let run: SealedSegment[] = []
    let documents = 0
    for (const segment of this.sealed) {
      const alive = segment.documents - segment.deletedCount
      if (segment.deletedCount * 2 > segment.documents && alive < FULL_SEGMENT) return [segment]
      if (alive >= FULL_SEGMENT / 2 || documents + alive > FULL_SEGMENT) {
        if (run.length >= MERGE_SMALL) return run
        run = []
        documents = 0
      }
      if (alive < FULL_SEGMENT / 2) {
        run.push(segment)
        documents += alive
      }
    }
    return run.length >= MERGE_SMALL ? run : []
  }

  private async mergeNow(run: readonly SealedSegment[], context: SealContext): Promise<void> {
    let parts: SegmentPart[]
    do {
      parts = run.map((segment) => ({ segment, alive: segment.tombstones.alive(segment.documents) }))
    } while (!(await context.settled()))
    const documents = parts.reduce((sum, { alive }) => sum + alive.length, 0)
    const last = run.at(-1)!.directory
    const merged =
      documents === 0
        ? undefined
        : await this.files.write(
            parts,
            {
              seqNo: last.seqNo,
              journal: last.journal,
              replaces: run.map(({ directory }) => directory.number),
              arrived: last.arrived,
            },
            this.mapping,
            () => context.turn(),
          )
    if (this.dropped || !run.every((segment) => this.sealed.includes(segment))) {
      merged?.close()
      if (merged !== undefined) await rm(merged.path, { force: true })
      return
    }
    if (merged !== undefined) {
      let first = 0
      for (const { segment, alive } of parts) {
        succeed(segment, merged, alive, first)
        first += alive.length
      }
    }
    const at = this.sealed.indexOf(run[0]!)
    this.sealed = this.sealed.filter((segment) => !run.includes(segment))
    if (merged !== undefined) this.sealed.splice(at, 0, merged)
    for (const segment of run) await this.files.unlink(segment)
    this.counters.merges++
  }

  /** As few segments as a full one allows; or those with deleted documents written anew. */
  async forceMerge(context: SealContext, onlyExpungeDeletes: boolean): Promise<void> {
    await this.idle()
    await this.seal(context)
    for (const run of onlyExpungeDeletes ? this.sealed.filter(hasDeleted).map((one) => [one]) : this.runs()) {
      await this.idle()
      if (this.dropped || !run.every((segment) => this.sealed.includes(segment))) continue
      this.work = this.mergeNow(run, context).finally(() => {
        this.work = undefined
      })
      await this.work
    }
  }

  /** Neighbours that fit into one segment; those that stand alone only where documents of them are deleted. */
  private runs(): SealedSegment[][] {
    const runs: SealedSegment[][] = [[]]
    let documents = 0
    for (const segment of this.sealed) {
      const alive = segment.documents - segment.deletedCount
      if (documents + alive > FULL_SEGMENT && runs.at(-1)!.length > 0) {
        runs.push([])
        documents = 0
      }
      runs.at(-1)!.push(segment)
      documents += alive
    }
    return runs.filter((run) => run.length > 1 || (run.length === 1 && hasDeleted(run[0]!)))
  }

  /** Writes the documents of another index, all of it sealed, into segments of this one, which is new. */
  async copyFrom(source: StoredIndex, context: SealContext): Promise<void> {
    for (const segment of source.sealed) {
      const alive = segment.tombstones.alive(segment.documents)
      if (alive.length === 0) continue
      const { seqNo, arrived } = segment.directory
      const meta = { seqNo, journal: context.journal(), replaces: [], arrived }
      this.sealed.push(await this.files.write([{ segment, alive }], meta, this.mapping, () => context.turn()))
    }
    this.nextSeqNo = source.nextSeqNo
  }

  /** Removes segments from the oldest on, as retention does. */
  async drop(segments: readonly SealedSegment[]): Promise<void> {
    this.sealed = this.sealed.filter((segment) => !segments.includes(segment))
    for (const segment of segments) await this.files.unlink(segment)
  }

  close(): void {
    for (const segment of this.sealed) segment.close()
  }
}

function hasDeleted(segment: SealedSegment): boolean {
  return segment.deletedCount > 0
}

/** Deletions that came while the documents were written move over to the new segment. */
function succeed(old: StoredSegment, next: SealedSegment, alive: Uint32Array, first: number): void {
  for (let i = 0; i < alive.length; i++) if (old.isDeleted(alive[i]!)) next.delete(first + i)
  old.successor = {
    segment: next,
    number(document) {
      let [low, high] = [0, alive.length - 1]
      while (low <= high) {
        const middle = (low + high) >>> 1
        if (alive[middle] === document) return first + middle
        if (alive[middle]! < document) low = middle + 1
        else high = middle - 1
      }
      return undefined
    },
  }
}
