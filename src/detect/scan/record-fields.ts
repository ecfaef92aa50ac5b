import { isObject, type Value, type ValueObject } from '../../event/index.ts'
import { transportOf, type Transport } from '../../packet/index.ts'
import { textReader } from '../seen-event.ts'

// Names by source: ECS first, then raw names of Suricata, Zeek, VPC flow logs, kernel lines through kv, CEF, FortiGate, the
// firewall of Windows, NetFlow 5 and 9, IPFIX, and GCP.

export const sourceOf = textReader(
  ['source', 'ip'],
  ['src_ip'],
  ['id.orig_h'],
  ['id', 'orig_h'],
  ['srcaddr'],
  ['SRC'],
  ['netflow', 'ipv4_src_addr'],
  ['netflow', 'ipv6_src_addr'],
  ['netflow', 'sourceIPv4Address'],
  ['netflow', 'sourceIPv6Address'],
  ['sourceIPv4Address'],
  ['sourceIPv6Address'],
  ['sourceAddress'],
  ['srcip'],
  ['src-ip'],
  ['jsonPayload', 'connection', 'src_ip'],
  ['source', 'address'],
)
export const destinationOf = textReader(
  ['destination', 'ip'],
  ['dst_ip'],
  ['dest_ip'],
  ['id.resp_h'],
  ['id', 'resp_h'],
  ['dstaddr'],
  ['DST'],
  ['netflow', 'ipv4_dst_addr'],
  ['netflow', 'ipv6_dst_addr'],
  ['netflow', 'destinationIPv4Address'],
  ['netflow', 'destinationIPv6Address'],
  ['destinationIPv4Address'],
  ['destinationIPv6Address'],
  ['destinationAddress'],
  ['dstip'],
  ['dst-ip'],
  ['jsonPayload', 'connection', 'dest_ip'],
  ['destination', 'address'],
)
const sourcePortText = textReader(
  ['source', 'port'],
  ['src_port'],
  ['id.orig_p'],
  ['id', 'orig_p'],
  ['srcport'],
  ['SPT'],
  ['netflow', 'l4_src_port'],
  ['netflow', 'sourceTransportPort'],
  ['sourceTransportPort'],
  ['sourcePort'],
  ['src-port'],
  ['jsonPayload', 'connection', 'src_port'],
)
const destinationPortText = textReader(
  ['destination', 'port'],
  ['dst_port'],
  ['dest_port'],
  ['id.resp_p'],
  ['id', 'resp_p'],
  ['dstport'],
  ['DPT'],
  ['netflow', 'l4_dst_port'],
  ['netflow', 'destinationTransportPort'],
  ['destinationTransportPort'],
  ['destinationPort'],
  ['dst-port'],
  ['jsonPayload', 'connection', 'dest_port'],
)
const transportText = textReader(
  ['network', 'transport'],
  ['proto'],
  ['protocol'],
  ['PROTO'],
  ['network', 'iana_number'],
  ['netflow', 'protocol'],
  ['netflow', 'protocolIdentifier'],
  ['protocolIdentifier'],
  ['transportProtocol'],
  ['jsonPayload', 'connection', 'protocol'],
)
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

export function sourcePortOf(fields: ValueObject): number {
  return portOf(sourcePortText(fields))
}

export function destinationPortOf(fields: ValueObject): number {
  return portOf(destinationPortText(fields))
}

/** Undefined for an event without one, and for protocols that are none of the network's. */
export function transportOfRecord(fields: ValueObject): Transport | undefined {
  const text = transportText(fields)
  if (text === undefined) return hasTag(fields, 'tcp_connection_started') ? 'tcp' : undefined
  const name = text.toLowerCase()
  if (name === 'tcp' || name === 'udp' || name === 'sctp' || name === 'arp') return name
  if (name === 'icmp' || name === 'ipv6-icmp' || name === 'icmp6' || name === 'icmpv6') return 'icmp'
  if (/^\d{1,3}$/.test(name)) return transportOf(Number(name))
  return name === 'ip' || name === 'unknown_transport' || PROTOCOLS[name] !== undefined ? 'ip' : undefined
}

/** The number of the protocol; -1 where a record does not have it. */
export function protocolOfRecord(fields: ValueObject): number {
  const text = transportText(fields)?.toLowerCase() ?? ''
  return PROTOCOLS[text] ?? (/^\d{1,3}$/.test(text) ? Number(text) : (protocolNumber(fields) ?? -1))
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
