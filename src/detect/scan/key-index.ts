import { randomInt } from 'node:crypto'

/**
 * The rows of a table by keys of three numbers of 32 bits: open addressing, with a seed, so that nobody can choose keys that
 * collide. Rows are numbered by who owns them.
 */
export class KeyIndex {
  /** Of each row its key. */
  private keys: Uint32Array
  /** Rows plus one; 0 is empty. At most half is taken. */
  private slots: Uint32Array
  private readonly seed = randomInt(0x7fffffff)
  size = 0

  constructor(rows: number) {
    this.keys = new Uint32Array(rows * 3)
    this.slots = new Uint32Array(slotsFor(rows))
  }

  /** The row of a key; -1 where there is none. */
  find(a: number, b: number, c: number): number {
    const { keys, slots } = this
    const mask = slots.length - 1
    for (let slot = this.hash(a, b, c) & mask; ; slot = (slot + 1) & mask) {
      const row = slots[slot]! - 1
      if (row < 0) return -1
      const at = row * 3
      if (keys[at] === a && keys[at + 1] === b && keys[at + 2] === c) return row
    }
  }

  /** Gives a row a key that no other has. */
  insert(row: number, a: number, b: number, c: number): void {
    this.keys[row * 3] = a
    this.keys[row * 3 + 1] = b
    this.keys[row * 3 + 2] = c
    this.link(row)
  }

  /** Takes a row out; those behind it that would not be found any more move up. */
  remove(row: number): void {
    const { slots } = this
    const mask = slots.length - 1
    let hole = this.home(row)
    while (slots[hole] !== row + 1) hole = (hole + 1) & mask
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask)
      if (((slot - this.home(slots[slot]! - 1)) & mask) >= ((slot - hole) & mask)) {
        slots[hole] = slots[slot]!
        hole = slot
      }
    slots[hole] = 0
    this.size--
  }

  /** Makes room for more rows. */
  resize(rows: number): void {
    const keys = new Uint32Array(rows * 3)
    keys.set(this.keys)
    const taken = this.rows()
    this.keys = keys
    this.slots = new Uint32Array(slotsFor(rows))
    this.size = 0
    for (const row of taken) this.link(row)
  }

  firstOf(row: number): number {
    return this.keys[row * 3]!
  }

  keyOf(row: number): Uint32Array {
    return this.keys.subarray(row * 3, row * 3 + 3)
  }

  /** The rows that have keys, in no order. */
  rows(): number[] {
    const rows: number[] = []
    for (const slot of this.slots) if (slot !== 0) rows.push(slot - 1)
    return rows
  }

  private link(row: number): void {
    const { slots } = this
    const mask = slots.length - 1
    let slot = this.home(row)
    while (slots[slot] !== 0) slot = (slot + 1) & mask
    slots[slot] = row + 1
    this.size++
  }

  /** Where a row's key would be if no other were there. */
  private home(row: number): number {
    const at = row * 3
    return this.hash(this.keys[at]!, this.keys[at + 1]!, this.keys[at + 2]!) & (this.slots.length - 1)
  }

  private hash(a: number, b: number, c: number): number {
    let hash = Math.imul(a ^ this.seed, 0x9e3779b1)
    hash = Math.imul((hash ^ (hash >>> 15)) + b, 0x85ebca77)
    hash = Math.imul((hash ^ (hash >>> 13)) + c, 0xc2b2ae3d)
    return hash ^ (hash >>> 16)
  }
}

function slotsFor(rows: number): number {
  return 2 ** Math.ceil(Math.log2(rows * 2))
}
