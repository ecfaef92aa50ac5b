import { describe, expect, test } from 'vitest'
import { DiagnosticError, formatDiagnostic } from '../../diagnostic/index.ts'
import { createGrok, parseRubyInteger, runEach, shippedPatterns } from './index.ts'

const grok = createGrok()
const plain = (value: unknown): unknown => (value === null ? null : JSON.parse(JSON.stringify(value)))

test.each<[string, string, unknown]>([
  ['%{IP:client} %{WORD:verb}', '55.3.244.1 GET', { client: '55.3.244.1', verb: 'GET' }],
  ['%{IP:client} %{WORD:verb}', 'nothing', null],
  ['%{INT:n:int} %{NUMBER:f:float}', 'a -12 3.5', { n: -12, f: 3.5 }],
  // A group that may be left out takes part with nothing, as in Ruby.
  ['\\):(%{DATA:d})? %{WORD:k}=%{GREEDYDATA:v}', '): op=start ver=1', { k: 'op', v: 'start ver=1' }],
  ['^(?<a>(?:[)(]*)?)?(?<b>x)??(?<c>.*)$', '()x', { a: '()', c: 'x' }],
  // Anchors may be repeated, as in Ruby.
  ['^*%{WORD:a}$+', 'x', { a: 'x' }],
  ['\\B?%{INT:n}\\b{1}\\Z*', '7', { n: '7' }],
  ['%{WORD:a} %{WORD:a}', 'x y', { a: ['x', 'y'] }],
  ['%{INT:[a][b]:int} (?<[c][d]>x+)', '7 xx', { a: { b: 7 }, c: { d: 'xx' } }],
  ['(?<queue_id>[0-9A-F]{10,11})', 'id BEF25A72965:', { queue_id: 'BEF25A72965' }],
  ['%{DATA:empty}$', '', {}],
  ['^second %{WORD:w}', 'first\nsecond line', { w: 'line' }],
  ['a%{DATA:x}b', 'a1\n2b', { x: '1\n2' }],
  ['(?>a+)a%{WORD:x}', 'aaa', null],
  ['%{NUM=\\d{2,3}}-%{NUM:n}', '12-345', { n: '345' }],
  ['%{WORD:a some words} x', 'b x', { a: 'b' }],
  ['(?<q>["\'])%{DATA:x}\\k<q>', `a 'b"c' d`, { q: "'", x: 'b"c' }],
  ['(%{IP:a}|%{WORD:b})', 'word', { b: 'word' }],
  ['[%{INT}]+ %{WORD:w}', '12 x', { w: 'x' }],
  ['%{WINPATH:p}', 'C:\\Windows\\System32', { p: 'C:\\Windows\\System32' }],
  ['%{WORD:w}', 'é über x', { w: 'x' }],
  ['\\bü(?<x>b\\w)', 'xüb über', { x: 'be' }],
  ['(?<@x>a)(?<y.z>b)(?<p-q>c)', 'abc', { '@x': 'a', 'y.z': 'b', 'p-q': 'c' }],
  ['(?<__proto__>a)', 'a', JSON.parse('{"__proto__":"a"}')],
])('%s on %j', (pattern, text, expected) => {
  expect(plain(grok.compile(pattern).match(text))).toEqual(expected)
})

test.each<[string, string]>([
  ['%{NUMBR:x}', 'pattern:1:1: pattern %{NUMBR} is not defined; did you mean %{NUMBER}?'],
  ['ab (%{IP:x}', 'pattern:1:4: invalid regular expression: ( is not closed by )'],
  ['ab) %{IP:x}', 'pattern:1:3: invalid regular expression: ) closes nothing'],
  ['ab [a-z', 'pattern:1:4: invalid regular expression: [ is not closed by ]'],
  ['*a', 'pattern:1:1: invalid regular expression: quantifier requires a repeatable token'],
  ['x %{A}', 'pattern:1:3: pattern %{A} refers to itself: %{A} -> %{B} -> %{A}'],
  ['x %{C}', 'pattern:1:3: pattern %{GONE} is not defined in %{C}'],
])('%s is refused with its place', (pattern, message) => {
  const own = createGrok({ patterns: { A: 'x%{B}', B: '%{A}', C: '%{GONE}' } })
  let caught: unknown
  try {
    own.compile(pattern)
  } catch (error) {
    caught = error
  }
  expect(caught).toBeInstanceOf(DiagnosticError)
  expect(formatDiagnostic((caught as DiagnosticError).diagnostics[0]!)).toBe(message)
})

test('a pattern that doubles at every step is refused before it fills the memory', () => {
  const patterns: Record<string, string> = { P0: 'x' }
  for (let i = 1; i < 64; i++) patterns[`P${i}`] = `%{P${i - 1}}%{P${i - 1}}`
  expect(() => createGrok({ patterns }).compile('%{P63}')).toThrow(/longer than/)
})

describe.each(['legacy', 'ecs-v1'] as const)('the %s library', (generation) => {
  const own = createGrok({ ecs: generation === 'legacy' ? 'disabled' : 'v1' })

  test.each([...shippedPatterns(generation).keys()])('%s compiles and answers hostile lines at once', (name) => {
    const pattern = own.compile(`%{${name}:x}\u0001`)
    const hostile = [
      'a'.repeat(4000),
      '1'.repeat(4000),
      'a.'.repeat(2000),
      '1.1.1.1.'.repeat(500),
      '::1:'.repeat(1000),
      '"\\'.repeat(2000),
      '/a'.repeat(2000),
      '%a0'.repeat(1000),
      ' '.repeat(4000),
      'Jan 1 00:00:00 '.repeat(200),
      'sshd[1]: Failed a for b from 1.1.1.1 port 1 ssh2'.repeat(80),
      'Event ID: 4625 Logon Type: 3 Account For Which Logon Failed: Account Name: '.repeat(50),
    ]
    const slow: number[] = []
    runEach(
      hostile.length,
      2000,
      (index) => void pattern.exec(hostile[index]!),
      (index) => slow.push(index),
    )
    expect(slow).toEqual([])
  })
})

test('an endless match is stopped, and the items around it are not harmed', () => {
  const pattern = grok.compile('^(a+)+$')
  const texts = ['aaa', `${'a'.repeat(40)}!`, 'aa']
  const results: unknown[] = []
  const late: number[] = []
  runEach(
    texts.length,
    100,
    (index) => {
      const match = pattern.exec(texts[index]!)
      results[index] = match !== null
    },
    (index) => late.push(index),
  )
  expect([results[0], results[2], late]).toEqual([true, true, [1]])
})

test('a pattern that begins with anything fails on a long line at once', () => {
  const pattern = grok.compile('%{GREEDYDATA:a} code=%{INT:b}')
  const late: number[] = []
  runEach(
    1,
    1000,
    () => void pattern.exec('x y '.repeat(50_000)),
    () => late.push(0),
  )
  expect(late).toEqual([])
})

test.each([
  ['.*a', 'xxa', 'xxa'],
  ['%{GREEDYDATA:x} a|b', 'xxb', 'b'],
  ['(?:.*a)?b', 'xxb', 'b'],
  ['(?:.*a){0,1}b', 'xxb', 'b'],
  ['(?:.*a|x)b', 'yyxb', 'xb'],
  ['((.*)a)b', 'xab', 'xab'],
  ['(.*)-\\1$', 'ab-b', 'b-b'],
  ['(?:.*[|)]a)b', 'y|ab', 'y|ab'],
])('%s in %s', (pattern, text, found) => {
  const compiled = grok.compile(pattern)
  expect([compiled.exec(text)?.[0], compiled.exec(text)?.[0]]).toEqual([found, found])
})

test('integers read as in Ruby', () => {
  expect(['12abc', ' -7', 'x', '1_000', '9007199254740993', '-0'].map(parseRubyInteger)).toEqual([
    12,
    -7,
    0,
    1000,
    9007199254740993n,
    0,
  ])
})

const intersections = Number(process.versions.node.split('.')[0]) >= 22

test.runIf(intersections)('an intersection of classes', () => {
  expect(plain(grok.compile('[a-z&&[^a-m]]+(?<x>.)').match('abyz!'))).toEqual({ x: '!' })
})

test.runIf(!intersections)('an intersection of classes is refused where the engine is wrong about it', () => {
  expect(() => grok.compile('[a-z&&[^a-m]]')).toThrow('intersections of character classes (&&) need Node 22 or later')
})

test('two ampersands are two characters', () => {
  expect(plain(grok.compile('a&&(?<x>b)').match('a&&b'))).toEqual({ x: 'b' })
})
