import type { ValueObject } from '../../../event/index.ts'
import type { Aggregation } from '../../dsl/index.ts'
import type { RareTermsParameters } from '../../dsl/aggregation-tree.ts'
import { MAX_BUCKETS, type AggregationContext } from './collector.ts'
import { TermsCollector } from './terms.ts'

/** The values that at most so many documents have, the rarest first. */
export class RareTermsCollector extends TermsCollector {
  constructor(aggregation: Aggregation, parameters: RareTermsParameters, context: AggregationContext) {
    const { field, missing, include, exclude, format, maxDocCount } = parameters
    const order = [
      { path: '_count', descending: false },
      { path: '_key', descending: false },
    ]
    super(
      aggregation,
      {
        type: 'terms',
        field,
        missing,
        include,
        exclude,
        format,
        order,
        minDocCount: 1,
        maxDocCount,
        size: MAX_BUCKETS,
      },
      context,
    )
  }

  override result(owner: number): ValueObject {
    const json = super.result(owner)
    delete json['doc_count_error_upper_bound']
    delete json['sum_other_doc_count']
    return json
  }
}
