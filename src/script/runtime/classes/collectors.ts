import { ListValue, OptionalValue, type MapValue } from '../containers.ts'
import { newMap, newSet } from '../equality.ts'
import { raise, type FunctionValue, type ScriptValue } from '../instance.ts'
import type { Machine } from '../machine.ts'
import { JavaDouble, JavaLong } from '../numbers.ts'
import { binary } from '../operators.ts'
import { defineClass } from './define.ts'
import { StatisticsValue } from './statistics.ts'
import { CollectorValue, StreamValue, type StreamKind } from './stream-value.ts'
import { average, extreme } from './streams.ts'

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

const summarizing = (kind: StreamKind) => (_m: Machine, _s: null, fn: FunctionValue) =>
  collector(
    (items) =>
      new StatisticsValue(
        kind,
        items.map((item) => fn.call([item])),
      ),
  )

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
