import { EntryValue, ListValue, MapValue, SetValue, ViewMap } from '../containers.ts'
import { javaEquals, KEYS, newMap } from '../equality.ts'
import { raise, type FunctionValue, type ScriptValue } from '../instance.ts'
import type { Machine } from '../machine.ts'
import { binary } from '../operators.ts'
import { addEntry } from './iterable.ts'
import { comparator, comparatorValue } from './comparing.ts'
import { BY_PATH } from './by-path.ts'
import { defineClass } from './define.ts'
import { edge, NAVIGATION } from './navigable-map.ts'
import { callWith, itemsOf, modifiableMap, newList } from './iteration.ts'

function put(machine: Machine, map: MapValue, key: ScriptValue, value: ScriptValue): void {
  modifiableMap(machine, map, map.has(key) ? 0 : 1).set(key, value)
}

function entriesOf(machine: Machine, map: MapValue): EntryValue[] {
  machine.budget.allocate(map.size)
  return map.entries().map((entry) => new EntryValue(map, entry.key))
}

function filtered(machine: Machine, map: MapValue, fn: FunctionValue): MapValue {
  const result = newMap(machine.dialect === 'groovy' ? map.order : 'hash')
  for (const entry of entriesOf(machine, map)) {
    if (machine.truth(callWith(fn, entry))) result.set(entry.key, entry.value)
  }
  return result
}

function remove(machine: Machine, map: MapValue, key: ScriptValue): ScriptValue {
  return modifiableMap(machine, map).delete(key) ?? null
}

function sorted(machine: Machine, map: MapValue, fn: FunctionValue | null): MapValue {
  const compare = comparator(machine, fn)
  const entries = entriesOf(machine, map)
  entries.sort((a, b) => (fn === null ? compare(a.key, b.key) : compare(a, b)))
  const result = newMap('linked')
  for (const entry of entries) result.set(entry.key, entry.value)
  return result
}

export const MAP = defineClass('java.util.Map', {
  static: {
    'Map of(def...)': (_m, _s, ...pairs: ScriptValue[]) => {
      const map = new MapValue(KEYS, 'linked', true)
      for (let index = 0; index + 1 < pairs.length; index += 2) map.set(pairs[index]!, pairs[index + 1]!)
      return map
    },
  },
  methods: {
    'void clear()': (machine, map: MapValue) => modifiableMap(machine, map).clear(),
    'def compute(def,BiFunction)': (machine, map: MapValue, key: ScriptValue, fn: FunctionValue) => {
      const value = fn.call([key, map.get(key) ?? null])
      if (value === null) remove(machine, map, key)
      else put(machine, map, key, value)
      return value
    },
    'def computeIfAbsent(def,Function)': (machine, map: MapValue, key: ScriptValue, fn: FunctionValue) => {
      const before = map.get(key) ?? null
      if (before !== null) return before
      const value = fn.call([key])
      if (value !== null) put(machine, map, key, value)
      return value
    },
    'def computeIfPresent(def,BiFunction)': (machine, map: MapValue, key: ScriptValue, fn: FunctionValue) => {
      const before = map.get(key) ?? null
      if (before === null) return null
      const value = fn.call([key, before])
      if (value === null) remove(machine, map, key)
      else put(machine, map, key, value)
      return value
    },
    'boolean containsKey(def)': (_m, map: MapValue, key: ScriptValue) => map.has(key),
    'boolean containsValue(def)': (machine, map: MapValue, value: ScriptValue) => {
      machine.budget.steps(map.size)
      return map.values().some((item) => javaEquals(item, value))
    },
    'Set entrySet()': (machine, map: MapValue) =>
      viewOf(map, entriesOf(machine, map), (entry) => (entry as EntryValue).key),
    'void forEach(BiConsumer)': (machine, map: MapValue, fn: FunctionValue) => {
      for (const entry of entriesOf(machine, map)) fn.call([entry.key, entry.value])
    },
    'def get(def)': (_m, map: MapValue, key: ScriptValue) => map.get(key) ?? null,
    'def getOrDefault(def,def)': (_m, map: MapValue, key: ScriptValue, other: ScriptValue) =>
      map.has(key) ? map.get(key)! : other,
    'boolean isEmpty()': (_m, map: MapValue) => map.size === 0,
    'Set keySet()': (machine, map: MapValue) => {
      machine.budget.allocate(map.size)
      return viewOf(map, map.keys(), (key) => key)
    },
    'def merge(def,def,BiFunction)': (
      machine,
      map: MapValue,
      key: ScriptValue,
      value: ScriptValue,
      fn: FunctionValue,
    ) => {
      const before = map.get(key) ?? null
      const merged = before === null ? value : fn.call([before, value])
      if (merged === null) remove(machine, map, key)
      else put(machine, map, key, merged)
      return merged
    },
    'def put(def,def)': (machine, map: MapValue, key: ScriptValue, value: ScriptValue) => {
      const before = map.get(key) ?? null
      put(machine, map, key, value)
      return before
    },
    'void putAll(Map)': (machine, map: MapValue, other: MapValue) => {
      for (const { key, value } of other.entries()) put(machine, map, key, value)
    },
    'def putIfAbsent(def,def)': (machine, map: MapValue, key: ScriptValue, value: ScriptValue) => {
      const before = map.get(key) ?? null
      if (before === null) put(machine, map, key, value)
      return before
    },
    'def remove(def)': (machine, map: MapValue, key: ScriptValue) => remove(machine, map, key),
    'boolean remove(def,def)': (machine, map: MapValue, key: ScriptValue, value: ScriptValue) => {
      if (!map.has(key) || !javaEquals(map.get(key)!, value)) return false
      remove(machine, map, key)
      return true
    },
    'def replace(def,def)': (machine, map: MapValue, key: ScriptValue, value: ScriptValue) => {
      if (!map.has(key)) return null
      const before = map.get(key)!
      put(machine, map, key, value)
      return before
    },
    'boolean replace(def,def,def)': (
      machine,
      map: MapValue,
      key: ScriptValue,
      old: ScriptValue,
      value: ScriptValue,
    ) => {
      if (!map.has(key) || !javaEquals(map.get(key)!, old)) return false
      put(machine, map, key, value)
      return true
    },
    'void replaceAll(BiFunction)': (machine, map: MapValue, fn: FunctionValue) => {
      for (const { key, value } of map.entries()) put(machine, map, key, fn.call([key, value]))
    },
    'int size()': (_m, map: MapValue) => map.size,
    'Collection values()': (machine, map: MapValue) => {
      machine.budget.allocate(map.size)
      return new ValuesView(map)
    },
    ...BY_PATH,
    'List collect(BiFunction)': (machine, map: MapValue, fn: FunctionValue) =>
      newList(machine, entriesOf(machine, map).map((entry) => callWith(fn, entry))), // prettier-ignore
    'int count(BiPredicate)': (machine, map: MapValue, fn: FunctionValue) =>
      entriesOf(machine, map).filter((entry) => machine.truth(callWith(fn, entry))).length,
    'def each(BiConsumer)': (machine, map: MapValue, fn: FunctionValue) => {
      for (const entry of entriesOf(machine, map)) callWith(fn, entry)
      return map
    },
    'boolean every(BiPredicate)': (machine, map: MapValue, fn: FunctionValue) =>
      entriesOf(machine, map).every((entry) => machine.truth(callWith(fn, entry))),
    'def find(BiPredicate)': (machine, map: MapValue, fn: FunctionValue) =>
      entriesOf(machine, map).find((entry) => machine.truth(callWith(fn, entry))) ?? null,
    'Map findAll(BiPredicate)': (machine, map: MapValue, fn: FunctionValue) => filtered(machine, map, fn),
    'def findResult(BiFunction)': (machine, map: MapValue, fn: FunctionValue) => {
      for (const entry of entriesOf(machine, map)) {
        const result = callWith(fn, entry)
        if (result !== null) return result
      }
      return null
    },
    'def findResult(def,BiFunction)': (machine, map: MapValue, other: ScriptValue, fn: FunctionValue) =>
      machine.invoke(map, 'findResult', [fn]) ?? other,
    'def collect(Collection,BiFunction)': (machine, map: MapValue, into: ScriptValue, fn: FunctionValue) => {
      for (const entry of entriesOf(machine, map)) machine.invoke(into, 'add', [callWith(fn, entry)])
      return into
    },
    'List findResults(BiFunction)': (machine, map: MapValue, fn: FunctionValue) =>
      newList(machine, entriesOf(machine, map).map((entry) => callWith(fn, entry)).filter((item) => item !== null)), // prettier-ignore
    'Map groupBy(BiFunction)': (machine, map: MapValue, fn: FunctionValue) => {
      const groups = newMap('linked')
      for (const entry of entriesOf(machine, map)) {
        const key = callWith(fn, entry)
        const group = groups.get(key)
        const target = group instanceof MapValue ? group : newMap('linked')
        target.set(entry.key, entry.value)
        groups.set(key, target)
      }
      return groups
    },
  },
  groovy: {
    'boolean any(Closure)': (machine, map: MapValue, fn: FunctionValue) =>
      entriesOf(machine, map).some((entry) => machine.truth(callWith(fn, entry))),
    'def get(def,def)': (machine, map: MapValue, key: ScriptValue, other: ScriptValue) => {
      if (!map.has(key)) put(machine, map, key, other)
      return map.get(key)!
    },
    'def getAt(def)': (_m, map: MapValue, key: ScriptValue) => map.get(key) ?? null,
    'def putAt(def,def)': (machine, map: MapValue, key: ScriptValue, value: ScriptValue) => {
      put(machine, map, key, value)
      return value
    },
    'def eachWithIndex(Closure)': (machine, map: MapValue, fn: FunctionValue) => {
      for (const [index, entry] of entriesOf(machine, map).entries()) callWith(fn, entry, index)
      return map
    },
    'def inject(def,Closure)': (machine, map: MapValue, start: ScriptValue, fn: FunctionValue) =>
      machine.invoke(new ListValue(entriesOf(machine, map)), 'inject', [start, fn]),
    'def max(Closure)': (machine, map: MapValue, fn: FunctionValue) =>
      machine.invoke(new ListValue(entriesOf(machine, map)), 'max', [fn]),
    'def min(Closure)': (machine, map: MapValue, fn: FunctionValue) =>
      machine.invoke(new ListValue(entriesOf(machine, map)), 'min', [fn]),
    'Map sort()': (machine, map: MapValue) => sorted(machine, map, null),
    'Map sort(Closure)': (machine, map: MapValue, fn: FunctionValue) => sorted(machine, map, fn),
    'Map collectEntries(Closure)': (machine, map: MapValue, fn: FunctionValue) => {
      const result = newMap('linked')
      for (const entry of entriesOf(machine, map)) addEntry(machine, result, callWith(fn, entry))
      return result
    },
    'List collectMany(Closure)': (machine, map: MapValue, fn: FunctionValue) =>
      newList(machine, entriesOf(machine, map).flatMap((entry) => [...itemsOf(machine, callWith(fn, entry))])), // prettier-ignore
    'Map countBy(Closure)': (machine, map: MapValue, fn: FunctionValue) =>
      machine.invoke(new ListValue(entriesOf(machine, map)), 'countBy', [fn]),
    'Map subMap(Collection)': (machine, map: MapValue, keys: ScriptValue) => {
      const result = newMap('linked')
      for (const key of itemsOf(machine, keys)) if (map.has(key)) result.set(key, map.get(key)!)
      return result
    },
    'Map plus(Map)': (machine, map: MapValue, other: MapValue) => binary(machine, '+', map, other),
    'Map minus(Map)': (machine, map: MapValue, other: MapValue) => {
      const result = newMap(map.order)
      for (const { key, value } of map.entries()) {
        if (!other.has(key) || !javaEquals(other.get(key)!, value)) result.set(key, value)
      }
      machine.budget.allocate(result.size)
      return result
    },
    'Map leftShift(Map)': (machine, map: MapValue, other: MapValue) => {
      for (const { key, value } of other.entries()) put(machine, map, key, value)
      return map
    },
    'List toList()': (machine, map: MapValue) => newList(machine, entriesOf(machine, map)),
  },
})

const mapClass = (order: 'hash' | 'linked' | 'sorted', name: string) =>
  defineClass(`java.util.${name}`, {
    extends: order === 'linked' ? ['java.util.HashMap', 'java.util.Map'] : ['java.util.Map'],
    new: {
      [`${name}()`]: () => newMap(order),
      [`${name}(int)`]: () => newMap(order),
      [`${name}(Map)`]: (machine: Machine, _s: null, other: MapValue) => copied(machine, order, other),
    },
    methods: {
      'def clone()': (machine, map: MapValue) => copied(machine, order, map),
      ...(order === 'sorted'
        ? {
            ...NAVIGATION,
            'def firstKey()': (_m: Machine, map: MapValue) => edge(map, 0).key,
            'def lastKey()': (_m: Machine, map: MapValue) => edge(map, -1).key,
            'Entry firstEntry()': (_m: Machine, map: MapValue) =>
              map.size === 0 ? null : new EntryValue(map, edge(map, 0).key),
            'Entry lastEntry()': (_m: Machine, map: MapValue) =>
              map.size === 0 ? null : new EntryValue(map, edge(map, -1).key),
          }
        : {}),
    },
  })

function copied(machine: Machine, order: MapValue['order'], other: MapValue): MapValue {
  const map = newMap(order)
  machine.budget.allocate(other.size)
  for (const { key, value } of other.entries()) map.set(key, value)
  return map
}

/** The values of a map; taken out there they are taken out of the map. */
class ValuesView extends ListValue {
  readonly #map: MapValue

  constructor(map: MapValue) {
    super(map.values())
    this.#map = map
  }

  override get items(): ScriptValue[] {
    return super.items
  }

  override set items(kept: ScriptValue[]) {
    if (this.#map.unmodifiable) throw raise('UnsupportedOperationException')
    // What is kept is in its order: the first that differs was taken out.
    let next = 0
    for (const { key, value } of this.#map.entries())
      if (next < kept.length && kept[next] === value) next++
      else this.#map.delete(key)
    super.items = kept
  }
}

/** Keys or entries of a map; taken out there they are taken out of the map. */
function viewOf(map: MapValue, items: readonly ScriptValue[], keyOf: (item: ScriptValue) => ScriptValue): SetValue {
  const view = new ViewMap(KEYS, (item) => {
    if (map.unmodifiable) throw raise('UnsupportedOperationException')
    map.delete(keyOf(item))
  })
  const set = new SetValue(KEYS, 'linked', map.unmodifiable, view)
  for (const item of items) set.add(item)
  return set
}

export const HASH_MAP = mapClass('hash', 'HashMap')
export const LINKED_HASH_MAP = mapClass('linked', 'LinkedHashMap')
export const TREE_MAP = mapClass('sorted', 'TreeMap')

export const ENTRY = defineClass('java.util.Map.Entry', {
  static: {
    'Comparator comparingByKey()': (machine) => {
      const compare = comparator(machine, null)
      return comparatorValue((a, b) => compare((a as EntryValue).key, (b as EntryValue).key))
    },
    'Comparator comparingByKey(Comparator)': (machine, _s, fn: FunctionValue) => {
      const compare = comparator(machine, fn)
      return comparatorValue((a, b) => compare((a as EntryValue).key, (b as EntryValue).key))
    },
    'Comparator comparingByValue()': (machine) => {
      const compare = comparator(machine, null)
      return comparatorValue((a, b) => compare((a as EntryValue).value, (b as EntryValue).value))
    },
    'Comparator comparingByValue(Comparator)': (machine, _s, fn: FunctionValue) => {
      const compare = comparator(machine, fn)
      return comparatorValue((a, b) => compare((a as EntryValue).value, (b as EntryValue).value))
    },
  },
  methods: {
    'def getKey()': (_m, entry: EntryValue) => entry.key,
    'def getValue()': (_m, entry: EntryValue) => entry.value,
    'def setValue(def)': (machine, entry: EntryValue, value: ScriptValue) => {
      const before = entry.value
      put(machine, entry.map, entry.key, value)
      return before
    },
  },
})
