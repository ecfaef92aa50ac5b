import { contains, emptyBits, intersect, NONE, union, type DocSet } from './doc-set.ts'

/** The documents that are in at least so many of the sets. */
export function atLeast(sets: readonly DocSet[], needed: number, documents: number): DocSet {
  if (needed > sets.length) return NONE
  if (needed === sets.length) return sets.reduce((a, b) => intersect(a, b, documents))
  if (needed <= 1) return sets.reduce((a, b) => union(a, b, documents))
  const bits = emptyBits(documents)
  for (let d = 0; d < documents; d++) {
    let found = 0
    for (const set of sets) if (contains(set, d)) found++
    if (found >= needed) bits[d >>> 5]! |= 1 << (d & 31)
  }
  return { kind: 'bits', bits }
}

/** Lucene's minimum_should_match: `2`, `-1`, `75%`, `-25%`, `3<90%` and several of the last. */
export function minimumOf(text: string | undefined, clauses: number, byDefault: number): number {
  if (text === undefined) return byDefault
  let chosen: string | undefined
  for (const part of text.trim().split(/\s+/)) {
    const [limit, value] = part.includes('<') ? (part.split('<') as [string, string]) : [undefined, part]
    if (limit === undefined) chosen = value
    else if (clauses > Number(limit)) chosen = value
  }
  if (chosen === undefined) return clauses
  const percent = chosen.endsWith('%')
  const number = Number(chosen.replace('%', ''))
  const amount = percent ? Math.trunc((clauses * Math.abs(number)) / 100) : Math.abs(number)
  return Math.max(0, number < 0 ? clauses - amount : amount)
}
