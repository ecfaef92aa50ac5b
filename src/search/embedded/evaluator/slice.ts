/** Slices of a scroll: each document is in one, by a hash of its id. */
import { murmur3 } from '../../dsl/murmur3.ts'
import { contains, emptyBits, type DocSet } from './doc-set.ts'
import type { Segment } from '../columns.ts'

/** As Elasticsearch slices by `_id`. */
const SEED = 7919

export function inSlice(
  set: DocSet,
  { id, max }: { id: number; max: number },
  segment: Segment,
  documents: number,
): DocSet {
  const bits = emptyBits(documents)
  for (let d = 0; d < documents; d++) {
    if (!contains(set, d)) continue
    const hash = murmur3(encodedId(segment.id(d)), SEED)
    if (((hash % max) + max) % max === id) bits[d >>> 5]! |= 1 << (d & 31)
  }
  return { kind: 'bits', bits }
}

const [UTF8, NUMERIC, BASE64_ESCAPE] = [0xff, 0xfe, 0xfd]

/** The bytes that Elasticsearch keeps an id as: digits in pairs, generated ids decoded, others as UTF-8. */
function encodedId(id: string): Uint8Array {
  if (/^\d+$/.test(id)) {
    const bytes = new Uint8Array(1 + ((id.length + 1) >> 1))
    bytes[0] = NUMERIC
    for (let i = 0; i < id.length; i += 2)
      bytes[1 + (i >> 1)] = (Number(id[i]) << 4) | (i + 1 === id.length ? 0x0f : Number(id[i + 1]))
    return bytes
  }
  if (/^[\w-]+$/.test(id) && id.length % 4 !== 1) {
    const decoded = Buffer.from(id, 'base64url')
    if (decoded.toString('base64url') === id)
      return decoded[0]! >= BASE64_ESCAPE ? Buffer.concat([Buffer.of(BASE64_ESCAPE), decoded]) : decoded
  }
  return Buffer.concat([Buffer.of(UTF8), Buffer.from(id)])
}
