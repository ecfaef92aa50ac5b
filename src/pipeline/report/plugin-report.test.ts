import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pipelineServices } from '../../../test/pipeline-fixture.ts'
import { position, type Span } from '../../diagnostic/index.ts'
import { reportPlugins } from './plugin-report.ts'

const services = pipelineServices()

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vedetta-report-'))
  mkdirSync(join(folder, 'firewalls'))
  writeFileSync(
    join(folder, '10-in.conf'),
    'input { tcp { port => "${TEST_PORT_OF_NOBODY}" codec => json { nonsense => 1 } } }\n',
  )
  writeFileSync(
    join(folder, 'firewalls', '20-asa.conf'),
    [
      'filter {',
      '  grok { match => { "message" => "%{IP:source}" } }',
      '  if [a] == 1 { mutate { lowercase => ["x"] } } else { mutate { lowercaes => ["x"] } }',
      '  ruby { code => "event.cancel" }',
      '  grok { match => { "message" => "%{NOT_A_PATTERN:x}" } }',
      '}',
    ].join('\n'),
  )
  writeFileSync(join(folder, 'firewalls', 'broken.conf'), 'filter { mutate {\n')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function placeOf({ source, start }: Span): string {
  const { line, column } = position(source, start)
  return `${relative(folder, source.name)}:${line}:${column}`
}

test('each use has its place and what is refused of it; what is outside plugins is told apart', () => {
  const report = reportPlugins([folder], services, () => undefined)
  expect(report.files).toBe(3)
  expect(report.uses.map(({ kind, name, state, span }) => [kind, name, state, placeOf(span)])).toEqual([
    ['codec', 'json', 'option refused', '10-in.conf:1:57'],
    ['input', 'tcp', 'supported', '10-in.conf:1:9'],
    ['filter', 'grok', 'supported', 'firewalls/20-asa.conf:2:3'],
    ['filter', 'mutate', 'supported', 'firewalls/20-asa.conf:3:17'],
    ['filter', 'mutate', 'option refused', 'firewalls/20-asa.conf:3:56'],
    ['filter', 'ruby', 'refused', 'firewalls/20-asa.conf:4:3'],
    ['filter', 'grok', 'option refused', 'firewalls/20-asa.conf:5:3'],
  ])
  expect(report.uses.flatMap(({ refusals }) => refusals.map(({ message }) => message.split(' ')[0]))).toHaveLength(4)
  expect(report.variables.map(({ message }) => message)).toEqual([
    '${TEST_PORT_OF_NOBODY} is neither in the environment nor has it a default',
  ])
  expect(report.others.map(({ span }) => span?.source.name)).toEqual([join(folder, 'firewalls', 'broken.conf')])
})

test('a folder without pipelines is refused', () => {
  const empty = mkdtempSync(join(tmpdir(), 'vedetta-report-empty-'))
  expect(() => reportPlugins([empty], services, () => undefined)).toThrow('no')
  rmSync(empty, { recursive: true })
})
