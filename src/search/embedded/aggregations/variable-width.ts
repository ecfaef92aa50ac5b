import { double, newObject, type ValueObject } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import { isDate, type Aggregation } from '../../dsl/index.ts'
import type { VariableWidthHistogramParameters } from '../../dsl/aggregation-tree.ts'
import type { SegmentView } from '../evaluator/segment-view.ts'
import { addResults, makeChildren, type AggregationContext, type Collector, type NamedCollector } from './collector.ts'
import { decimalFormat } from './decimal-format.ts'
import { NumberValues } from './number-values.ts'

interface Cluster {
  min: number
  max: number
  sum: number
  count: number
}

/** The documents of a segment that an owner has, each with a value. */
interface Block {
  readonly view: SegmentView
  readonly documents: number[]
  readonly values: number[]
}

interface Owner {
  readonly blocks: Block[]
  clusters: readonly Cluster[] | undefined
  /** The number under which the children know its first bucket. */
  first: number
}

/** Values close to each other make a bucket: neighbours are merged, the closest first, until few enough are left. */
export class VariableWidthHistogramCollector implements Collector {
  private readonly parameters: VariableWidthHistogramParameters
  private readonly context: AggregationContext
  private readonly values: NumberValues
  private readonly children: readonly NamedCollector[]
  private readonly owners: (Owner | undefined)[] = []
  private view: SegmentView | undefined
  private settled = false

  constructor(aggregation: Aggregation, parameters: VariableWidthHistogramParameters, context: AggregationContext) {
    this.parameters = parameters
    this.context = context
    this.values = new NumberValues(parameters.field, parameters.missing, parameters.type, context)
    const { leaf } = this.values
    if (leaf !== undefined && (isDate(leaf.type) || leaf.type === 'boolean'))
      throw fail('search.argument', {
        reason: `Field [${parameters.field}] of type [${leaf.type}] is not supported for aggregation [${parameters.type}]`,
      })
    this.children = makeChildren(aggregation, context)
  }

  segment(view: SegmentView): void {
    this.view = view
    this.values.segment(view)
  }

  collect(documents: Int32Array, owners: Int32Array, length: number): void {
    for (let i = 0; i < length; i++) {
      const document = documents[i]!
      this.values.each(document, (value) => {
        const owner = (this.owners[owners[i]!] ??= { blocks: [], clusters: undefined, first: 0 })
        let block = owner.blocks.at(-1)
        if (block?.view !== this.view) owner.blocks.push((block = { view: this.view!, documents: [], values: [] }))
        block!.documents.push(document)
        block!.values.push(value)
      })
    }
  }

  /** After the last document: makes the clusters, and lets the children see the documents of each. */
  private settle(): void {
    if (this.settled) return
    this.settled = true
    let buckets = 0
    for (const owner of this.owners) {
      if (owner === undefined) continue
      owner.clusters = clustersOf(
        owner.blocks.flatMap(({ values }) => values),
        this.parameters,
      )
      owner.first = buckets
      buckets += owner.clusters.length
    }
    if (this.children.length === 0) return
    // Segment by segment, as children expect to see them.
    for (const { segment } of this.context.segments)
      for (const owner of this.owners)
        for (const block of owner?.blocks ?? []) if (block.view.segment === segment) this.replay(owner!, block)
  }

  private replay({ clusters, first }: Owner, { view, documents, values }: Block): void {
    const numbers = Int32Array.from(values, (value) => first + clusterOf(clusters!, value))
    for (const { collector } of this.children) {
      collector.segment(view)
      collector.collect(Int32Array.from(documents), numbers, documents.length)
    }
  }

  value(): number {
    return NaN
  }

  result(owner: number): ValueObject {
    this.settle()
    const { clusters = [], first = 0 } = this.owners[owner] ?? {}
    const { format } = this.parameters
    this.context.countBuckets(clusters.length)
    const json = newObject()
    json['buckets'] = clusters.map(({ min, max, sum, count }, i) => {
      const body = newObject()
      for (const [name, value] of [
        ['min', min],
        ['key', sum / count],
        ['max', max],
      ] as const) {
        // prettier-ignore
        body[name] = double(value)
        if (format !== undefined) body[`${name}_as_string`] = decimalFormat(format, value)
      }
      body['doc_count'] = count
      return addResults(body, this.children, first + i)
    })
    return json
  }
}

/** Groups of as many values each, from the least to the greatest; then what lies closest is put together. */
function clustersOf(
  values: number[],
  { buckets, shardSize }: Pick<VariableWidthHistogramParameters, 'buckets' | 'shardSize'>,
): Cluster[] {
  const sorted = Float64Array.from(values).sort()
  const each = Math.ceil(sorted.length / Math.floor((shardSize * 3) / 4))
  const clusters: Cluster[] = []
  for (let at = 0; at < sorted.length; at += each) {
    const part = sorted.subarray(at, at + each)
    const cluster = { min: part[0]!, max: part.at(-1)!, sum: part.reduce((a, b) => a + b, 0), count: part.length }
    const before = clusters.at(-1)
    // One value is never in two of them.
    if (before?.max === cluster.min && before.min === before.max && cluster.min === cluster.max) join(before, cluster)
    else clusters.push(cluster)
  }
  while (clusters.length > buckets) {
    let [closest, distance] = [1, Infinity]
    for (let i = 1; i < clusters.length; i++) {
      const apart = centre(clusters[i]!) - centre(clusters[i - 1]!)
      if (apart < distance) [closest, distance] = [i, apart]
    }
    join(clusters[closest - 1]!, clusters[closest]!)
    clusters.splice(closest, 1)
  }
  return clusters
}

function centre({ sum, count }: Cluster): number {
  return sum / count
}

function join(into: Cluster, other: Cluster): void {
  into.max = other.max
  into.sum += other.sum
  into.count += other.count
}

/** The last cluster that begins at the value or before it. */
function clusterOf(clusters: readonly Cluster[], value: number): number {
  let [low, high] = [0, clusters.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (clusters[middle]!.min <= value) low = middle
    else high = middle - 1
  }
  return low
}
