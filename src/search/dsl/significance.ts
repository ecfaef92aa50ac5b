/** significant_terms, significant_text, sampler and diversified_sampler. */
import { isObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { fieldOf } from './aggregated-field.ts'
import type { AggregationParameters, Significance } from './aggregation-tree.ts'
import { Clause } from './clause.ts'
import { checkQuery } from './query.ts'
import { termsFilter } from './terms-aggregation.ts'

const HEURISTICS = ['jlh', 'mutual_information', 'chi_square', 'gnd', 'percentage', 'script_heuristic'] as const

/** @param name is the user's, for messages. */
export function checkSignificantTerms(
  clause: Clause,
  type: 'significant_terms' | 'significant_text',
  name: string,
): AggregationParameters {
  const field = fieldOf(clause)
  const size = clause.integer('size') ?? 10
  if (size <= 0)
    throw fail('search.argument', { reason: `[size] must be greater than 0. Found [${size}] in [${name}]` })
  // One shard: what a shard would send decides nothing.
  clause.integer('shard_size')
  clause.integer('shard_min_doc_count')
  clause.string('execution_hint')
  if (type === 'significant_text') {
    if (clause.boolean('filter_duplicate_text') === true)
      throw fail('search.unsupported', { clause: 'significant_text.filter_duplicate_text' })
    if (clause.take('source_fields') !== undefined)
      throw fail('search.unsupported', { clause: 'significant_text.source_fields' })
  }
  const background = clause.object('background_filter')
  return {
    type,
    field,
    size,
    minDocCount: clause.integer('min_doc_count') ?? 3,
    background: background === undefined ? undefined : checkQuery(background),
    include: termsFilter(clause, 'include', name),
    exclude: termsFilter(clause, 'exclude', name),
    format: clause.string('format'),
    significance: significanceOf(clause),
  }
}

function significanceOf(clause: Clause): Significance {
  const given = HEURISTICS.filter((name) => clause.take(name) !== undefined)
  const [kind = 'jlh', other] = given
  if (other !== undefined)
    throw fail('search.parsing', {
      reason: `only one significance heuristic can be given, found [${kind}] and [${other}]`,
    })
  if (kind === 'script_heuristic') throw fail('search.unsupported', { clause: `${clause.name}.script_heuristic` })
  const body = clause.take(kind)
  const inner = new Clause(kind, isObject(body ?? null) ? (body as Record<string, never>) : {}, 'object')
  const superset = inner.boolean('background_is_superset') ?? true
  const negatives = inner.boolean('include_negatives') ?? false
  inner.done()
  return { kind, superset, negatives }
}

export function checkSampler(clause: Clause): AggregationParameters {
  return { type: 'sampler', size: sampleSize(clause), diverse: undefined }
}

export function checkDiversifiedSampler(clause: Clause): AggregationParameters {
  const size = sampleSize(clause)
  const most = clause.integer('max_docs_per_value') ?? 1
  if (most <= 0)
    throw fail('search.argument', {
      reason: `[maxDocsPerValue] must be greater than or equal to 0. Found [${most}] in [diversified_sampler]`,
    })
  clause.string('execution_hint')
  return { type: 'diversified_sampler', size, diverse: { field: fieldOf(clause), most } }
}

function sampleSize(clause: Clause): number {
  const size = clause.integer('shard_size') ?? 100
  if (size < 0)
    throw fail('search.argument', {
      reason: `[shardSize] must be greater than or equal to 0. Found [${size}] in [${clause.name}]`,
    })
  return size
}
