import type { Aggregation } from './aggregation-tree.ts'
import type { Query } from './query-tree.ts'
import type { CheckedSearch } from './search.ts'

/** The queries directly within one. */
function within(query: Query): readonly Query[] {
  switch (query.kind) {
    case 'bool':
      return [...query.must, ...query.filter, ...query.should, ...query.mustNot]
    case 'constant_score':
      return [query.filter]
    case 'each_field':
      return [query.leaf]
    case 'nested':
      return [query.query]
    case 'pinned':
      return [query.organic]
    case 'dis_max':
      return query.queries
    case 'boosting':
      return [query.positive, query.negative]
    case 'function_score':
      return [query.query, ...query.functions.flatMap(({ filter }) => filter ?? [])]
    default:
      return []
  }
}

/** Calls `see` with a query and every query within it, the outer first. */
export function visitQuery(query: Query, see: (query: Query) => void): void {
  see(query)
  for (const inner of within(query)) visitQuery(inner, see)
}

/** Those that have a name, but for what is asked of nested objects. */
export function namedQueries(query: Query): Query[] {
  const inner = query.kind === 'nested' ? [] : within(query).flatMap(namedQueries)
  return query.label === undefined ? inner : [query, ...inner]
}

/** The names of the fields that a search reads, wildcards as written. */
export function fieldsOfSearch(search: CheckedSearch): Set<string> {
  const fields = new Set<string>()
  const ofQuery = (query: Query): void =>
    visitQuery(query, (inner) => {
      if (inner.kind === 'each_field') for (const field of inner.fields) fields.add(field.replace(/\^.*$/, ''))
      else if (inner.kind === 'more_like_this') for (const field of inner.fields ?? ['*']) fields.add(field)
      else if ('field' in inner && inner.field !== '') fields.add(inner.field)
      if (inner.kind === 'terms_set' && inner.minimum.kind === 'field') fields.add(inner.minimum.field)
    })
  const ofAggregation = ({ parameters, children }: Aggregation): void => {
    if ('field' in parameters && parameters.field !== undefined) fields.add(parameters.field)
    if ('sources' in parameters) for (const { field } of parameters.sources) fields.add(field)
    if (parameters.type === 'matrix_stats') for (const field of parameters.fields) fields.add(field)
    if (parameters.type === 'weighted_avg')
      for (const { field } of [parameters.value, parameters.weight]) fields.add(field)
    if (parameters.type === 'top_metrics')
      for (const field of [...parameters.metrics, ...parameters.sort.map((key) => key.field)]) fields.add(field)
    if (parameters.type === 'top_hits') for (const key of parameters.hits.sort) fields.add(key.field)
    if (parameters.type === 'diversified_sampler' && parameters.diverse !== undefined)
      fields.add(parameters.diverse.field)
    if (parameters.type === 'filter') ofQuery(parameters.filter)
    if (parameters.type === 'filters') for (const { filter } of parameters.filters) ofQuery(filter)
    children.forEach(ofAggregation)
  }
  ofQuery(search.query)
  if (search.postFilter !== undefined) ofQuery(search.postFilter)
  for (const key of search.hits.sort) if (!key.field.startsWith('_')) fields.add(key.field)
  search.aggregations.forEach(ofAggregation)
  return fields
}
