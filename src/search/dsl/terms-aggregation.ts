/** A bucket for each distinct value: terms, rare_terms. */
import { isObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { fieldOf } from './aggregated-field.ts'
import { ordersOf } from './aggregation-order.ts'
import type { AggregationParameters, TermsFilter, TermsParameters } from './aggregation-tree.ts'
import type { Clause } from './clause.ts'

export function checkRareTerms(clause: Clause): AggregationParameters {
  const field = fieldOf(clause)
  const maxDocCount = clause.integer('max_doc_count') ?? 1
  if (maxDocCount < 1 || maxDocCount > 100)
    throw fail('search.argument', {
      reason:
        maxDocCount < 1
          ? `[max_doc_count] must be greater than 0. Found [${maxDocCount}] in [rare_terms]`
          : `[max_doc_count] must be smaller than 100in [rare_terms]`,
    })
  // Counts are exact here, so nothing is given up for memory.
  clause.number('precision')
  return {
    type: 'rare_terms',
    field,
    maxDocCount,
    missing: clause.take('missing') ?? undefined,
    include: termsFilter(clause, 'include'),
    exclude: termsFilter(clause, 'exclude'),
    format: clause.string('format'),
  }
}

export function checkTerms(clause: Clause): TermsParameters {
  const field = fieldOf(clause)
  const size = clause.integer('size') ?? 10
  if (size <= 0) throw clause.failed('size', `[size] must be greater than 0, got ${size}`)
  const minDocCount = clause.integer('min_doc_count') ?? 1
  if (minDocCount < 0)
    throw fail('search.argument', {
      reason: `[min_doc_count] must be greater than or equal to 0. Found [${minDocCount}] in [terms]`,
    })
  // One shard: its size and its minimum decide nothing.
  clause.integer('shard_size')
  clause.integer('shard_min_doc_count')
  clause.string('execution_hint')
  clause.string('collect_mode')
  clause.boolean('show_term_doc_count_error')
  const order = ordersOf(clause, [{ path: '_count', descending: true }])
  return {
    type: 'terms',
    field,
    size,
    minDocCount,
    missing: clause.take('missing') ?? undefined,
    order: order.some(({ path }) => path === '_key') ? order : [...order, { path: '_key', descending: false }],
    include: termsFilter(clause, 'include'),
    exclude: termsFilter(clause, 'exclude'),
    format: clause.string('format'),
  }
}

function termsFilter(clause: Clause, key: string): TermsFilter | undefined {
  const value = clause.take(key)
  if (value === undefined || value === null) return undefined
  if (Array.isArray(value)) return { values: value }
  if (typeof value === 'string') return { regex: value }
  if (isObject(value)) throw fail('search.unsupported', { clause: `terms.${key} as partitions` })
  throw clause.wrong(key, 'a regular expression or a list of values', value)
}
