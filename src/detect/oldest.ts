/**
 * The oldest key of a Map from which the oldest go one after another. A new iterator walks over all the holes that they left
 * at the front; this one goes on where it was.
 */
export class Oldest<K> {
  private readonly map: ReadonlyMap<K, unknown>
  private keys: Iterator<K>

  constructor(map: ReadonlyMap<K, unknown>) {
    this.map = map
    this.keys = map.keys()
  }

  /** The oldest key, which the caller deletes or moves to the end, else it comes again last; undefined of an empty map. */
  take(): K | undefined {
    const step = this.keys.next()
    if (step.done !== true) return step.value
    this.keys = this.map.keys()
    const again = this.keys.next()
    return again.done === true ? undefined : again.value
  }
}
