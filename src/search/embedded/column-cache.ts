/** Decoded columns, source blocks and id tables of sealed segments: the most recently used, up to a bound in bytes. */
export class ColumnCache {
  private readonly entries = new Map<string, { value: unknown; bytes: number }>()
  private readonly limit: number
  bytes = 0

  constructor(limit: number) {
    this.limit = limit
  }

  /** The value under the key, or what `make` gives; a value larger than the bound is not kept. */
  get<T>(key: string, make: () => { value: T; bytes: number }): T {
    const found = this.entries.get(key)
    if (found !== undefined) {
      this.entries.delete(key)
      this.entries.set(key, found)
      return found.value as T
    }
    const made = make()
    if (made.bytes > this.limit) return made.value
    this.entries.set(key, made)
    this.bytes += made.bytes
    for (const [oldest, { bytes }] of this.entries) {
      if (this.bytes <= this.limit) break
      this.entries.delete(oldest)
      this.bytes -= bytes
    }
    return made.value
  }

  /** Forgets all of a segment. */
  forget(prefix: string): void {
    for (const [key, { bytes }] of this.entries)
      if (key.startsWith(prefix)) {
        this.entries.delete(key)
        this.bytes -= bytes
      }
  }
}
