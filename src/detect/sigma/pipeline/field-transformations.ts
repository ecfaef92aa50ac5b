import { fail } from '../../../diagnostic/index.ts'
import type { CorrelationRule } from '../correlation.ts'
import { child, invalid, type Located } from '../located-yaml.ts'
import { openEnd, openStart } from '../pattern.ts'
import type { Clause, SigmaValue, Term } from '../value.ts'
import { appliesTo, marked, type ProcessingItem, type Transformation } from './item.ts'
import type { Run } from './run.ts'

/** The names that a field gets; undefined where it keeps its own. */
type Rename = (field: string) => readonly string[] | undefined

/** Renames fields in items, references, the list of fields and correlations. */
export function renaming(rename: Rename, at: Located): Transformation {
  return (run, item) => {
    const mapped = (field: string): readonly string[] => {
      const names = item.field === undefined || item.field(field, run) ? rename(field) : undefined
      if (names === undefined) return [field]
      run.track(field, names, item.id)
      return names
    }
    if (run.rule.kind === 'correlation') run.rule = renameCorrelation(run.rule, mapped, at)
    else {
      run.rule = { ...run.rule, fields: run.rule.fields.flatMap(mapped) }
      run.change((term) => renameTerm(term, rename, run, item))
    }
  }
}

function renameTerm(term: Term, rename: Rename, run: Run, item: ProcessingItem): Clause | undefined {
  if (!appliesTo(item, term, run)) return term
  const wanted = (field: string): readonly string[] | undefined => {
    const names = item.field === undefined || item.field(field, run) ? rename(field) : undefined
    if (names !== undefined) run.track(field, names, item.id)
    return names
  }
  let changed = false
  const values = term.values.flatMap((value): SigmaValue[] => {
    const names = value.kind === 'fieldref' ? wanted(value.name) : undefined
    if (value.kind !== 'fieldref' || names === undefined) return [value]
    changed = true
    return names.map((name) => ({ ...value, name }))
  })
  const names = wanted(term.field)
  if (names === undefined) return changed ? marked({ ...term, values }, item) : term
  const made = names.map((field) =>
    marked({ ...term, field, values: term.field === '' ? values.map(anywhere) : values }, item),
  )
  if (made.length === 0) return undefined
  if (made.length === 1) return made[0]!
  // `neq` says that none of them has the value.
  return { kind: term.negated ? 'all' : 'any', of: made }
}

/** A keyword is looked for anywhere in the field that it is mapped to. */
function anywhere(value: SigmaValue): SigmaValue {
  return value.kind === 'text' ? { ...value, pattern: openStart(openEnd(value.pattern)) } : value
}

function renameCorrelation(
  rule: CorrelationRule,
  mapped: (field: string) => readonly string[],
  at: Located,
): CorrelationRule {
  const one = (field: string): string => {
    const names = mapped(field)
    if (names.length === 1) return names[0]!
    throw fail(
      'sigma.unsupported',
      { path: 'mapping', reason: `'${rule.title}' groups or counts by '${field}', which must have one name` },
      { span: at.span },
    )
  }
  const aliases = Object.fromEntries(
    Object.entries(rule.aliases).map(([alias, fields]) => [
      alias,
      Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, one(field)])),
    ]),
  )
  const isAlias = (field: string): boolean => Object.hasOwn(rule.aliases, field)
  return {
    ...rule,
    aliases,
    groupBy: rule.groupBy.flatMap((field) => (isAlias(field) ? [field] : mapped(field))),
    fields: rule.fields.map((field) => (isAlias(field) ? field : one(field))),
  }
}

/** `mapping` of texts to a text or a list of texts. */
export function mappingAt(at: Located): ReadonlyMap<string, readonly string[]> {
  const mapping = child(at, 'mapping')
  if (mapping?.entries === undefined) throw invalid('mapping', 'a map', mapping ?? at)
  return new Map(
    mapping.entries.map(({ key, value }) => {
      const names = value.items ?? [value]
      for (const name of names) if (typeof name.data !== 'string') throw invalid(key, 'a text or a list of texts', name)
      return [key, names.map(({ data }) => data as string)] as const
    }),
  )
}

/** Keywords have no field: their name in a mapping is null. */
export function exactRename(mapping: ReadonlyMap<string, readonly string[]>): Rename {
  return (field) => mapping.get(field === '' ? 'null' : field)
}

export function prefixRename(mapping: ReadonlyMap<string, readonly string[]>): Rename {
  const prefixes = [...mapping]
  return (field) => {
    const found = field === '' ? undefined : prefixes.find(([prefix]) => field.startsWith(prefix))
    return found?.[1].map((name) => name + field.slice(found[0].length))
  }
}
