import { ArrayValue, IteratorValue, ListValue, MapValue, SetValue } from '../containers.ts'
import { compareValues, elements, javaEquals, KEYS, newMap, newSet } from '../equality.ts'
import { raise, type FunctionValue, type ScriptValue } from '../instance.ts'
import type { Machine } from '../machine.ts'
import { binary } from '../operators.ts'
import { comparator, comparatorValue } from './comparing.ts'
import { defineClass, type ClassSpec } from './define.ts'
import { itemsOf, modifiable } from './iteration.ts'
import { StreamValue } from './stream-value.ts'
import { SORTED_SET } from './navigable-set.ts'
import { type Items, position, add, retain, extreme, permuteSort } from './iterable.ts'
import { checkBounds } from './bounds.ts'

export const COLLECTION = defineClass('java.util.Collection', {
  extends: ['java.lang.Iterable', 'java.lang.Object'],
  methods: {
    'boolean add(def)': (machine, self: Items, item: ScriptValue) => add(machine, self, item),
    'boolean addAll(Collection)': (machine, self: Items, items: ScriptValue) => {
      let changed = false
      for (const item of Array.from(itemsOf(machine, items))) changed = add(machine, self, item) || changed
      return changed
    },
    'void clear()': (machine, self: Items) => {
      if (self instanceof SetValue) self.map.clear()
      else if (self instanceof ListValue) {
        modifiable(machine, self)
        self.items = []
      }
    },
    'boolean contains(def)': (machine, self: ScriptValue, item: ScriptValue) =>
      self instanceof SetValue ? self.map.has(item) : position(machine, itemsOf(machine, self), item) >= 0,
    'boolean containsAll(Collection)': (machine, self: ScriptValue, others: ScriptValue) => {
      const set = self instanceof SetValue ? self : newSet('linked', itemsOf(machine, self))
      return itemsOf(machine, others).every((item) => set.map.has(item))
    },
    'boolean isEmpty()': (_m, self: Items) => elements(self)!.length === 0,
    'boolean removeAll(Collection)': (machine, self: ScriptValue, others: ScriptValue) => {
      const gone = newSet('linked', itemsOf(machine, others))
      return retain(machine, self, (item) => !gone.map.has(item))
    },
    'boolean retainAll(Collection)': (machine, self: ScriptValue, others: ScriptValue) => {
      const kept = newSet('linked', itemsOf(machine, others))
      return retain(machine, self, (item) => kept.map.has(item))
    },
    'boolean removeIf(Predicate)': (machine, self: ScriptValue, fn: FunctionValue) =>
      retain(machine, self, (item) => !machine.truth(fn.call([item]))),
    'int size()': (_m, self: Items) => (self instanceof SetValue ? self.map.size : self.items.length),
    'Stream stream()': (machine, self: ScriptValue) => new StreamValue('object', itemsOf(machine, self)),
    'array toArray()': (machine, self: ScriptValue) => {
      const items = [...itemsOf(machine, self)]
      machine.budget.allocate(items.length)
      return new ArrayValue('Object', items)
    },
    'array toArray(array)': (machine, self: ScriptValue, model: ArrayValue) => {
      const items = [...itemsOf(machine, self)]
      machine.budget.allocate(items.length)
      return new ArrayValue(model.component, items)
    },
  },
  groovy: {
    'boolean remove(def)': (machine, self: Items, item: ScriptValue) => {
      if (self instanceof SetValue) return self.map.delete(item) !== undefined
      const index = position(machine, itemsOf(machine, self), item)
      if (index >= 0) modifiable(machine, self as ListValue).splice(index, 1)
      return index >= 0
    },
    'def leftShift(def)': (machine, self: Items, item: ScriptValue) => {
      add(machine, self, item)
      return self
    },
    'Set plus(def)': (machine, self: ScriptValue, other: ScriptValue) => binary(machine, '+', self, other),
  },
})

const setOf = (order: 'hash' | 'linked' | 'sorted', name: string) =>
  defineClass(`java.util.${name}`, {
    extends: order === 'linked' ? ['java.util.HashSet', 'java.util.Set'] : ['java.util.Set'],
    new: {
      [`${name}()`]: () => newSet(order),
      [`${name}(int)`]: () => newSet(order),
      [`${name}(Collection)`]: (machine: Machine, _s: null, items: ScriptValue) => {
        const list = itemsOf(machine, items)
        machine.budget.allocate(list.length)
        return newSet(order, list)
      },
    },
  })

export const SET = defineClass('java.util.Set', {
  extends: ['java.util.Collection', 'java.lang.Iterable', 'java.lang.Object'],
  methods: {
    'boolean remove(def)': (_m, self: SetValue, item: ScriptValue) => self.map.delete(item) !== undefined,
  },
  static: {
    'Set of(def...)': (_m, _s, ...items: ScriptValue[]) => {
      const set = new SetValue(KEYS, 'linked', true)
      for (const item of items) set.add(item)
      return set
    },
  },
})

export const HASH_SET = setOf('hash', 'HashSet')

export const LINKED_HASH_SET = setOf('linked', 'LinkedHashSet')

const TREE = setOf('sorted', 'TreeSet')
const MORE = defineClass('java.util.TreeSet', { methods: SORTED_SET })

export const TREE_SET: ClassSpec = { ...TREE, methods: MORE.methods }

export const ITERATOR = defineClass('java.util.Iterator', {
  methods: {
    'boolean hasNext()': (_m, it: IteratorValue) => it.index < it.items.length,
    'def next()': (_m, it: IteratorValue) => {
      if (it.index >= it.items.length) throw raise('java.util.NoSuchElementException')
      return it.items[it.index++]!
    },
    'void remove()': (_m, it: IteratorValue) => {
      if (it.index === 0) throw raise('IllegalStateException')
      it.onRemove?.(it.items[it.index - 1]!, it.index - 1 - it.removed++)
    },
    'void forEachRemaining(Consumer)': (machine, it: IteratorValue, fn: FunctionValue) => {
      for (const item of itemsOf(machine, it)) fn.call([item])
    },
  },
})

export const ARRAY = defineClass('array', {
  extends: ['java.lang.Object'],
  groovy: {
    'int getLength()': (_m, array: ArrayValue) => array.items.length,
    ...Object.fromEntries(
      ['each', 'collect', 'find', 'findAll', 'any', 'every', 'groupBy'].map((name) => [
        `def ${name}(Function)`,
        (machine: Machine, array: ArrayValue, fn: FunctionValue) =>
          machine.invoke(new ListValue(array.items), name, [fn]),
      ]),
    ),
    ...Object.fromEntries(
      ['toList', 'first', 'last', 'max', 'min', 'sum', 'toSet', 'join', 'reverse', 'size', 'sort'].map((name) => [
        `def ${name}()`,
        (machine: Machine, array: ArrayValue) => machine.invoke(new ListValue(array.items), name, []),
      ]),
    ),
    'def join(String)': (machine, array: ArrayValue, by: string) =>
      machine.invoke(new ListValue(array.items), 'join', [by]),
    'boolean contains(def)': (machine, array: ArrayValue, item: ScriptValue) =>
      machine.invoke(new ListValue(array.items), 'contains', [item]),
  },
})

export const COLLECTIONS = defineClass('java.util.Collections', {
  fields: {
    EMPTY_LIST: new ListValue([], 'java.util.ArrayList', true),
    EMPTY_MAP: new MapValue(KEYS, 'linked', true),
    EMPTY_SET: new SetValue(KEYS, 'linked', true),
  },
  static: {
    'List emptyList()': () => new ListValue([], 'java.util.ArrayList', true),
    'Map emptyMap()': () => new MapValue(KEYS, 'linked', true),
    'Set emptySet()': () => new SetValue(KEYS, 'linked', true),
    'SortedMap emptySortedMap()': () => new MapValue(KEYS, 'sorted', true),
    'NavigableMap emptyNavigableMap()': () => new MapValue(KEYS, 'sorted', true),
    'SortedSet emptySortedSet()': () => new SetValue(KEYS, 'sorted', true),
    'NavigableSet emptyNavigableSet()': () => new SetValue(KEYS, 'sorted', true),
    'List singletonList(def)': (_m, _s, item: ScriptValue) => new ListValue([item], 'java.util.ArrayList', true),
    'Set singleton(def)': (_m, _s, item: ScriptValue) => newSet('linked', [item]),
    'Map singletonMap(def,def)': (_m, _s, key: ScriptValue, value: ScriptValue) => {
      const map = newMap('linked')
      map.set(key, value)
      return map
    },
    'void sort(List)': (machine, _s, list: ListValue) => void permuteSort(machine, list, null, true),
    'void sort(List,Comparator)': (machine, _s, list: ListValue, fn: FunctionValue) =>
      void permuteSort(machine, list, fn, true),
    'void reverse(List)': (machine, _s, list: ListValue) => {
      machine.budget.steps(list.items.length >> 3)
      modifiable(machine, list).reverse()
    },
    'void swap(List,int,int)': (machine, _s, list: ListValue, a: number, b: number) => {
      checkBounds(a, list.items.length)
      checkBounds(b, list.items.length)
      const items = modifiable(machine, list)
      ;[items[a], items[b]] = [items[b]!, items[a]!]
    },
    'def max(Collection)': (machine, _s, items: ScriptValue) => extreme(machine, itemsOf(machine, items), null, 1),
    'def max(Collection,Comparator)': (machine, _s, items: ScriptValue, fn: FunctionValue) =>
      extreme(machine, itemsOf(machine, items), fn, 1),
    'def min(Collection)': (machine, _s, items: ScriptValue) => extreme(machine, itemsOf(machine, items), null, -1),
    'def min(Collection,Comparator)': (machine, _s, items: ScriptValue, fn: FunctionValue) =>
      extreme(machine, itemsOf(machine, items), fn, -1),
    'int frequency(Collection,def)': (machine, _s, items: ScriptValue, item: ScriptValue) =>
      itemsOf(machine, items).filter((other) => javaEquals(other, item)).length,
    'boolean addAll(Collection,def...)': (machine, _s, self: Items, ...items: ScriptValue[]) =>
      items.map((item) => add(machine, self, item)).includes(true),
    'boolean disjoint(Collection,Collection)': (machine, _s, a: ScriptValue, b: ScriptValue) => {
      const set = newSet('linked', itemsOf(machine, a))
      return !itemsOf(machine, b).some((item) => set.map.has(item))
    },
    'List nCopies(int,def)': (machine, _s, count: number, item: ScriptValue) => {
      machine.budget.allocate(Math.max(0, count))
      return new ListValue(Array.from({ length: count }, () => item), 'java.util.ArrayList', true) // prettier-ignore
    },
    'List unmodifiableList(List)': (machine, _s, list: ListValue) => {
      machine.budget.allocate(list.items.length)
      return new ListValue([...list.items], 'java.util.ArrayList', true)
    },
    'Map unmodifiableMap(Map)': (machine, _s, map: MapValue) => {
      machine.budget.allocate(map.size)
      const copy = new MapValue(KEYS, map.order, true)
      for (const { key, value } of map.entries()) copy.set(key, value)
      return copy
    },
    'Comparator reverseOrder()': () => comparatorValue((a, b) => compareValues(b, a)),
    'Comparator reverseOrder(Comparator)': (machine, _s, fn: FunctionValue) => {
      const compare = comparator(machine, fn)
      return comparatorValue((a, b) => compare(b, a))
    },
    'void rotate(List,int)': (machine, _s, list: ListValue, by: number) => {
      const items = modifiable(machine, list)
      const count = items.length
      if (count === 0) return
      const shift = ((by % count) + count) % count
      list.items = [...items.slice(count - shift), ...items.slice(0, count - shift)]
      machine.budget.allocate(count)
    },
    'int binarySearch(List,def)': (machine, _s, list: ListValue, key: ScriptValue) => search(machine, list, key, null),
    'int binarySearch(List,def,Comparator)': (machine, _s, list: ListValue, key: ScriptValue, fn: FunctionValue) =>
      search(machine, list, key, fn),
    'void fill(List,def)': (machine, _s, list: ListValue, item: ScriptValue) => {
      machine.budget.steps(list.items.length)
      modifiable(machine, list).fill(item)
    },
    'boolean replaceAll(List,def,def)': (machine, _s, list: ListValue, old: ScriptValue, item: ScriptValue) => {
      const items = modifiable(machine, list)
      let changed = false
      for (const [i, one] of items.entries()) {
        machine.budget.step()
        if (!javaEquals(one, old)) continue
        items[i] = item
        changed = true
      }
      return changed
    },
    'int indexOfSubList(List,List)': (machine, _s, list: ListValue, part: ListValue) =>
      subList(machine, list, part, false),
    'int lastIndexOfSubList(List,List)': (machine, _s, list: ListValue, part: ListValue) =>
      subList(machine, list, part, true),
    'void shuffle(List)': (machine, _s, list: ListValue) => {
      const items = modifiable(machine, list)
      for (let i = items.length - 1; i > 0; i--) {
        machine.budget.step()
        const j = Math.floor(Math.random() * (i + 1))
        ;[items[i], items[j]] = [items[j]!, items[i]!]
      }
    },
    'Iterator emptyIterator()': () => new IteratorValue([]),
    'List unmodifiableCollection(Collection)': (machine, _s, items: ScriptValue) => {
      const list = itemsOf(machine, items)
      machine.budget.allocate(list.length)
      return new ListValue([...list], 'java.util.ArrayList', true)
    },
    'Set unmodifiableSet(Set)': (machine, _s, items: SetValue) => {
      machine.budget.allocate(items.map.size)
      const copy = new SetValue(KEYS, items.map.order, true)
      for (const item of items.items) copy.add(item)
      return copy
    },
  },
})

function search(machine: Machine, list: ListValue, key: ScriptValue, fn: FunctionValue | null): number {
  const compare = comparator(machine, fn)
  let [low, high] = [0, list.items.length - 1]
  while (low <= high) {
    const middle = (low + high) >>> 1
    const order = compare(list.items[middle]!, key)
    if (order === 0) return middle
    if (order < 0) low = middle + 1
    else high = middle - 1
  }
  return -(low + 1)
}

function subList(machine: Machine, { items }: ListValue, { items: part }: ListValue, last: boolean): number {
  machine.budget.steps(items.length * Math.max(1, part.length))
  const starts = Array.from({ length: Math.max(0, items.length - part.length + 1) }, (_, i) => i)
  const fits = (start: number): boolean => part.every((item, i) => javaEquals(items[start + i]!, item))
  return (last ? starts.findLast(fits) : starts.find(fits)) ?? -1
}

export const ARRAYS = defineClass('java.util.Arrays', {
  static: {
    'List asList(array)': (_m, _s, array: ArrayValue) => new ListValue(array.items),
    'List asList(def...)': (_m, _s, ...items: ScriptValue[]) => new ListValue(items),
  },
  groovyStatic: {
    'String toString(array)': (machine, _s, array: ArrayValue) => machine.print(new ListValue(array.items)),
    'boolean equals(array,array)': (_m, _s, a: ArrayValue, b: ArrayValue) =>
      javaEquals(new ListValue(a.items), new ListValue(b.items)),
    'void sort(array)': (machine, _s, array: ArrayValue) => {
      const sorted = [...array.items].sort(comparator(machine, null))
      array.items.splice(0, sorted.length, ...sorted)
    },
    'void fill(array,def)': (machine, _s, array: ArrayValue, item: ScriptValue) => {
      machine.budget.steps(array.items.length)
      array.items.fill(item)
    },
    'Stream stream(array)': (_m, _s, array: ArrayValue) => {
      const kind = array.component === 'int' ? 'int' : array.component === 'long' ? 'long' : array.component === 'double' ? 'double' : 'object' // prettier-ignore
      return new StreamValue(kind, array.items)
    },
    'array copyOf(array,int)': (machine, _s, array: ArrayValue, length: number) => {
      machine.budget.allocate(length)
      const filler = array.component === 'int' ? 0 : null
      return new ArrayValue(array.component, Array.from({ length }, (_, i) => array.items[i] ?? filler)) // prettier-ignore
    },
    'array copyOfRange(array,int,int)': (machine, _s, array: ArrayValue, from: number, to: number) => {
      machine.budget.allocate(Math.max(0, to - from))
      return new ArrayValue(array.component, array.items.slice(from, to))
    },
  },
})
