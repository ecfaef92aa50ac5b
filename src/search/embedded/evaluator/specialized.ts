/** terms_set, rank_feature and pinned. */
import { Double } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import type { Query } from '../../dsl/index.ts'
import type { PinnedQuery, RankFeatureQuery, TermsSetQuery } from '../../dsl/specialized-tree.ts'
import { averageFeature } from '../../dsl/rank-feature.ts'
import type { NumberColumn } from '../columns.ts'
import { withValue } from './column-sets.ts'
import { scriptNumber } from './compound.ts'
import { ColumnLookup, docValues } from './doc-lookup.ts'
import { contains, emptyBits, NONE, union, type DocSet } from './doc-set.ts'
import type { FilterContext, Matched } from './filter-context.ts'
import { minimumOf } from './minimum.ts'
import { matchTerm, sumOf } from './text-match.ts'

type Match = (query: Query, context: FilterContext) => Matched

export function matchTermsSet(query: TermsSetQuery, context: FilterContext): Matched {
  const leaf = context.mapping.field(query.field)
  if (leaf === undefined) return { set: NONE, score: undefined }
  const parts = [...new Set(query.terms)].map((term) => matchTerm(leaf, term, query.boost, context))
  const neededAt = neededOf(query, context)
  const bits = emptyBits(context.documents)
  for (let d = context.from; d < context.to; d++) {
    let found = 0
    for (const { set } of parts) if (contains(set, d)) found++
    // Without one of the terms a document is not asked how many it needs.
    if (found > 0 && found >= neededAt(d)) bits[d >>> 5]! |= 1 << (d & 31)
  }
  return { set: { kind: 'bits', bits }, score: context.scoring ? sumOf(parts) : undefined }
}

function neededOf({ minimum, terms }: TermsSetQuery, context: FilterContext): (document: number) => number {
  if (minimum.kind === 'count') {
    const needed = minimumOf(minimum.text, terms.length, 1)
    return () => needed
  }
  if (minimum.kind === 'script') {
    const lookup = new ColumnLookup(context.mapping, context.segment)
    return (document) => {
      lookup.document = document
      return scriptNumber(minimum.script.run({ doc: lookup, _score: new Double(0) }))
    }
  }
  const leaf = context.mapping.field(minimum.field)
  if (leaf === undefined)
    throw fail('search.query_shard', {
      reason: `failed to create query: failed to find minimum_should_match field [${minimum.field}]`,
    })
  // A document that does not say how many it needs is not found.
  return (document) => Number(docValues(context.segment, leaf, document)[0] ?? Infinity)
}

export function matchRankFeature(query: RankFeatureQuery, context: FilterContext): Matched {
  const leaf = context.mapping.field(query.field)
  if (leaf === undefined) return { set: NONE, score: undefined }
  if (leaf.type !== 'rank_feature')
    throw fail('search.query_shard', {
      reason: `failed to create query: [rank_feature] query only works on [rank_feature] fields and features of [rank_features] fields, not [${leaf.type}]`,
    })
  const column = context.segment.column(leaf.name)
  if (column?.kind !== 'number') return { set: NONE, score: undefined }
  const better = String(leaf.parameters['positive_score_impact']) !== 'false'
  if (!better && (query.score.kind === 'log' || query.score.kind === 'linear'))
    throw fail('search.query_shard', {
      reason: `failed to create query: Cannot use the [${query.score.kind}] function with a field that has a negative score impact as it would trigger negative scores`,
    })
  const score = featureScore(query.score, () => averageFeature(context.terms.values(leaf)))
  const at = featureAt(column)
  return {
    set: withValue(column, context),
    score: context.scoring ? (document) => Math.fround(query.boost * score(at(document))) : undefined,
  }
}

/** As it is kept: of a field that is better where it is less, one by the value, which pivots are of as well. */
function featureAt({ values, offsets }: NumberColumn): (document: number) => number {
  return (document) => values[offsets === undefined ? document : offsets[document]!]!
}

function featureScore(score: RankFeatureQuery['score'], average: () => number): (feature: number) => number {
  switch (score.kind) {
    case 'log':
      return (feature) => Math.log(score.scalingFactor + feature)
    case 'linear':
      return (feature) => feature
    case 'saturation': {
      const pivot = score.pivot ?? average()
      // In the steps of Lucene's floats, of which small scores show the rounding.
      return (feature) => Math.fround(1 - Math.fround(pivot / Math.fround(feature + pivot)))
    }
    case 'sigmoid': {
      const pivot = score.pivot ** score.exponent
      return (feature) => 1 - pivot / (feature ** score.exponent + pivot)
    }
  }
}

/** The greatest score of what is not pinned: half of what a float reaches. */
const GREATEST_ORGANIC = 2 ** 127
const FLOAT = new Float32Array(1)
const BITS = new Int32Array(FLOAT.buffer)

export function matchPinned(query: PinnedQuery, context: FilterContext, match: Match): Matched {
  const organic = match(query.organic, context)
  const pinned = query.documents
    .filter(({ index }) => index === undefined || index === context.index)
    .map(({ id }) => match({ kind: 'ids', values: [id], boost: 1 }, { ...context, scoring: false }).set)
  const set = pinned.reduce<DocSet>((all, one) => union(all, one, context.documents), organic.set)
  if (!context.scoring) return { set, score: undefined }
  return {
    set,
    score(document) {
      const place = pinned.findIndex((one) => contains(one, document))
      if (place < 0) return Math.min(organic.score?.(document) ?? 0, GREATEST_ORGANIC) * query.boost
      FLOAT[0] = GREATEST_ORGANIC
      BITS[0]! += pinned.length - place
      return FLOAT[0]! * query.boost
    },
  }
}
