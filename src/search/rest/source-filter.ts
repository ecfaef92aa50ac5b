import { isObject, newObject, parseJson, type Value, type ValueObject } from '../../event/index.ts'
import type { StoredDocument } from '../store.ts'
import type { RestRequest } from './router.ts'

export const SOURCE_PARAMETERS = ['_source', '_source_includes', '_source_excludes'] as const

/** What `_source` of a request leaves of a document: true, false, a pattern, a list, or `includes` and `excludes`. */
export function filterSource(source: Value, filter: Value): Value {
  if (filter === true || !isObject(source)) return source
  if (filter === false) return newObject()
  const includes = patterns(isObject(filter) ? (filter['includes'] ?? filter['include']) : filter)
  const excludes = patterns(isObject(filter) ? (filter['excludes'] ?? filter['exclude']) : undefined)
  return keep(source, '', includes, excludes)
}

/** What answers show of a stored document's source: undefined where the mapping keeps it from them. */
export function shownSource({ source, shown }: StoredDocument): Value | undefined {
  const value = parseJson(source)
  if (shown === undefined) return value
  if (!shown.enabled) return undefined
  const { includes, excludes } = shown
  if (includes.length + excludes.length === 0) return value
  return filterSource(value, Object.assign(newObject(), { includes, excludes }))
}

function patterns(value: Value | undefined): RegExp[] {
  if (value === undefined || value === null) return []
  return (Array.isArray(value) ? value : [value]).map((pattern) => {
    const source = String(pattern)
      .split(/\*+/)
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^]*?')
    // A pattern that names an object means all that is in it.
    return new RegExp(`^${source}(?:\\.[^]*)?$`)
  })
}

function keep(object: ValueObject, prefix: string, includes: RegExp[], excludes: RegExp[]): ValueObject {
  const result = newObject()
  for (const name in object) {
    const path = prefix + name
    if (excludes.some((pattern) => pattern.test(path))) continue
    const value = object[name]!
    const children = nested(value, `${path}.`, includes, excludes)
    const wanted = includes.length === 0 || includes.some((pattern) => pattern.test(path))
    if (children === undefined) {
      if (wanted) result[name] = value
    } else if (wanted || !isEmpty(children)) result[name] = children
  }
  return result
}

/** The objects within a value, filtered; undefined where there are none. */
function nested(value: Value, prefix: string, includes: RegExp[], excludes: RegExp[]): Value | undefined {
  if (isObject(value)) return keep(value, prefix, includes, excludes)
  if (!Array.isArray(value) || !value.some(isObject)) return undefined
  return value
    .filter(isObject)
    .map((item) => keep(item, prefix, includes, excludes))
    .filter((item) => !isEmpty(item))
}

function isEmpty(value: Value): boolean {
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0
}

/** `_source`, `_source_includes` and `_source_excludes` of the URL. */
export function sourceParameter(request: RestRequest): Value | undefined {
  const source = request.query.get('_source')
  const includes = request.query.get('_source_includes')
  const excludes = request.query.get('_source_excludes')
  if (source === undefined && includes === undefined && excludes === undefined) return undefined
  if (source === 'false') return false
  const filter = newObject()
  const named = includes ?? (source === 'true' || source === '' ? undefined : source)
  if (named !== undefined) filter['includes'] = named.split(',')
  if (excludes !== undefined) filter['excludes'] = excludes.split(',')
  return Object.keys(filter).length === 0 ? true : filter
}
