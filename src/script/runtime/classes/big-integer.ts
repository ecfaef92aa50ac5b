import { ArrayValue } from '../containers.ts'
import { raise } from '../instance.ts'
import type { Machine } from '../machine.ts'
import { BigInteger } from '../numbers.ts'
import { defineClass } from './define.ts'
import { radixOf, SUPERS, WHOLE } from './numeric.ts'
import { parseInteger } from './parsing.ts'

const BIG_INTEGER = /^[+-]?\d{1,10000}$/

export const BIG_INTEGER_CLASS = defineClass('java.math.BigInteger', {
  extends: SUPERS,
  fields: { ZERO: new BigInteger(0n), ONE: new BigInteger(1n), TWO: new BigInteger(2n), TEN: new BigInteger(10n) },
  new: {
    'BigInteger(String)': (_m, _s, text: string) => bigInteger(text),
    'BigInteger(String,int)': (_m, _s, text: string, radix: number) => {
      const value = parseInteger(text, radix, 40_000)
      if (value === undefined) throw raise('NumberFormatException', `For input string: "${text.slice(0, 100)}"`)
      return new BigInteger(value)
    },
  },
  static: { 'BigInteger valueOf(long)': (_m, _s, value: bigint) => new BigInteger(value) },
  methods: {
    ...WHOLE,
    'BigInteger add(BigInteger)': (machine, a: BigInteger, b: BigInteger) => big(machine, a.value + b.value),
    'BigInteger subtract(BigInteger)': (machine, a: BigInteger, b: BigInteger) => big(machine, a.value - b.value),
    'BigInteger multiply(BigInteger)': (machine, a: BigInteger, b: BigInteger) => {
      machine.budget.allocate(digits(a) + digits(b))
      return big(machine, a.value * b.value)
    },
    'BigInteger divide(BigInteger)': (machine, a: BigInteger, b: BigInteger) => big(machine, a.value / nonZero(b)),
    'BigInteger remainder(BigInteger)': (machine, a: BigInteger, b: BigInteger) => big(machine, a.value % nonZero(b)),
    'BigInteger mod(BigInteger)': (machine, a: BigInteger, b: BigInteger) =>
      big(machine, ((a.value % nonZero(b)) + b.value) % b.value),
    'BigInteger pow(int)': (machine, a: BigInteger, exponent: number) => {
      if (exponent < 0) throw raise('ArithmeticException', 'Negative exponent')
      machine.budget.allocate(digits(a) * exponent)
      return big(machine, a.value ** BigInt(exponent))
    },
    'BigInteger negate()': (machine, a: BigInteger) => big(machine, -a.value),
    'BigInteger abs()': (machine, a: BigInteger) => big(machine, a.value < 0n ? -a.value : a.value),
    'BigInteger max(BigInteger)': (_m, a: BigInteger, b: BigInteger) => (a.value >= b.value ? a : b),
    'BigInteger min(BigInteger)': (_m, a: BigInteger, b: BigInteger) => (a.value <= b.value ? a : b),
    'BigInteger and(BigInteger)': (machine, a: BigInteger, b: BigInteger) => big(machine, a.value & b.value),
    'BigInteger andNot(BigInteger)': (machine, a: BigInteger, b: BigInteger) => big(machine, a.value & ~b.value),
    'BigInteger or(BigInteger)': (machine, a: BigInteger, b: BigInteger) => big(machine, a.value | b.value),
    'BigInteger xor(BigInteger)': (machine, a: BigInteger, b: BigInteger) => big(machine, a.value ^ b.value),
    'BigInteger not()': (machine, a: BigInteger) => big(machine, ~a.value),
    'BigInteger shiftLeft(int)': (machine, a: BigInteger, n: number) => shift(machine, a, n),
    'BigInteger shiftRight(int)': (machine, a: BigInteger, n: number) => shift(machine, a, -n),
    'boolean testBit(int)': (_m, a: BigInteger, n: number) => ((a.value >> bit(n)) & 1n) === 1n,
    'BigInteger setBit(int)': (machine, a: BigInteger, n: number) => big(machine, a.value | (1n << bit(n))),
    'BigInteger clearBit(int)': (machine, a: BigInteger, n: number) => big(machine, a.value & ~(1n << bit(n))),
    'BigInteger flipBit(int)': (machine, a: BigInteger, n: number) => big(machine, a.value ^ (1n << bit(n))),
    'int bitLength()': (_m, a: BigInteger) => bitLength(a.value),
    'int bitCount()': (_m, a: BigInteger) => (a.value < 0n ? ~a.value : a.value).toString(2).replaceAll('0', '').length,
    'int getLowestSetBit()': (_m, a: BigInteger) => (a.value === 0n ? -1 : /0*$/.exec((a.value < 0n ? -a.value : a.value).toString(2))![0].length), // prettier-ignore
    'BigInteger gcd(BigInteger)': (machine, a: BigInteger, b: BigInteger) => {
      let [x, y] = [a.value < 0n ? -a.value : a.value, b.value < 0n ? -b.value : b.value]
      while (y !== 0n) {
        machine.budget.step()
        ;[x, y] = [y, x % y]
      }
      return new BigInteger(x)
    },
    'BigInteger modPow(BigInteger,BigInteger)': (machine, a: BigInteger, e: BigInteger, m: BigInteger) =>
      new BigInteger(modPow(machine, a.value, e.value, m.value)),
    'BigInteger modInverse(BigInteger)': (machine, a: BigInteger, m: BigInteger) =>
      new BigInteger(modInverse(machine, a.value, m.value)),
    'array divideAndRemainder(BigInteger)': (machine, a: BigInteger, b: BigInteger) =>
      new ArrayValue('BigInteger', [big(machine, a.value / nonZero(b)), big(machine, a.value % nonZero(b))]),
    'int intValueExact()': (_m, a: BigInteger) => Number(fitting(a.value, 32, 'BigInteger out of int range')),
    'long longValueExact()': (_m, a: BigInteger) => fitting(a.value, 64, 'BigInteger out of long range'),
    'short shortValueExact()': (_m, a: BigInteger) => Number(fitting(a.value, 16, 'BigInteger out of short range')),
    'byte byteValueExact()': (_m, a: BigInteger) => Number(fitting(a.value, 8, 'BigInteger out of byte range')),
    'int signum()': (_m, a: BigInteger) => (a.value < 0n ? -1 : a.value > 0n ? 1 : 0),
    'String toString(int)': (_m, a: BigInteger, radix: number) => a.value.toString(radixOf(radix)),
  },
})

function bit(n: number): bigint {
  if (n < 0) throw raise('ArithmeticException', 'Negative bit address')
  if (n > 100_000) throw raise('ArithmeticException', 'BigInteger would overflow supported range')
  return BigInt(n)
}

function bitLength(value: bigint): number {
  const magnitude = value < 0n ? ~value : value
  return magnitude === 0n ? 0 : magnitude.toString(2).length
}

function shift(machine: Machine, a: BigInteger, by: number): BigInteger {
  if (by > 0) machine.budget.allocate(digits(a) + (by >> 2))
  return big(machine, by >= 0 ? a.value << BigInt(by) : a.value >> BigInt(-by))
}

function fitting(value: bigint, bits: number, message: string): bigint {
  if (BigInt.asIntN(bits, value) !== value) throw raise('ArithmeticException', message)
  return value
}

function modPow(machine: Machine, base: bigint, exponent: bigint, modulus: bigint): bigint {
  if (modulus <= 0n) throw raise('ArithmeticException', 'BigInteger: modulus not positive')
  let result = 1n % modulus
  let [power, rest] = [((base % modulus) + modulus) % modulus, exponent]
  if (rest < 0n) [power, rest] = [modInverse(machine, base, modulus), -rest]
  for (; rest > 0n; rest >>= 1n) {
    machine.budget.steps(1 + modulus.toString(16).length)
    if ((rest & 1n) === 1n) result = (result * power) % modulus
    power = (power * power) % modulus
  }
  return result
}

function modInverse(machine: Machine, value: bigint, modulus: bigint): bigint {
  if (modulus <= 0n) throw raise('ArithmeticException', 'BigInteger: modulus not positive')
  let [a, b, x, y] = [((value % modulus) + modulus) % modulus, modulus, 1n, 0n]
  while (b !== 0n) {
    machine.budget.step()
    const quotient = a / b
    ;[a, b] = [b, a % b]
    ;[x, y] = [y, x - quotient * y]
  }
  if (a !== 1n) throw raise('ArithmeticException', 'BigInteger not invertible.')
  return ((x % modulus) + modulus) % modulus
}

function bigInteger(text: string): BigInteger {
  if (!BIG_INTEGER.test(text)) throw raise('NumberFormatException', `For input string: "${text.slice(0, 100)}"`)
  return new BigInteger(BigInt(text))
}

function digits(value: BigInteger): number {
  return value.value.toString(16).length
}

function big(machine: Machine, value: bigint): BigInteger {
  const result = new BigInteger(value)
  machine.budget.allocate(digits(result))
  return result
}

function nonZero(value: BigInteger): bigint {
  if (value.value === 0n) throw raise('ArithmeticException', 'BigInteger divide by zero')
  return value.value
}
