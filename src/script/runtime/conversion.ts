import { Double, double, newObject, Timestamp, type Value, type ValueObject } from '../../event/index.ts'
import { ArrayValue, EntryValue, ListValue, MapValue, OptionalValue, RangeValue, SetValue } from './containers.ts'
import { DocLookup } from '../doc-lookup.ts'
import { ScriptState } from '../script-state.ts'
import type { ScriptVariable } from '../script.ts'
import { DocMap } from './doc-values.ts'
import { KEYS, print, rangeItems } from './equality.ts'
import { ClassValue, FunctionValue, raise, type ScriptValue } from './instance.ts'
import {
  BigDecimal,
  BigInteger,
  decimalToDouble,
  decimalToInteger,
  INT_MAX,
  INT_MIN,
  JavaByte,
  JavaDouble,
  JavaFloat,
  JavaLong,
  JavaShort,
} from './numbers.ts'
import { Temporal } from './temporal.ts'

const MAX_DEPTH = 500
/** What a list or map of the result costs beside its entries: one that is met twice is there twice. */
const CONTAINER = 32

/**
 * Values between the house and one run of a script. An object or list of the house is the same map or list in the
 * script however often it is met, is copied only when the script looks into it, and what the script changed is
 * written back by {@link settle}.
 */
export class Conversion {
  readonly #wrappers = new Map<object, MapValue | ListValue>()
  readonly #origins = new Map<MapValue | ListValue, ValueObject | Value[]>()
  readonly #loaded: (() => void)[] = []
  readonly #charge: (entries: number) => void

  constructor(charge: (entries: number) => void) {
    this.#charge = charge
  }

  toScript(value: ScriptVariable | undefined): ScriptValue {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value
      case 'number':
        if (!Number.isInteger(value)) return new JavaDouble(value)
        return value >= INT_MIN && value <= INT_MAX ? value + 0 : new JavaLong(BigInt(value))
      case 'bigint':
        return new JavaLong(value)
      case 'object':
        if (value === null) return null
        if (value instanceof Double) return new JavaDouble(value.value)
        if (value instanceof DocLookup) return new DocMap(value)
        if (value instanceof ScriptState) return value.map
        if (value instanceof Float64Array)
          return new ArrayValue(
            'double',
            Array.from(value, (one) => new JavaDouble(one)),
          )
        if (value instanceof Timestamp) return new Temporal('java.time.ZonedDateTime', BigInt(value.micros) * 1000n)
        return this.#wrap(value)
      default:
        return null
    }
  }

  /** A map whose entries a script cannot change; what is in them it can. */
  toFixedMap(origin: ValueObject): MapValue {
    return this.#wrapMap(origin, true)
  }

  #wrap(value: ValueObject | Value[]): MapValue | ListValue {
    const known = this.#wrappers.get(value)
    if (known !== undefined) return known
    const wrapper = Array.isArray(value) ? this.#wrapList(value) : this.#wrapMap(value)
    this.#wrappers.set(value, wrapper)
    this.#origins.set(wrapper, value)
    return wrapper
  }

  #wrapList(origin: Value[]): ListValue {
    const list: ListValue = new ListValue(() => {
      this.#charge(origin.length)
      const items = origin.map((item) => this.toScript(item))
      const before = [...items]
      this.#loaded.push(() => {
        const now = list.items
        if (now.length === before.length && now.every((item, index) => item === before[index])) return
        const settled = now.map((item, index) => (item === before[index] ? origin[index]! : this.toHouse(item)))
        origin.length = 0
        for (const item of settled) origin.push(item)
      })
      return items
    })
    return list
  }

  #wrapMap(origin: ValueObject, unmodifiable = false): MapValue {
    const map = new MapValue(KEYS, 'linked', unmodifiable)
    const peek = (name: string): ScriptValue | undefined => {
      const value = origin[name]
      return value === undefined ? undefined : this.toScript(value)
    }
    return map.lazily(() => {
      const names = Object.keys(origin)
      this.#charge(names.length)
      const before = new Map<string, ScriptValue>(names.map((name) => [name, this.toScript(origin[name])]))
      this.#loaded.push(() => {
        for (const name of before.keys()) if (!map.has(name)) delete origin[name]
        for (const { key, value } of map.entries()) {
          if (typeof key === 'string' && before.get(key) === value) continue
          origin[this.#keyText(key)] = this.toHouse(value)
        }
      })
      return before
    }, peek)
  }

  /** Writes what the script has changed back into the house's objects and lists. */
  settle(): void {
    // Settling may look into further containers, which then are as they were.
    for (let index = 0; index < this.#loaded.length; index++) this.#loaded[index]!()
  }

  /** @throws Thrown where the value holds itself, or something that is not data (a function, a stream). */
  toHouse(value: ScriptValue, path: ScriptValue[] = []): Value {
    if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') {
      return value
    }
    if (value instanceof JavaLong || value instanceof BigInteger) return integer(value.value)
    if (value instanceof JavaDouble || value instanceof JavaFloat) return double(shortest(value))
    if (value instanceof JavaShort || value instanceof JavaByte) return value.value
    if (value instanceof BigDecimal) return value.scale <= 0 ? integer(decimalToInteger(value)) : double(decimalToDouble(value)) // prettier-ignore
    if (
      value instanceof Temporal &&
      (value.typeName === 'java.time.ZonedDateTime' || value.typeName === 'java.time.Instant')
    ) {
      // prettier-ignore
      return new Timestamp(Number(value.nanos / 1000n))
    }
    const origin = this.#origins.get(value as MapValue)
    if (origin !== undefined) return origin
    if (path.includes(value)) throw raise('IllegalArgumentException', 'Iterable object is self-referencing itself')
    if (path.length > MAX_DEPTH) throw raise('StackOverflowError', 'the value is nested too deeply')
    this.#charge(CONTAINER)
    const inner = [...path, value]
    if (value instanceof MapValue) {
      const object = newObject()
      for (const entry of value.entries()) object[this.#keyText(entry.key)] = this.toHouse(entry.value, inner)
      this.#charge(value.size)
      return object
    }
    if (value instanceof EntryValue) {
      const object = newObject()
      object[this.#keyText(value.key)] = this.toHouse(value.value, inner)
      return object
    }
    if (value instanceof ListValue || value instanceof ArrayValue || value instanceof SetValue) {
      this.#charge(value.items.length)
      return value.items.map((item) => this.toHouse(item, inner))
    }
    if (value instanceof RangeValue) return rangeItems(value)
    if (value instanceof OptionalValue) return this.toHouse(value.value, inner)
    if (value instanceof FunctionValue || value instanceof ClassValue) {
      throw raise('IllegalArgumentException', `cannot return [${value.typeName}] from a script: it is not data`)
    }
    return print(value, { charge: this.#charge })
  }

  #keyText(key: ScriptValue): string {
    return typeof key === 'string' ? key : print(key, { charge: this.#charge })
  }
}

function integer(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** A float as the double with the same shortest text, which is what JSON shows. */
function shortest(value: JavaDouble | JavaFloat): number {
  return value instanceof JavaFloat ? Number(print(value)) : value.value
}
