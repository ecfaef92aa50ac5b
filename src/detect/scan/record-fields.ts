import { isObject, type Value, type ValueObject } from '../../event/index.ts'
import { transportOf, type Transport } from '../../packet/index.ts'
import { textReader, type TextReader } from '../seen-event.ts'

/** The ends of a record and its protocol as text, each as its source names them. */
export interface RecordEnds {
  readonly source: string
  readonly destination: string
  readonly sourcePort: number
  readonly port: number
  readonly protocol: string | undefined
}

type Path = readonly string[]

/** How a kind of source names the two ends. */
interface Naming {
  readonly source: TextReader
  readonly destination: TextReader
  readonly sourcePort: TextReader
  readonly port: TextReader
  readonly protocol: TextReader
}

const ANY_PROTOCOL: readonly Path[] = [['network', 'transport'], ['proto'], ['protocol'], ['network', 'iana_number']]

function naming(source: Path, destination: Path, sourcePort: Path, port: Path, ...protocols: readonly Path[]): Naming {
  return {
    source: textReader(source),
    destination: textReader(destination),
    sourcePort: textReader(sourcePort),
    port: textReader(port),
    protocol: textReader(...protocols, ...ANY_PROTOCOL),
  }
}

function inside(name: string, paths: readonly string[]): Path[] {
  return paths.map((path) => [name, path])
}

const NETFLOW_PORTS = inside('netflow', ['l4_src_port', 'l4_dst_port', 'protocol']) as [Path, Path, Path]
const IPFIX_PORTS = ['sourceTransportPort', 'destinationTransportPort', 'protocolIdentifier']
const GCP = (name: string): Path => ['jsonPayload', 'connection', name]

/** ECS, the shipped pipelines, then the names of the sources themselves. */
const NAMINGS: readonly Naming[] = [
  naming(['source', 'ip'], ['destination', 'ip'], ['source', 'port'], ['destination', 'port']),
  naming(['src_ip'], ['dst_ip'], ['src_port'], ['dst_port']),
  // Suricata.
  naming(['src_ip'], ['dest_ip'], ['src_port'], ['dest_port']),
  // Zeek.
  naming(['id', 'orig_h'], ['id', 'resp_h'], ['id', 'orig_p'], ['id', 'resp_p']),
  // VPC flow logs.
  naming(['srcaddr'], ['dstaddr'], ['srcport'], ['dstport']),
  // Lines of netfilter through kv.
  naming(['SRC'], ['DST'], ['SPT'], ['DPT'], ['PROTO']),
  ...['ipv4', 'ipv6'].map((family) =>
    naming(['netflow', `${family}_src_addr`], ['netflow', `${family}_dst_addr`], ...NETFLOW_PORTS),
  ),
  ...['IPv4', 'IPv6'].flatMap((family) => {
    const names = [`source${family}Address`, `destination${family}Address`, ...IPFIX_PORTS]
    type Ends = [Path, Path, Path, Path, Path]
    return [naming(...(inside('netflow', names) as Ends)), naming(...(names.map((name) => [name]) as unknown as Ends))]
  }),
  // CEF without ECS.
  naming(['sourceAddress'], ['destinationAddress'], ['sourcePort'], ['destinationPort'], ['transportProtocol']),
  // FortiGate.
  naming(['srcip'], ['dstip'], ['srcport'], ['dstport']),
  // The firewall of Windows.
  naming(['src-ip'], ['dst-ip'], ['src-port'], ['dst-port']),
  naming(GCP('src_ip'), GCP('dest_ip'), GCP('src_port'), GCP('dest_port'), GCP('protocol')),
  naming(['source', 'address'], ['destination', 'address'], ['source', 'port'], ['destination', 'port']),
]

/** Undefined for an event that names no two ends. */
export function endsOfRecord(fields: ValueObject): RecordEnds | undefined {
  for (const names of NAMINGS) {
    const source = names.source(fields)
    const destination = source === undefined ? undefined : names.destination(fields)
    if (source === undefined || destination === undefined) continue
    return {
      source,
      destination,
      sourcePort: portOf(names.sourcePort(fields)),
      port: portOf(names.port(fields)),
      protocol: names.protocol(fields),
    }
  }
  return undefined
}

export const stateOf = textReader(
  ['conn_state'],
  ['zeek', 'connection', 'state'],
  ['vedetta', 'flow', 'state'],
  ['network', 'state'],
)
export const historyOf = textReader(
  ['history'],
  ['zeek', 'connection', 'history'],
  ['vedetta', 'flow', 'history'],
  ['network', 'history'],
)
export const actionOf = textReader(['event', 'action'], ['action'], ['aws', 'vpcflow', 'action'], ['deviceAction'])

const protocolNumber = numberReader(['network', 'iana_number'], ['ip_proto'])
/** Names of protocols without ports. */
const PROTOCOLS: Readonly<Record<string, number | undefined>> = { igmp: 2, gre: 47, esp: 50, ah: 51, udplite: 136 }

/** Packets and bytes that the destination sent back. */
export const answeredPackets = numberReader(
  ['destination', 'packets'],
  ['resp_pkts'],
  ['flow', 'pkts_toclient'],
  ['rcvdpkt'],
)
export const answeredBytes = numberReader(
  ['destination', 'bytes'],
  ['resp_bytes'],
  ['flow', 'bytes_toclient'],
  ['rcvdbyte'],
)
/** Packets and bytes of a record of one direction. */
export const recordPackets = numberReader(
  ['netflow', 'in_pkts'],
  ['netflow', 'packetDeltaCount'],
  ['netflow', 'packet_delta_count'],
  ['packets'],
  ['packetDeltaCount'],
  ['source', 'packets'],
  ['network', 'packets'],
)
export const recordBytes = numberReader(
  ['netflow', 'in_bytes'],
  ['netflow', 'octetDeltaCount'],
  ['netflow', 'octet_delta_count'],
  ['bytes'],
  ['octetDeltaCount'],
  ['source', 'bytes'],
  ['network', 'bytes'],
)

/** Flags of TCP that the source has sent, all its packets together. */
export const flagsOf = numberReader(
  ['netflow', 'tcp_flags'],
  ['netflow', 'tcpControlBits'],
  ['netflow', 'tcp_control_bits'],
  ['tcpControlBits'],
  ['vedetta', 'flow', 'flags'],
  ['tcp', 'flags'],
)
/** Of VPC flow logs, where ACK and PSH are not told. */
export const cloudFlags = numberReader(['tcp-flags'], ['tcp_flags'], ['aws', 'vpcflow', 'tcp_flags'])

/** Undefined where it is not told, and for protocols that are none of the network's. */
export function transportNamed(text: string): Transport | undefined {
  const name = text.toLowerCase()
  if (name === 'tcp' || name === 'udp' || name === 'sctp' || name === 'arp') return name
  if (name === 'icmp' || name === 'ipv6-icmp' || name === 'icmp6' || name === 'icmpv6') return 'icmp'
  if (/^\d{1,3}$/.test(name)) return transportOf(Number(name))
  return name === 'ip' || name === 'unknown_transport' || PROTOCOLS[name] !== undefined ? 'ip' : undefined
}

/** The number of a protocol without ports; -1 where a record does not have it. */
export function protocolNumberOf(fields: ValueObject, text: string): number {
  return PROTOCOLS[text.toLowerCase()] ?? (/^\d{1,3}$/.test(text) ? Number(text) : (protocolNumber(fields) ?? -1))
}

export function hasTag(fields: ValueObject, tag: string): boolean {
  const tags = fields['tags']
  return Array.isArray(tags) ? tags.includes(tag) : tags === tag
}

/** The value at a path, nested or with dots in its name. */
export function valueAt(fields: ValueObject, ...path: readonly string[]): Value | undefined {
  const dotted = fields[path.join('.')]
  if (dotted !== undefined || path.length === 1) return dotted
  let value: Value | undefined = fields
  for (const name of path) value = isObject(value) ? value[name] : undefined
  return value
}

function portOf(text: string | undefined): number {
  const port = text === undefined ? -1 : Number(text)
  return Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : -1
}

/** Reads the first number among the fields at `paths`, nested or with dots in their names. */
function numberReader(
  ...paths: readonly (readonly [string, ...string[]])[]
): (fields: ValueObject) => number | undefined {
  const places = paths.map((path) => ({ path, dotted: path.join('.') }))
  return (fields) => {
    for (const { path, dotted } of places) {
      let value: Value | undefined = fields[dotted]
      if (value === undefined && path.length > 1) {
        value = fields
        for (const name of path) value = isObject(value) ? value[name] : undefined
      }
      const number = typeof value === 'string' && value !== '' ? Number(value) : value
      if (typeof number === 'number' && Number.isFinite(number)) return number
    }
    return undefined
  }
}
