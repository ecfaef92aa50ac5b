import { OptionalValue } from '../containers.ts'
import { compareValues, hashCode, javaEquals, newMap } from '../equality.ts'
import { FunctionValue, raise, Thrown, type ExceptionValue, type ScriptValue } from '../instance.ts'
import type { Machine } from '../machine.ts'
import { asDouble, asLong, JavaDouble, JavaLong } from '../numbers.ts'
import { comparator, comparatorValue } from './comparing.ts'
import { defineClass, type Signatures } from './define.ts'

const call = (_m: Machine, fn: FunctionValue, ...args: ScriptValue[]): ScriptValue => fn.call(args)

/** Functional interfaces have one method each; a function answers to all of them. */
const CALLS: Signatures = Object.fromEntries(
  [
    'apply',
    'applyAsInt',
    'applyAsLong',
    'applyAsDouble',
    'test',
    'accept',
    'get',
    'getAsInt',
    'getAsLong',
    'getAsDouble',
    'getAsBoolean',
    'compare',
  ].map(
    // prettier-ignore
    (name) => [`def ${name}(def...)`, call],
  ),
)

export const CLOSURE = defineClass('groovy.lang.Closure', {
  methods: {
    ...CALLS,
    'Closure andThen(Closure)': (_m, f: FunctionValue, g: FunctionValue) =>
      new FunctionValue(f.arity, (args) => g.call([f.call(args)])),
    'Closure compose(Closure)': (_m, f: FunctionValue, g: FunctionValue) =>
      new FunctionValue(g.arity, (args) => f.call([g.call(args)])),
    'Closure negate()': (machine, f: FunctionValue) =>
      new FunctionValue(f.arity, (args) => !machine.truth(f.call(args))),
    'Closure and(Closure)': (machine, f: FunctionValue, g: FunctionValue) =>
      new FunctionValue(f.arity, (args) => machine.truth(f.call(args)) && machine.truth(g.call(args))),
    'Closure or(Closure)': (machine, f: FunctionValue, g: FunctionValue) =>
      new FunctionValue(f.arity, (args) => machine.truth(f.call(args)) || machine.truth(g.call(args))),
    'Closure reversed()': (machine, f: FunctionValue) => {
      const compare = comparator(machine, f)
      return comparatorValue((a, b) => compare(b, a))
    },
    'Comparator thenComparing(Function,Comparator)': (
      machine,
      f: FunctionValue,
      key: FunctionValue,
      g: FunctionValue,
    ) => {
      const [first, second] = [comparator(machine, f), comparator(machine, g)]
      return comparatorValue((a, b) => first(a, b) || second(key.call([a]), key.call([b])))
    },
    ...Object.fromEntries(
      ['Int', 'Long', 'Double'].map((type) => [
        `Comparator thenComparing${type}(To${type}Function)`,
        (machine: Machine, f: FunctionValue, key: FunctionValue) => {
          const [first, second] = [comparator(machine, f), comparator(machine, keyOrder(machine, key))]
          return comparatorValue((a, b) => first(a, b) || second(a, b))
        },
      ]),
    ),
    'Closure thenComparing(Closure)': (machine, f: FunctionValue, g: FunctionValue) => {
      const [first, second] = [comparator(machine, f), comparator(machine, g)]
      return comparatorValue((a, b) => first(a, b) || second(a, b))
    },
  },
  groovy: {
    'def call(def...)': call,
    'def doCall(def...)': call,
    'Closure curry(def...)': (_m, f: FunctionValue, ...args: ScriptValue[]) =>
      new FunctionValue(Math.max(0, f.arity - args.length), (more) => f.call([...args, ...more])),
    'Closure memoize()': (machine, f: FunctionValue) => {
      const known = newMap('linked')
      return new FunctionValue(f.arity, (args) => {
        const key = args.length === 1 ? args[0]! : machine.print(args[0] ?? null)
        const before = known.get(key)
        if (before !== undefined) return before
        machine.budget.allocate(1)
        const value = f.call(args)
        known.set(key, value)
        return value
      })
    },
  },
})

const keyOrder = (machine: Machine, key: FunctionValue): FunctionValue =>
  comparatorValue((a, b) => {
    machine.budget.step()
    return compareValues(key.call([a]), key.call([b]))
  })

export const COMPARATOR = defineClass('java.util.Comparator', {
  static: {
    'Comparator comparing(Function)': (machine, _s, key: FunctionValue) => keyOrder(machine, key),
    'Comparator comparing(Function,Comparator)': (machine, _s, key: FunctionValue, order: FunctionValue) => {
      const compare = comparator(machine, order)
      return comparatorValue((a, b) => compare(key.call([a]), key.call([b])))
    },
    'Comparator comparingInt(ToIntFunction)': (machine, _s, key: FunctionValue) => keyOrder(machine, key),
    'Comparator comparingLong(ToLongFunction)': (machine, _s, key: FunctionValue) => keyOrder(machine, key),
    'Comparator comparingDouble(ToDoubleFunction)': (machine, _s, key: FunctionValue) => keyOrder(machine, key),
    'Comparator naturalOrder()': (machine) => comparatorValue(comparator(machine, null)),
    'Comparator reverseOrder()': () => comparatorValue((a, b) => compareValues(b, a)),
    'Comparator nullsFirst(Comparator)': (machine, _s, order: FunctionValue) => nulls(machine, order, -1),
    'Comparator nullsLast(Comparator)': (machine, _s, order: FunctionValue) => nulls(machine, order, 1),
  },
})

function nulls(machine: Machine, order: FunctionValue, sign: 1 | -1): FunctionValue {
  const compare = comparator(machine, order)
  return comparatorValue((a, b) => {
    if (a === null || b === null) return a === b ? 0 : a === null ? sign : -sign
    return compare(a, b)
  })
}

const EMPTY = new OptionalValue(null)

const orElseGet = (_m: Machine, o: OptionalValue, fn: FunctionValue): ScriptValue => o.value ?? fn.call([])

const ifPresent = (_m: Machine, o: OptionalValue, fn: FunctionValue): void => {
  if (o.value !== null) fn.call([o.value])
}

export const OPTIONAL = defineClass('java.util.Optional', {
  static: {
    'Optional empty()': () => EMPTY,
    'Optional of(def)': (_m, _s, value: ScriptValue) => {
      if (value === null) throw raise('NullPointerException')
      return new OptionalValue(value)
    },
    'Optional ofNullable(def)': (_m, _s, value: ScriptValue) => new OptionalValue(value),
  },
  methods: {
    'boolean isPresent()': (_m, o: OptionalValue) => o.value !== null,
    'boolean isEmpty()': (_m, o: OptionalValue) => o.value === null,
    ...Object.fromEntries(
      ['get', 'getAsInt', 'getAsLong', 'getAsDouble', 'orElseThrow'].map((name) => [
        `def ${name}()`,
        (_m: Machine, o: OptionalValue) => {
          if (o.value === null) throw raise('java.util.NoSuchElementException', 'No value present')
          return o.value
        },
      ]),
    ),
    'def orElse(def)': (_m, o: OptionalValue, other: ScriptValue) => o.value ?? other,
    'def orElseGet(Supplier)': orElseGet,
    'def orElseThrow(Supplier)': (_m, o: OptionalValue, fn: FunctionValue) => {
      if (o.value === null) throw new Thrown(fn.call([]) as ExceptionValue)
      return o.value
    },
    'void ifPresent(Consumer)': ifPresent,
    'Optional map(Function)': (_m, o: OptionalValue, fn: FunctionValue) =>
      o.value === null ? o : new OptionalValue(fn.call([o.value])),
    'Optional flatMap(Function)': (_m, o: OptionalValue, fn: FunctionValue) =>
      o.value === null ? o : fn.call([o.value]),
    'Optional filter(Predicate)': (machine, o: OptionalValue, fn: FunctionValue) =>
      o.value === null || machine.truth(fn.call([o.value])) ? o : EMPTY,
  },
})

const primitive = (name: string, wrap: string) =>
  defineClass(`java.util.${name}`, {
    extends: ['java.util.Optional', 'java.lang.Object'],
    static: {
      [`${name} empty()`]: () => new OptionalValue(null, `java.util.${name}`),
      [`${name} of(def)`]: (_m: Machine, _s: null, value: ScriptValue) =>
        new OptionalValue(asKind(value, wrap), `java.util.${name}`),
    },
    methods: {
      [`def orElseGet(${name.slice('Optional'.length)}Supplier)`]: orElseGet,
      [`void ifPresent(${name.slice('Optional'.length)}Consumer)`]: ifPresent,
    },
  })

function asKind(value: ScriptValue, kind: string): ScriptValue {
  if (value === null) throw raise('NullPointerException')
  return kind === 'double' ? new JavaDouble(asDouble(value)) : kind === 'long' ? new JavaLong(asLong(value)) : value
}

export const OPTIONAL_INT = primitive('OptionalInt', 'int')
export const OPTIONAL_LONG = primitive('OptionalLong', 'long')
export const OPTIONAL_DOUBLE = primitive('OptionalDouble', 'double')

export const OBJECTS = defineClass('java.util.Objects', {
  static: {
    'boolean equals(def,def)': (_m, _s, a: ScriptValue, b: ScriptValue) => javaEquals(a, b),
    'int hashCode(def)': (_m, _s, a: ScriptValue) => hashCode(a),
    'int hash(def...)': (_m, _s, ...items: ScriptValue[]) =>
      items.reduce((hash: number, item) => (Math.imul(31, hash) + hashCode(item)) | 0, 1),
    'boolean deepEquals(def,def)': (_m, _s, a: ScriptValue, b: ScriptValue) => javaEquals(a, b),
    'int compare(def,def,Comparator)': (machine, _s, a: ScriptValue, b: ScriptValue, order: FunctionValue) =>
      comparator(machine, order)(a, b),
    'boolean isNull(def)': (_m, _s, a: ScriptValue) => a === null,
    'boolean nonNull(def)': (_m, _s, a: ScriptValue) => a !== null,
    'def requireNonNull(def)': (_m, _s, a: ScriptValue) => {
      if (a === null) throw raise('NullPointerException')
      return a
    },
    'def requireNonNull(def,String)': (_m, _s, a: ScriptValue, message: string) => {
      if (a === null) throw raise('NullPointerException', message)
      return a
    },
    'String toString(def)': (machine, _s, a: ScriptValue) => machine.print(a),
    'String toString(def,String)': (machine, _s, a: ScriptValue, other: string) =>
      a === null ? other : machine.print(a),
  },
})
