import { ArrayValue, ListValue, OptionalValue } from '../containers.ts'
import { newSet } from '../equality.ts'
import { FunctionValue, Instance, type ScriptValue } from '../instance.ts'
import type { Machine } from '../machine.ts'
import { asDouble, asLong, JavaDouble, JavaLong } from '../numbers.ts'
import { binary } from '../operators.ts'
import { comparator } from './comparing.ts'
import { defineClass, type Signatures } from './define.ts'
import { StatisticsValue } from './statistics.ts'
import { CollectorValue, StreamValue, type StreamKind } from './stream-value.ts'

/** What the methods of each stream take and give. */
const SHAPES = {
  object: {
    stream: 'Stream', item: 'def', optional: 'Optional', predicate: 'Predicate', mapper: 'Function', flat: 'Function',
    consumer: 'Consumer', operator: 'BinaryOperator', adder: 'BiConsumer', statistics: 'def',
  },
  int: {
    stream: 'IntStream', item: 'int', optional: 'OptionalInt', predicate: 'IntPredicate', mapper: 'IntUnaryOperator',
    flat: 'IntFunction', consumer: 'IntConsumer', operator: 'IntBinaryOperator', adder: 'ObjIntConsumer',
    statistics: 'IntSummaryStatistics',
  },
  long: {
    stream: 'LongStream', item: 'long', optional: 'OptionalLong', predicate: 'LongPredicate', mapper: 'LongUnaryOperator',
    flat: 'LongFunction', consumer: 'LongConsumer', operator: 'LongBinaryOperator', adder: 'ObjLongConsumer',
    statistics: 'LongSummaryStatistics',
  },
  double: {
    stream: 'DoubleStream', item: 'double', optional: 'OptionalDouble', predicate: 'DoublePredicate',
    mapper: 'DoubleUnaryOperator', flat: 'DoubleFunction', consumer: 'DoubleConsumer', operator: 'DoubleBinaryOperator',
    adder: 'ObjDoubleConsumer', statistics: 'DoubleSummaryStatistics',
  },
} satisfies Record<StreamKind, Record<string, string>> // prettier-ignore

function* mapped(machine: Machine, stream: StreamValue, fn: FunctionValue): Generator<ScriptValue> {
  for (const item of stream.each(machine)) yield fn.call([item])
}

function* filtered(machine: Machine, stream: StreamValue, fn: FunctionValue): Generator<ScriptValue> {
  for (const item of stream.each(machine)) if (machine.truth(fn.call([item]))) yield item
}

function* flat(machine: Machine, stream: StreamValue, fn: FunctionValue): Generator<ScriptValue> {
  for (const item of stream.each(machine)) {
    const inner = fn.call([item])
    if (inner instanceof StreamValue) yield* inner.each(machine)
  }
}

function* limited(machine: Machine, stream: StreamValue, count: number): Generator<ScriptValue> {
  if (count <= 0) return
  let left = count
  for (const item of stream.each(machine)) {
    yield item
    if (--left === 0) return
  }
}

function* skipped(machine: Machine, stream: StreamValue, count: number): Generator<ScriptValue> {
  let left = count
  for (const item of stream.each(machine)) if (left-- <= 0) yield item
}

function* while_(machine: Machine, stream: StreamValue, fn: FunctionValue, take: boolean): Generator<ScriptValue> {
  let holds = true
  for (const item of stream.each(machine)) {
    holds = holds && machine.truth(fn.call([item]))
    if (take && !holds) return
    if (take || !holds) yield item
  }
}

function* each(items: Iterable<ScriptValue>, make: (item: ScriptValue) => ScriptValue): Generator<ScriptValue> {
  for (const item of items) yield make(item)
}

const toLong = (item: ScriptValue): ScriptValue => new JavaLong(asLong(item))
const toDouble = (item: ScriptValue): ScriptValue => new JavaDouble(asDouble(item))

function* joined(machine: Machine, a: StreamValue, b: StreamValue): Generator<ScriptValue> {
  yield* a.each(machine)
  yield* b.each(machine)
}

/** What is done when the stream is first asked: sorting, distinct. */
function* late(items: () => readonly ScriptValue[]): Generator<ScriptValue> {
  yield* items()
}

function sum(machine: Machine, stream: StreamValue): ScriptValue {
  const zero = stream.kind === 'double' ? new JavaDouble(0) : stream.kind === 'long' ? new JavaLong(0n) : 0
  let total: ScriptValue = zero
  for (const item of stream.each(machine)) total = binary(machine, '+', total, item)
  return total
}

export function average(items: readonly ScriptValue[]): OptionalValue {
  if (items.length === 0) return new OptionalValue(null, OPTIONALS.double)
  const total = items.reduce((a: number, b) => a + asDouble(b), 0)
  return new OptionalValue(new JavaDouble(total / items.length), OPTIONALS.double)
}

const OPTIONALS: Readonly<Record<StreamKind, string>> = {
  object: 'java.util.Optional',
  int: 'java.util.OptionalInt',
  long: 'java.util.OptionalLong',
  double: 'java.util.OptionalDouble',
}

export function extreme(machine: Machine, stream: StreamValue, fn: FunctionValue | null, sign: 1 | -1): OptionalValue {
  const items = stream.drain(machine)
  if (items.length === 0) return new OptionalValue(null, OPTIONALS[stream.kind])
  const compare = comparator(machine, fn)
  const best = items.slice(1).reduce((one, item) => (compare(item, one) * sign > 0 ? item : one), items[0]!)
  return new OptionalValue(best, OPTIONALS[stream.kind])
}

function first(machine: Machine, stream: StreamValue): OptionalValue {
  for (const item of stream.each(machine)) return new OptionalValue(item, OPTIONALS[stream.kind])
  return new OptionalValue(null, OPTIONALS[stream.kind])
}

const to = (kind: StreamKind) => (machine: Machine, s: StreamValue, fn: FunctionValue) =>
  new StreamValue(kind, mapped(machine, s, fn))
const toDoubles = (machine: Machine, s: StreamValue, fn: FunctionValue): StreamValue =>
  new StreamValue('double', each(mapped(machine, s, fn), toDouble))
const asDoubles = (machine: Machine, s: StreamValue): StreamValue =>
  new StreamValue('double', each(s.each(machine), toDouble))

function forEach(machine: Machine, s: StreamValue, fn: FunctionValue): void {
  for (const item of s.each(machine)) fn.call([item])
}

/** Whether any element answers as asked. */
function anyIs(machine: Machine, s: StreamValue, fn: FunctionValue, answer: boolean): boolean {
  for (const item of s.each(machine)) if (machine.truth(fn.call([item])) === answer) return true
  return false
}

function reduced(machine: Machine, s: StreamValue, start: ScriptValue, fn: FunctionValue): ScriptValue {
  let total = start
  for (const item of s.each(machine)) total = fn.call([total, item])
  return total
}

const itself = (_m: Machine, s: StreamValue): StreamValue => s

/** What every stream has, in the types of its kind. */
function shared(kind: StreamKind): Signatures {
  const { stream, item, optional, predicate, mapper, flat: many, consumer, operator, adder } = SHAPES[kind]
  return {
    [`${stream} filter(${predicate})`]: (machine: Machine, s: StreamValue, fn: FunctionValue) =>
      new StreamValue(kind, filtered(machine, s, fn)),
    [`${stream} map(${mapper})`]: to(kind),
    [`${stream} flatMap(${many})`]: (machine: Machine, s: StreamValue, fn: FunctionValue) =>
      new StreamValue(kind, flat(machine, s, fn)),
    [`${stream} distinct()`]: (machine: Machine, s: StreamValue) =>
      new StreamValue(kind, late(() => newSet('linked', s.drain(machine)).items)), // prettier-ignore
    [`${stream} sorted()`]: (machine: Machine, s: StreamValue) =>
      new StreamValue(kind, late(() => s.drain(machine).sort(comparator(machine, null)))), // prettier-ignore
    [`${stream} limit(long)`]: (machine: Machine, s: StreamValue, count: bigint) =>
      new StreamValue(kind, limited(machine, s, Number(count))),
    [`${stream} skip(long)`]: (machine: Machine, s: StreamValue, count: bigint) =>
      new StreamValue(kind, skipped(machine, s, Number(count))),
    [`${stream} takeWhile(${predicate})`]: (machine: Machine, s: StreamValue, fn: FunctionValue) =>
      new StreamValue(kind, while_(machine, s, fn, true)),
    [`${stream} dropWhile(${predicate})`]: (machine: Machine, s: StreamValue, fn: FunctionValue) =>
      new StreamValue(kind, while_(machine, s, fn, false)),
    [`${stream} peek(${consumer})`]: (machine: Machine, s: StreamValue, fn: FunctionValue) =>
      new StreamValue(kind, each(s.each(machine), (one) => (fn.call([one]), one))), // prettier-ignore
    [`${stream} parallel()`]: itself,
    [`${stream} sequential()`]: itself,
    [`${stream} unordered()`]: itself,
    'boolean isParallel()': () => false,
    'void close()': () => undefined,
    [`void forEach(${consumer})`]: forEach,
    [`void forEachOrdered(${consumer})`]: forEach,
    [`boolean anyMatch(${predicate})`]: (machine: Machine, s: StreamValue, fn: FunctionValue) =>
      anyIs(machine, s, fn, true),
    [`boolean allMatch(${predicate})`]: (machine: Machine, s: StreamValue, fn: FunctionValue) =>
      !anyIs(machine, s, fn, false),
    [`boolean noneMatch(${predicate})`]: (machine: Machine, s: StreamValue, fn: FunctionValue) =>
      !anyIs(machine, s, fn, true),
    'long count()': (machine: Machine, s: StreamValue) => s.drain(machine).length,
    [`${optional} findFirst()`]: first,
    [`${optional} findAny()`]: first,
    [`${item} reduce(def,${operator})`]: reduced,
    [`${optional} reduce(${operator})`]: (machine: Machine, s: StreamValue, fn: FunctionValue) => {
      let total: ScriptValue | undefined
      for (const one of s.each(machine)) total = total === undefined ? one : fn.call([total, one])
      return new OptionalValue(total ?? null, OPTIONALS[kind])
    },
    'array toArray()': (machine: Machine, s: StreamValue) =>
      new ArrayValue(kind === 'object' ? 'Object' : kind, s.drain(machine)),
    [`def collect(Supplier,${adder},BiConsumer)`]: (
      machine: Machine,
      s: StreamValue,
      make: FunctionValue,
      add: FunctionValue,
    ) => {
      const container = make.call([])
      for (const one of s.each(machine)) add.call([container, one])
      return container
    },
    'Iterator iterator()': (machine: Machine, s: StreamValue) =>
      machine.invoke(new ListValue(s.drain(machine)), 'iterator', []),
  }
}

/** What the streams of numbers have. */
function numbers(kind: Exclude<StreamKind, 'object'>): Signatures {
  const { item, optional, flat: toObject, statistics } = SHAPES[kind]
  return {
    ...shared(kind),
    [`Stream mapToObj(${toObject})`]: to('object'),
    'Stream boxed()': (machine: Machine, s: StreamValue) => new StreamValue('object', s.each(machine)),
    [`${item} sum()`]: (machine: Machine, s: StreamValue) => sum(machine, s),
    'OptionalDouble average()': (machine: Machine, s: StreamValue) => average(s.drain(machine)),
    [`${optional} max()`]: (machine: Machine, s: StreamValue) => extreme(machine, s, null, 1),
    [`${optional} min()`]: (machine: Machine, s: StreamValue) => extreme(machine, s, null, -1),
    [`${statistics} summaryStatistics()`]: (machine: Machine, s: StreamValue) =>
      new StatisticsValue(kind, s.drain(machine)),
  }
}

/** Takes elements one by one for a stream. */
class BuilderValue extends Instance {
  readonly typeName: string
  readonly kind: StreamKind
  readonly items: ScriptValue[] = []

  constructor(kind: StreamKind) {
    super()
    this.kind = kind
    this.typeName = `java.util.stream.${SHAPES[kind].stream}.Builder`
  }
}

const builder = (kind: StreamKind) => {
  const take = (machine: Machine, b: BuilderValue, item: ScriptValue): BuilderValue => {
    machine.budget.allocate(1)
    b.items.push(item)
    return b
  }
  return defineClass(`java.util.stream.${SHAPES[kind].stream}.Builder`, {
    methods: {
      'def add(def)': take,
      'void accept(def)': (machine, b: BuilderValue, item: ScriptValue) => void take(machine, b, item),
      [`${SHAPES[kind].stream} build()`]: (_m: Machine, b: BuilderValue) => new StreamValue(b.kind, b.items),
    },
  })
}

export const STREAM_BUILDER = builder('object')
export const INT_BUILDER = builder('int')
export const LONG_BUILDER = builder('long')
export const DOUBLE_BUILDER = builder('double')

function* ranged(from: number, to: number): Generator<ScriptValue> {
  for (let value = from; value < to; value++) yield value
}

function* iterated(start: ScriptValue, fn: FunctionValue): Generator<ScriptValue> {
  for (let value = start; ; value = fn.call([value])) yield value
}

function* generated(fn: FunctionValue): Generator<ScriptValue> {
  for (;;) yield fn.call([])
}

function* longs(from: bigint, to: bigint): Generator<ScriptValue> {
  for (let value = from; value < to; value++) yield new JavaLong(value)
}

const concat = (kind: StreamKind) => (machine: Machine, _s: null, a: StreamValue, b: StreamValue) =>
  new StreamValue(kind, joined(machine, a, b))

export const STREAM = defineClass('java.util.stream.Stream', {
  static: {
    'Stream of(array)': (_m, _s, array: ArrayValue) => new StreamValue('object', array.items),
    'Stream empty()': () => new StreamValue('object', []),
    'Stream.Builder builder()': () => new BuilderValue('object'),
    'Stream concat(Stream,Stream)': concat('object'),
  },
  groovyStatic: {
    'Stream of(def...)': (_m, _s, ...items: ScriptValue[]) => new StreamValue('object', items),
    'Stream iterate(def,UnaryOperator)': (_m, _s, start: ScriptValue, fn: FunctionValue) =>
      new StreamValue('object', iterated(start, fn)),
    'Stream generate(Supplier)': (_m, _s, fn: FunctionValue) => new StreamValue('object', generated(fn)),
  },
  methods: {
    ...shared('object'),
    'IntStream mapToInt(ToIntFunction)': to('int'),
    'LongStream mapToLong(ToLongFunction)': to('long'),
    'DoubleStream mapToDouble(ToDoubleFunction)': toDoubles,
    'IntStream flatMapToInt(Function)': (machine, s: StreamValue, fn: FunctionValue) =>
      new StreamValue('int', flat(machine, s, fn)),
    'LongStream flatMapToLong(Function)': (machine, s: StreamValue, fn: FunctionValue) =>
      new StreamValue('long', flat(machine, s, fn)),
    'DoubleStream flatMapToDouble(Function)': (machine, s: StreamValue, fn: FunctionValue) =>
      new StreamValue('double', flat(machine, s, fn)),
    'Stream sorted(Comparator)': (machine, s: StreamValue, fn: FunctionValue) =>
      new StreamValue('object', late(() => s.drain(machine).sort(comparator(machine, fn)))), // prettier-ignore
    'Optional max(Comparator)': (machine, s: StreamValue, fn: FunctionValue) => extreme(machine, s, fn, 1),
    'Optional min(Comparator)': (machine, s: StreamValue, fn: FunctionValue) => extreme(machine, s, fn, -1),
    'def reduce(def,BiFunction,BinaryOperator)': reduced,
    'array toArray(IntFunction)': (machine, s: StreamValue, fn: FunctionValue) => {
      const model = fn.call([0])
      return new ArrayValue(model instanceof ArrayValue ? model.component : 'Object', s.drain(machine))
    },
    'def collect(Collector)': (machine, s: StreamValue, by: CollectorValue) => by.finish(s.drain(machine)),
    'List toList()': (machine, s: StreamValue) => new ListValue(s.drain(machine), 'java.util.ArrayList', true),
  },
})

export const INT_STREAM = defineClass('java.util.stream.IntStream', {
  static: {
    'IntStream range(int,int)': (_m, _s, from: number, to: number) => new StreamValue('int', ranged(from, to)),
    'IntStream rangeClosed(int,int)': (_m, _s, from: number, to: number) =>
      new StreamValue('int', ranged(from, to + 1)),
    'IntStream of(array)': (_m, _s, array: ArrayValue) => new StreamValue('int', array.items),
    'IntStream empty()': () => new StreamValue('int', []),
    'IntStream.Builder builder()': () => new BuilderValue('int'),
    'IntStream concat(IntStream,IntStream)': concat('int'),
  },
  groovyStatic: {
    'IntStream of(def...)': (_m, _s, ...items: ScriptValue[]) => new StreamValue('int', items),
    'IntStream iterate(int,IntUnaryOperator)': (_m, _s, start: number, fn: FunctionValue) =>
      new StreamValue('int', iterated(start, fn)),
  },
  methods: {
    ...numbers('int'),
    'LongStream mapToLong(IntToLongFunction)': to('long'),
    'DoubleStream mapToDouble(IntToDoubleFunction)': toDoubles,
    'LongStream asLongStream()': (machine, s: StreamValue) => new StreamValue('long', each(s.each(machine), toLong)),
    'DoubleStream asDoubleStream()': asDoubles,
  },
})

export const LONG_STREAM = defineClass('java.util.stream.LongStream', {
  static: {
    'LongStream range(long,long)': (_m, _s, from: bigint, to: bigint) => new StreamValue('long', longs(from, to)),
    'LongStream rangeClosed(long,long)': (_m, _s, from: bigint, to: bigint) =>
      new StreamValue('long', longs(from, to + 1n)),
    'LongStream of(array)': (_m, _s, array: ArrayValue) => new StreamValue('long', array.items),
    'LongStream empty()': () => new StreamValue('long', []),
    'LongStream.Builder builder()': () => new BuilderValue('long'),
    'LongStream concat(LongStream,LongStream)': concat('long'),
  },
  groovyStatic: {
    'LongStream of(def...)': (_m, _s, ...items: ScriptValue[]) => new StreamValue('long', items.map(toLong)),
  },
  methods: {
    ...numbers('long'),
    'IntStream mapToInt(LongToIntFunction)': to('int'),
    'DoubleStream mapToDouble(LongToDoubleFunction)': toDoubles,
    'DoubleStream asDoubleStream()': asDoubles,
  },
})

export const DOUBLE_STREAM = defineClass('java.util.stream.DoubleStream', {
  static: {
    'DoubleStream of(array)': (_m, _s, array: ArrayValue) => new StreamValue('double', array.items),
    'DoubleStream empty()': () => new StreamValue('double', []),
    'DoubleStream.Builder builder()': () => new BuilderValue('double'),
    'DoubleStream concat(DoubleStream,DoubleStream)': concat('double'),
  },
  groovyStatic: {
    'DoubleStream of(def...)': (_m, _s, ...items: ScriptValue[]) => new StreamValue('double', items.map(toDouble)),
  },
  methods: {
    ...numbers('double'),
    'IntStream mapToInt(DoubleToIntFunction)': to('int'),
    'LongStream mapToLong(DoubleToLongFunction)': to('long'),
  },
})
