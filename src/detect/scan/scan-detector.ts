import type { Finding } from '../../alert/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { isObject, type ValueObject } from '../../event/index.ts'
import type { Packet } from '../../packet/index.ts'
import type { Detector, SeenEvent } from '../detector.ts'
import { BoundedTable } from './bounded-table.ts'
import type { Contact } from './contact.ts'
import { DistinctWindow, OUTCOME, type WindowState } from './distinct-window.ts'
import { Episode, type Opening, type ScanType } from './episode.ts'
import { contactOfEvent } from './event-contact.ts'
import { Networks } from './networks.ts'
import { contactOfPacket } from './packet-contact.ts'
import { limits, SCAN_SETTINGS, type Limit, type ScanSettings } from './settings.ts'

const VERSION = 1
/** Ports that ordinary clients ask of many hosts. */
const CLIENT_PORTS = new Set([25, 53, 80, 123, 443, 587, 853, 993, 3478, 5060, 8080, 8443])
/** Times in windows are true to so much. */
const REPEATED_MILLIS = 1000
const DECOY_MILLIS = 5000
const EPISODES = 10_000
const SNAPSHOT_KEYS = 20_000

interface TargetState {
  readonly window: DistinctWindow
  readonly others: Set<string>
}

interface DecoyState {
  readonly sources: Map<string, number>
  readonly ports: Set<number>
  first: number
  last: number
}

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
  private readonly pairs: BoundedTable<DistinctWindow>
  private readonly sweeps: BoundedTable<DistinctWindow>
  private readonly blocks: BoundedTable<DistinctWindow>
  private readonly targetTable: BoundedTable<TargetState>
  private readonly portTable: BoundedTable<TargetState>
  private readonly decoys: BoundedTable<DecoyState>
  private readonly episodes = new Map<string, Episode>()
  /** Of each source, the keys of its episodes. */
  private readonly scanners = new Map<string, Set<string>>()
  private readonly verticalLimits: readonly Limit[]
  private readonly sweepLimits: readonly Limit[]
  private readonly manySweepLimits: readonly Limit[]
  private readonly blockLimits: readonly Limit[]
  private readonly targetLimits: readonly Limit[]
  private readonly portLimits: readonly Limit[]
  private contacts = 0
  private backscatter = 0
  private passed = 0
  private swept = 0

  constructor(settings: ScanSettings) {
    this.settings = settings
    this.allowed = new Networks('detect.scan.allowed', settings.allowed)
    this.home = new Networks('detect.scan.home', settings.home)
    const { tracked, ports, hosts, unknownFactor } = settings
    const pinned = (_: DistinctWindow, key: string): boolean => this.scanners.has(key.split('>', 1)[0]!)
    this.pairs = new BoundedTable(tracked, pinned)
    this.sweeps = new BoundedTable(tracked, pinned)
    this.blocks = new BoundedTable(tracked, pinned)
    this.targetTable = new BoundedTable(Math.ceil(tracked / 10))
    this.portTable = new BoundedTable(Math.ceil(tracked / 10))
    this.decoys = new BoundedTable(Math.ceil(tracked / 10))
    this.verticalLimits = limits(ports, unknownFactor)
    this.sweepLimits = limits(hosts, unknownFactor)
    this.manySweepLimits = limits(hosts, unknownFactor * 2, 10)
    this.blockLimits = limits(hosts * 2, unknownFactor)
    this.targetLimits = limits(ports * 4, unknownFactor)
    this.portLimits = [{ millis: 3_600_000, failed: hosts * 8, tried: Infinity }]
  }

  see(events: readonly SeenEvent[]): Finding[] {
    const findings: Finding[] = []
    for (const event of events) {
      const contact = contactOfEvent(event)
      if (contact !== undefined) this.judge(contact, findings)
    }
    return findings
  }

  seePackets(packets: readonly Packet[]): Finding[] {
    const findings: Finding[] = []
    for (const packet of packets) {
      const contact = contactOfPacket(packet)
      if (contact !== undefined) this.judge(contact, findings)
    }
    return findings
  }

  tick(now: number): Finding[] {
    const findings: Finding[] = []
    if (now - this.swept < 10_000 && now >= this.swept) return findings
    this.swept = now
    for (const [key, episode] of this.episodes)
      if (now - episode.last >= this.settings.quietMillis) this.end(key, episode, findings)
    return findings
  }

  get stats(): Detector['stats'] {
    return {
      contacts: this.contacts,
      tracked: this.pairs.size + this.sweeps.size + this.blocks.size,
      evicted:
        this.pairs.evicted +
        this.sweeps.evicted +
        this.blocks.evicted +
        this.targetTable.evicted +
        this.portTable.evicted,
      episodes: this.episodes.size,
      backscatter: this.backscatter,
      allowed: this.passed,
    }
  }

  private judge(contact: Contact, findings: Finding[]): void {
    this.contacts++
    if (this.allowed.has(contact.source)) {
      this.passed++
      return
    }
    if (!isUnicast(contact.destination) || !isUnicast(contact.source)) return
    if (contact.answer) return this.answered(contact, findings)
    if (contact.transport === 'udp' && this.isReply(contact)) return
    const pairKey = `${contact.source}>${contact.destination}/${contact.transport}`
    const port = contact.port
    const pair = this.pairs.getOrMake(pairKey, makeWindow)
    pair.technique = contact.technique
    pair.tool = contact.tool
    const before = pair.timeOf(port)
    const news = pair.see(port, contact.time, contact.outcome)
    // The same question again within a moment is nothing new for any table; an episode counts it.
    if (!news && Math.abs(contact.time - before!) < REPEATED_MILLIS && !this.scanners.has(contact.source)) return
    const sweepKey = `${contact.source}>${contact.transport}:${port}`
    const host = hash(contact.destination)
    const sweep = this.sweeps.getOrMake(sweepKey, makeWindow)
    const newsOfSweep = sweep.see(host, contact.time, contact.outcome, 0, contact.destination)

    const running = this.running(contact, pairKey, sweepKey)
    if (running !== undefined) {
      running.add(contact)
      if (contact.data && running.ports.has(port)) this.connected(running, contact)
      if (running.grown) findings.push(running.finding(contact.time, 'update'))
      return
    }
    this.rememberOthers(contact)
    if (this.decoy(contact, findings)) return
    if (!news && !newsOfSweep) return
    if (contact.outcome >= OUTCOME.succeeded) return
    this.decide(contact, pairKey, pair, sweepKey, sweep, findings)
  }

  /** Opens an episode where a window of the contact's keys is over its limit. */
  private decide(
    contact: Contact,
    pairKey: string,
    pair: DistinctWindow,
    sweepKey: string,
    sweep: DistinctWindow,
    findings: Finding[],
  ): void {
    const { source, destination, time, transport, port } = contact
    const hit = transport === 'icmp' ? undefined : over(pair, time, this.verticalLimits)
    if (hit !== undefined) {
      const episode = this.open(contact, 'vertical', pairKey, hit, pair, {
        field: 'source.ip,destination.ip',
        value: `${source},${destination}`,
      })
      for (const element of pair.counted(time - hit.limit.millis).elements) episode.ports.add(element)
      this.verticalsBecomeBlock(source, findings)
      return this.tell(episode, contact, findings)
    }
    const many = CLIENT_PORTS.has(port) || (port >= 1024 && this.isOutward(contact))
    const swept = over(sweep, time, many ? this.manySweepLimits : this.sweepLimits)
    if (swept !== undefined && transport !== 'ip') {
      const episode = this.open(contact, 'horizontal', sweepKey, swept, sweep, {
        field: 'source.ip,destination.port',
        value: `${source},${port < 0 ? transport : port}`,
      })
      for (const label of sweep.counted(time - swept.limit.millis).labels) episode.targets.add(label)
      return this.tell(episode, contact, findings)
    }
    const block = this.blocks.get(source)
    const blocked = block === undefined ? undefined : over(block, time, this.blockLimits)
    if (block !== undefined && blocked !== undefined) {
      const { aux, labels } = block.counted(time - blocked.limit.millis)
      if (new Set(aux.map((value) => value >>> 16)).size > 5 && new Set(aux.map((value) => value & 0xffff)).size > 5) {
        const episode = this.open(contact, 'block', source, blocked, block, { field: 'source.ip', value: source })
        for (const value of aux) episode.ports.add(value & 0xffff)
        for (const label of labels) episode.targets.add(label)
        return this.tell(episode, contact, findings)
      }
    }
    this.decideDistributed(contact, findings)
  }

  private decideDistributed(contact: Contact, findings: Finding[]): void {
    const { destination, time, transport, port } = contact
    const key = `${destination}/${transport}`
    const target = this.targetTable.get(key)
    const hit =
      target === undefined || target.others.size < 10 ? undefined : over(target.window, time, this.targetLimits)
    if (target !== undefined && hit !== undefined) {
      const episode = this.open(contact, 'distributed-target', key, hit, target.window, {
        field: 'destination.ip',
        value: destination,
      })
      for (const other of target.others) episode.sources.add(other)
      for (const element of target.window.counted(time - hit.limit.millis).elements) episode.ports.add(element)
      return this.tell(episode, contact, findings)
    }
    const portKey = `${transport}:${port}`
    const state = this.portTable.get(portKey)
    const flux = state === undefined || state.others.size < 3 ? undefined : over(state.window, time, this.portLimits)
    if (state === undefined || flux === undefined) return
    const episode = this.open(contact, 'distributed-port', portKey, flux, state.window, {
      field: 'destination.port',
      value: String(port),
    })
    for (const other of state.others) episode.targets.add(other)
    for (const label of state.window.counted(time - flux.limit.millis).labels) episode.sources.add(label)
    this.tell(episode, contact, findings)
  }

  /** The tables that many sources or many pairs share. */
  private rememberOthers(contact: Contact): void {
    const { source, destination, time, transport, port, outcome } = contact
    if (port < 0 || (transport !== 'tcp' && outcome === OUTCOME.unknown)) return
    if (port < 1024 || !this.isOutward(contact))
      this.blocks.getOrMake(source, makeWindow).see(pairElement(contact), time, outcome, auxOf(contact), destination)
    const target = this.targetTable.getOrMake(`${destination}/${transport}`, makeTarget)
    target.window.see(port, time, outcome)
    if (target.others.size < 1000) target.others.add(source)
    if (outcome !== OUTCOME.failed) return
    const flux = this.portTable.getOrMake(`${transport}:${port}`, makeTarget)
    flux.window.see(hash(source), time, outcome, 0, source)
    if (flux.others.size < 1000) flux.others.add(destination)
  }

  /** An answer says how a contact went; what nobody asked for is backscatter. */
  private answered(contact: Contact, findings: Finding[]): void {
    const { source, destination, transport, port, outcome } = contact
    const pairKey = `${source}>${destination}/${transport}`
    const pair = this.pairs.get(pairKey)
    const element = port
    if (pair === undefined || !pair.has(element)) {
      // The other end speaks of its own question.
      const back = this.pairs.get(`${destination}>${source}/${transport}`)
      if (back?.has(contact.sourcePort) === true) {
        if (contact.data) back.answer(contact.sourcePort, OUTCOME.used)
        else if (outcome === OUTCOME.failed) this.abandoned(contact, back)
      } else if (!contact.data && transport === 'tcp') this.backscatter++
      return
    }
    const sweepKey = `${source}>${transport}:${port}`
    const sweep = this.sweeps.get(sweepKey)
    const block = this.blocks.get(source)
    const how = contact.data ? OUTCOME.used : outcome
    const changed = pair.answer(element, how)
    sweep?.answer(hash(destination), how)
    block?.answer(pairElement(contact), how)
    this.targetTable.get(`${destination}/${transport}`)?.window.answer(port, how)
    const running = this.running(contact, pairKey, sweepKey)
    if (running !== undefined) {
      running.answered(contact)
      if (contact.data && running.open.has(`${destination}:${port}`)) this.connected(running, contact)
      if (running.grown) findings.push(running.finding(contact.time, 'update'))
    } else if (changed && how === OUTCOME.failed && sweep !== undefined) {
      if (transport !== 'tcp') this.rememberOthers(contact)
      this.decide(
        { ...contact, technique: pair.technique ?? contact.technique, tool: pair.tool },
        pairKey,
        pair,
        sweepKey,
        sweep,
        findings,
      )
    }
  }

  /** The asker of an open connection gives it up before a word was said. */
  private abandoned(contact: Contact, back: DistinctWindow): void {
    const { source, destination, transport, sourcePort } = contact
    if (!back.abandon(sourcePort)) return
    this.sweeps.get(`${destination}>${transport}:${sourcePort}`)?.abandon(hash(source))
    const question = { ...contact, source: destination, destination: source, port: sourcePort }
    this.blocks.get(destination)?.abandon(pairElement(question))
  }

  private connected(episode: Episode, contact: Contact): void {
    if (episode.connected.size < 1000) episode.connected.add(`${contact.destination}:${contact.port}`)
  }

  private isReply(contact: Contact): boolean {
    const { source, destination, sourcePort, port, time } = contact
    const asked = this.pairs.get(`${destination}>${source}/udp`)
    if (asked?.has(sourcePort) === true) {
      asked.answer(sourcePort, OUTCOME.used)
      this.sweeps.get(`${destination}>udp:${sourcePort}`)?.answer(hash(source), OUTCOME.used)
      asked.last = Math.max(asked.last, time)
      const running = this.scanners.has(destination)
        ? this.running(
            { ...contact, source: destination, destination: source, port: sourcePort },
            `${destination}>${source}/udp`,
            `${destination}>udp:${sourcePort}`,
          )
        : undefined
      if (running !== undefined && running.open.size < 1000) running.open.add(`${source}:${sourcePort}`)
      return true
    }
    // A feed of one direction: a service speaks to a client's port.
    return sourcePort >= 0 && sourcePort < 1024 && port >= 1024
  }

  private decoy(contact: Contact, findings: Finding[]): boolean {
    const { source, destination, sourcePort, port, time, transport, sequence } = contact
    // Without sequence numbers one source port proves nothing.
    if (transport !== 'tcp' || sequence === undefined || sourcePort < 1024 || port < 0) return false
    const key = `${destination}|${sourcePort}|${sequence}`
    const state = this.decoys.getOrMake(key, () => ({ sources: new Map(), ports: new Set(), first: time, last: time }))
    if (time - state.last > DECOY_MILLIS) {
      state.sources.clear()
      state.ports.clear()
      state.first = time
    }
    state.last = time
    if (state.sources.size < 256) state.sources.set(source, (state.sources.get(source) ?? 0) + 1)
    if (state.ports.size < 256) state.ports.add(port)
    if (state.sources.size < 3 || state.ports.size < 5) return false
    const group = [...state.sources].filter(([, probes]) => probes >= 3).map(([member]) => member)
    if (group.length < 3) return false
    const episode = this.begin({
      key: `decoy ${destination}`,
      type: 'decoy',
      entity: { field: 'destination.ip', value: destination },
      start: state.first,
      threshold: 3,
      windowMillis: 60_000,
      direction: this.direction(source, destination),
      transport,
    })
    for (const member of group) {
      episode.sources.add(member)
      this.link(member, `decoy ${destination}`)
    }
    for (const seen of state.ports) episode.ports.add(seen)
    this.tell(episode, contact, findings)
    return true
  }

  /** The episode that a contact belongs to. */
  private running(contact: Contact, pairKey: string, sweepKey: string): Episode | undefined {
    const keys = this.scanners.get(contact.source)
    if (keys === undefined) return undefined
    for (const key of [
      `block ${contact.source}`,
      `decoy ${contact.destination}`,
      `vertical ${pairKey}`,
      `horizontal ${sweepKey}`,
    ])
      if (keys.has(key)) {
        const episode = this.episodes.get(key)
        if (episode !== undefined) return episode
      }
    return undefined
  }

  private open(
    contact: Contact,
    type: ScanType,
    key: string,
    hit: Hit,
    window: DistinctWindow,
    entity: Finding['entity'],
  ): Episode {
    const { first } = window.counted(contact.time - hit.limit.millis)
    const episode = this.begin({
      key: `${type} ${key}`,
      type,
      entity,
      start: Math.min(first, contact.time),
      threshold: hit.threshold,
      windowMillis: hit.limit.millis,
      direction: this.direction(contact.source, contact.destination),
      transport: contact.transport,
    })
    episode.attempts += hit.count - 1
    episode.techniques.set(contact.technique, hit.count - 1)
    episode.failed = hit.failed
    if (contact.tool !== undefined) episode.tools.set(contact.tool, hit.count - 1)
    if (type !== 'distributed-port' && type !== 'distributed-target') this.link(contact.source, `${type} ${key}`)
    return episode
  }

  private begin(opening: Opening): Episode {
    const known = this.episodes.get(opening.key)
    if (known !== undefined) return known
    if (this.episodes.size >= EPISODES) this.forget(this.episodes.keys().next().value!)
    const episode = new Episode(opening)
    this.episodes.set(opening.key, episode)
    return episode
  }

  private tell(episode: Episode, contact: Contact, findings: Finding[]): void {
    const opened = !episode.announced
    episode.add(contact)
    if (opened || episode.grown) findings.push(episode.finding(contact.time, opened ? 'open' : 'update'))
  }

  /** A source with many port scans under way scans a block: from then on it is one finding. */
  private verticalsBecomeBlock(source: string, findings: Finding[]): void {
    const keys = [...(this.scanners.get(source) ?? [])].filter((key) => key.startsWith('vertical '))
    if (keys.length <= 5) return
    const verticals = keys.map((key) => this.episodes.get(key)).filter((episode) => episode !== undefined)
    const [one] = verticals
    if (one === undefined) return
    const block = this.begin({
      ...one.opening,
      key: `block ${source}`,
      type: 'block',
      entity: { field: 'source.ip', value: source },
      start: Math.min(...verticals.map(({ opening }) => opening.start)),
      threshold: 5,
    })
    for (const vertical of verticals) {
      block.attempts += vertical.attempts
      block.failed += vertical.failed
      for (const target of vertical.targets) block.targets.add(target)
      for (const port of vertical.ports) block.ports.add(port)
      for (const [technique, count] of vertical.techniques)
        block.techniques.set(technique, (block.techniques.get(technique) ?? 0) + count)
      for (const [tool, count] of vertical.tools) block.tools.set(tool, (block.tools.get(tool) ?? 0) + count)
    }
    block.sources.add(source)
    this.link(source, `block ${source}`)
    findings.push(block.finding(block.last, 'open'))
  }

  private end(key: string, episode: Episode, findings: Finding[]): void {
    findings.push(episode.finding(episode.last, 'end'))
    this.forget(key)
  }

  private forget(key: string): void {
    const episode = this.episodes.get(key)
    this.episodes.delete(key)
    if (episode === undefined) return
    const [type, table] = key.split(' ') as [ScanType, string]
    const tables = {
      vertical: this.pairs,
      horizontal: this.sweeps,
      block: this.blocks,
      'distributed-target': this.targetTable,
      'distributed-port': this.portTable,
      decoy: this.decoys,
    }
    // What was told counts no more.
    tables[type].delete(table)
    for (const source of episode.sources) {
      const keys = this.scanners.get(source)
      if (keys?.delete(key) === true && keys.size === 0) {
        this.scanners.delete(source)
        this.blocks.delete(source)
      }
    }
  }

  private link(source: string, key: string): void {
    const keys = this.scanners.get(source)
    if (keys === undefined) this.scanners.set(source, new Set([key]))
    else keys.add(key)
  }

  private isOutward({ source, destination }: Contact): boolean {
    return this.home.has(source) && !this.home.has(destination)
  }

  private direction(source: string, destination: string): Opening['direction'] {
    const from = this.home.has(source)
    const to = this.home.has(destination)
    return from ? (to ? 'internal' : 'outbound') : to ? 'inbound' : 'external'
  }

  snapshot(): ValueObject {
    const windows = (table: BoundedTable<DistinctWindow>): [string, WindowState][] => {
      const kept: [string, WindowState][] = []
      for (const [key, window] of table.entries())
        if (window.size >= 3 && kept.length < SNAPSHOT_KEYS) kept.push([key, window.toState()])
      return kept
    }
    const episodes = [...this.episodes.values()].map(({ opening, last, attempts, failed, ...sets }) => ({
      opening,
      last,
      attempts,
      failed,
      sources: [...sets.sources].slice(0, 1000),
      targets: [...sets.targets].slice(0, 1000),
      ports: [...sets.ports],
      open: [...sets.open],
      connected: [...sets.connected],
      techniques: [...sets.techniques],
      tools: [...sets.tools],
    }))
    return JSON.parse(
      JSON.stringify({
        version: VERSION,
        pairs: windows(this.pairs),
        sweeps: windows(this.sweeps),
        blocks: windows(this.blocks),
        episodes,
      }),
    ) as ValueObject
  }

  restore(state: Uint8Array | ValueObject): void {
    if (!isObject(state) || state['version'] !== VERSION || !Array.isArray(state['episodes']))
      throw fail('packet.scan_state')
    const saved = state as unknown as { [table in 'pairs' | 'sweeps' | 'blocks']: [string, WindowState][] } & {
      episodes: (Pick<Episode, 'opening' | 'last' | 'attempts' | 'failed'> & {
        sources: string[]
        targets: string[]
        ports: number[]
        open: string[]
        connected: string[]
        techniques: [Contact['technique'], number][]
        tools: [string, number][]
      })[]
    }
    for (const name of ['pairs', 'sweeps', 'blocks'] as const) {
      this[name].clear()
      for (const [key, window] of saved[name]) this[name].getOrMake(key, () => DistinctWindow.of(window))
    }
    this.episodes.clear()
    this.scanners.clear()
    for (const kept of saved.episodes) {
      const episode = this.begin(kept.opening)
      episode.last = kept.last
      episode.attempts = kept.attempts
      episode.failed = kept.failed
      for (const source of kept.sources) {
        episode.sources.add(source)
        if (!kept.opening.type.startsWith('distributed')) this.link(source, kept.opening.key)
      }
      for (const target of kept.targets) episode.targets.add(target)
      for (const port of kept.ports) episode.ports.add(port)
      for (const open of kept.open) episode.open.add(open)
      for (const connected of kept.connected) episode.connected.add(connected)
      for (const [technique, count] of kept.techniques) episode.techniques.set(technique, count)
      for (const [tool, count] of kept.tools) episode.tools.set(tool, count)
      // What was told before the end is not told again.
      episode.finding(episode.last, 'update')
    }
  }
}

interface Hit {
  readonly limit: Limit
  readonly threshold: number
  readonly count: number
  readonly failed: number
}

/** The first limit that a window is over. */
function over(window: DistinctWindow, time: number, all: readonly Limit[]): Hit | undefined {
  for (const limit of all) {
    // A contact of which nothing is known weighs less than a failure.
    const share = limit.failed / limit.tried
    // Most windows hold too little whatever its times are: those need not be gone through.
    if (window.failed + (window.tried - window.failed) * share < limit.failed - 1e-9) continue
    const { failed, tried } = window.count(time - limit.millis)
    const weight = failed + (tried - failed) * share
    if (weight >= limit.failed - 1e-9)
      return { limit, threshold: failed === 0 ? limit.tried : limit.failed, count: tried, failed }
  }
  return undefined
}

function makeWindow(): DistinctWindow {
  return new DistinctWindow()
}

function makeTarget(): TargetState {
  return { window: new DistinctWindow(), others: new Set() }
}

function auxOf(contact: Contact): number {
  return (((hash(contact.destination) & 0xffff) << 16) | contact.port) >>> 0
}

function pairElement(contact: Contact): number {
  return (hash(contact.destination) ^ Math.imul(contact.port + 1, 0x9e3779b1)) | 0
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value | 0
}

function isUnicast(address: string): boolean {
  if (address.includes(':')) return !/^ff/i.test(address)
  const first = Number.parseInt(address, 10)
  return first > 0 && first < 224 && !address.endsWith('.255')
}
