import { fail } from '../../diagnostic/index.ts'
import { isObject, type Value } from '../../event/index.ts'
import { visitQuery, type CheckedSearch, type Query } from '../dsl/index.ts'
import type { IndexSelection, Store } from '../store.ts'
import { ALLOW_EXPENSIVE_QUERIES, clusterSetting } from './cluster-settings.ts'

const NAMES: Partial<Record<Query['kind'], string>> = {
  prefix: '[prefix] queries',
  fuzzy: '[fuzzy] queries',
  regexp: '[regexp] queries',
  wildcard: '[wildcard] queries',
  script: '[script] queries',
  nested: '[joining] queries',
}
const RANGES = '[range] queries on [text] or [keyword] fields'
const PREFIXES = ' For optimised prefix queries on text fields please enable [index_prefixes].'

/** @throws where `search.allow_expensive_queries` is off and a query of the search is one */
export async function checkExpensive(store: Store, selection: IndexSelection, search: CheckedSearch): Promise<void> {
  // A cluster keeps its own settings.
  if (store.forward !== undefined || (await clusterSetting(store, ALLOW_EXPENSIVE_QUERIES)) !== 'false') return
  const ranges: string[] = []
  const see = (query: Query): void => {
    if (query.kind === 'range') ranges.push(query.field)
    if (query.kind === 'function_score' && query.functions.some(({ value }) => value.kind === 'script'))
      throw refused('[script score] queries')
    const name = query.kind === 'match' && query.fuzziness !== undefined ? NAMES.fuzzy : NAMES[query.kind]
    if (name !== undefined) throw refused(name, query.kind === 'prefix' ? PREFIXES : '')
  }
  visitQuery(search.query, see)
  if (search.postFilter !== undefined) visitQuery(search.postFilter, see)
  for (const { parameters } of search.aggregations) {
    if (parameters.type === 'filter') visitQuery(parameters.filter, see)
    if (parameters.type === 'filters') for (const { filter } of parameters.filters) visitQuery(filter, see)
  }
  if (ranges.length === 0) return
  for (const index of Object.values(await store.getIndices(selection)))
    if (ranges.some((field) => isText(isObject(index) ? index['mappings'] : undefined, field))) throw refused(RANGES)
}

function refused(name: string, hint = ''): Error {
  return fail('search.expensive', { name, hint })
}

function isText(mapping: Value | undefined, field: string): boolean {
  let node = mapping
  for (const key of field.split('.')) {
    const children: Value | undefined = isObject(node) ? (node['properties'] ?? node['fields']) : undefined
    node = isObject(children) ? children[key] : undefined
  }
  return isObject(node) && (node['type'] === 'text' || node['type'] === 'keyword')
}
