import type { Clock } from '../clock/index.ts'
import { fail } from '../diagnostic/index.ts'

const FREE_GUESSES = 5
const LONGEST_WAIT = 300_000
const FORGET_AFTER = 3_600_000
const KEPT = 10_000

interface Failures {
  count: number
  last: number
}

/**
 * Makes whoever guesses passwords wait: after five wrong ones from an address for a name, 1 second, doubling up to
 * five minutes. It counts by name and address, so that a stranger locks out no one but himself; bounded in memory.
 */
export class Lockout {
  private readonly failures = new Map<string, Failures>()
  private readonly clock: Clock

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** @throws DiagnosticError (429) while the wait lasts */
  check(name: string, address: string): void {
    const entry = this.failures.get(key(name, address))
    if (entry === undefined || entry.count < FREE_GUESSES) return
    const wait = Math.min(LONGEST_WAIT, 1000 * 2 ** (entry.count - FREE_GUESSES))
    const left = entry.last + wait - this.clock.now()
    if (left > 0) throw fail('server.locked_out', { seconds: Math.ceil(left / 1000) })
  }

  failed(name: string, address: string): void {
    const id = key(name, address)
    const now = this.clock.now()
    const before = this.failures.get(id)
    this.failures.delete(id)
    const count = before === undefined || now - before.last > FORGET_AFTER ? 1 : before.count + 1
    this.failures.set(id, { count, last: now })
    if (this.failures.size > KEPT) this.failures.delete(this.failures.keys().next().value!)
  }

  succeeded(name: string, address: string): void {
    this.failures.delete(key(name, address))
  }
}

function key(name: string, address: string): string {
  return `${name.slice(0, 128)}\0${address}`
}
