import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../src/clock/index.ts'
import { nullLogger } from '../../src/diagnostic/index.ts'
import { openNotifier } from '../../src/notify/index.ts'
import { startMailServer } from '../fixtures/mail-server.ts'
import { compileProgram } from './compile.ts'

const KILLS = Number(process.env['VEDETTA_MAIL_KILLS'] ?? 20)

interface Moment {
  readonly accepted: number
  readonly millis: number
}

let folder: string
let program: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vedetta-mail-kill-'))
  program = await compileProgram(folder, 'sender')
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** Sends and is killed some time after some mails were accepted; returns the numbers of all that were. */
async function sendAndKill(dataPath: string, port: number, first: number, after: Moment): Promise<number[]> {
  const args = [program, dataPath, String(port), String(first)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<string | null>((resolve) => child.on('close', (_code, signal) => resolve(signal)))
  const accepted: number[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    if (line !== 'open') accepted.push(Number(line))
    if (accepted.length === after.accepted) setTimeout(() => child.kill('SIGKILL'), after.millis)
  }
  if ((await ended) !== 'SIGKILL') throw new Error('the sender ended by itself')
  return accepted
}

test(
  `kill -9 ${KILLS} times: every accepted mail goes out, and at most one for each kill goes out again`,
  { timeout: 600_000 },
  async () => {
    const dataPath = join(folder, 'data')
    await using server = await startMailServer()
    const accepted: number[] = []
    let next = 0
    for (let kill = 0; kill < KILLS; kill++) {
      const port = kill % 4 === 3 ? 9 : server.port
      const moment = { accepted: kill % 6, millis: Math.random() * 40 }
      const before = await sendAndKill(dataPath, port, next, moment)
      accepted.push(...before)
      // The one under way when it was killed may be known or not; its number is not used again.
      next = Math.max(next, ...before.map((n) => n + 1)) + 1
    }
    const notifier = await openNotifier({
      dataPath,
      settings: new Map<string, string | number>([
        ['xpack.notification.email.account.work.smtp.host', '127.0.0.1'],
        ['xpack.notification.email.account.work.smtp.port', server.port],
      ]),
      clock: systemClock,
      logger: nullLogger,
    })
    while (notifier.pending() > 0) await new Promise((resolve) => setTimeout(resolve, 20))
    await notifier.close()

    const received = new Map<string, number>()
    for (const { mail } of server.mails) received.set(mail.messageId!, (received.get(mail.messageId!) ?? 0) + 1)
    expect(accepted.length).toBeGreaterThan(KILLS)
    expect(accepted.filter((n) => !received.has(`<m${n}@kill>`))).toEqual([])
    // A repeat needs a kill between the server's answer and one fsync.
    const repeats = server.mails.length - received.size
    expect(repeats).toBeLessThanOrEqual(KILLS)
  },
)
