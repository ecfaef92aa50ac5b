/** dis_max, boosting, function_score, nested and script: queries that change the score of others, or ask elsewhere. */
import { Double, isObject, type Value } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import type { Query } from '../../dsl/index.ts'
import type { FunctionScoreQuery, NestedQuery, ScoreFunction } from '../../dsl/query-tree.ts'
import { numberOf } from '../../dsl/clause.ts'
import { withValue } from './column-sets.ts'
import { ColumnLookup, docValues } from './doc-lookup.ts'
import { contains, emptyBits, NONE, union, type DocSet } from './doc-set.ts'
import type { FilterContext, Matched } from './filter-context.ts'
import { nestedSegment, outerDocument } from './nested-segment.ts'

type Match = (query: Query, context: FilterContext) => Matched
type Compound = Extract<Query, { kind: 'dis_max' | 'boosting' | 'function_score' | 'nested' | 'script' }>

export function matchCompound(query: Compound, context: FilterContext, match: Match): Matched {
  switch (query.kind) {
    case 'dis_max': {
      const parts = query.queries.map((inner) => match(inner, context))
      return best(parts, query.tieBreaker, query.boost, context)
    }
    case 'boosting': {
      const positive = match(query.positive, context)
      if (!context.scoring) return positive
      const negative = match(query.negative, { ...context, scoring: false }).set
      const score = (document: number): number =>
        (positive.score?.(document) ?? 0) * (contains(negative, document) ? query.negativeBoost : 1) * query.boost
      return { set: positive.set, score }
    }
    case 'script':
      return matchScript(query, context)
    case 'nested':
      return matchNested(query, context, match)
    case 'function_score':
      return matchFunctionScore(query, context, match)
  }
}

/** Any of the parts; the best counts, the others as much as the tie breaker says. */
export function best(parts: readonly Matched[], tieBreaker: number, boost: number, context: FilterContext): Matched {
  const set = parts.reduce<DocSet>((all, part) => union(all, part.set, context.documents), NONE)
  if (!context.scoring) return { set, score: undefined }
  const score = (document: number): number => {
    let [most, sum] = [0, 0]
    for (const part of parts) {
      if (!contains(part.set, document)) continue
      const one = part.score?.(document) ?? 0
      sum += one
      if (one > most) most = one
    }
    return (most + (sum - most) * tieBreaker) * boost
  }
  return { set, score }
}

function filtered(set: DocSet, documents: number, from: number, to: number, fits: (d: number) => boolean): DocSet {
  const bits = emptyBits(documents)
  for (let d = from; d < to; d++) if (contains(set, d) && fits(d)) bits[d >>> 5]! |= 1 << (d & 31)
  return { kind: 'bits', bits }
}

function matchScript(query: Extract<Query, { kind: 'script' }>, context: FilterContext): Matched {
  const { documents, from, to } = context
  const lookup = new ColumnLookup(context.mapping, context.segment)
  const set = filtered({ kind: 'run', from, to }, documents, from, to, (d) => {
    lookup.document = d
    return query.script.run({ doc: lookup }) === true
  })
  return { set, score: context.scoring ? () => query.boost : undefined }
}

/** What a script gave as a number. @throws illegal_argument_exception for anything else. */
export function scriptNumber(value: Value): number {
  const number = value instanceof Double ? value.value : typeof value === 'boolean' ? Number(value) : numberOf(value)
  if (number === undefined || typeof value === 'string' || isObject(value))
    throw fail('search.argument', { reason: `a script must give a number here, got [${String(value)}]` })
  return number
}

function matchNested(query: NestedQuery, context: FilterContext, match: Match): Matched {
  if (!context.mapping.isNested(query.path)) {
    if (query.ignoreUnmapped) return { set: NONE, score: undefined }
    throw fail('search.query_shard', {
      reason: context.mapping.isObject(query.path)
        ? `failed to create query: [nested] nested object under path [${query.path}] is not of nested type`
        : `failed to create query: [nested] failed to find nested object under path [${query.path}]`,
    })
  }
  const inner = nestedSegment(context.root ?? context.segment, context.mapping, query.path)
  const within = match(query.query, {
    ...context,
    root: context.root ?? context.segment,
    segment: inner,
    documents: inner.documents,
    from: 0,
    to: inner.documents,
    terms: (context.rootTerms ?? context.terms).nested(query.path),
    rootTerms: context.rootTerms ?? context.terms,
    scoring: context.scoring && query.scoreMode !== 'none',
  })
  const bits = emptyBits(context.documents)
  const scores = context.scoring
    ? new Map<number, { sum: number; count: number; min: number; max: number }>()
    : undefined
  for (let child = 0; child < inner.documents; child++) {
    if (!contains(within.set, child)) continue
    const document = outerDocument(inner, child, context.segment)
    if (document >= context.documents) break
    bits[document >>> 5]! |= 1 << (document & 31)
    if (scores === undefined || query.scoreMode === 'none') continue
    const score = within.score?.(child) ?? 0
    const known = scores.get(document) ?? { sum: 0, count: 0, min: Infinity, max: -Infinity }
    scores.set(document, {
      sum: known.sum + score,
      count: known.count + 1,
      min: Math.min(known.min, score),
      max: Math.max(known.max, score),
    })
  }
  const score = (document: number): number => {
    const known = scores?.get(document)
    if (known === undefined || query.scoreMode === 'none') return 0
    const value = query.scoreMode === 'avg' ? known.sum / known.count : known[query.scoreMode]
    return value * query.boost
  }
  return { set: { kind: 'bits', bits }, score: context.scoring ? score : undefined }
}

function matchFunctionScore(query: FunctionScoreQuery, context: FilterContext, match: Match): Matched {
  const needsScores = context.scoring || query.minScore !== undefined
  const inner = match(query.query, { ...context, scoring: needsScores })
  if (!needsScores) return inner
  const functions = query.functions.map((spec) => ({
    set: spec.filter === undefined ? undefined : match(spec.filter, { ...context, scoring: false }).set,
    weight: spec.weight,
    value: functionOf(spec, context, inner),
  }))
  const score = (document: number): number => {
    const base = inner.score?.(document) ?? 1
    const value = combined(query, functions, document)
    const boosted = Math.min(value ?? 1, query.maxBoost)
    if (query.functions.length > 0 && value === undefined && query.boostMode === 'replace') return base * query.boost
    return byMode(query.boostMode, base, boosted) * query.boost
  }
  if (query.minScore === undefined) return { set: inner.set, score }
  const { minScore } = query
  const set = filtered(inner.set, context.documents, context.from, context.to, (d) => score(d) >= minScore)
  return { set, score: context.scoring ? score : undefined }
}

function byMode(mode: FunctionScoreQuery['boostMode'], base: number, value: number): number {
  switch (mode) {
    case 'multiply':
      return base * value
    case 'replace':
      return value
    case 'sum':
      return base + value
    case 'avg':
      return (base + value) / 2
    case 'max':
      return Math.max(base, value)
    case 'min':
      return Math.min(base, value)
  }
}

/** The functions whose filter fits, put together; undefined where none does. */
function combined(
  query: FunctionScoreQuery,
  functions: readonly { set: DocSet | undefined; weight: number; value: (document: number) => number }[],
  document: number,
): number | undefined {
  const values: number[] = []
  let weights = 0
  for (const { set, weight, value } of functions) {
    if (set !== undefined && !contains(set, document)) continue
    values.push(value(document) * weight)
    weights += weight
    if (query.scoreMode === 'first') break
  }
  if (values.length === 0) return undefined
  switch (query.scoreMode) {
    case 'first':
      return values[0]
    case 'multiply':
      return values.reduce((a, b) => a * b, 1)
    case 'max':
      return Math.max(...values)
    case 'min':
      return Math.min(...values)
    default: {
      const sum = values.reduce((a, b) => a + b, 0)
      return query.scoreMode === 'sum' ? sum : sum / weights
    }
  }
}

function functionOf({ value }: ScoreFunction, context: FilterContext, inner: Matched): (document: number) => number {
  switch (value.kind) {
    case 'weight':
      return () => 1
    case 'script': {
      const lookup = new ColumnLookup(context.mapping, context.segment)
      return (document) => {
        lookup.document = document
        const score = scriptNumber(value.script.run({ doc: lookup, _score: new Double(inner.score?.(document) ?? 1) }))
        if (score < 0 || Number.isNaN(score))
          throw fail('search.argument', {
            reason: `script_score script returned an invalid score [${score}] for doc [${document}]. Must be a non-negative score!`,
          })
        return score
      }
    }
    case 'random':
      return (document) => {
        const text = value.field === undefined ? String(document) : randomKey(context, value.field, document)
        let hash = value.seed ^ 0x9e3779b9
        for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
        hash ^= hash >>> 15
        hash = Math.imul(hash, 0x2c1b3c6d)
        return ((hash ^ (hash >>> 13)) >>> 8) / 2 ** 24
      }
    case 'field':
      return fieldFactor(value, context)
  }
}

function randomKey(context: FilterContext, field: string, document: number): string {
  if (field === '_id') return context.segment.id(document)
  if (field === '_seq_no') return String(context.segment.seqNo(document))
  const leaf = context.mapping.field(field)
  return leaf === undefined ? String(document) : docValues(context.segment, leaf, document).map(String).join(' ')
}

function fieldFactor(
  { field, factor, modifier, missing }: Extract<ScoreFunction['value'], { kind: 'field' }>,
  context: FilterContext,
): (document: number) => number {
  const leaf = context.mapping.field(field)
  if (leaf === undefined && missing === undefined)
    throw fail('search.query_shard', { reason: `Unable to find a field mapper for field [${field}]` })
  const column = leaf === undefined ? undefined : context.segment.column(leaf.name)
  const having = column === undefined ? NONE : withValue(column, { ...context, from: 0, to: context.documents })
  return (document) => {
    let value = missing
    if (contains(having, document) && leaf !== undefined) {
      const first = docValues(context.segment, leaf, document)[0]!
      value = typeof first === 'boolean' ? Number(first) : scriptNumber(first)
    }
    if (value === undefined) throw fail('search.argument', { reason: `Missing value for field [${field}]` })
    const result = modified(value * factor, modifier)
    if (Number.isNaN(result) || result < 0)
      throw fail('search.argument', {
        reason: `field value function must not produce negative scores, but got: [${result}] for field value: [${value}]`,
      })
    return result
  }
}

function modified(value: number, modifier: string): number {
  switch (modifier) {
    case 'log':
      return Math.log10(value)
    case 'log1p':
      return Math.log10(value + 1)
    case 'log2p':
      return Math.log10(value + 2)
    case 'ln':
      return Math.log(value)
    case 'ln1p':
      return Math.log1p(value)
    case 'ln2p':
      return Math.log(value + 2)
    case 'square':
      return value * value
    case 'sqrt':
      return Math.sqrt(value)
    case 'reciprocal':
      return 1 / value
    default:
      return value
  }
}
