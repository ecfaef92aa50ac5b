import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePort } from '../free-port.ts'
import { systemClock } from '../../src/clock/index.ts'
import { MAIN } from '../e2e/command.ts'
import { temporaryFolder } from '../plugin-fixture.ts'

const WINDOW = 100
/** How many acknowledgements are waited for, on each side, before the kill. */
const ENOUGH = 30

function frame(type: string, ...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(2 + 4 * numbers.length)
  bytes.write(type, 'latin1')
  for (const [i, number] of numbers.entries()) bytes.writeUInt32BE(number, 2 + 4 * i)
  return bytes
}

/** Sends windows as a Beat does, each after the acknowledgement of the one before; answers how many were acknowledged. */
async function ship(port: number, acknowledged: (windows: number) => void): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  for (let window = 0; ; window++) {
    const frames = [frame('2W', WINDOW)]
    for (let i = 0; i < WINDOW; i++) {
      const payload = Buffer.from(JSON.stringify({ message: `beat ${window * WINDOW + i}` }))
      frames.push(frame('2J', i + 1, payload.length), payload)
    }
    socket.write(Buffer.concat(frames))
    for (;;) {
      const [ack] = (await once(socket, 'data')) as [Buffer]
      if (ack.readUInt32BE(ack.length - 4) === WINDOW) break
    }
    acknowledged(window + 1)
  }
}

async function post(port: number, acknowledged: (requests: number) => void): Promise<void> {
  for (let request = 0; ; request++) {
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: `post ${request}` })
    if (answer.status !== 200) return
    acknowledged(request + 1)
  }
}

async function start(configuration: string, dataPath: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [MAIN, 'run', '-f', configuration, '--path.data', dataPath], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return child
}

async function listens(port: number): Promise<void> {
  for (let i = 0; i < 4000; i++) {
    const socket = connect(port, '127.0.0.1')
    const open = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
    socket.destroy()
    if (open) return
    await systemClock.sleep(25)
  }
  throw new Error(`nobody listens on ${port}`)
}

test.skipIf(!existsSync(MAIN))('what beats and http acknowledged is there after a kill -9 in the middle', async () => {
  using folder = temporaryFolder()
  const [beats, http] = [await freePort(), await freePort()]
  const stored = join(folder.path, 'stored')
  const configuration = join(folder.path, 'in.conf')
  writeFileSync(
    configuration,
    `input { beats { port => ${beats} host => "127.0.0.1" } http { port => ${http} host => "127.0.0.1" } }
     output { file { path => "${stored}" codec => line { format => "%{message}" } } }`,
  )
  const child = await start(configuration, join(folder.path, 'data'))
  await listens(beats)
  await listens(http)
  const taken = { windows: 0, requests: 0 }
  const both = [
    ship(beats, (count) => void (taken.windows = count)),
    post(http, (count) => void (taken.requests = count)),
  ]
  // Both end by the kill, as the clients see it.
  for (const one of both) one.catch(() => undefined)
  await expect.poll(() => Math.min(taken.windows, taken.requests), { interval: 5 }).toBeGreaterThanOrEqual(ENOUGH)
  const ended = once(child, 'close')
  child.kill('SIGKILL')
  await ended
  const { windows, requests } = taken
  expect(windows).toBeGreaterThanOrEqual(ENOUGH)
  expect(requests).toBeGreaterThanOrEqual(ENOUGH)
  const lines = new Set(readFileSync(stored, 'utf8').split('\n'))
  const missing: string[] = []
  for (let n = 0; n < windows * WINDOW; n++) if (!lines.has(`beat ${n}`)) missing.push(`beat ${n}`)
  for (let n = 0; n < requests; n++) if (!lines.has(`post ${n}`)) missing.push(`post ${n}`)
  expect(missing).toEqual([])
})
