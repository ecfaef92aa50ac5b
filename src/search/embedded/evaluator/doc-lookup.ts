import { double, Timestamp, type Value } from '../../../event/index.ts'
import { DocLookup, type DocField } from '../../../script/index.ts'
import { isDate, isFloat, isShape, isText, type Leaf, type Mapping } from '../../dsl/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import type { Segment } from '../columns.ts'
import { docColumn, hasFielddata } from './fielddata.ts'
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
    if (isText(leaf.type) && !hasFielddata(leaf)) throw fail('search.fielddata', { field: leaf.name })
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

/** A document's values in rising order, strings without repetition, as doc values keep them. */
export function docValues(segment: Segment, leaf: Leaf, document: number): Value[] {
  const column = docColumn(segment, leaf)
  if (column === undefined) return []
  const { offsets, present } = column
  let [start, end] = [document, document + 1]
  if (offsets !== undefined) [start, end] = [offsets[document]!, offsets[document + 1]!]
  else if (present !== undefined && ((present[document >>> 5]! >>> (document & 31)) & 1) === 0) end = start
  if (column.kind === 'string') {
    const texts = new Set<string>()
    for (let i = start; i < end; i++) texts.add(column.dictionary[column.ordinals[i]!]!)
    return texts.size < 2 ? [...texts] : [...texts].sort(compareStrings)
  }
  const numbers: (number | bigint)[] = []
  for (let i = start; i < end; i++) numbers.push(column.values[i]!)
  if (numbers.length > 1) numbers.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  if (leaf.type === 'boolean') return numbers.map((number) => Number(number) === 1)
  if (isDate(leaf.type)) return numbers.map((number) => new Timestamp(Number(number)))
  return isFloat(leaf.type) ? numbers.map((number) => double(Number(number))) : numbers
}
