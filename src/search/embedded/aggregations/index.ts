import { fail } from '../../../diagnostic/index.ts'
import type { Aggregation, AggregationParameters } from '../../dsl/index.ts'
import { CardinalityCollector } from './cardinality.ts'
import { MAX_BUCKETS, type AggregationContext, type Collector } from './collector.ts'
import { FiltersCollector } from './filters.ts'
import { HistogramCollector } from './histogram.ts'
import { MetricCollector } from './metrics.ts'
import { RangesCollector } from './ranges.ts'
import { TermsCollector } from './terms.ts'
import { TopHitsCollector } from './top-hits.ts'

export { addResults, type NamedCollector } from './collector.ts'

/** What the collectors of one search share. */
export function aggregationContext(
  parts: Pick<AggregationContext, 'now' | 'mappings' | 'segments'>,
): AggregationContext {
  let buckets = 0
  const context: AggregationContext = {
    ...parts,
    countBuckets(count) {
      buckets += count
      if (buckets > MAX_BUCKETS) throw fail('search.too_many_buckets', { limit: MAX_BUCKETS, count: buckets })
    },
    make: (aggregation) => makeCollector(aggregation, aggregation.parameters, context),
  }
  return context
}

function makeCollector(
  aggregation: Aggregation,
  parameters: AggregationParameters,
  context: AggregationContext,
): Collector {
  switch (parameters.type) {
    case 'terms':
      return new TermsCollector(aggregation, parameters, context)
    case 'cardinality':
      return new CardinalityCollector(parameters, context)
    case 'date_histogram':
    case 'histogram':
      return new HistogramCollector(aggregation, parameters, context)
    case 'range':
    case 'date_range':
      return new RangesCollector(aggregation, parameters, context)
    case 'filter':
    case 'filters':
    case 'missing':
    case 'global':
      return new FiltersCollector(aggregation, parameters, context)
    case 'top_hits':
      return new TopHitsCollector(parameters.hits, context)
    default:
      return new MetricCollector(parameters, context)
  }
}
