import { ipv6 } from './decode.ts'
import { TCP, transportOf, type Packet } from './packet.ts'

const PAIR = /([A-Z]+)=(\S*)/g
const LONGEST = 2000
/** What rules' prefixes are called that let a packet pass; ufw's audit logs what it decides on later. */
const PASSED = /\b(?:accept(?:ed)?|allow(?:ed)?|audit|pass(?:ed)?)\b/i

const PROTOCOLS: Readonly<Record<string, number>> = {
  ICMP: 1,
  TCP: 6,
  UDP: 17,
  ICMPV6: 58,
  SCTP: 132,
  UDPLITE: 136,
  ESP: 50,
  AH: 51,
  GRE: 47,
}

const FLAGS: readonly (readonly [word: RegExp, bit: number])[] = (
  ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'] as const
).map((name) => [new RegExp(`\\b${name}(?= |$)`), TCP[name]])

/** An address of IPv6 as the kernel writes it; packets have it as RFC 5952 does, and one host has one name. */
const FULL_IPV6 = /^(?:[0-9a-f]{4}:){7}[0-9a-f]{4}$/i

/** A packet that a packet filter has logged, and whether it let it pass. */
export interface LoggedPacket {
  readonly packet: Packet
  readonly passed: boolean
}

/**
 * The packet in a line of Linux's netfilter (the targets LOG and NFLOG, ufw, firewalld, Shorewall): `... IN=eth0 OUT= SRC=... DST=...
 * PROTO=TCP SPT=... DPT=... WINDOW=... SYN URGP=0`. Whether it passed only the prefix tells; without a word of it, it did not.
 * Undefined for any other line.
 */
export function parseNetfilterLine(line: string, time: number): LoggedPacket | undefined {
  const start = line.indexOf('SRC=')
  if (start < 0) return undefined
  // An error of ICMP quotes the packet it is about in brackets.
  const text = line.slice(start, start + LONGEST)
  const quote = text.indexOf(' [SRC=')
  const own = quote < 0 ? text : text.slice(0, quote)
  const values = valuesOf(own)
  const source = addressOf(values.get('SRC'))
  const destination = addressOf(values.get('DST'))
  const protocol = protocolOf(values.get('PROTO'))
  if (source === undefined || destination === undefined || protocol === undefined) return undefined
  const transport = transportOf(protocol)
  const offset = own.includes(' FRAG:')
  const tcp = transport === 'tcp' && !offset && values.has('WINDOW')
  const flags = tcp ? flagsOf(own) : -1
  const length = numberOf(values, 'LEN')
  const icmp = transport === 'icmp' ? icmpOf(values, quote < 0 ? '' : text.slice(quote)) : undefined
  return {
    passed: PASSED.test(line.slice(Math.max(0, start - LONGEST, line.lastIndexOf('kernel:', start)), start)),
    packet: {
      time,
      source,
      destination,
      transport,
      protocol,
      sourcePort: numberOf(values, 'SPT') ?? -1,
      destinationPort: numberOf(values, 'DPT') ?? -1,
      bytes: length ?? 0,
      payload: 0,
      flags,
      window: tcp ? numberOf(values, 'WINDOW') : undefined,
      sequence: tcp ? numberOf(values, 'SEQ') : undefined,
      options: tcp ? optionsOf(source.includes(':') ? (length ?? 0) - 60 : (length ?? 0) - 40, flags) : undefined,
      ttl: numberOf(values, 'TTL') ?? numberOf(values, 'HOPLIMIT'),
      ipId: numberOf(values, 'ID'),
      fragment: offset || (own.includes(' MF ') && transport === 'tcp' && !tcp),
      ...(icmp === undefined ? {} : { icmp }),
    },
  }
}

/** The first of each name: a second LEN is of UDP, and what follows ICMP's TYPE is its own. */
function valuesOf(text: string): Map<string, string> {
  const values = new Map<string, string>()
  for (const [, name, value] of text.matchAll(PAIR)) if (!values.has(name!)) values.set(name!, value!)
  return values
}

function numberOf(values: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = values.get(name)
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined
}

function addressOf(text: string | undefined): string | undefined {
  if (text === undefined || !/^[\da-f.:]{2,45}$/i.test(text)) return undefined
  if (!FULL_IPV6.test(text)) return text
  return ipv6(Buffer.from(text.replaceAll(':', ''), 'hex'), 0)
}

function protocolOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  return PROTOCOLS[text.toUpperCase()] ?? (/^\d{1,3}$/.test(text) ? Number(text) : undefined)
}

function flagsOf(text: string): number {
  const words = text.slice(text.indexOf(' RES='))
  let flags = 0
  for (const [word, bit] of FLAGS) if (word.test(words)) flags |= bit
  return flags
}

/** A SYN carries no data: what is behind its header are options, of which four bytes are a segment size. */
function optionsOf(behind: number, flags: number): Packet['options'] {
  if (behind === 0) return 'none'
  if ((flags & TCP.SYN) === 0) return undefined
  return behind === 4 ? 'mss' : 'more'
}

function icmpOf(values: ReadonlyMap<string, string>, quoted: string): Packet['icmp'] {
  const type = numberOf(values, 'TYPE')
  if (type === undefined) return undefined
  const code = numberOf(values, 'CODE') ?? 0
  const about = quoted === '' ? undefined : parseNetfilterLine(quoted, 0)?.packet
  if (about === undefined) return { type, code }
  const { source, destination, transport, protocol, sourcePort, destinationPort } = about
  return { type, code, about: { source, destination, transport, protocol, sourcePort, destinationPort } }
}
