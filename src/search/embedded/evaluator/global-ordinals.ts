/** One numbering of a field's values over all segments of a search, so that buckets are numbers and not strings. */
import type { Column, StringColumn } from '../columns.ts'

export interface FieldValues {
  readonly kind: 'string' | 'number'
  /** How many distinct values there are so far. */
  size(): number
  /** The string, number or bigint of a global ordinal. */
  value(global: number): string | number | bigint
  /** The global ordinal of a value, new where it is not known. */
  ordinal(value: string | number | bigint): number
  /** For a string column: from its own ordinals to the global ones. */
  mapped(column: StringColumn): Int32Array
}

interface StringValues extends FieldValues {
  readonly strings: string[]
  readonly byString: Map<string, number>
  readonly maps: Map<readonly string[], { map: Int32Array; length: number }>
}

// Kept by the first dictionary of a search: the next search over the same segments finds its numbering made.
const kept = new WeakMap<readonly string[], StringValues>()
const MAPS_KEPT = 512

export function stringValues(columns: readonly StringColumn[]): FieldValues {
  const first = columns[0]?.dictionary
  const known = first === undefined ? undefined : kept.get(first)
  if (known !== undefined && !stale(known, columns)) return known
  const strings: string[] = []
  const byString = new Map<string, number>()
  const maps: StringValues['maps'] = new Map()
  const values: StringValues = {
    kind: 'string',
    strings,
    byString,
    maps,
    size: () => strings.length,
    value: (global) => strings[global]!,
    ordinal(value) {
      const text = String(value)
      let global = byString.get(text)
      if (global === undefined) {
        global = strings.length
        strings.push(text)
        byString.set(text, global)
      }
      return global
    },
    mapped(column) {
      const { dictionary } = column
      let entry = maps.get(dictionary)
      if (entry === undefined) maps.set(dictionary, (entry = { map: new Int32Array(dictionary.length), length: 0 }))
      if (entry.map.length < dictionary.length) {
        const larger = new Int32Array(Math.ceil(dictionary.length * 1.5))
        larger.set(entry.map)
        entry.map = larger
      }
      for (; entry.length < dictionary.length; entry.length++)
        entry.map[entry.length] = values.ordinal(dictionary[entry.length]!)
      return entry.map
    },
  }
  if (first !== undefined) kept.set(first, values)
  return values
}

/** Values of segments that are gone would pile up; then the numbering is made anew. */
function stale(values: StringValues, columns: readonly StringColumn[]): boolean {
  let present = 0
  for (const { dictionary } of columns) if (values.maps.has(dictionary)) present++
  return values.maps.size > MAPS_KEPT || values.maps.size > present + columns.length
}

export function numberValues(): FieldValues {
  const numbers: (number | bigint)[] = []
  const byNumber = new Map<number | bigint, number>()
  return {
    kind: 'number',
    size: () => numbers.length,
    value: (global) => numbers[global]!,
    ordinal(value) {
      const number = typeof value === 'bigint' ? smallest(value) : (value as number)
      let global = byNumber.get(number)
      if (global === undefined) {
        global = numbers.length
        numbers.push(number)
        byNumber.set(number, global)
      }
      return global
    },
    mapped: () => new Int32Array(0),
  }
}

/** As the columns without great numbers have it: a segment with one of them has all of its values as bigints. */
export function smallest(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** Writes, for each document of a block, a row for each distinct value that it has. */
export class Expander {
  documents = new Int32Array(0)
  owners = new Int32Array(0)
  globals = new Int32Array(0)
  length = 0
  private readonly values: FieldValues
  private readonly missing: number

  /** @param missing is the global ordinal for documents without a value, or -1 to leave them out. */
  constructor(values: FieldValues, missing: number) {
    this.values = values
    this.missing = missing
  }

  expand(column: Column | undefined, documents: Int32Array, owners: Int32Array, length: number): void {
    this.length = 0
    this.reserve(length)
    if (column === undefined) {
      if (this.missing >= 0) for (let i = 0; i < length; i++) this.push(documents[i]!, owners[i]!, this.missing)
    } else if (column.offsets !== undefined) this.several(column, column.offsets, documents, owners, length)
    else this.single(column, documents, owners, length)
  }

  private single(column: Column, documents: Int32Array, owners: Int32Array, length: number): void {
    const { present } = column
    let at = 0
    const { documents: outDocuments, owners: outOwners, globals, missing } = this
    if (column.kind === 'string') {
      const { ordinals } = column
      const map = this.values.mapped(column)
      for (let i = 0; i < length; i++) {
        const d = documents[i]!
        let global = missing
        if (present === undefined || ((present[d >>> 5]! >>> (d & 31)) & 1) === 1) global = map[ordinals[d]!]!
        if (global < 0) continue
        outDocuments[at] = d
        outOwners[at] = owners[i]!
        globals[at++] = global
      }
    } else {
      const { values } = column
      for (let i = 0; i < length; i++) {
        const d = documents[i]!
        let global = missing
        if (present === undefined || ((present[d >>> 5]! >>> (d & 31)) & 1) === 1)
          global = this.values.ordinal(values[d]!)
        if (global < 0) continue
        outDocuments[at] = d
        outOwners[at] = owners[i]!
        globals[at++] = global
      }
    }
    this.length = at
  }

  private several(
    column: Column,
    offsets: Uint32Array,
    documents: Int32Array,
    owners: Int32Array,
    length: number,
  ): void {
    const map = column.kind === 'string' ? this.values.mapped(column) : undefined
    for (let i = 0; i < length; i++) {
      const d = documents[i]!
      const [start, end] = [offsets[d]!, offsets[d + 1]!]
      if (start === end && this.missing >= 0) this.push(d, owners[i]!, this.missing)
      const first = this.length
      for (let v = start; v < end; v++) {
        const global = column.kind === 'string' ? map![column.ordinals[v]!]! : this.values.ordinal(column.values[v]!)
        if (end - start === 1 || !this.seen(first, global)) this.push(d, owners[i]!, global)
      }
    }
  }

  /** A document counts once for each distinct value. */
  private seen(first: number, global: number): boolean {
    for (let i = first; i < this.length; i++) if (this.globals[i] === global) return true
    return false
  }

  private push(document: number, owner: number, global: number): void {
    if (this.length === this.globals.length) this.reserve(this.length + 1)
    this.documents[this.length] = document
    this.owners[this.length] = owner
    this.globals[this.length++] = global
  }

  private reserve(length: number): void {
    if (this.globals.length >= length) return
    const size = Math.max(length, this.globals.length * 2)
    for (const name of ['documents', 'owners', 'globals'] as const) {
      const larger = new Int32Array(size)
      larger.set(this[name])
      this[name] = larger
    }
  }
}
