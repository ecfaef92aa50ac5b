/**
 * The intervals query: spans of a text's terms, put together by rules. Spans are minimal: none contains another of
 * its rule (after Clarke, Cormack and Burkowski, "An algebra for structured text search", 1995, as in Lucene).
 */
import { fail } from '../../../diagnostic/index.ts'
import type { Leaf } from '../../dsl/index.ts'
import type { IntervalFilter, IntervalMode, IntervalRule, TermTest } from '../../dsl/intervals-tree.ts'
import { isText } from '../../dsl/field-types.ts'
import { luceneRegex } from '../../dsl/lucene-regex.ts'
import type { IntervalsQuery } from '../../dsl/query-tree.ts'
import { contains, emptyBits, intersect, NONE, union, type DocSet } from './doc-set.ts'
import type { FilterContext, Matched } from './filter-context.ts'
import { textsOf, type Texts } from './positions.ts'
import { analyzerFor, entrySet } from './text-match.ts'
import { betweenTest, fuzzyTest } from './term-tests.ts'
import { textTermSet } from './text-terms.ts'
import { wildcardMatcher } from './wildcard.ts'

interface Span {
  readonly start: number
  readonly end: number
  /** Positions that its terms take; the others are gaps. */
  readonly covered: number
}

export function matchIntervals(query: IntervalsQuery, context: FilterContext): Matched {
  const leaf = textField(query.field, context)
  if (leaf === undefined) return { set: NONE, score: undefined }
  const { documents } = context
  const candidates = candidatesOf(query.rule, leaf, context)
  if (candidates.kind === 'none') return { set: NONE, score: undefined }
  const evaluate = evaluator(query.rule, leaf, context)
  const bits = emptyBits(documents)
  for (let d = context.from; d < context.to; d++)
    if (contains(candidates, d) && evaluate(textsOf(context, d)).length > 0) bits[d >>> 5]! |= 1 << (d & 31)
  const set: DocSet = { kind: 'bits', bits }
  if (!context.scoring) return { set, score: undefined }
  const extent = leastExtent(query.rule, leaf)
  const score = (document: number): number => {
    let frequency = 0
    for (const { start, end } of evaluate(textsOf(context, document)))
      frequency += 1 / Math.max(end - start + 1 - extent + 1, 1)
    return Math.fround(query.boost * Math.fround(1 - Math.fround(1 / Math.fround(1 + Math.fround(frequency)))))
  }
  return { set, score }
}

function textField(name: string, context: FilterContext): Leaf | undefined {
  const leaf = context.mapping.field(name)
  if (leaf !== undefined && !isText(leaf.type))
    throw fail('search.query_shard', {
      reason: `failed to create query: Can only use interval queries on text fields - not on [${name}] which is of type [${leaf.type}]`,
    })
  return leaf
}

type Evaluator = (texts: Texts) => Span[]

function evaluator(rule: IntervalRule, field: Leaf, context: FilterContext): Evaluator {
  switch (rule.kind) {
    case 'match': {
      const leaf = ruleField(rule, field, context)
      const terms = analyzerFor(rule.analyzer, leaf).terms(rule.text)
      const spansOf = combined(
        terms.map((term) => places(leaf, (other) => other === term)),
        rule,
        terms,
      )
      return filtered(spansOf, rule.filter, field, context)
    }
    case 'terms': {
      const leaf = ruleField(rule, field, context)
      return places(leaf, testOf(rule.test, rule.analyzer, leaf))
    }
    case 'all_of':
      return filtered(
        combined(
          rule.rules.map((inner) => evaluator(inner, field, context)),
          rule,
        ),
        rule.filter,
        field,
        context,
      )
    case 'any_of': {
      const parts = rule.rules.map((inner) => evaluator(inner, field, context))
      // Not reduced to the minimal ones here: a longer one may still be the only one that fits a rule around.
      return filtered((texts) => inOrder(parts.flatMap((part) => part(texts))), rule.filter, field, context)
    }
  }
}

function ruleField({ useField }: { useField: string | undefined }, field: Leaf, context: FilterContext): Leaf {
  if (useField === undefined) return field
  const leaf = textField(useField, context)
  if (leaf === undefined)
    throw fail('search.query_shard', {
      reason: `failed to create query: no mapping found for [use_field] [${useField}]`,
    })
  return leaf
}

function testOf(test: TermTest, analyzer: string | undefined, leaf: Leaf): (term: string) => boolean {
  const lower = analyzerFor(analyzer, leaf).lowercases === true
  const fold = (text: string): string => (lower ? text.toLowerCase() : text)
  switch (test.kind) {
    case 'prefix': {
      const prefix = fold(test.text)
      return (term) => term.startsWith(prefix)
    }
    case 'wildcard':
      return wildcardMatcher(fold(test.text))
    case 'regexp':
      return luceneRegex(test.text)
    case 'fuzzy':
      return fuzzyTest(fold(test.text), test.fuzziness)
    case 'range':
      return betweenTest(
        { includeFrom: test.from.included, includeTo: test.to.included },
        fold(test.from.text),
        fold(test.to.text),
      )
  }
}

function places(leaf: Leaf, fits: (term: string) => boolean): Evaluator {
  return (texts) => {
    const spans: Span[] = []
    for (const [at, term] of texts(leaf)) if (fits(term)) spans.push({ start: at, end: at, covered: 1 })
    return spans
  }
}

/** @param terms where the parts are single terms: one that is named twice needs two places. */
function combined(
  parts: readonly Evaluator[],
  { maxGaps, mode }: { readonly maxGaps: number; readonly mode: IntervalMode },
  terms?: readonly string[],
): Evaluator {
  if (parts.length === 0) return () => []
  return (texts) => {
    let lists = parts.map((part) => part(texts))
    if (lists.some((list) => list.length === 0)) return []
    if (terms !== undefined && mode === 'unordered') lists = repeated(lists, terms)
    const spans = minimal(mode === 'ordered' ? inSequence(lists) : together(lists, mode === 'unordered_no_overlap'))
    return maxGaps < 0 ? spans : spans.filter(({ start, end, covered }) => end - start + 1 - covered <= maxGaps)
  }
}

/** Of a term that is named `n` times, the spans of `n` of its places in a row. */
function repeated(lists: readonly Span[][], terms: readonly string[]): Span[][] {
  return [...new Set(terms)].map((term) => {
    const list = lists[terms.indexOf(term)]!
    const times = terms.filter((other) => other === term).length
    return list
      .slice(0, Math.max(0, list.length - times + 1))
      .map(({ start }, i) => ({ start, end: list[i + times - 1]!.end, covered: times }))
  })
}

/** One of each list, each after the one before: from every start the earliest end. */
function inSequence(lists: readonly Span[][]): Span[] {
  const spans: Span[] = []
  for (const first of lists[0]!) {
    let [end, covered] = [first.end, first.covered]
    let complete = true
    for (const list of lists.slice(1)) {
      const next = earliest(list.filter(({ start }) => start > end))
      if (next === undefined) {
        complete = false
        break
      }
      end = next.end
      covered += next.covered
    }
    if (complete) spans.push({ start: first.start, end, covered })
  }
  return spans
}

/** One of each list, in any order: from every start the earliest end. */
function together(lists: readonly Span[][], apart: boolean): Span[] {
  const spans: Span[] = []
  const starts = [...new Set(lists.flatMap((list) => list.map(({ start }) => start)))]
  for (const from of starts) {
    let [least, end, covered] = [Infinity, -1, 0]
    const chosen: Span[] = []
    for (const list of lists) {
      const next = earliest(
        list.filter(
          (span) =>
            span.start >= from &&
            !(apart && chosen.some((other) => span.start <= other.end && other.start <= span.end)),
        ),
      )
      if (next === undefined) {
        end = Infinity
        break
      }
      chosen.push(next)
      least = Math.min(least, next.start)
      end = Math.max(end, next.end)
      covered += next.covered
    }
    if (end < Infinity) spans.push({ start: least, end, covered })
  }
  return spans
}

function earliest(list: readonly Span[]): Span | undefined {
  let best: Span | undefined
  for (const span of list)
    if (best === undefined || span.end < best.end || (span.end === best.end && span.start > best.start)) best = span
  return best
}

function inOrder(spans: Span[]): Span[] {
  return spans.sort((a, b) => a.start - b.start || a.end - b.end)
}

/** Without those that contain another. */
function minimal(spans: Span[]): Span[] {
  const kept: Span[] = []
  // From the last start back: one that ends no earlier than a later start's contains it.
  let end = Infinity
  for (const span of inOrder(spans).reverse())
    if (span.end < end) {
      kept.push(span)
      end = span.end
    }
  return kept.reverse()
}

function filtered(
  spansOf: Evaluator,
  filter: IntervalFilter | undefined,
  field: Leaf,
  context: FilterContext,
): Evaluator {
  if (filter === undefined) return spansOf
  const referenceOf = evaluator(filter.rule, field, context)
  return (texts) => {
    const spans = spansOf(texts)
    if (spans.length === 0) return spans
    const references = referenceOf(texts)
    return spans.filter((span) => passes(filter.kind, span, references))
  }
}

function passes(kind: IntervalFilter['kind'], span: Span, references: readonly Span[]): boolean {
  const within = (inner: Span, outer: Span): boolean => inner.start >= outer.start && inner.end <= outer.end
  const overlaps = (a: Span, b: Span): boolean => a.start <= b.end && b.start <= a.end
  switch (kind) {
    case 'after':
      return references.some((other) => span.start > other.end)
    case 'before':
      return references.some((other) => span.end < other.start)
    case 'containing':
      return references.some((other) => within(other, span))
    case 'contained_by':
      return references.some((other) => within(span, other))
    case 'overlapping':
      return references.some((other) => overlaps(span, other))
    case 'not_containing':
      return !references.some((other) => within(other, span))
    case 'not_contained_by':
      return !references.some((other) => within(span, other))
    case 'not_overlapping':
      return !references.some((other) => overlaps(span, other))
  }
}

/** Documents that have the terms at all: only their texts are taken apart. */
function candidatesOf(rule: IntervalRule, field: Leaf, context: FilterContext): DocSet {
  const { documents } = context
  switch (rule.kind) {
    case 'match': {
      const leaf = ruleField(rule, field, context)
      const sets = analyzerFor(rule.analyzer, leaf)
        .terms(rule.text)
        .map((term) => textTermSet(leaf, term, context))
      return sets.length === 0 ? NONE : sets.reduce((a, b) => intersect(a, b, documents))
    }
    case 'terms': {
      const leaf = ruleField(rule, field, context)
      return entrySet(leaf, `interval ${JSON.stringify(rule)}`, testOf(rule.test, rule.analyzer, leaf), context)
    }
    case 'all_of':
    case 'any_of': {
      const sets = rule.rules.map((inner) => candidatesOf(inner, field, context))
      if (sets.length === 0) return NONE
      return sets.reduce((a, b) => (rule.kind === 'all_of' ? intersect : union)(a, b, documents))
    }
  }
}

/** Positions that the shortest span takes. */
function leastExtent(rule: IntervalRule, field: Leaf): number {
  switch (rule.kind) {
    case 'match': {
      const terms = analyzerFor(rule.analyzer, field).terms(rule.text)
      // A term that is named several times counts once where the order is free, as in Lucene.
      return Math.max(1, rule.mode === 'unordered' ? new Set(terms).size : terms.length)
    }
    case 'terms':
      return 1
    case 'all_of':
      return rule.rules.reduce((sum, inner) => sum + leastExtent(inner, field), 0)
    case 'any_of':
      return Math.min(...rule.rules.map((inner) => leastExtent(inner, field)))
  }
}
