import { describe, expect, test } from 'vitest'
import { DiagnosticError } from '../../diagnostic/index.ts'
import { toValue, type ValueObject } from '../../event/index.ts'
import { compileRegex } from './regex.ts'
import { RuleSet } from './rule-set.ts'
import { parseRules } from './rule.ts'

const item = { text: 'f|re', span: { source: { name: 'r.yml', text: 'f' }, start: 0, end: 1 } }
const NONE = { i: false, m: false, s: false }

describe('searches for what has no linear time', () => {
  test.each<[string, string, boolean]>([
    ['cmd(?!\\.exe)', 'cmd.com', true],
    ['cmd(?!\\.exe)', 'cmd.exe', false],
    ['(?<=C:\\\\)Users', 'C:\\Users', true],
    ['(?<!C:\\\\)Users', 'C:\\Users', false],
    ['^(?=.*-enc)(?=.*-nop)', 'x -nop -enc', true],
    ['(?i)(?=-ENC)', 'x -enc', true],
    ['(\\w)\\1', 'abba', true],
    ['(?P<q>["\'])x(?P=q)', `"x'`, false],
    ["(?'q'a|b)\\k{q}", 'bb', true],
    ['(a)(b)\\g{2}', 'abb', true],
    ['(a)\\g{1}1', 'aa1', true],
    ['(?=x)[\\w\\-\\"\\ ]+\\!$', 'x-y" z!', true],
    ['(?=x)x]{}', 'x]{}', true],
    ['(?=[[:digit:][:upper:]])[\\x41\\h]\\z', 'A', true],
    ['(?=.)a.b', 'a\rb', true],
    ['(?=.)a.b', 'a\nb', false],
    ['(?=a)a(?#a comment)b', 'ab', true],
    ['(?=\\pL)\\p{Lu}\\x{e9}', 'É'.normalize('NFC') + 'é', true],
    ['a{3,1500}', 'aaa', true],
    ['a\\hb\\Z', 'a\tb\n', true],
  ])('%s in %j: %s', (source, text, found) => expect(compileRegex(source, NONE, item)(text)).toBe(found))

  test('flags are those of the rule', () => {
    expect(compileRegex('(?=b)^B', { i: true, m: true, s: false }, item)('a\nb')).toBe(true)
    expect(compileRegex('a.(?=b)', { i: false, m: false, s: true }, item)('a\nb')).toBe(true)
  })
})

describe('refuses what cannot be said', () => {
  test.each([
    ['(?=a)a++', "'++' is not known"],
    ['(?=a)(?>a)', "'(?>' is not known"],
    ['(?=a)(?i:a)', "'(?i' is not known"],
    ['(?=a)\\Qa\\E', "'\\Q' is not known"],
    ['(?=a)[[:nothing:]]', "'[:nothing:]' is not known"],
    ['(?=a)[[:constructor:]]', "'[:constructor:]' is not known"],
    ['(?=a', '/(?=a/u: Unterminated group'],
    ['a**', 'invalid nested repetition operator: `**`'],
  ])('%s', (source, reason) => {
    let said: string | undefined
    try {
      compileRegex(source, NONE, item)
    } catch (error) {
      said = (error as DiagnosticError).diagnostics[0]!.message
    }
    expect(said).toBe(`'f|re': the regular expression is refused: ${reason}`)
  })
})

test('a search that takes too long finds nothing, is told of, and leaves less time to the next', () => {
  let timeouts = 0
  const search = compileRegex('^(?=(a+)+$)', NONE, item, () => timeouts++)
  for (let i = 0; i < 8; i++) expect(search(`${'a'.repeat(60)}b`)).toBe(false)
  expect(timeouts).toBe(8)
  expect(Array.from({ length: 20 }, () => search('aaa'))).toContain(true)
})

test('a rule says for how many values its expression took too long', () => {
  const text = "title: t\nlogsource: {product: x}\ndetection: {s: {f|re: '^(?=(a+)+$)'}, condition: s}"
  const set = new RuleSet(parseRules({ name: 'r.yml', text }).rules)
  for (const f of ['aa', `${'a'.repeat(60)}b`]) set.match(toValue({ f }) as ValueObject)
  expect(set.status()).toMatchObject([{ hits: 1, asked: 2, timeouts: 1 }])
})
