import * as zlib from 'node:zlib'
import { decompress as decompressZstd } from 'fzstd'
import { compressFrame, decompressFrame } from 'lz4-napi'
import * as snappy from 'snappyjs'
import { kafkajs } from '../drivers.ts'

/** Magic bytes of the framing that Java's Snappy streams have, with its version and the oldest that reads it. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00, 0, 0, 0, 1, 0, 0, 0, 1])
const XERIAL_BLOCK = 32 * 1024
/** No broker takes a batch that becomes larger. */
const LARGEST = 512 * 2 ** 20

/** Node.js 22.15 and later. */
const zstdCompress = (zlib as { zstdCompressSync?: (bytes: Buffer) => Buffer }).zstdCompressSync

export const CAN_WRITE_ZSTD = zstdCompress !== undefined

let registered = false

/** Teaches the client the compressions that it leaves to others. */
export function registerCompression(): void {
  if (registered) return
  registered = true
  const { CompressionCodecs, CompressionTypes } = kafkajs()
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => compressFrame(buffer),
    decompress: (bytes: Buffer) => decompressFrame(bytes),
  })
  CompressionCodecs[CompressionTypes.Snappy] = () => ({
    compress: async ({ buffer }: { buffer: Buffer }) => compressSnappy(buffer),
    decompress: async (bytes: Buffer) => decompressSnappy(bytes),
  })
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    async compress({ buffer }: { buffer: Buffer }) {
      if (zstdCompress === undefined) throw new Error('this Node.js does not compress by zstd')
      return zstdCompress(buffer)
    },
    decompress: async (bytes: Buffer) => Buffer.from(decompressZstd(bytes)),
  })
}

function compressSnappy(bytes: Buffer): Buffer {
  const parts: Buffer[] = [XERIAL]
  for (let at = 0; at < bytes.length; at += XERIAL_BLOCK) {
    const block = Buffer.from(snappy.compress(bytes.subarray(at, at + XERIAL_BLOCK)))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

function decompressSnappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, 8).equals(XERIAL.subarray(0, 8))) return Buffer.from(snappy.uncompress(bytes, LARGEST))
  const parts: Buffer[] = []
  for (let at = XERIAL.length; at + 4 <= bytes.length;) {
    const length = bytes.readUInt32BE(at)
    parts.push(Buffer.from(snappy.uncompress(bytes.subarray(at + 4, at + 4 + length), LARGEST)))
    at += 4 + length
  }
  return Buffer.concat(parts)
}
