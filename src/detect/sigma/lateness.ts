import type { SeenEvent } from '../detector.ts'

/** Events that wait for earlier ones, in the order of their times. */
export class Waiting {
  private events: SeenEvent[] = []
  private readonly lateness: number
  private readonly limit: number

  /** @param lateness milliseconds of event time that an event waits; @param limit events that wait at most */
  constructor(lateness: number, limit: number) {
    this.lateness = lateness
    this.limit = limit
  }

  get size(): number {
    return this.events.length
  }

  /** Takes events in; answers those whose time to wait is over, and the earliest where more wait than may. */
  take(events: readonly SeenEvent[], newest: number): SeenEvent[] {
    const ordered = inOrder(events)
    if (this.lateness <= 0) return ordered
    const last = this.events.at(-1)
    const appended = last === undefined || ordered.length === 0 || ordered[0]!.time >= last.time
    for (const event of ordered) this.events.push(event)
    // Sorting runs that are in order already costs one pass.
    if (!appended) this.events.sort((a, b) => a.time - b.time)
    const over = this.events[this.events.length - this.limit - 1]?.time ?? -Infinity
    return this.release(Math.max(Math.max(newest, this.events.at(-1)?.time ?? -Infinity) - this.lateness, over))
  }

  /** Those that have waited until `now`. */
  due(now: number): SeenEvent[] {
    return this.release(now - this.lateness)
  }

  save(): SeenEvent[] {
    return this.events
  }

  restore(events: readonly SeenEvent[]): void {
    this.events = [...events]
  }

  private release(until: number): SeenEvent[] {
    let end = 0
    while (end < this.events.length && this.events[end]!.time <= until) end++
    return end === 0 ? [] : this.events.splice(0, end)
  }
}

function inOrder(events: readonly SeenEvent[]): SeenEvent[] {
  for (let i = 1; i < events.length; i++)
    if (events[i]!.time < events[i - 1]!.time) return events.toSorted((a, b) => a.time - b.time)
  return events as SeenEvent[]
}
