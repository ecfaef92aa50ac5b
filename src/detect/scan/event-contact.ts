import { textReader } from '../seen-event.ts'
import type { SeenEvent } from '../detector.ts'
import { isObject, type Value, type ValueObject } from '../../event/index.ts'
import { packetOfFields, parseTcpdumpLine, transportOf, type Transport } from '../../packet/index.ts'
import type { Contact, Technique } from './contact.ts'
import { OUTCOME, type Outcome } from './outcome.ts'
import { contactOfPacket } from './packet-contact.ts'

const sourceOf = textReader(
  ['source', 'ip'],
  ['src_ip'],
  ['id.orig_h'],
  ['id', 'orig_h'],
  ['srcaddr'],
  ['SRC'],
  ['netflow', 'ipv4_src_addr'],
  ['netflow', 'ipv6_src_addr'],
  ['sourceIPv4Address'],
  ['source', 'address'],
)
const destinationOf = textReader(
  ['destination', 'ip'],
  ['dst_ip'],
  ['dest_ip'],
  ['id.resp_h'],
  ['id', 'resp_h'],
  ['dstaddr'],
  ['DST'],
  ['netflow', 'ipv4_dst_addr'],
  ['netflow', 'ipv6_dst_addr'],
  ['destinationIPv4Address'],
  ['destination', 'address'],
)
const sourcePortOf = textReader(
  ['source', 'port'],
  ['src_port'],
  ['id.orig_p'],
  ['id', 'orig_p'],
  ['srcport'],
  ['SPT'],
  ['netflow', 'l4_src_port'],
)
const destinationPortOf = textReader(
  ['destination', 'port'],
  ['dst_port'],
  ['dest_port'],
  ['id.resp_p'],
  ['id', 'resp_p'],
  ['dstport'],
  ['DPT'],
  ['netflow', 'l4_dst_port'],
)
const transportText = textReader(
  ['network', 'transport'],
  ['proto'],
  ['protocol'],
  ['PROTO'],
  ['network', 'iana_number'],
  ['netflow', 'protocol'],
)
const stateOf = textReader(
  ['conn_state'],
  ['zeek', 'connection', 'state'],
  ['vedetta', 'flow', 'state'],
  ['network', 'state'],
)
const actionOf = textReader(['event', 'action'], ['action'], ['aws', 'vpcflow', 'action'])
const historyOf = textReader(
  ['history'],
  ['zeek', 'connection', 'history'],
  ['vedetta', 'flow', 'history'],
  ['network', 'history'],
)
const typeOf = textReader(['event', 'type'])
const answeredBytes = numberReader(['destination', 'bytes'], ['resp_bytes'])
const answeredPackets = numberReader(['destination', 'packets'], ['resp_pkts'])
const flagsOf = numberReader(['netflow', 'tcp_flags'], ['tcp', 'flags'])

/** Zeek's states without a connection; `SH` and `OTH` say too little. */
const FAILED_STATES = new Set(['S0', 'REJ', 'RSTOS0', 'RSTRH', 'SHR'])
const GOOD_STATES = new Set(['S1', 'S2', 'S3', 'SF', 'RSTO', 'RSTR'])
const DENIED = new Set([
  'reject',
  'rejected',
  'drop',
  'dropped',
  'deny',
  'denied',
  'block',
  'blocked',
  'flow_dropped',
  'block_ip',
])
const ALLOWED = new Set(['accept', 'accepted', 'allow', 'allowed', 'pass', 'permit', 'permitted'])

/** What a stored event says of who asked whom; undefined for one that says nothing of it. */
export function contactOfEvent(event: SeenEvent): Contact | undefined {
  const { fields } = event
  const evidence = { index: event.index, ...(event.id === undefined ? {} : { id: event.id }) }
  const whole = packetOfFields(fields, event.time)
  if (whole !== undefined) {
    const contact = contactOfPacket(whole)
    return contact === undefined ? undefined : { ...contact, evidence }
  }
  const source = sourceOf(fields)
  const destination = destinationOf(fields)
  if (source === undefined || destination === undefined) {
    const message = fields['message']
    const packet = typeof message === 'string' && message.startsWith('2') ? parseTcpdumpLine(message) : undefined
    const contact = packet === undefined ? undefined : contactOfPacket(packet)
    return contact === undefined ? undefined : { ...contact, time: event.time, evidence }
  }
  const transport =
    transportNamed(transportText(fields)) ?? (hasTag(fields, 'tcp_connection_started') ? 'tcp' : undefined)
  if (transport === undefined) return undefined
  const outcome = outcomeOf(fields, transport)
  if (outcome === undefined) return undefined
  const port = portOf(destinationPortOf(fields))
  const sourcePort = portOf(sourcePortOf(fields))
  return {
    time: event.time,
    source,
    destination,
    sourcePort,
    port: transport === 'icmp' ? -1 : port,
    transport,
    technique: techniqueOf(fields, transport),
    outcome,
    answer: false,
    open: outcome === OUTCOME.succeeded && transport === 'tcp',
    data: outcome === OUTCOME.succeeded && (answeredBytes(fields) ?? 0) > 0,
    tool: undefined,
    sequence: undefined,
    evidence,
  }
}

/** Undefined for an event that is no contact: a packet in the middle of a connection. */
function outcomeOf(fields: ValueObject, transport: Transport): Outcome | undefined {
  const state = stateOf(fields)?.toUpperCase()
  if (state !== undefined) {
    if (FAILED_STATES.has(state)) return OUTCOME.failed
    if (GOOD_STATES.has(state)) return OUTCOME.succeeded
  }
  const action = actionOf(fields)?.toLowerCase()
  const type = fields['event.type'] ?? (isObject(fields['event']) ? fields['event']['type'] : undefined)
  const types = Array.isArray(type) ? type : [type]
  if (action !== undefined && DENIED.has(action)) return OUTCOME.failed
  if (types.includes('denied') || typeOf(fields) === 'denied') return OUTCOME.failed
  if (action !== undefined && ALLOWED.has(action)) return OUTCOME.succeeded
  if (state !== undefined) return OUTCOME.unknown
  if (hasTag(fields, 'tcp_connection_started')) return OUTCOME.unknown
  const flow = fields['flow']
  if (isObject(flow)) {
    const back = flow['bytes_toclient'] ?? flow['pkts_toclient']
    const tcp = fields['tcp']
    if (isObject(tcp) && tcp['syn'] === true && tcp['ack'] !== true) return OUTCOME.failed
    if (typeof back === 'number') return back > 0 ? OUTCOME.succeeded : OUTCOME.failed
  }
  const back = answeredPackets(fields)
  if (back !== undefined) return back > (transport === 'tcp' ? 1 : 0) ? OUTCOME.succeeded : OUTCOME.failed
  const flags = flagsOf(fields)
  if (flags !== undefined) return flags === 2 || (flags & 0x10) === 0 ? OUTCOME.unknown : undefined
  if (fields['type'] === 'tcpdump') return undefined
  // Lines of a packet filter: SYN as a word, and what they did in the prefix.
  return fields['SRC'] !== undefined ? OUTCOME.failed : OUTCOME.unknown
}

function techniqueOf(fields: ValueObject, transport: Transport): Technique {
  if (transport === 'udp' || transport === 'sctp') return transport
  if (transport === 'icmp') return 'discovery'
  if (transport === 'ip') return 'ip-protocol'
  const flags = flagsOf(fields)
  if (flags === 0) return 'null'
  if (flags === 1) return 'fin'
  if (flags === 0x29) return 'xmas'
  const history = historyOf(fields)
  if (history !== undefined && history.startsWith('F')) return 'fin'
  return history !== undefined && history.startsWith('ShA') ? 'connect' : 'syn'
}

function transportNamed(text: string | undefined): Transport | undefined {
  if (text === undefined) return undefined
  const name = text.toLowerCase()
  if (name === 'tcp' || name === 'udp' || name === 'sctp') return name
  if (name === 'icmp' || name === 'ipv6-icmp' || name === 'icmp6' || name === 'icmpv6') return 'icmp'
  return /^\d{1,3}$/.test(name) ? transportOf(Number(name)) : undefined
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

function hasTag(fields: ValueObject, tag: string): boolean {
  const tags = fields['tags']
  return Array.isArray(tags) ? tags.includes(tag) : tags === tag
}
