import type { Evidence, Finding, FindingRule, Severity } from '../../alert/index.ts'
import { toValue, type ValueObject } from '../../event/index.ts'
import type { Transport } from '../../packet/index.ts'
import type { Contact, Technique } from './contact.ts'
import { OUTCOME } from './outcome.ts'

export type ScanType = 'vertical' | 'horizontal' | 'block' | 'decoy' | 'distributed-target' | 'distributed-port'

const LISTED = 1000
const EVIDENCE = 50
const STEPS = [50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 65_000]

const NAMES: Readonly<Record<ScanType, [name: string, description: string]>> = {
  vertical: ['Port scan', 'One source tries many ports of one host.'],
  horizontal: ['Sweep', 'One source tries many hosts on one port, or whether they are there at all.'],
  block: ['Block scan', 'One source tries many ports of many hosts.'],
  decoy: [
    'Port scan with decoys',
    'The same probes come from several sources at once, of which all but one are made up.',
  ],
  'distributed-target': ['Distributed port scan', 'Many sources together try many ports of one host.'],
  'distributed-port': ['Distributed sweep', 'Many sources try the same port of several hosts and fail.'],
}

/** What began an episode. */
export interface Opening {
  readonly key: string
  readonly type: ScanType
  readonly entity: Finding['entity']
  readonly start: number
  readonly threshold: number
  readonly windowMillis: number
  /** How much likelier a scanner is than an honest source, where first contacts decided. */
  readonly likelihood?: number
  readonly direction: 'inbound' | 'outbound' | 'internal' | 'external'
  readonly transport: Transport
  /** Of the contact that was one too many. */
  readonly source: string
  readonly destination: string
  readonly port: number
}

/** One scan from its first probe until it goes quiet. */
export class Episode {
  readonly opening: Opening
  readonly sources = new Set<string>()
  readonly targets = new Set<string>()
  readonly ports = new Set<number>()
  /** `HOST:PORT` that answered. */
  readonly open = new Set<string>()
  /** Connections with data that followed. */
  readonly connected = new Set<string>()
  readonly techniques = new Map<Technique, number>()
  readonly tools = new Map<string, number>()
  readonly evidence: Evidence[] = []
  attempts = 0
  private begun = 0
  failed = 0
  last: number
  announced = false
  private told = 0
  private toldOpen = 0
  private toldConnected = 0

  constructor(opening: Opening) {
    this.opening = opening
    this.last = opening.start
  }

  add(contact: Contact): void {
    this.attempts++
    if (contact.outcome === OUTCOME.failed) this.failed++
    if (contact.time > this.last) this.last = contact.time
    if (this.sources.size < 10_000) this.sources.add(contact.source)
    if (this.targets.size < 65_536) this.targets.add(contact.destination)
    if (contact.port >= 0) this.ports.add(contact.port)
    this.techniques.set(contact.technique, (this.techniques.get(contact.technique) ?? 0) + 1)
    if (contact.tool !== undefined) this.tools.set(contact.tool, (this.tools.get(contact.tool) ?? 0) + 1)
    if (contact.open) this.opened(contact)
    if (contact.evidence !== undefined && this.evidence.length < EVIDENCE) this.evidence.push(contact.evidence)
  }

  answered(contact: Contact): void {
    if (contact.outcome === OUTCOME.failed) this.failed++
    if (contact.open) this.opened(contact)
  }

  private opened({ destination, port }: Contact): void {
    if (this.open.size < LISTED) this.open.add(`${destination}:${port}`)
  }

  /** `contacts` were counted before there was an episode, of which the last is yet to be added. */
  begin(contacts: number): void {
    this.attempts += contacts - 1
    this.begun = contacts
  }

  /** Takes over what another episode has counted, without what began it where that is `counted`. */
  absorb(other: Episode, counted: boolean): void {
    this.attempts += other.attempts - (counted ? other.begun : 0)
    this.failed = Math.min(this.attempts, this.failed + other.failed)
    for (const target of other.targets) this.targets.add(target)
    for (const port of other.ports) this.ports.add(port)
    for (const open of other.open) this.open.add(open)
    for (const connected of other.connected) this.connected.add(connected)
    if (other.last > this.last) this.last = other.last
    this.evidence.push(...other.evidence.slice(0, EVIDENCE - this.evidence.length))
    for (const [technique, count] of other.techniques)
      this.techniques.set(technique, (this.techniques.get(technique) ?? 0) + count)
    for (const [tool, count] of other.tools) this.tools.set(tool, (this.tools.get(tool) ?? 0) + count)
  }

  get count(): number {
    const { type } = this.opening
    if (type === 'horizontal') return this.targets.size
    if (type === 'distributed-port') return this.sources.size
    return type === 'block' ? Math.max(this.targets.size, this.ports.size) : this.ports.size
  }

  /** Whether it has grown by a step since it was told, or an open port or a connection is new. */
  get grown(): boolean {
    const step = STEPS.findLast((candidate) => candidate <= this.count) ?? 0
    return step > this.told || (this.toldOpen === 0 && this.open.size > 0) || this.connected.size > this.toldConnected
  }

  get technique(): Technique {
    return top(this.techniques) ?? 'syn'
  }

  /** A tool is named where its mark is on most probes. */
  get tool(): string | undefined {
    const best = top(this.tools)
    return best !== undefined && this.tools.get(best)! * 2 > this.attempts ? best : undefined
  }

  finding(time: number, phase: Finding['phase']): Finding {
    this.announced = true
    this.told = this.count
    this.toldOpen = this.open.size
    this.toldConnected = this.connected.size
    const { opening, technique, tool } = this
    const { type, direction } = opening
    const ports = [...this.ports].sort((a, b) => a - b)
    const [source] = this.sources
    const [target] = this.targets
    return {
      rule: ruleOf(type, direction),
      entity: opening.entity,
      episodeStart: opening.start,
      time,
      first: opening.start,
      last: this.last,
      phase,
      severity: this.severity,
      ...(this.open.size + this.connected.size > 0 ? { urgent: true } : {}),
      count: this.count,
      threshold: opening.threshold,
      reason: this.reason(phase),
      culprits: [...this.sources].slice(0, LISTED),
      targets: [...this.targets].slice(0, LISTED),
      ports: ports.slice(0, LISTED),
      evidence: [...this.evidence],
      fields: toValue({
        ...(this.sources.size === 1 ? { source: { ip: source } } : {}),
        ...(this.targets.size === 1
          ? { destination: { ip: target, ...(ports.length === 1 ? { port: ports[0] } : {}) } }
          : ports.length === 1
            ? { destination: { port: ports[0] } }
            : {}),
        event: {
          action: `port-scan-${type}`,
          outcome: this.open.size > 0 ? 'success' : this.failed > 0 ? 'failure' : 'unknown',
        },
        network: { transport: opening.transport, direction, type: source?.includes(':') === true ? 'ipv6' : 'ipv4' },
        related: { ip: [...this.sources].slice(0, 100).concat([...this.targets].slice(0, 100)) },
        vedetta: {
          scan: {
            type,
            technique,
            ...(tool === undefined ? {} : { tool }),
            pace: opening.windowMillis > 60_000 ? 'slow' : 'normal',
            ports: { count: ports.length, ranges: portRanges(ports) },
            hosts: { count: this.targets.size },
            sources: { count: this.sources.size },
            attempts: this.attempts,
            failed: this.failed,
            open_ports: [...this.open].slice(0, 100),
            connected: [...this.connected].slice(0, 100),
            window: opening.windowMillis / 1000,
            ...(opening.likelihood === undefined ? {} : { likelihood: Math.round(opening.likelihood) }),
          },
        },
      }) as ValueObject,
    }
  }

  private get severity(): Severity {
    if (this.connected.size > 0) return 'critical'
    const { type, direction } = this.opening
    if (this.open.size > 0) return 'high'
    if (type === 'distributed-port') return 'low'
    return direction === 'inbound' ? 'medium' : 'high'
  }

  private reason(phase: Finding['phase']): string {
    const { opening, technique, tool } = this
    const who = this.sources.size === 1 ? [...this.sources][0]! : `${this.sources.size} sources`
    const whom = this.targets.size === 1 ? [...this.targets][0]! : `${this.targets.size} hosts`
    const what =
      technique === 'ip-protocol'
        ? `${this.ports.size} IP protocols`
        : this.ports.size === 1
          ? `port ${[...this.ports][0]}`
          : `${this.ports.size} ports`
    const did = technique === 'discovery' ? `asked ${whom} whether they are there` : `tried ${what} of ${whom}`
    const how = ` (${technique}${tool === undefined ? '' : `, ${tool}`})`
    const limit =
      opening.likelihood === undefined
        ? `${opening.threshold} within ${spell(opening.windowMillis)} are the limit`
        : `and failed at ${opening.threshold} more hosts than it fared well at`
    const open =
      this.open.size === 0
        ? ''
        : `; open: ${[...this.open].slice(0, 5).join(', ')}${this.open.size > 5 ? ` and ${this.open.size - 5} more` : ''}`
    const followed =
      this.connected.size === 0 ? '' : `; connections followed to ${[...this.connected].slice(0, 3).join(', ')}`
    const over = phase === 'end' ? `; ended ${new Date(this.last).toISOString()}` : ''
    return `${who} ${did}${how} since ${new Date(opening.start).toISOString()}, ${limit}${open}${followed}${over}`
  }
}

function ruleOf(type: ScanType, direction: Opening['direction']): FindingRule {
  const [name, description] = NAMES[type]
  const tags =
    direction === 'inbound' || direction === 'external'
      ? ['attack.reconnaissance', 'attack.t1595', 'attack.t1595.001']
      : ['attack.discovery', 'attack.t1046', ...(type === 'horizontal' ? ['attack.t1018'] : [])]
  return { id: `vedetta-scan-${type}`, name, kind: 'scan', version: '1', description, author: ['Vedetta'], tags }
}

function top<K>(counts: ReadonlyMap<K, number>): K | undefined {
  let best: K | undefined
  let most = 0
  for (const [key, count] of counts) if (count > most) [best, most] = [key, count]
  return best
}

/** `1-500, 8080`; the first hundred ranges. `ports` ascend. */
export function portRanges(ports: readonly number[]): string {
  const ranges: string[] = []
  for (let i = 0; i < ports.length;) {
    let j = i
    while (ports[j + 1] === ports[j]! + 1) j++
    ranges.push(i === j ? `${ports[i]}` : `${ports[i]}-${ports[j]}`)
    i = j + 1
  }
  return ranges.slice(0, 100).join(', ') + (ranges.length > 100 ? ', ...' : '')
}

function spell(millis: number): string {
  return millis >= 86_400_000 ? 'a day' : millis >= 3_600_000 ? 'an hour' : 'a minute'
}
