import type { Finding } from '../../alert/index.ts'
import type { Contact } from './contact.ts'
import type { Episode, Opening, ScanType } from './episode.ts'
import { keyOf, type Episodes } from './episodes.ts'
import type { Networks } from './networks.ts'
import { OUTCOME } from './outcome.ts'
import { over, type Hit, type ScanLimits } from './scan-limits.ts'
import type { Parties, ScanTables } from './scan-tables.ts'

/** Ports that ordinary clients ask of many hosts. */
const CLIENT_PORTS = new Set([25, 53, 80, 123, 443, 587, 853, 993, 3478, 5060, 8080, 8443])
/** Fewer sources do not act together, and fewer targets are a flood of one. */
const DISTRIBUTED_SOURCES = 10
const DISTRIBUTED_TARGETS = 3
/** So many port scans, or sweeps, of one source are more than single ones. */
const PARTS = 5
const DECOY_MILLIS = 60_000
const DECOY_SOURCES = 3
const DECOY_PORTS = 5
const DECOYS_LISTED = 1000
/** The mark of a window of probes that were found to be one scan. */
const IS_DECOY = 1
/** Of a thousand hosts that are looked after some are down: less of the contacts than this are no sweep. */
const FAILING_SHARE = 0.1
const MINUTE = 60_000
const DAY = 86_400_000

/** Says when contacts are a scan, and opens the scan's episode. */
export class ScanDecider {
  private readonly tables: ScanTables
  private readonly episodes: Episodes
  private readonly limits: ScanLimits
  private readonly home: Networks

  constructor(tables: ScanTables, episodes: Episodes, limits: ScanLimits, home: Networks) {
    this.tables = tables
    this.episodes = episodes
    this.limits = limits
    this.home = home
  }

  /** Opens an episode where a window of the contact's keys is over its limit. */
  decide(parties: Parties, pair: number, sweep: number, findings: Finding[]): void {
    const { contact } = parties
    const { source, destination, time, transport, port } = contact
    const { pairs, sweeps } = this.tables
    const hit = transport === 'icmp' ? undefined : over(pairs, pair, time, this.limits.vertical)
    if (hit !== undefined) {
      const { elements, first } = pairs.counted(pair, time - hit.limit.millis)
      const episode = this.open(parties, 'vertical', hit, first, {
        field: 'source.ip,destination.ip',
        value: `${source},${destination}`,
      })
      for (const element of elements) episode.ports.add(element)
      if (!this.partsBecomeBlock(parties, findings)) tell(episode, contact, findings)
      return
    }
    const many = CLIENT_PORTS.has(port) || (port >= 1024 && this.isOutward(contact))
    const swept = over(sweeps, sweep, time, many ? this.limits.manySweep : this.limits.sweep, FAILING_SHARE)
    if (swept !== undefined && transport !== 'ip') {
      const { elements, first } = sweeps.counted(sweep, time - swept.limit.millis)
      const episode = this.open(parties, 'horizontal', swept, first, sweepOf(contact))
      for (const name of this.tables.namesOf(elements)) episode.targets.add(name)
      if (!this.partsBecomeBlock(parties, findings)) tell(episode, contact, findings)
      return
    }
    if (!this.decideBlock(parties, findings)) this.decideDistributed(parties, findings)
  }

  private decideBlock(parties: Parties, findings: Finding[]): boolean {
    const { contact } = parties
    const { blocks } = this.tables
    const block = this.tables.findBlock(parties.source)
    const hit = block < 0 ? undefined : over(blocks, block, contact.time, this.limits.block)
    if (hit === undefined) return false
    const { payloads, ports, first } = blocks.counted(block, contact.time - hit.limit.millis)
    const hosts = new Set(payloads)
    if (hosts.size <= 5 || new Set(ports).size <= 5) return false
    const episode = this.open(parties, 'block', hit, first, { field: 'source.ip', value: contact.source })
    for (const port of ports) episode.ports.add(port)
    for (const name of this.tables.namesOf(hosts)) episode.targets.add(name)
    tell(episode, contact, findings)
    return true
  }

  private decideDistributed(parties: Parties, findings: Finding[]): void {
    const { contact } = parties
    const { destination, time, transport, port } = contact
    const { targets, ports: byPort } = this.tables
    const running =
      this.episodes.named('distributed-target', contact) ?? this.episodes.named('distributed-port', contact)
    if (running !== undefined) return tell(running, contact, findings)
    const target = this.tables.findTarget(parties.destination, transport)
    const hit = target < 0 ? undefined : over(targets, target, time, this.limits.target)
    if (hit !== undefined && targets.hasPayloads(target, time - hit.limit.millis, DISTRIBUTED_SOURCES)) {
      const { payloads, elements, first } = targets.counted(target, time - hit.limit.millis)
      const episode = this.open(parties, 'distributed-target', hit, first, {
        field: 'destination.ip',
        value: destination,
      })
      for (const name of this.tables.namesOf(payloads)) episode.sources.add(name)
      for (const element of elements) episode.ports.add(element)
      return tell(episode, contact, findings)
    }
    const row = this.tables.findPort(transport, port)
    const flux = row < 0 ? undefined : over(byPort, row, time, this.limits.port)
    if (flux === undefined || !byPort.hasPayloads(row, time - flux.limit.millis, DISTRIBUTED_TARGETS)) return
    const { payloads, elements, first } = byPort.counted(row, time - flux.limit.millis)
    const episode = this.open(parties, 'distributed-port', flux, first, {
      field: 'destination.port',
      value: String(port),
    })
    for (const name of this.tables.namesOf(payloads)) episode.targets.add(name)
    for (const name of this.tables.namesOf(elements)) episode.sources.add(name)
    tell(episode, contact, findings)
  }

  /**
   * Counts how a first contact with a host went, and opens an episode where a source has failed at too many: how many are too
   * many for others, sources of the own networks are allowed {@link ScanLimits.homeFactor} times.
   */
  firstContact(parties: Parties, hasFailed: boolean, findings: Finding[]): void {
    const { contact, source } = parties
    const { sequential, sweeps, blocks } = this.tables
    const { time, transport, port } = contact
    if (port >= 1024 && this.isOutward(contact)) return
    if (!hasFailed) return sequential.succeeded(source, time)
    const score = sequential.failed(source, time)
    const { sequentialFactor, homeFactor } = this.limits
    const isOwn = this.direction(contact.source, contact.destination) !== 'inbound'
    if (score < sequential.threshold * sequentialFactor * (isOwn ? homeFactor : 1) || this.episodes.has(source)) return
    sequential.forget(source)
    const sweep = this.tables.findSweep(source, transport, port)
    const block = this.tables.findBlock(source)
    const hosts = sweep < 0 ? undefined : sweeps.counted(sweep, time - DAY, OUTCOME.failed)
    const pairs = block < 0 ? undefined : blocks.counted(block, time - DAY, OUTCOME.failed)
    const ports = new Set(pairs?.ports)
    const isBlock = pairs !== undefined && ports.size > 5
    const first = Math.min(time, (isBlock ? pairs : hosts)?.first ?? time)
    const targets = new Set(isBlock ? pairs.payloads : hosts?.elements)
    const failures = Math.round(score / sequential.failure)
    const hit: Hit = {
      limit: { millis: Math.max(MINUTE, time - first), failed: failures, tried: Infinity },
      threshold: failures,
      count: isBlock ? pairs.elements.length : targets.size,
      failed: failures,
    }
    const episode = isBlock
      ? this.open(parties, 'block', hit, first, { field: 'source.ip', value: contact.source }, score)
      : this.open(parties, 'horizontal', hit, first, sweepOf(contact), score)
    if (isBlock) for (const each of ports) episode.ports.add(each)
    for (const name of this.tables.namesOf(targets)) episode.targets.add(name)
    tell(episode, contact, findings)
  }

  decoy(parties: Parties, findings: Finding[]): boolean {
    const { contact } = parties
    const { destination, sourcePort, port, time, transport, sequence } = contact
    // Without sequence numbers one source port proves nothing.
    if (transport !== 'tcp' || sequence === undefined || sourcePort < 1024 || port < 0) return false
    const { decoys } = this.tables
    const row = this.tables.seeDecoy(parties, sequence)
    const since = time - DECOY_MILLIS
    // Of a flood of made-up sources each is seen once: the others need not be gone through for it.
    if (decoys.countOf(row, parties.source, since) < DECOY_SOURCES) return false
    const running = this.episodes.named('decoy', contact)
    if (running !== undefined && decoys.techniqueOf(row) === IS_DECOY) {
      this.joinDecoys(running, parties.source)
      tell(running, contact, findings)
      return true
    }
    const { payloads, ports, first } = decoys.counted(row, since)
    const probes = new Map<number, number>()
    for (const source of payloads) probes.set(source, (probes.get(source) ?? 0) + 1)
    const group = [...probes].filter(([, count]) => count >= DECOY_SOURCES).map(([source]) => source)
    const probed = new Set(ports)
    if (group.length < DECOY_SOURCES || probed.size < DECOY_PORTS) return false
    const episode = this.episodes.begin({
      ...this.openingOf(contact, 'decoy'),
      entity: { field: 'destination.ip', value: destination },
      start: first,
      threshold: DECOY_SOURCES,
      windowMillis: DECOY_MILLIS,
    })
    decoys.mark(row, IS_DECOY, 0)
    for (const member of group) this.joinDecoys(episode, member)
    for (const seen of probed) episode.ports.add(seen)
    tell(episode, contact, findings)
    return true
  }

  /** The probes of a source belong to a scan with decoys from then on; more decoys than a few are listed nowhere. */
  private joinDecoys(episode: Episode, source: number): void {
    const name = this.tables.hosts.nameOf(source)
    if (name === undefined || episode.sources.size >= DECOYS_LISTED) return
    episode.sources.add(name)
    this.episodes.link(source, episode)
  }

  private openingOf(
    contact: Contact,
    type: ScanType,
  ): Omit<Opening, 'entity' | 'start' | 'threshold' | 'windowMillis'> {
    const { source, destination, port, transport } = contact
    return {
      key: keyOf(type, contact),
      type,
      direction: this.direction(source, destination),
      transport,
      source,
      destination,
      port,
    }
  }

  private open(
    parties: Parties,
    type: ScanType,
    hit: Hit,
    first: number,
    entity: Finding['entity'],
    likelihood?: number,
  ): Episode {
    const { contact } = parties
    const episode = this.episodes.begin({
      ...this.openingOf(contact, type),
      entity,
      start: Math.min(first, contact.time),
      threshold: hit.threshold,
      windowMillis: hit.limit.millis,
      ...(likelihood === undefined ? {} : { likelihood: Math.exp(likelihood) }),
    })
    episode.begin(hit.count)
    episode.techniques.set(contact.technique, hit.count - 1)
    episode.failed = hit.failed
    if (contact.tool !== undefined) episode.tools.set(contact.tool, hit.count - 1)
    if (type !== 'distributed-port' && type !== 'distributed-target') this.episodes.link(parties.source, episode)
    if (type === 'block') this.absorbParts(parties.source, episode, true)
    return episode
  }

  /** A source with many port scans or sweeps under way scans a block: from then on they are one. */
  private partsBecomeBlock({ contact, source }: Parties, findings: Finding[]): boolean {
    const parts = this.episodes.partsOf(source)
    const [one] = parts
    const verticals = parts.filter(({ opening }) => opening.type === 'vertical').length
    if (one === undefined || Math.max(verticals, parts.length - verticals) <= PARTS) return false
    const block = this.episodes.begin({
      ...one.opening,
      key: keyOf('block', contact),
      type: 'block',
      entity: { field: 'source.ip', value: contact.source },
      start: Math.min(...parts.map(({ opening }) => opening.start)),
      threshold: PARTS,
    })
    this.episodes.link(source, block)
    this.absorbParts(source, block, false)
    tell(block, contact, findings)
    return true
  }

  /** One scan is one alert: those of its parts end. `counted` are the contacts that began them already. */
  private absorbParts(source: number, block: Episode, counted: boolean): void {
    for (const part of this.episodes.partsOf(source)) {
      block.absorb(part, counted)
      this.episodes.end(part)
    }
  }

  isOutward({ source, destination }: Contact): boolean {
    return this.home.has(source) && !this.home.has(destination)
  }

  private direction(source: string, destination: string): Opening['direction'] {
    const from = this.home.has(source)
    const to = this.home.has(destination)
    return from ? (to ? 'internal' : 'outbound') : to ? 'inbound' : 'external'
  }
}

function tell(episode: Episode, contact: Contact, findings: Finding[]): void {
  const opened = !episode.announced
  episode.add(contact)
  if (opened || episode.grown) findings.push(episode.finding(contact.time, opened ? 'open' : 'update'))
}

function sweepOf({ source, port, transport }: Contact): Finding['entity'] {
  return { field: 'source.ip,destination.port', value: `${source},${port < 0 ? transport : port}` }
}
