import { ListValue } from '../containers.ts'
import { javaEquals } from '../equality.ts'
import { raise, type FunctionValue, type ScriptValue } from '../instance.ts'
import { checkBounds } from './bounds.ts'
import { BY_PATH } from './by-path.ts'
import { defineClass, type Signatures } from './define.ts'
import { itemsOf, modifiable, newList } from './iteration.ts'
import { position, add, permuteSort, endItem } from './iterable.ts'
import { DEQUE as QUEUE, LIST_METHODS } from './queues.ts'

/** What Groovy gives every list of a Deque. */
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
    ...LIST_METHODS,
    ...BY_PATH,
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
    'void replaceAll(UnaryOperator)': (machine, self: ListValue, fn: FunctionValue) => {
      modifiable(machine, self)
      self.items = self.items.map((item) => fn.call([item]))
    },
    'def sort(Comparator)': (machine, self: ListValue, fn: FunctionValue | null) => {
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
  methods: {
    'def clone()': (machine, list: ListValue) => newList(machine, [...list.items]),
    'void trimToSize()': () => undefined,
  },
})

export const LINKED_LIST = defineClass('java.util.LinkedList', {
  extends: ['java.util.List'],
  new: {
    'LinkedList()': () => new ListValue([], 'java.util.LinkedList'),
    'LinkedList(Collection)': (machine, _s, items: ScriptValue) =>
      new ListValue([...itemsOf(machine, items)], 'java.util.LinkedList'),
  },
  methods: QUEUE,
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
