import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { RunningInput, temporaryFolder } from '../../../../test/plugin-fixture.ts'
import { unix } from './unix.ts'

async function send(path: string, text: string): Promise<void> {
  const socket = connect(path)
  await once(socket, 'connect')
  socket.end(text)
  await once(socket.resume(), 'close')
}

test.each([
  ['disabled', { host: hostname() }],
  ['v8', { host: { name: hostname() } }],
] as const)('%s: lines of clients, with where they came from', async (ecs, expected) => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'in.sock')
  await using run = new RunningInput(unix, { path }, { ecs })
  await run.start()
  await send(path, 'one\ntwo')
  await run.until(2)
  expect(run.messages).toEqual(['one', 'two'])
  const own = ecs === 'disabled' ? { path } : { file: { path } }
  expect(JSON.parse(run.events[0]!.toJson())).toMatchObject({ ...expected, ...own })
})

test('the real nc delivers', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'in.sock')
  await using run = new RunningInput(unix, { path })
  await run.start()
  const nc = execFile('nc', ['-U', '-N', path])
  nc.stdin!.end('hello\n')
  await run.until(1)
  expect(run.messages).toEqual(['hello'])
})

test('a socket that was left behind is replaced, one in use only where that is asked for, a file never', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'in.sock')
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  await new Promise((resolve) => execFile(process.execPath, ['-e', script], resolve))
  expect(existsSync(path)).toBe(true)
  await using first = new RunningInput(unix, { path })
  await first.start()
  await expect(new RunningInput(unix, { path }).start()).rejects.toThrow(
    `unix input cannot listen on ${path}: another process listens there`,
  )
  await using second = new RunningInput(unix, { path, force_unlink: true })
  await second.start()
  await send(path, 'x\n')
  await second.until(1)
  const file = join(folder.path, 'file')
  writeFileSync(file, 'x')
  await expect(new RunningInput(unix, { path: file, force_unlink: true }).start()).rejects.toThrow('cannot listen on')
  expect(existsSync(file)).toBe(true)
})

test('data_timeout closes a connection that sends nothing', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'in.sock')
  await using run = new RunningInput(unix, { path, data_timeout: 0.1 })
  await run.start()
  const socket = connect(path)
  socket.write('half')
  await once(socket.resume(), 'close')
  await run.until(1)
  expect(run.messages).toEqual(['half'])
})

test('mode client waits for a server, and for it to come again', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'out.sock')
  await using run = new RunningInput(unix, { path, mode: 'client', socket_not_present_retry_interval_seconds: 0.05 })
  await run.start()
  await expect.poll(() => run.said.log[0]).toContain(`unix input cannot connect to ${path}`)
  let n = 0
  const server = createServer((socket) => socket.end(`hello ${++n}\n`)).listen(path)
  await run.until(2)
  expect(run.messages.slice(0, 2)).toEqual(['hello 1', 'hello 2'])
  server.close()
})
