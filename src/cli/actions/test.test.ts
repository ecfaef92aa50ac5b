import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/plugin-fixture.ts'
import { testPipelines } from './test.ts'

test('a folder of cases fails, is updated, and passes', async () => {
  using folder = temporaryFolder()
  writeFileSync(join(folder.path, 'main.conf'), 'filter { grok { match => { "message" => "%{IP:src_ip}" } } }')
  mkdirSync(join(folder.path, 'tests'))
  const cases = join(folder.path, 'tests', 'ip.yml')
  writeFileSync(cases, '# kept\nignore: ["@timestamp"]\ntestcases:\n  - input: ["from 192.0.2.7"]\n    expected: []\n')
  const options = { overrides: [] }
  expect(await testPipelines([folder.path], options)).toBe(1)
  expect(await testPipelines([folder.path], { ...options, update: true })).toBe(0)
  expect(readFileSync(cases, 'utf8')).toMatch(/# kept[\s\S]*src_ip: 192\.0\.2\.7/)
  expect(await testPipelines([folder.path], options)).toBe(0)
  await expect(testPipelines([join(folder.path, 'tests')], options)).rejects.toThrow(/no configuration file/)
})
