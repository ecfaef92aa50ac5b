import type { Finding } from '../alert/index.ts'
import type { Clock } from '../clock/index.ts'

const MINUTE = 60_000
const SHARE = 0.05

export interface RuleCosts {
  /** Compares the cost of each rule with a minute ago; answers a finding for each that took too much. */
  look(stats: readonly Readonly<Record<string, number>>[]): Finding[]
}

/** Watches what single rules cost: detectors count `rule.ID.micros` in their stats. Over 5 % of a core for a minute is told. */
export function ruleCosts(clock: Clock): RuleCosts {
  let before = new Map<string, number>()
  let began = clock.monotonic()
  return {
    look(stats) {
      const elapsed = clock.monotonic() - began
      if (elapsed < MINUTE) return []
      began = clock.monotonic()
      const findings: Finding[] = []
      const now = new Map<string, number>()
      for (const figures of stats)
        for (const [name, micros] of Object.entries(figures)) {
          const id = /^rule\.(.+)\.micros$/.exec(name)?.[1]
          if (id === undefined) continue
          now.set(id, micros)
          const share = (micros - (before.get(id) ?? 0)) / 1000 / elapsed
          if (share > SHARE) findings.push(costFinding(id, share, clock.now(), elapsed))
        }
      before = now
      return findings
    },
  }
}

function costFinding(id: string, share: number, now: number, elapsed: number): Finding {
  const percent = Math.round(share * 100)
  // One alert a day and rule.
  const episodeStart = Math.floor(now / 86_400_000) * 86_400_000
  return {
    rule: { id: 'vedetta-costly-rule', name: 'A rule takes too much of a core', kind: 'silence' },
    entity: { field: 'rule.id', value: id },
    episodeStart,
    time: now,
    first: now - elapsed,
    last: now,
    phase: 'open',
    severity: 'low',
    count: percent,
    threshold: SHARE * 100,
    reason: `The rule '${id}' took ${percent} % of a core for a minute; more than ${SHARE * 100} % is too much`,
    culprits: [],
    targets: [],
    evidence: [],
    fields: {},
  }
}
