import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compileProgram } from './compile.ts'

const KILLS = Number(process.env['VEDETTA_DETECT_KILLS'] ?? 8)

let folder: string
let program: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vedetta-detect-kill-'))
  program = await compileProgram(folder, 'detect-loader')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs the loader; kills it once it has acknowledged so many sources. Answers every line it said. */
async function run(round: number, sources: number, killAfter = Infinity): Promise<string[]> {
  const child = spawn(process.execPath, [program, join(folder, 'data'), String(round), String(sources)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  let acked = 0
  const ended = new Promise((resolve) => child.once('close', resolve))
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (line.startsWith('acked ') && ++acked === killAfter) child.kill('SIGKILL')
  }
  await ended
  return lines
}

test(`${KILLS} kills: every attack that was acknowledged is one alert, told at most once`, async () => {
  const lines: string[] = []
  for (let round = 1; round <= KILLS; round++) lines.push(...(await run(round, 200, 3 + ((round * 7) % 20))))
  const last = await run(0, 0)
  lines.push(...last)
  const of = (kind: string, all = lines): string[] =>
    all.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length + 1))

  const alerts = of('alert', last)
  expect(of('acked').length).toBeGreaterThan(KILLS * 3)
  expect(of('acked').filter((source) => !alerts.includes(source))).toEqual([])
  expect(new Set(alerts).size).toBe(alerts.length)
  const told = of('opened')
  expect(told.filter((source, i) => told.indexOf(source) !== i)).toEqual([])
}, 600_000)
