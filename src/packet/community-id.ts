import { createHash } from 'node:crypto'
import { isIPv4 } from 'node:net'
import type { Ends } from './packet.ts'

/** Version 1 of the Community ID of a flow of TCP, UDP or SCTP, seed 0 (github.com/corelight/community-id-spec). */
export function communityId(ends: Ends): string | undefined {
  if (ends.sourcePort < 0 || ends.destinationPort < 0) return undefined
  const [a, b] = [bytesOf(ends.source), bytesOf(ends.destination)]
  const order = Buffer.compare(a, b)
  const forward = order < 0 || (order === 0 && ends.sourcePort <= ends.destinationPort)
  const tail = Buffer.alloc(6)
  tail[0] = ends.protocol
  tail.writeUInt16BE(forward ? ends.sourcePort : ends.destinationPort, 2)
  tail.writeUInt16BE(forward ? ends.destinationPort : ends.sourcePort, 4)
  const hash = createHash('sha1')
  hash
    .update(Buffer.alloc(2))
    .update(forward ? a : b)
    .update(forward ? b : a)
    .update(tail)
  return `1:${hash.digest('base64')}`
}

function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const [head, tail] = address.split('::') as [string, string | undefined]
  const groups = (text: string | undefined): number[] =>
    text === undefined || text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
  const [left, right] = [groups(head), groups(tail)]
  const bytes = Buffer.alloc(16)
  left.forEach((group, i) => bytes.writeUInt16BE(group, i * 2))
  right.forEach((group, i) => bytes.writeUInt16BE(group, 16 - (right.length - i) * 2))
  return bytes
}
