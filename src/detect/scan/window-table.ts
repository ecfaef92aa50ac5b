import { KeyIndex } from './key-index.ts'
import { OUTCOME, type Outcome } from './outcome.ts'
import { WINDOW_WORDS, type Renaming, type SavedTable } from './saved-table.ts'
import { Rows } from './window-rows.ts'
import { CAPACITY, chunkOf, indexOf, sizeOf, WORDS, type WindowArena } from './window-arena.ts'

const PAYLOAD = 1
const STATE = 2
/** Of a state: its lowest bits are the outcome, the others the port plus one. */
const OUTCOME_BITS = 3
const PORT_SHIFT = 2

/** Times are true to so much: the same contact again within it changes nothing. */
const REPEATED_MILLIS = 1000
/** An element that comes back after so long may count again. */
const BACK_MILLIS = 60_000
const FIRST_ROWS = 1024
/** A window may hold so many elements whatever room there is. */
const SHORT = 8
/** Elements that are looked at for one to give way. */
const LOOKED_AT = 16

/** What seeing an element changed: nothing, its time alone, what a window counts, or that at last it is known how it went. */
export const SEEN = { again: 0, known: 1, news: 2, first: 3 } as const
export type Seen = (typeof SEEN)[keyof typeof SEEN]

/** Elements that failed, and that are not known to have succeeded. */
export interface Count {
  readonly failed: number
  readonly tried: number
}

/** Those after a moment, and those that succeeded after it. */
export interface CountSince extends Count {
  readonly succeeded: number
}

/** What was counted after a moment, with the earliest of their times. */
export interface Counted {
  readonly elements: number[]
  readonly payloads: number[]
  readonly ports: number[]
  readonly first: number
}

/**
 * Windows by a key of three numbers. A window holds the distinct elements of its key with the time each was last seen and how
 * it went: an exact sliding count for any window of time.
 *
 * - A window is spoken of by its row, which holds until the next `add`.
 * - An element is a number of 32 bits; a payload (a host) and a port say something further of it.
 * - At most `capacity` windows: by the clock algorithm one is forgotten that was not used since the hand last passed, pinned
 *   ones last.
 */
export class WindowTable {
  evicted = 0
  private readonly capacity: number
  private readonly arena: WindowArena
  private readonly pinned: (key: number) => boolean
  private rows: Rows
  private readonly index: KeyIndex
  /** Rows that were given back. */
  private readonly free: number[] = []
  private used = 0
  private hand = 0

  /** `pinned` is asked with the first number of a key. */
  constructor(capacity: number, arena: WindowArena, pinned: (key: number) => boolean = () => false) {
    this.capacity = Math.max(1, capacity)
    this.arena = arena
    this.pinned = pinned
    this.rows = new Rows(Math.min(FIRST_ROWS, this.capacity))
    this.index = new KeyIndex(this.rows.length)
  }

  get size(): number {
    return this.index.size
  }

  /** The row of a window; -1 where there is none. */
  find(a: number, b: number, c: number): number {
    const row = this.index.find(a, b, c)
    if (row >= 0) this.rows.recent[row] = 1
    return row
  }

  /** The row of a window, an empty one where there was none. */
  add(a: number, b: number, c: number): number {
    const known = this.find(a, b, c)
    if (known >= 0) return known
    const row = this.newRow()
    const { places, recent, counts, hands, tiers, failed, tried, techniques, tools } = this.rows
    places[row] = this.arena.take(0)
    recent[row] = counts[row] = hands[row] = tiers[row] = failed[row] = tried[row] = techniques[row] = tools[row] = 0
    this.index.insert(row, a, b, c)
    return row
  }

  delete(a: number, b: number, c: number): void {
    const row = this.find(a, b, c)
    if (row < 0) return
    this.drop(row)
    this.free.push(row)
  }

  see(row: number, element: number, payload: number, port: number, time: number, outcome: Outcome): Seen {
    const at = this.elementAt(row, element)
    if (at < 0) {
      this.append(row, element, payload, port, time, outcome)
      return outcome === OUTCOME.unknown ? SEEN.news : SEEN.first
    }
    const place = this.rows.places[row]!
    const times = this.arena.times[chunkOf(place)]!
    const words = this.arena.words[chunkOf(place)]!
    const before = times[at]!
    if (time > before) times[at] = time
    words[at * WORDS + PAYLOAD] = payload
    const state = at * WORDS + STATE
    const known = words[state]! & OUTCOME_BITS
    if (outcome > known) {
      this.setOutcome(row, words, state, outcome)
      return known === OUTCOME.unknown ? SEEN.first : SEEN.news
    }
    if (time - before > BACK_MILLIS) return SEEN.news
    return Math.abs(time - before) < REPEATED_MILLIS ? SEEN.again : SEEN.known
  }

  sizeOf(row: number): number {
    return this.rows.counts[row]!
  }

  has(row: number, element: number): boolean {
    return this.elementAt(row, element) >= 0
  }

  /** How a contact went, as far as is known. */
  outcomeOf(row: number, element: number): number {
    const at = this.elementAt(row, element)
    if (at < 0) return OUTCOME.unknown
    return this.arena.words[chunkOf(this.rows.places[row]!)]![at * WORDS + STATE]! & OUTCOME_BITS
  }

  /** Says how a contact went, where more is known of it than before. */
  answer(row: number, element: number, outcome: Outcome): boolean {
    return this.change(row, element, outcome, (before) => before < outcome)
  }

  /** The asker gave up a connection before anything was said on it: that is no success. */
  abandon(row: number, element: number): boolean {
    return this.change(row, element, OUTCOME.failed, (before) => before === OUTCOME.succeeded)
  }

  /** Of how many elements it is known how they went. */
  known(row: number): number {
    return this.rows.counts[row]! - this.rows.tried[row]! + this.rows.failed[row]!
  }

  /** The most that {@link count} can answer, at once. */
  total(row: number): Count {
    return { failed: this.rows.failed[row]!, tried: this.rows.tried[row]! }
  }

  count(row: number, since: number): CountSince {
    const place = this.rows.places[row]!
    const words = this.arena.words[chunkOf(place)]!
    const times = this.arena.times[chunkOf(place)]!
    const end = indexOf(place) + this.rows.counts[row]!
    let failed = 0
    let tried = 0
    let succeeded = 0
    for (let at = indexOf(place); at < end; at++) {
      if (times[at]! < since) continue
      const outcome = words[at * WORDS + STATE]! & OUTCOME_BITS
      if (outcome >= OUTCOME.succeeded) succeeded++
      else tried++
      if (outcome === OUTCOME.failed) failed++
    }
    return { failed, tried, succeeded }
  }

  /** Elements after a moment that went no better than `best`. */
  counted(row: number, since: number, best: Outcome = OUTCOME.used): Counted {
    const place = this.rows.places[row]!
    const words = this.arena.words[chunkOf(place)]!
    const times = this.arena.times[chunkOf(place)]!
    const end = indexOf(place) + this.rows.counts[row]!
    const counted = { elements: [] as number[], payloads: [] as number[], ports: [] as number[], first: Infinity }
    for (let at = indexOf(place); at < end; at++) {
      if (times[at]! < since || (words[at * WORDS + STATE]! & OUTCOME_BITS) > best) continue
      counted.elements.push(words[at * WORDS]!)
      counted.payloads.push(words[at * WORDS + PAYLOAD]!)
      counted.ports.push((words[at * WORDS + STATE]! >>> PORT_SHIFT) - 1)
      counted.first = Math.min(counted.first, times[at]!)
    }
    return counted
  }

  /** How many elements after a moment have a payload. */
  countOf(row: number, payload: number, since: number): number {
    const place = this.rows.places[row]!
    const words = this.arena.words[chunkOf(place)]!
    const times = this.arena.times[chunkOf(place)]!
    const end = indexOf(place) + this.rows.counts[row]!
    const wanted = payload >>> 0
    let count = 0
    for (let at = indexOf(place); at < end; at++)
      if (words[at * WORDS + PAYLOAD] === wanted && times[at]! >= since) count++
    return count
  }

  /** Whether elements after a moment have at least so many different payloads, few. */
  hasPayloads(row: number, since: number, least: number): boolean {
    const place = this.rows.places[row]!
    const words = this.arena.words[chunkOf(place)]!
    const times = this.arena.times[chunkOf(place)]!
    const end = indexOf(place) + this.rows.counts[row]!
    const found: number[] = []
    for (let at = indexOf(place); at < end && found.length < least; at++) {
      const payload = words[at * WORDS + PAYLOAD]!
      if (times[at]! >= since && !found.includes(payload)) found.push(payload)
    }
    return found.length >= least
  }

  /** How the last probe of a window was made, for its answer does not show it. */
  mark(row: number, technique: number, tool: number): void {
    this.rows.techniques[row] = technique
    this.rows.tools[row] = tool
  }

  techniqueOf(row: number): number {
    return this.rows.techniques[row]!
  }

  toolOf(row: number): number {
    return this.rows.tools[row]!
  }

  /** The windows that are wanted by what they count. */
  save(isWanted: (total: Count) => boolean): SavedTable {
    const { counts, places, techniques, tools } = this.rows
    const kept = this.index.rows().filter((row) => isWanted(this.total(row)))
    const elements = kept.reduce((sum, row) => sum + counts[row]!, 0)
    const windows = new Uint32Array(kept.length * WINDOW_WORDS)
    const words = new Uint32Array(elements * WORDS)
    const times = new Float64Array(elements)
    let at = 0
    kept.forEach((row, i) => {
      const count = counts[row]!
      const first = indexOf(places[row]!)
      const chunk = chunkOf(places[row]!)
      windows.set(this.index.keyOf(row), i * WINDOW_WORDS)
      windows.set([techniques[row]!, tools[row]!, count], i * WINDOW_WORDS + 3)
      words.set(this.arena.words[chunk]!.subarray(first * WORDS, (first + count) * WORDS), at * WORDS)
      times.set(this.arena.times[chunk]!.subarray(first, first + count), at)
      at += count
    })
    return { windows, words, times }
  }

  /** Takes up what {@link save} gave. */
  load({ windows, words, times }: SavedTable, renamed: Renaming): void {
    let at = 0
    for (let i = 0; i < windows.length; i += WINDOW_WORDS) {
      const row = this.add(...renamed.key(windows[i]!, windows[i + 1]!, windows[i + 2]!))
      this.mark(row, windows[i + 3]!, renamed.tool(windows[i + 4]!))
      for (const end = at + windows[i + 5]!; at < end; at++) {
        const [element = 0, payload = 0, state = 0] = words.subarray(at * WORDS, at * WORDS + WORDS)
        const port = (state >>> PORT_SHIFT) - 1
        const host = renamed.host(payload)
        this.see(row, renamed.element(element, host, port), host, port, times[at]!, (state & OUTCOME_BITS) as Outcome)
      }
    }
  }

  private change(row: number, element: number, outcome: Outcome, from: (before: number) => boolean): boolean {
    const at = this.elementAt(row, element)
    if (at < 0) return false
    const words = this.arena.words[chunkOf(this.rows.places[row]!)]!
    const state = at * WORDS + STATE
    if (!from(words[state]! & OUTCOME_BITS)) return false
    this.setOutcome(row, words, state, outcome)
    return true
  }

  /** Where in its chunk an element is; -1 where it is not. */
  private elementAt(row: number, element: number): number {
    const place = this.rows.places[row]!
    const words = this.arena.words[chunkOf(place)]!
    const first = indexOf(place)
    const wanted = element >>> 0
    for (let at = first + this.rows.counts[row]! - 1; at >= first; at--) if (words[at * WORDS] === wanted) return at
    return -1
  }

  private append(row: number, element: number, payload: number, port: number, time: number, outcome: Outcome): void {
    const { places, counts, tiers } = this.rows
    const count = counts[row]!
    const filled = count === sizeOf(tiers[row]!)
    let at: number
    if (count === CAPACITY || (filled && count >= SHORT && this.arena.full)) {
      at = this.oldest(row)
      const words = this.arena.words[chunkOf(places[row]!)]!
      this.uncount(row, words[at * WORDS + STATE]! & OUTCOME_BITS)
    } else {
      if (filled) {
        places[row] = this.arena.promote(tiers[row]!, places[row]!, count)
        tiers[row] = tiers[row]! + 1
      }
      counts[row] = count + 1
      at = indexOf(places[row]!) + count
    }
    const chunk = chunkOf(places[row]!)
    const words = this.arena.words[chunk]!
    words[at * WORDS] = element
    words[at * WORDS + PAYLOAD] = payload
    words[at * WORDS + STATE] = ((port + 1) << PORT_SHIFT) | outcome
    this.arena.times[chunk]![at] = time
    this.recount(row, outcome)
  }

  private setOutcome(row: number, words: Uint32Array, state: number, outcome: Outcome): void {
    this.uncount(row, words[state]! & OUTCOME_BITS)
    words[state] = (words[state]! & ~OUTCOME_BITS) | outcome
    this.recount(row, outcome)
  }

  private recount(row: number, outcome: number): void {
    if (outcome < OUTCOME.succeeded) this.rows.tried[row]!++
    if (outcome === OUTCOME.failed) this.rows.failed[row]!++
  }

  private uncount(row: number, outcome: number): void {
    if (outcome < OUTCOME.succeeded) this.rows.tried[row]!--
    if (outcome === OUTCOME.failed) this.rows.failed[row]!--
  }

  /**
   * The element that gives way: of a few from the row's hand on, that which was not seen longest. Elements that come one after
   * another go so too, and a long window need not be gone through for each.
   */
  private oldest(row: number): number {
    const place = this.rows.places[row]!
    const times = this.arena.times[chunkOf(place)]!
    const first = indexOf(place)
    const count = this.rows.counts[row]!
    const { hands } = this.rows
    const hand = hands[row]! % count
    let oldest = hand
    for (let looked = 1; looked < Math.min(count, LOOKED_AT); looked++) {
      const at = (hand + looked) % count
      if (times[first + at]! < times[first + oldest]!) oldest = at
    }
    hands[row] = oldest + 1
    return first + oldest
  }

  private newRow(): number {
    const freed = this.free.pop()
    if (freed !== undefined) return freed
    if (this.used >= this.capacity) return this.evict()
    if (this.used === this.rows.length) this.grow()
    return this.used++
  }

  private grow(): void {
    const length = Math.min(this.capacity, this.rows.length * 2)
    this.rows = this.rows.extended(length)
    this.index.resize(length)
  }

  private drop(row: number): void {
    this.index.remove(row)
    this.arena.give(this.rows.tiers[row]!, this.rows.places[row]!)
  }

  /** Only where the table is full: no row is free then. */
  private evict(): number {
    this.evicted++
    const { recent } = this.rows
    for (let looked = 0; ; looked++) {
      const row = this.hand
      this.hand = row + 1 === this.used ? 0 : row + 1
      if (recent[row] === 1 && looked < 32) recent[row] = 0
      else if (looked >= 64 || !this.pinned(this.index.firstOf(row))) {
        this.drop(row)
        return row
      }
    }
  }
}
