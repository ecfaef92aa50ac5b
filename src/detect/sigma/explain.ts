import type { ValueObject } from '../../event/index.ts'
import { compileCondition } from './condition.ts'
import { FieldTable, Places, Subject } from './fields.ts'
import { Origin } from './logsource.ts'
import { Matcher } from './matcher.ts'
import type { DetectionRule } from './rule.ts'
import { termsOf } from './value.ts'

/** What a rule makes of an event, part by part. */
export interface Explanation {
  readonly matches: boolean
  /** Whether the event may be of the rule's logsource. */
  readonly logsource: boolean
  readonly selections: readonly {
    readonly name: string
    readonly holds: boolean
    readonly items: readonly {
      /** As written. */
      readonly text: string
      readonly holds: boolean
      /** What the field has in the event; empty where there is nothing, and for keywords. */
      readonly found: readonly string[]
    }[]
  }[]
}

/**
 * Says why a rule matches an event, or why not.
 * @throws DiagnosticError for a rule that cannot be compiled
 */
export function explainRule(rule: DetectionRule, event: ValueObject): Explanation {
  const table = new FieldTable()
  const origin = new Origin(table, [rule.logsource])
  const matcher = new Matcher(table, rule.logsource)
  const detections = rule.detections.map(({ selections, conditions }) => {
    const compiled = selections.map(({ name, clause }) => ({
      name,
      test: matcher.compile(clause).test,
      items: termsOf(clause).map((term) => ({
        text: term.text,
        slot: term.field === '' ? undefined : table.slot(term.field, rule.logsource),
        test: matcher.compile(term).test,
      })),
    }))
    const byName = new Map(compiled.map((one) => [one.name, one.test]))
    return { compiled, tests: conditions.map((condition) => compileCondition(condition, (name) => byName.get(name)!)) }
  })
  const places = new Places(table, undefined)
  const subject = new Subject(table)
  subject.reset(event, places)
  const logsource = origin.allows(origin.key(subject, origin.slotsIn(places)), rule.logsource)
  return {
    matches: logsource && detections.every(({ tests }) => tests.some((test) => test(subject))),
    logsource,
    selections: detections.flatMap(({ compiled }) =>
      compiled.map(({ name, test, items }) => ({
        name,
        holds: test(subject),
        items: items.map((item) => ({
          text: item.text,
          holds: item.test(subject),
          found: item.slot === undefined ? [] : subject.textsOf(item.slot),
        })),
      })),
    ),
  }
}
