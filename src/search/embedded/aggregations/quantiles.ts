/**
 * A distribution: exact up to a number of values, then a merging t-digest (Dunning and Ertl, "Computing extremely
 * accurate quantiles using t-digests", scale function k1).
 */
const EXACT = 4096
const COMPRESSION = 200

export class Quantiles {
  count = 0
  min = Infinity
  max = -Infinity
  private buffer: number[] = []
  private means: number[] = []
  private weights: number[] = []
  private sorted = true

  add(value: number): void {
    this.count++
    if (value < this.min) this.min = value
    if (value > this.max) this.max = value
    this.buffer.push(value)
    this.sorted = false
    if (this.buffer.length >= EXACT && this.count > EXACT) this.merge()
  }

  private merge(): void {
    const items = this.means
      .map((mean, i) => ({ mean, weight: this.weights[i]! }))
      .concat(this.buffer.map((mean) => ({ mean, weight: 1 })))
      .sort((a, b) => a.mean - b.mean)
    this.buffer = []
    this.means = []
    this.weights = []
    const total = this.count
    const position = (q: number): number => (COMPRESSION / (2 * Math.PI)) * Math.asin(2 * q - 1)
    let [done, start] = [0, position(0)]
    let current = items[0]!
    for (const item of items.slice(1)) {
      if (position(Math.min(1, (done + current.weight + item.weight) / total)) - start <= 1) {
        const weight = current.weight + item.weight
        current = { mean: current.mean + ((item.mean - current.mean) * item.weight) / weight, weight }
        continue
      }
      this.means.push(current.mean)
      this.weights.push(current.weight)
      done += current.weight
      start = position(Math.min(1, done / total))
      current = item
    }
    this.means.push(current.mean)
    this.weights.push(current.weight)
  }

  private centroids(): { means: readonly number[]; weights: readonly number[] } {
    if (this.means.length > 0) {
      if (this.buffer.length > 0) this.merge()
      return { means: this.means, weights: this.weights }
    }
    if (!this.sorted) this.buffer.sort((a, b) => a - b)
    this.sorted = true
    return { means: this.buffer, weights: [] }
  }

  /** Between the middles of neighbouring centroids the values are taken to lie on a line. */
  quantile(q: number): number {
    const { means, weights } = this.centroids()
    if (this.count === 0) return NaN
    const index = q * this.count
    let before = 0
    let [place, value] = [0, this.min]
    for (let i = 0; i < means.length; i++) {
      const weight = weights[i] ?? 1
      const middle = before + weight / 2
      if (index <= middle) {
        if (i === 0 && weight === 1) return means[0]!
        return value + ((means[i]! - value) * (index - place)) / (middle - place)
      }
      ;[place, value] = [middle, means[i]!]
      before += weight
    }
    if ((weights.at(-1) ?? 1) === 1) return this.max
    return value + ((this.max - value) * (index - place)) / (this.count - place)
  }

  /** The least and the greatest value (of many: the middle of a cluster) within bounds; none is Infinity, as of no values. */
  within(from: number, to: number): { readonly least: number; readonly greatest: number } {
    let [least, greatest] = [Infinity, -Infinity]
    for (const mean of this.centroids().means) {
      if (mean < from || mean > to) continue
      least = Math.min(least, mean)
      greatest = Math.max(greatest, mean)
    }
    return { least, greatest }
  }

  /** The share of the values that lie below one, those equal to it by half. */
  rank(value: number): number {
    const { means, weights } = this.centroids()
    if (this.count === 0) return NaN
    if (value < this.min) return 0
    if (value >= this.max) return 1
    let [before, equal] = [0, 0]
    let [place, last] = [0, this.min]
    for (let i = 0; i < means.length; i++) {
      const weight = weights[i] ?? 1
      const mean = means[i]!
      if (mean === value) equal += weight
      else if (mean > value) {
        if (equal > 0) break
        const middle = before + weight / 2
        return (place + ((middle - place) * (value - last)) / (mean - last)) / this.count
      }
      ;[place, last] = [before + weight / 2, mean]
      before += weight
    }
    return (before - equal / 2) / this.count
  }

  /** The value that so many percent of the values do not exceed, as an HDR histogram of so many digits keeps it. */
  hdr(percent: number, digits: number): number {
    const { means, weights } = this.centroids()
    if (this.count === 0) return NaN
    const wanted = Math.max(1, Math.floor((percent / 100) * this.count + 0.5))
    let seen = 0
    for (let i = 0; i < means.length; i++) {
      seen += weights[i] ?? 1
      if (seen >= wanted) return highestEquivalent(means[i]!, this.min, digits)
    }
    return this.max
  }
}

function highestEquivalent(value: number, least: number, digits: number): number {
  if (value <= 0) return value
  const half = 2 ** Math.ceil(Math.log2(2 * 10 ** digits)) / 2
  const unit = (number: number): number => 2 ** Math.floor(Math.log2(number)) / half
  const step = unit(value)
  return Math.floor(value / step) * step + step - (least > 0 ? unit(least) : 0)
}
