/** A bucket for each distinct value: terms, rare_terms. */
import { isObject, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { fieldOf, valueTypeOf } from './aggregated-field.ts'
import { ordersOf } from './aggregation-order.ts'
import type { AggregationParameters, TermsFilter, TermsParameters } from './aggregation-tree.ts'
import { Clause } from './clause.ts'

/** @param name is the user's, for messages. */
export function checkRareTerms(clause: Clause, name: string): AggregationParameters {
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
    include: termsFilter(clause, 'include', name),
    exclude: termsFilter(clause, 'exclude', name),
    format: clause.string('format'),
  }
}

/** @param name is the user's, for messages. */
export function checkTerms(clause: Clause, name: string): TermsParameters {
  const valueType = valueTypeOf(clause)
  const field = fieldOf(clause)
  const size = clause.integer('size') ?? 10
  if (size <= 0) throw clause.failed('size', `[size] must be greater than 0, got ${size}`)
  const minDocCount = clause.integer('min_doc_count') ?? 1
  if (minDocCount < 0)
    throw fail('search.argument', {
      reason: `[min_doc_count] must be greater than or equal to 0. Found [${minDocCount}] in [terms]`,
    })
  // One shard: its size and its minimum decide nothing, and no count has an error.
  if ((clause.integer('shard_size') ?? 1) <= 0) throw clause.failed('shard_size', '[shard_size] must be greater than 0')
  clause.integer('shard_min_doc_count')
  clause.oneOf('execution_hint', ['map', 'global_ordinals'])
  clause.oneOf('collect_mode', ['depth_first', 'breadth_first'])
  const order = ordersOf(clause, [{ path: '_count', descending: true }])
  return {
    type: 'terms',
    field,
    valueType,
    size,
    minDocCount,
    showError: clause.boolean('show_term_doc_count_error') ?? false,
    missing: clause.take('missing') ?? undefined,
    order: order.some(({ path }) => path === '_key') ? order : [...order, { path: '_key', descending: false }],
    include: termsFilter(clause, 'include', name),
    exclude: termsFilter(clause, 'exclude', name),
    format: clause.string('format'),
  }
}

/** @param name is the aggregation's, for messages. */
export function termsFilter(clause: Clause, key: string, name: string): TermsFilter | undefined {
  const value = clause.take(key)
  if (value === undefined || value === null) return undefined
  if (Array.isArray(value)) return { values: value }
  if (typeof value === 'string') return { regex: value, aggregation: name }
  if (isObject(value) && key === 'include') return partitionOf(value, name)
  throw clause.wrong(key, 'a regular expression or a list of values', value)
}

function partitionOf(value: ValueObject, name: string): TermsFilter {
  const clause = new Clause('include', value, 'object')
  const [partition, of] = [clause.integer('partition'), clause.integer('num_partitions')]
  clause.done()
  if (of === undefined || of < 1)
    throw fail('search.argument', {
      reason: `Missing [num_partitions] parameter for partition-based include in [${name}]`,
    })
  if (partition === undefined || partition < 0 || partition >= of)
    throw fail('search.argument', {
      reason: `Missing or out of range [partition] parameter for partition-based include in [${name}]: it must be 0 to ${of - 1}`,
    })
  return { partition, of }
}
