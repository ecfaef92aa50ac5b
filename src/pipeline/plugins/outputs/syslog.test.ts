import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { makeCertificates, makeCodec, makeOutput, temporaryFolder } from '../../../../test/plugin-fixture.ts'
import { Event, toValue, type ValueObject } from '../../../event/index.ts'
import { systemClock } from '../../../clock/index.ts'
import type { Codec, Output } from '../define.ts'
import type { Raw } from '../../../settings/index.ts'
import { syslog } from './syslog.ts'

const TIME = Date.UTC(2026, 0, 2, 3, 4, 5) * 1000

const event = (fields: Record<string, unknown>): Event =>
  Event.at(TIME, toValue({ host: 'zeus', message: 'hello', ...fields }) as ValueObject)

async function sent(options: Record<string, Raw>, fields: Record<string, unknown>, codec?: Codec): Promise<string> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const message = new Promise<string>((resolve) => socket.once('message', (bytes) => resolve(bytes.toString())))
  const { output } = makeOutput(
    syslog,
    { host: '127.0.0.1', port: socket.address().port, ...options },
    codec === undefined ? {} : { codec },
  )
  await output.write([event(fields)])
  const text = await message
  await output.close!()
  socket.close()
  return text
}

describe('messages', () => {
  test.each<[Record<string, Raw>, Record<string, unknown>, string]>([
    [{}, {}, '<13>Jan 02 03:04:05 zeus LOGSTASH[-]: hello\n'],
    [{ facility: 'local4', severity: 'error' }, {}, '<163>Jan 02 03:04:05 zeus LOGSTASH[-]: hello\n'],
    [
      { facility: '%{f}', severity: '%{s}' },
      { f: 'mail', s: 'debug' },
      '<23>Jan 02 03:04:05 zeus LOGSTASH[-]: hello\n',
    ],
    [{ facility: 'nonsense', severity: '%{gone}' }, {}, '<13>Jan 02 03:04:05 zeus LOGSTASH[-]: hello\n'],
    [{ use_labels: false }, { syslog_pri: 34 }, '<34>Jan 02 03:04:05 zeus LOGSTASH[-]: hello\n'],
    [{ use_labels: false }, { syslog_pri: '192' }, '<13>Jan 02 03:04:05 zeus LOGSTASH[-]: hello\n'],
    [{ use_labels: false, priority: '7' }, {}, '<7>Jan 02 03:04:05 zeus LOGSTASH[-]: hello\n'],
    [
      { appname: '%{program}', procid: '%{pid}', sourcehost: 'h', message: '%{a}' },
      { program: 'sshd', pid: 7, a: 'one\r\ntwo\n' },
      '<13>Jan 02 03:04:05 h sshd[7]: one\\ntwo\n',
    ],
    [
      { rfc: 'rfc5424', msgid: 'ID%{n}' },
      { n: 47 },
      '<13>1 2026-01-02T03:04:05.000+00:00 zeus LOGSTASH - ID47 - hello\n',
    ],
    [
      { rfc: 'rfc5424', structured_data: '[x@1 ip="%{ip}"]' },
      { ip: '1.2.3.4' },
      '<13>1 2026-01-02T03:04:05.000+00:00 zeus LOGSTASH - - [x@1 ip="1.2.3.4"] hello\n',
    ],
  ])('%j %j', async (options, fields, expected) => {
    expect(await sent(options, fields)).toBe(expected)
  })

  test('a codec of its own is the message', async () => {
    expect(await sent({}, { a: 1 }, makeCodec('plain', { format: 'a is %{a}' }))).toContain('LOGSTASH[-]: a is 1\n')
    expect(await sent({}, {}, makeCodec('json'))).toContain('"message":"hello"')
  })
})

async function receive(
  server: Server,
  options: Record<string, Raw>,
  work: (output: Output, said: { readonly log: readonly string[] }) => Promise<void>,
): Promise<string> {
  let text = ''
  const sockets: Socket[] = []
  server.on('tls' in options ? 'secureConnection' : 'connection', (socket: Socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', (bytes: Buffer) => (text += bytes.toString()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { tls: _tls, ...own } = options
  const { output, said } = makeOutput(syslog, { host: '127.0.0.1', port, reconnect_interval: 0.05, ...own })
  await work(output, said)
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
  return text
}

const TWO_LINES = /^<13>.*hello\n<13>.*two\n$/

async function twoLines(output: Output): Promise<void> {
  await output.write([event({}), event({ message: 'two' })])
  await output.close!()
  await systemClock.sleep(100)
}

test('over TCP', async () => {
  expect(await receive(createServer(), { protocol: 'tcp' }, twoLines)).toMatch(TWO_LINES)
})

test('over TLS, the chain checked where it is asked for', async () => {
  using folder = temporaryFolder()
  const { ca, cert, key } = makeCertificates(folder.path)
  const server = (): Server => createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) })
  const options = { protocol: 'ssl-tcp', tls: true }
  expect(await receive(server(), options, twoLines)).toMatch(TWO_LINES)
  expect(await receive(server(), { ...options, ssl_verify: true, ssl_cacert: ca }, twoLines)).toMatch(TWO_LINES)
  const nothing = await receive(server(), { ...options, ssl_verify: true }, async (output, said) => {
    const writing = output.write([event({})])
    await expect.poll(() => said.log[0]).toMatch(/UNABLE_TO_VERIFY|SELF_SIGNED/)
    await output.close!()
    await expect(writing).rejects.toThrow('closed with events on their way')
  })
  expect(nothing).toBe('')
})
