import type { SigmaValue, Term } from '../value.ts'
import type { Check } from './checks.ts'
import type { Run } from './run.ts'

/** One step of a pipeline. */
export interface ProcessingItem {
  readonly id: string | undefined
  readonly apply: Transformation
  readonly rule: Check<void> | undefined
  readonly item: Check<Term> | undefined
  readonly field: Check<string> | undefined
}

/** Changes a rule; the item says which of its terms and fields. @throws DiagnosticError where it refuses the rule */
export type Transformation = (run: Run, item: ProcessingItem) => void

/** Whether an item applies to a term: by its field, or by one that its values refer to. */
export function appliesTo(item: ProcessingItem, term: Term, run: Run): boolean {
  if (item.item !== undefined && !item.item(term, run)) return false
  const { field } = item
  if (field === undefined) return true
  // What was applied to a term went with it, whatever its field is called by now.
  return field(term.field, run) || term.values.some((value) => value.kind === 'fieldref' && field(value.name, run))
}

export function marked(term: Term, { id }: ProcessingItem): Term {
  return id === undefined ? term : { ...term, applied: [...(term.applied ?? []), id] }
}

/** Replaces values of the terms that an item applies to; a term of which none is left goes. */
export function changeValues(
  run: Run,
  item: ProcessingItem,
  change: (value: SigmaValue, term: Term) => readonly SigmaValue[] | undefined,
): void {
  run.change((term) => {
    if (!appliesTo(item, term, run)) return term
    let changed = false
    const each = (value: SigmaValue): readonly SigmaValue[] => {
      if (value.kind === 'variants') return [{ kind: 'variants', of: value.of.flatMap(each) }]
      const made = change(value, term)
      if (made === undefined) return [value]
      changed = true
      // Of what one value became, one is enough, where all values must match.
      return made.length > 1 && term.all ? [{ kind: 'variants', of: made }] : made
    }
    const values = term.values.flatMap(each)
    if (!changed) return term
    return values.length === 0 ? undefined : marked({ ...term, values }, item)
  })
}
