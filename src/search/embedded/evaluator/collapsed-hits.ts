import type { HitsSpec } from '../../dsl/index.ts'
import { smallest } from './global-ordinals.ts'
import { readerOf, type BoundSort, type Key, type KeyReader } from './sort.ts'
import type { SegmentView } from './segment-view.ts'
import { compareHits, type TopHit } from './top-hits.ts'

/** Groups kept beside those that are shown, before the worst are let go. */
const SLACK = 4096

/** The best document of each value of a field. Groups that cannot be shown any more are let go. */
export class CollapsedHits {
  readonly limit: number
  maxScore: number | undefined
  private readonly sorts: readonly BoundSort[]
  private readonly group: BoundSort
  private readonly best = new Map<Key, TopHit>()
  private view: SegmentView | undefined
  private readers: KeyReader[] = []
  private groupOf: KeyReader = () => undefined

  constructor(spec: Pick<HitsSpec, 'from' | 'size'>, sorts: readonly BoundSort[], group: BoundSort) {
    this.limit = spec.from + spec.size
    this.sorts = sorts
    this.group = group
  }

  full(): boolean {
    return false
  }

  lastFirst(): boolean {
    return false
  }

  segment(view: SegmentView): void {
    this.view = view
    this.readers = this.sorts.map((sort) => readerOf(sort, view))
    this.groupOf = readerOf(this.group, view)
  }

  see(document: number): void {
    const view = this.view!
    const score = view.score === undefined ? 1 : view.score(document)
    if (this.maxScore === undefined || score > this.maxScore) this.maxScore = score
    const hit: TopHit = { view, document, keys: this.readers.map((read) => read(document)), score }
    const value = this.groupOf(document)
    const group = typeof value === 'bigint' ? smallest(value) : value
    const known = this.best.get(group)
    if (known !== undefined && compareHits(hit, known, this.sorts) >= 0) return
    this.best.set(group, hit)
    if (this.best.size > this.limit * 2 + SLACK) this.prune()
  }

  private prune(): void {
    const ordered = [...this.best].sort((a, b) => compareHits(a[1], b[1], this.sorts))
    for (const [group] of ordered.slice(this.limit)) this.best.delete(group)
  }

  sorted(): TopHit[] {
    return [...this.best.values()].sort((a, b) => compareHits(a, b, this.sorts)).slice(0, this.limit)
  }
}
