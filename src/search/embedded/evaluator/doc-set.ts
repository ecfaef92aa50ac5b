/** A set of a segment's documents. A run is kept as a run: a range over ascending times costs two binary searches. */
export type DocSet =
  | { readonly kind: 'none' }
  | { readonly kind: 'run'; readonly from: number; readonly to: number }
  | { readonly kind: 'bits'; readonly bits: Uint32Array }

export const NONE: DocSet = { kind: 'none' }

/** Documents `from` (included) to `to` (excluded). */
export function run(from: number, to: number): DocSet {
  return from < to ? { kind: 'run', from, to } : NONE
}

export function emptyBits(documents: number): Uint32Array {
  return new Uint32Array((documents + 31) >>> 5)
}

export function bitsOf(set: DocSet, documents: number): Uint32Array {
  if (set.kind === 'bits') return set.bits
  const bits = emptyBits(documents)
  if (set.kind === 'run') fillRun(bits, set.from, set.to)
  return bits
}

function fillRun(bits: Uint32Array, from: number, to: number): void {
  const [first, last] = [from >>> 5, (to - 1) >>> 5]
  const head = (0xffffffff << (from & 31)) >>> 0
  const tail = 0xffffffff >>> (31 - ((to - 1) & 31))
  if (first === last) bits[first]! |= head & tail
  else {
    bits[first]! |= head
    bits.fill(0xffffffff, first + 1, last)
    bits[last]! |= tail
  }
}

export function contains(set: DocSet, document: number): boolean {
  if (set.kind === 'bits') return ((set.bits[document >>> 5]! >>> (document & 31)) & 1) === 1
  return set.kind === 'run' && document >= set.from && document < set.to
}

export function intersect(a: DocSet, b: DocSet, documents: number): DocSet {
  if (a.kind === 'none' || b.kind === 'none') return NONE
  if (a.kind === 'run' && b.kind === 'run') return run(Math.max(a.from, b.from), Math.min(a.to, b.to))
  if (a.kind === 'run' && a.from === 0 && a.to >= documents) return b
  if (b.kind === 'run' && b.from === 0 && b.to >= documents) return a
  const [x, y] = [bitsOf(a, documents), bitsOf(b, documents)]
  const bits = new Uint32Array(x.length)
  for (let i = 0; i < bits.length; i++) bits[i] = x[i]! & y[i]!
  return { kind: 'bits', bits }
}

export function union(a: DocSet, b: DocSet, documents: number): DocSet {
  if (a.kind === 'none') return b
  if (b.kind === 'none') return a
  if (a.kind === 'run' && a.from === 0 && a.to >= documents) return a
  if (b.kind === 'run' && b.from === 0 && b.to >= documents) return b
  const [x, y] = [bitsOf(a, documents), bitsOf(b, documents)]
  const bits = new Uint32Array(x.length)
  for (let i = 0; i < bits.length; i++) bits[i] = x[i]! | y[i]!
  return { kind: 'bits', bits }
}

export function complement(set: DocSet, documents: number): DocSet {
  if (set.kind === 'none') return run(0, documents)
  if (set.kind === 'run' && set.from === 0) return run(set.to, documents)
  if (set.kind === 'run' && set.to >= documents) return run(0, set.from)
  const x = bitsOf(set, documents)
  const bits = new Uint32Array(x.length)
  for (let i = 0; i < bits.length; i++) bits[i] = ~x[i]!
  clearTail(bits, documents)
  return { kind: 'bits', bits }
}

/** Bits past the last document say nothing; a live segment's bitmaps may carry some. */
export function clearTail(bits: Uint32Array, documents: number): void {
  const last = documents >>> 5
  if (last < bits.length && (documents & 31) !== 0) bits[last]! &= (1 << (documents & 31)) - 1
  if ((documents & 31) === 0 && last < bits.length) bits.fill(0, last)
  else if (last + 1 < bits.length) bits.fill(0, last + 1)
}

/** What a column's bitmap or a list of deleted documents says of the first `documents`. */
export function fromBitmap(bitmap: Uint32Array, documents: number): DocSet {
  const bits = emptyBits(documents)
  bits.set(bitmap.subarray(0, bits.length))
  clearTail(bits, documents)
  return { kind: 'bits', bits }
}

export function count(set: DocSet): number {
  if (set.kind === 'none') return 0
  if (set.kind === 'run') return set.to - set.from
  let total = 0
  for (let i = 0; i < set.bits.length; i++) {
    let v = set.bits[i]!
    if (v === 0) continue
    v -= (v >>> 1) & 0x55555555
    v = (v & 0x33333333) + ((v >>> 2) & 0x33333333)
    total += (((v + (v >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24
  }
  return total
}

/** Writes the numbers of the set's documents, rising, and says how many. */
export function list(set: DocSet, into: Int32Array): number {
  if (set.kind === 'none') return 0
  let length = 0
  if (set.kind === 'run') {
    for (let document = set.from; document < set.to; document++) into[length++] = document
    return length
  }
  const { bits } = set
  for (let i = 0; i < bits.length; i++) {
    let word = bits[i]!
    const base = i << 5
    if (word === 0xffffffff) {
      for (let j = 0; j < 32; j++) into[length++] = base + j
      continue
    }
    while (word !== 0) {
      const low = word & -word
      into[length++] = base + 31 - Math.clz32(low)
      word ^= low
    }
  }
  return length
}
