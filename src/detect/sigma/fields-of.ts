import type { Span } from '../../diagnostic/index.ts'
import type { SigmaRule } from './rule.ts'
import { otherNames } from './taxonomy.ts'
import { termsOf } from './value.ts'

/** A field that a rule asks about. */
export interface NamedField {
  /** As written, then the other names under which events may have it; `a.*.b` is `b` in any object of `a`. */
  readonly names: readonly string[]
  /** Of the first item that asks about it. */
  readonly span: Span
}

/** The fields that the items of a rule name, each once. */
export function fieldsOf(rule: SigmaRule): NamedField[] {
  if (rule.kind !== 'rule') return []
  const found = new Map<string, NamedField>()
  for (const { selections } of rule.detections)
    for (const { clause } of selections)
      for (const { field, span } of termsOf(clause))
        if (field !== '' && !found.has(field))
          found.set(field, { names: [field, ...otherNames(field, rule.logsource)], span })
  return [...found.values()]
}
