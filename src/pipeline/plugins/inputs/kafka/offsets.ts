/** Where a group is to go on in a partition. */
export interface Position {
  readonly topic: string
  readonly partition: number
  /** The first offset that is not done. */
  readonly offset: string
}

interface Piece {
  readonly next: bigint
  done: boolean
}

interface Partition {
  readonly topic: string
  readonly partition: number
  readonly pieces: Piece[]
  ready: bigint | undefined
}

/**
 * What of each partition the pipeline has taken: a position moves only when everything before it is acknowledged, whatever the
 * order of the acknowledgements.
 */
export class Offsets {
  private readonly partitions = new Map<string, Partition>()
  private open = 0
  /** Pieces of an earlier division count no more. */
  private division = 0
  private waiters: (() => void)[] = []

  /** Begins a piece that ends before `next`; the answer is to be called when it is acknowledged, or lost. */
  begin(topic: string, partition: number, next: bigint): { ack: () => void; lost: () => void } {
    const key = `${topic}\0${partition}`
    let entry = this.partitions.get(key)
    if (entry === undefined) {
      entry = { topic, partition, pieces: [], ready: undefined }
      this.partitions.set(key, entry)
    }
    const owner = entry
    const piece: Piece = { next, done: false }
    owner.pieces.push(piece)
    this.open++
    const { division } = this
    let over = false
    const end = (done: boolean): void => {
      if (over || division !== this.division) return
      over = true
      this.open--
      piece.done = done
      while (owner.pieces[0]?.done === true) owner.ready = owner.pieces.shift()!.next
      if (this.open <= 0) for (const waiter of this.waiters.splice(0)) waiter()
    }
    return { ack: () => end(true), lost: () => end(false) }
  }

  /** Positions that have moved since they were last taken. */
  take(): Position[] {
    const positions: Position[] = []
    for (const entry of this.partitions.values()) {
      if (entry.ready === undefined) continue
      positions.push({ topic: entry.topic, partition: entry.partition, offset: String(entry.ready) })
      entry.ready = undefined
    }
    return positions
  }

  /** Positions that could not be written are to be taken again, unless they have moved on. */
  putBack(positions: readonly Position[]): void {
    for (const { topic, partition, offset } of positions) {
      const entry = this.partitions.get(`${topic}\0${partition}`)
      if (entry !== undefined) entry.ready ??= BigInt(offset)
    }
  }

  /** After the group has divided its partitions anew, each begins at the position that the group knows. */
  forget(): void {
    this.partitions.clear()
    this.division++
    this.open = 0
    for (const waiter of this.waiters.splice(0)) waiter()
  }

  /** Resolves when nothing is under way. */
  settled(): Promise<void> {
    return this.open <= 0 ? Promise.resolve() : new Promise((resolve) => this.waiters.push(resolve))
  }
}
