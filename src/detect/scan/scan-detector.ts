import type { Finding } from '../../alert/index.ts'
import { fail } from '../../diagnostic/index.ts'
import type { ValueObject } from '../../event/index.ts'
import type { Packet } from '../../packet/index.ts'
import type { Detector, SeenEvent } from '../detector.ts'
import type { Contact } from './contact.ts'
import type { Episode } from './episode.ts'
import { Episodes } from './episodes.ts'
import { contactOfEvent } from './event-contact.ts'
import { isUnicast } from './hosts.ts'
import { Networks } from './networks.ts'
import { OUTCOME } from './outcome.ts'
import { contactOfPacket } from './packet-contact.ts'
import { restoreScans, saveScans } from './scan-state.ts'
import { elementOf, ScanTables, type Parties } from './scan-tables.ts'
import { ScanDecider } from './scan-decider.ts'
import { scanLimits, type ScanLimits } from './scan-limits.ts'
import { SCAN_SETTINGS, type ScanSettings } from './settings.ts'
import { SEEN } from './window-table.ts'

const LISTED = 1000

export interface ScanDetector extends Detector {
  /** Judges packets, in order, without events made of them. */
  seePackets(packets: readonly Packet[]): Finding[]
}

/**
 * Scans, as they pass, by the distinct ports, hosts and pairs a source asks for in vain.
 *
 * - A window of a key counts an element once, by the last time it was seen; a contact that succeeded does not count, one that
 *   is known to have failed counts more than one of which nothing is known.
 * - A half-open connection that its asker gives up is a failure; an answer that nobody asked for is backscatter and no scan.
 *
 * @throws DiagnosticError for networks that are none
 */
export function createScanDetector(settings: Partial<ScanSettings> = {}): ScanDetector {
  return new Scans({ ...SCAN_SETTINGS, ...settings })
}

class Scans implements ScanDetector {
  readonly name = 'scan'
  private readonly settings: ScanSettings
  private readonly allowed: Networks
  private readonly home: Networks
  private tables: ScanTables
  private decider: ScanDecider
  private readonly episodes: Episodes
  private readonly limits: ScanLimits
  private contacts = 0
  private backscatter = 0
  private passed = 0
  private swept = 0

  constructor(settings: ScanSettings) {
    this.settings = settings
    this.allowed = new Networks('detect.scan.allowed', settings.allowed)
    this.home = new Networks('detect.scan.home', settings.home)
    this.tables = this.newTables()
    this.episodes = new Episodes(
      (host) => this.tables.hosts.numberOf(host),
      (episode) => this.forgotten(episode),
    )
    this.limits = scanLimits(settings)
    this.decider = this.newDecider()
  }

  see(events: readonly SeenEvent[]): Finding[] {
    const findings: Finding[] = []
    for (const event of events) {
      const contact = contactOfEvent(event)
      if (contact !== undefined) this.judge(contact, findings)
    }
    return this.withEnded(findings)
  }

  seePackets(packets: readonly Packet[]): Finding[] {
    const findings: Finding[] = []
    for (const packet of packets) {
      const contact = contactOfPacket(packet)
      if (contact !== undefined) this.judge(contact, findings)
    }
    return this.withEnded(findings)
  }

  tick(now: number): Finding[] {
    const findings: Finding[] = []
    if (now - this.swept < 10_000 && now >= this.swept) return findings
    this.swept = now
    for (const episode of this.episodes.values())
      if (now - episode.last >= this.settings.quietMillis) this.episodes.end(episode)
    return this.withEnded(findings)
  }

  get stats(): Detector['stats'] {
    return {
      contacts: this.contacts,
      tracked: this.tables.tracked,
      evicted: this.tables.evicted,
      episodes: this.episodes.size,
      backscatter: this.backscatter,
      allowed: this.passed,
    }
  }

  snapshot(): Uint8Array {
    return saveScans(this.tables, this.limits, this.episodes)
  }

  restore(state: Uint8Array | ValueObject): void {
    if (!(state instanceof Uint8Array)) throw fail('packet.scan_state')
    this.episodes.clear()
    this.tables = this.newTables()
    this.decider = this.newDecider()
    restoreScans(state, this.tables, this.episodes)
  }

  private withEnded(findings: Finding[]): Finding[] {
    const ended = this.episodes.takeEnded()
    return ended.length === 0 ? findings : findings.concat(ended)
  }

  private newTables(): ScanTables {
    return new ScanTables(this.settings.tracked, (source) => this.episodes.has(source))
  }

  private newDecider(): ScanDecider {
    return new ScanDecider(this.tables, this.episodes, this.limits, this.home)
  }

  private judge(contact: Contact, findings: Finding[]): void {
    this.contacts++
    if (this.allowed.has(contact.source)) {
      this.passed++
      return
    }
    const { tables, episodes } = this
    const parties = tables.partiesOf(contact)
    const { source, destination } = parties
    if (!isUnicast(destination, contact.destination) || !isUnicast(source, contact.source)) return
    if (contact.answer) return this.answered(parties, findings)
    if (contact.transport === 'udp' && this.isReply(parties)) return
    if (contact.oneWay !== undefined && this.isOtherWay(parties, findings)) return
    if ((contact.technique === 'ack' || contact.technique === 'maimon') && this.isConnected(parties)) return
    const { pair, seen } = tables.seePair(parties)
    const scans = episodes.has(source)
    // The same question again within a moment is nothing new for any table; an episode counts it.
    if (seen === SEEN.again && !scans) return
    const { sweep, news } = tables.seeSweep(parties)
    const running = scans ? episodes.of(parties) : undefined
    if (running !== undefined) {
      running.add(contact)
      if (contact.data && running.ports.has(contact.port)) connected(running, contact)
      if (running.grown) findings.push(running.finding(contact.time, 'update'))
      return
    }
    this.rememberOthers(parties)
    if (this.decider.decoy(parties, findings)) return
    if (seen === SEEN.first) this.firstKnown(parties, pair, findings)
    if (seen < SEEN.news && !news) return
    if (contact.outcome >= OUTCOME.succeeded || episodes.of(parties) !== undefined) return
    this.decider.decide(parties, pair, sweep, findings)
  }

  /** The tables that many sources or many pairs share. */
  private rememberOthers(parties: Parties): void {
    const { port, transport, outcome } = parties.contact
    if (port < 0 || (transport !== 'tcp' && outcome === OUTCOME.unknown)) return
    if (port < 1024 || !this.decider.isOutward(parties.contact)) this.tables.seeBlock(parties)
    this.tables.seeTarget(parties)
    if (outcome === OUTCOME.failed) this.tables.seePort(parties)
  }

  /** An answer says how a contact went; what nobody asked for is backscatter. */
  private answered(parties: Parties, findings: Finding[]): void {
    const { contact, source, destination } = parties
    const { transport, port, outcome } = contact
    const { tables } = this
    const pair = tables.findPair(source, destination, transport)
    if (pair < 0 || !tables.pairs.has(pair, port)) return this.askedByOther(parties)
    const sweep = tables.findSweep(source, transport, port)
    const block = tables.findBlock(source)
    const target = tables.findTarget(destination, transport)
    const how = contact.data ? OUTCOME.used : outcome
    const changed = tables.pairs.answer(pair, port, how)
    if (sweep >= 0) tables.sweeps.answer(sweep, destination, how)
    if (block >= 0) tables.blocks.answer(block, elementOf(destination, port), how)
    if (target >= 0) tables.targets.answer(target, port, how)
    const running = this.episodes.of(parties)
    if (running !== undefined) {
      running.answered(contact)
      if (contact.data && running.open.has(`${contact.destination}:${port}`)) connected(running, contact)
      if (running.grown) findings.push(running.finding(contact.time, 'update'))
    } else if (changed && how === OUTCOME.failed && sweep >= 0) {
      if (transport !== 'tcp') this.rememberOthers(parties)
      const { technique = contact.technique, tool } = tables.probeOf(pair)
      const probe = { ...parties, contact: { ...contact, technique, tool } }
      this.firstKnown(probe, pair, findings)
      if (this.episodes.of(probe) === undefined) this.decider.decide(probe, pair, sweep, findings)
    } else if (changed) this.firstKnown(parties, pair, findings)
  }

  /** The first contact of a source with a host whose end is known counts for the test of first contacts. */
  private firstKnown(parties: Parties, pair: number, findings: Finding[]): void {
    if (this.tables.pairs.known(pair) !== 1) return
    this.decider.firstContact(parties, parties.contact.outcome === OUTCOME.failed, findings)
  }

  /** The other end may speak of its own question. */
  private askedByOther({ contact, source, destination }: Parties): void {
    const { transport, sourcePort, outcome, data } = contact
    const { pairs, sweeps, blocks } = this.tables
    const back = this.tables.findPair(destination, source, transport)
    if (back < 0 || !pairs.has(back, sourcePort)) {
      if (!data && transport === 'tcp') this.backscatter++
    } else if (data) pairs.answer(back, sourcePort, OUTCOME.used)
    else if (outcome === OUTCOME.failed && pairs.abandon(back, sourcePort)) {
      // The asker of an open connection gave it up before a word was said.
      const sweep = this.tables.findSweep(destination, transport, sourcePort)
      if (sweep >= 0) sweeps.abandon(sweep, source)
      const block = this.tables.findBlock(destination)
      if (block >= 0) blocks.abandon(block, elementOf(source, sourcePort))
    }
  }

  /** Of a record that does not tell who asked: whether it is of the answer, by what was asked before, or by its ports. */
  private isOtherWay({ contact, source, destination }: Parties, findings: Finding[]): boolean {
    const { sourcePort, port, outcome, oneWay } = contact
    const pair = this.tables.findPair(destination, source, contact.transport)
    if (pair < 0 || !this.tables.pairs.has(pair, sourcePort)) return isOfService(contact)
    const answer = {
      ...contact,
      source: contact.destination,
      destination: contact.source,
      sourcePort: port,
      port: sourcePort,
      outcome: outcome === OUTCOME.unknown && oneWay === 'bare' ? OUTCOME.failed : OUTCOME.succeeded,
      answer: true,
      open: oneWay === 'longer',
    }
    this.answered({ contact: answer, source: destination, destination: source }, findings)
    return true
  }

  /** Whether a packet that may be a probe is of a connection, known or by its ports. */
  private isConnected({ contact, source, destination }: Parties): boolean {
    const { tables } = this
    if (isOfService(contact)) return true
    const back = tables.findPair(destination, source, contact.transport)
    if (back >= 0 && tables.pairs.has(back, contact.sourcePort)) return true
    const pair = tables.findPair(source, destination, contact.transport)
    return pair >= 0 && tables.pairs.outcomeOf(pair, contact.port) >= OUTCOME.succeeded
  }

  private isReply({ contact, source, destination }: Parties): boolean {
    const { sourcePort } = contact
    const { tables, episodes } = this
    const asked = tables.findPair(destination, source, 'udp')
    if (asked < 0 || !tables.pairs.has(asked, sourcePort))
      // A feed of one direction: a service speaks to a client's port.
      return isOfService(contact)
    tables.pairs.answer(asked, sourcePort, OUTCOME.used)
    const sweep = tables.findSweep(destination, 'udp', sourcePort)
    if (sweep >= 0) tables.sweeps.answer(sweep, source, OUTCOME.used)
    if (!episodes.has(destination)) return true
    const question = { ...contact, source: contact.destination, destination: contact.source, port: sourcePort }
    const running = episodes.of({ contact: question, source: destination, destination: source })
    if (running !== undefined && running.open.size < LISTED) running.open.add(`${contact.source}:${sourcePort}`)
    return true
  }

  /** What was told counts no more. */
  private forgotten({ opening, sources }: Episode): void {
    const { tables, episodes } = this
    const source = tables.hosts.numberOf(opening.source)
    const destination = tables.hosts.numberOf(opening.destination)
    if (opening.type === 'vertical') tables.forgetPair(source, destination, opening.transport)
    if (opening.type === 'horizontal') tables.forgetSweep(source, opening.transport, opening.port)
    if (opening.type === 'distributed-target') tables.forgetTarget(destination, opening.transport)
    if (opening.type === 'distributed-port') tables.forgetPort(opening.transport, opening.port)
    for (const name of sources) {
      const number = tables.hosts.numberOf(name)
      if (!episodes.has(number)) tables.forgetBlock(number)
    }
  }
}

/** Whether it goes from a service to a client, by its ports. */
function isOfService({ sourcePort, port }: Contact): boolean {
  return sourcePort >= 0 && sourcePort < 1024 && port >= 1024
}

function connected(episode: Episode, contact: Contact): void {
  if (episode.connected.size < LISTED) episode.connected.add(`${contact.destination}:${contact.port}`)
}
