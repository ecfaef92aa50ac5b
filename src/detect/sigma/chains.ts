import { diagnose, type Diagnostic } from '../../diagnostic/index.ts'
import type { CorrelationRule } from './correlation.ts'
import type { DetectionRule } from './rule.ts'
import { Tracker } from './tracker.ts'

export type RunningRule = DetectionRule | CorrelationRule

/** Who builds on a rule: a tracker, and the place of the rule in what it names. */
export interface Follower {
  readonly tracker: Tracker
  readonly index: number
}

/** The correlations of some rules, and what they build on. */
export interface Chains {
  readonly trackers: readonly Tracker[]
  /** By the id of the rule that is built on. */
  readonly followers: ReadonlyMap<string, readonly Follower[]>
  /** Ids of the rules that raise nothing of their own, as a correlation names them without `generate`. */
  readonly silent: ReadonlySet<string>
  readonly problems: readonly Diagnostic[]
}

export const DEPTH_LIMIT = 10

/** Resolves the names in correlations; one that names what is not there, or itself, is named and left out. */
export function linkCorrelations(rules: readonly RunningRule[]): Chains {
  const problems: Diagnostic[] = []
  const known = new Map<string, RunningRule>()
  for (const rule of rules) {
    if (known.has(rule.id))
      problems.push(diagnose('sigma.duplicate', { what: 'rule', name: rule.id }, { span: rule.span }))
    known.set(rule.id, rule)
    if (rule.name !== undefined) known.set(rule.name, rule)
  }
  const trackers: Tracker[] = []
  const followers = new Map<string, Follower[]>()
  const silent = new Set<string>()
  for (const rule of rules) {
    if (rule.kind !== 'correlation') continue
    const wrong = problemsOf(rule, known)
    problems.push(...wrong)
    if (wrong.length > 0) continue
    const named = rule.rules.map((name) => known.get(name)!)
    const tracker = new Tracker(rule, named)
    trackers.push(tracker)
    named.forEach(({ id }, index) => {
      followers.set(id, [...(followers.get(id) ?? []), { tracker, index }])
      if (!rule.generate) silent.add(id)
    })
  }
  return { trackers, followers, silent, problems }
}

function problemsOf(rule: CorrelationRule, known: ReadonlyMap<string, RunningRule>): Diagnostic[] {
  const aliased = Object.values(rule.aliases).flatMap((alias) => Object.keys(alias))
  const missing = [...new Set([...rule.rules, ...aliased])].filter((name) => !known.has(name))
  if (missing.length > 0)
    return missing.map((name) => diagnose('sigma.reference', { owner: rule.title, name }, { span: rule.rulesSpan }))
  if (!reaches(rule, known)) return []
  const reason = `'${rule.title}' refers to itself or deeper than ${DEPTH_LIMIT} correlations`
  return [diagnose('sigma.unsupported', { path: 'rules', reason }, { span: rule.rulesSpan })]
}

/** Whether a correlation comes back to itself or builds on a chain that is too deep; each depth looks at a rule once. */
function reaches(from: CorrelationRule, known: ReadonlyMap<string, RunningRule>): boolean {
  let level = new Set<RunningRule>([from])
  for (let depth = 0; depth < DEPTH_LIMIT; depth++) {
    const next = new Set<RunningRule>()
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
