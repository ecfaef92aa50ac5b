import { className, compareNumbers, hashCode } from '../equality.ts'
import { raise, type FunctionValue, type ScriptValue } from '../instance.ts'
import type { Machine } from '../machine.ts'
import {
  asBigInt,
  asDecimal,
  asDouble,
  asInt,
  asLong,
  BigDecimal,
  BigInteger,
  doubleToLong,
  formatNumber,
  INT_MAX,
  INT_MIN,
  JavaByte,
  JavaDouble,
  JavaFloat,
  JavaLong,
  JavaShort,
  LONG_MAX,
  LONG_MIN,
  numberKind,
  type JavaNumber,
} from '../numbers.ts'
import { binary } from '../operators.ts'
import { DOUBLE_BITS, FLOAT_BITS, INTEGER_BITS, LONG_BITS } from './bits.ts'
import { defineClass, type Signatures } from './define.ts'
import { parseDouble, parseInteger } from './parsing.ts'

function integer(text: string | null, radix: number, bits: number): bigint {
  if (text === null) throw raise('NumberFormatException', 'Cannot parse null string: null')
  const value = parseInteger(text, radix, bits)
  if (value === undefined) {
    throw raise('NumberFormatException', `For input string: "${text}"${radix === 10 ? '' : ` under radix ${radix}`}`)
  }
  return value
}

/** `0x1F`, `#1F`, `017` or decimal. */
function decode(text: string, bits: number): bigint {
  const [, sign = '', hex, octal, plain] = /^([+-]?)(?:(?:0[xX]|#)([\da-fA-F]+)|0([0-7]+)|(\d+))$/.exec(text) ?? []
  const digits = hex ?? octal ?? plain
  if (digits === undefined) throw raise('NumberFormatException', `For input string: "${text}"`)
  return integer(`${sign}${digits}`, hex !== undefined ? 16 : octal !== undefined ? 8 : 10, bits)
}

function real(text: string | null): number {
  if (text === null) throw raise('NullPointerException')
  const value = parseDouble(text)
  if (value === undefined) {
    throw raise('NumberFormatException', text.trim() === '' ? 'empty String' : `For input string: "${text}"`)
  }
  return value
}

/** Math.round: half up, towards positive infinity. */
export function round(value: number): bigint {
  return doubleToLong(Math.floor(value + 0.5) === value + 1 ? value : Math.floor(value + 0.5))
}

function times(machine: Machine, count: number, fn: FunctionValue): null {
  for (let index = 0; index < count; index++) {
    machine.budget.step()
    fn.call([index])
  }
  return null
}

export const NUMBER = defineClass('java.lang.Number', {
  methods: {
    'int intValue()': (_m, n: JavaNumber) => asInt(n),
    'long longValue()': (_m, n: JavaNumber) => asLong(n),
    'double doubleValue()': (_m, n: JavaNumber) => asDouble(n),
    'float floatValue()': (_m, n: JavaNumber) => asDouble(n),
    'short shortValue()': (_m, n: JavaNumber) => asInt(n),
    'byte byteValue()': (_m, n: JavaNumber) => asInt(n),
  },
  groovy: {
    'def times(Closure)': (machine, n: JavaNumber, fn: FunctionValue) => times(machine, asInt(n), fn),
    'def upto(Number,Closure)': (machine, n: JavaNumber, to: JavaNumber, fn: FunctionValue) => {
      for (let index = asInt(n); index <= asInt(to); index++) {
        machine.budget.step()
        fn.call([index])
      }
      return null
    },
    'def downto(Number,Closure)': (machine, n: JavaNumber, to: JavaNumber, fn: FunctionValue) => {
      for (let index = asInt(n); index >= asInt(to); index--) {
        machine.budget.step()
        fn.call([index])
      }
      return null
    },
    'def step(Number,Number,Closure)': (machine, n: JavaNumber, to: JavaNumber, by: JavaNumber, fn: FunctionValue) => {
      const [end, step] = [asInt(to), asInt(by)]
      if (step === 0) throw raise('groovy.lang.GroovyRuntimeException', 'Infinite loop')
      for (let index = asInt(n); step > 0 ? index < end : index > end; index += step) {
        machine.budget.step()
        fn.call([index])
      }
      return null
    },
    'def abs()': (machine, n: JavaNumber) => (compareNumbers(n, 0) < 0 ? machine.invoke(n, 'negative', []) : n),
    'def negative()': (_m, n: JavaNumber): ScriptValue => {
      if (typeof n === 'number') return -n | 0
      if (n instanceof JavaLong) return new JavaLong(-n.value)
      if (n instanceof BigDecimal) return new BigDecimal(-n.unscaled, n.scale)
      if (n instanceof BigInteger) return new BigInteger(-n.value)
      return new JavaDouble(-asDouble(n))
    },
    'int toInteger()': (_m, n: JavaNumber) => asInt(n),
    'long toLong()': (_m, n: JavaNumber) => asLong(n),
    'double toDouble()': (_m, n: JavaNumber) => asDouble(n),
    'float toFloat()': (_m, n: JavaNumber) => asDouble(n),
    'BigDecimal toBigDecimal()': (_m, n: JavaNumber) => asDecimal(n),
    'BigInteger toBigInteger()': (_m, n: JavaNumber) => new BigInteger(asBigInt(n)),
    'def intdiv(Number)': (_m, n: JavaNumber, by: JavaNumber): ScriptValue => {
      const divisor = asBigInt(by)
      if (divisor === 0n) throw raise('ArithmeticException', '/ by zero')
      const value = asBigInt(n) / divisor
      return numberKind(n) === 'int' && numberKind(by) === 'int'
        ? Number(BigInt.asIntN(32, value))
        : new JavaLong(value)
    },
    ...Object.fromEntries(
      Object.entries({
        plus: '+',
        minus: '-',
        multiply: '*',
        div: '/',
        mod: '%',
        power: '**',
        leftShift: '<<',
        rightShift: '>>',
        and: '&',
        or: '|',
        xor: '^',
      }).map(
        // prettier-ignore
        ([name, op]) => [
          `def ${name}(Number)`,
          (machine: Machine, a: JavaNumber, b: JavaNumber) => binary(machine, op, a, b),
        ],
      ),
    ),
    'String plus(String)': (machine, n: JavaNumber, text: string) => machine.print(n) + text,
  },
})

export const WHOLE: Signatures = {
  'boolean equals(def)': (_m, n: JavaNumber, other: ScriptValue) =>
    className(n) === className(other) && compareNumbers(n, other) === 0,
  'int compareTo(Number)': (_m, n: JavaNumber, other: JavaNumber) => compareTotal(n, other),
}

function compareTotal(a: ScriptValue, b: ScriptValue): number {
  const order = compareNumbers(a, b)
  // Unlike `<`, the order of doubles knows a negative zero.
  if (order === 0 && a instanceof JavaDouble && b instanceof JavaDouble)
    return Number(Object.is(b.value, -0)) - Number(Object.is(a.value, -0))
  if (!Number.isNaN(order)) return order
  const [x, y] = [Number.isNaN(asDouble(a)), Number.isNaN(asDouble(b))]
  return x === y ? 0 : x ? 1 : -1
}

export const SUPERS = ['java.lang.Number', 'java.lang.Comparable', 'java.lang.Object']

export const INTEGER = defineClass('java.lang.Integer', {
  extends: SUPERS,
  fields: { MAX_VALUE: INT_MAX, MIN_VALUE: INT_MIN, SIZE: 32, BYTES: 4 },
  static: {
    'int parseInt(String)': (_m, _s, text: string | null) => Number(integer(text, 10, 31)),
    'int parseInt(String,int)': (_m, _s, text: string | null, radix: number) => Number(integer(text, radix, 31)),
    'Integer valueOf(int)': (_m, _s, value: number) => value,
    'Integer valueOf(String,int)': (_m, _s, text: string | null, radix: number) => Number(integer(text, radix, 31)),
    'int compare(int,int)': (_m, _s, a: number, b: number) => compareNumbers(a, b),
    'int max(int,int)': (_m, _s, a: number, b: number) => Math.max(a, b),
    'int min(int,int)': (_m, _s, a: number, b: number) => Math.min(a, b),
    'int signum(int)': (_m, _s, a: number) => Math.sign(a),
    'int hashCode(int)': (_m, _s, a: number) => a,
    ...INTEGER_BITS,
    'String toString(int)': (_m, _s, a: number) => String(a),
    'String toString(int,int)': (_m, _s, a: number, radix: number) => a.toString(radixOf(radix)),
    'String toHexString(int)': (_m, _s, a: number) => (a >>> 0).toString(16),
    'String toBinaryString(int)': (_m, _s, a: number) => (a >>> 0).toString(2),
    'String toOctalString(int)': (_m, _s, a: number) => (a >>> 0).toString(8),
    'int bitCount(int)': (_m, _s, a: number) => [...(a >>> 0).toString(2)].filter((bit) => bit === '1').length,
    'int numberOfLeadingZeros(int)': (_m, _s, a: number) => Math.clz32(a),
    'int numberOfTrailingZeros(int)': (_m, _s, a: number) => (a === 0 ? 32 : 31 - Math.clz32(a & -a)),
    'Integer decode(String)': (_m, _s, text: string) => Number(decode(text, 31)),
    'int parseUnsignedInt(String,int)': (_m, _s, text: string | null, radix: number) =>
      Number(BigInt.asIntN(32, integer(text, radix, 32))),
    'int parseUnsignedInt(String)': (_m, _s, text: string | null) => Number(BigInt.asIntN(32, integer(text, 10, 32))),
    'long toUnsignedLong(int)': (_m, _s, a: number) => a >>> 0,
    'int divideUnsigned(int,int)': (_m, _s, a: number, b: number) => Math.trunc((a >>> 0) / (b >>> 0)) | 0,
    'int reverse(int)': (_m, _s, a: number) =>
      Number.parseInt((a >>> 0).toString(2).padStart(32, '0').split('').toReversed().join(''), 2) | 0,
  },
  groovyStatic: {
    'Integer valueOf(String)': (_m, _s, text: string | null) => Number(integer(text, 10, 31)),
    'int sum(int,int)': (_m, _s, a: number, b: number) => (a + b) | 0,
  },
  methods: WHOLE,
  groovy: {
    'def next()': (_m, n: number) => (n + 1) | 0,
    'def previous()': (_m, n: number) => (n - 1) | 0,
  },
})

export function radixOf(radix: number): number {
  return radix < 2 || radix > 36 ? 10 : radix
}

export const LONG = defineClass('java.lang.Long', {
  extends: SUPERS,
  fields: { MAX_VALUE: new JavaLong(LONG_MAX), MIN_VALUE: new JavaLong(LONG_MIN), SIZE: 64, BYTES: 8 },
  groovyStatic: {
    'Long valueOf(String)': (_m, _s, text: string | null) => integer(text, 10, 63),
  },
  static: {
    'long parseLong(String)': (_m, _s, text: string | null) => integer(text, 10, 63),
    'long parseLong(String,int)': (_m, _s, text: string | null, radix: number) => integer(text, radix, 63),
    'Long valueOf(long)': (_m, _s, value: bigint) => value,
    'int compare(long,long)': (_m, _s, a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
    'long max(long,long)': (_m, _s, a: bigint, b: bigint) => (a > b ? a : b),
    'long min(long,long)': (_m, _s, a: bigint, b: bigint) => (a < b ? a : b),
    'long sum(long,long)': (_m, _s, a: bigint, b: bigint) => a + b,
    'int signum(long)': (_m, _s, a: bigint) => (a < 0n ? -1 : a > 0n ? 1 : 0),
    ...LONG_BITS,
    'Long valueOf(String,int)': (_m, _s, text: string | null, radix: number) => integer(text, radix, 63),
    'Long decode(String)': (_m, _s, text: string) => decode(text, 63),
    'long parseUnsignedLong(String,int)': (_m, _s, text: string | null, radix: number) =>
      BigInt.asIntN(64, integer(text, radix, 64)),
    'int hashCode(long)': (_m, _s, a: bigint) => hashCode(new JavaLong(a)),
    'String toString(long)': (_m, _s, a: bigint) => String(a),
    'String toString(long,int)': (_m, _s, a: bigint, radix: number) => a.toString(radixOf(radix)),
    'String toHexString(long)': (_m, _s, a: bigint) => BigInt.asUintN(64, a).toString(16),
    'String toBinaryString(long)': (_m, _s, a: bigint) => BigInt.asUintN(64, a).toString(2),
    'int bitCount(long)': (_m, _s, a: bigint) =>
      [...BigInt.asUintN(64, a).toString(2)].filter((bit) => bit === '1').length,
    'long parseUnsignedLong(String)': (_m, _s, text: string | null) => BigInt.asIntN(64, integer(text, 10, 64)),
    'String toUnsignedString(long)': (_m, _s, a: bigint) => String(BigInt.asUintN(64, a)),
  },
  methods: WHOLE,
  groovy: {
    'long next()': (_m, n: JavaLong) => n.value + 1n,
    'long previous()': (_m, n: JavaLong) => n.value - 1n,
  },
})

export const SHORT = defineClass('java.lang.Short', {
  extends: SUPERS,
  fields: { MAX_VALUE: new JavaShort(32767), MIN_VALUE: new JavaShort(-32768), SIZE: 16, BYTES: 2 },
  groovyStatic: {
    'Short valueOf(String)': (_m, _s, text: string | null) => Number(integer(text, 10, 15)),
  },
  static: {
    'short parseShort(String)': (_m, _s, text: string | null) => Number(integer(text, 10, 15)),
    'short parseShort(String,int)': (_m, _s, text: string | null, radix: number) => Number(integer(text, radix, 15)),
    'Short valueOf(short)': (_m, _s, value: number) => value,
    'Short valueOf(String,int)': (_m, _s, text: string | null, radix: number) => Number(integer(text, radix, 15)),
    'Short decode(String)': (_m, _s, text: string) => Number(decode(text, 15)),
    'String toString(int)': (_m, _s, a: number) => String(a),
    'int hashCode(int)': (_m, _s, a: number) => a,
    'short reverseBytes(int)': (_m, _s, a: number) => ((a & 0xff) << 8) | ((a >> 8) & 0xff),
    'int toUnsignedInt(int)': (_m, _s, a: number) => a & 0xffff,
    'long toUnsignedLong(int)': (_m, _s, a: number) => a & 0xffff,
    'int compare(int,int)': (_m, _s, a: number, b: number) => a - b,
  },
  methods: WHOLE,
})

export const BYTE = defineClass('java.lang.Byte', {
  extends: SUPERS,
  fields: { MAX_VALUE: new JavaByte(127), MIN_VALUE: new JavaByte(-128), SIZE: 8, BYTES: 1 },
  groovyStatic: {
    'Byte valueOf(String)': (_m, _s, text: string | null) => Number(integer(text, 10, 7)),
  },
  static: {
    'byte parseByte(String)': (_m, _s, text: string | null) => Number(integer(text, 10, 7)),
    'byte parseByte(String,int)': (_m, _s, text: string | null, radix: number) => Number(integer(text, radix, 7)),
    'Byte valueOf(byte)': (_m, _s, value: number) => value,
    'Byte valueOf(String,int)': (_m, _s, text: string | null, radix: number) => Number(integer(text, radix, 7)),
    'Byte decode(String)': (_m, _s, text: string) => Number(decode(text, 7)),
    'int compare(int,int)': (_m, _s, a: number, b: number) => a - b,
    'int hashCode(int)': (_m, _s, a: number) => a,
    'String toString(int)': (_m, _s, a: number) => String(a),
    'long toUnsignedLong(int)': (_m, _s, a: number) => a & 0xff,
    'int toUnsignedInt(int)': (_m, _s, a: number) => a & 0xff,
  },
  methods: WHOLE,
})

const REAL: Signatures = {
  ...WHOLE,
  'boolean isNaN()': (_m, n: JavaDouble) => Number.isNaN(n.value),
  'boolean isInfinite()': (_m, n: JavaDouble) => Math.abs(n.value) === Infinity,
}

export const DOUBLE = defineClass('java.lang.Double', {
  extends: SUPERS,
  fields: {
    MAX_VALUE: new JavaDouble(Number.MAX_VALUE),
    MIN_VALUE: new JavaDouble(Number.MIN_VALUE),
    NaN: new JavaDouble(Number.NaN),
    POSITIVE_INFINITY: new JavaDouble(Infinity),
    NEGATIVE_INFINITY: new JavaDouble(-Infinity),
    MIN_NORMAL: new JavaDouble(2.2250738585072014e-308),
    MAX_EXPONENT: 1023,
    MIN_EXPONENT: -1022,
    SIZE: 64,
    BYTES: 8,
  },
  groovyStatic: {
    'Double valueOf(String)': (_m, _s, text: string | null) => real(text),
  },
  static: {
    'double parseDouble(String)': (_m, _s, text: string | null) => real(text),
    'Double valueOf(double)': (_m, _s, value: number) => value,
    'boolean isNaN(double)': (_m, _s, a: number) => Number.isNaN(a),
    'boolean isInfinite(double)': (_m, _s, a: number) => Math.abs(a) === Infinity,
    'boolean isFinite(double)': (_m, _s, a: number) => Number.isFinite(a),
    'int compare(double,double)': (_m, _s, a: number, b: number) => compareTotal(new JavaDouble(a), new JavaDouble(b)),
    'double max(double,double)': (_m, _s, a: number, b: number) => Math.max(a, b),
    'double min(double,double)': (_m, _s, a: number, b: number) => Math.min(a, b),
    'double sum(double,double)': (_m, _s, a: number, b: number) => a + b,
    'String toString(double)': (_m, _s, a: number) => formatNumber(new JavaDouble(a)),
    'int hashCode(double)': (_m, _s, a: number) => hashCode(new JavaDouble(a)),
    ...DOUBLE_BITS,
  },
  methods: REAL,
  groovy: {
    'long round()': (_m, n: JavaDouble) => round(n.value),
    'double round(int)': (_m, n: JavaDouble, digits: number) => Number(round(n.value * 10 ** digits)) / 10 ** digits,
    'double trunc()': (_m, n: JavaDouble) => Math.trunc(n.value),
  },
})

export const FLOAT = defineClass('java.lang.Float', {
  extends: SUPERS,
  fields: {
    MAX_VALUE: new JavaFloat(3.4028234663852886e38),
    MIN_VALUE: new JavaFloat(1.401298464324817e-45),
    MIN_NORMAL: new JavaFloat(1.1754943508222875e-38),
    NaN: new JavaFloat(Number.NaN),
    POSITIVE_INFINITY: new JavaFloat(Infinity),
    NEGATIVE_INFINITY: new JavaFloat(-Infinity),
    MAX_EXPONENT: 127,
    MIN_EXPONENT: -126,
    SIZE: 32,
    BYTES: 4,
  },
  groovyStatic: {
    'Float valueOf(String)': (_m, _s, text: string | null) => real(text),
  },
  static: {
    'float parseFloat(String)': (_m, _s, text: string | null) => real(text),
    'Float valueOf(float)': (_m, _s, value: number) => value,
    'boolean isNaN(double)': (_m, _s, a: number) => Number.isNaN(a),
    'boolean isFinite(double)': (_m, _s, a: number) => Number.isFinite(a),
    'boolean isInfinite(double)': (_m, _s, a: number) => Math.abs(a) === Infinity,
    'int compare(double,double)': (_m, _s, a: number, b: number) => compareTotal(new JavaDouble(a), new JavaDouble(b)),
    'float max(double,double)': (_m, _s, a: number, b: number) => Math.max(a, b),
    'float min(double,double)': (_m, _s, a: number, b: number) => Math.min(a, b),
    'float sum(double,double)': (_m, _s, a: number, b: number) => a + b,
    'String toString(double)': (_m, _s, a: number) => formatNumber(new JavaFloat(a)),
    'int hashCode(double)': (_m, _s, a: number) => hashCode(new JavaFloat(a)),
    ...FLOAT_BITS,
  },
  methods: REAL,
})

export const BOOLEAN = defineClass('java.lang.Boolean', {
  extends: ['java.lang.Comparable', 'java.lang.Object'],
  fields: { TRUE: true, FALSE: false },
  groovyStatic: {
    'Boolean valueOf(String)': (_m, _s, text: string | null) => text?.toLowerCase() === 'true',
  },
  static: {
    'boolean parseBoolean(String)': (_m, _s, text: string | null) => text?.toLowerCase() === 'true',
    'Boolean valueOf(boolean)': (_m, _s, value: boolean) => value,
    'String toString(boolean)': (_m, _s, value: boolean) => String(value),
    'int hashCode(boolean)': (_m, _s, value: boolean) => (value ? 1231 : 1237),
    'int compare(boolean,boolean)': (_m, _s, a: boolean, b: boolean) => Number(a) - Number(b),
    'boolean logicalAnd(boolean,boolean)': (_m, _s, a: boolean, b: boolean) => a && b,
    'boolean logicalOr(boolean,boolean)': (_m, _s, a: boolean, b: boolean) => a || b,
    'boolean logicalXor(boolean,boolean)': (_m, _s, a: boolean, b: boolean) => a !== b,
  },
  methods: {
    'boolean booleanValue()': (_m, value: boolean) => value,
    'int compareTo(boolean)': (_m, a: boolean, b: boolean) => Number(a) - Number(b),
  },
})
