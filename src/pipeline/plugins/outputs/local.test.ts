import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeCodec, makeOutput, temporaryFolder } from '../../../../test/plugin-fixture.ts'
import { systemClock } from '../../../clock/index.ts'
import { Event, toValue, type ValueObject } from '../../../event/index.ts'
import { RawHash } from '../../../settings/index.ts'
import { csv } from './csv.ts'
import { pipe } from './pipe.ts'

const event = (fields: Record<string, unknown>): Event => Event.at(0, toValue(fields) as ValueObject)

describe('csv', () => {
  test.each([
    [{}, '1970-01-01T00:00:00.000Z,"a,b",,"{""c"":1}","[1,2]",\'=SUM(A1)\n'],
    [
      { csv_options: new RawHash([['col_sep', '\\t']]), spreadsheet_safe: false },
      '1970-01-01T00:00:00.000Z\ta,b\t\t"{""c"":1}"\t[1,2]\t=SUM(A1)\n',
    ],
    [
      {
        csv_options: new RawHash([
          ['row_sep', '\\r\\n'],
          ['force_quotes', true],
          ['quote_char', "'"],
        ]),
      },
      "'1970-01-01T00:00:00.000Z','a,b','','{\"c\":1}','[1,2]','''=SUM(A1)'\r\n",
    ],
  ])('%j', async (options, expected) => {
    using folder = temporaryFolder()
    const path = join(folder.path, '%{kind}.csv')
    const fields = ['@timestamp', 'text', 'gone', '[deep]', 'list', 'formula']
    const { output } = makeOutput(csv, { path, fields, ...options })
    await output.write([event({ kind: 'k', text: 'a,b', deep: { c: 1 }, list: [1, 2], formula: '=SUM(A1)' })])
    await output.close!()
    expect(readFileSync(join(folder.path, 'k.csv'), 'utf8')).toBe(expected)
  })

  test('an option of Ruby that is not known is refused', () => {
    const csv_options = new RawHash([['write_headers', true]])
    expect(() => makeOutput(csv, { path: '/tmp/x', fields: ['a'], csv_options })).toThrow(
      /'csv_options' must be a hash of col_sep/,
    )
  })
})

describe('pipe', () => {
  test('a command for each value, which reads everything before it ends', async () => {
    using folder = temporaryFolder()
    const { output } = makeOutput(pipe, {
      command: `cat >> ${folder.path}/%{to}.log`,
      message_format: '%{message}',
    })
    await output.write([event({ to: 'a', message: '1' }), event({ to: 'b', message: '2' })])
    await output.write([event({ to: 'a', message: '3' })])
    await output.close!()
    expect(readFileSync(join(folder.path, 'a.log'), 'utf8')).toBe('1\n3\n')
    expect(readFileSync(join(folder.path, 'b.log'), 'utf8')).toBe('2\n')
  })

  test.each(['x; touch evil', '$(touch evil)', '`touch evil`', 'a b', "x'y", 'a\nb'])(
    'no text of an event reaches the shell: %j',
    async (to) => {
      using folder = temporaryFolder()
      const { output, said } = makeOutput(pipe, { command: `cd ${folder.path} && cat > %{to}` })
      await output.write([event({ to })])
      await output.close!()
      expect(said.deadLetters.map(({ reason }) => reason)).toEqual([
        "pipe output: a value in 'command' has characters that a shell could act on",
      ])
      expect(existsSync(join(folder.path, 'evil'))).toBe(false)
    },
  )

  test('without a format, JSON a line', async () => {
    using folder = temporaryFolder()
    const { output } = makeOutput(pipe, { command: `cat > ${folder.path}/out` })
    await output.write([event({ n: 1 }), event({ n: 2 })])
    await output.close!()
    const lines = readFileSync(join(folder.path, 'out'), 'utf8').trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { n: number }).n)).toEqual([1, 2])
  })

  test('a command that ends is begun anew, and told of', async () => {
    using folder = temporaryFolder()
    const seen = join(folder.path, 'seen')
    // It fails once, then takes everything.
    const command = `if [ -e ${seen} ]; then cat > ${folder.path}/out; else touch ${seen}; exec 0<&-; exit 3; fi`
    const { output, said } = makeOutput(pipe, { command, message_format: '%{m}' })
    const big = 'x'.repeat(1_000_000)
    await output.write([event({ m: big })])
    await output.close!()
    expect(readFileSync(join(folder.path, 'out'), 'utf8').length).toBe(1_000_001)
    expect(said.log[0]).toContain('events are kept and it goes on trying')
  })

  test('a command that got nothing for a while is ended', async () => {
    using folder = temporaryFolder()
    const { output } = makeOutput(pipe, {
      command: `cat > ${folder.path}/%{to}; echo over > ${folder.path}/%{to}.over`,
      ttl: 0.05,
    })
    await output.write([event({ to: 'a' })])
    await systemClock.sleep(100)
    await output.write([event({ to: 'b' })])
    await expect.poll(() => existsSync(join(folder.path, 'a.over'))).toBe(true)
    expect(existsSync(join(folder.path, 'b.over'))).toBe(false)
    await output.close!()
  })
})

test('codecs are not asked by csv', () => {
  expect(makeCodec('plain', { format: 'x' }).formatted).toBe(true)
  expect(makeCodec('plain').formatted).toBe(false)
})
