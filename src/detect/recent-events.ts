import type { SeenEvent } from './detector.ts'

const REMEMBERED = 131_072
/** Events come out of order by so much; what is later than that is not judged again at a start. */
export const DISORDER_MILLIS = 2000

/**
 * Which events were judged last: after a restart they are told apart from those that came after the state was stored.
 * A ring, in which an event costs no more than two references and a number.
 */
export class RecentEvents {
  private readonly indices: string[] = []
  private readonly ids: string[] = []
  private readonly times = new Float64Array(REMEMBERED)
  private next = 0
  /** Of the time before the restart. */
  private before = new Set<string>()

  add({ index, id, time }: SeenEvent): void {
    if (id !== undefined) this.remember(index, id, time)
  }

  /** Whether the states that were restored have seen an event. */
  wasSeen({ index, id }: SeenEvent): boolean {
    return this.before.has(keyOf(index, id ?? ''))
  }

  /** Keys of those of the last moments before `newest`. */
  since(newest: number): string[] {
    const list: string[] = []
    this.ids.forEach((id, i) => {
      if (this.times[i]! >= newest - DISORDER_MILLIS) list.push(keyOf(this.indices[i]!, id))
    })
    return list
  }

  /** `seen` is the newest time among them; their own are not kept. */
  restore(keys: readonly string[], seen: number): void {
    this.before = new Set(keys)
    for (const key of keys) {
      const end = key.indexOf(' ')
      this.remember(key.slice(0, end), key.slice(end + 1), seen)
    }
  }

  /** What was seen before the restart is not asked for any more. */
  caughtUp(): void {
    this.before.clear()
  }

  private remember(index: string, id: string, time: number): void {
    const at = this.next
    this.indices[at] = index
    this.ids[at] = id
    this.times[at] = time
    this.next = at + 1 === REMEMBERED ? 0 : at + 1
  }
}

function keyOf(index: string, id: string): string {
  return `${index} ${id}`
}
