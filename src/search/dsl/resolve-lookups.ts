import { isObject, type Value, type ValueObject } from '../../event/index.ts'
import type { Aggregation } from './aggregation-tree.ts'
import type { Query } from './query-tree.ts'
import type { Like } from './specialized-tree.ts'

/** A document of another index, or undefined where there is none. */
export type FetchDocument = (index: string, id: string) => Promise<ValueObject | undefined>

/** The query with what it asks of documents of other indices: the terms of a lookup, what others are to be like. */
export async function resolveLookups(query: Query, fetch: FetchDocument): Promise<Query> {
  const each = (queries: readonly Query[]): Promise<Query[]> =>
    Promise.all(queries.map((inner) => resolveLookups(inner, fetch)))
  const one = (inner: Query): Promise<Query> => resolveLookups(inner, fetch)
  switch (query.kind) {
    case 'terms_lookup': {
      const document = await fetch(query.index, query.id)
      const values = document === undefined ? [] : valuesAt(document, query.path)
      return { kind: 'terms', field: query.field, values, boost: query.boost, label: query.label }
    }
    case 'more_like_this':
      return {
        ...query,
        like: await Promise.all(query.like.map((like) => fetched(like, fetch))),
        unlike: await Promise.all(query.unlike.map((like) => fetched(like, fetch))),
      }
    case 'pinned':
      return { ...query, organic: await one(query.organic) }
    case 'bool':
      return {
        ...query,
        must: await each(query.must),
        filter: await each(query.filter),
        should: await each(query.should),
        mustNot: await each(query.mustNot),
      }
    case 'constant_score':
      return { ...query, filter: await one(query.filter) }
    case 'dis_max':
      return { ...query, queries: await each(query.queries) }
    case 'boosting':
      return { ...query, positive: await one(query.positive), negative: await one(query.negative) }
    case 'nested':
      return { ...query, query: await one(query.query) }
    case 'function_score':
      return {
        ...query,
        query: await one(query.query),
        functions: await Promise.all(
          query.functions.map(async (item) =>
            item.filter === undefined ? item : { ...item, filter: await one(item.filter) },
          ),
        ),
      }
    default:
      return query
  }
}

async function fetched(like: Like, fetch: FetchDocument): Promise<Like> {
  if (like.kind !== 'stored' || like.index === undefined) return like
  return { ...like, document: await fetch(like.index, like.id) }
}

/** The same for the queries of filter and filters aggregations. */
export async function resolveAggregations(
  aggregations: readonly Aggregation[],
  fetch: FetchDocument,
): Promise<Aggregation[]> {
  return Promise.all(
    aggregations.map(async (aggregation) => {
      const children = await resolveAggregations(aggregation.children, fetch)
      const { parameters } = aggregation
      if (parameters.type === 'filter')
        return {
          ...aggregation,
          children,
          parameters: { ...parameters, filter: await resolveLookups(parameters.filter, fetch) },
        }
      if (parameters.type !== 'filters' && parameters.type !== 'adjacency_matrix') return { ...aggregation, children }
      const filters = await Promise.all(
        parameters.filters.map(async ({ key, filter }) => ({ key, filter: await resolveLookups(filter, fetch) })),
      )
      return { ...aggregation, children, parameters: { ...parameters, filters } }
    }),
  )
}

function valuesAt(document: ValueObject, path: string): Value[] {
  const found: Value[] = []
  const walk = (value: Value | undefined, names: readonly string[]): void => {
    if (value === undefined || value === null) return
    if (Array.isArray(value)) for (const item of value) walk(item, names)
    else if (names.length === 0) found.push(value)
    else if (isObject(value)) walk(value[names[0]!], names.slice(1))
  }
  if (document[path] !== undefined) walk(document[path], [])
  else walk(document, path.split('.'))
  return found
}
