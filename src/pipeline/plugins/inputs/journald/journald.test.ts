import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RunningInput, temporaryFolder, type FixtureOptions } from '../../../../../test/plugin-fixture.ts'
import { systemClock } from '../../../../clock/index.ts'
import { RawHash, type Raw } from '../../../../settings/index.ts'
import { entryEvent, parseEntry } from './entry.ts'
import { journald } from './index.ts'

const JOURNALD = '/lib/systemd/systemd-journald'

/** A real journald needs root, for a mount namespace of its own. */
const canRunJournald =
  process.getuid?.() === 0 &&
  existsSync(JOURNALD) &&
  (() => {
    try {
      execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/run'], { stdio: 'ignore' })
      execFileSync('journalctl', ['--version'], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  })()

/** systemd's own journald, in a mount namespace, with its files in a folder. */
class Journal implements AsyncDisposable {
  readonly path: string
  private readonly child: ChildProcess

  private constructor(folder: string) {
    this.path = join(folder, 'journal')
    mkdirSync(this.path)
    const script = `mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal/streams /run/log/journal &&
      mount --bind '${this.path}' /run/log/journal && { ${JOURNALD} & } || exit 9
      while ! [ -S /run/systemd/journal/dev-log ]; do sleep 0.05; done
      while IFS='|' read -r tag line; do logger -u /run/systemd/journal/dev-log -t "$tag" -p auth.info -- "$line"; done
      kill %1; wait`
    this.child = spawn('unshare', ['-m', 'bash', '-c', script], { stdio: ['pipe', 'ignore', 'ignore'] })
  }

  static async start(folder: string): Promise<Journal> {
    const journal = new Journal(folder)
    journal.write('first', 'there before')
    for (let i = 0; i < 200; i++) {
      if (journal.has('there before')) break
      await systemClock.sleep(50)
    }
    return journal
  }

  write(tag: string, line: string): void {
    this.child.stdin!.write(`${tag}|${line}\n`)
  }

  private has(text: string): boolean {
    if (readdirSync(this.path).length === 0) return false
    const found = execFileSync('journalctl', ['-D', this.path, '-o', 'cat', '--no-pager'], { stdio: 'pipe' })
    return found.toString().includes(text)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('close', resolve))
    this.child.stdin!.end()
    await ended
  }
}

function run(path: string, raw: Record<string, Raw>, options: FixtureOptions = {}): RunningInput {
  return new RunningInput(journald, { path, ...raw }, options)
}

test.skipIf(!canRunJournald)('a real journald: what is there, what comes, and nothing again', async () => {
  using folder = temporaryFolder()
  await using journal = await Journal.start(folder.path)
  const sincedb = join(folder.path, 'cursor')
  const raw = { seekto: 'head', sincedb_path: sincedb, filter: new RawHash([['syslog_identifier', ['first', 'sshd']]]) }
  const first = run(journal.path, raw)
  await first.start()
  await first.until(1)
  journal.write('sshd', 'Failed password for root')
  journal.write('other', 'not asked for')
  await first.until(2)
  journal.write('sshd', 'not acknowledged')
  await first.until(3)
  for (const ack of first.acks.splice(0, 2)) ack()
  await first.input.stop()
  expect(first.messages).toEqual(['there before', 'Failed password for root', 'not acknowledged'])
  const event = first.events[1]!
  expect(event.data).toMatchObject({
    MESSAGE: 'Failed password for root',
    SYSLOG_IDENTIFIER: 'sshd',
    PRIORITY: '6',
    cursor: expect.stringContaining('s=') as string,
  })
  expect(Math.abs(event.timestamp!.micros / 1000 - Date.now())).toBeLessThan(60_000)
  expect(readFileSync(sincedb, 'utf8')).toBe(`${String(event.data['cursor'])}\n`)

  await using second = run(journal.path, raw)
  await second.start()
  await second.until(1)
  expect(second.messages).toEqual(['not acknowledged'])
})

test.skipIf(!canRunJournald)(
  'a real journald: from the end, with the names of ECS, past a position that is none',
  async () => {
    using folder = temporaryFolder()
    await using journal = await Journal.start(folder.path)
    const sincedb = join(folder.path, 'cursor')
    writeFileSync(sincedb, 'nonsense\n')
    await using input = run(journal.path, { sincedb_path: sincedb }, { ecs: 'v8' })
    await input.start()
    await expect.poll(() => input.said.log.join()).toContain("the position 'nonsense' is not understood")
    await systemClock.sleep(1500)
    journal.write('sshd', 'hello')
    await input.until(1)
    const event = input.events.find(({ data }) => data['message'] === 'hello')!
    expect(JSON.parse(event.toJson())).toMatchObject({
      message: 'hello',
      process: { name: 'sshd', pid: expect.any(Number) as number },
      log: { syslog: { priority: 38, appname: 'sshd', severity: { code: 6 }, facility: { code: 4 } } },
      systemd: { transport: 'syslog' },
    })
  },
)

test('without journalctl it is refused at the start', async () => {
  const { PATH } = process.env
  process.env['PATH'] = '/nowhere'
  try {
    await expect(run('/x', { sincedb_path: '/dev/null' }).start()).rejects.toThrow(
      'journald input cannot start journalctl: this machine has no such program, it comes with systemd',
    )
  } finally {
    process.env['PATH'] = PATH
  }
})

test('a filter on what is no field is refused', () => {
  expect(() => run('/x', { filter: new RawHash([['a b', ['c']]]) })).toThrow(
    "'filter' must be names of journal fields, got 'a b'",
  )
})

const HEAD = '"__CURSOR":"c","__REALTIME_TIMESTAMP":"1795532250718672"'

test('bytes that are no text, fields that come several times, and lower case', () => {
  const entry = parseEntry(`{${HEAD},"MESSAGE":[104,105,195,40],"A":["x",[121]],"B":null}`)!
  expect(JSON.parse(entryEvent(entry, 'disabled', 'me', true).toJson())).toEqual({
    '@version': '1',
    '@timestamp': '2026-11-24T14:57:30.718672Z',
    message: 'hi\ufffd(',
    a: ['x', 'y'],
    b: null,
    host: 'me',
    cursor: 'c',
  })
})

test('what is no entry is none', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
      expect(parseEntry(line)).toBeUndefined()
    }),
  )
})
