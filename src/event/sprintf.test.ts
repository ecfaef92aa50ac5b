import { expect, test } from 'vitest'
import { Event } from './event.ts'
import { compileSprintf } from './sprintf.ts'
import { toValue, type ValueObject } from './value.ts'

const event = Event.at(
  Date.UTC(2016, 1, 8, 0, 56, 58, 407) * 1000,
  toValue({ host: 'zeus', n: 5, f: 2.5, list: ['a', 1, null], o: { p: { q: true } } }) as ValueObject,
)
event.metadata['index'] = 'secret'

test.each([
  ['plain', 'plain'],
  ['', ''],
  ['%{host}', 'zeus'],
  ['[%{host}] %{n}/%{f}', '[zeus] 5/2.5'],
  ['%{list}', 'a,1,'],
  ['%{[o][p]} %{[o][p][q]}', '{"q":true} true'],
  ['%{missing} %{[o][x]}', '%{missing} %{[o][x]}'],
  ['logstash-%{+YYYY.MM.dd}', 'logstash-2016.02.08'],
  ['logstash-%{{yyyy.MM.dd}}-%{n}', 'logstash-2016.02.08-5'],
  ["%{{yyyy-MM-dd'T'HH:mm:ss.SSSX}}", '2016-02-08T00:56:58.407Z'],
  ['%{+%s}', '1454893018'],
  ['%{[@metadata][index]}', 'secret'],
  ['%{@timestamp}', '2016-02-08T00:56:58.407Z'],
  ['100%{', '100%{'],
])('%s', (text, result) => {
  expect(compileSprintf(text)(event)).toBe(result)
})

test('a value that looks like a reference is not looked up again', () => {
  const hostile = Event.at(0, toValue({ a: '%{b}', b: 'x' }) as ValueObject)
  expect(compileSprintf('%{a}')(hostile)).toBe('%{b}')
})
