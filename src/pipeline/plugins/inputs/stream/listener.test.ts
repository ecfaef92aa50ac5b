import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { freePort } from '../../../../../test/free-port.ts'
import { RunningInput } from '../../../../../test/plugin-fixture.ts'
import { ManualClock, systemClock } from '../../../../clock/index.ts'
import { tcp } from '../tcp.ts'

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.resume()
  return socket
}

/** Whether the other side has closed it, or does so soon. */
async function isClosed(socket: Socket): Promise<boolean> {
  for (let i = 0; i < 40 && !socket.readableEnded && !socket.destroyed; i++) await systemClock.sleep(5)
  return socket.readableEnded || socket.destroyed
}

test('no more connections than may be; the one that was idle longest makes way after a minute', async () => {
  const port = await freePort()
  const clock = new ManualClock()
  await using run = new RunningInput(tcp, { port, host: '127.0.0.1', max_connections: 2 }, { clock })
  await run.start()
  const first = await open(port)
  const second = await open(port)
  first.write('one\n')
  second.write('two\n')
  await run.until(2)
  const refused = await open(port)
  expect(await isClosed(refused)).toBe(true)
  expect(run.said.log).toEqual([
    `warn: tcp input on ${port}: 2 connections are open, which is its limit; a new one was refused`,
  ])
  await clock.advance(40_000)
  first.write('three\n')
  await run.until(3)
  await systemClock.sleep(20)
  await clock.advance(30_000)
  const third = await open(port)
  third.write('four\n')
  await run.until(4)
  expect([await isClosed(second), first.destroyed, third.destroyed]).toEqual([true, false, false])
  expect(run.said.log[1]).toContain('one that was idle is closed')
})

test('idle_timeout closes who sends nothing, and no one else', async () => {
  const port = await freePort()
  const clock = new ManualClock()
  await using run = new RunningInput(tcp, { port, host: '127.0.0.1', idle_timeout: 10 }, { clock })
  await run.start()
  const quiet = await open(port)
  const busy = await open(port)
  quiet.write('half')
  for (let n = 1; n <= 4; n++) {
    busy.write(`${n}\n`)
    await run.until(n)
    await systemClock.sleep(10)
    await clock.advance(4_000)
  }
  expect([await isClosed(quiet), busy.destroyed]).toEqual([true, false])
  await run.until(5)
  expect(run.messages).toContain('half')
})
