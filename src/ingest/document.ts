/** A document on its way through an ingest pipeline: its fields and its metadata by path. */
import { cloneValue, Double, isObject, newObject, type Value, type ValueObject } from '../event/index.ts'
import { fail } from '../diagnostic/index.ts'

/** What stands beside the fields, as a script sees it in `ctx`. */
export const METADATA = ['_index', '_id', '_routing', '_version', '_version_type', '_if_seq_no', '_if_primary_term']

export class IngestDocument {
  /** Fields and metadata together, as a script's `ctx`. */
  readonly ctx: ValueObject
  /** `_ingest`: the time, and what processors put there for those within them. */
  readonly ingest: ValueObject
  /** The pipeline ends here for it: another one is to begin, or none. */
  dropped = false
  /** The pipeline that is running ends here; the ones around it go on. */
  terminated = false
  /** A reroute ends the pipelines of the index it came to. */
  rerouted = false

  constructor(source: ValueObject, metadata: ValueObject, timestamp: string) {
    this.ctx = Object.assign(newObject(), source, metadata)
    this.ingest = Object.assign(newObject(), { timestamp })
  }

  /** The fields alone. */
  source(): ValueObject {
    const source = newObject()
    for (const key of Object.keys(this.ctx)) if (!METADATA.includes(key)) source[key] = this.ctx[key]!
    return source
  }

  metadata(): ValueObject {
    const metadata = newObject()
    for (const key of METADATA) if (this.ctx[key] !== undefined) metadata[key] = this.ctx[key]
    return metadata
  }

  /** What a template and a condition may name. */
  model(): ValueObject {
    return Object.assign(newObject(), this.ctx, { _ingest: this.ingest, _source: this.ctx })
  }

  copy(): IngestDocument {
    const copy = new IngestDocument(newObject(), newObject(), '')
    for (const key of Object.keys(this.ctx)) copy.ctx[key] = cloneValue(this.ctx[key]!)
    for (const key of Object.keys(this.ingest)) copy.ingest[key] = cloneValue(this.ingest[key]!)
    copy.dropped = this.dropped
    copy.terminated = this.terminated
    copy.rerouted = this.rerouted
    return copy
  }

  private start(path: string): { root: ValueObject; keys: string[] } {
    if (path === '') throw fail('ingest.failed', { reason: 'path cannot be null nor empty' })
    if (path.startsWith('_ingest.')) return { root: this.ingest, keys: path.slice(8).split('.') }
    const keys = (path.startsWith('_source.') ? path.slice(8) : path).split('.')
    return { root: this.ctx, keys }
  }

  /** Undefined where there is none. */
  find(path: string): Value | undefined {
    const { root, keys } = this.start(path)
    let value: Value | undefined = root
    for (const key of keys)
      value = Array.isArray(value) ? value[indexOf(key)] : isObject(value) ? value[key] : undefined
    return value
  }

  has(path: string): boolean {
    return this.find(path) !== undefined
  }

  /**
   * A value that is there; undefined where it is missing or null and may be.
   * @param task what cannot be done without it, for the message
   * @throws illegal_argument_exception where it may not be missing
   */
  given(path: string, mayBeMissing: boolean, task: string): Value | undefined {
    const value = this.find(path)
    if (value !== undefined && value !== null) return value
    if (mayBeMissing) return undefined
    if (value === undefined) this.get(path)
    throw fail('ingest.failed', { reason: `field [${path}] is null, cannot ${task}.` })
  }

  /** The same for a text. @throws illegal_argument_exception also for what is no text */
  text(path: string, mayBeMissing: boolean, task: string): string | undefined {
    const value = this.given(path, mayBeMissing, task)
    if (value === undefined || typeof value === 'string') return value
    throw fail('ingest.failed', {
      reason: `field [${path}] of type [${javaType(value)}] cannot be cast to [java.lang.String]`,
    })
  }

  /** @throws illegal_argument_exception naming the part of the path that is not there */
  get(path: string): Value {
    const { root, keys } = this.start(path)
    let value: Value = root
    for (const key of keys) value = step(value, key, path)
    return value
  }

  /** Objects on the way are made. @throws illegal_argument_exception where something else is in the way */
  set(path: string, value: Value): void {
    const { root, keys } = this.start(path)
    const last = keys.pop()!
    let at: Value = root
    for (const key of keys) {
      if (Array.isArray(at)) at = step(at, key, path)
      else if (isObject(at)) at = at[key] ??= newObject()
      else
        throw fail('ingest.failed', { reason: `cannot resolve [${key}] from ${kindOf(at)} as part of path [${path}]` })
      if (at === null)
        throw fail('ingest.failed', { reason: `cannot resolve [${key}] from null as part of path [${path}]` })
    }
    if (Array.isArray(at)) at[place(at, last, path)] = value
    else if (isObject(at)) at[last] = value
    else
      throw fail('ingest.failed', {
        reason: `cannot set [${last}] with parent ${kindOf(at)} as part of path [${path}]`,
      })
  }

  /** @throws illegal_argument_exception where it is not there */
  remove(path: string): void {
    const { root, keys } = this.start(path)
    const last = keys.pop()!
    let at: Value = root
    for (const key of keys) at = step(at, key, path)
    if (Array.isArray(at)) {
      at.splice(place(at, last, path), 1)
      return
    }
    step(at, last, path)
    delete (at as ValueObject)[last]
  }

  append(path: string, values: readonly Value[], allowDuplicates: boolean): void {
    const old = this.find(path)
    const list: Value[] = old === undefined || old === null ? [] : Array.isArray(old) ? old : [old]
    for (const value of values) if (allowDuplicates || !list.some((known) => same(known, value))) list.push(value)
    this.set(path, list)
  }
}

function same(a: Value, b: Value): boolean {
  if (a instanceof Double && b instanceof Double) return a.value === b.value
  return a === b
}

function indexOf(key: string): number {
  return /^\d+$/.test(key) ? Number(key) : -1
}

function place(list: readonly Value[], key: string, path: string): number {
  if (!/^\d+$/.test(key))
    throw fail('ingest.failed', {
      reason: `[${key}] is not an integer, cannot be used as an index as part of path [${path}]`,
    })
  if (Number(key) >= list.length)
    throw fail('ingest.failed', {
      reason: `[${key}] is out of bounds for array with length [${list.length}] as part of path [${path}]`,
    })
  return Number(key)
}

function step(value: Value, key: string, path: string): Value {
  if (Array.isArray(value)) return value[place(value, key, path)]!
  if (isObject(value)) {
    const inner = value[key]
    if (inner === undefined)
      throw fail('ingest.failed', { reason: `field [${key}] not present as part of path [${path}]` })
    return inner
  }
  const what = value === null ? 'null' : kindOf(value)
  throw fail('ingest.failed', { reason: `cannot resolve [${key}] from ${what} as part of path [${path}]` })
}

function kindOf(value: Value): string {
  return `object of type [${javaType(value)}]`
}

/** The class of a value as Elasticsearch's messages name it. */
export function javaType(value: Value): string {
  if (typeof value === 'string') return 'java.lang.String'
  if (typeof value === 'boolean') return 'java.lang.Boolean'
  if (value instanceof Double) return 'java.lang.Double'
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? 'java.lang.Long' : 'java.math.BigInteger'
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) return 'java.lang.Double'
    return value >= -(2 ** 31) && value < 2 ** 31 ? 'java.lang.Integer' : 'java.lang.Long'
  }
  return Array.isArray(value) ? 'java.util.ArrayList' : 'java.util.HashMap'
}
