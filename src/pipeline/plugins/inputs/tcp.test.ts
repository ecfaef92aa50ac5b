import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { expect, test } from 'vitest'
import { freePort } from '../../../../test/free-port.ts'
import { makeCertificates, makeCodec, RunningInput, temporaryFolder } from '../../../../test/plugin-fixture.ts'
import { systemClock } from '../../../clock/index.ts'
import { tcp } from './tcp.ts'

async function send(port: number, ...parts: (string | Buffer)[]): Promise<number> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const own = socket.localPort!
  for (const part of parts) socket.write(part)
  socket.end()
  await once(socket.resume(), 'close')
  return own
}

test('lines of several clients, with the sender, the last one without a newline', async () => {
  const port = await freePort()
  await using run = new RunningInput(tcp, { port })
  await run.start()
  expect(run.said.notices).toEqual([
    `tcp input on ${port} listens on 127.0.0.1 only: set host => "0.0.0.0" or inputs.host`,
  ])
  const own = await send(port, 'one\ntw', 'o\n\nlast')
  await run.until(4)
  await send(port, 'other\n')
  await run.until(5)
  expect(run.messages).toEqual(['one', 'two', '', 'last', 'other'])
  expect(run.events[0]!.data).toMatchObject({ host: '127.0.0.1', port: own })
  expect(run.events[0]!.metadata['ip_address']).toBe('127.0.0.1')
})

test('under ECS the sender is metadata', async () => {
  const port = await freePort()
  await using run = new RunningInput(tcp, { port, host: '127.0.0.1' }, { ecs: 'v8' })
  await run.start()
  expect(run.said.notices).toEqual([])
  const own = await send(port, 'x\n')
  await run.until(1)
  expect(Object.keys(run.events[0]!.data)).toEqual(['@version', '@timestamp', 'message', 'event'])
  expect(JSON.stringify(run.events[0]!.metadata)).toBe(
    `{"input":{"tcp":{"source":{"name":"127.0.0.1","ip":"127.0.0.1","port":${own}}}}}`,
  )
})

test('json on the stream is json_lines, and fields of the event stay', async () => {
  const port = await freePort()
  await using run = new RunningInput(tcp, { port, host: '127.0.0.1' }, { codec: makeCodec('json') })
  await run.start()
  await send(port, '{"host":"zeus"}\n{"a":', '1}\n')
  await run.until(2)
  expect(run.events.map(({ data }) => [data['host'], data['a']])).toEqual([
    ['zeus', undefined],
    ['127.0.0.1', 1],
  ])
})

test('a port in use is one message with the address', async () => {
  const port = await freePort()
  await using first = new RunningInput(tcp, { port, host: '127.0.0.1' })
  await first.start()
  const second = new RunningInput(tcp, { port, host: '127.0.0.1' })
  await expect(second.start()).rejects.toThrow(`tcp input cannot listen on 127.0.0.1:${port}: the port is in use`)
})

test('a pipeline that is full stops its sender, and every line comes when it goes on', async () => {
  const port = await freePort()
  await using run = new RunningInput(tcp, { port, host: '127.0.0.1' })
  let release = (): void => {}
  run.hold = new Promise((resolve) => {
    release = resolve
  })
  await run.start()
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const line = `${'x'.repeat(999)}\n`
  const whole = Buffer.from(line.repeat(30_000))
  let flushed = false
  socket.write(whole, () => {
    flushed = true
  })
  await run.until(1)
  await systemClock.sleep(300)
  // 30 MB are more than both kernels' buffers: the sender waits.
  expect(flushed).toBe(false)
  expect(run.events.length).toBeLessThan(1000)
  run.hold = undefined
  release()
  await run.until(30_000)
  expect(flushed).toBe(true)
  socket.destroy()
})

test('a stop gives out what was read', async () => {
  const port = await freePort()
  const run = new RunningInput(tcp, { port, host: '127.0.0.1' })
  await run.start()
  const socket = connect(port, '127.0.0.1')
  socket.write('whole\nhalf')
  await run.until(1)
  await run.input.stop()
  await run.input.stop()
  expect(run.messages).toEqual(['whole', 'half'])
  socket.destroy()
})

test('proxy_protocol: the header, in two pieces, names the sender', async () => {
  const port = await freePort()
  await using run = new RunningInput(tcp, { port, host: '127.0.0.1', proxy_protocol: true })
  await run.start()
  const socket = connect(port, '127.0.0.1')
  socket.write('PROXY TCP4 192.0.2.7 198.51.')
  await systemClock.sleep(50)
  socket.end('100.1 4711 443\r\nhello\n')
  await run.until(1)
  expect({ ...run.events[0]!.data }).toMatchObject({
    host: '192.0.2.7',
    port: 4711,
    proxy_host: '198.51.100.1',
    proxy_port: 443,
    message: 'hello',
  })
  await send(port, 'GET / HTTP/1.1\r\n\r\n').catch(() => undefined)
  expect(run.events).toHaveLength(1)
  expect(run.said.log.join()).toContain('does not begin with a PROXY header')
})

test('mode client reads from a server and connects again when it goes away', async () => {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.end(`hello ${sockets.length}\n`)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  await using run = new RunningInput(tcp, {
    mode: 'client',
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
  })
  await run.start()
  await run.until(2)
  expect(run.messages.slice(0, 2)).toEqual(['hello 1', 'hello 2'])
  server.close()
})

test('TLS with client certificates: one with is read, one without and one in clear are not', async () => {
  using folder = temporaryFolder()
  const tls = makeCertificates(folder.path)
  const port = await freePort()
  await using run = new RunningInput(tcp, {
    port,
    host: '127.0.0.1',
    ssl_enable: true,
    ssl_cert: tls.cert,
    ssl_key: tls.key,
    ssl_certificate_authorities: [tls.ca],
    ssl_verify: true,
  })
  await run.start()
  const ca = readFileSync(tls.ca)
  const good = connectTls({
    port,
    host: 'localhost',
    ca,
    cert: readFileSync(tls.clientCert),
    key: readFileSync(tls.clientKey),
  })
  good.end('secret\n')
  await run.until(1)
  expect(run.events[0]!.data).toMatchObject({ message: 'secret', sslsubject: 'CN=sensor,O=Vedetta' })

  using other = temporaryFolder()
  const stranger = makeCertificates(other.path)
  const unknown = connectTls({
    port,
    host: 'localhost',
    ca,
    cert: readFileSync(stranger.clientCert),
    key: readFileSync(stranger.clientKey),
  })
  unknown.on('error', () => undefined)
  unknown.end('nobody signed this\n')
  await new Promise((resolve) => unknown.once('close', resolve))
  await expect
    .poll(() => run.said.log.join())
    .toContain("the client's certificate is refused: UNABLE_TO_VERIFY_LEAF_SIGNATURE")

  const bare = connectTls({ port, host: 'localhost', ca })
  bare.on('error', () => undefined)
  bare.end('no certificate\n')
  await new Promise((resolve) => bare.once('close', resolve))
  await send(port, 'in clear\n').catch(() => undefined)
  await expect.poll(() => run.said.log.join('\n')).toContain("a client's TLS handshake failed")
  expect(run.messages).toEqual(['secret'])
})

test.each([
  [{ ssl_enabled: true }, "'ssl_enabled' needs 'ssl_certificate'"],
  [{ ssl_enabled: true, ssl_certificate: '/nowhere/cert.pem' }, "'ssl_certificate' needs 'ssl_key'"],
])('%j is refused when the input is made', (raw, message) => {
  expect(() => new RunningInput(tcp, { port: 5001, host: '127.0.0.1', ...raw })).toThrow(message)
})

test.each([
  [
    { ssl_enabled: true, ssl_certificate: '/nowhere/cert.pem', ssl_key: '/nowhere/key.pem' },
    "'ssl_certificate' names /nowhere/cert.pem, which cannot be read: ENOENT",
  ],
  [
    { ssl_enabled: true, ssl_certificate: '/etc/hostname', ssl_key: '/etc/hostname' },
    "'ssl_key' cannot be used for TLS",
  ],
])('%j is refused at the start', async (raw, message) => {
  const run = new RunningInput(tcp, { port: await freePort(), host: '127.0.0.1', ...raw })
  await expect(run.start()).rejects.toThrow(message)
})
