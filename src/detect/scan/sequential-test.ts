import { KeyIndex } from './key-index.ts'

/** What is expected of first contacts, and which errors are borne. */
export interface SequentialParameters {
  /** How likely a first contact succeeds, of an honest source and of a scanner. */
  readonly honest: number
  readonly scanner: number
  /** How likely an honest source is taken for a scanner within one run of bad luck, and a scanner is found. */
  readonly falseAlarms: number
  readonly detected: number
}

/** As for worms in the paper of 2004: ten failures in a row. */
export const SEQUENTIAL: SequentialParameters = { honest: 0.7, scanner: 0.1, falseAlarms: 5e-5, detected: 0.99 }

const FIRST_ROWS = 1024
/** Of so many the least suspicious one gives way where the table is full. */
const LOOKED_AT = 16

/**
 * The sequential hypothesis test over the first contacts of a source with each host: Jung, Paxson, Berger and Balakrishnan, "Fast
 * Portscan Detection Using Sequential Hypothesis Testing" (2004), run backwards in time as by Schechter, Jung and Berger, "Fast
 * Detection of Scanning Worm Infections" (2004): the likelihood ratio never falls below one, so that good contacts buy no credit
 * for later scans.
 *
 * - Only sources with more failures than honest ones have are kept: one that fares well takes no room.
 * - A source without a first contact for `idleMillis` begins anew.
 */
export class SequentialTest {
  /** Natural logarithms of what a failure and a success do to the ratio, and of the ratio that is a scan. */
  readonly failure: number
  readonly success: number
  readonly threshold: number
  evicted = 0
  private readonly capacity: number
  private readonly idleMillis: number
  private readonly index: KeyIndex
  private scores: Float64Array
  private times: Float64Array
  private readonly free: number[] = []
  private used = 0
  private hand = 0

  constructor(capacity: number, idleMillis: number, parameters: SequentialParameters = SEQUENTIAL) {
    const { honest, scanner, falseAlarms, detected } = parameters
    this.failure = Math.log((1 - scanner) / (1 - honest))
    this.success = Math.log(scanner / honest)
    this.threshold = Math.log(detected / falseAlarms)
    this.capacity = Math.max(LOOKED_AT, capacity)
    this.idleMillis = idleMillis
    const rows = Math.min(FIRST_ROWS, this.capacity)
    this.index = new KeyIndex(rows)
    this.scores = new Float64Array(rows)
    this.times = new Float64Array(rows)
  }

  get size(): number {
    return this.index.size
  }

  /** Answers the logarithm of the ratio after a first contact that failed. */
  failed(source: number, time: number): number {
    const known = this.index.find(source, 0, 0)
    const row = known < 0 ? this.newRow(source) : known
    const isIdle = known < 0 || time - this.times[row]! > this.idleMillis
    this.scores[row] = (isIdle ? 0 : this.scores[row]!) + this.failure
    this.times[row] = time
    return this.scores[row]!
  }

  succeeded(source: number, time: number): void {
    const row = this.index.find(source, 0, 0)
    if (row < 0) return
    this.scores[row]! += this.success
    this.times[row] = time
    if (this.scores[row]! <= 0) this.drop(row)
  }

  forget(source: number): void {
    const row = this.index.find(source, 0, 0)
    if (row >= 0) this.drop(row)
  }

  /** Of each source that is at least as suspicious, the logarithm and the time of its last contact. */
  *entries(least: number): IterableIterator<[source: number, score: number, time: number]> {
    for (const row of this.index.rows())
      if (this.scores[row]! >= least) yield [this.index.firstOf(row), this.scores[row]!, this.times[row]!]
  }

  /** Takes up what {@link entries} gave. */
  restore(source: number, score: number, time: number): void {
    const known = this.index.find(source, 0, 0)
    const row = known < 0 ? this.newRow(source) : known
    this.scores[row] = score
    this.times[row] = time
  }

  private newRow(source: number): number {
    const row = this.free.pop() ?? (this.used < this.capacity ? this.nextRow() : this.evict())
    this.index.insert(row, source, 0, 0)
    return row
  }

  private nextRow(): number {
    if (this.used === this.scores.length) {
      const length = Math.min(this.capacity, this.used * 2)
      this.scores = extended(this.scores, length)
      this.times = extended(this.times, length)
      this.index.resize(length)
    }
    return this.used++
  }

  private drop(row: number): void {
    this.index.remove(row)
    this.free.push(row)
  }

  /** Only where every row is taken. */
  private evict(): number {
    this.evicted++
    let least = this.hand
    for (let looked = 0; looked < LOOKED_AT; looked++) {
      if (this.scores[this.hand]! < this.scores[least]!) least = this.hand
      this.hand = (this.hand + 1) % this.used
    }
    this.index.remove(least)
    return least
  }
}

function extended(column: Float64Array, length: number): Float64Array {
  const longer = new Float64Array(length)
  longer.set(column)
  return longer
}
