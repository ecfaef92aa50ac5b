import { waitAtMost, type Clock } from '../../../clock/index.ts'

/**
 * The position up to which everything is acknowledged, whatever the order of the acknowledgements.
 */
export class OrderedPositions<T> {
  private readonly pending: { readonly position: T; done: boolean }[] = []
  private readonly waiting: (() => void)[] = []
  private readonly moved: (position: T) => void

  /** `moved` is called with each position before which nothing waits any more. */
  constructor(moved: (position: T) => void) {
    this.moved = moved
  }

  /** Answers what is to be called when everything up to the position is acknowledged. */
  add(position: T): () => void {
    const mark = { position, done: false }
    this.pending.push(mark)
    return () => {
      mark.done = true
      let last: { readonly position: T } | undefined
      while (this.pending[0]?.done === true) last = this.pending.shift()
      if (last !== undefined) this.moved(last.position)
      if (this.pending.length === 0) for (const resume of this.waiting.splice(0)) resume()
    }
  }

  /** Resolves when nothing waits, after `millis` at the latest: a stop keeps the last position so, if it can. */
  async settled(clock: Clock, millis: number): Promise<void> {
    if (this.pending.length === 0) return
    await waitAtMost(clock, millis, new Promise<void>((resolve) => this.waiting.push(resolve)))
  }
}
