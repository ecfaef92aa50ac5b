import { IteratorValue, ListValue } from '../containers.ts'
import { javaEquals } from '../equality.ts'
import { Instance, raise, type FunctionValue, type ScriptValue } from '../instance.ts'
import type { Machine } from '../machine.ts'
import { comparator } from './comparing.ts'
import { defineClass, type Signatures } from './define.ts'
import { add } from './iterable.ts'
import { itemsOf, modifiable } from './iteration.ts'
import { checkBounds } from './bounds.ts'

const missing = (): never => {
  throw raise('java.util.NoSuchElementException')
}

function shift(machine: Machine, list: ListValue): ScriptValue | undefined {
  machine.budget.steps(list.items.length >> 6)
  return modifiable(machine, list).shift()
}

function addFirst(machine: Machine, list: ListValue, item: ScriptValue): void {
  machine.budget.steps(list.items.length >> 6)
  modifiable(machine, list, 1).unshift(item)
}

/** `java.util.Deque`, its head being the first item. */
export const DEQUE: Signatures = {
  'def getFirst()': (_m, list: ListValue) => list.items[0] ?? missing(),
  'def element()': (_m, list: ListValue) => list.items[0] ?? missing(),
  'def getLast()': (_m, list: ListValue) => list.items.at(-1) ?? missing(),
  'def peek()': (_m, list: ListValue) => list.items[0] ?? null,
  'def peekFirst()': (_m, list: ListValue) => list.items[0] ?? null,
  'def peekLast()': (_m, list: ListValue) => list.items.at(-1) ?? null,
  'def poll()': (machine, list: ListValue) => shift(machine, list) ?? null,
  'def pollFirst()': (machine, list: ListValue) => shift(machine, list) ?? null,
  'def pollLast()': (machine, list: ListValue) => modifiable(machine, list).pop() ?? null,
  'def pop()': (machine, list: ListValue) => shift(machine, list) ?? missing(),
  'def remove()': (machine, list: ListValue) => shift(machine, list) ?? missing(),
  'def removeFirst()': (machine, list: ListValue) => shift(machine, list) ?? missing(),
  'def removeLast()': (machine, list: ListValue) => modifiable(machine, list).pop() ?? missing(),
  'void push(def)': addFirst,
  'void addFirst(def)': addFirst,
  'void addLast(def)': (machine, list: ListValue, item: ScriptValue) => void add(machine, list, item),
  'boolean offer(def)': (machine, list: ListValue, item: ScriptValue) => add(machine, list, item),
  'boolean offerLast(def)': (machine, list: ListValue, item: ScriptValue) => add(machine, list, item),
  'boolean offerFirst(def)': (machine, list: ListValue, item: ScriptValue) => {
    addFirst(machine, list, item)
    return true
  },
  'boolean removeFirstOccurrence(def)': (machine, list: ListValue, item: ScriptValue) =>
    removeItem(machine, list, item, false),
  'boolean removeLastOccurrence(def)': (machine, list: ListValue, item: ScriptValue) =>
    removeItem(machine, list, item, true),
  'Iterator descendingIterator()': (_m, list: ListValue) => new IteratorValue(list.items.toReversed()),
}

function removeItem(machine: Machine, list: ListValue, item: ScriptValue, last: boolean): boolean {
  machine.budget.steps(list.items.length >> 2)
  const fits = (one: ScriptValue): boolean => javaEquals(one, item)
  const index = last ? list.items.findLastIndex(fits) : list.items.findIndex(fits)
  if (index >= 0) modifiable(machine, list).splice(index, 1)
  return index >= 0
}

const COLLECTION = ['java.util.Collection', 'java.lang.Iterable', 'java.lang.Object']

const named =
  (name: string) =>
  (machine: Machine, _s: null, items: ScriptValue): ListValue => {
    const list = itemsOf(machine, items)
    machine.budget.allocate(list.length)
    return new ListValue([...list], name)
  }

export const ARRAY_DEQUE = defineClass('java.util.ArrayDeque', {
  extends: COLLECTION,
  new: {
    'ArrayDeque()': () => new ListValue([], 'java.util.ArrayDeque'),
    'ArrayDeque(int)': () => new ListValue([], 'java.util.ArrayDeque'),
    'ArrayDeque(Collection)': named('java.util.ArrayDeque'),
  },
  methods: {
    ...DEQUE,
    'boolean remove(def)': (machine, list: ListValue, item: ScriptValue) => removeItem(machine, list, item, false),
  },
})

/** Methods that Vector has beside those of List. */
const VECTOR: Signatures = {
  'void addElement(def)': (machine, list: ListValue, item: ScriptValue) => void add(machine, list, item),
  'def elementAt(int)': (_m, list: ListValue, index: number) => {
    checkBounds(index, list.items.length)
    return list.items[index]!
  },
  'def firstElement()': (_m, list: ListValue) => list.items[0] ?? missing(),
  'def lastElement()': (_m, list: ListValue) => list.items.at(-1) ?? missing(),
  'void insertElementAt(def,int)': (machine, list: ListValue, item: ScriptValue, index: number) => {
    machine.budget.steps(list.items.length >> 6)
    modifiable(machine, list, 1).splice(index, 0, item)
  },
  'void removeAllElements()': (machine, list: ListValue) => {
    modifiable(machine, list)
    list.items = []
  },
  'boolean removeElement(def)': (machine, list: ListValue, item: ScriptValue) => removeItem(machine, list, item, false),
  'void removeElementAt(int)': (machine, list: ListValue, index: number) => {
    checkBounds(index, list.items.length)
    modifiable(machine, list).splice(index, 1)
  },
  'void setElementAt(def,int)': (machine, list: ListValue, item: ScriptValue, index: number) => {
    checkBounds(index, list.items.length)
    modifiable(machine, list)[index] = item
  },
}

export const VECTOR_CLASS = defineClass('java.util.Vector', {
  extends: ['java.util.List'],
  new: {
    'Vector()': () => new ListValue([], 'java.util.Vector'),
    'Vector(Collection)': named('java.util.Vector'),
  },
  methods: VECTOR,
})

export const STACK = defineClass('java.util.Stack', {
  extends: ['java.util.Vector', 'java.util.List'],
  new: { 'Stack()': () => new ListValue([], 'java.util.Stack') },
  methods: {
    'def push(def)': (machine, list: ListValue, item: ScriptValue) => {
      add(machine, list, item)
      return item
    },
    'def pop()': (machine, list: ListValue) => {
      if (list.items.length === 0) throw raise('java.util.EmptyStackException')
      return modifiable(machine, list).pop()!
    },
    'def peek()': (_m, list: ListValue) => {
      if (list.items.length === 0) throw raise('java.util.EmptyStackException')
      return list.items.at(-1)!
    },
    'boolean empty()': (_m, list: ListValue) => list.items.length === 0,
    'int search(def)': (machine, list: ListValue, item: ScriptValue) => {
      machine.budget.steps(list.items.length >> 2)
      const index = list.items.findLastIndex((one) => javaEquals(one, item))
      return index < 0 ? -1 : list.items.length - index
    },
  },
})

/** A binary heap: its items in the order that Java's has them, so that it prints alike. */
class PriorityQueueValue extends ListValue {
  readonly order: FunctionValue | null

  constructor(order: FunctionValue | null) {
    super([], 'java.util.PriorityQueue')
    this.order = order
  }

  push(machine: Machine, item: ScriptValue): void {
    if (item === null) throw raise('NullPointerException')
    machine.budget.allocate(1)
    const compare = comparator(machine, this.order)
    const { items } = this
    let at = items.push(item) - 1
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (compare(item, items[parent]!) >= 0) break
      items[at] = items[parent]!
      at = parent
    }
    items[at] = item
  }

  take(machine: Machine): ScriptValue | undefined {
    const { items } = this
    const first = items[0]
    const last = items.pop()
    if (items.length > 0 && last !== undefined) this.sink(machine, last)
    return first
  }

  private sink(machine: Machine, item: ScriptValue): void {
    const compare = comparator(machine, this.order)
    const { items } = this
    let at = 0
    for (let child = 1; child < items.length; child = 2 * at + 1) {
      if (child + 1 < items.length && compare(items[child]!, items[child + 1]!) > 0) child++
      if (compare(item, items[child]!) <= 0) break
      items[at] = items[child]!
      at = child
    }
    items[at] = item
  }
}

const offer = (machine: Machine, queue: PriorityQueueValue, item: ScriptValue): boolean => {
  queue.push(machine, item)
  return true
}

export const PRIORITY_QUEUE = defineClass('java.util.PriorityQueue', {
  extends: COLLECTION,
  new: {
    'PriorityQueue()': () => new PriorityQueueValue(null),
    'PriorityQueue(Closure)': (_m, _s, order: FunctionValue) => new PriorityQueueValue(order),
    'PriorityQueue(int)': () => new PriorityQueueValue(null),
    'PriorityQueue(Collection)': (machine, _s, items: ScriptValue) => {
      const queue = new PriorityQueueValue(null)
      for (const item of itemsOf(machine, items)) queue.push(machine, item)
      return queue
    },
  },
  methods: {
    'boolean add(def)': offer,
    'boolean offer(def)': offer,
    'def peek()': (_m, queue: PriorityQueueValue) => queue.items[0] ?? null,
    'def element()': (_m, queue: PriorityQueueValue) => queue.items[0] ?? missing(),
    'def poll()': (machine, queue: PriorityQueueValue) => queue.take(machine) ?? null,
    'def remove()': (machine, queue: PriorityQueueValue) => queue.take(machine) ?? missing(),
    'boolean remove(def)': (machine, queue: PriorityQueueValue, item: ScriptValue) => {
      const rest = [...queue.items]
      const index = rest.findIndex((one) => javaEquals(one, item))
      if (index < 0) return false
      rest.splice(index, 1)
      queue.items = []
      for (const one of rest) queue.push(machine, one)
      return true
    },
  },
})

class TokenizerValue extends Instance {
  readonly typeName = 'java.util.StringTokenizer'
  readonly tokens: readonly string[]
  next = 0

  constructor(tokens: readonly string[]) {
    super()
    this.tokens = tokens
  }
}

function tokens(machine: Machine, text: string, delimiters: string, keep: boolean): TokenizerValue {
  machine.budget.allocate(text.length)
  const found: string[] = []
  let token = ''
  for (const char of text) {
    if (!delimiters.includes(char)) {
      token += char
      continue
    }
    if (token !== '') found.push(token)
    if (keep) found.push(char)
    token = ''
  }
  if (token !== '') found.push(token)
  return new TokenizerValue(found)
}

const BLANKS = ' \t\n\r\f'

export const STRING_TOKENIZER = defineClass('java.util.StringTokenizer', {
  new: {
    'StringTokenizer(String)': (machine, _s, text: string) => tokens(machine, text, BLANKS, false),
    'StringTokenizer(String,String)': (machine, _s, text: string, by: string) => tokens(machine, text, by, false),
    'StringTokenizer(String,String,boolean)': (machine, _s, text: string, by: string, keep: boolean) =>
      tokens(machine, text, by, keep),
  },
  methods: {
    'boolean hasMoreTokens()': (_m, t: TokenizerValue) => t.next < t.tokens.length,
    'boolean hasMoreElements()': (_m, t: TokenizerValue) => t.next < t.tokens.length,
    'String nextToken()': (_m, t: TokenizerValue) => t.tokens[t.next++] ?? missing(),
    'int countTokens()': (_m, t: TokenizerValue) => t.tokens.length - t.next,
  },
})

/** Walks a list both ways, and changes it on the way. */
class ListIteratorValue extends Instance {
  readonly typeName = 'java.util.ListIterator'
  readonly list: ListValue
  at: number
  last = -1

  constructor(list: ListValue, at: number) {
    super()
    this.list = list
    this.at = at
  }
}

function listIterator(_m: Machine, list: ListValue, at = 0): ListIteratorValue {
  if (at < 0 || at > list.items.length) throw raise('IndexOutOfBoundsException', `Index: ${at}`)
  return new ListIteratorValue(list, at)
}

export const LIST_ITERATOR = defineClass('java.util.ListIterator', {
  methods: {
    'boolean hasNext()': (_m, it: ListIteratorValue) => it.at < it.list.items.length,
    'boolean hasPrevious()': (_m, it: ListIteratorValue) => it.at > 0,
    'int nextIndex()': (_m, it: ListIteratorValue) => it.at,
    'int previousIndex()': (_m, it: ListIteratorValue) => it.at - 1,
    'def next()': (_m, it: ListIteratorValue) => {
      if (it.at >= it.list.items.length) return missing()
      it.last = it.at++
      return it.list.items[it.last]!
    },
    'def previous()': (_m, it: ListIteratorValue) => {
      if (it.at <= 0) return missing()
      it.last = --it.at
      return it.list.items[it.last]!
    },
    'void remove()': (machine, it: ListIteratorValue) => {
      if (it.last < 0) throw raise('IllegalStateException')
      modifiable(machine, it.list).splice(it.last, 1)
      it.at = it.last
      it.last = -1
    },
    'void set(def)': (machine, it: ListIteratorValue, item: ScriptValue) => {
      if (it.last < 0) throw raise('IllegalStateException')
      modifiable(machine, it.list)[it.last] = item
    },
    'void add(def)': (machine, it: ListIteratorValue, item: ScriptValue) => {
      modifiable(machine, it.list, 1).splice(it.at++, 0, item)
      it.last = -1
    },
  },
})

export const LIST_METHODS: Signatures = {
  'ListIterator listIterator()': (machine, list: ListValue) => listIterator(machine, list),
  'ListIterator listIterator(int)': (machine, list: ListValue, at: number) => listIterator(machine, list, at),
}
