import type { CorrelationRule } from '../correlation.ts'
import type { DetectionRule, Detection } from '../rule.ts'
import { mapTerms, type Clause, type Term } from '../value.ts'

export type Vars = ReadonlyMap<string, readonly string[]>

/** One rule on its way through the items of pipelines. */
export class Run {
  rule: DetectionRule | CorrelationRule
  /** The rules that a correlation names, as they came in. */
  readonly named: readonly DetectionRule[]
  readonly vars: Vars
  /** What `set_state` has set for this rule. */
  readonly state = new Map<string, unknown>()
  readonly attributes = new Map<string, unknown>()
  /** Ids of the items that were applied. */
  readonly applied = new Set<string>()
  /** Fields that came out of a mapping, with the ids of the items that made them. */
  readonly fieldApplied = new Map<string, Set<string>>()
  readonly mapped = new Set<string>()

  constructor(rule: DetectionRule | CorrelationRule, named: readonly DetectionRule[], vars: Vars) {
    this.rule = rule
    this.named = named
    this.vars = vars
  }

  /** Terms of the rule; none of a correlation. */
  terms(): Term[] {
    const terms: Term[] = []
    this.change((term) => {
      terms.push(term)
      return term
    })
    return terms
  }

  /** Replaces terms; a selection of which nothing is left goes, and conditions without it. */
  change(replace: (term: Term) => Clause | undefined): void {
    if (this.rule.kind !== 'rule') return
    const detections = this.rule.detections.map(({ selections, conditions }): Detection => {
      const left = selections.flatMap(({ name, clause }) => {
        const made = mapTerms(clause, replace)
        return made === undefined ? [] : [{ name, clause: made }]
      })
      return { selections: left, conditions }
    })
    this.rule = { ...this.rule, detections }
  }

  track(from: string, to: readonly string[], id: string | undefined): void {
    this.mapped.add(from)
    for (const name of to) {
      this.mapped.add(name)
      if (id === undefined) continue
      const ids = this.fieldApplied.get(name) ?? new Set(this.fieldApplied.get(from))
      this.fieldApplied.set(name, ids.add(id))
    }
  }
}
