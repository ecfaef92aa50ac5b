import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { RunningInput } from '../../../../test/plugin-fixture.ts'
import { ManualClock, systemClock } from '../../../clock/index.ts'
import { fieldPath } from '../../../event/index.ts'
import { generator } from './generator.ts'
import { heartbeat } from './heartbeat.ts'
import { udp } from './udp.ts'

test('generator gives each line count times, with its sequence, and ends', async () => {
  await using run = new RunningInput(generator, { count: 2, lines: ['one', 'two'] })
  await run.start()
  await run.input.ended
  expect(run.events.map(({ data }) => [data['message'], data['sequence'], data['host']])).toEqual([
    ['one', 0, hostname()],
    ['two', 0, hostname()],
    ['one', 1, hostname()],
    ['two', 1, hostname()],
  ])
})

test('generator without a count stops when it is told to', async () => {
  const run = new RunningInput(generator, {}, { ecs: 'v8' })
  await run.start()
  await run.until(1000)
  await run.input.stop()
  expect(JSON.stringify(run.events[999]!.data['event'])).toBe('{"original":"Hello world!","sequence":999}')
})

test('heartbeat beats at its interval', async () => {
  const clock = new ManualClock()
  await using run = new RunningInput(heartbeat, { interval: 10, count: 3, message: 'sequence' }, { clock })
  await run.start()
  await clock.advance(9999)
  expect(run.events.map(({ data }) => data['clock'])).toEqual([1])
  await clock.advance(20_000)
  await run.input.ended
  expect(run.events.map(({ data }) => data['clock'])).toEqual([1, 2, 3])
})

test.each<[string, 'disabled' | 'v8', Record<string, string>, unknown[]]>([
  ['a message alone', 'disabled', { message: 'hi' }, ['hi', undefined]],
  ['the older selector', 'disabled', { message: 'epoch' }, [undefined, 1_767_225_600]],
  ['both', 'disabled', { message: 'hi', sequence: 'sequence' }, ['hi', 1]],
  ['none asked for', 'disabled', { sequence: 'none' }, ['ok', undefined]],
  ['under ECS', 'v8', { sequence: 'epoch' }, ['ok', 1_767_225_600]],
  ['the older selector under ECS', 'v8', { message: 'sequence' }, [undefined, undefined]],
])('heartbeat: %s (%s)', async (_name, ecs, raw, [message, clockValue]) => {
  await using run = new RunningInput(heartbeat, { count: 1, ...raw }, { ecs, clock: new ManualClock() })
  await run.start()
  await run.input.ended
  const event = run.events[0]!
  const at = ecs === 'disabled' ? event.data['clock'] : event.get(fieldPath('[event][sequence]'))
  expect([event.data['message'], at]).toEqual([message, clockValue])
})

test('udp: a datagram is an event, with the address of its sender', async () => {
  const probe = createSocket('udp4').bind(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  const taken = new RunningInput(udp, { port, host: '127.0.0.1' })
  await expect(taken.start()).rejects.toThrow(`udp input cannot listen on 127.0.0.1:${port}: the port is in use`)
  await new Promise<void>((resolve) => probe.close(() => resolve()))

  await using run = new RunningInput(udp, { port, buffer_size: 10 })
  await run.start()
  expect(run.said.notices[0]).toContain(`udp input on ${port} listens on 127.0.0.1 only`)
  const sender = createSocket('udp4')
  for (const text of ['one\n', 'longer than ten bytes']) {
    sender.send(text, port, '127.0.0.1')
    await systemClock.sleep(20)
  }
  await run.until(2)
  sender.close()
  expect(run.events.map(({ data }) => [data['message'], data['host']])).toEqual([
    ['one\n', '127.0.0.1'],
    ['longer tha', '127.0.0.1'],
  ])
})
