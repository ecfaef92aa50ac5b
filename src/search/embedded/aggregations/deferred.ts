import type { SegmentView } from '../evaluator/segment-view.ts'
import type { NamedCollector } from './collector.ts'

interface Block {
  readonly view: SegmentView
  readonly documents: Int32Array
  readonly buckets: Int32Array
}

/**
 * Keeps what a bucket aggregation has sorted into buckets, and gives it to the aggregations below only for the
 * buckets that stay (Elasticsearch's `breadth_first`): of 5,000 sources ten are shown. 8 bytes a document.
 */
export class Deferred {
  private readonly children: readonly NamedCollector[]
  private readonly blocks: Block[] = []
  private view: SegmentView | undefined
  private numbers = new Int32Array(0)
  private count = 0

  constructor(children: readonly NamedCollector[]) {
    this.children = children
  }

  segment(view: SegmentView): void {
    this.view = view
  }

  collect(documents: Int32Array, buckets: Int32Array, length: number): void {
    this.blocks.push({ view: this.view!, documents: documents.slice(0, length), buckets: buckets.slice(0, length) })
  }

  /** @param size is how many buckets there are in all. */
  replay(staying: readonly number[], size: number): void {
    this.numbers = new Int32Array(size).fill(-1)
    for (const bucket of staying) this.numbers[bucket] = this.count++
    const { numbers } = this
    let view: SegmentView | undefined
    for (const { view: of, documents, buckets } of this.blocks) {
      let kept = 0
      for (let i = 0; i < documents.length; i++) {
        const number = numbers[buckets[i]!]!
        if (number < 0) continue
        documents[kept] = documents[i]!
        buckets[kept++] = number
      }
      if (kept === 0) continue
      for (const { collector } of this.children) {
        if (of !== view) collector.segment(of)
        collector.collect(documents, buckets, kept)
      }
      view = of
    }
    this.blocks.length = 0
  }

  /** The number under which the children know a bucket; one without documents has a number nobody saw. */
  replayed(bucket: number): number {
    const number = this.numbers[bucket] ?? -1
    return number < 0 ? this.count : number
  }
}
