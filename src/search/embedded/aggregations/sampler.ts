/** sampler and diversified_sampler: the aggregations below see the best documents of each bucket only. */
import { newObject, type ValueObject } from '../../../event/index.ts'
import type { Aggregation } from '../../dsl/index.ts'
import type { SamplerParameters } from '../../dsl/aggregation-tree.ts'
import type { SegmentView } from '../evaluator/segment-view.ts'
import {
  aggregatedField,
  columnOf,
  addResults,
  makeChildren,
  type AggregationContext,
  type Collector,
  type NamedCollector,
} from './collector.ts'

interface Sampled {
  readonly view: SegmentView
  readonly document: number
  readonly score: number
  readonly values: readonly (string | number | bigint)[]
}

export class SamplerCollector implements Collector {
  private readonly parameters: SamplerParameters
  private readonly children: readonly NamedCollector[]
  private readonly samples: Sampled[][] = []
  private view: SegmentView | undefined
  private settled = false

  constructor(aggregation: Aggregation, parameters: SamplerParameters, context: AggregationContext) {
    this.parameters = parameters
    this.children = makeChildren(aggregation, context)
    if (parameters.diverse !== undefined) aggregatedField(parameters.diverse.field, context)
  }

  segment(view: SegmentView): void {
    this.view = view
  }

  collect(documents: Int32Array, owners: Int32Array, length: number): void {
    const view = this.view!
    const { size, diverse } = this.parameters
    const column = diverse === undefined ? undefined : columnOf(diverse.field, view)
    for (let i = 0; i < length; i++) {
      const document = documents[i]!
      const sample = (this.samples[owners[i]!] ??= [])
      const values: (string | number | bigint)[] = []
      if (column !== undefined) {
        const { offsets, present } = column
        const missing =
          offsets === undefined && present !== undefined && ((present[document >>> 5]! >>> (document & 31)) & 1) === 0
        const [start, end] =
          offsets === undefined ? [document, document + 1] : [offsets[document]!, offsets[document + 1]!]
        if (!missing)
          for (let v = start; v < end; v++)
            values.push(column.kind === 'string' ? column.dictionary[column.ordinals[v]!]! : column.values[v]!)
      }
      sample.push({ view, document, score: view.score?.(document) ?? 1, values })
      // Those that cannot come among the best any more are dropped from time to time.
      if (sample.length >= 4 * Math.max(size, 64)) this.samples[owners[i]!] = this.best(sample)
    }
  }

  /** The first by score, then in the order of the documents; of each value no more than allowed. */
  private best(sample: readonly Sampled[]): Sampled[] {
    const { size, diverse } = this.parameters
    // Sorting is stable, so documents of one score stay in their order.
    const sorted = [...sample].sort((a, b) => b.score - a.score)
    if (diverse === undefined) return sorted.slice(0, size)
    const taken = new Map<string | number | bigint, number>()
    const chosen: Sampled[] = []
    for (const one of sorted) {
      if (chosen.length >= size) break
      if (one.values.some((value) => (taken.get(value) ?? 0) >= diverse.most)) continue
      for (const value of one.values) taken.set(value, (taken.get(value) ?? 0) + 1)
      chosen.push(one)
    }
    return chosen
  }

  private settle(): void {
    if (this.settled) return
    this.settled = true
    const all = this.samples.flatMap((sample, owner) => {
      const chosen = this.best(sample)
      this.samples[owner] = chosen
      return chosen.map((one) => ({ ...one, owner }))
    })
    all.sort((a, b) => a.view.position - b.view.position || a.document - b.document)
    for (let from = 0; from < all.length;) {
      const { view } = all[from]!
      let to = from
      while (to < all.length && all[to]!.view === view) to++
      const part = all.slice(from, to)
      const documents = Int32Array.from(part, ({ document }) => document)
      const owners = Int32Array.from(part, ({ owner }) => owner)
      for (const { collector } of this.children) {
        collector.segment(view)
        collector.collect(documents, owners, documents.length)
      }
      from = to
    }
  }

  value(owner: number): number {
    this.settle()
    return this.samples[owner]?.length ?? 0
  }

  single(owner: number): { children: readonly NamedCollector[]; bucket: number } {
    this.settle()
    return { children: this.children, bucket: owner }
  }

  result(owner: number): ValueObject {
    this.settle()
    const json = newObject()
    json['doc_count'] = this.samples[owner]?.length ?? 0
    return addResults(json, this.children, owner)
  }
}
