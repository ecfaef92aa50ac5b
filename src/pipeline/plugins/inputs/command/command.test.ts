import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeCodec, RunningInput, temporaryFolder } from '../../../../../test/plugin-fixture.ts'
import { ManualClock, systemClock } from '../../../../clock/index.ts'
import { exec } from './exec.ts'
import { pipe } from './pipe.ts'

test('exec: the whole output is an event, with the command, its exit code and how long it took', async () => {
  await using run = new RunningInput(exec, { command: "echo 'hi!'; echo there; exit 3", interval: 60 })
  await run.start()
  await run.until(1)
  const [event] = run.events
  expect(event!.data).toMatchObject({
    message: 'hi!\nthere\n',
    command: "echo 'hi!'; echo there; exit 3",
    host: hostname(),
  })
  expect(event!.metadata['exit_status']).toBe(3)
  expect(JSON.stringify(event!.metadata['duration'])).toMatch(/^\d/)
  expect(run.said.log).toEqual(["warn: exec input: 'echo 'hi!'; echo there; exit 3' ended with exit code 3"])
})

test('exec under ECS, again and again at its interval, divided by the codec', async () => {
  const clock = new ManualClock()
  await using run = new RunningInput(
    exec,
    { command: 'echo one; echo two', interval: 10 },
    {
      ecs: 'v8',
      clock,
      codec: makeCodec('line'),
    },
  )
  await run.start()
  await run.until(2)
  await expect.poll(() => clock.waiting).toBeGreaterThan(0)
  await clock.advance(10_000)
  await run.until(4)
  expect(run.messages).toEqual(['one', 'two', 'one', 'two'])
  expect(JSON.parse(run.events[0]!.toJson())).toMatchObject({
    process: { command_line: 'echo one; echo two', exit_code: 0 },
    host: { name: hostname() },
  })
  expect(JSON.stringify(run.events[0]!.metadata)).toMatch(/"exec":\{"process":\{"elapsed_time":\d+\}\}/)
})

test('exec on a schedule', async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1, 4, 58, 30))
  await using run = new RunningInput(exec, { command: 'echo x', schedule: '0 6 * * * Europe/Rome' }, { clock })
  await run.start()
  await clock.advance(89_000)
  expect(run.events).toHaveLength(0)
  await clock.advance(2000)
  await run.until(1)
})

test('exec: one that runs is ended with what it started', async () => {
  using folder = temporaryFolder()
  const pid = join(folder.path, 'pid')
  const run = new RunningInput(exec, { command: `sleep 60 & echo $! > ${pid}; wait`, interval: 60 })
  await run.start()
  await expect.poll(() => existsSync(pid) && readFileSync(pid, 'utf8')).toMatch(/\d\n/)
  await run.input.stop()
  // Until its parent has taken note, what has ended is still there as a zombie.
  const runs = (): boolean => {
    const { stdout } = spawnSync('ps', ['-o', 'state=', '-p', readFileSync(pid, 'utf8').trim()])
    return !/^Z?\s*$/.test(stdout.toString())
  }
  await expect.poll(runs).toBe(false)
})

test.each([
  [{ command: 'x' }, "'command' needs 'interval' or 'schedule'"],
  [{ command: 'x', interval: 1, schedule: '* * * * *' }, "'interval' must not be given together with 'schedule'"],
  [{ command: 'x', schedule: 'every now and then' }, "'schedule' must be a line of cron"],
])('exec %j is refused', (raw, message) => {
  expect(() => new RunningInput(exec, raw)).toThrow(message)
})

test('pipe: lines as they come, and again ten seconds after its end', async () => {
  const clock = new ManualClock()
  await using run = new RunningInput(pipe, { command: 'echo ¡Hola!; printf last' }, { clock })
  await run.start()
  await run.until(2)
  await expect
    .poll(() => run.said.log)
    .toEqual(["warn: pipe input: 'echo ¡Hola!; printf last' ended with exit code 0; it is run again in 10 s"])
  await expect.poll(() => clock.waiting).toBeGreaterThan(0)
  await clock.advance(10_000)
  await run.until(4)
  expect(run.messages).toEqual(['¡Hola!', 'last', '¡Hola!', 'last'])
  expect(run.events[0]!.data).toMatchObject({ host: hostname(), command: 'echo ¡Hola!; printf last' })
})

test('pipe: a full pipeline stops the command, and a stop ends it', async () => {
  const run = new RunningInput(pipe, { command: 'yes' }, { ecs: 'v1' })
  let release = (): void => {}
  run.hold = new Promise((resolve) => {
    release = resolve
  })
  await run.start()
  await run.until(1)
  const before = run.events.length
  await systemClock.sleep(100)
  expect(run.events.length).toBe(before)
  const stopping = run.input.stop()
  release()
  await stopping
  expect(JSON.parse(run.events[0]!.toJson())).toMatchObject({ message: 'y', process: { command_line: 'yes' } })
})
