import { TCP, type Ends, type Packet } from './packet.ts'

/** After both sides have ended a connection, its last packets are waited for so long. */
const LINGER_MILLIS = 1_000

export interface FlowTableOptions {
  /** A flow without packets for so long has ended. */
  readonly idleMillis: number
  /** A flow that lasts longer is told so far, and again. */
  readonly activeMillis: number
  /** Flows at once; the one that was silent longest gives way. */
  readonly capacity: number
}

/** What one side of a flow has sent. */
export interface FlowSide {
  packets: number
  bytes: number
  /** Flags of TCP, of all its packets together. */
  flags: number
}

/** A flow of packets in both directions; its source is who began it, as far as the packets tell. */
export interface Flow extends Ends {
  /** Epoch milliseconds, with microseconds as their fraction. */
  readonly first: number
  last: number
  readonly sent: FlowSide
  readonly received: FlowSide
  /**
   * What happened, as Zeek writes it: `S` SYN, `H` SYN-ACK, `A` ACK, `D` data, `F` FIN, `R` RST; capital from the source, small from the
   * destination, each once.
   */
  history: string
  /** Why it is told. */
  ended: 'closed' | 'idle' | 'active' | 'full' | 'end'
}

interface Entry {
  flow: Flow
  /** When a closed flow is told. */
  over: number
}

/** Makes flows of packets, which come about in the order of their times. */
export class FlowTable {
  private readonly options: FlowTableOptions
  /** The one that was silent longest first. */
  private readonly flows = new Map<string, Entry>()

  constructor(options: FlowTableOptions) {
    this.options = options
  }

  get size(): number {
    return this.flows.size
  }

  /** Answers the flows that this packet ends. */
  add(packet: Packet): Flow[] {
    const told: Flow[] = []
    const key = keyOf(packet)
    let entry = this.flows.get(key)
    if (entry !== undefined) {
      const { flow } = entry
      // Its ports are used again.
      const again = entry.over < Infinity && isOpening(packet)
      const ended = again ? 'closed' : packet.time - flow.last > this.options.idleMillis ? 'idle' : undefined
      if (ended !== undefined || packet.time - flow.first > this.options.activeMillis) {
        told.push(end(flow, ended ?? 'active'))
        entry = ended === undefined ? { flow: continued(flow, packet.time), over: entry.over } : undefined
      }
      this.flows.delete(key)
    } else if (this.flows.size >= this.options.capacity) {
      const [oldest, { flow }] = this.flows.entries().next().value!
      this.flows.delete(oldest)
      told.push(end(flow, 'full'))
    }
    entry ??= { flow: begin(packet), over: Infinity }
    count(entry.flow, packet)
    if (isClosed(entry.flow.history) && entry.over === Infinity) entry.over = packet.time + LINGER_MILLIS
    this.flows.set(key, entry)
    return told
  }

  /** Answers the flows that have ended by now, epoch milliseconds in the packets' time. */
  expire(now: number): Flow[] {
    const told: Flow[] = []
    for (const [key, { flow, over }] of this.flows) {
      const idle = now - flow.last > this.options.idleMillis
      if (!idle && over > now) continue
      this.flows.delete(key)
      told.push(end(flow, over <= now ? 'closed' : 'idle'))
    }
    return told
  }

  /** Answers all that is left. */
  drain(): Flow[] {
    const left = [...this.flows.values()].map(({ flow }) => end(flow, 'end'))
    this.flows.clear()
    return left
  }
}

/**
 * The state of a flow by its history, in Zeek's words: `S0` asked and not answered, `REJ` refused, `S1` open, `SF` ended by both, `S2` and
 * `S3` ended by the source or the destination alone, `RSTO` and `RSTR` cut off by one, `RSTOS0` and `SH` given up by the source unanswered,
 * `RSTRH` and `SHR` ended by the destination without a question, `OTH` anything else. Without TCP: `SF` where both have spoken, else `S0`.
 */
export function stateOf({ transport, history, received }: Flow): string {
  if (transport !== 'tcp') return received.packets > 0 ? 'SF' : 'S0'
  const has = (letter: string): boolean => history.includes(letter)
  if (has('S')) {
    if (has('h') || has('d')) {
      if (has('R') || has('r')) {
        const mine = history.indexOf('R')
        const theirs = history.indexOf('r')
        return theirs < 0 || (mine >= 0 && mine < theirs) ? 'RSTO' : 'RSTR'
      }
      if (has('F') && has('f')) return 'SF'
      return has('F') ? 'S2' : has('f') ? 'S3' : 'S1'
    }
    if (has('r')) return 'REJ'
    if (has('R')) return 'RSTOS0'
    return has('F') ? 'SH' : 'S0'
  }
  if (has('h')) return has('r') ? 'RSTRH' : has('f') ? 'SHR' : 'OTH'
  return 'OTH'
}

function keyOf(ends: Ends): string {
  const { source, destination, sourcePort, destinationPort } = ends
  const protocol = ends.transport === 'arp' ? 'arp' : ends.protocol
  const forward = source < destination || (source === destination && sourcePort <= destinationPort)
  return forward
    ? `${source} ${sourcePort} ${destination} ${destinationPort} ${protocol}`
    : `${destination} ${destinationPort} ${source} ${sourcePort} ${protocol}`
}

function begin(packet: Packet): Flow {
  const { source, destination, sourcePort, destinationPort, transport, protocol, time } = packet
  const ends: Ends = isAnswer(packet)
    ? {
        source: destination,
        destination: source,
        sourcePort: destinationPort,
        destinationPort: sourcePort,
        transport,
        protocol,
      }
    : { source, destination, sourcePort, destinationPort, transport, protocol }
  return { ...ends, ...nothing(), first: time, last: time }
}

function continued(flow: Flow, time: number): Flow {
  return { ...flow, ...nothing(), first: time, last: time, history: flow.history }
}

function nothing(): Pick<Flow, 'sent' | 'received' | 'history' | 'ended'> {
  return {
    sent: { packets: 0, bytes: 0, flags: 0 },
    received: { packets: 0, bytes: 0, flags: 0 },
    history: '',
    ended: 'end',
  }
}

function end(flow: Flow, why: Flow['ended']): Flow {
  flow.ended = why
  return flow
}

/** Whether a flow that begins with this packet was begun by the other side. */
function isAnswer({ flags, transport, protocol, sourcePort, destinationPort }: Packet): boolean {
  if (transport === 'arp') return protocol === 2
  if (transport === 'tcp' && flags >= 0 && (flags & TCP.SYN) !== 0) return (flags & TCP.ACK) !== 0
  // In the middle of a conversation: services have low ports.
  return sourcePort >= 0 && sourcePort < 1024 && destinationPort >= 1024
}

function isOpening({ flags }: Packet): boolean {
  return flags >= 0 && (flags & (TCP.SYN | TCP.ACK)) === TCP.SYN
}

function count(flow: Flow, packet: Packet): void {
  const forward = packet.source === flow.source && packet.sourcePort === flow.sourcePort
  const side = forward ? flow.sent : flow.received
  side.packets++
  side.bytes += packet.bytes
  if (packet.flags >= 0) side.flags |= packet.flags
  if (packet.time > flow.last) flow.last = packet.time
  for (const letter of lettersOf(packet)) {
    const written = forward ? letter : letter.toLowerCase()
    if (!flow.history.includes(written)) flow.history += written
  }
}

function lettersOf({ flags, payload, transport }: Packet): string {
  if (transport !== 'tcp' || flags < 0) return payload > 0 ? 'D' : ''
  const ack = (flags & TCP.ACK) !== 0
  if ((flags & TCP.SYN) !== 0) return ack ? 'H' : 'S'
  const data = payload > 0 ? 'D' : ''
  if ((flags & TCP.RST) !== 0) return `${data}R`
  if ((flags & TCP.FIN) !== 0) return `${data}F`
  return data === '' ? (ack ? 'A' : '') : data
}

function isClosed(history: string): boolean {
  return /r/i.test(history) || (history.includes('F') && history.includes('f'))
}
