import type { BucketOrder } from '../../dsl/aggregation-tree.ts'
import { splitPath } from '../../dsl/aggregation-order.ts'
import type { NamedCollector } from './collector.ts'

export interface BucketFacts {
  count(bucket: number): number
  compareKeys(a: number, b: number): number
  /** The number under which the children know a bucket, where it is another. */
  below?(bucket: number): number
}

/** Below zero where bucket `a` comes first. A metric without a value comes last, whatever the direction. */
export function bucketComparator(
  orders: readonly BucketOrder[],
  facts: BucketFacts,
  children: readonly NamedCollector[],
): (a: number, b: number) => number {
  const steps = orders.map((order) => {
    const sign = order.descending ? -1 : 1
    if (order.path === '_count') return (a: number, b: number): number => sign * (facts.count(a) - facts.count(b))
    if (order.path === '_key') return (a: number, b: number): number => sign * facts.compareKeys(a, b)
    const read = pathReader(order.path, children)
    const known = new Map<number, number>()
    const value = (bucket: number): number => {
      let number = known.get(bucket)
      if (number === undefined) known.set(bucket, (number = read(facts.below?.(bucket) ?? bucket)))
      return number
    }
    return (a: number, b: number): number => {
      const [x, y] = [value(a), value(b)]
      if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) ? (Number.isNaN(y) ? 0 : 1) : -1
      return x === y ? 0 : sign * (x - y)
    }
  })
  return (a, b) => {
    for (const step of steps) {
      const order = step(a, b)
      if (order !== 0) return order
    }
    return 0
  }
}

function pathReader(path: string, children: readonly NamedCollector[]): (bucket: number) => number {
  const { names, property } = splitPath(path)
  return (bucket) => {
    let level = children
    let at = bucket
    for (const [index, name] of names.entries()) {
      const collector = level.find((child) => child.aggregation.name === name)?.collector
      if (collector === undefined) return NaN
      if (index === names.length - 1) return collector.value(at, property)
      const inner = collector.single?.(at)
      if (inner === undefined) return NaN
      level = inner.children
      at = inner.bucket
    }
    return NaN
  }
}

/** The first `size` in order, without sorting all. */
export function firstInOrder(buckets: number[], size: number, compare: (a: number, b: number) => number): number[] {
  if (buckets.length <= size) return buckets.sort(compare)
  // A heap whose root is the last of those kept.
  const heap = buckets.slice(0, size)
  const sink = (start: number): void => {
    for (let i = start; ;) {
      let last = i
      for (const child of [2 * i + 1, 2 * i + 2])
        if (child < heap.length && compare(heap[child]!, heap[last]!) > 0) last = child
      if (last === i) return
      ;[heap[i], heap[last]] = [heap[last]!, heap[i]!]
      i = last
    }
  }
  for (let i = (size >> 1) - 1; i >= 0; i--) sink(i)
  for (let i = size; i < buckets.length; i++)
    if (compare(buckets[i]!, heap[0]!) < 0) {
      heap[0] = buckets[i]!
      sink(0)
    }
  return heap.sort(compare)
}
