import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { freePort } from '../../../../../test/free-port.ts'
import {
  makeCertificates,
  makeCodec,
  RunningInput,
  temporaryFolder,
  type FixtureOptions,
} from '../../../../../test/plugin-fixture.ts'
import { ManualClock, systemClock } from '../../../../clock/index.ts'
import type { Event } from '../../../../event/index.ts'
import type { Raw } from '../../../../settings/index.ts'
import { beats } from './index.ts'

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

const window = (size: number, version = '2'): Buffer => Buffer.concat([Buffer.from(`${version}W`), uint32(size)])

function json(sequence: number, value: unknown): Buffer {
  const payload = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
  return Buffer.concat([Buffer.from('2J'), uint32(sequence), uint32(payload.length), payload])
}

function data(sequence: number, fields: Record<string, string>): Buffer {
  const text = (one: string): Buffer => Buffer.concat([uint32(Buffer.byteLength(one)), Buffer.from(one)])
  const pairs = Object.entries(fields)
  return Buffer.concat([
    Buffer.from('1D'),
    uint32(sequence),
    uint32(pairs.length),
    ...pairs.flatMap(([name, value]) => [text(name), text(value)]),
  ])
}

function compressed(...frames: Buffer[]): Buffer {
  const inside = deflateSync(Buffer.concat(frames))
  return Buffer.concat([Buffer.from('2C'), uint32(inside.length), inside])
}

/** A shipper: what it was answered is in `acks`, as `version sequence`. */
class Shipper {
  readonly acks: string[] = []
  readonly socket: Socket
  private rest = Buffer.alloc(0)

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('error', () => undefined)
    socket.on('data', (bytes: Buffer) => {
      this.rest = Buffer.concat([this.rest, bytes])
      for (; this.rest.length >= 6; this.rest = this.rest.subarray(6))
        this.acks.push(`${this.rest.toString('latin1', 0, 2)} ${this.rest.readUInt32BE(2)}`)
    })
  }

  static async connect(port: number): Promise<Shipper> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new Shipper(socket)
  }

  async until(acks: number): Promise<string[]> {
    await vi.waitUntil(() => this.acks.length >= acks, { timeout: 60_000, interval: 5 })
    return this.acks
  }
}

async function run(
  raw: Record<string, Raw> = {},
  options: FixtureOptions = {},
): Promise<{ input: RunningInput; port: number }> {
  const port = await freePort()
  const input = new RunningInput(beats, { port, host: '127.0.0.1', ...raw }, options)
  await input.start()
  return { input, port }
}

function acknowledge(input: RunningInput): void {
  for (const ack of input.acks.splice(0)) ack()
}

function fields(event: Event): Record<string, unknown> {
  return JSON.parse(event.toJson()) as Record<string, unknown>
}

const FILEBEAT = {
  '@timestamp': '2026-05-23T22:47:08.000Z',
  '@metadata': { beat: 'filebeat', type: '_doc', version: '8.17.0' },
  message: 'session opened for user root',
  host: { name: 'elk' },
  agent: { type: 'filebeat', hostname: 'elk' },
  tags: ['web'],
}

test("an event of Filebeat: its fields, its time, its metadata and the sender's address", async () => {
  const { input, port } = await run()
  await using _ = input
  const shipper = await Shipper.connect(port)
  shipper.socket.write(Buffer.concat([window(1), compressed(json(1, FILEBEAT))]))
  await input.until(1)
  const { '@metadata': _metadata, ...sent } = FILEBEAT
  expect(fields(input.events[0]!)).toEqual({
    ...sent,
    '@version': '1',
    tags: ['web', 'beats_input_codec_plain_applied'],
  })
  expect(JSON.parse(JSON.stringify(input.events[0]!.metadata))).toEqual({
    beat: 'filebeat',
    type: '_doc',
    version: '8.17.0',
    ip_address: '127.0.0.1',
  })
})

test('under ECS: the text is kept, joined with what the Beat sends in event, and the sender is in the names of ECS', async () => {
  const { input, port } = await run({}, { ecs: 'v8' })
  await using _ = input
  const shipper = await Shipper.connect(port)
  shipper.socket.write(Buffer.concat([window(1), json(1, { ...FILEBEAT, event: { dataset: 'system.auth' } })]))
  await input.until(1)
  expect(fields(input.events[0]!)['event']).toEqual({ original: FILEBEAT.message, dataset: 'system.auth' })
  expect(JSON.parse(JSON.stringify(input.events[0]!.metadata))['input']).toEqual({
    beats: { host: { ip: '127.0.0.1', name: 'elk' } },
  })
})

test('nothing is acknowledged before it is durable; a window is acknowledged once', async () => {
  const { input, port } = await run()
  await using _ = input
  const shipper = await Shipper.connect(port)
  shipper.socket.write(Buffer.concat([window(3), json(1, { message: 'a' }), json(2, { message: 'b' })]))
  await input.until(2)
  shipper.socket.write(json(3, { message: 'c' }))
  await input.until(3)
  await systemClock.sleep(30)
  expect(shipper.acks).toEqual([])
  // The second part is durable first.
  input.acks[1]!()
  await systemClock.sleep(20)
  expect(shipper.acks).toEqual([])
  input.acks[0]!()
  expect(await shipper.until(1)).toEqual(['2A 3'])
  input.acks.length = 0
  shipper.socket.write(Buffer.concat([window(2), json(1, { message: 'd' }), json(2, { message: 'e' })]))
  await input.until(5)
  acknowledge(input)
  expect(await shipper.until(2)).toEqual(['2A 3', '2A 2'])
  expect(input.messages).toEqual(['a', 'b', 'c', 'd', 'e'])
})

test('while it takes long, what is durable already is acknowledged again and again, and the client is not idle', async () => {
  const clock = new ManualClock()
  const { input, port } = await run({ client_inactivity_timeout: 8 }, { clock })
  await using _ = input
  const shipper = await Shipper.connect(port)
  shipper.socket.write(Buffer.concat([window(3), json(1, { message: 'a' })]))
  await input.until(1)
  await clock.advance(5000)
  expect(await shipper.until(1)).toEqual(['2A 0'])
  shipper.socket.write(json(2, { message: 'b' }))
  await input.until(2)
  input.acks.shift()!()
  await clock.advance(5000)
  expect(await shipper.until(2)).toEqual(['2A 0', '2A 1'])
  // A writer that waits in the middle of its window is told what there is.
  input.acks.shift()!()
  await clock.advance(5000)
  expect(await shipper.until(3)).toEqual(['2A 0', '2A 1', '2A 2'])
  await clock.advance(30_000)
  await expect.poll(() => shipper.socket.readableEnded).toBe(true)
  expect(shipper.acks).toHaveLength(3)
})

test('an empty window, and one that ends before it is whole', async () => {
  const { input, port } = await run()
  await using _ = input
  const shipper = await Shipper.connect(port)
  shipper.socket.write(window(0))
  expect(await shipper.until(1)).toEqual(['2A 0'])
  shipper.socket.write(Buffer.concat([window(9), json(1, { message: 'a' }), window(1), json(1, { message: 'b' })]))
  await input.until(2)
  acknowledge(input)
  expect(await shipper.until(3)).toEqual(['2A 0', '2A 1', '2A 1'])
})

test('frames of pairs, as logstash-forwarder sends them, in single bytes', async () => {
  const { input, port } = await run()
  await using _ = input
  const shipper = await Shipper.connect(port)
  shipper.socket.setNoDelay(true)
  for (const byte of Buffer.concat([window(1, '1'), data(7, { line: 'héllo', file: '/var/log/x', offset: '3' })])) {
    shipper.socket.write(Buffer.from([byte]))
    await systemClock.sleep(1)
  }
  await input.until(1)
  expect(fields(input.events[0]!)).toMatchObject({ message: 'héllo', file: '/var/log/x', offset: '3' })
  acknowledge(input)
  expect(await shipper.until(1)).toEqual(['1A 7'])
})

test('events without a text, with a codec, and such that are no objects', async () => {
  const { input, port } = await run({}, { codec: makeCodec('json') })
  await using _ = input
  const shipper = await Shipper.connect(port)
  shipper.socket.write(
    Buffer.concat([
      window(4),
      compressed(json(1, { metric: 1 }), json(2, { message: '{"a":1}', b: 2 }), json(3, 'no JSON'), json(4, '[1]')),
    ]),
  )
  await input.until(4)
  expect(input.events.map(fields).map(({ '@timestamp': _time, '@version': _version, ...rest }) => rest)).toEqual([
    { metric: 1, tags: ['beats_input_raw_event'] },
    { a: 1, b: 2, tags: ['beats_input_codec_json_applied'] },
    { message: 'no JSON', tags: ['_jsonparsefailure'] },
    { message: '[1]', tags: ['_jsonparsefailure'] },
  ])
})

test.each<[Record<string, Raw>, object, object]>([
  [{ enrich: 'none' }, { message: 'x' }, {}],
  [{ enrich: ['source_metadata'] }, { message: 'x' }, { ip_address: '127.0.0.1' }],
  [{ include_codec_tag: false }, { message: 'x' }, { ip_address: '127.0.0.1' }],
  [
    { add_hostname: true },
    { message: 'x', host: 'b', tags: ['beats_input_codec_plain_applied'] },
    { ip_address: '127.0.0.1' },
  ],
])('%j', async (raw, expected, metadata) => {
  const { input, port } = await run(raw)
  await using _ = input
  const shipper = await Shipper.connect(port)
  shipper.socket.write(Buffer.concat([window(1), json(1, { message: 'x', beat: { hostname: 'b' } })]))
  await input.until(1)
  const { '@timestamp': _time, '@version': _version, beat: _beat, ...rest } = fields(input.events[0]!)
  expect(rest).toEqual(expected)
  expect(JSON.parse(JSON.stringify(input.events[0]!.metadata))).toEqual(metadata)
})

test('a pipeline that is full is not given what a small frame inflates to', async () => {
  const { input, port } = await run()
  await using _ = input
  let release = (): void => {}
  input.hold = new Promise((resolve) => {
    release = resolve
  })
  const shipper = await Shipper.connect(port)
  const many = Array.from({ length: 200_000 }, (_one, i) => json(i + 1, { message: 'x' }))
  shipper.socket.write(Buffer.concat([window(200_000), compressed(Buffer.concat(many))]))
  await input.until(1)
  await systemClock.sleep(200)
  expect(input.events.length).toBeLessThanOrEqual(500)
  input.hold = undefined
  release()
  await input.until(200_000)
  acknowledge(input)
  expect(await shipper.until(1)).toEqual(['2A 200000'])
})

test('where the pipeline ends first nothing is acknowledged and the client is disconnected, to send again', async () => {
  const { input, port } = await run()
  const shipper = await Shipper.connect(port)
  shipper.socket.write(Buffer.concat([window(1), json(1, { message: 'x' })]))
  await input.until(1)
  const stopping = input.input.stop()
  await systemClock.sleep(30)
  acknowledge(input)
  await stopping
  expect(await shipper.until(1)).toEqual(['2A 1'])
})

test('TLS: the certificate of the client, by the names of each generation', async () => {
  using folder = temporaryFolder()
  const tls = makeCertificates(folder.path)
  for (const ecs of ['disabled', 'v8'] as const) {
    const { input, port } = await run(
      {
        ssl: true,
        ssl_certificate: tls.cert,
        ssl_key: tls.key,
        ssl_certificate_authorities: [tls.ca],
        ssl_verify_mode: 'peer',
        enrich: 'all',
      },
      { ecs },
    )
    await using _ = input
    const ca = readFileSync(tls.ca)
    const named = { ca, cert: readFileSync(tls.clientCert), key: readFileSync(tls.clientKey) }
    for (const credentials of [named, { ca }]) {
      const socket = connectTls({ port, host: 'localhost', ...credentials })
      await once(socket, 'secureConnect')
      socket.write(Buffer.concat([window(1), json(1, { message: 'x' })]))
    }
    await input.until(2)
    const [first, second] = input.events.map(({ metadata }) => JSON.parse(JSON.stringify(metadata)) as object)
    const peer = ecs === 'disabled' ? { status: 'verified', protocol: 'TLSv1.3', subject: 'CN=sensor,O=Vedetta' } : {}
    expect(first).toMatchObject({ tls_peer: { status: 'verified', ...peer } })
    expect(second).toMatchObject({ tls_peer: { status: 'unverified' } })
    const subject = { beats: { tls: { client: { subject: 'CN=sensor,O=Vedetta' }, version_protocol: 'TLSv1.3' } } }
    expect((first as { input?: object }).input ?? subject).toMatchObject(subject)
  }
})

test('a certificate that nobody trusts is refused, also where it is optional', async () => {
  using folder = temporaryFolder()
  using other = temporaryFolder()
  const tls = makeCertificates(folder.path)
  const stranger = makeCertificates(other.path)
  const { input, port } = await run({
    ssl_enabled: true,
    ssl_certificate: tls.cert,
    ssl_key: tls.key,
    ssl_certificate_authorities: [tls.ca],
    ssl_client_authentication: 'optional',
  })
  await using _ = input
  const socket = connectTls({
    port,
    host: 'localhost',
    ca: readFileSync(tls.ca),
    cert: readFileSync(stranger.clientCert),
    key: readFileSync(stranger.clientKey),
  })
  socket.on('error', () => undefined)
  socket.write(Buffer.concat([window(1), json(1, { message: 'x' })]))
  await new Promise((resolve) => socket.once('close', resolve))
  expect(input.events).toEqual([])
  expect(input.said.log.join()).toContain("a client's TLS handshake failed")
})

test.each<[string, Buffer, string]>([
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'what was sent is not the Lumberjack protocol'],
  ['an unknown frame', Buffer.from('2X0000'), 'there is no frame of type 0x58 here'],
  ['an event without end', Buffer.concat([Buffer.from('2J'), uint32(1), uint32(2 ** 32 - 1)]), 'is longer than'],
  ['a field without end', Buffer.concat([Buffer.from('1D'), uint32(1), uint32(1), uint32(2 ** 31)]), 'is longer than'],
  ['fields without end', Buffer.concat([Buffer.from('1D'), uint32(1), uint32(2 ** 31)]), 'which are more than 4096'],
  ['no zlib', Buffer.concat([Buffer.from('2C'), uint32(4), Buffer.from('nope')]), 'a compressed frame is damaged'],
  ['zlib that breaks off', compressed(json(1, { a: 1 })).fill(0, 14), 'a compressed frame is damaged'],
  ['compressed twice', compressed(compressed(json(1, { a: 1 }))), 'there is no frame of type 0x43 here'],
])('%s: one message, the connection is closed, the next is served', async (_name, bytes, message) => {
  const { input, port } = await run()
  await using _ = input
  const bad = await Shipper.connect(port)
  bad.socket.write(bytes)
  await new Promise((resolve) => bad.socket.once('close', resolve))
  expect(input.said.log.join()).toContain(message)
  const good = await Shipper.connect(port)
  good.socket.write(Buffer.concat([window(1), json(1, { message: 'after' })]))
  await input.until(1)
  expect(input.messages).toEqual(['after'])
})

test('no bytes stop it', async () => {
  const { input, port } = await run()
  await using _ = input
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 64 }).map((one) => Buffer.from(one)),
    fc.constantFrom(window(2), json(1, { message: 'x' }), data(1, { line: 'x' }), compressed(json(1, { a: 1 }))),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { maxLength: 6 }), async (parts) => {
      const wild = await Shipper.connect(port)
      wild.socket.end(Buffer.concat(parts))
      const good = await Shipper.connect(port)
      good.socket.end(Buffer.concat([window(1), json(1, { message: 'good' })]))
      await expect.poll(() => input.messages, { interval: 5 }).toContain('good')
      input.events.length = 0
    }),
    { numRuns: 60 },
  )
})

test.each<[Record<string, Raw>, string, FixtureOptions?]>([
  [{ enrich: ['all'], include_codec_tag: true }, "'enrich' must not be given together with 'include_codec_tag'"],
  [{ enrich: ['none', 'source_metadata'] }, "'enrich' must be 'none' alone"],
  [{ ssl_enabled: true }, "'ssl_enabled' needs 'ssl_certificate'"],
  [{ ssl_peer_metadata: true }, "'ssl_peer_metadata' needs 'ssl_client_authentication'"],
  [{}, "'codec' must be a codec of single events", { codec: { ...makeCodec('plain'), name: 'multiline' } }],
])('%j is refused', async (raw, message, options = {}) => {
  await expect(run(raw, options)).rejects.toThrow(message)
})
