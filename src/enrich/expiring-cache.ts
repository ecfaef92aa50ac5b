import type { Clock } from '../clock/index.ts'

/**
 * Answers of lookups, kept for a time: at most `limit` of them, the one that was used longest ago goes first.
 * A limit of 0 keeps nothing. Without `ttl` (milliseconds) an answer stays until it is pushed out.
 */
export class ExpiringCache<V> {
  private readonly entries = new Map<string, { readonly value: V; readonly until: number }>()
  private readonly limit: number
  private readonly ttl: number
  private readonly clock: Clock

  constructor(limit: number, clock: Clock, ttl = Infinity) {
    this.limit = limit
    this.clock = clock
    this.ttl = ttl
  }

  get(key: string): V | undefined {
    const entry = this.entries.get(key)
    if (entry === undefined) return undefined
    this.entries.delete(key)
    if (entry.until <= this.clock.monotonic()) return undefined
    this.entries.set(key, entry)
    return entry.value
  }

  set(key: string, value: V): void {
    if (this.limit <= 0) return
    this.entries.delete(key)
    if (this.entries.size >= this.limit) this.entries.delete(this.entries.keys().next().value!)
    this.entries.set(key, { value, until: this.clock.monotonic() + this.ttl })
  }

  clear(): void {
    this.entries.clear()
  }
}
