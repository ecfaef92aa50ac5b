import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { freePort } from '../free-port.ts'
import { MAIN } from '../e2e/command.ts'

const KILLS = Number(process.env['VEDETTA_QUEUE_KILLS'] ?? 6)
const folder = mkdtempSync(join(tmpdir(), 'vedetta-queue-kill-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const out = join(folder, 'out.txt')
const config = join(folder, 'queue.conf')

async function start(port: number): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [MAIN, '-E', 'queue.type=persisted', 'run', '-f', config, '--path.data', join(folder, 'data')],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  await expect.poll(() => post(port, []), { interval: 50 }).toBe(true)
  return child
}

/** Whether the events were acknowledged. */
async function post(port: number, numbers: readonly number[]): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(numbers.map((n) => ({ n }))),
    })
    await answer.arrayBuffer()
    return answer.status === 200
  } catch {
    return false
  }
}

function delivered(): Set<number> {
  const text = existsSync(out) ? readFileSync(out, 'utf8') : ''
  return new Set(text.split('\n').flatMap((line) => (/^\d+;$/.test(line) ? [Number(line.slice(0, -1))] : [])))
}

test(`${KILLS} kills in mid-load: with a queue on disk every event that was acknowledged comes out`, async () => {
  const port = await freePort()
  // The outputs are slower than the input, so that there always is a backlog to lose.
  writeFileSync(
    config,
    `input { http { port => ${port} } }
filter { if ![n] { drop {} } sleep { time => "0.001" every => 5 } }
output { file { path => "${out}" codec => line { format => "%{n};" } } }`,
  )
  const acknowledged: number[] = []
  let next = 1
  for (let kill = 0; kill < KILLS; kill++) {
    const child = await start(port)
    const sent = acknowledged.length
    const goal = sent + 300 + kill * 50
    while (acknowledged.length < goal) {
      const numbers = Array.from({ length: 50 }, () => next++)
      if (await post(port, numbers)) acknowledged.push(...numbers)
    }
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  // Else the test shows nothing.
  expect(delivered().size).toBeLessThan(acknowledged.length)
  const last = await start(port)
  await expect.poll(() => acknowledged.filter((n) => !delivered().has(n))).toEqual([])
  last.kill('SIGTERM')
  expect(await once(last, 'exit')).toEqual([0, null])
}, 120_000)
