import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Alerts } from '../alert/index.ts'
import { ManualClock } from '../clock/index.ts'
import { nullLogger } from '../diagnostic/index.ts'
import { EventStreams } from './event-stream.ts'
import { createServer, Users, type Server } from './index.ts'
import { registerLive } from './live.ts'
import { Sessions } from './sessions.ts'

let folder: string
let server: Server
let users: Users
let sessions: Sessions
let clock: ManualClock
let url: string
let stop: () => void

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vedetta-live-'))
  clock = new ManualClock()
  users = new Users(join(folder, 'users.json'))
  sessions = new Sessions({ path: join(folder, 'sessions.json'), users, clock, secure: false })
  server = createServer({ host: '127.0.0.1', port: 0, users, sessions, logger: nullLogger })
  const alerts = { subscribe: () => () => undefined } as unknown as Alerts
  const streams = new EventStreams()
  stop = registerLive(server.app, { alerts, clock, streams, stats: () => ({}), mayGoOn: server.mayGoOn })
  server.app.delete('/_vedetta/session', async (request) => {
    sessions.close(sessions.find(request.headers.cookie)!.id)
    return {}
  })
  ;({ url } = await server.listen())
})

afterEach(async () => {
  stop()
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

/** @returns whether the stream has ended */
async function reader(headers: Record<string, string> = {}): Promise<() => boolean> {
  const { body, status } = await fetch(`${url}/_vedetta/live`, { headers })
  expect(status).toBe(200)
  let over = false
  void body!.pipeTo(new WritableStream()).finally(() => (over = true))
  return () => over
}

function bearer(name: string): { id: string; authorization: string } {
  const { id, token } = users.createToken(name, new Date(0), 'viewer')
  return { id, authorization: `Bearer ${token}` }
}

test('a stream ends when its token is gone, and no other does', async () => {
  const [gone, kept] = [bearer('gone'), bearer('kept')]
  const first = await reader({ authorization: gone.authorization })
  const second = await reader({ authorization: kept.authorization })
  await clock.advance(15_000)
  expect([first(), second()]).toEqual([false, false])
  // By the command line: this process hears of it when it looks.
  new Users(join(folder, 'users.json')).deleteToken(gone.id)
  await clock.advance(15_000)
  await expect.poll(first).toBe(true)
  expect(second()).toBe(false)
})

test('a stream that nobody had to log in for ends when there is somebody', async () => {
  const anonymous = await reader()
  await clock.advance(15_000)
  expect(anonymous()).toBe(false)
  bearer('first')
  await clock.advance(15_000)
  await expect.poll(anonymous).toBe(true)
})

test('the streams of a session end with its logout; that they are open keeps no session alive', async () => {
  await users.put('ana', 'a long password', new Date(0), 'viewer')
  const log = (): Record<string, string> => {
    const { session, cookie } = sessions.open({ name: 'ana', role: 'viewer' }, '')
    return { cookie: cookie.split(';')[0]!, 'x-vedetta-csrf': session.csrf }
  }
  const [left, idle] = [log(), log()]
  const [first, second] = [await reader(left), await reader(idle)]
  await fetch(`${url}/_vedetta/session`, { method: 'DELETE', headers: left })
  await expect.poll(first).toBe(true)
  expect(second()).toBe(false)
  for (let hour = 0; hour < 9; hour++) {
    clock.jump(3_600_000)
    await clock.advance(15_000)
  }
  await expect.poll(second).toBe(true)
})
