import type { Fuzziness } from '../../dsl/query-tree.ts'

/** How many edits a term may be away. */
export function allowedEdits({ edits }: Fuzziness, term: string): number {
  if (typeof edits === 'number') return edits
  const length = [...term].length
  return length < edits.low ? 0 : length < edits.high ? 1 : 2
}

/**
 * Insertions, deletions and substitutions between two terms, a swap of neighbours counting as one where asked
 * (optimal string alignment: no part is edited twice, as in Lucene's automata).
 * @returns a number above `most` where there are more.
 */
export function editDistance(a: string, b: string, most: number, transpositions: boolean): number {
  const [x, y] = [[...a], [...b]]
  if (Math.abs(x.length - y.length) > most) return most + 1
  let [before, previous] = [[] as number[], Array.from({ length: y.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= x.length; i++) {
    const current = [i]
    let least = i
    for (let j = 1; j <= y.length; j++) {
      const same = x[i - 1] === y[j - 1]
      let value = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1))
      if (transpositions && i > 1 && j > 1 && x[i - 1] === y[j - 2] && x[i - 2] === y[j - 1])
        value = Math.min(value, before[j - 2]! + 1)
      current.push(value)
      if (value < least) least = value
    }
    if (least > most) return most + 1
    ;[before, previous] = [previous, current]
  }
  return previous[y.length]!
}
