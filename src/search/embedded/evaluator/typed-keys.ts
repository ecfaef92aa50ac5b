import { isObject, newObject, type Value, type ValueObject } from '../../../event/index.ts'
import { isFloat, type Aggregation, type Mapping } from '../../dsl/index.ts'

const NAMES: Readonly<Record<string, string>> = {
  percentiles: 'tdigest_percentiles',
  percentile_ranks: 'tdigest_percentile_ranks',
  avg_bucket: 'simple_value',
  sum_bucket: 'simple_value',
  max_bucket: 'bucket_metric_value',
  min_bucket: 'bucket_metric_value',
  cumulative_sum: 'simple_value',
  serial_diff: 'simple_value',
  bucket_script: 'simple_value',
  diversified_sampler: 'sampler',
  significant_text: 'sigsterms',
}

/** The results by `type#name`, as clients ask that have a class for each type. */
export function typedKeys(
  aggregations: readonly Aggregation[],
  results: ValueObject,
  mappings: readonly Mapping[],
): ValueObject {
  const typed = newObject()
  for (const name of Object.keys(results)) {
    const aggregation = aggregations.find((one) => one.name === name)
    const result = results[name]!
    if (aggregation === undefined) typed[name] = result
    else typed[`${typeName(aggregation, mappings)}#${name}`] = within(aggregation, result, mappings)
  }
  return typed
}

function within(aggregation: Aggregation, result: Value, mappings: readonly Mapping[]): Value {
  if (!isObject(result) || aggregation.children.length === 0) return result
  const { children } = aggregation
  const { buckets } = result
  if (Array.isArray(buckets))
    return { ...result, buckets: buckets.map((bucket) => typedKeys(children, bucket as ValueObject, mappings)) }
  if (!isObject(buckets)) return typedKeys(children, result, mappings)
  const renamed = newObject()
  for (const key of Object.keys(buckets)) renamed[key] = typedKeys(children, buckets[key] as ValueObject, mappings)
  return { ...result, buckets: renamed }
}

function typeName({ parameters }: Aggregation, mappings: readonly Mapping[]): string {
  const { type } = parameters
  if ((type === 'percentiles' || type === 'percentile_ranks') && parameters.digits !== undefined) return `hdr_${type}`
  if (type === 'significant_terms') {
    const leaf = mappings.map((mapping) => mapping.field(parameters.field)).find((one) => one !== undefined)
    return leaf === undefined ? 'umsigterms' : leaf.column === 'string' ? 'sigsterms' : 'siglterms'
  }
  if (type === 'terms' || type === 'rare_terms') {
    const leaf = mappings.map((mapping) => mapping.field(parameters.field)).find((one) => one !== undefined)
    if (leaf === undefined) return type === 'terms' && !parameters.field.startsWith('_') ? 'umterms' : 'sterms'
    const letter = leaf.column === 'string' ? 's' : type === 'terms' && isFloat(leaf.type) ? 'd' : 'l'
    return `${letter}${type === 'terms' ? 'terms' : 'rareterms'}`
  }
  return NAMES[type] ?? type
}
