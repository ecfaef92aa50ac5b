import { randomBytes } from 'node:crypto'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const LOW = Array.from({ length: 4096 }, (_, i) => ALPHABET[i >>> 6]! + ALPHABET[i & 63]!)

/**
 * Ids of 20 characters as long as Elasticsearch's own: a random part a store, then a counter, so that ids that
 * follow each other differ in little and take hardly any room.
 */
export class IdGenerator {
  private readonly prefix: string
  private high = ''
  private counter: number

  /** @param now milliseconds since the epoch: a store that was opened again goes on behind its earlier ids. */
  constructor(now: number) {
    this.prefix = randomBytes(9).toString('base64url')
    // Eight characters hold 2^48: the seconds are the upper 32 bits.
    this.counter = Math.floor(now / 1000) * 65_536
  }

  next(): string {
    const counter = ++this.counter
    const low = counter % 4096
    if (low === 0 || this.high === '') {
      let rest = Math.floor(counter / 4096)
      let text = ''
      for (let i = 0; i < 6; i++) {
        text = ALPHABET[rest % 64]! + text
        rest = Math.floor(rest / 64)
      }
      this.high = this.prefix + text
    }
    return this.high + LOW[low]!
  }
}
