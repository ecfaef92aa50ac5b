import { createHash } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { makeCodec, RunningInput, temporaryFolder, type FixtureOptions } from '../../../../../test/plugin-fixture.ts'
import { ManualClock, systemClock } from '../../../../clock/index.ts'
import type { Raw } from '../../../../settings/index.ts'
import { expandGlob, nameMatcher } from './glob.ts'
import { file } from './index.ts'
import { identityOf } from './sincedb.ts'

function run(folder: string, raw: Record<string, Raw>, options: FixtureOptions = {}): RunningInput {
  return new RunningInput(
    file,
    { stat_interval: 0.02, discover_interval: 1, sincedb_write_interval: 0, ...raw },
    { dataPath: join(folder, 'data'), ...options },
  )
}

test('tail begins at the end, and gives each line with its path once it is whole', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'a.log')
  writeFileSync(path, 'old\n')
  await using input = run(folder.path, { path })
  await input.start()
  await systemClock.sleep(60)
  appendFileSync(path, 'one\ntw')
  await input.until(1)
  appendFileSync(path, 'o\n')
  await input.until(2)
  expect(input.messages).toEqual(['one', 'two'])
  expect(input.events[0]!.data['path']).toBe(path)
  expect(input.events[0]!.metadata['path']).toBe(path)
})

test('under ECS the path is log.file.path', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'a.log')
  writeFileSync(path, 'x\n')
  await using input = run(folder.path, { path, start_position: 'beginning' }, { ecs: 'v8' })
  await input.start()
  await input.until(1)
  expect(JSON.stringify(input.events[0]!.data['log'])).toBe(JSON.stringify({ file: { path } }))
  expect(JSON.stringify(input.events[0]!.data['event'])).toBe('{"original":"x"}')
})

test('the position moves with the acknowledgements, in their order, and a restart repeats the rest', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'a.log')
  const sincedb = join(folder.path, 'positions')
  const options = { path, start_position: 'beginning', sincedb_path: sincedb }
  writeFileSync(path, 'one\n')
  const first = run(folder.path, options)
  await first.start()
  await first.until(1)
  appendFileSync(path, 'two\n')
  await first.until(2)
  appendFileSync(path, 'three\nhalf')
  await first.until(3)
  // The last batch is durable before the second: nothing after the first may count.
  first.acks[0]!()
  first.acks[2]!()
  await first.input.stop()
  expect(readFileSync(sincedb, 'utf8')).toMatch(new RegExp(`^${statSync(path).ino} \\d+ \\d+ 4 [\\d.]+ ${path}\\n$`))

  appendFileSync(path, ' line\n')
  const second = run(folder.path, options)
  await second.start()
  await second.until(3)
  expect(second.messages).toEqual(['two', 'three', 'half line'])
  for (const ack of second.acks) ack()
  await second.input.stop()

  await using third = run(folder.path, options)
  await third.start()
  await systemClock.sleep(100)
  expect(third.messages).toEqual([])
})

test("Logstash's own position file is understood", async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'a.log')
  const sincedb = join(folder.path, 'sincedb')
  writeFileSync(path, 'one\ntwo\n')
  const stats = statSync(path)
  const major = (stats.dev >> 8) & 0xfff
  const minor = (stats.dev & 0xff) | ((stats.dev >> 12) & 0xfff00)
  writeFileSync(sincedb, `${stats.ino} ${major} ${minor} 4 1700000000.123 ${path}\n`)
  await using input = run(folder.path, { path, sincedb_path: sincedb, start_position: 'beginning' })
  await input.start()
  await input.until(1)
  expect(input.messages).toEqual(['two'])
})

test("a position file of an old Logstash, and Logstash's own where it keeps it", async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'a.log')
  writeFileSync(path, 'one\ntwo\n')
  const { ino, dev } = statSync(path, { bigint: true })
  const position = `${identityOf({ ino, dev })} 4\n`
  const own = join(folder.path, 'data', 'plugins', 'inputs', 'file')
  mkdirSync(own, { recursive: true })
  writeFileSync(join(own, `.sincedb_${createHash('md5').update(path).digest('hex')}`), position)
  await using input = run(folder.path, { path, start_position: 'beginning' })
  await input.start()
  await input.until(1)
  expect(input.messages).toEqual(['two'])
  expect(input.said.log[0]).toContain('info: file input goes on where Logstash was, by ')
})

test('a file that is there keeps its position, however long it does not grow', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'a.log')
  writeFileSync(path, 'one\n')
  const clock = new ManualClock()
  await using input = run(
    folder.path,
    { path, start_position: 'beginning', sincedb_clean_after: '1 day', close_older: 0.01 },
    { clock },
  )
  await input.start()
  await input.until(1)
  for (const ack of input.acks.splice(0)) ack()
  for (let hour = 0; hour < 60; hour++) {
    await clock.advance(3_600_000 / 180_000 + 40)
    clock.jump(3_600_000)
    await systemClock.sleep(3)
  }
  appendFileSync(path, 'two\n')
  const moved = async (): Promise<unknown> => {
    await clock.advance(50)
    return input.messages
  }
  await expect.poll(moved).toEqual(['one', 'two'])
})

test('a rotated file is read to its end, then the new one from its beginning', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'a.log')
  writeFileSync(path, '')
  await using input = run(folder.path, { path, start_position: 'beginning' })
  await input.start()
  appendFileSync(path, 'one\n')
  await input.until(1)
  appendFileSync(path, 'before\n')
  renameSync(path, `${path}.1`)
  writeFileSync(path, 'after\n')
  await input.until(3)
  expect(input.messages).toEqual(['one', 'before', 'after'])
})

test('a file that was cut is read from its beginning', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'a.log')
  writeFileSync(path, 'a long first line\n')
  await using input = run(folder.path, { path, start_position: 'beginning' })
  await input.start()
  await input.until(1)
  truncateSync(path, 0)
  await systemClock.sleep(60)
  appendFileSync(path, 'new\n')
  await input.until(2)
  expect(input.messages).toEqual(['a long first line', 'new'])
})

test('new files are found and read from their beginning; excluded ones are not', async () => {
  using folder = temporaryFolder()
  await using input = run(folder.path, { path: join(folder.path, '**', '*.log'), exclude: ['skip*'] })
  await input.start()
  mkdirSync(join(folder.path, 'deep', 'er'), { recursive: true })
  writeFileSync(join(folder.path, 'deep', 'er', 'x.log'), 'found\n')
  writeFileSync(join(folder.path, 'skip.log'), 'skipped\n')
  await input.until(1)
  await systemClock.sleep(60)
  expect(input.messages).toEqual(['found'])
})

test('mode read: plain and gzip, then logged and removed once durable, and the input ends', async () => {
  using folder = temporaryFolder()
  const log = join(folder.path, 'done')
  writeFileSync(join(folder.path, 'a.log'), '{"n":1}\n{"n":2}')
  writeFileSync(join(folder.path, 'b.log.gz'), gzipSync('{"n":3}\n'))
  await using input = run(
    folder.path,
    {
      path: join(folder.path, '*.log*'),
      mode: 'read',
      exit_after_read: true,
      file_sort_by: 'path',
      file_completed_action: 'log_and_delete',
      file_completed_log_path: log,
    },
    { codec: makeCodec('json') },
  )
  await input.start()
  await input.until(2)
  await systemClock.sleep(60)
  expect(existsSync(join(folder.path, 'a.log'))).toBe(true)
  for (const ack of input.acks.splice(0)) ack()
  await input.until(3)
  for (const ack of input.acks.splice(0)) ack()
  await input.input.ended
  expect(input.events.map(({ data }) => data['n'])).toEqual([1, 2, 3])
  expect(readFileSync(log, 'utf8')).toBe(`${folder.path}/a.log\n${folder.path}/b.log.gz\n`)
  expect([existsSync(join(folder.path, 'a.log')), existsSync(join(folder.path, 'b.log.gz'))]).toEqual([false, false])
})

test('a damaged archive is named and left', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'bad.gz')
  writeFileSync(path, 'no archive')
  await using input = run(folder.path, { path, mode: 'read' })
  await input.start()
  await expect.poll(() => input.said.log).not.toEqual([])
  await systemClock.sleep(150)
  expect(input.said.log).toEqual([`warn: file input cannot read ${path}: Z_DATA_ERROR; it goes on trying`])
  expect(existsSync(path)).toBe(true)
})

test.each([
  [{ path: 'relative.log' }, "'path' must be an absolute path, got 'relative.log'"],
  [
    { path: '/x', mode: 'read', file_completed_action: 'log' },
    `'file_completed_action => "log"' needs 'file_completed_log_path'`,
  ],
])('%j is refused', (raw, message) => {
  expect(() => new RunningInput(file, raw)).toThrow(message)
})

test.each([
  ['*.log', ['a.log'], ['a.txt', '.log', 'a.log.1']],
  ['a?[0-9].{log,txt}', ['ab1.log', 'ab2.txt'], ['a1.log', 'abc.log', 'ab1.gz']],
  ['[!a]x', ['bx'], ['ax']],
  ['a+(b).log', ['a+(b).log'], ['aab.log']],
])('%s', (pattern, yes, no) => {
  const matcher = nameMatcher(pattern)
  expect(yes.filter((name) => !matcher.test(name))).toEqual([])
  expect(no.filter((name) => matcher.test(name))).toEqual([])
})

test('a pattern for what is not there means nothing', async () => {
  expect(await expandGlob('/nowhere/*/x')).toEqual([])
})
