import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { freePort } from '../../../../test/free-port.ts'
import { makeCertificates, makeCodec, makeOutput, temporaryFolder } from '../../../../test/plugin-fixture.ts'
import { systemClock } from '../../../clock/index.ts'
import { Event, toValue, type ValueObject } from '../../../event/index.ts'
import { tcp } from './tcp.ts'
import { udp } from './udp.ts'

function events(...messages: string[]): Event[] {
  return messages.map((message) => Event.at(0, toValue({ message }) as ValueObject))
}

const codec = makeCodec('line', { format: '%{message}' })

/** A server that keeps what it is sent. */
class Sink implements AsyncDisposable {
  text = ''
  readonly sockets: Socket[] = []
  readonly server: Server

  constructor(server: Server = createServer()) {
    this.server = server
    server.on('tls' in server ? 'secureConnection' : 'connection', (socket: Socket) => this.take(socket))
  }

  take(socket: Socket): void {
    this.sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', (bytes: Buffer) => (this.text += bytes.toString()))
  }

  async listen(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve))
    return this
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    await new Promise((resolve) => this.server.close(resolve))
  }
}

describe('tcp client', () => {
  test('JSON is an object a line; a codec of its own is written as it is', async () => {
    await using sink = await new Sink().listen()
    const json = makeOutput(tcp, { host: '127.0.0.1', port: sink.port }).output
    await json.write(events('a', 'b'))
    await json.close!()
    const lines = makeOutput(tcp, { host: '127.0.0.1', port: sink.port }, { codec }).output
    await lines.write(events('c'))
    await lines.close!()
    await expect.poll(() => sink.text.split('\n').length).toBe(4)
    const [first, second, third] = sink.text.split('\n')
    expect([JSON.parse(first!).message, JSON.parse(second!).message, third]).toEqual(['a', 'b', 'c'])
  })

  test('a server that is away, and one that went away, is waited for', async () => {
    const port = await freePort()
    const { output, said } = makeOutput(tcp, { host: '127.0.0.1', port, reconnect_interval: 0.05 }, { codec })
    const writing = output.write(events('first'))
    await expect.poll(() => said.log.length).toBe(1)
    expect(said.log[0]).toBe(
      `error: tcp output cannot write to 127.0.0.1:${port}: ECONNREFUSED; events are kept and it goes on trying`,
    )
    {
      await using sink = await new Sink().listen(port)
      await writing
      await expect.poll(() => sink.text).toBe('first\n')
    }
    // What is written before the end of a connection is known may be lost, as everywhere with TCP.
    await systemClock.sleep(50)
    const again = output.write(events('second'))
    await using sink = await new Sink().listen(port)
    await again
    await expect.poll(() => sink.text).toBe('second\n')
    await output.close!()
  })

  test('closed while a server is away, it rejects', async () => {
    const { output } = makeOutput(tcp, { host: '127.0.0.1', port: await freePort() }, { codec })
    const writing = output.write(events('x'))
    await output.close!()
    await expect(writing).rejects.toThrow('closed with events on their way')
  })

  test('TLS, and a server that nobody vouches for', async () => {
    using folder = temporaryFolder()
    const { ca, cert, key } = makeCertificates(folder.path)
    const server = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) })
    const sink = new Sink(server)
    server.on('secureConnection', (socket) => sink.sockets.includes(socket) || sink.take(socket))
    await sink.listen()
    const options = { host: 'localhost', port: sink.port, ssl_enable: true, reconnect_interval: 0.05 }
    const { output } = makeOutput(tcp, { ...options, ssl_cacert: ca }, { codec })
    await output.write(events('secret'))
    await output.close!()
    await expect.poll(() => sink.text).toContain('secret\n')
    const untrusting = makeOutput(tcp, options, { codec })
    const writing = untrusting.output.write(events('secret'))
    await expect.poll(() => untrusting.said.log[0]).toMatch(/UNABLE_TO_VERIFY|SELF_SIGNED/)
    await untrusting.output.close!()
    await expect(writing).rejects.toThrow('closed with events on their way')
    await sink[Symbol.asyncDispose]()
  })

  test('netcat receives it', async () => {
    const port = await freePort()
    const nc = spawn('nc', ['-l', '127.0.0.1', String(port)])
    let text = ''
    nc.stdout.on('data', (bytes: Buffer) => (text += bytes.toString()))
    const { output } = makeOutput(tcp, { host: '127.0.0.1', port, reconnect_interval: 0.05 }, { codec })
    await output.write(events('to netcat'))
    await output.close!()
    await expect.poll(() => text).toBe('to netcat\n')
    nc.kill()
  })
})

describe('tcp server', () => {
  test('every client gets every event from when it came', async () => {
    const port = await freePort()
    const { output } = makeOutput(tcp, { mode: 'server', host: '127.0.0.1', port }, { codec })
    await output.start!()
    await output.write(events('to nobody'))
    const texts = ['', '']
    const sockets = texts.map((_text, n) => {
      const socket = connect(port, '127.0.0.1')
      socket.on('data', (bytes: Buffer) => (texts[n] += bytes.toString()))
      return socket
    })
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
    await expect
      .poll(async () => {
        await output.write(events('x'))
        return texts.every((text) => text.includes('x\n'))
      })
      .toBe(true)
    const closed = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve))))
    await output.close!()
    await closed
    expect(texts.join('')).not.toContain('nobody')
  })

  test('a client that does not read is cut off, the others go on', async () => {
    const port = await freePort()
    const big = makeCodec('line', { format: 'x'.repeat(1_000_000) })
    const { output, said } = makeOutput(tcp, { mode: 'server', host: '127.0.0.1', port }, { codec: big })
    await output.start!()
    const idle = connect(port, '127.0.0.1')
    idle.on('error', () => {})
    idle.pause()
    await new Promise((resolve) => idle.once('connect', resolve))
    for (let n = 0; n < 120 && said.log.length === 0; n++) {
      await output.write(events('x'))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(said.log[0]).toContain('reads too slowly and is cut off')
    idle.destroy()
    await output.close!()
  })

  test('TLS with certificates of clients; a port in use', async () => {
    using folder = temporaryFolder()
    const { ca, cert, key, clientCert, clientKey } = makeCertificates(folder.path)
    const port = await freePort()
    const options = {
      mode: 'server',
      host: '127.0.0.1',
      port,
      ssl_enabled: true,
      ssl_certificate: cert,
      ssl_key: key,
      ssl_certificate_authorities: ca,
      ssl_client_authentication: 'required',
    }
    const { output } = makeOutput(tcp, options, { codec })
    await output.start!()
    const second = makeOutput(tcp, options, { codec }).output
    await expect(second.start!()).rejects.toThrow(`tcp output cannot listen on 127.0.0.1:${port}: the port is in use`)
    let text = ''
    const socket = connectTls({
      port,
      host: '127.0.0.1',
      ca: readFileSync(ca),
      cert: readFileSync(clientCert),
      key: readFileSync(clientKey),
    })
    socket.on('data', (bytes: Buffer) => (text += bytes.toString()))
    await new Promise((resolve) => socket.once('secureConnect', resolve))
    await expect
      .poll(async () => {
        await output.write(events('x'))
        return text.includes('x\n')
      })
      .toBe(true)
    socket.destroy()
    await output.close!()
  })

  test.each(['required', 'optional'])('a certificate nobody vouches for, where one is %s', async (wanted) => {
    using folder = temporaryFolder()
    using strangers = temporaryFolder()
    const { ca, cert, key } = makeCertificates(folder.path)
    const { clientCert, clientKey } = makeCertificates(strangers.path)
    const port = await freePort()
    const options = { mode: 'server', host: '127.0.0.1', port, ssl_enabled: true, ssl_certificate: cert, ssl_key: key }
    const trust = { ssl_certificate_authorities: ca, ssl_client_authentication: wanted }
    const { output, said } = makeOutput(tcp, { ...options, ...trust }, { codec })
    await output.start!()
    const socket = connectTls({
      port,
      host: '127.0.0.1',
      ca: readFileSync(ca),
      cert: readFileSync(clientCert),
      key: readFileSync(clientKey),
    })
    socket.on('error', () => {})
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await expect.poll(() => said.log.length).toBe(1)
    expect(said.log[0]).toMatch(/handshake failed: .*(?:UNABLE_TO|SELF_SIGNED|SIGNATURE_FAILURE)/)
    await closed
    await output.close!()
  })
})

describe('udp', () => {
  test('a datagram an event; a port of the event; a port that is none', async () => {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    const { port } = socket.address()
    const datagrams: string[] = []
    socket.on('message', (bytes) => datagrams.push(bytes.toString()))
    const plain = makeCodec('plain', { format: '%{message}' })
    const { output, said } = makeOutput(udp, { host: 'localhost', port: '%{to}' }, { codec: plain })
    const batch = events('a', 'b', 'c')
    batch[0]!.data['to'] = port
    batch[1]!.data['to'] = String(port)
    await output.write(batch)
    await output.close!()
    await expect.poll(() => datagrams).toEqual(['a', 'b'])
    expect(said.deadLetters.map(({ reason }) => reason)).toEqual([
      "udp output: the event's 'port' is no port from 1 to 65535",
    ])
    socket.close()
  })

  test('one that is too long is dropped with a word, and does not hold up the next', async () => {
    const { output, said } = makeOutput(udp, { host: '127.0.0.1', port: 9, retry_count: 1, retry_backoff_ms: 1 })
    await output.write(events('x'.repeat(70_000), 'y'))
    await output.close!()
    expect(said.log).toEqual([expect.stringContaining('is dropped: send EMSGSIZE')])
  })

  test('a port that is none is refused', () => {
    expect(() => makeOutput(udp, { host: 'x', port: 'http' })).toThrow(/'port' must be a port from 1 to 65535/)
  })
})
