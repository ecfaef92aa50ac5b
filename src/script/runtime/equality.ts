import {
  ArrayValue,
  EntryValue,
  ListValue,
  MapValue,
  OptionalValue,
  RangeValue,
  SetValue,
  StringBuilderValue,
  type KeyModel,
} from './containers.ts'
import { ClassValue, ExceptionValue, FunctionValue, Instance, raise, type ScriptValue } from './instance.ts'
import {
  asBigInt,
  asDecimal,
  asDouble,
  BigDecimal,
  BigInteger,
  compareDecimals,
  formatNumber,
  isNumber,
  JavaByte,
  JavaChar,
  JavaDouble,
  JavaFloat,
  JavaLong,
  JavaShort,
  numberKind,
  type JavaNumber,
} from './numbers.ts'
import { formatDateTime, formatTemporal, Temporal, temporalKey } from './temporal.ts'

/** Nesting that printing, comparing and converting follow before they give up (Java would overflow its stack). */
const MAX_DEPTH = 200

/** Who pays for walking large values; a run sets it for its time. */
interface Meter {
  steps(count: number): void
}

let meter: Meter | undefined

/** Runs something whose comparing, hashing and printing are charged to a budget. Runs never interleave. */
export function metered<T>(payer: Meter, run: () => T): T {
  const before = meter
  meter = payer
  try {
    return run()
  } finally {
    meter = before
  }
}

function tooDeep(): never {
  throw raise('StackOverflowError', 'the value is nested too deeply or holds itself')
}

/** The elements of a list, array, set or range; undefined for anything else. */
export function elements(value: ScriptValue): readonly ScriptValue[] | undefined {
  if (value instanceof ListValue || value instanceof ArrayValue || value instanceof SetValue) return value.items
  if (value instanceof RangeValue) return rangeItems(value)
  return undefined
}

export function rangeItems(range: RangeValue): number[] {
  const step = range.to >= range.from ? 1 : -1
  return Array.from({ length: range.size }, (_, index) => range.from + index * step)
}

/** `Object.equals`: an int never equals a long. */
export function javaEquals(a: ScriptValue, b: ScriptValue): boolean {
  return a === b || (a instanceof Instance && b instanceof Instance && identity(a) === identity(b))
}

/** `==` of Painless and Groovy: numbers by value whatever their type, the rest by equals. */
export function looseEquals(a: ScriptValue, b: ScriptValue, depth = 0): boolean {
  if (a === b) return true
  if (a === null || b === null) return false
  if (depth > MAX_DEPTH) tooDeep()
  if (depth > 0) meter?.steps(1)
  const [kindA, kindB] = [numberKind(a), numberKind(b)]
  if (kindA !== undefined && kindB !== undefined) return compareNumbers(a, b) === 0
  if (a instanceof JavaChar || b instanceof JavaChar) return print(a) === print(b)
  const [listA, listB] = [elements(a), elements(b)]
  if (listA !== undefined && listB !== undefined) {
    if (a instanceof SetValue || b instanceof SetValue) {
      return a instanceof SetValue && b instanceof SetValue && javaEquals(a, b)
    }
    return listA.length === listB.length && listA.every((item, index) => looseEquals(item, listB[index]!, depth + 1))
  }
  if (a instanceof MapValue && b instanceof MapValue) {
    return (
      a.size === b.size &&
      a.entries().every(({ key, value }) => b.has(key) && looseEquals(value, b.get(key)!, depth + 1))
    )
  }
  return javaEquals(a, b)
}

/** -1, 0 or 1, or NaN where a NaN takes part. */
export function compareNumbers(a: ScriptValue, b: ScriptValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0
  const [kindA, kindB] = [numberKind(a), numberKind(b)]
  if (kindA === 'double' || kindB === 'double' || kindA === 'float' || kindB === 'float') {
    const [x, y] = [asDouble(a), asDouble(b)]
    return x < y ? -1 : x > y ? 1 : x === y ? 0 : Number.NaN
  }
  if (kindA === 'BigDecimal' || kindB === 'BigDecimal') return compareDecimals(asDecimal(a), asDecimal(b))
  const [x, y] = [asBigInt(a), asBigInt(b)]
  return x < y ? -1 : x > y ? 1 : 0
}

/** `Comparable.compareTo`, with numbers of any type among each other; null comes first, as in Groovy. */
export function compareValues(a: ScriptValue, b: ScriptValue): number {
  if (a === b) return 0
  if (a === null) return -1
  if (b === null) return 1
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : 1
  if (numberKind(a) !== undefined && numberKind(b) !== undefined) return compareNumbers(a, b) || 0
  if (a instanceof JavaChar || b instanceof JavaChar) return compareValues(print(a), print(b))
  if (typeof a === 'boolean' && typeof b === 'boolean') return a ? 1 : -1
  if (a instanceof Temporal && b instanceof Temporal && a.typeName === b.typeName) {
    const [x, y] = [a.order, b.order]
    return x < y ? -1 : x > y ? 1 : 0
  }
  if (className(a) === className(b)) {
    const [x, y] = [a, b].map((value) => (value as Instance & { order?: number | string }).order)
    if (x !== undefined && y !== undefined) return x < y ? -1 : x > y ? 1 : 0
  }
  throw raise('ClassCastException', `Cannot compare [${className(a)}] with [${className(b)}]`)
}

let nextObject = 1
const objectHashes = new WeakMap<object, number>()

function objectHash(value: object): number {
  let hash = objectHashes.get(value)
  if (hash === undefined) {
    hash = (Math.imul(nextObject++, 0x9e3779b1) >>> 1) | 0
    objectHashes.set(value, hash)
  }
  return hash
}

/** A JavaScript Map key that is the same for two values exactly where Java's equals says so. */
export function identity(value: ScriptValue, depth = 0): unknown {
  if (typeof value === 'string') return value.startsWith('\0') ? `\0s${value}` : value
  if (!(value instanceof Instance)) return value
  if (depth > MAX_DEPTH) tooDeep()
  if (depth > 0) meter?.steps(1)
  const part = (item: ScriptValue): string => {
    const key = identity(item, depth + 1)
    if (typeof key === 'object' && key !== null) return `@${objectHash(key)}`
    const text = `${typeof key}:${String(key)}`
    return `${text.length}:${text}`
  }
  if (value instanceof JavaDouble || value instanceof JavaFloat) {
    return `\0${value.typeName}${Object.is(value.value, -0) ? '-0' : value.value}`
  }
  if (isNumber(value) || value instanceof JavaChar) return `\0${value.typeName}${formatNumber(value as JavaNumber)}`
  if (value instanceof ListValue || value instanceof RangeValue) {
    const items = elements(value)!
    meter?.steps(items.length)
    return `\0list[${items.map(part).join(',')}]`
  }
  if (value instanceof SetValue) return `\0set[${value.items.map(part).sort().join(',')}]`
  if (value instanceof MapValue) {
    meter?.steps(value.size)
    const pairs = value.entries().map((entry) => `${part(entry.key)}=${part(entry.value)}`)
    return `\0map[${pairs.sort().join(',')}]`
  }
  if (value instanceof EntryValue) return `\0entry[${part(value.key)}=${part(value.value)}]`
  if (value instanceof OptionalValue) return `\0${value.typeName}[${part(value.value)}]`
  if (value instanceof ClassValue) return `\0class${value.name}`
  if (value instanceof Temporal) return `\0${value.typeName}${temporalKey(value)}`
  const { equality } = value as Instance & { equality?: string }
  return equality === undefined ? value : `\0${value.typeName}${equality}`
}

/** `Object.hashCode`. */
export function hashCode(value: ScriptValue, depth = 0): number {
  if (value === null) return 0
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1231 : 1237
  if (typeof value === 'string') return stringHash(value)
  if (depth > MAX_DEPTH) tooDeep()
  if (depth > 0) meter?.steps(1)
  if (value instanceof JavaLong) return longHash(value.value)
  if (value instanceof JavaDouble) return doubleHash(value.value)
  if (value instanceof JavaFloat) return floatBits(value.value)
  if (value instanceof JavaShort || value instanceof JavaByte || value instanceof JavaChar) return value.value
  if (value instanceof BigInteger) return longHash(value.value)
  if (value instanceof BigDecimal) return (Math.imul(31, longHash(value.unscaled)) + value.scale) | 0
  if (value instanceof ListValue || value instanceof RangeValue) {
    let hash = 1
    for (const item of elements(value)!) hash = (Math.imul(31, hash) + hashCode(item, depth + 1)) | 0
    return hash
  }
  if (value instanceof SetValue) return value.items.reduce((sum: number, i) => (sum + hashCode(i, depth + 1)) | 0, 0)
  if (value instanceof MapValue) {
    let hash = 0
    for (const entry of value.entries()) hash = (hash + entryHash(entry.key, entry.value, depth)) | 0
    return hash
  }
  if (value instanceof EntryValue) return entryHash(value.key, value.value, depth)
  const key = identity(value)
  return typeof key === 'string' ? stringHash(key) : objectHash(value)
}

function entryHash(key: ScriptValue, value: ScriptValue, depth: number): number {
  return hashCode(key, depth + 1) ^ hashCode(value, depth + 1)
}

export function stringHash(text: string): number {
  let hash = 0
  for (let index = 0; index < text.length; index++) hash = (Math.imul(31, hash) + text.charCodeAt(index)) | 0
  return hash
}

function longHash(value: bigint): number {
  const bits = BigInt.asUintN(64, value)
  return Number(BigInt.asIntN(32, bits ^ (bits >> 32n)))
}

const scratch = new DataView(new ArrayBuffer(8))

function doubleHash(value: number): number {
  scratch.setFloat64(0, value)
  return scratch.getInt32(0) ^ scratch.getInt32(4)
}

function floatBits(value: number): number {
  scratch.setFloat32(0, value)
  return scratch.getInt32(0)
}

/** What maps and sets need of keys. */
export const KEYS: KeyModel = { identity, hash: hashCode, compare: compareValues }

export function newMap(order: 'hash' | 'linked' | 'sorted' = 'linked'): MapValue {
  return new MapValue(KEYS, order)
}

export function newSet(order: 'hash' | 'linked' | 'sorted' = 'hash', items: readonly ScriptValue[] = []): SetValue {
  const set = new SetValue(KEYS, order)
  for (const item of items) set.add(item)
  return set
}

/** The Java class of a value, as error messages name it. */
export function className(value: ScriptValue): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return 'java.lang.String'
  if (typeof value === 'number') return 'java.lang.Integer'
  if (typeof value === 'boolean') return 'java.lang.Boolean'
  if (value instanceof ArrayValue) return `${value.component}[]`
  return value.typeName
}

/** A growing text that stops before it is larger than allowed. */
export interface Printer {
  /** Called with the characters added; throws where there are too many. */
  charge(characters: number): void
}

const FREE: Printer = { charge() {} }

/** `String.valueOf`: what concatenation and `toString()` give. */
export function print(value: ScriptValue, printer: Printer = FREE, depth = 0, groovy = false): string {
  if (value === null) return 'null'
  if (typeof value !== 'object') return String(value)
  if (depth > MAX_DEPTH) tooDeep()
  if (isNumber(value) || value instanceof JavaChar) return formatNumber(value as JavaNumber)
  const join = (items: readonly ScriptValue[], show: (item: ScriptValue) => string): string => {
    const parts: string[] = []
    for (const item of items) {
      const part = item === value ? '(this Collection)' : show(item)
      printer.charge(part.length + 2)
      parts.push(part)
    }
    return parts.join(', ')
  }
  const inner = (item: ScriptValue): string => print(item, printer, depth + 1, groovy)
  if (value instanceof MapValue) {
    const parts: string[] = []
    for (const { key, value: item } of value.entries()) {
      const part = `${inner(key)}${groovy ? ':' : '='}${item === value ? '(this Map)' : inner(item)}`
      printer.charge(part.length + 2)
      parts.push(part)
    }
    if (groovy) return parts.length === 0 ? '[:]' : `[${parts.join(', ')}]`
    return `{${parts.join(', ')}}`
  }
  const list = value instanceof RangeValue ? undefined : elements(value)
  if (list !== undefined && !(value instanceof ArrayValue)) return `[${join(list, inner)}]`
  if (value instanceof EntryValue) return `${inner(value.key)}=${inner(value.value)}`
  if (value instanceof StringBuilderValue) return value.text
  if (value instanceof OptionalValue) {
    const name = value.typeName.slice('java.util.'.length)
    return value.value === null ? `${name}.empty` : `${name}[${inner(value.value)}]`
  }
  if (value instanceof ClassValue) return `class ${value.name}`
  if (value instanceof ExceptionValue) {
    return value.message === null ? value.typeName : `${value.typeName}: ${value.message}`
  }
  if (value instanceof Temporal)
    return groovy && value.typeName === 'java.time.ZonedDateTime' ? formatDateTime(value) : formatTemporal(value)
  if (value instanceof FunctionValue) return `Script$Lambda@${objectHash(value).toString(16)}`
  const named = value as Instance & { text?: unknown }
  if (typeof named.text === 'string') return named.text
  return `${className(value)}@${objectHash(value).toString(16)}`
}
