import { signedAsNeeded, type BigIntColumn, type Column, type NumberColumn, type StringColumn } from './columns.ts'

/** The values of one field of a live segment: they are added in the order of the documents. */
export interface LiveColumn {
  add(document: number, value: string | number | bigint): void
  /** What is there so far as a column of so many documents. */
  view(documents: number): Column
  /** Roughly, in memory. */
  readonly bytes: number
}

const FIRST_CAPACITY = 64

/** Where values lie, as in `columns.ts`: one a document until the first document has two. */
abstract class Growing {
  protected offsets: Uint32Array | undefined
  protected present: Uint32Array | undefined
  /** How many slots of the values are in use. */
  protected count = 0
  /** The last document that has a value. */
  private last = -1

  protected abstract readonly capacity: number
  protected abstract grow(capacity: number): void
  /** Takes out the slots of documents without a value. */
  protected abstract compact(present: Uint32Array, slots: number): void

  /** The slot for a document's next value. */
  protected slot(document: number): number {
    // Mostly the first value of the next document, where every document has had one.
    if (document === this.last + 1 && this.present === undefined && this.offsets === undefined) {
      this.last = document
      this.count = document + 1
      this.reserve(this.count)
      return document
    }
    if (document === this.last) {
      if (this.offsets === undefined) this.useOffsets()
      const slot = this.count++
      this.reserve(this.count)
      this.offsets![document + 1] = this.count
      return slot
    }
    if (this.offsets !== undefined) {
      this.padOffsets(document)
      const slot = this.count++
      this.reserve(this.count)
      this.offsets[document + 1] = this.count
      this.last = document
      return slot
    }
    if (this.present === undefined && document > this.last + 1) this.usePresent(document)
    this.last = document
    this.count = document + 1
    this.reserve(this.count)
    if (this.present !== undefined) {
      this.present = grownBits(this.present, document + 1)
      this.present[document >>> 5]! |= 1 << (document & 31)
    }
    return document
  }

  protected settle(documents: number): void {
    if (this.offsets !== undefined) this.padOffsets(documents)
    else {
      if (this.last + 1 < documents && this.present === undefined) this.usePresent(documents)
      if (this.present !== undefined) this.present = grownBits(this.present, documents)
      this.reserve(documents)
    }
  }

  /** Documents after the last one that has a value begin where it ends. */
  private padOffsets(documents: number): void {
    if (this.offsets!.length < documents + 2) {
      const larger = new Uint32Array(Math.max(documents + 2, this.offsets!.length * 2))
      larger.set(this.offsets!)
      this.offsets = larger
    }
    this.offsets!.fill(this.count, this.last + 2, documents + 1)
  }

  private usePresent(documents: number): void {
    const present = new Uint32Array((Math.max(documents, FIRST_CAPACITY) >>> 5) + 1)
    const full = (this.last + 1) >>> 5
    present.fill(0xffff_ffff, 0, full)
    for (let d = full << 5; d <= this.last; d++) present[d >>> 5]! |= 1 << (d & 31)
    this.present = present
  }

  private useOffsets(): void {
    const documents = this.last + 1
    const offsets = new Uint32Array(Math.max(this.capacity, documents) + 2)
    let count = 0
    for (let d = 0; d < documents; d++) {
      if (this.present === undefined || ((this.present[d >>> 5]! >>> (d & 31)) & 1) === 1) count++
      offsets[d + 1] = count
    }
    if (this.present !== undefined) this.compact(this.present, documents)
    this.offsets = offsets
    this.present = undefined
    this.count = count
  }

  private reserve(slots: number): void {
    if (slots > this.capacity) this.grow(Math.max(slots, this.capacity * 2))
  }
}

function grownBits(bits: Uint32Array, documents: number): Uint32Array {
  const words = (documents + 31) >>> 5
  if (bits.length >= words) return bits
  const larger = new Uint32Array(Math.max(words, bits.length * 2))
  larger.set(bits)
  return larger
}

export class LiveStrings extends Growing implements LiveColumn {
  bytes = 0
  private ordinals = new Uint32Array(FIRST_CAPACITY)
  private readonly dictionary: string[] = []
  private readonly known = new Map<string, number>()
  private lastValue: string | undefined
  private lastOrdinal = 0

  protected get capacity(): number {
    return this.ordinals.length
  }

  add(document: number, value: string): void {
    // Many fields say the same for many documents in a row.
    if (value !== this.lastValue) {
      this.lastOrdinal = this.known.get(value) ?? this.learn(value)
      this.lastValue = value
    }
    // The slot first: making room may replace the array.
    const slot = this.slot(document)
    this.ordinals[slot] = this.lastOrdinal
  }

  private learn(value: string): number {
    // A lone surrogate cannot be kept as UTF-8; it becomes U+FFFD now, or two entries would become the same later.
    const text = /[\ud800-\udfff]/.test(value) ? value.replace(/\p{Surrogate}/gu, '\ufffd') : value
    const found = text === value ? undefined : this.known.get(text)
    if (found !== undefined) return found
    const ordinal = this.dictionary.length
    this.dictionary.push(text)
    this.known.set(text, ordinal)
    this.bytes += text.length + 64
    return ordinal
  }

  view(documents: number): StringColumn {
    this.settle(documents)
    const { offsets, present, ordinals, dictionary } = this
    return { kind: 'string', offsets, present, ordinals, dictionary, sortedDictionary: false }
  }

  protected grow(capacity: number): void {
    this.bytes += (capacity - this.ordinals.length) * 4
    const larger = new Uint32Array(capacity)
    larger.set(this.ordinals)
    this.ordinals = larger
  }

  protected compact(present: Uint32Array, slots: number): void {
    this.ordinals = compacted(this.ordinals, new Uint32Array(this.ordinals.length), present, slots)
  }
}

export class LiveNumbers extends Growing implements LiveColumn {
  bytes = 0
  private values = new Float64Array(FIRST_CAPACITY)
  private big: BigInt64Array | undefined
  private min: number | bigint = Infinity
  private max: number | bigint = -Infinity
  private ascending = true
  private previous: number = -Infinity

  protected get capacity(): number {
    return this.big === undefined ? this.values.length : this.big.length
  }

  add(document: number, value: number | bigint): void {
    if (this.big !== undefined || typeof value === 'bigint') return this.addBig(document, value)
    const slot = this.slot(document)
    this.values[slot] = value
    if (value < this.min) this.min = value
    if (value > this.max) this.max = value
    if (value < this.previous) this.ascending = false
    this.previous = value
  }

  private addBig(document: number, value: number | bigint): void {
    if (this.big === undefined) {
      this.big = new BigInt64Array(this.values.length)
      for (let i = 0; i < this.count; i++) this.big[i] = BigInt(Math.trunc(this.values[i]!))
      if (typeof this.min === 'number' && Number.isFinite(this.min)) this.min = BigInt(this.min)
      if (typeof this.max === 'number' && Number.isFinite(this.max)) this.max = BigInt(this.max)
    }
    const slot = this.slot(document)
    const big = BigInt(value)
    this.big[slot] = big
    if (big < this.min) this.min = big
    if (big > this.max) this.max = big
  }

  view(documents: number): NumberColumn | BigIntColumn {
    this.settle(documents)
    const { offsets, present, values, big, ascending } = this
    if (big !== undefined) {
      const [min, max] = [this.min as bigint, this.max as bigint]
      return { kind: 'bigint', offsets, present, values: signedAsNeeded(big, max), min, max }
    }
    const [min, max] = [this.min as number, this.max as number]
    return { kind: 'number', offsets, present, values, min, max, ascending }
  }

  protected grow(capacity: number): void {
    this.bytes += (capacity - this.capacity) * 8
    if (this.big === undefined) {
      const larger = new Float64Array(capacity)
      larger.set(this.values)
      this.values = larger
    } else {
      const larger = new BigInt64Array(capacity)
      larger.set(this.big)
      this.big = larger
    }
  }

  protected compact(present: Uint32Array, slots: number): void {
    if (this.big === undefined)
      this.values = compacted(this.values, new Float64Array(this.values.length), present, slots)
    else this.big = compacted(this.big, new BigInt64Array(this.big.length), present, slots)
  }
}

/** A copy, since a search may still be reading the old array. */
function compacted<T extends { [index: number]: number | bigint }>(
  values: T,
  into: T,
  present: Uint32Array,
  slots: number,
): T {
  let count = 0
  for (let d = 0; d < slots; d++)
    if (((present[d >>> 5]! >>> (d & 31)) & 1) === 1) (into as { [index: number]: unknown })[count++] = values[d]!
  return into
}
