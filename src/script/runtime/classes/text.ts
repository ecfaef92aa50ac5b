import { ArrayValue, ListValue, type MapValue, type RangeValue } from '../containers.ts'
import { rangeItems } from '../equality.ts'
import { raise, type FunctionValue, type ScriptValue } from '../instance.ts'
import type { Machine } from '../machine.ts'
import {
  BigDecimal,
  BigInteger,
  JavaByte,
  JavaChar,
  JavaDouble,
  JavaFloat,
  JavaLong,
  parseDecimal,
} from '../numbers.ts'
import { MatcherValue, PatternValue } from '../regex.ts'
import { defineClass } from './define.ts'
import { formatText } from './format.ts'
import type { LocaleValue } from './locale.ts'
import { parseDouble, parseInteger } from './parsing.ts'
import { StreamValue } from './stream-value.ts'
import { replaceMatches, splitText } from './patterns.ts'

const INTEGER_LIMIT = 31

export function charged(machine: Machine, text: string): string {
  machine.budget.allocate(text.length)
  return text
}

export function checkIndex(index: number, length: number, what = 'String index out of range'): void {
  if (index < 0 || index >= length) throw raise('StringIndexOutOfBoundsException', `${what}: ${index}`)
}

export function checkRange(begin: number, end: number, length: number): void {
  if (begin >= 0 && begin <= end && end <= length) return
  throw raise('StringIndexOutOfBoundsException', `begin ${begin}, end ${end}, length ${length}`)
}

export function substring(machine: Machine, text: string, begin: number, end: number): string {
  checkRange(begin, end, text.length)
  return charged(machine, text.slice(begin, end))
}

function repeat(machine: Machine, text: string, count: number): string {
  if (count < 0) throw raise('IllegalArgumentException', `count is negative: ${count}`)
  machine.budget.allocate(text.length * count)
  return text.repeat(count)
}

function replaceAll(machine: Machine, text: string, find: string, by: string): string {
  const count = find === '' ? text.length + 1 : text.split(find).length - 1
  machine.budget.allocate(text.length + count * by.length)
  return text.split(find).join(by)
}

function list(items: string[]): ListValue {
  return new ListValue(items)
}

function strings(machine: Machine, items: string[]): ArrayValue {
  machine.budget.allocate(items.length)
  return new ArrayValue('String', items)
}

function trimmed(text: string, start: boolean, end: boolean): string {
  let [from, to] = [0, text.length]
  if (start) while (from < to && text.charCodeAt(from) <= 32) from++
  if (end) while (to > from && text.charCodeAt(to - 1) <= 32) to--
  return text.slice(from, to)
}

function pad(machine: Machine, text: string, width: number, fill: string, left: number): string {
  const missing = Math.max(0, width - text.length)
  machine.budget.allocate(text.length + missing)
  if (fill === '') throw raise('ArithmeticException', '/ by zero')
  const before = Math.floor(missing * left)
  return fill.repeat(Math.ceil(before / fill.length)).slice(0, before) + text + ''.padEnd(missing - before, fill)
}

/** Groovy's `text[i]`, `text[-1]`, `text[1..3]`. */
function at(machine: Machine, text: string, index: number): string {
  const position = index < 0 ? index + text.length : index
  checkIndex(position, text.length)
  machine.budget.allocate(1)
  return text[position]!
}

function sliceRange(machine: Machine, text: string, range: RangeValue): string {
  machine.budget.allocate(range.size)
  return rangeItems(range).map((index) => at(machine, text, index)).join('') // prettier-ignore
}

function lines(text: string): string[] {
  return text.replace(/\r?\n$/, '').split(/\r?\n/)
}

function* charCodes(text: string): Generator<number> {
  for (let index = 0; index < text.length; index++) yield text.charCodeAt(index)
}

function* codePoints(text: string): Generator<number> {
  for (const char of text) yield char.codePointAt(0)!
}

export const CHAR_SEQUENCE = defineClass('java.lang.CharSequence', {
  methods: {
    'int length()': (_m, s: string) => s.length,
    'char charAt(int)': (_m, s: string, index: number) => {
      checkIndex(index, s.length, 'Index out of range')
      return s.charCodeAt(index)
    },
    'String replaceAll(Pattern,Function)': (machine, s: string, pattern: PatternValue, by: FunctionValue) =>
      replaceMatches(machine, pattern, s, (matcher) => machine.print(by.call([matcher])), true),
    'String replaceFirst(Pattern,Function)': (machine, s: string, pattern: PatternValue, by: FunctionValue) =>
      replaceMatches(machine, pattern, s, (matcher) => machine.print(by.call([matcher])), false),
    'IntStream chars()': (_m, s: string) => new StreamValue('int', charCodes(s)),
    'IntStream codePoints()': (_m, s: string) => new StreamValue('int', codePoints(s)),
    'CharSequence subSequence(int,int)': (machine, s: string, a: number, b: number) => substring(machine, s, a, b),
  },
})

export const STRING = defineClass('java.lang.String', {
  extends: ['java.lang.CharSequence', 'java.lang.Comparable', 'java.lang.Object'],
  new: {
    'String()': () => '',
    'String(CharSequence)': (_m, _s, text: string) => text,
    'String(array)': (machine, _s, array: ArrayValue) => array.items.map((item) => machine.print(item)).join(''),
  },
  static: {
    'String copyValueOf(array)': (machine, _s, array: ArrayValue) =>
      charged(machine, array.items.map((item) => machine.print(item)).join('')),
    'String join(CharSequence,Iterable)': (machine, _s, by: string, items: ScriptValue) =>
      machine.invoke(items, 'join', [by]),
    'String join(CharSequence,def...)': (machine, _s, by: string, ...items: ScriptValue[]) =>
      charged(machine, items.map((item) => machine.print(item)).join(by)),
    'String valueOf(def)': (machine, _s, value: ScriptValue) =>
      value instanceof ArrayValue && value.component === 'char'
        ? value.items.map((item) => machine.print(item)).join('')
        : machine.print(value),
    'String format(Locale,String,def...)': (machine, _s, locale: LocaleValue, format: string, ...args: ScriptValue[]) =>
      formatText(machine, format, args, locale.tag),
    'String format(String,def...)': (machine, _s, format: string, ...args: ScriptValue[]) =>
      formatText(machine, format, args),
  },
  methods: {
    'int codePointAt(int)': (_m, s: string, index: number) => {
      checkIndex(index, s.length)
      return s.codePointAt(index)
    },
    'int codePointBefore(int)': (_m, s: string, index: number) => s.codePointAt(index - 1) ?? 0,
    'int codePointCount(int,int)': (_m, s: string, a: number, b: number) => Array.from(s.slice(a, b)).length,
    'int compareTo(String)': (_m, s: string, other: string) => compareText(s, other),
    'int compareToIgnoreCase(String)': (_m, s: string, other: string) =>
      compareText(s.toLowerCase(), other.toLowerCase()),
    'String concat(String)': (machine, s: string, other: string) => charged(machine, s + other),
    'boolean contains(CharSequence)': (machine, s: string, other: string) => {
      machine.budget.steps(s.length >> 6)
      return s.includes(other)
    },
    'boolean contentEquals(CharSequence)': (_m, s: string, other: string) => s === other,
    'boolean endsWith(String)': (_m, s: string, other: string) => s.endsWith(other),
    'boolean equalsIgnoreCase(String)': (_m, s: string, other: string | null) =>
      other !== null && s.toLowerCase() === other.toLowerCase(),
    'void getChars(int,int,array,int)': (
      machine,
      s: string,
      begin: number,
      end: number,
      to: ArrayValue,
      at: number,
    ) => {
      checkRange(begin, end, s.length)
      const chars = charArray(machine, s.slice(begin, end)).items
      if (at < 0 || at + chars.length > to.items.length) throw raise('ArrayIndexOutOfBoundsException')
      to.items.splice(at, chars.length, ...chars)
    },
    'array getChars()': (machine, s: string) => charArray(machine, s),
    'array toCharArray()': (machine, s: string) => charArray(machine, s),
    'int indexOf(String)': (machine, s: string, other: string) => indexOf(machine, s, other, 0),
    'int indexOf(String,int)': (machine, s: string, other: string, from: number) => indexOf(machine, s, other, from),
    'int indexOf(int)': (_m, s: string, code: number) => s.indexOf(String.fromCodePoint(code & 0x1fffff)),
    'int lastIndexOf(String)': (_m, s: string, other: string) => s.lastIndexOf(other),
    'int lastIndexOf(String,int)': (_m, s: string, other: string, from: number) => s.lastIndexOf(other, from),
    'boolean isEmpty()': (_m, s: string) => s === '',
    'String replace(CharSequence,CharSequence)': (machine, s: string, find: string, by: string) =>
      replaceAll(machine, s, find, by),
    'String replace(char,char)': (machine, s: string, find: number, by: number) =>
      replaceAll(machine, s, String.fromCharCode(find), String.fromCharCode(by)),
    'array splitOnToken(String)': (machine, s: string, token: string) => strings(machine, splitOn(s, token, -1)),
    'array splitOnToken(String,int)': (machine, s: string, token: string, limit: number) =>
      strings(machine, splitOn(s, token, limit)),
    'boolean startsWith(String)': (_m, s: string, other: string) => s.startsWith(other),
    'boolean startsWith(String,int)': (_m, s: string, other: string, from: number) => s.startsWith(other, from),
    'String substring(int)': (machine, s: string, begin: number) => substring(machine, s, begin, s.length),
    'String substring(int,int)': (machine, s: string, begin: number, end: number) => substring(machine, s, begin, end),
    'String toLowerCase()': (machine, s: string) => charged(machine, s.toLowerCase()),
    'String toLowerCase(Locale)': (machine, s: string, l: LocaleValue) =>
      charged(machine, s.toLocaleLowerCase(l.tag || 'en')),
    'String toUpperCase(Locale)': (machine, s: string, l: LocaleValue) =>
      charged(machine, s.toLocaleUpperCase(l.tag || 'en')),
    'boolean regionMatches(int,String,int,int)': (_m, s: string, at: number, other: string, from: number, n: number) =>
      region(s, at, other, from, n, false),
    'boolean regionMatches(boolean,int,String,int,int)': (
      _m,
      s: string,
      ignore: boolean,
      at: number,
      other: string,
      from: number,
      n: number,
    ) => region(s, at, other, from, n, ignore),
    'int offsetByCodePoints(int,int)': (_m, s: string, at: number, n: number) =>
      at + Array.from(s.slice(at)).slice(0, n).join('').length,
    'String toUpperCase()': (machine, s: string) => charged(machine, s.toUpperCase()),
    'String trim()': (machine, s: string) => charged(machine, trimmed(s, true, true)),
    'String encodeBase64()': (machine, s: string) => charged(machine, Buffer.from(s, 'utf8').toString('base64')),
    'String decodeBase64()': (machine, s: string) => charged(machine, Buffer.from(s, 'base64').toString('utf8')),
  },
  groovy: {
    'boolean isBlank()': (_m, s: string) => s.trim() === '',
    'boolean matches(String)': (machine, s: string, regex: string) =>
      new MatcherValue(new PatternValue(regex, 0), s).matches(machine.budget),
    'String repeat(int)': (machine, s: string, count: number) => repeat(machine, s, count),
    'String replaceAll(String,String)': (machine, s: string, regex: string, by: string) =>
      replaceMatches(machine, new PatternValue(regex, 0), s, by, true),
    'String replaceFirst(String,String)': (machine, s: string, regex: string, by: string) =>
      replaceMatches(machine, new PatternValue(regex, 0), s, by, false),
    'array split(String)': (machine, s: string, regex: string) =>
      strings(machine, splitText(machine, new PatternValue(regex, 0), s, 0)),
    'array split(String,int)': (machine, s: string, regex: string, limit: number) =>
      strings(machine, splitText(machine, new PatternValue(regex, 0), s, limit)),
    'String strip()': (machine, s: string) => charged(machine, s.trim()),
    'int size()': (_m, s: string) => s.length,
    'def getAt(int)': (machine, s: string, index: number) => at(machine, s, index),
    'def getAt(Range)': (machine, s: string, range: RangeValue) => sliceRange(machine, s, range),
    'String minus(def)': (machine, s: string, other: ScriptValue) => s.replace(machine.print(other), () => ''),
    'String multiply(int)': (machine, s: string, count: number) => repeat(machine, s, count),
    'String plus(def)': (machine, s: string, other: ScriptValue) => charged(machine, s + machine.print(other)),
    'String leftShift(def)': (machine, s: string, other: ScriptValue) => charged(machine, s + machine.print(other)),
    'String capitalize()': (_m, s: string) => s.slice(0, 1).toUpperCase() + s.slice(1),
    'String uncapitalize()': (_m, s: string) => s.slice(0, 1).toLowerCase() + s.slice(1),
    'String reverse()': (machine, s: string) => charged(machine, s.split('').toReversed().join('')),
    'String padLeft(int)': (machine, s: string, width: number) => pad(machine, s, width, ' ', 1),
    'String padLeft(int,String)': (machine, s: string, width: number, fill: string) => pad(machine, s, width, fill, 1),
    'String padRight(int)': (machine, s: string, width: number) => pad(machine, s, width, ' ', 0),
    'String padRight(int,String)': (machine, s: string, width: number, fill: string) => pad(machine, s, width, fill, 0),
    'String center(int)': (machine, s: string, width: number) => pad(machine, s, width, ' ', 0.5),
    'String center(int,String)': (machine, s: string, width: number, fill: string) => pad(machine, s, width, fill, 0.5),
    'List tokenize()': (machine, s: string) => {
      machine.budget.allocate(s.length)
      return list(s.split(/[ \t\n\r\f]+/).filter((part) => part !== ''))
    },
    'List tokenize(String)': (machine, s: string, separators: string) => {
      machine.budget.allocate(s.length)
      const parts: string[] = ['']
      for (const char of s) {
        if (separators.includes(char)) parts.push('')
        else parts[parts.length - 1] += char
      }
      return list(parts.filter((part) => part !== ''))
    },
    'array split()': (machine, s: string) => strings(machine, s.trim() === '' ? [] : s.trim().split(/\s+/)),
    'List readLines()': (machine, s: string) => {
      machine.budget.allocate(s.length)
      return list(lines(s))
    },
    'def eachLine(Closure)': (machine, s: string, fn: FunctionValue) => {
      machine.budget.allocate(s.length)
      let last: ScriptValue = null
      for (const line of lines(s)) last = fn.call([line])
      return last
    },
    'List toList()': (machine, s: string) => {
      machine.budget.allocate(s.length)
      return list(s.split(''))
    },
    'boolean isInteger()': (_m, s: string) => parseInteger(s.trim(), 10, INTEGER_LIMIT) !== undefined,
    'boolean isLong()': (_m, s: string) => parseInteger(s.trim(), 10, 63) !== undefined,
    'boolean isNumber()': (_m, s: string) => parseDecimal(s.trim()) !== undefined,
    'boolean isBigDecimal()': (_m, s: string) => parseDecimal(s.trim()) !== undefined,
    'boolean isDouble()': (_m, s: string) => parseDouble(s.trim()) !== undefined,
    'boolean isFloat()': (_m, s: string) => parseDouble(s.trim()) !== undefined,
    'Integer toInteger()': (_m, s: string) => Number(parsed(s.trim(), INTEGER_LIMIT)),
    'Long toLong()': (_m, s: string) => new JavaLong(parsed(s.trim(), 63)),
    'Double toDouble()': (_m, s: string) => new JavaDouble(parseDouble(s.trim()) ?? notNumber(s)),
    'Float toFloat()': (_m, s: string) => new JavaFloat(parseDouble(s.trim()) ?? notNumber(s)),
    'BigDecimal toBigDecimal()': (_m, s: string): BigDecimal => parseDecimal(s.trim()) ?? notNumber(s),
    'BigInteger toBigInteger()': (_m, s: string) =>
      /^[+-]?\d+$/.test(s.trim()) ? new BigInteger(BigInt(s.trim())) : notNumber(s),
    'boolean toBoolean()': (_m, s: string) => ['true', 'y', '1'].includes(s.trim().toLowerCase()),
    'int count(String)': (machine, s: string, other: string) => {
      machine.budget.steps(s.length)
      return other === '' ? 0 : s.split(other).length - 1
    },
    'String stripIndent()': (_m, s: string) => {
      const indents = s.split('\n').filter((line) => line.trim() !== '').map((line) => /^\s*/.exec(line)![0].length) // prettier-ignore
      const least = Math.min(...indents, Infinity)
      return s.split('\n').map((line) => line.slice(least)).join('\n') // prettier-ignore
    },
    'String stripMargin()': (_m, s: string) => s.split('\n').map((line) => line.replace(/^\s*\|/, '')).join('\n'), // prettier-ignore
    'String take(int)': (_m, s: string, count: number) => s.slice(0, Math.max(0, count)),
    'String drop(int)': (_m, s: string, count: number) => s.slice(Math.max(0, count)),
    'String replaceAll(String,Function)': (machine, s: string, regex: string, by: FunctionValue) =>
      replaceMatches(machine, new PatternValue(regex, 0), s, (matcher) => closureText(machine, matcher, by), true),
    'String find(String)': (machine, s: string, regex: string) => {
      const matcher = new MatcherValue(new PatternValue(regex, 0), s)
      return matcher.find(machine.budget) ? matcher.group(0) : null
    },
    'List findAll(String)': (machine, s: string, regex: string) => {
      const matcher = new MatcherValue(new PatternValue(regex, 0), s)
      const found: ScriptValue[] = []
      while (matcher.find(machine.budget)) found.push(matcher.group(0))
      machine.budget.allocate(found.length)
      return new ListValue(found)
    },
    'def each(Closure)': (machine, s: string, fn: FunctionValue) => {
      machine.budget.steps(s.length)
      for (const char of s) fn.call([char])
      return s
    },
    'List collect(Closure)': (machine, s: string, fn: FunctionValue) => {
      machine.budget.allocate(s.length)
      return new ListValue(s.split('').map((char) => fn.call([char])))
    },
    'String next()': (_m, s: string) => s.slice(0, -1) + String.fromCharCode(s.charCodeAt(s.length - 1) + 1),
    'String toString()': (_m, s: string) => s,
    'array getBytes()': (machine, s: string) => {
      const bytes = Buffer.from(s, 'utf8')
      machine.budget.allocate(bytes.length)
      return new ArrayValue('byte', [...bytes].map((byte) => new JavaByte(byte))) // prettier-ignore
    },
    'boolean equals(def)': (_m, s: string, other: ScriptValue) => s === other,
    'String tr(String,String)': (machine, s: string, from: string, to: string) => {
      machine.budget.allocate(s.length)
      return [...s].map((c) => (from.includes(c) ? to[Math.min(from.indexOf(c), to.length - 1)]! : c)).join('')
    },
    'Map collectEntries(Closure)': (machine, s: string, fn: FunctionValue) =>
      machine.invoke(new ListValue(s.split('')), 'collectEntries', [fn]) as MapValue,
  },
})

function closureText(machine: Machine, matcher: MatcherValue, by: FunctionValue): string {
  const groups = matcher.pattern.groups.map((_name, index) => matcher.group(index))
  return machine.print(by.call(by.arity > 1 || groups.length === 1 ? groups : [new ListValue(groups)]))
}

function parsed(text: string, bits: number): bigint {
  return parseInteger(text, 10, bits) ?? notNumber(text)
}

function notNumber(text: string): never {
  throw raise('NumberFormatException', `For input string: "${text}"`)
}

function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const difference = a.charCodeAt(index) - b.charCodeAt(index)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

export function charArray(machine: Machine, text: string): ArrayValue {
  machine.budget.allocate(text.length)
  return new ArrayValue('char', text.split('').map((char) => new JavaChar(char.charCodeAt(0)))) // prettier-ignore
}

function indexOf(machine: Machine, text: string, other: string, from: number): number {
  machine.budget.steps(text.length >> 6)
  return text.indexOf(other, from)
}

function splitOn(text: string, token: string, limit: number): string[] {
  if (token === '') return text.split('')
  const parts = text.split(token)
  if (limit > 0 && parts.length > limit) parts.splice(limit - 1, parts.length, parts.slice(limit - 1).join(token))
  return parts
}

function region(s: string, at: number, other: string, from: number, n: number, ignoreCase: boolean): boolean {
  if (at < 0 || from < 0 || at + n > s.length || from + n > other.length) return false
  const [a, b] = [s.slice(at, at + n), other.slice(from, from + n)]
  return ignoreCase ? a.toLowerCase() === b.toLowerCase() : a === b
}
