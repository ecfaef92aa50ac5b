import { BOXES, PRIMITIVES } from './boxes.ts'
import { ArrayValue, ListValue, SetValue } from './containers.ts'
import { className, elements, newSet } from './equality.ts'
import { ClassValue, FunctionValue, raise, type ScriptValue } from './instance.ts'
import type { Machine } from './machine.ts'
import { parseDouble, parseInteger } from './classes/parsing.ts'
import {
  asBigInt,
  asDecimal,
  asDouble,
  asInt,
  asLong,
  BigInteger,
  JavaByte,
  JavaChar,
  JavaDouble,
  JavaFloat,
  JavaLong,
  JavaShort,
  numberKind,
  parseDecimal,
} from './numbers.ts'
import { isInstance, resolveType, simpleName } from './registry.ts'
import type { TypeName } from '../syntax/ast.ts'

/** Which number types widen to which, without a cast. */
const WIDENS: Readonly<Record<string, readonly string[]>> = {
  byte: ['byte', 'short', 'int', 'long', 'float', 'double'],
  short: ['short', 'int', 'long', 'float', 'double'],
  char: ['char', 'int', 'long', 'float', 'double'],
  int: ['int', 'long', 'float', 'double'],
  long: ['long', 'float', 'double'],
  float: ['float', 'double'],
  double: ['double'],
}

/** `int` of a java.lang.Integer. */
export function primitiveOf(value: ScriptValue): string | undefined {
  return PRIMITIVES[className(value)]
}

/** What a variable of a type holds before it is given a value. */
export function defaultValue(type: TypeName): ScriptValue {
  if (type.dims > 0) return null
  switch (type.name) {
    case 'int':
      return 0
    case 'long':
      return new JavaLong(0n)
    case 'double':
      return new JavaDouble(0)
    case 'float':
      return new JavaFloat(0)
    case 'short':
      return new JavaShort(0)
    case 'byte':
      return new JavaByte(0)
    case 'char':
      return new JavaChar(0)
    case 'boolean':
      return false
    default:
      return null
  }
}

function convertNumber(primitive: string, value: ScriptValue): ScriptValue {
  switch (primitive) {
    case 'int':
      return asInt(value)
    case 'long':
      return new JavaLong(asLong(value))
    case 'double':
      return new JavaDouble(asDouble(value))
    case 'float':
      return new JavaFloat(asDouble(value))
    case 'short':
      return new JavaShort(asInt(value))
    case 'byte':
      return new JavaByte(asInt(value))
    default:
      return new JavaChar(asInt(value))
  }
}

/**
 * A value given to a variable, parameter or result of a type. Painless widens numbers and refuses the rest;
 * `explicit` is a cast in the source, which also narrows. Groovy converts where it can.
 */
export function convert(machine: Machine, type: TypeName, value: ScriptValue, explicit: boolean): ScriptValue {
  const { name } = type
  if (name === 'def' || name === 'java.lang.Object' || name === 'void') return value
  if (type.dims > 0) return convertArray(machine, type, value)
  const primitive = PRIMITIVES[name] ?? (name in BOXES ? name : undefined)
  if (value === null) {
    if (!(name in BOXES)) return null
    if (machine.dialect === 'groovy' && name === 'boolean') return false
    throw raise('NullPointerException', `Cannot cast null to a primitive type [${name}]`)
  }
  if (primitive === 'int' && typeof value === 'number') return value
  if (machine.dialect === 'groovy') return convertGroovy(machine, name, primitive, value, explicit)
  const own = PRIMITIVES[className(value)]
  if (primitive !== undefined && own !== undefined) {
    if (own === primitive) return value
    const widens = WIDENS[own]?.includes(primitive) === true
    if (primitive !== 'boolean' && own !== 'boolean' && (widens || (explicit && name in BOXES))) {
      return convertNumber(primitive, value)
    }
    throw cannotCast(value, name, explicit)
  }
  if (primitive === 'char' && explicit && typeof value === 'string') {
    if (value.length !== 1)
      throw raise('ClassCastException', 'cannot cast java.lang.String with length not equal to one to char')
    return new JavaChar(value.charCodeAt(0))
  }
  if (name === 'java.lang.String' && explicit && value instanceof JavaChar) return machine.print(value)
  if (!isInstance(value, name)) throw cannotCast(value, name, explicit)
  return value
}

function cannotCast(value: ScriptValue, name: string, explicit: boolean): Error {
  if (name in BOXES || name === 'java.lang.String') {
    const own = primitiveOf(value) ?? className(value)
    const how = name === 'boolean' ? '' : explicit ? 'explicitly ' : 'implicitly '
    return raise('ClassCastException', `cannot ${how}cast def [${own}] to ${name}`)
  }
  return raise('ClassCastException', `Cannot cast from [${simpleName(className(value))}] to [${simpleName(name)}].`)
}

function convertArray(machine: Machine, type: TypeName, value: ScriptValue): ScriptValue {
  if (value === null || value instanceof ArrayValue) return value
  const items = elements(value)
  if (machine.dialect !== 'groovy' || items === undefined) throw cannotCast(value, `${type.name}[]`, false)
  machine.budget.allocate(items.length)
  const component = { name: type.name, dims: type.dims - 1 }
  return new ArrayValue(simpleName(type.name) + '[]'.repeat(type.dims - 1), items.map((item) => convert(machine, component, item, false))) // prettier-ignore
}

/** Groovy's castToType: numbers convert freely, anything becomes a String or a boolean. */
function convertGroovy(
  machine: Machine,
  name: string,
  primitive: string | undefined,
  value: ScriptValue,
  explicit: boolean,
): ScriptValue {
  if (name === 'java.lang.String') return typeof value === 'string' ? value : machine.print(value)
  if (primitive === 'boolean') return machine.truth(value)
  const number = numberKind(value) !== undefined
  if (primitive === 'char') {
    if (number) return new JavaChar(asInt(value))
    if (typeof value === 'string' && value.length === 1) return new JavaChar(value.charCodeAt(0))
  } else if (primitive !== undefined) {
    if (number) return convertNumber(primitive, value)
    if (typeof value === 'string') {
      if (value.length === 1 && !explicit) return convertNumber(primitive, new JavaChar(value.charCodeAt(0)))
      if (explicit) return convertNumber(primitive, parsed(value, primitive))
    }
  }
  if (name === 'java.math.BigDecimal') {
    if (number) return asDecimal(value)
    if (typeof value === 'string' && explicit) return parseDecimal(value) ?? notNumber(value)
  }
  if (name === 'java.math.BigInteger') {
    if (number) return new BigInteger(asBigInt(value))
    if (typeof value === 'string' && explicit) return new BigInteger(parseInteger(value, 10, 4096) ?? notNumber(value))
  }
  if (name === 'java.lang.Number' && typeof value === 'string' && explicit)
    return parseDecimal(value) ?? notNumber(value)
  const items = elements(value)
  if (items !== undefined && !isInstance(value, name)) {
    if (/^java\.util\.(?:\w*Set)$/.test(name)) {
      machine.budget.allocate(items.length)
      return newSet(name.includes('Tree') ? 'sorted' : name.includes('Linked') ? 'linked' : 'hash', items)
    }
    if (/^java\.util\.(?:List|ArrayList|LinkedList|Collection)$|^java\.lang\.Iterable$/.test(name)) {
      machine.budget.allocate(items.length)
      return new ListValue([...items])
    }
  }
  if (value instanceof SetValue && name === 'java.util.Collection') return value
  if (value instanceof ClassValue && name === 'java.lang.Class') return value
  if (value instanceof FunctionValue && resolveType(name) !== undefined && name.includes('function')) return value
  if (isInstance(value, name)) return value
  const shown = `Cannot cast object '${machine.print(value)}' with class '${className(value)}' to class '${name}'`
  throw raise('org.codehaus.groovy.runtime.typehandling.GroovyCastException', shown)
}

function notNumber(text: string): never {
  throw raise('NumberFormatException', `For input string: "${text}"`)
}

function parsed(text: string, primitive: string): ScriptValue {
  if (primitive === 'double' || primitive === 'float') return new JavaDouble(parseDouble(text) ?? notNumber(text))
  const bits = { int: 31, long: 63, short: 15, byte: 7 }[primitive] ?? 31
  return new JavaLong(parseInteger(text, 10, bits) ?? notNumber(text))
}
