/** The settings of an index: shown, compared, and which of them are fixed. */
import { isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'
import { normalSettings } from '../dsl/index.ts'
import type { StoredIndex } from './stored-index.ts'

/** Versions that clients of Elasticsearch look at; 8.17.0's. */
const CREATED_VERSION = '8521000'

/** What cannot be changed while an index is open, and what never can. */
export const FIXED_FOREVER = ['index.number_of_shards', 'index.uuid', 'index.creation_date', 'index.version.created']
export const FIXED_SETTINGS = [...FIXED_FOREVER, 'index.codec', 'index.sort.field', 'index.sort.order']

/** By their whole names. */
export function flatSettings(settings: ValueObject): Map<string, Value> {
  const flat = new Map<string, Value>()
  const walk = (value: Value, path: string): void => {
    if (isObject(value)) for (const key of Object.keys(value)) walk(value[key]!, path === '' ? key : `${path}.${key}`)
    else flat.set(path.startsWith('index.') ? path : `index.${path}`, value)
  }
  walk(settings, '')
  return flat
}

/** Settings are shown as texts, as Elasticsearch does. */
function asText(value: Value): Value {
  if (Array.isArray(value)) return value.map(asText)
  if (!isObject(value)) return value === null ? null : String(value)
  const result = newObject()
  for (const key of Object.keys(value)) result[key] = asText(value[key]!)
  return result
}

/** With what every index has, whether it was given or not. */
export function settingsJson({ settings, createdMillis, uuid, name }: StoredIndex): ValueObject {
  const result = asText(normalSettings(settings)) as ValueObject
  const index = (result['index'] ??= newObject()) as ValueObject
  index['number_of_shards'] ??= '1'
  index['number_of_replicas'] ??= '0'
  index['creation_date'] = String(createdMillis)
  index['uuid'] = uuid
  index['provided_name'] ??= name
  const version = newObject()
  version['created'] = CREATED_VERSION
  index['version'] = version
  return result
}
