import { ArrayValue, EntryValue, IteratorValue, ListValue, MapValue, SetValue } from '../containers.ts'
import { elements, javaEquals, looseEquals, newMap, newSet } from '../equality.ts'
import { raise, type FunctionValue, type ScriptValue } from '../instance.ts'
import type { Machine } from '../machine.ts'
import { binary } from '../operators.ts'
import { JavaDouble } from '../numbers.ts'
import { comparator } from './comparing.ts'
import { defineClass } from './define.ts'
import { callWith, itemsOf, modifiable, newList } from './iteration.ts'

export type Items = ListValue | SetValue | ArrayValue

/** Equality as collections use it: Java's, which in Groovy is not asked for numbers of different types. */
export function position(machine: Machine, items: readonly ScriptValue[], item: ScriptValue): number {
  machine.budget.steps(items.length >> 2)
  return items.findIndex((candidate) => javaEquals(candidate, item))
}

export function add(machine: Machine, self: Items, item: ScriptValue): boolean {
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
export function retain(machine: Machine, self: ScriptValue, keep: (item: ScriptValue) => boolean): boolean {
  const items = itemsOf(machine, self)
  const flags = items.map(keep)
  const kept = items.filter((_item, i) => flags[i])
  if (self instanceof SetValue) {
    if (self.map.unmodifiable) throw raise('UnsupportedOperationException')
    for (const [i, item] of items.entries()) if (!flags[i]) self.map.delete(item)
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
export function sum(machine: Machine, items: readonly ScriptValue[], start?: ScriptValue): ScriptValue {
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

export function extreme(
  machine: Machine,
  items: readonly ScriptValue[],
  fn: FunctionValue | null,
  sign: 1 | -1,
): ScriptValue {
  if (items.length === 0) return null
  const compare = comparator(machine, fn)
  return items.slice(1).reduce((best, item) => (compare(item, best) * sign > 0 ? item : best), items[0]!)
}

export function permuteSort(
  machine: Machine,
  self: ScriptValue,
  fn: FunctionValue | null,
  mutate: boolean,
): ScriptValue {
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
    'void forEach(Consumer)': (machine, self: ScriptValue, fn: FunctionValue) => {
      for (const item of itemsOf(machine, self)) fn.call([item])
    },
    'Iterator iterator()': (machine, self: ScriptValue) =>
      new IteratorValue([...itemsOf(machine, self)], (item, index) => {
        if (self instanceof SetValue) self.map.delete(item)
        else if (self instanceof ListValue) self.items.splice(index, 1)
      }),
    'boolean any(Predicate)': (machine, self: ScriptValue, fn: FunctionValue) =>
      find(machine, self, test(machine, fn)) !== undefined,
    'boolean every(Predicate)': (machine, self: ScriptValue, fn: FunctionValue) =>
      find(machine, self, (item) => !machine.truth(callWith(fn, item))) === undefined,
    'List asList()': (machine, self: ScriptValue) =>
      self instanceof ListValue ? self : newList(machine, [...itemsOf(machine, self)]),
    'Collection asCollection()': (machine, self: ScriptValue) =>
      elements(self) === undefined ? newList(machine, [...itemsOf(machine, self)]) : self,
    'def each(Consumer)': (machine, self: ScriptValue, fn: FunctionValue) => {
      for (const item of itemsOf(machine, self)) callWith(fn, item)
      return self
    },
    'def eachWithIndex(ObjIntConsumer)': (machine, self: ScriptValue, fn: FunctionValue) => {
      for (const [index, item] of itemsOf(machine, self).entries()) callWith(fn, item, index)
      return self
    },
    'List collect(Closure)': (machine, self: ScriptValue, fn: FunctionValue) =>
      newList(machine, itemsOf(machine, self).map((item) => callWith(fn, item))), // prettier-ignore
    'def collect(Collection,Closure)': (machine, self: ScriptValue, into: Items, fn: FunctionValue) => {
      for (const item of itemsOf(machine, self)) add(machine, into, callWith(fn, item))
      return into
    },
    'def find(Closure)': (machine, self: ScriptValue, fn: FunctionValue) =>
      find(machine, self, test(machine, fn))?.item ?? null,
    'def findAll(Closure)': (machine, self: ScriptValue, fn: FunctionValue) => {
      const found = itemsOf(machine, self).filter(test(machine, fn))
      machine.budget.allocate(found.length)
      return machine.dialect === 'groovy' ? copyLike(self, found) : new ListValue(found)
    },
    'def findResult(Closure)': (machine, self: ScriptValue, fn: FunctionValue) => findResult(machine, self, fn, null),
    'def findResult(Object,Closure)': (machine, self: ScriptValue, other: ScriptValue, fn: FunctionValue) =>
      findResult(machine, self, fn, other),
    'List findResults(Function)': (machine, self: ScriptValue, fn: FunctionValue) =>
      newList(machine, itemsOf(machine, self).map((item) => callWith(fn, item)).filter((item) => item !== null)), // prettier-ignore
    'Map groupBy(Function)': (machine, self: ScriptValue, fn: FunctionValue) =>
      groupBy(machine, itemsOf(machine, self), fn),
    'String join(String)': (machine, self: ScriptValue, by: string) => joined(machine, itemsOf(machine, self), by),
    'def sum()': (machine, self: ScriptValue) => sum(machine, itemsOf(machine, self)),
    'def sum(ToDoubleFunction)': (machine, self: ScriptValue, fn: FunctionValue) =>
      sum(machine, itemsOf(machine, self).map((item) => callWith(fn, item))), // prettier-ignore
    'List split(Closure)': (machine, self: ScriptValue, fn: FunctionValue) => {
      const [yes, no]: [ScriptValue[], ScriptValue[]] = [[], []]
      for (const item of itemsOf(machine, self)) (machine.truth(callWith(fn, item)) ? yes : no).push(item)
      machine.budget.allocate(yes.length + no.length)
      return new ListValue([copyLike(self, yes), copyLike(self, no)])
    },
  },
  groovy: {
    'int count(Closure)': (machine, self: ScriptValue, fn: FunctionValue) =>
      itemsOf(machine, self).filter(test(machine, fn)).length,
    'String join()': (machine, self: ScriptValue) => joined(machine, itemsOf(machine, self), ''),
    'def sum(def)': (machine, self: ScriptValue, start: ScriptValue) => sum(machine, itemsOf(machine, self), start),
    'def sum(def,Closure)': (machine, self: ScriptValue, start: ScriptValue, fn: FunctionValue) =>
      sum(machine, itemsOf(machine, self).map((item) => callWith(fn, item)), start), // prettier-ignore
    'def find()': (machine, self: ScriptValue) => find(machine, self, (item) => machine.truth(item))?.item ?? null,
    'def findAll()': (machine, self: ScriptValue) =>
      copyLike(self, itemsOf(machine, self).filter((item) => machine.truth(item))), // prettier-ignore
    'boolean any()': (machine, self: ScriptValue) => find(machine, self, (item) => machine.truth(item)) !== undefined,
    'boolean every()': (machine, self: ScriptValue) =>
      find(machine, self, (item) => !machine.truth(item)) === undefined,
    'int findIndexOf(Closure)': (machine, self: ScriptValue, fn: FunctionValue) =>
      itemsOf(machine, self).findIndex(test(machine, fn)),
    'int findLastIndexOf(Closure)': (machine, self: ScriptValue, fn: FunctionValue) =>
      itemsOf(machine, self).findLastIndex(test(machine, fn)),
    'List findIndexValues(Closure)': (machine, self: ScriptValue, fn: FunctionValue) =>
      newList(machine, itemsOf(machine, self).flatMap((item, index) => (machine.truth(callWith(fn, item)) ? [index] : []))), // prettier-ignore
    'def inject(Closure)': (machine, self: ScriptValue, fn: FunctionValue) => {
      const items = itemsOf(machine, self)
      if (items.length === 0) throw raise('java.util.NoSuchElementException', 'Cannot call inject() on an empty iterable without passing an initial value.') // prettier-ignore
      return items.slice(1).reduce((a, b) => fn.call([a, b]), items[0]!)
    },
    'def inject(def,Closure)': (machine, self: ScriptValue, start: ScriptValue, fn: FunctionValue) =>
      itemsOf(machine, self).reduce((a: ScriptValue, b) => injectOne(fn, a, b), start),
    'List collectMany(Closure)': (machine, self: ScriptValue, fn: FunctionValue) =>
      newList(machine, itemsOf(machine, self).flatMap((item) => [...itemsOf(machine, callWith(fn, item))])), // prettier-ignore
    'Map collectEntries(Closure)': (machine, self: ScriptValue, fn: FunctionValue) => {
      const map = newMap('linked')
      for (const item of itemsOf(machine, self)) addEntry(machine, map, callWith(fn, item))
      return map
    },
    'Map collectEntries()': (machine, self: ScriptValue) => {
      const map = newMap('linked')
      for (const item of itemsOf(machine, self)) addEntry(machine, map, item)
      return map
    },
    'Map countBy(Closure)': (machine, self: ScriptValue, fn: FunctionValue) => {
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
    'def max(Closure)': (machine, self: ScriptValue, fn: FunctionValue) =>
      extreme(machine, itemsOf(machine, self), fn, 1),
    'def min()': (machine, self: ScriptValue) => extreme(machine, itemsOf(machine, self), null, -1),
    'def min(Closure)': (machine, self: ScriptValue, fn: FunctionValue) =>
      extreme(machine, itemsOf(machine, self), fn, -1),
    'def sort()': (machine, self: ScriptValue) => permuteSort(machine, self, null, true),
    'def sort(Closure)': (machine, self: ScriptValue, fn: FunctionValue) => permuteSort(machine, self, fn, true),
    'def sort(boolean)': (machine, self: ScriptValue, mutate: boolean) => permuteSort(machine, self, null, mutate),
    'def sort(boolean,Closure)': (machine, self: ScriptValue, mutate: boolean, fn: FunctionValue) =>
      permuteSort(machine, self, fn, mutate),
    'def toSorted()': (machine, self: ScriptValue) => permuteSort(machine, self, null, false),
    'def toSorted(Closure)': (machine, self: ScriptValue, fn: FunctionValue) => permuteSort(machine, self, fn, false),
    'def unique()': (machine, self: ScriptValue) => uniqueInto(machine, self, null, true),
    'def unique(Closure)': (machine, self: ScriptValue, fn: FunctionValue) => uniqueInto(machine, self, fn, true),
    'def unique(boolean)': (machine, self: ScriptValue, mutate: boolean) => uniqueInto(machine, self, null, mutate),
    'def unique(boolean,Closure)': (machine, self: ScriptValue, mutate: boolean, fn: FunctionValue) =>
      uniqueInto(machine, self, fn, mutate),
    'def toUnique()': (machine, self: ScriptValue) => uniqueInto(machine, self, null, false),
    'def flatten()': (machine, self: ScriptValue) => copyLike(self, flatten(machine, itemsOf(machine, self), [])),
    'def reverse()': (machine, self: ScriptValue) => newList(machine, [...itemsOf(machine, self)].toReversed()),
    'def reverseEach(Closure)': (machine, self: ScriptValue, fn: FunctionValue) => {
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
    'def takeWhile(Closure)': (machine, self: ScriptValue, fn: FunctionValue) => {
      const items = itemsOf(machine, self)
      const end = items.findIndex((item) => !machine.truth(callWith(fn, item)))
      return newList(machine, end < 0 ? [...items] : items.slice(0, end))
    },
    'def dropWhile(Closure)': (machine, self: ScriptValue, fn: FunctionValue) => {
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
      // Nothing, as often as one likes, is nothing: a list of two billion empty ones would end the process.
      const times = items.length === 0 ? 0 : Math.max(0, count)
      machine.budget.allocate(items.length * times)
      return new ListValue(Array.from({ length: times }, () => items).flat())
    },
  },
})

function injectOne(fn: FunctionValue, a: ScriptValue, b: ScriptValue): ScriptValue {
  return fn.arity === 3 && b instanceof EntryValue ? fn.call([a, b.key, b.value]) : fn.call([a, b])
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

export function endItem(items: readonly ScriptValue[], index: number, method: string): ScriptValue {
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
