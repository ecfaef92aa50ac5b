import { className } from '../equality.ts'
import { FUNCTIONAL_INTERFACES } from '../functional-interfaces.ts'
import { FunctionValue, type ScriptValue } from '../instance.ts'
import type { Machine } from '../machine.ts'
import {
  asDouble,
  asLong,
  JavaByte,
  JavaChar,
  JavaDouble,
  JavaFloat,
  JavaLong,
  JavaShort,
  numberKind,
} from '../numbers.ts'

/** A method of the allow-list: `self` is null for statics and constructors; arguments are as its signature says. */
export type Native = (machine: Machine, self: never, ...args: never[]) => unknown

export interface Method {
  readonly name: string
  readonly returns: string
  readonly params: readonly string[]
  readonly varargs: boolean
  readonly call: (machine: Machine, self: ScriptValue, ...args: unknown[]) => unknown
}

/** Signatures as Java writes them, without parameter names: `'int indexOf(String,int)'`. */
export type Signatures = Readonly<Record<string, Native>>

export interface ClassOptions {
  readonly extends?: readonly string[]
  readonly new?: Signatures
  readonly static?: Signatures
  /** Statics that Painless does not allow; Groovy takes them before the others. */
  readonly groovyStatic?: Signatures
  readonly fields?: Readonly<Record<string, ScriptValue>>
  readonly methods?: Signatures
  /** Methods that only Groovy has, also in place of one with the same parameters. */
  readonly groovy?: Signatures
}

export interface ClassSpec {
  readonly name: string
  readonly supers: readonly string[]
  readonly constructors: readonly Method[]
  readonly statics: ReadonlyMap<string, readonly Method[]>
  readonly groovyStatics: ReadonlyMap<string, readonly Method[]>
  readonly fields: ReadonlyMap<string, ScriptValue>
  readonly methods: ReadonlyMap<string, readonly Method[]>
  readonly groovyMethods: ReadonlyMap<string, readonly Method[]>
}

const SIGNATURE = /^(?:([\w.[\]]+) )?(\w+)\(([^)]*)\)$/

function readSignatures(signatures: Signatures = {}): Method[] {
  return Object.entries(signatures).map(([text, native]) => {
    const match = SIGNATURE.exec(text)
    if (match === null) throw new Error(`this is a bug: signature ${text}`)
    const params = match[3] === '' ? [] : match[3]!.split(',').map((param) => param.trim())
    const varargs = params.at(-1)?.endsWith('...') === true
    if (varargs) params[params.length - 1] = params.at(-1)!.slice(0, -3)
    return { name: match[2]!, returns: match[1] ?? 'def', params, varargs, call: native as Method['call'] }
  })
}

function byName(methods: readonly Method[]): Map<string, Method[]> {
  const map = new Map<string, Method[]>()
  for (const method of methods) map.set(method.name, [...(map.get(method.name) ?? []), method])
  return map
}

/** One class of the allow-list. What is not written down here does not exist for a script. */
export function defineClass(name: string, options: ClassOptions): ClassSpec {
  return {
    name,
    supers: options.extends ?? ['java.lang.Object'],
    constructors: readSignatures(options.new),
    statics: byName(readSignatures(options.static)),
    groovyStatics: byName(readSignatures(options.groovyStatic)),
    fields: new Map(Object.entries(options.fields ?? {})),
    methods: byName(readSignatures(options.methods)),
    groovyMethods: byName(readSignatures(options.groovy)),
  }
}

/** The answer of {@link accept} where a value does not fit. */
export const MISMATCH = Symbol('mismatch')

const FUNCTIONAL = new Set([...FUNCTIONAL_INTERFACES.keys()].map((name) => name.replace(/^.*\./, '')))

/** Whether a parameter of a signature takes functions: `Closure`, where no interface is the only one. */
function isFunctional(type: string): boolean {
  return type === 'Closure' || FUNCTIONAL.has(type)
}

type InstanceTest = (value: ScriptValue, type: string) => boolean

/**
 * A value as a native method takes a parameter of that type: `int`, `double` and `char` as JS numbers, `long` as a
 * bigint, functions as functions; widening as Java does it.
 */
export function accept(type: string, value: ScriptValue, isInstance: InstanceTest): unknown {
  switch (type) {
    case 'def':
    case 'Object':
      return value
    case 'int':
      if (typeof value === 'number') return value
      return value instanceof JavaShort || value instanceof JavaByte || value instanceof JavaChar
        ? value.value
        : MISMATCH
    case 'long': {
      const kind = numberKind(value)
      return kind === 'int' || kind === 'long' ? asLong(value) : MISMATCH
    }
    case 'double':
    case 'float':
      return numberKind(value) === undefined ? MISMATCH : asDouble(value)
    case 'char':
      if (value instanceof JavaChar) return value.value
      return typeof value === 'string' && value.length === 1 ? value.charCodeAt(0) : MISMATCH
    case 'boolean':
      return typeof value === 'boolean' ? value : MISMATCH
    case 'short':
      return value instanceof JavaShort || value instanceof JavaByte ? value.value : MISMATCH
    case 'byte':
      return value instanceof JavaByte ? value.value : MISMATCH
    case 'String':
      return value === null || typeof value === 'string' ? value : MISMATCH
    case 'CharSequence':
      if (typeof value === 'string') return value
      return /^java\.lang\.String(?:Builder|Buffer)$/.test(className(value))
        ? (value as unknown as { text: string }).text
        : MISMATCH
    default:
      if (isFunctional(type)) return value === null || value instanceof FunctionValue ? value : MISMATCH
      return value === null || isInstance(value, type) ? value : MISMATCH
  }
}

/** What a native method gave, as a script value of its declared type. */
export function wrap(type: string, value: unknown): ScriptValue {
  switch (type) {
    case 'long':
    case 'Long':
      return typeof value === 'bigint' ? new JavaLong(value) : typeof value === 'number' ? new JavaLong(BigInt(value)) : (value as ScriptValue) // prettier-ignore
    case 'double':
    case 'Double':
      return typeof value === 'number' ? new JavaDouble(value) : (value as ScriptValue)
    case 'float':
    case 'Float':
      return typeof value === 'number' ? new JavaFloat(value) : (value as ScriptValue)
    case 'char':
    case 'Character':
      return new JavaChar(value as number)
    case 'byte':
    case 'Byte':
      return new JavaByte(value as number)
    case 'short':
    case 'Short':
      return new JavaShort(value as number)
    case 'void':
      return null
    default:
      return value as ScriptValue
  }
}
