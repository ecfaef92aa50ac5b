import type { Query } from './ast.ts'

/** The texts that a query looks for, as far as they can stand in a value; what it excludes is not among them. */
export function marksOf(query: Query): string[] {
  switch (query.kind) {
    case 'and':
    case 'or':
      return query.parts.flatMap(marksOf)
    case 'match':
      return query.phrase ? [query.value] : query.value.split(/\s+/)
    case 'wildcard':
      return query.pattern.split(/[*?]+/)
    default:
      return []
  }
}

/** Finds marks whatever their case, the longest first; undefined where there is nothing to find. */
export function marksPattern(marks: readonly string[]): RegExp | undefined {
  const texts = [...new Set(marks.filter((mark) => mark.length > 1))].sort((a, b) => b.length - a.length)
  if (texts.length === 0) return undefined
  return new RegExp(texts.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'gi')
}
