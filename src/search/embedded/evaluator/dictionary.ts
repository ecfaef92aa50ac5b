/** Look-ups in a column's dictionary. A dictionary only grows, so what was worked out for its start stays true. */
import type { StringColumn } from '../columns.ts'

/** Order of UTF-8 bytes, which is the order of code points; UTF-16's differs past the surrogates. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (x === y) continue
    const [highX, highY] = [x >= 0xd800 && x <= 0xdfff, y >= 0xd800 && y <= 0xdfff]
    if (highX !== highY) return highX ? 1 : -1
    return x - y
  }
  return a.length - b.length
}

const indices = new WeakMap<readonly string[], { map: Map<string, number>; length: number }>()

/** @returns the ordinal, or -1. */
export function ordinalOf(column: StringColumn, value: string): number {
  const { dictionary } = column
  if (!column.sortedDictionary) {
    if (dictionary.length <= 32) return dictionary.indexOf(value)
    let index = indices.get(dictionary)
    if (index === undefined) indices.set(dictionary, (index = { map: new Map(), length: 0 }))
    for (; index.length < dictionary.length; index.length++) index.map.set(dictionary[index.length]!, index.length)
    return index.map.get(value) ?? -1
  }
  let [low, high] = [0, dictionary.length - 1]
  while (low <= high) {
    const middle = (low + high) >>> 1
    const order = compareStrings(dictionary[middle]!, value)
    if (order === 0) return middle
    if (order < 0) low = middle + 1
    else high = middle - 1
  }
  return -1
}

interface Marks {
  table: Uint8Array
  length: number
}

const marks = new WeakMap<readonly string[], Map<string, Marks>>()
const MARKS_KEPT = 32

/**
 * A table with 1 for each dictionary entry that fits.
 * @param key names the condition: the table is kept under it.
 */
export function markEntries(column: StringColumn, key: string, fits: (entry: string) => boolean): Uint8Array {
  const { dictionary } = column
  let kept = marks.get(dictionary)
  if (kept === undefined) marks.set(dictionary, (kept = new Map()))
  let found = kept.get(key)
  if (found === undefined) {
    if (kept.size >= MARKS_KEPT) kept.delete(kept.keys().next().value!)
    kept.set(key, (found = { table: new Uint8Array(dictionary.length), length: 0 }))
  }
  if (found.table.length < dictionary.length) {
    const larger = new Uint8Array(Math.max(dictionary.length, found.table.length * 2))
    larger.set(found.table)
    found.table = larger
  }
  for (; found.length < dictionary.length; found.length++)
    if (fits(dictionary[found.length]!)) found.table[found.length] = 1
  return found.table
}
