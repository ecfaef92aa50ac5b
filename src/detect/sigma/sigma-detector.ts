import { diagnose, fail, type Diagnostic } from '../../diagnostic/index.ts'
import { toValue, type Value, type ValueObject } from '../../event/index.ts'
import type { Finding } from '../../alert/index.ts'
import type { Detector, SeenEvent } from '../detector.ts'
import { OPERATORS, type CorrelationRule } from './correlation.ts'
import { readField, textOf } from './fields.ts'
import { RuleSet } from './rule-set.ts'
import type { DetectionRule, SigmaRule } from './rule.ts'
import { createWindow, type Window } from './windows.ts'

export interface SigmaDetectorOptions {
  /** Events wait this long, in event time, for earlier ones, so that their order does not matter; 0 judges at once. */
  readonly lateness?: number
  /** An episode without a match for so long has ended. Milliseconds. */
  readonly quiet?: number
  /** Groups that all correlations together follow; the longest idle goes first. */
  readonly maxGroups?: number
  readonly maxEpisodes?: number
}

interface Group {
  readonly key: string
  window: Window
  last: number
}

interface Tracker {
  readonly rule: CorrelationRule
  readonly groups: Map<string, Group>
}

interface Episode {
  start: number
  first: number
  last: number
  count: number
  told: number
  entity: { field: string; value: string }
  values: string[]
  evidence: { index?: string; id?: string }[]
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
const VERSION = 1
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
  private waiting: SeenEvent[] = []
  private newest = -Infinity
  private groups = 0
  private readonly counters = { events: 0, hits: 0, evicted: 0, late: 0 }

  constructor(rules: readonly SigmaRule[], options: SigmaDetectorOptions) {
    this.options = { lateness: 0, quiet: 600_000, maxGroups: 1_000_000, maxEpisodes: 100_000, ...options }
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
      const missing = rule.rules.filter((name) => known.get(name) === undefined || known.get(name)!.kind === 'filter')
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
      const tracker: Tracker = { rule, groups: new Map() }
      this.trackers.push(tracker)
      rule.rules.forEach((name, index) => {
        const { id } = known.get(name)!
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
      due = this.release(Math.max(this.newest, this.waiting.at(-1)?.time ?? -Infinity) - this.options.lateness)
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
      findings.push(finding(rule, episode, 'end', episode.last, newFields(rule, episode)))
    }
    for (const { rule, groups } of this.trackers)
      for (const [key, group] of groups) {
        // Groups stand in the order in which they were last touched.
        if (group.last > now - rule.timespan) break
        groups.delete(key)
        this.groups--
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
      const entity =
        field === undefined ? { field: 'rule.id', value: rule.id } : { field, value: textAt(fields, field)! }
      this.tell(rule, entity, event, undefined, undefined, findings)
    }
    if (depth >= DEPTH_LIMIT) return
    for (const { tracker, index } of this.following.get(rule.id) ?? [])
      this.observe(tracker, index, match, findings, depth)
  }

  private observe(tracker: Tracker, index: number, match: Match, findings: Finding[], depth: number): void {
    const { rule } = tracker
    const names = rule.groupBy.map((name) => rule.aliases[name]?.[rule.rules[index]!] ?? name)
    const values: string[] = []
    for (const name of names) {
      const text = textAt(match.fields, name)
      if (text === undefined) return
      values.push(text)
    }
    let counted: string | number = 0
    if (rule.fields.length > 0) {
      const parts = rule.fields.map((name) => readField(match.fields, rule.aliases[name]?.[rule.rules[index]!] ?? name))
      if (parts.some((part) => part === undefined || part === null)) return
      counted =
        parts.length === 1 && typeof parts[0] === 'number'
          ? parts[0]
          : parts.map((part) => firstText(part!) ?? '').join('\u001f')
    }
    // An event that comes late counts in the window that ends now, if it is in there.
    const time = Math.max(this.newest, match.event.time)
    if (match.event.time <= time - rule.timespan) return
    const key = values.length === 1 ? values[0]! : values.join('\u001f')
    const group = this.group(tracker, key, time)
    group.window.add(time, index, counted)
    const measure = group.window.measure(time)
    const met =
      rule.extended === undefined
        ? rule.bounds.every(({ operator, value }) => OPERATORS[operator]!(measure, value))
        : measure > 0
    if (!met) return
    const entity =
      rule.groupBy.length === 0
        ? { field: 'rule.id', value: rule.id }
        : { field: rule.groupBy.join(','), value: values.join(',') }
    if (!this.silent.has(rule.id)) this.tell(rule, entity, match.event, measure, group.window, findings)
    if (this.following.has(rule.id)) {
      const synthetic = Object.assign(Object.create(null) as ValueObject, match.fields)
      rule.groupBy.forEach((name, at) => (synthetic[name] = values[at]!))
      this.matched({ rule, fields: synthetic, event: match.event }, findings, depth + 1)
    }
  }

  private group(tracker: Tracker, key: string, time: number): Group {
    const { groups, rule } = tracker
    let group = groups.get(key)
    if (group !== undefined) {
      // Moving a group to the end keeps the longest idle in front; at most once in a sixteenth of the window.
      if (time - group.last > rule.timespan / 16) {
        groups.delete(key)
        groups.set(key, group)
        group.last = time
      }
      return group
    }
    group = { key, window: createWindow(rule), last: time }
    groups.set(key, group)
    if (++this.groups > this.options.maxGroups) {
      const fullest = this.trackers.reduce((a, b) => (b.groups.size > a.groups.size ? b : a))
      for (const oldest of fullest.groups.keys()) {
        fullest.groups.delete(oldest)
        break
      }
      this.groups--
      this.counters.evicted++
    }
    return group
  }

  private tell(
    rule: DetectionRule | CorrelationRule,
    entity: Episode['entity'],
    event: SeenEvent,
    measure: number | undefined,
    window: Window | undefined,
    findings: Finding[],
  ): void {
    const key = `${rule.id}\u001f${entity.value}`
    let entry = this.episodes.get(key)
    if (entry !== undefined && event.time - entry.episode.last >= this.quietFor(rule)) {
      this.episodes.delete(key)
      findings.push(finding(rule, entry.episode, 'end', event.time, newFields(rule, entry.episode)))
      entry = undefined
    }
    const open = entry === undefined
    if (entry === undefined) {
      if (this.episodes.size >= this.options.maxEpisodes) {
        const [oldest] = this.episodes
        this.episodes.delete(oldest![0])
        findings.push(
          finding(
            oldest![1].rule,
            oldest![1].episode,
            'end',
            event.time,
            newFields(oldest![1].rule, oldest![1].episode),
          ),
        )
        this.counters.evicted++
      }
      const episode: Episode = {
        start: event.time,
        first: event.time,
        last: event.time,
        count: 0,
        told: 0,
        entity,
        values: [],
        evidence: [],
      }
      entry = { rule, episode }
      this.episodes.set(key, entry)
    }
    const { episode } = entry
    episode.last = Math.max(episode.last, event.time)
    episode.first = Math.min(episode.first, event.time)
    episode.count = measure === undefined ? episode.count + 1 : Math.max(measure, open ? measure : episode.count)
    if (episode.evidence.length < EVIDENCE_LIMIT && event.id !== undefined)
      episode.evidence.push({ index: event.index, id: event.id })
    // Growing steps: at twice the figure that was told last.
    if (!open && episode.count < episode.told * 2) return
    episode.told = Math.max(episode.count, 1)
    if (window !== undefined) episode.values = window.values(VALUES_LIMIT)
    findings.push(finding(rule, episode, open ? 'open' : 'update', event.time, newFields(rule, episode)))
  }

  snapshot(): ValueObject {
    return toValue({
      version: VERSION,
      newest: Number.isFinite(this.newest) ? this.newest : null,
      waiting: this.waiting,
      groups: Object.fromEntries(
        this.trackers.map(({ rule, groups }) => [
          rule.id,
          [...groups.values()].map(({ key, last, window }) => [key, last, window.save()]),
        ]),
      ),
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
    this.groups = 0
    this.episodes.clear()
    for (const { groups } of this.trackers) groups.clear()
  }

  private take(state: Uint8Array | ValueObject): void {
    if (state instanceof Uint8Array || state['version'] !== VERSION)
      throw fail('sigma.state', { reason: 'its version is unknown' })
    type Saved = {
      newest: number | null
      waiting: SeenEvent[]
      groups: Record<string, [string, number, unknown][]>
      episodes: [string, string, Episode][]
    }
    const saved = state as unknown as Saved
    this.newest = saved.newest ?? -Infinity
    this.waiting = [...saved.waiting]
    const rules = new Map<string, DetectionRule | CorrelationRule>(this.set.rules.map((rule) => [rule.id, rule]))
    this.groups = 0
    for (const { rule, groups } of this.trackers) {
      rules.set(rule.id, rule)
      groups.clear()
      for (const [key, last, window] of saved.groups[rule.id] ?? [])
        groups.set(key, { key, last, window: createWindow(rule, window) })
      this.groups += groups.size
    }
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

function firstText(value: Value): string | undefined {
  return Array.isArray(value) ? (value.length === 0 ? undefined : textOf(value[0]!)) : textOf(value)
}

function textAt(fields: ValueObject, name: string): string | undefined {
  const value = readField(fields, name)
  return value === undefined ? undefined : firstText(value)
}

function newFields(rule: DetectionRule | CorrelationRule, episode: Episode): ValueObject {
  const fields: Record<string, unknown> = {}
  const names = rule.kind === 'correlation' ? rule.groupBy : [episode.entity.field]
  const values = names.length > 1 ? episode.entity.value.split(',') : [episode.entity.value]
  names.forEach((name, index) => {
    if (/^(?:source|destination)\.ip$/.test(name)) fields[name.split('.')[0]!] = { ip: values[index] }
  })
  return toValue(fields) as ValueObject
}

function finding(
  rule: DetectionRule | CorrelationRule,
  episode: Episode,
  phase: Finding['phase'],
  time: number,
  fields: ValueObject,
): Finding {
  const bound = rule.kind === 'correlation' ? rule.bounds[0] : undefined
  const names = episode.entity.field.split(',')
  const values = names.length > 1 ? episode.entity.value.split(',') : [episode.entity.value]
  const targets = values.filter((_, index) => /^(?:destination|dst)/.test(names[index]!))
  const culprits = values.filter((_, index) => !/^(?:destination|dst|rule\.)/.test(names[index]!))
  const ports =
    rule.kind === 'correlation' && /port/i.test(rule.fields[0] ?? '')
      ? episode.values.map(Number).filter((port) => Number.isInteger(port))
      : []
  const what =
    rule.kind === 'correlation'
      ? `${rule.type} ${episode.count}${bound === undefined ? '' : ` (${bound.operator} ${bound.value})`} in ${rule.timespan / 1000} s`
      : `${episode.count} matching events`
  return {
    rule: {
      id: rule.id,
      name: rule.title,
      kind: rule.kind === 'correlation' ? 'correlation' : 'sigma',
      ...(rule.description === undefined ? {} : { description: rule.description }),
      references: rule.references,
      author: rule.author,
      tags: rule.tags,
    },
    entity: episode.entity,
    episodeStart: episode.start,
    time,
    first: episode.first,
    last: episode.last,
    phase,
    severity: rule.level,
    count: episode.count,
    ...(bound === undefined ? {} : { threshold: bound.value }),
    reason: `${rule.title}: ${episode.entity.field} ${episode.entity.value}, ${what}`,
    culprits,
    targets,
    ...(ports.length === 0 ? {} : { ports }),
    evidence: [...episode.evidence],
    fields,
  }
}
