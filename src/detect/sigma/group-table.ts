import { TextKeys } from './text-keys.ts'

const FIRST_ROWS = 1024
const NONE = -1
const KEY_BYTES = 64

/**
 * Groups by the values that they have in common, in columns: with an object each, a million of them would be most of the memory and most of the
 * collector's work. A group is spoken of by its row; rows stand in the order of their last use, nearly.
 */
export class GroupTable<T> {
  /** Milliseconds of the newest event of a group. */
  times = new Float64Array(FIRST_ROWS)
  /** What is known of each group. */
  readonly held: (T | undefined)[] = []
  private readonly keys = new TextKeys()
  private readonly free: number[] = []
  /** When a group was last put at the end. */
  private moved = new Float64Array(FIRST_ROWS)
  private before = new Int32Array(FIRST_ROWS)
  private after = new Int32Array(FIRST_ROWS)
  private oldestRow = NONE
  private newestRow = NONE
  private readonly slack: number

  /** @param slack milliseconds of use after which a group is put at the end */
  constructor(slack: number) {
    this.slack = slack
  }

  get size(): number {
    return this.keys.size
  }

  /** The row that was longest idle; -1 where there is none. */
  get oldest(): number {
    return this.oldestRow
  }

  /** The row of a group; -1 where there is none. */
  find(values: readonly string[]): number {
    return this.keys.find(values)
  }

  /** A row for the group that {@link find} did not find just now. */
  add(time: number, held: T): number {
    const row = this.free.pop() ?? this.held.length
    if (row === this.times.length) this.grow()
    this.keys.insert(row)
    this.held[row] = held
    this.times[row] = this.moved[row] = time
    this.append(row)
    return row
  }

  /** Of an event that is the newest of its group. */
  use(row: number, time: number): void {
    this.times[row] = time
    if (time - this.moved[row]! <= this.slack) return
    this.moved[row] = time
    this.unlink(row)
    this.append(row)
  }

  delete(row: number): void {
    this.keys.remove(row)
    this.held[row] = undefined
    this.unlink(row)
    this.free.push(row)
  }

  /** What a key takes beyond an ordinary one, in entries of {@link KEY_BYTES}. */
  weightOf(row: number): number {
    return Math.floor(this.keys.lengthOf(row) / KEY_BYTES)
  }

  valuesOf(row: number): string[] {
    return this.keys.textsOf(row)
  }

  /** The longest idle first; the one that was given last may be deleted meanwhile. */
  *oldestFirst(): IterableIterator<number> {
    for (let row = this.oldestRow, next = NONE; row !== NONE; row = next) {
      next = this.after[row]!
      yield row
    }
  }

  *newestFirst(): IterableIterator<number> {
    for (let row = this.newestRow; row !== NONE; row = this.before[row]!) yield row
  }

  clear(): void {
    this.keys.clear()
    this.held.length = this.free.length = 0
    this.oldestRow = this.newestRow = NONE
  }

  private append(row: number): void {
    this.before[row] = this.newestRow
    this.after[row] = NONE
    if (this.newestRow === NONE) this.oldestRow = row
    else this.after[this.newestRow] = row
    this.newestRow = row
  }

  private unlink(row: number): void {
    const before = this.before[row]!
    const after = this.after[row]!
    if (before === NONE) this.oldestRow = after
    else this.after[before] = after
    if (after === NONE) this.newestRow = before
    else this.before[after] = before
  }

  private grow(): void {
    const length = this.times.length * 2
    const times = new Float64Array(length)
    times.set(this.times)
    this.times = times
    const moved = new Float64Array(length)
    moved.set(this.moved)
    this.moved = moved
    const before = new Int32Array(length)
    before.set(this.before)
    this.before = before
    const after = new Int32Array(length)
    after.set(this.after)
    this.after = after
  }
}
