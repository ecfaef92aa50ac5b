import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatDiagnostic, type Diagnostic } from '../../diagnostic/index.ts'
import { loadPipelines, resolvePipeline } from './load.ts'

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'vedetta-load-'))
})
afterAll(() => rmSync(root, { recursive: true }))

let count = 0
function folder(files: Record<string, string | Buffer>): string {
  const path = join(root, String(count++))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(path, name, '..'), { recursive: true })
    writeFileSync(join(path, name), text)
  }
  return path
}

const names = (path: string | string[]): string[][] =>
  loadPipelines(path).map(({ id, sources }) => [id, ...sources.map(({ name }) => name.replace(/^.*\//, ''))])

describe('a path', () => {
  test('that is a folder is one pipeline of its *.conf files in the order of their names', () => {
    const path = folder({ '20-b.conf': '', '10-a.conf': '', '30-c.conf~': '', 'readme.md': '', 'sub/x.conf': '' })
    expect(names(path)).toEqual([['main', '10-a.conf', '20-b.conf']])
  })

  test('may be a file, a glob or several, which are one pipeline', () => {
    const path = folder({ 'a.conf': '', 'b.conf': '', 'c.txt': '', 'sub/deep/d.conf': '', '[odd].conf': '' })
    expect(names(join(path, 'c.txt'))).toEqual([['main', 'c.txt']])
    expect(names(join(path, '?.conf'))).toEqual([['main', 'a.conf', 'b.conf']])
    expect(names(join(path, '{b,c}.*'))).toEqual([['main', 'b.conf', 'c.txt']])
    expect(names(join(path, '**/d.conf'))).toEqual([['main', 'd.conf']])
    for (const name of ['one', 'two', 'three', 'four']) symlinkSync(path, join(path, 'sub', name))
    expect(names(join(path, '**/d.conf'))).toEqual([['main', 'd.conf']])
    expect(names(join(path, '[odd].conf'))).toEqual([['main', '[odd].conf']])
    expect(names([join(path, 'b.conf'), join(path, 'a.conf')])).toEqual([['main', 'b.conf', 'a.conf']])
  })

  test('where nothing is found, or what is found is not text, is named', () => {
    const path = folder({ 'a.conf': Buffer.from([0x23, 0xff, 0xfe, 0x0a]) })
    expect(() => loadPipelines(join(path, 'x*.conf'))).toThrow(
      `no configuration file matches '${join(path, 'x*.conf')}'`,
    )
    expect(() => loadPipelines(path)).toThrow(`'${join(path, 'a.conf')}' cannot be read: it is not UTF-8 text`)
  })

  test('gives diagnostics that point into the right file', () => {
    const path = folder({
      '1.conf': 'filter { nope { } }',
      '2.conf': '\n\nfilter { mutate { nope => 1 } }',
      '3.conf': 'x',
    })
    const problems: Diagnostic[] = []
    resolvePipeline(loadPipelines(path)[0]!, () => undefined, problems)
    expect(problems.map((problem) => formatDiagnostic(problem).slice(path.length + 1))).toEqual([
      "3.conf:1:1: expected input, filter or output, got 'x'",
      '1.conf:1:10: filter "nope" does not exist',
      '2.conf:3:19: filter "mutate" has no option \'nope\'',
    ])
  })
})

describe('pipelines.yml', () => {
  test('a pipeline has the queue and the dead letters of its own settings, and else the one that is given', () => {
    const yaml = `- pipeline.id: a
  path.config: a.conf
  queue.max_bytes: 2gb
- pipeline.id: b
  path.config: a.conf
  queue.type: memory
  dead_letter_queue.max_bytes: 10mb
  dead_letter_queue.storage_policy: drop_older
  dead_letter_queue.retain.age: 5d
`
    const path = folder({ 'pipelines.yml': yaml, 'a.conf': '' })
    const letters = { maxBytes: 1, policy: 'drop_newer', retainMillis: 2 } as const
    const given = { type: 'persisted', maxBytes: 1000, pageBytes: 100, drain: true, letters } as const
    expect(loadPipelines(path, () => undefined, given).map((one) => [one.queue, one.letters])).toEqual([
      [{ maxBytes: 2 ** 31, pageBytes: 100, drain: true }, letters],
      [undefined, { maxBytes: 10 * 2 ** 20, policy: 'drop_older', retainMillis: 5 * 86_400_000 }],
    ])
  })

  test('makes several pipelines with settings of their own', () => {
    const path = folder({
      'pipelines.yml': `
- pipeline.id: scans
  path.config: "scans/*.conf"
  pipeline.ecs_compatibility: v8
  pipeline.workers: 4
  pipeline.batch.size: 125
- pipeline.id: \${WHO:logins}
  config.string: |
    input { stdin { } }
  config.support_escapes: true
- pipeline.id: two
  path.config: [scans/b.conf, "scans/{a,c}.conf"]
`,
      'scans/a.conf': '',
      'scans/b.conf': '',
      'not-me.conf': '',
    })
    expect(names(path)).toEqual([
      ['scans', 'a.conf', 'b.conf'],
      ['logins', 'pipelines.yml (logins)'],
      ['two', 'b.conf', 'a.conf'],
    ])
    const [scans, logins] = loadPipelines(path, (name) => ({ WHO: 'me' })[name])
    expect([scans!.ecs, scans!.batchSize, logins!.id, logins!.supportEscapes]).toEqual(['v8', 125, 'me', true])
    expect(scans!.notices!.map((notice) => formatDiagnostic(notice))).toEqual([
      `${path}/pipelines.yml:5:3: notice: 'pipeline.workers' has no effect here: batches are shaped one after the other and written several at a time`,
    ])
  })

  test('what Logstash lets a pipeline set and has no effect here is said, and what is for the process refused', () => {
    const yaml = `- pipeline.id: a
  config.string: ""
  path.dead_letter_queue: /tmp
  dead_letter_queue.flush_interval: 5000
  path.queue: /tmp
  config.reload.automatic: true
`
    const path = folder({ 'pipelines.yml': yaml })
    const [pipeline] = loadPipelines(path, () => undefined)
    const letters = 'each is written at once, below path.data/dead_letters'
    expect(pipeline!.notices!.map(({ message }) => message)).toEqual([
      `'path.dead_letter_queue' has no effect here: ${letters}`,
      `'dead_letter_queue.flush_interval' has no effect here: ${letters}`,
      "'path.queue' has no effect here: it is below path.data/queue",
      "'config.reload.automatic' has no effect here: it holds for the whole process: see vedetta.yml",
    ])
    expect(problemsOf('- {pipeline.id: a, config.string: "", api.http.port: 22222}')).toEqual([
      "pipelines.yml:1:39: pipelines.yml has no option 'api.http.port'",
    ])
  })

  const problemsOf = (yaml: string): string[] => {
    const path = folder({ 'pipelines.yml': yaml, 'a.conf': '' })
    try {
      loadPipelines(path, () => undefined)
      return []
    } catch (error) {
      return (error as Error).message.split('\n').map((line) => line.replace(`${path}/`, ''))
    }
  }

  test('is refused with every problem at its place', () => {
    expect(
      problemsOf(`- pipeline.id: a
  path.config: a.conf
  pipeline.worker: 3
- pipeline.id: a
  path.config: nothing/*.conf
- pipeline.id: c
- just text
- pipeline.id: d
  config.string: ""
  queue.type: disk
  queue.max_events: 10
  pipeline.batch.size: \${SIZE}
`),
    ).toEqual([
      'pipelines.yml:3:3: pipelines.yml has no option \'pipeline.worker\'; did you mean "pipeline.workers"?',
      "pipelines.yml:4:3: invalid pipelines.yml: pipeline.id 'a' is given twice",
      "pipelines.yml:5:16: no configuration file matches 'nothing/*.conf'",
      "pipelines.yml:6:3: invalid pipelines.yml: pipeline 'c' must have either 'path.config' or 'config.string'",
      "pipelines.yml:7:3: invalid pipelines.yml: a pipeline must be a map with 'path.config' or 'config.string'",
      'pipelines.yml:12:24: ${SIZE} is neither in the environment nor has it a default',
      'pipelines.yml:10:15: \'queue.type\' must be one of "memory", "persisted", got "disk"',
      "pipelines.yml:11:21: 'queue.max_events' must be an integer from 0 to 0, got 10",
    ])
  })

  test.each([
    ['', 'pipelines.yml:1:1: invalid pipelines.yml: it must be a list of pipelines'],
    ['pipeline.id: a', 'pipelines.yml:1:1: invalid pipelines.yml: it must be a list of pipelines'],
    ['- a: [', /^pipelines.yml:1:\d+: invalid pipelines.yml: /],
    ['- {pipeline.id: a, pipeline.id: b}', /^pipelines.yml:1:20: invalid pipelines.yml: Map keys must be unique/],
  ])('%s', (yaml, message) => {
    expect(problemsOf(yaml)[0]).toMatch(message)
  })
})
