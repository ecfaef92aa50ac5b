import { isObject, newObject, Timestamp, type Value, type ValueObject } from '../event/index.ts'
import { stringifyAsJava } from '../script/index.ts'

/** An action tells of more entities than this only by forgetting those it told of longest ago, many at a time. */
const LIMIT = 10_000
const FORGOTTEN_AT_ONCE = 1000

/** When an action last told of each entity: what `throttle.by` goes by. */
export class ToldEntities {
  /** In the order told, the latest last; microseconds since the epoch. */
  private readonly times = new Map<string, number>()

  /** Those of which nothing was told for `periodMillis`. */
  fresh(entities: readonly string[], periodMillis: number, now: Timestamp): string[] {
    return [...new Set(entities)].filter((entity) => {
      const told = this.times.get(entity)
      // A wall clock that was set back must not silence an entity for that long.
      return told === undefined || now.micros < told || now.micros - told >= periodMillis * 1000
    })
  }

  tell(entities: readonly string[], now: Timestamp): void {
    for (const entity of entities) {
      this.times.delete(entity)
      this.times.set(entity, now.micros)
      if (this.times.size > LIMIT) this.forgetOldest()
    }
  }

  private forgetOldest(): void {
    let left = FORGOTTEN_AT_ONCE
    for (const entity of this.times.keys()) {
      this.times.delete(entity)
      if (--left === 0) return
    }
  }

  /** Forgets what is older than the period. */
  forget(periodMillis: number, now: Timestamp): void {
    for (const [entity, told] of this.times) {
      if (now.micros - told < periodMillis * 1000) return
      this.times.delete(entity)
    }
  }

  /** By entity, epoch milliseconds; undefined where there are none. */
  toValue(): ValueObject | undefined {
    if (this.times.size === 0) return undefined
    const value = newObject()
    for (const [entity, micros] of this.times) value[entity] = Math.floor(micros / 1000)
    return value
  }

  restore(value: Value | undefined): void {
    if (!isObject(value)) return
    const told = Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === 'number')
    // An object's names that look like numbers come first, whenever they were told of.
    for (const [entity, millis] of told.sort((a, b) => a[1] - b[1])) this.tell([entity], Timestamp.fromMillis(millis))
  }
}

/** The values at a path, lists on the way walked through: `ctx.payload.aggregations.hosts.buckets.key`. */
export function entitiesAt(root: Value | undefined, path: string): string[] {
  let values: Value[] = root === undefined ? [] : [root]
  for (const step of path.split('.')) {
    values = values.flatMap((value): Value[] => {
      if (Array.isArray(value) && /^\d+$/.test(step)) return value.slice(Number(step), Number(step) + 1)
      return [value].flat().flatMap((one) => (isObject(one) && Object.hasOwn(one, step) ? [one[step] ?? null] : []))
    })
  }
  return values.flat().flatMap((value) => (value === null || isObject(value) ? [] : [stringifyAsJava(value)]))
}
