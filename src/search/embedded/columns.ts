/**
 * What the evaluator sees of stored documents: a run of documents as columns, one a field.
 * The live segment (growing, in memory) and sealed segments (immutable, from disk) both look like this.
 */
import type { ColumnValue, Leaf } from '../dsl/index.ts'

/**
 * Where the values of a document lie.
 *
 * - Without `offsets` every document has exactly one value, at its own number, unless `present` says it has none.
 * - With `offsets` document `d` has the values from `offsets[d]` to `offsets[d + 1]`, in the order they were
 *   given (so an array keeps its duplicates; who wants a set removes them).
 */
interface Layout {
  /** Length at least documents + 1. */
  readonly offsets: Uint32Array | undefined
  /** One bit a document, 32 a word, least significant first; undefined means all are present. */
  readonly present: Uint32Array | undefined
}

/** Strings (keyword, text, ip as canonical text, binary): an ordinal a value into the dictionary. */
export interface StringColumn extends Layout {
  readonly kind: 'string'
  readonly ordinals: Uint8Array | Uint16Array | Uint32Array
  /** Distinct values; sorted by UTF-8 bytes in sealed segments, in order of arrival in the live one. */
  readonly dictionary: readonly string[]
  readonly sortedDictionary: boolean
}

/** Numbers, dates (microseconds since the epoch) and booleans (0 and 1). */
export interface NumberColumn extends Layout {
  readonly kind: 'number'
  readonly values:
    | Float64Array
    | Float32Array
    | Int32Array
    | Int16Array
    | Int8Array
    | Uint32Array
    | Uint16Array
    | Uint8Array
  readonly min: number
  readonly max: number
  /** True where the values of single-valued documents never fall: a range is then a binary search. */
  readonly ascending: boolean
}

/** Longs of which at least one lies beyond 2^53. */
export interface BigIntColumn extends Layout {
  readonly kind: 'bigint'
  readonly values: BigInt64Array | BigUint64Array
  readonly min: bigint
  readonly max: bigint
}

export type Column = StringColumn | NumberColumn | BigIntColumn

export interface Segment {
  /** Documents in it, deleted ones included; they are numbered from 0. */
  readonly documents: number
  /** Deleted documents, one bit each as in `present`; undefined where there are none. */
  readonly deleted: Uint32Array | undefined
  readonly deletedCount: number
  /** The column of a field by its full dotted name (`source.ip`, `message.keyword`), decoded on first use. */
  column(field: string): Column | undefined
  /** The values in one document of a field that has no column but a script; only in segments that know such fields. */
  computedAt?(field: Leaf, document: number): readonly ColumnValue[]
  id(document: number): string
  /** The document with this id, its latest copy, where it is not deleted; a segment without it is searched by `id`. */
  find?(id: string): number | undefined
  /** JSON text as received. */
  source(document: number): string
  version(document: number): number
  seqNo(document: number): number
}

/** The 64 bits of a column's values; where one is greater than a long may be they are unsigned. */
export function signedAsNeeded(bits: BigInt64Array, max: bigint): BigIntColumn['values'] {
  return max < 2n ** 63n ? bits : new BigUint64Array(bits.buffer, bits.byteOffset, bits.length)
}
