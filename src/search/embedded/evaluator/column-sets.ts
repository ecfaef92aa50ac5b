/** From a column and a condition on its values to a set of documents: a document counts where any of its values does. */
import type { BigIntColumn, Column, NumberColumn, StringColumn } from '../columns.ts'
import { emptyBits, fromBitmap, NONE, run, type DocSet } from './doc-set.ts'

/** Only documents `from` (included) to `to` (excluded) are looked at: what a set says of others means nothing. */
export interface Span {
  readonly documents: number
  readonly from: number
  readonly to: number
}

/** The documents that have a value. */
export function withValue(column: Column, { documents, from, to }: Span): DocSet {
  const { offsets, present } = column
  if (offsets === undefined) return present === undefined ? run(0, documents) : fromBitmap(present, documents)
  const bits = emptyBits(documents)
  for (let d = from; d < to; d++) if (offsets[d + 1]! > offsets[d]!) bits[d >>> 5]! |= 1 << (d & 31)
  return { kind: 'bits', bits }
}

/** The documents with a value whose ordinal is marked in the table. */
export function withOrdinals(column: StringColumn, marked: Uint8Array, { documents, from, to }: Span): DocSet {
  const { offsets, present, ordinals } = column
  const bits = emptyBits(documents)
  if (offsets !== undefined) {
    for (let d = from; d < to; d++)
      for (let i = offsets[d]!; i < offsets[d + 1]!; i++)
        if (marked[ordinals[i]!] === 1) {
          bits[d >>> 5]! |= 1 << (d & 31)
          break
        }
    return { kind: 'bits', bits }
  }
  for (let w = from >>> 5; w << 5 < to; w++) {
    const start = w << 5
    const end = Math.min(start + 32, documents)
    let word = 0
    for (let d = start; d < end; d++) word |= marked[ordinals[d]!]! << (d & 31)
    bits[w] = present === undefined ? word : word & present[w]!
  }
  return { kind: 'bits', bits }
}

/** The documents with a value from `least` to `greatest`, both included. */
export function withinRange(
  column: NumberColumn | BigIntColumn,
  lower: number | bigint,
  upper: number | bigint,
  span: Span,
): DocSet {
  const { documents, from, to } = span
  if (lower > upper) return NONE
  if (column.kind === 'bigint') return withinBigRange(column, lower, upper, span)
  // What the column holds can be told from a number beyond 2^53, whatever that is rounded to.
  const [least, greatest] = [Number(lower), Number(upper)]
  const { offsets, present, values, min, max, ascending } = column
  // The extremes of a live segment may already speak of newer documents: they only widen, so pruning stays right.
  if (greatest < min || least > max) return NONE
  if (least <= min && greatest >= max) return withValue(column, span)
  if (ascending && offsets === undefined && present === undefined)
    return run(firstAtLeast(values, least, documents), firstAbove(values, greatest, documents))
  const bits = emptyBits(documents)
  if (offsets !== undefined) {
    for (let d = from; d < to; d++)
      for (let i = offsets[d]!; i < offsets[d + 1]!; i++)
        if (values[i]! >= least && values[i]! <= greatest) {
          bits[d >>> 5]! |= 1 << (d & 31)
          break
        }
    return { kind: 'bits', bits }
  }
  for (let w = from >>> 5; w << 5 < to; w++) {
    const start = w << 5
    const end = Math.min(start + 32, documents)
    let word = 0
    for (let d = start; d < end; d++) {
      const value = values[d]!
      if (value >= least && value <= greatest) word |= 1 << (d & 31)
    }
    bits[w] = present === undefined ? word : word & present[w]!
  }
  return { kind: 'bits', bits }
}

function withinBigRange(column: BigIntColumn, least: number | bigint, greatest: number | bigint, span: Span): DocSet {
  return where(
    column,
    (i) => {
      const value = column.values[i]!
      return value >= least && value <= greatest
    },
    span,
  )
}

/** The documents with a value that fits; `i` is the number of the value. The general and slow way. */
export function where(column: Column, fits: (i: number) => boolean, { documents, from, to }: Span): DocSet {
  const { offsets, present } = column
  const bits = emptyBits(documents)
  for (let d = from; d < to; d++) {
    if (offsets === undefined) {
      if (present !== undefined && ((present[d >>> 5]! >>> (d & 31)) & 1) === 0) continue
      if (fits(d)) bits[d >>> 5]! |= 1 << (d & 31)
      continue
    }
    for (let i = offsets[d]!; i < offsets[d + 1]!; i++)
      if (fits(i)) {
        bits[d >>> 5]! |= 1 << (d & 31)
        break
      }
  }
  return { kind: 'bits', bits }
}

function firstAtLeast(values: ArrayLike<number>, bound: number, length: number): number {
  let [low, high] = [0, length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! < bound) low = middle + 1
    else high = middle
  }
  return low
}

function firstAbove(values: ArrayLike<number>, bound: number, length: number): number {
  let [low, high] = [0, length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! <= bound) low = middle + 1
    else high = middle
  }
  return low
}
