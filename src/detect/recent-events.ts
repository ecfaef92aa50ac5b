import type { SeenEvent } from './detector.ts'

const KEPT = 65_536
/** Events come out of order by so much; what is later than that is not judged again at a start. */
export const DISORDER_MILLIS = 2000

/** Which events were judged last: after a restart they are told apart from those that came after the state was stored. */
export class RecentEvents {
  private ids = new Map<string, number>()

  add({ index, id, time }: SeenEvent): void {
    if (id === undefined) return
    this.ids.set(`${index} ${id}`, time)
    if (this.ids.size > KEPT) this.ids.delete(this.ids.keys().next().value!)
  }

  has({ index, id }: SeenEvent): boolean {
    return this.ids.has(`${index} ${id ?? ''}`)
  }

  /** Those of the last moments before `newest`. */
  since(newest: number): string[] {
    const list: string[] = []
    for (const [id, time] of this.ids) if (time >= newest - DISORDER_MILLIS) list.push(id)
    return list
  }

  restore(ids: readonly string[], seen: number): void {
    this.ids = new Map(ids.map((id) => [id, seen]))
  }
}
