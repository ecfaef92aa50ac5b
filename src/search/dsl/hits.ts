/** What a search and a top_hits say alike about the hits: how many, in which order, and what of each. */
import { isObject, type Value } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { Clause } from './clause.ts'
import { dateFormat } from './date-format.ts'

export interface SortKey {
  /** A field, `_score`, `_doc` or `_id`. */
  readonly field: string
  readonly descending: boolean
  readonly missing: Value | undefined
  readonly mode: 'min' | 'max' | 'sum' | 'avg' | 'median' | undefined
  /** Given: a field that is not mapped counts as missing instead of failing. */
  readonly unmappedType: string | undefined
  readonly format: string | undefined
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
  readonly version: boolean
  readonly seqNo: boolean
  readonly trackScores: boolean
}

export const RESULT_WINDOW = 10_000

const UNSUPPORTED = ['script_fields', 'highlight', 'explain', 'stored_fields']

/** Takes the keys it knows from the clause; the caller asks for the rest and calls `done`. */
export function checkHits(clause: Clause, defaults: { size: number }): HitsSpec {
  for (const key of UNSUPPORTED) {
    const value = clause.take(key)
    if (value !== undefined && value !== false) throw fail('search.unsupported', { clause: key })
  }
  const from = clause.integer('from') ?? 0
  const size = clause.integer('size') ?? defaults.size
  if (from < 0) throw fail('search.argument', { reason: `[from] parameter cannot be negative, found [${from}]` })
  if (size < 0) throw fail('search.argument', { reason: `[size] parameter cannot be negative, found [${size}]` })
  if (from + size > RESULT_WINDOW) throw fail('search.result_window', { limit: RESULT_WINDOW, count: from + size })
  return {
    from,
    size,
    sort: checkSort(clause.take('sort')),
    source: checkSource(clause.take('_source')),
    fields: fieldRequests(clause, 'fields'),
    docvalueFields: fieldRequests(clause, 'docvalue_fields'),
    version: clause.boolean('version') ?? false,
    seqNo: clause.boolean('seq_no_primary_term') ?? false,
    trackScores: clause.boolean('track_scores') ?? false,
  }
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
  if (keys.some(({ field }) => field === '_script' || field === '_geo_distance'))
    throw fail('search.unsupported', {
      clause: `sort by ${keys.find(({ field }) => field.startsWith('_script') || field.startsWith('_geo'))!.field}`,
    })
  // By score alone, falling, is what happens without a sort.
  return keys.length === 1 && keys[0]!.field === '_score' && keys[0]!.descending ? [] : keys
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
  if (field === '_script' || field === '_geo_distance') return sortKey(field, undefined)
  if (clause.take('nested', 'nested_path', 'nested_filter') !== undefined)
    throw fail('search.unsupported', { clause: 'sort.nested' })
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
