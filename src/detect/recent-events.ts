import type { SeenEvent } from './detector.ts'

/** Ids a generation holds; two generations are kept. */
const GENERATION = 65_536
/** Events come out of order by so much; what is later than that is not judged again at a start. */
export const DISORDER_MILLIS = 2000

/**
 * Which events were judged last: after a restart they are told apart from those that came after the state was stored.
 * Old ids go a generation at a time: a Map whose oldest entry is deleted at each event walks all holes at its front.
 */
export class RecentEvents {
  private ids = new Map<string, number>()
  private older = new Map<string, number>()

  add({ index, id, time }: SeenEvent): void {
    if (id === undefined) return
    if (this.ids.size >= GENERATION) {
      this.older = this.ids
      this.ids = new Map()
    }
    this.ids.set(keyOf(index, id), time)
  }

  has({ index, id }: SeenEvent): boolean {
    const key = keyOf(index, id ?? '')
    return this.ids.has(key) || this.older.has(key)
  }

  /** Those of the last moments before `newest`. */
  since(newest: number): string[] {
    const list: string[] = []
    for (const generation of [this.older, this.ids])
      for (const [id, time] of generation) if (time >= newest - DISORDER_MILLIS) list.push(id)
    return list
  }

  restore(ids: readonly string[], seen: number): void {
    this.older = new Map()
    this.ids = new Map(ids.map((id) => [id, seen]))
  }
}

function keyOf(index: string, id: string): string {
  return `${index} ${id}`
}
