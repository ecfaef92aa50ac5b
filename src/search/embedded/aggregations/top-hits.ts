import { newObject, toValue, type Value, type ValueObject } from '../../../event/index.ts'
import type { HitsSpec } from '../../dsl/index.ts'
import { makeHit } from '../evaluator/hits.ts'
import type { SegmentView } from '../evaluator/segment-view.ts'
import { bindSort, type BoundSort } from '../evaluator/sort.ts'
import { TopHits } from '../evaluator/top-hits.ts'
import { double } from '../../../event/index.ts'
import type { AggregationContext, Collector } from './collector.ts'
import { Totals } from './pair-table.ts'

/** The best documents of each bucket. */
export class TopHitsCollector implements Collector {
  private readonly spec: HitsSpec
  private readonly sorts: readonly BoundSort[]
  private readonly tops: TopHits[] = []
  private readonly views: (SegmentView | undefined)[] = []
  private readonly counts = new Totals()
  private view: SegmentView | undefined

  constructor(spec: HitsSpec, context: AggregationContext) {
    this.spec = spec
    this.sorts = bindSort(spec.sort, context.mappings, context.now)
  }

  segment(view: SegmentView): void {
    this.view = view
  }

  collect(documents: Int32Array, owners: Int32Array, length: number): void {
    for (let i = 0; i < length; i++) {
      const owner = owners[i]!
      const top = (this.tops[owner] ??= new TopHits(this.spec, this.sorts))
      if (this.views[owner] !== this.view) {
        this.views[owner] = this.view
        top.segment(this.view!)
      }
      this.counts.reserve(owner)
      this.counts.values[owner]!++
      top.see(documents[i]!)
    }
  }

  value(): number {
    return NaN
  }

  result(owner: number): ValueObject {
    const top = this.tops[owner]
    const hits = newObject()
    hits['total'] = toValue({ value: this.counts.get(owner), relation: 'eq' })
    hits['max_score'] = this.sorts.length > 0 || top?.maxScore === undefined ? null : double(top.maxScore)
    hits['hits'] = (top?.sorted() ?? [])
      .slice(this.spec.from)
      .map((hit) => Object.assign(newObject(), makeHit(hit, this.spec, this.sorts)) as Value)
    const json = newObject()
    json['hits'] = hits
    return json
  }
}
