/** What the store writes into its journal: the outcome of operations, so that a replay decides nothing anew. */
import type { SourceHolder } from './live-segment.ts'

export interface RecordedOperation {
  readonly uuid: string
  readonly index: string
  readonly deleted: boolean
  readonly id: string
  readonly seqNo: number
  readonly version: number
  readonly routing: string | undefined
  /** Where the source lies in the record. */
  readonly start: number
  readonly length: number
}

/*
 * Format version (u8). Then entries, each beginning with its kind (u8):
 * 1 an index: uuid and name, each as length (u16) and UTF-8; the entries after it are of this index;
 * 2 a document: id (u16 + UTF-8), sequence number (u48), version (u48), source (u32 + UTF-8);
 * 3 a deletion: id, sequence number, version;
 * 4 a routing (u16 + UTF-8), of the document after it.
 */
const FORMAT_VERSION = 1
/** Of a record with a routing in it. */
const ROUTED_VERSION = 2
const [INDEX, DOCUMENT, DELETION, ROUTING] = [1, 2, 3, 4]
const FIRST_BYTES = 256 * 1024

/** The writer's buffer, used again for every record. */
let scratch = Buffer.allocUnsafeSlow(FIRST_BYTES)

export class RecordWriter {
  /** Until the record is finished its documents are read from the writer's buffer. */
  readonly holder: SourceHolder = { buffer: scratch }
  private at = 1
  private uuid = ''

  constructor() {
    scratch[0] = FORMAT_VERSION
  }

  get empty(): boolean {
    return this.at === 1
  }

  get bytes(): number {
    return this.at
  }

  /** @returns where the source lies. */
  document(
    uuid: string,
    index: string,
    id: string,
    seqNo: number,
    version: number,
    source: string,
    routing?: string,
  ): { start: number; length: number } {
    if (routing !== undefined) this.routing(routing)
    this.head(uuid, index, DOCUMENT, id, seqNo, version, source.length * 3)
    const start = this.at + 4
    const length = scratch.write(source, start, 'utf8')
    scratch.writeUInt32LE(length, this.at)
    this.at = start + length
    return { start, length }
  }

  private routing(routing: string): void {
    this.reserve(routing.length * 3 + 64)
    scratch[0] = ROUTED_VERSION
    scratch[this.at++] = ROUTING
    this.text(routing)
  }

  deletion(uuid: string, index: string, id: string, seqNo: number, version: number): void {
    this.head(uuid, index, DELETION, id, seqNo, version, 0)
  }

  /** The record, which from now on holds the sources. */
  finish(): Buffer {
    const record = Buffer.allocUnsafeSlow(this.at)
    scratch.copy(record, 0, 0, this.at)
    this.holder.buffer = record
    if (scratch.length > FIRST_BYTES * 64) scratch = Buffer.allocUnsafeSlow(FIRST_BYTES)
    return record
  }

  private head(
    uuid: string,
    index: string,
    kind: number,
    id: string,
    seqNo: number,
    version: number,
    rest: number,
  ): void {
    this.reserve(rest + id.length * 3 + (uuid.length + index.length) * 3 + 64)
    if (uuid !== this.uuid) {
      this.uuid = uuid
      scratch[this.at++] = INDEX
      this.text(uuid)
      this.text(index)
    }
    scratch[this.at++] = kind
    this.text(id)
    scratch.writeUIntLE(seqNo, this.at, 6)
    scratch.writeUIntLE(version, this.at + 6, 6)
    this.at += 12
  }

  private text(text: string): void {
    const length = scratch.write(text, this.at + 2, 'utf8')
    scratch.writeUInt16LE(length, this.at)
    this.at += 2 + length
  }

  private reserve(bytes: number): void {
    if (this.at + bytes <= scratch.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.at + bytes, scratch.length * 2))
    scratch.copy(larger, 0, 0, this.at)
    scratch = larger
    this.holder.buffer = larger
  }
}

export function* readOperations(record: Buffer): Generator<RecordedOperation> {
  if (record[0] !== FORMAT_VERSION && record[0] !== ROUTED_VERSION)
    throw new RangeError(`record of unknown format ${record[0]}`)
  let at = 1
  const text = (): string => {
    const start = at + 2
    at = start + record.readUInt16LE(at)
    return record.toString('utf8', start, at)
  }
  let [uuid, index] = ['', '']
  let routing: string | undefined
  while (at < record.length) {
    const kind = record[at++]
    if (kind === INDEX) {
      uuid = text()
      index = text()
      continue
    }
    if (kind === ROUTING) {
      routing = text()
      continue
    }
    const id = text()
    const seqNo = record.readUIntLE(at, 6)
    const version = record.readUIntLE(at + 6, 6)
    at += 12
    const length = kind === DOCUMENT ? record.readUInt32LE(at) : 0
    if (kind === DOCUMENT) at += 4
    yield { uuid, index, deleted: kind === DELETION, id, seqNo, version, routing, start: at, length }
    routing = undefined
    at += length
  }
}
