import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { toValue, type ValueObject } from '../src/event/index.ts'
import { CaptureReader, flowFields, FlowTable, packetFields, TCP, type Flow, type Packet } from '../src/packet/index.ts'

const SCANS = new URL('fixtures/scans/', import.meta.url)

/** The recorded scans: shape, technique, and the tool where its packets bear a mark. */
export const RECORDED: { readonly [scan: string]: readonly [type: string, technique: string, tool?: string] } = {
  'nmap-syn': ['vertical', 'syn', 'nmap'],
  'nmap-connect': ['vertical', 'connect'],
  'nmap-fin': ['vertical', 'fin', 'nmap'],
  'nmap-null': ['vertical', 'null', 'nmap'],
  'nmap-xmas': ['vertical', 'xmas', 'nmap'],
  'nmap-maimon': ['vertical', 'maimon', 'nmap'],
  'nmap-ack': ['vertical', 'ack', 'nmap'],
  'nmap-window': ['vertical', 'ack', 'nmap'],
  'nmap-custom': ['vertical', 'xmas', 'nmap'],
  'nmap-version': ['vertical', 'syn', 'nmap'],
  'nmap-udp': ['vertical', 'udp'],
  'nmap-ipproto': ['vertical', 'ip-protocol'],
  'nmap-fragments': ['vertical', 'fragments'],
  'nmap-decoys': ['decoy', 'syn', 'nmap'],
  'nmap-sweep': ['horizontal', 'syn', 'nmap'],
  'nmap-ping': ['horizontal', 'discovery'],
  'nmap-arp': ['horizontal', 'discovery'],
  'nmap-ipv6': ['vertical', 'syn', 'nmap'],
  'nmap-sctp': ['vertical', 'sctp'],
  masscan: ['vertical', 'syn', 'masscan (1.3.2 or before)'],
  'masscan-block': ['block', 'syn', 'masscan (1.3.2 or before)'],
  zmap: ['horizontal', 'syn', 'zmap (4.0 or before)'],
  'zmap-icmp': ['horizontal', 'discovery'],
  'masscan-udp': ['vertical', 'udp'],
  hping3: ['vertical', 'syn', 'hping3'],
  'hping3-ack': ['vertical', 'ack', 'hping3'],
  'hping3-udp': ['vertical', 'udp'],
  nping: ['vertical', 'syn', 'nping'],
}

export interface Record {
  readonly fields: ValueObject
  /** Epoch milliseconds. */
  readonly time: number
  readonly index: string
}

/** The packets of a recorded scan. */
export function packetsOf(scan: string): Packet[] {
  return new CaptureReader().push(readFileSync(new URL(`${scan}.pcap`, SCANS)))
}

/** The recorded scans as each kind of source tells of them. */
export const SOURCES: { readonly [source: string]: (scan: string) => Record[] } = {
  pcap: (scan) => packetsOf(scan).map((packet) => record(packet.time, packetFields(packet))),
  tcpdump: (scan) => tcpdumpLines(scan).map((message) => record(Date.parse(`${message.slice(0, 23)}Z`), { message })),
  netfilter: (scan) =>
    packetsOf(scan)
      .filter(({ source, transport }) => /^(?:10\.77\.0\.[234]|fd77::2)$/.test(source) && transport !== 'arp')
      .map((packet) => record(packet.time, { message: netfilterLine(packet) })),
  flows: (scan) => flowsOf(scan).map((flow) => record(flow.first, flowFields(flow))),
  zeek: (scan) => ipFlowsOf(scan).map((flow) => record(flow.first, zeekConn(flow))),
  suricata: (scan) => ipFlowsOf(scan).map((flow) => record(flow.first, suricataFlow(flow))),
  vpc: (scan) =>
    ipFlowsOf(scan)
      .flatMap(directions)
      .map((way) => record(way.time, vpcLog(way))),
  netflow: (scan) =>
    ipFlowsOf(scan)
      .flatMap(directions)
      .map((way) => record(way.time, { netflow: netflow9(way) })),
  ipfix: (scan) =>
    ipFlowsOf(scan)
      .flatMap(directions)
      .map((way) => record(way.time, { netflow: ipfix(way) })),
}

function record(time: number, fields: object): Record {
  return { fields: toValue(fields) as ValueObject, time: Math.floor(time), index: 'records' }
}

/** What tcpdump 4.99.3 wrote of the same captures with `-n -tttt`. */
function tcpdumpLines(scan: string): string[] {
  const text = gunzipSync(readFileSync(new URL('tcpdump-4.99.txt.gz', SCANS))).toString()
  const [, ...parts] = text.split(/^== /m)
  return parts
    .map((part) => part.trimEnd().split('\n'))
    .find(([name]) => name === scan)!
    .slice(1)
}

function flowsOf(scan: string): Flow[] {
  const table = new FlowTable({ idleMillis: 60_000, activeMillis: 300_000, capacity: 100_000 })
  return [...packetsOf(scan).flatMap((packet) => table.add(packet)), ...table.drain()].sort((a, b) => a.first - b.first)
}

/** None of the others tells of ARP. */
function ipFlowsOf(scan: string): Flow[] {
  return flowsOf(scan).filter(({ transport }) => transport !== 'arp')
}

const FLAG_WORDS = ['CWR', 'ECE', 'URG', 'ACK', 'PSH', 'RST', 'SYN', 'FIN'] as const
const PROTOCOL_NAMES: { readonly [protocol: number]: string } = { 1: 'ICMP', 6: 'TCP', 17: 'UDP', 132: 'SCTP' }

/** As the target LOG of netfilter writes it (nf_log_ipv4.c). */
export function netfilterLine(packet: Packet): string {
  const { transport, protocol, flags } = packet
  const words = FLAG_WORDS.filter((word) => flags >= 0 && (flags & TCP[word]) !== 0).map((word) => `${word} `)
  const ports = `SPT=${packet.sourcePort} DPT=${packet.destinationPort} `
  const above =
    transport === 'tcp' && flags >= 0
      ? `${ports}WINDOW=${packet.window} RES=0x00 ${words.join('')}URGP=0 `
      : transport === 'udp'
        ? `${ports}LEN=${packet.bytes - 20} `
        : transport === 'sctp'
          ? ports
          : transport === 'icmp'
            ? packet.icmp === undefined
              ? 'INCOMPLETE [0 bytes] '
              : `TYPE=${packet.icmp.type} CODE=${packet.icmp.code} ID=1 SEQ=1 `
            : packet.sourcePort >= 0
              ? `INCOMPLETE [8 bytes] `
              : ''
  const fragment = packet.fragment ? (packet.sourcePort < 0 ? 'FRAG:1 ' : 'MF ') : ''
  return (
    `Nov 24 08:00:00 gate kernel: [ 1234.5678] DROP IN=eth0 OUT= MAC=23:87:fc:c6:24:58:00:21:3f:98:99:78:08:00 ` +
    `SRC=${packet.source} DST=${packet.destination} LEN=${packet.bytes} TOS=0x00 PREC=0x00 TTL=${packet.ttl} ID=${packet.ipId} ` +
    `${fragment}PROTO=${PROTOCOL_NAMES[protocol] ?? protocol} ${above}`
  )
}

/** Zeek's conn.log as JSON. */
function zeekConn(flow: Flow): object {
  const { vedetta } = flowFields(flow) as unknown as { vedetta: { flow: { state: string; history: string } } }
  return {
    ts: flow.first / 1000,
    uid: 'C1',
    'id.orig_h': flow.source,
    'id.orig_p': Math.max(0, flow.sourcePort),
    'id.resp_h': flow.destination,
    'id.resp_p': Math.max(0, flow.destinationPort),
    proto: flow.transport === 'ip' ? 'unknown_transport' : flow.transport,
    ip_proto: flow.protocol,
    conn_state: vedetta.flow.state,
    history: vedetta.flow.history,
    orig_pkts: flow.sent.packets,
    orig_bytes: 0,
    resp_pkts: flow.received.packets,
    resp_bytes: 0,
  }
}

/** An event `flow` of Suricata's eve.json. */
function suricataFlow(flow: Flow): object {
  const hex = (flags: number): string => flags.toString(16).padStart(2, '0')
  const flags = flow.sent.flags | flow.received.flags
  const tcp = {
    tcp_flags: hex(flags),
    tcp_flags_ts: hex(flow.sent.flags),
    tcp_flags_tc: hex(flow.received.flags),
    ...((flags & TCP.SYN) === 0 ? {} : { syn: true }),
    ...((flags & TCP.RST) === 0 ? {} : { rst: true }),
    ...((flags & TCP.ACK) === 0 ? {} : { ack: true }),
    state: 'closed',
  }
  return {
    event_type: 'flow',
    src_ip: flow.source,
    dest_ip: flow.destination,
    ...(flow.sourcePort < 0 ? {} : { src_port: flow.sourcePort, dest_port: flow.destinationPort }),
    proto: PROTOCOL_NAMES[flow.protocol] ?? String(flow.protocol).padStart(3, '0'),
    flow: {
      pkts_toserver: flow.sent.packets,
      pkts_toclient: flow.received.packets,
      bytes_toserver: flow.sent.bytes,
      bytes_toclient: flow.received.bytes,
      state: flow.received.packets > 0 ? 'established' : 'new',
      reason: 'timeout',
    },
    ...(flow.transport === 'tcp' ? { tcp } : {}),
  }
}

interface Way {
  readonly time: number
  readonly from: readonly [address: string, port: number]
  readonly to: readonly [address: string, port: number]
  readonly protocol: number
  readonly packets: number
  readonly bytes: number
  readonly flags: number
}

/** The two records of a flow, for exporters that know one direction. */
function directions(flow: Flow): Way[] {
  const there = [flow.source, Math.max(0, flow.sourcePort)] as const
  const here = [flow.destination, Math.max(0, flow.destinationPort)] as const
  const { protocol } = flow
  return [
    { time: flow.first, from: there, to: here, protocol, ...flow.sent },
    { time: flow.first, from: here, to: there, protocol, ...flow.received },
  ].filter(({ packets }) => packets > 0)
}

/** Version 2 of VPC flow logs, of a group that lets everything in. */
function vpcLog({ from, to, protocol, packets, bytes, time }: Way): object {
  return {
    version: '2',
    'account-id': '123456789010',
    srcaddr: from[0],
    dstaddr: to[0],
    srcport: String(from[1]),
    dstport: String(to[1]),
    protocol: String(protocol),
    packets: String(packets),
    bytes: String(bytes),
    start: String(Math.floor(time / 1000)),
    action: 'ACCEPT',
    'log-status': 'OK',
  }
}

/** As the netflow codec names the fields of version 9. */
function netflow9({ from, to, protocol, packets, bytes, flags }: Way): object {
  const family = from[0].includes(':') ? 'ipv6' : 'ipv4'
  return {
    version: 9,
    [`${family}_src_addr`]: from[0],
    [`${family}_dst_addr`]: to[0],
    l4_src_port: from[1],
    l4_dst_port: icmpOr(protocol, to[1]),
    protocol,
    in_pkts: packets,
    in_bytes: bytes,
    tcp_flags: flags,
  }
}

function ipfix({ from, to, protocol, packets, bytes, flags }: Way): object {
  const family = from[0].includes(':') ? 'IPv6' : 'IPv4'
  return {
    version: 10,
    [`source${family}Address`]: from[0],
    [`destination${family}Address`]: to[0],
    sourceTransportPort: from[1],
    destinationTransportPort: icmpOr(protocol, to[1]),
    protocolIdentifier: protocol,
    packetDeltaCount: packets,
    octetDeltaCount: bytes,
    tcpControlBits: flags,
  }
}

/** Of ICMP the type and the code are in the port: an echo request. */
function icmpOr(protocol: number, port: number): number {
  return protocol === 1 ? 8 << 8 : port
}
