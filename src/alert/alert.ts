import type { ValueObject } from '../event/index.ts'

export type RuleKind = 'scan' | 'sigma' | 'correlation' | 'login' | 'silence' | 'watch'

/** From the least to the gravest. */
export const SEVERITIES = ['informational', 'low', 'medium', 'high', 'critical'] as const

export type Severity = (typeof SEVERITIES)[number]

/** What found something: a rule, a detector's shape, a watch. */
export interface FindingRule {
  /** Stable: part of the alert's id. */
  readonly id: string
  readonly name: string
  readonly kind: RuleKind
  readonly version?: string
  readonly description?: string
  readonly references?: readonly string[]
  readonly author?: readonly string[]
  /** As Sigma writes them: `attack.t1046`. */
  readonly tags?: readonly string[]
}

/** The key of an episode. */
export interface Entity {
  /** The field it stands in (`source.ip`), several joined by commas (`source.ip,destination.ip`). */
  readonly field: string
  readonly value: string
}

/** A stored event that shows what was found. */
export interface Evidence {
  readonly index?: string
  readonly id?: string
}

/**
 * What a detector or a rule says: one finding about one entity's episode.
 *
 * - Times are epoch milliseconds of event time.
 * - Findings of one episode carry the same `rule.id`, `entity` and `episodeStart`: they are one alert, updated in place.
 * - Each finding is the whole state of its episode: what it leaves out of `culprits` or `targets` was taken back.
 */
export interface Finding {
  readonly rule: FindingRule
  readonly entity: Entity
  /** The first event of the episode. */
  readonly episodeStart: number
  /** The event that made this finding. */
  readonly time: number
  /** The first and last event counted. */
  readonly first: number
  readonly last: number
  readonly phase: 'open' | 'update' | 'end'
  readonly severity: Severity
  /** Told at once, whatever the grouping: a success after failures, a scan with an open port. */
  readonly urgent?: boolean
  readonly count: number
  readonly threshold?: number
  /** `count` is an estimate with the relative error `error` (0.02 is 2 %). */
  readonly estimated?: boolean
  readonly error?: number
  /** Why, in one sentence. */
  readonly reason: string
  readonly culprits: readonly string[]
  readonly targets: readonly string[]
  readonly ports?: readonly number[]
  /** A sample, capped by who found it. */
  readonly evidence: readonly Evidence[]
  /** By a rule on trial: shown, and told to nobody. */
  readonly simulated?: boolean
  /** Further ECS fields, nested: source, destination, network, threat, vedetta.scan. */
  readonly fields: ValueObject
}
