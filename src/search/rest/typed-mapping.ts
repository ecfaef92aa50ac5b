import { isDeepStrictEqual } from 'node:util'
import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'
import { isRootParameter, wildcardMatch } from '../dsl/index.ts'
import type { IndexSelection, Store } from '../store.ts'
import type { RestRequest } from './router.ts'
import { flag } from './selection.ts'
import { upgradedMapping } from './string-fields.ts'

/** The type of what has none. */
export const UNTYPED = '_doc'
/** Elasticsearch 5 and before: what every type of an index begins with. */
const BASE = '_default_'
/** Of `_meta`: the one type that a mapping was written within, as in Elasticsearch 6 and 7. */
const NAME = 'mapping_type'

/**
 * The mapping of a request that may still be written within its type, or its types, as before Elasticsearch 7. Fields
 * of several types are those of one index; a single type is kept as the name of the mapping.
 * @throws illegal_argument_exception for `_doc` where `include_type_name` does not announce it, for an empty name, and
 * for a field that two types define differently
 */
export function untypedMapping(
  request: RestRequest,
  mapping: Value | undefined,
  refusal = 'The mapping definition cannot be nested under a type [_doc] unless include_type_name is set to true.',
): Value | undefined {
  if (!isObject(mapping)) return mapping
  const types = Object.entries(mapping)
  if (types.length === 0 || types.some(([name]) => isRootParameter(name))) return mapping
  const announced = flag(request, 'include_type_name')
  if (announced === true) return mergedTypes(mapping)
  if (types.length === 1 && isObject(mapping[UNTYPED])) throw fail('rest.parameter_invalid', { reason: refusal })
  // Older requests announce nothing; a mistyped parameter of a mapping is none of these.
  return announced === undefined && types.every(([, inner]) => isMapping(inner)) ? mergedTypes(mapping) : mapping
}

/** A body with `mappings`, of an index or a template. */
export function untypedBody(request: RestRequest, body: ValueObject): ValueObject {
  const mappings = untypedMapping(request, body['mappings'])
  return mappings === body['mappings'] ? body : Object.assign(newObject(), body, { mappings })
}

function isMapping(value: Value): boolean {
  return isObject(value) && Object.keys(value).every((key) => key === '_all' || isRootParameter(key))
}

function mergedTypes(types: ValueObject): ValueObject {
  const names = Object.keys(types).filter((name) => name !== BASE)
  const merged = newObject()
  for (const name of [BASE, ...names]) {
    const mapping = types[name]
    if (!isObject(mapping)) continue
    const { properties, dynamic_templates: templates, ...parameters } = upgradedMapping(mapping)
    Object.assign(merged, parameters)
    // The first that fits counts: a type's own before those of all.
    if (Array.isArray(templates))
      merged['dynamic_templates'] = [...templates, ...((merged['dynamic_templates'] as Value[] | undefined) ?? [])]
    if (isObject(properties)) merged['properties'] = mergedFields(merged['properties'], properties, name)
  }
  return names.length === 1 ? named(merged, names[0]!) : merged
}

/** The mapping under the name of its type. */
export function named(mapping: ValueObject, type: string): ValueObject {
  if (type === '') throw fail('rest.parameter_invalid', { reason: 'name cannot be empty string' })
  if (type === UNTYPED) return mapping
  const meta = Object.assign(newObject(), mapping['_meta'], { [NAME]: type })
  return Object.assign(newObject(), mapping, { _meta: meta })
}

function mergedFields(fields: Value | undefined, more: ValueObject, type: string): ValueObject {
  const merged: ValueObject = Object.assign(newObject(), fields)
  for (const [name, field] of Object.entries(more)) {
    if (merged[name] !== undefined && !isDeepStrictEqual(merged[name], field))
      throw fail('rest.parameter_invalid', {
        reason: `Field [${name}] is defined differently in mapping for type [${type}]`,
      })
    merged[name] = field
  }
  return merged
}

/** The type that a mapping was written within; undefined where it was none. */
export function typeOfMapping(mapping: Value | undefined): string | undefined {
  const meta = isObject(mapping) ? mapping['_meta'] : undefined
  const type = isObject(meta) ? meta[NAME] : undefined
  return type === undefined ? undefined : String(type)
}

/** The mapping as it is shown: within its type where the request asks for that. */
export function shownMapping(
  request: RestRequest,
  mapping: Value | undefined,
  within = flag(request, 'include_type_name') === true,
): Value {
  const type = typeOfMapping(mapping)
  const shown = Object.assign(newObject(), mapping) as ValueObject
  if (type !== undefined) {
    const { [NAME]: _, ...meta } = shown['_meta'] as ValueObject
    if (Object.keys(meta).length > 0) shown['_meta'] = Object.assign(newObject(), meta)
    else delete shown['_meta']
  }
  if (!within) return shown
  if (type === undefined && Object.keys(shown).length === 0) return shown
  return Object.assign(newObject(), { [type ?? UNTYPED]: shown })
}

/** The types of indices by their names, of those that have one. */
export async function typesOf(store: Store, selection: IndexSelection): Promise<Map<string, string>> {
  const found = await store.getIndices({ ...selection, ignoreUnavailable: true, allowNoIndices: true })
  const types = new Map<string, string>()
  for (const [index, description] of Object.entries(found)) {
    const type = typeOfMapping(isObject(description) ? description['mappings'] : undefined)
    if (type !== undefined) types.set(index, type)
  }
  return types
}

/** By name, wildcard or `_all`. */
export function matchesType(patterns: readonly string[], type: string): boolean {
  return patterns.some((pattern) => pattern === '_all' || wildcardMatch(pattern, type))
}

/** What Elasticsearch says of a type that an index does not have: it has one. */
export function otherType(index: string, type: string, asked: string): string {
  return `Rejecting mapping update to [${index}] as the final mapping would have more than 1 type: [${[type, asked].sort().join(', ')}]`
}
