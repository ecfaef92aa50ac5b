import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Logger } from '../../diagnostic/index.ts'
import { readIfThere, replaceFile, syncFolder } from '../../journal/index.ts'
import type { Mapping } from '../dsl/index.ts'
import { DamagedBlock } from './block-file.ts'
import type { ColumnCache } from './column-cache.ts'
import { SealedSegment } from './sealed-segment.ts'
import { encodeSegment, type SegmentPart } from './segment-encoder.ts'

/** What is said of a segment beside its documents. */
export interface SegmentMeta {
  readonly seqNo: number
  readonly journal: number
  readonly replaces: readonly number[]
  readonly arrived: number
}

/** Closes the files of segments that were dropped once no search holds them. */
const retired = new FinalizationRegistry<() => void>((close) => close())

const TOMBSTONE_VERSION = 1

function tombstonePath(segment: SealedSegment): string {
  return segment.path.replace(/\.segment$/, '.deleted')
}

/** The files of one index: its segments, and the lists of their deleted documents. */
export class SegmentFolder {
  readonly path: string
  private readonly index: { readonly name: string; readonly uuid: string }
  private readonly cache: ColumnCache
  private readonly logger: Logger
  private nextNumber = 1

  constructor(
    path: string,
    index: { readonly name: string; readonly uuid: string },
    cache: ColumnCache,
    logger: Logger,
  ) {
    this.path = path
    this.index = index
    this.cache = cache
    this.logger = logger
  }

  /**
   * Opens the segments that are there, and removes what a merge left behind. A damaged one is set aside and named.
   * @returns them in the order of their documents, and the sequence number after the highest in any file
   */
  async open(): Promise<{ segments: SealedSegment[]; nextSeqNo: number; damaged: boolean }> {
    const names = await readdir(this.path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    })
    for (const name of names) if (name.endsWith('.new')) await rm(join(this.path, name), { force: true })
    const found: SealedSegment[] = []
    let damaged = false
    for (const name of names.filter((name) => /^\d{8}\.segment$/.test(name)).sort()) {
      const path = join(this.path, name)
      this.nextNumber = Math.max(this.nextNumber, Number(name.slice(0, 8)) + 1)
      try {
        found.push(new SealedSegment(path, this.cache))
      } catch (error) {
        if (!(error instanceof DamagedBlock)) throw error
        damaged = true
        await this.setAside(path, error)
      }
    }
    const replaced = new Set(found.flatMap(({ directory }) => directory.replaces))
    const segments: SealedSegment[] = []
    let nextSeqNo = 0
    for (const segment of found) {
      nextSeqNo = Math.max(nextSeqNo, segment.directory.seqNo + 1)
      if (replaced.has(segment.directory.number)) {
        segment.close()
        await this.unlink(segment)
        continue
      }
      await this.loadTombstones(segment)
      segments.push(segment)
    }
    segments.sort((a, b) => a.directory.seqNo - b.directory.seqNo)
    return { segments, nextSeqNo, damaged }
  }

  /** Keeps a damaged file for the user, out of the way. */
  async setAside(path: string, damage: Error): Promise<void> {
    this.logger.error(
      { index: this.index.name, file: path },
      `store: ${damage.message}; its documents of index [${this.index.name}] are set aside in ${path}.damaged, the rest goes on`,
    )
    await rename(path, `${path}.damaged`)
  }

  /** Writes a segment and opens it. `turn` lets others have theirs while it is encoded. */
  async write(
    parts: readonly SegmentPart[],
    meta: SegmentMeta,
    mapping: Mapping,
    turn: () => Promise<void>,
  ): Promise<SealedSegment> {
    const number = this.nextNumber++
    const bytes = await encodeSegment(
      parts,
      { ...meta, index: this.index.name, uuid: this.index.uuid, number, mapping: mapping.toJson() },
      turn,
    )
    await this.make()
    const path = join(this.path, `${String(number).padStart(8, '0')}.segment`)
    await replaceFile(path, bytes)
    return new SealedSegment(path, this.cache)
  }

  async unlink(segment: SealedSegment): Promise<void> {
    // The file stays readable for searches that have it open; it is closed when nothing refers to it any more.
    await rm(segment.path, { force: true })
    await rm(tombstonePath(segment), { force: true })
    retired.register(segment, segment.release())
  }

  async make(): Promise<void> {
    const made = await mkdir(this.path, { recursive: true, mode: 0o700 })
    if (made !== undefined) await syncFolder(join(this.path, '..'))
  }

  /** Makes the deletions of a segment durable. */
  async saveTombstones(segment: SealedSegment, bits: Uint32Array): Promise<void> {
    const content = new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength)
    const head = Buffer.alloc(8)
    head.writeUInt32LE(TOMBSTONE_VERSION, 0)
    head.writeUInt32LE(crc32(content), 4)
    await replaceFile(tombstonePath(segment), [head, content])
  }

  private async loadTombstones(segment: SealedSegment): Promise<void> {
    const file = await readIfThere(tombstonePath(segment))
    if (file === undefined) return
    const bits = file.subarray(8)
    if (file.length < 8 || file.readUInt32LE(0) !== TOMBSTONE_VERSION || file.readUInt32LE(4) !== crc32(bits)) {
      this.logger.error(
        { index: this.index.name, file: tombstonePath(segment) },
        `store: damaged list of deletions ${tombstonePath(segment)}; documents that were deleted or replaced may be back`,
      )
      return
    }
    for (let d = 0; d < segment.documents; d++) if (((bits[d >>> 3]! >>> (d & 7)) & 1) === 1) segment.tombstones.add(d)
    segment.savedChanges = segment.tombstones.changes
  }
}
