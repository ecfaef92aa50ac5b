import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, type ValueObject } from '../../event/index.ts'
import { wildcardMatch } from '../dsl/index.ts'
import type { Store } from '../store.ts'
import type { Router } from './router.ts'
import { flag, selectionOf, SELECTION_PARAMETERS } from './selection.ts'

interface Capability {
  readonly searchable: boolean
  readonly aggregatable: boolean
  readonly indices: string[]
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
        if (flag(request, 'include_unmapped') === true) throw fail('search.unsupported', { clause: 'include_unmapped' })
        const described = await store.getIndices(selectionOf(request))
        const indices = Object.keys(described).sort()
        const fields = new Map<string, Map<string, Capability>>()
        for (const index of indices) {
          const mappings = (described[index] as ValueObject)['mappings']
          if (isObject(mappings)) collect(mappings, index, patterns, fields)
        }
        return { body: { indices, fields: shown(fields) } }
      },
    })
}

function collect(
  mappings: ValueObject,
  index: string,
  patterns: readonly string[],
  fields: Map<string, Map<string, Capability>>,
): void {
  const add = (name: string, type: string, node: ValueObject): void => {
    if (!patterns.some((pattern) => wildcardMatch(pattern, name))) return
    const types = fields.get(name) ?? new Map<string, Capability>()
    fields.set(name, types)
    const compound = type === 'object' || type === 'nested'
    const before = types.get(type)
    const searchable = !compound && node['index'] !== false
    const aggregatable = !compound && (type === 'text' ? node['fielddata'] === true : node['doc_values'] !== false)
    types.set(type, {
      searchable: searchable && before?.searchable !== false,
      aggregatable: aggregatable && before?.aggregatable !== false,
      indices: [...(before?.indices ?? []), index],
    })
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
  if (!isObject(properties)) return
  walk(properties, '', (name, node) => types.set(name, node))
  for (const [name, node] of types) {
    // An alias answers as the field it stands for.
    const target = node['type'] === 'alias' ? types.get(String(node['path'])) : node
    if (target !== undefined) add(name, String(target['type'] ?? 'object'), target)
  }
}

function shown(fields: Map<string, Map<string, Capability>>): ValueObject {
  const result = newObject()
  for (const [name, types] of fields) {
    const entry = newObject()
    for (const [type, { searchable, aggregatable, indices }] of types) {
      const capability = newObject()
      capability['type'] = type
      capability['searchable'] = searchable
      capability['aggregatable'] = aggregatable
      // Named only where the indices do not agree on a type.
      if (types.size > 1) capability['indices'] = indices
      entry[type] = capability
    }
    result[name] = entry
  }
  return result
}
