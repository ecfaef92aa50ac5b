const SIZE = 1028
/** How much younger values are preferred, by the second. */
const DECAY = 0.015

/** What is known of many values without keeping them: exact sums, and quantiles of a sample that prefers the last five minutes. */
export class Sample {
  count = 0
  min = 0
  max = 0
  private mean_ = 0
  private squares = 0
  private readonly began: number
  private readonly values: number[] = []
  /** Logarithms, so that they do not overflow. */
  private readonly priorities: number[] = []

  constructor(now: number) {
    this.began = now
  }

  add(value: number, now: number): void {
    this.min = this.count === 0 ? value : Math.min(this.min, value)
    this.max = this.count === 0 ? value : Math.max(this.max, value)
    this.count++
    const delta = value - this.mean_
    this.mean_ += delta / this.count
    this.squares += delta * (value - this.mean_)
    this.choose(value, (DECAY * (now - this.began)) / 1000 - Math.log(1 - Math.random()))
  }

  get mean(): number {
    return this.mean_
  }

  /** Of the values as a sample. */
  get standardDeviation(): number {
    return this.count < 2 ? 0 : Math.sqrt(this.squares / (this.count - 1))
  }

  /** Those at `fractions` from 0 to 1. */
  quantiles(fractions: readonly number[]): number[] {
    const sorted = this.values.toSorted((a, b) => a - b)
    return fractions.map((fraction) => {
      const at = fraction * (sorted.length + 1)
      if (at < 1) return sorted[0] ?? 0
      if (at >= sorted.length) return sorted.at(-1) ?? 0
      const lower = sorted[Math.floor(at) - 1]!
      return lower + (at - Math.floor(at)) * (sorted[Math.floor(at)]! - lower)
    })
  }

  private choose(value: number, priority: number): void {
    if (this.values.length < SIZE) {
      this.values.push(value)
      this.priorities.push(priority)
      return
    }
    let least = 0
    for (let i = 1; i < SIZE; i++) if (this.priorities[i]! < this.priorities[least]!) least = i
    if (this.priorities[least]! >= priority) return
    this.values[least] = value
    this.priorities[least] = priority
  }
}
