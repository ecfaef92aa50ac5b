/** rescore: the best hits of a search are put in order anew by a second query. */
import type { CheckedSearch } from '../../dsl/index.ts'
import { contains } from './doc-set.ts'
import { matchQuery } from './filter.ts'
import type { Matched } from './filter-context.ts'
import type { SegmentView } from './segment-view.ts'
import type { TopHit } from './top-hits.ts'

type Rescore = CheckedSearch['rescore'][number]

/** @param hits are the best by score, at least as many as the largest window. */
export function rescored(hits: readonly TopHit[], rescores: readonly Rescore[], now: number): TopHit[] {
  let all = [...hits]
  for (const rescore of rescores) {
    const matched = new Map<SegmentView, Matched>()
    const within = (view: SegmentView): Matched => {
      let found = matched.get(view)
      if (found === undefined) {
        found = matchQuery(rescore.query, { ...view, now, from: 0, to: view.documents, scoring: true })
        matched.set(view, found)
      }
      return found
    }
    const changed = all.map((hit, place): TopHit => {
      const first = Math.fround(hit.score * rescore.queryWeight)
      if (place >= rescore.window) return { ...hit, score: first }
      const { set, score } = within(hit.view)
      if (!contains(set, hit.document)) return { ...hit, score: first }
      return { ...hit, score: combined(rescore, first, (score?.(hit.document) ?? 1) * rescore.rescoreWeight) }
    })
    // Sorting is stable: what ties stays in its order. Hits outside of the window stay behind it.
    const window = changed.slice(0, rescore.window).sort((a, b) => b.score - a.score)
    all = [...window, ...changed.slice(rescore.window)]
  }
  return all
}

function combined({ mode }: Rescore, first: number, second: number): number {
  switch (mode) {
    case 'total':
      return Math.fround(first + second)
    case 'multiply':
      return Math.fround(first * second)
    case 'avg':
      return Math.fround((first + second) / 2)
    case 'max':
      return Math.max(first, second)
    case 'min':
      return Math.min(first, second)
  }
}
