/**
 * The form of a journal on disk; all numbers are little-endian.
 *
 * A file: magic `VEDETTAJ`, format version (u32), CRC-32 of the magic and the two numbers around it (u32), sequence
 * number of the first record (u48), two zero bytes; then records.
 * A record: marker (4 bytes), length of its content (u32), sequence number (u48), two zero bytes, CRC-32 of length,
 * sequence and content (u32), content.
 */
import { crc32 } from 'node:zlib'
import type { JournalRecord } from './journal.ts'

export const FORMAT_VERSION = 1
export const HEADER_BYTES = 24
export const RECORD_HEADER_BYTES = 20

const MAGIC = Buffer.from('VEDETTAJ', 'latin1')
// No byte sequence of UTF-8, so that text inside a record is never taken for the beginning of one.
const MARKER = Buffer.from([0xff, 0x56, 0xff, 0x4a])

export function fileHeader(first: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  MAGIC.copy(header)
  header.writeUInt32LE(FORMAT_VERSION, 8)
  header.writeUIntLE(first, 16, 6)
  header.writeUInt32LE(headerChecksum(header), 12)
  return header
}

/** @returns the format version, or undefined where the header is damaged. */
export function readFileHeader(file: Buffer): number | undefined {
  if (file.length < HEADER_BYTES || !MAGIC.equals(file.subarray(0, 8))) return undefined
  return file.readUInt32LE(12) === headerChecksum(file) ? file.readUInt32LE(8) : undefined
}

function headerChecksum(header: Buffer): number {
  return crc32(header.subarray(16, HEADER_BYTES), crc32(header.subarray(0, 12)))
}

export function recordHeader(sequence: number, record: Buffer): Buffer {
  const header = Buffer.alloc(RECORD_HEADER_BYTES)
  MARKER.copy(header)
  header.writeUInt32LE(record.length, 4)
  header.writeUIntLE(sequence, 8, 6)
  header.writeUInt32LE(crc32(record, crc32(header.subarray(4, 16))), 16)
  return header
}

export interface Scan {
  readonly records: JournalRecord[]
  /** Byte ranges between records that could not be read. */
  readonly damage: { readonly from: number; readonly to: number }[]
  /** Where the last good record ends: what is behind it in the file cannot be read. */
  readonly end: number
}

/** Reads a whole file. After damage it goes on at the next place where a record with a right checksum begins. */
export function scanFile(file: Buffer): Scan {
  const records: JournalRecord[] = []
  const damage: { from: number; to: number }[] = []
  let at = Math.min(HEADER_BYTES, file.length)
  while (at < file.length) {
    let found: JournalRecord | undefined = readRecord(file, at)
    if (found === undefined) {
      let next = at
      while (found === undefined) {
        next = file.indexOf(MARKER, next + 1)
        if (next < 0) return { records, damage, end: at }
        found = readRecord(file, next)
      }
      damage.push({ from: at, to: next })
      at = next
    }
    records.push(found)
    at += RECORD_HEADER_BYTES + found.record.length
  }
  return { records, damage, end: at }
}

function readRecord(file: Buffer, at: number): JournalRecord | undefined {
  const start = at + RECORD_HEADER_BYTES
  if (start > file.length || MARKER.compare(file, at, at + 4) !== 0) return undefined
  const end = start + file.readUInt32LE(at + 4)
  if (end > file.length) return undefined
  const record = file.subarray(start, end)
  const checksum = crc32(record, crc32(file.subarray(at + 4, at + 16)))
  return checksum === file.readUInt32LE(at + 16) ? { sequence: file.readUIntLE(at + 8, 6), record } : undefined
}
