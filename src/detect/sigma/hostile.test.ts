import { describe, expect, test } from 'vitest'
import { toValue, type ValueObject } from '../../event/index.ts'
import { createSigmaDetector, parseRules } from './index.ts'

const HEAD = 'title: t\nlogsource: {product: x}\ndetection: '
const list = (length: number, make: (index: number) => string): string =>
  Array.from({ length }, (_, i) => make(i)).join(', ')
const aliases = ['b', 'c', 'd', 'e', 'f', 'g'].map(
  (name, i) => `${name}: &${name} [${list(10, () => `*${'abcdef'[i]}`)}]`,
)

/** Rules made to hold up who reads them or judges by them; each is read, or refused by name, in no time. */
describe('a hostile rule', () => {
  test.each<[name: string, text: () => string, said: string | undefined]>([
    [
      'parentheses',
      () => `${HEAD}{s: {F: a}, condition: "${'('.repeat(99_999)}s"}`,
      'condition: nested deeper than 100 levels',
    ],
    [
      'negations',
      () => `${HEAD}{s: {F: a}, condition: "${'not '.repeat(99_999)}s"}`,
      'condition: nested deeper than 100 levels',
    ],
    [
      'names',
      () => `${HEAD}{s: {F: a}, condition: "${'s or '.repeat(99_999)}s"}`,
      'condition: it comes to more than 50000 names',
    ],
    [
      'quantifiers',
      () => `${HEAD}{${list(1000, (i) => `s${i}: {F: ${i}}`)}, condition: "${'1 of s* or '.repeat(1000)}s1"}`,
      'condition: it comes to more than 50000 names',
    ],
    [
      'stars in a name',
      () => `${HEAD}{${'s'.repeat(300)}: {F: a}, condition: "1 of ${'*s'.repeat(150)}*x"}`,
      `condition: '1 of ${'*s'.repeat(150)}*x' matches no name`,
    ],
    ['selections', () => `${HEAD}{${list(10_000, (i) => `s${i}: {F: a${i}}`)}, condition: 1 of s*}`, undefined],
    [
      'keys',
      () => `${list(30_000, (i) => `k${i}: 1\n`).replaceAll(', ', '')}k1: 2`,
      'invalid YAML: Map keys must be unique',
    ],
    [
      'aliases',
      () => `a: &a [${list(10, () => 'x')}]\n${aliases.join('\n')}`,
      'invalid YAML: more than 100000 values, aliases counted as what they stand for',
    ],
    ['an alias of itself', () => `${HEAD}&d {s: *d, condition: s}`, 'invalid YAML: nested deeper than 60 levels'],
    ['lists in lists', () => '['.repeat(50_000), 'invalid YAML: Maximum call stack size exceeded'],
    ['values', () => `${HEAD}{s: {F|contains: [${list(20_000, (i) => `v${i}`)}]}, condition: s}`, undefined],
    ['wildcards', () => `${HEAD}{s: {F: [${list(5000, (i) => `'*${i}a*z?'`)}]}, condition: s}`, undefined],
    [
      'dashes',
      () => `${HEAD}{s: {F|windash: '${' -a'.repeat(50)}'}, condition: s}`,
      "'F|windash': 'windash' makes more than 5000 variants",
    ],
    ['names of objects', () => `${HEAD}{__proto__: {constructor: a}, condition: __proto__}`, undefined],
    ['an expression', () => `${HEAD}{s: {F|re: '^((a|aa)+)+$'}, condition: s}`, undefined],
  ])('%s', (_, text, said) => {
    const { rules, problems } = parseRules({ name: 'r.yml', text: text() })
    const detector = createSigmaDetector(rules)
    expect([...problems, ...detector.problems].map(({ message }) => message)).toEqual(said === undefined ? [] : [said])
    const fields = toValue({ F: `${'a'.repeat(20_000)}b` }) as ValueObject
    expect(detector.see([{ fields, time: 1, index: 'i' }])).toEqual([])
  })
})
