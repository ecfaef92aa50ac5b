/** Which of the named queries of a search found a hit (`matched_queries`). */
import type { ValueObject } from '../../../event/index.ts'
import type { Query } from '../../dsl/index.ts'
import { namedQueries } from '../../dsl/visit.ts'
import { contains, type DocSet } from './doc-set.ts'
import { matchQuery } from './filter.ts'
import type { SegmentView } from './segment-view.ts'
import type { TopHit } from './top-hits.ts'

export class NamedQueries {
  private readonly queries: readonly Query[]
  private readonly now: number
  // Each is run once over a segment that has a hit.
  private readonly found = new Map<SegmentView, readonly DocSet[]>()

  constructor(queries: readonly (Query | undefined)[], now: number) {
    this.queries = queries.flatMap((query) => (query === undefined ? [] : namedQueries(query)))
    this.now = now
  }

  /** Adds to a hit the names of those that find it. */
  add(json: object, { view, document }: TopHit): void {
    if (this.queries.length === 0) return
    const sets = this.run(view)
    const names = this.queries.flatMap(({ label }, i) => (contains(sets[i]!, document) ? [label!] : []))
    if (names.length > 0) (json as ValueObject)['matched_queries'] = names
  }

  private run(view: SegmentView): readonly DocSet[] {
    let sets = this.found.get(view)
    if (sets === undefined) {
      const context = { ...view, now: this.now, from: 0, to: view.documents, scoring: false }
      sets = this.queries.map((query) => matchQuery(query, context).set)
      this.found.set(view, sets)
    }
    return sets
  }
}
