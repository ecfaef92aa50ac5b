/** A map of at most `capacity` entries that forgets, by the clock algorithm, one not used since the hand last passed; pinned ones last. */
export class BoundedTable<V extends object> {
  evicted = 0
  private readonly map = new Map<string, { value: V; used: boolean }>()
  private hand = this.map.entries()
  private readonly capacity: number
  private readonly pinned: (value: V, key: string) => boolean

  constructor(capacity: number, pinned: (value: V, key: string) => boolean = () => false) {
    this.capacity = capacity
    this.pinned = pinned
  }

  get size(): number {
    return this.map.size
  }

  get(key: string): V | undefined {
    const entry = this.map.get(key)
    if (entry === undefined) return undefined
    entry.used = true
    return entry.value
  }

  getOrMake(key: string, make: () => V): V {
    const known = this.get(key)
    if (known !== undefined) return known
    if (this.map.size >= this.capacity) this.evict()
    const value = make()
    this.map.set(key, { value, used: false })
    return value
  }

  delete(key: string): void {
    this.map.delete(key)
  }

  clear(): void {
    this.map.clear()
    this.hand = this.map.entries()
  }

  *entries(): Generator<[string, V]> {
    for (const [key, { value }] of this.map) yield [key, value]
  }

  private evict(): void {
    this.evicted++
    for (let looked = 0; looked < 64; looked++) {
      const [key, entry] = this.next()
      if (entry.used && looked < 32) entry.used = false
      else if (!this.pinned(entry.value, key)) return void this.map.delete(key)
    }
    this.map.delete(this.next()[0])
  }

  private next(): [string, { value: V; used: boolean }] {
    let step = this.hand.next()
    if (step.done === true) {
      this.hand = this.map.entries()
      step = this.hand.next()
    }
    return step.value!
  }
}
