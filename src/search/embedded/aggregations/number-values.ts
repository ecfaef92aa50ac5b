import type { Value } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import { isDate, type Leaf } from '../../dsl/index.ts'
import type { Column } from '../columns.ts'
import type { SegmentView } from '../evaluator/segment-view.ts'
import { aggregatedField, columnOf, type AggregationContext } from './collector.ts'
import { columnNumber } from './metrics.ts'

/** The numbers of a field, document by document; dates in milliseconds. */
export class NumberValues {
  readonly leaf: Leaf | undefined
  private readonly field: string
  private readonly missing: number | undefined
  private readonly scale: number
  private column: Column | undefined

  /** @throws illegal_argument_exception where the field holds no numbers. */
  constructor(field: string, missing: Value | undefined, aggregation: string, context: AggregationContext) {
    this.field = field
    this.leaf = aggregatedField(field, context)
    if (this.leaf?.column === 'string')
      throw fail('search.argument', {
        reason: `Field [${field}] of type [${this.leaf.type}] is not supported for aggregation [${aggregation}]`,
      })
    this.scale = this.leaf !== undefined && isDate(this.leaf.type) ? 1000 : 1
    const stand = missing === undefined ? undefined : columnNumber(missing, this.leaf, context.now)
    if (missing !== undefined && stand === undefined) throw fail('search.number', { text: String(missing) })
    this.missing = stand
  }

  segment(view: SegmentView): void {
    this.column = columnOf(this.field, view)
  }

  each(document: number, see: (value: number) => void): void {
    const { column, missing, scale } = this
    let [start, end] = [document, document + 1]
    if (column === undefined || column.kind === 'string') end = start
    else if (column.offsets !== undefined) [start, end] = [column.offsets[document]!, column.offsets[document + 1]!]
    else if (column.present !== undefined && ((column.present[document >>> 5]! >>> (document & 31)) & 1) === 0)
      end = start
    if (start === end) {
      if (missing !== undefined) see(missing / scale)
      return
    }
    const { values } = column as Exclude<Column, { kind: 'string' }>
    for (let i = start; i < end; i++) see(Number(values[i]!) / scale)
  }
}
