/** The best N documents by score or sort keys: a heap whose root is the worst that is still kept. */
import type { HitsSpec } from '../../dsl/index.ts'
import { compareBySort, readerOf, type BoundSort, type Key, type KeyReader } from './sort.ts'
import type { SegmentView } from './segment-view.ts'

export interface TopHit {
  readonly view: SegmentView
  readonly document: number
  readonly keys: readonly Key[]
  readonly score: number
}

export class TopHits {
  readonly limit: number
  private readonly sorts: readonly BoundSort[]
  private readonly after: readonly Key[] | undefined
  private readonly last: TopHit | undefined
  private readonly heap: TopHit[] = []
  private view: SegmentView | undefined
  private readers: KeyReader[] = []
  /** The segment's first key rises with its documents, so that where one is past the worst kept, the rest are too. */
  private inOrder = false
  private past = false
  /** The best score seen; undefined where no document came. */
  maxScore: number | undefined

  /** @param last is the hit that the page before ended with: only what comes after it counts. */
  constructor(
    spec: Pick<HitsSpec, 'from' | 'size'>,
    sorts: readonly BoundSort[],
    after?: readonly Key[],
    last?: TopHit,
  ) {
    this.limit = spec.from + spec.size
    this.sorts = sorts
    this.after = after
    this.last = last
  }

  /** True where no later document of the segment can be among the best. */
  full(): boolean {
    if (this.heap.length < this.limit) return false
    return this.sorts.length === 0 ? this.view?.score === undefined : this.past
  }

  /** True where the segment is best seen from its last document to its first: newest first, on rising times. */
  lastFirst(): boolean {
    return this.inOrder && this.sorts[0]!.key.descending
  }

  segment(view: SegmentView): void {
    this.view = view
    this.readers = this.sorts.map((sort) => readerOf(sort, view))
    this.past = false
    const leaf = this.sorts[0] === undefined ? undefined : view.mapping.field(this.sorts[0].key.field)
    const column = leaf === undefined ? undefined : view.segment.column(leaf.name)
    this.inOrder =
      column?.kind === 'number' && column.ascending && column.offsets === undefined && column.present === undefined
  }

  see(document: number): void {
    if (this.limit === 0) return
    const view = this.view!
    const score = view.score === undefined ? 1 : view.score(document)
    if (this.maxScore === undefined || score > this.maxScore) this.maxScore = score
    const { heap, readers, sorts } = this
    if (heap.length >= this.limit && this.after === undefined) {
      // Most documents end here: by the first key alone they are no better than the worst one kept.
      const worst = heap[0]!
      if (sorts.length === 0) {
        if (score <= worst.score) return
      } else {
        const first = readers[0]!(document)
        const order = compareBySort([first], [worst.keys[0]], [sorts[0]!])
        if (order > 0) {
          this.past = this.inOrder
          return
        }
        if (order === 0 && sorts.length === 1 && this.isAfter(view, document, worst)) return
      }
    }
    const keys = readers.map((read) => read(document))
    if (this.after !== undefined && compareBySort(keys, this.after, sorts) <= 0) return
    const hit: TopHit = { view, document, keys, score }
    if (this.last !== undefined && this.compare(hit, this.last) <= 0) return
    if (heap.length < this.limit) {
      heap.push(hit)
      this.up(heap.length - 1)
    } else if (this.compare(hit, heap[0]!) < 0) {
      heap[0] = hit
      this.down(0)
    }
  }

  /** Best first. */
  sorted(): TopHit[] {
    return [...this.heap].sort((a, b) => this.compare(a, b))
  }

  private compare(a: TopHit, b: TopHit): number {
    return compareHits(a, b, this.sorts)
  }

  private isAfter(view: SegmentView, document: number, hit: TopHit): boolean {
    return view.position > hit.view.position || (view.position === hit.view.position && document > hit.document)
  }

  private up(start: number): void {
    const { heap } = this
    for (let i = start; i > 0;) {
      const parent = (i - 1) >> 1
      if (this.compare(heap[i]!, heap[parent]!) <= 0) return
      ;[heap[i], heap[parent]] = [heap[parent]!, heap[i]!]
      i = parent
    }
  }

  private down(start: number): void {
    const { heap } = this
    for (let i = start; ;) {
      let worst = i
      for (const child of [2 * i + 1, 2 * i + 2])
        if (child < heap.length && this.compare(heap[child]!, heap[worst]!) > 0) worst = child
      if (worst === i) return
      ;[heap[i], heap[worst]] = [heap[worst]!, heap[i]!]
      i = worst
    }
  }
}

/** Below zero where `a` comes first: by the sort, else by score; what ties stands in the order of the documents. */
export function compareHits(a: TopHit, b: TopHit, sorts: readonly BoundSort[]): number {
  const order = sorts.length === 0 ? b.score - a.score : compareBySort(a.keys, b.keys, sorts)
  return order !== 0 ? order : a.view.position - b.view.position || a.document - b.document
}
