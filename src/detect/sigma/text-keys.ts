import { randomInt } from 'node:crypto'

const FIRST_ROWS = 1024
const FIRST_BYTES = 16_384
/** Room for a text of so many code units is three times as many bytes. */
const BYTES_PER_UNIT = 3

/**
 * The rows of a table by keys of several texts: open addressing over bytes, so that a million keys are nothing to the garbage
 * collector. The hash has a seed, so that nobody can choose keys that collide. Rows are numbered by who owns them.
 *
 * A key's bytes are, for each text, its length and its code units, each as a number of 7 bits a byte.
 */
export class TextKeys {
  size = 0
  private bytes = new Uint8Array(FIRST_BYTES)
  private end = 0
  private dead = 0
  private offsets = new Uint32Array(FIRST_ROWS)
  private lengths = new Uint32Array(FIRST_ROWS)
  private hashes = new Uint32Array(FIRST_ROWS)
  /** Rows plus one; 0 is empty. At most half is taken. */
  private slots = new Uint32Array(FIRST_ROWS * 2)
  private readonly seed = randomInt(0x7fffffff)
  /** The key that was asked for last. */
  private asked = new Uint8Array(256)
  private askedLength = 0
  private askedHash = 0

  /** The row of a key; -1 where there is none. */
  find(texts: readonly string[]): number {
    this.ask(texts)
    const { slots, hashes, askedHash } = this
    const mask = slots.length - 1
    for (let slot = askedHash & mask; ; slot = (slot + 1) & mask) {
      const row = slots[slot]! - 1
      if (row < 0) return -1
      if (hashes[row] === askedHash && this.isAsked(row)) return row
    }
  }

  /** Gives a row the key that {@link find} did not find just now. */
  insert(row: number): void {
    if (row >= this.offsets.length) this.growRows(Math.max(row + 1, this.offsets.length * 2))
    if (this.end + this.askedLength > this.bytes.length) this.makeRoom()
    this.bytes.set(this.asked.subarray(0, this.askedLength), this.end)
    this.offsets[row] = this.end
    this.lengths[row] = this.askedLength
    this.hashes[row] = this.askedHash
    this.end += this.askedLength
    this.link(row)
  }

  /** Takes a row out; those behind it that would not be found any more move up. */
  remove(row: number): void {
    const { slots, hashes } = this
    const mask = slots.length - 1
    let hole = hashes[row]! & mask
    while (slots[hole] !== row + 1) hole = (hole + 1) & mask
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = hashes[slots[slot]! - 1]! & mask
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue
      slots[hole] = slots[slot]!
      hole = slot
    }
    slots[hole] = 0
    this.dead += this.lengths[row]!
    this.size--
  }

  /** Bytes of the key of a row. */
  lengthOf(row: number): number {
    return this.lengths[row]!
  }

  textsOf(row: number): string[] {
    const texts: string[] = []
    const end = this.offsets[row]! + this.lengths[row]!
    let text = ''
    let left = 0
    let number = 0
    for (let at = this.offsets[row]!; at < end; at++) {
      const byte = this.bytes[at]!
      number = (number << 7) | (byte & 0x7f)
      if (byte >= 0x80) continue
      if (left === 0) left = number
      else {
        text += String.fromCharCode(number)
        left--
      }
      number = 0
      if (left > 0) continue
      texts.push(text)
      text = ''
    }
    return texts
  }

  clear(): void {
    this.slots.fill(0)
    this.size = this.end = this.dead = 0
  }

  private ask(texts: readonly string[]): void {
    let hash = this.seed
    this.askedLength = 0
    for (let t = 0; t < texts.length; t++) {
      const text = texts[t]!
      if (this.asked.length < this.askedLength + (text.length + 2) * BYTES_PER_UNIT) this.growAsked(text.length)
      hash = mixed(hash, text.length)
      let at = this.put(text.length, this.askedLength)
      for (let i = 0; i < text.length; i++) {
        const unit = text.charCodeAt(i)
        hash = mixed(hash, unit)
        at = this.put(unit, at)
      }
      this.askedLength = at
    }
    this.askedHash = (hash ^ (hash >>> 13)) >>> 0
  }

  /** Answers where the next number goes. */
  private put(number: number, at: number): number {
    const { asked } = this
    if (number >= 0x80) {
      for (let shift = 28; shift > 0; shift -= 7)
        if (number >>> shift > 0) asked[at++] = 0x80 | ((number >>> shift) & 0x7f)
    }
    asked[at] = number & 0x7f
    return at + 1
  }

  private growAsked(units: number): void {
    const longer = new Uint8Array((this.askedLength + (units + 2) * BYTES_PER_UNIT) * 2)
    longer.set(this.asked)
    this.asked = longer
  }

  private isAsked(row: number): boolean {
    const { bytes, asked, askedLength } = this
    if (this.lengths[row] !== askedLength) return false
    const offset = this.offsets[row]!
    for (let i = 0; i < askedLength; i++) if (bytes[offset + i] !== asked[i]) return false
    return true
  }

  private link(row: number): void {
    const { slots } = this
    const mask = slots.length - 1
    let slot = this.hashes[row]! & mask
    while (slots[slot] !== 0) slot = (slot + 1) & mask
    slots[slot] = row + 1
    this.size++
  }

  private growRows(atLeast: number): void {
    const rows = 2 ** Math.ceil(Math.log2(atLeast))
    this.offsets = extended(this.offsets, rows)
    this.lengths = extended(this.lengths, rows)
    this.hashes = extended(this.hashes, rows)
    const taken = this.slots
    this.slots = new Uint32Array(rows * 2)
    this.size = 0
    for (const slot of taken) if (slot !== 0) this.link(slot - 1)
  }

  /** Moves the keys together; twice the room where more than half of it would be taken then. */
  private makeRoom(): void {
    const living = this.end - this.dead + this.askedLength
    const bytes = new Uint8Array(
      living * 2 > this.bytes.length ? Math.max(living, this.bytes.length) * 2 : this.bytes.length,
    )
    let end = 0
    if (this.dead === 0) {
      bytes.set(this.bytes)
      end = this.end
    } else
      for (const slot of this.slots) {
        if (slot === 0) continue
        const offset = this.offsets[slot - 1]!
        bytes.set(this.bytes.subarray(offset, offset + this.lengths[slot - 1]!), end)
        this.offsets[slot - 1] = end
        end += this.lengths[slot - 1]!
      }
    this.bytes = bytes
    this.end = end
    this.dead = 0
  }
}

function mixed(hash: number, unit: number): number {
  const next = Math.imul(hash ^ unit, 0x9e3779b1)
  return next ^ (next >>> 15)
}

function extended(column: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(length)
  longer.set(column)
  return longer
}
