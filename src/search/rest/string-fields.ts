import { isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'

/** What JSON can be found to be; a dynamic template for another type of Elasticsearch 2 never applied. */
const FOUND = ['boolean', 'date', 'double', 'long', 'object', 'string', '*']

/**
 * A mapping of Elasticsearch 2 as Elasticsearch 5 reads it: `string` is `text` or `keyword` by its `index`, norms and
 * `index` are switches, `_all` and `include_in_all` are gone, since a query without a field asks all fields.
 */
export function upgradedMapping(mapping: ValueObject): ValueObject {
  const { _all, properties, dynamic_templates: templates, ...rest } = mapping
  const upgraded: ValueObject = Object.assign(newObject(), rest)
  if (properties !== undefined) upgraded['properties'] = upgradedFields(properties)
  if (templates !== undefined)
    upgraded['dynamic_templates'] = Array.isArray(templates) ? templates.flatMap(upgradedTemplate) : templates
  return upgraded
}

function upgradedTemplate(entry: Value): Value[] {
  const [name, template] = isObject(entry) ? (Object.entries(entry)[0] ?? []) : []
  if (name === undefined || !isObject(template ?? null)) return [entry]
  const { mapping, match_mapping_type: type } = template as ValueObject
  if (typeof type === 'string' && !FOUND.includes(type)) return []
  const inner = Object.assign(newObject(), template, isObject(mapping) ? { mapping: upgradedField(mapping) } : {})
  return [Object.assign(newObject(), { [name]: inner })]
}

function upgradedFields(fields: Value): Value {
  if (!isObject(fields)) return fields
  const upgraded = newObject()
  for (const [name, field] of Object.entries(fields)) upgraded[name] = isObject(field) ? upgradedField(field) : field
  return upgraded
}

function upgradedField(field: ValueObject): ValueObject {
  const { include_in_all: _, omit_norms: omit, ...rest } = field
  const upgraded: ValueObject = Object.assign(newObject(), rest)
  for (const group of ['properties', 'fields'])
    if (upgraded[group] !== undefined) upgraded[group] = upgradedFields(upgraded[group])
  const { norms, index } = upgraded
  if (omit !== undefined) upgraded['norms'] = String(omit) === 'false'
  if (isObject(norms)) upgraded['norms'] = String(norms['enabled']) !== 'false'
  if (upgraded['type'] === 'string') asTextOrKeyword(upgraded, index)
  else if (typeof index === 'string' && /^(no|not_analyzed|analyzed)$/.test(index)) upgraded['index'] = index !== 'no'
  return upgraded
}

/** @see Elasticsearch 5's notes on the migration of `string` */
function asTextOrKeyword(field: ValueObject, index: Value | undefined): void {
  const keyword = index === 'not_analyzed' || index === 'no'
  field['type'] = keyword ? 'keyword' : 'text'
  delete field['index']
  if (index === 'no') field['index'] = false
  const { fielddata } = field
  if (keyword) delete field['fielddata']
  else {
    // Columns are a keyword's; a text's are its fielddata, which only an object with another format asks for.
    delete field['doc_values']
    delete field['ignore_above']
    if (isObject(fielddata)) field['fielddata'] = fielddata['format'] === 'paged_bytes'
  }
}
