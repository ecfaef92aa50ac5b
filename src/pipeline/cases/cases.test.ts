import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/plugin-fixture.ts'
import { DiagnosticError, formatDiagnostic } from '../../diagnostic/index.ts'
import { readCaseFile } from './case-file.ts'
import { runCases } from './run-cases.ts'

const pipeline = (text: string) => ({ id: 'main', sources: [{ name: 'main.conf', text }] })

async function run(name: string, content: string, filters: string) {
  using folder = temporaryFolder()
  const path = join(folder.path, name)
  writeFileSync(path, content)
  return await runCases(readCaseFile(path), pipeline(filters))
}

test('fields, nested fields, ignored fields and several events of one line', async () => {
  const content = `
fields:
  type: lab
  "[log][file][path]": /tmp/x
ignore: ["@timestamp", "[log][offset]"]
testcases:
  - description: two
    fields: { type: own }
    input: ["a;b"]
    expected:
      - { message: a, type: own, log: { file: { path: /tmp/x } }, n: 1 }
      - { message: b, type: own, log: { file: { path: /tmp/x } }, n: 1 }
`
  const filters =
    'filter { split { terminator => ";" } mutate { add_field => { "n" => "1" "[log][offset]" => "9" } } mutate { convert => { "n" => "integer" } } }'
  const [outcome] = await run('lab.yaml', content, filters)
  expect(outcome!.difference).toBe('')
  expect(outcome!.passed).toBe(true)
})

test('a difference is shown as a unified difference', async () => {
  const content = JSON.stringify({
    ignore: ['@timestamp'],
    testcases: [{ input: ['x 1'], expected: [{ message: 'x 1', w: 'y' }] }],
  })
  const [outcome] = await run('w.json', content, 'filter { grok { match => { "message" => "%{WORD:w}" } } }')
  expect(outcome!.passed).toBe(false)
  expect(outcome!.difference).toContain('-  "w": "y"\n+  "w": "x"')
})

test('json_lines, references in its keys, dropped events, metadata on request', async () => {
  const content = JSON.stringify({
    codec: 'json_lines',
    export_metadata: true,
    ignore: ['@timestamp'],
    testcases: [
      {
        input: ['{"message":"m","[a][b]":1}', '{"message":"away"}'],
        expected: [{ message: 'm', a: { b: 1 }, '@metadata': { k: 'v' } }],
      },
    ],
  })
  const filters = 'filter { if [message] == "away" { drop { } } mutate { add_field => { "[@metadata][k]" => "v" } } }'
  expect((await run('j.json', content, filters))[0]!.difference).toBe('')
})

test('the oldest form has input and expected at the top', async () => {
  const content = JSON.stringify({ ignore: ['@timestamp'], input: ['q'], expected: [{ message: 'q' }] })
  expect((await run('old.json', content, 'filter { }'))[0]!.passed).toBe(true)
})

test.each<[string, string]>([
  ['testcases: 5', "c.yml:1:12: invalid file of cases: 'testcases' must be a list"],
  ['testcase: []', "c.yml:1:11: invalid file of cases: 'testcase' is not known"],
  ['testcases:\n  - input: [1]', "c.yml:2:12: invalid file of cases: 'testcases.0.input' must be a list of strings"],
  ['ignore: ["[a"]\ntestcases: []', "c.yml:1:9: invalid file of cases: '[a' is no reference of a field"],
  ['[]', 'c.yml:1:1: invalid file of cases: a file of cases must be an object'],
])('%j is refused with its place', (content, message) => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'c.yml')
  writeFileSync(path, content)
  let caught: unknown
  try {
    readCaseFile(path)
  } catch (error) {
    caught = error
  }
  expect(caught).toBeInstanceOf(DiagnosticError)
  const said = formatDiagnostic((caught as DiagnosticError).diagnostics[0]!)
  expect(said.slice(folder.path.length + 1)).toContain(message)
})
