import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Budget } from './budget.ts'
import { BudgetExceeded, Thrown } from './instance.ts'
import { MatcherValue, PatternValue } from './regex.ts'
import { FLAGS } from './regex-reader.ts'

function find(pattern: string, input: string, flags = 0): (string | null)[] | null {
  const matcher = new MatcherValue(new PatternValue(pattern, flags), input)
  if (!matcher.find(new Budget())) return null
  return matcher.pattern.groups.map((_name, index) => matcher.group(index))
}

describe('patterns find what Java finds', () => {
  test.each([
    ['a.c', 'xabcx', ['abc']],
    ['(\\w+)=(\\d+)', 'port=80', ['port=80', 'port', '80']],
    ['a|ab', 'ab', ['a']],
    ['(a|ab)(c|bcd)', 'abcd', ['abcd', 'a', 'bcd']],
    ['a*?b', 'aab', ['aab']],
    ['<.+?>', '<a><b>', ['<a>']],
    ['a++a', 'aaa', null],
    ['(?>a|ab)c', 'abc', null],
    ['(?<name>x)\\k<name>', 'xx', ['xx', 'x']],
    ['(a)\\1', 'aa', ['aa', 'a']],
    ['(?=b)b', 'ab', ['b']],
    ['a(?!b)', 'abac', ['a']],
    ['(?<=a)b', 'ab', ['b']],
    ['(?<!a)b', 'abcb', ['b']],
    ['^b$', 'a\nb', null],
    ['\\bfoo\\b', 'a foo b', ['foo']],
    ['[a-c&&[^b]]+', 'abcac', ['a']],
    ['[^\\d]', '1a', ['a']],
    ['\\p{Alpha}+', '12ab', ['ab']],
    ['\\p{L}+', '1éa', ['éa']],
    ['\\Qa.b\\E', 'axb a.b', ['a.b']],
    ['x{2,3}', 'xxxx', ['xxx']],
    ['(a)|b', 'b', ['b', null]],
    ['\\u0041', 'A', ['A']],
    ['', 'abc', ['']],
  ])('%s in %j', (pattern, input, groups) => {
    expect(find(pattern, input)).toEqual(groups)
  })

  test.each([
    ['ABC', 'abc', 'i', ['abc']],
    ['^b$', 'a\nb', 'm', ['b']],
    ['a.b', 'a\nb', 's', ['a\nb']],
    ['a b # comment', 'ab', 'x', ['ab']],
  ])('%s in %j with flag %s', (pattern, input, flag, groups) => {
    expect(find(pattern, input, FLAGS[flag])).toEqual(groups)
  })

  test.each(['(', ')', '[a', '*a', 'a{3,1}', '(?<a>x)(?<a>y)', '\\k<no>', '[b-a]', '\\p{Nothing}', '(?#x)'])(
    '%s is refused',
    (pattern) => {
      expect(() => new PatternValue(pattern, 0)).toThrow(Thrown)
    },
  )

  test('random patterns find what JavaScript finds', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '(a|b)', '(?:ab)', '(a*)', '\\w', '\\b', '^', '$')
    const piece = fc.tuple(atom, fc.constantFrom('', '*', '+', '?', '*?', '+?', '{1,2}')).map(([item, many]) => {
      // A repeated assertion means different things in the two.
      return ['\\b', '^', '$'].includes(item) ? item : item + many
    })
    const pattern = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(pattern, fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 10 }), (source, input) => {
        expect(find(source, input)?.[0] ?? null).toBe(new RegExp(source).exec(input)?.[0] ?? null)
      }),
      { numRuns: 2000 },
    )
  })
})

test.each([
  ['(a+)+$', 'a'],
  ['(a|a)*b', 'a'],
  ['(.*)*x', 'a'],
  ['(a*)*\\1b', 'a'],
  ['(?:a?){30}a{30}b', 'a'],
])('%s over a hostile text ends by the budget', (pattern, char) => {
  const matcher = new MatcherValue(new PatternValue(pattern, 0), `${char.repeat(40)}!`)
  expect(() => matcher.find(new Budget({ steps: 100_000 }))).toThrow(BudgetExceeded)
})
