/** Transport above IP, `ip` for protocols without ports; `arp` is beside IP. */
export type Transport = 'tcp' | 'udp' | 'sctp' | 'icmp' | 'ip' | 'arp'

/** Bits of the TCP header. */
export const TCP = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32, ECE: 64, CWR: 128 } as const

/** Two ends of a conversation, as the sender of a packet sees them; ports are absent as -1. */
export interface Ends {
  readonly source: string
  readonly destination: string
  readonly transport: Transport
  /** Number of the IP protocol; of ARP its operation, 1 asks and 2 answers. */
  readonly protocol: number
  readonly sourcePort: number
  readonly destinationPort: number
}

/** One packet, whatever it was read from. */
export interface Packet extends Ends {
  /** Epoch milliseconds, with microseconds as its fraction. */
  readonly time: number
  /** Bytes of IP, header included; 0 where it is not known. */
  readonly bytes: number
  /** Bytes above the transport header. */
  readonly payload: number
  /** TCP's flags, of which {@link TCP} has the bits; -1 without TCP. */
  readonly flags: number
  readonly window: number | undefined
  readonly sequence: number | undefined
  /** TCP options: none, only a maximum segment size, or more. */
  readonly options: 'none' | 'mss' | 'more' | undefined
  readonly ttl: number | undefined
  readonly ipId: number | undefined
  /** The packet is a fragment too short for its transport header, or a later one. */
  readonly fragment: boolean
  /** ICMP's type, and the ends of the packet that an error quotes. */
  readonly icmp?: { readonly type: number; readonly code: number; readonly about?: Ends }
}

export function transportOf(protocol: number): Transport {
  if (protocol === 6) return 'tcp'
  if (protocol === 17) return 'udp'
  if (protocol === 132) return 'sctp'
  return protocol === 1 || protocol === 58 ? 'icmp' : 'ip'
}

/** A question for, or an answer of, the hardware address of a host. */
export function arpPacket(time: number, operation: number, source: string, destination: string): Packet {
  return {
    time,
    source,
    destination,
    transport: 'arp',
    protocol: operation,
    sourcePort: -1,
    destinationPort: -1,
    bytes: 28,
    payload: 0,
    flags: -1,
    window: undefined,
    sequence: undefined,
    options: undefined,
    ttl: undefined,
    ipId: undefined,
    fragment: false,
  }
}
