/**
 * A file of blocks, each compressed (LZ4) and checksummed, with a directory at its end.
 *
 * Magic `VEDETTAS`, format version (u32), CRC-32 of both (u32); blocks; the directory (JSON, a block too); then
 * length, raw length, CRC-32 and compression of the directory (4 x u32), and the magic again.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { compress, compressSync, uncompressSync } from 'lz4-napi'
import { fail } from '../../diagnostic/index.ts'

export const FORMAT_VERSION = 1
const MAGIC = Buffer.from('VEDETTAS', 'latin1')
const HEADER_BYTES = 16
const TRAILER_BYTES = 24

/** Where a block lies: offset, length in the file, length of its content, CRC-32 of what is in the file, 1 if compressed. */
export type BlockPlace = readonly [offset: number, length: number, raw: number, checksum: number, compressed: 0 | 1]

/** What is in the file does not have its checksum. */
export class DamagedBlock extends Error {
  readonly path: string

  constructor(path: string, what: string, offset: number) {
    super(`damaged ${what} in ${path} at byte ${offset}`)
    this.name = 'DamagedBlock'
    this.path = path
  }
}

/** Compresses a block in the thread pool. */
export function pack(raw: Buffer): Promise<Buffer> {
  return compress(raw)
}

export class BlockWriter {
  readonly parts: Buffer[] = []
  private length = HEADER_BYTES
  private readonly written = new Map<string, { place: BlockPlace; stored: Buffer }>()

  constructor() {
    const header = Buffer.alloc(HEADER_BYTES)
    MAGIC.copy(header)
    header.writeUInt32LE(FORMAT_VERSION, 8)
    header.writeUInt32LE(crc32(header.subarray(0, 12)), 12)
    this.parts.push(header)
  }

  /** A block that is in the file already is not written twice: `message` and `message.keyword` share theirs. */
  add(content: ArrayBufferView): BlockPlace {
    const raw = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
    return this.addPacked(raw, raw.length < 64 ? raw : compressSync(raw))
  }

  /** The same for a block that was compressed already, as by {@link pack} on another thread. */
  addPacked(raw: Buffer, packed: Buffer): BlockPlace {
    const smaller = packed.length < raw.length
    const stored = smaller ? packed : Buffer.from(raw)
    const checksum = crc32(stored)
    const key = `${checksum}:${stored.length}:${smaller}`
    const same = this.written.get(key)
    if (same?.stored.equals(stored) === true) return same.place
    const place: BlockPlace = [this.length, stored.length, raw.length, checksum, smaller ? 1 : 0]
    this.written.set(key, { place, stored })
    this.parts.push(stored)
    this.length += stored.length
    return place
  }

  /** The whole file, the directory last. */
  end(directory: string): Buffer[] {
    this.written.clear()
    const [, length, raw, checksum, compressed] = this.add(Buffer.from(directory))
    const trailer = Buffer.alloc(TRAILER_BYTES)
    trailer.writeUInt32LE(length, 0)
    trailer.writeUInt32LE(raw, 4)
    trailer.writeUInt32LE(checksum, 8)
    trailer.writeUInt32LE(compressed, 12)
    MAGIC.copy(trailer, 16)
    this.parts.push(trailer)
    return this.parts
  }
}

export class BlockFile {
  readonly path: string
  readonly bytes: number
  readonly directory: string
  private fd: number | undefined

  /** @throws DamagedBlock where header or directory are not whole; segment.version where the file is of a newer version. */
  constructor(path: string) {
    this.path = path
    const fd = openSync(path, 'r')
    this.fd = fd
    try {
      this.bytes = fstatSync(fd).size
      if (this.bytes < HEADER_BYTES + TRAILER_BYTES) throw new DamagedBlock(path, 'file (cut short)', this.bytes)
      const header = this.bytesAt(0, HEADER_BYTES)
      if (!MAGIC.equals(header.subarray(0, 8)) || header.readUInt32LE(12) !== crc32(header.subarray(0, 12)))
        throw new DamagedBlock(path, 'header', 0)
      const version = header.readUInt32LE(8)
      if (version !== FORMAT_VERSION) throw fail('segment.version', { file: path, version, known: FORMAT_VERSION })
      const trailer = this.bytesAt(this.bytes - TRAILER_BYTES, TRAILER_BYTES)
      const length = trailer.readUInt32LE(0)
      const offset = this.bytes - TRAILER_BYTES - length
      if (!MAGIC.equals(trailer.subarray(16)) || offset < HEADER_BYTES) throw new DamagedBlock(path, 'end', this.bytes)
      const compressed = trailer.readUInt32LE(12) === 1 ? 1 : 0
      const place: BlockPlace = [offset, length, trailer.readUInt32LE(4), trailer.readUInt32LE(8), compressed]
      this.directory = this.read(place, 'directory').toString()
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** @throws DamagedBlock where the checksum does not fit. */
  read([offset, length, raw, checksum, compressed]: BlockPlace, what: string): Buffer {
    const stored = this.bytesAt(offset, length)
    if (stored.length !== length || crc32(stored) !== checksum) throw new DamagedBlock(this.path, what, offset)
    const content = compressed === 1 ? uncompressSync(stored) : stored
    if (content.length !== raw) throw new DamagedBlock(this.path, what, offset)
    return content
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd)
    this.fd = undefined
  }

  private bytesAt(offset: number, length: number): Buffer {
    this.fd ??= openSync(this.path, 'r')
    const buffer = Buffer.allocUnsafeSlow(length)
    let read = 0
    while (read < length) {
      const count = readSync(this.fd, buffer, read, length - read, offset + read)
      if (count === 0) return buffer.subarray(0, read)
      read += count
    }
    return buffer
  }
}
