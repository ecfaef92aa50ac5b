import { parseJson, stringifyJson, type Value, type ValueObject } from '../src/event/index.ts'
import { EMPTY_MAPPING, mapDocument, mergeMapping, type ColumnValue, type Mapping } from '../src/search/dsl/index.ts'
import type { Column, Segment } from '../src/search/embedded/columns.ts'

/** Documents as column segments in memory: what the evaluator's tests and benchmarks search, without files. */
export interface MemoryIndex {
  readonly name: string
  readonly mapping: Mapping
  readonly segments: readonly Segment[]
}

/** @param size is the number of documents a segment; small ones test what happens across segments. */
export function memoryIndex(
  name: string,
  mapping: ValueObject,
  documents: readonly Value[],
  size = 131_072,
  firstId = 0,
): MemoryIndex {
  let current = mergeMapping(EMPTY_MAPPING, mapping)
  const segments: Segment[] = []
  for (let start = 0; start < documents.length; start += size) {
    const builder = new Builder(firstId + start)
    for (const document of documents.slice(start, start + size)) {
      const text = stringifyJson(document)
      const mapped = mapDocument(current, parseJson(text))
      current = mapped.update ?? current
      builder.add(
        text,
        mapped.fields.map(({ field, value }) => [field.name, value]),
      )
    }
    segments.push(builder.segment())
  }
  return { name, mapping: current, segments }
}

class Builder {
  private readonly firstId: number
  private readonly sources: string[] = []
  private readonly fields = new Map<string, Map<number, ColumnValue[]>>()

  constructor(firstId: number) {
    this.firstId = firstId
  }

  add(source: string, values: readonly (readonly [string, ColumnValue])[]): void {
    const document = this.sources.length
    this.sources.push(source)
    for (const [name, value] of values) {
      let column = this.fields.get(name)
      if (column === undefined) this.fields.set(name, (column = new Map()))
      const list = column.get(document)
      if (list === undefined) column.set(document, [value])
      else list.push(value)
    }
  }

  segment(): Segment {
    const documents = this.sources.length
    const columns = new Map([...this.fields].map(([name, values]) => [name, makeColumn(values, documents)]))
    return {
      documents,
      deleted: undefined,
      deletedCount: 0,
      column: (field) => columns.get(field),
      id: (document) => String(this.firstId + document),
      source: (document) => this.sources[document]!,
      version: () => 1,
      seqNo: (document) => this.firstId + document,
    }
  }
}

function makeColumn(values: ReadonlyMap<number, ColumnValue[]>, documents: number): Column {
  const several = [...values.values()].some((list) => list.length > 1)
  let offsets: Uint32Array | undefined
  let present: Uint32Array | undefined
  const flat: (ColumnValue | undefined)[] = []
  if (several) {
    offsets = new Uint32Array(documents + 1)
    for (let d = 0; d < documents; d++) {
      flat.push(...(values.get(d) ?? []))
      offsets[d + 1] = flat.length
    }
  } else {
    if (values.size < documents) present = new Uint32Array((documents + 31) >>> 5)
    for (let d = 0; d < documents; d++) {
      const value = values.get(d)?.[0]
      flat.push(value)
      if (value !== undefined && present !== undefined) present[d >>> 5]! |= 1 << (d & 31)
    }
  }
  const given = flat.filter((value) => value !== undefined)
  if (typeof given[0] === 'string') {
    const dictionary: string[] = []
    const known = new Map<string, number>()
    const ordinals = Uint32Array.from(flat, (value) => {
      if (value === undefined) return 0
      let ordinal = known.get(value as string)
      if (ordinal === undefined) {
        known.set(value as string, (ordinal = dictionary.length))
        dictionary.push(value as string)
      }
      return ordinal
    })
    return { kind: 'string', offsets, present, ordinals, dictionary, sortedDictionary: false }
  }
  if (given.some((value) => typeof value === 'bigint')) {
    const longs = given.map((value) => BigInt(value as number))
    return {
      kind: 'bigint',
      offsets,
      present,
      values: BigInt64Array.from(flat, (value) => BigInt((value as number | undefined) ?? 0)),
      min: longs.reduce((a, b) => (a < b ? a : b)),
      max: longs.reduce((a, b) => (a > b ? a : b)),
    }
  }
  const numbers = Float64Array.from(flat, (value) => (value as number | undefined) ?? 0)
  let [min, max] = [Infinity, -Infinity]
  for (const value of given as number[]) {
    if (value < min) min = value
    if (value > max) max = value
  }
  const ascending = numbers.every((value, i) => i === 0 || value >= numbers[i - 1]!)
  return { kind: 'number', offsets, present, values: numbers, min, max, ascending }
}
