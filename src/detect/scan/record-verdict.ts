import { isObject, type ValueObject } from '../../event/index.ts'
import { TCP, type Transport } from '../../packet/index.ts'
import type { Technique } from './contact.ts'
import { OUTCOME, type Outcome } from './outcome.ts'
import {
  actionOf,
  answeredBytes,
  answeredPackets,
  cloudFlags,
  flagsOf,
  hasTag,
  historyOf,
  recordBytes,
  recordPackets,
  stateOf,
  valueAt,
  type RecordEnds,
} from './record-fields.ts'

/** What a record of a flow or of a firewall says of a contact. */
export interface Verdict {
  readonly outcome: Outcome
  readonly technique: Technique
  /** The record is of the answer. */
  readonly answer?: boolean
  /** An open port has answered. */
  readonly open?: boolean
  readonly data?: boolean
  /** The record is of one direction, and does not tell which; its packets are as short as they can be, or longer. */
  readonly oneWay?: 'bare' | 'longer'
}

/** Zeek's states without a connection; `SH` says too little, and of `OTH` only the history tells. */
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

const CONTROL = TCP.FIN | TCP.SYN | TCP.RST | TCP.PSH | TCP.ACK | TCP.URG
/** A connection of TCP that says something has more packets in each direction. */
const FEW_PACKETS = 2
/** Of IPv4, or IPv6, and TCP without options: so long is an RST, and no SYN-ACK of a host that can be spoken with. */
const BARE_BYTES = 40
const BARE_BYTES_IPV6 = 60
/** Types of ICMP that ask, as records of flows have them in place of a port. */
const ICMP_QUESTIONS = new Set([8 << 8, 13 << 8, 17 << 8, 128 << 8])

/** Undefined for a record that is no contact: a part of a connection. */
export function verdictOf(fields: ValueObject, transport: Transport, ends: RecordEnds): Verdict | undefined {
  // The shipped pipeline's lines say nothing but that a connection was asked for.
  if (fields['type'] === 'tcpdump' && fields['event'] === undefined)
    return hasTag(fields, 'tcp_connection_started') ? { outcome: OUTCOME.unknown, technique: 'syn' } : undefined
  const technique = techniqueOf(fields, transport, ends)
  const action = actionOf(fields)?.toLowerCase()
  if ((action !== undefined && DENIED.has(action)) || isDenied(fields)) return { outcome: OUTCOME.failed, technique }
  if (isOneWay(fields)) return oneWay(fields, transport, technique, ends)
  const state = stateOf(fields)?.toUpperCase()
  if (state !== undefined) return byState(fields, state, transport, technique)
  if (action !== undefined && ALLOWED.has(action)) return succeeded(fields, transport, technique)
  if (hasTag(fields, 'tcp_connection_started')) return { outcome: OUTCOME.unknown, technique }
  const suricata = transport === 'tcp' ? suricataFlags(fields, 'tcp_flags_tc') : undefined
  if (suricata !== undefined) return byAnswer(fields, suricata, technique)
  const back = answeredPackets(fields)
  if (back !== undefined)
    return back > (transport === 'tcp' ? 1 : 0)
      ? succeeded(fields, transport, technique)
      : { outcome: OUTCOME.failed, technique }
  const flags = flagsOf(fields)
  // Fields of lines of a packet filter say what it did only in the prefix.
  if (flags === undefined) return { outcome: fields['SRC'] === undefined ? OUTCOME.unknown : OUTCOME.failed, technique }
  return (flags & TCP.ACK) === 0 ? { outcome: OUTCOME.unknown, technique } : undefined
}

function byState(fields: ValueObject, state: string, transport: Transport, technique: Technique): Verdict {
  if (FAILED_STATES.has(state)) return { outcome: OUTCOME.failed, technique }
  const history = historyOf(fields) ?? ''
  // Opened and cut off by its asker before a word was said.
  if (state === 'RSTO' && history !== '' && !/d/i.test(history))
    return { outcome: OUTCOME.failed, technique, open: true }
  if (GOOD_STATES.has(state)) return succeeded(fields, transport, technique)
  const probed = transport === 'tcp' && technique !== 'syn' && technique !== 'connect'
  // An ACK may be of a connection; one that is refused is of none.
  return { outcome: probed && (technique !== 'ack' || /r/.test(history)) ? OUTCOME.failed : OUTCOME.unknown, technique }
}

function byAnswer(fields: ValueObject, answered: number, technique: Technique): Verdict {
  if ((answered & TCP.SYN) !== 0) {
    const given = (answeredPackets(fields) ?? 0) <= 1
    return given ? { outcome: OUTCOME.failed, technique, open: true } : succeeded(fields, 'tcp', technique)
  }
  const refused = (answered & TCP.RST) !== 0 || answered === 0
  return refused ? { outcome: OUTCOME.failed, technique } : succeeded(fields, 'tcp', technique)
}

function succeeded(fields: ValueObject, transport: Transport, technique: Technique): Verdict {
  return { outcome: OUTCOME.succeeded, technique, open: transport === 'tcp', data: hasData(fields) }
}

/** Of what counts headers as well, more than a connection's own packets. */
function hasData(fields: ValueObject): boolean {
  const history = historyOf(fields)
  if (history !== undefined) return history.includes('d')
  return (answeredBytes(fields) ?? 0) > 0 && (answeredPackets(fields) ?? Infinity) > FEW_PACKETS
}

/** NetFlow, IPFIX and VPC flow logs tell each direction of a conversation alone. */
function isOneWay(fields: ValueObject): boolean {
  return (
    fields['netflow'] !== undefined ||
    fields['srcaddr'] !== undefined ||
    valueAt(fields, 'aws', 'vpcflow') !== undefined
  )
}

function oneWay(
  fields: ValueObject,
  transport: Transport,
  technique: Technique,
  ends: RecordEnds,
): Verdict | undefined {
  const { port } = ends
  if (transport === 'icmp')
    return port > 0 && !ICMP_QUESTIONS.has(port) ? undefined : { outcome: OUTCOME.unknown, technique }
  const packets = recordPackets(fields)
  if (transport !== 'tcp') {
    const outcome = packets !== undefined && packets > FEW_PACKETS ? OUTCOME.succeeded : OUTCOME.unknown
    return { outcome: transport === 'udp' ? outcome : OUTCOME.unknown, technique }
  }
  const flags = cloudFlags(fields) || flagsOf(fields)
  const few = packets === undefined || packets <= FEW_PACKETS
  if (flags === undefined || flags === 0) {
    // Without flags the length tells what an answer was.
    if (!few) return { outcome: OUTCOME.succeeded, technique, oneWay: 'longer' }
    return { outcome: OUTCOME.unknown, technique, oneWay: isBare(fields, ends) ? 'bare' : 'longer' }
  }
  if ((flags & (TCP.SYN | TCP.ACK)) === TCP.SYN) return { outcome: OUTCOME.unknown, technique }
  if (few && (flags & (TCP.SYN | TCP.ACK | TCP.FIN | TCP.PSH)) === (TCP.SYN | TCP.ACK))
    return { outcome: OUTCOME.succeeded, technique, answer: true, open: true }
  if (few && (flags & TCP.RST) !== 0 && (flags & TCP.SYN) === 0)
    return { outcome: OUTCOME.failed, technique, answer: true }
  return (flags & TCP.ACK) === 0 || (few && (technique === 'maimon' || (technique === 'ack' && isBare(fields, ends))))
    ? { outcome: OUTCOME.unknown, technique, oneWay: 'longer' }
    : undefined
}

function techniqueOf(fields: ValueObject, transport: Transport, ends: RecordEnds): Technique {
  if (transport === 'udp' || transport === 'sctp') return transport
  if (transport === 'icmp' || transport === 'arp') return 'discovery'
  if (transport === 'ip') return 'ip-protocol'
  const told = suricataFlags(fields, 'tcp_flags_ts')
  const flags = told ?? flagsOf(fields)
  const history = historyOf(fields)
  if (flags === undefined) {
    if (history?.startsWith('F') === true) return 'fin'
    if (history !== undefined && /^Ar?$/.test(history)) return 'ack'
    return history?.startsWith('ShA') === true ? 'connect' : 'syn'
  }
  const control = flags & CONTROL
  if ((control & TCP.SYN) !== 0) return (control & TCP.ACK) === 0 ? 'syn' : 'connect'
  // Exporters that know no flags write 0 as well: only of packets without options it is meant.
  if (control === 0) return told === 0 || isBare(fields, ends) ? 'null' : 'syn'
  if (control === TCP.FIN) return 'fin'
  if (control === TCP.ACK) return 'ack'
  if (control === (TCP.FIN | TCP.ACK)) return 'maimon'
  return (control & (TCP.ACK | TCP.RST)) === 0 ? 'xmas' : 'syn'
}

function isBare(fields: ValueObject, { source }: RecordEnds): boolean {
  const packets = recordPackets(fields)
  const bare = source.includes(':') ? BARE_BYTES_IPV6 : BARE_BYTES
  return packets !== undefined && packets > 0 && recordBytes(fields) === bare * packets
}

/** Hexadecimal digits, of either direction (eve.json). */
function suricataFlags(fields: ValueObject, name: 'tcp_flags_ts' | 'tcp_flags_tc'): number | undefined {
  const tcp = fields['tcp']
  const text = isObject(tcp) ? tcp[name] : undefined
  return typeof text === 'string' && /^[\da-f]{1,2}$/i.test(text) ? Number.parseInt(text, 16) : undefined
}

function isDenied(fields: ValueObject): boolean {
  const type = valueAt(fields, 'event', 'type')
  return Array.isArray(type) ? type.includes('denied') : type === 'denied'
}
