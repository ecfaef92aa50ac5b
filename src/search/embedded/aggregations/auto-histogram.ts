/** auto_date_histogram: intervals as wide as it takes for so many buckets. */
import { newObject, type ValueObject } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import { formatOfDate, isDate, type Aggregation, type Leaf } from '../../dsl/index.ts'
import type { AutoDateHistogramParameters } from '../../dsl/aggregation-tree.ts'
import { addUnits, floorToUnit } from '../../dsl/date-math.ts'
import { parseZone, type Zone } from '../../dsl/zone.ts'
import type { Column } from '../columns.ts'
import type { SegmentView } from '../evaluator/segment-view.ts'
import {
  addResults,
  aggregatedField,
  columnOf,
  makeChildren,
  type AggregationContext,
  type Collector,
  type NamedCollector,
} from './collector.ts'
import { columnNumber } from './metrics.ts'

/** The units there are, how many of one a bucket may span, and roughly how long one is (milliseconds). */
const STEPS = [
  { unit: 'second', letter: 's', spans: [1, 5, 10, 30], rough: 1000 },
  { unit: 'minute', letter: 'm', spans: [1, 5, 10, 30], rough: 60_000 },
  { unit: 'hour', letter: 'h', spans: [1, 3, 12], rough: 3_600_000 },
  { unit: 'day', letter: 'd', spans: [1, 7], rough: 86_400_000 },
  { unit: 'month', letter: 'M', spans: [1, 3], rough: 30 * 86_400_000 },
  { unit: 'year', letter: 'y', spans: [1, 5, 10, 20, 50, 100], rough: 365 * 86_400_000 },
] as const

interface Found {
  /** Of `STEPS`: it grows as the times spread. */
  step: number
  counts: Map<number, number>
  buckets?: {
    readonly keys: readonly number[]
    readonly counts: readonly number[]
    readonly interval: string
    first: number
  }
}

interface Block {
  readonly view: SegmentView
  readonly documents: Int32Array
  readonly owners: Int32Array
  readonly times: Float64Array
}

export class AutoDateHistogramCollector implements Collector {
  private readonly parameters: AutoDateHistogramParameters
  private readonly context: AggregationContext
  private readonly leaf: Leaf | undefined
  private readonly zone: Zone
  private readonly missing: number | undefined
  private readonly children: readonly NamedCollector[]
  private readonly found: Found[] = []
  private readonly blocks: Block[] = []
  private settled = false
  private view: SegmentView | undefined
  private column: Column | undefined

  constructor(aggregation: Aggregation, parameters: AutoDateHistogramParameters, context: AggregationContext) {
    this.parameters = parameters
    this.context = context
    this.leaf = aggregatedField(parameters.field, context)
    if (this.leaf !== undefined && !isDate(this.leaf.type))
      throw fail('search.argument', {
        reason: `Field [${parameters.field}] of type [${this.leaf.type}] is not supported for aggregation [auto_date_histogram]`,
      })
    this.zone = parseZone(parameters.zone)
    this.missing =
      parameters.missing === undefined ? undefined : columnNumber(parameters.missing, this.leaf, context.now)
    this.children = makeChildren(aggregation, context)
  }

  segment(view: SegmentView): void {
    this.view = view
    this.column = columnOf(this.parameters.field, view)
  }

  collect(documents: Int32Array, owners: Int32Array, length: number): void {
    const kept: { d: number; o: number; at: number }[] = []
    for (let i = 0; i < length; i++) {
      let previous: number | undefined
      for (const time of this.times(documents[i]!)) {
        const key = this.count(owners[i]!, time, previous)
        if (key !== previous && this.children.length > 0) kept.push({ d: documents[i]!, o: owners[i]!, at: time })
        previous = key
      }
    }
    if (kept.length > 0)
      this.blocks.push({
        view: this.view!,
        documents: Int32Array.from(kept, ({ d }) => d),
        owners: Int32Array.from(kept, ({ o }) => o),
        times: Float64Array.from(kept, ({ at }) => at),
      })
  }

  /** Milliseconds. */
  private *times(document: number): Generator<number> {
    const { column } = this
    let [start, end] = [document, document + 1]
    if (column === undefined || column.kind === 'string') end = start
    else if (column.offsets !== undefined) [start, end] = [column.offsets[document]!, column.offsets[document + 1]!]
    else if (column.present !== undefined && ((column.present[document >>> 5]! >>> (document & 31)) & 1) === 0)
      end = start
    if (start === end && this.missing !== undefined) yield Math.floor(this.missing / 1000)
    for (let i = start; i < end; i++)
      yield Math.floor(Number((column as Exclude<Column, { kind: 'string' }>).values[i]!) / 1000)
  }

  /** Counts a time once for each interval of a document. @returns its key. */
  private count(owner: number, time: number, previous: number | undefined): number {
    const one = (this.found[owner] ??= {
      step: STEPS.findIndex(({ unit }) => unit === this.parameters.least),
      counts: new Map(),
    })
    const key = this.floor(time, one.step)
    if (key === previous) return key
    one.counts.set(key, (one.counts.get(key) ?? 0) + 1)
    if (one.counts.size > this.most(one.step)) this.widen(one)
    return key
  }

  private most(step: number): number {
    return step === STEPS.length - 1 ? Infinity : this.parameters.buckets * STEPS[step]!.spans.at(-1)!
  }

  private widen(one: Found): void {
    one.step++
    const wider = new Map<number, number>()
    for (const [key, count] of one.counts) {
      const into = this.floor(key, one.step)
      wider.set(into, (wider.get(into) ?? 0) + count)
    }
    one.counts = wider
    if (wider.size > this.most(one.step)) this.widen(one)
  }

  private floor(time: number, step: number): number {
    return floorToUnit(time, STEPS[step]!.unit, this.zone)
  }

  private next(key: number, step: number): number {
    return floorToUnit(addUnits(key, 1, STEPS[step]!.unit, this.zone), STEPS[step]!.unit, this.zone)
  }

  /** Fills the gaps, and puts neighbours together until there are few enough. */
  private bucketsOf(one: Found): NonNullable<Found['buckets']> {
    const { buckets: target } = this.parameters
    const sorted = (): number[] => [...one.counts.keys()].sort((a, b) => a - b)
    let present = sorted()
    const spread = (): number => {
      let needed = 0
      for (
        let key = present[0]!;
        key < present.at(-1)! && needed <= this.most(one.step);
        key = this.next(key, one.step)
      )
        needed++
      return needed
    }
    while (present.length > 0 && one.step < STEPS.length - 1 && spread() > this.most(one.step)) {
      this.widen(one)
      present = sorted()
    }
    const keys: number[] = []
    for (let key = present[0] ?? Infinity; key <= present.at(-1)!; key = this.next(key, one.step)) keys.push(key)
    const { spans, letter } = STEPS[one.step]!
    const span = spans.find((width) => Math.ceil(keys.length / width) <= target) ?? spans.at(-1)!
    const firsts = keys.filter((_, i) => i % span === 0)
    const counts = firsts.map((_, i) =>
      keys.slice(i * span, (i + 1) * span).reduce((sum, key) => sum + (one.counts.get(key) ?? 0), 0),
    )
    return { keys: firsts, counts, interval: `${span}${letter}`, first: 0 }
  }

  private settle(): void {
    if (this.settled) return
    this.settled = true
    let first = 0
    for (const one of this.found) {
      if (one === undefined) continue
      one.buckets = { ...this.bucketsOf(one), first }
      first += one.buckets.keys.length
    }
    let view: SegmentView | undefined
    for (const { view: of, documents, owners, times } of this.blocks) {
      const [into, numbers]: [number[], number[]] = [[], []]
      for (let i = 0; i < documents.length; i++) {
        const { keys, first: start } = this.found[owners[i]!]!.buckets!
        const bucket = start + lastAtMost(keys, times[i]!)
        // Several times of a document may have come into one bucket since.
        if (into.at(-1) === documents[i]! && numbers.at(-1) === bucket) continue
        into.push(documents[i]!)
        numbers.push(bucket)
      }
      for (const { collector } of this.children) {
        if (of !== view) collector.segment(of)
        collector.collect(Int32Array.from(into), Int32Array.from(numbers), into.length)
      }
      view = of
    }
    this.blocks.length = 0
  }

  value(): number {
    return NaN
  }

  result(owner: number): ValueObject {
    this.settle()
    const made = this.found[owner]?.buckets
    const json = newObject()
    this.context.countBuckets(made?.keys.length ?? 0)
    const format = formatOfDate(this.leaf, this.parameters.format)
    json['buckets'] = (made?.keys ?? []).map((key, i) => {
      const body = newObject()
      body['key_as_string'] = format.format(key, this.zone)
      body['key'] = key
      body['doc_count'] = made!.counts[i]!
      return addResults(body, this.children, made!.first + i)
    })
    json['interval'] = made?.interval ?? '1s'
    return json
  }
}

/** The place of the last key that is not greater. */
function lastAtMost(keys: readonly number[], value: number): number {
  let [low, high] = [0, keys.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (keys[middle]! <= value) low = middle
    else high = middle - 1
  }
  return low
}
