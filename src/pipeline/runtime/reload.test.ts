import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { pipelineServices, spawnHere } from '../../../test/pipeline-fixture.ts'
import { freePort } from '../../../test/free-port.ts'
import { ManualClock } from '../../clock/index.ts'
import { formatDiagnostic, nullLogger, type Logger } from '../../diagnostic/index.ts'
import { loadPipelines } from './load.ts'
import { Reloader } from './reload.ts'
import { startPipelines, type RunningPipelines } from './running.ts'

const root = mkdtempSync(join(tmpdir(), 'vedetta-reload-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let folder: string
let out: string
let port: number
let count = 0
beforeEach(async () => {
  folder = mkdtempSync(join(root, `${count++}-`))
  out = join(folder, 'out.txt')
  port = await freePort()
})

const services = pipelineServices({ store: undefined, dataPath: root })

/** A pipeline that writes what comes to its port, with a mark. */
function taking(mark: string, at = port): string {
  return `input { tcp { port => ${at} } }
filter { mutate { add_field => { mark => "${mark}" } } }
output { file { path => "${out}" codec => line { format => "%{mark} %{message}" } } }`
}

function write(configurations: Readonly<Record<string, string>>, extra = ''): void {
  for (const [id, text] of Object.entries(configurations)) writeFileSync(join(folder, `${id}.conf`), text)
  const list = Object.keys(configurations).map((id) => `- pipeline.id: ${id}\n  path.config: ${id}.conf\n${extra}`)
  writeFileSync(join(folder, 'pipelines.yml'), list.join(''))
}

const load = () => loadPipelines(folder, () => undefined)
const lines = (): string[] => (existsSync(out) ? readFileSync(out, 'utf8').trim().split('\n') : [])

async function send(text: string): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.end(text)
  await once(socket, 'close')
}

describe.each([
  ['in one process', false],
  ['in threads', true],
] as const)('%s', (_title, threads) => {
  const start = (): Promise<RunningPipelines> =>
    startPipelines(load(), services, () => undefined, { threads, spawn: spawnHere })

  test('a changed pipeline takes the place of the old one, which drains first; new ones start, others stop', async () => {
    const other = await freePort()
    write({ a: taking('old'), gone: taking('gone', other) })
    const running = await start()
    await send('1\n2\n')
    write({ a: taking('new'), b: taking('b', other) })
    await expect.poll(lines).toHaveLength(2)
    expect(await running.reload(load())).toEqual({ started: ['b'], replaced: ['a'], stopped: ['gone'], problems: [] })
    await send('3\n')
    await expect.poll(lines).toEqual(['old 1', 'old 2', 'new 3'])
    expect(running.status().map(({ id, state }) => [id, state])).toEqual([
      ['a', 'running'],
      ['b', 'running'],
    ])
    expect(running.inputs.map(({ pipeline, port: at }) => [pipeline, at])).toEqual([
      ['a', port],
      ['b', other],
    ])
    expect(await running.reload(load())).toEqual({ started: [], replaced: [], stopped: [], problems: [] })
    await running.stop()
  })

  test.each([
    ['that does not parse', () => 'input {', 'is not closed'],
    ['with a plugin that is none', () => taking('new').replace('mutate', 'mutade'), 'mutade'],
    [
      'whose grok pattern does not compile',
      () => taking('n').replace('mutate {', 'grok { match => { message => "%{NO}" } } mutate {'),
      'NO',
    ],
  ])('a configuration %s leaves the old one running', async (_what, text, message) => {
    write({ a: taking('old') })
    const running = await start()
    write({ a: text() })
    const { replaced, problems } = await running.reload(load())
    expect(replaced).toEqual([])
    expect(problems.map((problem) => formatDiagnostic(problem)).join('\n')).toContain(message)
    await send('1\n')
    await expect.poll(lines).toEqual(['old 1'])
    await running.stop()
  })

  test('where the new one cannot start, the old one starts again', async () => {
    write({ a: taking('old') })
    const running = await start()
    write({ a: taking('new', 1).replace('port => 1', 'port => 9 host => "192.0.2.1"') })
    const { problems } = await running.reload(load())
    expect(problems).toHaveLength(1)
    await send('1\n')
    await expect.poll(lines).toEqual(['old 1'])
    expect(running.status().map(({ state }) => state)).toEqual(['running'])
    await running.stop()
  })

  test('a pipeline that must not be reloaded stays', async () => {
    write({ a: taking('old') }, '  pipeline.reloadable: false\n')
    const running = await start()
    write({ a: taking('new') }, '  pipeline.reloadable: false\n')
    const { problems } = await running.reload(load())
    expect(problems.map(({ message }) => message)).toEqual([
      "pipeline 'a' stays as it was started: its 'pipeline.reloadable' is false",
    ])
    await send('1\n')
    await expect.poll(lines).toEqual(['old 1'])
    await running.stop()
  })

  test('a receiver that is reloaded loses nothing of its sender', async () => {
    const receiver = (mark: string): string =>
      `input { pipeline { address => there } }
output { file { path => "${out}" codec => line { format => "${mark} %{sequence}" } } }`
    const sender = `input { generator { lines => ["x"] count => 4000 } } output { pipeline { send_to => there } }`
    write({ sender, receiver: receiver('one') })
    const running = await start()
    write({ sender, receiver: receiver('two') })
    expect((await running.reload(load())).replaced).toEqual(['receiver'])
    await running.ended
    const sequences = new Set(lines().map((line) => Number(line.split(' ')[1])))
    expect(sequences.size).toBe(4000)
  })
})

test('changes are found at each interval, and a fault is said once', async () => {
  write({ a: taking('old') })
  const said: string[] = []
  const say = (_fields: object, message: string): void => void said.push(message)
  const logger: Logger = { ...nullLogger, info: say, warn: say, error: say, child: () => logger }
  const running = await startPipelines(load(), services, () => undefined, { threads: false })
  const clock = new ManualClock()
  const reloader = new Reloader({ pipelines: running, load, intervalMillis: 3000, clock, logger })
  await clock.advance(9000)
  expect(said).toEqual([])
  write({ a: taking('new').replace('mutate', 'mutade') })
  await clock.advance(9000)
  await expect.poll(() => said).toHaveLength(1)
  expect(said[0]).toContain('a.conf:2:10: filter "mutade" does not exist')
  write({ a: taking('new') })
  await clock.advance(3000)
  await expect.poll(() => said.slice(1)).toEqual(["pipeline 'a' was reloaded"])
  writeFileSync(join(folder, 'pipelines.yml'), '- pipeline.id: [\n')
  await clock.advance(9000)
  await expect.poll(() => said.slice(2)).toHaveLength(1)
  reloader.stop()
  await running.stop()
})
