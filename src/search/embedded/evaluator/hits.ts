/** Hits as an answer shows them. */
import { fail } from '../../../diagnostic/index.ts'
import {
  double,
  isObject,
  newObject,
  parseJson,
  Timestamp,
  type Value,
  type ValueObject,
} from '../../../event/index.ts'
import {
  dateFormat,
  isDate,
  isFloat,
  isShape,
  wildcardMatch,
  type HitsSpec,
  type Leaf,
  type Mapping,
  type Query,
  type SourceFilter,
} from '../../dsl/index.ts'
import { Malformed } from '../../dsl/field-types.ts'
import { isCoordinates, readPoint } from '../../dsl/geo.ts'
import { IGNORED, ROUTING } from '../../dsl/mapping.ts'
import { isRange } from '../../dsl/range-field.ts'
import type { SearchHit } from '../../store.ts'
import type { BoundSort } from './sort.ts'
import { decimalFormat } from '../aggregations/decimal-format.ts'
import { ColumnLookup, docValues, fieldValues } from './doc-lookup.ts'
import { highlight, sourceValues } from './highlight.ts'
import { limitOf } from './limits.ts'
import { NestedSegment } from './nested-segment.ts'
import { showKey } from './sort.ts'
import type { TopHit } from './top-hits.ts'

/** @param query is what was searched, for highlights. */
export function makeHit(hit: TopHit, spec: HitsSpec, sorts: readonly BoundSort[], query?: Query): SearchHit {
  const { view, document } = hit
  const { segment } = view
  const bare = spec.storedFields?.includes('_none_') === true
  const made: Record<string, unknown> = bare
    ? { _index: view.index }
    : { _index: view.index, _id: segment.id(document) }
  if (spec.version) made['_version'] = segment.version(document)
  if (spec.seqNo) {
    made['_seq_no'] = segment.seqNo(document)
    made['_primary_term'] = 1
  }
  const scored = sorts.length === 0 || spec.trackScores || sorts.some(({ key }) => key.field === '_score')
  made['_score'] = scored ? double(hit.score) : null
  const [routing] = docValues(segment, ROUTING, document)
  if (routing !== undefined) made['_routing'] = routing
  const ignored = docValues(segment, IGNORED, document)
  if (ignored.length > 0) made['_ignored'] = ignored
  let parsed: ValueObject | undefined
  const source = (): ValueObject => (parsed ??= parseJson(segment.source(document)) as ValueObject)
  const nested = segment instanceof NestedSegment ? segment : undefined
  if (nested !== undefined) made['_nested'] = nested.place(document)
  // What the mapping hides is hidden, but for fields that it says are stored apart.
  const { source: kept } = view.mapping
  const whole = (): ValueObject => nested?.within(document) ?? source()
  const shown = (leaf?: Leaf): ValueObject =>
    !kept.enabled && !isStored(leaf) ? newObject() : isStored(leaf) ? whole() : filterSource(whole(), kept)
  if (spec.source.enabled && !bare && kept.enabled) {
    const visible = filterSource(shown(), spec.source)
    made['_source'] = nested === undefined ? visible : (sourceValues(visible, nested.path.split('.'))[0] ?? newObject())
  }
  if (!kept.enabled && spec.fields.length > 0)
    throw fail('search.argument', {
      reason: `Unable to retrieve the requested [fields] since _source is disabled in the mappings for index [${view.index}]`,
    })
  const fields = newObject()
  for (const { field } of spec.docvalueFields) {
    if (field === '_seq_no') fields[field] = [segment.seqNo(document)]
    if (field === '_version') fields[field] = [segment.version(document)]
  }
  for (const request of spec.docvalueFields)
    for (const { name, leaf } of leavesOf(hit, request.field)) {
      const values = shownValues(hit, leaf, request.format)
      if (values.length > 0) fields[name] = values
    }
  for (const { field, format } of spec.fields)
    for (const { name, leaf } of leavesOf(hit, field)) {
      if (format !== undefined && !takesFormat(leaf))
        throw fail('search.argument', { reason: `Field [${name}] of type [${leaf.type}] doesn't support formats.` })
      const values = isShape(leaf.type)
        ? shapeValues(view.mapping, leaf, format, shown())
        : shownValues(hit, leaf, format)
      if (values.length > 0) fields[name] = values
    }
  for (const pattern of spec.storedFields ?? [])
    for (const { name, leaf } of leavesOf(hit, pattern)) {
      if (!isStored(leaf)) continue
      const owner = view.mapping.parentOf(name) ?? name
      const values = sourceValues(whole(), owner.split('.'))
      if (values.length > 0) fields[name] = values
    }
  for (const { name, script, ignoreFailure } of spec.scriptFields) {
    const lookup = new ColumnLookup(view.mapping, segment)
    lookup.document = document
    try {
      const value = script.run({ doc: lookup, _source: source() })
      fields[name] = Array.isArray(value) ? value : [value]
    } catch (error) {
      if (!ignoreFailure) throw error
    }
  }
  if (Object.keys(fields).length > 0) made['fields'] = fields
  if (spec.highlight !== undefined && query !== undefined) {
    const found = highlight(
      spec.highlight.fields,
      query,
      view.mapping,
      shown,
      limitOf(view.settings, 'highlight.max_analyzed_offset', MAX_ANALYZED_OFFSET),
    )
    if (found !== undefined) made['highlight'] = found
  }
  if (spec.explain)
    made['_explanation'] = {
      value: double(hit.score),
      description: `score of [${query?.kind ?? 'match_all'}]`,
      details: [],
    }
  if (sorts.length > 0) made['sort'] = sorts.map((sort, i) => showKey(hit.keys[i], sort))
  return made as SearchHit
}

/** Characters. */
const MAX_ANALYZED_OFFSET = 1_000_000

function isStored(leaf: Leaf | undefined): boolean {
  return String(leaf?.parameters['store']) === 'true'
}

function leavesOf({ view }: TopHit, pattern: string): { name: string; leaf: Leaf }[] {
  const { mapping } = view
  const one = mapping.field(pattern)
  if (one !== undefined) return [{ name: pattern, leaf: one }]
  if (!pattern.includes('*')) return []
  return [...mapping.fields().keys(), ...mapping.fieldAliases().keys()]
    .filter((name) => wildcardMatch(pattern, name))
    .map((name) => ({ name, leaf: mapping.field(name)! }))
}

function shownValues({ view, document }: TopHit, leaf: Leaf, format: string | undefined): Value[] {
  return fieldValues(view.segment, leaf, document).map((value) => showValue(value, leaf, format))
}

/** A column's value as fields and docvalue_fields show it: dates as text. */
function showValue(value: string | number | bigint, leaf: Leaf, format: string | undefined): Value {
  if (typeof value === 'string') {
    if (isRange(leaf.type))
      throw fail('search.argument', {
        reason: `Field [${leaf.name}] of type [${leaf.type}] doesn't support docvalue_fields`,
      })
    return leaf.type === 'geo_point' ? value.replace(',', ', ') : value
  }
  if (leaf.type === 'boolean') return Number(value) === 1
  if (isDate(leaf.type)) {
    const millis = Math.floor(Number(value) / 1000)
    if (format === undefined && leaf.type === 'date_nanos') return new Timestamp(Number(value))
    return (format === undefined || format === 'use_field_mapping' ? leaf.format! : dateFormat(format)).format(millis)
  }
  if (format !== undefined && format !== 'use_field_mapping') return decimalFormat(format, Number(value))
  return isFloat(leaf.type) ? double(Number(value)) : value
}

function takesFormat({ type }: Leaf): boolean {
  return isDate(type) || type === 'date_range' || type === 'geo_point'
}

/** Points and intervals as the source has them: points as GeoJSON or WKT, dates of intervals in the format asked for. */
function shapeValues(mapping: Mapping, leaf: Leaf, format: string | undefined, source: ValueObject): Value[] {
  const owner = mapping.parentOf(leaf.name) ?? leaf.name
  const values = objectValues(source, owner.split('.'), leaf.type === 'geo_point')
  return values.flatMap((value) => {
    try {
      if (leaf.read(value) === undefined) return []
    } catch (error) {
      if (error instanceof Malformed) return []
      throw error
    }
    if (leaf.type !== 'geo_point') return [isObject(value) ? interval(value, leaf, format) : value]
    const { lat, lon } = readPoint(value)
    if (format === 'wkt') return [`POINT (${double(lon)} ${double(lat)})`]
    if (format !== undefined && format !== 'geojson')
      throw fail('search.argument', { reason: `Unrecognized geometry format [${format}].` })
    return [Object.assign(newObject(), { type: 'Point', coordinates: [double(lon), double(lat)] })]
  })
}

function interval(value: ValueObject, leaf: Leaf, format: string | undefined): Value {
  if (leaf.type !== 'date_range') return value
  const shown = newObject()
  for (const key in value) {
    const bound = value[key]!
    const micros = bound === null ? undefined : leaf.format!.parse(String(bound))
    shown[key] =
      micros === undefined
        ? bound
        : (format === undefined ? leaf.format! : dateFormat(format)).format(Math.floor(micros / 1000))
  }
  return shown
}

/** Values of a name in a source, where objects are values; `[lon, lat]` is one. */
function objectValues(source: Value | undefined, path: readonly string[], points: boolean): Value[] {
  if (source === undefined || source === null) return []
  if (Array.isArray(source))
    return points && path.length === 0 && isCoordinates(source)
      ? [source]
      : source.flatMap((item) => objectValues(item, path, points))
  if (path.length === 0) return [source]
  if (!isObject(source)) return []
  return path.flatMap((_, i) => objectValues(source[path.slice(0, i + 1).join('.')], path.slice(i + 1), points))
}

/** Keeps what the filter names: a name stands for all below it, wildcards may cross dots. */
export function filterSource(source: ValueObject, filter: SourceFilter): ValueObject {
  if (filter.includes.length === 0 && filter.excludes.length === 0) return source
  return pick(source, '', filter, filter.includes.length === 0)
}

function pick(object: ValueObject, prefix: string, filter: SourceFilter, inside: boolean): ValueObject {
  const result = newObject()
  for (const name in object) {
    const path = `${prefix}${name}`
    if (filter.excludes.some((pattern) => wildcardMatch(pattern, path))) continue
    const included = inside || filter.includes.some((pattern) => wildcardMatch(pattern, path))
    const value = pickValue(object[name]!, path, filter, included)
    if (value !== undefined) result[name] = value
  }
  return result
}

function pickValue(value: Value, path: string, filter: SourceFilter, included: boolean): Value | undefined {
  if (isObject(value)) {
    const picked = pick(value, `${path}.`, filter, included)
    return included || Object.keys(picked).length > 0 ? picked : undefined
  }
  if (Array.isArray(value) && value.some((item) => isObject(item))) {
    const items = value.map((item) => pickValue(item, path, filter, included)).filter((item) => item !== undefined)
    return included || items.length > 0 ? items : undefined
  }
  return included ? value : undefined
}
