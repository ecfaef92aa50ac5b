import { arpPacket, TCP, transportOf, type Packet, type Transport } from './packet.ts'

/** Behind the number of the packet (`-#`): date and time, time alone, or seconds of the epoch. */
const TIME = String.raw`^ *(?:\d+ {2})?(?:(?:(\d{4})-(\d\d)-(\d\d) )?(\d\d):(\d\d):(\d\d)\.(\d{1,9})|(\d{9,10}\.\d{1,9})) `
const MAC = String.raw`(?:[\da-f]{2}:){5}[\da-f]{2}`
const VLAN = String.raw`vlan \d+, p \d+,(?: DEI,)? (?:ethertype [^ ,]+(?: \(0x[\da-f]+\))?, )?`
/** What stands between the time and the addresses: an interface, the header of the link (`-e`), tags, a rule of pf. */
const LINK = [
  String.raw`(?:\S+ +)?(?:In|Out|B|M|P) +(?:ifindex \d+ )?${MAC} ethertype \S+ \(0x[\da-f]+\), length \d+: (?:${VLAN})*(?:IP6? )?`,
  String.raw`${MAC} > ${MAC}, ethertype \S+ \(0x[\da-f]+\), length \d+: (?:${VLAN})*(?:IP6? )?`,
  String.raw`rule [^ ]+?(?: \[[^\]]*\])*: \w+ (?:in|out) on [^ ]+: (?:IP6? )?`,
  String.raw`(?:\S+ +(?:In|Out|B|M|P) +)?(?:${VLAN})*IP6?,? `,
  String.raw`(?:\S+ +(?:In|Out|B|M|P) +)?(?:${VLAN})+`,
].join('|')
const HEAD = new RegExp(String.raw`${TIME}(?:${LINK})(\S+) > (\S+?): (.*)$`)
const ARP_QUESTION = new RegExp(
  String.raw`${TIME}.{0,200}?\bRequest who-has ([\d.]+)(?: \([\da-f:]+\))? tell ([\d.]+),`,
)
const FLAG_BITS: Readonly<Record<string, number>> = {
  F: TCP.FIN,
  S: TCP.SYN,
  R: TCP.RST,
  P: TCP.PSH,
  '.': TCP.ACK,
  U: TCP.URG,
  E: TCP.ECE,
  W: TCP.CWR,
}

/**
 * The packet in a line of `tcpdump -n`, its date and time (`-tttt`) taken for UTC; a line without a date is of `time`. Undefined
 * for any other line.
 */
export function parseTcpdumpLine(line: string, time?: number): Packet | undefined {
  const short = line.length > 2000 ? line.slice(0, 2000) : line
  const head = HEAD.exec(short)
  if (head === null) return arpQuestion(short, time)
  const at = timeOf(head, time)
  if (at === undefined) return undefined
  const [from, to, rest] = head.slice(9) as [string, string, string]
  const [source, sourcePort] = addressAndPort(from)
  const [destination, destinationPort] = addressAndPort(to)
  const tcp = /^Flags \[([^\]]*)\]/.exec(rest)
  const raw = /^ *(?:ip-proto-(\d+)|(?:\w+: )?\[\|(\w+)\])/.exec(rest)
  const protocol = tcp === null ? protocolOf(rest, raw, destinationPort) : 6
  const transport = transportOf(protocol)
  const options = / options \[([^\]]*)\]/.exec(rest)
  const icmp = transport === 'icmp' ? icmpOf(rest, source, destination) : undefined
  return {
    time: at,
    source,
    destination,
    sourcePort,
    destinationPort,
    transport,
    protocol,
    bytes: 0,
    payload: Number(/ length (\d+)/.exec(rest)?.[1] ?? 0),
    flags: tcp === null ? -1 : flagsOf(tcp[1]!),
    window: tcp === null ? undefined : numberIn(/ win (\d+)/, rest),
    sequence: tcp === null ? undefined : numberIn(/ seq (\d+)/, rest),
    options: tcp === null ? undefined : options === null ? 'none' : /^mss \d+$/.test(options[1]!) ? 'mss' : 'more',
    ttl: undefined,
    ipId: undefined,
    fragment: raw !== null && (raw[2] === 'tcp' || (protocol === 6 && sourcePort < 0)),
    ...(icmp === undefined ? {} : { icmp }),
  }
}

/** What tcpdump calls protocols whose header is cut off. */
const CUT_OFF: Readonly<Record<string, number>> = {
  tcp: 6,
  egp: 8,
  igrp: 9,
  udp: 17,
  dccp: 33,
  rsvp: 46,
  gre: 47,
  esp: 50,
  ah: 51,
  mobile: 55,
  eigrp: 88,
  ospf2: 89,
  pim: 103,
  ipcomp: 108,
  vrrp: 112,
  pgm: 113,
}

/** Of a packet that is not TCP; what has a port and no name is UDP, whose contents tcpdump tells. */
function protocolOf(rest: string, raw: RegExpExecArray | null, port: number): number {
  if (rest.startsWith('ICMP')) return 1
  if (rest.startsWith('sctp')) return 132
  if (/^tcp \d/.test(rest)) return 6
  if (rest.startsWith('igmp')) return 2
  if (raw?.[1] !== undefined) return Number(raw[1])
  return CUT_OFF[raw?.[2] ?? ''] ?? (port >= 0 ? 17 : 255)
}

/** An answer names only who answers, not whom: it says nothing. */
function arpQuestion(line: string, time: number | undefined): Packet | undefined {
  const found = ARP_QUESTION.exec(line)
  const at = found === null ? undefined : timeOf(found, time)
  return at === undefined ? undefined : arpPacket(at, 1, found![10]!, found![9]!)
}

function timeOf(head: RegExpExecArray, undated: number | undefined): number | undefined {
  const [, year, month, day, hour, minute, second, fraction, epoch] = head
  if (epoch !== undefined) return Number(epoch) * 1000
  if (year === undefined) return undated
  return (
    Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)) +
    Number(`0.${fraction}`) * 1000
  )
}

function numberIn(pattern: RegExp, text: string): number | undefined {
  const found = pattern.exec(text)
  return found === null ? undefined : Number(found[1])
}

function flagsOf(text: string): number {
  if (text === 'none') return 0
  let flags = 0
  for (const letter of text) flags |= FLAG_BITS[letter] ?? 0
  return flags
}

function addressAndPort(text: string): [string, number] {
  const match = (
    text.includes(':') ? /^([0-9a-f:.]*:[0-9a-f:]*)\.(\d{1,5})$/ : /^(\d+\.\d+\.\d+\.\d+)\.(\d{1,5})$/
  ).exec(text)
  return match === null ? [text, -1] : [match[1]!, Number(match[2])]
}

function icmpOf(rest: string, source: string, destination: string): NonNullable<Packet['icmp']> {
  if (/^ICMP6?,? echo request/.test(rest)) return { type: 8, code: 0 }
  if (rest.startsWith('ICMP time stamp query')) return { type: 13, code: 0 }
  const port =
    /^ICMP6?,? (?:destination unreachable, unreachable port, )?(\S+) (udp|tcp) port (\d+)(?: unreachable|,|$)/.exec(
      rest,
    )
  const protocol = /^ICMP (\S+) protocol (\d+)(?: port (\d+))? unreachable/.exec(rest)
  if (port !== null)
    return { type: 3, code: 3, about: about(destination, port[1]!, port[2] as Transport, Number(port[3])) }
  if (protocol !== null)
    return {
      type: 3,
      code: 2,
      about: {
        ...about(destination, source, 'ip', -1),
        transport: transportOf(Number(protocol[2])),
        protocol: Number(protocol[2]),
      },
    }
  return { type: 0, code: 0 }
}

function about(
  source: string,
  destination: string,
  transport: Transport,
  port: number,
): NonNullable<NonNullable<Packet['icmp']>['about']> {
  return {
    source,
    destination,
    transport,
    protocol: transport === 'tcp' ? 6 : transport === 'udp' ? 17 : 0,
    sourcePort: -1,
    destinationPort: port,
  }
}
