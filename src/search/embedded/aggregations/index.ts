import { fail } from '../../../diagnostic/index.ts'
import type { Aggregation, AggregationParameters } from '../../dsl/index.ts'
import { AutoDateHistogramCollector } from './auto-histogram.ts'
import { CardinalityCollector } from './cardinality.ts'
import { CompositeCollector, MultiTermsCollector } from './composite.ts'
import {
  BoxplotCollector,
  ExtendedStatsCollector,
  MedianAbsoluteDeviationCollector,
  PercentilesCollector,
} from './distribution.ts'
import { StringStatsCollector, TopMetricsCollector, WeightedAvgCollector } from './field-pair-metrics.ts'
import { IpRangesCollector } from './ip-ranges.ts'
import { NestedCollector, ReverseNestedCollector } from './nested.ts'
import { RareTermsCollector } from './rare-terms.ts'
import { MAX_BUCKETS, refuseShapes, type AggregationContext, type Collector } from './collector.ts'
import { FiltersCollector } from './filters.ts'
import { GeoBoundsCollector, GeoCentroidCollector, GeoGridCollector } from './geo.ts'
import { HistogramCollector } from './histogram.ts'
import { MatrixStatsCollector } from './matrix-stats.ts'
import { MetricCollector } from './metrics.ts'
import { RateCollector } from './rates.ts'
import { RangesCollector } from './ranges.ts'
import { SamplerCollector } from './sampler.ts'
import { ScriptedMetricCollector } from './scripted-metric.ts'
import { SignificantTermsCollector } from './significant.ts'
import { TermsCollector } from './terms.ts'
import { TopHitsCollector } from './top-hits.ts'
import { VariableWidthHistogramCollector } from './variable-width.ts'

export { runPipelines } from './pipelines.ts'
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
  refuseShapes(parameters, context)
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
    case 'geo_distance':
      return new RangesCollector(aggregation, parameters, context)
    case 'filter':
    case 'filters':
    case 'missing':
    case 'global':
    case 'adjacency_matrix':
      return new FiltersCollector(aggregation, parameters, context)
    case 'top_hits':
      return new TopHitsCollector(parameters.hits, context)
    case 'extended_stats':
      return new ExtendedStatsCollector(parameters, context)
    case 'percentiles':
    case 'percentile_ranks':
      return new PercentilesCollector(parameters, context)
    case 'median_absolute_deviation':
      return new MedianAbsoluteDeviationCollector(parameters, context)
    case 'weighted_avg':
      return new WeightedAvgCollector(parameters, context)
    case 'string_stats':
      return new StringStatsCollector(parameters, context)
    case 'top_metrics':
      return new TopMetricsCollector(parameters, context)
    case 'boxplot':
      return new BoxplotCollector(parameters, context)
    case 'matrix_stats':
      return new MatrixStatsCollector(parameters, context)
    case 'variable_width_histogram':
      return new VariableWidthHistogramCollector(aggregation, parameters, context)
    case 'scripted_metric':
      return new ScriptedMetricCollector(parameters)
    case 'composite':
      return new CompositeCollector(aggregation, parameters, context)
    case 'multi_terms':
      return new MultiTermsCollector(aggregation, parameters, context)
    case 'rare_terms':
      return new RareTermsCollector(aggregation, parameters, context)
    case 'ip_range':
    case 'ip_prefix':
      return new IpRangesCollector(aggregation, parameters, context)
    case 'geo_bounds':
      return new GeoBoundsCollector(parameters)
    case 'geo_centroid':
      return new GeoCentroidCollector(parameters)
    case 'geohash_grid':
    case 'geotile_grid':
      return new GeoGridCollector(aggregation, parameters, context)
    case 'auto_date_histogram':
      return new AutoDateHistogramCollector(aggregation, parameters, context)
    case 'significant_terms':
    case 'significant_text':
      return new SignificantTermsCollector(aggregation, parameters, context)
    case 'sampler':
    case 'diversified_sampler':
      return new SamplerCollector(aggregation, parameters, context)
    case 'nested':
      return new NestedCollector(aggregation, parameters.path, context)
    case 'reverse_nested':
      return new ReverseNestedCollector(aggregation, parameters.path, context)
    case 'rate':
      return new RateCollector(parameters, context)
    case 'min':
    case 'max':
    case 'avg':
    case 'sum':
    case 'value_count':
    case 'stats':
      return new MetricCollector(parameters, context)
    default:
      throw new Error(`this is a bug: ${parameters.type} does not collect`)
  }
}
