import { PRIMITIVES } from '../runtime/boxes.ts'
import type { ScriptValue } from '../runtime/instance.ts'
import { isSubclass } from '../runtime/registry.ts'
import type { TypeName } from '../syntax/ast.ts'

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

/** A type in one string: `int[]`. `java.lang.Object` is as open as `def`. */
export function typeName(type: TypeName): string {
  const name = type.name === 'java.lang.Object' ? 'def' : type.name
  return name + '[]'.repeat(type.dims)
}

export function isNumeric(type: string): boolean {
  return NUMERIC.includes(type)
}

export function isBoolean(type: string): boolean {
  return type === 'boolean' || type === 'java.lang.Boolean'
}

export function isReference(type: string): boolean {
  return !isNumeric(type) && type !== 'boolean' && type !== 'void'
}

export function unboxed(type: string): string {
  return PRIMITIVES[type] ?? type
}

export function shown(type: string): string {
  return type === 'null' ? 'java.lang.Object' : type
}

/** Binary numeric promotion. */
export function promote(a: string, b: string): string {
  for (const type of ['double', 'float', 'long']) if (a === type || b === type) return type
  return 'int'
}

/** Whether a value of one type may be given where another is wanted, without a cast; `constant` may narrow. */
export function castable(from: string, to: string, constant?: ScriptValue): boolean {
  if (from === to || from === 'def' || to === 'def') return from !== 'void'
  if (from === 'null') return isReference(to)
  if (from === 'void' || to === 'void') return false
  if (typeof constant === 'number' && fits(constant, to)) return true
  const [source, target] = [unboxed(from), to]
  if (isNumeric(target)) return source === target || WIDER[source]?.includes(target) === true
  if (target === 'boolean') return source === 'boolean'
  if (isNumeric(from) || from === 'boolean') return to === 'java.lang.Number' && from !== 'boolean' && from !== 'char'
  return isSubclass(from, to)
}

function fits(value: number, type: string): boolean {
  if (type === 'byte') return value >= -128 && value <= 127
  if (type === 'short') return value >= -32768 && value <= 32767
  return type === 'char' && value >= 0 && value <= 65535
}
