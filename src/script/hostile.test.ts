import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DiagnosticError } from '../diagnostic/index.ts'
import { newObject, type Value } from '../event/index.ts'
import { compileScript, scriptFailure } from './index.ts'

const LANGUAGES = ['painless', 'groovy'] as const

/** Runs a script; what it gave, or the type of its failure. Anything but a script's own error fails the test. */
function run(source: string, lang: 'painless' | 'groovy', ctx: Value = newObject()): Value {
  try {
    return compileScript({ source, lang }, { context: 'watcher_transform' }).run(
      { ctx },
      { steps: 50_000, allocations: 1_000_000 },
    )
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error
    const failure = scriptFailure(error)
    return failure === undefined ? error.code : `${failure.reason}: ${failure.caused_by.type}`
  }
}

describe('a script ends', () => {
  test('one whose result is only shown', () => {
    const source = 'def l = [1]; for (int i = 0; i < 60; i++) { l = [l, l]; } return l'
    const { run } = compileScript({ source, lang: 'painless' }, { context: 'painless_test' })
    expect(() => run({}, { allocations: 100_000 })).toThrow('the script used more memory than it may')
  })

  test('nothing, taken two billion times, is nothing', () => {
    expect(run('return [].multiply(2147483647)', 'groovy')).toEqual([])
    expect(run('return [] * 2147483647', 'groovy')).toEqual([])
    expect(run('return [1] * 2147483647', 'groovy')).toBe('runtime error: circuit_breaking_exception')
  })

  test.each([
    ['int i = 0; while (i > -1) { i++ } return i', 'runtime error: painless_error'],
    ['for (;;) { }', 'runtime error: painless_error'],
    ['int i = 0; do { i++; } while (i > -1); return 1', 'runtime error: painless_error'],
    ['int f(int n) { return f(n + 1) } return f(0)', 'runtime error: stack_overflow_error'],
    ['String s = "a"; while (true) { s += s; }', 'runtime error: circuit_breaking_exception'],
    ['def l = []; while (true) { l.add(l.size()); }', 'runtime error: painless_error'],
    ['def l = [1]; while (true) { l.addAll(l); }', 'runtime error: painless_error'],
    ['def l = []; l.add(l); return l', 'runtime error: illegal_argument_exception'],
    ['Map m = [:]; m.put("a", m); return m.toString().length() > 0', true],
    [
      'def l = [1]; for (int i = 0; i < 40; i++) { l = [l, l]; } return l.toString().length()',
      'runtime error: circuit_breaking_exception',
    ],
    ['def l = [1]; for (int i = 0; i < 40; i++) { l = [l, l]; } return l', 'runtime error: circuit_breaking_exception'],
    ['def l = [1]; for (int i = 0; i < 40; i++) { l = [l, l]; } return l.hashCode()', 'runtime error: painless_error'],
    [
      'def a = [1]; def b = [1]; for (int i = 0; i < 40; i++) { a = [a, a]; b = [b, b]; } return a == b',
      'runtime error: painless_error',
    ],
    [
      'def l = []; for (int i = 0; i < 9000; i++) { l = [l]; } return l.hashCode()',
      'runtime error: stack_overflow_error',
    ],
    ['def l = []; for (int i = 0; i < 9000; i++) { l = [l]; } return l', 'runtime error: stack_overflow_error'],
    ['int[] a = new int[2000000000]; return a.length', 'runtime error: circuit_breaking_exception'],
    ['int[][] a = new int[2000][2000]; return a.length', 'runtime error: circuit_breaking_exception'],
    ['return IntStream.range(0, 2000000000).sum()', 'runtime error: painless_error'],
    [
      'return [3, 1].stream().map(x -> { while (x > 0) { x += 0; } return x; }).collect(Collectors.toList())',
      'runtime error: painless_error',
    ],
    ['return "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!" ==~ /(a+)+/', 'runtime error: painless_error'],
    ['return "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!" =~ /(a|aa)+$/', 'runtime error: painless_error'],
    ['return new BigInteger("9").pow(100000000)', 'runtime error: circuit_breaking_exception'],
    [
      'StringBuilder b = new StringBuilder("ab"); while (true) { b.append(b); }',
      'runtime error: circuit_breaking_exception',
    ],
    [
      'int i = 0; try { while (i == 0) { def x = 1; } } catch (Exception e) { return 1 } return 2',
      'runtime error: painless_error',
    ],
    ['return String.join("-", Collections.nCopies(100000000, "x"))', 'runtime error: circuit_breaking_exception'],
    [
      'def s = new StringBuilder(); s.setLength(2000000000); return s.length()',
      'runtime error: circuit_breaking_exception',
    ],
  ])('%s', (source, expected) => {
    expect(run(source, 'painless')).toEqual(expected)
  })

  test.each([
    ['while (true) { }', 'runtime error: painless_error'],
    ["def s = 'ab'; while (true) { s = s * 10 }", 'runtime error: circuit_breaking_exception'],
    ["'a' * 2000000000", 'runtime error: circuit_breaking_exception'],
    ["'a'.padLeft(2000000000)", 'runtime error: circuit_breaking_exception'],
    ["String.format('%2000000000d', 1)", 'runtime error: illegal_format_width_exception'],
    ['(1..2000000000).collect { it }', 'runtime error: circuit_breaking_exception'],
    ['for (i in 1..2000000000) { }', 'runtime error: painless_error'],
    ['2000000000.times { }', 'runtime error: painless_error'],
    ['9 ** 100000000', 'runtime error: arithmetic_exception'],
    ['def f; f = { f(it) }; f(1)', 'runtime error: stack_overflow_error'],
    ['def x = 1.5; 60.times { x = x * x }; x > 0', 'runtime error: circuit_breaking_exception'],
    ['def l = [1]; l[2000000000] = 1', 'runtime error: circuit_breaking_exception'],
    ["('a' * 60) ==~ /(a*)*b/", 'runtime error: painless_error'],
    ['[[1] * 100, [2] * 100, [3] * 100, [4] * 100].combinations().size()', 'runtime error: circuit_breaking_exception'],
    ['1G << 2000000000', 'runtime error: arithmetic_exception'],
    ['[1, 2].sort { a, b -> while (true) { } }', 'runtime error: painless_error'],
  ])('%s', (source, expected) => {
    expect(run(source, 'groovy')).toEqual(expected)
  })

  test.each(LANGUAGES)('however deep a %s script nests', (lang) => {
    for (const [open, close] of [
      ['(', ')'],
      ['[', ']'],
      ['!', ''],
      ['{', '}'],
      ['-', ''],
      ['if (true) ', ''],
      ['x ? 1 : ', ''],
      ['f(', ')'],
    ]) {
      // prettier-ignore
      expect(String(run(`${open!.repeat(10_000)}1${close!.repeat(10_000)}`, lang))).toMatch(/^compile error/)
    }
    expect(String(run(`return ${'1 + '.repeat(20_000)}1`, lang))).toMatch(/^compile error/)
    expect(String(run(`return ctx${'.a'.repeat(20_000)}`, lang))).toMatch(/^compile error/)
    expect(String(run(`return '${'x'.repeat(70_000)}'`, lang))).toMatch(/^compile error/)
  })
})

describe('nothing outside the allow-list is reached', () => {
  const ATTEMPTS = [
    '"".class', '"".getClass()', '"".getClass().forName("java.lang.Runtime")', '[].class.classLoader', 'ctx.getClass()',
    '"".constructor', '"".__proto__', '[1].constructor', '[].constructor("return process")()', '(1).constructor',
    'Math.constructor', 'Math.__proto__', 'Math.getClass()', 'String.constructor("return process")()', 'String.prototype',
    'process', 'process.exit(1)', 'require("fs")', 'globalThis', 'Function("return 1")()', 'eval("1")', 'this.constructor',
    'System.exit(1)', 'java.lang.System.exit(1)', 'java.lang.Runtime.getRuntime()', 'Runtime.runtime.exec("ls")',
    'Class.forName("java.io.File")', 'new java.io.File("/etc/passwd")', 'new File("/etc/passwd").text', 'new URL("http://x")',
    '"ls".execute()', 'Thread.sleep(1000)', 'new GroovyShell().evaluate("1")', 'Eval.me("1")', '"".metaClass', 'String.metaClass',
    '"".valueOf()', '[].toString.call(1)', '[1].push.constructor', '[1].items', '[1].items.push(1)', '"".typeName', 'Math.name',
    '[].hasOwnProperty("x")', '[1].map', '{ -> 1 }.call.constructor', '{ -> 1 }.delegate', '{ -> 1 }.owner', '[1].each.call',
  ] // prettier-ignore
  for (const lang of LANGUAGES) {
    test.each(ATTEMPTS)(`${lang}: %s`, (attempt) => {
      expect(String(run(`return ${attempt}`, lang))).toMatch(/^(?:compile|runtime) error: /)
    })
  }

  test.each(LANGUAGES)('%s: names of JavaScript are plain keys of a map', (lang) => {
    const ctx = newObject()
    const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']
    for (const name of names) {
      expect(run(`return ctx.${name}`, lang, ctx)).toBeNull()
      expect(run(`ctx['${name}'] = 'own'; return ctx.${name}`, lang, ctx)).toBe('own')
      expect(Object.hasOwn(ctx, name)).toBe(true)
    }
    expect(Object.getPrototypeOf(ctx)).toBeNull()
    expect(({} as Record<string, unknown>)['own']).toBeUndefined()
  })

  test('a result with a key of any name has no prototype', () => {
    const result = run(`return ['__proto__': ['polluted': true]]`, 'painless') as object
    expect(Object.getPrototypeOf(result)).toBeNull()
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

const WORDS = [
  'return', 'if', 'else', 'while', 'for', 'def', 'int', 'String', 'new', 'in', 'try', 'catch', 'throw', 'null', 'true',
  'ctx', 'x', 'it', 'params', 'Math', 'List', 'Map', 'ArrayList', 'StringBuilder', 'Collectors', 'Integer', 'Pattern',
  '.', '?.', '*.', '::', '->', '(', ')', '[', ']', '{', '}', ',', ';', ':', '?', '?:', '=', '+=', '++', '--', '+', '-',
  '*', '/', '%', '**', '<<', '>>>', '<', '>=', '==', '===', '=~', '==~', '!', '~', '&&', '||', '..', '..<', '\n',
  '1', '0', '2147483647', '9223372036854775807L', '1.5', '1e308', "'a'", '"b${x}"', '/a+/', 'collect', 'each', 'toString',
  'class', 'getClass', 'constructor', '__proto__', 'prototype', 'size', 'length', 'add', 'put', 'sort', 'stream', 'map',
  'sum', 'join', 'replaceAll', 'split', 'times', 'padLeft', 'inject', 'instanceof', 'as', 'switch', 'case', 'assert',
] // prettier-ignore

describe('random scripts neither crash nor run on', () => {
  for (const lang of LANGUAGES) {
    test(`${lang} of random words`, () => {
      fc.assert(
        fc.property(fc.array(fc.constantFrom(...WORDS), { maxLength: 40 }), (words) => {
          expect(run(words.join(' '), lang)).toBeDefined()
        }),
        { numRuns: 3000 },
      )
    })

    test(`${lang} of random characters`, () => {
      fc.assert(
        fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
          expect(run(text, lang)).toBeDefined()
        }),
        { numRuns: 1000 },
      )
    })

    test(`${lang}: any method of any value with any arguments`, () => {
      const values = ["'ab'", '5', '5L', '1.5', 'true', 'null', '[3, 1]', "['k': 1]", 'new HashSet()', 'new StringBuilder()', 'Optional.of(1)', "Instant.ofEpochMilli(0L)", 'new ArrayList()', '[1].iterator()', '[1].stream()', "/a/.matcher('a')", 'Duration.ofDays(1)'] // prettier-ignore
      const lambda = lang === 'painless' ? 'x -> x' : '{ x -> x }'
      const methods = fc.constantFrom(...METHODS)
      const argument = fc.constantFrom(...values, '-1', '2147483647', lambda)
      fc.assert(
        fc.property(
          fc.constantFrom(...values),
          methods,
          fc.array(argument, { maxLength: 3 }),
          (value, method, args) => {
            expect(run(`def v = ${value}; return v.${method}(${args.join(', ')})`, lang)).toBeDefined()
          },
        ),
        { numRuns: 5000 },
      )
    })
  }
})

const METHODS = (
  'length charAt substring indexOf replace split trim repeat padLeft padRight center tokenize toInteger count take drop add ' +
  'addAll remove get set put sort subList contains containsKey join collect find findAll any every groupBy sum inject max min ' +
  'flatten unique collate transpose combinations withIndex first last reverse stream map filter reduce limit skip toArray ' +
  'append insert delete setLength reverse setCharAt orElse isPresent plusMillis atZone toEpochMilli between next hasNext ' +
  'group find matches start end replaceAll hashCode equals toString compareTo intValue doubleValue times upto power round ' +
  'merge compute computeIfAbsent entrySet keySet values removeIf retainAll plus minus multiply leftShift getAt putAt'
).split(' ')
