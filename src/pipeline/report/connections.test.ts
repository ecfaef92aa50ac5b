import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { expect, test } from 'vitest'
import { freePort } from '../../../test/free-port.ts'
import { makeCertificates, temporaryFolder } from '../../../test/plugin-fixture.ts'
import { systemClock } from '../../clock/index.ts'
import { tryConnections } from './connections.ts'

/** Listens on a free port of 127.0.0.1 until the test ends. */
async function listening(server: Server): Promise<{ port: number } & AsyncDisposable> {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => open.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}

async function outcomes(text: string, { own = [] as readonly string[], millis = 20_000 } = {}): Promise<string[]> {
  const definition = { id: 'main', sources: [{ name: 'a.conf', text }] }
  const found = await tryConnections([definition], () => undefined, { clock: systemClock, millis, own })
  return found.map(({ plugin, address, answers, said }) => `${plugin} ${address} ${answers ? '+' : '-'} ${said}`)
}

test('inputs, filters and outputs, also in branches, in their order; this process itself is not tried', async () => {
  await using server = await listening(createServer((socket) => socket.destroy()))
  const { port } = server
  const closed = await freePort()
  expect(
    await outcomes(
      `input { tcp { mode => client host => "127.0.0.1" port => ${closed} } tcp { port => 5000 } }
      filter { if [x] { memcached { hosts => "127.0.0.1:${port}" get => { "k" => "v" } } } }
      output {
        if [x] { null {} } else if [y] { tcp { host => "127.0.0.1" port => ${port} } } else { tcp { host => "nowhere.invalid" port => 1 } }
        udp { host => "127.0.0.1" port => 514 }
        http { url => "http://127.0.0.1:${port}/x" http_method => "post" }
        http { url => "http://127.0.0.1:${port}/%{type}" http_method => "post" }
        kafka { bootstrap_servers => "127.0.0.1:${port},[::1]:${closed}" topic_id => "x" }
        elasticsearch { }
        elasticsearch { hosts => "localhost:9200" }
      }`,
      { own: ['localhost:9200'] },
    ),
  ).toEqual([
    `input tcp 127.0.0.1:${closed} - the connection is refused`,
    `filter memcached 127.0.0.1:${port} + answers`,
    `output tcp 127.0.0.1:${port} + answers`,
    expect.stringMatching(/^output tcp nowhere\.invalid:1 - the name (?:is not known|cannot be looked up)$/),
    'output udp 127.0.0.1:514 + its name is known; nobody answers datagrams',
    `output http 127.0.0.1:${port} + answers`,
    `output kafka 127.0.0.1:${port} + answers`,
    expect.stringMatching(
      /^output kafka \[::1\]:\d+ - the (?:connection is refused|network cannot be reached|host cannot)/,
    ),
  ])
})

test('a cluster is asked, so that a refused password is seen; it is shown nowhere', async () => {
  const cluster = createHttpServer((request, response) => {
    const expected = `Basic ${Buffer.from('elastic:right').toString('base64')}`
    response.writeHead(request.headers.authorization === expected ? 200 : 401).end('{}')
  })
  await using server = await listening(cluster)
  const at = `127.0.0.1:${server.port}`
  expect(
    await outcomes(`output {
      elasticsearch { hosts => ["http://elastic:right@${at}"] }
      elasticsearch { hosts => ["http://${at}"] user => "elastic" password => "wrong" }
    }`),
  ).toEqual([`output elasticsearch ${at} + answers 200`, `output elasticsearch ${at} - it refuses the user (401)`])
})

test('TLS is spoken with the certificates of the options', async () => {
  using folder = temporaryFolder()
  const { ca, ...files } = makeCertificates(folder.path)
  const [cert, key] = [readFileSync(files.cert), readFileSync(files.key)]
  await using server = await listening(createTlsServer({ cert, key }, (socket) => socket.end()))
  await using plain = await listening(createServer((socket) => socket.end('220 hello\r\n')))
  const syslog = (port: number, rest: string): string =>
    `syslog { host => "localhost" port => ${port} protocol => "ssl-tcp" ${rest} }`
  expect(
    await outcomes(`output {
      ${syslog(server.port, `ssl_verify => true ssl_certificate_authorities => "${ca}"`)}
      ${syslog(server.port, 'ssl_verify => true')}
      ${syslog(plain.port, '')}
    }`),
  ).toEqual([
    expect.stringMatching(/ \+ answers, TLSv1\.3, certificate until \d{4}-\d\d-\d\d$/),
    expect.stringMatching(/ - (?:UNABLE_TO_|SELF_SIGNED)/),
    expect.stringMatching(/ - it does not speak TLS$/),
  ])
})

test('who accepts and says nothing is waited for so long, not longer', async () => {
  await using silent = await listening(createServer())
  const at = `127.0.0.1:${silent.port}`
  expect(await outcomes(`output { elasticsearch { hosts => ["${at}", "https://${at}"] } }`, { millis: 300 })).toEqual([
    `output elasticsearch ${at} - no answer within 0.3 s`,
    `output elasticsearch ${at} - no answer within 0.3 s`,
  ])
})
