import { PRIMITIVES } from '../runtime/boxes.ts'
import type { ScriptValue } from '../runtime/instance.ts'
import { JavaDouble, JavaFloat, JavaLong } from '../runtime/numbers.ts'
import { isSubclass } from '../runtime/registry.ts'
import type { TypeName } from '../syntax/ast.ts'

export const DEF = 'def'
/** What our signatures leave open: anything goes, and a lambda there may return nothing. */
export const UNKNOWN = 'unknown'
export const NULL = 'null'
export const OBJECT = 'java.lang.Object'
export const STRING = 'java.lang.String'

const NUMERIC = ['byte', 'short', 'char', 'int', 'long', 'float', 'double']

const WIDER: Readonly<Record<string, readonly string[]>> = {
  byte: ['short', 'int', 'long', 'float', 'double'],
  short: ['int', 'long', 'float', 'double'],
  char: ['int', 'long', 'float', 'double'],
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  double: [],
}

/** A type in one string: `int[]`. */
export function typeName(type: TypeName): string {
  return type.name + '[]'.repeat(type.dims)
}

export function isNumeric(type: string): boolean {
  return NUMERIC.includes(type)
}

export function isPrimitive(type: string): boolean {
  return isNumeric(type) || type === 'boolean'
}

export function isArray(type: string): boolean {
  return type.endsWith('[]')
}

/** A type as messages show it. */
export function shown(type: string): string {
  return type === NULL ? OBJECT : type
}

/** Binary numeric promotion. */
export function promote(a: string, b: string): string {
  for (const type of ['double', 'float', 'long']) if (a === type || b === type) return type
  return 'int'
}

/** The type of a value in the source, or of a constant of a class. */
export function typeOfConstant(value: ScriptValue): string {
  if (value === null) return NULL
  if (typeof value === 'number') return 'int'
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'string') return STRING
  if (value instanceof JavaLong) return 'long'
  if (value instanceof JavaDouble) return 'double'
  return value instanceof JavaFloat ? 'float' : value.typeName
}

/** Where a value goes, and how freely it converts on its way. */
export interface Wanted {
  readonly type: string
  /** A cast in the source. */
  readonly explicit?: boolean
  /** An argument or a result: numbers are put into objects and taken out of them. */
  readonly internal?: boolean
}

/** Whether Painless converts a value of a type; the tables of its documentation, as its compiler applies them. */
export function castable(from: string, { type: to, explicit = false, internal = false }: Wanted): boolean {
  if (from === 'void' || to === 'void') return false
  if (from === to || [from, to].some((type) => type === DEF || type === UNKNOWN)) return true
  if (from === NULL) return !isPrimitive(to)
  if (isPrimitive(from)) return fromPrimitive(from, to, explicit, internal)
  if (isPrimitive(to)) {
    if (explicit && from === STRING) return to === 'char'
    const primitive = PRIMITIVES[from]
    return internal && primitive !== undefined && widens(primitive, to)
  }
  const box = PRIMITIVES[from]
  if (internal && box !== undefined && PRIMITIVES[to] !== undefined) return widens(box, PRIMITIVES[to])
  return extendsType(from, to) || (explicit && extendsType(to, from))
}

function fromPrimitive(from: string, to: string, explicit: boolean, internal: boolean): boolean {
  if (isPrimitive(to)) return widens(from, to) || (explicit && isNumeric(from) && isNumeric(to))
  if (explicit && from === 'char' && to === STRING) return true
  if (!internal) return false
  const target = PRIMITIVES[to]
  if (target !== undefined) return widens(from, target)
  return to === OBJECT || (to === 'java.lang.Number' && isNumeric(from))
}

function widens(from: string, to: string): boolean {
  return from === to || WIDER[from]?.includes(to) === true
}

function extendsType(from: string, to: string): boolean {
  if (from === to || to === OBJECT) return true
  if (isArray(from) && isArray(to)) {
    const [inner, wanted] = [from.slice(0, -2), to.slice(0, -2)].map((type) => (type === DEF ? OBJECT : type))
    return inner === wanted || (!isPrimitive(inner!) && !isPrimitive(wanted!) && extendsType(inner!, wanted!))
  }
  return !isArray(from) && !isArray(to) && isSubclass(from, to)
}

/** Whether a whole number of the source may be given where a smaller type is wanted, without a cast. */
export function fits(value: ScriptValue, type: string): boolean {
  if (typeof value !== 'number') return false
  if (type === 'byte') return value >= -128 && value <= 127
  if (type === 'short') return value >= -32768 && value <= 32767
  return type === 'char' && value >= 0 && value <= 65535
}
