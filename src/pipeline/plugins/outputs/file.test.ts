import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { makeCodec, makeOutput, temporaryFolder } from '../../../../test/plugin-fixture.ts'
import { Event, toValue, type ValueObject } from '../../../event/index.ts'
import { file } from './file.ts'

const event = (fields: Record<string, unknown>): Event => Event.at(0, toValue(fields) as ValueObject)

test('one file an event says, JSON a line', async () => {
  using folder = temporaryFolder()
  const { output } = makeOutput(file, { path: `${folder.path}/%{type}/%{+YYYY-MM-dd}.json` })
  await output.write([event({ type: 'a', n: 1 }), event({ type: 'b', n: 2 }), event({ type: 'a', n: 3 })])
  await output.close!()
  const lines = readFileSync(join(folder.path, 'a', '1970-01-01.json'), 'utf8')
    .trim()
    .split('\n')
  expect(lines.map((line) => (JSON.parse(line) as { n: number }).n)).toEqual([1, 3])
  expect(existsSync(join(folder.path, 'b', '1970-01-01.json'))).toBe(true)
})

test.each(['../../escape', '/etc/../../x', 'a/../../../b', 'a\0b'])(
  'an event whose field is %j does not leave the folder',
  async (name) => {
    using folder = temporaryFolder()
    const root = join(folder.path, 'in')
    mkdirSync(root)
    const { output, said } = makeOutput(
      file,
      { path: `${root}/%{name}.log` },
      { codec: makeCodec('line', { format: 'kept' }) },
    )
    await output.write([event({ name })])
    await output.close!()
    const failures = join(root, '_filepath_failures')
    expect(readFileSync(failures, 'utf8')).toBe('kept\n')
    expect(said.log.join()).toContain('leads out of')
  },
)

test('gzip, modes and write_behavior', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'deep', 'x.gz')
  const options = { path, gzip: true, file_mode: 0o600, dir_mode: 0o700, write_behavior: 'overwrite' }
  mkdirSync(join(folder.path, 'deep'), { mode: 0o700 })
  writeFileSync(path, 'rubbish')
  const codec = makeCodec('line', { format: '%{n}' })
  const { output } = makeOutput(file, options, { codec })
  await output.write([event({ n: 1 })])
  await output.write([event({ n: 2 })])
  await output.close!()
  expect(gunzipSync(readFileSync(path)).toString()).toBe('1\n2\n')
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('a file that was removed is made again, or its events go to filename_failure', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'x.log')
  const codec = makeCodec('line', { format: '%{n}' })
  const again = makeOutput(file, { path }, { codec }).output
  await again.write([event({ n: 1 })])
  rmSync(path)
  await again.write([event({ n: 2 })])
  await again.close!()
  expect(readFileSync(path, 'utf8')).toBe('2\n')

  const not = makeOutput(file, { path, create_if_deleted: false }, { codec }).output
  await not.write([event({ n: 3 })])
  rmSync(path)
  await not.write([event({ n: 4 })])
  await not.close!()
  expect(existsSync(path)).toBe(false)
  expect(readFileSync(join(folder.path, '_filepath_failures'), 'utf8')).toBe('4\n')
})

test('a folder that cannot be written is told once, and nothing is lost', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'blocked', 'x.log')
  writeFileSync(join(folder.path, 'blocked'), 'a file where the folder should be')
  const { output, said } = makeOutput(file, { path }, { codec: makeCodec('line', { format: '%{n}' }) })
  const writing = output.write([event({ n: 1 })])
  await expect.poll(() => said.log).toHaveLength(1)
  expect(said.log[0]).toMatch(/^error: file output cannot write .*x\.log: E\w+; events are kept and it goes on trying$/)
  rmSync(join(folder.path, 'blocked'))
  await writing
  await output.close!()
  expect(readFileSync(path, 'utf8')).toBe('1\n')
})

test('a path whose first folder depends on the event is refused', () => {
  expect(() => makeOutput(file, { path: '/%{host}/x' })).toThrow("'path' must be a path whose first folder")
  expect(() => makeOutput(file, { path: '/tmp/%{+bbb}' })).toThrow("'path' must be a text with valid references")
})
