import { afterType, ARP, IPV4, IPV6, networkLayer, type NetworkLayer } from './link-layer.ts'
import { arpPacket, transportOf, type Ends, type Packet, type Transport } from './packet.ts'

const EXTENSIONS = new Set([0, 43, 51, 60, 135, 139, 140])

/** Protocols that carry packets of their own. */
const IP_IN_IP = 4
const IPV6_IN_IP = 41
const GRE = 47
const UDP = 17
const VXLAN_PORTS = new Set([4789, 8472])
/** Tunnels within tunnels; more are made up. */
const DEEPEST = 4
const TRANSPARENT_ETHERNET = 0x6558
const ERSPAN = 0x88be

/**
 * The packet in a captured frame, of tunnels (IP in IP, GRE, ERSPAN, VXLAN) the one within; undefined where it holds neither IP
 * nor ARP, or less than a header of it was captured.
 */
export function decodeFrame(link: number, time: number, frame: Buffer): Packet | undefined {
  return decodeLayer(networkLayer(link, frame), time, frame, 0)
}

function decodeLayer(layer: NetworkLayer | undefined, time: number, frame: Buffer, depth: number): Packet | undefined {
  if (layer === undefined) return undefined
  const { type, at } = layer
  if (type === ARP) return decodeArp(time, frame, at)
  const version = at < frame.length ? frame[at]! >> 4 : 0
  if (version === 4 && type === IPV4) return decodeIpv4(time, frame, at, depth)
  return version === 6 && type === IPV6 ? decodeIpv6(time, frame, at, depth) : undefined
}

/** RFC 826, of IPv4 over Ethernet: 1 asks, 2 answers. */
function decodeArp(time: number, frame: Buffer, at: number): Packet | undefined {
  if (at + 28 > frame.length || frame.readUInt32BE(at + 2) !== 0x08000604) return undefined
  return arpPacket(time, frame.readUInt16BE(at + 6), ipv4(frame, at + 14), ipv4(frame, at + 24))
}

function decodeIpv4(time: number, frame: Buffer, at: number, depth: number): Packet | undefined {
  const header = (frame[at]! & 15) * 4
  if (header < 20 || frame.length < at + header) return undefined
  const total = frame.readUInt16BE(at + 2)
  const place = frame.readUInt16BE(at + 6)
  const end = total >= header ? Math.min(frame.length, at + total) : frame.length
  const inner =
    place === 0 || place === 0x4000 ? decodeTunnel(frame[at + 9]!, time, frame, at + header, end, depth) : undefined
  if (inner !== undefined) return inner
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

function decodeIpv6(time: number, frame: Buffer, at: number, depth: number): Packet | undefined {
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
  const inner = offset === 0 && !more ? decodeTunnel(protocol, time, frame, next, end, depth) : undefined
  if (inner !== undefined) return inner
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

/** The packet that another one carries; undefined where it carries none that is whole enough. */
function decodeTunnel(
  protocol: number,
  time: number,
  frame: Buffer,
  at: number,
  end: number,
  depth: number,
): Packet | undefined {
  if (protocol !== UDP && protocol !== GRE && protocol !== IP_IN_IP && protocol !== IPV6_IN_IP) return undefined
  if (depth === DEEPEST || at + 8 > end) return undefined
  const within = frame.subarray(0, end)
  switch (protocol) {
    case IP_IN_IP:
      return decodeLayer({ type: IPV4, at }, time, within, depth + 1)
    case IPV6_IN_IP:
      return decodeLayer({ type: IPV6, at }, time, within, depth + 1)
    case GRE:
      return decodeGre(time, within, at, depth)
  }
  // RFC 7348: eight bytes with the flag I and zeroes, then Ethernet.
  if (!VXLAN_PORTS.has(frame.readUInt16BE(at + 2)) || at + 16 > end) return undefined
  if ((frame[at + 8]! & 0x08) === 0 || frame[at + 15] !== 0) return undefined
  return decodeLayer(afterType(within, at + 28), time, within, depth + 1)
}

/** RFC 2784 and 2890: a checksum, a key and a number may follow the type. */
function decodeGre(time: number, frame: Buffer, at: number, depth: number): Packet | undefined {
  const flags = frame[at]!
  const type = frame.readUInt16BE(at + 2)
  const numbered = (flags & 0x10) !== 0
  const next = at + 4 + ((flags & 0x80) !== 0 ? 4 : 0) + ((flags & 0x20) !== 0 ? 4 : 0) + (numbered ? 4 : 0)
  if (type === TRANSPARENT_ETHERNET) return decodeLayer(afterType(frame, next + 12), time, frame, depth + 1)
  // Of type II where packets are numbered, with eight bytes of its own; of type I without.
  if (type === ERSPAN) return decodeLayer(afterType(frame, next + (numbered ? 20 : 12)), time, frame, depth + 1)
  return type === IPV4 || type === IPV6 ? decodeLayer({ type, at: next }, time, frame, depth + 1) : undefined
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

const HEADER: Readonly<Record<Transport, number>> = { tcp: 20, udp: 8, sctp: 12, icmp: 4, ip: 0, arp: 0 }

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
    frame[0]! >> 4 === 4
      ? decodeIpv4(0, frame, 0, DEEPEST)
      : frame[0]! >> 4 === 6
        ? decodeIpv6(0, frame, 0, DEEPEST)
        : undefined
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
