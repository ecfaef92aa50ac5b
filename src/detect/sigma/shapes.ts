import type { ValueObject } from '../../event/index.ts'

interface Node<T> {
  readonly next: Map<string, Node<T>>
  shape?: T
}

const NODES_LIMIT = 20_000
const KEYS_LIMIT = 200
/** After so many events a table that is full is made anew, in case what filled it is over. */
const FORGET_AFTER = 1_000_000

/**
 * Finds what was made for the keys of an event, in their order: one look-up a key. There may be a million kinds of keys:
 * those for which there is no room share what fits all.
 */
export class Shapes<T> {
  private root: Node<T> = { next: new Map() }
  private nodes = 0
  private passed = 0
  private readonly make: (heads: ReadonlySet<string> | undefined) => T
  private readonly any: T

  /** @param make from the names before the first dot of keys; undefined where any may be there */
  constructor(make: (heads: ReadonlySet<string> | undefined) => T) {
    this.make = make
    this.any = make(undefined)
  }

  of(fields: ValueObject): T {
    let node = this.root
    let keys = 0
    for (const key in fields) {
      let next = node.next.get(key)
      if (next === undefined) {
        if (this.nodes >= NODES_LIMIT || keys > KEYS_LIMIT) return this.full()
        this.nodes++
        next = { next: new Map() }
        node.next.set(key, next)
      }
      node = next
      keys++
    }
    return (node.shape ??= this.make(headsOf(fields)))
  }

  private full(): T {
    if (++this.passed >= FORGET_AFTER) {
      this.passed = 0
      this.nodes = 0
      this.root = { next: new Map() }
    }
    return this.any
  }
}

function headsOf(fields: ValueObject): ReadonlySet<string> {
  return new Set(Object.keys(fields).map(headOf))
}

/** The name before the first dot. */
export function headOf(name: string): string {
  const dot = name.indexOf('.')
  return dot < 0 ? name : name.slice(0, dot)
}
