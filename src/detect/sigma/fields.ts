import { Double, isObject, Timestamp, type Value, type ValueObject } from '../../event/index.ts'
import { COMPUTED } from './computed-fields.ts'
import { fold } from './pattern.ts'
import type { Logsource } from './rule.ts'
import { headOf } from './shapes.ts'
import { otherNames } from './taxonomy.ts'

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
    if (Array.isArray(value)) for (const one of value) found.push(one)
    else if (value !== undefined) found.push(value)
  }
  return found.length === 0 ? undefined : found
}

/** A place where a field may stand. */
interface Place {
  readonly name: string
  /** It is read only where the event has this as a key, or before the first dot of one; undefined: in any case. */
  readonly head: string | undefined
  readonly read: (fields: ValueObject) => Value | undefined
}

function placeOf(name: string): Place {
  const heads = COMPUTED[name]?.heads ?? [headOf(name)]
  return { name, head: heads.length === 1 ? heads[0] : undefined, read: readAt(name) }
}

/** The value at the first place that has one. An object is one only under the field's own name: `source: {...}` is not the field of a log. */
function readFirst(fields: ValueObject, places: readonly Place[], own: string): Value | undefined {
  const direct = fields[own]
  if (direct !== undefined && typeof direct !== 'object') return direct
  let whole: Value | undefined
  for (let i = 0; i < places.length; i++) {
    const value = unwrapped(places[i]!.read(fields))
    if (value === undefined) continue
    if (!isObject(value)) return value
    if (places[i]!.name === own) whole = value
  }
  return whole
}

function readAt(name: string): (fields: ValueObject) => Value | undefined {
  const computed = COMPUTED[name]?.read
  if (computed !== undefined) return (fields) => computed((other) => unwrapped(readPath(fields, other)))
  const star = name.indexOf('.*.')
  if (star < 0) return (fields) => readPath(fields, name)
  const [holder, rest] = [name.slice(0, star), name.slice(star + 3)]
  return (fields) => {
    const objects = readPath(fields, holder)
    if (!isObject(objects)) return undefined
    for (const key in objects) {
      const object = objects[key]
      const found = isObject(object) ? readPath(object, rest) : undefined
      if (found !== undefined) return found
    }
    return undefined
  }
}

/** The text of an element of XML that was made into JSON with its attributes. */
function unwrapped(value: Value | undefined): Value | undefined {
  return value !== undefined && isObject(value) && value['#text'] !== undefined ? value['#text'] : value
}

/** Reads a field by its name, and by the other names of the same thing for rules of a logsource. */
export function fieldReader(name: string, logsource?: Logsource): (fields: ValueObject) => Value | undefined {
  const places = [name, ...otherNames(name, logsource)].map(placeOf)
  return (fields) => readFirst(fields, places, name)
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

/** A field with the places where it may stand, its own name first. */
interface Slot {
  readonly name: string
  readonly places: readonly Place[]
}

/** The fields that rules ask for get a number each, so that an event's values are read and folded once. */
export class FieldTable {
  readonly slots: Slot[] = []
  private readonly numbers = new Map<string, number>()

  slot(name: string, logsource?: Logsource): number {
    const names = [name, ...otherNames(name, logsource)]
    const key = names.join('\n')
    let slot = this.numbers.get(key)
    if (slot === undefined) {
      slot = this.slots.length
      this.slots.push({ name, places: names.map(placeOf) })
      this.numbers.set(key, slot)
    }
    return slot
  }
}

/** Where events with certain keys may have each field. */
export class Places {
  private readonly table: FieldTable
  private readonly heads: ReadonlySet<string> | undefined
  private readonly bySlot: (readonly Place[])[] = []

  constructor(table: FieldTable, heads: ReadonlySet<string> | undefined) {
    this.table = table
    this.heads = heads
  }

  of(slot: number): readonly Place[] {
    const { heads } = this
    return (this.bySlot[slot] ??= this.table.slots[slot]!.places.filter(
      ({ head }) => heads === undefined || head === undefined || heads.has(head),
    ))
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
  private places!: Places
  private everything: { texts: readonly string[]; folds: readonly string[] } | undefined
  private readonly table: FieldTable

  constructor(table: FieldTable) {
    this.table = table
  }

  reset(fields: ValueObject, places: Places): void {
    this.fields = fields
    this.places = places
    this.stamp++
    this.everything = undefined
  }

  value(slot: number): Value | undefined {
    if (this.valueStamp[slot] !== this.stamp) {
      this.valueStamp[slot] = this.stamp
      this.values[slot] = readFirst(this.fields, this.places.of(slot), this.table.slots[slot]!.name)
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
