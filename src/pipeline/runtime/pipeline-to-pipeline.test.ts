import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { pipelineServices, spawnHere } from '../../../test/pipeline-fixture.ts'
import { checkPipelines, startPipelines } from './running.ts'

const folder = mkdtempSync(join(tmpdir(), 'vedetta-links-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const services = pipelineServices({ store: undefined, dataPath: folder })

let count = 0
const newFile = (): string => join(folder, `out-${count++}.txt`)
const linesOf = (path: string): string[] => readFileSync(path, 'utf8').trim().split('\n')
const define = (texts: Readonly<Record<string, string>>) =>
  Object.entries(texts).map(([id, text]) => ({ id, sources: [{ name: `${id}.conf`, text }] }))

async function run(texts: Readonly<Record<string, string>>, threads: boolean): Promise<readonly Error[]> {
  const running = await startPipelines(define(texts), services, () => undefined, { threads, spawn: spawnHere })
  await running.ended
  return running.failures
}

describe.each([
  ['in one process', false],
  ['in threads', true],
] as const)('%s', (_title, threads) => {
  test('a distributor sends each event to the pipeline of its kind, which ends when its senders have', async () => {
    const [a, b] = [newFile(), newFile()]
    const failures = await run(
      {
        intake: `input { generator { lines => ["apache x", "sshd y"] count => 700 } }
          output { if [message] =~ /^apache/ { pipeline { send_to => apache } } else { pipeline { send_to => [other] } } }`,
        web: `input { pipeline { address => apache } } output { file { path => "${a}" codec => line { format => "web %{message}" } } }`,
        rest: `input { pipeline { address => other } } output { file { path => "${b}" codec => line { format => "%{message} %{sequence}" } } }`,
      },
      threads,
    )
    expect(failures).toEqual([])
    expect(linesOf(a)).toEqual(Array.from({ length: 700 }, () => 'web apache x'))
    expect(linesOf(b)).toEqual(Array.from({ length: 700 }, (_, n) => `sshd y ${n}`))
  })

  test('each receiver of a forked path has a copy, with @metadata and times', async () => {
    const [a, b] = [newFile(), newFile()]
    await run(
      {
        intake: `input { generator { lines => ["m"] count => 1 } }
          filter { mutate { add_field => { "[@metadata][to]" => "x" "when" => "1700000000" } } date { match => ["when", "UNIX"] target => "when" } }
          output { pipeline { send_to => [one, two] } }`,
        one: `input { pipeline { address => one add_field => { "own" => "one" } tags => ["t"] } } filter { mutate { replace => { message => "changed" } } }
          output { file { path => "${a}" codec => line { format => "%{message} %{own} %{tags} %{[@metadata][to]} %{when}" } } }`,
        two: `input { pipeline { address => two } } filter { date { match => ["x", "ISO8601"] } }
          output { file { path => "${b}" codec => line { format => "%{message} %{own} %{when}" } } }`,
      },
      threads,
    )
    expect(linesOf(a)).toEqual(['changed one t x 2023-11-14T22:13:20.000Z'])
    expect(linesOf(b)).toEqual(['m %{own} 2023-11-14T22:13:20.000Z'])
  })

  test('a collector takes from several', async () => {
    const out = newFile()
    const from = (name: string): string =>
      `input { generator { lines => ["${name}"] count => 3 } } output { pipeline { send_to => all } }`
    await run(
      {
        a: from('a'),
        b: from('b'),
        all: `input { pipeline { address => all } } output { file { path => "${out}" codec => line { format => "%{message}" } } }`,
      },
      threads,
    )
    expect(linesOf(out).sort()).toEqual(['a', 'a', 'a', 'b', 'b', 'b'])
  })

  test('without ensure_delivery, events for an address that nobody has are dropped', async () => {
    const text = `input { generator { lines => ["a"] count => 3 } } output { pipeline { send_to => nowhere ensure_delivery => false } }`
    expect(await run({ a: text }, threads)).toEqual([])
  })

  test('an address belongs to one input', async () => {
    const text = 'input { pipeline { address => "x" } } output { null { } }'
    await expect(run({ a: text, b: text }, threads)).rejects.toThrow("two pipeline inputs have the address 'x'")
  })
})

test('check names an address that nobody has', () => {
  const text = 'input { stdin { } } output { pipeline { send_to => nowhere } }'
  expect(checkPipelines(define({ a: text }), services, () => undefined)).toMatchObject([
    { code: 'pipeline.no_listener', severity: 'warning', message: expect.stringContaining("'nowhere'") as unknown },
  ])
})
