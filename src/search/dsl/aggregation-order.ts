/** Aggregations: the checked tree, and the checks that make it. */
import { isObject } from '../../event/index.ts'
import { didYouMean, fail } from '../../diagnostic/index.ts'
import type { Aggregation, AggregationParameters, BucketOrder } from './aggregation-tree.ts'
import type { Clause } from './clause.ts'

const METRICS: Readonly<Record<string, readonly string[]>> = {
  stats: ['count', 'min', 'max', 'avg', 'sum'],
  min: ['value'],
  max: ['value'],
  avg: ['value'],
  sum: ['value'],
  value_count: ['value'],
  cardinality: ['value'],
  median_absolute_deviation: ['value'],
  weighted_avg: ['value'],
  rate: ['value'],
  extended_stats: [
    'count',
    'min',
    'max',
    'avg',
    'sum',
    'sum_of_squares',
    'variance',
    'variance_population',
    'variance_sampling',
    'std_deviation',
    'std_deviation_population',
    'std_deviation_sampling',
  ],
}
const SINGLE = ['filter', 'missing', 'global', 'nested', 'reverse_nested']
const PERCENTS = ['percentiles', 'percentile_ranks']

/** Refuses an order by what is not there, as Elasticsearch does before it searches. */
export function checkOrder(name: string, parameters: AggregationParameters, children: readonly Aggregation[]): void {
  if (!('order' in parameters) || parameters.type === 'bucket_sort') return
  for (const { path } of parameters.order) {
    if (path === '_count' || path === '_key') continue
    const { names, property } = splitPath(path)
    let level = children
    names.forEach((part, index) => {
      const child = level.find((other) => other.name === part)
      if (child === undefined) {
        const meant = didYouMean(
          part,
          level.map((other) => other.name),
        )
        throw fail(
          'search.aggregation_execution',
          {
            reason: `Invalid aggregation order path [${path}]. The provided aggregation [${part}] either does not exist, or is a pipeline aggregation and cannot be used to sort the buckets.`,
          },
          meant === undefined ? {} : { hint: `did you mean [${meant}] in [${name}]` },
        )
      }
      level = child.children
      const type = child.parameters.type
      const last = index === names.length - 1
      if (last) {
        const properties = METRICS[type]
        if (PERCENTS.includes(type)) {
          if (property === undefined)
            throw badPath(path, `When ordering on a multi-value metrics aggregation a metric name must be specified.`)
        } else if (SINGLE.includes(type)) {
          if (property !== undefined && property !== '_count' && property !== 'doc_count')
            throw badPath(path, `Unknown property [${property}]`)
        } else if (properties === undefined)
          throw badPath(
            path,
            `Buckets can only be sorted on a sub-aggregator path that is built out of zero or more single-bucket aggregations within the path and a final single-bucket or a metrics aggregation at the path end. Sub-path [${part}] points to non single-bucket aggregation`,
          )
        else if ((type === 'stats' || type === 'extended_stats') && property === undefined)
          throw badPath(path, `When ordering on a multi-value metrics aggregation a metric name must be specified.`)
        else if (property !== undefined && !properties.includes(property))
          throw badPath(path, `Unknown metric name [${property}] on multi-value metrics aggregation [${part}]`)
      } else if (!SINGLE.includes(type))
        throw badPath(path, `Sub-path [${part}] points to non single-bucket aggregation`)
    })
  }
}

function badPath(path: string, reason: string): Error {
  return fail('search.aggregation_execution', { reason: `Invalid aggregation order path [${path}]. ${reason}` })
}

/** `a>b.max` or `a>b[max]` as its aggregations and the property of the last. */
export function splitPath(path: string): { names: string[]; property: string | undefined } {
  const names = path.split('>').map((part) => part.trim())
  const last = names.pop()!
  const match = /^(.*?)(?:\[([^\]]+)\]|\.(\d+\.\d+|[^.]+))$/.exec(last)
  if (match === null) return { names: [...names, last], property: undefined }
  return { names: [...names, match[1]!], property: match[2] ?? match[3] }
}

/** The `order` of an aggregation's buckets. */
export function ordersOf(clause: Clause, byDefault: readonly BucketOrder[]): readonly BucketOrder[] {
  const value = clause.take('order')
  if (value === undefined || value === null) return byDefault
  if (!isObject(value) && !Array.isArray(value)) throw clause.wrong('order', 'an object or a list of objects', value)
  if (Array.isArray(value) && value.length === 0) throw clause.failed('order', 'name at least one order')
  return (Array.isArray(value) ? value : [value]).flatMap((item) => {
    if (!isObject(item) || Object.keys(item).length !== 1)
      throw fail('search.parsing', { reason: 'Must specify at least one field for [order]' })
    const path = Object.keys(item)[0]!
    const direction = String(item[path]).toLowerCase()
    if (direction !== 'asc' && direction !== 'desc')
      throw fail('search.parsing', { reason: `Unknown order direction [${String(item[path])}]` })
    return [{ path: path === '_term' || path === '_time' ? '_key' : path, descending: direction === 'desc' }]
  })
}
