import { transportOf, type Ends, type Packet } from './packet.ts'

/** Link types of the pcap format that can be read. */
const ETHERNET = 1
const NULL_LOOPBACK = 0
const LOOP = 108
const RAW = new Set([12, 14, 101, 228, 229])
const LINUX_SLL = 113
const LINUX_SLL2 = 276

const IPV4 = 0x0800
const IPV6 = 0x86dd
const VLAN = new Set([0x8100, 0x88a8, 0x9100])
const EXTENSIONS = new Set([0, 43, 51, 60, 135])

export function isKnownLink(link: number): boolean {
  return (
    link === ETHERNET ||
    link === NULL_LOOPBACK ||
    link === LOOP ||
    link === LINUX_SLL ||
    link === LINUX_SLL2 ||
    RAW.has(link)
  )
}

/** The packet in a captured frame; undefined where it holds no IP, or less than an IP header of it was captured. */
export function decodeFrame(link: number, time: number, frame: Buffer): Packet | undefined {
  const at = networkOffset(link, frame)
  if (at < 0 || at >= frame.length) return undefined
  const version = frame[at]! >> 4
  if (version === 4) return decodeIpv4(time, frame, at)
  return version === 6 ? decodeIpv6(time, frame, at) : undefined
}

/** Where IP begins; -1 for a frame without. */
function networkOffset(link: number, frame: Buffer): number {
  if (link === ETHERNET) return afterVlan(frame, 12)
  if (RAW.has(link)) return 0
  if (link === NULL_LOOPBACK || link === LOOP) return 4
  if (link === LINUX_SLL) return afterVlan(frame, 14)
  if (link !== LINUX_SLL2 || frame.length < 20) return -1
  const type = frame.readUInt16BE(0)
  return type === IPV4 || type === IPV6 ? 20 : VLAN.has(type) ? afterVlan(frame, 22) : -1
}

/** `at` is the place of the Ethernet type. */
function afterVlan(frame: Buffer, at: number): number {
  let place = at
  for (let tags = 0; tags < 4 && place + 2 <= frame.length; tags++) {
    const type = frame.readUInt16BE(place)
    if (type === IPV4 || type === IPV6) return place + 2
    if (!VLAN.has(type)) return -1
    place += 4
  }
  return -1
}

function decodeIpv4(time: number, frame: Buffer, at: number): Packet | undefined {
  const header = (frame[at]! & 15) * 4
  if (header < 20 || frame.length < at + header) return undefined
  const total = frame.readUInt16BE(at + 2)
  const place = frame.readUInt16BE(at + 6)
  const end = total >= header ? Math.min(frame.length, at + total) : frame.length
  return transport(time, frame, at + header, end, {
    source: ipv4(frame, at + 12),
    destination: ipv4(frame, at + 16),
    protocol: frame[at + 9]!,
    ttl: frame[at + 8]!,
    ipId: frame.readUInt16BE(at + 4),
    bytes: total === 0 ? frame.length - at : total,
    payloadBytes: total === 0 ? end - at - header : total - header,
    offset: place & 0x1fff,
    more: (place & 0x2000) !== 0,
  })
}

function decodeIpv6(time: number, frame: Buffer, at: number): Packet | undefined {
  if (frame.length < at + 40) return undefined
  const length = frame.readUInt16BE(at + 4)
  const end = length === 0 ? frame.length : Math.min(frame.length, at + 40 + length)
  let protocol = frame[at + 6]!
  let next = at + 40
  let offset = 0
  let more = false
  for (let headers = 0; headers < 8; headers++) {
    if (protocol === 44 && next + 8 <= end) {
      const place = frame.readUInt16BE(next + 2)
      offset = place >> 3
      more = (place & 1) !== 0
      protocol = frame[next]!
      next += 8
      if (offset > 0) break
    } else if (EXTENSIONS.has(protocol) && next + 8 <= end) {
      const size = protocol === 51 ? (frame[next + 1]! + 2) * 4 : (frame[next + 1]! + 1) * 8
      protocol = frame[next]!
      next += size
    } else break
  }
  return transport(time, frame, Math.min(next, end), end, {
    source: ipv6(frame, at + 8),
    destination: ipv6(frame, at + 24),
    protocol,
    ttl: frame[at + 7]!,
    ipId: undefined,
    bytes: 40 + length,
    payloadBytes: Math.max(0, 40 + length - (next - at)),
    offset,
    more,
  })
}

interface Network {
  readonly source: string
  readonly destination: string
  readonly protocol: number
  readonly ttl: number
  readonly ipId: number | undefined
  readonly bytes: number
  readonly payloadBytes: number
  readonly offset: number
  readonly more: boolean
}

const HEADER: Readonly<Record<string, number>> = { tcp: 20, udp: 8, sctp: 12, icmp: 4, ip: 0 }

function transport(time: number, frame: Buffer, at: number, end: number, ip: Network): Packet {
  const kind = transportOf(ip.protocol)
  const whole = ip.offset === 0 && end - at >= HEADER[kind]!
  const ports = ip.offset === 0 && kind !== 'icmp' && kind !== 'ip' && end - at >= 4
  const tcp = whole && kind === 'tcp'
  const header = tcp ? Math.max(20, (frame[at + 12]! >> 4) * 4) : HEADER[kind]!
  return {
    time,
    source: ip.source,
    destination: ip.destination,
    transport: kind,
    protocol: ip.protocol,
    sourcePort: ports ? frame.readUInt16BE(at) : -1,
    destinationPort: ports ? frame.readUInt16BE(at + 2) : -1,
    bytes: ip.bytes,
    payload: whole ? Math.max(0, ip.payloadBytes - header) : 0,
    flags: tcp ? frame[at + 13]! : -1,
    window: tcp ? frame.readUInt16BE(at + 14) : undefined,
    sequence: tcp ? frame.readUInt32BE(at + 4) : undefined,
    options: tcp ? optionsOf(frame, at + 20, Math.min(end, at + header)) : undefined,
    ttl: ip.ttl,
    ipId: ip.ipId,
    fragment: ip.offset > 0 || (ip.more && !whole),
    ...(kind === 'icmp' && whole ? { icmp: icmpOf(frame, at, end, ip.protocol) } : {}),
  }
}

function optionsOf(frame: Buffer, at: number, end: number): Packet['options'] {
  let kinds = ''
  for (let place = at; place < end;) {
    const kind = frame[place]!
    if (kind === 0) break
    kinds += `${kind} `
    if (kind === 1) place++
    else place += Math.max(2, frame[place + 1] ?? 2)
  }
  return kinds === '' ? 'none' : kinds === '2 ' ? 'mss' : 'more'
}

function icmpOf(frame: Buffer, at: number, end: number, protocol: number): NonNullable<Packet['icmp']> {
  const type = frame[at]!
  const code = frame[at + 1]!
  const error = protocol === 58 ? type >= 1 && type <= 4 : type === 3 || type === 11 || type === 12
  const about = error ? quoted(frame.subarray(at + 8, end)) : undefined
  return about === undefined ? { type, code } : { type, code, about }
}

function quoted(frame: Buffer): Ends | undefined {
  if (frame.length < 20) return undefined
  const packet =
    frame[0]! >> 4 === 4 ? decodeIpv4(0, frame, 0) : frame[0]! >> 4 === 6 ? decodeIpv6(0, frame, 0) : undefined
  if (packet === undefined) return undefined
  const { source, destination, transport: kind, protocol, sourcePort, destinationPort } = packet
  return { source, destination, transport: kind, protocol, sourcePort, destinationPort }
}

export function ipv4(frame: Buffer, at: number): string {
  return `${frame[at]}.${frame[at + 1]}.${frame[at + 2]}.${frame[at + 3]}`
}

/** As RFC 5952 writes it. */
export function ipv6(frame: Buffer, at: number): string {
  const groups: number[] = []
  for (let i = 0; i < 16; i += 2) groups.push(frame.readUInt16BE(at + i))
  let best = -1
  let length = 1
  for (let i = 0; i < 8; i++) {
    let j = i
    while (j < 8 && groups[j] === 0) j++
    if (j - i > length) [best, length] = [i, j - i]
  }
  const hex = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':')
  return best < 0 ? hex(0, 8) : `${hex(0, best)}::${hex(best + length, 8)}`
}
