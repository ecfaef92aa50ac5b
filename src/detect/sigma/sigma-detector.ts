import type { Finding } from '../../alert/index.ts'
import { diagnose, fail, type Diagnostic } from '../../diagnostic/index.ts'
import { toValue, type ValueObject } from '../../event/index.ts'
import type { Detector, SeenEvent } from '../detector.ts'
import { entityOf } from '../entity.ts'
import { Oldest } from '../oldest.ts'
import type { CorrelationRule } from './correlation.ts'
import { findingOf, type Episode } from './finding.ts'
import { RuleSet } from './rule-set.ts'
import type { DetectionRule, SigmaRule } from './rule.ts'
import { keyOf, textAt, Tracker, type Met } from './tracker.ts'

export interface SigmaDetectorOptions {
  /** Events wait this long, in event time, for earlier ones, so that their order does not matter; 0 judges at once. */
  readonly lateness?: number
  /** Events that wait at most; the earliest go on before their time. */
  readonly maxWaiting?: number
  /** An episode without a match for so long has ended. Milliseconds. */
  readonly quiet?: number
  /** Groups that all correlations together follow; the longest idle goes first. */
  readonly maxGroups?: number
  /** Events and values that all their windows together hold. */
  readonly maxEntries?: number
  readonly maxEpisodes?: number
}

/** One match: of a rule by an event, or of a correlation, whose group's values are its fields. */
interface Match {
  readonly rule: DetectionRule | CorrelationRule
  readonly fields: ValueObject
  readonly event: SeenEvent
}

const DEPTH_LIMIT = 10
const EVIDENCE_LIMIT = 20
const VALUES_LIMIT = 100
const SWEEP_MILLIS = 10_000
const VERSION = 2
const ENTITY_FIELDS = ['source.ip', 'host.name', 'user.name', 'Computer', 'host']

/**
 * Sigma rules and correlations as a detector.
 * @returns `problems` beside the detector: bad rules are named and left out, the others run
 */
export function createSigmaDetector(
  rules: readonly SigmaRule[],
  options: SigmaDetectorOptions = {},
): Detector & { readonly problems: readonly Diagnostic[] } {
  return new SigmaDetector(rules, options)
}

class SigmaDetector implements Detector {
  readonly name = 'sigma'
  readonly problems: readonly Diagnostic[]
  private readonly set: RuleSet
  private readonly options: Required<SigmaDetectorOptions>
  private readonly trackers: Tracker[] = []
  private readonly following = new Map<string, { tracker: Tracker; index: number }[]>()
  private readonly silent = new Set<string>()
  private readonly episodes = new Map<string, { rule: DetectionRule | CorrelationRule; episode: Episode }>()
  private readonly oldestEpisodes = new Oldest(this.episodes)
  private waiting: SeenEvent[] = []
  private newest = -Infinity
  private swept = -Infinity
  private groups = 0
  private entries = 0
  private readonly counters = { events: 0, hits: 0, evicted: 0, late: 0 }

  constructor(rules: readonly SigmaRule[], options: SigmaDetectorOptions) {
    this.options = {
      lateness: 0,
      maxWaiting: 100_000,
      quiet: 600_000,
      maxGroups: 1_000_000,
      maxEntries: 5_000_000,
      maxEpisodes: 100_000,
      ...options,
    }
    this.set = new RuleSet(rules)
    const problems = [...this.set.problems]
    const known = new Map<string, SigmaRule>()
    for (const rule of rules) {
      if (known.has(rule.id))
        problems.push(diagnose('sigma.duplicate', { what: 'rule', name: rule.id }, { span: rule.span }))
      known.set(rule.id, rule)
      if (rule.name !== undefined) known.set(rule.name, rule)
    }
    for (const rule of rules) {
      if (rule.kind !== 'correlation') continue
      const aliased = Object.values(rule.aliases).flatMap((alias) => Object.keys(alias))
      const missing = [...new Set([...rule.rules, ...aliased])].filter(
        (name) => known.get(name) === undefined || known.get(name)!.kind === 'filter',
      )
      if (missing.length > 0 || reaches(rule, known)) {
        for (const name of missing)
          problems.push(diagnose('sigma.reference', { owner: rule.title, name }, { span: rule.rulesSpan }))
        if (missing.length === 0)
          problems.push(
            diagnose(
              'sigma.unsupported',
              { path: 'rules', reason: `'${rule.title}' refers to itself or deeper than ${DEPTH_LIMIT} correlations` },
              { span: rule.rulesSpan },
            ),
          )
        continue
      }
      const named = rule.rules.map((name) => known.get(name)!)
      const tracker = new Tracker(rule, named)
      this.trackers.push(tracker)
      named.forEach(({ id }, index) => {
        const list = this.following.get(id) ?? []
        list.push({ tracker, index })
        this.following.set(id, list)
        if (!rule.generate) this.silent.add(id)
      })
    }
    this.problems = problems
  }

  get stats(): Readonly<Record<string, number>> {
    return {
      ...this.counters,
      rules: this.set.rules.length,
      correlations: this.trackers.length,
      groups: this.groups,
      episodes: this.episodes.size,
    }
  }

  see(events: readonly SeenEvent[]): Finding[] {
    const findings: Finding[] = []
    const ordered = events.every((event, index) => index === 0 || event.time >= events[index - 1]!.time)
    let due = ordered ? events : [...events].sort((a, b) => a.time - b.time)
    if (this.options.lateness > 0) {
      this.waiting.push(...due)
      this.waiting.sort((a, b) => a.time - b.time)
      const newest = Math.max(this.newest, this.waiting.at(-1)?.time ?? -Infinity)
      const over = this.waiting[this.waiting.length - this.options.maxWaiting - 1]?.time ?? -Infinity
      due = this.release(Math.max(newest - this.options.lateness, over))
    }
    for (const event of due) this.judge(event, findings)
    return findings
  }

  tick(now: number): Finding[] {
    const findings: Finding[] = []
    for (const event of this.release(now - this.options.lateness)) this.judge(event, findings)
    for (const [key, { rule, episode }] of this.episodes) {
      if (now - episode.last < this.quietFor(rule)) continue
      this.episodes.delete(key)
      findings.push(findingOf(rule, episode, 'end', episode.last))
    }
    if (now - this.swept >= SWEEP_MILLIS || now < this.swept) {
      this.swept = now
      for (const tracker of this.trackers) tracker.sweep(now)
      this.recount()
    }
    return findings
  }

  private release(until: number): SeenEvent[] {
    let end = 0
    while (end < this.waiting.length && this.waiting[end]!.time <= until) end++
    return end === 0 ? [] : this.waiting.splice(0, end)
  }

  private quietFor(rule: DetectionRule | CorrelationRule): number {
    return rule.kind === 'correlation' ? Math.max(rule.timespan, this.options.quiet) : this.options.quiet
  }

  private judge(event: SeenEvent, findings: Finding[]): void {
    this.counters.events++
    if (event.time < this.newest) this.counters.late++
    else this.newest = event.time
    for (const rule of this.set.match(event.fields)) {
      this.counters.hits++
      this.matched({ rule, fields: event.fields, event }, findings, 0)
    }
  }

  private matched(match: Match, findings: Finding[], depth: number): void {
    const { rule, event, fields } = match
    if (!this.silent.has(rule.id) && rule.kind === 'rule') {
      const field = ENTITY_FIELDS.find((name) => textAt(fields, name) !== undefined)
      const value = field === undefined ? rule.id : textAt(fields, field)!
      this.tell(rule, [field ?? 'rule.id'], [value], event, undefined, findings)
    }
    if (depth >= DEPTH_LIMIT) return
    for (const { tracker, index } of this.following.get(rule.id) ?? [])
      this.observe(tracker, index, match, findings, depth)
  }

  private observe(tracker: Tracker, index: number, match: Match, findings: Finding[], depth: number): void {
    const { rule } = tracker
    const { size, entries } = tracker
    const met = tracker.observe(index, match.fields, match.event.time)
    this.groups += tracker.size - size
    this.entries += tracker.entries - entries
    if (this.groups > this.options.maxGroups || this.entries > this.options.maxEntries) this.evict()
    if (met === undefined) return
    const { values } = met
    const alone = rule.groupBy.length === 0
    if (!this.silent.has(rule.id))
      this.tell(rule, alone ? ['rule.id'] : rule.groupBy, alone ? [rule.id] : values, match.event, met, findings)
    if (this.following.has(rule.id)) {
      const synthetic = Object.assign(Object.create(null) as ValueObject, match.fields)
      rule.groupBy.forEach((name, at) => (synthetic[name] = values[at]!))
      this.matched({ rule, fields: synthetic, event: match.event }, findings, depth + 1)
    }
  }

  /** Drops the longest idle groups of the correlation that holds most. */
  private evict(): void {
    while (this.groups > this.options.maxGroups || this.entries > this.options.maxEntries) {
      this.trackers.reduce((a, b) => (b.size + b.entries > a.size + a.entries ? b : a)).dropOldest()
      this.counters.evicted++
      this.recount()
    }
  }

  private recount(): void {
    this.groups = this.trackers.reduce((sum, { size }) => sum + size, 0)
    this.entries = this.trackers.reduce((sum, { entries }) => sum + entries, 0)
  }

  private tell(
    rule: DetectionRule | CorrelationRule,
    names: readonly string[],
    values: readonly string[],
    event: SeenEvent,
    met: Met | undefined,
    findings: Finding[],
  ): void {
    const key = keyOf([rule.id, ...values])
    const { time } = event
    let entry = this.episodes.get(key)
    if (entry !== undefined && time - entry.episode.last >= this.quietFor(rule)) {
      this.episodes.delete(key)
      findings.push(findingOf(rule, entry.episode, 'end', time))
      entry = undefined
    }
    const open = entry === undefined
    if (entry === undefined) {
      if (this.episodes.size >= this.options.maxEpisodes) {
        const oldest = this.oldestEpisodes.take()!
        const { rule: other, episode } = this.episodes.get(oldest)!
        this.episodes.delete(oldest)
        findings.push(findingOf(other, episode, 'end', time))
        this.counters.evicted++
      }
      const entity = entityOf(names, values)
      const started = { start: time, first: time, last: time, count: 0, told: 0, counted: [], evidence: [] }
      entry = { rule, episode: { names, values, entity, ...started } }
      this.episodes.set(key, entry)
    }
    const { episode } = entry
    episode.last = Math.max(episode.last, time)
    episode.first = Math.min(episode.first, time)
    episode.count = met === undefined ? episode.count + 1 : Math.max(met.measure, open ? met.measure : episode.count)
    if (episode.evidence.length < EVIDENCE_LIMIT && event.id !== undefined)
      episode.evidence.push({ index: event.index, id: event.id })
    // Growing steps: at twice the figure that was told last.
    if (!open && episode.count < episode.told * 2) return
    episode.told = Math.max(episode.count, 1)
    if (met !== undefined) episode.counted = met.window.values(VALUES_LIMIT)
    findings.push(findingOf(rule, episode, open ? 'open' : 'update', time))
  }

  snapshot(): ValueObject {
    return toValue({
      version: VERSION,
      newest: Number.isFinite(this.newest) ? this.newest : null,
      waiting: this.waiting,
      groups: this.trackers.map((tracker) => [tracker.rule.id, tracker.save()]),
      episodes: [...this.episodes].map(([key, { rule, episode }]) => [key, rule.id, episode]),
    }) as ValueObject
  }

  restore(state: Uint8Array | ValueObject): void {
    try {
      this.take(state)
    } catch (error) {
      this.clear()
      if (error instanceof TypeError) throw fail('sigma.state', { reason: 'its form is unknown' })
      throw error
    }
  }

  private clear(): void {
    this.newest = -Infinity
    this.waiting = []
    this.episodes.clear()
    for (const tracker of this.trackers) tracker.clear()
    this.recount()
  }

  private take(state: Uint8Array | ValueObject): void {
    if (state instanceof Uint8Array || state['version'] !== VERSION)
      throw fail('sigma.state', { reason: 'its version is unknown' })
    type Saved = {
      newest: number | null
      waiting: SeenEvent[]
      groups: [string, ReturnType<Tracker['save']>][]
      episodes: [string, string, Episode][]
    }
    const saved = state as unknown as Saved
    this.newest = saved.newest ?? -Infinity
    this.waiting = [...saved.waiting]
    const rules = new Map<string, DetectionRule | CorrelationRule>(this.set.rules.map((rule) => [rule.id, rule]))
    const groups = new Map(saved.groups)
    for (const tracker of this.trackers) {
      rules.set(tracker.rule.id, tracker.rule)
      tracker.restore(groups.get(tracker.rule.id) ?? [])
    }
    this.recount()
    this.episodes.clear()
    for (const [key, id, episode] of saved.episodes) {
      const rule = rules.get(id)
      if (rule !== undefined) this.episodes.set(key, { rule, episode: { ...episode, evidence: [...episode.evidence] } })
    }
  }
}

/** Whether a correlation comes back to itself or builds on a chain that is too deep; each depth looks at a rule once. */
function reaches(from: CorrelationRule, known: ReadonlyMap<string, SigmaRule>): boolean {
  let level = new Set<SigmaRule>([from])
  for (let depth = 0; depth < DEPTH_LIMIT; depth++) {
    const next = new Set<SigmaRule>()
    for (const rule of level) {
      if (rule.kind !== 'correlation') continue
      for (const name of rule.rules) {
        const named = known.get(name)
        if (named === from) return true
        if (named !== undefined) next.add(named)
      }
    }
    if (next.size === 0) return false
    level = next
  }
  return true
}
