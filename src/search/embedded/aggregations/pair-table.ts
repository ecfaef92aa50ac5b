import { fail } from '../../../diagnostic/index.ts'

/** How many pairs one aggregation may hold: about 300 MB. */
const LIMIT = 10_000_000
/** Entries of the plain array for pairs: 16 MB. */
const DENSE_LIMIT = 4 * 1024 * 1024

/**
 * Numbers pairs (owner, key) from 0 in the order they are first seen.
 * Open addressing; the first owner's keys, all there are at the top level, go through a plain array.
 */
export class PairTable {
  owners = new Int32Array(64)
  keys = new Int32Array(64)
  size = 0
  private slots = new Int32Array(256).fill(-1)
  private mask = 255
  private hashed = 0
  private direct = new Int32Array(64).fill(-1)
  private dense = new Int32Array(0)

  /** Keys an owner has in the plain array; further keys, and owners past the array's limit, are hashed. */
  private readonly stride: number

  /** @param stride is how many keys are known beforehand. */
  constructor(stride = 0) {
    this.stride = stride
  }

  /** The pair's number; `size` grew where it is new. */
  number(owner: number, key: number): number {
    if (owner === 0) {
      if (key >= this.direct.length) this.growDirect(key)
      const known = this.direct[key]!
      return known >= 0 ? known : (this.direct[key] = this.add(owner, key))
    }
    if (key < this.stride) {
      const place = owner * this.stride + key
      if (place < DENSE_LIMIT) {
        if (place >= this.dense.length) this.growDense(place)
        const known = this.dense[place]!
        return known >= 0 ? known : (this.dense[place] = this.add(owner, key))
      }
    }
    let slot = hash(owner, key) & this.mask
    for (;;) {
      const at = this.slots[slot]!
      if (at < 0) break
      if (this.keys[at] === key && this.owners[at] === owner) return at
      slot = (slot + 1) & this.mask
    }
    const at = this.add(owner, key)
    this.slots[slot] = at
    if (++this.hashed * 2 > this.mask) this.rehash()
    return at
  }

  private add(owner: number, key: number): number {
    if (this.size === this.keys.length) {
      if (this.size >= LIMIT) throw fail('search.circuit_breaker', { what: '<agg buckets>', limit: `${LIMIT} buckets` })
      this.owners = grown(this.owners)
      this.keys = grown(this.keys)
    }
    this.owners[this.size] = owner
    this.keys[this.size] = key
    return this.size++
  }

  private growDense(place: number): void {
    const larger = new Int32Array(Math.min(DENSE_LIMIT, Math.max(place + 1, this.dense.length * 2))).fill(-1)
    larger.set(this.dense)
    this.dense = larger
  }

  private growDirect(key: number): void {
    const larger = new Int32Array(Math.max(key + 1, this.direct.length * 2)).fill(-1)
    larger.set(this.direct)
    this.direct = larger
  }

  private rehash(): void {
    this.mask = this.mask * 2 + 1
    this.slots = new Int32Array(this.mask + 1).fill(-1)
    for (let at = 0; at < this.size; at++) {
      if (this.owners[at] === 0) continue
      if (this.keys[at]! < this.stride && this.owners[at]! * this.stride + this.keys[at]! < DENSE_LIMIT) continue
      let slot = hash(this.owners[at]!, this.keys[at]!) & this.mask
      while (this.slots[slot]! >= 0) slot = (slot + 1) & this.mask
      this.slots[slot] = at
    }
  }
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2)
  larger.set(array)
  return larger
}

function hash(owner: number, key: number): number {
  let h = Math.imul(owner, 0x9e3779b1) ^ Math.imul(key, 0x85ebca6b)
  h ^= h >>> 15
  h = Math.imul(h, 0x2c1b3c6d)
  return (h ^ (h >>> 13)) >>> 0
}

/** The pairs of each owner, in the order they were first seen. */
export class OwnerLists {
  private readonly starts: Int32Array
  private readonly pairs: Int32Array

  constructor({ owners, size }: PairTable) {
    let last = 0
    for (let i = 0; i < size; i++) if (owners[i]! > last) last = owners[i]!
    // Counting sort: how many before each owner, then each pair to its place.
    const starts = new Int32Array(last + 2)
    for (let i = 0; i < size; i++) starts[owners[i]! + 1]!++
    for (let owner = 1; owner < starts.length; owner++) starts[owner]! += starts[owner - 1]!
    const at = starts.slice()
    this.pairs = new Int32Array(size)
    for (let i = 0; i < size; i++) this.pairs[at[owners[i]!]!++] = i
    this.starts = starts
  }

  /** Owners, from 0. */
  get length(): number {
    return this.starts.length - 1
  }

  of(owner: number): number[] {
    return owner + 1 < this.starts.length
      ? Array.from(this.pairs.subarray(this.starts[owner], this.starts[owner + 1]))
      : []
  }
}

/** A number for each owner; absent owners have the value it was made with. */
export class Totals {
  values: Float64Array<ArrayBuffer>
  private readonly initial: number

  constructor(initial = 0) {
    this.initial = initial
    this.values = new Float64Array(16).fill(initial)
  }

  /** Makes room, so that `values[owner]` may be written. */
  reserve(owner: number): void {
    if (owner < this.values.length) return
    const larger = new Float64Array(Math.max(owner + 1, this.values.length * 2)).fill(this.initial)
    larger.set(this.values)
    this.values = larger
  }

  get(owner: number): number {
    return owner < this.values.length ? this.values[owner]! : this.initial
  }
}
