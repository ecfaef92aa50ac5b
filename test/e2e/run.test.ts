import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { vedetta } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'vedetta-run-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}

describe('vedetta run', () => {
  test('without input and output it reads standard input and prints events, and ends with the input', async () => {
    const { status, stdout } = await vedetta(['run', '-e', 'filter { }'], 'one\ntwo\n')
    expect(status).toBe(0)
    expect(stdout.match(/"message" => "\w+"/g)).toEqual(['"message" => "one"', '"message" => "two"'])
  })

  test('a capture on standard input is read to its end, though pipelines have threads', async () => {
    const capture = readFileSync(new URL('../fixtures/scans/nmap-syn.pcap', import.meta.url))
    const pipeline = 'input { pcap { path => "-" } } output { stdout { codec => json_lines } }'
    const { status, stdout } = await vedetta(['run', '-e', pipeline], capture)
    expect(status).toBe(0)
    expect(stdout.trim().split('\n').length).toBeGreaterThan(100)
  })

  test('a folder is one pipeline, its files in the order of their names', async () => {
    file('20-out.conf', `output { if [n] >= 2 { file { path => "${folder}/out.ndjson" } } }`)
    file('10-in.conf', 'input { stdin { codec => json_lines } }')
    const { status, stderr } = await vedetta(['run', '-f', folder], '{"n":1}\n{"n":2.0}\n{"n":3}\n')
    expect(stderr).toBe('')
    expect(status).toBe(0)
    const lines = readFileSync(join(folder, 'out.ndjson'), 'utf8').trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { n: number }).n)).toEqual([2, 3])
    expect(lines[0]).toContain('"n":2.0')
  })

  test('every problem of a configuration is named with its place, and nothing starts', async () => {
    const path = file(
      'bad.conf',
      'input { stdni { } }\nfilter { ruby { code => "x" } }\noutput { file { } stdout { codec => josn } }\n',
    )
    const { status, stdout, stderr } = await vedetta(['run', '-f', path])
    expect(status).toBe(1)
    expect(stdout).toBe('')
    const lines = stderr.trim().split('\n')
    expect(lines[0]).toBe(`${path}:1:9: input "stdni" does not exist; did you mean "stdin"?`)
    expect(lines[1]).toContain(`${path}:2:10: filter "ruby" of Logstash is not supported: `)
    expect(lines[2]).toBe(`${path}:3:10: output "file" needs the option 'path'`)
    expect(lines[3]).toBe(`${path}:3:37: codec "josn" does not exist; did you mean "json"?`)
  })

  test('an output that means the store is refused with what to do', async () => {
    const { status, stderr } = await vedetta(['run', '-e', 'output { elasticsearch { } }'], 'x\n')
    expect(status).toBe(1)
    expect(stderr).toContain('works only under vedetta start')
  })
})

test("a pipeline's ${NAME} is the keystore's secret, before the environment's", async () => {
  const config = file('secrets/vedetta.yml', 'log.level: error\n')
  expect((await vedetta(['keystore', '--config', config, 'create'])).status).toBe(0)
  expect(
    (await vedetta(['keystore', '--config', config, 'add', 'PLACE', '--stdin'], 'from the keystore\n')).status,
  ).toBe(0)
  const pipeline =
    'filter { mutate { add_field => { "a" => "${PLACE}" "b" => "${OTHER}" } } } output { stdout { codec => json_lines } }'
  const { status, stdout, stderr } = await vedetta(['run', '--config', config, '-e', pipeline], 'x\n', {
    PLACE: 'from the environment',
    OTHER: 'from the environment',
  })
  expect([status, stderr]).toEqual([0, ''])
  expect(JSON.parse(stdout)).toMatchObject({ a: 'from the keystore', b: 'from the environment' })
})

describe('vedetta check', () => {
  test('says OK with status 0, and names problems with status 1', async () => {
    expect(await vedetta(['check', file('good.conf', 'input { stdin { } } output { stdout { } }')])).toMatchObject({
      status: 0,
      stdout: 'Configuration OK\n',
    })
    const bad = await vedetta(['check', file('settings.yml', 'http.port: 99999\n')])
    expect(bad.status).toBe(1)
    expect(bad.stderr).toMatch(/settings\.yml:1:12: 'http\.port' must be an integer from 0 to 65535, got 99999/)
  })

  test('a listener that is narrowed to loopback is told', async () => {
    const { status, stderr } = await vedetta([
      'check',
      file('tcp.conf', 'input { tcp { port => 5001 } } output { stdout { } }'),
    ])
    expect(status).toBe(0)
    expect(stderr).toContain(
      'warning: tcp input on 5001 listens on 127.0.0.1 only: set host => "0.0.0.0" or inputs.host',
    )
  })
})

describe('usage', () => {
  test.each([
    [['run'], 'give either -f FILE or -e CONFIG'],
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['run', '--nope'], "unknown option '--nope'"],
    [['-E', 'http.port', 'run', '-e', ''], '-E must be given as key=value'],
  ])('%j', async (args, message) => {
    const { status, stderr } = await vedetta(args)
    expect(stderr).toContain(message)
    expect([1, 2]).toContain(status)
  })

  test('a server that is not there is status 3', async () => {
    const { status, stderr } = await vedetta(['alarm', '--url', 'http://127.0.0.1:1'])
    expect(status).toBe(3)
    expect(stderr).toContain('start it with: npm start')
  })
})
