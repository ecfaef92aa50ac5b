import type { Finding } from '../alert/index.ts'
import type { ValueObject } from '../event/index.ts'

/** An event as a detector sees it, on its way into the store. */
export interface SeenEvent {
  /** The document as parsed; not to be changed. */
  readonly fields: ValueObject
  /** `@timestamp`, epoch milliseconds. */
  readonly time: number
  /** The index, alias or data stream it is written to. */
  readonly index: string
  /** Absent where the store gives one. */
  readonly id?: string
}

/**
 * Judges events as they pass.
 *
 * - Its clock is the events' time alone, so a replay gives the same findings as live. Events come about in order: it
 *   tolerates lateness itself, and a duplicate (the same index and id) may come again after a crash.
 * - `see` and `tick` never throw, whatever an event holds; they are synchronous, and between two calls a detector does nothing.
 * - Its state is bounded: what it drops to stay in bounds is counted in `stats`.
 * - A finding is the whole state of its episode (see Finding); a detector says it again at growing steps, not at each event.
 */
export interface Detector {
  /** Stable: names its snapshot file. Lower case letters, digits and hyphens. */
  readonly name: string
  see(events: readonly SeenEvent[]): Finding[]
  /** Time passes without events: episodes that went quiet end. `now` is event time, epoch milliseconds. */
  tick(now: number): Finding[]
  /** The state as it is now, versioned and small; the caller stores it. */
  snapshot(): Uint8Array | ValueObject
  /** @throws DiagnosticError for a version or form it does not know: the caller then starts it empty */
  restore(state: Uint8Array | ValueObject): void
  /** What an operator wants to see: tracked, evicted, hits. */
  readonly stats: { readonly [name: string]: number }
}
