import { BlockFile, type BlockPlace } from './block-file.ts'
import type { ColumnCache } from './column-cache.ts'
import { signedAsNeeded, type Column } from './columns.ts'
import { hashId, IdTable, mayContain } from './id-hash.ts'
import { decodeNumbers, unplaned, type NumberArray } from './number-codec.ts'
import type {
  ChunkIndex,
  ColumnEntry,
  LayoutEntry,
  NumberEntry,
  SegmentDirectory,
  StringEntry,
} from './segment-directory.ts'
import { Tombstones, type StoredSegment } from './stored-segment.ts'

/** An immutable segment in a file; what is asked for is decoded then and kept in the cache. */
export class SealedSegment implements StoredSegment {
  readonly directory: SegmentDirectory
  readonly tombstones = new Tombstones()
  /** The changes of the tombstones that are on disk. */
  savedChanges = 0
  successor: StoredSegment['successor'] = undefined
  private readonly file: BlockFile
  private readonly cache: ColumnCache
  private bloom: Uint32Array | undefined
  private readonly tables = new Map<ChunkIndex, Float64Array>()

  /** @throws DamagedBlock where the file is not whole; the blocks themselves are checked when they are read. */
  constructor(path: string, cache: ColumnCache) {
    this.file = new BlockFile(path)
    this.cache = cache
    this.directory = JSON.parse(this.file.directory) as SegmentDirectory
    Object.setPrototypeOf(this.directory.columns, null)
  }

  get path(): string {
    return this.file.path
  }

  get bytes(): number {
    return this.file.bytes
  }

  get documents(): number {
    return this.directory.documents
  }

  get deleted(): Uint32Array | undefined {
    if (this.tombstones.count === 0) return undefined
    this.tombstones.cover(this.documents)
    return this.tombstones.bits
  }

  get deletedCount(): number {
    return this.tombstones.count
  }

  close(): void {
    this.cache.forget(`${this.path}|`)
    this.file.close()
  }

  /** Hands the duty to close the file over to who calls the function: it does not refer to the segment. */
  release(): () => void {
    const { file, cache, path } = this
    cache.forget(`${path}|`)
    return () => {
      cache.forget(`${path}|`)
      file.close()
    }
  }

  fields(): Iterable<string> {
    return Object.keys(this.directory.columns)
  }

  column(field: string): Column | undefined {
    const entry = this.directory.columns[field]
    if (entry === undefined) return undefined
    return this.cached(`column ${field}`, () => this.decode(field, entry))
  }

  id(document: number): string {
    const { first, value } = this.chunk(this.directory.ids, document, 'ids', decodeIds)
    return value[document - first]!
  }

  version(document: number): number {
    return this.numbers('versions', this.directory.versions)[document]!
  }

  seqNo(document: number): number {
    return this.numbers('sequence numbers', this.directory.seqNos)[document]!
  }

  source(document: number): string {
    return Buffer.from(this.sourceBytes(document)).toString()
  }

  sourceBytes(document: number): Uint8Array {
    const { first, value, documents } = this.chunk(this.directory.sources, document, 'sources', plainBytes)
    let start = documents * 4
    for (let i = 0; i < document - first; i++) start += value.readUInt32LE(i * 4)
    return value.subarray(start, start + value.readUInt32LE((document - first) * 4))
  }

  find(id: string): number | undefined {
    const hash = hashId(id)
    this.bloom ??= words(this.file.read(this.directory.bloom, 'id filter'))
    if (!mayContain(this.bloom, hash)) return undefined
    let found: number | undefined
    for (const document of this.idTable().candidates(hash))
      if (!this.tombstones.has(document) && this.id(document) === id && (found === undefined || document > found))
        found = document
    return found
  }

  delete(document: number): void {
    this.tombstones.add(document)
  }

  isDeleted(document: number): boolean {
    return this.tombstones.has(document)
  }

  restore(document: number): void {
    this.tombstones.remove(document)
  }

  /** Reads every block. @throws DamagedBlock */
  verify(): void {
    const { columns, ids, sources, bloom, versions, seqNos } = this.directory
    for (const entry of [...Object.values(columns), versions, seqNos])
      for (const value of Object.values(entry) as unknown[])
        if (Array.isArray(value)) this.file.read(value as unknown as BlockPlace, 'column')
    this.file.read(bloom, 'id filter')
    for (const chunks of [ids, sources])
      for (let row = 0; row < chunks.rows; row++)
        this.file.read(this.place(chunks, row), chunks === ids ? 'ids' : 'sources')
  }

  private idTable(): IdTable {
    return this.cached('id table', () => {
      const hashes = new Uint32Array(this.documents)
      const { ids } = this.directory
      for (let row = 0, at = 0; row < ids.rows; row++)
        for (const id of decodeIds(this.file.read(this.place(ids, row), 'ids'))) hashes[at++] = hashId(id)
      const value = new IdTable(hashes)
      return { value, bytes: value.bytes }
    })
  }

  private numbers(what: string, entry: NumberEntry): NumberArray {
    return this.cached(what, () => {
      const value = this.decodeNumbers(what, entry)
      return { value, bytes: value.byteLength }
    })
  }

  private decodeNumbers(what: string, { numbers, form, values, min, max }: NumberEntry): NumberArray {
    return decodeNumbers(this.file.read(numbers, what), form, values, min, max)
  }

  private decode(field: string, entry: ColumnEntry): { value: Column; bytes: number } {
    const layout = this.layout(field, entry)
    const layoutBytes = (layout.offsets?.byteLength ?? 0) + (layout.present?.byteLength ?? 0)
    if (entry.kind === 'string') {
      const ordinals = this.small(entry.ordinals, entry.ordinalWidth, entry.values, `ordinals of [${field}]`)
      const dictionary = this.dictionary(field, entry)
      const value = { kind: 'string', ...layout, ordinals, dictionary, sortedDictionary: true } as const
      return { value, bytes: layoutBytes + ordinals.byteLength }
    }
    if (entry.kind === 'bigint') {
      const bytes = this.file.read(entry.numbers, `column [${field}]`)
      const [min, max] = [BigInt(entry.min), BigInt(entry.max)]
      const values = signedAsNeeded(unplaned(bytes, new BigInt64Array(entry.values), 8), max)
      const value = { kind: 'bigint', ...layout, values, min, max } as const
      return { value, bytes: layoutBytes + values.byteLength }
    }
    const { min, max, ascending } = entry
    const values = this.decodeNumbers(`column [${field}]`, entry)
    return { value: { kind: 'number', ...layout, values, min, max, ascending }, bytes: layoutBytes + values.byteLength }
  }

  /** Kept by its place in the file: fields with the same entries share it. */
  private dictionary(field: string, { text, lengths, lengthWidth, entries }: StringEntry): readonly string[] {
    const key = [text[0], text[1], lengths[0], lengths[1]].join(' ')
    return this.cached(`dictionary ${key}`, () => {
      const all = this.file.read(text, `dictionary of [${field}]`).toString()
      const sizes = this.small(lengths, lengthWidth, entries, `dictionary of [${field}]`)
      const value: string[] = Array.from({ length: entries })
      for (let i = 0, at = 0; i < entries; i++) value[i] = all.slice(at, (at += sizes[i]!))
      return { value, bytes: text[2] + entries * 40 }
    })
  }

  private layout(
    field: string,
    entry: LayoutEntry,
  ): { offsets: Uint32Array | undefined; present: Uint32Array | undefined } {
    const what = `layout of [${field}]`
    if (entry.counts !== undefined) {
      const counts = this.small(entry.counts, entry.countWidth!, this.documents, what)
      const offsets = new Uint32Array(this.documents + 1)
      for (let d = 0; d < this.documents; d++) offsets[d + 1] = offsets[d]! + counts[d]!
      return { offsets, present: undefined }
    }
    const present = entry.present === undefined ? undefined : words(this.file.read(entry.present, what))
    return { offsets: undefined, present }
  }

  private small(
    place: BlockPlace,
    width: 1 | 2 | 4,
    length: number,
    what: string,
  ): Uint8Array | Uint16Array | Uint32Array {
    const bytes = this.file.read(place, what)
    if (width === 1) return bytes
    return unplaned(bytes, width === 2 ? new Uint16Array(length) : new Uint32Array(length), width)
  }

  private chunk<T>(
    chunks: ChunkIndex,
    document: number,
    what: string,
    decode: (content: Buffer) => T,
  ): { first: number; documents: number; value: T } {
    const table = this.table(chunks)
    let [low, high] = [0, chunks.rows - 1]
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (table[middle * 6]! <= document) low = middle
      else high = middle - 1
    }
    const first = table[low * 6]!
    const documents = (low + 1 < chunks.rows ? table[(low + 1) * 6]! : this.documents) - first
    return this.cached(`${what} ${low}`, () => {
      const content = this.file.read(this.place(chunks, low), what)
      return { value: { first, documents, value: decode(content) }, bytes: content.length * 2 }
    })
  }

  private place(chunks: ChunkIndex, row: number): BlockPlace {
    const at = this.table(chunks).subarray(row * 6 + 1, row * 6 + 6)
    return [at[0]!, at[1]!, at[2]!, at[3]!, at[4] === 1 ? 1 : 0]
  }

  private table(chunks: ChunkIndex): Float64Array {
    let table = this.tables.get(chunks)
    if (table === undefined) {
      const bytes = this.file.read(chunks.table, 'table of blocks')
      table = new Float64Array(chunks.rows * 6)
      new Uint8Array(table.buffer).set(bytes)
      this.tables.set(chunks, table)
    }
    return table
  }

  private cached<T>(what: string, make: () => { value: T; bytes: number }): T {
    return this.cache.get(`${this.path}|${what}`, make)
  }
}

function words(bytes: Buffer): Uint32Array {
  const result = new Uint32Array(bytes.length >>> 2)
  new Uint8Array(result.buffer).set(bytes)
  return result
}

function plainBytes(content: Buffer): Buffer {
  return content
}

function decodeIds(content: Buffer): string[] {
  const ids: string[] = []
  let previous: Buffer = Buffer.alloc(0)
  for (let at = 0; at < content.length;) {
    const shared = content[at]!
    const rest = content.readUInt16LE(at + 1)
    at += 3
    const bytes = Buffer.concat([previous.subarray(0, shared), content.subarray(at, at + rest)])
    at += rest
    ids.push(bytes.toString())
    previous = bytes
  }
  return ids
}
