import { compareStrings } from './evaluator/dictionary.ts'
import { BlockWriter, pack, type BlockPlace } from './block-file.ts'
import type { BigIntColumn, Column, NumberColumn, StringColumn } from './columns.ts'
import { hashId, makeBloom } from './id-hash.ts'
import { encodeNumbers, planes, smallest } from './number-codec.ts'
import type { ChunkIndex, ColumnEntry, LayoutEntry, NumberEntry, SegmentDirectory } from './segment-directory.ts'
import type { StoredSegment } from './stored-segment.ts'

/** A segment and those of its documents that are to be kept, in rising order. */
export interface SegmentPart {
  readonly segment: StoredSegment
  readonly alive: Uint32Array
}

export type SegmentMeta = Pick<
  SegmentDirectory,
  'index' | 'uuid' | 'number' | 'seqNo' | 'journal' | 'replaces' | 'arrived' | 'mapping'
>

const SOURCE_BLOCK = 64 * 1024
const IDS_A_BLOCK = 1024

/**
 * The bytes of a sealed segment with the documents of the parts, in their order.
 * @param turn is awaited between columns, so that others have their turn.
 */
export async function encodeSegment(
  parts: readonly SegmentPart[],
  meta: SegmentMeta,
  turn: () => Promise<void>,
): Promise<Buffer[]> {
  const writer = new BlockWriter()
  const documents = parts.reduce((sum, { alive }) => sum + alive.length, 0)
  const columns = Object.create(null) as Record<string, ColumnEntry>
  const names = new Set(parts.flatMap(({ segment }) => [...segment.fields()]))
  for (const name of [...names].sort()) {
    const entry = new Gatherer(writer, parts, name, documents).encode()
    if (entry !== undefined) columns[name] = entry
    await turn()
  }
  const perDocument = (get: (segment: StoredSegment, document: number) => number): NumberEntry => {
    const values = new Float64Array(documents)
    let at = 0
    for (const { segment, alive } of parts) for (const d of alive) values[at++] = get(segment, d)
    return numberEntry(writer, values, {})
  }
  const versions = perDocument((segment, d) => segment.version(d))
  const seqNos = perDocument((segment, d) => segment.seqNo(d))
  await turn()
  const { ids, bloom } = encodeIds(writer, parts, documents)
  await turn()
  const sources = await encodeSources(writer, parts)
  const directory: SegmentDirectory = { ...meta, documents, columns, versions, seqNos, ids, sources, bloom }
  return writer.end(JSON.stringify(directory))
}

function encodeIds(
  writer: BlockWriter,
  parts: readonly SegmentPart[],
  documents: number,
): { ids: ChunkIndex; bloom: BlockPlace } {
  const hashes = new Uint32Array(documents)
  const chunks = new ChunkWriter(writer)
  let block: Buffer[] = []
  let previous: Buffer = Buffer.alloc(0)
  let document = 0
  for (const { segment, alive } of parts)
    for (const d of alive) {
      const id = segment.id(d)
      hashes[document] = hashId(id)
      const bytes = Buffer.from(id)
      let shared = 0
      if (block.length > 0) while (shared < 255 && shared < bytes.length && bytes[shared] === previous[shared]) shared++
      const rest = bytes.length - shared
      block.push(Buffer.from([shared, rest & 0xff, rest >>> 8]), bytes.subarray(shared))
      previous = bytes
      document++
      if (block.length === IDS_A_BLOCK * 2 || document === documents) {
        chunks.add(document - block.length / 2, Buffer.concat(block))
        block = []
      }
    }
  return { ids: chunks.end(), bloom: writer.add(makeBloom(hashes)) }
}

const BLOCKS_AT_ONCE = 16

async function encodeSources(writer: BlockWriter, parts: readonly SegmentPart[]): Promise<ChunkIndex> {
  const chunks = new ChunkWriter(writer)
  let block: Uint8Array[] = []
  let bytes = 0
  let document = 0
  let waiting: { first: number; content: Buffer }[] = []
  const endBlock = (): void => {
    const lengths = Uint32Array.from(block, (source) => source.length)
    waiting.push({ first: document - block.length, content: Buffer.concat([new Uint8Array(lengths.buffer), ...block]) })
    block = []
    bytes = 0
  }
  // They are most of the bytes: compressed in the thread pool they hold up nobody.
  const write = async (): Promise<void> => {
    const packed = await Promise.all(waiting.map(({ content }) => pack(content)))
    for (const [i, { first, content }] of waiting.entries()) chunks.add(first, content, packed[i])
    waiting = []
  }
  for (const { segment, alive } of parts)
    for (const d of alive) {
      const source = segment.sourceBytes(d)
      if (block.length > 0 && bytes + source.length > SOURCE_BLOCK) {
        endBlock()
        if (waiting.length === BLOCKS_AT_ONCE) await write()
      }
      block.push(source)
      bytes += source.length
      document++
    }
  if (block.length > 0) endBlock()
  await write()
  return chunks.end()
}

class ChunkWriter {
  rows = 0
  private readonly writer: BlockWriter
  private readonly table: number[] = []

  constructor(writer: BlockWriter) {
    this.writer = writer
  }

  add(first: number, content: Buffer, packed?: Buffer): void {
    const place = packed === undefined ? this.writer.add(content) : this.writer.addPacked(content, packed)
    this.table.push(first, ...place)
    this.rows++
  }

  end(): ChunkIndex {
    return { rows: this.rows, table: this.writer.add(new Uint8Array(Float64Array.from(this.table).buffer)) }
  }
}

function numberEntry(writer: BlockWriter, values: Float64Array, layout: LayoutEntry): NumberEntry {
  const { form, bytes } = encodeNumbers(values)
  let [min, max, ascending] = [Infinity, -Infinity, true]
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (value < min) min = value
    if (value > max) max = value
    if (i > 0 && value < values[i - 1]!) ascending = false
  }
  return { kind: 'number', ...layout, values: values.length, numbers: writer.add(bytes), form, min, max, ascending }
}

/** Collects the values of a field from the parts: one run of values, and where each document's lie. */
class Gatherer {
  private readonly writer: BlockWriter
  private readonly documents: number
  private readonly sources: { alive: Uint32Array; column: Column | undefined }[]
  private readonly counts: Uint32Array
  private several = false
  private missing = false
  private total = 0

  constructor(writer: BlockWriter, parts: readonly SegmentPart[], name: string, documents: number) {
    this.writer = writer
    this.documents = documents
    this.sources = parts.map(({ segment, alive }) => ({ alive, column: segment.column(name) }))
    this.counts = new Uint32Array(documents)
  }

  encode(): ColumnEntry | undefined {
    this.count()
    if (this.total === 0) return undefined
    const columns = this.sources.flatMap(({ column }) => (column === undefined ? [] : [column]))
    if (columns.every((column) => column.kind === 'string')) return this.strings()
    if (columns.every((column) => column.kind === 'number')) return this.numbers()
    return this.bigints()
  }

  private count(): void {
    let at = 0
    for (const { alive, column } of this.sources) {
      if (column === undefined) {
        at += alive.length
        if (alive.length > 0) this.missing = true
        continue
      }
      const { offsets, present } = column
      for (const d of alive) {
        const n =
          offsets !== undefined
            ? offsets[d + 1]! - offsets[d]!
            : present === undefined || ((present[d >>> 5]! >>> (d & 31)) & 1) === 1
              ? 1
              : 0
        this.counts[at++] = n
        this.total += n
        if (n === 0) this.missing = true
        else if (n > 1) this.several = true
      }
    }
  }

  private get slots(): number {
    return this.several ? this.total : this.documents
  }

  /** Calls `take(column, from, slot)` for each value: its number in its column and its slot in the run. */
  private each(take: (column: Column, from: number, slot: number) => void): void {
    let at = 0
    let slot = 0
    for (const { alive, column } of this.sources) {
      if (column === undefined) {
        at += alive.length
        continue
      }
      const { offsets } = column
      for (const d of alive) {
        const n = this.counts[at]!
        if (!this.several) slot = at
        const from = offsets === undefined ? d : offsets[d]!
        for (let i = 0; i < n; i++) take(column, from + i, slot++)
        at++
      }
    }
  }

  private layout(): LayoutEntry {
    if (this.several) {
      let most = 0
      for (const n of this.counts) if (n > most) most = n
      const counts = smallest(this.counts, most)
      const countWidth = counts.BYTES_PER_ELEMENT as 1 | 2 | 4
      return { counts: this.writer.add(planes(counts, countWidth)), countWidth }
    }
    if (!this.missing) return {}
    const present = new Uint32Array((this.documents + 31) >>> 5)
    for (let d = 0; d < this.documents; d++) if (this.counts[d]! > 0) present[d >>> 5]! |= 1 << (d & 31)
    return { present: this.writer.add(present) }
  }

  private strings(): ColumnEntry {
    // First every entry in use gets a number, then the numbers are put in the order of the entries.
    const used: string[] = []
    const maps = new Map<Column, Int32Array>()
    const byText = this.sources.length > 1 ? new Map<string, number>() : undefined
    const run = new Uint32Array(this.slots)
    let [column, map]: [Column | undefined, Int32Array] = [undefined, new Int32Array(0)]
    this.each((current, from, slot) => {
      const { ordinals, dictionary } = current as StringColumn
      if (current !== column) {
        column = current
        map = maps.get(current) ?? new Int32Array(dictionary.length).fill(-1)
        maps.set(current, map)
      }
      const old = ordinals[from]!
      let ordinal = map[old]!
      if (ordinal < 0) {
        const text = dictionary[old]!
        ordinal = byText?.get(text) ?? used.push(text) - 1
        byText?.set(text, ordinal)
        map[old] = ordinal
      }
      run[slot] = ordinal
    })
    const { sorted, ranks } = sortEntries(used)
    if (ranks !== undefined) for (let i = 0; i < run.length; i++) run[i] = ranks[run[i]!]!
    if (!this.several && this.missing) for (let d = 0; d < run.length; d++) if (this.counts[d] === 0) run[d] = 0
    const ordinals = smallest(run, sorted.length - 1)
    let longest = 0
    const sizes = Uint32Array.from(sorted, (text) => {
      if (text.length > longest) longest = text.length
      return text.length
    })
    const lengths = smallest(sizes, longest)
    const [ordinalWidth, lengthWidth] = [ordinals, lengths].map((list) => list.BYTES_PER_ELEMENT as 1 | 2 | 4) as [
      1 | 2 | 4,
      1 | 2 | 4,
    ]
    return {
      kind: 'string',
      ...this.layout(),
      values: run.length,
      text: this.writer.add(Buffer.from(sorted.join(''))),
      lengths: this.writer.add(planes(lengths, lengthWidth)),
      lengthWidth,
      entries: sorted.length,
      ordinals: this.writer.add(planes(ordinals, ordinalWidth)),
      ordinalWidth,
    }
  }

  private numbers(): ColumnEntry {
    const run = new Float64Array(this.slots)
    let filled = 0
    this.each((column, from, slot) => {
      const value = (column as NumberColumn).values[from]!
      // Documents without a value repeat their neighbour's: it costs least and keeps the order.
      if (filled < slot) run.fill(filled === 0 ? value : run[filled - 1]!, filled, slot)
      run[slot] = value
      filled = slot + 1
    })
    run.fill(run[filled - 1]!, filled)
    return numberEntry(this.writer, run, this.layout())
  }

  private bigints(): ColumnEntry {
    const run = new BigInt64Array(this.slots)
    let [min, max]: [bigint | undefined, bigint | undefined] = [undefined, undefined]
    this.each((column, from, slot) => {
      const value = BigInt((column as NumberColumn | BigIntColumn).values[from]!)
      run[slot] = value
      if (min === undefined || value < min) min = value
      if (max === undefined || value > max) max = value
    })
    return {
      kind: 'bigint',
      ...this.layout(),
      values: run.length,
      numbers: this.writer.add(planes(run, 8)),
      min: String(min),
      max: String(max),
    }
  }
}

/** Entries in the order of their UTF-8 bytes, and the rank of each; undefined where they are in order already. */
function sortEntries(entries: readonly string[]): { sorted: readonly string[]; ranks: Uint32Array | undefined } {
  // The engine's own order is that of UTF-16 units: the same where nothing lies past the surrogates.
  const plain = entries.every((entry) => !/[\ud800-\uffff]/.test(entry))
  if (plain && inOrder(entries)) return { sorted: entries, ranks: undefined }
  const ranks = new Uint32Array(entries.length)
  const sorted = plain ? [...entries].sort() : [...entries].sort(compareStrings)
  const places = new Map<string, number>()
  for (let i = 0; i < sorted.length; i++) places.set(sorted[i]!, i)
  for (let i = 0; i < entries.length; i++) ranks[i] = places.get(entries[i]!)!
  return { sorted, ranks }
}

function inOrder(entries: readonly string[]): boolean {
  for (let i = 1; i < entries.length; i++) if (entries[i]! < entries[i - 1]!) return false
  return true
}
