/** Index templates of the older generation: patterns, an order, and what an index whose name matches starts with. */
import { cloneValue, isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { wildcardMatch } from './dynamic-field.ts'
import { UNLIMITED } from './mapping-limits.ts'
import { parseMapping } from './mapping.ts'

export interface IndexTemplate {
  readonly name: string
  readonly patterns: readonly string[]
  readonly order: number
  readonly version: number | undefined
  readonly settings: ValueObject
  readonly mappings: ValueObject
  readonly aliases: ValueObject
}

/**
 * Reads the body of PUT _template/NAME; `template` (the name of 5.x) is taken for `index_patterns`.
 * @throws action_request_validation_exception without patterns, mapper_parsing_exception for a bad mapping.
 */
export function parseTemplate(name: string, body: ValueObject): IndexTemplate {
  const known = ['index_patterns', 'template', 'order', 'version', 'settings', 'mappings', 'aliases']
  for (const key of Object.keys(body))
    if (!known.includes(key))
      throw fail('template.invalid', { reason: `unknown key [${key}] in the template [${name}]` })
  const raw = body['index_patterns'] ?? body['template']
  const patterns = (Array.isArray(raw) ? raw : raw === undefined || raw === null ? [] : [raw]).map(String)
  if (patterns.length === 0)
    throw fail('template.invalid', { reason: 'Validation Failed: 1: index patterns are missing;' })
  const mappings = section(name, body, 'mappings')
  // An alias in a template may refer to a field of another template, so only its own fields are checked here.
  // How many fields there may be is a setting of the index.
  parseMapping(withoutAliases(mappings), UNLIMITED)
  const order = body['order'] ?? 0
  if (!Number.isInteger(Number(order)))
    throw fail('template.invalid', { reason: `'order' must be an integer, got '${String(order)}'` })
  return {
    name,
    patterns,
    order: Number(order),
    version: body['version'] === undefined || body['version'] === null ? undefined : Number(body['version']),
    settings: normalSettings(section(name, body, 'settings')),
    mappings,
    aliases: section(name, body, 'aliases'),
  }
}

function section(name: string, body: ValueObject, key: string): ValueObject {
  const value = body[key]
  if (value === undefined || value === null) return newObject()
  if (!isObject(value))
    throw fail('template.invalid', { reason: `'${key}' of the template [${name}] must be an object` })
  return cloneValue(value) as ValueObject
}

function withoutAliases(body: ValueObject): ValueObject {
  const copy = newObject()
  for (const key of Object.keys(body)) {
    const value = body[key]!
    if (isObject(value) && value['type'] === 'alias') continue
    copy[key] = isObject(value) ? withoutAliases(value) : value
  }
  return copy
}

/** As GET _template shows it. */
export function templateJson(template: IndexTemplate): ValueObject {
  const json = newObject()
  json['order'] = template.order
  if (template.version !== undefined) json['version'] = template.version
  json['index_patterns'] = [...template.patterns]
  json['settings'] = template.settings
  json['mappings'] = template.mappings
  json['aliases'] = template.aliases
  return json
}

/** What a new index starts with: the matching templates from the lowest order to the highest, then the request's own. */
export function applyTemplates(
  index: string,
  templates: Iterable<IndexTemplate>,
  request: ValueObject = newObject(),
): { mappings: ValueObject; settings: ValueObject; aliases: ValueObject } {
  const matching = [...templates]
    .filter((template) => template.patterns.some((pattern) => wildcardMatch(pattern, index)))
    .sort((a, b) => a.order - b.order || (a.name < b.name ? -1 : 1))
  const result = { mappings: newObject(), settings: newObject(), aliases: newObject() }
  for (const template of matching) {
    mergeInto(result.mappings, template.mappings)
    mergeInto(result.settings, template.settings)
    Object.assign(result.aliases, cloneValue(template.aliases))
  }
  if (isObject(request['mappings'])) mergeInto(result.mappings, request['mappings'])
  if (isObject(request['settings'])) mergeInto(result.settings, normalSettings(request['settings']))
  if (isObject(request['aliases'])) Object.assign(result.aliases, cloneValue(request['aliases']))
  return result
}

/** Objects merge key by key, lists of dynamic templates by name with the later first, all else is replaced. */
function mergeInto(target: ValueObject, from: ValueObject): void {
  for (const key of Object.keys(from)) {
    const [old, value] = [target[key], from[key]!]
    if (key === 'dynamic_templates' && Array.isArray(old) && Array.isArray(value)) {
      const named = (entry: Value): string => (isObject(entry) ? (Object.keys(entry)[0] ?? '') : '')
      const names = new Set(value.map(named))
      target[key] = [...(cloneValue(value) as Value[]), ...old.filter((entry) => !names.has(named(entry)))]
    } else if (
      isObject(old) &&
      isObject(value) &&
      (old['type'] === undefined || old['type'] === value['type'] || value['type'] === undefined)
    )
      mergeInto(old, value)
    else target[key] = cloneValue(value)
  }
}

/** Settings as nested objects under `index`, from the dotted and the nested way of writing. */
export function normalSettings(settings: ValueObject): ValueObject {
  const result = newObject()
  const walk = (object: ValueObject, path: readonly string[]): void => {
    for (const key of Object.keys(object)) {
      const keys = [...path, ...key.split('.')]
      const value = object[key]!
      if (isObject(value)) {
        walk(value, keys)
        continue
      }
      const full = keys[0] === 'index' ? keys : ['index', ...keys]
      let at = result
      for (const part of full.slice(0, -1)) {
        if (!isObject(at[part])) at[part] = newObject()
        at = at[part] as ValueObject
      }
      at[full.at(-1)!] = value
    }
  }
  walk(settings, [])
  return result
}
