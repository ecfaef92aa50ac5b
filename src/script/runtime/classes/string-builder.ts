import { StringBuilderValue } from '../containers.ts'
import { compareValues } from '../equality.ts'
import { raise, type ScriptValue } from '../instance.ts'
import type { Machine } from '../machine.ts'
import { defineClass, type Signatures } from './define.ts'
import { charged, checkIndex, checkRange, substring } from './text.ts'

/** What a builder has of a CharSequence: it answers as its text would. */
const AS_TEXT: Signatures = Object.fromEntries(
  [
    'IntStream chars()',
    'IntStream codePoints()',
    'int codePointBefore(int)',
    'int codePointCount(int,int)',
    'int offsetByCodePoints(int,int)',
    'CharSequence subSequence(int,int)',
    'String replaceAll(Pattern,Function)',
    'String replaceFirst(Pattern,Function)',
    'void getChars(int,int,array,int)',
  ].map((signature) => {
    const name = /(\w+)\(/.exec(signature)![1]!
    return [
      signature,
      (machine: Machine, b: StringBuilderValue, ...args: ScriptValue[]) => machine.invoke(b.text, name, args),
    ]
  }),
)

function append(machine: Machine, builder: StringBuilderValue, text: string): StringBuilderValue {
  machine.budget.allocate(text.length)
  builder.text += text
  return builder
}

export const STRING_BUILDER = defineClass('java.lang.StringBuilder', {
  extends: ['java.lang.CharSequence', 'java.lang.Object'],
  new: {
    'StringBuilder()': () => new StringBuilderValue(),
    'StringBuilder(int)': () => new StringBuilderValue(),
    'StringBuilder(CharSequence)': (machine, _s, text: string) => append(machine, new StringBuilderValue(), text),
  },
  methods: {
    ...AS_TEXT,
    'StringBuilder append(def)': (machine, b: StringBuilderValue, value: ScriptValue) =>
      append(machine, b, machine.print(value)),
    'StringBuilder append(CharSequence,int,int)': (machine, b: StringBuilderValue, s: string, from: number, to: number) => append(machine, b, substring(machine, s, from, to)), // prettier-ignore
    'StringBuilder appendCodePoint(int)': (machine, b: StringBuilderValue, code: number) =>
      append(machine, b, String.fromCodePoint(code)),
    'int length()': (_m, b: StringBuilderValue) => b.text.length,
    'int capacity()': (_m, b: StringBuilderValue) => Math.max(16, b.text.length),
    'char charAt(int)': (_m, b: StringBuilderValue, index: number) => {
      checkIndex(index, b.text.length, 'index')
      return b.text.charCodeAt(index)
    },
    'StringBuilder delete(int,int)': (machine, b: StringBuilderValue, from: number, to: number) => {
      checkRange(from, Math.min(to, b.text.length), b.text.length)
      machine.budget.allocate(b.text.length)
      b.text = b.text.slice(0, from) + b.text.slice(to)
      return b
    },
    'StringBuilder deleteCharAt(int)': (machine, b: StringBuilderValue, index: number) => {
      checkIndex(index, b.text.length, 'index')
      machine.budget.allocate(b.text.length)
      b.text = b.text.slice(0, index) + b.text.slice(index + 1)
      return b
    },
    'int indexOf(String)': (_m, b: StringBuilderValue, other: string) => b.text.indexOf(other),
    'int indexOf(String,int)': (_m, b: StringBuilderValue, other: string, from: number) => b.text.indexOf(other, from),
    'int lastIndexOf(String)': (_m, b: StringBuilderValue, other: string) => b.text.lastIndexOf(other),
    'int lastIndexOf(String,int)': (_m, b: StringBuilderValue, other: string, from: number) =>
      b.text.lastIndexOf(other, from),
    'int codePointAt(int)': (_m, b: StringBuilderValue, index: number) => {
      checkIndex(index, b.text.length, 'index')
      return b.text.codePointAt(index)!
    },
    'StringBuilder insert(int,def)': (machine, b: StringBuilderValue, index: number, value: ScriptValue) => {
      const text = machine.print(value)
      machine.budget.allocate(b.text.length + text.length)
      if (index < 0 || index > b.text.length) {
        throw raise('StringIndexOutOfBoundsException', `offset ${index}, length ${b.text.length}`)
      }
      b.text = b.text.slice(0, index) + text + b.text.slice(index)
      return b
    },
    'StringBuilder replace(int,int,String)': (machine, b: StringBuilderValue, from: number, to: number, s: string) => {
      checkRange(from, Math.min(to, b.text.length), b.text.length)
      machine.budget.allocate(b.text.length + s.length)
      b.text = b.text.slice(0, from) + s + b.text.slice(to)
      return b
    },
    'StringBuilder reverse()': (machine, b: StringBuilderValue) => {
      machine.budget.allocate(b.text.length)
      b.text = [...b.text].toReversed().join('')
      return b
    },
    'void setCharAt(int,char)': (machine, b: StringBuilderValue, index: number, code: number) => {
      checkIndex(index, b.text.length, 'index')
      machine.budget.allocate(b.text.length)
      b.text = b.text.slice(0, index) + String.fromCharCode(code) + b.text.slice(index + 1)
    },
    'void setLength(int)': (machine, b: StringBuilderValue, length: number) => {
      checkIndex(length, Number.POSITIVE_INFINITY, 'length')
      machine.budget.allocate(length)
      b.text = b.text.slice(0, length).padEnd(length, '\0')
    },
    'String substring(int)': (machine, b: StringBuilderValue, begin: number) =>
      substring(machine, b.text, begin, b.text.length),
    'String substring(int,int)': (machine, b: StringBuilderValue, begin: number, end: number) =>
      substring(machine, b.text, begin, end),
    'int compareTo(StringBuilder)': (_m, b: StringBuilderValue, other: StringBuilderValue) =>
      compareValues(b.text, other.text),
  },
  groovy: {
    'StringBuilder leftShift(def)': (machine, b: StringBuilderValue, value: ScriptValue) =>
      append(machine, b, machine.print(value)),
    'int size()': (_m, b: StringBuilderValue) => b.text.length,
  },
})

/** A StringBuffer differs by its name alone. */
const buffer = (text: string): StringBuilderValue => {
  const made = new StringBuilderValue('java.lang.StringBuffer')
  made.text = text
  return made
}

export const STRING_BUFFER = defineClass('java.lang.StringBuffer', {
  extends: ['java.lang.StringBuilder', 'java.lang.Object'],
  new: {
    'StringBuffer()': () => buffer(''),
    'StringBuffer(int)': () => buffer(''),
    'StringBuffer(CharSequence)': (machine, _s, text: string) => buffer(charged(machine, text)),
  },
})
