import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { createGrok } from '../../pipeline/grok/index.ts'
import { answerLines, compilePattern, explainLine } from './grok.ts'

async function answers(pattern: string, lines: string, millis = 5000): Promise<[string, string]> {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() }
  const out = text(streams.stdout)
  const errors = text(streams.stderr)
  streams.stdin.end(lines)
  await answerLines(createGrok().compile(pattern), millis, streams)
  streams.stdout.end()
  streams.stderr.end()
  return [await out, await errors]
}

test('a line of JSON for each line, null where the pattern does not match', async () => {
  expect(await answers('%{IP:ip} %{INT:n:int}', '1.2.3.4 5\nno\r\n::1 07')).toEqual([
    '{"ip":"1.2.3.4","n":5}\nnull\n{"ip":"::1","n":7}\n',
    '',
  ])
})

test('more lines than a buffer holds come out in order', async () => {
  const lines = Array.from({ length: 20_000 }, (_, i) => `n=${i}`)
  const [out] = await answers('n=%{INT:n:int}', lines.join('\n'))
  expect(out).toBe(lines.map((_, i) => `{"n":${i}}\n`).join(''))
})

test('a line without end is answered with null, and the next one is read', async () => {
  expect(await answers('^(?<x>(a+)+)$', `${'a'.repeat(50)}!\naa\n`, 50)).toEqual([
    'null\n{"x":"aa"}\n',
    `line took longer than 50 ms: ${'a'.repeat(50)}!\n`,
  ])
})

test('a bad pattern is shown with carets', () => {
  expect(() => compilePattern('%{IP:a} %{NUMBR:n}', { ecs: 'disabled', patternsDirs: [] })).toThrow(
    [
      'pattern:1:9: pattern %{NUMBR} is not defined; did you mean %{NUMBER}?',
      '  |',
      '1 | %{IP:a} %{NUMBR:n}',
      '  |         ^^^^^^^^^^',
    ].join('\n'),
  )
})

test('a line that does not match is explained', () => {
  const options = { ecs: 'disabled', patternsDirs: [] } as const
  const explain = explainLine(options, compilePattern('%{IP:ip} %{INT:n}', options))
  expect(explain('1.2.3.4 abc')).toBe("'%{IP:ip} ' matches up to column 9; '%{INT:n}' does not match at \"abc\"")
  expect(explain('abc')).toBe('\'%{IP:ip}\' does not match anywhere in "abc"')
  expect(explain('1.2.3.4 5')).toBeUndefined()
})
