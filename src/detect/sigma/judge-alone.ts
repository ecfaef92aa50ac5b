import { parseJson, stringifyJson, type ValueObject } from '../../event/index.ts'
import { RuleSet } from './rule-set.ts'
import type { DetectionRule, SigmaRule } from './rule.ts'

/**
 * The rules that match an event by itself, as they would see it once it is stored. Correlations, which need more than one
 * event, are passed over.
 */
export function judgeAlone(rules: readonly SigmaRule[]): (event: ValueObject) => DetectionRule[] {
  const set = new RuleSet(rules)
  return (event) => set.match(parseJson(stringifyJson(event)) as ValueObject)
}
