import { Double, isObject, Timestamp, type Value, type ValueObject } from '../../event/index.ts'
import { fold } from './pattern.ts'

/** The seed's names and ECS find the same values, whichever an event has. */
const SAME: readonly (readonly string[])[] = [
  ['source.ip', 'src_ip', 'SourceIp', 'src', 'id.orig_h'],
  ['source.port', 'src_port', 'SourcePort', 'spt', 'id.orig_p'],
  ['destination.ip', 'dst_ip', 'DestinationIp', 'dst', 'id.resp_h'],
  ['destination.port', 'dst_port', 'DestinationPort', 'dpt', 'id.resp_p'],
  ['user.name', 'username', 'src_user', 'user'],
]

const ALTERNATIVES = new Map(
  SAME.flatMap((names) => names.map((name) => [name, names.filter((n) => n !== name)] as const)),
)

/**
 * Reads a field of an event: a key with dots in it first, then nested objects, every mixture of both; lists on the way
 * are looked into. Undefined where there is none.
 */
function readPath(holder: ValueObject, name: string): Value | undefined {
  const direct = holder[name]
  if (direct !== undefined) return direct
  for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
    const inner = holder[name.slice(0, dot)]
    if (inner === undefined) continue
    const rest = name.slice(dot + 1)
    const found = isObject(inner) ? readPath(inner, rest) : Array.isArray(inner) ? readList(inner, rest) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

function readList(list: readonly Value[], rest: string): Value | undefined {
  const found: Value[] = []
  for (const item of list) {
    const value = isObject(item) ? readPath(item, rest) : undefined
    if (value !== undefined) found.push(value)
  }
  return found.length === 0 ? undefined : found
}

/** As {@link readPath}, and by the other names of the same thing. */
export function readField(fields: ValueObject, name: string): Value | undefined {
  const found = readPath(fields, name)
  if (found !== undefined) return found
  const others = ALTERNATIVES.get(name)
  if (others === undefined) return undefined
  for (const other of others) {
    const value = readPath(fields, other)
    // `source: {...}` or `user: {...}` is the ECS object, not the field of a log.
    if (value !== undefined && !isObject(value)) return value
  }
  return undefined
}

/** A single value as text, as rules compare it; undefined for objects and null. */
export function textOf(value: Value): string | undefined {
  if (typeof value === 'string') return value
  if (value === null || typeof value === 'object') {
    if (value instanceof Double || value instanceof Timestamp)
      return value instanceof Double ? String(value.value) : value.toString()
    return undefined
  }
  return String(value)
}

/** The fields that rules ask for get a number each, so that an event's values are read and folded once. */
export class FieldTable {
  readonly names: string[] = []
  private readonly slots = new Map<string, number>()

  slot(name: string): number {
    let slot = this.slots.get(name)
    if (slot === undefined) {
      slot = this.names.length
      this.names.push(name)
      this.slots.set(name, slot)
    }
    return slot
  }
}

const LENGTH_LIMIT = 65_536
const TEXTS_LIMIT = 2_000

/** One event under judgement; reused from event to event. */
export class Subject {
  fields!: ValueObject
  private stamp = 0
  private readonly valueStamp: number[] = []
  private readonly textStamp: number[] = []
  private readonly foldStamp: number[] = []
  private readonly values: (Value | undefined)[] = []
  private readonly texts: (readonly string[])[] = []
  private readonly folds: (readonly string[])[] = []
  private everything: { texts: readonly string[]; folds: readonly string[] } | undefined
  private readonly table: FieldTable

  constructor(table: FieldTable) {
    this.table = table
  }

  reset(fields: ValueObject): void {
    this.fields = fields
    this.stamp++
    this.everything = undefined
  }

  value(slot: number): Value | undefined {
    if (this.valueStamp[slot] !== this.stamp) {
      this.valueStamp[slot] = this.stamp
      this.values[slot] = readField(this.fields, this.table.names[slot]!)
    }
    return this.values[slot]
  }

  /** Every single value of the field as text, at most 65,536 characters of each. */
  textsOf(slot: number): readonly string[] {
    if (this.textStamp[slot] !== this.stamp) {
      this.textStamp[slot] = this.stamp
      this.texts[slot] = textsOfValue(this.value(slot))
    }
    return this.texts[slot]!
  }

  foldsOf(slot: number): readonly string[] {
    if (this.foldStamp[slot] !== this.stamp) {
      this.foldStamp[slot] = this.stamp
      const texts = this.textsOf(slot)
      this.folds[slot] = texts.length === 1 ? [fold(texts[0]!)] : texts.map(fold)
    }
    return this.folds[slot]!
  }

  /** What keywords look into: the original line and every single value of the event. */
  all(): { readonly texts: readonly string[]; readonly folds: readonly string[] } {
    if (this.everything === undefined) {
      const texts: string[] = []
      gather(this.fields, texts, 0)
      this.everything = { texts, folds: texts.map(fold) }
    }
    return this.everything
  }
}

const NOTHING: readonly string[] = []

function textsOfValue(value: Value | undefined): readonly string[] {
  if (value === undefined || value === null) return NOTHING
  if (!Array.isArray(value)) {
    const text = textOf(value)
    return text === undefined ? NOTHING : [text.length > LENGTH_LIMIT ? text.slice(0, LENGTH_LIMIT) : text]
  }
  return value.slice(0, TEXTS_LIMIT).flatMap((item) => textsOfValue(Array.isArray(item) ? null : item))
}

function gather(value: Value, texts: string[], depth: number): void {
  if (texts.length >= TEXTS_LIMIT || depth > 20) return
  if (Array.isArray(value)) for (const item of value) gather(item, texts, depth + 1)
  else if (isObject(value)) for (const name in value) gather(value[name]!, texts, depth + 1)
  else texts.push(...textsOfValue(value))
}
