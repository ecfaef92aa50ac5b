import { didYouMean } from '../diagnostic/index.ts'
import { newObject } from '../event/index.ts'
import type { PartKind, Reading, Registry } from './model.ts'
import { Spec } from './spec.ts'

/** Reads `{ "search": {...} }`: exactly one known kind, besides the names in `beside`. */
export function readPart<P>(
  spec: Spec,
  what: string,
  registry: Registry<P>,
  reading: Reading,
  beside: readonly string[] = [],
): P | undefined {
  const names = spec.names().filter((name) => !beside.includes(name))
  const known = Object.keys(registry)
  const kinds = known.filter((name) => 'read' in registry[name]!)
  if (!spec.isObject(`an object with one ${what} (${kinds.join(', ')})`)) return undefined
  for (const name of names) {
    if (Object.hasOwn(registry, name)) continue
    const near = didYouMean(name, [...known, ...beside])
    const hint = near === undefined ? `known are: ${kinds.join(', ')}` : `did you mean "${near}"?`
    spec.problems.add(
      'watch.unknown_part',
      [...spec.path, name],
      { path: spec.name, kind: what, name },
      { hint, part: 'name' },
    )
  }
  const found = names.filter((name) => Object.hasOwn(registry, name))
  if (found.length !== 1) {
    if (found.length > 1 || names.length === 0) return spec.invalid(`an object with one ${what} (${kinds.join(', ')})`)
    return undefined
  }
  const name = found[0]!
  const kind: PartKind<P> | { refused: string } = registry[name]!
  // A part that is null is one without options.
  const inner = spec.take(name) ?? new Spec(newObject(), [...spec.path, name], spec.problems)
  return 'refused' in kind ? inner.refuse(kind.refused) : kind.read(inner, reading)
}
