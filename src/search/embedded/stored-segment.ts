import type { Segment } from './columns.ts'

/** What the store itself needs of a segment, beside what a search does. */
export interface StoredSegment extends Segment {
  /** The latest copy with this id that is not deleted; undefined where there is none. */
  find(id: string): number | undefined
  delete(document: number): void
  isDeleted(document: number): boolean
  /** Takes a deletion back, where the write that caused it could not be made durable. */
  restore(document: number): void
  /** UTF-8 of the document as received; shared memory, to be read only. */
  sourceBytes(document: number): Uint8Array
  fields(): Iterable<string>
  /** The segment that took its documents over (sealed or merged), and their numbers there. */
  successor: { readonly segment: StoredSegment; number(document: number): number | undefined } | undefined
}

/** Deleted documents: a bit each. */
export class Tombstones {
  bits: Uint32Array | undefined
  count = 0
  /** Goes up with each change, so that what was saved can be told from what was not. */
  changes = 0

  has(document: number): boolean {
    return this.bits !== undefined && ((this.bits[document >>> 5]! >>> (document & 31)) & 1) === 1
  }

  add(document: number): void {
    if (this.has(document)) return
    this.cover(document + 1)
    this.bits![document >>> 5]! |= 1 << (document & 31)
    this.count++
    this.changes++
  }

  remove(document: number): void {
    if (!this.has(document)) return
    this.bits![document >>> 5]! &= ~(1 << (document & 31))
    this.count--
    this.changes++
  }

  /** Makes the bits long enough for so many documents. */
  cover(documents: number): void {
    const words = (documents + 31) >>> 5
    if (this.bits !== undefined && this.bits.length >= words) return
    const larger = new Uint32Array(Math.max(words, (this.bits?.length ?? 0) * 2))
    if (this.bits !== undefined) larger.set(this.bits)
    this.bits = larger
  }

  /** The numbers of the documents that are left. */
  alive(documents: number): Uint32Array {
    const alive = new Uint32Array(documents - this.count)
    let at = 0
    for (let d = 0; d < documents; d++) if (!this.has(d)) alive[at++] = d
    return alive
  }
}
