/** The span queries, as Lucene's spans enumerate and score them: unlike intervals, spans may contain each other. */
import { fail } from '../../../diagnostic/index.ts'
import type { Leaf } from '../../dsl/index.ts'
import { isText } from '../../dsl/field-types.ts'
import type { MultiTermQuery, NearSpans, NotSpans, Spans, SpansQuery } from '../../dsl/span-tree.ts'
import { contains, emptyBits, intersect, NONE, union, type DocSet } from './doc-set.ts'
import type { FilterContext, Matched } from './filter-context.ts'
import { textsOf, type Texts } from './positions.ts'
import { bm25, idf, keptLength } from './relevance.ts'
import { betweenTest, fuzzyTest, patternTest } from './term-tests.ts'
import { entrySet } from './text-match.ts'
import { textTermSet } from './text-terms.ts'

interface Span {
  readonly start: number
  /** The position after the last. */
  readonly end: number
  /** How far its parts lie apart: nothing for a term. */
  readonly width: number
}

/** In the order of their starts, then of their ends. */
type Enumerate = (texts: Texts) => readonly Span[]

export function matchSpans({ spans, field, boost }: SpansQuery, context: FilterContext): Matched {
  const candidates = candidatesOf(spans, context)
  if (candidates.kind === 'none') return { set: NONE, score: undefined }
  const enumerate = enumerator(spans, context)
  const bits = emptyBits(context.documents)
  for (let d = context.from; d < context.to; d++)
    if (contains(candidates, d) && enumerate(textsOf(context, d)).length > 0) bits[d >>> 5]! |= 1 << (d & 31)
  const set: DocSet = { kind: 'bits', bits }
  const leaf = context.mapping.field(field)
  if (!context.scoring || leaf === undefined) return { set, score: undefined }
  const { documents, averageLength } = context.terms.field(leaf)
  let rarity = 0
  for (const [name, terms] of termsOf(spans, context))
    for (const term of terms) rarity += idf(context.terms.frequency(context.mapping.field(name)!, term), documents)
  const scoreOf = bm25(boost * rarity, averageLength)
  const score = (document: number): number => {
    const texts = textsOf(context, document)
    let frequency = 0
    for (const { width } of enumerate(texts)) frequency = Math.fround(frequency + Math.fround(1 / (1 + width)))
    return scoreOf(frequency, keptLength(leaf, texts(leaf).size))
  }
  return { set, score }
}

function textField(name: string, context: FilterContext): Leaf | undefined {
  const leaf = context.mapping.field(name)
  if (leaf === undefined || (isText(leaf.type) && leaf.indexed && leaf.indexOptions === 'positions')) return leaf
  throw fail('search.query_shard', {
    reason: `failed to create query: field "${name}" was indexed without position data; cannot run SpanTermQuery`,
  })
}

function testOf(query: MultiTermQuery, leaf: Leaf): { name: string; fits: (term: string) => boolean } {
  switch (query.kind) {
    case 'fuzzy':
      return {
        name: `spans fuzzy ${JSON.stringify([query.value, query.fuzziness])}`,
        fits: fuzzyTest(String(query.value), query.fuzziness),
      }
    case 'range': {
      const [from, to] = [query.from, query.to].map((bound) => (bound === undefined ? undefined : String(bound)))
      return {
        name: `spans range ${JSON.stringify([from, to, query.includeFrom, query.includeTo])}`,
        fits: betweenTest(query, from, to),
      }
    }
    default:
      return patternTest(leaf, query)
  }
}

/** Documents that have the terms at all: only their texts are taken apart. */
function candidatesOf(spans: Spans, context: FilterContext): DocSet {
  const all = (...parts: readonly DocSet[]): DocSet => parts.reduce((a, b) => intersect(a, b, context.documents))
  switch (spans.kind) {
    case 'term': {
      const leaf = textField(spans.field, context)
      return leaf === undefined ? NONE : textTermSet(leaf, spans.value, context)
    }
    case 'multi': {
      const leaf = textField(spans.query.field, context)
      if (leaf === undefined) return NONE
      const { name, fits } = testOf(spans.query, leaf)
      return entrySet(leaf, name, fits, context)
    }
    case 'near':
      return all(...spans.clauses.flatMap((clause) => (clause.kind === 'gap' ? [] : [candidatesOf(clause, context)])))
    case 'or':
      return spans.clauses
        .map((clause) => candidatesOf(clause, context))
        .reduce((a, b) => union(a, b, context.documents))
    case 'first':
      return candidatesOf(spans.match, context)
    case 'not':
      return candidatesOf(spans.include, context)
    case 'masked':
      return candidatesOf(spans.inner, context)
    default:
      return all(candidatesOf(spans.big, context), candidatesOf(spans.little, context))
  }
}

/** The terms by which it scores, each once, by the fields they are of; what is excluded counts for nothing. */
function termsOf(
  spans: Spans,
  context: FilterContext,
  found = new Map<string, Set<string>>(),
): Map<string, Set<string>> {
  const note = (field: string, terms: readonly string[]): void => {
    const known = found.get(field) ?? new Set()
    for (const term of terms) known.add(term)
    found.set(field, known)
  }
  switch (spans.kind) {
    case 'term':
      if (textField(spans.field, context) !== undefined) note(spans.field, [spans.value])
      break
    case 'multi': {
      const leaf = textField(spans.query.field, context)
      if (leaf === undefined) break
      const { name, fits } = testOf(spans.query, leaf)
      note(spans.query.field, context.terms.expand(leaf, name, fits, MOST_TERMS))
      break
    }
    case 'near':
    case 'or':
      for (const clause of spans.clauses) if (clause.kind !== 'gap') termsOf(clause, context, found)
      break
    case 'first':
      return termsOf(spans.match, context, found)
    case 'not':
      return termsOf(spans.include, context, found)
    case 'masked':
      return termsOf(spans.inner, context, found)
    default:
      termsOf(spans.big, context, found)
      termsOf(spans.little, context, found)
  }
  return found
}

/** Terms of a pattern that count for a score. */
const MOST_TERMS = 1024

function enumerator(spans: Spans, context: FilterContext): Enumerate {
  switch (spans.kind) {
    case 'term': {
      const leaf = textField(spans.field, context)
      return leaf === undefined ? () => [] : places(leaf, (term) => term === spans.value)
    }
    case 'multi': {
      const leaf = textField(spans.query.field, context)
      return leaf === undefined ? () => [] : places(leaf, testOf(spans.query, leaf).fits)
    }
    case 'near':
      return spans.inOrder ? ordered(spans, context) : unordered(spans, context)
    case 'or': {
      const parts = spans.clauses.map((clause) => enumerator(clause, context))
      return (texts) => parts.flatMap((part) => part(texts)).sort((a, b) => a.start - b.start || a.end - b.end)
    }
    case 'first': {
      const match = enumerator(spans.match, context)
      return (texts) => match(texts).filter(({ end }) => end <= spans.end)
    }
    case 'not':
      return without(spans, context)
    case 'masked':
      return enumerator(spans.inner, context)
    case 'containing':
    case 'within': {
      const [big, little] = [enumerator(spans.big, context), enumerator(spans.little, context)]
      return spans.kind === 'containing'
        ? (texts) => containing(big(texts), little(texts))
        : (texts) => within(little(texts), big(texts))
    }
  }
}

function places(leaf: Leaf, fits: (term: string) => boolean): Enumerate {
  return (texts) => {
    const spans: Span[] = []
    for (const [at, term] of texts(leaf)) if (fits(term)) spans.push({ start: at, end: at + 1, width: 0 })
    return spans
  }
}

/** Each after the one before: to every start of the first the next of the others, none of which ever goes back. */
function ordered({ clauses, slop }: NearSpans, context: FilterContext): Enumerate {
  const parts = clauses.map((clause) => (clause.kind === 'gap' ? clause.width : enumerator(clause, context)))
  return (texts) => {
    const lists = parts.map((part) => (typeof part === 'number' ? part : part(texts)))
    const next = lists.map(() => 0)
    const spans: Span[] = []
    for (const first of lists[0] as readonly Span[]) {
      let [end, width] = [first.end, 0]
      for (let i = 1; i < lists.length; i++) {
        const list = lists[i]!
        if (typeof list === 'number') {
          end += list
          continue
        }
        while (next[i]! < list.length && list[next[i]!]!.start < end) next[i]!++
        const span = list[next[i]!]
        if (span === undefined) return spans
        width += span.start - end
        end = span.end
      }
      if (width <= slop) spans.push({ start: first.start, end, width })
    }
    return spans
  }
}

/** One of each, in any order and even overlapping; the one that starts first goes on. */
function unordered({ clauses, slop }: NearSpans, context: FilterContext): Enumerate {
  const parts = clauses.flatMap((clause) => (clause.kind === 'gap' ? [] : [enumerator(clause, context)]))
  return (texts) => {
    const lists = parts.map((part) => part(texts))
    const spans: Span[] = []
    if (lists.some((list) => list.length === 0)) return spans
    const next = lists.map(() => 0)
    let total = lists.reduce((sum, list) => sum + list[0]!.end - list[0]!.start, 0)
    let last = Math.max(...lists.map((list) => list[0]!.end))
    for (;;) {
      let first = 0
      for (let i = 1; i < lists.length; i++) {
        const [one, other] = [lists[i]![next[i]!]!, lists[first]![next[first]!]!]
        if (one.start < other.start || (one.start === other.start && one.end < other.end)) first = i
      }
      const least = lists[first]![next[first]!]!
      if (last - least.start - total <= slop) spans.push({ start: least.start, end: last, width: last - least.start })
      const following = lists[first]![++next[first]!]
      if (following === undefined) return spans
      total += following.end - following.start - (least.end - least.start)
      last = Math.max(last, following.end)
    }
  }
}

function without({ include, exclude, pre, post }: NotSpans, context: FilterContext): Enumerate {
  const [spansOf, others] = [enumerator(include, context), enumerator(exclude, context)]
  return (texts) => {
    const spans = spansOf(texts)
    if (spans.length === 0) return spans
    const excluded = others(texts)
    const ends = latestEnds(excluded)
    return spans.filter(({ start, end }) => {
      const before = startingBefore(excluded, end + post)
      return before === 0 || ends[before - 1]! <= start - pre
    })
  }
}

/** The big ones that have a little one within. */
function containing(big: readonly Span[], little: readonly Span[]): readonly Span[] {
  // The earliest end of all that start here or later.
  const ends = little.map(({ end }) => end)
  for (let i = ends.length - 2; i >= 0; i--) ends[i] = Math.min(ends[i]!, ends[i + 1]!)
  return big.filter(({ start, end }) => {
    const from = startingBefore(little, start)
    return from < ends.length && ends[from]! <= end
  })
}

/** The little ones that lie within a big one. */
function within(little: readonly Span[], big: readonly Span[]): readonly Span[] {
  const ends = latestEnds(big)
  return little.filter(({ start, end }) => {
    const before = startingBefore(big, start + 1)
    return before > 0 && ends[before - 1]! >= end
  })
}

/** The latest end of each and all before it. */
function latestEnds(spans: readonly Span[]): number[] {
  let latest = -Infinity
  return spans.map(({ end }) => (latest = Math.max(latest, end)))
}

/** How many start before a position. */
function startingBefore(spans: readonly Span[], position: number): number {
  let [low, high] = [0, spans.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (spans[middle]!.start < position) low = middle + 1
    else high = middle
  }
  return low
}
