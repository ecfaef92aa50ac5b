import type { ValueObject } from '../../event/index.ts'
import type { BlockPlace } from './block-file.ts'
import type { NumberForm } from './number-codec.ts'

/** What a segment file says of itself: the JSON of its directory. */
export interface SegmentDirectory {
  readonly index: string
  readonly uuid: string
  readonly number: number
  readonly documents: number
  /** All operations of the index up to this sequence number are in this segment or an older one. */
  readonly seqNo: number
  /** The next sequence number of the journal when the segment was made. */
  readonly journal: number
  /** Numbers of the segments whose documents it took over. */
  readonly replaces: readonly number[]
  /** When its newest document came: milliseconds since the epoch. */
  readonly arrived: number
  readonly mapping: ValueObject
  readonly columns: Readonly<Record<string, ColumnEntry>>
  readonly versions: NumberEntry
  readonly seqNos: NumberEntry
  readonly ids: ChunkIndex
  readonly sources: ChunkIndex
  readonly bloom: BlockPlace
}

export interface LayoutEntry {
  /** A bit a document. */
  readonly present?: BlockPlace
  /** Values a document. */
  readonly counts?: BlockPlace
  readonly countWidth?: 1 | 2 | 4
}

export interface StringEntry extends LayoutEntry {
  readonly kind: 'string'
  readonly values: number
  /** All entries, one after the other. */
  readonly text: BlockPlace
  /** Their lengths in UTF-16 units. */
  readonly lengths: BlockPlace
  readonly lengthWidth: 1 | 2 | 4
  readonly entries: number
  readonly ordinals: BlockPlace
  readonly ordinalWidth: 1 | 2 | 4
}

export interface NumberEntry extends LayoutEntry {
  readonly kind: 'number'
  readonly values: number
  readonly numbers: BlockPlace
  readonly form: NumberForm
  readonly min: number
  readonly max: number
  readonly ascending: boolean
}

export interface BigIntEntry extends LayoutEntry {
  readonly kind: 'bigint'
  readonly values: number
  readonly numbers: BlockPlace
  readonly min: string
  readonly max: string
}

export type ColumnEntry = StringEntry | NumberEntry | BigIntEntry

/** Blocks of a run of documents each: rows of first document, offset, length, raw length, checksum, compressed. */
export interface ChunkIndex {
  readonly rows: number
  readonly table: BlockPlace
}
