/** Marks in the texts of hits what the query found in them. */
import { fail } from '../../../diagnostic/index.ts'
import { newObject, type Value, type ValueObject } from '../../../event/index.ts'
import {
  hasTerms,
  visitQuery,
  wildcardMatch,
  type HighlightField,
  type Leaf,
  type Mapping,
  type Query,
} from '../../dsl/index.ts'
import { KEYWORD_ANALYZER } from '../../dsl/analysis.ts'
import { termRegex } from '../../dsl/lucene-regex.ts'
import { allowedEdits, editDistance } from './edit-distance.ts'
import { analyzerFor, textOf } from './text-match.ts'
import { wildcardMatcher } from './wildcard.ts'

type Test = (term: string) => boolean

/** Values of a name in a source, with or without dots in it. */
export function sourceValues(source: Value | undefined, path: readonly string[]): Value[] {
  if (source === undefined || source === null) return []
  if (Array.isArray(source)) return source.flatMap((item) => sourceValues(item, path))
  if (path.length === 0) return [source]
  if (typeof source !== 'object') return []
  const found: Value[] = []
  for (let to = 1; to <= path.length; to++)
    found.push(...sourceValues((source as ValueObject)[path.slice(0, to).join('.')], path.slice(to)))
  return found
}

/**
 * @param source is what may be shown of the document with a field.
 * @param limit is how long a text may be at most, for what does not say how much of it to look at.
 * @returns fragments by the names of fields; undefined where nothing is marked.
 */
export function highlight(
  fields: readonly HighlightField[],
  query: Query,
  mapping: Mapping,
  source: (leaf: Leaf) => ValueObject,
  limit: number,
): ValueObject | undefined {
  const result = newObject()
  for (const spec of fields)
    for (const [name, leaf] of mapping.fields()) {
      if (name !== spec.field && !wildcardMatch(spec.field, name)) continue
      if (!hasTerms(leaf.type)) continue
      if (spec.type === 'fvh' && !hasVectors(leaf)) {
        if (spec.field.includes('*')) continue
        throw fail('search.argument', {
          reason: `the field [${name}] should be indexed with term vector with position offsets to be used with fast vector highlighter`,
        })
      }
      const tests = testsOf(spec.query ?? query, leaf, mapping, spec.ownFieldOnly)
      if (tests.length === 0 && spec.noMatchSize === 0) continue
      const owner = mapping.parentOf(name) ?? name
      const fragments: Fragment[] = []
      for (const value of sourceValues(source(leaf), owner.split('.')))
        if (typeof value !== 'object' && leaf.read(value) !== undefined)
          fragments.push(...mark(within(String(value), leaf, spec, limit), leaf, tests, spec))
      // Sorting is stable: where as much was found the order of the text stays.
      if (spec.byScore) fragments.sort((a, b) => b.hits - a.hits)
      const shown = spec.fragments === 0 ? fragments : fragments.slice(0, spec.fragments)
      if (shown.length > 0) result[name] = shown.map(({ text }) => text)
    }
  return Object.keys(result).length === 0 ? undefined : result
}

function hasVectors({ parameters }: Leaf): boolean {
  return String(parameters['term_vector']).startsWith('with_positions_offsets')
}

interface Fragment {
  readonly text: string
  readonly hits: number
}

function within(text: string, leaf: Leaf, { maxOffset, type }: HighlightField, limit: number): string {
  // Where offsets are kept in the index, the text is not analysed again.
  const kept = type !== 'plain' && (leaf.parameters['index_options'] === 'offsets' || hasVectors(leaf))
  if (kept) return text.slice(0, maxOffset)
  if (maxOffset !== undefined && maxOffset <= limit) return text.slice(0, maxOffset)
  if (text.length > limit)
    throw fail('search.argument', {
      reason: `The length [${text.length}] of field [${leaf.name}] exceeds the [index.highlight.max_analyzed_offset] limit [${limit}]. To avoid this error, set the query parameter [max_analyzed_offset] to a value less than index setting [${limit}] and this will tolerate long field values by truncating them.`,
    })
  return text
}

function testsOf(query: Query, leaf: Leaf, mapping: Mapping, ownFieldOnly: boolean): Test[] {
  const tests: Test[] = []
  const terms = (text: Value, analyzer: string | undefined): string[] => analyzerFor(analyzer, leaf).terms(textOf(text))
  const add = (inner: Query): void => {
    switch (inner.kind) {
      case 'match':
        for (const [i, term] of terms(inner.text, inner.analyzer).entries()) {
          const last = inner.lastIsPrefix && i === terms(inner.text, inner.analyzer).length - 1
          const edits = inner.fuzziness === undefined ? 0 : allowedEdits(inner.fuzziness, term)
          tests.push(
            (other) =>
              other === term ||
              (last && other.startsWith(term)) ||
              (edits > 0 && editDistance(other, term, edits, true) <= edits),
          )
        }
        break
      case 'match_phrase': {
        const all = terms(inner.text, inner.analyzer)
        const last = all.at(-1)
        for (const term of all) tests.push((other) => other === term)
        if (inner.prefixExpansions !== undefined && last !== undefined) tests.push((other) => other.startsWith(last))
        break
      }
      case 'term':
        tests.push((other) => other === textOf(inner.value))
        break
      case 'terms': {
        const values = new Set(inner.values.map(textOf))
        tests.push((other) => values.has(other))
        break
      }
      case 'prefix':
        tests.push((other) => other.startsWith(textOf(inner.value)))
        break
      case 'wildcard':
        tests.push(wildcardMatcher(textOf(inner.value)))
        break
      case 'regexp':
        tests.push(termRegex(inner))
        break
      case 'fuzzy': {
        const text = textOf(inner.value)
        const edits = allowedEdits(inner.fuzziness, text)
        tests.push((other) => editDistance(other, text, edits, true) <= edits)
        break
      }
      default:
    }
  }
  visitFound(query, (inner, eachOf) => {
    if (!('field' in inner)) return
    const named = eachOf?.some((pattern) => wildcardMatch(pattern.replace(/\^.*$/, ''), leaf.name)) === true
    if (named || !ownFieldOnly || (eachOf === undefined && mapping.field(inner.field)?.name === leaf.name)) add(inner)
  })
  return tests
}

/** Queries whose finding is shown: those under must_not are not. */
function visitFound(query: Query, see: (query: Query, fields: readonly string[] | undefined) => void): void {
  if (query.kind === 'bool') {
    for (const inner of [...query.must, ...query.filter, ...query.should]) visitFound(inner, see)
    return
  }
  if (query.kind === 'each_field') {
    see(query.leaf, query.fields)
    return
  }
  visitQuery(query, (inner) => {
    if (inner === query) see(inner, undefined)
    else if (inner.kind === 'bool' || inner.kind === 'each_field') visitFound(inner, see)
    else see(inner, undefined)
  })
}

interface Span {
  readonly start: number
  readonly end: number
}

function mark(text: string, leaf: Leaf, tests: readonly Test[], spec: HighlightField): Fragment[] {
  const spans = found(text, leaf, tests)
  if (spans.length === 0)
    return spec.noMatchSize === 0 ? [] : [{ text: encoded(cut(text, spec.noMatchSize), spec), hits: 0 }]
  if (spec.fragments === 0 || leaf.analyzer === undefined)
    return [{ text: marked(text, 0, text.length, spans, spec), hits: spans.length }]
  const fragments: Fragment[] = []
  for (const { start, end } of pieces(text, spec.fragmentSize)) {
    const within = spans.filter((span) => span.start >= start && span.start < end)
    if (within.length > 0) fragments.push({ text: marked(text, start, end, within, spec).trim(), hits: within.length })
  }
  return fragments
}

/** Where the terms lie that a test takes: each is looked for after the one before. */
function found(text: string, leaf: Leaf, tests: readonly Test[]): Span[] {
  const spans: Span[] = []
  const lower = text.toLowerCase()
  let at = 0
  for (const term of (leaf.analyzer ?? KEYWORD_ANALYZER).terms(text)) {
    const start = leaf.analyzer === undefined ? 0 : lower.indexOf(term.toLowerCase(), at)
    if (start < 0) continue
    at = start + term.length
    if (tests.some((test) => test(leaf.normalize?.(term) ?? term))) spans.push({ start, end: at })
  }
  return spans
}

/** Sentences, put together while they stay below the size. */
function pieces(text: string, size: number): Span[] {
  const result: Span[] = []
  let start = 0
  const sentence = /[.!?]+\s+|\n+/g
  let previous = 0
  for (let next = sentence.exec(text); next !== null; next = sentence.exec(text)) {
    const end = next.index + next[0].length
    if (end - start > size && previous > start) {
      result.push({ start, end: previous })
      start = previous
    }
    previous = end
  }
  if (text.length - start > size && previous > start) {
    result.push({ start, end: previous })
    start = previous
  }
  result.push({ start, end: text.length })
  return result
}

function marked(text: string, start: number, end: number, spans: readonly Span[], spec: HighlightField): string {
  let result = ''
  let at = start
  for (const span of spans) {
    result += encoded(text.slice(at, span.start), spec) + spec.before
    result += encoded(text.slice(span.start, span.end), spec) + spec.after
    at = span.end
  }
  return result + encoded(text.slice(at, end), spec)
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '&quot;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&#x27;',
  '/': '&#x2F;',
}

function encoded(text: string, { html }: HighlightField): string {
  return html ? text.replace(/["&<>'/]/g, (character) => ESCAPES[character]!) : text
}

function cut(text: string, size: number): string {
  if (text.length <= size) return text
  const space = text.indexOf(' ', size)
  return space < 0 ? text : text.slice(0, space)
}
