import { ArrayValue, ListValue, MapValue, OptionalValue } from '../containers.ts'
import { newMap, newSet } from '../equality.ts'
import { FunctionValue, Instance, raise, type ScriptValue } from '../instance.ts'
import type { Machine } from '../machine.ts'
import { asDouble, asLong, JavaDouble, JavaLong } from '../numbers.ts'
import { binary } from '../operators.ts'
import { comparator } from './comparing.ts'
import { defineClass, type Signatures } from './define.ts'
import { StreamValue, type StreamKind } from './stream-value.ts'

/** A Collector: what it makes of a list of elements. */
class CollectorValue extends Instance {
  readonly typeName = 'java.util.stream.Collector'
  readonly finish: (items: ScriptValue[]) => ScriptValue

  constructor(finish: (items: ScriptValue[]) => ScriptValue) {
    super()
    this.finish = finish
  }
}

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

function average(items: readonly ScriptValue[]): OptionalValue {
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

function extreme(machine: Machine, stream: StreamValue, fn: FunctionValue | null, sign: 1 | -1): OptionalValue {
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

/** Count, sum, min, max and average at once. */
class StatisticsValue extends Instance {
  readonly typeName: string
  readonly kind: StreamKind
  count = 0n
  /** Of a double stream a double, else exact. */
  sum: number | bigint
  min: number | bigint
  max: number | bigint

  constructor(kind: StreamKind, items: Iterable<ScriptValue> = []) {
    super()
    this.kind = kind
    this.typeName = `java.util.${kind === 'int' ? 'Int' : kind === 'double' ? 'Double' : 'Long'}SummaryStatistics`
    this.sum = kind === 'double' ? 0 : 0n
    this.min = kind === 'double' ? Infinity : kind === 'int' ? 2147483647n : 2n ** 63n - 1n
    this.max = kind === 'double' ? -Infinity : kind === 'int' ? -2147483648n : -(2n ** 63n)
    for (const item of items) this.accept(item)
  }

  accept(item: ScriptValue): void {
    const value = this.kind === 'double' ? asDouble(item) : asLong(item)
    this.count++
    if (typeof value === 'number') this.sum = Number(this.sum) + value
    else this.sum = BigInt.asIntN(64, BigInt(this.sum) + value)
    if (value < this.min) this.min = value
    if (value > this.max) this.max = value
  }

  combine(other: StatisticsValue): void {
    this.count += other.count
    this.sum = this.kind === 'double' ? Number(this.sum) + Number(other.sum) : BigInt(this.sum) + BigInt(other.sum)
    if (other.min < this.min) this.min = other.min
    if (other.max > this.max) this.max = other.max
  }

  get average(): number {
    return this.count === 0n ? 0 : Number(this.sum) / Number(this.count)
  }

  number(value: number | bigint): ScriptValue {
    if (this.kind === 'double') return new JavaDouble(Number(value))
    return this.kind === 'int' ? Number(value) : new JavaLong(BigInt(value))
  }

  get text(): string {
    const name = this.typeName.slice('java.util.'.length)
    const show = (value: number | bigint): string => (typeof value === 'bigint' ? String(value) : value.toFixed(6))
    return `${name}{count=${this.count}, sum=${show(this.sum)}, min=${show(this.min)}, average=${this.average.toFixed(6)}, max=${show(this.max)}}`
  }
}

const to = (kind: StreamKind) => (machine: Machine, s: StreamValue, fn: FunctionValue) =>
  new StreamValue(kind, mapped(machine, s, fn))

const SHARED: Signatures = {
  'Stream filter(Closure)': (machine, s: StreamValue, fn: FunctionValue) =>
    new StreamValue(s.kind, filtered(machine, s, fn)),
  'Stream map(Closure)': (machine, s: StreamValue, fn: FunctionValue) =>
    new StreamValue(s.kind, mapped(machine, s, fn)),
  'Stream flatMap(Closure)': (machine, s: StreamValue, fn: FunctionValue) =>
    new StreamValue(s.kind, flat(machine, s, fn)),
  'IntStream mapToInt(Closure)': to('int'),
  'LongStream mapToLong(Closure)': to('long'),
  'DoubleStream mapToDouble(Closure)': (machine, s: StreamValue, fn: FunctionValue) =>
    new StreamValue('double', each(mapped(machine, s, fn), toDouble)),
  'Stream mapToObj(Closure)': to('object'),
  'Stream boxed()': (machine, s: StreamValue) => new StreamValue('object', s.each(machine)),
  'LongStream asLongStream()': (machine, s: StreamValue) => new StreamValue('long', each(s.each(machine), toLong)),
  'DoubleStream asDoubleStream()': (machine, s: StreamValue) =>
    new StreamValue('double', each(s.each(machine), toDouble)),
  'Stream distinct()': (machine, s: StreamValue) =>
    new StreamValue(
      s.kind,
      late(() => newSet('linked', s.drain(machine)).items),
    ),
  'Stream sorted()': (machine, s: StreamValue) =>
    new StreamValue(
      s.kind,
      late(() => s.drain(machine).sort(comparator(machine, null))),
    ),
  'Stream sorted(Comparator)': (machine, s: StreamValue, fn: FunctionValue) =>
    new StreamValue(
      s.kind,
      late(() => s.drain(machine).sort(comparator(machine, fn))),
    ),
  'Stream limit(long)': (machine, s: StreamValue, count: bigint) =>
    new StreamValue(s.kind, limited(machine, s, Number(count))),
  'Stream skip(long)': (machine, s: StreamValue, count: bigint) =>
    new StreamValue(s.kind, skipped(machine, s, Number(count))),
  'Stream takeWhile(Closure)': (machine, s: StreamValue, fn: FunctionValue) =>
    new StreamValue(s.kind, while_(machine, s, fn, true)),
  'Stream dropWhile(Closure)': (machine, s: StreamValue, fn: FunctionValue) =>
    new StreamValue(s.kind, while_(machine, s, fn, false)),
  'Stream peek(Closure)': (machine, s: StreamValue, fn: FunctionValue) =>
    new StreamValue(
      s.kind,
      each(s.each(machine), (item) => (fn.call([item]), item)),
    ),
  'Stream parallel()': (_m, s: StreamValue) => s,
  'Stream sequential()': (_m, s: StreamValue) => s,
  'void forEach(Closure)': (machine, s: StreamValue, fn: FunctionValue) => {
    for (const item of s.each(machine)) fn.call([item])
  },
  'void forEachOrdered(Closure)': (machine, s: StreamValue, fn: FunctionValue) => {
    for (const item of s.each(machine)) fn.call([item])
  },
  'boolean anyMatch(Closure)': (machine, s: StreamValue, fn: FunctionValue) => {
    for (const item of s.each(machine)) if (machine.truth(fn.call([item]))) return true
    return false
  },
  'boolean allMatch(Closure)': (machine, s: StreamValue, fn: FunctionValue) => {
    for (const item of s.each(machine)) if (!machine.truth(fn.call([item]))) return false
    return true
  },
  'boolean noneMatch(Closure)': (machine, s: StreamValue, fn: FunctionValue) => {
    for (const item of s.each(machine)) if (machine.truth(fn.call([item]))) return false
    return true
  },
  'long count()': (machine, s: StreamValue) => s.drain(machine).length,
  'Optional findFirst()': first,
  'Optional findAny()': first,
  'def reduce(def,Closure)': (machine, s: StreamValue, start: ScriptValue, fn: FunctionValue) => {
    let total = start
    for (const item of s.each(machine)) total = fn.call([total, item])
    return total
  },
  'Optional reduce(Closure)': (machine, s: StreamValue, fn: FunctionValue) => {
    let total: ScriptValue | undefined
    for (const item of s.each(machine)) total = total === undefined ? item : fn.call([total, item])
    return new OptionalValue(total ?? null, OPTIONALS[s.kind])
  },
  'def reduce(def,BiFunction,BinaryOperator)': (machine, s: StreamValue, start: ScriptValue, fn: FunctionValue) => {
    let total = start
    for (const item of s.each(machine)) total = fn.call([total, item])
    return total
  },
  'IntStream flatMapToInt(Function)': (machine, s: StreamValue, fn: FunctionValue) =>
    new StreamValue('int', flat(machine, s, fn)),
  'LongStream flatMapToLong(Function)': (machine, s: StreamValue, fn: FunctionValue) =>
    new StreamValue('long', flat(machine, s, fn)),
  'DoubleStream flatMapToDouble(Function)': (machine, s: StreamValue, fn: FunctionValue) =>
    new StreamValue('double', flat(machine, s, fn)),
  'array toArray()': (machine, s: StreamValue) =>
    new ArrayValue(s.kind === 'object' ? 'Object' : s.kind, s.drain(machine)),
  'array toArray(IntFunction)': (machine, s: StreamValue, fn: FunctionValue) => {
    const model = fn.call([0])
    return new ArrayValue(model instanceof ArrayValue ? model.component : 'Object', s.drain(machine))
  },
  'def collect(Collector)': (machine, s: StreamValue, collector: CollectorValue) => collector.finish(s.drain(machine)),
  'def collect(Supplier,Closure,BiConsumer)': (machine, s: StreamValue, make: FunctionValue, add: FunctionValue) => {
    const container = make.call([])
    for (const item of s.each(machine)) add.call([container, item])
    return container
  },
  'Iterator iterator()': (machine, s: StreamValue) => machine.invoke(new ListValue(s.drain(machine)), 'iterator', []),
  'List toList()': (machine, s: StreamValue) => new ListValue(s.drain(machine), 'java.util.ArrayList', true),
  'Optional max(Comparator)': (machine, s: StreamValue, fn: FunctionValue) => extreme(machine, s, fn, 1),
  'Optional min(Comparator)': (machine, s: StreamValue, fn: FunctionValue) => extreme(machine, s, fn, -1),
}

const NUMBERS: Signatures = {
  ...SHARED,
  'def sum()': (machine, s: StreamValue) => sum(machine, s),
  'Optional average()': (machine, s: StreamValue) => average(s.drain(machine)),
  'Optional max()': (machine, s: StreamValue) => extreme(machine, s, null, 1),
  'Optional min()': (machine, s: StreamValue) => extreme(machine, s, null, -1),
  'def summaryStatistics()': (machine, s: StreamValue) => new StatisticsValue(s.kind, s.drain(machine)),
}

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
    'Stream of(def...)': (_m, _s, ...items: ScriptValue[]) => new StreamValue('object', items),
    'Stream empty()': () => new StreamValue('object', []),
    'def builder()': () => new BuilderValue('object'),
    'Stream iterate(def,Closure)': (_m, _s, start: ScriptValue, fn: FunctionValue) =>
      new StreamValue('object', iterated(start, fn)),
    'Stream generate(Closure)': (_m, _s, fn: FunctionValue) => new StreamValue('object', generated(fn)),
    'Stream concat(Stream,Stream)': concat('object'),
  },
  methods: SHARED,
})

export const INT_STREAM = defineClass('java.util.stream.IntStream', {
  static: {
    'IntStream range(int,int)': (_m, _s, from: number, to: number) => new StreamValue('int', ranged(from, to)),
    'IntStream rangeClosed(int,int)': (_m, _s, from: number, to: number) =>
      new StreamValue('int', ranged(from, to + 1)),
    'IntStream of(def...)': (_m, _s, ...items: ScriptValue[]) => new StreamValue('int', items),
    'IntStream empty()': () => new StreamValue('int', []),
    'def builder()': () => new BuilderValue('int'),
    'IntStream concat(IntStream,IntStream)': concat('int'),
    'IntStream iterate(int,Closure)': (_m, _s, start: number, fn: FunctionValue) =>
      new StreamValue('int', iterated(start, fn)),
  },
  methods: NUMBERS,
})

export const LONG_STREAM = defineClass('java.util.stream.LongStream', {
  static: {
    'LongStream range(long,long)': (_m, _s, from: bigint, to: bigint) => new StreamValue('long', longs(from, to)),
    'LongStream rangeClosed(long,long)': (_m, _s, from: bigint, to: bigint) =>
      new StreamValue('long', longs(from, to + 1n)),
    'LongStream empty()': () => new StreamValue('long', []),
    'def builder()': () => new BuilderValue('long'),
    'LongStream concat(LongStream,LongStream)': concat('long'),
    'LongStream of(def...)': (_m, _s, ...items: ScriptValue[]) =>
      new StreamValue('long', items.map((item) => new JavaLong(asLong(item)))), // prettier-ignore
  },
  methods: NUMBERS,
})

export const DOUBLE_STREAM = defineClass('java.util.stream.DoubleStream', {
  static: {
    'DoubleStream empty()': () => new StreamValue('double', []),
    'def builder()': () => new BuilderValue('double'),
    'DoubleStream concat(DoubleStream,DoubleStream)': concat('double'),
    'DoubleStream of(def...)': (_m, _s, ...items: ScriptValue[]) =>
      new StreamValue('double', items.map((item) => new JavaDouble(asDouble(item)))), // prettier-ignore
  },
  methods: NUMBERS,
})

const statistics = (kind: StreamKind, name: string) =>
  defineClass(`java.util.${name}`, {
    new: { [`${name}()`]: () => new StatisticsValue(kind) },
    methods: {
      'long getCount()': (_m, s: StatisticsValue) => s.count,
      'def getSum()': (_m, s: StatisticsValue) =>
        s.kind === 'double' ? new JavaDouble(Number(s.sum)) : new JavaLong(BigInt(s.sum)),
      'def getMin()': (_m, s: StatisticsValue) => s.number(s.min),
      'def getMax()': (_m, s: StatisticsValue) => s.number(s.max),
      'double getAverage()': (_m, s: StatisticsValue) => s.average,
      'void accept(Number)': (_m, s: StatisticsValue, item: ScriptValue) => s.accept(item),
      'void combine(def)': (_m, s: StatisticsValue, other: StatisticsValue) => s.combine(other),
    },
  })

export const INT_STATISTICS = statistics('int', 'IntSummaryStatistics')
export const LONG_STATISTICS = statistics('long', 'LongSummaryStatistics')
export const DOUBLE_STATISTICS = statistics('double', 'DoubleSummaryStatistics')

const summarizing = (kind: StreamKind) => (_m: Machine, _s: null, fn: FunctionValue) =>
  collector(
    (items) =>
      new StatisticsValue(
        kind,
        items.map((item) => fn.call([item])),
      ),
  )

/** Takes elements one by one for a stream. */
class BuilderValue extends Instance {
  readonly typeName: string
  readonly kind: StreamKind
  readonly items: ScriptValue[] = []

  constructor(kind: StreamKind) {
    super()
    this.kind = kind
    this.typeName = `java.util.stream.${STREAMS[kind]}.Builder`
  }
}

const STREAMS: Readonly<Record<StreamKind, string>> = { object: 'Stream', int: 'IntStream', long: 'LongStream', double: 'DoubleStream' } // prettier-ignore

const builder = (kind: StreamKind) => {
  const take = (machine: Machine, b: BuilderValue, item: ScriptValue): BuilderValue => {
    machine.budget.allocate(1)
    b.items.push(item)
    return b
  }
  return defineClass(`java.util.stream.${STREAMS[kind]}.Builder`, {
    methods: {
      'def add(def)': take,
      'void accept(def)': (machine, b: BuilderValue, item: ScriptValue) => void take(machine, b, item),
      [`${STREAMS[kind]} build()`]: (_m: Machine, b: BuilderValue) => new StreamValue(b.kind, b.items),
    },
  })
}

export const STREAM_BUILDER = builder('object')
export const INT_BUILDER = builder('int')
export const LONG_BUILDER = builder('long')
export const DOUBLE_BUILDER = builder('double')

function collector(finish: (items: ScriptValue[]) => ScriptValue): CollectorValue {
  return new CollectorValue(finish)
}

const LIST_COLLECTOR = collector((items) => new ListValue(items))

function grouped(
  machine: Machine,
  key: FunctionValue,
  down: CollectorValue,
  make: () => MapValue = () => newMap('hash'),
): CollectorValue {
  return collector((items) => {
    const into = make()
    const groups = newMap('linked')
    for (const item of items) {
      const name = key.call([item])
      if (name === null) throw raise('NullPointerException', 'element cannot be mapped to a null key')
      const group = groups.get(name)
      if (group instanceof ListValue) group.items.push(item)
      else groups.set(name, new ListValue([item]))
    }
    machine.budget.allocate(items.length)
    for (const { key: name, value } of groups.entries()) into.set(name, down.finish((value as ListValue).items))
    return into
  })
}

function partitioned(machine: Machine, test: FunctionValue, down: CollectorValue): CollectorValue {
  return collector((items) => {
    const result = newMap('linked')
    const [no, yes]: [ScriptValue[], ScriptValue[]] = [[], []]
    for (const item of items) (machine.truth(test.call([item])) ? yes : no).push(item)
    result.set(false, down.finish(no))
    result.set(true, down.finish(yes))
    return result
  })
}

function toMap(
  machine: Machine,
  key: FunctionValue,
  value: FunctionValue,
  merge: FunctionValue | null,
  into: () => MapValue,
) {
  // prettier-ignore
  return collector((items) => {
    const map = into()
    machine.budget.allocate(items.length)
    for (const item of items) {
      const name = key.call([item])
      const fresh = value.call([item])
      if (!map.has(name)) map.set(name, fresh)
      else if (merge === null) throw raise('IllegalStateException', `Duplicate key ${machine.print(name)} (attempted merging values ${machine.print(map.get(name)!)} and ${machine.print(fresh)})`) // prettier-ignore
      else map.set(name, merge.call([map.get(name)!, fresh]))
    }
    return map
  })
}

function joining(machine: Machine, by: string, prefix = '', suffix = ''): CollectorValue {
  return collector((items) => prefix + String(machine.invoke(new ListValue(items), 'join', [by])) + suffix)
}

const numbers = (fn: FunctionValue, items: ScriptValue[]): ScriptValue[] => items.map((item) => fn.call([item]))

function averaging(fn: FunctionValue): CollectorValue {
  return collector((items) => average(numbers(fn, items)).value ?? new JavaDouble(0))
}

function summing(machine: Machine, fn: FunctionValue, zero: ScriptValue): CollectorValue {
  return collector((items) => numbers(fn, items).reduce((a, b) => binary(machine, '+', a, b), zero))
}

export const COLLECTORS = defineClass('java.util.stream.Collectors', {
  static: {
    'Collector toList()': () => LIST_COLLECTOR,
    'Collector toUnmodifiableList()': () => collector((items) => new ListValue(items, 'java.util.ArrayList', true)),
    'Collector toSet()': () => collector((items) => newSet('hash', items)),
    'Collector toCollection(Supplier)': (machine, _s, make: FunctionValue) =>
      collector((items) => {
        const into = make.call([])
        for (const item of items) machine.invoke(into, 'add', [item])
        return into
      }),
    'Collector joining()': (machine) => joining(machine, ''),
    'Collector joining(CharSequence)': (machine, _s, by: string) => joining(machine, by),
    'Collector joining(CharSequence,CharSequence,CharSequence)': (machine, _s, by: string, a: string, b: string) =>
      joining(machine, by, a, b),
    'Collector counting()': () => collector((items) => new JavaLong(BigInt(items.length))),
    'Collector groupingBy(Function)': (machine, _s, key: FunctionValue) => grouped(machine, key, LIST_COLLECTOR),
    'Collector groupingBy(Function,Collector)': (machine, _s, key: FunctionValue, down: CollectorValue) =>
      grouped(machine, key, down),
    'Collector groupingBy(Function,Supplier,Collector)': (
      machine,
      _s,
      key: FunctionValue,
      make: FunctionValue,
      down: CollectorValue,
    ) => grouped(machine, key, down, () => make.call([]) as MapValue),
    'Collector partitioningBy(Predicate)': (machine, _s, test: FunctionValue) =>
      partitioned(machine, test, LIST_COLLECTOR),
    'Collector partitioningBy(Predicate,Collector)': (machine, _s, test: FunctionValue, down: CollectorValue) =>
      partitioned(machine, test, down),
    'Collector mapping(Function,Collector)': (_m, _s, fn: FunctionValue, down: CollectorValue) =>
      collector((items) => down.finish(items.map((item) => fn.call([item])))),
    'Collector toMap(Function,Function)': (machine, _s, key: FunctionValue, value: FunctionValue) =>
      toMap(machine, key, value, null, () => newMap('hash')),
    'Collector toMap(Function,Function,BinaryOperator)': (
      machine,
      _s,
      k: FunctionValue,
      v: FunctionValue,
      m: FunctionValue,
    ) => toMap(machine, k, v, m, () => newMap('hash')),
    'Collector toMap(Function,Function,BinaryOperator,Supplier)': (
      machine,
      _s,
      k: FunctionValue,
      v: FunctionValue,
      m: FunctionValue,
      make: FunctionValue,
    ) => toMap(machine, k, v, m, () => make.call([]) as MapValue),
    'Collector averagingInt(ToIntFunction)': (_m, _s, fn: FunctionValue) => averaging(fn),
    'Collector averagingLong(ToLongFunction)': (_m, _s, fn: FunctionValue) => averaging(fn),
    'Collector averagingDouble(ToDoubleFunction)': (_m, _s, fn: FunctionValue) => averaging(fn),
    'Collector summingInt(ToIntFunction)': (machine, _s, fn: FunctionValue) => summing(machine, fn, 0),
    'Collector summingLong(ToLongFunction)': (machine, _s, fn: FunctionValue) => summing(machine, fn, new JavaLong(0n)),
    'Collector summingDouble(ToDoubleFunction)': (machine, _s, fn: FunctionValue) =>
      summing(machine, fn, new JavaDouble(0)),
    'Collector maxBy(Comparator)': (machine, _s, fn: FunctionValue) =>
      collector((items) => extreme(machine, new StreamValue('object', items), fn, 1)),
    'Collector minBy(Comparator)': (machine, _s, fn: FunctionValue) =>
      collector((items) => extreme(machine, new StreamValue('object', items), fn, -1)),
    'Collector collectingAndThen(Collector,Function)': (_m, _s, down: CollectorValue, fn: FunctionValue) =>
      collector((items) => fn.call([down.finish(items)])),
    'Collector summarizingInt(ToIntFunction)': summarizing('int'),
    'Collector summarizingLong(ToLongFunction)': summarizing('long'),
    'Collector summarizingDouble(ToDoubleFunction)': summarizing('double'),
    'Collector reducing(BinaryOperator)': (_m, _s, fn: FunctionValue) =>
      collector((items) => new OptionalValue(items.length === 0 ? null : items.reduce((a, b) => fn.call([a, b])))),
    'Collector reducing(def,Function,BinaryOperator)': (
      _m,
      _s,
      start: ScriptValue,
      map: FunctionValue,
      fn: FunctionValue,
    ) => collector((items) => items.reduce((a, b) => fn.call([a, map.call([b])]), start)),
    'Collector reducing(def,BinaryOperator)': (_m, _s, start: ScriptValue, fn: FunctionValue) =>
      collector((items) => items.reduce((a, b) => fn.call([a, b]), start)),
  },
})

export const COLLECTOR = defineClass('java.util.stream.Collector', {})
