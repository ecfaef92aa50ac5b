import type { SigmaRule } from './rule.ts'

interface Stated {
  readonly rule: SigmaRule
  readonly disabled: boolean
}

/**
 * The rules to run, and those of them that say nothing: what a disabled rule is needed for goes on, and what a disabled
 * correlation builds on does not begin to raise alerts.
 */
export function runningRules(rules: readonly Stated[]): { running: SigmaRule[]; muted: Set<string> } {
  const byName = new Map<string, Stated>()
  for (const one of rules)
    for (const name of [one.rule.id, one.rule.name]) if (name !== undefined) byName.set(name, one)
  const needed = new Set<SigmaRule>()
  const need = ({ rule }: Stated): void => {
    if (needed.has(rule)) return
    needed.add(rule)
    if (rule.kind !== 'correlation') return
    for (const name of rule.rules) {
      const named = byName.get(name)
      if (named !== undefined) need(named)
    }
  }
  for (const one of rules) if (!one.disabled) need(one)
  const muted = new Set<string>()
  for (const { rule, disabled } of rules) {
    if (!disabled) continue
    muted.add(rule.id)
    if (rule.kind !== 'correlation' || rule.generate) continue
    for (const name of rule.rules) muted.add(byName.get(name)?.rule.id ?? name)
  }
  return { running: rules.map(({ rule }) => rule).filter((rule) => needed.has(rule)), muted }
}
