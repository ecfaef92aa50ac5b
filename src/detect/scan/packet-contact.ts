import { TCP, type Packet } from '../../packet/index.ts'
import type { Contact, Technique } from './contact.ts'
import { OUTCOME, type Outcome } from './outcome.ts'

/** Of nmap, before 5.59 one of four, and of hping3. */
const TOOL_WINDOWS: ReadonlySet<number | undefined> = new Set([1024, 2048, 3072, 4096, 512])
const CONTROL = TCP.FIN | TCP.SYN | TCP.RST | TCP.PSH | TCP.ACK | TCP.URG

/** What a packet says; undefined where it says nothing of a scan. */
export function contactOfPacket(packet: Packet): Contact | undefined {
  if (packet.transport === 'icmp') return contactOfIcmp(packet)
  if (packet.transport === 'arp') return contactOfArp(packet)
  if (packet.transport === 'tcp') return contactOfTcp(packet)
  if (packet.transport === 'ip') return probe(packet, 'ip-protocol', OUTCOME.unknown, packet.protocol)
  if (packet.fragment || packet.sourcePort < 0) return undefined
  return packet.transport === 'udp' ? probe(packet, 'udp', OUTCOME.unknown) : probe(packet, 'sctp', OUTCOME.unknown)
}

function contactOfTcp(packet: Packet): Contact | undefined {
  if (packet.flags < 0)
    return packet.fragment && packet.destinationPort >= 0 ? probe(packet, 'fragments', OUTCOME.failed) : undefined
  const flags = packet.flags & CONTROL
  if ((flags & (TCP.SYN | TCP.ACK | TCP.RST)) === TCP.SYN)
    return (flags & TCP.FIN) === 0
      ? probe(packet, packet.options === 'more' ? 'connect' : 'syn', OUTCOME.unknown)
      : probe(packet, 'xmas', OUTCOME.failed)
  if ((flags & (TCP.SYN | TCP.ACK)) === (TCP.SYN | TCP.ACK)) return answer(packet, OUTCOME.succeeded, true)
  if ((flags & TCP.RST) !== 0) return answer(packet, OUTCOME.failed, false)
  if (flags === 0) return probe(packet, 'null', OUTCOME.failed)
  if (flags === TCP.FIN) return probe(packet, 'fin', OUTCOME.failed)
  // No connection has a packet without ACK after its SYN: FIN, PSH and URG in any other mixture are of the same kind.
  if ((flags & TCP.ACK) === 0) return probe(packet, 'xmas', OUTCOME.failed)
  if (flags === (TCP.FIN | TCP.ACK) && packet.sequence === 0) return probe(packet, 'maimon', OUTCOME.failed)
  // The tools' own windows, no options and no data: packets of connections may look so too, and those are known.
  if (packet.payload === 0 && packet.options === 'none' && TOOL_WINDOWS.has(packet.window)) {
    if (flags === (TCP.FIN | TCP.ACK)) return probe(packet, 'maimon', OUTCOME.unknown)
    if (flags === TCP.ACK) return probe(packet, 'ack', OUTCOME.unknown)
  }
  return packet.payload > 0 && (flags & TCP.ACK) !== 0
    ? { ...probe(packet, 'connect', OUTCOME.succeeded), answer: true, data: true }
    : undefined
}

/** Who is there on a network is asked by ARP as by ICMP; hosts ask for themselves when they come. */
function contactOfArp(packet: Packet): Contact | undefined {
  if (packet.source === packet.destination) return undefined
  return packet.protocol === 1
    ? probe(packet, 'discovery', OUTCOME.unknown, -1)
    : { ...answer(packet, OUTCOME.succeeded, false), port: -1, technique: 'discovery' }
}

const ECHO_AND_OTHER_QUESTIONS = new Set([8, 13, 15, 17])

function contactOfIcmp(packet: Packet): Contact | undefined {
  const icmp = packet.icmp
  if (icmp === undefined) return undefined
  if (icmp.about !== undefined) {
    const { about } = icmp
    return {
      time: packet.time,
      source: about.source,
      destination: about.destination,
      sourcePort: about.sourcePort,
      port: about.transport === 'ip' ? about.protocol : about.destinationPort,
      transport: about.transport,
      technique: 'udp',
      outcome: OUTCOME.failed,
      answer: true,
      open: false,
      data: false,
      oneWay: undefined,
      tool: undefined,
      sequence: undefined,
    }
  }
  const echo = packet.protocol === 58 ? icmp.type === 128 : ECHO_AND_OTHER_QUESTIONS.has(icmp.type)
  if (echo) return probe(packet, 'discovery', OUTCOME.unknown, -1)
  const reply = packet.protocol === 58 ? icmp.type === 129 : icmp.type === 0 || icmp.type === 14
  return reply ? { ...answer(packet, OUTCOME.succeeded, false), port: -1, technique: 'discovery' } : undefined
}

function probe(packet: Packet, technique: Technique, outcome: Outcome, port = packet.destinationPort): Contact {
  return {
    time: packet.time,
    source: packet.source,
    destination: packet.destination,
    sourcePort: packet.sourcePort,
    port,
    transport: packet.transport,
    technique,
    outcome,
    answer: false,
    open: false,
    data: false,
    oneWay: undefined,
    tool: toolOf(packet),
    sequence: packet.sequence,
  }
}

function answer(packet: Packet, outcome: Outcome, open: boolean): Contact {
  return {
    time: packet.time,
    source: packet.destination,
    destination: packet.source,
    sourcePort: packet.destinationPort,
    port: packet.sourcePort,
    transport: packet.transport,
    technique: 'syn',
    outcome,
    answer: true,
    open,
    data: false,
    oneWay: undefined,
    tool: undefined,
    sequence: undefined,
  }
}

/**
 * Marks of the tools' own packets, from their sources: nmap tcpip.cc (since 2011, and before), masscan templ-pkt.c (1.3.2 and
 * after), zmap packet.c (to 4.0), hping3 sendtcp.c, nping. A mark in IP's header decides only where the capture has it.
 */
function toolOf(packet: Packet): string | undefined {
  const { window, options, ttl, ipId, flags } = packet
  if (flags < 0 || window === undefined) return undefined
  const syn = (flags & TCP.SYN) !== 0
  if (window === 1025 && options === 'mss') return 'masscan (after 1.3.2)'
  if (window === 1024 && options === 'none' && (ttl === undefined ? syn : ttl > 200)) return 'masscan (1.3.2 or before)'
  // Hop limits of IPv6, which has no ids, are another matter.
  const nmap = (options === 'mss' || !syn) && (ttl === undefined || ipId === undefined || ttl < 60)
  if (nmap && window === 1024) return 'nmap'
  if (nmap && ipId !== undefined && (window === 2048 || window === 3072 || window === 4096)) return 'nmap (before 5.59)'
  if (window === 65_535 && options === 'none' && syn && (ipId === undefined || ipId === 54_321))
    return 'zmap (4.0 or before)'
  if (window === 1480 && options === 'none' && syn) return 'nping'
  return window === 512 && options === 'none' ? 'hping3' : undefined
}
