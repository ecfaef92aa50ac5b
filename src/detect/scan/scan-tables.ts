import type { Transport } from '../../packet/index.ts'
import type { Contact, Technique } from './contact.ts'
import { Hosts } from './hosts.ts'
import { WindowArena } from './window-arena.ts'
import { SequentialTest } from './sequential-test.ts'
import { SEEN, WindowTable, type Seen } from './window-table.ts'

const TRANSPORTS: readonly Transport[] = ['tcp', 'udp', 'sctp', 'icmp', 'ip', 'arp']
const TECHNIQUES: readonly (Technique | undefined)[] = [
  undefined,
  'syn',
  'connect',
  'fin',
  'null',
  'xmas',
  'maimon',
  'ack',
  'udp',
  'sctp',
  'ip-protocol',
  'fragments',
  'discovery',
]

/** Room for elements, by windows of a large table. */
const ELEMENTS_PER_WINDOW = 40

const DAY = 86_400_000

/** A contact with the numbers of its two hosts. */
export interface Parties {
  readonly contact: Contact
  readonly source: number
  readonly destination: number
}

/** The windows in which a scan shows, each a question to one {@link WindowTable}. */
export class ScanTables {
  readonly hosts = new Hosts()
  /** Ports, by source, destination and transport. */
  readonly pairs: WindowTable
  /** Hosts, by source, transport and port. */
  readonly sweeps: WindowTable
  /** Hosts with ports, by source. */
  readonly blocks: WindowTable
  /** Ports, each with the source that asked last, by destination and transport. */
  readonly targets: WindowTable
  /** Sources, each with the destination it asked last, by transport and port. */
  readonly ports: WindowTable
  /** How first contacts with hosts went, by source. */
  readonly sequential: SequentialTest
  /** Sources with ports, by what only probes of one scan have in common. */
  readonly decoys: WindowTable
  private readonly tools: (string | undefined)[] = [undefined]

  /** `tracked` windows in each of the three large tables; `pinned` sources are forgotten last. */
  constructor(tracked: number, pinned: (source: number) => boolean) {
    const arena = new WindowArena(tracked * ELEMENTS_PER_WINDOW)
    const few = Math.ceil(tracked / 10)
    this.pairs = new WindowTable(tracked, arena, pinned)
    this.sweeps = new WindowTable(tracked, arena, pinned)
    this.blocks = new WindowTable(tracked, arena, pinned)
    this.targets = new WindowTable(few, arena)
    this.ports = new WindowTable(few, arena)
    this.decoys = new WindowTable(few, arena)
    this.sequential = new SequentialTest(tracked, DAY)
  }

  partiesOf(contact: Contact): Parties {
    return {
      contact,
      source: this.hosts.numberOf(contact.source),
      destination: this.hosts.numberOf(contact.destination),
    }
  }

  findPair(source: number, destination: number, transport: Transport): number {
    return this.pairs.find(source, destination, TRANSPORTS.indexOf(transport))
  }

  findSweep(source: number, transport: Transport, port: number): number {
    return this.sweeps.find(source, port + 1, TRANSPORTS.indexOf(transport))
  }

  findBlock(source: number): number {
    return this.blocks.find(source, 0, 0)
  }

  findTarget(destination: number, transport: Transport): number {
    return this.targets.find(destination, TRANSPORTS.indexOf(transport), 0)
  }

  findPort(transport: Transport, port: number): number {
    return this.ports.find(port + 1, TRANSPORTS.indexOf(transport), 0)
  }

  seePair({ contact, source, destination }: Parties): { pair: number; seen: Seen } {
    const { port, transport, time, outcome, technique, tool } = contact
    const pair = this.pairs.add(source, destination, TRANSPORTS.indexOf(transport))
    this.pairs.mark(pair, TECHNIQUES.indexOf(technique), tool === undefined ? 0 : this.toolNumber(tool))
    return { pair, seen: this.pairs.see(pair, port, 0, port, time, outcome) }
  }

  seeSweep({ contact, source, destination }: Parties): { sweep: number; news: boolean } {
    const { port, transport, time, outcome } = contact
    const sweep = this.sweeps.add(source, port + 1, TRANSPORTS.indexOf(transport))
    return { sweep, news: this.sweeps.see(sweep, destination, destination, port, time, outcome) >= SEEN.news }
  }

  seeBlock({ contact, source, destination }: Parties): void {
    const { port, time, outcome } = contact
    const block = this.blocks.add(source, 0, 0)
    this.blocks.see(block, elementOf(destination, port), destination, port, time, outcome)
  }

  seeTarget({ contact, source, destination }: Parties): void {
    const { port, transport, time, outcome } = contact
    const target = this.targets.add(destination, TRANSPORTS.indexOf(transport), 0)
    this.targets.see(target, port, source, port, time, outcome)
  }

  seePort({ contact, source, destination }: Parties): void {
    const { port, transport, time, outcome } = contact
    const row = this.ports.add(port + 1, TRANSPORTS.indexOf(transport), 0)
    this.ports.see(row, source, destination, port, time, outcome)
  }

  /** Answers the window of the probes that share a target, a port of the sender and a sequence number. */
  seeDecoy({ contact, source, destination }: Parties, sequence: number): number {
    const { port, sourcePort, time, outcome } = contact
    const row = this.decoys.add(destination, sourcePort, sequence)
    this.decoys.see(row, elementOf(source, port), source, port, time, outcome)
    return row
  }

  /** The probe whose answer a contact is. */
  probeOf(pair: number): { technique: Technique | undefined; tool: string | undefined } {
    return { technique: TECHNIQUES[this.pairs.techniqueOf(pair)], tool: this.tools[this.pairs.toolOf(pair)] }
  }

  forgetPair(source: number, destination: number, transport: Transport): void {
    this.pairs.delete(source, destination, TRANSPORTS.indexOf(transport))
  }

  forgetSweep(source: number, transport: Transport, port: number): void {
    this.sweeps.delete(source, port + 1, TRANSPORTS.indexOf(transport))
  }

  forgetBlock(source: number): void {
    this.blocks.delete(source, 0, 0)
  }

  forgetTarget(destination: number, transport: Transport): void {
    this.targets.delete(destination, TRANSPORTS.indexOf(transport), 0)
  }

  forgetPort(transport: Transport, port: number): void {
    this.ports.delete(port + 1, TRANSPORTS.indexOf(transport), 0)
  }

  /** Names of hosts; those that are forgotten are left out. */
  namesOf(numbers: Iterable<number>): Set<string> {
    const names = new Set<string>()
    for (const number of numbers) {
      const name = this.hosts.nameOf(number)
      if (name !== undefined) names.add(name)
    }
    return names
  }

  get tracked(): number {
    return this.pairs.size + this.sweeps.size + this.blocks.size
  }

  get evicted(): number {
    const { pairs, sweeps, blocks, targets, ports, decoys, sequential } = this
    return [pairs, sweeps, blocks, targets, ports, decoys, sequential].reduce((sum, { evicted }) => sum + evicted, 0)
  }

  /** Tools are few: their names are ours. */
  toolNumber(tool: string): number {
    const known = this.tools.indexOf(tool)
    if (known >= 0) return known
    return this.tools.length < 255 ? this.tools.push(tool) - 1 : 0
  }

  toolNames(): readonly (string | undefined)[] {
    return this.tools
  }
}

/** A host with a port in 32 bits; two of one window are hardly ever the same. */
export function elementOf(host: number, port: number): number {
  return (Math.imul(host, 0x9e3779b1) ^ Math.imul(port + 1, 0x85ebca77)) >>> 0
}
