/** Elements a window can hold, by tier: most hold one or two. */
const SIZES = [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] as const
/** More are not needed to decide; the oldest give way. */
export const CAPACITY = SIZES[SIZES.length - 1]!
const CHUNK = 16_384
const SHIFT = 14

/** Of each element: what is counted, a host it tells of, and its port (plus one) with how it went. */
export const WORDS = 3

/**
 * Room for the elements of windows in typed arrays, in pieces of a few sizes: a million short windows as lists of their own
 * would be most of the memory, and most of the collector's work.
 *
 * A place is a number; `words[place >>> 14]` is its chunk, and `place & 16383` its first element there.
 */
export class WindowArena {
  readonly words: Uint32Array[] = []
  /** Milliseconds since the epoch. */
  readonly times: Float64Array[] = []
  private readonly free: number[][] = SIZES.map(() => [])
  private readonly limit: number
  private taken = 0
  /** Of each tier, the first place never given out, and where its chunk ends. */
  private readonly fresh: { next: number; end: number }[] = SIZES.map(() => ({ next: 0, end: 0 }))

  /** `limit` elements are room enough; what is in use above it are short windows. */
  constructor(limit: number) {
    this.limit = limit
  }

  /** Windows are to grow no further: many long ones at once are a flood of made-up sources. */
  get full(): boolean {
    return this.taken >= this.limit
  }

  /** A place for as many elements as the tier holds. */
  take(tier: number): number {
    this.taken += SIZES[tier]!
    const freed = this.free[tier]!.pop()
    if (freed !== undefined) return freed
    const fresh = this.fresh[tier]!
    if (fresh.next === fresh.end) {
      fresh.next = this.words.length << SHIFT
      fresh.end = fresh.next + CHUNK
      this.words.push(new Uint32Array(CHUNK * WORDS))
      this.times.push(new Float64Array(CHUNK))
    }
    const place = fresh.next
    fresh.next += SIZES[tier]!
    return place
  }

  give(tier: number, place: number): void {
    this.taken -= SIZES[tier]!
    this.free[tier]!.push(place)
  }

  /** Moves `count` elements to a place of the next tier; answers the place. */
  promote(tier: number, place: number, count: number): number {
    const to = this.take(tier + 1)
    const from = place & (CHUNK - 1)
    const into = to & (CHUNK - 1)
    const words = this.words[place >>> SHIFT]!
    this.words[to >>> SHIFT]!.set(words.subarray(from * WORDS, (from + count) * WORDS), into * WORDS)
    this.times[to >>> SHIFT]!.set(this.times[place >>> SHIFT]!.subarray(from, from + count), into)
    this.give(tier, place)
    return to
  }
}

export function sizeOf(tier: number): number {
  return SIZES[tier]!
}

export function chunkOf(place: number): number {
  return place >>> SHIFT
}

export function indexOf(place: number): number {
  return place & (CHUNK - 1)
}
