import { expect, test } from 'vitest'
import { charFilterOf, filterOf, tokenizerOf, tokenStreamOf } from './token-stream.ts'
import { toValue } from '../../event/index.ts'

const words = (name: string, text: string): string[] => tokenStreamOf(name)(text).map(({ token }) => token)

test.each([
  ['standard', "The 2 QUICK brown-foxes, it's 3.5", ['the', '2', 'quick', 'brown', 'foxes', "it's", '3.5']],
  ['simple', 'It is 2 o’clock', ['it', 'is', 'o', 'clock']],
  ['whitespace', 'A b\tC', ['A', 'b', 'C']],
  ['keyword', 'A b', ['A b']],
  ['stop', 'The fox and a dog', ['fox', 'dog']],
])('%s analyses %j', (name, text, tokens) => {
  expect(words(name, text)).toEqual(tokens)
})

test('tokens know where they are and what', () => {
  expect(tokenStreamOf('standard')('Ab 12')).toEqual([
    { token: 'ab', start_offset: 0, end_offset: 2, type: '<ALPHANUM>', position: 0 },
    { token: '12', start_offset: 3, end_offset: 5, type: '<NUM>', position: 1 },
  ])
})

test.each([
  [{ type: 'ngram', min_gram: 2, max_gram: 3 }, 'abcd', ['ab', 'abc', 'bc', 'bcd', 'cd']],
  [{ type: 'edge_ngram', min_gram: 1, max_gram: 3 }, 'abcd', ['a', 'ab', 'abc']],
  ['path_hierarchy', '/a/b/c', ['/a', '/a/b', '/a/b/c']],
])('the tokenizer %j cuts %j', (tokenizer, text, tokens) => {
  expect(
    tokenizerOf(toValue(tokenizer))
      .use(text)
      .map(({ token }) => token),
  ).toEqual(tokens)
})

test.each([
  ['uppercase', 'a b', ['A', 'B']],
  ['asciifolding', 'é Straße', ['e', 'Strasse']],
  [{ type: 'length', min: 2, max: 2 }, 'a bb ccc', ['bb']],
  [{ type: 'truncate', length: 2 }, 'abc d', ['ab', 'd']],
  ['unique', 'a b a', ['a', 'b']],
])('the filter %j of %j', (filter, text, tokens) => {
  const given = tokenizerOf('whitespace').use(text)
  expect(
    filterOf(toValue(filter))
      .use(given)
      .map(({ token }) => token),
  ).toEqual(tokens)
})

test('characters are changed before', () => {
  expect(charFilterOf('html_strip').use('a<b>c</b> &amp; d')).toBe('ac & d')
  expect(charFilterOf(toValue({ type: 'mapping', mappings: ['ab => x', 'a => y'] })).use('abac')).toBe('xyc')
})

test('a text that would give too many tokens, or an analyzer that is not there, is refused', () => {
  expect(() => words('whitespace', 'a '.repeat(200_000))).toThrow('at most 100000 tokens')
  expect(() => words('klingon', 'a')).toThrow('failed to find global analyzer [klingon]')
})
