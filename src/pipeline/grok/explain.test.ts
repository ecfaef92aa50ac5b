import { expect, test } from 'vitest'
import { createGrok, explainMismatch } from './index.ts'

const grok = createGrok()

test.each<[string, string, string, string, number]>([
  ['%{IP:ip} %{INT:n} end', '1.2.3.4 abc', '%{IP:ip} ', '%{INT:n}', 8],
  ['%{IP:ip} %{INT:n}', 'nothing', '', '%{IP:ip}', 0],
  ['^user=%{WORD:u} (?:from|by) %{IP:ip}$', 'user=ann with 1.2.3.4', '^user=%{WORD:u} ', '(?:from|by)', 9],
  ['%{WORD:w}: %{GREEDYDATA:x} code=%{INT:c}', 'app: text code=x', '%{WORD:w}: %{GREEDYDATA:x} code=', '%{INT:c}', 15],
  ['a[)\\]]{2}b', 'a))c', 'a[)\\]]{2}', 'b', 3],
  ['x|y', 'z', '', 'x|y', 0],
])('%s on %j', (pattern, text, matched, failed, end) => {
  expect(explainMismatch(grok, grok.compile(pattern), text)).toMatchObject({ matched, failed, end })
})

test('what matches needs no explanation', () => {
  expect(explainMismatch(grok, grok.compile('%{INT:n}'), 'a 1')).toBeUndefined()
})
