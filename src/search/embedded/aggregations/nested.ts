/** nested and reverse_nested: from documents to the objects of a nested field, and back. */
import { newObject, type ValueObject } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import type { Aggregation } from '../../dsl/index.ts'
import { NestedSegment, nestedSegment, outerDocument } from '../evaluator/nested-segment.ts'
import type { SegmentView } from '../evaluator/segment-view.ts'
import { addResults, makeChildren, type AggregationContext, type Collector, type NamedCollector } from './collector.ts'
import { Totals } from './pair-table.ts'

abstract class OneBucket implements Collector {
  protected readonly children: readonly NamedCollector[]
  protected readonly counts = new Totals()

  constructor(aggregation: Aggregation, context: AggregationContext) {
    this.children = makeChildren(aggregation, context)
  }

  abstract segment(view: SegmentView): void
  abstract collect(documents: Int32Array, owners: Int32Array, length: number): void

  protected pass(documents: number[], owners: number[]): void {
    if (documents.length === 0) return
    for (const owner of owners) {
      this.counts.reserve(owner)
      this.counts.values[owner]!++
    }
    const [d, o] = [Int32Array.from(documents), Int32Array.from(owners)]
    for (const { collector } of this.children) collector.collect(d, o, d.length)
  }

  value(owner: number): number {
    return this.counts.get(owner)
  }

  single(owner: number): { children: readonly NamedCollector[]; bucket: number } {
    return { children: this.children, bucket: owner }
  }

  result(owner: number): ValueObject {
    const json = newObject()
    json['doc_count'] = this.counts.get(owner)
    return addResults(json, this.children, owner)
  }
}

export class NestedCollector extends OneBucket {
  private readonly path: string
  private inner: NestedSegment | undefined
  private view: SegmentView | undefined

  constructor(aggregation: Aggregation, path: string, context: AggregationContext) {
    super(aggregation, context)
    this.path = path
  }

  segment(view: SegmentView): void {
    this.view = view
    this.inner = undefined
    if (!view.mapping.isNested(this.path)) return
    const root = view.root ?? view.segment
    this.inner = nestedSegment(root, view.mapping, this.path)
    const within: SegmentView = {
      ...view,
      root,
      rootTerms: view.rootTerms ?? view.terms,
      segment: this.inner,
      documents: this.inner.documents,
      terms: (view.rootTerms ?? view.terms).nested(this.path),
      score: undefined,
    }
    for (const { collector } of this.children) collector.segment(within)
  }

  collect(documents: Int32Array, owners: Int32Array, length: number): void {
    const { inner, view } = this
    if (inner === undefined) return
    const [into, of]: [number[], number[]] = [[], []]
    const pairs: [number, number][] = []
    for (let i = 0; i < length; i++) {
      const [from, to] = rangeWithin(inner, view!.segment, documents[i]!)
      for (let d = from; d < to; d++) pairs.push([d, owners[i]!])
    }
    for (const [d, owner] of pairs) {
      into.push(d)
      of.push(owner)
    }
    this.pass(into, of)
  }
}

/** The nested documents below one of an outer segment. */
function rangeWithin(inner: NestedSegment, outer: unknown, document: number): [number, number] {
  if (inner.base === outer) return [inner.starts[document]!, inner.starts[document + 1]!]
  if (!(inner.base instanceof NestedSegment)) return [0, 0]
  const [from, to] = rangeWithin(inner.base, outer, document)
  return [inner.starts[from]!, inner.starts[to]!]
}

export class ReverseNestedCollector extends OneBucket {
  private readonly path: string | undefined
  private view: SegmentView | undefined
  private outer: SegmentView | undefined
  /** The last document that each owner was given: several objects of a document are one. */
  private last = new Map<number, number>()

  constructor(aggregation: Aggregation, path: string | undefined, context: AggregationContext) {
    super(aggregation, context)
    this.path = path
  }

  segment(view: SegmentView): void {
    if (view.root === undefined)
      throw fail('search.argument', {
        reason: 'Reverse nested aggregation [reverse_nested] can only be used inside a [nested] aggregation',
      })
    this.view = view
    this.last = new Map()
    const segment = this.path === undefined ? view.root : nestedSegment(view.root, view.mapping, this.path)
    const root = this.path === undefined ? undefined : view.root
    this.outer = { ...view, root, segment, documents: segment.documents, terms: view.rootTerms ?? view.terms }
    for (const { collector } of this.children) collector.segment(this.outer)
  }

  collect(documents: Int32Array, owners: Int32Array, length: number): void {
    const [into, of]: [number[], number[]] = [[], []]
    for (let i = 0; i < length; i++) {
      const owner = owners[i]!
      const document = outerDocument(this.view!.segment, documents[i]!, this.outer!.segment)
      if (this.last.get(owner) === document) continue
      this.last.set(owner, document)
      into.push(document)
      of.push(owner)
    }
    this.pass(into, of)
  }
}
