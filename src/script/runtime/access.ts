import { ArrayValue, EntryValue, ListValue, MapValue, RangeValue } from './containers.ts'
import { className, elements } from './equality.ts'
import { ClassValue, FunctionValue, raise, type ScriptValue } from './instance.ts'
import type { Machine } from './machine.ts'
import { asInt, numberKind } from './numbers.ts'
import { accept, MISMATCH, wrap, type Method } from './classes/define.ts'
import { classNamed, isInstance, methodsOf, simpleName, staticsOf, typeOf } from './registry.ts'
import { convert } from './casting.ts'
import { spreadIndexes } from './indexes.ts'

const ACCESSORS = new Map<string, string>()

function accessor(prefix: string, name: string): string {
  const key = prefix + name
  let found = ACCESSORS.get(key)
  if (found === undefined) {
    found = prefix + name.slice(0, 1).toUpperCase() + name.slice(1)
    if (ACCESSORS.size < 10_000) ACCESSORS.set(key, found)
  }
  return found
}

const NO_ANSWER = Symbol('no answer')

/** Calls the first of the methods whose parameters take the arguments. */
function dispatch(
  machine: Machine,
  methods: readonly Method[],
  self: ScriptValue,
  args: readonly ScriptValue[],
): ScriptValue | typeof NO_ANSWER {
  for (const method of methods) {
    const { params, varargs } = method
    if (varargs ? args.length < params.length - 1 : args.length !== params.length) continue
    if (args.length === 0) return wrap(method.returns, method.call(machine, self))
    const taken = take(method, args)
    if (taken !== undefined) return wrap(method.returns, method.call(machine, self, ...taken))
  }
  return NO_ANSWER
}

function take(method: Method, args: readonly ScriptValue[]): unknown[] | undefined {
  const { params } = method
  const last = params.length - 1
  if (method.varargs && args.length === params.length) {
    // An array given for a variable number of arguments is those arguments.
    const array = args[last]
    if (array instanceof ArrayValue) return take(method, [...args.slice(0, last), ...array.items])
  }
  const taken: unknown[] = []
  for (let index = 0; index < args.length; index++) {
    const type = method.varargs && index >= last ? params[last]! : params[index]!
    const value = accept(type, args[index]!, isInstance)
    if (value === MISMATCH) return undefined
    taken.push(value)
  }
  return taken
}

/** `target.name(args)` */
export function invoke(machine: Machine, target: ScriptValue, name: string, args: ScriptValue[]): ScriptValue {
  machine.budget.step()
  if (target === null) {
    const message = machine.dialect === 'groovy' ? `Cannot invoke method ${name}() on null object` : `cannot access method/field [${name}] from a null def reference` // prettier-ignore
    throw raise('NullPointerException', message)
  }
  if (target instanceof ClassValue) return invokeStatic(machine, target.name, name, args)
  const answer = dispatch(machine, methodsOf(typeOf(target), name, machine.dialect), target, args)
  if (answer !== NO_ANSWER) return answer
  if (machine.dialect === 'groovy') {
    // A closure kept in a map is called as if it were a method.
    if (target instanceof MapValue) {
      const closure = target.get(name)
      if (closure instanceof FunctionValue) return closure.call(args)
    }
    if (target instanceof RangeValue) {
      machine.budget.allocate(target.size)
      return invoke(machine, new ListValue([...elements(target)!]), name, args)
    }
    const call = `${className(target)}.${name}() is applicable for argument types: (${args.map(className).join(', ')}) values: ${machine.print(new ListValue(args))}` // prettier-ignore
    throw raise('groovy.lang.MissingMethodException', `No signature of method: ${call}`)
  }
  throw noMethod(target, name, args)
}

function noMethod(target: ScriptValue, name: string, args: readonly ScriptValue[]): Error {
  const candidates = methodsOf(typeOf(target), name, 'painless').filter(
    (method) => method.params.length === args.length,
  )
  if (candidates.length > 0) {
    const types = args.map((arg) => simpleName(className(arg))).join(', ')
    return raise('ClassCastException', `Cannot cast the arguments (${types}) of [${simpleName(className(target))}, ${name}/${args.length}]`) // prettier-ignore
  }
  return raise('IllegalArgumentException', `dynamic method [${className(target)}, ${name}/${args.length}] not found`)
}

export function invokeStatic(machine: Machine, type: string, name: string, args: ScriptValue[]): ScriptValue {
  machine.budget.step()
  const answer = dispatch(machine, staticsOf(type, name, machine.dialect), null, args)
  if (answer !== NO_ANSWER) return answer
  if (machine.dialect === 'groovy') {
    throw raise('groovy.lang.MissingMethodException', `No signature of method: static ${type}.${name}() is applicable for argument types: (${args.map(className).join(', ')})`) // prettier-ignore
  }
  throw raise('IllegalArgumentException', `static method [${type}, ${name}/${args.length}] not found`)
}

export function construct(machine: Machine, type: string, args: ScriptValue[]): ScriptValue {
  machine.budget.allocate(1)
  const answer = dispatch(machine, classNamed(type)?.constructors ?? [], null, args)
  if (answer !== NO_ANSWER) return answer
  throw raise('IllegalArgumentException', `constructor [${type}, <init>/${args.length}] not found`)
}

/** `target.name` */
export function property(machine: Machine, target: ScriptValue, name: string): ScriptValue {
  if (target instanceof MapValue) {
    // The one getter that maps have hides a key of its name; in Groovy the keys come first.
    if (name === 'empty' && machine.dialect !== 'groovy') return target.size === 0
    return target.get(name) ?? null
  }
  if (target === null) {
    const message = machine.dialect === 'groovy' ? `Cannot get property '${name}' on null object` : `cannot access method/field [${name}] from a null def reference` // prettier-ignore
    throw raise('NullPointerException', message)
  }
  machine.budget.step()
  if (target instanceof ClassValue) return staticField(machine, target.name, name)
  if (target instanceof EntryValue) {
    if (name === 'key') return target.key
    if (name === 'value') return target.value
  }
  if (target instanceof ArrayValue && name === 'length') return target.items.length
  if (target instanceof ListValue && /^\d+$/.test(name)) return index(machine, target, Number(name))
  const type = typeOf(target)
  for (const prefix of ['get', 'is']) {
    const answer = dispatch(machine, methodsOf(type, accessor(prefix, name), machine.dialect), target, [])
    if (answer !== NO_ANSWER && name !== 'class') return answer
  }
  if (machine.dialect === 'groovy') {
    if (elements(target) !== undefined && name !== 'class') return spreadProperty(machine, target, name)
    throw raise('groovy.lang.MissingPropertyException', `No such property: ${name} for class: ${className(target)}`)
  }
  throw raise('IllegalArgumentException', `dynamic getter [${className(target)}, ${name}] not found`)
}

/** Groovy: a property of a list is the list of its elements' properties; nulls are skipped. */
export function spreadProperty(machine: Machine, target: ScriptValue, name: string): ScriptValue {
  const items = elements(target)!
  machine.budget.allocate(items.length)
  return new ListValue(items.filter((item) => item !== null).map((item) => property(machine, item, name))) // prettier-ignore
}

function staticField(machine: Machine, type: string, name: string): ScriptValue {
  const value = classNamed(type)?.fields.get(name)
  if (value !== undefined) return value
  if (machine.dialect === 'groovy') {
    throw raise('groovy.lang.MissingPropertyException', `No such property: ${name} for class: ${type}`)
  }
  throw raise('IllegalArgumentException', `field [${type}, ${name}] not found`)
}

/** `target.name = value` */
export function setProperty(machine: Machine, target: ScriptValue, name: string, value: ScriptValue): void {
  if (target instanceof MapValue) {
    setIndex(machine, target, name, value)
    return
  }
  if (target === null) {
    throw raise('NullPointerException', machine.dialect === 'groovy' ? `Cannot set property '${name}' on null object` : `cannot access method/field [${name}] from a null def reference`) // prettier-ignore
  }
  if (target instanceof ListValue && /^\d+$/.test(name)) {
    setIndex(machine, target, Number(name), value)
    return
  }
  const answer = dispatch(machine, methodsOf(typeOf(target), accessor('set', name), machine.dialect), target, [value])
  if (answer !== NO_ANSWER) return
  if (machine.dialect === 'groovy') {
    throw raise('groovy.lang.MissingPropertyException', `No such property: ${name} for class: ${className(target)}`)
  }
  throw raise('IllegalArgumentException', `dynamic setter [${className(target)}, ${name}] not found`)
}

/** `target[key]` */
export function index(machine: Machine, target: ScriptValue, key: ScriptValue): ScriptValue {
  if (target instanceof MapValue) return target.get(key) ?? null
  if (target instanceof ListValue || target instanceof ArrayValue) {
    const { items } = target
    if (typeof key === 'number' || numberKind(key) === 'int') {
      const position = asInt(key)
      const value = items[position < 0 ? position + items.length : position]
      if (value !== undefined) return value
      if (machine.dialect === 'groovy' && target instanceof ListValue && position >= 0) return null
      throw outOfBounds(machine, target, position, items.length)
    }
  }
  machine.budget.step()
  if (target === null) {
    const message = machine.dialect === 'groovy' ? `Cannot invoke method getAt() on null object` : 'Cannot index into a null reference' // prettier-ignore
    throw raise('NullPointerException', message)
  }
  if (machine.dialect === 'groovy') return spreadIndexes(machine, target, key)
  if (target instanceof ListValue || target instanceof ArrayValue) {
    throw raise('ClassCastException', `Cannot cast from [${simpleName(className(key))}] to [int].`)
  }
  throw raise('IllegalArgumentException', `Attempting to address a non-array-like type [${className(target)}] as an array.`) // prettier-ignore
}

function outOfBounds(machine: Machine, target: ListValue | ArrayValue, position: number, length: number): Error {
  if (target instanceof ArrayValue) {
    return raise('ArrayIndexOutOfBoundsException', `Index ${position < 0 ? position + length : position} out of bounds for length ${length}`) // prettier-ignore
  }
  if (machine.dialect === 'groovy') {
    return raise('ArrayIndexOutOfBoundsException', `Negative array index [${position}] too large for array size ${length}`) // prettier-ignore
  }
  return raise('IndexOutOfBoundsException', `Index ${position < 0 ? position + length : position} out of bounds for length ${length}`) // prettier-ignore
}

/** `target[key] = value` */
export function setIndex(machine: Machine, target: ScriptValue, key: ScriptValue, value: ScriptValue): void {
  if (target instanceof MapValue) {
    if (target.unmodifiable) throw raise('UnsupportedOperationException')
    if (!target.has(key)) machine.budget.allocate(1)
    target.set(key, value)
    return
  }
  if (target instanceof ListValue || target instanceof ArrayValue) {
    if (numberKind(key) !== 'int') throw raise('ClassCastException', `Cannot cast from [${simpleName(className(key))}] to [int].`) // prettier-ignore
    const { items } = target
    const given = asInt(key)
    const position = given < 0 ? given + items.length : given
    if (target instanceof ListValue && target.unmodifiable) throw raise('UnsupportedOperationException')
    if (position >= items.length && position >= 0 && machine.dialect === 'groovy' && target instanceof ListValue) {
      // Groovy's lists grow to the index that is written.
      machine.budget.allocate(position + 1 - items.length)
      while (items.length < position) items.push(null)
    } else if (position < 0 || position >= items.length) throw outOfBounds(machine, target, given, items.length)
    items[position] = target instanceof ArrayValue ? convert(machine, component(target), value, false) : value
    return
  }
  if (target === null) throw raise('NullPointerException', 'Cannot index into a null reference')
  throw raise('IllegalArgumentException', `Attempting to address a non-array-like type [${className(target)}] as an array.`) // prettier-ignore
}

const PRIMITIVE = /^(?:int|long|double|float|short|byte|char|boolean)$/

function component(array: ArrayValue): { name: string; dims: number } {
  return { name: PRIMITIVE.test(array.component) ? array.component : 'def', dims: 0 }
}
