import { ArrayValue, IteratorValue, ListValue, MapValue, SetValue } from '../containers.ts'
import { compareValues, elements, javaEquals, KEYS, looseEquals, newMap, newSet } from '../equality.ts'
import { raise, type FunctionValue, type ScriptValue } from '../instance.ts'
import type { Machine } from '../machine.ts'
import { binary } from '../operators.ts'
import { JavaDouble } from '../numbers.ts'
import { comparator, comparatorValue } from './comparing.ts'
import { defineClass, type Signatures } from './define.ts'
import { callWith, itemsOf, modifiable, newList } from './iteration.ts'
import { StreamValue } from './stream-value.ts'

type Items = ListValue | SetValue | ArrayValue

/** Equality as collections use it: Java's, which in Groovy is not asked for numbers of different types. */
function position(machine: Machine, items: readonly ScriptValue[], item: ScriptValue): number {
  machine.budget.steps(items.length >> 2)
  return items.findIndex((candidate) => javaEquals(candidate, item))
}

function add(machine: Machine, self: Items, item: ScriptValue): boolean {
  if (self instanceof SetValue) {
    if (self.map.unmodifiable) throw raise('UnsupportedOperationException')
    machine.budget.allocate(1)
    return self.add(item)
  }
  if (self instanceof ArrayValue) throw raise('UnsupportedOperationException')
  modifiable(machine, self, 1).push(item)
  return true
}

/** Keeps what the test says; whether anything went. */
function retain(machine: Machine, self: ScriptValue, keep: (item: ScriptValue) => boolean): boolean {
  const items = itemsOf(machine, self)
  const kept = items.filter(keep)
  if (self instanceof SetValue) {
    if (self.map.unmodifiable) throw raise('UnsupportedOperationException')
    for (const item of items) if (!kept.includes(item)) self.map.delete(item)
  } else if (self instanceof ListValue) {
    modifiable(machine, self)
    self.items = kept
  }
  return kept.length !== items.length
}

export function find(
  machine: Machine,
  self: ScriptValue,
  test: (item: ScriptValue) => boolean,
): { item: ScriptValue } | undefined {
  for (const item of itemsOf(machine, self)) if (test(item)) return { item }
  return undefined
}

function test(machine: Machine, fn: FunctionValue): (item: ScriptValue) => boolean {
  return (item) => machine.truth(callWith(fn, item))
}

/** sum: Painless adds doubles, Groovy uses `+` of whatever there is. */
function sum(machine: Machine, items: readonly ScriptValue[], start?: ScriptValue): ScriptValue {
  if (machine.dialect === 'painless') {
    return items.reduce((a: ScriptValue, b) => binary(machine, '+', a, b), new JavaDouble(0))
  }
  const list = start === undefined ? items : [start, ...items]
  return list.length === 0 ? null : list.slice(1).reduce((a, b) => binary(machine, '+', a, b), list[0]!)
}

function joined(machine: Machine, items: readonly ScriptValue[], by: string): string {
  return items
    .map((item, index) => {
      const text = machine.print(item)
      machine.budget.allocate(text.length + (index === 0 ? 0 : by.length))
      return text
    })
    .join(by)
}

export function groupBy(machine: Machine, items: readonly ScriptValue[], fn: FunctionValue): MapValue {
  const groups = newMap('linked')
  for (const item of items) {
    const key = callWith(fn, item)
    machine.budget.allocate(1)
    const group = groups.get(key)
    if (group instanceof ListValue) group.items.push(item)
    else groups.set(key, new ListValue([item]))
  }
  return groups
}

function flatten(machine: Machine, items: readonly ScriptValue[], into: ScriptValue[], depth = 0): ScriptValue[] {
  if (depth > 100) throw raise('StackOverflowError')
  for (const item of items) {
    machine.budget.step()
    const inner = elements(item)
    if (inner === undefined) into.push(item)
    else flatten(machine, inner, into, depth + 1)
  }
  return into
}

function unique(machine: Machine, items: readonly ScriptValue[], fn: FunctionValue | null): ScriptValue[] {
  const kept: ScriptValue[] = []
  if (fn !== null && fn.arity === 2) {
    const compare = comparator(machine, fn)
    for (const item of items) if (!kept.some((other) => compare(other, item) === 0)) kept.push(item)
    return kept
  }
  const seen = newSet('linked')
  for (const item of items) if (seen.add(fn === null ? item : fn.call([item]))) kept.push(item)
  machine.budget.allocate(kept.length)
  return kept
}

function extreme(machine: Machine, items: readonly ScriptValue[], fn: FunctionValue | null, sign: 1 | -1): ScriptValue {
  if (items.length === 0) return null
  const compare = comparator(machine, fn)
  return items.slice(1).reduce((best, item) => (compare(item, best) * sign > 0 ? item : best), items[0]!)
}

function permuteSort(machine: Machine, self: ScriptValue, fn: FunctionValue | null, mutate: boolean): ScriptValue {
  const sorted = [...itemsOf(machine, self)].sort(comparator(machine, fn))
  machine.budget.allocate(sorted.length)
  if (!mutate || !(self instanceof ListValue)) return new ListValue(sorted)
  modifiable(machine, self)
  self.items = sorted
  return self
}

function combinations(machine: Machine, lists: readonly ScriptValue[]): ListValue {
  let rows: ScriptValue[][] = [[]]
  for (const list of lists) {
    const items = elements(list) ?? [list]
    machine.budget.allocate(rows.length * items.length * lists.length)
    rows = items.flatMap((item) => rows.map((row) => [...row, item]))
  }
  return new ListValue(rows.map((row) => new ListValue(row)))
}

function copyLike(self: ScriptValue, items: readonly ScriptValue[]): ScriptValue {
  return self instanceof SetValue ? newSet('linked', items) : new ListValue([...items])
}

export const ITERABLE = defineClass('java.lang.Iterable', {
  methods: {
    'void forEach(Function)': (machine, self: ScriptValue, fn: FunctionValue) => {
      for (const item of itemsOf(machine, self)) fn.call([item])
    },
    'Iterator iterator()': (machine, self: ScriptValue) =>
      new IteratorValue([...itemsOf(machine, self)], (item, index) => {
        if (self instanceof SetValue) self.map.delete(item)
        else if (self instanceof ListValue) self.items.splice(index, 1)
      }),
    'boolean any(Function)': (machine, self: ScriptValue, fn: FunctionValue) =>
      find(machine, self, test(machine, fn)) !== undefined,
    'boolean every(Function)': (machine, self: ScriptValue, fn: FunctionValue) =>
      find(machine, self, (item) => !machine.truth(callWith(fn, item))) === undefined,
    'List asList()': (machine, self: ScriptValue) =>
      self instanceof ListValue ? self : newList(machine, [...itemsOf(machine, self)]),
    'Collection asCollection()': (machine, self: ScriptValue) =>
      elements(self) === undefined ? newList(machine, [...itemsOf(machine, self)]) : self,
    'def each(Function)': (machine, self: ScriptValue, fn: FunctionValue) => {
      for (const item of itemsOf(machine, self)) callWith(fn, item)
      return self
    },
    'def eachWithIndex(Function)': (machine, self: ScriptValue, fn: FunctionValue) => {
      for (const [index, item] of itemsOf(machine, self).entries()) callWith(fn, item, index)
      return self
    },
    'List collect(Function)': (machine, self: ScriptValue, fn: FunctionValue) =>
      newList(machine, itemsOf(machine, self).map((item) => callWith(fn, item))), // prettier-ignore
    'def collect(Collection,Function)': (machine, self: ScriptValue, into: Items, fn: FunctionValue) => {
      for (const item of itemsOf(machine, self)) add(machine, into, callWith(fn, item))
      return into
    },
    'def find(Function)': (machine, self: ScriptValue, fn: FunctionValue) =>
      find(machine, self, test(machine, fn))?.item ?? null,
    'def findAll(Function)': (machine, self: ScriptValue, fn: FunctionValue) => {
      const found = itemsOf(machine, self).filter(test(machine, fn))
      machine.budget.allocate(found.length)
      return machine.dialect === 'groovy' ? copyLike(self, found) : new ListValue(found)
    },
    'def findResult(Function)': (machine, self: ScriptValue, fn: FunctionValue) => findResult(machine, self, fn, null),
    'def findResult(Object,Function)': (machine, self: ScriptValue, other: ScriptValue, fn: FunctionValue) =>
      findResult(machine, self, fn, other),
    'List findResults(Function)': (machine, self: ScriptValue, fn: FunctionValue) =>
      newList(machine, itemsOf(machine, self).map((item) => callWith(fn, item)).filter((item) => item !== null)), // prettier-ignore
    'Map groupBy(Function)': (machine, self: ScriptValue, fn: FunctionValue) =>
      groupBy(machine, itemsOf(machine, self), fn),
    'String join(String)': (machine, self: ScriptValue, by: string) => joined(machine, itemsOf(machine, self), by),
    'def sum()': (machine, self: ScriptValue) => sum(machine, itemsOf(machine, self)),
    'def sum(Function)': (machine, self: ScriptValue, fn: FunctionValue) =>
      sum(machine, itemsOf(machine, self).map((item) => callWith(fn, item))), // prettier-ignore
    'List split(Function)': (machine, self: ScriptValue, fn: FunctionValue) => {
      const [yes, no]: [ScriptValue[], ScriptValue[]] = [[], []]
      for (const item of itemsOf(machine, self)) (machine.truth(callWith(fn, item)) ? yes : no).push(item)
      machine.budget.allocate(yes.length + no.length)
      return new ListValue([copyLike(self, yes), copyLike(self, no)])
    },
  },
  groovy: {
    'int count(Function)': (machine, self: ScriptValue, fn: FunctionValue) =>
      itemsOf(machine, self).filter(test(machine, fn)).length,
    'String join()': (machine, self: ScriptValue) => joined(machine, itemsOf(machine, self), ''),
    'def sum(def)': (machine, self: ScriptValue, start: ScriptValue) => sum(machine, itemsOf(machine, self), start),
    'def sum(def,Function)': (machine, self: ScriptValue, start: ScriptValue, fn: FunctionValue) =>
      sum(machine, itemsOf(machine, self).map((item) => callWith(fn, item)), start), // prettier-ignore
    'def find()': (machine, self: ScriptValue) => find(machine, self, (item) => machine.truth(item))?.item ?? null,
    'def findAll()': (machine, self: ScriptValue) =>
      copyLike(self, itemsOf(machine, self).filter((item) => machine.truth(item))), // prettier-ignore
    'boolean any()': (machine, self: ScriptValue) => find(machine, self, (item) => machine.truth(item)) !== undefined,
    'boolean every()': (machine, self: ScriptValue) =>
      find(machine, self, (item) => !machine.truth(item)) === undefined,
    'int findIndexOf(Function)': (machine, self: ScriptValue, fn: FunctionValue) =>
      itemsOf(machine, self).findIndex(test(machine, fn)),
    'int findLastIndexOf(Function)': (machine, self: ScriptValue, fn: FunctionValue) =>
      itemsOf(machine, self).findLastIndex(test(machine, fn)),
    'List findIndexValues(Function)': (machine, self: ScriptValue, fn: FunctionValue) =>
      newList(machine, itemsOf(machine, self).flatMap((item, index) => (machine.truth(callWith(fn, item)) ? [index] : []))), // prettier-ignore
    'def inject(Function)': (machine, self: ScriptValue, fn: FunctionValue) => {
      const items = itemsOf(machine, self)
      if (items.length === 0) throw raise('java.util.NoSuchElementException', 'Cannot call inject() on an empty iterable without passing an initial value.') // prettier-ignore
      return items.slice(1).reduce((a, b) => fn.call([a, b]), items[0]!)
    },
    'def inject(def,Function)': (machine, self: ScriptValue, start: ScriptValue, fn: FunctionValue) =>
      itemsOf(machine, self).reduce((a: ScriptValue, b) => injectOne(fn, a, b), start),
    'List collectMany(Function)': (machine, self: ScriptValue, fn: FunctionValue) =>
      newList(machine, itemsOf(machine, self).flatMap((item) => [...itemsOf(machine, callWith(fn, item))])), // prettier-ignore
    'Map collectEntries(Function)': (machine, self: ScriptValue, fn: FunctionValue) => {
      const map = newMap('linked')
      for (const item of itemsOf(machine, self)) addEntry(machine, map, callWith(fn, item))
      return map
    },
    'Map collectEntries()': (machine, self: ScriptValue) => {
      const map = newMap('linked')
      for (const item of itemsOf(machine, self)) addEntry(machine, map, item)
      return map
    },
    'Map countBy(Function)': (machine, self: ScriptValue, fn: FunctionValue) => {
      const counts = newMap('linked')
      for (const item of itemsOf(machine, self)) {
        const key = callWith(fn, item)
        counts.set(key, ((counts.get(key) as number | undefined) ?? 0) + 1)
      }
      machine.budget.allocate(counts.size)
      return counts
    },
    'int count(def)': (machine, self: ScriptValue, item: ScriptValue) =>
      itemsOf(machine, self).filter((other) => looseEquals(other, item)).length,
    'def max()': (machine, self: ScriptValue) => extreme(machine, itemsOf(machine, self), null, 1),
    'def max(Function)': (machine, self: ScriptValue, fn: FunctionValue) =>
      extreme(machine, itemsOf(machine, self), fn, 1),
    'def min()': (machine, self: ScriptValue) => extreme(machine, itemsOf(machine, self), null, -1),
    'def min(Function)': (machine, self: ScriptValue, fn: FunctionValue) =>
      extreme(machine, itemsOf(machine, self), fn, -1),
    'def sort()': (machine, self: ScriptValue) => permuteSort(machine, self, null, true),
    'def sort(Function)': (machine, self: ScriptValue, fn: FunctionValue) => permuteSort(machine, self, fn, true),
    'def sort(boolean)': (machine, self: ScriptValue, mutate: boolean) => permuteSort(machine, self, null, mutate),
    'def sort(boolean,Function)': (machine, self: ScriptValue, mutate: boolean, fn: FunctionValue) =>
      permuteSort(machine, self, fn, mutate),
    'def toSorted()': (machine, self: ScriptValue) => permuteSort(machine, self, null, false),
    'def toSorted(Function)': (machine, self: ScriptValue, fn: FunctionValue) => permuteSort(machine, self, fn, false),
    'def unique()': (machine, self: ScriptValue) => uniqueInto(machine, self, null, true),
    'def unique(Function)': (machine, self: ScriptValue, fn: FunctionValue) => uniqueInto(machine, self, fn, true),
    'def unique(boolean)': (machine, self: ScriptValue, mutate: boolean) => uniqueInto(machine, self, null, mutate),
    'def unique(boolean,Function)': (machine, self: ScriptValue, mutate: boolean, fn: FunctionValue) =>
      uniqueInto(machine, self, fn, mutate),
    'def toUnique()': (machine, self: ScriptValue) => uniqueInto(machine, self, null, false),
    'def flatten()': (machine, self: ScriptValue) => copyLike(self, flatten(machine, itemsOf(machine, self), [])),
    'def reverse()': (machine, self: ScriptValue) => newList(machine, [...itemsOf(machine, self)].toReversed()),
    'def reverseEach(Function)': (machine, self: ScriptValue, fn: FunctionValue) => {
      for (const item of [...itemsOf(machine, self)].toReversed()) callWith(fn, item)
      return self
    },
    'def first()': (machine, self: ScriptValue) => endItem(itemsOf(machine, self), 0, 'first'),
    'def head()': (machine, self: ScriptValue) => endItem(itemsOf(machine, self), 0, 'head'),
    'def last()': (machine, self: ScriptValue) => endItem(itemsOf(machine, self), -1, 'last'),
    'def tail()': (machine, self: ScriptValue) => newList(machine, itemsOf(machine, self).slice(1)),
    'def init()': (machine, self: ScriptValue) => newList(machine, itemsOf(machine, self).slice(0, -1)),
    'def take(int)': (machine, self: ScriptValue, count: number) =>
      newList(machine, itemsOf(machine, self).slice(0, Math.max(0, count))),
    'def drop(int)': (machine, self: ScriptValue, count: number) =>
      newList(machine, itemsOf(machine, self).slice(Math.max(0, count))),
    'def takeRight(int)': (machine, self: ScriptValue, count: number) =>
      newList(machine, count <= 0 ? [] : itemsOf(machine, self).slice(-count)),
    'def dropRight(int)': (machine, self: ScriptValue, count: number) =>
      newList(machine, itemsOf(machine, self).slice(0, count <= 0 ? undefined : -count)),
    'def takeWhile(Function)': (machine, self: ScriptValue, fn: FunctionValue) => {
      const items = itemsOf(machine, self)
      const end = items.findIndex((item) => !machine.truth(callWith(fn, item)))
      return newList(machine, end < 0 ? [...items] : items.slice(0, end))
    },
    'def dropWhile(Function)': (machine, self: ScriptValue, fn: FunctionValue) => {
      const items = itemsOf(machine, self)
      const end = items.findIndex((item) => !machine.truth(callWith(fn, item)))
      return newList(machine, end < 0 ? [] : items.slice(end))
    },
    'List toList()': (machine, self: ScriptValue) => newList(machine, [...itemsOf(machine, self)]),
    'Set toSet()': (machine, self: ScriptValue) => {
      const items = itemsOf(machine, self)
      machine.budget.allocate(items.length)
      return newSet('hash', items)
    },
    'int size()': (machine, self: ScriptValue) => itemsOf(machine, self).length,
    'boolean contains(def)': (machine, self: ScriptValue, item: ScriptValue) =>
      position(machine, itemsOf(machine, self), item) >= 0,
    'List collate(int)': (machine, self: ScriptValue, size: number) => {
      if (size <= 0) return self
      const items = itemsOf(machine, self)
      const rows: ScriptValue[] = []
      for (let at = 0; at < items.length; at += size) rows.push(new ListValue(items.slice(at, at + size)))
      machine.budget.allocate(items.length)
      return new ListValue(rows)
    },
    'List withIndex()': (machine, self: ScriptValue) =>
      newList(machine, itemsOf(machine, self).map((item, index) => new ListValue([item, index]))), // prettier-ignore
    'Map indexed()': (machine, self: ScriptValue) => {
      const map = newMap('linked')
      for (const [index, item] of itemsOf(machine, self).entries()) map.set(index, item)
      machine.budget.allocate(map.size)
      return map
    },
    'Set intersect(Iterable)': (machine, self: ScriptValue, other: ScriptValue) => {
      const set = newSet('linked', itemsOf(machine, other))
      return copyLike(self, itemsOf(machine, self).filter((item) => set.map.has(item))) // prettier-ignore
    },
    'boolean disjoint(Iterable)': (machine, self: ScriptValue, other: ScriptValue) => {
      const set = newSet('linked', itemsOf(machine, other))
      return !itemsOf(machine, self).some((item) => set.map.has(item))
    },
    'List combinations()': (machine, self: ScriptValue) => combinations(machine, itemsOf(machine, self)),
    'List transpose()': (machine, self: ScriptValue) => {
      const rows = itemsOf(machine, self).map((row) => itemsOf(machine, row))
      const width = Math.min(...rows.map((row) => row.length), rows.length === 0 ? 0 : Infinity)
      machine.budget.allocate(width * rows.length)
      return new ListValue(Array.from({ length: width }, (_, i) => new ListValue(rows.map((row) => row[i]!)))) // prettier-ignore
    },
    'List plus(def)': (machine, self: ScriptValue, other: ScriptValue) => binary(machine, '+', self, other),
    'def minus(def)': (machine, self: ScriptValue, other: ScriptValue) => {
      const gone = newSet('linked', elements(other) ?? [other])
      return copyLike(self, itemsOf(machine, self).filter((item) => !gone.map.has(item))) // prettier-ignore
    },
    'List multiply(int)': (machine, self: ScriptValue, count: number) => {
      const items = itemsOf(machine, self)
      machine.budget.allocate(items.length * Math.max(0, count))
      return new ListValue(Array.from({ length: Math.max(0, count) }, () => items).flat())
    },
  },
})

function injectOne(fn: FunctionValue, a: ScriptValue, b: ScriptValue): ScriptValue {
  if (fn.arity === 3) {
    const entry = b as unknown as { key: ScriptValue; value: ScriptValue }
    return fn.call([a, entry.key, entry.value])
  }
  return fn.call([a, b])
}

export function addEntry(machine: Machine, map: MapValue, item: ScriptValue): void {
  machine.budget.allocate(1)
  if (item instanceof MapValue) {
    for (const { key, value } of item.entries()) map.set(key, value)
    return
  }
  const pair = elements(item)
  if (pair !== undefined && pair.length > 0) map.set(pair[0]!, pair[1] ?? null)
  else map.set(machine.property(item, 'key'), machine.property(item, 'value'))
}

function uniqueInto(machine: Machine, self: ScriptValue, fn: FunctionValue | null, mutate: boolean): ScriptValue {
  const kept = unique(machine, itemsOf(machine, self), fn)
  if (!mutate || !(self instanceof ListValue)) return copyLike(self, kept)
  modifiable(machine, self)
  self.items = kept
  return self
}

function endItem(items: readonly ScriptValue[], index: number, method: string): ScriptValue {
  if (items.length === 0) throw raise('java.util.NoSuchElementException', `Cannot access ${method}() element from an empty List`) // prettier-ignore
  return items.at(index)!
}

function findResult(machine: Machine, self: ScriptValue, fn: FunctionValue, other: ScriptValue): ScriptValue {
  for (const item of itemsOf(machine, self)) {
    const result = callWith(fn, item)
    if (result !== null) return result
  }
  return other
}

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
    'boolean removeIf(Function)': (machine, self: ScriptValue, fn: FunctionValue) =>
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

function checkBounds(index: number, size: number): void {
  if (index < 0 || index >= size)
    throw raise('IndexOutOfBoundsException', `Index ${index} out of bounds for length ${size}`)
}

/** What a LinkedList has of a Deque, and Groovy gives every list. */
const DEQUE: Signatures = {
  'def getFirst()': (_m, self: ListValue) => endItem(self.items, 0, 'first'),
  'def getLast()': (_m, self: ListValue) => endItem(self.items, -1, 'last'),
  'def pop()': (machine, self: ListValue) => {
    if (self.items.length === 0) throw raise('java.util.NoSuchElementException')
    return machine.dialect === 'groovy' ? modifiable(machine, self).pop()! : modifiable(machine, self).shift()!
  },
  'boolean push(def)': (machine, self: ListValue, item: ScriptValue) => add(machine, self, item),
  'void addFirst(def)': (machine, self: ListValue, item: ScriptValue) => {
    machine.budget.steps(self.items.length >> 6)
    modifiable(machine, self, 1).unshift(item)
  },
  'void addLast(def)': (machine, self: ListValue, item: ScriptValue) => {
    add(machine, self, item)
  },
}

export const LIST = defineClass('java.util.List', {
  extends: ['java.util.Collection', 'java.lang.Iterable', 'java.lang.Object'],
  static: {
    'List of(def...)': (_m, _s, ...items: ScriptValue[]) => new ListValue(items, 'java.util.ImmutableCollections.ListN', true), // prettier-ignore
  },
  groovy: {
    ...DEQUE,
  },
  methods: {
    'void add(int,def)': (machine, self: ListValue, index: number, item: ScriptValue) => {
      if (index < 0 || index > self.items.length) throw raise('IndexOutOfBoundsException', `Index: ${index}, Size: ${self.items.length}`) // prettier-ignore
      machine.budget.steps(self.items.length >> 6)
      modifiable(machine, self, 1).splice(index, 0, item)
    },
    'boolean addAll(int,Collection)': (machine, self: ListValue, index: number, items: ScriptValue) => {
      const more = itemsOf(machine, items)
      modifiable(machine, self, more.length + self.items.length)
      self.items = [...self.items.slice(0, index), ...more, ...self.items.slice(index)]
      return more.length > 0
    },
    'def get(int)': (_m, self: ListValue, index: number) => {
      checkBounds(index, self.items.length)
      return self.items[index]!
    },
    'def set(int,def)': (machine, self: ListValue, index: number, item: ScriptValue) => {
      checkBounds(index, self.items.length)
      const items = modifiable(machine, self)
      const before = items[index]!
      items[index] = item
      return before
    },
    'def remove(int)': (machine, self: ListValue, index: number) => {
      checkBounds(index, self.items.length)
      machine.budget.steps(self.items.length >> 6)
      return modifiable(machine, self).splice(index, 1)[0]!
    },
    'int getLength()': (_m, self: ListValue) => self.items.length,
    'int indexOf(def)': (machine, self: ListValue, item: ScriptValue) => position(machine, self.items, item),
    'int lastIndexOf(def)': (machine, self: ListValue, item: ScriptValue) => {
      machine.budget.steps(self.items.length >> 2)
      return self.items.findLastIndex((candidate) => javaEquals(candidate, item))
    },
    'void replaceAll(Function)': (machine, self: ListValue, fn: FunctionValue) => {
      modifiable(machine, self)
      self.items = self.items.map((item) => fn.call([item]))
    },
    'def sort(Function)': (machine, self: ListValue, fn: FunctionValue | null) => {
      permuteSort(machine, self, fn, true)
      return machine.dialect === 'groovy' ? self : null
    },
    'List subList(int,int)': (machine, self: ListValue, from: number, to: number) => {
      if (from < 0 || to > self.items.length || from > to) throw raise('IndexOutOfBoundsException', `fromIndex: ${from}, toIndex: ${to}, size: ${self.items.length}`) // prettier-ignore
      return newList(machine, self.items.slice(from, to))
    },
  },
})

export const ARRAY_LIST = defineClass('java.util.ArrayList', {
  extends: ['java.util.List'],
  new: {
    'ArrayList()': () => new ListValue([]),
    'ArrayList(int)': () => new ListValue([]),
    'ArrayList(Collection)': (machine, _s, items: ScriptValue) => newList(machine, [...itemsOf(machine, items)]),
  },
})

export const LINKED_LIST = defineClass('java.util.LinkedList', {
  extends: ['java.util.List'],
  new: {
    'LinkedList()': () => new ListValue([], 'java.util.LinkedList'),
    'LinkedList(Collection)': (machine, _s, items: ScriptValue) =>
      new ListValue([...itemsOf(machine, items)], 'java.util.LinkedList'),
  },
  methods: DEQUE,
})

export const IMMUTABLE_LIST = defineClass('java.util.ImmutableCollections.ListN', { extends: ['java.util.List'] })
export const RANGE = defineClass('groovy.lang.IntRange', {
  extends: ['groovy.lang.Range', 'java.lang.Iterable', 'java.lang.Object'],
  groovy: {
    'int getFrom()': (_m, range: { from: number }) => range.from,
    'int getTo()': (_m, range: { to: number }) => range.to,
    'def step(int)': (machine, range: never, by: number) =>
      newList(machine, itemsOf(machine, range).filter((_item, index) => index % Math.max(1, by) === 0)), // prettier-ignore
  },
})

const setOf = (order: 'hash' | 'linked' | 'sorted', name: string) =>
  defineClass(`java.util.${name}`, {
    extends: ['java.util.Set'],
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
export const TREE_SET = setOf('sorted', 'TreeSet')

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
    'void forEachRemaining(Function)': (machine, it: IteratorValue, fn: FunctionValue) => {
      for (const item of itemsOf(machine, it)) fn.call([item])
    },
  },
})

export const ARRAY = defineClass('array', {
  extends: ['java.lang.Object'],
  methods: {
    'int getLength()': (_m, array: ArrayValue) => array.items.length,
  },
  groovy: {
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
  },
  static: {
    'List emptyList()': () => new ListValue([], 'java.util.ArrayList', true),
    'Map emptyMap()': () => new MapValue(KEYS, 'linked', true),
    'Set emptySet()': () => new SetValue(KEYS, 'linked', true),
    'List singletonList(def)': (_m, _s, item: ScriptValue) => new ListValue([item], 'java.util.ArrayList', true),
    'Set singleton(def)': (_m, _s, item: ScriptValue) => newSet('linked', [item]),
    'Map singletonMap(def,def)': (_m, _s, key: ScriptValue, value: ScriptValue) => {
      const map = newMap('linked')
      map.set(key, value)
      return map
    },
    'void sort(List)': (machine, _s, list: ListValue) => void permuteSort(machine, list, null, true),
    'void sort(List,Function)': (machine, _s, list: ListValue, fn: FunctionValue) =>
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
    'def max(Collection,Function)': (machine, _s, items: ScriptValue, fn: FunctionValue) =>
      extreme(machine, itemsOf(machine, items), fn, 1),
    'def min(Collection)': (machine, _s, items: ScriptValue) => extreme(machine, itemsOf(machine, items), null, -1),
    'def min(Collection,Function)': (machine, _s, items: ScriptValue, fn: FunctionValue) =>
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
    'Function reverseOrder()': () => comparatorValue((a, b) => compareValues(b, a)),
  },
})

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
