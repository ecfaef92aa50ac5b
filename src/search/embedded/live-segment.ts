import type { Leaf, MappedField } from '../dsl/index.ts'
import type { Column } from './columns.ts'
import { LiveNumbers, LiveStrings, type LiveColumn } from './live-column.ts'
import { Tombstones, type StoredSegment } from './stored-segment.ts'

/** The journal record that holds the text of documents; `buffer` may be replaced while the record is being made. */
export interface SourceHolder {
  buffer: Buffer
}

/** The segment that grows, in memory; its documents are in the journal until it is sealed. */
export class LiveSegment implements StoredSegment {
  documents = 0
  successor: StoredSegment['successor'] = undefined
  /** Bytes of the sources, which lie in memory too. */
  sourceTotal = 0
  readonly tombstones = new Tombstones()
  private readonly columns = new Map<string, LiveColumn>()
  // The same field is the same object until the mapping changes, so this saves hashing its name.
  private readonly byLeaf = new Map<Leaf, LiveColumn>()
  private readonly ids: string[] = []
  private readonly versions: number[] = []
  private readonly seqNos: number[] = []
  private readonly holders: SourceHolder[] = []
  private readonly starts: number[] = []
  private readonly lengths: number[] = []
  private readonly byId = new Map<string, number>()
  private idsKnown = 0

  add(
    id: string,
    version: number,
    seqNo: number,
    fields: readonly MappedField[],
    holder: SourceHolder,
    start: number,
    length: number,
  ): number {
    const document = this.documents
    for (let i = 0; i < fields.length; i++) {
      const { field, value } = fields[i]!
      const column = this.byLeaf.get(field) ?? this.columnOf(field)
      column.add(document, value)
    }
    this.ids.push(id)
    this.versions.push(version)
    this.seqNos.push(seqNo)
    this.holders.push(holder)
    this.starts.push(start)
    this.lengths.push(length)
    this.sourceTotal += length
    this.documents = document + 1
    return document
  }

  private columnOf(field: Leaf): LiveColumn {
    let column = this.columns.get(field.name)
    if (column === undefined) {
      column = field.column === 'string' ? new LiveStrings() : new LiveNumbers()
      this.columns.set(field.name, column)
    }
    this.byLeaf.set(field, column)
    return column
  }

  /** Roughly, in memory. */
  get bytes(): number {
    let bytes = this.sourceTotal + this.documents * 80
    for (const column of this.columns.values()) bytes += column.bytes
    return bytes
  }

  get deleted(): Uint32Array | undefined {
    if (this.tombstones.count === 0) return undefined
    this.tombstones.cover(this.documents)
    return this.tombstones.bits
  }

  get deletedCount(): number {
    return this.tombstones.count
  }

  column(field: string): Column | undefined {
    return this.columns.get(field)?.view(this.documents)
  }

  fields(): Iterable<string> {
    return this.columns.keys()
  }

  id(document: number): string {
    return this.ids[document]!
  }

  version(document: number): number {
    return this.versions[document]!
  }

  seqNo(document: number): number {
    return this.seqNos[document]!
  }

  source(document: number): string {
    const start = this.starts[document]!
    return this.holders[document]!.buffer.toString('utf8', start, start + this.lengths[document]!)
  }

  sourceBytes(document: number): Uint8Array {
    const start = this.starts[document]!
    return this.holders[document]!.buffer.subarray(start, start + this.lengths[document]!)
  }

  find(id: string): number | undefined {
    // Made up to date when it is asked for: who only appends with generated ids never pays for it.
    for (; this.idsKnown < this.documents; this.idsKnown++)
      if (!this.tombstones.has(this.idsKnown)) this.byId.set(this.ids[this.idsKnown]!, this.idsKnown)
    const document = this.byId.get(id)
    return document === undefined || this.tombstones.has(document) ? undefined : document
  }

  delete(document: number): void {
    this.tombstones.add(document)
  }

  isDeleted(document: number): boolean {
    return this.tombstones.has(document)
  }

  restore(document: number): void {
    this.tombstones.remove(document)
    this.byId.set(this.ids[document]!, document)
  }

  /** Takes over the documents of a segment that came after this one. */
  append(later: LiveSegment): void {
    const first = this.documents
    for (const [name, column] of later.columns) {
      let mine = this.columns.get(name)
      const view = column.view(later.documents)
      if (mine === undefined)
        this.columns.set(name, (mine = view.kind === 'string' ? new LiveStrings() : new LiveNumbers()))
      for (let d = 0; d < later.documents; d++) for (const value of valuesOf(view, d)) mine.add(first + d, value)
    }
    for (let d = 0; d < later.documents; d++) {
      this.ids.push(later.ids[d]!)
      this.versions.push(later.versions[d]!)
      this.seqNos.push(later.seqNos[d]!)
      this.holders.push(later.holders[d]!)
      this.starts.push(later.starts[d]!)
      this.lengths.push(later.lengths[d]!)
      if (later.isDeleted(d)) this.tombstones.add(first + d)
    }
    this.sourceTotal += later.sourceTotal
    this.documents += later.documents
    later.successor = { segment: this, number: (document) => first + document }
  }
}

/** The values of a document, in their order. */
export function* valuesOf(column: Column, document: number): Generator<string | number | bigint> {
  const { offsets, present } = column
  let [from, to] = [document, document + 1]
  if (offsets !== undefined) [from, to] = [offsets[document]!, offsets[document + 1]!]
  else if (present !== undefined && ((present[document >>> 5]! >>> (document & 31)) & 1) === 0) to = from
  for (let i = from; i < to; i++)
    yield column.kind === 'string' ? column.dictionary[column.ordinals[i]!]! : column.values[i]!
}
