/** Which documents may have an id: a Bloom filter a segment, and a table of hashes made when it is first needed. */

/** FNV-1a over UTF-16 units, mixed as MurmurHash3 ends. */
export function hashId(id: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

const BITS_AN_ID = 12
const PROBES = 6

export function makeBloom(hashes: Uint32Array): Uint32Array {
  const bloom = new Uint32Array(Math.max(1, Math.ceil((hashes.length * BITS_AN_ID) / 32)))
  const bits = bloom.length * 32
  for (const hash of hashes) {
    const step = second(hash)
    for (let i = 0, at = hash; i < PROBES; i++, at = (at + step) >>> 0)
      bloom[(at % bits) >>> 5]! |= 1 << ((at % bits) & 31)
  }
  return bloom
}

export function mayContain(bloom: Uint32Array, hash: number): boolean {
  const bits = bloom.length * 32
  const step = second(hash)
  for (let i = 0, at = hash; i < PROBES; i++, at = (at + step) >>> 0)
    if (((bloom[(at % bits) >>> 5]! >>> ((at % bits) & 31)) & 1) === 0) return false
  return true
}

function second(hash: number): number {
  return (Math.imul(hash ^ 0x9e3779b9, 0x27d4eb2f) | 1) >>> 0
}

/** Open addressing: the documents of a hash. */
export class IdTable {
  private readonly hashes: Uint32Array
  private readonly slots: Int32Array
  private readonly mask: number

  constructor(hashes: Uint32Array) {
    this.hashes = hashes
    let size = 4
    while (size < hashes.length * 2) size *= 2
    this.mask = size - 1
    this.slots = new Int32Array(size).fill(-1)
    for (let d = 0; d < hashes.length; d++) {
      let at = hashes[d]! & this.mask
      while (this.slots[at] !== -1) at = (at + 1) & this.mask
      this.slots[at] = d
    }
  }

  get bytes(): number {
    return this.hashes.byteLength + this.slots.byteLength
  }

  *candidates(hash: number): Generator<number> {
    for (let at = hash & this.mask; this.slots[at] !== -1; at = (at + 1) & this.mask) {
      const document = this.slots[at]!
      if (this.hashes[document] === hash) yield document
    }
  }
}
