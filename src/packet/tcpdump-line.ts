import { TCP, transportOf, type Packet, type Transport } from './packet.ts'

const HEAD =
  /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{1,9}) (?:\S+ +(?:In|Out|B|M|P) +)?(?:vlan \d+, p \d+, (?:ethertype )?)?(IP6?),? (\S+) > (\S+?): (.*)$/
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

/** The packet in a line of `tcpdump -n -tttt`, its time taken for UTC; undefined for any other line. */
export function parseTcpdumpLine(line: string): Packet | undefined {
  const head = HEAD.exec(line.length > 2000 ? line.slice(0, 2000) : line)
  if (head === null) return undefined
  const [, year, month, day, hour, minute, second, fraction, version, from, to, rest] = head as unknown as string[]
  const time =
    Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)) +
    Number(`0.${fraction}`) * 1000
  const [source, sourcePort] = addressAndPort(from!, version === 'IP6')
  const [destination, destinationPort] = addressAndPort(to!, version === 'IP6')
  const tcp = /^Flags \[([^\]]*)\]/.exec(rest!)
  const raw = /^(?:ip-proto-(\d+)|\[\|(\w+)\])/.exec(rest!)
  const protocol =
    tcp !== null
      ? 6
      : rest!.startsWith('ICMP')
        ? 1
        : rest!.startsWith('sctp')
          ? 132
          : raw?.[1] !== undefined
            ? Number(raw[1])
            : raw?.[2] === 'tcp'
              ? 6
              : destinationPort >= 0
                ? 17
                : 255
  const transport = transportOf(protocol)
  const options = / options \[([^\]]*)\]/.exec(rest!)
  const icmp = transport === 'icmp' ? icmpOf(rest!, source, destination) : undefined
  return {
    time,
    source,
    destination,
    sourcePort,
    destinationPort,
    transport,
    protocol,
    bytes: 0,
    payload: Number(/ length (\d+)/.exec(rest!)?.[1] ?? 0),
    flags: tcp === null ? -1 : flagsOf(tcp[1]!),
    window: tcp === null ? undefined : numberIn(/ win (\d+)/, rest!),
    sequence: tcp === null ? undefined : numberIn(/ seq (\d+)/, rest!),
    options: tcp === null ? undefined : options === null ? 'none' : /^mss \d+$/.test(options[1]!) ? 'mss' : 'more',
    ttl: undefined,
    ipId: undefined,
    fragment: raw !== null && (raw[2] === 'tcp' || (protocol === 6 && sourcePort < 0)),
    ...(icmp === undefined ? {} : { icmp }),
  }
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

function addressAndPort(text: string, six: boolean): [string, number] {
  const match = (six ? /^([0-9a-f:.]*:[0-9a-f:]*)\.(\d{1,5})$/ : /^(\d+\.\d+\.\d+\.\d+)\.(\d{1,5})$/).exec(text)
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
