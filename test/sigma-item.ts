import { expect } from 'vitest'
import { parseRules, RuleSet } from '../src/detect/sigma/index.ts'
import { formatDiagnostic } from '../src/diagnostic/index.ts'
import { toValue, type ValueObject } from '../src/event/index.ts'

/** Whether a rule for a logsource with some items matches an event; items after the first are indented as the first is. */
export function matchesItem(logsource: string, item: string, event: unknown): boolean {
  const text = `title: t\nlogsource: {${logsource}}\ndetection:\n  s:\n    ${item}\n  condition: s`
  const { rules, problems } = parseRules({ name: 'r.yml', text })
  const set = new RuleSet(rules)
  expect([...problems, ...set.problems].map((problem) => formatDiagnostic(problem))).toEqual([])
  return set.match(toValue(event) as ValueObject).length === 1
}
