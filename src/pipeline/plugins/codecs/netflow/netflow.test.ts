import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createSocket } from 'node:dgram'
import { freePort } from '../../../../../test/free-port.ts'
import { makeCodec, RunningInput, temporaryFolder } from '../../../../../test/plugin-fixture.ts'
import { ManualClock, systemClock } from '../../../../clock/index.ts'
import type { Codec } from '../../define.ts'
import { udp } from '../../inputs/udp.ts'

// Packets are built as RFC 3954 and RFC 7011 lay them out.

const u8 = (n: number): Buffer => Buffer.from([n])
const u16 = (n: number): Buffer => Buffer.from([n >> 8, n & 255])
const u32 = (n: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(n)
  return bytes
}
const u64 = (n: bigint): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(n)
  return bytes
}
const ip = (text: string): Buffer => Buffer.from(text.split('.').map(Number))
const cat = (...parts: Buffer[]): Buffer => Buffer.concat(parts)

const UPTIME = 100_000
const SECONDS = 1_430_591_888

function flowset(id: number, body: Buffer): Buffer {
  return cat(u16(id), u16(body.length + 4), body)
}

function version9(domain: number, ...sets: Buffer[]): Buffer {
  return cat(u16(9), u16(sets.length), u32(UPTIME), u32(SECONDS), u32(7), u32(domain), ...sets)
}

function ipfix(domain: number, ...sets: Buffer[]): Buffer {
  const body = cat(...sets)
  return cat(u16(10), u16(body.length + 16), u32(SECONDS), u32(1), u32(domain), body)
}

const fields = (...list: [number, number][]): Buffer => cat(...list.map(([id, length]) => cat(u16(id), u16(length))))

const template9 = (id: number, ...list: [number, number][]): Buffer =>
  flowset(0, cat(u16(id), u16(list.length), fields(...list)))
const templateIpfix = (id: number, ...list: [number, number][]): Buffer =>
  flowset(2, cat(u16(id), u16(list.length), fields(...list)))

function read(codec: Codec, packet: Buffer, sender = '10.0.0.1'): Record<string, unknown>[] {
  const decoder = codec.decoder({ sender })
  return [...decoder.decode(packet), ...decoder.flush()].map((event) => JSON.parse(event.toJson()))
}
const flows = (codec: Codec, packet: Buffer, sender?: string): unknown[] =>
  read(codec, packet, sender).map((event) => event['netflow'])

describe('version 5', () => {
  const record = cat(
    ip('10.0.2.2'),
    ip('10.0.2.15'),
    ip('0.0.0.0'),
    u16(1),
    u16(2),
    u32(5),
    u32(230),
    u32(UPTIME - 2500),
    u32(UPTIME - 100),
    u16(54_435),
    u16(22),
    u8(0),
    u8(16),
    u8(6),
    u8(0),
    u16(64_512),
    u16(0),
    u8(24),
    u8(16),
    u16(0),
  )
  const packet = (count: number): Buffer =>
    cat(
      u16(5),
      u16(count),
      u32(UPTIME),
      u32(SECONDS),
      u32(280_932_000),
      u32(3),
      u8(1),
      u8(2),
      u16(0x4000 | 100),
      ...Array.from({ length: count }, () => record),
    )

  test('a record is an event', () => {
    const events = read(makeCodec('netflow'), packet(2))
    expect(events).toHaveLength(2)
    expect(events[0]).toEqual({
      '@version': '1',
      '@timestamp': '2015-05-02T18:38:08.280932Z',
      netflow: {
        version: 5,
        flow_seq_num: 3,
        engine_type: 1,
        engine_id: 2,
        sampling_algorithm: 1,
        sampling_interval: 100,
        flow_records: 2,
        ipv4_src_addr: '10.0.2.2',
        ipv4_dst_addr: '10.0.2.15',
        ipv4_next_hop: '0.0.0.0',
        input_snmp: 1,
        output_snmp: 2,
        in_pkts: 5,
        in_bytes: 230,
        // The second that had to be borrowed is not: as Logstash.
        first_switched: '2015-05-02T18:38:06.780932Z',
        last_switched: '2015-05-02T18:38:08.180932Z',
        l4_src_port: 54_435,
        l4_dst_port: 22,
        tcp_flags: 16,
        protocol: 6,
        src_tos: 0,
        src_as: 64_512,
        dst_as: 0,
        src_mask: 24,
        dst_mask: 16,
      },
    })
  })

  test('packets that follow each other are all read; one that is cut off gives nothing', () => {
    const codec = makeCodec('netflow')
    expect(flows(codec, cat(packet(1), packet(2)))).toHaveLength(3)
    expect(flows(codec, packet(2).subarray(0, 100))).toEqual([])
    expect(flows(codec, cat(u16(5), u16(31), Buffer.alloc(2000)))).toEqual([])
  })

  test('of a datagram only the packet it begins with is read, as Logstash does', () => {
    const decoder = makeCodec('netflow').decoder({ datagrams: true })
    expect(decoder.decode(cat(packet(1), packet(2)))).toHaveLength(1)
    expect(decoder.decode(packet(2).subarray(0, 100))).toEqual([])
    expect(decoder.decode(packet(2))).toHaveLength(2)
  })

  test('a version that is not wanted', () => {
    expect(flows(makeCodec('netflow', { versions: ['9', '10'] }), packet(1))).toEqual([])
  })
})

describe('version 9', () => {
  const template = template9(256, [8, 4], [12, 4], [7, 2], [1, 4], [22, 4], [21, 4])
  const record = cat(ip('1.1.1.1'), ip('2.2.2.2'), u16(53), u32(76), u32(UPTIME - 42_860), u32(UPTIME - 42_860))

  test('records are read by the template that came before, padding is left out', () => {
    const codec = makeCodec('netflow')
    const data = flowset(256, cat(record, record, Buffer.alloc(2)))
    expect(flows(codec, version9(1, data))).toEqual([])
    expect(flows(codec, version9(1, template, data, Buffer.alloc(4)))).toHaveLength(2)
    const [event] = read(codec, version9(1, data))
    expect(event).toEqual({
      '@version': '1',
      '@timestamp': '2015-05-02T18:38:08.000Z',
      netflow: {
        version: 9,
        flow_seq_num: 7,
        flowset_id: 256,
        ipv4_src_addr: '1.1.1.1',
        ipv4_dst_addr: '2.2.2.2',
        l4_src_port: 53,
        in_bytes: 76,
        first_switched: '2015-05-02T18:37:26.140Z',
        last_switched: '2015-05-02T18:37:26.140Z',
      },
    })
  })

  test('templates are those of their exporter and its domain', () => {
    const codec = makeCodec('netflow')
    const other = template9(256, [4, 1])
    flows(codec, version9(1, template), '10.0.0.1')
    flows(codec, version9(1, other), '10.0.0.2')
    flows(codec, version9(2, other), '10.0.0.1')
    const data = version9(1, flowset(256, record))
    expect(flows(codec, data, '10.0.0.1')).toHaveLength(1)
    expect(flows(codec, data, '10.0.0.2')).toHaveLength(record.length)
    expect(flows(codec, data, '10.0.0.3')).toEqual([])
  })

  test('a template is forgotten after its time', async () => {
    const clock = new ManualClock()
    const codec = makeCodec('netflow', { cache_ttl: 10 }, { clock })
    flows(codec, version9(1, template))
    await clock.advance(9000)
    expect(flows(codec, version9(1, flowset(256, record)))).toHaveLength(1)
    await clock.advance(2000)
    expect(flows(codec, version9(1, flowset(256, record)))).toEqual([])
  })

  test('options templates with their scopes', () => {
    const codec = makeCodec('netflow')
    const options = flowset(1, cat(u16(257), u16(4), u16(8), fields([1, 4], [42, 4], [41, 4]), u16(0)))
    expect(flows(codec, version9(1, options, flowset(257, cat(u32(0), u32(1), u32(9)))))).toEqual([
      { version: 9, flow_seq_num: 7, flowset_id: 257, scope_system: 0, total_flows_exp: 1, total_pkts_exp: 9 },
    ])
  })

  test.each<[string, [number, number], Buffer, unknown]>([
    ['in_src_mac', [56, 6], Buffer.from('005056c00001', 'hex'), '00:50:56:c0:00:01'],
    ['ipv6_src_addr', [27, 16], Buffer.from('fe8000000000000000ff00fe00001201', 'hex'), 'fe80::ff:fe:0:1201'],
    ['ipv6_flow_label', [31, 4], u32(5), 5],
    ['in_bytes', [1, 8], u64(5n), 5],
    ['in_bytes', [1, 3], Buffer.from([1, 0, 0]), 65_536],
    ['application_id', [95, 9], Buffer.from('140000304400009e77', 'hex'), '20..12356..40567'],
    ['application_id', [95, 4], Buffer.from('03000035', 'hex'), '3..53'],
    ['ingress_acl_id', [33000, 12], Buffer.from('0f8e7ff3fc1a030f00000000', 'hex'), '0f8e7ff3-fc1a030f-00000000'],
    ['forwarding_status', [89, 1], u8(0x41), { status: 1, reason: 1 }],
    [
      'mpls_label_stack_octets',
      [201, 4],
      Buffer.from('00005104', 'hex'),
      { label: 5, experimental: 0, bottom_of_stack: 1, ttl: 4 },
    ],
    ['username', [40000, 8], Buffer.from('admin\0\0\0'), 'admin'],
    ['if_name', [82, 3], Buffer.from([0x65, 0xff, 0]), 'e\\xFF'],
    ['fw_event', [233, 1], u8(2), 2],
    ['event_time_msec', [323, 8], u64(1_444_384_070_179n), 1_444_384_070_179],
    ['droppedOctetTotalCount', [134, 8], u64(5n), 5],
  ])('%s %j', (name, field, bytes, expected) => {
    const packet = version9(1, template9(300, field), flowset(300, bytes))
    expect(flows(makeCodec('netflow'), packet)).toEqual([expect.objectContaining({ [name]: expected })])
  })

  test('a counter past 2^53 is exact', () => {
    const packet = version9(1, template9(300, [1, 8]), flowset(300, u64(2n ** 64n - 1n)))
    const [event] = makeCodec('netflow').decoder().decode(packet)
    expect(event!.toJson()).toContain('"in_bytes":18446744073709551615')
  })

  test('a field that is not known is skipped, not its template', () => {
    const packet = version9(1, template9(300, [44_444, 3], [4, 1]), flowset(300, Buffer.from([9, 9, 9, 17])))
    expect(flows(makeCodec('netflow'), packet)).toEqual([
      { version: 9, flow_seq_num: 7, flowset_id: 300, protocol: 17 },
    ])
  })
})

test('whoever makes up fields without end fills no log', async () => {
  const said = { notices: [], log: [] as string[], deadLetters: [] }
  const clock = new ManualClock()
  const decoder = makeCodec('netflow', {}, { said, clock }).decoder()
  const send = (): void => {
    for (let field = 20_000; field < 22_000; field++) decoder.decode(version9(1, template9(300, [field, 4])))
  }
  send()
  expect(said.log).toHaveLength(101)
  expect(said.log.at(-1)).toContain('what else is wrong with its packets is not told for a while')
  await clock.advance(60_000)
  send()
  expect(said.log).toHaveLength(202)
})

describe('IPFIX', () => {
  test('names of the registry, times by their units, text of variable length', () => {
    const template = templateIpfix(256, [8, 4], [152, 8], [150, 4], [154, 8], [82, 0xffff], [1, 8])
    const ntp = (BigInt(SECONDS + 2_208_988_800) << 32n) | (1n << 31n)
    const long = Buffer.alloc(300, 'x')
    const record = (name: Buffer): Buffer =>
      cat(ip('1.2.3.4'), u64(BigInt(SECONDS) * 1000n + 5n), u32(SECONDS), u64(ntp), name, u64(9n))
    const codec = makeCodec('netflow', { include_flowset_id: true })
    const data = flowset(256, cat(record(cat(u8(4), Buffer.from('eth0'))), record(cat(u8(255), u16(300), long))))
    const [first, second] = flows(codec, ipfix(5, template, data)) as Record<string, unknown>[]
    expect(first).toEqual({
      version: 10,
      flowset_id: 256,
      sourceIPv4Address: '1.2.3.4',
      flowStartMilliseconds: '2015-05-02T18:38:08.005Z',
      flowStartSeconds: '2015-05-02T18:38:08.000Z',
      flowStartMicroseconds: '2015-05-02T18:38:08.500Z',
      interfaceName: 'eth0',
      octetDeltaCount: 9,
    })
    expect(second!['interfaceName']).toBe(long.toString())
  })

  test.each([
    [0x0000_10c7n, '2015-05-02T18:38:08.000001Z'],
    [0x0008_5f8an, '2015-05-02T18:38:08.000127764Z'],
    [0x8000_0000n, '2015-05-02T18:38:08.500Z'],
  ])('a time of NTP keeps its nanoseconds: fraction %d', (fraction, expected) => {
    const ntp = (BigInt(SECONDS + 2_208_988_800) << 32n) | fraction
    const packet = ipfix(5, templateIpfix(256, [156, 8]), flowset(256, u64(ntp)))
    expect(flows(makeCodec('netflow'), packet)).toMatchObject([{ flowStartNanoseconds: expected }])
  })

  test('elements of enterprises, reverse ones, and those that are not known', () => {
    const element = (id: number, length: number, enterprise: number): Buffer =>
      cat(u16(id | 0x8000), u16(length), u32(enterprise))
    const template = flowset(
      2,
      cat(
        u16(256),
        u16(5),
        element(133, 4, 5951),
        element(1, 8, 29_305),
        element(330, 2, 5951),
        element(1, 1, 99_999),
        element(126, 4, 3054),
      ),
    )
    const packet = ipfix(1, template, flowset(256, cat(u32(7), u64(8n), u16(9), u8(1), u32(0x41f4_a40b))))
    expect(flows(makeCodec('netflow'), packet)).toEqual([
      {
        version: 10,
        netscalerConnectionId: 7,
        reverseOctetDeltaCount: 8,
        netscalerUnknown330: 9,
        ixiaSrcLatitude: 30.58009910583496,
      },
    ])
  })

  test('options templates; a template that is taken back', () => {
    const codec = makeCodec('netflow')
    const options = flowset(3, cat(u16(258), u16(2), u16(1), fields([143, 4], [160, 8]), u16(0)))
    const data = flowset(258, cat(u32(2679), u64(1_431_516_013_506n)))
    expect(flows(codec, ipfix(1, options, data))).toEqual([
      { version: 10, meteringProcessId: 2679, systemInitTimeMilliseconds: 1_431_516_013_506 },
    ])
    expect(flows(codec, ipfix(1, flowset(2, cat(u16(258), u16(0))), data))).toEqual([])
  })

  test('a message over TCP comes in pieces', () => {
    const message = ipfix(1, templateIpfix(256, [4, 1]), flowset(256, u8(6)))
    const decoder = makeCodec('netflow').decoder()
    const stream = cat(message, message)
    const events = Array.from(stream).flatMap((byte) => decoder.decode(Buffer.from([byte])))
    expect(events).toHaveLength(2)
  })
})

test('fields of a definitions file, and one that is none', () => {
  using folder = temporaryFolder()
  const own = join(folder.path, 'fields.yaml')
  writeFileSync(own, '4:\n- :uint8\n- :proto\n44444:\n- :string\n- :site\n')
  const codec = makeCodec('netflow', { netflow_definitions: own })
  const packet = version9(1, template9(300, [44_444, 3], [4, 1]), flowset(300, Buffer.from('abc\x11')))
  expect(flows(codec, packet)).toEqual([expect.objectContaining({ site: 'abc', proto: 17 })])
  writeFileSync(own, '99999:\n  1:\n  - :ip4_addr\n  - :where\n')
  expect(() => makeCodec('netflow', { netflow_definitions: own })).toThrow(/'netflow_definitions' must be a file of/)
  expect(() => makeCodec('netflow', { ipfix_definitions: own })).not.toThrow()
})

test('no bytes stop it, and those of others do not spoil what comes after', () => {
  const codec = makeCodec('netflow')
  const good = version9(1, template9(256, [4, 1]), flowset(256, u8(6)))
  const start = fc.constantFrom(u16(5), u16(9), u16(10), good, ipfix(1, templateIpfix(256, [4, 1])))
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 200 }), (begin, rest) => {
      flows(codec, cat(begin, Buffer.from(rest)), 'hostile')
      expect(flows(codec, good)).toHaveLength(1)
    }),
    { numRuns: 2000 },
  )
})

test('templates of 200,000 made-up domains do not fill the memory', () => {
  const codec = makeCodec('netflow')
  const decoder = codec.decoder({ sender: 'hostile' })
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const before = process.memoryUsage().heapUsed
  for (let domain = 0; domain < 200_000; domain++) decoder.decode(version9(domain, template9(256, [8, 4], [12, 4])))
  collect()
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(150_000_000)
})

test('over UDP, a datagram each, templates before their records', async () => {
  const port = await freePort()
  await using run = new RunningInput(udp, { port, host: '127.0.0.1' }, { codec: makeCodec('netflow') })
  await run.start()
  const socket = createSocket('udp4')
  const template = version9(1, template9(256, [8, 4], [4, 1]))
  const data = version9(1, flowset(256, cat(ip('1.1.1.1'), u8(6))))
  for (const packet of [template, data, data]) {
    await new Promise<void>((resolve) => socket.send(packet, port, '127.0.0.1', () => resolve()))
    await systemClock.sleep(5)
  }
  await run.until(2)
  expect(run.events[1]!.toJson()).toContain('"ipv4_src_addr":"1.1.1.1","protocol":6')
  expect(run.events[1]!.data['host']).toBe('127.0.0.1')
  socket.close()
})
