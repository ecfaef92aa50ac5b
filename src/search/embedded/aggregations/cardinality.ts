import { newObject, type ValueObject } from '../../../event/index.ts'
import type { MetricParameters } from '../../dsl/aggregation.ts'
import { Expander, numberValues, stringValues, type FieldValues } from '../evaluator/global-ordinals.ts'
import type { Column } from '../columns.ts'
import type { SegmentView } from '../evaluator/segment-view.ts'
import { aggregatedField, columnOf, stringColumns, type AggregationContext, type Collector } from './collector.ts'
import { columnNumber } from './metrics.ts'
import { PairTable, Totals } from './pair-table.ts'
import { Sketch } from './sketch.ts'

/** A bucket counts exactly up to this, then by a sketch whose standard error is 0.81 %. */
export const EXACT_LIMIT = 100_000
/** Bitmaps of at most so many words altogether (32 MB); further buckets use the hash table. */
const BITMAP_WORDS = 8 * 1024 * 1024

/** Distinct values. */
export class CardinalityCollector implements Collector {
  private readonly field: string
  private readonly values: FieldValues
  private readonly expander: Expander
  private readonly counts = new Totals()
  private readonly bitmaps: (Uint32Array | undefined)[] = []
  private readonly pairs = new PairTable()
  private readonly sketches = new Map<number, Sketch>()
  private words = 0
  private column: Column | undefined

  constructor(parameters: MetricParameters, context: AggregationContext) {
    this.field = parameters.field
    const leaf = aggregatedField(parameters.field, context)
    this.values = leaf?.column === 'number' ? numberValues() : stringValues(stringColumns(parameters.field, context))
    const { missing } = parameters
    const stand =
      missing === undefined
        ? undefined
        : this.values.kind === 'string'
          ? String(missing)
          : columnNumber(missing, leaf, context.now)
    this.expander = new Expander(this.values, stand === undefined ? -1 : this.values.ordinal(stand))
  }

  segment(view: SegmentView): void {
    this.column = columnOf(this.field, view)
    if (this.column?.kind === 'string') this.values.mapped(this.column)
  }

  collect(documents: Int32Array, owners: Int32Array, length: number): void {
    const { expander, counts } = this
    expander.expand(this.column, documents, owners, length)
    for (let i = 0; i < expander.length; i++) {
      const [owner, global] = [expander.owners[i]!, expander.globals[i]!]
      counts.reserve(owner)
      const count = counts.values[owner]!
      if (count >= EXACT_LIMIT) this.sketch(owner).add(this.values.value(global))
      else if (this.fresh(owner, global)) counts.values[owner] = count + 1
    }
  }

  private fresh(owner: number, global: number): boolean {
    let bitmap = this.bitmaps[owner]
    if (bitmap === undefined) {
      const words = (this.values.size() + 31) >>> 5
      if (words > 4096 || this.words + words > BITMAP_WORDS) return this.freshPair(owner, global)
      this.words += words
      bitmap = this.bitmaps[owner] = new Uint32Array(words)
    }
    const word = global >>> 5
    // Numbers met later have ordinals past the bitmap.
    if (word >= bitmap.length) return this.freshPair(owner, global)
    const bit = 1 << (global & 31)
    if ((bitmap[word]! & bit) !== 0) return false
    bitmap[word]! |= bit
    return true
  }

  private freshPair(owner: number, global: number): boolean {
    const { size } = this.pairs
    return this.pairs.number(owner, global) === size
  }

  /** The owner's sketch; it starts with the values that were counted exactly. */
  private sketch(owner: number): Sketch {
    let sketch = this.sketches.get(owner)
    if (sketch === undefined) {
      this.sketches.set(owner, (sketch = new Sketch()))
      const { pairs, bitmaps } = this
      for (let i = 0; i < pairs.size; i++) if (pairs.owners[i] === owner) sketch.add(this.values.value(pairs.keys[i]!))
      bitmaps[owner]?.forEach((word, w) => {
        for (let b = 0; b < 32; b++) if (((word >>> b) & 1) === 1) sketch!.add(this.values.value(w * 32 + b))
      })
    }
    return sketch
  }

  value(owner: number): number {
    return this.sketches.get(owner)?.estimate() ?? this.counts.get(owner)
  }

  result(owner: number): ValueObject {
    const json = newObject()
    json['value'] = this.value(owner)
    return json
  }
}
