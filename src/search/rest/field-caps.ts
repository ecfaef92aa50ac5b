import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, toValue, type Value, type ValueObject } from '../../event/index.ts'
import { checkCount, readRuntimeFields, wildcardMatch } from '../dsl/index.ts'
import type { Store } from '../store.ts'
import type { Router } from './router.ts'
import { flag, selectionOf, SELECTION_PARAMETERS } from './selection.ts'

interface Capability {
  readonly indices: string[]
  readonly notSearchable: string[]
  readonly notAggregatable: string[]
  /** `meta` of the mappings: each key's distinct values. */
  readonly meta: Map<string, Set<string>>
}

/** `_field_caps`: which fields the indices have, of which type, and what can be done with them. */
export function registerFieldCaps(router: Router, store: Store): void {
  for (const path of ['/_field_caps', '/:index/_field_caps'])
    router.route({
      method: ['GET', 'POST'],
      path,
      parameters: [...SELECTION_PARAMETERS, 'fields', 'include_unmapped'],
      async handle(request) {
        const body = request.json()
        const given = request.query.get('fields') ?? (isObject(body) ? body['fields'] : undefined)
        const patterns = (Array.isArray(given) ? given : String(given ?? '').split(',')).map(String).filter(Boolean)
        if (patterns.length === 0) throw fail('rest.validation', { reason: '1: no fields specified;' })
        const described = await store.getIndices(selectionOf(request))
        const filter = isObject(body) ? body['index_filter'] : undefined
        const runtime = runtimeOf(body)
        const indices = await matching(store, Object.keys(described).sort(), filter)
        const fields = new Map<string, Map<string, Capability>>()
        for (const index of indices) {
          const mappings = (described[index] as ValueObject)['mappings']
          collect(isObject(mappings) ? mappings : newObject(), runtime, index, patterns, fields)
        }
        const all = flag(request, 'include_unmapped') === true ? indices : []
        return { body: { indices, fields: shown(fields, all) } }
      },
    })
}

/** Fields that the request defines: by name, with a body of nothing but the type. */
function runtimeOf(body: Value | undefined): ValueObject {
  const { runtime_mappings: given = null } = (isObject(body ?? null) ? body : newObject()) as ValueObject
  if (given === null) return newObject()
  if (!isObject(given)) throw fail('rest.parameter_invalid', { reason: '[runtime_mappings] must be an object' })
  return given
}

/** The indices that have a document which the filter finds; all where there is none. */
async function matching(store: Store, indices: readonly string[], filter: Value | undefined): Promise<string[]> {
  if (filter === undefined) return [...indices]
  const search = checkCount(Object.assign(newObject(), { query: filter }))
  const counts = await Promise.all(indices.map((index) => store.count({ expressions: [index] }, search)))
  return indices.filter((_, i) => counts[i]! > 0)
}

function collect(
  mappings: ValueObject,
  runtime: ValueObject,
  index: string,
  patterns: readonly string[],
  fields: Map<string, Map<string, Capability>>,
): void {
  const add = (name: string, type: string, node: ValueObject): void => {
    if (!patterns.some((pattern) => wildcardMatch(pattern, name))) return
    const types = fields.get(name) ?? new Map<string, Capability>()
    fields.set(name, types)
    const compound = type === 'object' || type === 'nested'
    const before: Capability = types.get(type) ?? {
      indices: [],
      notSearchable: [],
      notAggregatable: [],
      meta: new Map(),
    }
    const searchable = !compound && node['index'] !== false
    const aggregatable = !compound && (type === 'text' ? node['fielddata'] === true : node['doc_values'] !== false)
    before.indices.push(index)
    if (!searchable) before.notSearchable.push(index)
    if (!aggregatable) before.notAggregatable.push(index)
    const meta = isObject(node['meta'] ?? null) ? (node['meta'] as ValueObject) : {}
    for (const key of Object.keys(meta))
      before.meta.set(key, (before.meta.get(key) ?? new Set()).add(String(meta[key])))
    types.set(type, before)
  }
  const types = new Map<string, ValueObject>()
  const walk = (properties: ValueObject, prefix: string, visit: (name: string, node: ValueObject) => void): void => {
    for (const [key, value] of Object.entries(properties)) {
      if (!isObject(value)) continue
      const name = prefix + key
      visit(name, value)
      for (const inner of [value['properties'], value['fields']]) if (isObject(inner)) walk(inner, `${name}.`, visit)
    }
  }
  const properties = mappings['properties']
  if (isObject(properties)) walk(properties, '', (name, node) => types.set(name, node))
  // Runtime fields hide mapped ones, and those of the request hide those of the index.
  for (const section of [mappings['runtime'], runtime])
    if (isObject(section ?? null))
      for (const { name, type } of readRuntimeFields(section as ValueObject))
        types.set(name, toValue({ type }) as ValueObject)
  for (const [name, node] of types) {
    // An alias answers as the field it stands for.
    const target = node['type'] === 'alias' ? types.get(String(node['path'])) : node
    if (target !== undefined) add(name, String(target['type'] ?? 'object'), target)
  }
}

/** @param all the indices, where those that do not map a field are to be named. */
function shown(fields: Map<string, Map<string, Capability>>, all: readonly string[]): ValueObject {
  const result = newObject()
  for (const [name, types] of fields) {
    const entry = newObject()
    const mapped = new Set([...types.values()].flatMap(({ indices }) => indices))
    const unmapped = all.filter((index) => !mapped.has(index))
    if (unmapped.length > 0)
      types.set('unmapped', { indices: unmapped, notSearchable: unmapped, notAggregatable: unmapped, meta: new Map() })
    for (const [type, { indices, notSearchable, notAggregatable, meta }] of types) {
      const capability = newObject()
      capability['type'] = type
      capability['searchable'] = notSearchable.length === 0
      capability['aggregatable'] = notAggregatable.length === 0
      // Named only where the indices do not agree: on a type, or on what can be done with it.
      if (types.size > 1) capability['indices'] = indices
      for (const [key, not] of [
        ['non_searchable_indices', notSearchable],
        ['non_aggregatable_indices', notAggregatable],
      ] as const)
        if (not.length > 0 && not.length < indices.length) capability[key] = not
      if (meta.size > 0)
        capability['meta'] = Object.assign(
          newObject(),
          Object.fromEntries([...meta].map(([key, values]) => [key, [...values].sort()])),
        )
      entry[type] = capability
    }
    result[name] = entry
  }
  return result
}
