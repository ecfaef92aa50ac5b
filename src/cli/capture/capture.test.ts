import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCertificates, temporaryFolder } from '../../../test/plugin-fixture.ts'
import { systemClock } from '../../clock/index.ts'
import { LineQueue } from './line-queue.ts'
import { Peer } from './peer.ts'
import { SYN_FILTER, Tcpdump } from './tcpdump.ts'

const probe = spawnSync('tcpdump', ['-i', 'lo', '-c', '1', '--immediate-mode', 'less', '1'], {
  timeout: 1000,
  encoding: 'utf8',
})
const cannotCapture =
  probe.error !== undefined && (probe.error as NodeJS.ErrnoException).code === 'ENOENT'
    ? 'tcpdump is not installed'
    : /permission|not permitted/.test(probe.stderr ?? '')
      ? 'this user may not capture'
      : undefined

/** Everything a peer received, over all its connections. */
class Receiver implements AsyncDisposable {
  text = ''
  connections = 0
  private readonly sockets = new Set<Socket>()
  readonly server: Server

  private constructor(server: Server) {
    this.server = server
  }

  static async listen(port = 0, tls?: { cert: string; key: string }): Promise<Receiver> {
    const server =
      tls === undefined
        ? createServer()
        : (createTlsServer({ cert: readFileSync(tls.cert), key: readFileSync(tls.key) }) as Server)
    const receiver = new Receiver(server)
    server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      receiver.connections++
      receiver.sockets.add(socket)
      socket.on('data', (chunk) => (receiver.text += String(chunk)))
      socket.on('error', () => undefined)
    })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return receiver
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  get lines(): string[] {
    return this.text.split('\n').filter(Boolean)
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    if (this.server.listening) {
      this.server.close()
      await once(this.server, 'close')
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

async function until(what: () => boolean, millis = 10_000): Promise<void> {
  const end = systemClock.monotonic() + millis
  while (!what()) {
    if (systemClock.monotonic() > end) throw new Error('it did not come to pass')
    await systemClock.sleep(10)
  }
}

async function knock(port: number, host: string): Promise<void> {
  const socket = connect(port, host)
  await new Promise<void>((resolve) => {
    socket.on('error', () => resolve())
    socket.on('connect', () => resolve())
  })
  socket.destroy()
}

describe('what waits for the peer', () => {
  test('whole lines only, and the oldest go where there is no room', () => {
    const queue = new LineQueue(20)
    queue.push(Buffer.from('one\ntw'))
    expect(queue.peek()!.toString()).toBe('one\n')
    queue.push(Buffer.from('o\n'))
    queue.push(Buffer.from('three\nfour\nfive\n'))
    expect(queue.takeDropped()).toBe(1)
    expect(queue.takeDropped()).toBe(0)
    expect(queue.peek()!.toString()).toBe('one\n')
    queue.shift()
    expect(queue.peek()!.toString()).toBe('three\nfour\nfive\n')
    expect(queue.waitingLines).toBe(3)
  })

  test('no empty lines, such as tcpdump writes when it is interrupted', () => {
    const queue = new LineQueue(100)
    queue.push(Buffer.from('\n'))
    expect(queue.peek()).toBeUndefined()
    queue.push(Buffer.from('\none\n\n\ntwo'))
    queue.push(Buffer.from('\n\n'))
    expect([queue.peek()!.toString(), queue.waitingLines]).toEqual(['one\n', 2])
    queue.shift()
    expect(queue.peek()!.toString()).toBe('two\n')
  })

  test('a line that was cut off is forgotten', () => {
    const queue = new LineQueue(100)
    queue.push(Buffer.from('half'))
    queue.cut()
    queue.push(Buffer.from('whole\n'))
    expect(queue.peek()!.toString()).toBe('whole\n')
  })

  test('the peer goes away and comes back: every held line arrives, in order', async () => {
    const said: string[] = []
    const queue = new LineQueue(1_000_000)
    const first = await Receiver.listen()
    const { port } = first
    const peer = new Peer({ host: '127.0.0.1', port }, queue, systemClock, (message) => said.push(message))
    const running = peer.run()
    const put = (text: string): void => {
      queue.push(Buffer.from(text))
      peer.kick()
    }
    put('1\n')
    await until(() => first.lines.length === 1)
    await first.close()
    await until(() => said.some((message) => message.includes('closed the connection')))
    put('2\n3\n')
    await systemClock.sleep(700)
    await using second = await Receiver.listen(port)
    put('4\n')
    await until(() => second.lines.length === 3)
    expect(second.lines).toEqual(['2', '3', '4'])
    put('5\n')
    await peer.stop(1000)
    await running
    await until(() => second.lines.length === 4)
    expect(said[0]).toBe(`connected to 127.0.0.1:${port}`)
    expect(said).toContain(
      `cannot connect to 127.0.0.1:${port}: nothing listens there; lines are held, it goes on trying`,
    )
  })

  test('over TLS to a peer with the right authority, not to another', async () => {
    using folder = temporaryFolder()
    const tls = makeCertificates(folder.path)
    await using receiver = await Receiver.listen(0, tls)
    const said: string[] = []
    const address = { host: 'localhost', port: receiver.port }
    const queue = new LineQueue(1000)
    queue.push(Buffer.from('secret\n'))
    const stranger = readFileSync(tls.clientCert, 'utf8')
    const wrong = new Peer({ ...address, authority: stranger }, queue, systemClock, (message) => said.push(message))
    const refusing = wrong.run()
    await until(() => said.length > 0)
    await wrong.stop(0)
    await refusing
    expect(said[0]).toContain('its certificate is not trusted')
    expect(receiver.text).toBe('')

    const right = new Peer({ ...address, authority: readFileSync(tls.ca, 'utf8') }, queue, systemClock, () => undefined)
    const running = right.run()
    await until(() => receiver.lines.length === 1)
    await right.stop(0)
    await running
  })
})

describe('tcpdump', () => {
  const run = (
    device: string,
    program = 'tcpdump',
    filter = [SYN_FILTER],
  ): { tcpdump: Tcpdump; lines: () => string[]; said: string[]; done: Promise<void> } => {
    const said: string[] = []
    let text = ''
    const tcpdump = new Tcpdump({ program, device, filter }, systemClock, (message) => said.push(message))
    const done = tcpdump.run(
      (chunk) => (text += String(chunk)),
      () => undefined,
    )
    return { tcpdump, lines: () => text.split('\n').filter(Boolean), said, done }
  }

  test('not installed', async () => {
    await expect(run('lo', '/nowhere/tcpdump').done).rejects.toThrow(
      "/nowhere/tcpdump is not installed: 'apt-get install tcpdump' installs it, --tcpdump PATH names another place",
    )
  })

  test('not permitted', async () => {
    using folder = temporaryFolder()
    const program = join(folder.path, 'tcpdump')
    writeFileSync(
      program,
      "#!/bin/sh\necho \"tcpdump: lo: You don't have permission to perform this capture on that device\" >&2\necho '(socket: Operation not permitted)' >&2\nexit 1\n",
    )
    chmodSync(program, 0o755)
    await expect(run('lo', program).done).rejects.toThrow(
      'may not capture on lo: it needs root or CAP_NET_RAW; run it with sudo',
    )
  })

  test('one that dies is started again', async () => {
    using folder = temporaryFolder()
    const program = join(folder.path, 'tcpdump')
    writeFileSync(program, '#!/bin/sh\necho "listening on lo" >&2\necho "line $$"\nexit 3\n')
    chmodSync(program, 0o755)
    const capture = run('lo', program)
    await until(() => capture.lines().length === 2)
    capture.tcpdump.stop()
    await capture.done
    expect(new Set(capture.lines()).size).toBe(2)
    expect(capture.said).toContain('tcpdump ended (listening on lo); it is started again in 1 s')
  })

  describe.skipIf(cannotCapture !== undefined)(
    `on real interfaces${cannotCapture === undefined ? '' : ` (${cannotCapture})`}`,
    () => {
      test('no such interface, and a filter that is none', async () => {
        await expect(run('nosuch0').done).rejects.toThrow("there is no interface 'nosuch0'; there are: any, lo")
        await expect(run('lo', 'tcpdump', ['tcp and and']).done).rejects.toThrow(
          "tcpdump refuses the filter 'tcp and and'",
        )
      })

      test.each(['lo', 'any'])('on %s: the SYN of each connection, IPv4 and IPv6, and nothing else', async (device) => {
        await using receiver = await Receiver.listen()
        const capture = run(device)
        await until(() => capture.said.length > 0)
        await systemClock.sleep(200)
        await knock(receiver.port, '127.0.0.1')
        await knock(9, '127.0.0.1')
        await knock(9, '::1').catch(() => undefined)
        const own = (): string[] =>
          capture
            .lines()
            .filter((line) => line.includes(`127.0.0.1.${receiver.port}:`) || /(127\.0\.0\.1|::1)\.9:/.test(line))
        const wanted = ipv6() ? 3 : 2
        await until(() => own().length >= wanted)
        await systemClock.sleep(100)
        capture.tcpdump.stop()
        await capture.done
        const form = device === 'lo' ? '' : '\\S+ +(?:In|Out|P) +'
        for (const line of own())
          expect(line).toMatch(
            new RegExp(`^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{6} ${form}IP6? .* Flags \\[S[EW]*\\], `),
          )
        expect(own().some((line) => line.includes(' IP6 '))).toBe(ipv6())
      })
    },
  )
})

function ipv6(): boolean {
  return spawnSync('ip', ['-6', 'addr', 'show', 'dev', 'lo'], { encoding: 'utf8' }).stdout.includes('::1')
}

const monitored = `vedetta-m${process.pid}`
const scanner = `vedetta-s${process.pid}`
const namespaces =
  cannotCapture === undefined &&
  spawnSync('unshare', ['-n', 'true']).status === 0 &&
  spawnSync('nmap', ['-V']).status === 0

describe.skipIf(!namespaces)('a scan between two network namespaces', () => {
  const ip = (...args: string[]): void => void execFileSync('ip', args)

  beforeAll(() => {
    ip('netns', 'add', monitored)
    ip('netns', 'add', scanner)
    ip('link', 'add', 'veth0', 'netns', monitored, 'type', 'veth', 'peer', 'name', 'veth0', 'netns', scanner)
    for (const [name, address] of [
      [monitored, '10.99.0.2'],
      [scanner, '10.99.0.1'],
    ] as const) {
      ip('-n', name, 'addr', 'add', `${address}/24`, 'dev', 'veth0')
      ip('-n', name, 'link', 'set', 'veth0', 'up')
      ip('-n', name, 'link', 'set', 'lo', 'up')
    }
  })

  afterAll(() => {
    for (const name of [monitored, scanner]) spawnSync('ip', ['netns', 'del', name])
  })

  test('nmap -p1-500: all 500 ports reach the peer', async () => {
    using folder = temporaryFolder()
    const program = join(folder.path, 'tcpdump')
    writeFileSync(program, `#!/bin/sh\nexec ip netns exec ${monitored} tcpdump "$@"\n`)
    chmodSync(program, 0o755)
    await using receiver = await Receiver.listen()
    const said: string[] = []
    const queue = new LineQueue(10_000_000)
    const peer = new Peer({ host: '127.0.0.1', port: receiver.port }, queue, systemClock, (message) =>
      said.push(message),
    )
    const tcpdump = new Tcpdump({ program, device: 'veth0', filter: [SYN_FILTER] }, systemClock, (message) =>
      said.push(message),
    )
    const sending = peer.run()
    const capturing = tcpdump.run(
      (chunk) => {
        queue.push(chunk)
        peer.kick()
      },
      () => queue.cut(),
    )
    await until(() => said.some((message) => message.startsWith('capturing on')))
    await systemClock.sleep(200)
    spawnSync('ip', ['netns', 'exec', scanner, 'nmap', '-n', '-Pn', '10.99.0.2', '-p1-500'])
    const ports = (): Set<string> =>
      new Set(receiver.lines.map((line) => /10\.99\.0\.1\.\d+ > 10\.99\.0\.2\.(\d+): Flags \[S/.exec(line)?.[1] ?? ''))
    await until(() => ports().size >= 500)
    expect(ports().size).toBe(500)
    tcpdump.stop()
    await capturing
    await peer.stop(1000)
    await sending
  })
})
