import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../../test/plugin-fixture.ts'
import { DiagnosticError, formatDiagnostic } from '../../../diagnostic/index.ts'
import { runPipeline } from '../../runtime/run-pipeline.ts'

async function shape(filters: string, event: object): Promise<unknown> {
  const [shaped] = await runPipeline(`filter { ${filters} }`, [event])
  return JSON.parse(shaped!.toJson())
}

const AT = '2026-01-01T00:00:00.000Z'

test.each<[string, string, object, object]>([
  [
    'a time that is removed is gone',
    `script { source => "ctx.remove('@timestamp')" }`,
    { a: 1 },
    { '@version': '1', a: 1 },
  ],
  [
    'an event without a time gets none',
    `mutate { remove_field => ["@timestamp"] } script { source => "ctx.b = 2" }`,
    { a: 1 },
    { '@version': '1', a: 1, b: 2 },
  ],
  [
    'what is no time leaves the time that was',
    `script { source => "ctx['@timestamp'] = 'soon'" }`,
    {},
    { '@version': '1', '@timestamp': AT, tags: ['_timestampparsefailure'] },
  ],
  [
    'what is no time leaves no time where none was',
    `mutate { remove_field => ["@timestamp"] } script { source => "ctx['@timestamp'] = 5" }`,
    {},
    { '@version': '1', tags: ['_timestampparsefailure'] },
  ],
  [
    'fields named like members of objects are removed too',
    `script { source => "ctx.remove('constructor'); ctx.remove('toString')" }`,
    JSON.parse('{"constructor":1,"toString":2,"a":3}') as object,
    { '@version': '1', '@timestamp': AT, a: 3 },
  ],
  [
    'tags are a list like another',
    `script { source => "ctx.tags.add('late'); ctx.tags.remove(0)" }`,
    { tags: ['early'] },
    { '@version': '1', '@timestamp': AT, tags: ['late'] },
  ],
  [
    'a failure takes back what the script did inside a field too',
    `script { source => "ctx.a.b = 9; ctx.none.x = 1" tag_on_failure => ["bad"] }`,
    { a: { b: 1 } },
    { '@version': '1', '@timestamp': AT, a: { b: 1 }, tags: ['bad'] },
  ],
])('%s', async (_title, filters, event, expected) => {
  expect(await shape(filters, event)).toEqual(expected)
})

test('a script from a file', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'double.painless')
  writeFileSync(path, 'ctx.n = ctx.n * params.by')
  expect(await shape(`script { file => "${path}" params => { by => 3 } }`, { n: 7 })).toMatchObject({ n: 21 })
})

test.each<[string, string]>([
  ['script { }', `filter "script" needs the option 'source'`],
  ['script { source => "1" file => "/x" }', `'source' must not be given together with 'file'`],
  ['script { source => "1" params => [1] }', `'params' must be a hash, got 'a list'`],
  ['script { file => "/nowhere/x" }', `'file' names /nowhere/x, which cannot be read`],
  ['script { source => "ctx.a = (" }', 'unexpected end of script'],
])('%s is refused', async (filters, message) => {
  const error = await shape(filters, {}).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(DiagnosticError)
  expect((error as DiagnosticError).diagnostics.map((one) => formatDiagnostic(one)).join('\n')).toContain(message)
})
