import { getAt, removeAt, setAt, type FieldPath } from './field-path.ts'
import { stringifyJson } from './json.ts'
import { Timestamp } from './timestamp.ts'
import { cloneValue, newObject, type Value, type ValueObject } from './value.ts'

/**
 * One event on its way through a pipeline.
 *
 * - `data` holds the fields, `@timestamp` (a {@link Timestamp}) and `@version` among them;
 *   its insertion order is the order of the fields in every output.
 * - `metadata` is `[@metadata]`: readable everywhere in the pipeline, written to no output.
 * - A cancelled event is skipped by what follows and reaches no output.
 */
export class Event {
  readonly data: ValueObject
  readonly metadata: ValueObject
  cancelled = false

  constructor(data: ValueObject = newObject(), metadata: ValueObject = newObject()) {
    this.data = data
    this.metadata = metadata
  }

  /** A new event as every input makes it: `@version`, `@timestamp`, then the given fields. */
  static at(micros: number, fields?: ValueObject): Event {
    const data = newObject()
    data['@version'] = '1'
    data['@timestamp'] = new Timestamp(micros)
    if (fields !== undefined) for (const name in fields) data[name] = fields[name]!
    return new Event(data)
  }

  get(path: FieldPath): Value | undefined {
    if (path.keys.length === 0) return path.metadata ? this.metadata : undefined
    return getAt(path.metadata ? this.metadata : this.data, path.keys)
  }

  set(path: FieldPath, value: Value): void {
    if (path.keys.length === 0) return
    setAt(path.metadata ? this.metadata : this.data, path.keys, value)
  }

  remove(path: FieldPath): Value | undefined {
    if (path.keys.length === 0) {
      if (path.metadata) for (const name in this.metadata) delete this.metadata[name]
      return undefined
    }
    return removeAt(path.metadata ? this.metadata : this.data, path.keys)
  }

  has(path: FieldPath): boolean {
    return this.get(path) !== undefined
  }

  get timestamp(): Timestamp | undefined {
    const value = this.data['@timestamp']
    return value instanceof Timestamp ? value : undefined
  }

  /** Adds a tag once; a `tags` field that is a single string becomes a list. */
  tag(name: string): void {
    const tags = this.data['tags']
    if (Array.isArray(tags)) {
      if (!tags.includes(name)) tags.push(name)
    } else if (tags === undefined || tags === null) {
      this.data['tags'] = [name]
    } else if (tags !== name) {
      this.data['tags'] = [tags, name]
    }
  }

  untag(name: string): void {
    const tags = this.data['tags']
    if (Array.isArray(tags)) {
      const at = tags.indexOf(name)
      if (at >= 0) tags.splice(at, 1)
      if (tags.length === 0) delete this.data['tags']
    } else if (tags === name) {
      delete this.data['tags']
    }
  }

  clone(): Event {
    const copy = new Event(cloneValue(this.data) as ValueObject, cloneValue(this.metadata) as ValueObject)
    copy.cancelled = this.cancelled
    return copy
  }

  /** The fields as one line of JSON, without `@metadata`. */
  toJson(): string {
    return stringifyJson(this.data)
  }
}
