import { newObject, toValue, type ValueObject } from '../../event/index.ts'
import { filterSearch, type CheckedSearch } from '../dsl/index.ts'
import type { IndexSelection, Store } from '../store.ts'
import { matchesType, typesOf, UNTYPED } from './typed-mapping.ts'

/**
 * The query of the documents that a request by types means; undefined where that is all of them. An index that has a type
 * is meant by its name. In another one, where Logstash wrote an event's type into its field `type`, that field decides;
 * a document without it is of any type.
 */
export async function typeFilter(
  store: Store,
  selection: IndexSelection,
  types: readonly string[] | undefined,
): Promise<ValueObject | undefined> {
  if (types === undefined || types.length === 0 || types.includes(UNTYPED) || types.includes('_all')) return undefined
  const named = [...(await typesOf(store, selection))]
  const meant = named.filter(([, type]) => matchesType(types, type)).map(([index]) => index)
  const rest = named.length === 0 ? undefined : { terms: { _index: named.map(([index]) => index) } }
  const said = types.map((type) => (type.includes('*') ? { wildcard: { type } } : { term: { type } }))
  const unsaid = { bool: { must_not: [{ exists: { field: 'type' } }] } }
  const unnamed = { bool: { should: [...said, unsaid], must_not: rest ?? [] } }
  const query = { bool: { should: [unnamed, ...(meant.length === 0 ? [] : [{ terms: { _index: meant } }])] } }
  return toValue(query) as ValueObject
}

/** The search among documents of the types that a request names. */
export async function searchTypes(
  store: Store,
  selection: IndexSelection,
  search: CheckedSearch,
  types: string | undefined,
): Promise<CheckedSearch> {
  const filter = await typeFilter(store, selection, types?.split(','))
  return filter === undefined ? search : filterSearch(search, filter)
}

/** A query of a body among documents of the types that a request names. */
export async function queryOfTypes(
  store: Store,
  selection: IndexSelection,
  query: ValueObject[string] | undefined,
  types: string | undefined,
): Promise<ValueObject[string] | undefined> {
  const filter = await typeFilter(store, selection, types?.split(','))
  if (filter === undefined) return query
  const bool = toValue({ must: query === undefined ? [] : [query], filter: [filter] })
  return Object.assign(newObject(), { bool })
}
