import { newObject, type ValueObject } from '../../../event/index.ts'
import type { MetricParameters } from '../../dsl/metric-tree.ts'
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
  /** A row of `width` words an owner, where all values are known beforehand and few. */
  private bitmap = new Uint32Array(0)
  private readonly width: number
  private readonly pairs = new PairTable()
  private readonly sketches = new Map<number, Sketch>()
  private column: Column | undefined

  constructor(parameters: MetricParameters, context: AggregationContext) {
    this.field = parameters.field
    const leaf = aggregatedField(parameters.field, context)
    this.values = leaf?.column === 'number' ? numberValues() : stringValues(stringColumns(parameters.field, context))
    const columns = this.values.kind === 'string' ? stringColumns(parameters.field, context) : []
    for (const column of columns) this.values.mapped(column)
    this.width = (this.values.size() + 31) >>> 5
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
  }

  collect(documents: Int32Array, owners: Int32Array, length: number): void {
    const { expander, counts } = this
    expander.expand(this.column, documents, owners, length)
    for (let i = 0; i < expander.length; i++) {
      const [owner, global] = [expander.owners[i]!, expander.globals[i]!]
      counts.reserve(owner)
      const sketch = this.sketches.size === 0 ? undefined : this.sketches.get(owner)
      if (sketch !== undefined) sketch.add(this.values.value(global))
      else if (this.fresh(owner, global) && ++counts.values[owner]! > EXACT_LIMIT) this.startSketch(owner)
    }
  }

  private fresh(owner: number, global: number): boolean {
    const { width } = this
    const word = global >>> 5
    // Values met later than the start have no place in a row.
    if (word >= width || (owner + 1) * width > BITMAP_WORDS) return this.freshPair(owner, global)
    if ((owner + 1) * width > this.bitmap.length) {
      const larger = new Uint32Array(Math.min(BITMAP_WORDS, Math.max((owner + 1) * width, this.bitmap.length * 2)))
      larger.set(this.bitmap)
      this.bitmap = larger
    }
    const bit = 1 << (global & 31)
    const at = owner * width + word
    if ((this.bitmap[at]! & bit) !== 0) return false
    this.bitmap[at]! |= bit
    return true
  }

  private freshPair(owner: number, global: number): boolean {
    const { size } = this.pairs
    return this.pairs.number(owner, global) === size
  }

  /** The owner's sketch takes over, with the values that were counted exactly. */
  private startSketch(owner: number): void {
    const sketch = new Sketch()
    this.sketches.set(owner, sketch)
    const { pairs, bitmap, width } = this
    for (let i = 0; i < pairs.size; i++) if (pairs.owners[i] === owner) sketch.add(this.values.value(pairs.keys[i]!))
    bitmap.subarray(owner * width, (owner + 1) * width).forEach((word, w) => {
      for (let b = 0; b < 32; b++) if (((word >>> b) & 1) === 1) sketch.add(this.values.value(w * 32 + b))
    })
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
