import { Instance, type ScriptValue } from './instance.ts'

/** A `java.util.List` (or a Java array, which only differs in that it cannot grow). */
export class ListValue extends Instance {
  readonly typeName: string
  readonly unmodifiable: boolean
  #items: ScriptValue[] | undefined
  #load: (() => ScriptValue[]) | undefined

  constructor(items: ScriptValue[] | (() => ScriptValue[]), typeName = 'java.util.ArrayList', unmodifiable = false) {
    super()
    if (typeof items === 'function') this.#load = items
    else this.#items = items
    this.typeName = typeName
    this.unmodifiable = unmodifiable
  }

  /** A list of the house is read when the script first looks into it. */
  get items(): ScriptValue[] {
    if (this.#items === undefined) {
      this.#items = this.#load!()
      this.#load = undefined
    }
    return this.#items
  }

  set items(items: ScriptValue[]) {
    this.#items = items
  }
}

/** A Java array; `component` is the simple name of the element type. */
export class ArrayValue extends Instance {
  readonly typeName = 'array'
  readonly component: string
  readonly items: ScriptValue[]

  constructor(component: string, items: ScriptValue[]) {
    super()
    this.component = component
    this.items = items
  }
}

export type MapOrder = 'hash' | 'linked' | 'sorted'

interface Entry {
  readonly key: ScriptValue
  value: ScriptValue
}

/** What keys need of the rest: Java's equality as a JavaScript Map key, its hash, its order. */
export interface KeyModel {
  identity(key: ScriptValue): unknown
  hash(key: ScriptValue): number
  compare(a: ScriptValue, b: ScriptValue): number
}

/** A `java.util.Map`. A HashMap is walked in Java's own order, so that what is printed is the same. */
export class MapValue extends Instance {
  readonly typeName: string
  readonly order: MapOrder
  readonly unmodifiable: boolean
  readonly #model: KeyModel
  readonly #held = new Map<unknown, Entry>()
  #load: (() => Iterable<readonly [ScriptValue, ScriptValue]>) | undefined
  #peek: ((name: string) => ScriptValue | undefined) | undefined
  #capacity = 16
  #ordered: Entry[] | undefined

  constructor(model: KeyModel, order: MapOrder = 'linked', unmodifiable = false) {
    super()
    this.#model = model
    this.order = order
    this.unmodifiable = unmodifiable
    this.typeName =
      order === 'hash' ? 'java.util.HashMap' : order === 'linked' ? 'java.util.LinkedHashMap' : 'java.util.TreeMap'
  }

  /** A map of the house: it is filled when the script asks for more than the value of a name. */
  lazily(
    load: () => Iterable<readonly [ScriptValue, ScriptValue]>,
    peek: (name: string) => ScriptValue | undefined,
  ): this {
    this.#load = load
    this.#peek = peek
    return this
  }

  get #entries(): Map<unknown, Entry> {
    if (this.#load !== undefined) {
      const load = this.#load
      this.#load = undefined
      for (const [key, value] of load()) this.#held.set(this.#model.identity(key), { key, value })
    }
    return this.#held
  }

  get size(): number {
    return this.#entries.size
  }

  has(key: ScriptValue): boolean {
    if (this.#load !== undefined && typeof key === 'string') return this.#peek!(key) !== undefined
    return this.#entries.has(this.#model.identity(key))
  }

  get(key: ScriptValue): ScriptValue | undefined {
    if (this.#load !== undefined && typeof key === 'string') return this.#peek!(key)
    return this.#entries.get(this.#model.identity(key))?.value
  }

  set(key: ScriptValue, value: ScriptValue): void {
    const identity = this.#model.identity(key)
    const entry = this.#entries.get(identity)
    if (entry !== undefined) {
      entry.value = value
      return
    }
    this.#entries.set(identity, { key, value })
    while (this.#entries.size > this.#capacity * 0.75) this.#capacity *= 2
    this.#ordered = undefined
  }

  delete(key: ScriptValue): ScriptValue | undefined {
    const identity = this.#model.identity(key)
    const entry = this.#entries.get(identity)
    if (entry === undefined) return undefined
    this.#entries.delete(identity)
    this.#ordered = undefined
    return entry.value
  }

  clear(): void {
    this.#entries.clear()
    this.#ordered = undefined
  }

  /** The entries in the map's order; a snapshot that later changes do not disturb. */
  entries(): readonly Entry[] {
    if (this.#ordered !== undefined) return this.#ordered
    const list = [...this.#entries.values()]
    if (this.order === 'sorted') list.sort((a, b) => this.#model.compare(a.key, b.key))
    else if (this.order === 'hash') {
      const mask = this.#capacity - 1
      const slots = new Map(list.map((entry) => [entry, spread(this.#model.hash(entry.key)) & mask]))
      list.sort((a, b) => slots.get(a)! - slots.get(b)!)
    }
    this.#ordered = list
    return list
  }

  keys(): ScriptValue[] {
    return this.entries().map((entry) => entry.key)
  }

  values(): ScriptValue[] {
    return this.entries().map((entry) => entry.value)
  }
}

/** java.util.HashMap.hash: the high bits take part in small tables. */
function spread(hash: number): number {
  return hash ^ (hash >>> 16)
}

/** A `java.util.Set`, kept as the keys of a map. */
export class SetValue extends Instance {
  readonly typeName: string
  readonly map: MapValue

  constructor(model: KeyModel, order: MapOrder = 'hash', unmodifiable = false, map?: MapValue) {
    super()
    this.map = map ?? new MapValue(model, order, unmodifiable)
    this.typeName = this.map.typeName.replace('Map', 'Set')
  }

  add(value: ScriptValue): boolean {
    if (this.map.has(value)) return false
    this.map.set(value, true)
    return true
  }

  get items(): ScriptValue[] {
    return this.map.keys()
  }
}

/** The keys of a view: what is taken out of it is taken out of the map behind it. */
export class ViewMap extends MapValue {
  readonly #onDelete: (key: ScriptValue) => void

  constructor(model: KeyModel, onDelete: (key: ScriptValue) => void) {
    super(model, 'linked')
    this.#onDelete = onDelete
  }

  override delete(key: ScriptValue): ScriptValue | undefined {
    this.#onDelete(key)
    return super.delete(key)
  }

  override clear(): void {
    for (const key of this.keys()) this.delete(key)
  }
}

/** A `Map.Entry`; setting its value changes the map. */
export class EntryValue extends Instance {
  readonly typeName = 'java.util.Map.Entry'
  readonly map: MapValue
  readonly key: ScriptValue

  constructor(map: MapValue, key: ScriptValue) {
    super()
    this.map = map
    this.key = key
  }

  get value(): ScriptValue {
    return this.map.get(this.key) ?? null
  }
}

export class StringBuilderValue extends Instance {
  readonly typeName: string
  text = ''

  constructor(typeName = 'java.lang.StringBuilder') {
    super()
    this.typeName = typeName
  }
}

/** Groovy's `from..to`; walked without being built. */
export class RangeValue extends Instance {
  readonly typeName = 'groovy.lang.IntRange'
  readonly from: number
  readonly to: number
  readonly text: string

  constructor(from: number, to: number, text = `${from}..${to}`) {
    super()
    this.from = from
    this.to = to
    this.text = text
  }

  get size(): number {
    return Math.abs(this.to - this.from) + 1
  }
}

export class IteratorValue extends Instance {
  readonly typeName = 'java.util.Iterator'
  readonly items: readonly ScriptValue[]
  readonly onRemove: ((item: ScriptValue, index: number) => void) | undefined
  index = 0
  removed = 0

  constructor(items: readonly ScriptValue[], onRemove?: (item: ScriptValue, index: number) => void) {
    super()
    this.items = items
    this.onRemove = onRemove
  }
}

export class OptionalValue extends Instance {
  readonly typeName: string
  readonly value: ScriptValue

  constructor(value: ScriptValue, typeName = 'java.util.Optional') {
    super()
    this.value = value
    this.typeName = typeName
  }
}
