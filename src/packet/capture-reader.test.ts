import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DiagnosticError } from '../diagnostic/index.ts'
import { CaptureReader } from './capture-reader.ts'
import type { Packet } from './packet.ts'

const SCANS = new URL('../../test/fixtures/scans/', import.meta.url)
const SECONDS = 1_800_000_000

const bytes = (...parts: (string | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part.replaceAll(' ', ''), 'hex') : part)))

/** From 192.0.2.7:40000 to 10.0.0.5:22, a SYN. */
const TCP = bytes('9c40 0016 00000001 00000000 5002 0400 0000 0000')
const ip = (protocol: string, payload: Buffer, place = '0000'): Buffer => {
  const length = (20 + payload.length).toString(16).padStart(4, '0')
  return bytes(`4500 ${length} 3039 ${place} 40 ${protocol} 0000 c0000207 0a000005`, payload)
}
const ip6 = (next: string, payload: Buffer): Buffer => {
  const address = (last: string): string => `${'20010db8'.padEnd(31, '0')}${last}`
  const length = payload.length.toString(16).padStart(4, '0')
  return bytes(`60000000 ${length} ${next} 40 ${address('7')} ${address('5')}`, payload)
}
const MACS = '0a0a0a0a0a0a 0b0b0b0b0b0b'
const ETHERNET = bytes(MACS, '0800', ip('06', TCP))
const SNAP = 'aaaa03 000000 0800'

interface Form {
  readonly little?: boolean
  readonly magic?: number
  readonly extra?: number
}

/** A capture of one frame. */
function pcap(link: number, frame: Buffer, { little = true, magic = 0xa1b2c3d4, extra = 0 }: Form = {}): Buffer {
  const u32 = (...numbers: number[]): Buffer => {
    const out = Buffer.alloc(numbers.length * 4)
    numbers.forEach((number, i) => (little ? out.writeUInt32LE(number, i * 4) : out.writeUInt32BE(number, i * 4)))
    return out
  }
  const version = little ? '0200 0400' : '0002 0004'
  const head = bytes(u32(magic), version, u32(0, 0, 262_144, link))
  return bytes(head, u32(SECONDS, 5, frame.length, frame.length), Buffer.alloc(extra), frame)
}

function block(type: number, body: Buffer): Buffer {
  const padding = Buffer.alloc((4 - (body.length % 4)) % 4)
  const edge = Buffer.alloc(8)
  edge.writeUInt32LE(type)
  edge.writeUInt32LE(12 + body.length + padding.length, 4)
  return bytes(edge, body, padding, edge.subarray(4))
}

const SECTION = block(0x0a0d0d0a, bytes('4d3c2b1a 0100 0000 ffffffffffffffff'))
const ON_ETHERNET = block(1, bytes('0100 0000 00000000'))

function enhanced(frame: Buffer, number = 0, ticks = BigInt(SECONDS) * 1_000_000n, captured = frame.length): Buffer {
  const head = Buffer.alloc(20)
  head.writeUInt32LE(number)
  head.writeUInt32LE(Number(ticks >> 32n), 4)
  head.writeUInt32LE(Number(ticks & 0xffffffffn), 8)
  head.writeUInt32LE(captured, 12)
  head.writeUInt32LE(captured, 16)
  return block(6, bytes(head, frame))
}

function read(capture: Buffer): { packets: Packet[]; other: number } {
  const reader = new CaptureReader()
  const packets = reader.push(capture)
  return { packets, other: reader.other }
}

const ends = ({ source, sourcePort, destination, destinationPort }: Packet): string =>
  `${source}:${sourcePort} ${destination}:${destinationPort}`
const SYN = '192.0.2.7:40000 10.0.0.5:22'

test.each([
  ['microseconds, little endian', {}, 0.005],
  ['microseconds, big endian', { little: false }, 0.005],
  ['nanoseconds, little endian', { magic: 0xa1b23c4d }, 0.000005],
  ['nanoseconds, big endian', { magic: 0xa1b23c4d, little: false }, 0.000005],
  ['records with eight bytes more', { magic: 0xa1b2cd34, extra: 8 }, 0.005],
])('pcap: %s', (_, form: Form, millis) => {
  const [packet] = read(pcap(1, ETHERNET, form)).packets
  expect(ends(packet!)).toBe(SYN)
  expect(packet!.time - SECONDS * 1000).toBeCloseTo(millis, 3)
})

describe('frames of each link type, and what tags, labels and tunnels carry', () => {
  const vxlan = bytes('9c40 12b5 0000 0000 08000000 00000100', ETHERNET)
  test.each<[string, number, Buffer]>([
    ['Ethernet', 1, ETHERNET],
    ['VLAN', 1, bytes(MACS, '8100 0064 0800', ip('06', TCP))],
    ['QinQ', 1, bytes(MACS, '88a8 0064 8100 0065 0800', ip('06', TCP))],
    ['MPLS, two labels', 1, bytes(MACS, '8847 00010040 00011140', ip('06', TCP))],
    ['PPPoE', 1, bytes(MACS, '8864 1100 0001 002a 0021', ip('06', TCP))],
    ['802.3 with SNAP', 1, bytes(MACS, '0030', SNAP, ip('06', TCP))],
    ['BSD loopback', 0, bytes('02000000', ip('06', TCP))],
    ['OpenBSD loopback', 108, bytes('00000002', ip('06', TCP))],
    ['raw IP', 101, ip('06', TCP)],
    ['Linux cooked', 113, bytes('0000 0001 0006 0a0a0a0a0a0a 0000 0800', ip('06', TCP))],
    ['Linux cooked 2', 276, bytes('0800 0000 00000002 0001 00 06 0a0a0a0a0a0a 0000', ip('06', TCP))],
    [
      'Linux cooked 2 with VLAN',
      276,
      bytes('8100 0000 00000002 0001 00 06 0a0a0a0a0a0a 0000 0064 0800', ip('06', TCP)),
    ],
    ['PPP', 9, bytes('ff03 0021', ip('06', TCP))],
    ['PPP, compressed', 9, bytes('21', ip('06', TCP))],
    ['802.11', 105, bytes('0801 0000', '00'.repeat(20), SNAP, ip('06', TCP))],
    ['802.11 with QoS', 105, bytes('8801 0000', '00'.repeat(20), '0000', SNAP, ip('06', TCP))],
    ['radiotap', 127, bytes('0000 0800 00000000', '0802 0000', '00'.repeat(20), SNAP, ip('06', TCP))],
    ['pflog', 117, bytes('3d', '00'.repeat(63), ip('06', TCP))],
    ['IP in IP', 101, ip('04', ip('06', TCP))],
    ['GRE', 101, ip('2f', bytes('0000 0800', ip('06', TCP)))],
    ['GRE with a key and a number', 101, ip('2f', bytes('3000 0800 00000001 00000002', ip('06', TCP)))],
    ['GRE with Ethernet', 101, ip('2f', bytes('2000 6558 00000001', ETHERNET))],
    ['ERSPAN', 101, ip('2f', bytes('1000 88be 00000001 10010001 00000000', ETHERNET))],
    ['VXLAN', 101, ip('11', vxlan)],
    ['IPv4 in IPv6', 101, ip6('04', ip('06', TCP))],
  ])('%s', (_, link, frame) => {
    const { packets, other } = read(pcap(link, frame))
    expect([packets.map(ends), other]).toEqual([[SYN], 0])
    expect(packets[0]).toMatchObject({ transport: 'tcp', flags: 2, window: 1024, options: 'none' })
  })

  test.each<[string, number, Buffer]>([
    ['an encrypted frame of 802.11', 105, bytes('0841 0000', '00'.repeat(20), SNAP, ip('06', TCP))],
    ['spanning tree', 1, bytes(MACS, '0026 424203', '00'.repeat(35))],
    ['less than a header of IP', 1, ETHERNET.subarray(0, 30)],
    ['VLAN tags without an end', 1, bytes(MACS, '81000001'.repeat(40))],
    ['labels without an end', 1, bytes(MACS, '8847', '00010040'.repeat(40))],
    ['nothing', 1, Buffer.alloc(0)],
  ])('%s is counted', (_, link, frame) => {
    expect(read(pcap(link, frame))).toEqual({ packets: [], other: 1 })
  })

  test('tunnels within tunnels end', () => {
    let packet = ip('06', TCP)
    for (let i = 0; i < 40; i++) packet = ip('04', packet)
    expect(read(pcap(101, packet)).packets.map(({ protocol }) => protocol)).toEqual([4])
  })
})

test.each<[string, Buffer, Partial<Packet>]>([
  [
    'a header of TCP cut off by the snap length',
    ip('06', TCP.subarray(0, 8)),
    { sourcePort: 40_000, flags: -1, fragment: false },
  ],
  [
    'a first fragment of eight bytes',
    ip('06', TCP.subarray(0, 8), '2000'),
    { destinationPort: 22, flags: -1, fragment: true },
  ],
  ['a later fragment', ip('06', TCP, '0010'), { sourcePort: -1, flags: -1, fragment: true }],
  [
    'hop-by-hop, destination options, then TCP',
    ip6('00', bytes('3c00 010400000000', '0600 010400000000', TCP)),
    { source: '2001:db8::7', destinationPort: 22, flags: 2 },
  ],
  [
    'a fragment header of IPv6',
    ip6('2c', bytes('0600 0001 00000001', TCP.subarray(0, 8))),
    { destinationPort: 22, fragment: true },
  ],
  [
    'extension headers longer than the packet',
    ip6('00', bytes('00ff 010400000000')),
    { transport: 'ip', sourcePort: -1 },
  ],
  [
    'a header of TCP that says it is longer than all',
    ip('06', bytes(TCP.subarray(0, 12), 'f002', TCP.subarray(14))),
    { flags: 2, options: 'none' },
  ],
  [
    'an option of TCP without a length',
    ip('06', bytes(TCP.subarray(0, 12), '6002', TCP.subarray(14), '08000000')),
    { flags: 2, options: 'more' },
  ],
])('%s', (_, packet, expected) => {
  expect(read(pcap(101, packet)).packets).toMatchObject([expected])
})

test('ARP asks and answers', () => {
  const arp = (operation: string): Buffer =>
    bytes(MACS, '0806 0001 0800 06 04', operation, '0b0b0b0b0b0b c0000207 000000000000 c0000201')
  const packets = ['0001', '0002'].flatMap((operation) => read(pcap(1, arp(operation))).packets)
  expect(
    packets.map(({ transport, protocol, source, destination }) => [transport, protocol, source, destination]),
  ).toEqual([
    ['arp', 1, '192.0.2.7', '192.0.2.1'],
    ['arp', 2, '192.0.2.7', '192.0.2.1'],
  ])
})

describe('pcapng', () => {
  test.each<[string, Buffer[], number]>([
    ['enhanced packets', [enhanced(ETHERNET)], 0],
    ['old packets', [block(2, enhanced(ETHERNET).subarray(8, -4))], 0],
    ['simple packets', [block(3, bytes('36000000', ETHERNET))], 0],
    ['blocks that are not known', [block(0x0bad, bytes('00')), enhanced(ETHERNET)], 0],
    ['a packet of an interface that is not there', [enhanced(ETHERNET, 7), enhanced(ETHERNET)], 1],
    ['a packet longer than its block', [enhanced(ETHERNET, 0, 0n, 5000), enhanced(ETHERNET)], 1],
    [
      'an interface of a link type that is not known',
      [block(1, bytes('9300 0000 00000000')), enhanced(ETHERNET, 1), enhanced(ETHERNET)],
      1,
    ],
    ['a time that no date has', [enhanced(ETHERNET, 0, 2n ** 63n), enhanced(ETHERNET)], 1],
    ['another section', [enhanced(bytes('00')), SECTION, ON_ETHERNET, enhanced(ETHERNET)], 1],
  ])('%s', (_, blocks, other) => {
    const found = read(bytes(SECTION, ON_ETHERNET, ...blocks))
    expect([found.packets.map(ends), found.other]).toEqual([[SYN], other])
  })

  test('resolution and offset of times', () => {
    const options = bytes('0900 0100 09000000', '0e00 0800 80ee366000000000', '00000000')
    const on = block(1, bytes('0100 0000 00000000', options))
    const [packet] = read(bytes(SECTION, on, enhanced(ETHERNET, 0, 1_500_000_000n))).packets
    expect(packet!.time).toBe(0x6036ee80 * 1000 + 1500)
  })
})

describe('damage', () => {
  const whole = readFileSync(new URL('nmap-syn.pcap', SCANS))

  test('packets before a damaged length are told, then the damage', () => {
    const capture = Buffer.from(bytes(pcap(1, ETHERNET), pcap(1, ETHERNET).subarray(24)))
    capture.writeUInt32LE(0xffffffff, 24 + 16 + ETHERNET.length + 8)
    const reader = new CaptureReader()
    expect(reader.push(capture)).toHaveLength(1)
    expect(() => reader.end()).toThrow('damaged')
    expect(() => reader.push(ETHERNET)).toThrow('damaged')
  })

  test.each([
    ['what is no capture', Buffer.from('GET / HTTP/1.1\r\nhost: example\r\n\r\n'), 'this is no capture'],
    ['a link type that is not known', pcap(147, ETHERNET), 'link type 147'],
    ['a block of no length', bytes(SECTION, '01000000 00000000 00000000'), 'damaged'],
  ])('%s', (_, capture, said) => {
    expect(() => read(capture)).toThrow(said)
  })

  test('chunks of any size make the same packets', () => {
    const expected = read(whole).packets
    for (const size of [1, 7, 1000]) {
      const reader = new CaptureReader()
      const packets: Packet[] = []
      for (let at = 0; at < whole.length; at += size) packets.push(...reader.push(whole.subarray(at, at + size)))
      expect(packets).toEqual(expected)
    }
  })

  test('bytes changed at random end in packets or in a diagnostic', () => {
    const files = readdirSync(SCANS).filter((name) => name.endsWith('.pcap'))
    const captures = [
      ...files.map((name) => readFileSync(new URL(name, SCANS)).subarray(0, 4000)),
      bytes(SECTION, ON_ETHERNET, enhanced(ETHERNET), block(3, bytes('36000000', ETHERNET)), enhanced(ETHERNET)),
    ]
    const change = fc.tuple(fc.nat(3999), fc.nat(255))
    const broken = (capture: Buffer, changes: [number, number][]): Buffer => {
      const copy = Buffer.from(capture)
      for (const [at, value] of changes) copy[at % copy.length] = value
      return copy
    }
    const isSound = (capture: Buffer): boolean => {
      try {
        return read(capture).packets.every(({ time, sourcePort }) => time >= 0 && sourcePort <= 65_535)
      } catch (error) {
        return error instanceof DiagnosticError
      }
    }
    const property = fc.property(
      fc.constantFrom(...captures),
      fc.array(change, { minLength: 1, maxLength: 40 }),
      (capture, changes) => isSound(broken(capture, changes)),
    )
    expect(fc.check(property, { numRuns: 1500 }).failed).toBe(false)
  })
})
