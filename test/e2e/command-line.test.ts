import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { afterAll, describe, expect, test } from 'vitest'
import { freePort } from '../free-port.ts'
import { hasColors } from '../../src/cli/logger.ts'
import { createProgram } from '../../src/cli/program.ts'
import { MAIN, ROOT, vedetta } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'vedetta-cli-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}

/** Sends a line to a port, once somebody listens there. */
async function deliver(port: number, line: string): Promise<void> {
  await expect
    .poll(
      async () => {
        const socket = connect(port, '127.0.0.1')
        try {
          await once(socket, 'connect')
        } catch {
          return false
        }
        socket.end(`${line}\n`)
        await once(socket, 'close')
        return true
      },
      { timeout: 10_000 },
    )
    .toBe(true)
}

function leaves(command: Command, path: readonly string[] = []): { path: readonly string[]; command: Command }[] {
  return command.commands.flatMap((child) => {
    const inner = [...path, child.name()]
    return [{ path: inner, command: child }, ...leaves(child, inner)]
  })
}

describe('help', () => {
  test('names every command and every exit status', async () => {
    const { status, stdout } = await vedetta(['--help'])
    expect(status).toBe(0)
    const program = createProgram()
    // What scripts of completion call is not for people.
    for (const command of program.createHelp().visibleCommands(program))
      expect(stdout).toContain(`\n  ${command.name()} `)
    for (const code of [0, 1, 2, 3, 130]) expect(stdout).toMatch(new RegExp(`^ {2}${code} {2}`, 'm'))
  })

  test('of each command describes its arguments and options', async () => {
    for (const { path, command } of leaves(createProgram())) {
      expect([path, command.description()]).toEqual([path, expect.stringMatching(/\w/)])
      for (const option of command.options)
        expect([path, option.flags, option.description !== '' || option.hidden]).toEqual([path, option.flags, true])
    }
    expect(await vedetta(['watch', 'exec', '--help'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('--ignore-condition'),
    })
  })

  // What makes it quick: nothing that help and version do not need is loaded before a command runs.
  test('loads neither server nor pipelines nor logger', () => {
    const seen = new Set<string>()
    const packages = new Set<string>()
    const visit = (path: string): void => {
      if (seen.has(path)) return
      seen.add(path)
      const statements = readFileSync(path, 'utf8').matchAll(/^(?:import|export)\b(?:[\w\s{},*]*\bfrom)? ?'([^']+)'/gm)
      for (const [, specifier] of statements) {
        if (specifier!.startsWith('.')) visit(join(dirname(path), specifier!))
        else if (!specifier!.startsWith('node:')) packages.add(specifier!)
      }
    }
    visit(MAIN)
    expect([...packages]).toEqual(['commander'])
    expect([...seen].filter((path) => /\/(?:server|pipeline|search|watch|notify|script)\//.test(path))).toEqual([])
  })
})

describe('usage', () => {
  test.each([
    [['run'], 'give either -f FILE or -e CONFIG'],
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['strat'], '(Did you mean start?)'],
    [['start', '--nope'], "unknown option '--nope'"],
    [['watch', 'exec', 'w', '--simulated'], '(Did you mean --simulate?)'],
    [['watch', 'list', '-o', 'xml'], 'Allowed choices are human, json'],
    [['check'], "missing required argument 'file'"],
    [['capture'], 'required option'],
    [['-E', 'http.port', 'run', '-e', ''], '-E must be given as key=value'],
    [['alarm', '--wait', 'long'], "'--wait' must be a number of seconds, got 'long'"],
    [['run', '-e', '', '-l', 'x'], "run does not support '--path.logs': "],
    [['run', '-e', '', '--api.http.port', '9600'], "run does not support '--api.http.port': "],
    [['run', '-e', '', '-M', 'netflow.var.x=1'], "run does not support '-M': there are no modules"],
    [['run', '-e', '', '-i', 'irb'], "run does not support '--interactive': "],
    [['start', '-e', 'input {}'], "start does not support '--config.string': vedetta run"],
    [['start', '--cloud.id', 'x:y'], "start does not support '--cloud.id': "],
    [['start', '--http.port', '9600'], "start does not support '--http.port': give -E http.host"],
    [['run', '-e', '', '-b', '0'], "'--pipeline.batch.size' must be an integer from 1, got '0'"],
    [['run', '-e', '', '--log.level', 'loud'], 'Allowed choices are fatal, error'],
  ])('%j is status 2 and says why', async (args, message) => {
    const { status, stdout, stderr } = await vedetta(args)
    expect(stderr).toContain(message)
    expect([status, stdout]).toEqual([2, ''])
  })

  test('a setting that is not there is status 1 with the nearest name', async () => {
    const { status, stderr } = await vedetta(['start', '-E', 'http.prot=1'])
    expect([status, stderr]).toEqual([1, 'there is no setting \'http.prot\'; did you mean "http.port"?\n'])
  })
})

describe('output', () => {
  test('a reader that goes away is no error', () => {
    const many = `yes x | head -100000 | ${process.execPath} ${MAIN} grok '%{WORD:w}' | head -1; echo "\${PIPESTATUS[2]}"`
    const { stdout, stderr } = spawnSync('bash', ['-c', many], { encoding: 'utf8' })
    expect([stdout, stderr]).toEqual(['{"w":"x"}\n0\n', ''])
  })

  test('colours: NO_COLOR, then FORCE_COLOR, then whether it is a terminal', () => {
    expect(hasColors({ TERM: 'xterm' }, true)).toBe(true)
    expect(hasColors({ TERM: 'dumb' }, true)).toBe(false)
    expect(hasColors({ CI: 'true' }, false)).toBe(false)
    expect(hasColors({ NO_COLOR: '1', FORCE_COLOR: '1' }, true)).toBe(false)
    expect(hasColors({ NO_COLOR: '' }, true)).toBe(true)
    expect(hasColors({ FORCE_COLOR: '1' }, false)).toBe(true)
    expect(hasColors({ FORCE_COLOR: '0' }, true)).toBe(false)
  })
})

describe("run takes Logstash's flags", () => {
  const config = file(
    'logstash/a.conf',
    'input { stdin { } } output { stdout { codec => line { format => "%{message}" } } }',
  )

  test('those that mean something', async () => {
    const data = join(folder, 'run-data')
    const { status, stdout, stderr } = await vedetta(
      ['run', '--path.config', config, '--path.data', data, '--pipeline.id', 'p', '-b', '10', '--log.level', 'trace'],
      'one\n',
    )
    expect([status, stdout]).toEqual([0, 'one\n'])
    expect(stderr).not.toContain('error')
  })

  test('what has no effect is said, in JSON where it is asked for', async () => {
    const args = ['run', '-f', config, '-w', '4', '-u', '50', '--log.format', 'json']
    const { status, stdout, stderr } = await vedetta(args, 'one\n')
    expect([status, stdout]).toEqual([0, 'one\n'])
    const messages = stderr
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { msg: string }).msg)
    expect(messages).toEqual([
      expect.stringContaining("'--pipeline.workers' has no effect here"),
      expect.stringContaining("'--pipeline.batch.delay' has no effect here"),
    ])
  })

  test('--path.settings is the folder of vedetta.yml and pipelines.yml', async () => {
    const settings = dirname(file('settings/vedetta.yml', 'log.level: error\n'))
    file('settings/pipelines.yml', `- pipeline.id: one\n  path.config: "${config}"\n`)
    expect(await vedetta(['run', '--path.settings', settings], 'x\n')).toMatchObject({ status: 0, stdout: 'x\n' })
    const old = dirname(file('old/logstash.yml', 'pipeline.workers: 2\n'))
    const refused = await vedetta(['run', '--path.settings', old, '-f', config])
    expect(refused.status).toBe(2)
    expect(refused.stderr).toContain("'--path.settings' must be a folder with vedetta.yml")
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 0],
  ] as const)('%s ends it once what was read is written, with status %i', async (signal, expected) => {
    const slow = file(
      'slow.conf',
      'input { stdin {} } filter { sleep { time => 0.3 } } output { stdout { codec => line { format => "%{message}" } } }',
    )
    const child = spawn(process.execPath, [MAIN, 'run', '-f', slow, '-b', '1'])
    const ended = new Promise((resolve) => child.once('close', resolve))
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
    child.stdin.write('one\ntwo\n')
    await expect.poll(() => said).toBe('one\n')
    child.kill(signal)
    // A terminal signals the whole group, and npm passes it on once more; the process has not ended, for two is under way.
    child.kill(signal)
    expect(await ended).toBe(expected)
    expect(said).toBe('one\ntwo\n')
  })

  test('SIGHUP without a terminal takes up a changed configuration, and says of a faulty one what it has', async () => {
    const port = await freePort()
    const taking = (mark: string): string =>
      `input { tcp { port => ${port} } } filter { mutate { add_tag => ["${mark}"] } } output { stdout { codec => line { format => "%{tags} %{message}" } } }`
    const changing = file('changing.conf', taking('before'))
    const child = spawn(process.execPath, [MAIN, 'run', '-f', changing], { stdio: ['ignore', 'pipe', 'pipe'] })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said += text))
    await deliver(port, 'one')
    await expect.poll(() => said).toContain('before one')
    file('changing.conf', taking('after'))
    child.kill('SIGHUP')
    await expect.poll(() => said).toContain("pipeline 'main' was reloaded")
    await deliver(port, 'two')
    await expect.poll(() => said).toContain('after two')
    file('changing.conf', 'input {')
    child.kill('SIGHUP')
    await expect.poll(() => said).toContain("changing.conf:1:7: 'input' is not closed")
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })
})

describe('check', () => {
  test('--report says which plugins of a folder run here, and what is refused of the others', async () => {
    const one = file(
      'report/one.conf',
      'input { stdin {} } filter { mutate { lowercase => ["a"] lowercaes => ["b"] } }\n',
    )
    file('report/below/two.conf', 'filter { ruby { code => "1" } mutate { strip => ["a"] } } output { stdout {} }\n')
    const { status, stdout } = await vedetta(['check', '--report', join(folder, 'report')])
    expect(status).toBe(1)
    expect(stdout).toMatch(/^filter  mutate  2     1    option refused$/m)
    expect(stdout).toMatch(/^filter  ruby    1     0    refused$/m)
    expect(stdout).toContain(`  ${one}:1:57: filter "mutate" has no option 'lowercaes'`)
    expect(stdout).toContain('2 files, 5 uses of 4 plugins: 3 run as they are (60 %)')
    const json = await vedetta(['check', '--report', '-o', 'json', one])
    expect(JSON.parse(json.stdout)).toMatchObject({
      files: 1,
      plugins: [
        { plugin: 'stdin', used: 1, state: 'supported' },
        { plugin: 'mutate', places: [{ file: one, line: 1, column: 29, refusals: [{ line: 1, column: 57 }] }] },
      ],
    })
  })

  const watch = {
    trigger: { schedule: { interval: '10s' } },
    input: { simple: { n: 1 } },
    condition: { script: { inline: 'ctx.payload.n > least', params: { least: 0 } } },
    actions: { log: { logging: { text: 'n' } } },
  }

  test('reads watches, and says which script language was chosen', async () => {
    const path = file('watches/w.json', JSON.stringify(watch, null, 2))
    const { status, stdout, stderr } = await vedetta(['check', path])
    expect([status, stdout]).toEqual([0, 'Configuration OK\n'])
    expect(stderr).toMatch(
      /w\.json:14:17: notice: 'condition\.script\.inline' names no language and is taken for groovy/,
    )
  })

  test('reads a folder of everything, and names each problem with its place', async () => {
    const all = join(folder, 'all')
    file('all/a.conf', 'input { stdni { } }\n')
    file('all/bad.json', '{\n  "trigger": { "schedule": { "interval": "ten" } }\n}\n')
    file('all/broken.json', '{ "trigger": \n')
    file('all/vedetta.yml', 'http.port: 99999\n')
    const { status, stdout, stderr } = await vedetta(['check', all])
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/all\/a\.conf:1:9: input "stdni" does not exist/)
    expect(stderr).toMatch(/all\/bad\.json:2:42: 'trigger\.schedule\.interval' must be/)
    expect(stderr).toMatch(/all\/broken\.json:2:1: /)
    expect(stderr).toMatch(/all\/vedetta\.yml:1:12: 'http\.port' must be/)
  })

  test('settings: mail accounts too, with the place of what is wrong', async () => {
    const path = file(
      'mail.yml',
      'log.level: info\nxpack.notification.email.account.work:\n  smtp.host: mail\n  smtp.prot: 25\n',
    )
    const { status, stderr } = await vedetta(['check', path])
    expect(status).toBe(1)
    expect(stderr).toMatch(
      /mail\.yml:4:14: .*smtp\.prot.*did you mean "xpack\.notification\.email\.account\.work\.smtp\.port"/,
    )
  })

  test('warnings fail with --deny-warnings, and a path that is not there is an error', async () => {
    const path = file('tcp.conf', 'input { tcp { port => 5001 } } output { stdout { } }')
    expect((await vedetta(['check', '--deny-warnings', path])).status).toBe(1)
    const absent = await vedetta(['check', join(folder, 'absent.json')])
    expect([absent.status, absent.stderr]).toEqual([1, expect.stringContaining('absent.json')])
  })

  test('the shipped content is without a fault', async () => {
    const content = join(ROOT, 'src', 'content')
    const { status, stdout } = await vedetta(['check', join(content, 'pipelines'), join(content, 'watches')])
    expect([status, stdout]).toEqual([0, 'Configuration OK\n'])
  })
})

describe('explain', () => {
  test('says filter by filter what became of lines, and which rules match', async () => {
    const pipeline = file(
      'explain/logins.conf',
      `filter {
  grok { match => { message => "login of %{WORD:[user][name]}" } }
  if [user][name] == "root" { mutate { add_tag => ["privileged"] } }
}
`,
    )
    const rule = file(
      'explain/rules/root.yml',
      `title: Root logs in
id: 6c1d2f54-6f1c-4b1a-9d0e-0d4c6d3f1a01
logsource: { category: authentication }
detection:
  selection: { tags: privileged }
  condition: selection
level: high
`,
    )
    const args = ['explain', pipeline, '--rules', dirname(rule)]
    const { status, stdout } = await vedetta(
      [...args, '--expect', 'Root logs in'],
      'login of root\nlogin of eve\nnothing\n',
    )
    expect(status).toBe(0)
    expect(stdout).toMatch(/● grok \(logins.conf:2\) +1 changed, [0-9.]+ ms\n +user\.name: "root"/)
    expect(stdout).toContain('! Root logs in')
    expect(stdout).toContain('mutate (logins.conf:3) not reached: if [user][name] == "root"')
    expect(stdout).toContain(`does not match anywhere in "nothing"`)
    const failures = await vedetta([...args, '--failures', '-o', 'json', '-l', 'login of root', '-l', 'nothing'])
    expect(
      failures.stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { line: string }).line),
    ).toEqual(['nothing'])
    const missed = await vedetta([...args, '--expect', 'Root logs in', '-l', 'login of eve'])
    expect(missed).toMatchObject({ status: 1, stderr: "no line matched the rule 'Root logs in'\n" })
  })
})
