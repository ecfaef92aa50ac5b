import { expect, test } from 'vitest'
import type { ScriptContext } from '../context.ts'
import { compileScript, scriptFailure } from '../index.ts'

function refusal(source: string, context: ScriptContext = 'painless_test'): string {
  try {
    compileScript({ source, lang: 'painless' }, { context })
  } catch (error) {
    return scriptFailure(error)?.caused_by.reason ?? String(error)
  }
  return 'compiles'
}

test.each([
  ['return null == null', 'extraneous comparison of [null] constants'],
  ['Object o = 5; return o', 'Cannot cast from [int] to [java.lang.Object].'],
  ["Object o = 'x'; return o.length()", 'member method [java.lang.Object, length/0] not found'],
  ['Integer i = params.n; return i + 1', 'Cannot cast from [java.lang.Integer] to [int].'],
  ['byte b = 128; return b', 'Cannot cast from [int] to [byte].'],
  ['byte b = 127; return b', 'compiles'],
  ["return (List) 'a'", 'Cannot cast from [java.lang.String] to [java.util.List].'],
  ['int n = 0; while (true) { n++; break; } return n', 'extraneous while loop'],
  ['int i = 0; while (i < 3) { i++; continue; } return i', 'extraneous continue statement'],
  ['break;', 'invalid break statement: not inside loop'],
  ['return 1; return 2', 'invalid block: unreachable statement'],
  ['1 * 2; return 3', 'not a statement: result not used from multiplication operation [*]'],
  ['[] = 5', 'invalid assignment: cannot assign a value to list initializer'],
  ['Math.PI = 3', 'invalid assignment: cannot assign a value to read-only field [PI]'],
  ['int x = 1; [2].forEach(y -> x++)', 'Variable [x] is read-only.'],
  ['def params = 5', 'variable [params] is already defined'],
  ['int f(int a) { int b = a; } f(1)', 'invalid function definition: not all paths provide a return value for function [f] with [1] parameters'], // prettier-ignore
  ['List l = [2]; l.sort(a -> 1)', 'Incorrect number of parameters for [compare] in [java.util.Comparator]'],
  ['List l = [2]; l.sort(Integer::none)', 'function reference [Integer::none/2] matching [java.util.Comparator, compare/2] not found'], // prettier-ignore
  ['List l = [2]; l.forEach(x -> { def y = x; })', 'not all paths return a value for lambda'],
  ["return 'ab' =~ /(/", 'invalid regular expression: could not compile regex constant [(] with flags []'],
  ['return 99999999999', 'Invalid int constant [99999999999]. If you want a long constant then change it to [99999999999L].'], // prettier-ignore
  ['String s = null; return s?.length()', 'Result of null safe operator must be nullable'],
  ['Deque d = new ArrayDeque(); d.push(1); return d.pop()', 'compiles'],
])('%s: %s', (source, reason) => {
  expect(refusal(source)).toBe(reason)
})

test.each([
  ['update', 'if (ctx._source.n == 1) { return; } ctx._source.n = 2', 'compiles'],
  ['update', 'return 5', 'Cannot cast from [int] to [void].'],
  ['filter', "return 'text'", 'Cannot cast from [java.lang.String] to [boolean].'],
  ['score', 'return 5', 'compiles'],
] as const)('in %s, %s: %s', (context, source, reason) => {
  expect(refusal(source, context)).toBe(reason)
})
