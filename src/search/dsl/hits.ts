/** What a search and a top_hits say alike about the hits: how many, in which order, and what of each. */
import { isObject, type Value, type ValueObject } from '../../event/index.ts'
import type { CompiledScript } from '../../script/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { Clause } from './clause.ts'
import { dateFormat } from './date-format.ts'
import { isCoordinates, metresOf, offEarth, type GeoPoint } from './geo.ts'
import { requestPoint } from './geo-query.ts'
import { checkHighlight, type HighlightSpec } from './highlight.ts'
import type { CheckInner } from './query-tree.ts'
import { scriptOf } from './script-clause.ts'

export interface SortKey {
  /** A field, `_score`, `_doc` or `_id`. */
  readonly field: string
  readonly descending: boolean
  readonly missing: Value | undefined
  readonly mode: 'min' | 'max' | 'sum' | 'avg' | 'median' | undefined
  /** Given: a field that is not mapped counts as missing instead of failing. */
  readonly unmappedType: string | undefined
  readonly format: string | undefined
  /** Of `_geo_distance`: the places of which the nearest counts, in a unit of so many metres. */
  readonly distance?: {
    readonly field: string
    readonly origins: readonly GeoPoint[]
    readonly unit: number
    readonly flat: boolean
    readonly ignoreUnmapped: boolean
  }
  /** Of `_script`: what makes the key, and whether it is a number. */
  readonly script?: { readonly run: CompiledScript; readonly number: boolean }
}

export interface SourceFilter {
  readonly enabled: boolean
  readonly includes: readonly string[]
  readonly excludes: readonly string[]
}

export interface FieldRequest {
  readonly field: string
  readonly format: string | undefined
}

export interface HitsSpec {
  readonly from: number
  readonly size: number
  /** Empty: by score. */
  readonly sort: readonly SortKey[]
  readonly source: SourceFilter
  readonly fields: readonly FieldRequest[]
  readonly docvalueFields: readonly FieldRequest[]
  /** Fields kept apart by their mapping (`store`); undefined where none were asked for. */
  readonly storedFields: readonly string[] | undefined
  readonly scriptFields: readonly {
    readonly name: string
    readonly script: CompiledScript
    readonly ignoreFailure: boolean
  }[]
  readonly highlight: HighlightSpec | undefined
  /** Say with each hit what its score is, in outline. */
  readonly explain: boolean
  readonly version: boolean
  readonly seqNo: boolean
  readonly trackScores: boolean
}

/** Takes the keys it knows from the clause; the caller asks for the rest and calls `done`. */
export function checkHits(clause: Clause, defaults: { size: number }, checkQuery: CheckInner): HitsSpec {
  const scripts = scriptFields(clause.object('script_fields'))
  const from = clause.integer('from') ?? 0
  const size = clause.integer('size') ?? defaults.size
  if (from < 0) throw fail('search.argument', { reason: `[from] parameter cannot be negative, found [${from}]` })
  if (size < 0) throw fail('search.argument', { reason: `[size] parameter cannot be negative, found [${size}]` })
  const source = clause.take('_source')
  const stored = clause.list('stored_fields')?.map(String)
  // Stored fields, and fields made by scripts, are given instead of the source where nobody asks for both.
  const hides =
    source === undefined &&
    ((stored !== undefined && !stored.includes('_source')) || (stored === undefined && scripts.length > 0))
  return {
    from,
    size,
    sort: checkSort(clause.take('sort')),
    source: hides ? { ...checkSource(source), enabled: false } : checkSource(source),
    fields: fieldRequests(clause, 'fields'),
    docvalueFields: fieldRequests(clause, 'docvalue_fields'),
    storedFields: stored,
    scriptFields: scripts,
    highlight: checkHighlight(clause.object('highlight'), checkQuery),
    explain: clause.boolean('explain') ?? false,
    version: clause.boolean('version') ?? false,
    seqNo: clause.boolean('seq_no_primary_term') ?? false,
    trackScores: clause.boolean('track_scores') ?? false,
  }
}

function scriptSort(clause: Clause): SortKey {
  const type = clause.oneOf('type', ['number', 'string'])
  if (type === undefined) throw fail('search.argument', { reason: '[_script] sort requires a type' })
  const number = type === 'number'
  const run = scriptOf(clause.take('script'), number ? 'number_sort' : 'string_sort', 'sort._script')
  const descending = direction('_script', clause.string('order'))
  // A script gives one value, so there is nothing to choose from; numbers alone could be put together.
  const mode = clause.oneOf('mode', ['min', 'max', 'sum', 'avg', 'median'])
  if (!number && mode !== undefined && mode !== 'min' && mode !== 'max')
    throw fail(
      'search.content',
      { reason: '[_script] failed to parse field [mode]' },
      { hint: `a sort by a string script has no mode '${mode}'` },
    )
  clause.done()
  return { ...sortKey('_script', undefined), descending, script: { run, number } }
}

function scriptFields(object: ValueObject | undefined): HitsSpec['scriptFields'] {
  if (object === undefined) return []
  const names = Object.keys(object)
  return names.map((name) => {
    const body = object[name]!
    if (!isObject(body))
      throw fail('search.parsing', { reason: `Expected [START_OBJECT] in [${name}] of [script_fields]` })
    const inner = new Clause('script_fields', body, 'object')
    const script = scriptOf(inner.take('script'), 'field', `script_fields.${name}`)
    const ignoreFailure = inner.boolean('ignore_failure') ?? false
    inner.done()
    return { name, script, ignoreFailure }
  })
}

const MAX_INNER_WINDOW = 100

/**
 * Holds what a bucket or an object shows of documents to its bound.
 * @param whose begins the message.
 */
export function checkInnerWindow({ from, size }: HitsSpec, whose: string): void {
  if (from + size > MAX_INNER_WINDOW)
    throw fail('search.argument', {
      reason: `${whose} from + size must be less than or equal to: [${MAX_INNER_WINDOW}] but was [${from + size}]. This limit can be set by changing the [index.max_inner_result_window] index level setting.`,
    })
}

export function checkSort(value: Value | undefined): SortKey[] {
  if (value === undefined || value === null) return []
  const list = Array.isArray(value) ? value : [value]
  const keys = list.flatMap((item) => {
    if (typeof item === 'string') {
      const match = /^(.*):(asc|desc)$/.exec(item)
      return [sortKey(match?.[1] ?? item, match?.[2])]
    }
    if (!isObject(item))
      throw fail('search.argument', {
        reason: `malformed sort format, within the sort array, an object, or an actual string are allowed`,
      })
    return Object.keys(item).map((field) => {
      const body = item[field]!
      return isObject(body)
        ? sortOptions(field, new Clause('field_sort', body, 'object'))
        : sortKey(field, String(body))
    })
  })
  // By score alone, falling, is what happens without a sort.
  return keys.length === 1 && keys[0]!.field === '_score' && keys[0]!.descending ? [] : keys
}

function distanceSort(clause: Clause): SortKey {
  if (clause.take('nested', 'nested_path', 'nested_filter') !== undefined)
    throw fail('search.unsupported', { clause: 'sort.nested' })
  const mode = clause.oneOf('mode', ['min', 'max', 'avg', 'median', 'sum'])
  if (mode === 'sum')
    throw fail('search.argument', { reason: "sort_mode [sum] isn't supported for sorting by geo distance" })
  const unit = clause.string('unit') ?? 'm'
  const metres = metresOf(unit)
  if (metres === undefined) throw fail('search.argument', { reason: `No distance unit match [${unit}]` })
  const flat = (clause.oneOf('distance_type', ['arc', 'plane']) ?? 'arc') === 'plane'
  const ignoreUnmapped = clause.boolean('ignore_unmapped') ?? false
  const order = clause.string('order')
  clause.oneOf('validation_method', ['strict', 'coerce', 'ignore_malformed'])
  const [field, ...others] = Object.keys(clause.body).filter(
    (key) => !['mode', 'unit', 'distance_type', 'ignore_unmapped', 'order', 'validation_method'].includes(key),
  )
  if (field === undefined || others.length > 0)
    throw fail('search.argument', { reason: '[_geo_distance] sort needs the name of one field, with its points' })
  const value = clause.take(field)!
  const list = Array.isArray(value) && !isCoordinates(value) ? value : [value]
  const origins = list.map((point) => requestPoint('_geo_distance', point))
  for (const origin of origins) {
    const problem = offEarth(origin)
    if (problem !== undefined)
      throw fail('search.argument', { reason: `${problem} for [GeoDistanceSort] for field [${field}].` })
  }
  clause.done()
  return {
    ...sortKey('_geo_distance', order ?? 'asc'),
    mode,
    distance: { field, origins, unit: metres, flat, ignoreUnmapped },
  }
}

function sortKey(field: string, order: string | undefined): SortKey {
  return {
    field,
    descending: direction(field, order),
    missing: undefined,
    mode: undefined,
    unmappedType: undefined,
    format: undefined,
  }
}

function direction(field: string, order: string | undefined): boolean {
  if (order === undefined) return field === '_score'
  if (/^asc$/i.test(order)) return false
  if (/^desc$/i.test(order)) return true
  throw fail('search.argument', {
    reason: `No enum constant org.elasticsearch.search.sort.SortOrder.${order.toUpperCase()}`,
  })
}

function sortOptions(field: string, clause: Clause): SortKey {
  if (field === '_geo_distance') return distanceSort(clause)
  if (clause.take('nested', 'nested_path', 'nested_filter') !== undefined)
    throw fail('search.unsupported', { clause: 'sort.nested' })
  if (field === '_script') return scriptSort(clause)
  const format = clause.string('format')
  if (format !== undefined) dateFormat(format)
  // Numbers are compared as numbers whatever they are kept as.
  clause.string('numeric_type')
  const key: SortKey = {
    field,
    descending: direction(field, clause.string('order')),
    missing: clause.take('missing') ?? undefined,
    mode: clause.oneOf('mode', ['min', 'max', 'sum', 'avg', 'median']),
    unmappedType: clause.string('unmapped_type') ?? (clause.boolean('ignore_unmapped') === true ? 'long' : undefined),
    format,
  }
  clause.done()
  return key
}

function checkSource(value: Value | undefined): SourceFilter {
  if (value === undefined || value === null || value === true || value === 'true')
    return { enabled: true, includes: [], excludes: [] }
  if (value === false || value === 'false') return { enabled: false, includes: [], excludes: [] }
  if (typeof value === 'string') return { enabled: true, includes: [value], excludes: [] }
  if (Array.isArray(value)) return { enabled: true, includes: value.map(String), excludes: [] }
  if (!isObject(value))
    throw fail('search.parsing', {
      reason: 'Expected one of [VALUE_BOOLEAN, VALUE_STRING, START_ARRAY, START_OBJECT] for [_source]',
    })
  const clause = new Clause('_source', value, 'object')
  const list = (...keys: string[]): string[] => keys.flatMap((key) => (clause.list(key) ?? []).map(String))
  const filter = { enabled: true, includes: list('includes', 'include'), excludes: list('excludes', 'exclude') }
  clause.done()
  return filter
}

function fieldRequests(clause: Clause, key: string): FieldRequest[] {
  return (clause.list(key) ?? []).map((item) => {
    if (typeof item === 'string') return { field: item, format: undefined }
    if (!isObject(item)) throw clause.wrong(key, 'a list of field names or objects', item)
    const inner = new Clause(key, item, 'object')
    const request = { field: inner.needString('field'), format: inner.string('format') }
    inner.take('include_unmapped')
    inner.done()
    return request
  })
}
