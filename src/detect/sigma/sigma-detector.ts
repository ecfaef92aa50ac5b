import type { Finding } from '../../alert/index.ts'
import { fail, type Diagnostic } from '../../diagnostic/index.ts'
import { toValue, type ValueObject } from '../../event/index.ts'
import type { Detector, SeenEvent } from '../detector.ts'
import { DEPTH_LIMIT, linkCorrelations, type Chains, type RunningRule } from './chains.ts'
import { Episodes, type SavedEpisode } from './episodes.ts'
import { fieldReader } from './fields.ts'
import { Waiting } from './lateness.ts'
import type { Pipeline } from './pipeline/pipeline.ts'
import { prepareRules } from './prepare.ts'
import { RuleSet } from './rule-set.ts'
import type { SigmaRule } from './rule.ts'
import { firstText, type Tracker } from './tracker.ts'

export interface SigmaDetectorOptions {
  /** Change rules before they are compiled. */
  readonly pipelines?: readonly Pipeline[]
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
  /** Milliseconds that never go back; with it the cost of rules is measured. */
  readonly monotonic?: () => number
}

/** How a rule does. */
export interface RuleStatus {
  readonly rule: RunningRule
  readonly hits: number
  /** Events that it was tried on, after routing. */
  readonly asked: number
  /** Milliseconds of a core, estimated from a sample of events. */
  readonly millis: number
  /** Searches of regular expressions that took too long, and were taken for ones that find nothing. */
  readonly timeouts: number
}

export interface SigmaDetector extends Detector {
  /** Bad rules, which are left out. */
  readonly problems: readonly Diagnostic[]
  /** Puts other rules in place; what goes on of those that stay goes on. */
  replace(rules: readonly SigmaRule[], pipelines?: readonly Pipeline[]): readonly Diagnostic[]
  rules(): RuleStatus[]
  /** How full the windows of a correlation are; undefined for what is none. */
  windows(id: string): WindowsStatus | undefined
}

export interface WindowsStatus {
  readonly groups: number
  /** Those nearest to the condition: the values of `group-by`, and what is measured. */
  readonly fullest: readonly { readonly values: readonly string[]; readonly measure: number }[]
}

/** One match: of a rule by an event, or of a correlation, whose group's values are its fields. */
interface Match {
  readonly rule: RunningRule
  readonly fields: ValueObject
  readonly event: SeenEvent
}

const SWEEP_MILLIS = 10_000
const VERSION = 3
/** The entity of what groups by nothing. */
const ALONE = ['rule.id']
const WINDOWS = { product: 'windows' }
const ENTITIES = ['source.ip', 'host.name', 'user.name', 'Computer', 'host'].map((name) => ({
  name,
  read: fieldReader(name, name === 'Computer' ? WINDOWS : undefined),
}))

/**
 * Sigma rules and correlations as a detector.
 * @returns `problems` beside the detector: bad rules are named and left out, the others run
 */
export function createSigmaDetector(rules: readonly SigmaRule[], options: SigmaDetectorOptions = {}): SigmaDetector {
  return new Sigma(rules, options)
}

class Sigma implements SigmaDetector {
  readonly name = 'sigma'
  problems: readonly Diagnostic[] = []
  private readonly options: Required<Omit<SigmaDetectorOptions, 'monotonic'>> & Pick<SigmaDetectorOptions, 'monotonic'>
  private set!: RuleSet
  private chains!: Chains
  private readonly episodes: Episodes
  private readonly waiting: Waiting
  private newest = -Infinity
  private swept = -Infinity
  private groups = 0
  private entries = 0
  private readonly counters = { events: 0, hits: 0, evicted: 0, late: 0 }

  constructor(rules: readonly SigmaRule[], options: SigmaDetectorOptions) {
    this.options = {
      pipelines: [],
      lateness: 0,
      maxWaiting: 100_000,
      quiet: 600_000,
      maxGroups: 1_000_000,
      maxEntries: 5_000_000,
      maxEpisodes: 100_000,
      ...options,
    }
    this.episodes = new Episodes(this.options.quiet, this.options.maxEpisodes)
    this.waiting = new Waiting(this.options.lateness, this.options.maxWaiting)
    this.load(rules, this.options.pipelines)
  }

  private load(rules: readonly SigmaRule[], pipelines: readonly Pipeline[]): void {
    const prepared = prepareRules(rules, pipelines)
    this.set = new RuleSet(prepared.rules, { monotonic: this.options.monotonic })
    const running = new Set<RunningRule>(this.set.rules)
    this.chains = linkCorrelations(prepared.rules.filter((rule) => rule.kind === 'correlation' || running.has(rule)))
    this.problems = [...prepared.problems, ...this.set.problems, ...this.chains.problems]
  }

  replace(rules: readonly SigmaRule[], pipelines: readonly Pipeline[] = this.options.pipelines): readonly Diagnostic[] {
    const state = this.snapshot()
    const hits = new Map(this.rules().map((status) => [status.rule.id, status]))
    this.load(rules, pipelines)
    this.set.resume(hits)
    for (const tracker of this.chains.trackers) tracker.resume(hits.get(tracker.rule.id))
    this.take(state)
    return this.problems
  }

  rules(): RuleStatus[] {
    return [
      ...this.set.status(),
      ...this.chains.trackers.map(({ rule, hits, asked }) => ({ rule, hits, asked, millis: 0, timeouts: 0 })),
    ]
  }

  windows(id: string): WindowsStatus | undefined {
    const tracker = this.chains.trackers.find(({ rule }) => rule.id === id)
    return tracker === undefined ? undefined : { groups: tracker.size, fullest: tracker.fullest(10) }
  }

  get stats(): Readonly<Record<string, number>> {
    return {
      ...this.counters,
      evicted: this.counters.evicted + this.episodes.evicted,
      rules: this.set.rules.length,
      correlations: this.chains.trackers.length,
      waiting: this.waiting.size,
      groups: this.groups,
      episodes: this.episodes.size,
    }
  }

  see(events: readonly SeenEvent[]): Finding[] {
    const findings: Finding[] = []
    for (const event of this.waiting.take(events, this.newest)) this.judge(event, findings)
    return findings
  }

  tick(now: number): Finding[] {
    const findings: Finding[] = []
    for (const event of this.waiting.due(now)) this.judge(event, findings)
    this.episodes.tick(now, findings)
    if (now - this.swept >= SWEEP_MILLIS || now < this.swept) {
      this.swept = now
      for (const tracker of this.chains.trackers) tracker.sweep(now)
      this.recount()
    }
    return findings
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
    if (!this.chains.silent.has(rule.id) && rule.kind === 'rule') {
      const entity = entityIn(fields)
      this.episodes.add(
        rule,
        { names: [entity?.name ?? 'rule.id'], values: [entity?.value ?? rule.id], event, met: undefined },
        findings,
      )
    }
    if (depth >= DEPTH_LIMIT) return
    for (const { tracker, index } of this.chains.followers.get(rule.id) ?? [])
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
    if (!this.chains.silent.has(rule.id)) {
      const names = alone ? ALONE : rule.groupBy
      this.episodes.add(rule, { names, values: alone ? [rule.id] : values, event: match.event, met }, findings)
    }
    if (this.chains.followers.has(rule.id)) {
      const synthetic = Object.assign(Object.create(null) as ValueObject, match.fields)
      rule.groupBy.forEach((name, at) => (synthetic[name] = values[at]!))
      this.matched({ rule, fields: synthetic, event: match.event }, findings, depth + 1)
    }
  }

  /** Drops the longest idle groups of the correlation that holds most. */
  private evict(): void {
    while (this.groups > this.options.maxGroups || this.entries > this.options.maxEntries) {
      this.chains.trackers.reduce((a, b) => (b.size + b.entries > a.size + a.entries ? b : a)).dropOldest()
      this.counters.evicted++
      this.recount()
    }
  }

  private recount(): void {
    this.groups = this.chains.trackers.reduce((sum, { size }) => sum + size, 0)
    this.entries = this.chains.trackers.reduce((sum, { entries }) => sum + entries, 0)
  }

  snapshot(): ValueObject {
    return toValue({
      version: VERSION,
      newest: Number.isFinite(this.newest) ? this.newest : null,
      waiting: this.waiting.save(),
      groups: this.chains.trackers.map((tracker) => [tracker.rule.id, tracker.save()]),
      episodes: this.episodes.save(),
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
    this.waiting.restore([])
    this.episodes.clear()
    for (const tracker of this.chains.trackers) tracker.clear()
    this.recount()
  }

  private take(state: Uint8Array | ValueObject): void {
    if (state instanceof Uint8Array || state['version'] !== VERSION)
      throw fail('sigma.state', { reason: 'its version is unknown' })
    type Saved = {
      newest: number | null
      waiting: SeenEvent[]
      groups: [string, ReturnType<Tracker['save']>][]
      episodes: SavedEpisode[]
    }
    const saved = state as unknown as Saved
    this.newest = saved.newest ?? -Infinity
    this.waiting.restore(saved.waiting)
    const rules = new Map<string, RunningRule>(this.set.rules.map((rule) => [rule.id, rule]))
    const groups = new Map(saved.groups)
    for (const tracker of this.chains.trackers) {
      rules.set(tracker.rule.id, tracker.rule)
      tracker.restore(groups.get(tracker.rule.id) ?? [])
    }
    this.recount()
    this.episodes.restore(saved.episodes, rules)
  }
}

/** Whom a match of a rule is about. */
function entityIn(fields: ValueObject): { name: string; value: string } | undefined {
  for (const { name, read } of ENTITIES) {
    const value = firstText(read(fields))
    if (value !== undefined) return { name, value }
  }
  return undefined
}
