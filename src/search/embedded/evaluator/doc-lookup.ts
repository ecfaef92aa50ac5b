import { double, Timestamp, type Value } from '../../../event/index.ts'
import { DocLookup, type DocField } from '../../../script/index.ts'
import { isDate, isFloat, isShape, type ColumnValue, type Leaf, type Mapping } from '../../dsl/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import type { Column, Segment } from '../columns.ts'
import { valuesOf } from '../live-segment.ts'
import { docColumn, needFielddata } from './fielddata.ts'
import { compareStrings } from './dictionary.ts'

/** `doc` of a script: the columns of a segment at one document, which is set before each run. */
export class ColumnLookup extends DocLookup {
  document = 0
  private readonly mapping: Mapping
  private readonly segment: Segment

  constructor(mapping: Mapping, segment: Segment) {
    super()
    this.mapping = mapping
    this.segment = segment
  }

  has(field: string): boolean {
    return this.mapping.field(field) !== undefined
  }

  get(field: string): DocField | undefined {
    if (field === '_id') return { type: 'string', values: [this.segment.id(this.document)] }
    const leaf = this.mapping.field(field)
    if (leaf === undefined) return undefined
    needFielddata(leaf)
    if (isShape(leaf.type))
      throw fail('search.argument', { reason: `[${leaf.type}] field [${leaf.name}] is not supported in scripts` })
    return { type: typeOf(leaf), values: docValues(this.segment, leaf, this.document) }
  }
}

function typeOf(leaf: Leaf): DocField['type'] {
  if (leaf.column === 'string') return 'string'
  if (isDate(leaf.type)) return 'date'
  if (leaf.type === 'boolean') return 'boolean'
  return isFloat(leaf.type) ? 'double' : 'long'
}

/** A document's values in their order, as they lie in the field's column or are computed. */
export function fieldValues(segment: Segment, leaf: Leaf, document: number): readonly ColumnValue[] {
  return computedValues(segment, leaf, document) ?? valuesIn(segment.column(leaf.name), document)
}

function computedValues(segment: Segment, leaf: Leaf, document: number): readonly ColumnValue[] | undefined {
  return leaf.computed === undefined ? undefined : (segment.computedAt?.(leaf, document) ?? [])
}

function valuesIn(column: Column | undefined, document: number): ColumnValue[] {
  return column === undefined ? [] : [...valuesOf(column, document)]
}

/** A document's values in rising order, strings without repetition, as doc values keep them. */
export function docValues(segment: Segment, leaf: Leaf, document: number): Value[] {
  const values = computedValues(segment, leaf, document) ?? valuesIn(docColumn(segment, leaf), document)
  if (leaf.column === 'string')
    return values.length < 2 ? [...values] : [...new Set(values as readonly string[])].sort(compareStrings)
  const numbers = [...(values as readonly (number | bigint)[])]
  if (numbers.length > 1) numbers.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  if (leaf.type === 'boolean') return numbers.map((number) => Number(number) === 1)
  if (isDate(leaf.type)) return numbers.map((number) => new Timestamp(Number(number)))
  return isFloat(leaf.type) ? numbers.map((number) => double(Number(number))) : numbers
}
