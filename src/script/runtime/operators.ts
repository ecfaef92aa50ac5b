import { PRIMITIVES } from './boxes.ts'
import { ArrayValue, EntryValue, IteratorValue, ListValue, MapValue, OptionalValue, RangeValue, SetValue, StringBuilderValue } from './containers.ts' // prettier-ignore
import {
  className,
  compareNumbers,
  compareValues,
  elements,
  javaEquals,
  looseEquals,
  newMap,
  newSet,
} from './equality.ts'
import { raise, type ScriptValue } from './instance.ts'
import type { Machine } from './machine.ts'
import { MatcherValue, PatternValue } from './regex.ts'
import {
  asBigInt,
  asDecimal,
  asDouble,
  asInt,
  asLong,
  BigDecimal,
  BigInteger,
  divideDecimals,
  INT_MAX,
  INT_MIN,
  JavaChar,
  JavaDouble,
  JavaFloat,
  JavaLong,
  LONG_MAX,
  LONG_MIN,
  numberKind,
  rescale,
  type NumberKind,
} from './numbers.ts'

const RANK: Record<NumberKind, number> = { int: 0, long: 1, BigInteger: 2, BigDecimal: 3, float: 4, double: 5 }

const OPERATOR_METHODS: Record<string, string> = {
  '+': 'plus', '-': 'minus', '*': 'multiply', '/': 'div', '%': 'mod', '**': 'power',
  '<<': 'leftShift', '>>': 'rightShift', '&': 'and', '|': 'or', '^': 'xor',
} // prettier-ignore

/** A binary operator other than `&&` and `||`. */
export function binary(machine: Machine, op: string, a: ScriptValue, b: ScriptValue): ScriptValue {
  switch (op) {
    case '==':
      return equal(machine, a, b)
    case '!=':
      return !equal(machine, a, b)
    case '===':
      return identical(a, b)
    case '!==':
      return !identical(a, b)
    case '<':
      return ordered(machine, op, a, b, (order) => order < 0)
    case '<=':
      return ordered(machine, op, a, b, (order) => order <= 0)
    case '>':
      return ordered(machine, op, a, b, (order) => order > 0)
    case '>=':
      return ordered(machine, op, a, b, (order) => order >= 0)
    case '<=>':
      return compareValues(a, b)
    case '=~':
    case '==~':
      return match(machine, op, a, b)
    case '+':
      return add(machine, a, b)
    default:
      return arithmetic(machine, op, a, b)
  }
}

/** Painless compares numbers by value and all else as Java's equals does. */
function equal(machine: Machine, a: ScriptValue, b: ScriptValue): boolean {
  if ((a instanceof JavaDouble || a instanceof JavaFloat) && Number.isNaN(a.value)) return false
  if (machine.dialect === 'groovy' || typeof a !== 'object' || a === null) return looseEquals(a, b)
  const numbers = numberKind(a) !== undefined && numberKind(b) !== undefined
  return numbers ? looseEquals(a, b) : javaEquals(a, b)
}

function identical(a: ScriptValue, b: ScriptValue): boolean {
  if (numberKind(a) !== undefined && numberKind(b) !== undefined) return compareNumbers(a, b) === 0
  return a === b || (a instanceof JavaChar && b instanceof JavaChar && a.value === b.value)
}

function ordered(
  machine: Machine,
  op: string,
  a: ScriptValue,
  b: ScriptValue,
  decide: (order: number) => boolean,
): boolean {
  if (numberKind(a) !== undefined && numberKind(b) !== undefined) return decide(compareNumbers(a, b))
  if (machine.dialect === 'groovy') return decide(compareValues(a, b))
  throw inapplicable(op, a, b)
}

function inapplicable(op: string, a: ScriptValue, b: ScriptValue): Error {
  if (a === null || b === null) return raise('NullPointerException', `Cannot apply [${op}] operation to null`)
  return raise('ClassCastException', `Cannot apply [${op}] operation to types [${className(a)}] and [${className(b)}].`)
}

function match(machine: Machine, op: string, a: ScriptValue, b: ScriptValue): ScriptValue {
  if (machine.dialect === 'groovy') {
    if (op === '==~' && (a === null || b === null)) return false
    const pattern = b instanceof PatternValue ? b : new PatternValue(machine.print(b), 0)
    const matcher = new MatcherValue(pattern, machine.print(a))
    return op === '=~' ? matcher : matcher.matches(machine.budget)
  }
  if (a === null) throw raise('NullPointerException')
  if (!(b instanceof PatternValue)) throw raise('ClassCastException', `Cannot cast [${className(b)}] to [java.util.regex.Pattern].`) // prettier-ignore
  const matcher = new MatcherValue(b, machine.print(a))
  return op === '=~' ? matcher.find(machine.budget) : matcher.matches(machine.budget)
}

function add(machine: Machine, a: ScriptValue, b: ScriptValue): ScriptValue {
  if (typeof a === 'number' && typeof b === 'number') return (a + b) | 0
  if (typeof a === 'string' || (typeof b === 'string' && (machine.dialect === 'painless' || a instanceof JavaChar))) {
    return concat(machine, a, b)
  }
  if (machine.dialect === 'groovy') {
    if (a === null && typeof b === 'string') return concat(machine, a, b)
    const sum = addGroovy(machine, a, b)
    if (sum !== undefined) return sum
  }
  return arithmetic(machine, '+', a, b)
}

export function concat(machine: Machine, a: ScriptValue, b: ScriptValue): string {
  const text = (typeof a === 'string' ? a : machine.print(a)) + (typeof b === 'string' ? b : machine.print(b))
  machine.budget.allocate(text.length)
  return text
}

function addGroovy(machine: Machine, a: ScriptValue, b: ScriptValue): ScriptValue | undefined {
  if (a instanceof MapValue && b instanceof MapValue) {
    machine.budget.allocate(a.size + b.size)
    const sum = newMap(a.order)
    for (const map of [a, b]) for (const { key, value } of map.entries()) sum.set(key, value)
    return sum
  }
  const list = elements(a)
  if (list === undefined) return typeof b === 'string' && typeof a !== 'object' ? concat(machine, a, b) : undefined
  const more = elements(b) ?? (b instanceof MapValue ? mapEntries(b) : [b])
  machine.budget.allocate(list.length + more.length)
  return a instanceof SetValue ? newSet('linked', [...list, ...more]) : new ListValue([...list, ...more])
}

export function mapEntries(map: MapValue): EntryValue[] {
  return map.entries().map((entry) => new EntryValue(map, entry.key))
}

/** Everything on numbers, with Java's promotion; Groovy's operators on other types go to their methods. */
export function arithmetic(machine: Machine, op: string, a: ScriptValue, b: ScriptValue): ScriptValue {
  if (typeof a === 'number' && typeof b === 'number') return intOperation(machine, op, a, b)
  const [kindA, kindB] = [numberKind(a), numberKind(b)]
  if (kindA === undefined || kindB === undefined) return otherOperation(machine, op, a, b)
  if (op === '<<' || op === '>>' || op === '>>>') return shift(op, a, b, kindA, kindB)
  const kind = RANK[kindA] >= RANK[kindB] ? kindA : kindB
  if (op === '**') return power(machine, a, b)
  switch (kind) {
    case 'double':
      return doubleOperation(op, a, b)
    case 'float': {
      const result = doubleOperation(op, a, b)
      return machine.dialect === 'groovy' || !(result instanceof JavaDouble) ? result : new JavaFloat(result.value)
    }
    case 'int':
      return intOperation(machine, op, asInt(a), asInt(b))
    case 'long':
      if (op === '/' && machine.dialect === 'groovy') return decimalOperation(op, a, b)
      return new JavaLong(integerOperation(op, asLong(a), asLong(b)))
    case 'BigInteger':
      if (op === '/' && machine.dialect === 'groovy') return decimalOperation(op, a, b)
      machine.budget.allocate((bits(asBigInt(a)) + bits(asBigInt(b))) >> 3)
      return new BigInteger(integerOperation(op, asBigInt(a), asBigInt(b)))
    case 'BigDecimal':
      machine.budget.allocate((bits(asDecimal(a).unscaled) + bits(asDecimal(b).unscaled)) >> 3)
      return decimalOperation(op, a, b)
  }
}

function bits(value: bigint): number {
  return value < 2n ** 64n && value > -(2n ** 64n) ? 0 : value.toString(16).length * 4
}

function intOperation(machine: Machine, op: string, a: number, b: number): ScriptValue {
  switch (op) {
    case '+':
      return (a + b) | 0
    case '-':
      return (a - b) | 0
    case '*':
      return Math.imul(a, b)
    case '/':
      if (machine.dialect === 'groovy') return decimalOperation(op, a, b)
      if (b === 0) throw raise('ArithmeticException', '/ by zero')
      return (a / b) | 0
    case '%':
      if (b === 0) throw raise('ArithmeticException', '/ by zero')
      return (a % b) | 0
    case '&':
      return a & b
    case '|':
      return a | b
    case '^':
      return a ^ b
    case '<<':
      return a << b
    case '>>':
      return a >> b
    case '>>>':
      return (a >>> b) | 0
    default:
      return power(machine, a, b)
  }
}

function integerOperation(op: string, a: bigint, b: bigint): bigint {
  switch (op) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
    case '%':
      if (b === 0n) throw raise('ArithmeticException', '/ by zero')
      return op === '/' ? a / b : a % b
    case '&':
      return a & b
    case '|':
      return a | b
    default:
      return a ^ b
  }
}

function doubleOperation(op: string, a: ScriptValue, b: ScriptValue): ScriptValue {
  const [x, y] = [asDouble(a), asDouble(b)]
  switch (op) {
    case '+':
      return new JavaDouble(x + y)
    case '-':
      return new JavaDouble(x - y)
    case '*':
      return new JavaDouble(x * y)
    case '/':
      return new JavaDouble(x / y)
    case '%':
      return new JavaDouble(x % y)
    default:
      throw inapplicable(op, a, b)
  }
}

function decimalOperation(op: string, a: ScriptValue, b: ScriptValue): BigDecimal {
  const [x, y] = [asDecimal(a), asDecimal(b)]
  const scale = Math.max(x.scale, y.scale)
  switch (op) {
    case '+':
      return new BigDecimal(rescale(x, scale).unscaled + rescale(y, scale).unscaled, scale)
    case '-':
      return new BigDecimal(rescale(x, scale).unscaled - rescale(y, scale).unscaled, scale)
    case '*':
      return new BigDecimal(x.unscaled * y.unscaled, x.scale + y.scale)
    case '/':
      if (y.unscaled === 0n) throw raise('ArithmeticException', x.unscaled === 0n ? 'Division undefined' : 'Division by zero') // prettier-ignore
      return divideDecimals(x, y)
    case '%':
      if (y.unscaled === 0n) throw raise('ArithmeticException', 'Division by zero')
      return new BigDecimal(rescale(x, scale).unscaled % rescale(y, scale).unscaled, scale)
    default:
      throw inapplicable(op, a, b)
  }
}

function shift(op: string, a: ScriptValue, b: ScriptValue, kindA: NumberKind, kindB: NumberKind): ScriptValue {
  if (RANK[kindA] > 2 || RANK[kindB] > 2) throw inapplicable(op, a, b)
  const by = asInt(b)
  if (kindA === 'int') {
    const value = asInt(a)
    return op === '<<' ? value << by : op === '>>' ? value >> by : (value >>> by) | 0
  }
  const count = BigInt(by & 63)
  if (kindA === 'BigInteger') {
    if (by > 100_000) throw raise('ArithmeticException', 'BigInteger would overflow supported range')
    const value = asBigInt(a)
    return new BigInteger(op === '<<' ? value << BigInt(by) : value >> BigInt(by))
  }
  const value = asLong(a)
  if (op === '<<') return new JavaLong(value << count)
  return new JavaLong(op === '>>' ? value >> count : BigInt.asUintN(64, value) >> count)
}

/** Groovy's `**`: whole powers stay whole and grow as they must. */
function power(machine: Machine, a: ScriptValue, b: ScriptValue): ScriptValue {
  const exponent = asDouble(b)
  const [kindA, kindB] = [numberKind(a)!, numberKind(b)!]
  const whole = RANK[kindA] <= 2 && RANK[kindB] <= 2 && exponent >= 0
  if (whole || (kindA === 'BigDecimal' && RANK[kindB] <= 2 && exponent >= 0)) {
    const decimal = asDecimal(a)
    const size = bits(decimal.unscaled) || 64
    if (exponent * size > 10_000_000) throw raise('ArithmeticException', 'Overflow')
    machine.budget.allocate(Math.ceil((exponent * size) / 8))
    const result = decimal.unscaled ** BigInt(exponent)
    if (!whole) return new BigDecimal(result, decimal.scale * exponent)
    return kindA === 'BigInteger' ? new BigInteger(result) : smallest(result)
  }
  const result = asDouble(a) ** exponent
  if (Number.isInteger(result) && result >= INT_MIN && result <= INT_MAX) return result
  if (Number.isInteger(result) && Math.abs(result) < 2 ** 63) return new JavaLong(BigInt(result))
  return new JavaDouble(result)
}

function smallest(value: bigint): ScriptValue {
  if (value >= BigInt(INT_MIN) && value <= BigInt(INT_MAX)) return Number(value)
  return value >= LONG_MIN && value <= LONG_MAX ? new JavaLong(value) : new BigInteger(value)
}

function otherOperation(machine: Machine, op: string, a: ScriptValue, b: ScriptValue): ScriptValue {
  if (typeof a === 'boolean' && typeof b === 'boolean' && ['&', '|', '^'].includes(op)) {
    return op === '&' ? a && b : op === '|' ? a || b : a !== b
  }
  if (machine.dialect === 'groovy') {
    if (a !== null) return machine.invoke(a, OPERATOR_METHODS[op] ?? op, [b])
    throw raise('NullPointerException', `Cannot invoke method ${OPERATOR_METHODS[op] ?? op}() on null object`)
  }
  throw inapplicable(op, a, b)
}

export function unary(machine: Machine, op: '-' | '+' | '~', value: ScriptValue): ScriptValue {
  if (typeof value === 'number') return op === '-' ? -value | 0 : op === '+' ? value : ~value
  const kind = numberKind(value)
  if (kind !== undefined && op === '+') return kind === 'int' ? asInt(value) : value
  if (op === '~') {
    if (kind === 'int') return ~asInt(value)
    if (kind === 'long') return new JavaLong(~asLong(value))
    if (kind === 'BigInteger') return new BigInteger(~asBigInt(value))
    if (machine.dialect === 'groovy' && typeof value === 'string') return new PatternValue(value, 0)
  } else {
    if (kind === 'int') return -asInt(value) | 0
    if (kind === 'long') return new JavaLong(-asLong(value))
    if (kind === 'double') return new JavaDouble(-asDouble(value))
    if (kind === 'float') return new JavaFloat(-asDouble(value))
    if (value instanceof BigInteger) return new BigInteger(-value.value)
    if (value instanceof BigDecimal) return new BigDecimal(-value.unscaled, value.scale)
  }
  if (value === null) throw raise('NullPointerException', `Cannot apply [${op}] operation to null`)
  throw raise('ClassCastException', `Cannot apply [${op}] operation to type [${className(value)}].`)
}

/** Groovy truth: empty is false. Painless knows booleans only. */
export function truth(machine: Machine, value: ScriptValue): boolean {
  if (typeof value === 'boolean') return value
  if (machine.dialect === 'painless') {
    if (value === null) throw raise('NullPointerException', 'Cannot cast null to a primitive type [boolean]')
    throw raise(
      'ClassCastException',
      `cannot cast def [${PRIMITIVES[className(value)] ?? className(value)}] to boolean`,
    )
  }
  if (value === null) return false
  if (typeof value === 'number') return value !== 0
  if (typeof value === 'string') return value !== ''
  if (value instanceof RangeValue) return true
  if (value instanceof JavaChar) return value.value !== 0
  if (value instanceof MapValue) return value.size > 0
  if (value instanceof ListValue || value instanceof ArrayValue || value instanceof SetValue)
    return value.items.length > 0
  if (value instanceof MatcherValue) return value.reset().find(machine.budget)
  if (value instanceof IteratorValue) return value.index < value.items.length
  if (value instanceof StringBuilderValue) return value.text !== ''
  if (value instanceof OptionalValue) return value.value !== null
  return numberKind(value) === undefined || compareNumbers(value, 0) !== 0
}

/** Groovy's `in`: a class tests the type elsewhere; here collections, maps by key, strings. */
export function contains(machine: Machine, container: ScriptValue, item: ScriptValue): boolean {
  if (container === null) return item === null
  if (container instanceof MapValue) return container.has(item)
  if (container instanceof SetValue) return container.map.has(item)
  if (container instanceof PatternValue) return new MatcherValue(container, machine.print(item)).matches(machine.budget)
  const list = elements(container)
  if (list === undefined) return looseEquals(container, item)
  machine.budget.steps(list.length)
  return list.some((element) => javaEquals(element, item) || looseEquals(element, item))
}
