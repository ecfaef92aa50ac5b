import type { Finding } from '../../alert/index.ts'
import type { SeenEvent } from '../detector.ts'
import { entityOf } from '../entity.ts'
import { Oldest } from '../oldest.ts'
import type { RunningRule } from './chains.ts'
import { findingOf, type Episode } from './finding.ts'
import { keyOf, type Met } from './tracker.ts'

const EVIDENCE_LIMIT = 20
const VALUES_LIMIT = 100

export type SavedEpisode = readonly [key: string, rule: string, episode: Episode]

export interface Told {
  readonly names: readonly string[]
  readonly values: readonly string[]
  readonly event: SeenEvent
  /** Of a correlation. */
  readonly met: Met | undefined
}

/** The episodes of rules that are going on: told when they open, at growing steps, and when they end. */
export class Episodes {
  evicted = 0
  private readonly open = new Map<string, { rule: RunningRule; episode: Episode }>()
  private readonly oldest = new Oldest(this.open)
  private readonly quiet: number
  private readonly limit: number

  /** @param quiet milliseconds without a match after which an episode has ended */
  constructor(quiet: number, limit: number) {
    this.quiet = quiet
    this.limit = limit
  }

  get size(): number {
    return this.open.size
  }

  /** One more match of a rule for an entity. */
  add(rule: RunningRule, { names, values, event, met }: Told, findings: Finding[]): void {
    const key = keyOf([rule.id, ...values])
    const { time } = event
    let entry = this.open.get(key)
    if (entry !== undefined && time - entry.episode.last >= this.quietFor(rule)) {
      this.open.delete(key)
      findings.push(findingOf(rule, entry.episode, 'end', time))
      entry = undefined
    }
    const first = entry === undefined
    if (entry === undefined) {
      if (this.open.size >= this.limit) this.evict(time, findings)
      const started = { start: time, first: time, last: time, count: 0, told: 0, counted: [], evidence: [] }
      entry = { rule, episode: { names, values, entity: entityOf(names, values), ...started } }
      this.open.set(key, entry)
    }
    const { episode } = entry
    episode.last = Math.max(episode.last, time)
    episode.first = Math.min(episode.first, time)
    episode.count = met === undefined ? episode.count + 1 : Math.max(met.measure, first ? met.measure : episode.count)
    if (episode.evidence.length < EVIDENCE_LIMIT && event.id !== undefined)
      episode.evidence.push({ index: event.index, id: event.id })
    // Growing steps: at twice the figure that was told last.
    if (!first && episode.count < episode.told * 2) return
    episode.told = Math.max(episode.count, 1)
    if (met !== undefined) episode.counted = met.window.values(VALUES_LIMIT)
    findings.push(findingOf(rule, episode, first ? 'open' : 'update', time))
  }

  /** Ends the episodes that are quiet by `now`. */
  tick(now: number, findings: Finding[]): void {
    for (const [key, { rule, episode }] of this.open) {
      if (now - episode.last < this.quietFor(rule)) continue
      this.open.delete(key)
      findings.push(findingOf(rule, episode, 'end', episode.last))
    }
  }

  clear(): void {
    this.open.clear()
  }

  save(): SavedEpisode[] {
    return [...this.open].map(([key, { rule, episode }]) => [key, rule.id, episode])
  }

  /** Episodes of rules that are no more are forgotten. */
  restore(saved: readonly SavedEpisode[], rules: ReadonlyMap<string, RunningRule>): void {
    this.open.clear()
    for (const [key, id, episode] of saved) {
      const rule = rules.get(id)
      if (rule !== undefined) this.open.set(key, { rule, episode: { ...episode, evidence: [...episode.evidence] } })
    }
  }

  private quietFor(rule: RunningRule): number {
    return rule.kind === 'correlation' ? Math.max(rule.timespan, this.quiet) : this.quiet
  }

  private evict(time: number, findings: Finding[]): void {
    const key = this.oldest.take()!
    const { rule, episode } = this.open.get(key)!
    this.open.delete(key)
    findings.push(findingOf(rule, episode, 'end', time))
    this.evicted++
  }
}
